/* SPDX-License-Identifier: Apache-2.0 */
/* tiers.c: see tiers.h.  */
#include "core/engine/tiers.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/files.h"
#include "core/util/names.h"

void
tiers_complain (struct engine *engine, size_t index, const char *format, ...)
{
  char text[512];
  va_list arguments;
  bool again = atomic_exchange (&engine->storage_warned[index], true);
  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  host_log (&engine->log, again ? HFCORE_LOG_INFO : HFCORE_LOG_WARNING, "storage '%s' %s",
            registry_storage_entry (engine->registry, index)->name, text);
}

int
tiers_pass_over (struct engine *engine, size_t index, struct hfcore_call *call)
{
  int code = call->error.code;
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM
      || registry_storage_count (engine->registry) == 1)
    return code;
  tiers_complain (engine, index, "is passed over: %s", call->error.message);
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
  return code < 0 ? tiers_pass_over (engine, index, call) : HFCORE_OK;
}

bool
tiers_is_sound (struct engine *engine, size_t index, const char *path,
                const struct hfcore_stored_file *stored, uint64_t length)
{
  if (length == HFCORE_SIZE_UNKNOWN || stored->length == length
      || registry_storage_count (engine->registry) == 1 || tiers_is_written (engine, index))
    return true;
  tiers_complain (engine, index, "is passed over: its '%s' has %llu bytes, not %llu", path,
                  (unsigned long long) stored->length, (unsigned long long) length);
  return false;
}

int
tiers_find_file (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, struct hfcore_stored_file *file)
{
  size_t count = registry_storage_count (engine->registry);
  bool is_absent = false;
  int code = HFCORE_OK;
  *file = (struct hfcore_stored_file){ .size = sizeof *file };
  for (size_t i = 0; i < count && code == HFCORE_OK && file->state != HFCORE_FILE_PRESENT; i++)
    {
      code = tiers_find_file_in (engine, call, i, repo, commit, path, file);
      is_absent = is_absent || file->state == HFCORE_FILE_ABSENT;
    }
  if (code == HFCORE_OK && is_absent && file->state == HFCORE_FILE_UNKNOWN)
    file->state = HFCORE_FILE_ABSENT;
  return code;
}

/* ---- refs ---- */

int
tiers_find_ref_in (struct engine *engine, struct hfcore_call *call, size_t index,
                   const struct hfcore_repo *repo, const char *ref, char commit[41])
{
  const struct hfcore_storage *storage;
  const char *found = NULL;
  int code = registry_storage (engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->ref_get (storage->self, call, repo, ref, &found);
  if (code < 0)
    return (code = tiers_pass_over (engine, index, call)) == HFCORE_OK ? HFCORE_PASS : code;
  if (code == HFCORE_PASS || !names_is_commit (found))
    return HFCORE_PASS;
  memcpy (commit, found, 41);
  return HFCORE_OK;
}

struct ref_time
{
  const char *ref;
  int64_t modified_ms;
};

static int
note_time (void *ctx, const struct hfcore_entry *entry)
{
  struct ref_time *time = ctx;
  if (entry->kind == HFCORE_ENTRY_REF && entry->name && strcmp (entry->name, time->ref) == 0)
    time->modified_ms = entry->modified_ms;
  return HFCORE_OK;
}

/* When the ref was written, in milliseconds since 1970; 0: the storage does not tell.  */
static int
find_ref_time (struct engine *engine, struct hfcore_call *call, size_t index,
               const struct hfcore_repo *repo, const char *ref, int64_t *modified_ms)
{
  struct ref_time time = { .ref = ref };
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &time, .entry = note_time };
  const struct hfcore_storage *storage;
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (call, &one);
  int code = registry_storage (engine->registry, index, &one, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->list (storage->self, &one, repo, 1u << HFCORE_ENTRY_REF, &sink);
  *modified_ms = code == HFCORE_OK ? time.modified_ms : 0;
  return code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM ? call_adopt_error (call, &one)
                                                              : HFCORE_OK;
}

/* Is the ref of the storage `other`, which is later in order, newer than that of `index`?  */
static int
is_newer (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
          const char *ref, size_t index, size_t other, bool *newer)
{
  int64_t ours, theirs;
  int code = find_ref_time (engine, call, index, repo, ref, &ours);
  if (code == HFCORE_OK)
    code = find_ref_time (engine, call, other, repo, ref, &theirs);
  *newer = code == HFCORE_OK && ours != 0 && theirs > ours;
  return code;
}

int
tiers_find_ref (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, char commit[41])
{
  size_t count = registry_storage_count (engine->registry), best = count;
  for (size_t i = 0; i < count; i++)
    {
      char found[41];
      bool newer = best == count;
      int code = tiers_find_ref_in (engine, call, i, repo, ref, found);
      if (code == HFCORE_PASS || (code == HFCORE_OK && !newer && strcmp (found, commit) == 0))
        continue;
      if (code == HFCORE_OK && !newer)
        code = is_newer (engine, call, repo, ref, best, i, &newer);
      if (code != HFCORE_OK)
        return code;
      if (newer)
        {
          best = i;
          memcpy (commit, found, sizeof found);
        }
    }
  return best < count ? HFCORE_OK : HFCORE_PASS;
}

/* ---- file lists, folders ---- */

int
tiers_find_tree_in (struct engine *engine, struct hfcore_call *call, size_t index,
                    const struct hfcore_repo *repo, const char *commit,
                    const struct hfcore_file_sink *sink)
{
  const struct hfcore_storage *storage;
  int code = registry_storage (engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->tree_get (storage->self, call, repo, commit, sink);
  if (code != HFCORE_E_UNSUPPORTED)
    return code;
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
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
      if (code < 0 && (code = tiers_pass_over (engine, i, call)) != HFCORE_OK)
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

void
tiers_mark_use (struct engine *engine, const struct hfcore_call *whole,
                const struct hfcore_repo *repo, const char *commit)
{
  const struct hfcore_storage *storage;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (whole, &call);
  int code = names_is_commit (commit) ? tiers_writable (engine, &call, &storage) : HFCORE_PASS;
  if (code == HFCORE_OK)
    code = storage->ops->use_mark (storage->self, &call, repo, commit);
  if (code < 0 && code != HFCORE_E_UNSUPPORTED && code != HFCORE_E_CANCELLED)
    host_log (&engine->log, HFCORE_LOG_DEBUG, "use not remembered: %s", call.error.message);
}

struct pointer_search
{
  const char *commit, *path;
  bool dangles;
};

static int
note_dangling (void *ctx, const struct hfcore_entry *entry)
{
  struct pointer_search *search = ctx;
  if (entry->kind == HFCORE_ENTRY_FILE && entry->commit && entry->name
      && strcmp (entry->commit, search->commit) == 0 && strcmp (entry->name, search->path) == 0)
    search->dangles = entry->length == HFCORE_SIZE_UNKNOWN;
  return HFCORE_OK;
}

bool
tiers_is_dangling (struct engine *engine, const struct hfcore_repo *repo, const char *commit,
                   const char *path)
{
  struct pointer_search search = { .commit = commit, .path = path };
  const struct hfcore_entry_sink sink
      = { .size = sizeof sink, .ctx = &search, .entry = note_dangling };
  const struct hfcore_storage *storage;
  CLEANUP_CALL struct hfcore_call call;
  engine_call (engine, &call);
  return tiers_writable (engine, &call, &storage) == HFCORE_OK
         && storage->ops->list (storage->self, &call, repo, 1u << HFCORE_ENTRY_FILE, &sink)
                == HFCORE_OK
         && search.dangles;
}
