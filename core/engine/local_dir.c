/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir.c: see local_dir.h; one file, every branch of spec 3.3.  */
#include "core/engine/local_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "core/engine/fetch.h"
#include "core/engine/local_dir_metadata.h"
#include "core/engine/local_dir_partial.h"
#include "core/engine/local_dir_writer.h"
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/files.h"
#include "core/util/files_share.h"
#include "core/util/names.h"
#include "core/util/text.h"

enum
{
  HASH_BYTES = 256 * 1024
};

struct job
{
  struct engine *engine;
  struct hfcore_call *call;
  const struct download *ask;
  struct downloaded *file;
  struct local_place place;
  struct local_metadata metadata;
  bool has_metadata;  /* … which counts for the file that is there  */
  bool was_locked;    /* by an earlier download, which may have left partials  */
  struct stat judged; /* the file whose digest was found to be another one  */
  struct located located;
  bool direct;  /* its GET needs no HEAD before it  */
  bool started; /* its progress is told  */
};

/* ---- the folder ---- */

int
local_dir_open (struct hfcore_call *call, const char *path, int32_t link, struct local_dir *dir)
{
  *dir = (struct local_dir){ .link = link };
  if (!*path)
    return call_fail (call, HFCORE_E_CONFIG, "the name of the local folder is empty");
  if (link < HFCORE_LINK_REFLINK || link > HFCORE_LINK_NONE)
    return call_fail (call, HFCORE_E_CONFIG, "there is no way %d to link files", (int) link);
  CLEANUP_FREE char *expanded = files_expand (path);
  dir->path = expanded ? files_resolve (expanded) : NULL;
  if (dir->path)
    return HFCORE_OK;
  return errno == ENOMEM ? call_fail (call, HFCORE_E_NOMEM, "out of memory")
                         : local_dir_fail (call, errno, "use the folder",
                                           &(struct local_dir){ .path = expanded }, "");
}

void
local_dir_close (struct local_dir *dir)
{
  free (dir->path);
  dir->path = NULL;
}

/* A cached file that will do.  */
struct source
{
  const char *path; /* in the call                                                     */
  bool is_own;      /* in the storage that is written, not in another's                */
  mode_t mode;      /* of a copy, before the umask                                     */
};

/* ---- what is told ---- */

static bool
is_forced (const struct job *job)
{
  return (job->ask->flags & HFCORE_FORCE) != 0;
}

static bool
is_dry (const struct job *job)
{
  return (job->ask->flags & HFCORE_DRY_RUN) != 0;
}

static int
tell_event (struct job *job, int kind, uint64_t done)
{
  return events_tell (job->ask->events, kind, job->ask->path, done, job->file->length, 0)
             ? call_fail (job->call, HFCORE_E_CANCELLED, "stopped")
             : HFCORE_OK;
}

/* The file is in the folder.  */
static int
found (struct job *job, const char *commit, uint64_t length, bool cached)
{
  memcpy (job->file->commit, commit, strlen (commit) + 1);
  job->file->length = length;
  job->file->cached = cached;
  job->file->will_download = is_dry (job) && is_forced (job);
  return tell_event (job, job->started ? HFCORE_EVENT_FILE : HFCORE_EVENT_CACHED, length);
}

/* Nobody says what the file should be, so it is taken for what it is (step 4).  */
static int
found_as_it_is (struct job *job, const struct stat *st, const char *why)
{
  host_log (&job->engine->log, HFCORE_LOG_WARNING, "%s; %s/%s is used as it is", why,
            job->place.dir->path, job->ask->path);
  return found (job, job->has_metadata ? job->metadata.commit : "", (uint64_t) st->st_size, true);
}

/* ---- what is there ---- */

