/* SPDX-License-Identifier: Apache-2.0 */
/* import.c: see import.h. The archive is read once, from its start to its end, and all of it is
 * checked before any of it can be seen.  */
#include "core/engine/import.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/import_parts.h"
#include "core/engine/tiers.h"
#include "core/util/tree_json.h"

const struct hfcore_repo *
import_repo (const struct import *import, const struct archive_entry *entry)
{
  return &import->archive->repos.items[entry->repo].repo;
}

static int
no_memory (struct import *import)
{
  return call_fail (import->call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- which files a blob is ---- */

static int
by_blob (const void *a_, const void *b_)
{
  const struct import_use *a = a_, *b = b_;
  if (a->blob != b->blob)
    return a->blob < b->blob ? -1 : 1;
  return (a->file > b->file) - (a->file < b->file);
}

static int
collect_uses (struct import *import)
{
  const struct archive_entries *entries = &import->archive->entries;
  import->uses = calloc (entries->count + 1, sizeof *import->uses);
  if (!import->uses)
    return no_memory (import);
  for (size_t i = 0; i < entries->count; i++)
    {
      const struct archive_entry *file = &entries->items[i];
      if (file->kind != ARCHIVE_FILE)
        continue;
      const struct archive_entry *blob
          = archive_find_blob (import->archive, file->repo, file->etag);
      import->uses[import->use_count++]
          = (struct import_use){ .blob = (size_t) (blob - entries->items), .file = i };
    }
  if (import->use_count > 0)
    qsort (import->uses, import->use_count, sizeof *import->uses, by_blob);
  return HFCORE_OK;
}

void
import_uses_of (const struct import *import, size_t blob, const struct import_use **first,
                const struct import_use **end)
{
  size_t low = 0, high = import->use_count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (import->uses[middle].blob < blob)
        low = middle + 1;
      else
        high = middle;
    }
  *first = *end = import->uses + low;
  while (*end < import->uses + import->use_count && (*end)->blob == blob)
    ++*end;
}

/* ---- what is here already ---- */

/* PASS of a storage that cannot tell is an answer too.  */
static int
ask_etag (struct import *import, const struct archive_entry *file, bool *is_other)
{
  const struct hfcore_storage *storage = import->storage;
  const char *etag = NULL;
  int code = storage->ops->file_etag (storage->self, import->call, import_repo (import, file),
                                      file->commit, file->name, &etag);
  *is_other = code == HFCORE_OK && strcmp (etag, file->etag) != 0;
  if (code == HFCORE_E_UNSUPPORTED)
    {
      call_forget (import->call);
      return HFCORE_OK;
    }
  return code < 0 ? code : HFCORE_OK;
}

int
import_is_placed (struct import *import, const struct archive_entry *file, uint64_t length,
                  bool *is_placed)
{
  const struct hfcore_storage *storage = import->storage;
  struct hfcore_stored_file stored = { .size = sizeof stored };
  bool is_other = false;
  int code = storage->ops->file_get (storage->self, import->call, import_repo (import, file),
                                     file->commit, file->name, &stored);
  *is_placed = code == HFCORE_OK && stored.state == HFCORE_FILE_PRESENT && stored.length == length;
  if (*is_placed)
    code = ask_etag (import, file, &is_other);
  *is_placed = *is_placed && !is_other;
  return code < 0 ? code : HFCORE_OK;
}

int
import_look (struct import *import, size_t index)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  const struct hfcore_storage *storage = import->storage;
  const struct import_use *use, *end;
  uint64_t length;
  bool all_placed = true;
  call_reset (import->call);
  int code = storage->ops->stat (storage->self, import->call, import_repo (import, blob),
                                 blob->etag, &length);
  if (code == HFCORE_OK && length == blob->length)
    {
      import->stages[index].state = IMPORT_HERE;
      return HFCORE_OK;
    }
  import_uses_of (import, index, &use, &end);
  for (; code >= 0 && all_placed && use < end; use++)
    code = import_is_placed (import, &import->archive->entries.items[use->file], blob->length,
                             &all_placed);
  if (code >= 0 && all_placed)
    import->stages[index].state = IMPORT_PLACED;
  return code < 0 ? code : HFCORE_OK;
}

/* ---- what is small ---- */

/* The content of the entry, which has `length` bytes, into `to` (and a zero behind it).  */
static int
read_whole (struct import *import, const struct archive_entry *entry, char *to)
{
  uint64_t done = 0;
  for (;;)
    {
      const void *bytes;
      size_t got;
      int code = archive_read_bytes (&import->reader, &bytes, &got);
      if (code != HFCORE_OK)
        return code;
      if (got == 0)
        break;
      if (got > entry->length - done)
        return archive_refuse (&import->reader, entry, "it has more bytes than it says");
      memcpy (to + done, bytes, got);
      done += got;
    }
  if (done < entry->length)
    return archive_refuse (&import->reader, entry, "it has fewer bytes than it says");
  to[entry->length] = 0;
  return HFCORE_OK;
}

static int
read_ref (struct import *import, const struct archive_entry *entry)
{
  char commit[41 + 1];
  int code = read_whole (import, entry, commit);
  if (code == HFCORE_OK && strcmp (commit, entry->commit) != 0)
    return archive_refuse (&import->reader, entry, "it is not the commit that its manifest says");
  return code;
}

