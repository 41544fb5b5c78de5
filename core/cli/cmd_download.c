/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_download.c: hfcore download (spec 9).  */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#  include <malloc.h>
#endif
#include "core/cli/command_table.h"
#include "core/cli/interrupt.h"
#include "core/cli/output.h"
#include "core/cli/progress.h"
#include "core/cli/repo_argument.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

/* Many threads that hand buffers around must not each keep a heap of their own.  */
static void
bound_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 2);
  mallopt (M_MMAP_THRESHOLD, 256 << 10);
  mallopt (M_TRIM_THRESHOLD, 512 << 10);
#endif
}

static void
free_secret (char **secret)
{
  if (*secret)
    explicit_bzero (*secret, strlen (*secret));
  free (*secret);
}

/* `--token -`: the first line of stdin, which nobody else sees.  */
static int
read_token (struct arguments *arguments)
{
  enum
  {
    ROOM = 4096
  };
  __attribute__ ((cleanup (free_secret))) char *line = calloc (1, ROOM);
  if (!line)
    return output_fail (STATUS_FAILED, "out of memory");
  size_t len = 0;
  while (len < ROOM - 1 && read (STDIN_FILENO, line + len, 1) == 1 && line[len] != '\n')
    len++;
  line[len] = 0;
  line[strcspn (line, "\r")] = 0;
  if (!line[0] || len == ROOM - 1)
    return output_usage (arguments->command, "--token - found no token on stdin");
  free_secret (&arguments->token);
  arguments->token = TAKE_PTR (line);
  return STATUS_DONE;
}

/* ---- results ---- */

static int
print_plan_json (const struct hfcore_result *result)
{
  json_t *list = json_array ();
  for (size_t i = 0; list && i < result->count; i++)
    {
      const struct hfcore_result_file *file = result->files[i];
      json_t *row = json_pack ("{s:s, s:I, s:b, s:s}", "file", file->file, "size",
                               (json_int_t) file->length, "will_download", file->will_download != 0,
                               "path", file->path);
      if (json_array_append_new (list, row) < 0)
        {
          json_decref (list);
          list = NULL;
        }
    }
  return output_json (list);
}

