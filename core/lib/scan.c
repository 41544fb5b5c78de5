/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c: the public function that tells what is cached.  */
#include <hfcore/hfcore.h>

#include <stdlib.h>
#include "core/engine/inventory.h"
#include "core/engine/tiers.h"
#include "core/lib/handle.h"
#include "core/plugin/sized.h"
#include "core/util/vector.h"

VECTOR_DEFINE (scan_revisions, struct hfcore_scan_revision);
VECTOR_DEFINE (scan_refs, struct hfcore_scan_ref);
VECTOR_DEFINE (scan_files, struct hfcore_scan_file);
VECTOR_DEFINE (scan_pointers, const void *);

/* What is told of one repository is built in these, again and again.  */
struct scan
{
  struct hfcore *cache;
  struct hfcore_scan ask;
  struct scan_revisions revisions;
  struct scan_refs refs;
  struct scan_files files;
  struct scan_pointers pointers;
};

static const char *
storage_name (const struct scan *scan, size_t index)
{
  return registry_storage_entry (scan->cache->engine->registry, index)->name;
}

/* ---- one repository ---- */

static int
add_files (struct scan *scan, const struct inventory_repo *repo,
           const struct inventory_revision *revision)
{
  for (size_t i = 0; revision->files && i < revision->file_count; i++)
    {
      const struct inventory_file *file = &revision->files[i];
      const struct inventory_blob *blob = &repo->blobs[file->blob];
      const struct hfcore_scan_file made = { .size = sizeof made,
                                             .own = blob->place == INVENTORY_OWN,
                                             .file = file->name,
                                             .etag = blob->etag,
                                             .blob_path = blob->path,
                                             .bytes = blob->size,
                                             .accessed_ns = blob->accessed_ns,
                                             .modified_ns = blob->modified_ns };
      if (scan_files_append (&scan->files, made) < 0)
        return -1;
    }
  return 0;
}

static int
add_revisions (struct scan *scan, const struct inventory_repo *repo)
{
  for (size_t i = 0; i < repo->revision_count; i++)
    {
      const struct inventory_revision *revision = &repo->revisions[i];
      const struct hfcore_scan_revision made = { .size = sizeof made,
                                                 .commit = revision->commit,
                                                 .path = revision->path,
                                                 .bytes = revision->size,
                                                 .file_count = revision->file_count,
                                                 .modified_ns = revision->modified_ns,
                                                 .refs = revision->refs,
                                                 .ref_count = revision->ref_count };
      if (scan_revisions_append (&scan->revisions, made) < 0
          || add_files (scan, repo, revision) < 0)
        return -1;
    }
  return 0;
}

static int
add_refs (struct scan *scan, const struct inventory_repo *repo)
{
  for (size_t i = 0; i < repo->ref_count; i++)
    {
      const struct hfcore_scan_ref made
          = { .size = sizeof made, .name = repo->refs[i].name, .commit = repo->refs[i].commit };
      if (scan_refs_append (&scan->refs, made) < 0)
        return -1;
    }
  return 0;
}

/* Callers are given arrays of pointers, so that the structs may grow: files, then revisions, then
 * refs. Nothing grows any more when it is pointed to.  */
static int
point (struct scan *scan)
{
  scan->pointers.count = 0;
  for (size_t i = 0; i < scan->files.count; i++)
    if (scan_pointers_append (&scan->pointers, &scan->files.items[i]) < 0)
      return -1;
  for (size_t i = 0; i < scan->revisions.count; i++)
    if (scan_pointers_append (&scan->pointers, &scan->revisions.items[i]) < 0)
      return -1;
  for (size_t i = 0; i < scan->refs.count; i++)
    if (scan_pointers_append (&scan->pointers, &scan->refs.items[i]) < 0)
      return -1;
  const void *const *next = scan->pointers.items;
  for (size_t i = 0; scan->files.count && i < scan->revisions.count; i++)
    {
      scan->revisions.items[i].files = (const struct hfcore_scan_file *const *) next;
      next += scan->revisions.items[i].file_count;
    }
  return 0;
}

