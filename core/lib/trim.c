/* SPDX-License-Identifier: Apache-2.0 */
/* trim.c: the public function that keeps the cache within a size.  */
#include <hfcore/hfcore.h>

#include "core/engine/trim.h"
#include "core/lib/deleted.h"
#include "core/lib/handle.h"
#include "core/plugin/sized.h"
#include "core/util/clock.h"
#include "core/util/pin.h"

struct trimming
{
  struct hfcore_trim ask;
  struct hfcore_call *call;
  struct trim_plan *plan;
  struct hfcore_trimmed sum;
};

static int
check_ask (struct hfcore *cache, struct trimming *trimming, uint64_t *limit)
{
  const struct hfcore_trim *ask = &trimming->ask;
  *limit = ask->max_bytes ? ask->max_bytes
                          : (uint64_t) settings_number (cache->engine->settings, "max-size");
  if (!*limit)
    return call_fail (trimming->call, HFCORE_E_CONFIG,
                      "no size was given, and the configuration has no `max-size`");
  for (size_t i = 0; i < ask->keep_count; i++)
    {
      const char *expected = pin_check (ask->keep[i]);
      if (expected)
        return call_fail (trimming->call, HFCORE_E_CONFIG, "what is to be kept is %s, not '%s'",
                          expected, ask->keep[i]);
    }
  return HFCORE_OK;
}

/* A name that pins nothing may be mistyped.  */
static void
warn_of_unknown (const struct hfcore *cache, const struct trimming *trimming)
{
  const struct hfcore_trim *ask = &trimming->ask;
  for (size_t i = 0; i < ask->keep_count; i++)
    {
      bool known = false;
      for (size_t j = 0; j < trimming->plan->count && !known; j++)
        {
          const struct trim_unit *unit = &trimming->plan->units[j];
          known
              = pin_names (ask->keep[i], unit->repo->repo.type, unit->repo->repo.id,
                           unit->revision->commit, unit->revision->refs, unit->revision->ref_count);
        }
      if (!known)
        host_log (&cache->engine->log, HFCORE_LOG_WARNING, "nothing in the cache is called '%s'",
                  ask->keep[i]);
    }
}

/* ---- what goes ---- */

static int
tell (const struct trimming *trimming, const struct hfcore_trim_item *item)
{
  return trimming->ask.item && trimming->ask.item (trimming->ask.ctx, item)
             ? call_fail (trimming->call, HFCORE_E_CANCELLED, "stopped")
             : HFCORE_OK;
}

static int
tell_orphans (struct trimming *trimming, const struct strategy_repo *planned)
{
  struct hfcore_trim_item item = { .size = sizeof item,
                                   .kind = HFCORE_TRIM_ORPHANS,
                                   .repo_type = planned->repo->repo.type,
                                   .repo_id = planned->repo->repo.id };
  for (size_t i = 0; i < planned->blob_count; i++)
    if (planned->blobs[i]->revisions == 0)
      {
        item.files++;
        item.bytes += planned->blobs[i]->is_link ? 0 : planned->blobs[i]->size;
      }
  trimming->sum.orphans += item.files;
  return item.files ? tell (trimming, &item) : HFCORE_OK;
}

static int
tell_waste (struct trimming *trimming)
{
  const struct strategy *strategy = trimming->plan->strategy;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < strategy->repo_count; i++)
    code = tell_orphans (trimming, &strategy->repos[i]);
  for (size_t i = 0; code == HFCORE_OK && i < strategy->partial_count; i++)
    {
      const struct holdings_partial *partial = strategy->partials[i];
      const struct hfcore_trim_item item = { .size = sizeof item,
                                             .kind = HFCORE_TRIM_PARTIAL,
                                             .repo_type = partial->repo.type,
                                             .repo_id = partial->repo.id,
                                             .name = partial->name,
                                             .bytes = partial->size,
                                             .files = 1,
                                             .used_ns = partial->modified_ns };
      code = tell (trimming, &item);
    }
  for (size_t i = 0; code == HFCORE_OK && i < strategy->payload_count; i++)
    {
      const struct hfcore_trim_item item = { .size = sizeof item,
                                             .kind = HFCORE_TRIM_SHARED,
                                             .name = strategy->payloads[i]->hash,
                                             .bytes = strategy->payloads[i]->size,
                                             .files = 1 };
      code = tell (trimming, &item);
    }
  return code;
}

