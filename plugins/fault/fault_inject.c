/* SPDX-License-Identifier: Apache-2.0 */
/* fault_inject.c: which rules apply to a call, and failures and delays before an op. A rule applies
 * by the number of the call, which an atomic counter gives, and by a hash of that and the seed: so
 * the n-th call of an op meets the same fate in every run, whichever thread makes it.  */
#include "plugins/fault/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include "core/util/clock.h"

enum
{
  SLICE_MS = 20, /* between two looks whether to stop  */
  TEXT_ROOM = 200
};

/* ---- which rules apply ---- */

/* Splitmix64's mixing of a number: every bit of it depends on all.  */
static uint64_t
mix (uint64_t number)
{
  number += UINT64_C (0x9e3779b97f4a7c15);
  number = (number ^ (number >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  number = (number ^ (number >> 27)) * UINT64_C (0x94d049bb133111eb);
  return number ^ (number >> 31);
}

static bool
is_lucky (const struct fault *fault, size_t rule, enum fault_op op, uint64_t number)
{
  uint64_t drawn = mix (mix (mix (fault->seed) ^ ((uint64_t) rule << 8 | op)) ^ number);
  return drawn % 1000000 < fault->rules[rule].millionth;
}

static bool
applies (const struct fault *fault, size_t index, enum fault_op op, uint64_t number)
{
  const struct fault_rule *rule = &fault->rules[index];
  return number >= rule->first && number <= rule->last
         && (number - rule->first + 1) % rule->every == 0 && is_lucky (fault, index, op, number);
}

static void
count (struct fault_visit *visit)
{
  struct fault *fault = visit->fault;
  uint64_t rules = fault->rules_of[visit->op];
  visit->number = atomic_fetch_add_explicit (&fault->calls[visit->op], 1, memory_order_relaxed) + 1;
  for (size_t i = 0; i < fault->rule_count; i++)
    if ((rules >> i & 1) && applies (fault, i, visit->op, visit->number))
      visit->fired |= UINT64_C (1) << i;
}

const struct fault_rule *
fault_fired (const struct fault_visit *visit, enum fault_deed deed)
{
  const struct fault *fault = visit->fault;
  for (size_t i = 0; visit->fired && i < fault->rule_count; i++)
    if ((visit->fired >> i & 1) && fault->rules[i].deed == deed)
      return &fault->rules[i];
  return NULL;
}

const struct fault_rule *
fault_next_flip (const struct fault_visit *visit, uint64_t from, uint64_t len)
{
  const struct fault *fault = visit->fault;
  const struct fault_rule *next = NULL;
  for (size_t i = 0; visit->fired && i < fault->rule_count; i++)
    {
      const struct fault_rule *rule = &fault->rules[i];
      if ((visit->fired >> i & 1) && rule->deed == FAULT_FLIP && rule->bytes >= from
          && rule->bytes - from < len && (!next || rule->bytes < next->bytes))
        next = rule;
    }
  return next;
}

/* ---- telling ---- */

static void
log_it (const struct fault_visit *visit, const struct fault_rule *rule, const char *what)
{
  visit->fault->host->log (visit->fault->journal, HFCORE_LOG_DEBUG,
                           "fault: injected %s, in call %llu of %s (%s)", what,
                           (unsigned long long) visit->number, fault_op_name (visit->op),
                           rule->text);
}

void
fault_tell (const struct fault_visit *visit, const struct fault_rule *rule, const char *format, ...)
{
  char what[TEXT_ROOM];
  va_list args;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  log_it (visit, rule, what);
}

static int
errno_of (int code)
{
  switch (code)
    {
    case HFCORE_E_NOSPACE:
      return ENOSPC;
    case HFCORE_E_READONLY:
      return EROFS;
    case HFCORE_E_NOMEM:
      return ENOMEM;
    case HFCORE_E_IO:
      return EIO;
    default:
      return 0;
    }
}

int
fault_fail (const struct fault_visit *visit, const struct fault_rule *rule, const char *format, ...)
{
  const struct hfcore_host *host = visit->fault->host;
  char what[TEXT_ROOM];
  va_list args;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  log_it (visit, rule, what);
  if (rule->code == HFCORE_PASS)
    return HFCORE_PASS;
  host->fail (visit->call, rule->code, "fault: injected %s, in call %llu of %s", what,
              (unsigned long long) visit->number, fault_op_name (visit->op));
  host->why (visit->call, errno_of (rule->code), 0, rule->retry_after_ms, 0);
  return rule->code;
}

/* ---- before an op ---- */

static int
wait_for (const struct fault_visit *visit, const struct fault_rule *rule)
{
  const struct hfcore_host *host = visit->fault->host;
  const int64_t until = clock_now_ms () + rule->delay_ms;
  fault_tell (visit, rule, "a delay of %lld ms", (long long) rule->delay_ms);
  for (;;)
    {
      int code = host->tick (visit->call, 0, 0);
      int64_t left = until - clock_now_ms ();
      if (code || left <= 0)
        return code;
      clock_sleep_ms (left < SLICE_MS ? left : SLICE_MS);
    }
}

int
fault_enter (struct fault *fault, struct hfcore_call *call, enum fault_op op,
             struct fault_visit *visit)
{
  *visit = (struct fault_visit){ .fault = fault, .call = call, .op = op };
  if (!fault->rules_of[op])
    return HFCORE_OK;
  count (visit);
  for (size_t i = 0; i < fault->rule_count; i++)
    if ((visit->fired >> i & 1) && fault->rules[i].delay_ms)
      {
        int code = wait_for (visit, &fault->rules[i]);
        if (code)
          return code;
      }
  const struct fault_rule *fails = fault_fired (visit, FAULT_FAIL);
  return fails ? fault_fail (visit, fails, "%s", fault_code_name (fails->code)) : HFCORE_OK;
}

int
fault_gate (struct fault *fault, struct hfcore_call *call, enum fault_op op)
{
  struct fault_visit visit;
  return fault_enter (fault, call, op, &visit);
}