static int
print_plan (const struct arguments *arguments, const struct hfcore_result *result)
{
  CLEANUP_TABLE struct table table = { .columns = 2, .gap = 2, .right = 2 };
  char size[16];
  uint64_t bytes = 0;
  size_t wanted = 0;
  if (arguments->json)
    return print_plan_json (result);
  table_add (&table, "FILE");
  table_add (&table, "SIZE");
  for (size_t i = 0; i < result->count; i++)
    {
      const struct hfcore_result_file *file = result->files[i];
      text_size (size, sizeof size, file->length);
      table_add (&table, file->file);
      table_add (&table, file->will_download ? size : "-");
      wanted += file->will_download != 0;
      bytes += file->will_download ? file->length : 0;
      if (arguments->quiet && file->will_download)
        output_line (file->file);
    }
  if (arguments->quiet)
    return STATUS_DONE;
  text_size (size, sizeof size, bytes);
  printf ("[dry-run] Will download %zu files (out of %zu) totalling %s.\n", wanted, result->count,
          size);
  if (result->count && table_print (&table, stdout) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  return STATUS_DONE;
}

static int
print_result (const struct arguments *arguments, const struct hfcore_result *result)
{
  if (arguments->dry_run)
    return print_plan (arguments, result);
  if (arguments->json)
    return output_json (json_pack ("{s:s}", "path", result->path));
  output_line (result->path);
  return STATUS_DONE;
}

/* ---- what is asked ---- */

static void
fill_request (const struct arguments *arguments, const struct repo_argument *repo,
              const struct patterns *patterns, struct hfcore_download *ask)
{
  ask->flags = (arguments->force_download ? HFCORE_FORCE : 0u)
               | (arguments->local_files_only ? HFCORE_LOCAL_ONLY : 0u)
               | (arguments->dry_run ? HFCORE_DRY_RUN : 0u);
  ask->repo_type = repo->type;
  ask->repo_id = repo->id;
  ask->revision = repo->revision;
  ask->max_workers = arguments->max_workers;
  if (ask->path)
    return;
  if (patterns->count)
    {
      ask->include = (const char *const *) patterns->items;
      ask->include_count = patterns->count;
      return;
    }
  if (arguments->include.count)
    ask->include = arguments->include.items;
  ask->include_count = arguments->include.count;
  ask->exclude = arguments->exclude.items;
  ask->exclude_count = arguments->exclude.count;
}

const char *const cmd_download_links[] = {
  [HFCORE_LINK_REFLINK] = "reflink", [HFCORE_LINK_HARD] = "hard", [HFCORE_LINK_NONE] = "none", NULL
};

/* --local-dir and --link.  */
static int
fill_place (const struct arguments *arguments, struct hfcore_download *ask)
{
  int32_t way = 0;
  if (!arguments->local_dir && arguments->link)
    return output_usage (arguments->command, "--link is of use with --local-dir only");
  if (!arguments->local_dir)
    return STATUS_DONE;
  if (!*arguments->local_dir)
    return output_usage (arguments->command, "--local-dir needs the name of a folder");
  while (arguments->link && cmd_download_links[way]
         && strcmp (cmd_download_links[way], arguments->link) != 0)
    way++;
  if (!cmd_download_links[way])
    return output_usage (arguments->command, "--link is reflink, hard or none, not '%s'",
                         arguments->link);
  ask->local_dir = arguments->local_dir;
  ask->link = way;
  return STATUS_DONE;
}

/* Open, fetch, and put the progress away before anything is said.  */
static int
fetch (struct arguments *arguments, struct hfcore_download *ask, struct hfcore_result **result)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct progress *progress = arguments->quiet ? NULL : progress_new (STDERR_FILENO);
  CLEANUP_SESSION struct hfcore *cache = NULL;
  int status = session_open (arguments, progress, &cache);
  if (status == STATUS_DONE)
    {
      if (session_value_is (cache, "progress-bars", "no"))
        progress_mute (progress);
      if (session_value_is (cache, "progress-bars", "yes"))
        progress_force_bars (progress);
      ask->event = progress ? progress_event : NULL;
      ask->ctx = progress;
      interrupt_watch (cache);
      int code = ask->path ? hfcore_download_file (cache, ask, result, &error)
                           : hfcore_download_snapshot (cache, ask, result, &error);
      interrupt_unwatch ();
      progress_finish (progress, code == HFCORE_OK);
      if (code == HFCORE_E_CANCELLED)
        status = output_fail (STATUS_INTERRUPTED,
                              "interrupted; the same command goes on where it stopped");
      else if (code != HFCORE_OK)
        status = output_error (&error);
    }
  hfcore_close (TAKE_PTR (cache));
  progress_free (progress);
  return status;
}

static int
run (struct arguments *arguments, const struct repo_argument *repo, const char *const *files,
     size_t count)
{
  CLEANUP_PATTERNS struct patterns patterns = { 0 };
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  struct hfcore_result *result = NULL;
  char why[512];
  size_t plain;
  int has_filters = arguments->include.count || arguments->exclude.count;
  if (repo_argument_files (files, count, has_filters, &ask.path, &patterns, &plain, why, sizeof why)
      < 0)
    return output_fail (STATUS_USAGE, "%s", why);
  if (plain && has_filters)
    output_warning ("--include and --exclude are ignored: file names were given");
  fill_request (arguments, repo, &patterns, &ask);
  int status = fill_place (arguments, &ask);
  if (status == STATUS_DONE)
    status = fetch (arguments, &ask, &result);
  if (status == STATUS_DONE)
    status = print_result (arguments, result);
  hfcore_result_free (result);
  return status;
}

int
cmd_download (struct arguments *arguments)
{
  CLEANUP_REPO struct repo_argument repo = { 0 };
  const struct words *operands = &arguments->operands;
  char why[512];
  bound_memory ();
  if (repo_argument_parse (operands->items[0], arguments->repo_type, arguments->revision,
                           operands->count - 1, &repo, why, sizeof why)
      < 0)
    return output_fail (STATUS_USAGE, "%s", why);
  if (arguments->token && strcmp (arguments->token, "-") == 0)
    {
      int status = read_token (arguments);
      if (status != STATUS_DONE)
        return status;
    }
  if (repo.path)
    return run (arguments, &repo, (const char *const *) &repo.path, 1);
  return run (arguments, &repo, operands->items + 1, operands->count - 1);
}
