/* SPDX-License-Identifier: Apache-2.0 */
/* dir_tree.c: plain folders TYPE/ORG/NAME/REVISION/… as a source; a branch with a slash in its name
 * is a folder in a folder.
 *
 * A revision folder that is named by 40 hex digits, or is a link to one, is that commit: whether
 * all of its files are here is not known, nor by which digest the Hub knows each of them. Any other
 * is a commit of its own, made up of the paths, lengths and times of its files: it is another as
 * soon as one of them is, and of it everything is known.  */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/transport-dir/dir.h"
#include "plugins/transport-dir/dir_digest.h"
#include "plugins/transport-dir/dir_walk.h"

/* A revision that was found.  */
struct revision
{
  struct dir *dir;
  char commit[DIR_COMMIT_ROOM];
  struct hub_path folder; /* without links  */
  struct dir_list *list;  /* NULL: the commit is the folder's name  */
};

static void
revision_free (struct revision *revision)
{
  dir_list_release (revision->dir, revision->list);
}
#define CLEANUP_REVISION __attribute__ ((cleanup (revision_free)))

/* ---- revisions ---- */

/* PASS: there is no such folder.  */
static int
find_folder (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *name, struct hub_path *real)
{
  for (int plural = 1; plural >= 0; plural--)
    {
      struct hub_path path;
      hub_store_given (dir->store, &path, NULL);
      hub_path_name (&path, repo->type);
      if (plural)
        hub_path_more (&path, "s");
      hub_path_names (&path, repo->id);
      hub_path_names (&path, name);
      if (path.bad)
        return hub_store_bad_path (dir->store, call, &path);
      int code = dir_file_is_folder (dir, call, path.text);
      if (code != HFCORE_PASS)
        return code ? code : dir_file_resolve (dir, call, path.text, real);
    }
  return HFCORE_PASS;
}

static int
look_into (struct revision *revision, struct hfcore_call *call, const struct hfcore_repo *repo)
{
  struct dir *dir = revision->dir;
  revision->list = dir_list_new (repo);
  if (!revision->list || !(revision->list->folder = strdup (revision->folder.text)))
    return dir->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  return dir_walk (dir, call, &revision->folder, revision->list);
}

/* The same files with the same times make the same commit, on every run.  */
static int
make_up_commit (struct revision *revision, struct hfcore_call *call)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT ((size_t) 1 << 30);
  struct dir *dir = revision->dir;
  struct dir_list *list = revision->list;
  char hex[DIR_ETAG_ROOM];
  text_add (&text, "hfcore-transport-dir 1\n");
  for (size_t i = 0; i < list->entries.count; i++)
    {
      const struct dir_entry *entry = &list->entries.items[i];
      text_addf (&text, "%s %" PRIu64 " %" PRId64 "\n", entry->path, entry->length,
                 entry->modified_ns);
    }
  if (text.failed)
    return dir->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  int code = dir_digest_of (dir, call, DIGEST_GIT_SHA1, text.bytes, text.len, hex);
  if (code != HFCORE_OK)
    return code;
  memcpy (list->commit, hex, DIR_COMMIT_ROOM);
  memcpy (revision->commit, hex, DIR_COMMIT_ROOM);
  dir_list_keep (dir, list);
  return HFCORE_OK;
}

/* A commit that was made up earlier is that of the same instance alone.  */
static int
find_made_up (struct revision *revision, const struct hfcore_repo *repo, const char *commit)
{
  revision->list = dir_list_find (revision->dir, repo, commit);
  if (!revision->list)
    return HFCORE_PASS;
  memcpy (revision->commit, commit, DIR_COMMIT_ROOM);
  hub_store_real (revision->dir->store, &revision->folder, NULL);
  size_t root = revision->folder.len;
  hub_path_begin (&revision->folder, revision->list->folder, strlen (revision->list->folder));
  revision->folder.base = root;
  return HFCORE_OK;
}

static int
find_revision (struct revision *revision, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *name)
{
  int code = find_folder (revision->dir, call, repo, name, &revision->folder);
  if (code == HFCORE_PASS && names_is_commit (name))
    return find_made_up (revision, repo, name);
  if (code != HFCORE_OK)
    return code;
  const char *last = strrchr (revision->folder.text, '/') + 1;
  if (names_is_commit (last))
    {
      memcpy (revision->commit, last, DIR_COMMIT_ROOM);
      return HFCORE_OK;
    }
  code = look_into (revision, call, repo);
  return code ? code : make_up_commit (revision, call);
}

