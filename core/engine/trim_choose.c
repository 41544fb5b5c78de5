/* SPDX-License-Identifier: Apache-2.0 */
/* trim_choose.c: which revisions go; nothing here touches a disk.  */
#include <stdlib.h>
#include <string.h>
#include "core/engine/trim.h"
#include "core/util/pin.h"

#define HOUR_NS   ((int64_t) 3600 * 1000000000)
#define MARKED_NS ((int64_t) 600 * 1000000000) /* how much older than the use its mark may be */

enum
{
  STAYS = 1,
  COUNTED = 2
};

struct choosing
{
  const struct trim_ask *ask;
  const struct open_files *open;
  struct trim_plan *plan;
  struct strategy_choice choice;
  size_t *first;        /* of each repository: the place of its first blob in `marks`  */
  unsigned char *marks; /* of each blob: STAYS, COUNTED  */
  uint32_t *gone;       /* of each payload: blobs that lead to it and go  */
};

static bool
is_recent (const struct choosing *choosing, int64_t when_ns)
{
  return when_ns > choosing->ask->now_ns - HOUR_NS;
}

/* ---- how large it is ---- */

static uint64_t
bytes_of (const struct holdings_blob *blob)
{
  const bool here
      = blob->place == INVENTORY_OWN || (blob->place == INVENTORY_BLOB && !blob->is_link);
  return here && blob->payload == SIZE_MAX ? blob->size : 0;
}

static uint64_t
size_of (const struct holdings *holdings)
{
  uint64_t size = 0;
  for (size_t i = 0; i < holdings->repo_count; i++)
    for (size_t j = 0; j < holdings->repos[i].all_blob_count; j++)
      size += bytes_of (&holdings->repos[i].blobs[j]);
  for (size_t i = 0; i < holdings->partial_count; i++)
    size += holdings->partials[i].size;
  for (size_t i = 0; i < holdings->payload_count; i++)
    size += holdings->payloads[i].size;
  return size;
}

/* ---- what may go ---- */

static bool
is_of (const struct hfcore_repo *repo, const struct hfcore_repo *other)
{
  return repo->id && strcmp (repo->type, other->type) == 0 && strcmp (repo->id, other->id) == 0;
}

static bool
is_coming (const struct choosing *choosing, const struct holdings_partial *partial)
{
  const struct trim_coming *coming = choosing->ask->coming;
  if (!coming || !is_of (&partial->repo, coming->repo))
    return false;
  for (size_t i = 0; i < coming->count; i++)
    if (strcmp (coming->etags[i], partial->etag) == 0)
      return true;
  return false;
}

/* The keepers of the strategy's choice.  */
static bool
keeps_partial (void *ctx, const struct holdings_partial *partial)
{
  const struct choosing *choosing = ctx;
  return partial->held || is_recent (choosing, partial->modified_ns)
         || is_coming (choosing, partial);
}

static bool
keeps_blob (void *ctx, const struct holdings_blob *blob)
{
  const struct choosing *choosing = ctx;
  return is_recent (choosing, blob->modified_ns)
         || (blob->path && open_files_has (choosing->open, blob->path));
}

static bool
is_pinned (const struct trim_ask *ask, const struct trim_unit *unit)
{
  const struct hfcore_repo *repo = &unit->repo->repo;
  for (size_t i = 0; i < ask->pin_count; i++)
    if (pin_names (ask->pins[i], repo->type, repo->id, unit->revision->commit, unit->revision->refs,
                   unit->revision->ref_count))
      return true;
  return false;
}

static bool
is_open (const struct choosing *choosing, const struct trim_unit *unit)
{
  const struct holdings *holdings = choosing->plan->holdings;
  const struct holdings_revision *revision = unit->revision;
  if (choosing->open->paths.count == 0)
    return false;
  if (revision->path && open_files_has (choosing->open, revision->path))
    return true;
  for (size_t i = 0; i < revision->blob_count; i++)
    {
      const struct holdings_blob *blob = &unit->repo->blobs[revision->blobs[i]];
      const char *path
          = blob->payload == SIZE_MAX ? blob->path : holdings->payloads[blob->payload].path;
      if (path && open_files_has (choosing->open, path))
        return true;
    }
  return false;
}

