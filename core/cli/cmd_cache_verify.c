/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_verify.c: hfcore cache verify (spec 7.6). What it says is kept until the bars are off
 * the screen.  */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/cli/command_table.h"
#include "core/cli/interrupt.h"
#include "core/cli/output.h"
#include "core/cli/progress.h"
#include "core/cli/repo_argument.h"
#include "core/cli/session.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  SAID_MOST = 256 << 20 /* bytes of text: more is no report  */
};

/* A piece of what is to be said.  */
enum saying
{
  SAY_RESULT, /* whole lines on stdout  */
  SAY_WARNING,
  SAY_FAILURE
};

struct said
{
  enum saying how;
  char *text;
};
VECTOR_DEFINE (saids, struct said);

/* The files of the revision that is told now.  */
struct findings
{
  struct text damaged, missing, extra, repaired; /* lines  */
  struct text unrepaired;                        /* names and reasons, one a line  */
  json_t *json_damaged, *json_missing, *json_extra, *json_unknown, *json_repaired;
};

struct report
{
  const struct arguments *arguments;
  struct findings findings;
  struct saids saids;
  json_t *json; /* of all revisions  */
  uint64_t checked, revisions, repaired;
  bool failed;
  bool no_memory;
};

/* ---- texts ---- */

static void
add_lines (struct text *to, const char *name, const char *more)
{
  char clean[8192];
  text_one_line (clean, sizeof clean, name);
  text_addf (to, "  - %s%s\n", clean, more);
}

/* `text` is taken.  */
static void
say (struct report *report, enum saying how, char *text)
{
  const struct said said = { .how = how, .text = text };
  if (text && saids_append (&report->saids, said) == 0)
    return;
  free (text);
  report->no_memory = true;
}

static void
say_block (struct report *report, const char *title, struct text *lines)
{
  if (lines->failed)
    report->no_memory = true;
  else if (lines->len > 0 && !report->arguments->json && !report->arguments->quiet)
    say (report, SAY_RESULT, text_format ("%s\n%s", title, lines->bytes));
}

/* ---- one file ---- */

/* A name as JSON can hold it.  */
static json_t *
json_name (const char *name)
{
  char clean[8192];
  json_t *value = json_string (name);
  if (value)
    return value;
  text_one_line (clean, sizeof clean, name);
  return json_string (clean);
}

static void
add_json (struct report *report, json_t **array, json_t *value)
{
  if (!*array)
    *array = json_array ();
  if (!*array || json_array_append_new (*array, value) < 0)
    report->no_memory = true;
}

static json_t *
json_damaged (const struct hfcore_verified_file *file)
{
  json_t *row = json_pack ("{s:o, s:s, s:s, s:s?}", "path", json_name (file->file), "expected",
                           file->expected, "algorithm", file->algorithm, "actual", file->actual);
  if (row && file->storage)
    json_object_set_new (row, "storage", json_name (file->storage));
  if (row && file->why)
    json_object_set_new (row, "error", json_name (file->why));
  return row;
}

static void
add_damaged (struct report *report, const struct hfcore_verified_file *file)
{
  char more[1024];
  if (file->actual)
    snprintf (more, sizeof more, ": expected %s (%s), got %s", file->expected, file->algorithm,
              file->actual);
  else
    snprintf (more, sizeof more, ": expected %s (%s), %s", file->expected, file->algorithm,
              file->why ? file->why : "cannot be read");
  add_lines (&report->findings.damaged, file->file, more);
  add_json (report, &report->findings.json_damaged, json_damaged (file));
}

static void
add_quiet (const struct arguments *arguments, const struct hfcore_verified_file *file,
           struct report *report)
{
  bool counts = file->state == HFCORE_VERIFIED_DAMAGED
                || (file->state == HFCORE_VERIFIED_MISSING
                    && (arguments->fail_on_missing_files || arguments->repair))
                || (file->state == HFCORE_VERIFIED_EXTRA && arguments->fail_on_extra_files);
  char clean[8192];
  if (!counts || file->repaired)
    return;
  text_one_line (clean, sizeof clean, file->file);
  say (report, SAY_RESULT, text_format ("%s\n", clean));
}

