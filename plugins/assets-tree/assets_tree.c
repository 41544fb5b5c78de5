/* SPDX-License-Identifier: Apache-2.0 */
/* assets_tree.c: the folders that libraries keep their own files in, where Python's
 * cached_assets_path has them: ROOT/library/namespace/subfolder (spec 6).  */
#include <config.h>

#include "plugins/assets-tree/assets_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/disk_error.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/text.h"

enum
{
  TRIES = 1000, /* while others remove what we make  */
  LONGEST_PATH = 1 << 16
};

static const char by_default[] = "default";

int
assets_fail (struct assets_tree *tree, struct hfcore_call *call, int os_errno, const char *doing,
             const char *path)
{
  char advice[DISK_ADVICE_ROOM], room[128];
  int code = disk_error_code (os_errno, "assets folder", advice);
  tree->host->fail (call, code, "cannot %s %s: %s%s", doing, path,
                    strerror_r (os_errno, room, sizeof room), advice);
  tree->host->why (call, os_errno, 0, 0, 0);
  return code;
}

int
assets_no_memory (struct assets_tree *tree, struct hfcore_call *call)
{
  return tree->host->fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- names ---- */

int
assets_names_take (struct assets_tree *tree, struct hfcore_call *call,
                   const struct hfcore_asset *asset, struct assets_names *names)
{
  const char *const asked[ASSETS_LEVELS] = { asset->library, asset->name_space, asset->subfolder };
  *names = (struct assets_names){ .count = 0 };
  for (size_t i = 0; i < ASSETS_LEVELS && asked[i]; i++)
    {
      const char *why = names_check_asset (asked[i]);
      if (why || names->count < i)
        return tree->host->fail (call, HFCORE_E_CONFIG, "bad name '%s': %s", asked[i],
                                 why ? why : "the one before it is missing");
      names->folders[i] = names_asset_folder (asked[i]);
      if (!names->folders[i])
        return assets_no_memory (tree, call);
      names->count++;
    }
  return HFCORE_OK;
}

void
assets_names_free (struct assets_names *names)
{
  for (size_t i = 0; i < names->count; i++)
    free (names->folders[i]);
}

char *
assets_names_path (const struct assets_tree *tree, const struct assets_names *names, size_t count)
{
  struct text path = TEXT_LIMIT (LONGEST_PATH);
  text_add (&path, tree->root);
  for (size_t i = 0; i < count; i++)
    {
      text_add (&path, text_ends_with (path.bytes ? path.bytes : "", "/") ? "" : "/");
      text_add (&path, names->folders[i]);
    }
  return text_take (&path);
}

/* ---- the way to a folder ---- */

int
assets_way_open (struct assets_tree *tree, struct hfcore_call *call,
                 const struct assets_names *names, int way[ASSETS_LEVELS])
{
  const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  for (size_t i = 0; i < ASSETS_LEVELS; i++)
    way[i] = -1;
  way[0] = open (tree->root, flags);
  if (way[0] < 0)
    return errno == ENOENT ? HFCORE_OK : assets_fail (tree, call, errno, "look into", tree->root);
  for (size_t i = 1; i < names->count; i++)
    {
      way[i] = openat (way[i - 1], names->folders[i - 1], flags | O_NOFOLLOW);
      if (way[i] >= 0)
        continue;
      if (errno == ENOENT)
        break;
      int saved = errno;
      CLEANUP_FREE char *path = assets_names_path (tree, names, i);
      if (!path)
        return assets_no_memory (tree, call);
      if (saved != ENOTDIR && saved != ELOOP)
        return assets_fail (tree, call, saved, "look into", path);
      tree->host->fail (call, HFCORE_E_IO,
                        "%s is a link or a file where a folder should be; remove it", path);
      tree->host->why (call, saved, 0, 0, 0);
      return HFCORE_E_IO;
    }
  return HFCORE_OK;
}

void
assets_way_close (int (*way)[ASSETS_LEVELS])
{
  for (size_t i = 0; i < ASSETS_LEVELS; i++)
    cleanup_close (&(*way)[i]);
}

/* ---- path ---- */

/* The first part of `path` that is something else than a folder, by a cut in `path` itself.  */
static bool
cut_to_blocker (char *path)
{
  struct stat st;
  for (char *slash = strchr (path + 1, '/');; slash = strchr (slash + 1, '/'))
    {
      if (slash)
        *slash = 0;
      if (lstat (path, &st) == 0 && !files_is_folder (AT_FDCWD, path))
        return true;
      if (!slash)
        return false;
      *slash = '/';
    }
}

static int
fail_to_make (struct assets_tree *tree, struct hfcore_call *call, int os_errno, char *path)
{
  if (os_errno != ENOTDIR || !cut_to_blocker (path))
    return assets_fail (tree, call, os_errno, "make the folder", path);
  tree->host->fail (call, HFCORE_E_IO,
                    "corrupted assets folder: no folder can be made because of an existing file "
                    "(%s); remove it or choose another assets folder",
                    path);
  tree->host->why (call, ENOTDIR, 0, 0, 0);
  return HFCORE_E_IO;
}

static int
make_folder (const char *path)
{
  int made = -1;
  for (int tries = 0; tries < TRIES; tries++)
    {
      made = files_make_folders (AT_FDCWD, path);
      if (made == 0 || errno != ENOENT)
        break;
    }
  return made;
}

/* As in Python, links are followed: who moved a library to another disk finds it there.  */
static int
tree_path (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
           const char **path)
{
  struct assets_tree *tree = self;
  CLEANUP_NAMES struct assets_names names;
  struct hfcore_asset whole = { .size = sizeof whole,
                                .library = asset->library,
                                .name_space = asset->name_space ? asset->name_space : by_default,
                                .subfolder = asset->subfolder ? asset->subfolder : by_default };
  int code = assets_names_take (tree, call, &whole, &names);
  if (code)
    return code;
  if (names.count < ASSETS_LEVELS)
    return tree->host->fail (call, HFCORE_E_CONFIG, "no library was named");
  CLEANUP_FREE char *folder = assets_names_path (tree, &names, names.count);
  if (!folder)
    return assets_no_memory (tree, call);
  if (tree->read_only && !files_is_folder (AT_FDCWD, folder))
    return tree->host->fail (call, HFCORE_E_READONLY,
                             "%s is not there; it cannot be made: assets are configured read-only",
                             folder);
  if (!tree->read_only && make_folder (folder) < 0)
    return fail_to_make (tree, call, errno, folder);
  *path = tree->host->keep (call, folder, strlen (folder));
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

/* ---- instances ---- */

static int
tree_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  const char *root = open->host->text (open->settings, "root");
  struct assets_tree *tree = calloc (1, sizeof *tree);
  if (!tree)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  tree->host = open->host;
  tree->journal = open->journal;
  tree->read_only = open->read_only;
  tree->root = files_resolve (root);
  if (!tree->root)
    {
      int code = assets_fail (tree, call, errno, "find", root);
      free (tree);
      return code;
    }
  *self = tree;
  return HFCORE_OK;
}

static void
tree_close (void *self)
{
  struct assets_tree *tree = self;
  free (tree->root);
  free (tree);
}

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL, "the assets folder" },
  { 0 },
};

static const struct hfcore_assets_ops ops = {
  .size = sizeof ops,
  .open = tree_open,
  .close = tree_close,
  .path = tree_path,
  .list = assets_list,
  .remove = assets_remove,
};

HFCORE_PLUGIN_DEFINE (.threads = HFCORE_THREADS_PARALLEL, .name = "assets-tree",
                      .version = PACKAGE_VERSION,
                      .summary = "folders of libraries' own files, shared with huggingface_hub",
                      .options = options, .assets = &ops);
