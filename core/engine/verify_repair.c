/* SPDX-License-Identifier: Apache-2.0 */
/* verify_repair.c: what is damaged or missing, and nothing else, is fetched again, into its place;
 * see verify_parts.h. What comes is checked before it replaces anything, and one rename makes it
 * right for all that link to it.  */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/download.h"
#include "core/engine/tiers.h"
#include "core/engine/verify_hash.h"
#include "core/engine/verify_parts.h"
#include "core/engine/workers.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

struct repair
{
  struct verify *verify;
  struct verify_unit *unit;
  struct verify_item **wrong; /* those that are one file of bytes are side by side  */
  size_t count;
  size_t written;    /* the storage that gets them  */
  char *not_written; /* why no storage does; NULL  */
  atomic_size_t next;
  atomic_bool stop;
  pthread_mutex_t mutex;     /* of the following  */
  struct hfcore_error error; /* why it stopped  */
};

/* Of failures, those that the next file would meet, too.  */
static bool
ends_all (int code)
{
  switch (code)
    {
    case HFCORE_E_CANCELLED:
    case HFCORE_E_NOMEM:
    case HFCORE_E_DOWN:
    case HFCORE_E_RETRY:
    case HFCORE_E_AUTH:
    case HFCORE_E_NOSPACE:
    case HFCORE_E_READONLY:
      return true;
    default:
      return false;
    }
}

static void
set_why (struct verify_item *item, const char *why)
{
  free (item->why);
  item->why = strdup (why);
}

static int
fail (struct repair *repair, struct verify_item *item, struct hfcore_call *call, int code)
{
  set_why (item, call->error.message);
  if (!ends_all (code))
    return HFCORE_OK;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&repair->mutex);
  if (repair->error.code == HFCORE_OK)
    {
      repair->error = call->error;
      repair->error.code = code;
    }
  atomic_store (&repair->stop, true);
  return code;
}

/* Is what lies there now what it should be? PASS: it is not.  */
static int
is_right_now (const struct verify_item *item, struct hfcore_call *call)
{
  char hex[65];
  const struct verify_hash ask = { .path = item->path, .kind = item->kind };
  if (!item->path || !item->expected)
    return item->expected ? HFCORE_PASS : HFCORE_OK;
  int code = verify_hash_file (&ask, call, hex);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (call);
  return code == HFCORE_OK && strcmp (hex, item->expected) == 0 ? HFCORE_OK : HFCORE_PASS;
}

static int
download (struct repair *repair, struct hfcore_call *call, struct verify_item *item, uint32_t flags)
{
  const struct verify *verify = repair->verify;
  const char *commit = item->commit[0] ? item->commit : repair->unit->commit;
  const struct hfcore_file_info info = { .size = sizeof info,
                                         .path = item->name,
                                         .etag = item->listed_etag,
                                         .length = item->listed_length,
                                         .lfs_length = HFCORE_SIZE_UNKNOWN };
  const bool is_known
      = commit[0] && item->listed_etag && item->listed_length != HFCORE_SIZE_UNKNOWN;
  const struct download ask = { .repo = &repair->unit->repo,
                                .revision = commit[0] ? commit : verify->revision,
                                .path = item->name,
                                .flags = flags,
                                .known = is_known ? &info : NULL,
                                .storage = &repair->written,
                                .local = verify->local,
                                .events = verify->events };
  struct downloaded file;
  int code = download_file (verify->engine, call, &ask, &file);
  if (code != HFCORE_OK)
    return code;
  free (item->path);
  item->path = TAKE_PTR (file.path);
  downloaded_free (&file);
  return item->path ? HFCORE_OK : verify_no_memory (call);
}

/* May a good file take the place of this one?  */
static bool
can_repair (struct repair *repair, struct verify_item *item)
{
  const struct verify *verify = repair->verify;
  if (verify->local)
    return true;
  if (repair->not_written)
    {
      set_why (item, repair->not_written);
      return false;
    }
  if (item->storage == VERIFY_NOWHERE || item->storage >= repair->written)
    return true;
  const char *theirs = registry_storage_entry (verify->engine->registry, item->storage)->name;
  const char *ours = registry_storage_entry (verify->engine->registry, repair->written)->name;
  item->why = text_format ("it lies in '%s', which is not written and comes before '%s'; repair it "
                           "there, or name '%s' first in the configuration",
                           theirs, ours, ours);
  return false;
}