static void
add_reason (struct text *to, const struct hfcore_verified_file *file)
{
  char clean[8192];
  text_one_line (clean, sizeof clean, file->file);
  text_addf (to, "'%s' is not repaired: %s\n", clean, file->why);
}

static int
on_file (void *ctx, const struct hfcore_verified_file *file)
{
  struct report *report = ctx;
  struct findings *findings = &report->findings;
  if (report->arguments->quiet && !report->arguments->json)
    add_quiet (report->arguments, file, report);
  if (file->repaired)
    {
      add_lines (&findings->repaired, file->file, "");
      add_json (report, &findings->json_repaired, json_name (file->file));
    }
  else if (file->state == HFCORE_VERIFIED_DAMAGED)
    add_damaged (report, file);
  else if (file->state == HFCORE_VERIFIED_MISSING)
    {
      add_lines (&findings->missing, file->file, "");
      add_json (report, &findings->json_missing, json_name (file->file));
    }
  else if (file->state == HFCORE_VERIFIED_EXTRA)
    {
      add_lines (&findings->extra, file->file, "");
      add_json (report, &findings->json_extra, json_name (file->file));
    }
  else if (file->state == HFCORE_VERIFIED_UNKNOWN)
    add_json (report, &findings->json_unknown, json_name (file->file));
  if (!file->repaired && file->why && report->arguments->repair)
    add_reason (&findings->unrepaired, file);
  return 0;
}

/* ---- one revision ---- */

static json_t *
array_of (json_t **array)
{
  json_t *value = TAKE_PTR (*array);
  return value ? value : json_array ();
}

static void
add_revision_json (struct report *report, const struct hfcore_verified *revision)
{
  struct findings *findings = &report->findings;
  add_json (report, &report->json,
            json_pack ("{s:s, s:s, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "repo_id",
                       revision->repo_id, "repo_type", revision->repo_type, "checked",
                       (json_int_t) revision->checked, "path", json_name (revision->path),
                       "revision", revision->revision, "mismatches",
                       array_of (&findings->json_damaged), "missing",
                       array_of (&findings->json_missing), "extra",
                       array_of (&findings->json_extra), "unchecked",
                       array_of (&findings->json_unknown), "repaired",
                       array_of (&findings->json_repaired)));
}

static void
say_reasons (struct report *report)
{
  char *line = report->findings.unrepaired.bytes;
  for (char *end; line && (end = strchr (line, '\n')); line = end + 1)
    say (report, SAY_WARNING, strndup (line, (size_t) (end - line)));
}

/* What is missing or too much is listed where it is an error, else counted.  */
static void
say_counted (struct report *report, const struct hfcore_verified *revision)
{
  const struct arguments *arguments = report->arguments;
  struct findings *findings = &report->findings;
  if (arguments->fail_on_missing_files)
    say_block (report, "❌ Missing files (present remotely, absent locally):", &findings->missing);
  else if (revision->missing)
    say (report, SAY_WARNING,
         text_format ("%" PRIu64 " remote file(s) are missing locally. Use "
                      "--fail-on-missing-files for details.",
                      revision->missing));
  if (arguments->fail_on_extra_files)
    say_block (report, "❌ Extra files (present locally, absent remotely):", &findings->extra);
  else if (revision->extra)
    say (report, SAY_WARNING,
         text_format ("%" PRIu64 " local file(s) do not exist on the remote repo. Use "
                      "--fail-on-extra-files for details.",
                      revision->extra));
  if (revision->unknown)
    say (report, SAY_WARNING,
         text_format ("%" PRIu64 " file(s) of %s '%s' cannot be checked: nobody here knows their "
                      "digests%s.",
                      revision->unknown, revision->repo_type, revision->repo_id,
                      arguments->offline || arguments->all_repos
                          ? "; without --offline and --all the Hub is asked"
                          : ""));
}

