/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_rm.c: hfcore cache rm: deletes repositories and revisions, as `hf cache rm` does
 * (spec 8.2).  */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/cli/command_table.h"
#include "core/cli/confirm.h"
#include "core/cli/deletion.h"
#include "core/cli/output.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  SIZE_ROOM = 16
};

/* `word` without blanks around it.  */
static char *
trimmed (const char *word)
{
  while (isspace ((unsigned char) *word))
    word++;
  size_t len = strlen (word);
  while (len > 0 && isspace ((unsigned char) word[len - 1]))
    len--;
  return strndup (word, len);
}

/* Choose what the operands name; those that name nothing go to `missing`.  */
static int
choose (struct deletion *deletion, struct text *missing)
{
  const struct words *targets = &deletion->arguments->operands;
  for (size_t i = 0; i < targets->count; i++)
    {
      struct hfcore_error error = HFCORE_ERROR_INIT;
      CLEANUP_FREE char *target = trimmed (targets->items[i]);
      char clean[1024];
      if (!target)
        return output_fail (STATUS_FAILED, "out of memory");
      if (!*target)
        continue;
      int code = hfcore_holdings_target (deletion->holdings, target, 1, deletion->revisions,
                                         deletion->count, &error);
      if (code != HFCORE_OK && code != HFCORE_E_NOTFOUND)
        return output_error (&error);
      text_one_line (clean, sizeof clean, target);
      if (code == HFCORE_E_NOTFOUND)
        text_addf (missing, "\n  - %s", clean);
    }
  return missing->failed ? output_fail (STATUS_FAILED, "out of memory") : STATUS_DONE;
}

static void
warn_of_missing (const struct deletion *deletion, const struct text *missing)
{
  const char *off = getenv ("NO_COLOR");
  bool colour = deletion->format == FORMAT_HUMAN && (!off || !*off);
  if (missing->len)
    fprintf (stderr, "%sWarning: Could not find in cache:%s%s\n", colour ? "\033[33m" : "",
             missing->bytes, colour ? "\033[0m" : "");
}

static int
print_plan (const struct deletion *deletion)
{
  const struct hfcore_choice_sum *sum = &deletion->sum;
  char size[SIZE_ROOM];
  text_size (size, sizeof size, sum->bytes);
  fputs ("About to delete ", stdout);
  if (sum->repos)
    printf ("%llu repo(s)", (unsigned long long) sum->repos);
  if (sum->partial_revisions)
    printf ("%s%llu revision(s)", sum->repos ? " and " : "",
            (unsigned long long) sum->partial_revisions);
  printf (" totalling %s.\n", size);
  return deletion_print_choice (deletion);
}

static int
print_dry (const struct deletion *deletion)
{
  char size[SIZE_ROOM];
  text_size (size, sizeof size, deletion->sum.bytes);
  return format_print_result (deletion->format, "Dry run: no files were deleted.",
                              json_pack ("{s:b, s:I, s:I, s:s}", "dry_run", 1, "repos",
                                         (json_int_t) deletion->sum.repos, "revisions",
                                         (json_int_t) deletion->sum.revisions, "size", size));
}

static int
print_done (const struct deletion *deletion)
{
  char freed[SIZE_ROOM];
  const struct hfcore_deleted *done = &deletion->done;
  deletion_freed (deletion, deletion->sum.bytes, freed, sizeof freed);
  /* Of things that were gone already nobody is told that they could not be deleted.  */
  bool is_all = done->failures == 0 && done->kept == 0;
  uint64_t repos = is_all ? deletion->sum.repos : done->repos;
  uint64_t revisions = is_all ? deletion->sum.revisions : done->revisions;
  CLEANUP_FREE char *message
      = text_format ("Deleted %llu repo(s) and %llu revision(s); freed %s.",
                     (unsigned long long) repos, (unsigned long long) revisions, freed);
  int status = format_print_result (deletion->format, message ? message : "Deleted.",
                                    json_pack ("{s:I, s:I, s:s}", "repos_deleted",
                                               (json_int_t) repos, "revisions_deleted",
                                               (json_int_t) revisions, "freed", freed));
  return status == STATUS_DONE ? deletion_status (deletion) : status;
}

static int
run (struct deletion *deletion)
{
  CLEANUP_TEXT struct text missing = TEXT_LIMIT ((size_t) 1 << 24);
  int status = choose (deletion, &missing);
  if (status == STATUS_DONE)
    status = deletion_count (deletion);
  if (status != STATUS_DONE)
    return status;
  warn_of_missing (deletion, &missing);
  if (deletion->sum.revisions == 0)
    {
      if (format_is_told (deletion->format))
        puts ("Nothing to delete.");
      return STATUS_DONE;
    }
  if (format_is_told (deletion->format))
    print_plan (deletion);
  if (deletion->arguments->dry_run)
    return print_dry (deletion);
  status = confirm_question (deletion->arguments, deletion->format == FORMAT_HUMAN,
                             "Proceed with deletion?");
  if (status == STATUS_DONE)
    status = deletion_run (deletion);
  return status == STATUS_DONE ? print_done (deletion) : status;
}

int
cmd_cache_rm (struct arguments *arguments)
{
  struct deletion deletion;
  int status = deletion_begin (&deletion, arguments);
  if (status == STATUS_DONE)
    status = run (&deletion);
  deletion_end (&deletion);
  return status;
}
