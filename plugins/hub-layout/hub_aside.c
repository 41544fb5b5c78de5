/* SPDX-License-Identifier: Apache-2.0 */
/* hub_aside.c: see hub_aside.h.  */
#include "plugins/hub-layout/hub_aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/files.h"
#include "plugins/hub-layout/hub_scratch.h"

enum
{
  FOLDERS = 3 /* .locks, .locks/<repo>, .locks/<repo>/.partials  */
};

struct named
{
  int parent;
  const char *name;
};

/* A hub_maker.  */
static int
move_here (int folder, const char *name, const void *named_)
{
  const struct named *named = named_;
  return renameat (named->parent, named->name, folder, name);
}

/* The folders of `path`, deepest first: how many of them are not there.  */
static unsigned
count_missing (const struct hub_path *path)
{
  struct hub_path folder = *path;
  struct stat st;
  unsigned missing = 0;
  while (missing < FOLDERS && lstat (folder.text, &st) < 0 && errno == ENOENT)
    {
      missing++;
      hub_path_cut (&folder, (size_t) (strrchr (folder.text, '/') - folder.text));
    }
  return missing;
}

/* Folders that were not there before go again, and the scratch folder in any case.  */
static void
drop_folders (struct hub_store *store, const struct hfcore_repo *repo, unsigned made)
{
  struct hub_path folder;
  hub_scratch_folder (store, repo, &folder);
  for (unsigned i = 0; i == 0 || i < made; i++)
    {
      if (rmdir (folder.text) < 0)
        return;
      hub_path_cut (&folder, (size_t) (strrchr (folder.text, '/') - folder.text));
    }
}

int
hub_aside_move (struct hub_store *store, const struct hfcore_repo *repo, int parent,
                const char *name, struct hub_aside *aside)
{
  const struct named named = { parent, name };
  struct hub_path folder;
  struct stat st;
  *aside = (struct hub_aside){ .made = 0 };
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -1;
  if (!S_ISDIR (st.st_mode))
    return 1;
  hub_scratch_folder (store, repo, &folder);
  if (folder.bad)
    return 1;
  aside->made = count_missing (&folder);
  if (aside->made > 1 && files_make_parents (AT_FDCWD, folder.text) < 0)
    return 1;
  if (hub_scratch_make (store, repo, HUB_GONE, move_here, &named, &aside->path) == 0)
    return 0;
  int saved = errno;
  drop_folders (store, repo, aside->made);
  aside->path.len = 0;
  errno = saved;
  return saved == ENOENT && fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : 1;
}

int
hub_aside_back (struct hub_store *store, const struct hfcore_repo *repo, int parent,
                const char *name, struct hub_aside *aside)
{
  int moved = renameat2 (AT_FDCWD, aside->path.text, parent, name, RENAME_NOREPLACE);
  /* NFS knows no such flag; without it a folder takes the place of an empty one alone.  */
  if (moved < 0 && (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP))
    moved = renameat (AT_FDCWD, aside->path.text, parent, name);
  if (moved < 0)
    return -1;
  drop_folders (store, repo, aside->made);
  return 0;
}

/* ---- removing ---- */

struct stopper
{
  struct hub_store *store;
  struct hfcore_call *call;
};

static int
tick (void *stopper_)
{
  struct stopper *stopper = stopper_;
  return stopper->store->host->tick (stopper->call, 0, 0);
}

int
hub_aside_remove (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
                  struct hub_aside *aside)
{
  struct stopper stopper = { store, call };
  int removed = files_remove_tree_ticking (AT_FDCWD, aside->path.text, tick, &stopper);
  int saved = errno;
  drop_folders (store, repo, aside->made);
  errno = saved;
  return removed;
}

int
hub_aside_remove_here (struct hub_store *store, struct hfcore_call *call, int parent,
                       const char *name)
{
  struct stopper stopper = { store, call };
  struct stat st;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 1 : -1;
  return S_ISDIR (st.st_mode) ? files_remove_tree_ticking (parent, name, tick, &stopper)
                              : files_remove (parent, name);
}