/* The metadata, under the lock if there is any (step 1).  */
static int
look (struct job *job)
{
  CLEANUP_LOCAL_LOCK int lock = -1;
  struct stat st;
  struct local_place *place = &job->place;
  job->has_metadata = false;
  if (place->downloads < 0)
    return HFCORE_OK;
  job->was_locked = fstatat (place->downloads, place->lock, &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (fstatat (place->downloads, place->metadata, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return HFCORE_OK;
  if (!is_dry (job))
    {
      int code = local_place_lock (job->engine, job->call, place, &lock);
      /* What may not be written can still be read.  */
      if (code == HFCORE_E_READONLY || code == HFCORE_E_NOSPACE)
        call_forget (job->call);
      else if (code != HFCORE_OK)
        return code;
    }
  job->has_metadata
      = local_metadata_read (job->engine, place, is_dry (job), &job->metadata) == HFCORE_OK;
  return HFCORE_OK;
}

/* What is the file? Steps 3 and 4. HFCORE_PASS: it is answered.  */
static int
locate (struct job *job)
{
  const struct download *ask = job->ask;
  struct stat st;
  bool again = false, has_file = local_place_has_file (&job->place, &st) && !is_forced (job);
  if (download_asks_nobody (job->engine, job->call, ask->flags))
    {
      if (is_forced (job))
        return download_fail_forced (job->engine, job->call, ask->flags);
      if (!has_file)
        return call_fail (job->call, HFCORE_E_DOWN, "'%s' of %s '%s' is not in %s, and %s",
                          ask->path, ask->repo->type, ask->repo->id, job->place.dir->path,
                          download_why_nobody (job->engine, ask->flags));
      int code = found_as_it_is (job, &st, "nobody was asked which file is the right one");
      return code == HFCORE_OK ? HFCORE_PASS : code;
    }
  int code = mirrors_resolve (job->engine, job->call, ask->repo, ask->revision, ask->path,
                              &job->located, &again);
  if (code != HFCORE_OK && has_file && !download_is_final (job->call, code))
    {
      const struct hfcore_error error = job->call->error;
      call_forget (job->call);
      code = found_as_it_is (job, &st, error.message);
      return code == HFCORE_OK ? HFCORE_PASS : code;
    }
  if (again)
    code = mirrors_resolve_again (job->engine, job->call, ask->repo, ask->revision, ask->path,
                                  &job->located, true);
  return code;
}

/* Take the file from the commit's own file list.  */
static int
use_known (struct job *job)
{
  const struct hfcore_file_info *known = job->ask->known;
  memcpy (job->located.commit, job->ask->revision, sizeof job->located.commit);
  job->located.etag = strdup (known->etag);
  job->located.length = known->length;
  job->direct = true;
  return job->located.etag ? HFCORE_OK : call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
}

/* HFCORE_OK: the file has this digest; PASS: it has not.  */
static int
compare_digest (struct job *job, const char *sha256)
{
  const struct local_place *place = &job->place;
  char hex[65] = "";
  const char *why = "libcrypto failed";
  CLEANUP_CLOSE int fd = openat (place->files, place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  CLEANUP_FREE char *bytes = malloc (HASH_BYTES);
  if (fd < 0 || !bytes)
    return HFCORE_PASS;
  struct digest *digest = digest_new (DIGEST_SHA256, 0, &why);
  int code = digest ? HFCORE_OK : HFCORE_PASS;
  for (ssize_t got = 1; code == HFCORE_OK && got != 0;)
    {
      got = read (fd, bytes, HASH_BYTES);
      if ((got < 0 && errno != EINTR)
          || (got > 0 && digest_update (digest, bytes, (size_t) got) < 0))
        code = HFCORE_PASS;
      else
        code = call_tick (job->call, 0, 0);
    }
  if (code == HFCORE_OK && (digest_hex (digest, hex) < 0 || strcmp (hex, sha256) != 0))
    code = HFCORE_PASS;
  digest_free (digest);
  return code;
}

/* Remember that the file is of this commit now. A folder that may not be written still serves.  */
static void
renew_metadata (struct job *job)
{
  CLEANUP_LOCAL_LOCK int lock = -1;
  struct hfcore_error error = job->call->error;
  if (is_dry (job)
      || (job->has_metadata && strcmp (job->metadata.commit, job->located.commit) == 0))
    return;
  int code = local_place_make (job->call, &job->place);
  if (code == HFCORE_OK)
    code = local_place_lock (job->engine, job->call, &job->place, &lock);
  if (code == HFCORE_OK)
    code = local_metadata_write (job->call, &job->place, job->located.commit, job->located.etag);
  if (code != HFCORE_OK)
    host_log (&job->engine->log, HFCORE_LOG_DEBUG, "%s", job->call->error.message);
  job->call->error = error;
}

/* Is the file that is there the right one (step 5)? PASS: it is not. */
static int
judge (struct job *job)
{
  const struct located *located = &job->located;
  struct stat st;
  if (is_forced (job) || !local_place_has_file (&job->place, &st))
    return HFCORE_PASS;
  if (job->has_metadata)
    return strcmp (job->metadata.etag, located->etag) == 0 ? HFCORE_OK : HFCORE_PASS;
  if (!names_is_sha256 (located->etag) || (uint64_t) st.st_size != located->length)
    return HFCORE_PASS;
  if (st.st_ino == job->judged.st_ino && st.st_mtim.tv_sec == job->judged.st_mtim.tv_sec
      && st.st_mtim.tv_nsec == job->judged.st_mtim.tv_nsec)
    return HFCORE_PASS;
  job->judged = st;
  return compare_digest (job, located->etag);
}

static int
compare (struct job *job)
{
  int code = judge (job);
  if (code != HFCORE_OK)
    return code;
  renew_metadata (job);
  return found (job, job->located.commit, job->located.length, true);
}

/* ---- putting it there ---- */

static int
tell_copied (void *ctx, uint64_t done, uint64_t total)
{
  struct job *job = ctx;
  int code = job->started ? HFCORE_OK : tell_event (job, HFCORE_EVENT_START, 0);
  job->started = true;
  if (code == HFCORE_OK)
    code = tell_event (job, HFCORE_EVENT_BYTES, done);
  return code == HFCORE_OK ? call_tick (job->call, done, total) : code;
}

/* Make the partial `name` of the cached file, by the way that was asked for or the next best one.
 * -1: errno.  */
static int
share_as (struct job *job, const struct source *source, const char *name)
{
  const struct local_place *place = &job->place;
  struct files_share how = { .ways = FILES_SHARE_REFLINK | FILES_SHARE_COPY,
                             .mode = source->mode,
                             .sync = settings_number (job->engine->settings, "durable") != 0,
                             .tick = tell_copied,
                             .ctx = job };
  if (place->dir->link == HFCORE_LINK_NONE)
    how.ways = FILES_SHARE_COPY;
  if (place->dir->link != HFCORE_LINK_HARD)
    return files_share (source->path, place->downloads, name, &how);
  struct files_share link = how;
  link.ways = FILES_SHARE_HARD_LINK;
  int way = -1;
  /* Who changes the file would change what belongs to others.  */
  if (source->is_own)
    {
      way = files_share (source->path, place->downloads, name, &link);
      if (way > 0 || errno != EOPNOTSUPP)
        return way;
    }
  way = files_share (source->path, place->downloads, name, &how);
  if (way == FILES_SHARE_COPY)
    host_log (&job->engine->log, HFCORE_LOG_WARNING,
              "%s/%s is a copy: no link to %s can be made there", place->dir->path, place->path,
              source->path);
  return way;
}

/* The cached file into the folder (step 6), under the lock. PASS: it will not do.  */
static int
share (struct job *job, const struct source *source)
{
  const struct local_place *place = &job->place;
  struct local_partial partial = LOCAL_PARTIAL_NONE;
  struct stat st;
  int code = local_partial_name (job->call, place, job->located.etag, partial.name);
  if (code != HFCORE_OK)
    return code;
  if (share_as (job, source, partial.name) < 0)
    {
      int saved = errno;
      if (saved == ECANCELED)
        return job->call->error.code;
      /* What cannot be read is as good as not cached.  */
      return saved == ENOSPC || saved == EDQUOT
                 ? local_dir_fail (job->call, saved, "write", place->dir, place->path)
                 : HFCORE_PASS;
    }
  partial.fd
      = openat (place->downloads, partial.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (partial.fd < 0)
    return local_dir_fail (job->call, errno, "open", place->dir, place->path);
  if (fstat (partial.fd, &st) < 0 || (uint64_t) st.st_size != job->located.length)
    {
      local_partial_drop (place, &partial);
      return HFCORE_PASS;
    }
  bool sync = settings_number (job->engine->settings, "durable") != 0;
  return local_partial_finish (job->call, place, sync, &partial);
}

static int
fetch (struct job *job, bool is_locked)
{
  const struct download *ask = job->ask;
  struct hfcore_storage storage;
  struct local_target target = { .engine = job->engine,
                                 .place = &job->place,
                                 .looks_for_partials = is_locked && job->was_locked };
  local_dir_storage (&target, &storage);
  struct fetched fetched;
  const struct fetch fetch = { .engine = job->engine,
                               .events = ask->events,
                               .storage = &storage,
                               .repo = ask->repo,
                               .commit = job->located.commit,
                               .path = ask->path,
                               .etag = job->located.etag,
                               .length = job->located.length,
                               .located = job->direct ? NULL : &job->located,
                               .force = is_forced (job) };
  job->started = true;
  return fetch_blob (&fetch, job->call, &fetched);
}

/* Put it there, from the cached file `source` or (NULL) from the network, under the lock.  */
static int
put (struct job *job, const struct source *source)
{
  CLEANUP_LOCAL_LOCK int lock = -1;
  int code = local_place_make (job->call, &job->place);
  if (code == HFCORE_OK)
    code = local_place_lock (job->engine, job->call, &job->place, &lock);
  if (code != HFCORE_OK)
    return code;
  job->file->length = job->located.length;
  /* Another process may have put it there while we waited. Python notes that only after it has let
   * the lock go.  */
  job->has_metadata
      = local_metadata_read (job->engine, &job->place, false, &job->metadata) == HFCORE_OK;
  code = judge (job);
  bool is_there = code == HFCORE_OK;
  if (code == HFCORE_PASS)
    code = source ? share (job, source) : fetch (job, lock >= 0);
  if (code == HFCORE_OK)
    code = local_metadata_write (job->call, &job->place, job->located.commit, job->located.etag);
  return code == HFCORE_OK
             ? found (job, job->located.commit, job->located.length, is_there || source)
             : code;
}

/* The first storage whose copy is good. PASS: none.  */
static int
find_source (struct job *job, struct source *source)
{
  const struct download *ask = job->ask;
  struct engine *engine = job->engine;
  struct hfcore_stored_file stored;
  struct stat st;
  for (size_t i = 0; i < registry_storage_count (engine->registry); i++)
    {
      int code = tiers_find_file_in (engine, job->call, i, ask->repo, job->located.commit,
                                     ask->path, &stored);
      if (code != HFCORE_OK)
        return code;
      source->is_own = tiers_is_written (engine, i);
      source->path = stored.path;
      if (stored.state != HFCORE_FILE_PRESENT || !stored.path
          || stored.length != job->located.length || stat (stored.path, &st) < 0)
        continue;
      /* Where another's link leads is not for everybody to read.  */
      source->mode = source->is_own ? 0666 : (st.st_mode & 0666) | 0600;
      return HFCORE_OK;
    }
  return HFCORE_PASS;
}

/* Steps 6 and 7. PASS: no storage has it.  */
static int
take_cached (struct job *job)
{
  struct source source;
  int code = find_source (job, &source);
  if (code == HFCORE_PASS || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM
      || code == HFCORE_E_CONFIG)
    return code;
  if (code != HFCORE_OK)
    {
      host_log (&job->engine->log, HFCORE_LOG_DEBUG, "%s", job->call->error.message);
      call_forget (job->call);
      return HFCORE_PASS;
    }
  return is_dry (job) ? found (job, job->located.commit, job->located.length, true)
                      : put (job, &source);
}

static int
put_as_told (struct job *job)
{
  int code = put (job, NULL);
  if (!job->direct || (code != HFCORE_E_CONFLICT && code != HFCORE_E_CORRUPT))
    return code;
  struct hfcore_error error = job->call->error;
  host_log (&job->engine->log, HFCORE_LOG_DEBUG, "%s; asking again", error.message);
  int asked = download_locate_again (job->engine, job->call, job->ask, &job->located);
  job->direct = false;
  if (asked == HFCORE_OK || (asked == HFCORE_PASS && code == HFCORE_E_CONFLICT))
    return put (job, NULL);
  if (asked == HFCORE_E_CANCELLED)
    return asked;
  job->call->error = error;
  return code;
}

static int
run (struct job *job)
{
  const struct download *ask = job->ask;
  struct stat st;
  int code = look (job);
  if (code != HFCORE_OK)
    return code;
  if ((!is_forced (job) || is_dry (job)) && names_is_commit (ask->revision) && job->has_metadata
      && strcmp (job->metadata.commit, ask->revision) == 0
      && local_place_has_file (&job->place, &st))
    return found (job, ask->revision, (uint64_t) st.st_size, true);
  code = ask->known ? use_known (job) : locate (job);
  if (code != HFCORE_OK)
    return code == HFCORE_PASS ? HFCORE_OK : code;
  if ((code = compare (job)) != HFCORE_PASS)
    return code;
  if (!is_forced (job) && (code = take_cached (job)) != HFCORE_PASS)
    return code;
  if (!is_dry (job))
    return put_as_told (job);
  memcpy (job->file->commit, job->located.commit, sizeof job->file->commit);
  job->file->length = job->located.length;
  job->file->cached = local_place_has_file (&job->place, &st);
  job->file->will_download = true;
  return HFCORE_OK;
}

int
local_dir_download (struct engine *engine, struct hfcore_call *call, const struct download *ask,
                    struct downloaded *file)
{
  struct job job = { .engine = engine,
                     .call = call,
                     .ask = ask,
                     .file = file,
                     .place = { .files = -1, .downloads = -1 } };
  int code = local_dir_check_file (call, ask->path);
  if (code == HFCORE_OK && !(file->path = text_format ("%s/%s", ask->local->path, ask->path)))
    code = call_fail (call, HFCORE_E_NOMEM, "out of memory");
  if (code == HFCORE_OK)
    code = local_place_open (call, ask->local, ask->path, &job.place);
  if (code == HFCORE_OK)
    code = run (&job);
  local_place_close (&job.place);
  located_free (&job.located);
  return code;
}
