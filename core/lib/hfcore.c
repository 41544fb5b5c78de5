/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore.c: the public functions for files: arguments checked and copied, then the engine.  */
#include <hfcore/hfcore.h>

#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "core/engine/download.h"
#include "core/engine/lookup.h"
#include "core/engine/snapshot.h"
#include "core/lib/handle.h"
#include "core/lib/result.h"
#include "core/util/cleanup.h"

/* The caller's struct may be shorter than ours: what it lacks is zero.  */
#define COPY_SIZED(to, from)                                                                       \
  do                                                                                               \
    {                                                                                              \
      size_t size_ = (from)->size < sizeof *(to) ? (from)->size : sizeof *(to);                    \
      memset ((to), 0, sizeof *(to));                                                              \
      memcpy ((to), (from), size_);                                                                \
      (to)->size = sizeof *(to);                                                                   \
    }                                                                                              \
  while (0)

const char *
hfcore_version (void)
{
  return PACKAGE_VERSION;
}

static void
write_log (void *ctx, int level, const char *line)
{
  struct hfcore *cache = ctx;
  cache->options.log (cache->options.ctx, level, line);
}

static int
log_level (const struct hfcore_options *options, const struct settings *settings)
{
  static const char *const levels[] = { "error", "warning", "info", "debug" };
  const char *configured = settings_text (settings, "log-level");
  if (options->log_level >= 0)
    return options->log_level;
  for (int i = 0; configured && i <= HFCORE_LOG_DEBUG; i++)
    if (strcmp (configured, levels[i]) == 0)
      return i;
  return HFCORE_LOG_WARNING;
}

int
handle_load (const struct hfcore_options *options, struct settings **settings,
             struct hfcore_error *error)
{
  const struct settings_request request = { .config_file = options->config_file,
                                            .cache_dir = options->cache_dir,
                                            .endpoint = options->endpoint,
                                            .token = options->token,
                                            .plugin_dir = options->plugin_dir,
                                            .offline = options->offline,
                                            .no_files = options->no_config_files != 0 };
  return settings_load (&request, settings, error);
}

int
hfcore_open (const struct hfcore_options *options, struct hfcore **opened,
             struct hfcore_error *error)
{
  static const struct hfcore_options none = HFCORE_OPTIONS_INIT;
  struct hfcore_error ignored = HFCORE_ERROR_INIT;
  struct settings *settings;
  error = error ? error : &ignored;
  *error = ignored;
  struct hfcore *cache = calloc (1, sizeof *cache);
  if (!cache)
    return handle_fail (error, HFCORE_E_NOMEM, "out of memory");
  COPY_SIZED (&cache->options, options ? options : &none);
  int code = handle_load (&cache->options, &settings, error);
  if (code == HFCORE_OK)
    {
      struct host_log log = { .write = cache->options.log ? write_log : NULL,
                              .ctx = cache,
                              .level = log_level (&cache->options, settings) };
      code = engine_open (settings, cache->options.plugin_dir, &log, &cache->engine, error);
    }
  /* The strings were the caller's; what matters of them is in the engine.  */
  cache->options.config_file = cache->options.cache_dir = cache->options.endpoint = NULL;
  cache->options.token = cache->options.plugin_dir = NULL;
  if (code != HFCORE_OK)
    {
      free (cache);
      return handle_fail (error, code, "cannot open the cache");
    }
  *opened = cache;
  return HFCORE_OK;
}

void
hfcore_close (struct hfcore *cache)
{
  if (!cache)
    return;
  engine_close (cache->engine);
  free (cache);
}

void
hfcore_cancel (struct hfcore *cache)
{
  atomic_store (&cache->engine->cancel, 1);
}

int
handle_fail (struct hfcore_error *error, int code, const char *message)
{
  error->code = code;
  if (!error->message[0])
    strncat (error->message, message, sizeof error->message - 1);
  return code;
}

