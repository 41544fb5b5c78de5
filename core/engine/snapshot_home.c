/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_home.c: see snapshot_home.h.  */
#include "core/engine/snapshot_home.h"

#include "core/engine/cached.h"
#include "core/engine/tiers.h"

/* What is asked of every storage.  */
struct search
{
  struct engine *engine;
  struct hfcore_call *call;
  const struct snapshot_request *ask;
  const struct file_list *list;
  const size_t *wanted;
  const struct snapshot *snapshot;
  const char *missing; /* the file that made the last look-up fail  */
};

static const struct hfcore_file_info *
file_at (const struct search *search, size_t index)
{
  return &search->list->files[search->wanted[index]];
}

/* Are all files of the snapshot in this storage? HFCORE_PASS: one is not.  */
static int
is_whole_in (struct search *search, size_t storage)
{
  for (size_t i = 0; i < search->snapshot->count; i++)
    {
      CLEANUP_CALL struct hfcore_call one;
      struct hfcore_stored_file stored;
      const struct hfcore_file_info *file = file_at (search, i);
      engine_call_within (search->call, &one);
      int code = tiers_find_file_in (search->engine, &one, storage, search->ask->repo,
                                     search->snapshot->commit, file->path, &stored);
      if (code != HFCORE_OK)
        return call_adopt_error (search->call, &one);
      if (stored.state != HFCORE_FILE_PRESENT
          || !tiers_is_sound (search->engine, storage, file->path, &stored, file->length))
        {
          search->missing = file->path;
          return HFCORE_PASS;
        }
    }
  return HFCORE_OK;
}

/* HFCORE_PASS: none has it all. One that is to be promoted does only if no other has it.  */
static int
find_whole (struct search *search, size_t *whole)
{
  size_t count = registry_storage_count (search->engine->registry);
  *whole = SNAPSHOT_NOWHERE;
  for (size_t i = 0; i < count; i++)
    {
      bool is_promoted = registry_storage_entry (search->engine->registry, i)->promote
                         && !tiers_is_written (search->engine, i);
      if (is_promoted && *whole != SNAPSHOT_NOWHERE)
        continue;
      int code = is_whole_in (search, i);
      if (code < 0)
        return code;
      if (code == HFCORE_OK)
        *whole = i;
      if (code == HFCORE_OK && !is_promoted)
        break;
    }
  return *whole == SNAPSHOT_NOWHERE ? HFCORE_PASS : HFCORE_OK;
}

/* Has every file some storage that has it, or its blob? HFCORE_PASS: one has none.  */
static int
is_whole_together (struct search *search, size_t written)
{
  for (size_t i = 0; i < search->snapshot->count; i++)
    {
      CLEANUP_CALL struct hfcore_call one;
      struct hfcore_stored_file stored;
      const struct hfcore_file_info *info = file_at (search, i);
      const struct cached_ask file = { .file = { .engine = search->engine,
                                                 .events = search->ask->events,
                                                 .repo = search->ask->repo,
                                                 .commit = search->snapshot->commit,
                                                 .path = info->path,
                                                 .etag = info->etag,
                                                 .length = info->length },
                                       .dry = true };
      bool would;
      engine_call_within (search->call, &one);
      int code = cached_would_do (&file, &one, written, &stored, &would);
      if (code != HFCORE_OK)
        return call_adopt_error (search->call, &one);
      search->missing = info->path;
      if (!would)
        return HFCORE_PASS;
    }
  return HFCORE_OK;
}

static int
fail_incomplete (const struct search *search)
{
  const struct hfcore_repo *repo = search->ask->repo;
  bool gone = tiers_is_dangling (search->engine, repo, search->snapshot->commit, search->missing);
  return call_fail (search->call, HFCORE_E_DOWN,
                    "the cached snapshot of %s '%s' is not complete: '%s' is missing%s; go online "
                    "and download it again",
                    repo->type, repo->id, search->missing, gone ? DOWNLOAD_IS_GONE : "");
}

/* Nobody can be asked, and no storage has all of it.  */
static int
find_together (struct search *search, struct snapshot_home *home)
{
  size_t written;
  int writable = tiers_writable_index (search->engine, search->call, &written);
  call_forget (search->call);
  if (registry_storage_count (search->engine->registry) == 1)
    return fail_incomplete (search);
  int code = is_whole_together (search, writable == HFCORE_OK ? written : 0);
  if (code == HFCORE_PASS)
    return fail_incomplete (search);
  if (code != HFCORE_OK)
    return code;
  home->index = written;
  return writable == HFCORE_OK
             ? HFCORE_OK
             : call_fail (search->call, HFCORE_E_READONLY,
                          "the files of %s '%s' lie in several storages, and none may be written "
                          "to put them together: add one with `access: read-write`",
                          search->ask->repo->type, search->ask->repo->id);
}

int
snapshot_find_home (struct engine *engine, struct hfcore_call *call,
                    const struct snapshot_request *ask, const struct file_list *list,
                    const size_t *wanted, const struct snapshot *snapshot, bool fetches,
                    struct snapshot_home *home)
{
  struct search search = {
    .engine = engine, .call = call, .ask = ask, .list = list, .wanted = wanted, .snapshot = snapshot
  };
  int code = HFCORE_PASS;
  *home = (struct snapshot_home){ .whole = SNAPSHOT_NOWHERE };
  if (fetches && registry_storage_count (engine->registry) == 1)
    return HFCORE_OK;
  if (snapshot->count > 0 && !(ask->flags & HFCORE_FORCE))
    code = find_whole (&search, &home->whole);
  if (code == HFCORE_PASS)
    return fetches ? tiers_writable_index (engine, call, &home->index)
                   : find_together (&search, home);
  if (code != HFCORE_OK)
    return code;
  home->index = home->whole;
  if (!registry_storage_entry (engine->registry, home->whole)->promote
      || tiers_is_written (engine, home->whole) || (ask->flags & HFCORE_DRY_RUN)
      || tiers_writable_index (engine, call, &home->index) == HFCORE_OK)
    return HFCORE_OK;
  snapshot_not_promoted (engine, call, home);
  return HFCORE_OK;
}

void
snapshot_not_promoted (struct engine *engine, struct hfcore_call *call, struct snapshot_home *home)
{
  tiers_complain (engine, home->whole, "cannot be promoted, its files are used there: %s",
                  call->error.message);
  call_forget (call);
  home->index = home->whole;
}
