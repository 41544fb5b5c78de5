/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plugin_check.c: hfcore plugin check: the cases of the contract against one plugin.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/plugin_hidden.h"
#include "core/cli/session.h"
#include "core/contract/contract.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

#define GREEN "\033[32m"
#define RED   "\033[1;31m"
#define GREY  "\033[90m"
#define PLAIN "\033[0m"

enum
{
  TIMEOUT_MOST_MS = 3600 * 1000,
  INTERFACES = 3,
  INDENT = 6 /* as far as the names of cases are from the left  */
};

struct check
{
  const struct arguments *arguments;
  bool colour;
  json_t *json; /* an array; NULL: lines are wanted  */
  unsigned counts[CONTRACT_SKIPPED + 1];
  /* Of each interface, "module" left out: why its first case was skipped.  */
  struct unchecked
  {
    char interface[16], why[512];
    bool was_run; /* one of its cases, at least  */
  } unchecked[INTERFACES];
};

static const struct
{
  const char *word, *colour, *json;
} verdicts[] = { [CONTRACT_PASSED] = { "ok", GREEN, "passed" },
                 [CONTRACT_FAILED] = { "FAIL", RED, "failed" },
                 [CONTRACT_SKIPPED] = { "skip", GREY, "skipped" } };

/* ---- results ---- */

static void
print_result (const struct check *check, const struct contract_result *result)
{
  const char *word = verdicts[result->verdict].word;
  const int blanks = INDENT - (int) strlen (word);
  if (check->arguments->quiet && result->verdict != CONTRACT_FAILED)
    return;
  printf ("%s%s%s%*s%s/%s%s%s\n", check->colour ? verdicts[result->verdict].colour : "", word,
          check->colour ? PLAIN : "", blanks, "", result->interface, result->name,
          result->text ? ": " : "", result->text ? result->text : "");
  if (result->rule && result->rule[0])
    printf ("%*srule: %s%s\n", INDENT, "", result->rule,
            strstr (result->rule, ".h: ") ? "" : " (hfcore/plugin.h)");
  fflush (stdout);
}

static json_t *
result_json (const struct contract_result *result)
{
  return json_pack ("{s:s, s:s, s:s, s:s?, s:s?, s:i}", "interface", result->interface, "name",
                    result->name, "verdict", verdicts[result->verdict].json, "text", result->text,
                    "rule", result->rule, "ms", (int) result->duration_ms);
}

static void
note_run (struct check *check, const struct contract_result *result)
{
  struct unchecked *one = check->unchecked;
  if (strcmp (result->interface, "module") == 0)
    return;
  while (one < check->unchecked + INTERFACES && one->interface[0]
         && strcmp (one->interface, result->interface) != 0)
    one++;
  if (one == check->unchecked + INTERFACES)
    return;
  if (!one->interface[0])
    {
      snprintf (one->interface, sizeof one->interface, "%s", result->interface);
      snprintf (one->why, sizeof one->why, "%s", result->text ? result->text : "");
    }
  one->was_run = one->was_run || result->verdict != CONTRACT_SKIPPED;
}

static int
tell (void *ctx, const struct contract_result *result)
{
  struct check *check = ctx;
  note_run (check, result);
  check->counts[result->verdict]++;
  if (check->json)
    return json_array_append_new (check->json, result_json (result)) < 0 ? HFCORE_E_NOMEM : 0;
  print_result (check, result);
  return 0;
}

static int
print_json (struct check *check, const struct contract_subject *subject, json_t *hides)
{
  const unsigned *counts = check->counts;
  json_t *plugin
      = json_pack ("{s:s, s:s, s:s, s:s, s:o}", "name", subject->name, "version", subject->version,
                   "summary", subject->summary, "file", subject->file, "hides", hides);
  return output_json (json_pack ("{s:o, s:O, s:i, s:i, s:i}", "plugin", plugin, "results",
                                 check->json, "passed", (int) counts[CONTRACT_PASSED], "failed",
                                 (int) counts[CONTRACT_FAILED], "skipped",
                                 (int) counts[CONTRACT_SKIPPED]));
}

/* ---- --list ---- */

static int
list_case (void *ctx, const struct contract_result *result)
{
  const struct check *check = ctx;
  const char *only = check->arguments->only;
  char name[256];
  snprintf (name, sizeof name, "%s/%s", result->interface, result->name);
  if (only && !strstr (name, only))
    return 0;
  if (check->json)
    return json_array_append_new (check->json,
                                  json_pack ("{s:s, s:s, s:s, s:s?}", "interface",
                                             result->interface, "name", result->name, "means",
                                             result->text, "rule", result->rule))
                   < 0
               ? HFCORE_E_NOMEM
               : 0;
  if (check->arguments->quiet)
    puts (name);
  else
    printf ("%s: %s\n", name, result->text);
  return 0;
}

static int
list_cases (struct check *check)
{
  if (contract_each (list_case, check) != HFCORE_OK)
    return output_fail (STATUS_FAILED, "out of memory");
  return check->json ? output_json (json_incref (check->json)) : STATUS_DONE;
}

