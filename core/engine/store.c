/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: see store.h.  */
#include "core/engine/store.h"

#include <errno.h>

/* A twin that held the lock before may have made the file; where files are no links its blob is
 * gone then.  */
static bool
is_there_now (const struct fetch *fetch, struct hfcore_call *call,
              struct hfcore_stored_file *stored)
{
  int code = fetch->force ? HFCORE_PASS
                          : fetch->storage->ops->file_get (fetch->storage->self, call, fetch->repo,
                                                           fetch->commit, fetch->path, stored);
  if (code < 0)
    call_forget (call);
  return code == HFCORE_OK && stored->state == HFCORE_FILE_PRESENT;
}

static int
publish (const struct fetch *fetch, struct hfcore_call *call, struct hfcore_stored_file *stored,
         bool *published)
{
  struct fetched fetched;
  int code = fetch_blob (fetch, call, &fetched);
  if (code != HFCORE_OK)
    return code;
  *published = *published || fetched.published;
  const uint32_t flags
      = (fetched.is_new ? HFCORE_NEW_BLOB : 0u) | (fetch->force ? HFCORE_REPLACE : 0u);
  return fetch->storage->ops->file_set (fetch->storage->self, call, fetch->repo, fetch->commit,
                                        fetch->path, fetch->etag, flags, stored);
}

static int
store_locked (const struct fetch *fetch, struct hfcore_call *call,
              struct hfcore_stored_file *stored, bool *published)
{
  if (is_there_now (fetch, call, stored))
    return HFCORE_OK;
  int code = publish (fetch, call, stored, published);
  /* The lock may be none: a twin took the blob away to make a file of it.  */
  if (code == HFCORE_E_RETRY && call->error.os_errno == ENOENT)
    code = publish (fetch, call, stored, published);
  return code;
}

int
store_file (const struct fetch *fetch, struct hfcore_call *call, struct hfcore_stored_file *stored,
            bool *published)
{
  const struct hfcore_storage *storage = fetch->storage;
  void *lock = NULL;
  CLEANUP_CALL struct hfcore_call locking;
  engine_call_within (call, &locking);
  *stored = (struct hfcore_stored_file){ .size = sizeof *stored };
  *published = false;
  int code = storage->ops->lock (storage->self, &locking, fetch->repo, fetch->etag, &lock);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (call, &locking);
  /* The lock only saves work: a storage without it, or a disk whose locks fail, still serves.  */
  if (code < 0)
    host_log (&fetch->engine->log, HFCORE_LOG_DEBUG, "no lock: %s", locking.error.message);
  code = store_locked (fetch, call, stored, published);
  if (lock)
    storage->ops->unlock (storage->self, lock);
  return code;
}
