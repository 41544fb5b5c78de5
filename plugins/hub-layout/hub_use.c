/* SPDX-License-Identifier: Apache-2.0 */
/* hub_use.c: when a revision was last used: the time of its folder, snapshots/<commit>.
 *
 * Nothing new lies in the tree for it, and no client tells that time of a revision that has files:
 * a scan takes the newest of its blobs (spec 7.2). A download that adds to the folder sets it
 * anyway, reading and scanning do not, noatime or not. The time of the last access, which would be
 * nearer, is set by every scan.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "plugins/hub-layout/hub_walk.h"

#define MARK_AGAIN_MS ((int64_t) 10 * 60 * 1000)

static bool
is_fresh (const struct stat *st)
{
  int64_t age
      = clock_wall_ms () - (int64_t) st->st_mtim.tv_sec * 1000 - st->st_mtim.tv_nsec / 1000000;
  return age >= 0 && age < MARK_AGAIN_MS;
}

int
hub_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit)
{
  struct hub_store *store = self;
  struct hub_path path;
  struct stat st;
  const char *name;
  hub_store_real (store, &path, repo);
  hub_path_name (&path, "snapshots");
  path.base = path.len;
  hub_path_name (&path, commit);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  CLEANUP_CLOSE int folder = hub_walk (&path, false, &name);
  if (folder < 0 || fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? HFCORE_PASS : hub_walk_fail (store, call, errno, "look at", &path);
  if (!S_ISDIR (st.st_mode))
    return HFCORE_PASS;
  /* Both times: others than the owner may set them to now only together.  */
  if (!is_fresh (&st) && utimensat (folder, name, NULL, AT_SYMLINK_NOFOLLOW) < 0)
    return hub_walk_fail (store, call, errno, "mark the use of", &path);
  return HFCORE_OK;
}