static void
say_success (struct report *report, const struct hfcore_verified *revision)
{
  const bool colour = output_has_colour (STDOUT_FILENO);
  if (report->arguments->json || report->arguments->quiet || report->arguments->all_repos)
    return;
  say (report, SAY_RESULT,
       text_format ("%s✓ Verified %" PRIu64 " file(s) for %s '%s'. All checksums match.%s\n"
                    "  repo_id: %s\n  repo_type: %s\n  checked: %" PRIu64 "\n  path: %s\n",
                    colour ? "\033[32m" : "", revision->checked, revision->repo_type,
                    revision->repo_id, colour ? "\033[0m" : "", revision->repo_id,
                    revision->repo_type, revision->checked, revision->path));
}

static void
empty_findings (struct findings *findings)
{
  text_free (&findings->damaged);
  text_free (&findings->missing);
  text_free (&findings->extra);
  text_free (&findings->repaired);
  text_free (&findings->unrepaired);
  json_decref (findings->json_damaged);
  json_decref (findings->json_missing);
  json_decref (findings->json_extra);
  json_decref (findings->json_unknown);
  json_decref (findings->json_repaired);
  *findings = (struct findings){ .damaged = TEXT_LIMIT (SAID_MOST),
                                 .missing = TEXT_LIMIT (SAID_MOST),
                                 .extra = TEXT_LIMIT (SAID_MOST),
                                 .repaired = TEXT_LIMIT (SAID_MOST),
                                 .unrepaired = TEXT_LIMIT (SAID_MOST) };
}

static int
on_done (void *ctx, const struct hfcore_verified *revision)
{
  struct report *report = ctx;
  const struct arguments *arguments = report->arguments;
  bool failed = revision->damaged
                || (revision->missing && (arguments->fail_on_missing_files || arguments->repair))
                || (revision->extra && arguments->fail_on_extra_files);
  report->checked += revision->checked;
  report->repaired += revision->repaired;
  report->revisions++;
  report->failed = report->failed || failed;
  say_block (report, "✓ Repaired the following file(s):", &report->findings.repaired);
  say_block (report, "❌ Checksum verification failed for the following file(s):",
             &report->findings.damaged);
  say_counted (report, revision);
  say_reasons (report);
  if (failed)
    say (report, SAY_FAILURE,
         text_format ("Verification failed for '%s' (%s) in %s. Revision: %s", revision->repo_id,
                      revision->repo_type, revision->path, revision->revision));
  else
    say_success (report, revision);
  if (arguments->json)
    add_revision_json (report, revision);
  empty_findings (&report->findings);
  return report->no_memory;
}

/* ---- all of it ---- */

static void
say_said (const struct said *said)
{
  switch (said->how)
    {
    case SAY_RESULT:
      fputs (said->text, stdout);
      break;
    case SAY_WARNING:
      fflush (stdout);
      output_warning ("%s", said->text);
      break;
    case SAY_FAILURE:
      fflush (stdout);
      output_fail (STATUS_CORRUPT, "%s", said->text);
      break;
    }
}

/* One revision is told as an object, all of them as an array.  */
static int
print_json (struct report *report)
{
  json_t *json = array_of (&report->json);
  if (json && !report->arguments->all_repos)
    {
      json_t *only = json_incref (json_array_get (json, 0));
      json_decref (json);
      json = only;
    }
  return output_json (json);
}

static int
print_report (struct report *report)
{
  const struct arguments *arguments = report->arguments;
  int status = report->failed ? STATUS_CORRUPT : STATUS_DONE;
  for (size_t i = 0; i < report->saids.count; i++)
    say_said (&report->saids.items[i]);
  if (arguments->json)
    {
      int printed = print_json (report);
      return printed == STATUS_DONE ? status : printed;
    }
  if (arguments->all_repos && !report->failed && !arguments->quiet)
    printf ("✓ Verified %" PRIu64 " file(s) of %" PRIu64 " revision(s). All checksums match.\n",
            report->checked, report->revisions);
  return status;
}

static void
free_report (struct report *report)
{
  empty_findings (&report->findings);
  for (size_t i = 0; i < report->saids.count; i++)
    free (report->saids.items[i].text);
  free (report->saids.items);
  json_decref (report->json);
}

