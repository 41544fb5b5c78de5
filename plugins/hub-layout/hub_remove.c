/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove.c: take one thing out of a cache, and no more: links are removed, never followed; only
 * what was the last to lead to a file of the store that repositories share takes it along (spec
 * 8.1, 15.3). Which things may go, and in which order, is the engine's to know.  */
#include "plugins/hub-layout/hub_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_aside.h"
#include "plugins/hub-layout/hub_ops.h"
#include "plugins/hub-layout/hub_partial.h"
#include "plugins/hub-layout/hub_scratch.h"
#include "plugins/hub-layout/hub_shared.h"
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
    case HFCORE_ENTRY_ABSENT:
      hub_path_name (path, ".no_exist");
      hub_path_name (path, entry->commit ? entry->commit : none);
      if (entry->name)
        hub_path_names (path, entry->name);
      break;
    case HFCORE_ENTRY_TREE:
      hub_path_name (path, "trees");
      hub_path_name (path, entry->commit ? entry->commit : none);
      hub_path_more (path, ".json");
      break;
    default:
      return -1;
    }
  return 0;
}

/* Of a partial in what is no repository: "<root>/<folder>/blobs/<name>", as a listing told it.  */
static int
stray_path (struct hub_store *store, const struct hfcore_entry *entry, struct hub_path *path)
{
  char folder[NAME_MAX + 1];
  hub_store_real (store, path, NULL);
  path->base = path->len;
  const char *rest
      = entry->path && text_starts_with (entry->path, path->text) ? entry->path + path->len : "";
  size_t len = *rest == '/' ? strcspn (rest + 1, "/") : 0;
  if (len == 0 || len > NAME_MAX || !text_starts_with (rest + 1 + len, "/blobs/")
      || !text_ends_with (rest, HUB_PARTIAL_SUFFIX))
    return -1;
  memcpy (folder, rest + 1, len);
  folder[len] = 0;
  hub_path_name (path, folder);
  hub_path_name (path, "blobs");
  hub_path_name (path, rest + 1 + len + strlen ("/blobs/"));
  return 0;
}

/* Aside first, so that it is gone at once; in its place where that cannot be.  */
static int
remove_folder (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
               int parent, const char *name)
{
  struct hub_aside aside;
  int moved = hub_aside_move (store, repo, parent, name, &aside);
  if (moved < 0)
    return errno == ENOENT ? 1 : -1;
  return moved ? hub_aside_remove_here (store, call, parent, name)
               : hub_aside_remove (store, call, repo, &aside);
}

/* 0; 1: it was not there; -1: errno.  */
static int
remove_file (int parent, const char *name)
{
  struct stat st;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 1 : -1;
  return files_remove (parent, name);
}

static int
remove_blob (struct hub_store *store, const struct hfcore_entry *entry, int parent,
             const char *name)
{
  struct hub_shared_hashes hashes = { 0 };
  struct stat st;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (st.st_mode))
    hub_shared_find (store, entry->repo, entry->etag, &hashes);
  int removed = remove_file (parent, name);
  for (size_t i = 0; removed >= 0 && i < hashes.count; i++)
    (void) hub_shared_let_go (store, hashes.items[i].text);
  free (hashes.items);
  return removed;
}

static int
remove_entry (struct hub_store *store, struct hfcore_call *call, const struct hfcore_entry *entry,
              int parent, const char *name)
{
  bool absences = entry->kind == HFCORE_ENTRY_ABSENT && !entry->name;
  if (entry->kind == HFCORE_ENTRY_REVISION)
    return remove_folder (store, call, entry->repo, parent, name);
  if (absences)
    return hub_aside_remove_here (store, call, parent, name);
  if (entry->kind == HFCORE_ENTRY_BLOB)
    return remove_blob (store, entry, parent, name);
  return remove_file (parent, name);
}

static int
remove_shared (struct hub_store *store, struct hfcore_call *call, const char *hash)
{
  switch (hub_shared_let_go (store, hash ? hash : ""))
    {
    case HUB_SHARED_GONE:
      return HFCORE_OK;
    case HUB_SHARED_MISSING:
      return HFCORE_PASS;
    case HUB_SHARED_NEEDED:
      return store->host->fail (call, HFCORE_E_BUSY, "shared blob %s is in use", hash);
    default:
      return hub_store_fail (store, call, errno, "remove shared blob", hash);
    }
}

int
hub_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  struct hub_store *store = self;
  struct hub_path path;
  bool idle = HFCORE_HAS (entry, flags) && entry->flags & HFCORE_REMOVE_IDLE;
  if (entry->kind == HFCORE_ENTRY_REST)
    return hub_remove_rest (store, entry->repo);
  if (entry->kind == HFCORE_ENTRY_SHARED)
    return remove_shared (store, call, entry->etag);
  bool stray = entry->kind == HFCORE_ENTRY_PARTIAL && !entry->repo && HFCORE_HAS (entry, path);
  if (stray ? stray_path (store, entry, &path) < 0
            : !entry->repo || entry_path (store, entry, &path) < 0)
    return store->host->fail (call, HFCORE_E_UNSUPPORTED, "cannot remove things of kind %d",
                              (int) entry->kind);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  if (entry->kind == HFCORE_ENTRY_REPO)
    return hub_remove_repo (store, call, entry->repo, &path, idle, idle ? entry->modified_ns : 0);
  const char *name = NULL;
  CLEANUP_CLOSE int parent = hub_walk (&path, false, &name);
  if (parent < 0)
    return errno == ENOENT ? HFCORE_PASS : hub_walk_fail (store, call, errno, "remove", &path);
  if (entry->kind == HFCORE_ENTRY_PARTIAL && idle && !stray
      && !hub_partial_seize (store, entry->repo, entry->name, entry->etag))
    return store->host->fail (call, HFCORE_E_BUSY, "%s is being downloaded", path.text);
  if (entry->kind == HFCORE_ENTRY_REF && entry->commit
      && hub_ref_names_other (path.text, entry->commit))
    return HFCORE_PASS;
  int removed = remove_entry (store, call, entry, parent, name);
  if (removed < 0 && errno == ECANCELED)
    return store->host->error (call)->code;
  if (removed < 0)
    return hub_store_fail (store, call, errno, "remove", path.text);
  if (entry->kind == HFCORE_ENTRY_PARTIAL && !stray)
    hub_partial_forget (store, entry->repo, entry->name);
  return removed ? HFCORE_PASS : HFCORE_OK;
}
