/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_snapshot.c: what a snapshot that goes into a local folder does otherwise than one of
 * the cache; see local_dir.h.  */
#include "core/engine/local_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/engine/local_dir_place.h"
#include "core/engine/snapshot_parts.h"
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "core/util/tree_json.h"

enum
{
  COMMIT_LEN = 40,
  TREE_NAME_ROOM = 64
};

/* ---- the file list of a commit ---- */

/* The folder of the lists. -1: errno.  */
static int
open_trees (const struct local_dir *dir, bool make)
{
  CLEANUP_CLOSE int cache = local_dir_open_cache (dir, make);
  return cache < 0 ? -1 : files_walk (cache, "trees", strlen ("trees"), make);
}

struct tree_file
{
  int fd;
  const char *commit;
};

static int
tell_tree (void *ctx, const struct hfcore_file_sink *sink)
{
  const struct tree_file *file = ctx;
  return tree_json_read (file->fd, file->commit, sink);
}

int
local_dir_list (struct engine *engine, struct hfcore_call *call, const struct local_dir *dir,
                const char *commit, struct file_list *list)
{
  char name[TREE_NAME_ROOM];
  snprintf (name, sizeof name, "%s.json", commit);
  CLEANUP_CLOSE int trees = open_trees (dir, false);
  CLEANUP_CLOSE int fd
      = trees < 0 ? -1
                  : openat (trees, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct tree_file file = { fd, commit };
  return fd < 0 ? HFCORE_PASS : file_list_from (engine, call, tell_tree, &file, list);
}

static int
fill_tree (const void *list_, int fd)
{
  const struct file_list *list = list_;
  return tree_json_write (fd, list->files, list->count);
}

static int
write_tree (const struct local_dir *dir, const char *commit, const struct file_list *list)
{
  char name[TREE_NAME_ROOM];
  snprintf (name, sizeof name, "%s.json", commit);
  CLEANUP_CLOSE int trees = open_trees (dir, true);
  return trees < 0 ? -1 : local_dir_write (trees, name, 0600, false, fill_tree, list);
}

void
local_dir_remember (struct engine *engine, const struct local_dir *dir, const char *commit,
                    const struct file_list *list)
{
  if (list->incomplete || !tree_json_is_whole (list->files, list->count))
    return;
  if (write_tree (dir, commit, list) < 0)
    host_log (&engine->log, HFCORE_LOG_DEBUG,
              "the file list of %s is not remembered in %s: errno %d", commit, dir->path, errno);
}

int
local_dir_check_names (struct hfcore_call *call, const struct snapshot *snapshot)
{
  for (size_t i = 0; i < snapshot->count; i++)
    if (local_dir_check_file (call, snapshot->files[i].file) != HFCORE_OK)
      return call->error.code = HFCORE_E_CORRUPT;
  return HFCORE_OK;
}

/* ---- nobody can be asked ---- */

/* Where no cache tells which commit the revision is: Python writes that into the cache, which we
 * only read.  */
bool
local_dir_newest_list (const struct local_dir *dir, char commit[COMMIT_LEN + 1])
{
  struct timespec newest = { 0 };
  int trees = open_trees (dir, false);
  int folder = trees < 0 ? -1 : openat (trees, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  cleanup_close (&trees);
  CLEANUP_DIR DIR *entries = folder < 0 ? NULL : fdopendir (folder);
  if (!entries)
    {
      cleanup_close (&folder);
      return false;
    }
  commit[0] = 0;
  for (struct dirent *entry; (entry = readdir (entries));)
    {
      char name[COMMIT_LEN + 1];
      struct stat st;
      if (strlen (entry->d_name) != COMMIT_LEN + strlen (".json"))
        continue;
      memcpy (name, entry->d_name, COMMIT_LEN);
      name[COMMIT_LEN] = 0;
      if (!names_is_commit (name) || strcmp (entry->d_name + COMMIT_LEN, ".json") != 0
          || fstatat (dirfd (entries), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      if (!commit[0] || st.st_mtim.tv_sec > newest.tv_sec
          || (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec > newest.tv_nsec))
        {
          newest = st.st_mtim;
          memcpy (commit, name, sizeof name);
        }
    }
  return commit[0] != 0;
}

/* Unless a source has told it already. HFCORE_PASS: no commit is known.  */
static int
find_commit (struct engine *engine, struct hfcore_call *call, const struct snapshot_request *ask,
             char commit[COMMIT_LEN + 1])
{
  if (commit[0])
    return HFCORE_OK;
  if (names_is_commit (ask->revision))
    {
      memcpy (commit, ask->revision, COMMIT_LEN + 1);
      return HFCORE_OK;
    }
  int code = tiers_find_ref (engine, call, ask->repo, ask->revision, commit);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (call);
  return code == HFCORE_OK || local_dir_newest_list (ask->local, commit) ? HFCORE_OK : HFCORE_PASS;
}

/* Are the files that are wanted all there? Fills the snapshot.  */
static int
take_listed (struct hfcore_call *call, const struct snapshot_request *ask,
             const struct file_list *list, struct snapshot *snapshot)
{
  CLEANUP_FREE size_t *wanted = NULL;
  uint64_t bytes;
  if (snapshot_choose (ask, list, &wanted, snapshot, &bytes) != HFCORE_OK)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  int code = local_dir_check_names (call, snapshot);
  for (size_t i = 0; code == HFCORE_OK && i < snapshot->count; i++)
    {
      CLEANUP_PLACE struct local_place place = { .files = -1, .downloads = -1 };
      struct downloaded *file = &snapshot->files[i].downloaded;
      struct stat st;
      code = local_place_open (call, ask->local, snapshot->files[i].file, &place);
      if (code != HFCORE_OK)
        return code;
      if (!local_place_has_file (&place, &st))
        return call_fail (call, HFCORE_E_DOWN,
                          "%s is not complete: '%s' is missing; go online and download it again",
                          ask->local->path, snapshot->files[i].file);
      memcpy (file->commit, snapshot->commit, sizeof file->commit);
      file->length = (uint64_t) st.st_size;
      file->cached = true;
      file->path = text_format ("%s/%s", ask->local->path, snapshot->files[i].file);
      if (!file->path)
        return call_fail (call, HFCORE_E_NOMEM, "out of memory");
    }
  return code;
}

static bool
is_empty (const struct local_dir *dir)
{
  CLEANUP_DIR DIR *entries = opendir (dir->path);
  for (struct dirent *entry; entries && (entry = readdir (entries));)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      return false;
  return true;
}

int
local_dir_fall_back (struct engine *engine, struct hfcore_call *call,
                     const struct snapshot_request *ask, struct snapshot *snapshot)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  struct hfcore_error why = call->error;
  if (is_empty (ask->local))
    return why.code ? HFCORE_PASS
                    : call_fail (call, HFCORE_E_DOWN, "%s '%s' at '%s' is not in %s, and %s",
                                 ask->repo->type, ask->repo->id, ask->revision, ask->local->path,
                                 download_why_nobody (engine, ask->flags));
  int code = find_commit (engine, call, ask, snapshot->commit);
  if (code == HFCORE_OK)
    code = local_dir_list (engine, call, ask->local, snapshot->commit, &list);
  if (code == HFCORE_OK)
    code = take_listed (call, ask, &list, snapshot);
  else if (code != HFCORE_E_CANCELLED && code != HFCORE_E_NOMEM)
    {
      /* Without a list the folder is taken as it is.  */
      call_forget (call);
      code = HFCORE_OK;
    }
  if (code != HFCORE_OK)
    return code;
  if (!(snapshot->folder = strdup (ask->local->path)))
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  host_log (&engine->log, HFCORE_LOG_WARNING, "%s; %s is used as it is",
            why.code ? why.message : "nobody was asked what the revision holds", ask->local->path);
  return HFCORE_OK;
}