static bool
is_busy (const struct holdings *holdings, const struct holdings_repo *repo)
{
  for (size_t i = 0; i < holdings->partial_count; i++)
    if (holdings->partials[i].held && is_of (&holdings->partials[i].repo, &repo->repo))
      return true;
  return false;
}

static bool
is_needed (const struct trim_coming *coming, const struct trim_unit *unit)
{
  return coming && is_of (&unit->repo->repo, coming->repo)
         && strcmp (unit->revision->commit, coming->commit) == 0;
}

static enum trim_fate
judge (const struct choosing *choosing, const struct trim_unit *unit, bool busy)
{
  if (unit->repo->broken || unit->repo->is_link)
    return TRIM_DAMAGED;
  if (is_pinned (choosing->ask, unit))
    return TRIM_PINNED;
  if (is_needed (choosing->ask->coming, unit))
    return TRIM_NEEDED;
  if (busy)
    return TRIM_BUSY;
  if (is_open (choosing, unit))
    return TRIM_OPEN;
  const int64_t marked_ns = unit->revision->used_ns;
  return is_recent (choosing, unit->used_ns)
                 || (marked_ns && is_recent (choosing, marked_ns + MARKED_NS))
             ? TRIM_RECENT
             : TRIM_GOES;
}

/* Its own blobs tell more than those that other revisions have too.  */
static int64_t
last_use (const struct holdings_repo *repo, const struct holdings_revision *revision)
{
  int64_t shared_ns = INT64_MIN, own_ns = INT64_MIN;
  for (size_t i = 0; i < revision->blob_count; i++)
    {
      const struct holdings_blob *blob = &repo->blobs[revision->blobs[i]];
      int64_t *newest = blob->revisions > 1 ? &shared_ns : &own_ns;
      if (blob->accessed_ns > *newest)
        *newest = blob->accessed_ns;
    }
  const int64_t accessed_ns = own_ns == INT64_MIN ? shared_ns : own_ns;
  return revision->used_ns > accessed_ns ? revision->used_ns : accessed_ns;
}

static int
by_use (const void *a_, const void *b_)
{
  const struct trim_unit *a = a_, *b = b_;
  if (a->used_ns != b->used_ns)
    return a->used_ns < b->used_ns ? -1 : 1;
  return a->revision->index < b->revision->index ? -1 : a->revision->index > b->revision->index;
}

/* -1: no memory.  */
static int
list_units (struct choosing *choosing)
{
  struct trim_plan *plan = choosing->plan;
  const struct holdings *holdings = plan->holdings;
  plan->units = calloc (holdings->revision_count + 1, sizeof *plan->units);
  if (!plan->units)
    return -1;
  for (size_t i = 0; i < holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &holdings->repos[i];
      const bool busy = is_busy (holdings, repo);
      for (size_t j = 0; j < repo->revision_count; j++)
        {
          struct trim_unit *unit = &plan->units[plan->count++];
          *unit = (struct trim_unit){ .repo = repo, .revision = &repo->revisions[j] };
          unit->used_ns = last_use (repo, unit->revision);
          unit->fate = judge (choosing, unit, busy);
        }
    }
  if (plan->count)
    qsort (plan->units, plan->count, sizeof *plan->units, by_use);
  return 0;
}

/* ---- how many have to go ---- */

/* Choose the first `count` of those that may go.  */
static void
choose_first (struct choosing *choosing, size_t count)
{
  const struct trim_plan *plan = choosing->plan;
  for (size_t i = 0; i < plan->count; i++)
    if (plan->units[i].fate == TRIM_GOES)
      {
        choosing->choice.revisions[plan->units[i].revision->index] = count > 0;
        count -= count > 0;
      }
}

