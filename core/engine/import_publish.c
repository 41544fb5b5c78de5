/* SPDX-License-Identifier: Apache-2.0 */
/* import_publish.c: what was read and checked becomes visible: file lists, then blobs with their
 * files, what is known to be absent, and refs last. Whatever stops it, what is there is whole, and
 * a snapshot that is not says so.  */
#include "core/engine/import_parts.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/archive_gather.h"
#include "core/engine/archive_source.h"
#include "core/engine/layers.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/tree_json.h"

enum
{
  LOCK_WAIT_MS = 2000 /* who holds it that long has a slow line: the bytes are here  */
};

/* ---- blobs that the archive leaves out ---- */

static int
set_linked (struct import *import, size_t index, const char *path)
{
  import->stages[index].text = strdup (path);
  if (!import->stages[index].text)
    return call_fail (import->call, HFCORE_E_NOMEM, "out of memory");
  import->stages[index].state = IMPORT_LINKED;
  return HFCORE_OK;
}

/* As a blob of another storage.  */
static int
look_elsewhere (struct import *import, size_t index)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct import_use *use, *end;
  struct layers_place place;
  import_uses_of (import, index, &use, &end);
  const struct archive_entry *file = &import->archive->entries.items[use->file];
  const struct layers_file wanted = { .engine = import->engine,
                                      .events = import->events,
                                      .repo = import_repo (import, blob),
                                      .commit = file->commit,
                                      .path = file->name,
                                      .etag = blob->etag,
                                      .length = blob->length };
  int code = layers_find_blob (&wanted, import->call, &place);
  if (code == HFCORE_OK && place.path)
    return set_linked (import, index, place.path);
  return code < 0 ? code : HFCORE_OK;
}

/* As a file of some snapshot, where no links are.  */
static int
look_in_files (struct import *import, size_t index, const struct archive *known)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct hfcore_repo *repo = import_repo (import, blob);
  CLEANUP_SOURCE struct archive_source source = { 0 };
  for (uint32_t i = 0; i < known->repos.count; i++)
    {
      if (strcmp (known->repos.items[i].repo.id, repo->id) != 0
          || strcmp (known->repos.items[i].repo.type, repo->type) != 0)
        continue;
      const struct archive_entry *here = archive_find_blob (known, i, blob->etag);
      int code = here ? archive_source_find (import->engine, import->call, known, here, &source)
                      : HFCORE_PASS;
      if (code == HFCORE_OK && source.path && source.length == blob->length)
        return set_linked (import, index, source.path);
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return code;
      call_forget (import->call);
    }
  return HFCORE_OK;
}

/* What this machine has of the repositories whose blobs are still to be found.  */
static int
gather_known (struct import *import, struct archive *known)
{
  struct archive_gather gather
      = { .engine = import->engine, .call = import->call, .archive = known };
  uint32_t last = UINT32_MAX;
  for (size_t i = 0; i < import->archive->entries.count; i++)
    {
      const struct archive_entry *blob = &import->archive->entries.items[i];
      if (!blob->is_needed || import->stages[i].state != IMPORT_NOTHING || blob->repo == last)
        continue;
      last = blob->repo;
      int code = archive_gather (&gather, import_repo (import, blob), NULL);
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return code;
      call_forget (import->call);
    }
  archive_unite (known);
  return HFCORE_OK;
}

static int
count_missing (struct import *import)
{
  const struct archive_entry *first = NULL;
  size_t missing = 0;
  for (size_t i = 0; i < import->archive->entries.count; i++)
    {
      const struct archive_entry *blob = &import->archive->entries.items[i];
      if (!blob->is_needed || import->stages[i].state != IMPORT_NOTHING)
        continue;
      missing++;
      first = first ? first : blob;
    }
  if (!first)
    return HFCORE_OK;
  int code = call_fail (import->call, HFCORE_E_NOTFOUND,
                        "%zu blob%s that the archive leaves out %s not here, %s of %s '%s' first; "
                        "export without --have, or with this machine's manifest of today; nothing "
                        "was added",
                        missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are", first->etag,
                        import_repo (import, first)->type, import_repo (import, first)->id);
  import->call->error.missing = HFCORE_MISSING_FILE;
  return code;
}

int
import_find_needed (struct import *import)
{
  CLEANUP_ARCHIVE struct archive known = { 0 };
  bool any = false;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < import->archive->entries.count; i++)
    {
      if (!import->archive->entries.items[i].is_needed)
        continue;
      code = import_look (import, i);
      if (code == HFCORE_OK && import->stages[i].state == IMPORT_NOTHING)
        code = look_elsewhere (import, i);
      any = any || import->stages[i].state == IMPORT_NOTHING;
    }
  if (code == HFCORE_OK && any)
    code = gather_known (import, &known);
  for (size_t i = 0; code == HFCORE_OK && any && i < import->archive->entries.count; i++)
    if (import->archive->entries.items[i].is_needed && import->stages[i].state == IMPORT_NOTHING)
      code = look_in_files (import, i, &known);
  return code == HFCORE_OK ? count_missing (import) : code;
}