/* ---- running ---- */

static int
run_watched (const struct arguments *arguments, struct hfcore *cache, struct hfcore_verify *ask,
             struct progress *progress)
{
  struct report *report = ask->ctx;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  if (session_value_is (cache, "progress-bars", "no"))
    progress_mute (progress);
  if (session_value_is (cache, "progress-bars", "yes"))
    progress_force_bars (progress);
  interrupt_watch (cache);
  int code = hfcore_verify (cache, ask, &error);
  interrupt_unwatch ();
  progress_finish (progress, false);
  if (report->no_memory)
    return output_fail (STATUS_FAILED, "out of memory");
  if (code == HFCORE_E_CANCELLED)
    return output_fail (STATUS_INTERRUPTED, "interrupted; %s",
                        arguments->repair ? "what was repaired so far stays so"
                                          : "nothing was changed");
  if (code != HFCORE_OK && report->revisions > 0)
    print_report (report);
  return code == HFCORE_OK ? print_report (report) : output_error (&error);
}

/* The `event` wants a context of its own.  */
struct listener
{
  struct report report; /* first: it is the context of the others  */
  struct progress *progress;
};

static int
on_event (void *ctx, const struct hfcore_event *event)
{
  struct listener *listener = ctx;
  return progress_event (listener->progress, event);
}

static int
run (struct arguments *arguments, struct hfcore_verify *ask)
{
  struct listener listener = { .report = { .arguments = arguments } };
  CLEANUP_SESSION struct hfcore *cache = NULL;
  listener.progress = arguments->quiet ? NULL : progress_new (STDERR_FILENO);
  empty_findings (&listener.report.findings);
  ask->event = listener.progress ? on_event : NULL;
  ask->file = on_file;
  ask->done = on_done;
  ask->ctx = &listener;
  int status = session_open (arguments, listener.progress, &cache);
  if (status == STATUS_DONE)
    status = run_watched (arguments, cache, ask, listener.progress);
  hfcore_close (TAKE_PTR (cache));
  progress_free (listener.progress);
  free_report (&listener.report);
  return status;
}

static int
check_arguments (const struct arguments *arguments)
{
  const char *command = arguments->command;
  const bool has_repo = arguments->operands.count > 0;
  if (arguments->local_dir && arguments->cache_dir)
    return output_usage (command,
                         "Cannot pass both --local-dir and --cache-dir. Use one or the other.");
  if (arguments->local_dir && !*arguments->local_dir)
    return output_usage (command, "--local-dir needs the name of a folder");
  if (!has_repo && !arguments->all_repos)
    return output_usage (command, "REPO_ID is missing; --all checks every repository");
  if (arguments->all_repos
      && (has_repo || arguments->revision || arguments->local_dir || arguments->repo_type))
    return output_usage (command, "--all is every repository: name no other");
  return STATUS_DONE;
}

int
cmd_cache_verify (struct arguments *arguments)
{
  CLEANUP_REPO struct repo_argument repo = { 0 };
  struct hfcore_verify ask = HFCORE_VERIFY_INIT;
  char why[512];
  int status = check_arguments (arguments);
  if (status != STATUS_DONE)
    return status;
  if (!arguments->all_repos
      && repo_argument_parse (arguments->operands.items[0], arguments->repo_type,
                              arguments->revision, 0, &repo, why, sizeof why)
             < 0)
    return output_fail (STATUS_USAGE, "%s", why);
  if (repo.path)
    return output_fail (STATUS_USAGE, "'%s' names a file; whole revisions are checked",
                        arguments->operands.items[0]);
  ask.flags = arguments->repair ? HFCORE_VERIFY_REPAIR : 0;
  ask.repo_type = repo.type;
  ask.repo_id = repo.id;
  ask.revision = repo.revision ? repo.revision : arguments->revision;
  ask.local_dir = arguments->local_dir;
  ask.max_workers = arguments->max_workers;
  return run (arguments, &ask);
}
