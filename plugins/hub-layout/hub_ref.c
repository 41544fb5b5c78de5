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
#include "plugins/hub-layout/hub_store.h"

#define COMMIT_LEN   40
#define LOCK_WAIT_MS 5000 /* a holder needs microseconds; beyond this, locks lie here  */
#define LOCK_POLL_MS 10

/* 1: `commit` is what the file holds; 0: nothing there, or no commit in it (an older client may
 * be writing it in place); -1: errno.  */
static int
read_commit (const char *path, char commit[COMMIT_LEN + 2])
{
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
  size_t len = 0;
  while (len <= COMMIT_LEN)
    {
      ssize_t got = read (fd, commit + len, COMMIT_LEN + 1 - len);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return errno == EISDIR ? 0 : -1;
      if (got == 0)
        break;
      len += (size_t) got;
    }
  commit[len] = 0;
  return len == COMMIT_LEN && names_is_commit (commit);
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
      return HFCORE_PASS;
    default:
      return hub_store_is_unseen (store, errno, path.text)
                 ? HFCORE_PASS
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

static int
set_ref (struct hub_store *store, struct hfcore_call *call, const char *path, const char *expected,
         const char *commit)
{
  char found[COMMIT_LEN + 2];
  int known = read_commit (path, found);
  if (known < 0)
    return hub_store_fail (store, call, errno, "read", path);
  if (expected && strcmp (known ? found : "", expected) != 0)
    return store->host->fail (call, HFCORE_E_CONFLICT, "%s was changed by someone else", path);
  if (known && strcmp (found, commit) == 0)
    return HFCORE_OK;
  if (files_write_atomic (AT_FDCWD, path, ".tmp", commit, COMMIT_LEN, 0, store->durable) < 0)
    return hub_store_fail (store, call, errno, "write", path);
  return HFCORE_OK;
}

int
hub_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
             const char *expected, const char *commit)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_store_real (store, &path, repo);
  hub_path_name (&path, "refs");
  size_t folder = path.len;
  hub_path_names (&path, ref);
  if (path.bad || !names_is_commit (commit))
    {
      path.bad = path.bad ? path.bad : EINVAL;
      return hub_store_bad_path (store, call, &path);
    }
  if (!expected)
    {
      char found[COMMIT_LEN + 2];
      if (read_commit (path.text, found) == 1 && strcmp (found, commit) == 0)
        return HFCORE_OK;
    }
  if (files_make_parents (AT_FDCWD, path.text) < 0)
    return hub_store_fail (store, call, errno, "make the folder of", path.text);
  if (!expected)
    return set_ref (store, call, path.text, NULL, commit);
  CLEANUP_CLOSE int lock = -1;
  path.text[folder] = 0;
  int code = lock_refs (store, call, path.text, &lock);
  path.text[folder] = '/';
  return code ? code : set_ref (store, call, path.text, expected, commit);
}
