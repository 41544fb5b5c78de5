/* SPDX-License-Identifier: Apache-2.0 */
/* hub_lock.c: one download of a blob at a time, among all clients of a cache (spec 1.10).
 *
 * flock on .locks/<repo>/<key>.lock, which stays when it is let go. Where the file system has no
 * flock, the existence of that file is the lock, with the holder's name in it. Locks save work and
 * nothing else: when one cannot be had for another reason than its being held, we go on without. */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file_lock.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_scratch.h"

#define TELL_MS      10000
#define MALFORMED_MS 2000 /* as in Python: a soft lock that names nobody is broken after this  */
#define MARKER_LIMIT 1024
#define FOLDER_TRIES 16

struct lock
{
  int fd;          /* -1: we go on without  */
  char *soft_path; /* existence lock: its file; NULL: flock  */
};

static enum file_lock
try_flock (struct hub_store *store, const char *path, struct lock *lock)
{
  enum file_lock got = file_lock_try (AT_FDCWD, path, &lock->fd);
  if (got != FILE_LOCK_WITHOUT || errno != ENOSYS)
    return got;
  atomic_store (&store->soft_locks, true);
  return FILE_LOCK_AGAIN;
}

/* ---- existence locks ---- */

/* "<pid>\n<host>\n[<start>\n]" of this host, and that process is gone: the lock is nobody's. Text
 * of another form counts for nothing once it is old; an empty file always counts.  */
static bool
is_stale (const char *text, size_t len, int64_t age_ms)
{
  char here[256] = "";
  gethostname (here, sizeof here - 1);
  if (len == 0)
    return false;
  char *end;
  long pid = strtol (text, &end, 10);
  const char *host = *end == '\n' ? end + 1 : NULL;
  size_t host_len = host ? strcspn (host, "\n") : 0;
  if (pid < 1 || pid > INT32_MAX || !host || host[host_len] != '\n')
    return age_ms > MALFORMED_MS;
  return host_len == strlen (here) && strncmp (host, here, host_len) == 0
         && kill ((pid_t) pid, 0) < 0 && errno == ESRCH;
}

static void
break_if_stale (const char *path)
{
  CLEANUP_FREE char *text = NULL;
  size_t len;
  struct stat st, now;
  if (lstat (path, &st) < 0 || !S_ISREG (st.st_mode)
      || files_read (AT_FDCWD, path, MARKER_LIMIT, &text, &len) < 0)
    return;
  int64_t age_ms = clock_wall_ms () - (int64_t) st.st_mtim.tv_sec * 1000;
  if (is_stale (text, len, age_ms) && lstat (path, &now) == 0 && now.st_ino == st.st_ino
      && now.st_mtim.tv_sec == st.st_mtim.tv_sec && now.st_mtim.tv_nsec == st.st_mtim.tv_nsec)
    unlink (path);
}

static enum file_lock
try_existence (const char *path, struct lock *lock)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  CLEANUP_CLOSE int fd = open (path, flags, FILE_LOCK_MODE & ~022);
  if (fd < 0)
    {
      if (errno == ENOENT)
        return FILE_LOCK_AGAIN;
      if (errno != EEXIST)
        return errno == EROFS || errno == ENOSPC || errno == EDQUOT ? FILE_LOCK_FAILED
                                                                    : FILE_LOCK_WITHOUT;
      break_if_stale (path);
      return FILE_LOCK_HELD;
    }
  char here[256] = "";
  gethostname (here, sizeof here - 1);
  CLEANUP_FREE char *text = text_format ("%ld\n%s\n", (long) getpid (), here);
  lock->soft_path = strdup (path);
  if (!text || !lock->soft_path || files_write_all (fd, text, strlen (text)) < 0)
    {
      unlink (path);
      free (TAKE_PTR (lock->soft_path));
      return FILE_LOCK_WITHOUT;
    }
  lock->fd = TAKE_FD (fd);
  return FILE_LOCK_TAKEN;
}

/* ---- waiting ---- */

static int
take (struct hub_store *store, struct hfcore_call *call, const char *path, struct lock *lock)
{
  const struct hfcore_host *host = store->host;
  int64_t start = clock_now_ms (), told = start;
  for (int missing = 0;;)
    {
      enum file_lock attempt = atomic_load (&store->soft_locks) ? try_existence (path, lock)
                                                                : try_flock (store, path, lock);
      if (attempt == FILE_LOCK_TAKEN)
        return HFCORE_OK;
      if (attempt == FILE_LOCK_FAILED)
        return hub_store_fail (store, call, errno, "write", path);
      if (attempt == FILE_LOCK_WITHOUT)
        {
          if (!atomic_exchange (&store->told_no_lock, true))
            host->log (store->journal, HFCORE_LOG_DEBUG, "cannot lock %s (errno %d); going on",
                       path, errno);
          return HFCORE_OK;
        }
      if (attempt == FILE_LOCK_AGAIN)
        {
          if (files_make_parents (AT_FDCWD, path) < 0)
            return hub_store_fail (store, call, errno, "make the folder of", path);
          if (missing++ < FOLDER_TRIES)
            continue;
        }
      int64_t now = clock_now_ms ();
      if (now - told >= TELL_MS)
        {
          host->log (store->journal, HFCORE_LOG_INFO,
                     "still waiting to acquire the lock on %s (elapsed: %.1f seconds)", path,
                     (double) (now - start) / 1000.0);
          told = now;
        }
      int64_t left = host->time_left_ms (call);
      if (left == 0)
        return host->fail (call, HFCORE_E_BUSY, "%s is held by another download", path);
      int stop = host->tick (call, 0, 0);
      if (stop)
        return stop;
      clock_sleep_ms (left > 0 && left < FILE_LOCK_POLL_MS ? left : FILE_LOCK_POLL_MS);
    }
}

int
hub_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
          void **lock)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_store_real (store, &path, NULL);
  hub_path_name (&path, ".locks");
  hub_path_repo (&path, repo);
  hub_path_name (&path, key);
  hub_path_more (&path, ".lock");
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  struct lock *made = calloc (1, sizeof *made);
  if (!made)
    return hub_store_fail (store, call, ENOMEM, "lock", path.text);
  made->fd = -1;
  hub_scratch_visit (store, repo);
  int code = take (store, call, path.text, made);
  if (code != HFCORE_OK)
    {
      free (made);
      return code;
    }
  *lock = made;
  return HFCORE_OK;
}

void
hub_unlock (void *self, void *lock_)
{
  (void) self;
  struct lock *lock = lock_;
  if (lock->soft_path && file_lock_is_named (lock->fd, AT_FDCWD, lock->soft_path))
    unlink (lock->soft_path);
  else if (lock->fd >= 0 && !lock->soft_path)
    os_unlock (lock->fd);
  if (lock->fd >= 0)
    close (lock->fd);
  free (lock->soft_path);
  free (lock);
}
