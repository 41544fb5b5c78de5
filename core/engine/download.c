/* SPDX-License-Identifier: Apache-2.0 */
/* download.c: see download.h.  */
#include "core/engine/download.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/cached.h"
#include "core/engine/local_dir.h"
#include "core/engine/mirrors.h"
#include "core/engine/store.h"
#include "core/engine/tiers.h"
#include "core/engine/trim.h"
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"

struct job
{
  struct engine *engine;
  struct hfcore_call *call;
  const struct download *ask;
  struct downloaded *file;
  struct located located; /* what the file is; location NULL when taken from the file list   */
  bool direct;            /* its GET needs no HEAD before it                                 */
  char searched[41];      /* the commit in which the storages do not have it                 */
};

void
downloaded_free (struct downloaded *file)
{
  free (file->path);
  *file = (struct downloaded){ 0 };
}

static bool
is_forced (const struct job *job)
{
  return (job->ask->flags & HFCORE_FORCE) != 0;
}

bool
download_asks_nobody (struct engine *engine, struct hfcore_call *call, uint32_t flags)
{
  return (flags & HFCORE_LOCAL_ONLY) != 0 || !mirrors_any (engine, call);
}

const char *
download_why_nobody (const struct engine *engine, uint32_t flags)
{
  return (flags & HFCORE_LOCAL_ONLY) ? "only the cache was to be looked at"
         : engine->offline           ? engine->offline_why
                                     : "the configuration names no source";
}

int
download_fail_forced (const struct engine *engine, struct hfcore_call *call, uint32_t flags)
{
  return call_fail (call, HFCORE_E_CONFIG, "a forced download needs a source, and %s",
                    download_why_nobody (engine, flags));
}

int
download_not_cached (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *revision, const char *path,
                     uint32_t flags)
{
  char commit[41];
  bool gone
      = path
        && (names_is_commit (revision)
            || tiers_find_ref (engine, call, repo, revision, commit) == HFCORE_OK)
        && tiers_is_dangling (engine, repo, names_is_commit (revision) ? revision : commit, path);
  return call_fail (call, HFCORE_E_DOWN, "%s%s%s of %s '%s' at '%s' is not in the cache%s, and %s",
                    path ? "'" : "", path ? path : "the snapshot", path ? "'" : "", repo->type,
                    repo->id, revision, gone ? DOWNLOAD_IS_GONE : "",
                    download_why_nobody (engine, flags));
}

void
download_fell_back (struct engine *engine, const struct hfcore_error *why, const char *what)
{
  int level = engine->offline && !why->origin[0] ? HFCORE_LOG_INFO : HFCORE_LOG_WARNING;
  host_log (&engine->log, level, "%s; the cached %s is used", why->message, what);
}

int
download_check_storage (struct engine *engine, struct hfcore_call *call)
{
  const struct hfcore_storage *storage;
  int code = tiers_writable (engine, call, &storage);
  if (code == HFCORE_E_CONFIG)
    return code;
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
  return HFCORE_OK;
}

/* The file is there, all of it.  */
static int
tell_event (struct job *job, int kind, uint64_t length)
{
  return events_tell (job->ask->events, kind, job->ask->path, length, length, 0)
             ? call_fail (job->call, HFCORE_E_CANCELLED, "stopped")
             : HFCORE_OK;
}

/* The file is in the cache at `path`.  */
static int
found (struct job *job, const char *commit, const struct hfcore_stored_file *stored)
{
  struct downloaded *file = job->file;
  memcpy (file->commit, commit, 41);
  free (file->path);
  file->path = strdup (stored->path ? stored->path : "");
  file->length = stored->length;
  if (!file->path)
    return call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
  file->will_download = (job->ask->flags & HFCORE_DRY_RUN) && is_forced (job);
  file->cached = true;
  return tell_event (job, HFCORE_EVENT_CACHED, file->length);
}

