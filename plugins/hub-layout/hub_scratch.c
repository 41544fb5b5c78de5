/* SPDX-License-Identifier: Apache-2.0 */
/* hub_scratch.c: see hub_scratch.h.  */
#include "plugins/hub-layout/hub_scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/os.h"

#define TRIES  16 /* names that are taken, folders that vanish while we come  */
#define DAY_MS ((int64_t) 24 * 60 * 60 * 1000)

void
hub_scratch_folder (struct hub_store *store, const struct hfcore_repo *repo, struct hub_path *path)
{
  hub_store_real (store, path, NULL);
  hub_path_name (path, ".locks");
  hub_path_repo (path, repo);
  hub_path_name (path, ".partials");
}

void
hub_scratch_entry (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                   const char *hex, const char *owner, struct hub_path *path)
{
  hub_scratch_folder (store, repo, path);
  hub_path_name (path, name);
  hub_path_more (path, ".");
  hub_path_more (path, hex);
  hub_path_more (path, "@");
  hub_path_more (path, owner);
}

/* ---- what the dead left ---- */

struct sweep
{
  int folder;
  struct hub_path scratch, blobs; /* both folders; names are appended and cut off again  */
  char self[OS_OWNER_ROOM];
};

/* "<name>.<8hex>" of an entry into `stem`, and its owner; NULL: it is nothing of ours.  */
static const char *
parse_entry (const char *name, char stem[NAME_MAX + 1])
{
  const char *at = strrchr (name, '@');
  size_t len = at ? (size_t) (at - name) : 0;
  if (len < HUB_HEX_LEN + 2 || len > NAME_MAX || at[-HUB_HEX_LEN - 1] != '.'
      || strspn (at - HUB_HEX_LEN, "0123456789abcdef") != HUB_HEX_LEN)
    return NULL;
  memcpy (stem, name, len);
  stem[len] = 0;
  return at + 1;
}

static bool
is_day_old (int folder, const char *name)
{
  struct stat st;
  return fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0
         && clock_wall_ms () - (int64_t) st.st_mtim.tv_sec * 1000 > DAY_MS;
}

/* A partial that its dead owner wrote nothing to. Whoever renames the record owns it.  */
static void
drop_empty_partial (const struct sweep *sweep, const char *record, const char *stem)
{
  struct hub_path ours = sweep->scratch;
  hub_path_name (&ours, stem);
  hub_path_more (&ours, "@");
  hub_path_more (&ours, sweep->self);
  if (ours.bad || renameat (sweep->folder, record, AT_FDCWD, ours.text) < 0)
    return;
  unlink (sweep->blobs.text);
  unlink (ours.text);
}

/* No owner makes its partial when it is dead: one that is not there now never will be.  */
static void
sweep_entry (struct sweep *sweep, const char *name)
{
  char stem[NAME_MAX + 1];
  const char *owner = parse_entry (name, stem);
  if (!owner || strcmp (owner, sweep->self) == 0)
    return;
  bool let_go = strcmp (owner, HUB_FREE_OWNER) == 0;
  int dead = let_go ? 1 : os_owner_is_dead (owner);
  if (dead == 0)
    return;
  struct stat st;
  size_t len = sweep->blobs.len;
  hub_path_name (&sweep->blobs, stem);
  hub_path_more (&sweep->blobs, HUB_PARTIAL_SUFFIX);
  if (sweep->blobs.bad)
    sweep->blobs.bad = 0;
  else if (lstat (sweep->blobs.text, &st) == 0)
    {
      if (dead == 1 && !let_go && S_ISREG (st.st_mode) && st.st_size == 0)
        drop_empty_partial (sweep, name, stem);
    }
  else if (errno == ENOENT && (dead == 1 || is_day_old (sweep->folder, name)))
    {
      if (strncmp (stem, HUB_GONE ".", sizeof HUB_GONE) == 0)
        (void) files_remove_tree (sweep->folder, name); /* a deletion that did not end  */
      else
        unlinkat (sweep->folder, name, 0);
    }
  hub_path_cut (&sweep->blobs, len);
}

/* Was it not remembered before? `close` needs it too.  */
static bool
remember (struct hub_store *store, const char *folder)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&store->mutex);
  for (size_t i = store->scratch.count; i > 0; i--)
    if (strcmp (store->scratch.items[i - 1], folder) == 0)
      return false;
  char *copy = strdup (folder);
  if (copy && hub_folders_append (&store->scratch, copy) < 0)
    free (copy);
  return true;
}

