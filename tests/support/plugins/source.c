/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-source: a transport that has a few small files in its options and answers each call
 * as its script says: the options `open`, `resolve`, `read`, `list` have a step (script.h) for each
 * call in turn, and behind the last one all is well. It says in the log what it is asked. Steps:
 *   any      a result: "retry", "down", "auth", "notfound file", "retry after 20", …
 *            "wait": until the call is stopped
 *   resolve  "commit C", "etag E", "size N" tell these in place of the true ones; "no-commit",
 *            "no-etag", "no-size", "no-location"
 *   read     "cut N": N bytes at the most, then the result; "whole": from 0, whatever was asked;
 *            "from N"; "total N"; "no-total"; "garbage"; "long"; "about-etag E"; "about-commit C"
 *   list     "cut N": N files, then the result; "no-size"; "escape": `_` in names is ESC;
 *            "incomplete": it cannot tell whether that is all  */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <hfcore/plugin.h>
#include "tests/support/plugins/script.h"

enum op
{
  OP_OPEN,
  OP_RESOLVE,
  OP_READ,
  OP_LIST,
  OPS
};
static const char *const op_names[OPS] = { "open", "resolve", "read", "list" };

enum
{
  LONGEST_WAIT_MS = 20000
};

struct source
{
  const struct hfcore_host *host;
  const struct hfcore_settings *settings;
  struct hfcore_journal *journal;
  const char *name;
  atomic_size_t steps[OPS]; /* taken so far  */
  atomic_int reading;
};

/* One of the option `files`: "PATH ETAG CONTENT"; an etag "-" is not told.  */
struct source_file
{
  char path[256];
  char etag[128];
  const char *content;
  size_t length;
};

/* ---- scripts ---- */

/* The step for this call. A step of the option `always` is "OP PATH STEP…".  */
static const char *
next_step (struct source *source, enum op op, const char *path)
{
  const struct hfcore_host *host = source->host;
  const char *step;
  for (size_t i = 0; path && (step = host->item (source->settings, "always", i)); i++)
    {
      char word[SCRIPT_WORD_ROOM];
      if (script_word (step, 0, word) && strcmp (word, op_names[op]) == 0
          && script_word (step, 1, word) && strcmp (word, path) == 0)
        return strstr (step, path) + strlen (path);
    }
  step = host->item (source->settings, op_names[op], atomic_fetch_add (&source->steps[op], 1));
  return step ? step : "ok";
}

static void
pause_ms (long ms)
{
  const struct timespec pause = { .tv_nsec = ms * 1000000L };
  nanosleep (&pause, NULL);
}

static int
wait_for_stop (const struct source *source, struct hfcore_call *call)
{
  source->host->log (source->journal, HFCORE_LOG_INFO, "waiting");
  for (int ms = 0; ms < LONGEST_WAIT_MS; ms += 5)
    {
      int code = source->host->tick (call, 0, 0);
      if (code)
        return code;
      pause_ms (5);
    }
  return source->host->fail (call, HFCORE_E_IO, "nobody stopped it");
}

/* Wait until `together` reads are inside at once.  */
static int
wait_for_others (struct source *source, struct hfcore_call *call)
{
  int64_t together = source->host->number (source->settings, "together");
  atomic_fetch_add (&source->reading, 1);
  for (int ms = 0; atomic_load (&source->reading) < together; ms += 2)
    {
      int code = source->host->tick (call, 0, 0);
      if (code)
        return code;
      if (ms > LONGEST_WAIT_MS)
        return source->host->fail (call, HFCORE_E_IO, "the others do not come");
      pause_ms (2);
    }
  return HFCORE_OK;
}

/* ---- files ---- */

static bool
get_file (const struct source *source, size_t index, struct source_file *file)
{
  const char *item = source->host->item (source->settings, "files", index);
  const char *etag = item ? strchr (item, ' ') : NULL;
  const char *content = etag ? strchr (etag + 1, ' ') : NULL;
  if (!item)
    return false;
  int path_len = (int) (etag ? etag - item : (long) strlen (item));
  int etag_len = (int) (content ? content - etag - 1 : etag ? (long) strlen (etag + 1) : 0);
  snprintf (file->path, sizeof file->path, "%.*s", path_len, item);
  snprintf (file->etag, sizeof file->etag, "%.*s", etag_len, etag ? etag + 1 : "");
  file->content = content ? content + 1 : "";
  file->length = strlen (file->content);
  return true;
}

static bool
find_file (const struct source *source, const char *path, struct source_file *file)
{
  for (size_t i = 0; get_file (source, i, file); i++)
    if (strcmp (file->path, path) == 0)
      return true;
  return false;
}