static int
tree_commit (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *name, char commit[DIR_COMMIT_ROOM])
{
  CLEANUP_REVISION struct revision revision = { .dir = dir };
  int code = find_revision (&revision, call, repo, name);
  memcpy (commit, revision.commit, DIR_COMMIT_ROOM);
  return code;
}

/* ---- files ---- */

/* `entry` NULL: whatever the file is like.  */
static int
open_file (const struct revision *revision, struct hfcore_call *call, const char *name,
           const struct dir_entry *entry, struct dir_file *file)
{
  struct dir *dir = revision->dir;
  struct hub_path path;
  hub_path_begin (&path, revision->folder.text, revision->folder.len);
  hub_path_names (&path, name);
  if (path.bad)
    return hub_store_bad_path (dir->store, call, &path);
  int code = dir_file_open (dir, call, path.text, file);
  if (entry
      && (code == HFCORE_PASS
          || (code == HFCORE_OK
              && (entry->length != file->length || entry->modified_ns != file->modified_ns
                  || entry->inode != file->inode))))
    return dir->host->fail (call, HFCORE_E_CONFLICT,
                            "%s was changed after its revision was looked at", path.text);
  return code;
}

static int
tree_find (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
           const char *name, const char *path, struct dir_found *found)
{
  CLEANUP_REVISION struct revision revision = { .dir = dir };
  int code = find_revision (&revision, call, repo, name);
  memcpy (found->commit, revision.commit, DIR_COMMIT_ROOM);
  if (code != HFCORE_OK)
    return code;
  if (!revision.list)
    return dir_walk_skips (path) ? HFCORE_PASS
                                 : open_file (&revision, call, path, NULL, &found->file);
  const struct dir_entry *entry = dir_list_get (revision.list, path);
  return entry ? open_file (&revision, call, path, entry, &found->file)
               : dir_no_file (dir, call, repo, name, path);
}

/* Nothing is written of it: the bytes tell.  */
static int
tree_etag (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
           const char *commit, const char *path, char etag[DIR_ETAG_ROOM])
{
  (void) dir, (void) call, (void) repo, (void) commit, (void) path;
  etag[0] = 0;
  return HFCORE_OK;
}

/* ---- listing ---- */

/* A file as the Hub would list it: of a large one git has a pointer (spec 1.9).  */
static int
tell_file (struct dir *dir, struct hfcore_call *call, const char *commit, const char *path,
           const struct dir_file *file, const struct hfcore_file_sink *sink)
{
  char etag[DIR_ETAG_ROOM], blob_id[DIR_ETAG_ROOM], pointer[256];
  bool is_large = digest_guess (file->length) == DIGEST_SHA256;
  int code = dir_digest (dir, call, file, digest_guess (file->length), etag);
  if (code == HFCORE_OK && is_large)
    {
      int len = snprintf (pointer, sizeof pointer,
                          "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %" PRIu64
                          "\n",
                          etag, file->length);
      code = dir_digest_of (dir, call, DIGEST_GIT_SHA1, pointer, (size_t) len, blob_id);
    }
  struct hfcore_file_info info = { .size = sizeof info,
                                   .path = path,
                                   .commit = commit,
                                   .etag = etag,
                                   .length = file->length,
                                   .blob_id = is_large ? blob_id : etag,
                                   .lfs_sha256 = is_large ? etag : NULL,
                                   .lfs_length = is_large ? file->length : HFCORE_SIZE_UNKNOWN };
  return code ? code : sink->file (sink->ctx, &info);
}

static int
tree_list (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
           const char *commit, const struct hfcore_file_sink *sink)
{
  CLEANUP_REVISION struct revision revision = { .dir = dir };
  int code = find_revision (&revision, call, repo, commit);
  if (code == HFCORE_OK && !revision.list)
    {
      code = look_into (&revision, call, repo);
      if (code == HFCORE_OK && HFCORE_HAS (sink, incomplete) && sink->incomplete)
        code = sink->incomplete (sink->ctx);
    }
  for (size_t i = 0; code == HFCORE_OK && i < revision.list->entries.count; i++)
    {
      CLEANUP_DIR_FILE struct dir_file file = { .fd = -1 };
      const struct dir_entry *entry = &revision.list->entries.items[i];
      code = open_file (&revision, call, entry->path, entry, &file);
      if (code == HFCORE_OK)
        code = tell_file (dir, call, revision.commit, entry->path, &file, sink);
      if (code == HFCORE_OK)
        code = dir->host->tick (call, 0, 0);
    }
  return code;
}

const struct dir_form dir_tree_form
    = { .commit = tree_commit, .find = tree_find, .etag = tree_etag, .list = tree_list };
