/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: see snapshot.h.  */
#include "core/engine/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/file_list.h"
#include "core/engine/local_dir.h"
#include "core/engine/mirrors.h"
#include "core/engine/snapshot_home.h"
#include "core/engine/snapshot_parts.h"
#include "core/engine/snapshot_room.h"
#include "core/engine/tiers.h"
#include "core/engine/workers.h"
#include "core/engine/trim.h"
#include "core/util/cleanup.h"
#include "core/util/glob.h"
#include "core/util/names.h"
#include "core/util/text.h"

/* What a snapshot is made of.  */
struct selection
{
  const struct file_list *list;
  size_t *wanted; /* indexes into the list, one a file of the snapshot              */
  uint64_t bytes;
  bool fetches; /* false: nobody can be asked                                       */
};

/* What the workers share.  */
struct crew
{
  struct engine *engine;
  const struct hfcore_call *call; /* of the whole                                               */
  const struct snapshot_request *ask;
  const struct selection *selection;
  size_t home;       /* the storage whose folder is the snapshot                                */
  const bool *later; /* not these files now; or NULL                                          */
  struct snapshot *snapshot;
  atomic_size_t next;
  atomic_bool stop;      /* one has failed: begin nothing new                              */
  pthread_mutex_t mutex; /* of the first failure                                           */
  struct hfcore_error error;
};

void
snapshot_free (struct snapshot *snapshot)
{
  for (size_t i = 0; i < snapshot->count; i++)
    {
      free (snapshot->files[i].file);
      downloaded_free (&snapshot->files[i].downloaded);
    }
  free (snapshot->files);
  free (snapshot->folder);
  *snapshot = (struct snapshot){ 0 };
}

static void
note_failure (struct crew *crew, const struct hfcore_error *error)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
  if (crew->error.code == HFCORE_OK)
    crew->error = *error;
  atomic_store (&crew->stop, true);
}

static void
get_one (struct crew *crew, struct hfcore_call *call, size_t index)
{
  const struct selection *selection = crew->selection;
  const struct hfcore_file_info *info = &selection->list->files[selection->wanted[index]];
  bool told = info->etag && info->length != HFCORE_SIZE_UNKNOWN;
  const struct download ask
      = { .repo = crew->ask->repo,
          .revision = crew->snapshot->commit,
          .path = info->path,
          .flags = crew->ask->flags | (selection->fetches ? 0u : HFCORE_LOCAL_ONLY),
          .known = told ? info : NULL,
          .storage = &crew->home,
          .local = crew->ask->local,
          .events = crew->ask->events };
  int code = call_tick (call, 0, 0);
  if (code == HFCORE_OK)
    code = download_file (crew->engine, call, &ask, &crew->snapshot->files[index].downloaded);
  if (code != HFCORE_OK)
    {
      call->error.code = code;
      note_failure (crew, &call->error);
    }
}

static void *
work (void *ctx)
{
  struct crew *crew = ctx;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (crew->call, &call);
  while (!atomic_load (&crew->stop))
    {
      size_t index = atomic_fetch_add (&crew->next, 1);
      if (index >= crew->snapshot->count)
        break;
      if (crew->snapshot->files[index].downloaded.path || (crew->later && crew->later[index]))
        continue;
      get_one (crew, &call, index);
      call_reset (&call);
    }
  return NULL;
}

/* What is there already is left out, and what is to come `later` (or NULL).  */
static int
get_all (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
         const struct selection *selection, size_t home, const bool *later,
         struct snapshot *snapshot)
{
  struct crew crew = { .engine = engine,
                       .call = call,
                       .ask = ask,
                       .selection = selection,
                       .home = home,
                       .later = later,
                       .snapshot = snapshot,
                       .error = HFCORE_ERROR_INIT };
  pthread_mutex_init (&crew.mutex, NULL);
  workers_run (ask->max_workers ? ask->max_workers : engine->max_workers, snapshot->count, work,
               &crew);
  pthread_mutex_destroy (&crew.mutex);
  if (crew.error.code != HFCORE_OK)
    call->error = crew.error;
  return crew.error.code;
}

/* May the cached snapshot stand in for a source that has failed like this? Not where the Hub says
 * that there is no such revision, and not where what it said is hostile (spec 4.1, 4.3).  */
static bool
may_fall_back (const struct hfcore_call *call, int code)
{
  switch (code)
    {
    case HFCORE_E_CANCELLED:
    case HFCORE_E_NOMEM:
    case HFCORE_E_CORRUPT:
    case HFCORE_E_CONFIG:
      return false;
    case HFCORE_E_NOTFOUND:
      return call->error.missing != HFCORE_MISSING_REVISION;
    default:
      return true;
    }
}

