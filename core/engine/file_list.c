/* SPDX-License-Identifier: Apache-2.0 */
/* file_list.c: see file_list.h.  */
#include "core/engine/file_list.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/mirrors.h"
#include "core/engine/tiers.h"
#include "core/util/names.h"

enum
{
  ALLOCATION = 16 /* bytes that a string takes beyond its length, about  */
};

/* A file list in the making.  */
struct gathering
{
  struct hfcore_call *call;
  struct file_list *list;
  size_t most; /* bytes that it may take                                           */
  size_t size; /* bytes that it takes                                              */
  int code;    /* what stopped it                                                  */
};

static void
free_files (struct file_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    {
      free ((char *) list->files[i].path);
      free ((char *) list->files[i].etag);
      free ((char *) list->files[i].blob_id);
      free ((char *) list->files[i].lfs_sha256);
      free ((char *) list->files[i].xet_hash);
    }
  list->count = 0;
}

void
file_list_free (struct file_list *list)
{
  free_files (list);
  free (list->files);
  *list = (struct file_list){ 0 };
}

static char *
copy (struct gathering *gathering, const char *string, bool *failed)
{
  char *copied = string ? strdup (string) : NULL;
  if (string && !copied)
    *failed = true;
  gathering->size += copied ? strlen (copied) + ALLOCATION : 0;
  return copied;
}

static int
refuse (struct gathering *gathering, const char *what, const char *name, const char *why)
{
  gathering->code = call_fail (gathering->call, HFCORE_E_CORRUPT,
                               "the file list of the commit has a bad %s '%s': %s; nothing was "
                               "fetched",
                               what, name, why);
  return gathering->code;
}

static int
on_file (void *ctx, const struct hfcore_file_info *info)
{
  struct gathering *gathering = ctx;
  struct file_list *list = gathering->list;
  const char *why = info->path ? names_check_file (info->path) : "it is empty";
  if (why)
    return refuse (gathering, "file name", info->path ? info->path : "", why);
  if (info->etag && (why = names_check_etag (info->etag)))
    return refuse (gathering, "etag", info->etag, why);
  if (gathering->size > gathering->most)
    return gathering->code
           = call_fail (gathering->call, HFCORE_E_CORRUPT,
                        "the file list of the commit has no end: stopped after %zu files, nothing "
                        "was fetched; name the files that are wanted",
                        list->count);
  if (list->count == list->room)
    {
      size_t room = list->room ? list->room * 2 : 64;
      struct hfcore_file_info *files = realloc (list->files, room * sizeof *files);
      if (!files)
        return gathering->code = call_fail (gathering->call, HFCORE_E_NOMEM, "out of memory");
      list->files = files;
      list->room = room;
    }
  bool failed = false;
  gathering->size += sizeof *list->files;
  list->files[list->count++]
      = (struct hfcore_file_info){ .size = sizeof *info,
                                   .path = copy (gathering, info->path, &failed),
                                   .etag = copy (gathering, info->etag, &failed),
                                   .length = info->length,
                                   .blob_id = copy (gathering, info->blob_id, &failed),
                                   .lfs_sha256 = copy (gathering, info->lfs_sha256, &failed),
                                   .lfs_length = info->lfs_length,
                                   .xet_hash = copy (gathering, info->xet_hash, &failed) };
  return failed ? gathering->code = call_fail (gathering->call, HFCORE_E_NOMEM, "out of memory")
                : HFCORE_OK;
}

static int
by_path (const void *a, const void *b)
{
  const struct hfcore_file_info *left = a, *right = b;
  return strcmp (left->path, right->path);
}

static int
settle (struct gathering *gathering, int code)
{
  struct file_list *list = gathering->list;
  if (gathering->code != HFCORE_OK)
    code = gathering->code;
  if (code != HFCORE_OK)
    {
      free_files (list);
      return code;
    }
  if (list->count > 1)
    qsort (list->files, list->count, sizeof *list->files, by_path);
  for (size_t i = 1; i < list->count; i++)
    if (strcmp (list->files[i - 1].path, list->files[i].path) == 0)
      {
        code = refuse (gathering, "file name", list->files[i].path, "it stands there twice");
        free_files (list);
        return code;
      }
  return HFCORE_OK;
}

static void
restart (void *ctx)
{
  struct gathering *gathering = ctx;
  gathering->code = HFCORE_OK;
  gathering->size = 0;
  free_files (gathering->list);
}

int
file_list_remembered (struct engine *engine, struct hfcore_call *call,
                      const struct hfcore_repo *repo, const char *commit, struct file_list *list)
{
  struct gathering gathering = { .call = call, .list = list, .most = engine->file_list_most };
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = &gathering, .file = on_file };
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      restart (&gathering);
      int code = settle (&gathering, tiers_find_tree_in (engine, call, i, repo, commit, &sink));
      list->storage = i;
      if (code == HFCORE_OK)
        return code;
      if (code < 0 && (code = tiers_pass_over (engine, i, call)) != HFCORE_OK)
        return code;
    }
  return HFCORE_PASS;
}

int
file_list_ask (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, struct file_list *list)
{
  struct gathering gathering = { .call = call, .list = list, .most = engine->file_list_most };
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = &gathering, .file = on_file };
  list->storage = FILE_LIST_NEW;
  int code = mirrors_list (engine, call, repo, commit, &sink, restart, &list->incomplete);
  return settle (&gathering, code);
}