/* `*is_done`: a name of the same bytes was repaired.  */
static int
repair_item (struct repair *repair, struct hfcore_call *call, struct verify_item *item,
             bool *is_done)
{
  if (!can_repair (repair, item))
    return HFCORE_OK;
  int code = *is_done ? is_right_now (item, call) : HFCORE_PASS;
  /* Of what is missing only the pointer may be.  */
  if (code == HFCORE_PASS && item->state == HFCORE_VERIFIED_MISSING)
    {
      code = download (repair, call, item, 0);
      if (code == HFCORE_OK)
        code = is_right_now (item, call);
    }
  if (code == HFCORE_PASS)
    code = download (repair, call, item, HFCORE_FORCE);
  if (code != HFCORE_OK)
    return fail (repair, item, call, code);
  free (TAKE_PTR (item->why));
  item->repaired = *is_done = true;
  return HFCORE_OK;
}

static bool
is_same_bytes (const struct verify_item *a, const struct verify_item *b)
{
  return a->job && a->job == b->job;
}

static void *
work (void *ctx)
{
  struct repair *repair = ctx;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (repair->verify->call, &call);
  while (!atomic_load (&repair->stop))
    {
      size_t at = atomic_fetch_add (&repair->next, 1);
      bool is_done = false;
      if (at >= repair->count)
        break;
      if (at > 0 && is_same_bytes (repair->wrong[at - 1], repair->wrong[at]))
        continue; /* whoever took the first of them does them all  */
      do
        {
          if (repair_item (repair, &call, repair->wrong[at], &is_done) != HFCORE_OK)
            break;
          call_reset (&call);
        }
      while (++at < repair->count && is_same_bytes (repair->wrong[at - 1], repair->wrong[at]));
    }
  return NULL;
}

static int
compare_wrong (const void *a, const void *b)
{
  const struct verify_item *left = *(struct verify_item *const *) a;
  const struct verify_item *right = *(struct verify_item *const *) b;
  if (left->job != right->job)
    return left->job < right->job ? -1 : 1;
  return left < right ? -1 : left > right;
}

static int
gather_wrong (struct repair *repair)
{
  struct verify *verify = repair->verify;
  struct verify_items *items = &repair->unit->items;
  repair->wrong = calloc (items->count + 1, sizeof *repair->wrong);
  if (!repair->wrong)
    return verify_no_memory (verify->call);
  for (size_t i = 0; i < items->count; i++)
    if (verify_is_wrong (&items->items[i]))
      {
        repair->wrong[repair->count++] = &items->items[i];
        if (items->items[i].listed_etag && items->items[i].listed_length != HFCORE_SIZE_UNKNOWN)
          verify->plan_bytes += items->items[i].listed_length;
      }
  verify->plan_files += repair->count;
  if (repair->count > 1)
    qsort (repair->wrong, repair->count, sizeof *repair->wrong, compare_wrong);
  return HFCORE_OK;
}

static int
find_written (struct repair *repair)
{
  struct hfcore_call *call = repair->verify->call;
  int code = repair->verify->local
                 ? HFCORE_OK
                 : tiers_writable_index (repair->verify->engine, call, &repair->written);
  if (code == HFCORE_OK)
    return code;
  repair->not_written = strdup (call->error.message);
  call_forget (call);
  return repair->not_written ? HFCORE_OK : verify_no_memory (call);
}

/* Those that were not tried, for what ended it.  */
static int
settle (struct repair *repair)
{
  struct verify *verify = repair->verify;
  if (repair->error.code == HFCORE_OK)
    return HFCORE_OK;
  if (repair->error.code == HFCORE_E_CANCELLED || repair->error.code == HFCORE_E_NOMEM)
    return call_adopt (verify->call, &repair->error);
  for (size_t i = 0; i < repair->count; i++)
    if (!repair->wrong[i]->repaired && !repair->wrong[i]->why)
      set_why (repair->wrong[i], repair->error.message);
  return HFCORE_OK;
}

int
verify_repair (struct verify_unit *unit)
{
  struct verify *verify = unit->verify;
  struct repair repair = { .verify = verify, .unit = unit, .error = HFCORE_ERROR_INIT };
  int code = gather_wrong (&repair);
  if (code == HFCORE_OK && repair.count > 0)
    code = find_written (&repair);
  if (code == HFCORE_OK && repair.count > 0)
    {
      events_tell (verify->events, HFCORE_EVENT_PLAN, NULL, 0, verify->plan_bytes,
                   verify->plan_files);
      pthread_mutex_init (&repair.mutex, NULL);
      workers_run (verify->ask->max_workers ? verify->ask->max_workers
                                            : verify->engine->max_workers,
                   repair.count, work, &repair);
      pthread_mutex_destroy (&repair.mutex);
      code = settle (&repair);
    }
  free (repair.wrong);
  free (repair.not_written);
  return code;
}