/* The strategy of the choice as it is, and whether that is enough.  */
static int
try_choice (struct choosing *choosing, struct hfcore_call *call)
{
  struct trim_plan *plan = choosing->plan;
  strategy_free (plan->strategy);
  plan->strategy = NULL;
  int code = strategy_make (plan->holdings, &choosing->choice, call, &plan->strategy);
  if (code == HFCORE_OK)
    plan->fits = plan->size <= plan->limit || plan->strategy->freed >= plan->size - plan->limit;
  return code;
}

/* More of them never free less.  */
static int
choose_least (struct choosing *choosing, struct hfcore_call *call)
{
  struct trim_plan *plan = choosing->plan;
  size_t enough = 0, low = 0;
  for (size_t i = 0; i < plan->count; i++)
    enough += plan->units[i].fate == TRIM_GOES;
  choose_first (choosing, enough);
  int code = try_choice (choosing, call);
  bool can_fit = plan->fits;
  while (code == HFCORE_OK && can_fit && low < enough)
    {
      size_t middle = low + (enough - low) / 2;
      choose_first (choosing, middle);
      code = try_choice (choosing, call);
      if (plan->fits)
        enough = middle;
      else
        low = middle + 1;
    }
  choose_first (choosing, enough);
  return code;
}

/* ---- which of these are of no use, and what each one frees ---- */

static bool
is_chosen (const struct choosing *choosing, const struct holdings_revision *revision)
{
  return choosing->choice.revisions[revision->index];
}

static unsigned char *
mark_of (const struct choosing *choosing, const struct trim_unit *unit, size_t index)
{
  const size_t repo = (size_t) (unit->repo - choosing->plan->holdings->repos);
  return &choosing->marks[choosing->first[repo] + unit->revision->blobs[index]];
}

static void
mark_blobs (struct choosing *choosing)
{
  const struct trim_plan *plan = choosing->plan;
  const struct holdings *holdings = plan->holdings;
  for (size_t i = 0; i < plan->count; i++)
    for (size_t j = 0; j < plan->units[i].revision->blob_count; j++)
      if (!is_chosen (choosing, plan->units[i].revision))
        *mark_of (choosing, &plan->units[i], j) |= STAYS;
  for (size_t i = 0; i < holdings->repo_count; i++)
    for (size_t j = 0; j < holdings->repos[i].all_blob_count; j++)
      {
        const struct holdings_blob *blob = &holdings->repos[i].blobs[j];
        if (blob->payload != SIZE_MAX && blob->revisions > 0
            && !(choosing->marks[choosing->first[i] + j] & STAYS))
          choosing->gone[blob->payload]++;
      }
}

/* What this blob's end gives back.  */
static uint64_t
freed_by (const struct choosing *choosing, const struct holdings_blob *blob)
{
  if (blob->payload == SIZE_MAX)
    return bytes_of (blob);
  const struct holdings_payload *payload = &choosing->plan->holdings->payloads[blob->payload];
  return !payload->is_untold && choosing->gone[blob->payload] == payload->users ? payload->size : 0;
}

static void
weigh (struct choosing *choosing, struct trim_unit *unit)
{
  const bool goes = is_chosen (choosing, unit->revision);
  bool useful = false;
  for (size_t i = 0; i < unit->revision->blob_count; i++)
    {
      const struct holdings_blob *blob = &unit->repo->blobs[unit->revision->blobs[i]];
      unsigned char *mark = mark_of (choosing, unit, i);
      const uint64_t bytes = goes ? freed_by (choosing, blob) : bytes_of (blob);
      if (goes == ((*mark & STAYS) != 0))
        continue;
      useful = useful || bytes > 0;
      unit->bytes += *mark & COUNTED ? 0 : bytes;
      *mark |= COUNTED;
    }
  if (unit->fate != TRIM_GOES || (goes && useful))
    return;
  unit->fate = goes ? TRIM_EMPTY : TRIM_FITS;
  choosing->choice.revisions[unit->revision->index] = false;
}

