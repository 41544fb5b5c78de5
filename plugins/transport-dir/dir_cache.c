/* SPDX-License-Identifier: Apache-2.0 */
/* dir_cache.c: a Hub cache as a source, as any client left it, whole or not. Where things are in it
 * is known to plugins/hub-layout alone.  */
#include <dirent.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/names.h"
#include "plugins/hub-layout/hub_ops.h"
#include "plugins/transport-dir/dir.h"
#include "plugins/transport-dir/dir_list.h"

/* The commit that a revision names, by itself or by a ref.  */
static int
name_commit (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *revision, char commit[DIR_COMMIT_ROOM])
{
  const char *found = revision;
  if (!names_is_commit (revision))
    {
      int code = hub_ref_get (dir->store, call, repo, revision, &found);
      if (code != HFCORE_OK)
        return dir_as_source (dir, call, code);
    }
  memcpy (commit, found, DIR_COMMIT_ROOM);
  return HFCORE_OK;
}

static int
cache_commit (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *revision, char commit[DIR_COMMIT_ROOM])
{
  const char *folder;
  int code = name_commit (dir, call, repo, revision, commit);
  if (code != HFCORE_OK || !names_is_commit (revision))
    return code;
  code = hub_folder (dir->store, call, repo, commit, &folder);
  return code ? code : dir_file_is_folder (dir, call, folder);
}

/* ---- the remembered file list ---- */

struct remembering
{
  struct dir *dir;
  struct hfcore_call *call;
  struct dir_list *list;
};

static int
remember_file (void *ctx, const struct hfcore_file_info *info)
{
  struct remembering *remembering = ctx;
  struct dir_entry entry = { .length = info->length };
  if (digest_of_etag (info->etag) != DIGEST_NONE)
    memcpy (entry.etag, info->etag, strlen (info->etag) + 1);
  return dir_list_add (remembering->list, info->path, entry) < 0
             ? remembering->dir->host->fail (remembering->call, HFCORE_E_NOMEM, "out of memory")
             : HFCORE_OK;
}

/* PASS: none is remembered. */
static int
get_list (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
          const char *commit, struct dir_list **list)
{
  *list = dir_list_find (dir, repo, commit);
  if (*list)
    return HFCORE_OK;
  struct remembering remembering = { .dir = dir, .call = call, .list = dir_list_new (repo) };
  const struct hfcore_file_sink sink
      = { .size = sizeof sink, .ctx = &remembering, .file = remember_file };
  if (!remembering.list)
    return dir->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  int code = hub_tree_get (dir->store, call, repo, commit, &sink);
  if (code != HFCORE_OK)
    {
      dir_list_release (dir, remembering.list);
      return dir_as_source (dir, call, code);
    }
  *list = remembering.list;
  memcpy ((*list)->commit, commit, DIR_COMMIT_ROOM);
  dir_list_sort (*list);
  dir_list_keep (dir, *list);
  return HFCORE_OK;
}

/* ---- files ---- */

/* By the name of the blob that it is a link to; where there are no links, by the file list.  */
static int
cache_etag (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *commit, const char *path, char etag[DIR_ETAG_ROOM])
{
  const char *name;
  struct dir_list *list;
  etag[0] = 0;
  int code = hub_file_etag (dir->store, call, repo, commit, path, &name);
  if (code == HFCORE_OK && digest_of_etag (name) != DIGEST_NONE)
    memcpy (etag, name, strlen (name) + 1);
  else if (code == HFCORE_OK || code == HFCORE_PASS)
    {
      code = get_list (dir, call, repo, commit, &list);
      const struct dir_entry *entry = code == HFCORE_OK ? dir_list_get (list, path) : NULL;
      if (entry)
        memcpy (etag, entry->etag, sizeof entry->etag);
      if (code == HFCORE_OK)
        dir_list_release (dir, list);
    }
  return code < 0 ? dir_as_source (dir, call, code) : HFCORE_OK;
}

/* A file that is not here: does the commit not have it?  */
static int
is_absent (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
           const char *commit, const char *path, bool *absent)
{
  struct hfcore_stored_file stored = { .size = sizeof stored };
  struct dir_list *list;
  int code = hub_file_get (dir->store, call, repo, commit, path, &stored);
  *absent = stored.state == HFCORE_FILE_ABSENT;
  if (code != HFCORE_OK || stored.state != HFCORE_FILE_UNKNOWN)
    return dir_as_source (dir, call, code);
  code = get_list (dir, call, repo, commit, &list);
  if (code == HFCORE_OK)
    {
      *absent = !dir_list_get (list, path);
      dir_list_release (dir, list);
    }
  return code < 0 ? code : HFCORE_OK;
}

static int
open_pointer (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char *name, struct dir_file *file)
{
  const char *folder;
  struct hub_path path;
  int code = hub_folder (dir->store, call, repo, commit, &folder);
  if (code != HFCORE_OK)
    return code;
  hub_path_begin (&path, folder, strlen (folder));
  hub_path_names (&path, name);
  if (path.bad)
    return hub_store_bad_path (dir->store, call, &path);
  return dir_file_open (dir, call, path.text, file);
}

