/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore.c: the public functions for files: arguments checked and copied, then the engine.  */
#include <hfcore/hfcore.h>

#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "core/engine/download.h"
#include "core/engine/local_dir.h"
#include "core/engine/lookup.h"
#include "core/engine/snapshot.h"
#include "core/lib/handle.h"
#include "core/lib/result.h"
#include "core/plugin/sized.h"

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

static int
load_settings (const struct hfcore_options *options, struct settings **settings,
               struct hfcore_error *error)
{
  const struct settings_request request = { .config_file = options->config_file,
                                            .cache_dir = options->cache_dir,
                                            .assets_dir = options->assets_dir,
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
  struct hfcore_error why = HFCORE_ERROR_INIT;
  struct settings *settings;
  struct hfcore *cache = calloc (1, sizeof *cache);
  if (!cache)
    return handle_tell (error, &why, HFCORE_E_NOMEM, "out of memory");
  sized_take (&cache->options, sizeof cache->options, options ? options : &none);
  int code = load_settings (&cache->options, &settings, &why);
  if (code == HFCORE_OK)
    {
      struct host_log log = { .write = cache->options.log ? write_log : NULL,
                              .ctx = cache,
                              .level = log_level (&cache->options, settings) };
      code = engine_open (settings, cache->options.plugin_dir, &log, &cache->engine, &why);
    }
  /* The strings were the caller's; what matters of them is in the engine.  */
  cache->options.config_file = cache->options.cache_dir = cache->options.endpoint = NULL;
  cache->options.token = cache->options.plugin_dir = cache->options.assets_dir = NULL;
  if (code == HFCORE_OK)
    *opened = cache;
  else
    free (cache);
  return handle_tell (error, &why, code, "cannot open the cache");
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
handle_tell (struct hfcore_error *error, const struct hfcore_error *why, int code,
             const char *otherwise)
{
  struct hfcore_error told = HFCORE_ERROR_INIT;
  if (code != HFCORE_OK)
    told = *why;
  told.code = code;
  if (code != HFCORE_OK && !told.message[0])
    strncat (told.message, otherwise, sizeof told.message - 1);
  if (error && HFCORE_HAS (error, code))
    sized_give (error, sizeof told, &told);
  return code;
}

int
handle_copy (struct hfcore_call *call, const char *found, char *path, size_t room)
{
  if (room == 0)
    return HFCORE_OK;
  size_t len = strlen (found), fits = len < room ? len : room - 1;
  memcpy (path, found, fits);
  path[fits] = 0;
  return fits == len ? HFCORE_OK
                     : call_fail (call, HFCORE_E_CONFIG,
                                  "the path has %zu bytes, more than there is room", len);
}

int
handle_finish (struct hfcore_call *call, int code, struct hfcore_error *error)
{
  handle_tell (error, &call->error, code, "failed, and nothing says why");
  call_done (call);
  return code;
}

/* One download as it was asked for, while it runs.  */
struct asked
{
  struct hfcore_download ask; /* what it leaves out is filled in                                 */
  struct hfcore_repo repo;
  struct hfcore_call call;
  struct events events;
  struct local_dir local; /* where to, if it is not the cache                                    */
};

int
handle_begin (struct hfcore *cache, struct hfcore_call *call)
{
  engine_call (cache->engine, call);
  return call_cancelled (call) ? call_fail (call, HFCORE_E_CANCELLED, "stopped") : HFCORE_OK;
}

static int
begin_download (struct hfcore *cache, const struct hfcore_download *from, struct asked *asked)
{
  struct hfcore_download *ask = &asked->ask;
  sized_take (ask, sizeof *ask, from);
  if (!ask->revision)
    ask->revision = "main";
  asked->repo = (struct hfcore_repo){ .size = sizeof asked->repo,
                                      .type = ask->repo_type ? ask->repo_type : "model",
                                      .id = ask->repo_id };
  asked->local = (struct local_dir){ 0 };
  events_init (&asked->events, ask->event, ask->ctx);
  int code = handle_begin (cache, &asked->call);
  if (code == HFCORE_OK)
    code = lookup_check_names (&asked->call, &asked->repo, ask->revision, ask->path);
  if (code == HFCORE_OK && ask->local_dir)
    code = local_dir_open (&asked->call, ask->local_dir, ask->link, &asked->local);
  return code;
}

static int
end_download (struct asked *asked, int code, struct hfcore_error *error)
{
  events_done (&asked->events);
  local_dir_close (&asked->local);
  return handle_finish (&asked->call, code, error);
}

int
hfcore_download_file (struct hfcore *cache, const struct hfcore_download *ask,
                      struct hfcore_result **result, struct hfcore_error *error)
{
  struct asked asked;
  struct downloaded file = { 0 };
  int code = begin_download (cache, ask, &asked);
  if (code == HFCORE_OK && !asked.ask.path)
    code = call_fail (&asked.call, HFCORE_E_CONFIG, "no file name was given");
  if (code != HFCORE_OK)
    return end_download (&asked, code, error);
  const struct download download = { .repo = &asked.repo,
                                     .revision = asked.ask.revision,
                                     .path = asked.ask.path,
                                     .flags = asked.ask.flags,
                                     .local = asked.ask.local_dir ? &asked.local : NULL,
                                     .events = &asked.events };
  code = download_file (cache->engine, &asked.call, &download, &file);
  if (code == HFCORE_OK && !(*result = result_of_file (asked.ask.path, &file)))
    code = call_fail (&asked.call, HFCORE_E_NOMEM, "out of memory");
  downloaded_free (&file);
  return end_download (&asked, code, error);
}

int
hfcore_download_snapshot (struct hfcore *cache, const struct hfcore_download *ask,
                          struct hfcore_result **result, struct hfcore_error *error)
{
  struct asked asked;
  struct snapshot snapshot = { 0 };
  int code = begin_download (cache, ask, &asked);
  if (code != HFCORE_OK)
    return end_download (&asked, code, error);
  const struct snapshot_request request = { .repo = &asked.repo,
                                            .revision = asked.ask.revision,
                                            .flags = asked.ask.flags,
                                            .include = asked.ask.include,
                                            .include_count = asked.ask.include_count,
                                            .exclude = asked.ask.exclude,
                                            .exclude_count = asked.ask.exclude_count,
                                            .max_workers = asked.ask.max_workers,
                                            .local = asked.ask.local_dir ? &asked.local : NULL,
                                            .events = &asked.events };
  code = snapshot_download (cache->engine, &asked.call, &request, &snapshot);
  if (code == HFCORE_OK && !(*result = result_of_snapshot (&snapshot)))
    code = call_fail (&asked.call, HFCORE_E_NOMEM, "out of memory");
  snapshot_free (&snapshot);
  return end_download (&asked, code, error);
}

int
hfcore_lookup (struct hfcore *cache, const char *type, const char *id, const char *revision,
               const char *file, int32_t *state, char *path, size_t room,
               struct hfcore_error *error)
{
  struct hfcore_call call;
  struct hfcore_stored_file stored;
  const struct hfcore_repo repo = { .size = sizeof repo, .type = type ? type : "model", .id = id };
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = file ? lookup_file (cache->engine, &call, &repo, revision ? revision : "main", file,
                               &stored)
                : call_fail (&call, HFCORE_E_CONFIG, "no file name was given");
  if (code != HFCORE_OK)
    return handle_finish (&call, code, error);
  *state = stored.state;
  /* A storage whose files have no local path tells none.  */
  if (stored.state == HFCORE_FILE_PRESENT)
    code = handle_copy (&call, stored.path ? stored.path : "", path, room);
  return handle_finish (&call, code, error);
}