/* What is known of the file, for the storages.  */
static struct cached_ask
cached_ask (const struct job *job, const char *commit)
{
  const struct download *ask = job->ask;
  const struct hfcore_file_info *known = ask->known;
  const struct located *located = &job->located;
  return (struct cached_ask){ .file = { .engine = job->engine,
                                        .events = ask->events,
                                        .repo = ask->repo,
                                        .commit = commit,
                                        .path = ask->path,
                                        .etag = located->etag ? located->etag
                                                : known       ? known->etag
                                                              : NULL,
                                        .length = located->etag ? located->length
                                                  : known       ? known->length
                                                                : HFCORE_SIZE_UNKNOWN },
                              .home = ask->storage,
                              .dry = (ask->flags & HFCORE_DRY_RUN) != 0 };
}

/* HFCORE_PASS: the cache does not have it.  */
static int
find_cached (struct job *job, const char *commit)
{
  struct hfcore_stored_file stored;
  const struct cached_ask ask = cached_ask (job, commit);
  int code = cached_find (&ask, job->call, &stored);
  if (code == HFCORE_PASS)
    memcpy (job->searched, commit, sizeof job->searched);
  return code == HFCORE_OK ? found (job, commit, &stored) : code;
}

/* Spec 2.6 step 4: no source has answered; what the cache has under this name.  */
static int
fall_back (struct job *job)
{
  char commit[41];
  const char *revision = job->ask->revision;
  if (names_is_commit (revision))
    return find_cached (job, revision);
  int code = tiers_find_ref (job->engine, job->call, job->ask->repo, revision, commit);
  return code == HFCORE_OK ? find_cached (job, commit) : code;
}

static int
set_ref (struct job *job, const char *commit)
{
  const struct hfcore_storage *storage;
  if (strcmp (job->ask->revision, commit) == 0)
    return HFCORE_OK;
  int code = tiers_writable (job->engine, job->call, &storage);
  if (code != HFCORE_OK)
    return code;
  return storage->ops->ref_set (storage->self, job->call, job->ask->repo, job->ask->revision, NULL,
                                commit);
}

/* What need not succeed: a cache that may not be written still serves.  */
static void
best_effort (struct job *job, int code, const char *what)
{
  if (code >= 0)
    return;
  host_log (&job->engine->log, HFCORE_LOG_DEBUG, "%s: %s", what, job->call->error.message);
  job->call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
}

/* A cached file may lie in another storage than the one that is written, whose ref would then name
 * a snapshot that is not there.  */
static bool
is_in_written (struct job *job, const char *commit)
{
  struct hfcore_stored_file stored = { .size = sizeof stored };
  size_t index;
  if (registry_storage_count (job->engine->registry) == 1)
    return true;
  int code = tiers_writable_index (job->engine, job->call, &index);
  if (code == HFCORE_OK)
    code = tiers_find_file_in (job->engine, job->call, index, job->ask->repo, commit,
                               job->ask->path, &stored);
  best_effort (job, code, "ref not written");
  return stored.state == HFCORE_FILE_PRESENT;
}