/* Spec 4.1: which commit? HFCORE_PASS: no source could tell; `call->error` says why.  */
static int
resolve_commit (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
                char commit[41], bool *again)
{
  if (names_is_commit (ask->revision))
    {
      memcpy (commit, ask->revision, 41);
      return HFCORE_OK;
    }
  CLEANUP_LOCATED struct located located = { 0 };
  int code = mirrors_resolve (engine, call, ask->repo, ask->revision, NULL, &located, again);
  if (code == HFCORE_OK)
    memcpy (commit, located.commit, 41);
  return code != HFCORE_OK && may_fall_back (call, code) ? HFCORE_PASS : code;
}

int
snapshot_choose (const struct snapshot_request *ask, const struct file_list *list, size_t **wanted,
                 struct snapshot *snapshot, uint64_t *bytes)
{
  size_t *chosen = calloc (list->count + 1, sizeof *chosen);
  snapshot->files = calloc (list->count + 1, sizeof *snapshot->files);
  *wanted = chosen;
  *bytes = 0;
  if (!chosen || !snapshot->files)
    return HFCORE_E_NOMEM;
  for (size_t i = 0; i < list->count; i++)
    {
      const struct hfcore_file_info *info = &list->files[i];
      if (!glob_keeps (info->path, ask->include, ask->include_count, ask->exclude,
                       ask->exclude_count))
        continue;
      chosen[snapshot->count] = i;
      if (!(snapshot->files[snapshot->count++].file = strdup (info->path)))
        return HFCORE_E_NOMEM;
      *bytes += info->length == HFCORE_SIZE_UNKNOWN ? 0 : info->length;
    }
  return HFCORE_OK;
}

static int
tell_plan (struct hfcore_call *call, const struct snapshot_request *ask,
           const struct snapshot *snapshot, const struct selection *selection)
{
  return events_tell (ask->events, HFCORE_EVENT_PLAN, NULL, 0, selection->bytes, snapshot->count)
             ? call_fail (call, HFCORE_E_CANCELLED, "stopped")
             : HFCORE_OK;
}