/* ---- what is asked ---- */

/* "TYPES/ID" is not taken apart: the type has its own option.  */
static int
fill_ask (const struct arguments *arguments, struct contract_ask *ask)
{
  long long timeout_ms = 0;
  if (arguments->timeout
      && (text_parse_duration (arguments->timeout, &timeout_ms) < 0 || timeout_ms <= 0
          || timeout_ms > TIMEOUT_MOST_MS))
    return output_usage (arguments->command,
                         "option '--timeout' needs a time such as 20s or 2m, at most 1h, not '%s'",
                         arguments->timeout);
  if (arguments->check_file && !arguments->repo)
    return output_usage (arguments->command, "option '--file' is of no use without '--repo'");
  *ask = (struct contract_ask){ .plugin = arguments->operands.items[0],
                                .options = (char *const *) arguments->set.items,
                                .option_count = arguments->set.count,
                                .wraps = arguments->wraps,
                                .repo_type = arguments->repo_type,
                                .repo_id = arguments->repo,
                                .revision = arguments->revision,
                                .file = arguments->check_file,
                                .only = arguments->only,
                                .timeout_ms = (uint32_t) timeout_ms,
                                .tell = tell };
  return STATUS_DONE;
}

/* ---- the run ---- */

/* Nothing that was found wrong is no proof where nothing was tried.  */
static int
expect_checked (const struct check *check, const struct contract_subject *subject)
{
  fflush (stdout);
  if (subject->lacks_source)
    return output_fail (STATUS_USAGE, "nothing of the transport was checked: name a repository "
                                      "that it has with --repo (and its options with --set)");
  for (const struct unchecked *one = check->unchecked; one < check->unchecked + INTERFACES; one++)
    if (one->interface[0] && !one->was_run)
      return output_fail (STATUS_USAGE, "nothing of the %s was checked: %s", one->interface,
                          one->why);
  return STATUS_DONE;
}

static int
finish (struct check *check, const struct contract_subject *subject,
        const struct plugin_hidden *hidden)
{
  const unsigned *counts = check->counts;
  const unsigned all = counts[CONTRACT_PASSED] + counts[CONTRACT_FAILED] + counts[CONTRACT_SKIPPED];
  if (all == 0)
    return output_usage (check->arguments->command, "no case of the plugin %s has '%s' in its name",
                         subject->name, check->arguments->only ? check->arguments->only : "");
  int status = STATUS_DONE;
  if (check->json)
    status = print_json (check, subject, plugin_hidden_json (hidden));
  else if (!check->arguments->quiet)
    printf ("%u passed, %u failed, %u skipped\n", counts[CONTRACT_PASSED], counts[CONTRACT_FAILED],
            counts[CONTRACT_SKIPPED]);
  if (status != STATUS_DONE)
    return status;
  if (counts[CONTRACT_FAILED] == 0)
    return expect_checked (check, subject);
  fflush (stdout);
  return output_fail (STATUS_FAILED, "the plugin %s breaks the contract in %u of %u cases",
                      subject->name, counts[CONTRACT_FAILED], all);
}

static int
check_plugin (struct check *check, struct plugin_folders *folders)
{
  struct contract_ask ask;
  struct contract_subject subject;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  int status = fill_ask (check->arguments, &ask);
  if (status != STATUS_DONE)
    return status;
  CLEANUP_HIDDEN struct plugin_hidden hidden = { 0 };
  ask.ctx = check;
  ask.folders = folders->items;
  ask.folder_count = folders->count;
  if (!strchr (ask.plugin, '/'))
    plugin_hidden_find (folders, ask.plugin, &hidden);
  if (!check->json && !check->arguments->quiet)
    plugin_hidden_print (&hidden);
  if (contract_run (&ask, &subject, &error) != HFCORE_OK)
    return output_error (&error);
  return finish (check, &subject, &hidden);
}

int
cmd_plugin_check (struct arguments *arguments)
{
  struct check check = { .arguments = arguments, .colour = output_has_colour (STDOUT_FILENO) };
  CLEANUP_FOLDERS struct plugin_folders folders = { 0 };
  struct hfcore *cache = NULL;
  if (!arguments->list && arguments->operands.count == 0)
    return output_usage (arguments->command, "NAME or FILE of a plugin is missing");
  if (arguments->json && !(check.json = json_array ()))
    return output_fail (STATUS_FAILED, "out of memory");
  int status = STATUS_DONE;
  if (arguments->list)
    status = list_cases (&check);
  else
    {
      status = session_open (arguments, NULL, &cache);
      if (status == STATUS_DONE && plugin_folders_fill (cache, &folders) < 0)
        status = output_fail (STATUS_FAILED, "out of memory");
      hfcore_close (cache);
      if (status == STATUS_DONE)
        status = check_plugin (&check, &folders);
    }
  json_decref (check.json);
  return status;
}