/* Spec 1.8: the Hub says that the commit does not have this file.  */
static void
remember_absent (struct job *job)
{
  const char *commit = job->located.commit;
  const struct hfcore_storage *storage;
  struct hfcore_error error = job->call->error;
  if (!commit[0] || (job->ask->flags & HFCORE_DRY_RUN))
    return;
  int code = tiers_writable (job->engine, job->call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->file_set (storage->self, job->call, job->ask->repo, commit, job->ask->path,
                                   NULL, 0, NULL);
  best_effort (job, code, "absence not remembered");
  if (code == HFCORE_OK)
    best_effort (job, set_ref (job, commit), "ref not written");
  job->call->error = error;
}

bool
download_is_final (const struct hfcore_call *call, int code)
{
  switch (code)
    {
    case HFCORE_E_NOTFOUND:
      return call->error.missing == HFCORE_MISSING_FILE
             || call->error.missing == HFCORE_MISSING_REVISION;
    case HFCORE_E_CANCELLED:
    case HFCORE_E_NOMEM:
    case HFCORE_E_CONFIG:
      return true;
    default:
      return false;
    }
}

/* What is the file? Spec 2.6 steps 3 and 4. HFCORE_PASS: the cache has answered, all is done.  */
static int
locate (struct job *job)
{
  const struct download *ask = job->ask;
  bool again = false;
  int code;
  if (download_asks_nobody (job->engine, job->call, ask->flags))
    {
      if (is_forced (job))
        return download_fail_forced (job->engine, job->call, ask->flags);
      code = fall_back (job);
      if (code == HFCORE_PASS)
        return download_not_cached (job->engine, job->call, ask->repo, ask->revision, ask->path,
                                    ask->flags);
      return code == HFCORE_OK ? HFCORE_PASS : code;
    }
  code = mirrors_resolve (job->engine, job->call, ask->repo, ask->revision, ask->path,
                          &job->located, &again);
  if (code != HFCORE_OK && !download_is_final (job->call, code) && !is_forced (job))
    {
      struct hfcore_error error = job->call->error;
      int cached = fall_back (job);
      if (cached == HFCORE_OK)
        {
          download_fell_back (job->engine, &error, "file");
          return HFCORE_PASS;
        }
      if (cached == HFCORE_E_CANCELLED)
        return cached;
      job->call->error = error;
    }
  if (again)
    code = mirrors_resolve_again (job->engine, job->call, ask->repo, ask->revision, ask->path,
                                  &job->located, true);
  if (code == HFCORE_E_NOTFOUND && job->call->error.missing == HFCORE_MISSING_FILE)
    remember_absent (job);
  return code;
}

/* Take the file from the commit's own file list.  */
static int
use_known (struct job *job)
{
  const struct hfcore_file_info *known = job->ask->known;
  memcpy (job->located.commit, job->ask->revision, 41);
  job->located.etag = strdup (known->etag);
  job->located.length = known->length;
  job->direct = true;
  return job->located.etag ? HFCORE_OK : call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
}

static int
tell_plan (struct job *job)
{
  struct hfcore_stored_file stored;
  const struct download *ask = job->ask;
  const char *commit = job->located.commit;
  const struct cached_ask cached = cached_ask (job, commit);
  CLEANUP_FREE char *folder = NULL;
  size_t written;
  bool is_there;
  if (tiers_writable_index (job->engine, job->call, &written) != HFCORE_OK)
    written = 0;
  int code = cached_would_do (&cached, job->call, written, &stored, &is_there);
  if (code == HFCORE_OK)
    code = tiers_folder_in (job->engine, job->call, written, ask->repo, commit, &folder);
  if (code != HFCORE_OK)
    return code;
  memcpy (job->file->commit, commit, 41);
  job->file->path = stored.path ? strdup (stored.path) : text_format ("%s/%s", folder, ask->path);
  job->file->length = job->located.length;
  job->file->cached = is_there;
  job->file->will_download = is_forced (job) || !is_there;
  return job->file->path ? HFCORE_OK : call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
}

static int
store (struct job *job, const struct hfcore_storage *storage)
{
  const struct download *ask = job->ask;
  struct hfcore_stored_file stored;
  bool published;
  const struct fetch fetch = { .engine = job->engine,
                               .events = ask->events,
                               .storage = storage,
                               .repo = ask->repo,
                               .commit = job->located.commit,
                               .path = ask->path,
                               .etag = job->located.etag,
                               .length = job->located.length,
                               .located = job->direct ? NULL : &job->located,
                               .force = is_forced (job) };
  int code = store_file (&fetch, job->call, &stored, &published);
  if (code != HFCORE_OK)
    return code;
  memcpy (job->file->commit, job->located.commit, 41);
  job->file->path = strdup (stored.path ? stored.path : "");
  job->file->length = job->located.length;
  job->file->cached = !published;
  if (!job->file->path)
    return call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
  return tell_event (job, published ? HFCORE_EVENT_FILE : HFCORE_EVENT_CACHED, job->located.length);
}

int
download_locate_again (struct engine *engine, struct hfcore_call *call, const struct download *ask,
                       struct located *located)
{
  struct located before = *located;
  *located = (struct located){ 0 };
  int code
      = mirrors_resolve_again (engine, call, ask->repo, ask->revision, ask->path, located, false);
  if (code == HFCORE_OK && before.length == located->length
      && strcmp (before.etag, located->etag) == 0)
    code = HFCORE_PASS;
  located_free (&before);
  return code;
}

static int
store_as_told (struct job *job, const struct hfcore_storage *storage)
{
  int code = store (job, storage);
  if (!job->direct || (code != HFCORE_E_CONFLICT && code != HFCORE_E_CORRUPT))
    return code;
  struct hfcore_error error = job->call->error;
  host_log (&job->engine->log, HFCORE_LOG_DEBUG, "%s; asking again", error.message);
  int asked = download_locate_again (job->engine, job->call, job->ask, &job->located);
  job->direct = false;
  if (asked == HFCORE_OK || (asked == HFCORE_PASS && code == HFCORE_E_CONFLICT))
    return store (job, storage);
  if (asked == HFCORE_E_CANCELLED)
    return asked;
  job->call->error = error;
  return code;
}

/* Make room for the file, unless its snapshot has done that for all its files.  */
static int
make_room (struct job *job, const struct hfcore_storage *storage)
{
  const char *etag = job->located.etag;
  const struct trim_coming coming = { .repo = job->ask->repo,
                                      .commit = job->located.commit,
                                      .etags = &etag,
                                      .count = 1,
                                      .bytes = job->located.length };
  uint64_t length;
  if (job->ask->storage || !trim_is_wanted (job->engine) || coming.bytes == HFCORE_SIZE_UNKNOWN)
    return HFCORE_OK;
  int code = storage->ops->stat (storage->self, job->call, job->ask->repo, etag, &length);
  if (code == HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (job->call);
  code = trim_check_size (job->engine, job->call, coming.repo, coming.bytes);
  return code == HFCORE_OK ? trim_for_download (job->engine, job->call, &coming) : code;
}

/* What the storages do not have under its own name.  */
static int
get (struct job *job)
{
  const struct hfcore_storage *storage;
  const struct download *ask = job->ask;
  const char *commit = job->located.commit;
  const struct cached_ask cached = cached_ask (job, commit);
  struct hfcore_stored_file stored;
  int code = tiers_writable (job->engine, job->call, &storage);
  if (code == HFCORE_OK)
    code = is_forced (job) ? HFCORE_PASS : cached_reuse (&cached, job->call, &stored);
  if (code == HFCORE_OK)
    code = found (job, commit, &stored);
  else if (code == HFCORE_PASS && (ask->flags & HFCORE_LOCAL_ONLY))
    code = download_not_cached (job->engine, job->call, ask->repo, ask->revision, ask->path,
                                ask->flags);
  else if (code == HFCORE_PASS && (code = make_room (job, storage)) == HFCORE_OK)
    code = store_as_told (job, storage);
  /* After the file, so that a ref never names a snapshot that is not there (spec 57).  */
  return code == HFCORE_OK ? set_ref (job, job->file->commit) : code;
}

static int
run (struct job *job)
{
  const struct download *ask = job->ask;
  int code;
  bool is_dry = (ask->flags & HFCORE_DRY_RUN) != 0;
  if ((!is_forced (job) || is_dry) && names_is_commit (ask->revision)
      && (code = find_cached (job, ask->revision)) != HFCORE_PASS)
    return code;
  code = download_check_storage (job->engine, job->call);
  if (code == HFCORE_OK)
    code = ask->known ? use_known (job) : locate (job);
  if (code != HFCORE_OK)
    return code == HFCORE_PASS ? HFCORE_OK : code;
  if (is_dry)
    return tell_plan (job);
  if (!is_forced (job) && strcmp (job->searched, job->located.commit) != 0)
    {
      code = find_cached (job, job->located.commit);
      if (code == HFCORE_OK && is_in_written (job, job->located.commit))
        best_effort (job, set_ref (job, job->located.commit), "ref not written");
      if (code != HFCORE_PASS)
        return code;
    }
  return get (job);
}

int
download_file (struct engine *engine, struct hfcore_call *call, const struct download *ask,
               struct downloaded *file)
{
  struct job job = { .engine = engine, .call = call, .ask = ask, .file = file };
  *file = (struct downloaded){ 0 };
  events_watch (ask->events, call);
  int code = ask->local ? local_dir_download (engine, call, ask, file) : run (&job);
  located_free (&job.located);
  /* What is cached of a snapshot is marked with it.  */
  if (code == HFCORE_OK && !ask->local && !(ask->flags & HFCORE_DRY_RUN)
      && !(ask->storage && file->cached))
    tiers_mark_use (engine, call, ask->repo, file->commit);
  if (code != HFCORE_OK)
    downloaded_free (file);
  return code;
}
