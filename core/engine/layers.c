/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c: see layers.h.  */
#include "core/engine/layers.h"

#include <string.h>
#include "core/engine/file_list.h"
#include "core/engine/store.h"
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/names.h"

/* ---- finding ---- */

static int
find_blob_in (const struct layers_file *file, struct hfcore_call *call, size_t index,
              struct layers_place *place)
{
  const struct hfcore_storage *storage;
  struct hfcore_stored_file blob = { .size = sizeof blob, .state = HFCORE_FILE_PRESENT };
  int code = registry_storage (file->engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->stat (storage->self, call, file->repo, file->etag, &blob.length);
  if (code != HFCORE_OK)
    return code;
  if (!tiers_is_sound (file->engine, index, file->path, &blob, file->length))
    return HFCORE_PASS;
  *place = (struct layers_place){ .storage = index, .length = blob.length };
  code = storage->ops->blob_path (storage->self, call, file->repo, file->etag, &place->path);
  if (code != HFCORE_E_UNSUPPORTED)
    return code;
  call_forget (call);
  return HFCORE_OK;
}

int
layers_find_blob (const struct layers_file *file, struct hfcore_call *call,
                  struct layers_place *place)
{
  struct engine *engine = file->engine;
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; file->etag && i < count; i++)
    {
      if (tiers_is_written (engine, i))
        continue;
      int code = find_blob_in (file, call, i, place);
      if (code == HFCORE_OK)
        return code;
      if (code < 0 && (code = tiers_pass_over (engine, i, call)) != HFCORE_OK)
        return code;
    }
  return HFCORE_PASS;
}

/* ---- bringing ---- */

/* What the storage itself says that the file is; NULL: it does not tell.  */
static int
ask_etag (const struct layers_file *file, struct hfcore_call *call, const struct layers_place *from,
          const char **etag)
{
  const struct hfcore_storage *storage;
  *etag = NULL;
  if (!from->commit)
    {
      *etag = file->etag;
      return HFCORE_OK;
    }
  int code = registry_storage (file->engine->registry, from->storage, call, &storage);
  if (code == HFCORE_OK)
    code
        = storage->ops->file_etag (storage->self, call, file->repo, from->commit, file->path, etag);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  if (code < 0)
    call_forget (call);
  if (*etag && names_check_etag (*etag))
    *etag = NULL;
  return HFCORE_OK;
}

/* What the commit's file list says that it is, in the call.  */
static int
find_listed_etag (const struct layers_file *file, struct hfcore_call *call, const char **etag)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  const struct hfcore_file_info *info = NULL;
  int code = file_list_remembered (file->engine, call, file->repo, file->commit, &list);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  if (code < 0)
    call_forget (call);
  if (code == HFCORE_OK)
    info = file_list_find (&list, file->path);
  if (info && info->etag && !(*etag = call_keep (call, info->etag, strlen (info->etag))))
    return HFCORE_E_NOMEM;
  return HFCORE_OK;
}

/* Where a pointer is to lead: to the blob itself rather than to another pointer to it.  */
static const char *
find_target (const struct layers_file *file, struct hfcore_call *call,
             const struct layers_place *from, const char *own_etag)
{
  const struct hfcore_storage *storage;
  const char *blob = NULL;
  if (!from->commit || !own_etag
      || registry_storage (file->engine->registry, from->storage, call, &storage) != HFCORE_OK)
    return from->path;
  if (storage->ops->blob_path (storage->self, call, file->repo, own_etag, &blob) < 0)
    call_forget (call);
  return blob ? blob : from->path;
}

static int
make_pointer (const struct layers_file *file, struct hfcore_call *call,
              const struct hfcore_storage *home, const char *target,
              struct hfcore_stored_file *stored)
{
  if (!target)
    return call_fail (call, HFCORE_E_UNSUPPORTED, "'%s' has no local path there", file->path);
  *stored = (struct hfcore_stored_file){ .size = sizeof *stored };
  int code = home->ops->file_link (home->self, call, file->repo, file->commit, file->path, target,
                                   0, stored);
  if (code != HFCORE_E_NOTFOUND)
    return code;
  call_forget (call);
  return HFCORE_PASS;
}

static int
copy_bytes (const struct layers_file *file, struct hfcore_call *call,
            const struct hfcore_storage *home, const struct layers_place *from, const char *etag,
            struct hfcore_stored_file *stored)
{
  bool published;
  const struct fetch_copy copy = { .storage = from->storage, .path = from->path };
  const struct fetch fetch
      = { .engine = file->engine,
          .events = file->events,
          .storage = home,
          .repo = file->repo,
          .commit = file->commit,
          .path = file->path,
          .etag = etag,
          .length = file->length != HFCORE_SIZE_UNKNOWN ? file->length : from->length,
          .copy = &copy };
  int code = store_file (&fetch, call, stored, &published);
  if (code != HFCORE_E_CORRUPT)
    return code;
  tiers_complain (file->engine, from->storage, "is passed over for '%s': %s", file->path,
                  call->error.message);
  call_forget (call);
  return HFCORE_PASS;
}

int
layers_bring (const struct layers_file *file, struct hfcore_call *call,
              const struct layers_place *from, struct hfcore_stored_file *stored)
{
  const struct hfcore_storage *home;
  const char *own_etag = NULL;
  bool promotes = registry_storage_entry (file->engine->registry, from->storage)->promote;
  int code = tiers_writable (file->engine, call, &home);
  if (code == HFCORE_OK)
    code = ask_etag (file, call, from, &own_etag);
  const char *etag = file->etag ? file->etag : own_etag;
  if (code == HFCORE_OK && promotes && !etag)
    code = find_listed_etag (file, call, &etag);
  if (code != HFCORE_OK)
    return code;
  /* What no digest tells may be anything that a layer's link leads to: it stays where it is.  */
  if (!promotes || !etag || digest_of_etag (etag) == DIGEST_NONE)
    {
      code = make_pointer (file, call, home, find_target (file, call, from, own_etag), stored);
      if (code != HFCORE_E_UNSUPPORTED || !etag)
        return code;
      call_forget (call);
    }
  return copy_bytes (file, call, home, from, etag, stored);
}