/* -1: no memory.  */
static int
weigh_all (struct choosing *choosing)
{
  const struct trim_plan *plan = choosing->plan;
  const struct holdings *holdings = plan->holdings;
  size_t blobs = 0;
  choosing->first = calloc (holdings->repo_count + 1, sizeof *choosing->first);
  choosing->gone = calloc (holdings->payload_count + 1, sizeof *choosing->gone);
  for (size_t i = 0; choosing->first && i < holdings->repo_count; i++)
    {
      choosing->first[i] = blobs;
      blobs += holdings->repos[i].all_blob_count;
    }
  choosing->marks = calloc (blobs + 1, 1);
  if (!choosing->first || !choosing->gone || !choosing->marks)
    return -1;
  mark_blobs (choosing);
  for (size_t i = plan->count; i > 0; i--)
    weigh (choosing, &plan->units[i - 1]);
  return 0;
}

/* ---- all of it ---- */

static uint64_t
room_for_rest (const struct trim_ask *ask, const struct choosing *choosing)
{
  const struct holdings *holdings = choosing->plan->holdings;
  uint64_t coming = ask->coming ? ask->coming->bytes : 0, there = 0;
  for (size_t i = 0; i < holdings->partial_count; i++)
    if (!holdings->partials[i].held && is_coming (choosing, &holdings->partials[i]))
      there += holdings->partials[i].size;
  coming -= there < coming ? there : coming;
  return coming < ask->limit ? ask->limit - coming : 0;
}

static int
choose (struct choosing *choosing, struct hfcore_call *call)
{
  struct trim_plan *plan = choosing->plan;
  plan->size = size_of (plan->holdings);
  plan->limit = room_for_rest (choosing->ask, choosing);
  plan->fits = plan->size <= plan->limit;
  if (list_units (choosing) < 0)
    return HFCORE_E_NOMEM;
  choosing->choice.revisions
      = calloc (plan->holdings->revision_count + 1, sizeof *choosing->choice.revisions);
  if (!choosing->choice.revisions)
    return HFCORE_E_NOMEM;
  int code = plan->fits ? HFCORE_OK : choose_least (choosing, call);
  if (code == HFCORE_OK && weigh_all (choosing) < 0)
    code = HFCORE_E_NOMEM;
  return code == HFCORE_OK && plan->strategy ? try_choice (choosing, call) : code;
}

int
trim_choose (struct holdings *holdings, const struct trim_ask *ask, const struct open_files *open,
             struct hfcore_call *call, struct trim_plan **plan)
{
  struct choosing choosing = { .ask = ask,
                               .open = open,
                               .plan = calloc (1, sizeof **plan),
                               .choice = { .partials = true,
                                           .payloads = true,
                                           .orphans = true,
                                           .flags = STRATEGY_IF_UNUSED,
                                           .keeps_blob = keeps_blob,
                                           .keeps_partial = keeps_partial } };
  choosing.choice.ctx = &choosing;
  if (!choosing.plan)
    {
      holdings_free (holdings);
      return call_fail (call, HFCORE_E_NOMEM, "out of memory");
    }
  choosing.plan->holdings = holdings;
  int code = choose (&choosing, call);
  free (choosing.choice.revisions);
  free (choosing.first);
  free (choosing.marks);
  free (choosing.gone);
  if (code != HFCORE_OK)
    {
      trim_plan_free (choosing.plan);
      return call->error.code == code ? code : call_fail (call, code, "out of memory");
    }
  *plan = choosing.plan;
  return HFCORE_OK;
}

void
trim_plan_free (struct trim_plan *plan)
{
  if (!plan)
    return;
  strategy_free (plan->strategy);
  holdings_free (plan->holdings);
  free (plan->units);
  free (plan);
}
