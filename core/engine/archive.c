/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: see archive.h.  */
#include "core/engine/archive.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"

const char archive_no_memory[] = "there is no memory";

void
archive_free (struct archive *archive)
{
  pool_free (&archive->pool);
  free (archive->repos.items);
  free (archive->entries.items);
  *archive = (struct archive){ 0 };
}

int
archive_add_repo (struct archive *archive, const char *type, const char *id, uint32_t *index)
{
  CLEANUP_FREE char *folder = names_repo_folder (type, id);
  if (!folder)
    return -1;
  /* What is asked for is mostly what was asked for before.  */
  for (size_t i = archive->repos.count; i-- > 0;)
    if (strcmp (archive->repos.items[i].folder, folder) == 0)
      {
        *index = (uint32_t) i;
        return 0;
      }
  struct archive_repo repo = { .folder = pool_copy (&archive->pool, folder),
                               .repo = { .size = sizeof repo.repo,
                                         .type = pool_copy (&archive->pool, type),
                                         .id = pool_copy (&archive->pool, id) } };
  *index = (uint32_t) archive->repos.count;
  return repo.folder && repo.repo.type && repo.repo.id
             ? archive_repos_append (&archive->repos, repo)
             : -1;
}

/* A string of the archive; the same one where the entry before has it too.  */
static const char *
keep (struct archive *archive, const char *text, const char *before, bool *failed)
{
  if (!text || (before && strcmp (text, before) == 0))
    return text ? before : NULL;
  const char *copy = pool_copy (&archive->pool, text);
  *failed = *failed || !copy;
  return copy;
}

int
archive_add (struct archive *archive, const struct archive_entry *entry)
{
  static const struct archive_entry none = { 0 };
  const struct archive_entries *entries = &archive->entries;
  const struct archive_entry *before
      = entries->count > 0 ? &entries->items[entries->count - 1] : &none;
  struct archive_entry copy = *entry;
  bool failed = false;
  copy.etag = keep (archive, entry->etag, before->etag, &failed);
  copy.commit = keep (archive, entry->commit, before->commit, &failed);
  copy.name = keep (archive, entry->name, NULL, &failed);
  copy.sha256 = keep (archive, entry->sha256, NULL, &failed);
  return failed ? -1 : archive_entries_append (&archive->entries, copy);
}

/* ---- order ---- */

static int
compare_text (const char *a, const char *b)
{
  return strcmp (a ? a : "", b ? b : "");
}

/* Two entries of one repository.  */
static int
compare_in_repo (const struct archive_entry *a, const struct archive_entry *b)
{
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (a->kind == ARCHIVE_BLOB)
    return compare_text (a->etag, b->etag);
  if (a->kind == ARCHIVE_REF)
    return compare_text (a->name, b->name);
  int order = compare_text (a->commit, b->commit);
  return order ? order : compare_text (a->name, b->name);
}

int
archive_compare (const struct archive *archive, const struct archive_entry *a,
                 const struct archive_entry *b)
{
  if (a->repo != b->repo)
    return strcmp (archive->repos.items[a->repo].folder, archive->repos.items[b->repo].folder);
  return compare_in_repo (a, b);
}

static int
by_order (const void *a, const void *b, void *archive)
{
  return archive_compare (archive, a, b);
}

void
archive_sort (struct archive *archive)
{
  if (archive->entries.count > 1)
    qsort_r (archive->entries.items, archive->entries.count, sizeof *archive->entries.items,
             by_order, archive);
}

void
archive_unite (struct archive *archive)
{
  struct archive_entries *entries = &archive->entries;
  size_t count = 0;
  archive_sort (archive);
  for (size_t i = 0; i < entries->count; i++)
    if (count == 0
        || archive_compare (archive, &entries->items[count - 1], &entries->items[i]) != 0)
      entries->items[count++] = entries->items[i];
  entries->count = count;
}

