/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_prune.c: hfcore cache prune: deletes revisions that no ref names, unfinished downloads
 * that nobody works on, and files of the shared store that nobody uses, as `hf cache prune` does
 * (spec 8.3).  */
#include <stdio.h>
#include "core/cli/command_table.h"
#include "core/cli/confirm.h"
#include "core/cli/deletion.h"
#include "core/cli/output.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  SIZE_ROOM = 16,
  SUMMARY_ROOM = 192
};

struct pruning
{
  struct deletion deletion;
  uint64_t bytes; /* of all that goes, as huggingface_hub counts it  */
  char summary[SUMMARY_ROOM];
};

struct choosing
{
  struct deletion *deletion;
  size_t next;
};

static int
choose_detached (void *choosing_, const struct hfcore_scan_repo *repo)
{
  struct choosing *choosing = choosing_;
  for (size_t i = 0; i < repo->revision_count; i++)
    choosing->deletion->revisions[choosing->next++] = repo->revisions[i]->ref_count == 0;
  return 0;
}

/* "2 unreferenced revision(s), 1 incomplete download(s) and 3 unreferenced shared blob(s)"  */
static void
summarize (struct pruning *pruning)
{
  const struct hfcore_choice_sum *sum = &pruning->deletion.sum;
  const struct
  {
    uint64_t count;
    const char *what;
  } parts[] = { { sum->revisions, "unreferenced revision(s)" },
                { sum->partials, "incomplete download(s)" },
                { sum->shared, "unreferenced shared blob(s)" } };
  CLEANUP_TEXT struct text text = TEXT_LIMIT (SUMMARY_ROOM - 1);
  size_t left = 0;
  for (size_t i = 0; i < 3; i++)
    left += parts[i].count != 0;
  for (size_t i = 0; i < 3; i++)
    {
      if (parts[i].count == 0)
        continue;
      left--;
      text_addf (&text, "%llu %s%s", (unsigned long long) parts[i].count, parts[i].what,
                 left > 1    ? ", "
                 : left == 1 ? " and "
                             : "");
    }
  snprintf (pruning->summary, sizeof pruning->summary, "%s", text.bytes ? text.bytes : "");
  pruning->bytes = sum->bytes + sum->partial_bytes + sum->shared_bytes;
}

static int
print_dry (const struct pruning *pruning)
{
  const struct hfcore_choice_sum *sum = &pruning->deletion.sum;
  char size[SIZE_ROOM];
  text_size (size, sizeof size, pruning->bytes);
  return format_print_result (pruning->deletion.format, "Dry run: no files were deleted.",
                              json_pack ("{s:b, s:I, s:I, s:I, s:s}", "dry_run", 1, "revisions",
                                         (json_int_t) sum->revisions, "incomplete",
                                         (json_int_t) sum->partials, "shared_blobs",
                                         (json_int_t) sum->shared, "size", size));
}

static int
print_done (const struct pruning *pruning)
{
  const struct deletion *deletion = &pruning->deletion;
  const struct hfcore_deleted *done = &deletion->done;
  char freed[SIZE_ROOM];
  bool is_all = done->failures == 0 && done->kept == 0;
  deletion_freed (deletion, pruning->bytes, freed, sizeof freed);
  CLEANUP_FREE char *message = text_format ("Deleted %s%s; freed %s.", is_all ? "" : "a part of ",
                                            pruning->summary, freed);
  int status = format_print_result (
      deletion->format, message ? message : "Deleted.",
      json_pack ("{s:I, s:I, s:I, s:s}", "revisions_deleted",
                 (json_int_t) (is_all ? deletion->sum.revisions : done->revisions),
                 "incomplete_deleted",
                 (json_int_t) (is_all ? deletion->sum.partials : done->partials),
                 "shared_blobs_deleted",
                 (json_int_t) (is_all ? deletion->sum.shared : done->shared), "freed", freed));
  return status == STATUS_DONE ? deletion_status (deletion) : status;
}

/* Nothing that anybody would be asked about; what killed deletions left goes all the same.  */
static int
end_without (struct deletion *deletion)
{
  if (format_is_told (deletion->format))
    puts ("No unreferenced revisions, incomplete downloads or shared blobs found. Nothing to "
          "prune.");
  return deletion->arguments->dry_run ? STATUS_DONE : deletion_run (deletion);
}

static int
run (struct pruning *pruning)
{
  struct deletion *deletion = &pruning->deletion;
  struct choosing choosing = { .deletion = deletion };
  deletion->flags |= HFCORE_CHOICE_PARTIALS | HFCORE_CHOICE_SHARED;
  hfcore_holdings_each (deletion->holdings, choose_detached, &choosing);
  int status = deletion_count (deletion);
  if (status != STATUS_DONE)
    return status;
  const struct hfcore_choice_sum *sum = &deletion->sum;
  bool is_told = format_is_told (deletion->format);
  if (sum->held && is_told)
    fprintf (stderr, "Hint: %llu incomplete download(s) are being written now and stay.\n",
             (unsigned long long) sum->held);
  if (!sum->revisions && !sum->partials && !sum->shared)
    return end_without (deletion);
  summarize (pruning);
  if (is_told)
    {
      char size[SIZE_ROOM];
      text_size (size, sizeof size, pruning->bytes);
      printf ("About to delete %s (%s total).\n", pruning->summary, size);
      deletion_print_choice (deletion);
    }
  if (deletion->arguments->dry_run)
    return print_dry (pruning);
  status = confirm_question (deletion->arguments, deletion->format == FORMAT_HUMAN, "Proceed?");
  if (status == STATUS_DONE)
    status = deletion_run (deletion);
  return status == STATUS_DONE ? print_done (pruning) : status;
}

int
cmd_cache_prune (struct arguments *arguments)
{
  struct pruning pruning = { .bytes = 0 };
  int status = deletion_begin (&pruning.deletion, arguments);
  if (status == STATUS_DONE)
    status = run (&pruning);
  deletion_end (&pruning.deletion);
  return status;
}
