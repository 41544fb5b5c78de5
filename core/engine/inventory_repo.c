/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_repo.c: of what was gathered of one repository, the numbers that Python has (spec
 * 7.2).  */
#include <string.h>
#include "core/engine/inventory_parts.h"
#include "core/util/names.h"

static int
by_name (const void *a_, const void *b_)
{
  const struct inventory_ref *a = a_, *b = b_;
  return strcmp (a->name, b->name);
}

static int
by_commit (const void *a_, const void *b_)
{
  const struct inventory_revision *a = a_, *b = b_;
  return strcmp (a->commit, b->commit);
}

static int
make_refs (struct inventory_gather *gather, struct inventory_repo *repo)
{
  struct inventory_refs *refs = &gather->told.refs;
  refs->count = 0;
  for (size_t i = 0; i < gather->refs.count; i++)
    {
      const struct inventory_gathered_ref *ref = &gather->refs.items[i];
      const struct inventory_ref made = { .name = inventory_string (gather, ref->name),
                                          .commit = inventory_string (gather, ref->says) };
      if (inventory_refs_append (refs, made) < 0)
        return -1;
    }
  if (refs->count)
    qsort (refs->items, refs->count, sizeof *refs->items, by_name);
  repo->refs = refs->items;
  repo->ref_count = refs->count;
  return 0;
}

static int
make_files (struct inventory_gather *gather)
{
  struct inventory_files *files = &gather->told.files;
  files->count = 0;
  for (size_t i = 0; i < gather->files.count; i++)
    {
      const struct inventory_gathered_file *file = &gather->files.items[i];
      const struct inventory_file made
          = { .name = inventory_string (gather, file->name), .blob = file->blob };
      if (inventory_files_append (files, made) < 0)
        return -1;
    }
  return 0;
}

/* The names of the refs of all revisions, behind each other: a place is kept in each until the
 * array has its size.  */
static int
name_refs (struct inventory_gather *gather, const struct inventory_repo *repo)
{
  struct inventory_revisions *revisions = &gather->told.revisions;
  struct inventory_names *names = &gather->told.names;
  names->count = 0;
  for (size_t i = 0; i < revisions->count; i++)
    {
      struct inventory_revision *revision = &revisions->items[i];
      for (size_t j = 0; j < repo->ref_count; j++)
        if (strcmp (repo->refs[j].commit, revision->commit) == 0)
          {
            if (inventory_names_append (names, repo->refs[j].name) < 0)
              return -1;
            revision->ref_count++;
          }
    }
  const char *const *next = names->items;
  for (size_t i = 0; i < revisions->count; i++)
    {
      revisions->items[i].refs = next;
      next = next ? next + revisions->items[i].ref_count : NULL;
    }
  return 0;
}

static int
make_revisions (struct inventory_gather *gather, struct inventory_repo *repo)
{
  struct inventory_revisions *revisions = &gather->told.revisions;
  bool wants_files = gather->ask->flags & INVENTORY_FILES;
  revisions->count = 0;
  for (size_t i = 0; i < gather->revisions.count; i++)
    {
      const struct inventory_gathered_revision *from = &gather->revisions.items[i];
      const struct inventory_revision made = {
        .commit = inventory_string (gather, from->commit),
        .path = inventory_string (gather, from->path),
        .size = from->size,
        .file_count = from->file_count,
        .modified_ns = from->newest_ns == INT64_MIN ? from->folder_ns : from->newest_ns,
        .used_ns = from->used_ns,
        .files
        = wants_files && from->file_count ? gather->told.files.items + from->first_file : NULL,
      };
      if (inventory_revisions_append (revisions, made) < 0)
        return -1;
    }
  if (revisions->count)
    qsort (revisions->items, revisions->count, sizeof *revisions->items, by_commit);
  repo->revisions = revisions->items;
  repo->revision_count = revisions->count;
  return name_refs (gather, repo);
}

static void
sum_up (const struct inventory_gather *gather, struct inventory_repo *repo)
{
  repo->size = gather->own_size;
  repo->blob_count = gather->own_count;
  repo->accessed_ns = gather->own_accessed_ns;
  repo->modified_ns = gather->own_modified_ns;
  for (size_t i = 0; i < gather->blobs.count; i++)
    {
      const struct inventory_blob *blob = &gather->blobs.items[i].blob;
      if (!blob->revisions || blob->place == INVENTORY_GONE)
        continue;
      repo->size += blob->size;
      repo->blob_count++;
      if (blob->accessed_ns > repo->accessed_ns)
        repo->accessed_ns = blob->accessed_ns;
      if (blob->modified_ns > repo->modified_ns)
        repo->modified_ns = blob->modified_ns;
    }
  if (repo->blob_count == 0)
    {
      repo->accessed_ns = gather->folder_accessed_ns;
      repo->modified_ns = gather->folder_modified_ns;
    }
}

static int
make_blobs (struct inventory_gather *gather, struct inventory_repo *repo)
{
  struct inventory_blobs *blobs = &gather->told.blobs;
  blobs->count = 0;
  for (size_t i = 0; i < gather->blobs.count; i++)
    {
      const struct inventory_gathered_blob *from = &gather->blobs.items[i];
      struct inventory_blob made = from->blob;
      made.etag = inventory_string (gather, from->etag);
      made.path = inventory_string (gather, from->path);
      if (inventory_blobs_append (blobs, made) < 0)
        return -1;
    }
  repo->blobs = blobs->items;
  repo->all_blob_count = blobs->count;
  return 0;
}

/* Every ref is to name a revision that is here.  */
static void
check_refs (struct inventory_gather *gather, const struct inventory_repo *repo)
{
  size_t named = 0;
  for (size_t i = 0; i < repo->revision_count; i++)
    named += repo->revisions[i].ref_count;
  if (!gather->problem && named < repo->ref_count)
    {
      gather->problem = INVENTORY_REF_DANGLES;
      gather->problem_path = gather->path;
    }
}

int
inventory_repo_make (struct inventory_gather *gather, struct inventory_repo *repo)
{
  *repo = (struct inventory_repo){ .repo = *gather->repo,
                                   .storage = gather->storage,
                                   .path = inventory_string (gather, gather->path) };
  if ((gather->ask->flags & INVENTORY_FILES && make_files (gather) < 0)
      || make_refs (gather, repo) < 0 || make_revisions (gather, repo) < 0)
    return -1;
  sum_up (gather, repo);
  check_refs (gather, repo);
  repo->broken = gather->problem != 0;
  repo->is_sound = !names_check_repo_id (repo->repo.id);
  bool wants_blobs = gather->ask->flags & (INVENTORY_BLOBS | INVENTORY_FILES);
  return wants_blobs ? make_blobs (gather, repo) : 0;
}