static const char *
keep (const struct source *source, struct hfcore_call *call, const char *text)
{
  return source->host->keep (call, text, strlen (text));
}

/* ---- ops ---- */

static int
source_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct source *source = calloc (1, sizeof *source);
  if (!source)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  source->host = open->host;
  source->settings = open->settings;
  source->journal = open->journal;
  source->name = open->name;
  open->host->log (open->journal, HFCORE_LOG_INFO, "opened");
  int code = script_fail (source->host, call, next_step (source, OP_OPEN, NULL));
  if (code != HFCORE_OK)
    {
      free (source);
      return code;
    }
  *self = source;
  return HFCORE_OK;
}

static void
source_close (void *self)
{
  free (self);
}

static uint32_t
source_caps_now (void *self)
{
  const struct source *source = self;
  return source->host->number (source->settings, "local") ? UINT32_MAX
                                                          : ~(uint32_t) HFCORE_TRANSPORT_LOCAL;
}

/* What is known of a file, as the step tells it.  */
static int
tell_file (const struct source *source, struct hfcore_call *call, const char *step,
           const struct source_file *file, struct hfcore_file_info *info)
{
  char value[SCRIPT_WORD_ROOM], location[512];
  snprintf (location, sizeof location, "%s/%s", source->name, file->path);
  const char *etag = script_has (step, "etag", value) ? value : file->etag;
  info->etag = script_has (step, "no-etag", NULL) ? NULL : keep (source, call, etag);
  info->length = script_has (step, "no-size", NULL) ? HFCORE_SIZE_UNKNOWN
                                                    : script_number (step, "size", file->length);
  info->location = script_has (step, "no-location", NULL) ? NULL : keep (source, call, location);
  return HFCORE_OK;
}

static int
source_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *revision, const char *path, struct hfcore_file_info *info)
{
  struct source *source = self;
  struct source_file file;
  char value[SCRIPT_WORD_ROOM];
  (void) repo;
  source->host->log (source->journal, HFCORE_LOG_INFO, "asked to resolve %s %s", revision,
                     path ? path : "");
  const char *step = next_step (source, OP_RESOLVE, path);
  if (script_has (step, "wait", NULL))
    return wait_for_stop (source, call);
  const char *own = source->host->text (source->settings, "commit");
  const char *commit = script_has (step, "commit", value) ? value : own;
  if (!script_has (step, "no-commit", NULL))
    info->commit = keep (source, call, commit);
  int code = script_fail (source->host, call, step);
  if (code != HFCORE_OK)
    return code;
  if (strcmp (revision, "main") != 0 && strcmp (revision, own) != 0)
    return script_fail (source->host, call, "notfound revision");
  if (!path)
    return HFCORE_OK;
  if (!find_file (source, path, &file))
    return script_fail (source->host, call, "notfound file");
  return tell_file (source, call, step, &file, info);
}

static int
tell_about (const struct source *source, const char *step, const struct source_file *file,
            const struct hfcore_sink *sink)
{
  char etag[SCRIPT_WORD_ROOM], commit[SCRIPT_WORD_ROOM];
  struct hfcore_file_info info = { .size = sizeof info,
                                   .path = file->path,
                                   .commit = source->host->text (source->settings, "commit"),
                                   .etag = strcmp (file->etag, "-") == 0 ? NULL : file->etag,
                                   .length = HFCORE_SIZE_UNKNOWN };
  if (script_has (step, "about-etag", etag))
    info.etag = etag;
  if (script_has (step, "about-commit", commit))
    info.commit = commit;
  return sink->about ? sink->about (sink->ctx, &info) : HFCORE_OK;
}

/* The content from `offset`, `limit` bytes at the most.  */
static int
send_bytes (const struct source *source, const char *step, const struct source_file *file,
            uint64_t offset, uint64_t limit, const struct hfcore_sink *sink)
{
  char bytes[512];
  size_t length = file->length, chunk = (size_t) source->host->number (source->settings, "chunk");
  bool garbage = script_has (step, "garbage", NULL);
  if (length > sizeof bytes - 1)
    length = sizeof bytes - 1;
  for (size_t i = 0; i < length; i++)
    bytes[i] = garbage ? file->content[i] ^ 1 : file->content[i];
  if (script_has (step, "long", NULL))
    bytes[length++] = '!';
  while (offset < length && limit > 0)
    {
      size_t len = length - offset < chunk ? length - offset : chunk;
      if (len > limit)
        len = (size_t) limit;
      int code = sink->data (sink->ctx, bytes + offset, len);
      if (code)
        return code;
      offset += len;
      limit -= len;
    }
  return HFCORE_OK;
}