static int
pass_file (void *ctx, const struct hfcore_file_info *info)
{
  (void) ctx;
  (void) info;
  return 0;
}

static int
check_tree (struct import *import, const struct archive_entry *entry, const char *text)
{
  const struct hfcore_file_sink sink = { .size = sizeof sink, .file = pass_file };
  const char *why = NULL;
  char hex[65];
  struct digest *digest = digest_new (DIGEST_SHA256, entry->length, &why);
  int result = digest ? digest_update (digest, text, (size_t) entry->length) : -1;
  if (result == 0)
    result = digest_hex (digest, hex);
  digest_free (digest);
  if (result < 0)
    return call_fail (import->call, HFCORE_E_IO, "cannot compute digests: %s",
                      why ? why : "libcrypto failed");
  if (strcmp (hex, entry->sha256) != 0)
    return archive_refuse (&import->reader, entry, "its content is not what its manifest says");
  if (tree_json_parse (text, (size_t) entry->length, entry->commit, &sink) != HFCORE_OK)
    return archive_refuse (&import->reader, entry, "it is no file list");
  return HFCORE_OK;
}

static int
read_tree (struct import *import, size_t index)
{
  const struct archive_entry *entry = &import->archive->entries.items[index];
  char *text = malloc ((size_t) entry->length + 1);
  if (!text)
    return no_memory (import);
  import->stages[index].text = text;
  int code = read_whole (import, entry, text);
  return code == HFCORE_OK ? check_tree (import, entry, text) : code;
}

/* File lists are kept until all was read, so there may not be too much of them.  */
static int
check_trees (struct import *import)
{
  const struct archive_entries *entries = &import->archive->entries;
  uint64_t total = 0;
  for (size_t i = 0; i < entries->count; i++)
    if (entries->items[i].kind == ARCHIVE_TREE)
      {
        uint64_t length = entries->items[i].length;
        total += length < TREE_JSON_LIMIT ? length : import->engine->file_list_most;
        if (total >= import->engine->file_list_most)
          return archive_refuse (&import->reader, &entries->items[i],
                                 "the file lists take too much memory");
      }
  return HFCORE_OK;
}

/* ---- all of it ---- */

static int
read_entry (struct import *import, size_t index)
{
  const struct archive_entry *entry = &import->archive->entries.items[index];
  char nothing[1];
  call_reset (import->call);
  int code = call_tick (import->call, 0, 0);
  if (code == HFCORE_OK)
    code = archive_read_entry (&import->reader, entry);
  if (code != HFCORE_OK)
    return code;
  switch (entry->kind)
    {
    case ARCHIVE_BLOB:
      return import_stage_blob (import, index);
    case ARCHIVE_ABSENT:
      return read_whole (import, entry, nothing);
    case ARCHIVE_TREE:
      return read_tree (import, index);
    case ARCHIVE_REF:
      return read_ref (import, entry);
    case ARCHIVE_FILE:
      break;
    }
  return HFCORE_OK;
}

static int
prepare (struct import *import)
{
  int code = archive_reader_open (&import->reader, false);
  if (code != HFCORE_OK)
    return code;
  import->archive = &import->reader.archive;
  import->stages = calloc (import->archive->entries.count + 1, sizeof *import->stages);
  import->buffer = malloc (IMPORT_BUFFER_BYTES);
  if (!import->stages || !import->buffer)
    return no_memory (import);
  code = check_trees (import);
  if (code == HFCORE_OK)
    code = collect_uses (import);
  if (code == HFCORE_OK)
    code = tiers_writable (import->engine, import->call, &import->storage);
  return code == HFCORE_OK ? import_find_needed (import) : code;
}

static int
run (struct import *import, struct hfcore_moved *moved)
{
  int code = prepare (import);
  if (code != HFCORE_OK)
    return code;
  archive_count (import->archive, moved);
  if (events_tell (import->events, HFCORE_EVENT_PLAN, NULL, 0, moved->bytes, moved->blobs))
    return call_fail (import->call, HFCORE_E_CANCELLED, "stopped");
  for (size_t i = 0; code == HFCORE_OK && i < import->archive->entries.count; i++)
    if (!import->archive->entries.items[i].is_needed)
      code = read_entry (import, i);
  if (code == HFCORE_OK)
    code = archive_reader_end (&import->reader);
  if (code != HFCORE_OK)
    return code;
  moved->blobs_known += moved->blobs;
  code = import_publish (import, &moved->blobs, &moved->bytes);
  moved->blobs_known -= moved->blobs;
  return code;
}

int
import_read (struct engine *engine, struct hfcore_call *call, const struct hfcore_import *ask,
             struct events *events, struct hfcore_moved *moved)
{
  struct import import = { .engine = engine,
                           .call = call,
                           .events = events,
                           .reader = { .call = call,
                                       .fd = ask->fd,
                                       .name = ask->name ? ask->name : "the archive",
                                       .advice = "; nothing was added" } };
  events_watch (events, call);
  int code = run (&import, moved);
  if (import.stages)
    {
      import_stage_drop (&import);
      for (size_t i = 0; i < import.archive->entries.count; i++)
        free (import.stages[i].text);
    }
  archive_reader_close (&import.reader);
  free (import.stages);
  free (import.uses);
  free (import.buffer);
  return code;
}