/* What a call ended with, for the caller.  */
static int
finish (struct hfcore_call *call, int code, struct hfcore_error *error)
{
  if (error)
    *error = code == HFCORE_OK ? (struct hfcore_error) HFCORE_ERROR_INIT : call->error;
  if (error && code != HFCORE_OK)
    handle_fail (error, code, "failed");
  call_done (call);
  return code;
}

static void
copy_ask (struct hfcore_download *ask, const struct hfcore_download *from)
{
  COPY_SIZED (ask, from);
  if (!ask->repo.type)
    ask->repo.type = "model";
  if (!ask->revision)
    ask->revision = "main";
}

int
hfcore_download_file (struct hfcore *cache, const struct hfcore_download *asked,
                      struct hfcore_result **result, struct hfcore_error *error)
{
  struct hfcore_download ask;
  struct hfcore_call call;
  struct events events;
  struct downloaded file = { 0 };
  copy_ask (&ask, asked);
  engine_call (cache->engine, &call);
  int code = ask.path ? lookup_check_names (&call, &ask.repo, ask.revision, ask.path)
                      : call_fail (&call, HFCORE_E_CONFIG, "no file name was given");
  if (code != HFCORE_OK)
    return finish (&call, code, error);
  events_init (&events, ask.event, ask.ctx);
  const struct download download = { .repo = &ask.repo,
                                     .revision = ask.revision,
                                     .path = ask.path,
                                     .flags = ask.flags,
                                     .events = &events };
  code = download_file (cache->engine, &call, &download, &file);
  events_done (&events);
  if (code == HFCORE_OK && !(*result = result_of_file (ask.path, &file)))
    code = call_fail (&call, HFCORE_E_NOMEM, "out of memory");
  downloaded_free (&file);
  return finish (&call, code, error);
}

int
hfcore_download_snapshot (struct hfcore *cache, const struct hfcore_download *asked,
                          struct hfcore_result **result, struct hfcore_error *error)
{
  struct hfcore_download ask;
  struct hfcore_call call;
  struct events events;
  struct snapshot snapshot = { 0 };
  copy_ask (&ask, asked);
  engine_call (cache->engine, &call);
  int code = lookup_check_names (&call, &ask.repo, ask.revision, NULL);
  if (code != HFCORE_OK)
    return finish (&call, code, error);
  events_init (&events, ask.event, ask.ctx);
  const struct snapshot_request request = { .repo = &ask.repo,
                                            .revision = ask.revision,
                                            .flags = ask.flags,
                                            .include = ask.include,
                                            .include_count = ask.include_count,
                                            .exclude = ask.exclude,
                                            .exclude_count = ask.exclude_count,
                                            .max_workers = ask.max_workers,
                                            .events = &events };
  code = snapshot_download (cache->engine, &call, &request, &snapshot);
  events_done (&events);
  if (code == HFCORE_OK && !(*result = result_of_snapshot (&snapshot)))
    code = call_fail (&call, HFCORE_E_NOMEM, "out of memory");
  snapshot_free (&snapshot);
  return finish (&call, code, error);
}

int
hfcore_lookup (struct hfcore *cache, const char *type, const char *id, const char *revision,
               const char *file, int32_t *state, char *path, size_t room,
               struct hfcore_error *error)
{
  struct hfcore_call call;
  struct hfcore_stored_file stored;
  const struct hfcore_repo repo
      = { .size = sizeof repo, .type = type ? type : "model", .id = id };
  engine_call (cache->engine, &call);
  int code = file ? lookup_file (cache->engine, &call, &repo, revision ? revision : "main", file,
                                 &stored)
                  : call_fail (&call, HFCORE_E_CONFIG, "no file name was given");
  if (code != HFCORE_OK)
    return finish (&call, code, error);
  *state = stored.state;
  if (stored.state == HFCORE_FILE_PRESENT && room > 0)
    {
      size_t len = strlen (stored.path);
      if (len >= room)
        code = call_fail (&call, HFCORE_E_CONFIG, "the path has %zu bytes, more than there is room",
                          len);
      len = len < room ? len : room - 1;
      memcpy (path, stored.path, len);
      path[len] = 0;
    }
  return finish (&call, code, error);
}
