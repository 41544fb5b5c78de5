/* SPDX-License-Identifier: Apache-2.0 */
/* archive_gather.c: see archive_gather.h.  */
#include "core/engine/archive_gather.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/archive_source.h"
#include "core/engine/file_list.h"
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/tree_json.h"

#define KINDS (1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_FILE | 1u << HFCORE_ENTRY_ABSENT)

/* The work on one repository. What the storages list is kept apart first: while one lists, nothing
 * may be asked of it.  */
struct work
{
  struct archive_gather *gather;
  struct hfcore_call *call;
  const struct hfcore_repo *names;
  uint32_t repo;        /* its index in the archive  */
  const char *commit;   /* the only one wanted; NULL: all  */
  const char *ref;      /* the only one wanted, with `commit`; NULL: none  */
  size_t storage;       /* that lists now  */
  struct archive found; /* of this one repository; its index is 0  */
};

static int
no_memory (struct work *work)
{
  return call_fail (work->call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- what the storages list ---- */

static bool
is_wanted (const struct work *work, const struct hfcore_entry *entry)
{
  if (!entry->commit || !entry->name || !names_is_commit (entry->commit))
    return false;
  if (work->commit && strcmp (entry->commit, work->commit) != 0)
    return false;
  return entry->kind != HFCORE_ENTRY_REF || !work->commit
         || (work->ref && strcmp (entry->name, work->ref) == 0);
}

/* Whoever reads the archive would refuse it for such a name.  */
static const char *
check_name (const struct hfcore_entry *entry)
{
  const char *why = entry->kind == HFCORE_ENTRY_REF ? names_check_revision (entry->name)
                                                    : names_check_file (entry->name);
  if (!why && strlen (entry->name) > ARCHIVE_PATH_MOST - 512)
    why = "it is too long";
  return why;
}

static int
on_entry (void *ctx, const struct hfcore_entry *entry)
{
  struct work *work = ctx;
  if (!is_wanted (work, entry))
    return HFCORE_OK;
  const char *why = check_name (entry);
  if (why)
    {
      host_log (&work->gather->engine->log, HFCORE_LOG_WARNING, "'%s' of %s '%s' is left out: %s",
                entry->name, work->names->type, work->names->id, why);
      return HFCORE_OK;
    }
  const bool has_etag = entry->etag && !names_check_etag (entry->etag);
  const struct archive_entry found
      = { .kind = entry->kind == HFCORE_ENTRY_FILE     ? ARCHIVE_FILE
                  : entry->kind == HFCORE_ENTRY_ABSENT ? ARCHIVE_ABSENT
                                                       : ARCHIVE_REF,
          .etag = entry->kind == HFCORE_ENTRY_FILE && has_etag ? entry->etag : NULL,
          .commit = entry->commit,
          .name = entry->name,
          .length = entry->kind == HFCORE_ENTRY_FILE  ? entry->length
                    : entry->kind == HFCORE_ENTRY_REF ? strlen (entry->commit)
                                                      : 0,
          .storage = (uint32_t) work->storage };
  return archive_add (&work->found, &found) < 0 ? no_memory (work) : HFCORE_OK;
}

static int
list_storage (struct work *work, size_t index)
{
  struct engine *engine = work->gather->engine;
  const struct hfcore_storage *storage;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = work, .entry = on_entry };
  work->storage = index;
  int code = registry_storage (engine->registry, index, work->call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->list (storage->self, work->call, work->names, KINDS, &sink);
  if (code >= 0)
    return HFCORE_OK;
  if (code != HFCORE_E_NOTFOUND && code != HFCORE_E_UNSUPPORTED)
    return tiers_pass_over (engine, index, work->call);
  call_forget (work->call);
  return HFCORE_OK;
}

/* Of one name in several storages the first counts, but a file that leads nowhere is none where
 * another storage has it. Sorting has brought them together.  */
static void
choose_storages (struct archive *found)
{
  struct archive_entries *entries = &found->entries;
  size_t count = 0;
  archive_sort (found);
  for (size_t i = 0; i < entries->count; i++)
    {
      struct archive_entry *entry = &entries->items[i];
      struct archive_entry *last = count > 0 ? &entries->items[count - 1] : NULL;
      if (!last || archive_compare (found, last, entry) != 0)
        {
          entries->items[count++] = *entry;
          continue;
        }
      bool dangles = entry->length == HFCORE_SIZE_UNKNOWN;
      bool last_dangles = last->length == HFCORE_SIZE_UNKNOWN;
      if (last_dangles != dangles ? last_dangles : entry->storage < last->storage)
        *last = *entry;
    }
  entries->count = count;
}

/* ---- which blob a file is ---- */

static int
ask_storage (struct work *work, struct archive_entry *file)
{
  const struct hfcore_storage *storage;
  const char *etag = NULL;
  int code = registry_storage (work->gather->engine->registry, file->storage, work->call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->file_etag (storage->self, work->call, work->names, file->commit,
                                    file->name, &etag);
  if (code == HFCORE_E_UNSUPPORTED)
    {
      call_forget (work->call);
      return HFCORE_OK;
    }
  if (code == HFCORE_OK && !names_check_etag (etag)
      && !(file->etag = pool_copy (&work->found.pool, etag)))
    return no_memory (work);
  return code < 0 ? code : HFCORE_OK;
}

/* By its content, as the Hub would most probably name it.  */
static int
read_for_etag (struct work *work, struct archive_entry *file)
{
  CLEANUP_SOURCE struct archive_source source = { 0 };
  char hex[65];
  int code = archive_source_find (work->gather->engine, work->call, &work->found, file, &source);
  if (code == HFCORE_OK)
    code = archive_source_digest (&source, digest_guess (source.length), hex);
  if (code == HFCORE_OK && !(file->etag = pool_copy (&work->found.pool, hex)))
    return no_memory (work);
  return code;
}

static int
find_etag (struct work *work, const struct file_list *list, struct archive_entry *file)
{
  if (file->etag)
    return HFCORE_OK;
  int code = ask_storage (work, file);
  if (code != HFCORE_OK || file->etag)
    return code;
  const struct hfcore_file_info *info = file_list_find (list, file->name);
  if (info && info->etag && info->length == file->length)
    {
      file->etag = pool_copy (&work->found.pool, info->etag);
      return file->etag ? HFCORE_OK : no_memory (work);
    }
  return read_for_etag (work, file);
}

/* ---- one commit ---- */

static int
add_entry (struct work *work, struct archive_entry entry)
{
  entry.repo = work->repo;
  return archive_add (work->gather->archive, &entry) < 0 ? no_memory (work) : HFCORE_OK;
}

static int
add_file (struct work *work, const struct archive_entry *file)
{
  struct archive_entry blob = *file;
  int code = add_entry (work, blob);
  blob.kind = ARCHIVE_BLOB;
  return code == HFCORE_OK ? add_entry (work, blob) : code;
}

/* The file list in the one form that it has (spec 1.9).  */
static int
add_tree (struct work *work, const char *commit, const struct file_list *list)
{
  struct archive_trees *trees = work->gather->trees;
  if (!trees || list->incomplete || !tree_json_is_whole (list->files, list->count))
    return HFCORE_OK;
  struct archive_tree tree = { .repo = work->repo, .text = TEXT_LIMIT (TREE_JSON_LIMIT) };
  if (tree_json_print (&tree.text, list->files, list->count) < 0)
    {
      text_free (&tree.text);
      return HFCORE_OK;
    }
  struct archive_entry entry = { .kind = ARCHIVE_TREE, .commit = commit, .length = tree.text.len };
  char hex[65];
  const char *why = NULL;
  struct digest *digest = digest_new (DIGEST_SHA256, tree.text.len, &why);
  int code = HFCORE_OK;
  if (!digest || digest_update (digest, tree.text.bytes, tree.text.len) < 0
      || digest_hex (digest, hex) < 0)
    code = call_fail (work->call, HFCORE_E_IO, "cannot compute digests: %s",
                      why ? why : "libcrypto failed");
  digest_free (digest);
  entry.sha256 = hex;
  tree.commit = code == HFCORE_OK ? pool_copy (&work->gather->archive->pool, commit) : NULL;
  if (code == HFCORE_OK)
    code = tree.commit ? add_entry (work, entry) : no_memory (work);
  if (code == HFCORE_OK && archive_tree_list_append (&trees->list, tree) < 0)
    code = no_memory (work);
  if (code != HFCORE_OK)
    text_free (&tree.text);
  return code;
}

static void
warn_of_gaps (struct work *work, const char *commit, const struct file_list *list)
{
  size_t missing = 0;
  for (size_t i = 0; i < list->count; i++)
    missing += !archive_find_file (&work->found, 0, commit, list->files[i].path);
  if (missing > 0)
    host_log (&work->gather->engine->log, HFCORE_LOG_WARNING,
              "the snapshot %s of %s '%s' lacks %zu of its %zu files; what is there is exported",
              commit, work->names->type, work->names->id, missing, list->count);
}

/* The files from `first` to before `end` are those of one commit.  */
static int
add_commit (struct work *work, size_t first, size_t end)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  struct archive_entry *files = work->found.entries.items;
  const char *commit = files[first].commit;
  int code = file_list_remembered (work->gather->engine, work->call, work->names, commit, &list);
  if (code < 0 && code != HFCORE_E_CANCELLED && code != HFCORE_E_NOMEM)
    {
      host_log (&work->gather->engine->log, HFCORE_LOG_DEBUG, "%s", work->call->error.message);
      call_forget (work->call);
      code = HFCORE_PASS;
    }
  bool has_list = code == HFCORE_OK;
  for (size_t i = first; code >= 0 && i < end; i++)
    {
      call_reset (work->call);
      code = call_tick (work->call, 0, 0);
      if (code == HFCORE_OK)
        code = find_etag (work, &list, &files[i]);
      if (code == HFCORE_OK)
        code = add_file (work, &files[i]);
    }
  if (code < 0 || !has_list)
    return code < 0 ? code : HFCORE_OK;
  warn_of_gaps (work, commit, &list);
  return add_tree (work, commit, &list);
}

/* Files first: what stands behind them is of use only with them.  */
static int
add_all (struct work *work)
{
  const struct archive_entries *entries = &work->found.entries;
  size_t i = 0;
  while (i < entries->count && entries->items[i].kind == ARCHIVE_FILE)
    {
      size_t end = i + 1;
      while (end < entries->count && entries->items[end].kind == ARCHIVE_FILE
             && strcmp (entries->items[end].commit, entries->items[i].commit) == 0)
        end++;
      int code = add_commit (work, i, end);
      if (code != HFCORE_OK)
        return code;
      i = end;
    }
  for (; i < entries->count; i++)
    {
      const struct archive_entry *entry = &entries->items[i];
      bool goes = entry->kind == ARCHIVE_REF
                      ? archive_has_files (&work->found, entry)
                      : !archive_find_file (&work->found, 0, entry->commit, entry->name);
      int code = goes ? add_entry (work, *entry) : HFCORE_OK;
      if (code != HFCORE_OK)
        return code;
    }
  return HFCORE_OK;
}

static int
not_cached (struct work *work, const char *revision)
{
  int code = revision
                 ? call_fail (work->call, HFCORE_E_NOTFOUND,
                              "the revision '%s' of %s '%s' is not in the cache; only what was "
                              "downloaded can be exported",
                              revision, work->names->type, work->names->id)
                 : call_fail (work->call, HFCORE_E_NOTFOUND,
                              "%s '%s' is not in the cache; only what was downloaded can be "
                              "exported",
                              work->names->type, work->names->id);
  work->call->error.missing = revision ? HFCORE_MISSING_REVISION : HFCORE_MISSING_REPO;
  return code;
}

static int
gather_repo (struct work *work, const char *revision)
{
  struct engine *engine = work->gather->engine;
  char commit[41];
  if (revision && names_is_commit (revision))
    work->commit = revision;
  else if (revision)
    {
      int code = tiers_find_ref (engine, work->call, work->names, revision, commit);
      if (code != HFCORE_OK)
        return code == HFCORE_PASS ? not_cached (work, revision) : code;
      work->commit = commit;
      work->ref = revision;
    }
  for (size_t i = 0; i < registry_storage_count (engine->registry); i++)
    {
      int code = list_storage (work, i);
      if (code != HFCORE_OK)
        return code;
    }
  choose_storages (&work->found);
  const struct archive_entries *entries = &work->found.entries;
  if (entries->count == 0 || entries->items[0].kind != ARCHIVE_FILE)
    return not_cached (work, revision);
  return add_all (work);
}

int
archive_gather (struct archive_gather *gather, const struct hfcore_repo *repo, const char *revision)
{
  struct work work = { .gather = gather, .call = gather->call, .names = repo };
  uint32_t first;
  int code = archive_add_repo (gather->archive, repo->type, repo->id, &work.repo) < 0
                     || archive_add_repo (&work.found, repo->type, repo->id, &first) < 0
                 ? no_memory (&work)
                 : gather_repo (&work, revision);
  archive_free (&work.found);
  return code;
}

/* ---- trees ---- */

const struct text *
archive_trees_find (const struct archive_trees *trees, const struct archive_entry *tree)
{
  for (size_t i = 0; i < trees->list.count; i++)
    if (trees->list.items[i].repo == tree->repo
        && strcmp (trees->list.items[i].commit, tree->commit) == 0)
      return &trees->list.items[i].text;
  return NULL;
}

void
archive_trees_free (struct archive_trees *trees)
{
  for (size_t i = 0; i < trees->list.count; i++)
    text_free (&trees->list.items[i].text);
  free (trees->list.items);
  trees->list = (struct archive_tree_list){ 0 };
}
