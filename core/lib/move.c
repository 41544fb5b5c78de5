/* SPDX-License-Identifier: Apache-2.0 */
/* move.c: the public functions that carry a cache to another machine: arguments checked and copied,
 * then the engine.  */
#include <hfcore/hfcore.h>

#include "core/engine/events.h"
#include "core/engine/export.h"
#include "core/engine/import.h"
#include "core/engine/lookup.h"
#include "core/lib/handle.h"
#include "core/plugin/sized.h"

static int
check_items (struct hfcore_call *call, const struct hfcore_export *ask)
{
  if (ask->count == 0)
    return call_fail (call, HFCORE_E_CONFIG, "no repository was given");
  for (size_t i = 0; i < ask->count; i++)
    {
      const struct hfcore_export_item *item = ask->items[i];
      const struct hfcore_repo repo = { .size = sizeof repo,
                                        .type = item->repo_type ? item->repo_type : "model",
                                        .id = item->repo_id };
      int code = lookup_check_names (call, &repo, item->revision ? item->revision : "main", NULL);
      if (code != HFCORE_OK)
        return code;
    }
  return ask->fd >= 0 ? HFCORE_OK : call_fail (call, HFCORE_E_CONFIG, "no descriptor was given");
}

static int
finish (struct hfcore_call *call, int code, const struct hfcore_moved *done,
        struct hfcore_moved *moved, struct hfcore_error *error)
{
  if (code == HFCORE_OK && moved)
    sized_give (moved, sizeof *done, done);
  return handle_finish (call, code, error);
}

int
hfcore_export (struct hfcore *cache, const struct hfcore_export *from, struct hfcore_moved *moved,
               struct hfcore_error *error)
{
  struct hfcore_export ask;
  struct hfcore_call call;
  struct hfcore_moved done = { .size = sizeof done };
  struct events events;
  sized_take (&ask, sizeof ask, from);
  events_init (&events, ask.event, ask.ctx);
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = check_items (&call, &ask);
  if (code == HFCORE_OK)
    code = export_write (cache->engine, &call, &ask, &events, &done);
  events_done (&events);
  return finish (&call, code, &done, moved, error);
}

int
hfcore_import (struct hfcore *cache, const struct hfcore_import *from, struct hfcore_moved *moved,
               struct hfcore_error *error)
{
  struct hfcore_import ask;
  struct hfcore_call call;
  struct hfcore_moved done = { .size = sizeof done };
  struct events events;
  sized_take (&ask, sizeof ask, from);
  events_init (&events, ask.event, ask.ctx);
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK && ask.fd < 0)
    code = call_fail (&call, HFCORE_E_CONFIG, "no descriptor was given");
  if (code == HFCORE_OK)
    code = import_read (cache->engine, &call, &ask, &events, &done);
  events_done (&events);
  return finish (&call, code, &done, moved, error);
}
