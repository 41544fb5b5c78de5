/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: see engine.h.  */
#include "core/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "core/util/clock.h"

enum
{
  PAUSE_SLICE_MS = 50,
  FILE_LIST_MOST = 512 << 20 /* more than a million files  */
};

static void
read_offline (struct engine *engine)
{
  char where[256];
  const struct settings_value *value = settings_get (engine->settings, "offline");
  engine->offline = settings_number (engine->settings, "offline") != 0;
  if (engine->offline && value)
    snprintf (engine->offline_why, sizeof engine->offline_why,
              "offline mode is on (%s): turn it off to fetch it",
              settings_where (&value->origin, where, sizeof where));
}

static int
open_parts (struct engine *engine, const char *plugin_dir, struct hfcore_error *error)
{
  const struct settings_value *configured = settings_get (engine->settings, "plugin-path");
  int code = loader_path_make (plugin_dir, configured ? configured->items : NULL,
                               configured ? configured->count : 0, &engine->plugin_path);
  if (code == HFCORE_OK)
    code = registry_new (engine->settings, &engine->plugin_path, &engine->log, &engine->registry,
                         error);
  if (code != HFCORE_OK)
    return code;
  engine->storage_warned
      = calloc (registry_storage_count (engine->registry) + 1, sizeof *engine->storage_warned);
  return engine->storage_warned ? HFCORE_OK : HFCORE_E_NOMEM;
}

int
engine_open (struct settings *settings, const char *plugin_dir, const struct host_log *log,
             struct engine **opened, struct hfcore_error *error)
{
  struct engine *engine = calloc (1, sizeof *engine);
  if (!engine)
    {
      settings_free (settings);
      return HFCORE_E_NOMEM;
    }
  engine->settings = settings;
  engine->log = *log;
  read_offline (engine);
  engine->max_workers = (unsigned) settings_number (settings, "max-workers");
  engine->max_connections = (unsigned) settings_number (settings, "max-connections");
  engine->retries = (unsigned) settings_number (settings, "retries");
  engine->retry_pause_ms = settings_number (settings, "retry-pause");
  engine->retry_pause_max_ms = settings_number (settings, "retry-pause-max");
  engine->file_list_most = FILE_LIST_MOST;
  int code = open_parts (engine, plugin_dir, error);
  if (code != HFCORE_OK)
    {
      engine_close (engine);
      return code;
    }
  for (size_t i = 0; i < settings->warning_count; i++)
    host_log (&engine->log, HFCORE_LOG_WARNING, "%s", settings->warnings[i]);
  *opened = engine;
  return HFCORE_OK;
}

void
engine_close (struct engine *engine)
{
  if (!engine)
    return;
  registry_free (engine->registry);
  loader_path_free (&engine->plugin_path);
  settings_free (engine->settings);
  free (engine->storage_warned);
  free (engine);
}

void
engine_call (struct engine *engine, struct hfcore_call *call)
{
  call_init (call, &engine->cancel);
}

void
engine_call_within (const struct hfcore_call *whole, struct hfcore_call *call)
{
  call_init (call, whole->cancel);
  call->deadline_ms = whole->deadline_ms;
  call->progress = whole->progress;
  call->progress_ctx = whole->progress_ctx;
}

int
engine_pause (struct hfcore_call *call, int64_t ms)
{
  int64_t end = clock_now_ms () + ms;
  for (;;)
    {
      int stopped = call_tick (call, 0, 0);
      int64_t left = end - clock_now_ms ();
      if (stopped || left <= 0)
        return stopped;
      clock_sleep_ms (left < PAUSE_SLICE_MS ? left : PAUSE_SLICE_MS);
    }
}