/* ---- file lists ---- */

/* A list as tree_set wants it.  */
struct list
{
  struct pool pool;
  struct hfcore_file_info *files;
  size_t count, room;
};

static int
on_file (void *ctx, const struct hfcore_file_info *info)
{
  struct list *list = ctx;
  if (list->count == list->room)
    {
      size_t room = list->room ? list->room * 2 : 64;
      struct hfcore_file_info *files = realloc (list->files, room * sizeof *files);
      if (!files)
        return HFCORE_E_NOMEM;
      list->files = files;
      list->room = room;
    }
  const char *const from[]
      = { info->path, info->etag, info->blob_id, info->lfs_sha256, info->xet_hash };
  const char *copy[5] = { NULL };
  for (size_t i = 0; i < 5; i++)
    if (from[i] && !(copy[i] = pool_copy (&list->pool, from[i])))
      return HFCORE_E_NOMEM;
  list->files[list->count++] = (struct hfcore_file_info){ .size = sizeof *info,
                                                          .path = copy[0],
                                                          .etag = copy[1],
                                                          .length = info->length,
                                                          .blob_id = copy[2],
                                                          .lfs_sha256 = copy[3],
                                                          .lfs_length = info->lfs_length,
                                                          .xet_hash = copy[4] };
  return HFCORE_OK;
}

static int
pass_file (void *ctx, const struct hfcore_file_info *info)
{
  (void) ctx;
  (void) info;
  return HFCORE_OK;
}

static int
set_tree (struct import *import, size_t index)
{
  const struct archive_entry *entry = &import->archive->entries.items[index];
  const struct hfcore_repo *repo = import_repo (import, entry);
  const struct hfcore_storage *storage = import->storage;
  struct list list = { 0 };
  const struct hfcore_file_sink known = { .size = sizeof known, .file = pass_file };
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = &list, .file = on_file };
  int code = storage->ops->tree_get (storage->self, import->call, repo, entry->commit, &known);
  if (code == HFCORE_OK || code == HFCORE_E_CANCELLED)
    return code;
  call_forget (import->call);
  code = tree_json_parse (import->stages[index].text, (size_t) entry->length, entry->commit, &sink);
  if (code == HFCORE_E_NOMEM)
    call_fail (import->call, code, "out of memory");
  if (code == HFCORE_OK)
    code = storage->ops->tree_set (storage->self, import->call, repo, entry->commit, list.files,
                                   list.count);
  if (code == HFCORE_E_UNSUPPORTED)
    {
      call_forget (import->call);
      code = HFCORE_OK;
    }
  free (list.files);
  pool_free (&list.pool);
  return code;
}

/* ---- blobs and files ---- */

/* Is the blob there now, since a twin was quicker?  */
static int
is_here (struct import *import, const struct archive_entry *blob, bool *here)
{
  const struct hfcore_storage *storage = import->storage;
  uint64_t length;
  int code = storage->ops->stat (storage->self, import->call, import_repo (import, blob),
                                 blob->etag, &length);
  *here = code == HFCORE_OK && length == blob->length;
  return code < 0 ? code : HFCORE_OK;
}

static int
commit_blob (struct import *import, size_t index, bool *is_new)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct hfcore_storage *storage = import->storage;
  void *writer = NULL;
  bool here;
  int code = is_here (import, blob, &here);
  if (code == HFCORE_OK)
    code = import_stage_take (import, index, &writer);
  if (code == HFCORE_PASS && here)
    {
      import->stages[index].state = IMPORT_NOTHING;
      return HFCORE_OK;
    }
  if (code == HFCORE_PASS)
    return call_fail (import->call, HFCORE_E_IO,
                      "the bytes of blob %s were taken away before they were added (by a prune of "
                      "the cache?); import the archive again",
                      blob->etag);
  if (code != HFCORE_OK)
    return code;
  if (here)
    {
      storage->ops->abandon (storage->self, writer, 0);
      return HFCORE_OK;
    }
  code = storage->ops->commit (storage->self, import->call, writer, blob->length);
  *is_new = code == HFCORE_OK;
  if (*is_new)
    import_stage_sweep (import, index);
  return code;
}

