/* SPDX-License-Identifier: Apache-2.0 */
/* tiers.c: see tiers.h.  */
#include "core/engine/tiers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/files.h"
#include "core/util/names.h"

/* A storage that failed is passed over where others are left. HFCORE_OK: go on.  */
static int
pass_over (struct engine *engine, size_t index, struct hfcore_call *call)
{
  int code = call->error.code;
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM
      || registry_storage_count (engine->registry) == 1)
    return code;
  if (!atomic_exchange (&engine->storage_warned[index], true))
    host_log (&engine->log, HFCORE_LOG_WARNING, "storage '%s' is passed over: %s",
              registry_storage_entry (engine->registry, index)->name, call->error.message);
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
  return HFCORE_OK;
}

int
tiers_find_file_in (struct engine *engine, struct hfcore_call *call, size_t index,
                    const struct hfcore_repo *repo, const char *commit, const char *path,
                    struct hfcore_stored_file *file)
{
  const struct hfcore_storage *storage;
  *file = (struct hfcore_stored_file){ .size = sizeof *file };
  int code = registry_storage (engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->file_get (storage->self, call, repo, commit, path, file);
  return code < 0 ? pass_over (engine, index, call) : HFCORE_OK;
}

int
tiers_find_file (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, struct hfcore_stored_file *file)
{
  size_t count = registry_storage_count (engine->registry);
  int code = HFCORE_OK;
  *file = (struct hfcore_stored_file){ .size = sizeof *file };
  for (size_t i = 0; i < count && code == HFCORE_OK && file->state == HFCORE_FILE_UNKNOWN; i++)
    code = tiers_find_file_in (engine, call, i, repo, commit, path, file);
  return code;
}

int
tiers_find_ref (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, char commit[41])
{
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      const struct hfcore_storage *storage;
      const char *found = NULL;
      int code = registry_storage (engine->registry, i, call, &storage);
      if (code == HFCORE_OK)
        code = storage->ops->ref_get (storage->self, call, repo, ref, &found);
      if (code == HFCORE_OK && names_is_commit (found))
        {
          memcpy (commit, found, 41);
          return HFCORE_OK;
        }
      if (code < 0 && (code = pass_over (engine, i, call)) != HFCORE_OK)
        return code;
    }
  return HFCORE_PASS;
}

int
tiers_find_tree (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const struct hfcore_file_sink *sink,
                 void (*restart) (void *ctx))
{
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      const struct hfcore_storage *storage;
      if (restart)
        restart (sink->ctx);
      int code = registry_storage (engine->registry, i, call, &storage);
      if (code == HFCORE_OK)
        code = storage->ops->tree_get (storage->self, call, repo, commit, sink);
      if (code == HFCORE_OK)
        return HFCORE_OK;
      if (code == HFCORE_E_UNSUPPORTED)
        call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
      else if (code < 0 && (code = pass_over (engine, i, call)) != HFCORE_OK)
        return code;
    }
  return HFCORE_PASS;
}

int
tiers_folder_in (struct engine *engine, struct hfcore_call *call, size_t index,
                 const struct hfcore_repo *repo, const char *commit, char **folder)
{
  const struct hfcore_storage *storage;
  const char *path = NULL;
  *folder = NULL;
  int code = registry_storage (engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->path (storage->self, call, repo, commit, &path);
  if (code == HFCORE_OK && !(*folder = strdup (path)))
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  return code;
}

int
tiers_find_folder (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, char **folder)
{
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      int code = tiers_folder_in (engine, call, i, repo, commit, folder);
      if (code == HFCORE_OK && files_is_folder (AT_FDCWD, *folder))
        return HFCORE_OK;
      free (*folder);
      *folder = NULL;
      if (code < 0 && (code = pass_over (engine, i, call)) != HFCORE_OK)
        return code;
    }
  return HFCORE_PASS;
}

/* How many storages there are when none may be written.  */
static size_t
first_writable (const struct engine *engine)
{
  size_t count = registry_storage_count (engine->registry), index = 0;
  while (index < count && registry_storage_entry (engine->registry, index)->read_only)
    index++;
  return index;
}

bool
tiers_is_written (const struct engine *engine, size_t index)
{
  return index < registry_storage_count (engine->registry) && index == first_writable (engine);
}

int
tiers_writable_index (struct engine *engine, struct hfcore_call *call, size_t *index)
{
  *index = first_writable (engine);
  if (tiers_is_written (engine, *index))
    return HFCORE_OK;
  return call_fail (
      call, HFCORE_E_READONLY,
      "no storage may be written: the configuration has only read-only ones; add one with "
      "`access: read-write`");
}

int
tiers_writable (struct engine *engine, struct hfcore_call *call,
                const struct hfcore_storage **storage)
{
  size_t index;
  int code = tiers_writable_index (engine, call, &index);
  return code == HFCORE_OK ? registry_storage (engine->registry, index, call, storage) : code;
}