static int
source_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
             const struct hfcore_sink *sink)
{
  struct source *source = self;
  struct source_file file;
  source->host->log (source->journal, HFCORE_LOG_INFO, "asked to read %s from %llu at %s",
                     request->path, (unsigned long long) request->offset,
                     request->location ? request->location : "its commit");
  const char *step = next_step (source, OP_READ, request->path);
  uint64_t limit = script_number (step, "cut", UINT64_MAX);
  int code = wait_for_others (source, call);
  if (code == HFCORE_OK && script_has (step, "wait", NULL))
    code = wait_for_stop (source, call);
  if (code == HFCORE_OK && limit == UINT64_MAX)
    code = script_fail (source->host, call, step);
  if (code != HFCORE_OK)
    return code;
  if (!find_file (source, request->path, &file))
    return script_fail (source->host, call, "notfound file");
  uint64_t offset
      = script_has (step, "whole", NULL) ? 0 : script_number (step, "from", request->offset);
  uint64_t total = script_has (step, "no-total", NULL) ? HFCORE_SIZE_UNKNOWN
                                                       : script_number (step, "total", file.length);
  code = tell_about (source, step, &file, sink);
  if (code == HFCORE_OK)
    code = sink->begin (sink->ctx, offset, total);
  if (code == HFCORE_OK)
    code = send_bytes (source, step, &file, offset, limit, sink);
  return code == HFCORE_OK ? script_fail (source->host, call, step) : code;
}

static int
source_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *commit, const struct hfcore_file_sink *sink)
{
  struct source *source = self;
  struct source_file file;
  (void) repo;
  source->host->log (source->journal, HFCORE_LOG_INFO, "asked to list %s", commit);
  const char *step = next_step (source, OP_LIST, NULL);
  uint64_t limit = script_number (step, "cut", UINT64_MAX);
  if (script_has (step, "wait", NULL))
    return wait_for_stop (source, call);
  int code = limit == UINT64_MAX ? script_fail (source->host, call, step) : HFCORE_OK;
  if (code != HFCORE_OK)
    return code;
  for (size_t i = 0; i < limit && get_file (source, i, &file); i++)
    {
      char *underscore = script_has (step, "escape", NULL) ? strchr (file.path, '_') : NULL;
      if (underscore)
        *underscore = '\033';
      const struct hfcore_file_info info
          = { .size = sizeof info,
              .path = file.path,
              .etag = strcmp (file.etag, "-") == 0 ? NULL : file.etag,
              .length = script_has (step, "no-size", NULL) ? HFCORE_SIZE_UNKNOWN : file.length,
              .blob_id = "b10b",
              .lfs_length = HFCORE_SIZE_UNKNOWN };
      code = sink->file (sink->ctx, &info);
      if (code)
        return code;
    }
  if (script_has (step, "incomplete", NULL) && sink->incomplete)
    return sink->incomplete (sink->ctx);
  return script_fail (source->host, call, step);
}

static const struct hfcore_transport_ops ops = {
  .size = sizeof (struct hfcore_transport_ops),
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = source_open,
  .close = source_close,
  .caps_now = source_caps_now,
  .resolve = source_resolve,
  .read = source_read,
  .list = source_list,
};

static const struct hfcore_option options[] = {
  { .key = "files", .type = HFCORE_OPTION_LIST, .help = "PATH ETAG CONTENT" },
  { .key = "commit",
    .type = HFCORE_OPTION_TEXT,
    .fallback = "1111111111111111111111111111111111111111",
    .help = "what main is" },
  { .key = "open", .type = HFCORE_OPTION_LIST, .help = "steps" },
  { .key = "resolve", .type = HFCORE_OPTION_LIST, .help = "steps" },
  { .key = "read", .type = HFCORE_OPTION_LIST, .help = "steps" },
  { .key = "list", .type = HFCORE_OPTION_LIST, .help = "steps" },
  { .key = "always", .type = HFCORE_OPTION_LIST, .help = "OP PATH STEP" },
  { .key = "chunk", .type = HFCORE_OPTION_INT, .fallback = "4", .help = "bytes sent at once" },
  { .key = "together", .type = HFCORE_OPTION_INT, .fallback = "0", .help = "reads at once" },
  { .key = "local", .type = HFCORE_OPTION_BOOL, .fallback = "no", .help = "needs no network" },
  { .key = NULL },
};

HFCORE_PLUGIN_DEFINE (.name = "test-source", .version = "1", .summary = "Answers by a script",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .transport = &ops);
