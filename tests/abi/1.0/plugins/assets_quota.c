/* SPDX-License-Identifier: Apache-2.0 */
/* assets_quota.c: a worked example of an asset tree: folders that libraries keep their own files
 * in, ROOT/LIBRARY/NAMESPACE/SUBFOLDER, where Python's cached_assets_path has them. It makes no new
 * one once there is more in them than a quota allows.
 *
 *   cc -shared -fPIC $(pkg-config --cflags hfcore) -o hfcore-assets-quota.so assets_quota.c
 *   hfcore plugin check ./hfcore-assets-quota.so
 *
 * In the YAML:  plugin-path: [ /folder/of/the/module ]
 *               assets: { plugin: assets-quota, root: /srv/assets, quota: 20GB }
 *
 * An asset tree names folders and no more: what is in them is the libraries' own, and it grows
 * without anybody being asked. A quota can therefore only refuse the next folder.
 *
 * `path` follows links, as Python does: who moved a library to another disk finds it there. `list`
 * and `remove` never do: each folder is opened from the one that it lies in, and what a link leads
 * to is not ours to count, and still less to remove.
 *
 * Threads: SERIAL. Between counting and making a folder nobody else gets in.  */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <hfcore/plugin.h>

enum
{
  LEVELS = 3, /* library, namespace, subfolder  */
  PATH_ROOM = 4096,
  FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC
};

struct quota
{
  const struct hfcore_host *host;
  const char *root;
  uint64_t most;
  int read_only;
};

/* One op at work.  */
struct walk
{
  const struct quota *quota;
  struct hfcore_call *call;
  char path[PATH_ROOM]; /* where it is: to be told, not to be opened  */
};

struct sum
{
  uint64_t bytes, files;
  int64_t modified_ms; /* of the newest file  */
};

