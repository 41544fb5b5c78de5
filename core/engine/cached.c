/* SPDX-License-Identifier: Apache-2.0 */
/* cached.c: see cached.h.  */
#include "core/engine/cached.h"

#include "core/engine/reuse.h"
#include "core/engine/tiers.h"

static bool
is_fatal (int code)
{
  return code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM;
}

static bool
is_in (const struct hfcore_stored_file *stored)
{
  return stored->state == HFCORE_FILE_PRESENT;
}

/* From a storage whose file would do where it lies.  */
static int
promote (const struct cached_ask *ask, struct hfcore_call *call, const struct layers_place *from,
         struct hfcore_stored_file *stored)
{
  const struct layers_file *file = &ask->file;
  struct hfcore_stored_file ours = { .size = sizeof ours };
  size_t written;
  int code = tiers_writable_index (file->engine, call, &written);
  if (code == HFCORE_OK)
    code = tiers_find_file_in (file->engine, call, written, file->repo, file->commit, file->path,
                               &ours);
  if (code == HFCORE_OK && !is_in (&ours))
    code = layers_bring (file, call, from, &ours);
  if (code == HFCORE_OK)
    *stored = ours;
  if (code >= HFCORE_OK || is_fatal (code))
    return code;
  tiers_complain (file->engine, from->storage, "cannot be promoted, its files are used there: %s",
                  call->error.message);
  call_forget (call);
  return HFCORE_OK;
}

/* The file as this storage has it.  */
static int
find_in (const struct cached_ask *ask, struct hfcore_call *call, size_t index,
         struct hfcore_stored_file *stored)
{
  const struct layers_file *file = &ask->file;
  int code = tiers_find_file_in (file->engine, call, index, file->repo, file->commit, file->path,
                                 stored);
  if (code != HFCORE_OK)
    return code;
  if (!is_in (stored) || !tiers_is_sound (file->engine, index, file->path, stored, file->length))
    return HFCORE_PASS;
  if (ask->dry || tiers_is_written (file->engine, index))
    return HFCORE_OK;
  const struct layers_place place = {
    .storage = index, .commit = file->commit, .path = stored->path, .length = stored->length
  };
  if (ask->home)
    return *ask->home == index ? HFCORE_OK : layers_bring (file, call, &place, stored);
  return registry_storage_entry (file->engine->registry, index)->promote
             ? promote (ask, call, &place, stored)
             : HFCORE_OK;
}

int
cached_find (const struct cached_ask *ask, struct hfcore_call *call,
             struct hfcore_stored_file *stored)
{
  size_t count = registry_storage_count (ask->file.engine->registry);
  int code = ask->home ? find_in (ask, call, *ask->home, stored) : HFCORE_PASS;
  for (size_t i = 0; i < count && code == HFCORE_PASS; i++)
    if (!ask->home || *ask->home != i)
      code = find_in (ask, call, i, stored);
  return code;
}

/* Is the blob in this storage?  */
static int
has_blob (const struct layers_file *file, struct hfcore_call *call, size_t index, bool *has)
{
  const struct hfcore_storage *storage;
  uint64_t length;
  *has = false;
  int code = registry_storage (file->engine->registry, index, call, &storage);
  if (code != HFCORE_OK || !file->etag)
    return code;
  code = storage->ops->stat (storage->self, call, file->repo, file->etag, &length);
  *has = code == HFCORE_OK;
  if (code < 0 && !is_fatal (code))
    call_forget (call);
  return is_fatal (code) ? code : HFCORE_OK;
}

static int
reuse (const struct cached_ask *ask, struct hfcore_call *call, struct hfcore_stored_file *stored)
{
  struct layers_place place;
  size_t written;
  bool has;
  int code = tiers_writable_index (ask->file.engine, call, &written);
  if (code == HFCORE_OK)
    code = has_blob (&ask->file, call, written, &has);
  if (code != HFCORE_OK || has)
    return code == HFCORE_OK ? HFCORE_PASS : code;
  code = layers_find_blob (&ask->file, call, &place);
  if (code == HFCORE_OK)
    code = layers_bring (&ask->file, call, &place, stored);
  if (code != HFCORE_PASS)
    return code;
  code = reuse_find (&ask->file, call, &place);
  return code == HFCORE_OK ? layers_bring (&ask->file, call, &place, stored) : code;
}

int
cached_reuse (const struct cached_ask *ask, struct hfcore_call *call,
              struct hfcore_stored_file *stored)
{
  int code = reuse (ask, call, stored);
  if (code >= HFCORE_OK || is_fatal (code))
    return code;
  host_log (&ask->file.engine->log, HFCORE_LOG_DEBUG, "'%s' is not taken from a storage: %s",
            ask->file.path, call->error.message);
  call_forget (call);
  return HFCORE_PASS;
}

int
cached_would_do (const struct cached_ask *ask, struct hfcore_call *call, size_t written,
                 struct hfcore_stored_file *stored, bool *would)
{
  struct layers_place place;
  int code = cached_find (ask, call, stored);
  *would = code == HFCORE_OK;
  if (code != HFCORE_PASS)
    return code;
  *stored = (struct hfcore_stored_file){ .size = sizeof *stored };
  code = has_blob (&ask->file, call, written, would);
  if (code != HFCORE_OK || *would)
    return code;
  code = layers_find_blob (&ask->file, call, &place);
  *would = code == HFCORE_OK;
  return code == HFCORE_PASS ? HFCORE_OK : code;
}
