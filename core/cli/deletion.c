/* SPDX-License-Identifier: Apache-2.0 */
/* deletion.c: see deletion.h.  */
#include "core/cli/deletion.h"

#include <stdio.h>
#include <stdlib.h>
#include "core/cli/interrupt.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/util/text.h"

enum
{
  SIZE_ROOM = 16
};

static int
count_revisions (void *count, const struct hfcore_scan_repo *repo)
{
  *(size_t *) count += repo->revision_count;
  return 0;
}

int
deletion_begin (struct deletion *deletion, const struct arguments *arguments)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  *deletion = (struct deletion){ .arguments = arguments };
  if (arguments->leave_rest)
    deletion->flags = HFCORE_CHOICE_AS_PYTHON;
  int status = format_read (arguments, &deletion->format);
  if (status == STATUS_DONE)
    status = session_open (arguments, NULL, &deletion->cache);
  if (status != STATUS_DONE)
    return status;
  const uint32_t which = arguments->cache_dir ? HFCORE_SCAN_WRITTEN : 0;
  if (hfcore_holdings_open (deletion->cache, which, &deletion->holdings, &error) != HFCORE_OK)
    return error.missing == HFCORE_MISSING_CACHE
               ? output_fail (STATUS_NOTFOUND, "%s", error.message)
               : output_error (&error);
  hfcore_holdings_each (deletion->holdings, count_revisions, &deletion->count);
  deletion->revisions = calloc (deletion->count + 1, 1);
  return deletion->revisions ? STATUS_DONE : output_fail (STATUS_FAILED, "out of memory");
}

void
deletion_end (struct deletion *deletion)
{
  free (deletion->revisions);
  hfcore_holdings_close (deletion->holdings);
  hfcore_close (deletion->cache);
}

static struct hfcore_choice
choice_of (const struct deletion *deletion)
{
  return (struct hfcore_choice){ .size = sizeof (struct hfcore_choice),
                                 .flags = deletion->flags,
                                 .revisions = deletion->revisions,
                                 .count = deletion->count };
}

int
deletion_count (struct deletion *deletion)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct hfcore_choice choice = choice_of (deletion);
  deletion->sum = (struct hfcore_choice_sum){ .size = sizeof deletion->sum };
  return hfcore_holdings_sum (deletion->holdings, &choice, &deletion->sum, &error) == HFCORE_OK
             ? STATUS_DONE
             : output_error (&error);
}

/* ---- what goes, told ---- */

struct print
{
  const struct deletion *deletion;
  size_t next; /* number of the first revision of the repository to come  */
};

static void
print_clean (const char *text)
{
  char clean[4096];
  text_one_line (clean, sizeof clean, text);
  fputs (clean, stdout);
}

static void
print_revision (const struct hfcore_scan_revision *revision)
{
  char size[SIZE_ROOM];
  fputs ("      ", stdout);
  print_clean (revision->commit);
  fputs (" [", stdout);
  for (size_t i = 0; i < revision->ref_count; i++)
    {
      fputs (i ? " " : "", stdout);
      print_clean (revision->refs[i]);
    }
  text_size (size, sizeof size, revision->bytes);
  printf ("%s] %s\n", revision->ref_count ? "" : "(detached)", size);
}

static int
print_repo (void *print_, const struct hfcore_scan_repo *repo)
{
  struct print *print = print_;
  const unsigned char *chosen = print->deletion->revisions + print->next;
  size_t count = 0;
  for (size_t i = 0; i < repo->revision_count; i++)
    count += chosen[i];
  print->next += repo->revision_count;
  if (count == 0)
    return 0;
  printf ("  - %s/", repo->repo_type);
  print_clean (repo->repo_id);
  puts (count == repo->revision_count ? " (entire repo)" : ":");
  for (size_t i = 0; count < repo->revision_count && i < repo->revision_count; i++)
    if (chosen[i])
      print_revision (repo->revisions[i]);
  return 0;
}

int
deletion_print_choice (const struct deletion *deletion)
{
  struct print print = { .deletion = deletion };
  return hfcore_holdings_each (deletion->holdings, print_repo, &print);
}

/* ---- and gone ---- */

static int
warn (void *unused, const struct hfcore_deleted_thing *thing)
{
  (void) unused;
  if (thing->outcome != HFCORE_DELETED_GONE)
    output_warning ("%s", thing->message);
  return 0;
}

int
deletion_run (struct deletion *deletion)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct hfcore_choice choice = choice_of (deletion);
  deletion->done = (struct hfcore_deleted){ .size = sizeof deletion->done };
  interrupt_watch (deletion->cache);
  int code = hfcore_holdings_delete (deletion->cache, deletion->holdings, &choice, warn, NULL,
                                     &deletion->done, &error);
  interrupt_unwatch ();
  return code == HFCORE_OK ? STATUS_DONE : output_error (&error);
}

int
deletion_status (const struct deletion *deletion)
{
  if (deletion->done.failures == 0)
    return STATUS_DONE;
  return deletion->done.denied ? STATUS_DISK : STATUS_FAILED;
}

void
deletion_freed (const struct deletion *deletion, uint64_t expected, char *size, size_t room)
{
  bool is_all = deletion->done.failures == 0 && deletion->done.kept == 0;
  text_size (size, room, is_all ? expected : deletion->done.freed);
}