/* After the files, so that a ref never names a snapshot that is not there (spec 57).  */
static int
set_ref (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
         const struct snapshot *snapshot)
{
  char current[41] = "";
  const struct hfcore_storage *storage;
  size_t index;
  if (strcmp (ask->revision, snapshot->commit) == 0 || snapshot->count == 0)
    return HFCORE_OK;
  int code = tiers_writable_index (engine, call, &index);
  if (code == HFCORE_OK)
    code = tiers_find_ref_in (engine, call, index, ask->repo, ask->revision, current);
  if (code == HFCORE_OK && strcmp (current, snapshot->commit) == 0)
    return HFCORE_OK;
  code = tiers_writable (engine, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->ref_set (storage->self, call, ask->repo, ask->revision, NULL,
                                  snapshot->commit);
  /* The files are there; that the name of the revision is not is no reason to fail (spec 4.3).  */
  if (code < 0 && code != HFCORE_E_CANCELLED)
    host_log (&engine->log, HFCORE_LOG_WARNING, "%s; the revision '%s' is not remembered",
              call->error.message, ask->revision);
  return code == HFCORE_E_CANCELLED ? code : HFCORE_OK;
}

/* All of it into the local folder.  */
static int
get_local (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
           const struct selection *selection, bool is_new, struct snapshot *snapshot)
{
  int code = tell_plan (call, ask, snapshot, selection);
  if (code == HFCORE_OK)
    code = local_dir_check_names (call, snapshot);
  if (code == HFCORE_OK && is_new && !(ask->flags & HFCORE_DRY_RUN))
    local_dir_remember (engine, ask->local, snapshot->commit, selection->list);
  if (code == HFCORE_OK)
    code = get_all (engine, call, ask, selection, 0, NULL, snapshot);
  if (code == HFCORE_OK && !(snapshot->folder = strdup (ask->local->path)))
    code = call_fail (call, HFCORE_E_NOMEM, "out of memory");
  return code;
}

/* Did this fail because of the storage that was to be written, and not for want of a file?  */
static bool
cannot_be_written (int code)
{
  return code == HFCORE_E_READONLY || code == HFCORE_E_NOSPACE || code == HFCORE_E_IO
         || code == HFCORE_E_UNSUPPORTED || code == HFCORE_E_CONFIG;
}

/* Into the home; where that cannot be, and a storage has all of it, from there.  */
static int
get_into (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
          const struct selection *selection, struct snapshot_home *home, struct snapshot *snapshot)
{
  int code = get_all (engine, call, ask, selection, home->index, NULL, snapshot);
  if (!cannot_be_written (code) || home->whole == SNAPSHOT_NOWHERE || home->whole == home->index)
    return code;
  snapshot_not_promoted (engine, call, home);
  for (size_t i = 0; i < snapshot->count; i++)
    downloaded_free (&snapshot->files[i].downloaded);
  return get_all (engine, call, ask, selection, home->index, NULL, snapshot);
}

/* Where the cache has a limit: what need not be fetched becomes a file of the snapshot first, so
 * that its blobs stay, then there is made room for the rest.  */
static int
make_room (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
           const struct selection *selection, size_t home, struct snapshot *snapshot)
{
  CLEANUP_FREE bool *coming = NULL;
  bool any;
  if (!trim_is_wanted (engine) || !selection->fetches || (ask->flags & HFCORE_DRY_RUN)
      || !tiers_is_written (engine, home))
    return HFCORE_OK;
  int code = snapshot_find_coming (engine, call, ask, selection->list, selection->wanted, snapshot,
                                   home, &coming, &any);
  if (code != HFCORE_OK || !any)
    return code;
  code = get_all (engine, call, ask, selection, home, coming, snapshot);
  return code == HFCORE_OK ? snapshot_make_room (engine, call, ask, selection->list,
                                                 selection->wanted, snapshot, coming)
                           : code;
}

/* What the files' storage is to remember. Nothing may say later that the revision is here where
 * nobody can tell what belongs to it. What lies in another storage leaves nothing in the one that
 * is written: other clients would take a repository without its snapshot for a damaged one.  */
static bool
is_to_remember (struct engine *engine, const struct snapshot_request *ask,
                const struct selection *selection, const struct snapshot_home *home)
{
  if (!selection->fetches && home->index == home->whole)
    return false;
  if (selection->list->incomplete)
    host_log (&engine->log, HFCORE_LOG_WARNING,
              "nobody can tell all files of %s '%s' at '%s': some may be missing, and the revision "
              "is not remembered",
              ask->repo->type, ask->repo->id, ask->revision);
  return tiers_is_written (engine, home->index) && !selection->list->incomplete
         && !(ask->flags & HFCORE_DRY_RUN);
}

/* All of it into one folder of a storage.  */
static int
get_cached (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
            const struct selection *selection, struct snapshot *snapshot)
{
  struct snapshot_home home;
  const struct file_list *list = selection->list;
  int code = snapshot_find_home (engine, call, ask, list, selection->wanted, snapshot,
                                 selection->fetches, &home);
  if (code == HFCORE_OK)
    code = tell_plan (call, ask, snapshot, selection);
  if (code != HFCORE_OK)
    return code;
  if (!(ask->flags & HFCORE_DRY_RUN)) /* it may take long: nobody is to free it meanwhile  */
    tiers_mark_use (engine, call, ask->repo, snapshot->commit);
  code = make_room (engine, call, ask, selection, home.index, snapshot);
  if (code != HFCORE_OK)
    return code;
  bool remember = is_to_remember (engine, ask, selection, &home);
  if (remember && list->storage != home.index)
    file_list_remember (engine, call, ask->repo, snapshot->commit, list);
  code = get_into (engine, call, ask, selection, &home, snapshot);
  if (code == HFCORE_OK && remember && tiers_is_written (engine, home.index))
    code = set_ref (engine, call, ask, snapshot);
  if (code != HFCORE_OK)
    return code;
  free (TAKE_PTR (snapshot->folder));
  return tiers_folder_in (engine, call, home.index, ask->repo, snapshot->commit, &snapshot->folder);
}

/* The listed files, as far as they are wanted.  */
static int
get_listed (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
            const struct file_list *list, bool is_new, struct snapshot *snapshot)
{
  struct selection selection = { .list = list, .fetches = true };
  CLEANUP_FREE size_t *wanted = NULL;
  if (snapshot_choose (ask, list, &wanted, snapshot, &selection.bytes) != HFCORE_OK)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  selection.wanted = wanted;
  if (snapshot->count == 0)
    host_log (&engine->log, HFCORE_LOG_WARNING, "%s '%s' has no files%s", ask->repo->type,
              ask->repo->id, list->count > 0 ? " that pass the patterns" : "");
  return ask->local ? get_local (engine, call, ask, &selection, is_new, snapshot)
                    : get_cached (engine, call, ask, &selection, snapshot);
}

/* The same without sources, from what the storages have (spec 4.2).  */
static int
get_offline (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
             const struct file_list *list, struct snapshot *snapshot)
{
  struct selection selection = { .list = list };
  CLEANUP_FREE size_t *wanted = NULL;
  if (snapshot_choose (ask, list, &wanted, snapshot, &selection.bytes) != HFCORE_OK)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  selection.wanted = wanted;
  return snapshot->count > 0 ? get_cached (engine, call, ask, &selection, snapshot) : HFCORE_OK;
}

/* Spec 4.2: the snapshot as the cache has it. PASS: it has none.  */
static int
fall_back (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
           struct snapshot *snapshot)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  int code = HFCORE_OK;
  if (names_is_commit (ask->revision))
    memcpy (snapshot->commit, ask->revision, 41);
  else
    code = tiers_find_ref (engine, call, ask->repo, ask->revision, snapshot->commit);
  if (code == HFCORE_OK)
    code = tiers_find_folder (engine, call, ask->repo, snapshot->commit, &snapshot->folder);
  if (code != HFCORE_OK)
    return code;
  code = file_list_remembered (engine, call, ask->repo, snapshot->commit, &list);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (call);
  /* Without a list the folder is taken as it is; of several, what all of them have.  */
  if (code != HFCORE_OK && registry_storage_count (engine->registry) > 1)
    code = file_list_gathered (engine, call, ask->repo, snapshot->commit, &list);
  if (code == HFCORE_OK)
    return get_offline (engine, call, ask, &list, snapshot);
  return code < 0 ? code : HFCORE_OK;
}

