/* SPDX-License-Identifier: Apache-2.0 */
/* verify_tell.c: what was found, told revision by revision; see verify_parts.h.  */
#include <stdlib.h>
#include <string.h>
#include "core/engine/tiers.h"
#include "core/engine/verify_parts.h"
#include "core/util/cleanup.h"

static const char *
algorithm_of (const struct verify_item *item)
{
  return !item->expected || item->state == HFCORE_VERIFIED_EXTRA ? NULL
         : item->kind == DIGEST_SHA256                           ? "sha256"
                                                                 : "git-sha1";
}

static int
tell_file (const struct verify *verify, const struct verify_item *item)
{
  const struct hfcore_verify *ask = verify->ask;
  const struct verify_job *job = item->job;
  const char *algorithm = algorithm_of (item);
  const bool is_damaged = item->state == HFCORE_VERIFIED_DAMAGED;
  const struct hfcore_verified_file file
      = { .size = sizeof file,
          .state = item->state,
          .repaired = item->repaired,
          .file = item->name,
          .path = item->path,
          .storage = item->storage == VERIFY_NOWHERE
                         ? NULL
                         : registry_storage_entry (verify->engine->registry, item->storage)->name,
          .algorithm = algorithm,
          .expected = algorithm ? item->expected : NULL,
          .actual = is_damaged && job && job->actual[0] ? job->actual : NULL,
          .why = item->why           ? item->why
                 : is_damaged && job ? job->why
                                     : NULL };
  return ask->file ? ask->file (ask->ctx, &file) : 0;
}

static void
count (const struct verify_item *item, struct hfcore_verified *sum)
{
  if ((item->job && item->state != HFCORE_VERIFIED_MISSING) || item->repaired)
    sum->checked++;
  if (item->repaired)
    {
      sum->repaired++;
      return;
    }
  sum->damaged += item->state == HFCORE_VERIFIED_DAMAGED;
  sum->missing += item->state == HFCORE_VERIFIED_MISSING;
  sum->extra += item->state == HFCORE_VERIFIED_EXTRA;
  sum->unknown += item->state == HFCORE_VERIFIED_UNKNOWN;
}

/* Of a cache: the first folder of the revision; of a local folder itself.  */
static int
find_folder (struct verify_unit *unit, const char *commit, char **folder)
{
  struct verify *verify = unit->verify;
  if (verify->local)
    return (*folder = strdup (verify->local->path)) ? HFCORE_OK : verify_no_memory (verify->call);
  int code = tiers_find_folder (verify->engine, verify->call, &unit->repo, commit, folder);
  /* It went away meanwhile.  */
  if (code == HFCORE_PASS && !(*folder = strdup ("")))
    return verify_no_memory (verify->call);
  return code < 0 ? code : HFCORE_OK;
}

/* Of a link that leads nowhere, to a file that the revision does not have, nothing is told, as in
 * Python.  */
static bool
is_to_tell (const struct verify_item *item)
{
  return item->is_there || item->state != HFCORE_VERIFIED_EXTRA;
}

/* The items [from, to).  */
static int
tell_revision (struct verify_unit *unit, const char *commit, size_t from, size_t to)
{
  const struct verify *verify = unit->verify;
  const struct hfcore_verify *ask = verify->ask;
  CLEANUP_FREE char *folder = NULL;
  int code = find_folder (unit, commit, &folder), stopped = 0;
  if (code != HFCORE_OK)
    return code;
  struct hfcore_verified sum = { .size = sizeof sum,
                                 .repo_type = unit->type,
                                 .repo_id = unit->id,
                                 .revision = verify->local ? verify->revision : commit,
                                 .path = folder };
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&verify->events->mutex);
  for (size_t i = from; i < to && !stopped; i++)
    if (is_to_tell (&unit->items.items[i]))
      {
        count (&unit->items.items[i], &sum);
        stopped = tell_file (verify, &unit->items.items[i]);
      }
  if (!stopped && ask->done)
    stopped = ask->done (ask->ctx, &sum);
  return stopped ? call_fail (verify->call, HFCORE_E_CANCELLED, "stopped") : HFCORE_OK;
}

int
verify_tell (struct verify_unit *unit)
{
  const struct verify_items *items = &unit->items;
  if (items->count == 0)
    return unit->commit[0] || unit->verify->local ? tell_revision (unit, unit->commit, 0, 0)
                                                  : HFCORE_OK;
  for (size_t from = 0, to; from < items->count; from = to)
    {
      const char *commit = items->items[from].commit;
      for (to = from + 1; to < items->count && strcmp (items->items[to].commit, commit) == 0;)
        to++;
      int code = tell_revision (unit, commit, from, to);
      if (code != HFCORE_OK)
        return code;
    }
  return HFCORE_OK;
}
