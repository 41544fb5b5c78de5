/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_move.c: hfcore cache export and import: archives for machines without a network.  */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/cli/command_table.h"
#include "core/cli/interrupt.h"
#include "core/cli/output.h"
#include "core/cli/progress.h"
#include "core/cli/repo_argument.h"
#include "core/cli/session.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/text.h"

/* Where an archive goes: a new file beside its place, which it gets when it is whole.  */
struct target
{
  const char *file;
  char *temporary; /* NULL: it is written where it is: stdout, a device, a pipe  */
  int fd;
};

static bool
is_stdio (const char *file)
{
  return strcmp (file, "-") == 0;
}

static int
fail_errno (const char *doing, const char *file, int os_errno)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  error.code = os_errno == ENOENT ? HFCORE_E_NOTFOUND : HFCORE_E_IO;
  error.os_errno = os_errno;
  snprintf (error.message, sizeof error.message, "cannot %s %s: %s", doing, file,
            strerror (os_errno));
  return output_error (&error);
}

/* ---- the archive's file ---- */

static int
open_target (const char *file, struct target *target)
{
  struct stat st;
  char hex[9];
  *target = (struct target){ .file = file, .fd = STDOUT_FILENO };
  if (is_stdio (file))
    return STATUS_DONE;
  /* To replace it would cut the link off, /dev/stdout perhaps; to write through it is not safe
   * where others may put links.  */
  if (lstat (file, &st) == 0 && S_ISLNK (st.st_mode)
      && (stat (file, &st) < 0 || S_ISREG (st.st_mode)))
    return output_fail (STATUS_USAGE,
                        "%s is a link; name the file that it leads to, or - for stdout", file);
  if (stat (file, &st) == 0 && !S_ISREG (st.st_mode))
    {
      target->fd = open (file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
      return target->fd >= 0 ? STATUS_DONE : fail_errno ("write", file, errno);
    }
  files_random_hex (hex);
  target->temporary = text_format ("%s.%s.tmp", file, hex);
  if (!target->temporary)
    return output_fail (STATUS_FAILED, "out of memory");
  target->fd = open (target->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (target->fd >= 0)
    return STATUS_DONE;
  int os_errno = errno;
  free (TAKE_PTR (target->temporary));
  return fail_errno ("write", file, os_errno);
}

/* Give it its place, or (not `well`) take it away.  */
static int
close_target (struct target *target, bool well)
{
  int os_errno = 0;
  if (well && target->temporary && fsync (target->fd) < 0)
    os_errno = errno;
  if (target->fd > STDERR_FILENO && close (target->fd) < 0 && !os_errno)
    os_errno = errno;
  if (well && !os_errno && target->temporary && rename (target->temporary, target->file) < 0)
    os_errno = errno;
  if (target->temporary && (!well || os_errno))
    unlink (target->temporary);
  free (TAKE_PTR (target->temporary));
  return well && os_errno ? fail_errno ("write", target->file, os_errno) : STATUS_DONE;
}

/* ---- results ---- */

static void
add_count (struct text *to, const char *before, uint64_t count, const char *one, const char *more)
{
  text_addf (to, "%s%" PRIu64 " %s", before, count, count == 1 ? one : more);
}

static int
print_json (const struct hfcore_moved *moved)
{
  return output_json (
      json_pack ("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "repos", (json_int_t) moved->repos,
                 "revisions", (json_int_t) moved->revisions, "refs", (json_int_t) moved->refs,
                 "files", (json_int_t) moved->files, "blobs", (json_int_t) moved->blobs, "bytes",
                 (json_int_t) moved->bytes, "blobs_known", (json_int_t) moved->blobs_known));
}

/* "exported 2 repositories, 3 revisions, 120 files, 1.2GB to FILE".  */
static int
print_result (const struct arguments *arguments, const char *done, const struct hfcore_moved *moved,
              const char *to_or_from, const char *file)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 16);
  char size[16], clean[4096];
  if (arguments->json)
    return print_json (moved);
  if (arguments->quiet)
    return STATUS_DONE;
  text_size (size, sizeof size, moved->bytes);
  add_count (&line, done, moved->repos, "repository", "repositories");
  add_count (&line, ", ", moved->revisions, "revision", "revisions");
  add_count (&line, ", ", moved->files, "file", "files");
  text_addf (&line, ", %sB %s %s", size, to_or_from,
             !is_stdio (file)     ? file
             : *to_or_from == 'f' ? "stdin"
                                  : "stdout");
  if (line.failed)
    return output_fail (STATUS_FAILED, "out of memory");
  text_one_line (clean, sizeof clean, line.bytes);
  if (is_stdio (file) && *to_or_from == 't')
    fprintf (stderr, "hfcore: %s\n", clean);
  else
    output_line (clean);
  return STATUS_DONE;
}

/* ---- running ---- */

struct work
{
  struct arguments *arguments;
  struct hfcore_export *export_ask; /* NULL: an import  */
  struct hfcore_import *import_ask;
  struct hfcore_moved moved;
};

static int
run_watched (struct work *work, struct hfcore *cache, struct progress *progress)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  if (session_value_is (cache, "progress-bars", "no"))
    progress_mute (progress);
  if (session_value_is (cache, "progress-bars", "yes"))
    progress_force_bars (progress);
  interrupt_watch (cache);
  int code = work->export_ask ? hfcore_export (cache, work->export_ask, &work->moved, &error)
                              : hfcore_import (cache, work->import_ask, &work->moved, &error);
  interrupt_unwatch ();
  progress_finish (progress, false);
  if (code == HFCORE_E_CANCELLED)
    return output_fail (STATUS_INTERRUPTED, work->export_ask
                                                ? "interrupted; there is no archive"
                                                : "interrupted; import the archive again");
  return code == HFCORE_OK ? STATUS_DONE : output_error (&error);
}