static int
cache_find (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *revision, const char *path, struct dir_found *found)
{
  bool absent = false;
  int code = name_commit (dir, call, repo, revision, found->commit);
  if (code == HFCORE_OK)
    code = open_pointer (dir, call, repo, found->commit, path, &found->file);
  if (code == HFCORE_OK)
    return cache_etag (dir, call, repo, found->commit, path, found->etag);
  if (code != HFCORE_PASS || !found->commit[0])
    return code;
  code = is_absent (dir, call, repo, found->commit, path, &absent);
  if (code != HFCORE_OK)
    return code;
  return absent ? dir_no_file (dir, call, repo, revision, path) : HFCORE_PASS;
}

/* ---- listing ---- */

struct listing
{
  struct dir *dir;
  struct hfcore_call *call;
  const char *commit;
  const struct hfcore_file_sink *sink;
  bool was_met; /* the folder of the commit  */
};

/* Nobody knows whether these are all: what one file alone was wanted of looks like this too.  */
static int
tell_incomplete (const struct hfcore_file_sink *sink)
{
  return HFCORE_HAS (sink, incomplete) && sink->incomplete ? sink->incomplete (sink->ctx)
                                                           : HFCORE_OK;
}

/* The sink may take its time.  */
static int
tell_file (void *ctx, const struct hfcore_file_info *info)
{
  const struct listing *listing = ctx;
  int code = listing->sink->file (listing->sink->ctx, info);
  return code ? code : listing->dir->host->tick (listing->call, 0, 0);
}

static int
tell_entry (void *ctx, const struct hfcore_entry *entry)
{
  struct listing *listing = ctx;
  const char *why;
  if (!entry->commit || strcmp (entry->commit, listing->commit) != 0)
    return HFCORE_OK;
  if (entry->kind == HFCORE_ENTRY_REVISION)
    {
      listing->was_met = true;
      return tell_incomplete (listing->sink);
    }
  if ((why = names_check_file (entry->name)))
    return listing->dir->host->fail (listing->call, HFCORE_E_CORRUPT,
                                     "the snapshot %s has a bad file name '%s': %s",
                                     listing->commit, entry->name, why);
  bool is_digest = entry->etag && digest_of_etag (entry->etag) != DIGEST_NONE;
  struct hfcore_file_info info = { .size = sizeof info,
                                   .path = entry->name,
                                   .commit = entry->commit,
                                   .etag = is_digest ? entry->etag : NULL,
                                   .length = entry->length,
                                   .lfs_length = HFCORE_SIZE_UNKNOWN };
  return tell_file (listing, &info);
}

/* PASS: there is nothing. hub_list follows links to the folders of revisions, so all of them are
 * looked at: none may lead out.  */
static int
check_revisions (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo)
{
  struct hub_path path, real;
  hub_store_given (dir->store, &path, repo);
  hub_path_name (&path, "snapshots");
  if (path.bad)
    return hub_store_bad_path (dir->store, call, &path);
  int code = dir_file_resolve (dir, call, path.text, &real);
  CLEANUP_DIR DIR *folder = code == HFCORE_OK ? opendir (real.text) : NULL;
  size_t len = path.len;
  for (struct dirent *found; code == HFCORE_OK && folder && (found = readdir (folder));)
    {
      if ((found->d_type != DT_LNK && found->d_type != DT_UNKNOWN)
          || strcmp (found->d_name, ".") == 0 || strcmp (found->d_name, "..") == 0)
        continue;
      hub_path_cut (&path, len);
      hub_path_name (&path, found->d_name);
      if (path.bad)
        return hub_store_bad_path (dir->store, call, &path);
      code = dir_file_resolve (dir, call, path.text, &real);
      if (code == HFCORE_PASS) /* it leads nowhere  */
        code = HFCORE_OK;
    }
  return code;
}

static int
cache_list (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *commit, const struct hfcore_file_sink *sink)
{
  struct listing listing = { .dir = dir, .call = call, .commit = commit, .sink = sink };
  const struct hfcore_file_sink files
      = { .size = sizeof files, .ctx = &listing, .file = tell_file };
  int code = hub_tree_get (dir->store, call, repo, commit, &files);
  if (code != HFCORE_PASS)
    return code;
  code = check_revisions (dir, call, repo);
  if (code != HFCORE_OK)
    return code;
  const struct hfcore_entry_sink entries
      = { .size = sizeof entries, .ctx = &listing, .entry = tell_entry };
  code = hub_list (dir->store, call, repo, 1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE,
                   &entries);
  return code == HFCORE_OK && !listing.was_met ? HFCORE_PASS : code;
}

const struct dir_form dir_cache_form
    = { .commit = cache_commit, .find = cache_find, .etag = cache_etag, .list = cache_list };
