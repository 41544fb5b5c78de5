/* SPDX-License-Identifier: Apache-2.0 */
/* trim.c: the storage that is written is looked at and trimmed, for its own sake or before a
 * download.  */
#include "core/engine/trim.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/text.h"

bool
trim_is_wanted (const struct engine *engine)
{
  return settings_number (engine->settings, "max-size") > 0;
}

/* The folder that the repositories lie in, links resolved; NULL: there is none, or no memory.  */
static char *
root_of (const struct holdings *holdings)
{
  const char *path = holdings->repo_count ? holdings->repos[0].path : NULL;
  const char *slash = path ? strrchr (path, '/') : NULL;
  CLEANUP_FREE char *root = slash ? text_format ("%.*s", (int) (slash - path), path) : NULL;
  return root ? files_resolve (root) : NULL;
}

/* The configured pins and those of the ask. NULL: no memory.  */
static const char **
all_pins (const struct engine *engine, const struct trim_ask *ask, size_t *count)
{
  const struct settings_value *pins = settings_get (engine->settings, "pin");
  const size_t configured = pins ? pins->count : 0;
  const char **all = calloc (configured + ask->pin_count + 1, sizeof *all);
  *count = 0;
  for (size_t i = 0; all && i < configured; i++)
    all[(*count)++] = pins->items[i];
  for (size_t i = 0; all && i < ask->pin_count; i++)
    all[(*count)++] = ask->pins[i];
  return all;
}

int
trim_look (struct engine *engine, struct hfcore_call *call, const struct trim_ask *from,
           struct trim_plan **plan)
{
  struct trim_ask ask = *from;
  struct holdings *holdings;
  size_t storage;
  CLEANUP_OPEN_FILES struct open_files open = { 0 };
  int code = tiers_writable_index (engine, call, &storage);
  if (code == HFCORE_OK)
    code = holdings_take_from (engine, call, storage, &holdings);
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE const char **pins = all_pins (engine, from, &ask.pin_count);
  ask.pins = pins;
  CLEANUP_FREE char *root = root_of (holdings);
  if (root)
    open_files_find (root, &open);
  if (pins)
    return trim_choose (holdings, &ask, &open, call, plan);
  holdings_free (holdings);
  return call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* What a deletion that was killed had put aside already is in no holdings.  */
static void
sweep (struct engine *engine, const struct hfcore_call *whole)
{
  const struct hfcore_entry entry = { .size = sizeof entry, .kind = HFCORE_ENTRY_REST };
  const struct hfcore_storage *storage;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (whole, &call);
  if (tiers_writable (engine, &call, &storage) == HFCORE_OK)
    (void) storage->ops->remove (storage->self, &call, &entry);
}

int
trim_execute (const struct trim_plan *plan, struct engine *engine, struct hfcore_call *call,
              const struct strategy_listener *listener, struct strategy_done *done)
{
  *done = (struct strategy_done){ .repos = 0 };
  if (plan->strategy)
    return strategy_execute (plan->strategy, engine, call, listener, done);
  sweep (engine, call);
  return HFCORE_OK;
}

/* ---- for downloads ---- */

static int
note_trouble (void *engine_, const struct strategy_event *event)
{
  const struct engine *engine = engine_;
  if (event->outcome == STRATEGY_FAILED)
    host_log (&engine->log, HFCORE_LOG_INFO, "%s", event->message);
  return 0;
}

static void
say_freed (const struct engine *engine, const struct trim_plan *plan,
           const struct strategy_done *done, const char *limit)
{
  enum
  {
    MOST_NAMED = 3
  };
  CLEANUP_TEXT struct text names = TEXT_LIMIT (4096);
  char freed[16];
  size_t named = 0;
  for (size_t i = 0; i < plan->count && named < MOST_NAMED; i++)
    if (plan->units[i].fate == TRIM_GOES)
      text_addf (&names, "%s%s/%s@%.8s", named++ ? ", " : ": ", plan->units[i].repo->repo.type,
                 plan->units[i].repo->repo.id, plan->units[i].revision->commit);
  text_size (freed, sizeof freed, done->freed);
  host_log (&engine->log, HFCORE_LOG_WARNING,
            "freed %s of the cache, to keep it within max-size %s: %zu revision%s%s%s%s", freed,
            limit, done->revisions, done->revisions == 1 ? "" : "s",
            done->revisions && names.bytes ? names.bytes : "",
            done->revisions > MOST_NAMED ? ", …" : "",
            done->partials || !done->revisions ? ", and what no revision uses" : "");
}

static void
say_full (const struct engine *engine, const struct trim_plan *plan,
          const struct strategy_done *done, const struct trim_coming *coming, const char *limit)
{
  char size[16];
  uint64_t left = plan->size - (done->freed < plan->size ? done->freed : plan->size);
  text_size (size, sizeof size, left + coming->bytes);
  host_log (&engine->log, HFCORE_LOG_WARNING,
            "the cache grows to %s, beyond max-size %s: what else it has is pinned, in use, or was "
            "used within the last hour; `hfcore cache trim --dry-run` tells",
            size, limit);
}

int
trim_check_size (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 uint64_t bytes)
{
  const uint64_t most = (uint64_t) settings_number (engine->settings, "max-size");
  char size[16], limit[16];
  if (!most || bytes <= most)
    return HFCORE_OK;
  text_size (size, sizeof size, bytes);
  text_size (limit, sizeof limit, most);
  return call_fail (call, HFCORE_E_NOSPACE,
                    "%s '%s' needs %s in the cache, more than max-size %s; set a larger one, or "
                    "download to a --local-dir",
                    repo->type, repo->id, size, limit);
}

int
trim_for_download (struct engine *engine, struct hfcore_call *call,
                   const struct trim_coming *coming)
{
  char limit[16];
  const struct trim_ask ask = { .limit = (uint64_t) settings_number (engine->settings, "max-size"),
                                .now_ns = clock_wall_ms () * 1000000,
                                .coming = coming };
  const struct strategy_listener listener = { .ctx = engine, .event = note_trouble };
  struct trim_plan *plan = NULL;
  struct strategy_done done = { .repos = 0 };
  CLEANUP_CALL struct hfcore_call trimming;
  if (!ask.limit || !coming->bytes)
    return HFCORE_OK;
  text_size (limit, sizeof limit, ask.limit);
  engine_call_within (call, &trimming);
  int code = trim_look (engine, &trimming, &ask, &plan);
  if (code == HFCORE_OK)
    code = trim_execute (plan, engine, &trimming, &listener, &done);
  if (done.freed || done.revisions)
    say_freed (engine, plan, &done, limit);
  if (code == HFCORE_OK && !plan->fits)
    say_full (engine, plan, &done, coming, limit);
  trim_plan_free (plan);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (call, &trimming);
  /* There is nothing yet to be freed, or it cannot be looked at: the download tells more.  */
  if (code != HFCORE_OK && trimming.error.missing != HFCORE_MISSING_CACHE)
    host_log (&engine->log, HFCORE_LOG_INFO, "the cache is not trimmed: %s",
              trimming.error.message);
  return HFCORE_OK;
}
