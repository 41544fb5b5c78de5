/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove.c: take one thing out of a cache, and no more: links are removed, never followed, so
 * that a blob in the store that repositories share stays (spec 8.1, 15.3). Which things may go,
 * and in which order, is the engine's to know.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "plugins/hub-layout/hub_partial.h"
#include "plugins/hub-layout/hub_walk.h"

/* What `entry` names.  */
static int
entry_path (struct hub_store *store, const struct hfcore_entry *entry, struct hub_path *path)
{
  hub_store_real (store, path, NULL);
  path->base = path->len;
  hub_path_repo (path, entry->repo);
  if (entry->kind != HFCORE_ENTRY_REPO)
    path->base = path->len;
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
  if (!entry->repo || entry_path (store, entry, &path) < 0)
    return store->host->fail (call, HFCORE_E_UNSUPPORTED, "cannot remove things of kind %d",
                              (int) entry->kind);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  const char *name = NULL;
  CLEANUP_CLOSE int parent = hub_walk (&path, false, &name);
  if (parent < 0)
    return errno == ENOENT ? HFCORE_OK : hub_walk_fail (store, call, errno, "remove", &path);
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
