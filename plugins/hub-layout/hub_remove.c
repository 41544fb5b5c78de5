/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove.c: take one thing out of a cache, and no more: links are removed, never followed, so
 * that a blob in the store that repositories share stays (spec 8.1, 15.3). Which things may go,
 * and in which order, is the engine's to know.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "plugins/hub-layout/hub_partial.h"

/* The folder that holds `path` (below `base`, in which links are the user's own business), opened
 * without following a link on the way; `*name`: its last segment. -1: errno.  */
static int
open_parent (const struct hub_path *path, size_t base, const char **name)
{
  char segment[NAME_MAX + 1];
  struct hub_path start;
  hub_path_begin (&start, path->text, base);
  CLEANUP_CLOSE int fd = open (base ? start.text : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const char *at = path->text + base + 1;
  for (const char *slash; fd >= 0 && (slash = strchr (at, '/')); at = slash + 1)
    {
      size_t len = (size_t) (slash - at);
      if (len > NAME_MAX)
        {
          errno = ENAMETOOLONG;
          return -1;
        }
      memcpy (segment, at, len);
      segment[len] = 0;
      int next = openat (fd, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (next < 0)
        return -1;
      close (fd);
      fd = next;
    }
  *name = at;
  return TAKE_FD (fd);
}

/* What `entry` names; `*base`: how much of it is taken as it is.  */
static int
entry_path (struct hub_store *store, const struct hfcore_entry *entry, struct hub_path *path,
            size_t *base)
{
  hub_store_real (store, path, NULL);
  *base = path->len;
  hub_path_repo (path, entry->repo);
  if (entry->kind != HFCORE_ENTRY_REPO)
    *base = path->len;
  const char *none = "";
  switch (entry->kind)
    {
    case HFCORE_ENTRY_REPO:
      break;
    case HFCORE_ENTRY_REF:
      hub_path_name (path, "refs");
      hub_path_names (path, entry->name ? entry->name : none);
      break;
    case HFCORE_ENTRY_REVISION:
    case HFCORE_ENTRY_FILE:
      hub_path_name (path, "snapshots");
      hub_path_name (path, entry->commit ? entry->commit : none);
      if (entry->kind == HFCORE_ENTRY_FILE)
        hub_path_names (path, entry->name ? entry->name : none);
      break;
    case HFCORE_ENTRY_BLOB:
      hub_path_name (path, "blobs");
      hub_path_name (path, entry->etag ? entry->etag : none);
      break;
    case HFCORE_ENTRY_PARTIAL:
      hub_path_name (path, "blobs");
      hub_path_name (path, entry->name ? entry->name : none);
      break;
    default:
      return -1;
    }
  return 0;
}

int
hub_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  struct hub_store *store = self;
  struct hub_path path;
  size_t base;
  if (!entry->repo || entry_path (store, entry, &path, &base) < 0)
    return store->host->fail (call, HFCORE_E_UNSUPPORTED, "cannot remove things of kind %d",
                              (int) entry->kind);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  const char *name = NULL;
  CLEANUP_CLOSE int parent = open_parent (&path, base, &name);
  if (parent < 0)
    return errno == ENOENT ? HFCORE_OK : hub_store_fail (store, call, errno, "remove", path.text);
  bool folder = entry->kind == HFCORE_ENTRY_REPO || entry->kind == HFCORE_ENTRY_REVISION;
  int removed = folder ? files_remove_tree (parent, name) : files_remove (parent, name);
  if (removed < 0 && folder && (errno == ENOTDIR || errno == ELOOP)) /* a link to a folder  */
    removed = files_remove (parent, name);
  if (removed < 0)
    return hub_store_fail (store, call, errno, "remove", path.text);
  if (entry->kind == HFCORE_ENTRY_PARTIAL)
    hub_partial_forget (store, entry->repo, entry->name);
  return HFCORE_OK;
}
