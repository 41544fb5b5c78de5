/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c: how a case comes to its verdict, crashes among them. A process says one thing and
 * ends; what several threads say at once is told by the first.  */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/contract/run.h"
#include "core/util/text.h"

enum
{
  STACK_ROOM = 1 << 16, /* of the handler of crashes  */
  ENDED = 3             /* exit status of a process that has put its report  */
};

/* ---- rules ---- */

/* The contract of plugin.h, a line each.  */
static const char *const contract_rules[] = {
  [1] = "contract 1: structs begin with their size and grow at their end only",
  [2] = "contract 2: a module exports its descriptor, links nothing of libhfcore, and is never "
        "unloaded",
  [3]
  = "contract 3: open … close bracket an instance, one module may have many, close frees all of it",
  [4] = "contract 4: what an op is given lives until the op returns; results are copied with "
        "host->keep",
  [5] = "contract 5: an op left NULL is UNSUPPORTED, it is never passed through to what lies below",
  [6] = "contract 6: caps says the most a plugin can do, caps_now may only narrow it",
  [7]
  = "contract 7: a SERIAL instance is entered by one call at a time, a PARALLEL one by any number",
  [8] = "contract 8: options are a declared table, which the host checks and types before open",
  [9] = "contract 9: a result is HFCORE_OK, HFCORE_PASS or HFCORE_E_…, and a failure says what "
        "went wrong",
  [10] = "contract 10: a non-zero return of a sink stops the op, long work calls host->tick every "
         "100 ms",
};
enum
{
  RULES = sizeof contract_rules / sizeof *contract_rules
};

const char *
verdict_full_rule (const char *rule)
{
  const char *start = "contract ";
  if (!rule || !text_starts_with (rule, start))
    return rule;
  char *end;
  unsigned long number = strtoul (rule + strlen (start), &end, 10);
  return *end || number == 0 || number >= RULES ? rule : contract_rules[number];
}

/* ---- the report ---- */

/* Safe in handlers of signals.  */
static void
copy (char *to, size_t room, const char *from)
{
  size_t len = 0;
  while (from && from[len] && len + 1 < room)
    {
      to[len] = from[len];
      len++;
    }
  to[len] = 0;
}

void
verdict_end (struct report *report, enum contract_verdict verdict, const char *rule,
             const char *text)
{
  int open = REPORT_OPEN;
  if (atomic_compare_exchange_strong (&report->state, &open, REPORT_TAKEN))
    {
      report->verdict = verdict;
      copy (report->rule, sizeof report->rule, rule);
      copy (report->text, sizeof report->text, text);
      atomic_store (&report->state, REPORT_SAID);
      _exit (ENDED);
    }
  while (atomic_load (&report->state) != REPORT_SAID)
    continue;
  _exit (ENDED);
}

static _Noreturn void __attribute__ ((format (printf, 3, 0)))
end_case (struct contract *contract, enum contract_verdict verdict, const char *format,
          va_list args)
{
  char raw[1024], text[1024];
  vsnprintf (raw, sizeof raw, format, args);
  text_one_line (text, sizeof text, raw);
  verdict_end (contract->run->report, verdict, verdict_full_rule (contract->rule), text);
}

void
contract_expect (struct contract *contract, bool holds, const char *format, ...)
{
  if (holds)
    return;
  va_list args;
  va_start (args, format);
  end_case (contract, CONTRACT_FAILED, format, args);
}

void
contract_skip (struct contract *contract, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  end_case (contract, CONTRACT_SKIPPED, format, args);
}

void
contract_rule (struct contract *contract, const char *rule)
{
  contract->rule = rule;
}

const char *
contract_code_name (int code)
{
  static const char *const names[] = { "OK",       "NOTFOUND",  "RETRY",       "DOWN",     "AUTH",
                                       "CORRUPT",  "CANCELLED", "NOSPACE",     "READONLY", "BUSY",
                                       "CONFLICT", "CONFIG",    "UNSUPPORTED", "NOMEM",    "IO" };
  if (code == HFCORE_PASS)
    return "PASS";
  return code <= HFCORE_OK && code >= HFCORE_E_IO ? names[-code] : "an unknown code";
}

bool
contract_is_silent (const char *message)
{
  return strstr (message, "the plugin did not say why") != NULL;
}

void
contract_expect_code (struct contract *contract, const struct hfcore_call *call, const char *op,
                      int code, int expected)
{
  const char *why = code < HFCORE_OK && call ? call->error.message : "";
  if (contract_is_silent (why))
    why = "no failure was recorded";
  contract_expect (contract, code == expected, "expected %s to return %s, it returned %s%s%s%s", op,
                   contract_code_name (expected), contract_code_name (code), *why ? " (" : "", why,
                   *why ? ")" : "");
}

/* ---- crashes ---- */

static struct
{
  const struct contract *contract;
  char stack[STACK_ROOM];
} watch;

static const struct
{
  int number;
  const char *name;
} deadly[] = { { SIGSEGV, "SIGSEGV" },
               { SIGBUS, "SIGBUS" },
               { SIGABRT, "SIGABRT" },
               { SIGFPE, "SIGFPE" },
               { SIGILL, "SIGILL" } };

static const char *
signal_name (int number)
{
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
    if (deadly[i].number == number)
      return deadly[i].name;
  return "a signal";
}

static void
add_parts (char *to, size_t room, const char *const *parts, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      copy (to, room, parts[i]);
      size_t used = strlen (to);
      to += used;
      room -= used;
    }
}

void
verdict_broken (const struct contract *contract, unsigned number, const char *what,
                struct verdict_words *words)
{
  const struct contract_case *one = contract->the_case;
  const char *general = contract_rules[number], *own = verdict_full_rule (contract->rule);
  const bool has_own = own && strcmp (own, general) != 0;
  const char *const text[] = { what, one ? ", while checking that " : "", one ? one->means : "" };
  const char *const rule[] = { has_own ? own : "", has_own ? "; " : "", general };
  add_parts (words->text, sizeof words->text, text, 3);
  add_parts (words->rule, sizeof words->rule, rule, 3);
}

/* Nothing here may allocate or take a lock.  */
static void
crashed (int number, siginfo_t *info, void *context)
{
  (void) context;
  struct report *report = watch.contract->run->report;
  const char *op = trace_running ();
  char what[256];
  if (number == SIGSEGV && calls_is_retired (info->si_addr))
    {
      const char *const kept[]
          = { "used the call, or a name that came with it, after the op had returned; it did so",
              op ? " in " : " outside of its ops", op ? op : "" };
      add_parts (what, sizeof what, kept, 3);
      verdict_end (report, CONTRACT_FAILED, contract_rules[4], what);
    }
  const char *const parts[] = { "crashed (", signal_name (number), ")",
                                op ? " in " : " outside of its ops", op ? op : "" };
  struct verdict_words words;
  add_parts (what, sizeof what, parts, 5);
  verdict_broken (watch.contract, 9, what, &words);
  verdict_end (report, CONTRACT_FAILED, words.rule, words.text);
}

void
verdict_watch (const struct contract *contract)
{
  watch.contract = contract;
  stack_t stack = { .ss_sp = watch.stack, .ss_size = sizeof watch.stack };
  sigaltstack (&stack, NULL);
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
    {
      struct sigaction action
          = { .sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
      sigemptyset (&action.sa_mask);
      sigaction (deadly[i].number, &action, NULL);
    }
}