/* A storage without links moves a new blob to the file that comes last, and copies it before.  */
static int
set_files (struct import *import, size_t index, bool is_new)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct import_stage *stage = &import->stages[index];
  const struct hfcore_storage *storage = import->storage;
  const struct hfcore_repo *repo = import_repo (import, blob);
  const struct import_use *use, *end;
  int code = HFCORE_OK;
  import_uses_of (import, index, &use, &end);
  for (; code == HFCORE_OK && use < end; use++)
    {
      const struct archive_entry *file = &import->archive->entries.items[use->file];
      bool is_last = use + 1 == end, is_placed = false;
      code = call_tick (import->call, 0, 0);
      if (code == HFCORE_OK && stage->state == IMPORT_LINKED)
        code = import_is_placed (import, file, blob->length, &is_placed);
      if (code != HFCORE_OK || is_placed)
        continue;
      code = stage->state == IMPORT_LINKED
                 ? storage->ops->file_link (storage->self, import->call, repo, file->commit,
                                            file->name, stage->text, 0, NULL)
                 : storage->ops->file_set (storage->self, import->call, repo, file->commit,
                                           file->name, blob->etag,
                                           is_new && is_last ? HFCORE_NEW_BLOB : 0, NULL);
    }
  return code;
}

static int
publish_blob (struct import *import, size_t index, bool *is_new)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct hfcore_storage *storage = import->storage;
  struct import_stage *stage = &import->stages[index];
  void *lock = NULL;
  *is_new = false;
  if (stage->state == IMPORT_PLACED)
    return HFCORE_OK;
  CLEANUP_CALL struct hfcore_call locking;
  engine_call_within (import->call, &locking);
  locking.deadline_ms = clock_now_ms () + LOCK_WAIT_MS;
  int code
      = storage->ops->lock (storage->self, &locking, import_repo (import, blob), blob->etag, &lock);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (import->call, &locking);
  /* The lock only saves work: the storage settles whose blob it is.  */
  if (code < 0)
    host_log (&import->engine->log, HFCORE_LOG_DEBUG, "no lock: %s", locking.error.message);
  code = stage->state == IMPORT_OPEN || stage->state == IMPORT_PARKED
             ? commit_blob (import, index, is_new)
             : HFCORE_OK;
  if (code == HFCORE_OK)
    code = set_files (import, index, *is_new);
  if (lock)
    storage->ops->unlock (storage->self, lock);
  return code;
}

/* ---- all ---- */

static int
set_ref (struct import *import, const struct archive_entry *entry)
{
  const struct hfcore_storage *storage = import->storage;
  const struct hfcore_repo *repo = import_repo (import, entry);
  const char *before = NULL;
  int code = storage->ops->ref_get (storage->self, import->call, repo, entry->name, &before);
  if (code == HFCORE_OK && strcmp (before, entry->commit) != 0)
    host_log (&import->engine->log, HFCORE_LOG_INFO, "'%s' of %s '%s' names %s from now on, not %s",
              entry->name, repo->type, repo->id, entry->commit, before);
  if (code < 0)
    return code;
  return storage->ops->ref_set (storage->self, import->call, repo, entry->name, NULL,
                                entry->commit);
}

static int
publish (struct import *import, size_t index, uint64_t *added, uint64_t *bytes)
{
  const struct archive_entry *entry = &import->archive->entries.items[index];
  bool is_new = false;
  int code = HFCORE_OK;
  switch (entry->kind)
    {
    case ARCHIVE_TREE:
      return set_tree (import, index);
    case ARCHIVE_BLOB:
      code = publish_blob (import, index, &is_new);
      *added += is_new;
      *bytes += is_new ? entry->length : 0;
      return code;
    case ARCHIVE_ABSENT:
      return import->storage->ops->file_set (import->storage->self, import->call,
                                             import_repo (import, entry), entry->commit,
                                             entry->name, NULL, 0, NULL);
    case ARCHIVE_REF:
      return set_ref (import, entry);
    case ARCHIVE_FILE: /* with its blob  */
      break;
    }
  return HFCORE_OK;
}

int
import_publish (struct import *import, uint64_t *added, uint64_t *bytes)
{
  static const enum archive_kind order[]
      = { ARCHIVE_TREE, ARCHIVE_BLOB, ARCHIVE_ABSENT, ARCHIVE_REF };
  *added = *bytes = 0;
  for (size_t kind = 0; kind < sizeof order / sizeof *order; kind++)
    for (size_t i = 0; i < import->archive->entries.count; i++)
      {
        if (import->archive->entries.items[i].kind != order[kind])
          continue;
        call_reset (import->call);
        int code = call_tick (import->call, 0, 0);
        if (code == HFCORE_OK)
          code = publish (import, i, added, bytes);
        if (code != HFCORE_OK)
          return code;
      }
  return HFCORE_OK;
}