/* `blobs` belongs to the repository of this scratch folder.  */
static void
sweep_folder (const struct hub_path *scratch, const struct hub_path *blobs)
{
  struct sweep sweep = { .scratch = *scratch, .blobs = *blobs };
  CLEANUP_DIR DIR *folder = scratch->bad || blobs->bad ? NULL : opendir (scratch->text);
  if (!folder)
    return;
  sweep.folder = dirfd (folder);
  os_owner_self (sweep.self);
  for (struct dirent *entry; (entry = readdir (folder));)
    sweep_entry (&sweep, entry->d_name);
}

void
hub_scratch_visit (struct hub_store *store, const struct hfcore_repo *repo)
{
  struct hub_path scratch, blobs;
  if (store->read_only)
    return;
  hub_scratch_folder (store, repo, &scratch);
  if (scratch.bad || !remember (store, scratch.text))
    return;
  hub_store_real (store, &blobs, repo);
  hub_path_name (&blobs, "blobs");
  sweep_folder (&scratch, &blobs);
}

/* The folder of this name in .locks, and the repository's of the same name.  */
static void
sweep_named (struct hub_store *store, const char *name)
{
  struct hub_path scratch, blobs;
  hub_store_real (store, &scratch, NULL);
  hub_path_name (&scratch, ".locks");
  hub_path_name (&scratch, name);
  hub_path_name (&scratch, ".partials");
  hub_store_real (store, &blobs, NULL);
  hub_path_name (&blobs, name);
  hub_path_name (&blobs, "blobs");
  sweep_folder (&scratch, &blobs);
  if (scratch.bad || rmdir (scratch.text) < 0)
    return;
  /* Of a repository that is gone nothing else may be left either.  */
  hub_path_cut (&scratch, (size_t) (strrchr (scratch.text, '/') - scratch.text));
  hub_path_cut (&blobs, (size_t) (strrchr (blobs.text, '/') - blobs.text));
  if (faccessat (AT_FDCWD, blobs.text, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
    (void) rmdir (scratch.text);
}

void
hub_scratch_sweep (struct hub_store *store, const struct hfcore_repo *repo)
{
  struct hub_path path;
  if (store->read_only)
    return;
  hub_store_real (store, &path, NULL);
  hub_path_name (&path, ".locks");
  if (repo)
    {
      const size_t len = path.len;
      hub_path_repo (&path, repo);
      if (!path.bad)
        sweep_named (store, path.text + len + 1);
      return;
    }
  CLEANUP_DIR DIR *locks = path.bad ? NULL : opendir (path.text);
  for (struct dirent *entry; locks && (entry = readdir (locks));)
    if (entry->d_name[0] != '.')
      sweep_named (store, entry->d_name);
}

/* ---- new things ---- */

int
hub_make_file (int folder, const char *name, const void *mode)
{
  return openat (folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                 *(const mode_t *) mode);
}

int
hub_make_with_folders (const char *path, hub_maker *make, const void *what, bool *made)
{
  int result = make (AT_FDCWD, path, what);
  for (int tries = 0; result < 0 && errno == ENOENT && tries < TRIES; tries++)
    {
      if (files_make_parents (AT_FDCWD, path) < 0)
        return -1;
      *made = true;
      result = make (AT_FDCWD, path, what);
    }
  return result;
}

/* No folder but the scratch folder itself: .locks comes with the first lock, as in Python, for a
 * folder that other clients use cannot be removed again.  */
static int
make_in_scratch (const struct hub_path *path, hub_maker *make, const void *what)
{
  struct hub_path folder;
  int result = make (AT_FDCWD, path->text, what);
  for (int tries = 0; result < 0 && errno == ENOENT && tries < TRIES; tries++)
    {
      hub_path_begin (&folder, path->text, (size_t) (strrchr (path->text, '/') - path->text));
      if (mkdir (folder.text, 0777) < 0 && errno != EEXIST)
        return -1;
      result = make (AT_FDCWD, path->text, what);
    }
  return result;
}

int
hub_scratch_make (struct hub_store *store, const struct hfcore_repo *repo, const char *kind,
                  hub_maker *make, const void *what, struct hub_path *path)
{
  char owner[OS_OWNER_ROOM], hex[HUB_HEX_LEN + 1];
  hub_scratch_visit (store, repo);
  os_owner_self (owner);
  for (int tries = 0; tries < TRIES; tries++)
    {
      files_random_hex (hex);
      hub_scratch_entry (store, repo, kind, hex, owner, path);
      errno = path->bad;
      int result = path->bad ? -1 : make_in_scratch (path, make, what);
      if (result >= 0 || errno != EEXIST)
        return result;
    }
  return -1;
}

int
hub_make_beside (int folder, const char *base, const char *suffix, hub_maker *make,
                 const void *what, struct hub_path *path)
{
  char hex[HUB_HEX_LEN + 1];
  for (int tries = 0; tries < TRIES; tries++)
    {
      files_random_hex (hex);
      hub_path_begin (path, base, strlen (base));
      hub_path_more (path, ".");
      hub_path_more (path, hex);
      hub_path_more (path, suffix);
      errno = path->bad;
      int result = path->bad ? -1 : make (folder, path->text, what);
      if (result >= 0 || errno != EEXIST)
        return result;
    }
  return -1;
}

/* ---- to their places ---- */

struct temporary
{
  int folder;
  const char *name;
};

/* A hub_maker.  */
static int
move_here (int folder, const char *name, const void *temporary_)
{
  const struct temporary *temporary = temporary_;
  return renameat (temporary->folder, temporary->name, folder, name);
}

static void
drop (const struct temporary *temporary)
{
  int saved = errno;
  unlinkat (temporary->folder, temporary->name, 0);
  errno = saved;
}

int
hub_scratch_place (int folder, const char *name, const struct hub_path *target)
{
  const struct temporary temporary = { folder, name };
  int result = hub_walk_make (target, move_here, &temporary);
  if (result < 0)
    drop (&temporary);
  return result;
}

bool
hub_scratch_is_unfit (int os_errno)
{
  return os_errno == ENOENT || os_errno == EXDEV || os_errno == EACCES || os_errno == EPERM
         || os_errno == EROFS || os_errno == ENOTDIR || os_errno == ENAMETOOLONG
         || os_errno == ELOOP || os_errno == EEXIST;
}

int
hub_make_unnamed (const struct hub_path *path, mode_t mode)
{
  struct hub_path folder = *path;
  for (;;)
    {
      const char *slash = folder.bad ? NULL : strrchr (folder.text, '/'), *name;
      if (!slash)
        return -1;
      size_t len = (size_t) (slash - folder.text);
      folder.base = len < path->base ? len : path->base;
      CLEANUP_CLOSE int parent = hub_walk (&folder, false, &name);
      int fd = parent < 0 ? -1 : openat (parent, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
      if (fd >= 0 || errno != ENOENT)
        return fd;
      hub_path_cut (&folder, len);
    }
}

/* A hub_maker: the file without a name that a descriptor (`fd_`, a const int *) is of.  */
static int
make_name (int folder, const char *name, const void *fd_)
{
  return files_name (*(const int *) fd_, folder, name);
}

static int
fill_and_place (const struct hub_scratch_file *file, int fd, const struct temporary *temporary)
{
  bool good = file->fill (file->ctx, fd) == 0;
  int saved = errno;
  /* Network file systems tell of a full disk only here.  */
  if (close (fd) < 0 && errno != EINTR && good)
    {
      good = false;
      saved = errno;
    }
  if (good)
    return hub_scratch_place (temporary->folder, temporary->name, file->target);
  errno = saved;
  drop (temporary);
  return -1;
}

/* By a temporary name: of the whole file without one that `whole` is of, or of a new file when it
 * is -1.  */
static int
write_named (struct hub_store *store, const struct hfcore_repo *repo,
             const struct hub_scratch_file *file, int whole)
{
  struct hub_path path;
  if (file->large && whole < 0)
    {
      hub_scratch_folder (store, repo, &path);
      if (!path.bad)
        (void) files_make_folders (AT_FDCWD, path.text);
    }
  hub_maker *make = whole < 0 ? hub_make_file : make_name;
  const void *what = whole < 0 ? (const void *) &file->mode : &whole;
  CLEANUP_CLOSE int folder = -1;
  for (bool beside = false;; beside = true)
    {
      const char *name;
      if (beside && (folder = hub_walk (file->target, true, &name)) < 0)
        return -1;
      int made = beside ? hub_make_beside (folder, name, ".tmp", make, what, &path)
                        : hub_scratch_make (store, repo, file->kind, make, what, &path);
      const struct temporary temporary = { beside ? folder : AT_FDCWD, path.text };
      int placed = made < 0    ? -1
                   : whole < 0 ? fill_and_place (file, made, &temporary)
                               : hub_scratch_place (temporary.folder, path.text, file->target);
      if (placed == 0 || beside || !hub_scratch_is_unfit (errno))
        return placed;
    }
}

int
hub_scratch_write (struct hub_store *store, const struct hfcore_repo *repo,
                   const struct hub_scratch_file *file)
{
  CLEANUP_CLOSE int fd = hub_make_unnamed (file->target, file->mode);
  if (fd < 0)
    return write_named (store, repo, file, -1);
  if (file->fill (file->ctx, fd) < 0)
    return -1;
  if (hub_walk_make (file->target, make_name, &fd) == 0)
    return 0;
  if (errno == EEXIST)
    return file->keep ? 0 : write_named (store, repo, file, fd);
  return write_named (store, repo, file, -1);
}