/* -1: it is of no interest.  */
static int32_t
stays_of (enum trim_fate fate)
{
  switch (fate)
    {
    case TRIM_GOES:
      return HFCORE_STAYS_NOT;
    case TRIM_PINNED:
      return HFCORE_STAYS_PINNED;
    case TRIM_RECENT:
      return HFCORE_STAYS_RECENT;
    case TRIM_OPEN:
      return HFCORE_STAYS_OPEN;
    case TRIM_BUSY:
    case TRIM_NEEDED:
      return HFCORE_STAYS_DOWNLOADED;
    case TRIM_DAMAGED:
      return HFCORE_STAYS_DAMAGED;
    default:
      return -1;
    }
}

static int
tell_revisions (struct trimming *trimming, bool goes)
{
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < trimming->plan->count; i++)
    {
      const struct trim_unit *unit = &trimming->plan->units[i];
      const struct hfcore_trim_item item = { .size = sizeof item,
                                             .kind = HFCORE_TRIM_REVISION,
                                             .stays = stays_of (unit->fate),
                                             .repo_type = unit->repo->repo.type,
                                             .repo_id = unit->repo->repo.id,
                                             .name = unit->revision->commit,
                                             .refs = unit->revision->refs,
                                             .ref_count = unit->revision->ref_count,
                                             .bytes = unit->bytes,
                                             .files = 1,
                                             .used_ns = unit->used_ns };
      if (item.stays >= 0 && goes == (item.stays == HFCORE_STAYS_NOT) && (goes || item.bytes))
        code = tell (trimming, &item);
    }
  return code;
}

static int
tell_plan (struct trimming *trimming)
{
  const struct trim_plan *plan = trimming->plan;
  struct hfcore_trimmed *sum = &trimming->sum;
  sum->fits = plan->fits;
  sum->before = plan->size;
  if (!plan->strategy)
    return HFCORE_OK;
  sum->freed = plan->strategy->freed;
  sum->revisions = plan->strategy->revisions;
  sum->partials = plan->strategy->partial_count;
  int code = tell_waste (trimming);
  if (code == HFCORE_OK)
    code = tell_revisions (trimming, true);
  if (code == HFCORE_OK && !plan->fits)
    code = tell_revisions (trimming, false);
  if (code == HFCORE_OK && trimming->ask.confirm && sum->freed + sum->revisions + sum->orphans
      && trimming->ask.confirm (trimming->ask.ctx, sum))
    code = call_fail (trimming->call, HFCORE_E_CANCELLED, "stopped");
  return code;
}

/* ---- and goes ---- */

static int
execute (struct hfcore *cache, struct trimming *trimming)
{
  struct strategy_done done;
  struct hfcore_trimmed *sum = &trimming->sum;
  struct deleted_listener things = { .thing = trimming->ask.thing, .ctx = trimming->ask.ctx };
  const struct strategy_listener listener = { .ctx = &things, .event = deleted_tell };
  if (trimming->ask.flags & HFCORE_DRY_RUN)
    return HFCORE_OK;
  int code = trim_execute (trimming->plan, cache->engine, trimming->call, &listener, &done);
  sum->freed = done.freed;
  sum->revisions = done.revisions;
  sum->partials = done.partials;
  sum->kept = done.kept_count;
  sum->failures = done.failures;
  sum->denied = done.denied;
  sum->fits = done.freed >= sum->before || sum->before - done.freed <= sum->limit;
  return code;
}

int
hfcore_trim (struct hfcore *cache, const struct hfcore_trim *from, struct hfcore_trimmed *sum,
             struct hfcore_error *error)
{
  struct hfcore_call call;
  struct trimming trimming = { .call = &call, .sum = { .size = sizeof trimming.sum } };
  struct trim_ask ask = { .now_ns = clock_wall_ms () * 1000000 };
  sized_take (&trimming.ask, sizeof trimming.ask, from);
  ask.pins = trimming.ask.keep;
  ask.pin_count = trimming.ask.keep_count;
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = check_ask (cache, &trimming, &ask.limit);
  trimming.sum.limit = ask.limit;
  if (code == HFCORE_OK)
    code = trim_look (cache->engine, &call, &ask, &trimming.plan);
  if (code == HFCORE_OK)
    {
      warn_of_unknown (cache, &trimming);
      code = tell_plan (&trimming);
    }
  if (code == HFCORE_OK)
    code = execute (cache, &trimming);
  trim_plan_free (trimming.plan);
  if (code == HFCORE_OK && sum)
    sized_give (sum, sizeof trimming.sum, &trimming.sum);
  return handle_finish (&call, code, error);
}