static int
run (struct work *work)
{
  struct progress *progress = work->arguments->quiet ? NULL : progress_new (STDERR_FILENO);
  CLEANUP_SESSION struct hfcore *cache = NULL;
  work->moved.size = sizeof work->moved;
  if (work->export_ask)
    {
      work->export_ask->event = progress ? progress_event : NULL;
      work->export_ask->ctx = progress;
    }
  else
    {
      work->import_ask->event = progress ? progress_event : NULL;
      work->import_ask->ctx = progress;
    }
  int status = session_open (work->arguments, progress, &cache);
  if (status == STATUS_DONE)
    status = run_watched (work, cache, progress);
  hfcore_close (TAKE_PTR (cache));
  progress_free (progress);
  return status;
}

/* ---- export ---- */

/* The repositories as the library wants them.  */
struct items
{
  struct repo_argument *repos;
  struct hfcore_export_item *items;
  const struct hfcore_export_item **pointers;
  size_t count;
};

static void
free_items (struct items *items)
{
  for (size_t i = 0; items->repos && i < items->count; i++)
    repo_argument_free (&items->repos[i]);
  free (items->repos);
  free (items->items);
  free (items->pointers);
}

static int
make_items (const struct arguments *arguments, struct items *items)
{
  const struct words *words = &arguments->operands;
  char why[512];
  items->repos = calloc (words->count, sizeof *items->repos);
  items->items = calloc (words->count, sizeof *items->items);
  items->pointers = calloc (words->count, sizeof *items->pointers);
  if (!items->repos || !items->items || !items->pointers)
    return output_fail (STATUS_FAILED, "out of memory");
  for (items->count = 0; items->count < words->count; items->count++)
    {
      struct repo_argument *repo = &items->repos[items->count];
      struct hfcore_export_item *item = &items->items[items->count];
      if (repo_argument_parse (words->items[items->count], arguments->repo_type,
                               arguments->revision, 0, repo, why, sizeof why)
          < 0)
        return output_fail (STATUS_USAGE, "%s", why);
      if (repo->path)
        {
          int status = output_fail (STATUS_USAGE, "'%s' names a file; whole revisions are exported",
                                    words->items[items->count]);
          repo_argument_free (repo);
          return status;
        }
      *item = (struct hfcore_export_item){ .size = sizeof *item,
                                           .repo_type = repo->type,
                                           .repo_id = repo->id,
                                           .revision = repo->revision };
      items->pointers[items->count] = item;
    }
  return STATUS_DONE;
}

static int
check_output (struct arguments *arguments)
{
  if (!arguments->output && arguments->manifest)
    arguments->output = "-";
  if (!arguments->output || !*arguments->output)
    return output_usage (arguments->command, "say where the archive is to go: -o FILE");
  if (is_stdio (arguments->output) && arguments->json)
    return output_usage (arguments->command, "--json and '-o -' would both go to stdout");
  if (is_stdio (arguments->output) && !arguments->manifest && isatty (STDOUT_FILENO))
    return output_usage (arguments->command,
                         "an archive is nothing for a terminal: use -o FILE, or a pipe");
  return STATUS_DONE;
}

int
cmd_cache_export (struct arguments *arguments)
{
  __attribute__ ((cleanup (free_items))) struct items items = { 0 };
  struct hfcore_export ask = HFCORE_EXPORT_INIT;
  struct work work = { .arguments = arguments, .export_ask = &ask };
  struct target target;
  int status = check_output (arguments);
  if (status == STATUS_DONE)
    status = make_items (arguments, &items);
  if (status == STATUS_DONE)
    status = open_target (arguments->output, &target);
  if (status != STATUS_DONE)
    return status;
  ask.flags = arguments->manifest ? HFCORE_EXPORT_MANIFEST : 0;
  ask.items = items.pointers;
  ask.count = items.count;
  ask.have = arguments->have;
  ask.fd = target.fd;
  ask.name = is_stdio (arguments->output) ? NULL : arguments->output;
  status = run (&work);
  int closed = close_target (&target, status == STATUS_DONE);
  if (status != STATUS_DONE || closed != STATUS_DONE)
    return status != STATUS_DONE ? status : closed;
  return print_result (arguments, arguments->manifest ? "listed " : "exported ", &work.moved, "to",
                       arguments->output);
}

/* ---- import ---- */

int
cmd_cache_import (struct arguments *arguments)
{
  const char *file = arguments->operands.items[0];
  struct hfcore_import ask = HFCORE_IMPORT_INIT;
  struct work work = { .arguments = arguments, .import_ask = &ask };
  CLEANUP_CLOSE int fd = -1;
  ask.fd = STDIN_FILENO;
  if (is_stdio (file) && isatty (STDIN_FILENO))
    return output_usage (arguments->command, "an archive does not come from a terminal");
  if (!is_stdio (file))
    {
      ask.name = file;
      ask.fd = fd = open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
      if (fd < 0)
        return fail_errno ("open", file, errno);
    }
  int status = run (&work);
  return status == STATUS_DONE ? print_result (arguments, "imported ", &work.moved, "from", file)
                               : status;
}
