/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove_repo.c: a repository goes by one rename, so that no scanner ever sees half of it.  */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_aside.h"
#include "plugins/hub-layout/hub_listing.h"
#include "plugins/hub-layout/hub_partial.h"
#include "plugins/hub-layout/hub_remove.h"
#include "plugins/hub-layout/hub_shared.h"

enum
{
  DEPTH_MOST = 100 /* folders within folders: each holds a descriptor  */
};

/* ---- is anybody at work in it? ---- */

bool
hub_locks_take (struct hub_store *store, const struct hfcore_repo *repo, struct hub_locks *locks)
{
  struct hub_path path;
  locks->count = 0;
  hub_store_real (store, &path, NULL);
  hub_path_name (&path, ".locks");
  hub_path_repo (&path, repo);
  CLEANUP_DIR DIR *dir = path.bad ? NULL : opendir (path.text);
  if (!dir)
    return true;
  for (struct dirent *found; (found = hub_listing_next (dir));)
    {
      CLEANUP_CLOSE int fd = -1;
      if (text_ends_with (found->d_name, ".lock"))
        fd = openat (dirfd (dir), found->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
      int taken = fd < 0 ? -1 : os_try_lock (fd);
      if (taken == 0)
        return false;
      if (taken == 1 && locks->count < sizeof locks->fds / sizeof *locks->fds)
        locks->fds[locks->count++] = TAKE_FD (fd);
    }
  return true;
}

void
hub_locks_drop (struct hub_locks *locks)
{
  while (locks->count > 0)
    {
      int fd = locks->fds[--locks->count];
      os_unlock (fd);
      close (fd);
    }
}

/* Is one of the partials below `repo_folder`, which is or was the repository's, held?  */
static bool
has_held_partial (struct hub_store *store, const struct hfcore_repo *repo,
                  const struct hub_path *repo_folder)
{
  struct hub_path path = *repo_folder;
  hub_path_name (&path, "blobs");
  CLEANUP_DIR DIR *blobs = path.bad ? NULL : opendir (path.text);
  if (!blobs)
    return false;
  for (struct dirent *found; (found = hub_listing_next (blobs));)
    {
      struct stat st;
      if (text_ends_with (found->d_name, ".incomplete")
          && fstatat (dirfd (blobs), found->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && hub_partial_has_owner (store, repo, found->d_name, (int64_t) st.st_mtim.tv_sec * 1000))
        return true;
    }
  return false;
}

/* Was a file put below this folder since then? What was taken away does not count.  */
static bool
has_newer (int parent, const char *name, int64_t since_ns, unsigned depth)
{
  CLEANUP_DIR DIR *dir = depth < DEPTH_MOST ? hub_listing_open (parent, name, O_NOFOLLOW) : NULL;
  for (struct dirent *found; dir && (found = hub_listing_next (dir));)
    {
      struct stat st;
      if (fstatat (dirfd (dir), found->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      if (S_ISDIR (st.st_mode)
              ? has_newer (dirfd (dir), found->d_name, since_ns, depth + 1)
              : (int64_t) st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec >= since_ns)
        return true;
    }
  return false;
}

/* Did a download end in it since then?  */
static bool
has_grown (const struct hub_path *repo_folder, int64_t since_ns)
{
  CLEANUP_CLOSE int repo
      = open (repo_folder->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return since_ns != 0 && repo >= 0
         && (has_newer (repo, "refs", since_ns, 0) || has_newer (repo, "snapshots", since_ns, 0));
}

/* ---- where it cannot be moved away ---- */

/* Pointers before what they lead to, and `snapshots` itself last: then all that a scanner can say
 * of it is that it is empty.  */
static int
empty_in_place (struct hub_store *store, struct hfcore_call *call, int repo)
{
  CLEANUP_DIR DIR *snapshots = NULL;
  if (hub_aside_remove_here (store, call, repo, "refs") < 0)
    return -1;
  snapshots = hub_listing_open (repo, "snapshots", O_NOFOLLOW);
  if (!snapshots && errno)
    return -1;
  for (struct dirent *found; snapshots && (found = hub_listing_next (snapshots));)
    if (hub_aside_remove_here (store, call, dirfd (snapshots), found->d_name) < 0)
      return -1;
  return hub_aside_remove_here (store, call, repo, "blobs") < 0 ? -1 : 0;
}

static int
remove_in_place (struct hub_store *store, struct hfcore_call *call, int parent, const char *name)
{
  CLEANUP_CLOSE int repo = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (repo >= 0 && empty_in_place (store, call, repo) < 0)
    return -1;
  return hub_aside_remove_here (store, call, parent, name);
}

/* ---- all of it ---- */

static int
fail_busy (struct hub_store *store, struct hfcore_call *call, const struct hub_path *path)
{
  return store->host->fail (call, HFCORE_E_BUSY, "%s is being downloaded to", path->text);
}

/* BUSY: somebody began to write to it just now, and it is back in its place.  */
static int
move_and_remove (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const struct hub_path *path, bool idle, int64_t since_ns, int parent,
                 const char *name)
{
  struct hub_aside aside;
  int removed, moved = hub_aside_move (store, repo, parent, name, &aside);
  if (moved < 0)
    return errno == ENOENT ? HFCORE_PASS
                           : hub_store_fail (store, call, errno, "remove", path->text);
  if (moved == 0 && idle
      && (has_held_partial (store, repo, &aside.path) || has_grown (&aside.path, since_ns))
      && hub_aside_back (store, repo, parent, name, &aside) == 0)
    return fail_busy (store, call, path);
  removed = moved ? remove_in_place (store, call, parent, name)
                  : hub_aside_remove (store, call, repo, &aside);
  if (removed < 0 && errno == ECANCELED)
    return store->host->error (call)->code;
  return removed < 0 ? hub_store_fail (store, call, errno, "remove", path->text)
         : removed   ? HFCORE_PASS
                     : HFCORE_OK;
}

int
hub_remove_repo (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const struct hub_path *path, bool idle, int64_t since_ns)
{
  struct hub_locks locks = { .count = 0 };
  struct hub_shared_hashes hashes = { 0 };
  const char *name;
  CLEANUP_CLOSE int parent = hub_walk (path, false, &name);
  if (parent < 0)
    return errno == ENOENT ? HFCORE_PASS : hub_walk_fail (store, call, errno, "remove", path);
  if (idle && (has_held_partial (store, repo, path) || !hub_locks_take (store, repo, &locks)))
    {
      hub_locks_drop (&locks);
      return fail_busy (store, call, path);
    }
  hub_shared_find (store, repo, NULL, &hashes);
  int code = move_and_remove (store, call, repo, path, idle, since_ns, parent, name);
  hub_locks_drop (&locks);
  for (size_t i = 0; code == HFCORE_OK && i < hashes.count; i++)
    (void) hub_shared_let_go (store, hashes.items[i].text);
  free (hashes.items);
  return code;
}