int
file_list_get (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, struct file_list *list, bool *is_new)
{
  *is_new = false;
  int code = file_list_remembered (engine, call, repo, commit, list);
  if (code == HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  /* A remembered list that is no good is fetched again.  */
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
  *is_new = true;
  return file_list_ask (engine, call, repo, commit, list);
}

int
file_list_from (struct engine *engine, struct hfcore_call *call,
                int (*tell) (void *ctx, const struct hfcore_file_sink *sink), void *ctx,
                struct file_list *list)
{
  struct gathering gathering = { .call = call, .list = list, .most = engine->file_list_most };
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = &gathering, .file = on_file };
  return settle (&gathering, tell (ctx, &sink));
}

const struct hfcore_file_info *
file_list_find (const struct file_list *list, const char *path)
{
  const struct hfcore_file_info key = { .path = path };
  return list->count ? bsearch (&key, list->files, list->count, sizeof key, by_path) : NULL;
}

/* ---- what lies in the storages ---- */

struct entries
{
  struct engine *engine;
  struct hfcore_call *call;
  size_t storage;
  const struct hfcore_repo *repo;
  const char *commit;
  const struct hfcore_file_sink *sink;
};

static int
tell_entry (void *ctx, const struct hfcore_entry *entry)
{
  const struct entries *entries = ctx;
  if (entry->kind != HFCORE_ENTRY_FILE || !entry->commit
      || strcmp (entry->commit, entries->commit) != 0)
    return HFCORE_OK;
  const struct hfcore_file_info info = { .size = sizeof info,
                                         .path = entry->name,
                                         .etag = entry->etag,
                                         .length = entry->length,
                                         .lfs_length = HFCORE_SIZE_UNKNOWN };
  return entries->sink->file (entries->sink->ctx, &info);
}

static int
tell_entries (void *ctx, const struct hfcore_file_sink *sink)
{
  struct entries *entries = ctx;
  const struct hfcore_entry_sink entry_sink
      = { .size = sizeof entry_sink, .ctx = entries, .entry = tell_entry };
  const struct hfcore_storage *storage;
  entries->sink = sink;
  int code
      = registry_storage (entries->engine->registry, entries->storage, entries->call, &storage);
  return code == HFCORE_OK ? storage->ops->list (storage->self, entries->call, entries->repo,
                                                 1u << HFCORE_ENTRY_FILE, &entry_sink)
                           : code;
}

/* What two storages say of one file: only what they agree on.  */
static void
agree (struct hfcore_file_info *file, struct hfcore_file_info *other)
{
  if (file->length == HFCORE_SIZE_UNKNOWN || other->length == HFCORE_SIZE_UNKNOWN)
    file->length = file->length == HFCORE_SIZE_UNKNOWN ? other->length : file->length;
  else if (file->length != other->length)
    file->length = HFCORE_SIZE_UNKNOWN;
  if (!file->etag || !other->etag || strcmp (file->etag, other->etag) == 0)
    {
      free ((char *) (file->etag ? other->etag : NULL));
      file->etag = file->etag ? file->etag : other->etag;
    }
  else
    {
      free ((char *) file->etag);
      free ((char *) other->etag);
      file->etag = NULL;
    }
  free ((char *) other->path);
}

/* NOMEM: `more` is as it was.  */
static int
merge (struct file_list *list, struct file_list *more)
{
  size_t room = list->count + more->count, kept = 0;
  struct hfcore_file_info *files = realloc (list->files, (room + 1) * sizeof *files);
  if (!files)
    return HFCORE_E_NOMEM;
  list->files = files;
  list->room = room + 1;
  if (more->count)
    memcpy (files + list->count, more->files, more->count * sizeof *files);
  more->count = 0;
  if (room)
    qsort (files, room, sizeof *files, by_path);
  for (size_t i = 0; i < room; i++)
    if (kept > 0 && strcmp (files[kept - 1].path, files[i].path) == 0)
      agree (&files[kept - 1], &files[i]);
    else
      files[kept++] = files[i];
  list->count = kept;
  return HFCORE_OK;
}

int
file_list_gathered (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, struct file_list *list)
{
  size_t count = registry_storage_count (engine->registry);
  for (size_t i = 0; i < count; i++)
    {
      CLEANUP_FILE_LIST struct file_list one = { 0 };
      CLEANUP_CALL struct hfcore_call asking;
      engine_call_within (call, &asking);
      struct entries entries
          = { .engine = engine, .call = &asking, .storage = i, .repo = repo, .commit = commit };
      int code = file_list_from (engine, &asking, tell_entries, &entries, &one);
      if (code == HFCORE_OK && merge (list, &one) != HFCORE_OK)
        return call_fail (call, HFCORE_E_NOMEM, "out of memory");
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return call_adopt_error (call, &asking);
    }
  list->storage = FILE_LIST_NEW;
  list->incomplete = true;
  return list->count ? HFCORE_OK : HFCORE_PASS;
}

void
file_list_remember (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const struct file_list *list)
{
  const struct hfcore_storage *storage;
  if (list->incomplete)
    return;
  int code = tiers_writable (engine, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->tree_set (storage->self, call, repo, commit, list->files, list->count);
  if (code < 0)
    host_log (&engine->log, HFCORE_LOG_DEBUG, "file list not remembered: %s", call->error.message);
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
}
