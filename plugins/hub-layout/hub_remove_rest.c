/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove_rest.c: what is of no use to anybody any more once revisions are gone.  */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/file_lock.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_listing.h"
#include "plugins/hub-layout/hub_remove.h"
#include "plugins/hub-layout/hub_scratch.h"

enum
{
  DEPTH_MAX = 64
};

/* Folders in this one that have nothing in them, and then itself.  */
static void
remove_if_empty (int parent, const char *name, int depth)
{
  {
    CLEANUP_DIR DIR *dir = hub_listing_open (parent, name, O_NOFOLLOW);
    for (struct dirent *found; dir && depth < DEPTH_MAX && (found = hub_listing_next (dir));)
      if (found->d_type == DT_DIR)
        remove_if_empty (dirfd (dir), found->d_name, depth + 1);
  }
  (void) unlinkat (parent, name, AT_REMOVEDIR);
}

/* "<etag>.lock", where there is no such blob and nobody holds it. It goes while we hold it: who
 * waits for it sees that it has no name any more.  */
static void
remove_lock (int locks, const char *name, int blobs)
{
  char etag[NAME_MAX + 1];
  struct stat st;
  size_t len = strlen (name) - strlen (".lock");
  memcpy (etag, name, len);
  etag[len] = 0;
  if (blobs >= 0 && (fstatat (blobs, etag, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT))
    return;
  CLEANUP_CLOSE int fd = openat (locks, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || os_try_lock (fd) != 1)
    return;
  if (file_lock_is_named (fd, locks, name))
    unlinkat (locks, name, 0);
  os_unlock (fd);
}

static void
remove_locks (struct hub_store *store, const struct hfcore_repo *repo, int blobs)
{
  struct hub_path path;
  hub_store_real (store, &path, NULL);
  hub_path_name (&path, ".locks");
  const size_t len = path.len;
  hub_path_repo (&path, repo);
  CLEANUP_DIR DIR *locks = path.bad ? NULL : opendir (path.text);
  if (!locks)
    return;
  for (struct dirent *found; (found = hub_listing_next (locks));)
    if (text_ends_with (found->d_name, ".lock") && strlen (found->d_name) <= NAME_MAX)
      remove_lock (dirfd (locks), found->d_name, blobs);
  (void) unlinkat (dirfd (locks), ".partials", AT_REMOVEDIR);
  if (blobs >= 0 || rmdir (path.text) < 0)
    return;
  hub_path_cut (&path, len);
  (void) rmdir (path.text);
}

static void
remove_rest_of_repo (struct hub_store *store, const struct hfcore_repo *repo)
{
  static const char *const folders[] = { ".no_exist", "trees", "refs" };
  struct hub_path path;
  hub_store_real (store, &path, repo);
  CLEANUP_CLOSE int folder = path.bad ? -1 : open (path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (size_t i = 0; folder >= 0 && i < sizeof folders / sizeof *folders; i++)
    remove_if_empty (folder, folders[i], 0);
  struct stat st;
  if (folder >= 0 && fstatat (folder, "snapshots", &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
    {
      remove_if_empty (folder, "blobs", 0);
      (void) rmdir (path.text); /* nothing ever came of it  */
    }
  CLEANUP_CLOSE int blobs
      = folder < 0 ? -1 : openat (folder, "blobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  remove_locks (store, repo, blobs >= 0 ? blobs : folder);
}

int
hub_remove_rest (struct hub_store *store, const struct hfcore_repo *repo)
{
  hub_scratch_sweep (store, repo);
  if (repo)
    remove_rest_of_repo (store, repo);
  return HFCORE_OK;
}
