/* SPDX-License-Identifier: Apache-2.0 */
/* archive_names.c: entries of an archive as paths, and paths as entries. A path comes from others:
 * whatever is not exactly what archive_put_path would write is none.  */
#include "core/engine/archive.h"

#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"

enum
{
  REPOS_MOST = 10000, /* that an archive of others may name  */
  COMMIT_LEN = 40
};

static const char tree_suffix[] = ".json";
static const char *const folders[] = { [ARCHIVE_BLOB] = "blobs",
                                       [ARCHIVE_FILE] = "snapshots",
                                       [ARCHIVE_ABSENT] = ".no_exist",
                                       [ARCHIVE_TREE] = "trees",
                                       [ARCHIVE_REF] = "refs" };

void
archive_put_path (const struct archive *archive, const struct archive_entry *entry, struct text *to)
{
  text_addf (to, "%s/%s/", archive->repos.items[entry->repo].folder, folders[entry->kind]);
  switch (entry->kind)
    {
    case ARCHIVE_BLOB:
      text_add (to, entry->etag);
      break;
    case ARCHIVE_FILE:
    case ARCHIVE_ABSENT:
      text_addf (to, "%s/%s", entry->commit, entry->name);
      break;
    case ARCHIVE_TREE:
      text_addf (to, "%s%s", entry->commit, tree_suffix);
      break;
    case ARCHIVE_REF:
      text_add (to, entry->name);
      break;
    }
}

void
archive_put_target (const struct archive_entry *entry, struct text *to)
{
  text_add (to, "../../");
  for (const char *slash = entry->name; (slash = strchr (slash, '/')); slash++)
    text_add (to, "../");
  text_addf (to, "blobs/%s", entry->etag);
}

const char *
archive_parse_target (struct archive *archive, const struct archive_entry *entry,
                      const char *target)
{
  CLEANUP_TEXT struct text canonical = TEXT_LIMIT (2 * ARCHIVE_PATH_MOST);
  struct archive_entry file = *entry;
  const char *slash = strrchr (target, '/');
  if (!slash || names_check_etag (slash + 1))
    return NULL;
  file.etag = slash + 1;
  archive_put_target (&file, &canonical);
  if (canonical.failed || strcmp (canonical.bytes, target) != 0)
    return NULL;
  return pool_copy (&archive->pool, file.etag);
}

static bool
is_folder_of (const struct archive *archive, size_t repo, const char *folder, size_t len)
{
  const char *known = archive->repos.items[repo].folder;
  return strncmp (known, folder, len) == 0 && !known[len];
}

/* The entry before is mostly of the same repository, which need not be the last one: a manifest
 * names them in order twice.  */
static bool
find_folder (const struct archive *archive, const char *folder, size_t len, uint32_t *index)
{
  const struct archive_entries *entries = &archive->entries;
  if (entries->count > 0)
    {
      *index = entries->items[entries->count - 1].repo;
      if (is_folder_of (archive, *index, folder, len))
        return true;
    }
  for (size_t i = archive->repos.count; i-- > 0;)
    if (is_folder_of (archive, i, folder, len))
      {
        *index = (uint32_t) i;
        return true;
      }
  return false;
}

/* "models--org--name" (spec 1.3), which is `len` bytes long.  */
static const char *
parse_folder (struct archive *archive, const char *folder, size_t len, uint32_t *index)
{
  static const char why[] = "it does not begin with the folder of a repository";
  if (find_folder (archive, folder, len, index))
    return NULL;
  char room[NAMES_FOLDER_ROOM];
  const char *type, *id;
  if (!names_parse_repo_folder (folder, len, room, &type, &id) || names_check_repo_id (id))
    return why;
  if (archive->repos.count == REPOS_MOST)
    return "there are too many repositories";
  CLEANUP_FREE char *canonical = names_repo_folder (type, id);
  if (!canonical || strlen (canonical) != len || memcmp (canonical, folder, len) != 0)
    return why;
  return archive_add_repo (archive, type, id, index) < 0 ? archive_no_memory : NULL;
}

/* "<commit>/<path>".  */
static const char *
parse_file (struct archive *archive, const char *rest, struct archive_entry *entry)
{
  char commit[COMMIT_LEN + 1];
  if (strnlen (rest, COMMIT_LEN) < COMMIT_LEN || rest[COMMIT_LEN] != '/')
    return "it names no commit";
  memcpy (commit, rest, COMMIT_LEN);
  commit[COMMIT_LEN] = 0;
  if (!names_is_commit (commit))
    return "it names no commit";
  entry->commit = pool_copy (&archive->pool, commit);
  entry->name = pool_copy (&archive->pool, rest + COMMIT_LEN + 1);
  return entry->commit && entry->name ? names_check_file (entry->name) : archive_no_memory;
}

static const char *
parse_tree (struct archive *archive, const char *rest, struct archive_entry *entry)
{
  if (strlen (rest) != COMMIT_LEN + sizeof tree_suffix - 1
      || strcmp (rest + COMMIT_LEN, tree_suffix) != 0)
    return "it names no commit";
  entry->commit = pool_copy_len (&archive->pool, rest, COMMIT_LEN);
  if (!entry->commit)
    return archive_no_memory;
  return names_is_commit (entry->commit) ? NULL : "it names no commit";
}

static const char *
parse_rest (struct archive *archive, const char *rest, struct archive_entry *entry)
{
  switch (entry->kind)
    {
    case ARCHIVE_BLOB:
      entry->etag = pool_copy (&archive->pool, rest);
      return entry->etag ? names_check_etag (rest) : archive_no_memory;
    case ARCHIVE_FILE:
    case ARCHIVE_ABSENT:
      return parse_file (archive, rest, entry);
    case ARCHIVE_TREE:
      return parse_tree (archive, rest, entry);
    case ARCHIVE_REF:
      entry->name = pool_copy (&archive->pool, rest);
      return entry->name ? names_check_revision (rest) : archive_no_memory;
    }
  return "it is of no known kind";
}

const char *
archive_parse_path (struct archive *archive, const char *path, struct archive_entry *entry)
{
  *entry = (struct archive_entry){ 0 };
  if (strnlen (path, ARCHIVE_PATH_MOST + 1) > ARCHIVE_PATH_MOST)
    return "it is too long";
  size_t len = strcspn (path, "/");
  const char *kind = path[len] ? path + len + 1 : path + len;
  const char *why = parse_folder (archive, path, len, &entry->repo);
  if (why)
    return why;
  size_t kind_len = strcspn (kind, "/");
  for (size_t i = 0; kind[kind_len] && i < sizeof folders / sizeof *folders; i++)
    if (strlen (folders[i]) == kind_len && strncmp (folders[i], kind, kind_len) == 0)
      {
        entry->kind = (enum archive_kind) i;
        return parse_rest (archive, kind + kind_len + 1, entry);
      }
  return "it lies in no folder that a cache has";
}