static int64_t
modified_ms (const struct stat *st)
{
  return (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static int
fail (const struct quota *quota, struct hfcore_call *call, const char *doing, const char *path)
{
  int saved = errno, code = HFCORE_E_IO;
  /* One code for each way to react, and `why` for what the system said.  */
  if (saved == ENOSPC || saved == EDQUOT)
    code = HFCORE_E_NOSPACE;
  else if (saved == EACCES || saved == EPERM || saved == EROFS)
    code = HFCORE_E_READONLY;
  else if (saved == ENOMEM)
    code = HFCORE_E_NOMEM;
  quota->host->fail (call, code, "cannot %s %s: %s", doing, path, strerror (saved));
  quota->host->why (call, saved, 0, 0, 0);
  return code;
}

/* ---- names ---- */

/* Append "/NAME". Spaces and slashes of an asset's name are "--" in the name of its folder. The
 * engine has checked it; that it does not lead out of the root is worth a second look.  */
static int
enter (struct walk *walk, const char *name, int is_asset)
{
  size_t len = strlen (walk->path);
  if (is_asset && (!*name || strcmp (name, ".") == 0 || strcmp (name, "..") == 0))
    return walk->quota->host->fail (walk->call, HFCORE_E_CONFIG, "bad name '%s'", name);
  /* There is always room for two bytes and the zero byte behind them.  */
  if (len + 3 < PATH_ROOM)
    walk->path[len++] = '/';
  for (; *name && len + 3 < PATH_ROOM; name++)
    {
      int is_dashed = is_asset && strchr (" /\\", *name);
      walk->path[len++] = is_dashed ? '-' : *name;
      if (is_dashed)
        walk->path[len++] = '-';
    }
  walk->path[len] = 0;
  errno = ENAMETOOLONG;
  return *name ? fail (walk->quota, walk->call, "enter", walk->path) : HFCORE_OK;
}

static int
begin (struct walk *walk, const struct quota *quota, struct hfcore_call *call,
       const struct hfcore_asset *asset)
{
  const char *const given[] = { asset->library, asset->name_space, asset->subfolder };
  *walk = (struct walk){ .quota = quota, .call = call };
  snprintf (walk->path, sizeof walk->path, "%s", quota->root);
  int code = HFCORE_OK;
  for (int i = 0; code == HFCORE_OK && i < LEVELS && given[i]; i++)
    code = enter (walk, given[i], 1);
  return code;
}

/* Open the folder in which lies what is asked for; `*name` is what it is called there. On the way
 * no link is followed, but that the root may be one. `*parent` is -1 where nothing is.  */
static int
open_parent (struct walk *walk, int *parent, const char **name)
{
  char *rest = walk->path + strlen (walk->quota->root), *slash;
  int code = HFCORE_OK;
  *parent = open (walk->quota->root, FOLDER);
  if (*parent < 0 && errno != ENOENT)
    code = fail (walk->quota, walk->call, "look into", walk->quota->root);
  while (*parent >= 0 && *rest && (slash = strchr (++rest, '/')))
    {
      int above = *parent;
      *slash = 0;
      *parent = openat (above, rest, FOLDER | O_NOFOLLOW);
      if (*parent < 0 && errno != ENOENT)
        code = fail (walk->quota, walk->call, "look into", walk->path);
      *slash = '/';
      close (above);
      rest = slash;
    }
  *name = *rest ? rest : ".";
  return code;
}

/* ---- all that is below a folder ---- */

static DIR *
open_folder (int parent, const char *name)
{
  int fd = openat (parent, name, FOLDER | O_NOFOLLOW);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (fd >= 0 && !dir)
    close (fd);
  return dir;
}

/* Add it up; `sum` NULL: remove it.  */
static int
visit (struct walk *walk, int parent, const char *name, struct sum *sum)
{
  struct stat st;
  size_t len = strlen (walk->path);
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? HFCORE_OK : fail (walk->quota, walk->call, "look at", walk->path);
  int is_folder = S_ISDIR (st.st_mode), code = HFCORE_OK;
  if (!is_folder && sum)
    {
      if (sum->files++ == 0 || modified_ms (&st) > sum->modified_ms)
        sum->modified_ms = modified_ms (&st);
      sum->bytes += S_ISREG (st.st_mode) ? (uint64_t) st.st_size : 0;
    }
  /* If it has become a link since, this fails.  */
  DIR *dir = is_folder ? open_folder (parent, name) : NULL;
  if (is_folder && !dir && errno != ENOENT)
    code = fail (walk->quota, walk->call, "look into", walk->path);
  for (struct dirent *entry; code == HFCORE_OK && dir && (entry = readdir (dir));)
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      /* Long work lets itself be stopped, and returns what tick returned.  */
      code = walk->quota->host->tick (walk->call, 0, 0);
      if (code == HFCORE_OK)
        code = enter (walk, entry->d_name, 0);
      if (code == HFCORE_OK)
        code = visit (walk, dirfd (dir), entry->d_name, sum);
      walk->path[len] = 0;
    }
  if (dir)
    closedir (dir);
  if (code == HFCORE_OK && !sum && unlinkat (parent, name, is_folder ? AT_REMOVEDIR : 0) < 0
      && errno != ENOENT)
    code = fail (walk->quota, walk->call, "remove", walk->path);
  return code;
}

/* All that the quota is for.  */
static int
add_up (const struct quota *quota, struct hfcore_call *call, struct sum *sum)
{
  const struct hfcore_asset everything = { .size = sizeof everything };
  struct walk walk;
  const char *name;
  int parent, code = begin (&walk, quota, call, &everything);
  if (code == HFCORE_OK)
    code = open_parent (&walk, &parent, &name);
  if (code != HFCORE_OK || parent < 0)
    return code;
  code = visit (&walk, parent, name, sum);
  close (parent);
  return code;
}

/* ---- the ops ---- */

static int
make_folders (struct walk *walk)
{
  for (char *slash = walk->path; slash; *slash = '/')
    {
      slash = strchr (slash + 1, '/');
      if (slash)
        *slash = 0;
      if (mkdir (walk->path, 0777) < 0 && errno != EEXIST)
        return fail (walk->quota, walk->call, "make", walk->path);
      if (!slash)
        break;
    }
  struct stat st;
  errno = ENOTDIR;
  return stat (walk->path, &st) == 0 && S_ISDIR (st.st_mode)
             ? HFCORE_OK
             : fail (walk->quota, walk->call, "make", walk->path);
}

static int
quota_path (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
            const char **path)
{
  const struct quota *quota = self;
  struct walk walk;
  struct sum sum = { 0 };
  struct stat st;
  int code = begin (&walk, quota, call, asset);
  if (code != HFCORE_OK)
    return code;
  if (stat (walk.path, &st) < 0 || !S_ISDIR (st.st_mode))
    {
      if (quota->read_only)
        return quota->host->fail (call, HFCORE_E_READONLY,
                                  "%s is not there, and is not made: the assets are read-only",
                                  walk.path);
      code = add_up (quota, call, &sum);
      if (code == HFCORE_OK && sum.bytes > quota->most)
        code = quota->host->fail (call, HFCORE_E_NOSPACE,
                                  "%s has %" PRIu64 " bytes, over its quota of %" PRIu64
                                  "; remove assets, or raise the quota",
                                  quota->root, sum.bytes, quota->most);
      if (code == HFCORE_OK)
        code = make_folders (&walk);
      if (code != HFCORE_OK)
        return code;
    }
  /* Results live in the call until the host ends it.  */
  *path = quota->host->keep (call, walk.path, strlen (walk.path));
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

/* The names are those of the folders below the root.  */
static int
tell (struct walk *walk, const struct sum *sum, const struct stat *st,
      const struct hfcore_asset_sink *sink)
{
  char names[PATH_ROOM] = "", *rest, *name[LEVELS];
  if (walk->path[strlen (walk->quota->root)])
    snprintf (names, sizeof names, "%s", walk->path + strlen (walk->quota->root) + 1);
  rest = *names ? names : NULL;
  for (int level = 0; level < LEVELS; level++)
    {
      name[level] = rest;
      rest = rest ? strchr (rest, '/') : NULL;
      if (rest)
        *rest++ = 0;
    }
  const struct hfcore_asset asset
      = { .size = sizeof asset,
          .library = name[0],
          .name_space = name[1],
          .subfolder = name[2],
          .path = walk->path,
          .bytes = sum->bytes,
          .modified_ms = sum->files ? sum->modified_ms : modified_ms (st) };
  return sink->asset (sink->ctx, &asset);
}

/* A subfolder is told with all that is in it; a library or a namespace for the files that lie
 * beside its folders, or because there is nothing in it.  */
static int
list_level (struct walk *walk, int parent, const char *name, int level,
            const struct hfcore_asset_sink *sink)
{
  struct stat st;
  struct sum sum = { 0 };
  size_t len = strlen (walk->path);
  int code = HFCORE_OK, is_empty = 1;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return HFCORE_OK; /* it is gone: nothing to tell  */
  if (level == LEVELS || !S_ISDIR (st.st_mode))
    {
      code = visit (walk, parent, name, &sum);
      return code ? code : tell (walk, &sum, &st, sink);
    }
  DIR *dir = open_folder (parent, name);
  if (!dir && errno != ENOENT)
    return fail (walk->quota, walk->call, "look into", walk->path);
  for (struct dirent *entry; code == HFCORE_OK && dir && (entry = readdir (dir));)
    {
      struct stat below;
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      is_empty = 0;
      code = walk->quota->host->tick (walk->call, 0, 0);
      if (code == HFCORE_OK)
        code = enter (walk, entry->d_name, 0);
      if (code == HFCORE_OK
          && fstatat (dirfd (dir), entry->d_name, &below, AT_SYMLINK_NOFOLLOW) == 0)
        code = S_ISDIR (below.st_mode)
                   ? list_level (walk, dirfd (dir), entry->d_name, level + 1, sink)
                   : visit (walk, dirfd (dir), entry->d_name, &sum);
      walk->path[len] = 0;
    }
  if (dir)
    closedir (dir);
  return code == HFCORE_OK && (sum.files > 0 || (is_empty && level > 0))
             ? tell (walk, &sum, &st, sink)
             : code;
}

static int
quota_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
            const struct hfcore_asset_sink *sink)
{
  const struct quota *quota = self;
  struct walk walk;
  struct stat st;
  const char *name;
  int parent, code = begin (&walk, quota, call, asset);
  if (code == HFCORE_OK && stat (quota->root, &st) < 0 && errno == ENOENT)
    {
      quota->host->fail (call, HFCORE_E_NOTFOUND, "there is no assets folder %s", quota->root);
      quota->host->why (call, ENOENT, 0, 0, HFCORE_MISSING_CACHE);
      return HFCORE_E_NOTFOUND;
    }
  if (code == HFCORE_OK)
    code = open_parent (&walk, &parent, &name);
  if (code != HFCORE_OK || parent < 0)
    return code; /* of what is not there, nothing is told  */
  int level = !asset->library ? 0 : !asset->name_space ? 1 : !asset->subfolder ? 2 : LEVELS;
  code = list_level (&walk, parent, name, level, sink);
  close (parent);
  return code;
}

static int
quota_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  struct walk walk;
  const char *name;
  int parent, code = begin (&walk, self, call, asset);
  if (code == HFCORE_OK && !asset->library) /* that would be all of them  */
    code = walk.quota->host->fail (call, HFCORE_E_CONFIG, "no library was named");
  if (code == HFCORE_OK)
    code = open_parent (&walk, &parent, &name);
  if (code != HFCORE_OK || parent < 0)
    return code; /* not there any more is success  */
  code = visit (&walk, parent, name, NULL);
  close (parent);
  return code;
}

/* ---- instances and the descriptor ---- */

static int
quota_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct quota *quota = calloc (1, sizeof *quota);
  if (!quota)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  quota->host = open->host;
  quota->root = open->host->text (open->settings, "root"); /* lives until close  */
  quota->most = (uint64_t) open->host->number (open->settings, "quota");
  quota->read_only = open->read_only != 0;
  *self = quota;
  return HFCORE_OK;
}

static void
quota_close (void *self)
{
  free (self);
}

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL, "the assets folder" },
  { "quota", HFCORE_OPTION_SIZE, 0, "10GB", "how many bytes may lie in it before a new folder" },
  { .key = NULL },
};

static const struct hfcore_assets_ops ops = {
  .size = sizeof ops,
  .open = quota_open,
  .close = quota_close,
  .path = quota_path,
  .list = quota_list,
  .remove = quota_remove,
};

HFCORE_PLUGIN_DEFINE (.name = "assets-quota", .version = "1",
                      .summary = "an example: assets folders with a quota",
                      .threads = HFCORE_THREADS_SERIAL, .options = options, .assets = &ops);
