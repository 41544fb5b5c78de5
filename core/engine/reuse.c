/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.c: see reuse.h.  */
#include "core/engine/reuse.h"

#include <string.h>
#include "core/engine/local_file.h"
#include "core/util/digest.h"
#include "core/util/names.h"

enum
{
  MOST_REVISIONS = 32,
  MOST_HASHED = 4 /* a file that changes and keeps its length must not cost a hash a revision  */
};

struct revision
{
  size_t storage;
  char commit[41];
  int64_t modified_ms;
};

/* The newest ones, newest first.  */
struct revisions
{
  const char *except;
  size_t storage; /* that is listed now  */
  struct revision items[MOST_REVISIONS];
  size_t count;
};

static int
note_revision (void *ctx, const struct hfcore_entry *entry)
{
  struct revisions *revisions = ctx;
  size_t at = revisions->count;
  if (entry->kind != HFCORE_ENTRY_REVISION || !entry->commit || !names_is_commit (entry->commit)
      || strcmp (entry->commit, revisions->except) == 0)
    return HFCORE_OK;
  while (at > 0 && revisions->items[at - 1].modified_ms < entry->modified_ms)
    at--;
  if (at == MOST_REVISIONS)
    return HFCORE_OK;
  if (revisions->count < MOST_REVISIONS)
    revisions->count++;
  memmove (&revisions->items[at + 1], &revisions->items[at],
           (revisions->count - 1 - at) * sizeof *revisions->items);
  revisions->items[at]
      = (struct revision){ .storage = revisions->storage, .modified_ms = entry->modified_ms };
  memcpy (revisions->items[at].commit, entry->commit, sizeof revisions->items[at].commit);
  return HFCORE_OK;
}

/* A storage that cannot tell its revisions has none to offer.  */
static int
list_revisions (const struct layers_file *file, struct hfcore_call *call,
                struct revisions *revisions)
{
  const struct hfcore_entry_sink sink
      = { .size = sizeof sink, .ctx = revisions, .entry = note_revision };
  size_t count = registry_storage_count (file->engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      const struct hfcore_storage *storage;
      CLEANUP_CALL struct hfcore_call one;
      engine_call_within (call, &one);
      revisions->storage = i;
      int code = registry_storage (file->engine->registry, i, &one, &storage);
      if (code == HFCORE_OK)
        code = storage->ops->list (storage->self, &one, file->repo, 1u << HFCORE_ENTRY_REVISION,
                                   &sink);
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return call_adopt_error (call, &one);
    }
  return HFCORE_OK;
}

/* HFCORE_OK: the revision's file is the one that is wanted, at `path` (in the call).  */
static int
is_same (const struct layers_file *file, struct hfcore_call *call, const struct revision *revision,
         unsigned *hashed, const char **path)
{
  const struct hfcore_storage *storage;
  struct hfcore_stored_file stored = { .size = sizeof stored };
  const char *etag = NULL;
  int code = registry_storage (file->engine->registry, revision->storage, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->file_get (storage->self, call, file->repo, revision->commit, file->path,
                                   &stored);
  if (code != HFCORE_OK || stored.state != HFCORE_FILE_PRESENT || stored.length != file->length
      || !stored.path)
    return code < 0 ? code : HFCORE_PASS;
  *path = stored.path;
  code = storage->ops->file_etag (storage->self, call, file->repo, revision->commit, file->path,
                                  &etag);
  if (code == HFCORE_OK)
    return strcmp (etag, file->etag) == 0 ? HFCORE_OK : HFCORE_PASS;
  if (code == HFCORE_E_UNSUPPORTED)
    call_forget (call);
  if ((code < 0 && code != HFCORE_E_UNSUPPORTED) || *hashed == MOST_HASHED)
    return code < 0 ? code : HFCORE_PASS;
  ++*hashed;
  return local_file_matches (call, stored.path, stored.length, file->etag);
}

static int
keep_place (struct hfcore_call *call, const struct revision *revision, const char *path,
            uint64_t length, struct layers_place *place)
{
  *place = (struct layers_place){ .storage = revision->storage,
                                  .commit = call_keep (call, revision->commit, 40),
                                  .path = call_keep (call, path, strlen (path)),
                                  .length = length };
  return place->commit && place->path ? HFCORE_OK : HFCORE_E_NOMEM;
}

int
reuse_find (const struct layers_file *file, struct hfcore_call *call, struct layers_place *place)
{
  struct revisions revisions = { .except = file->commit };
  unsigned hashed = 0;
  if (!file->etag || digest_of_etag (file->etag) == DIGEST_NONE)
    return HFCORE_PASS;
  int code = list_revisions (file, call, &revisions);
  if (code != HFCORE_OK)
    return code;
  for (size_t i = 0; i < revisions.count; i++)
    {
      const char *path;
      CLEANUP_CALL struct hfcore_call one;
      engine_call_within (call, &one);
      code = is_same (file, &one, &revisions.items[i], &hashed, &path);
      if (code == HFCORE_OK)
        return keep_place (call, &revisions.items[i], path, file->length, place);
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return call_adopt_error (call, &one);
    }
  return HFCORE_PASS;
}
