/* SPDX-License-Identifier: Apache-2.0 */
/* assets_list.c: tell what is in an assets folder, as it is met, without keeping any of it. Folders
 * are read relative to their open parents, links are never followed, and what vanishes meanwhile
 * is passed over.
 *
 * A subfolder's entry has all that is in it. What lies where only folders should (a file beside the
 * namespaces, say) has an entry of the folder that holds it, as has a library or a namespace that
 * is empty, so that nothing is left out of the sum.  */
#include "plugins/assets-tree/assets_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  TICK_EVERY = 256,
  DEPTH_MAX = 128, /* folders in a subfolder: each holds a descriptor  */
  LONGEST_PATH = 1 << 20
};

struct listing
{
  struct assets_tree *tree;
  struct hfcore_call *call;
  const struct hfcore_asset_sink *sink;
  const char *names[ASSETS_LEVELS]; /* of the folders that are being read  */
  struct text path;                 /* of the folder that is being read  */
  unsigned met;
};

struct sum
{
  uint64_t count;      /* what is no folder  */
  uint64_t bytes;      /* of regular files, as long as they say  */
  int64_t modified_ms; /* of the newest  */
};

static int64_t
modified_ms (const struct stat *st)
{
  return (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static void
add_file (struct sum *sum, const struct stat *st)
{
  int64_t modified = modified_ms (st);
  if (sum->count++ == 0 || modified > sum->modified_ms)
    sum->modified_ms = modified;
  if (S_ISREG (st->st_mode) && st->st_size > 0)
    sum->bytes += (uint64_t) st->st_size;
}

/* ---- where we are ---- */

static void
enter (struct listing *listing, const char *name)
{
  text_add (&listing->path, text_ends_with (listing->path.bytes, "/") ? "" : "/");
  text_add (&listing->path, name);
}

static void
leave (struct listing *listing, size_t len)
{
  listing->path.len = len;
  listing->path.bytes[len] = 0;
}

/* One entry of the folder that the first `level` names lead to.  */
static int
tell (struct listing *listing, size_t level, const struct sum *sum, const struct stat *folder)
{
  if (listing->path.failed)
    return assets_no_memory (listing->tree, listing->call);
  const struct hfcore_asset found
      = { .size = sizeof found,
          .library = level > 0 ? listing->names[0] : NULL,
          .name_space = level > 1 ? listing->names[1] : NULL,
          .subfolder = level > 2 ? listing->names[2] : NULL,
          .path = listing->path.bytes,
          .bytes = sum->bytes,
          .modified_ms = sum->count ? sum->modified_ms : modified_ms (folder) };
  int code = listing->sink->asset (listing->sink->ctx, &found);
  /* The sink may have taken its time.  */
  return code ? code : listing->tree->host->tick (listing->call, 0, 0);
}

/* This folder cannot be read (to its end): HFCORE_OK, said in the log, or the failure where it is
 * not the folder's own.  */
static int
pass_over (struct listing *listing, int os_errno)
{
  char room[128];
  const char *path = listing->path.bytes;
  if (os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP)
    return HFCORE_OK;
  if (os_errno == EMFILE || os_errno == ENFILE || os_errno == ENOMEM)
    return assets_fail (listing->tree, listing->call, os_errno, "look into", path);
  listing->tree->host->log (listing->tree->journal, HFCORE_LOG_WARNING,
                            "%s: %s; what is in it is not counted", path,
                            strerror_r (os_errno, room, sizeof room));
  return HFCORE_OK;
}

/* ---- reading folders ---- */

/* The next entry: 1 with what it is in `st`; 0: that was the last, or errno is not 0.  */
static int
next_entry (struct listing *listing, DIR *dir, const char **name, struct stat *st, int *code)
{
  for (;;)
    {
      errno = 0;
      const struct dirent *entry = readdir (dir);
      if (!entry)
        return 0;
      *name = entry->d_name;
      if (strcmp (*name, ".") == 0 || strcmp (*name, "..") == 0
          || fstatat (dirfd (dir), *name, st, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      if (++listing->met % TICK_EVERY == 0)
        *code = listing->tree->host->tick (listing->call, 0, 0);
      return 1;
    }
}

static DIR *
open_folder (int parent, const char *name)
{
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir)
    (void) TAKE_FD (fd);
  return dir;
}

/* Add all that is below this folder of a parent.  */
static int
add_folder (struct listing *listing, int parent, const char *base, int depth, struct sum *sum)
{
  CLEANUP_DIR DIR *dir = depth > DEPTH_MAX ? NULL : open_folder (parent, base);
  const char *name;
  struct stat st;
  int code = HFCORE_OK;
  if (depth > DEPTH_MAX)
    {
      listing->tree->host->log (listing->tree->journal, HFCORE_LOG_WARNING,
                                "%s lies too deep; what is in it is not counted",
                                listing->path.bytes);
      return HFCORE_OK;
    }
  if (!dir)
    return pass_over (listing, errno);
  while (code == HFCORE_OK && next_entry (listing, dir, &name, &st, &code))
    {
      size_t len = listing->path.len;
      if (code != HFCORE_OK)
        return code;
      if (!S_ISDIR (st.st_mode))
        {
          add_file (sum, &st);
          continue;
        }
      enter (listing, name);
      if (listing->path.failed)
        return assets_no_memory (listing->tree, listing->call);
      code = add_folder (listing, dirfd (dir), name, depth + 1, sum);
      leave (listing, len);
    }
  return code || errno == 0 ? code : pass_over (listing, errno);
}

static int list_folder (struct listing *listing, int parent, const char *base, size_t level,
                        const struct stat *folder);

/* The folders in a library or a namespace, or in the root; `*empty`: there is nothing at all.  */
static int
list_below (struct listing *listing, DIR *dir, size_t level, struct sum *loose, bool *empty)
{
  const char *name;
  struct stat st;
  int code = HFCORE_OK;
  *empty = true;
  while (code == HFCORE_OK && next_entry (listing, dir, &name, &st, &code))
    {
      size_t len = listing->path.len;
      *empty = false;
      if (code != HFCORE_OK)
        return code;
      if (!S_ISDIR (st.st_mode))
        {
          add_file (loose, &st);
          continue;
        }
      enter (listing, name);
      if (listing->path.failed)
        return assets_no_memory (listing->tree, listing->call);
      listing->names[level] = name;
      code = list_folder (listing, dirfd (dir), name, level + 1, &st);
      leave (listing, len);
    }
  return code || errno == 0 ? code : pass_over (listing, errno);
}

/* A folder that `level` names lead to, the last of which is `base` in `parent`.  */
static int
list_folder (struct listing *listing, int parent, const char *base, size_t level,
             const struct stat *folder)
{
  struct sum sum = { 0 };
  bool empty = true;
  if (level == ASSETS_LEVELS)
    {
      int code = add_folder (listing, parent, base, 0, &sum);
      return code ? code : tell (listing, level, &sum, folder);
    }
  CLEANUP_DIR DIR *dir = open_folder (parent, base);
  int code;
  if (!dir && level == 0)
    return assets_fail (listing->tree, listing->call, errno, "look into", listing->path.bytes);
  code = dir ? list_below (listing, dir, level, &sum, &empty) : pass_over (listing, errno);
  if (code || (!sum.count && !(empty && level > 0)))
    return code;
  return tell (listing, level, &sum, folder);
}

/* ---- the op ---- */

static int
fail_missing (struct assets_tree *tree, struct hfcore_call *call)
{
  tree->host->fail (call, HFCORE_E_NOTFOUND, "there is no assets folder %s", tree->root);
  tree->host->why (call, ENOENT, 0, 0, HFCORE_MISSING_CACHE);
  return HFCORE_E_NOTFOUND;
}

static int
list_named (struct listing *listing, const struct assets_names *names, const int *way)
{
  size_t last = names->count ? names->count - 1 : 0;
  const char *base = names->count ? names->folders[last] : ".";
  struct stat st;
  for (size_t i = 0; i < names->count; i++)
    {
      listing->names[i] = names->folders[i];
      enter (listing, names->folders[i]);
    }
  if (listing->path.failed)
    return assets_no_memory (listing->tree, listing->call);
  if (fstatat (way[last], base, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT
               ? HFCORE_OK
               : assets_fail (listing->tree, listing->call, errno, "look at", listing->path.bytes);
  if (S_ISDIR (st.st_mode))
    return list_folder (listing, way[last], base, names->count, &st);
  struct sum sum = { 0 };
  add_file (&sum, &st);
  return tell (listing, names->count, &sum, &st);
}

int
assets_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
             const struct hfcore_asset_sink *sink)
{
  struct assets_tree *tree = self;
  CLEANUP_NAMES struct assets_names names;
  int code = assets_names_take (tree, call, asset, &names);
  if (code)
    return code;
  CLEANUP_WAY int way[ASSETS_LEVELS];
  code = assets_way_open (tree, call, &names, way);
  if (code)
    return code;
  if (way[0] < 0)
    return fail_missing (tree, call);
  if (names.count && way[names.count - 1] < 0)
    return HFCORE_OK;
  struct listing listing
      = { .tree = tree, .call = call, .sink = sink, .path = TEXT_LIMIT (LONGEST_PATH) };
  text_add (&listing.path, tree->root);
  code = listing.path.failed ? assets_no_memory (tree, call) : list_named (&listing, &names, way);
  text_free (&listing.path);
  return code;
}