static int
pass_repo (void *scan_, const struct inventory_repo *repo)
{
  struct scan *scan = scan_;
  scan->revisions.count = scan->refs.count = scan->files.count = 0;
  if (!scan->ask.repo)
    return HFCORE_OK;
  if (add_revisions (scan, repo) < 0 || add_refs (scan, repo) < 0 || point (scan) < 0)
    return HFCORE_E_NOMEM;
  /* A repository may have none of either.  */
  const void *const *revisions
      = scan->pointers.items ? scan->pointers.items + scan->files.count : NULL;
  const struct hfcore_scan_repo told
      = { .size = sizeof told,
          .repo_type = repo->repo.type,
          .repo_id = repo->repo.id,
          .storage = storage_name (scan, repo->storage),
          .path = repo->path,
          .bytes = repo->size,
          .blob_count = repo->blob_count,
          .accessed_ns = repo->accessed_ns,
          .modified_ns = repo->modified_ns,
          .revision_count = repo->revision_count,
          .revisions = (const struct hfcore_scan_revision *const *) revisions,
          .ref_count = repo->ref_count,
          .refs = (const struct hfcore_scan_ref *const *) (revisions + repo->revision_count) };
  return scan->ask.repo (scan->ask.ctx, &told);
}

/* ---- the rest ---- */

static int
pass_warning (void *scan_, const struct inventory_warning *warning)
{
  struct scan *scan = scan_;
  return scan->ask.warning
             ? scan->ask.warning (scan->ask.ctx, storage_name (scan, warning->storage),
                                  warning->path, warning->text)
             : HFCORE_OK;
}

static int
pass_partial (void *scan_, const struct inventory_partial *partial)
{
  struct scan *scan = scan_;
  const struct hfcore_scan_partial told = { .size = sizeof told,
                                            .held = partial->held,
                                            .repo_type = partial->repo ? partial->repo->type : NULL,
                                            .repo_id = partial->repo ? partial->repo->id : NULL,
                                            .storage = storage_name (scan, partial->storage),
                                            .path = partial->path,
                                            .etag = partial->etag,
                                            .bytes = partial->size,
                                            .modified_ns = partial->modified_ns };
  return scan->ask.partial ? scan->ask.partial (scan->ask.ctx, &told) : HFCORE_OK;
}

static uint32_t
inventory_flags (uint32_t flags)
{
  if (flags & HFCORE_SCAN_NAMES)
    return INVENTORY_NAMES;
  return (flags & HFCORE_SCAN_FILES ? INVENTORY_FILES : 0)
         | (flags & HFCORE_SCAN_AS_0_26 ? INVENTORY_AS_0_26 : 0);
}

int
hfcore_scan (struct hfcore *cache, const struct hfcore_scan *ask, struct hfcore_scan_sum *sum,
             struct hfcore_error *error)
{
  struct hfcore_call call;
  struct scan scan = { .cache = cache };
  struct inventory_sum total = { 0 };
  if (ask)
    sized_take (&scan.ask, sizeof scan.ask, ask);
  const struct inventory_listener listener
      = { .ctx = &scan, .repo = pass_repo, .partial = pass_partial, .warning = pass_warning };
  struct inventory_ask wanted = { .engine = cache->engine,
                                  .flags = inventory_flags (scan.ask.flags),
                                  .storage = INVENTORY_ALL_STORAGES,
                                  .threads = scan.ask.max_threads };
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK && scan.ask.flags & HFCORE_SCAN_WRITTEN)
    code = tiers_writable_index (cache->engine, &call, &wanted.storage);
  if (code == HFCORE_OK)
    code = inventory_each (&wanted, &call, &listener, &total);
  if (code == HFCORE_OK && sum)
    {
      const struct hfcore_scan_sum told = { .size = sizeof told,
                                            .repos = total.repos,
                                            .revisions = total.revisions,
                                            .bytes = total.size,
                                            .disk_bytes = total.disk_size,
                                            .warnings = total.warnings,
                                            .partials = total.partials,
                                            .partial_bytes = total.partial_size,
                                            .unused_shared = total.unused_shared,
                                            .unused_shared_bytes = total.unused_shared_size };
      sized_give (sum, sizeof told, &told);
    }
  free (scan.revisions.items);
  free (scan.refs.items);
  free (scan.files.items);
  free (scan.pointers.items);
  return handle_finish (&call, code, error);
}