/* No source says which files there are: take the cached snapshot, else say `why` none did.  */
static int
without_sources (struct engine *engine, struct hfcore_call *call,
                 const struct snapshot_request *ask, struct snapshot *snapshot)
{
  struct hfcore_error why = call->error;
  if (ask->flags & HFCORE_FORCE)
    return why.code ? why.code : download_fail_forced (engine, call, ask->flags);
  int code = ask->local ? local_dir_fall_back (engine, call, ask, snapshot)
                        : fall_back (engine, call, ask, snapshot);
  if (code == HFCORE_OK)
    {
      if (why.code && !ask->local)
        download_fell_back (engine, &why, "snapshot");
      return code;
    }
  snapshot_free (snapshot);
  if (code == HFCORE_PASS && !why.code)
    return download_not_cached (engine, call, ask->repo, ask->revision, NULL, ask->flags);
  if (!why.code || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  if (code != HFCORE_PASS)
    host_log (&engine->log, HFCORE_LOG_INFO, "%s", call->error.message);
  call->error = why;
  return why.code;
}

/* The commit's file list. `*is_new`: it is to be remembered where the files will be.  */
static int
get_list (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
          const char *commit, struct file_list *list, bool *is_new)
{
  int code = ask->local ? local_dir_list (engine, call, ask->local, commit, list) : HFCORE_PASS;
  if (code == HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (call);
  code = file_list_get (engine, call, ask->repo, commit, list, is_new);
  *is_new = *is_new || ask->local;
  return code;
}

static int
run (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
     struct snapshot *snapshot)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  bool again = false, is_new = false;
  if (download_asks_nobody (engine, call, ask->flags))
    return without_sources (engine, call, ask, snapshot);
  int code = download_check_storage (engine, call);
  if (code == HFCORE_OK)
    code = resolve_commit (engine, call, ask, snapshot->commit, &again);
  if (code == HFCORE_PASS)
    {
      code = without_sources (engine, call, ask, snapshot);
      if (code == HFCORE_OK || !again)
        return code;
      CLEANUP_LOCATED struct located located = { 0 };
      code = mirrors_resolve_again (engine, call, ask->repo, ask->revision, NULL, &located, true);
      memcpy (snapshot->commit, located.commit, 41);
    }
  if (code == HFCORE_OK)
    code = get_list (engine, call, ask, snapshot->commit, &list, &is_new);
  if (code != HFCORE_OK && may_fall_back (call, code))
    return without_sources (engine, call, ask, snapshot);
  return code == HFCORE_OK ? get_listed (engine, call, ask, &list, is_new, snapshot) : code;
}

int
snapshot_download (struct engine *engine, struct hfcore_call *call,
                   const struct snapshot_request *ask, struct snapshot *snapshot)
{
  *snapshot = (struct snapshot){ 0 };
  events_watch (ask->events, call);
  int code = run (engine, call, ask, snapshot);
  if (code == HFCORE_OK && !ask->local && !(ask->flags & HFCORE_DRY_RUN))
    tiers_mark_use (engine, call, ask->repo, snapshot->commit);
  if (code != HFCORE_OK)
    snapshot_free (snapshot);
  return code;
}
