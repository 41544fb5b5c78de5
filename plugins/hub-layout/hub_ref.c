/* SPDX-License-Identifier: Apache-2.0 */
/* hub_ref.c: which commit a branch, tag or pull request names (spec 1.6).  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/os.h"
#include "plugins/hub-layout/hub_scratch.h"
#include "plugins/hub-layout/hub_walk.h"

#define COMMIT_LEN   40
#define LOCK_WAIT_MS 5000 /* a holder needs microseconds; beyond this, locks lie here  */
#define LOCK_POLL_MS 10

/* A folder, a FIFO, a socket, a device: other clients put none there.  */
static bool
is_no_file (int os_errno)
{
  return os_errno == EISDIR || os_errno == ESPIPE || os_errno == EAGAIN || os_errno == ENXIO
         || os_errno == ENODEV;
}

/* 1: `commit` is what the file holds; 0: nothing there, or no commit in it (an older client may
 * be writing it in place); -1: errno.  */
static int
read_commit (const char *path, char commit[COMMIT_LEN + 2])
{
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || is_no_file (errno) ? 0 : -1;
  size_t len = 0;
  while (len <= COMMIT_LEN)
    {
      /* Takes nothing out of a FIFO, where `read` would.  */
      ssize_t got = pread (fd, commit + len, COMMIT_LEN + 1 - len, (off_t) len);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return is_no_file (errno) ? 0 : -1;
      if (got == 0)
        break;
      len += (size_t) got;
    }
  commit[len] = 0;
  return len == COMMIT_LEN && names_is_commit (commit);
}

bool
hub_ref_names_other (const char *path, const char *commit)
{
  char now[COMMIT_LEN + 2];
  return read_commit (path, now) == 1 && strcmp (now, commit) != 0;
}

int
hub_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
             const char **commit)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_store_given (store, &path, repo);
  hub_path_name (&path, "refs");
  hub_path_names (&path, ref);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  char found[COMMIT_LEN + 2];
  switch (read_commit (path.text, found))
    {
    case 1:
      *commit = store->host->keep (call, found, COMMIT_LEN);
      return *commit ? HFCORE_OK : HFCORE_E_NOMEM;
    case 0:
      return hub_store_miss (store, call, HFCORE_PASS);
    default:
      return hub_store_is_unseen (store, errno, path.text)
                 ? hub_store_miss (store, call, HFCORE_PASS)
                 : hub_store_fail_reading (store, call, errno, "read", path.text);
    }
}

/* Hold the refs of a repository while one is compared and set. The folder itself is locked, so
 * that nothing is left behind that other clients would see; best effort.  */
static int
lock_refs (struct hub_store *store, struct hfcore_call *call, const char *folder, int *fd)
{
  *fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int64_t end = clock_now_ms () + LOCK_WAIT_MS;
  while (*fd >= 0 && os_try_lock (*fd) == 0 && clock_now_ms () < end)
    {
      int stop = store->host->tick (call, 0, 0);
      if (stop)
        return stop;
      clock_sleep_ms (LOCK_POLL_MS);
    }
  return HFCORE_OK;
}

struct change
{
  struct hub_store *store;
  struct hfcore_call *call;
  struct hub_path path;
  const char *expected; /* NULL: anything  */
  const char *commit;
  int lock;
  int code; /* why it is not to be made: PASS (it is as it should be) or an error; else 0  */
};

static int
compare (const struct change *change)
{
  const char *path = change->path.text;
  char found[COMMIT_LEN + 2];
  int known = read_commit (path, found);
  if (known < 0)
    return hub_store_fail (change->store, change->call, errno, "read", path);
  if (change->expected && strcmp (known ? found : "", change->expected) != 0)
    return change->store->host->fail (change->call, HFCORE_E_CONFLICT,
                                      "%s was changed by someone else", path);
  return known && strcmp (found, change->commit) == 0 ? HFCORE_PASS : HFCORE_OK;
}

static int
lock_and_compare (struct change *change)
{
  struct hub_path folder;
  hub_path_begin (&folder, change->path.text, change->path.base);
  int code = HFCORE_OK;
  if (files_make_folders (AT_FDCWD, folder.text) < 0)
    return hub_store_fail (change->store, change->call, errno, "make the folder", folder.text);
  if (change->lock < 0)
    code = lock_refs (change->store, change->call, folder.text, &change->lock);
  return code ? code : compare (change);
}

static int
sync_file (int fd)
{
  int result;
  while ((result = fdatasync (fd)) < 0 && errno == EINTR)
    continue;
  return result;
}

/* The folder of the refs comes when the new one is written: a full disk leaves no empty one.  */
static int
fill_ref (void *change_, int fd)
{
  struct change *change = change_;
  if (files_write_all (fd, change->commit, COMMIT_LEN) < 0
      || (change->store->durable && sync_file (fd) < 0))
    return -1;
  if (!change->expected)
    return 0;
  change->code = lock_and_compare (change);
  errno = ECANCELED;
  return change->code ? -1 : 0;
}

static int
set_ref (struct change *change, const struct hfcore_repo *repo)
{
  const struct hub_scratch_file file
      = { .kind = "ref", .target = &change->path, .mode = 0666, .fill = fill_ref, .ctx = change };
  int code = compare (change);
  if (code == HFCORE_OK && hub_scratch_write (change->store, repo, &file) < 0)
    code = change->code ? change->code
                        : hub_walk_fail (change->store, change->call, errno, "write", file.target);
  return code == HFCORE_PASS ? HFCORE_OK : code;
}

int
hub_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
             const char *expected, const char *commit)
{
  struct hub_store *store = self;
  struct change change
      = { .store = store, .call = call, .expected = expected, .commit = commit, .lock = -1 };
  hub_store_real (store, &change.path, repo);
  hub_path_name (&change.path, "refs");
  change.path.base = change.path.len;
  hub_path_names (&change.path, ref);
  if (change.path.bad || !names_is_commit (commit))
    {
      change.path.bad = change.path.bad ? change.path.bad : EINVAL;
      return hub_store_bad_path (store, call, &change.path);
    }
  hub_scratch_visit (store, repo);
  int code = set_ref (&change, repo);
  if (change.lock >= 0)
    close (change.lock);
  return code;
}