static struct archive_entry *
find (const struct archive *archive, const struct archive_entry *key)
{
  size_t low = 0, high = archive->entries.count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      struct archive_entry *entry = &archive->entries.items[middle];
      int order = archive_compare (archive, key, entry);
      if (order == 0)
        return entry;
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

struct archive_entry *
archive_find_blob (const struct archive *archive, uint32_t repo, const char *etag)
{
  return find (archive,
               &(struct archive_entry){ .kind = ARCHIVE_BLOB, .repo = repo, .etag = etag });
}

const struct archive_entry *
archive_find_file (const struct archive *archive, uint32_t repo, const char *commit,
                   const char *name)
{
  return find (archive, &(struct archive_entry){
                            .kind = ARCHIVE_FILE, .repo = repo, .commit = commit, .name = name });
}

/* ---- sense ---- */

/* The first file of a commit stands where its empty name would.  */
bool
archive_has_files (const struct archive *archive, const struct archive_entry *entry)
{
  const struct archive_entries *entries = &archive->entries;
  const struct archive_entry key
      = { .kind = ARCHIVE_FILE, .repo = entry->repo, .commit = entry->commit, .name = "" };
  size_t low = 0, high = entries->count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (archive_compare (archive, &key, &entries->items[middle]) <= 0)
        high = middle;
      else
        low = middle + 1;
    }
  return low < entries->count && entries->items[low].repo == entry->repo
         && entries->items[low].kind == ARCHIVE_FILE
         && strcmp (entries->items[low].commit, entry->commit) == 0;
}

/* Is a folder that the name of the entry lies in itself the name of such an entry?  */
static bool
is_within_another (const struct archive *archive, const struct archive_entry *entry)
{
  char folder[ARCHIVE_PATH_MOST + 1];
  struct archive_entry key = *entry;
  key.name = folder;
  for (const char *slash = strchr (entry->name, '/'); slash; slash = strchr (slash + 1, '/'))
    {
      size_t len = (size_t) (slash - entry->name);
      memcpy (folder, entry->name, len);
      folder[len] = 0;
      if (find (archive, &key))
        return true;
    }
  return false;
}

static const char *
check_entry (const struct archive *archive, const struct archive_entry *entry)
{
  if (entry->kind != ARCHIVE_BLOB && entry->name && is_within_another (archive, entry))
    return "it lies within a file";
  switch (entry->kind)
    {
    case ARCHIVE_BLOB:
      return NULL;
    case ARCHIVE_FILE:
      return archive_find_blob (archive, entry->repo, entry->etag) ? NULL : "its blob is missing";
    case ARCHIVE_ABSENT:
      return archive_find_file (archive, entry->repo, entry->commit, entry->name)
                 ? "the commit has this file"
                 : NULL;
    default:
      return archive_has_files (archive, entry) ? NULL : "its commit has no files";
    }
}

/* Is there a blob that no file is?  */
static const struct archive_entry *
find_unused (const struct archive *archive, bool *failed)
{
  const struct archive_entries *entries = &archive->entries;
  CLEANUP_FREE bool *used = calloc (entries->count + 1, sizeof *used);
  *failed = !used;
  for (size_t i = 0; used && i < entries->count; i++)
    if (entries->items[i].kind == ARCHIVE_FILE)
      {
        const struct archive_entry *file = &entries->items[i];
        used[archive_find_blob (archive, file->repo, file->etag) - entries->items] = true;
      }
  for (size_t i = 0; used && i < entries->count; i++)
    if (entries->items[i].kind == ARCHIVE_BLOB && !used[i])
      return &entries->items[i];
  return NULL;
}

const char *
archive_check (const struct archive *archive, const struct archive_entry **at)
{
  const struct archive_entries *entries = &archive->entries;
  bool failed = false;
  *at = NULL;
  for (size_t i = 0; i < entries->count; i++)
    {
      *at = &entries->items[i];
      if (i > 0 && archive_compare (archive, *at - 1, *at) == 0)
        return "it stands there twice";
      const char *why = check_entry (archive, *at);
      if (why)
        return why;
    }
  *at = find_unused (archive, &failed);
  if (failed)
    return archive_no_memory;
  return *at ? "no file is this blob" : NULL;
}

void
archive_count (const struct archive *archive, struct hfcore_moved *moved)
{
  const struct archive_entry *before = NULL, *file = NULL;
  *moved = (struct hfcore_moved){ .size = sizeof *moved };
  for (size_t i = 0; i < archive->entries.count; i++)
    {
      const struct archive_entry *entry = &archive->entries.items[i];
      moved->repos += !before || before->repo != entry->repo;
      before = entry;
      moved->refs += entry->kind == ARCHIVE_REF;
      if (entry->kind == ARCHIVE_BLOB)
        {
          moved->blobs += !entry->is_needed;
          moved->blobs_known += entry->is_needed;
          moved->bytes += entry->is_needed ? 0 : entry->length;
        }
      if (entry->kind != ARCHIVE_FILE)
        continue;
      moved->files++;
      moved->revisions
          += !file || file->repo != entry->repo || strcmp (file->commit, entry->commit) != 0;
      file = entry;
    }
}
