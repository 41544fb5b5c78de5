/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_gather.c: takes in what a storage lists of one repository. It is first asked without
 * looking through links: nearly all lead to blobs that it lists as well. Where one does not, it is
 * asked again, for everything.  */
#include <string.h>
#include "core/engine/inventory_parts.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"

#define KINDS                                                                                      \
  (1u << HFCORE_ENTRY_REPO | 1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_REVISION                  \
   | 1u << HFCORE_ENTRY_FILE | 1u << HFCORE_ENTRY_BLOB | 1u << HFCORE_ENTRY_PARTIAL                \
   | 1u << HFCORE_ENTRY_PROBLEM)
#define NAME_KINDS                                                                                 \
  (1u << HFCORE_ENTRY_REPO | 1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_REVISION                  \
   | 1u << HFCORE_ENTRY_PROBLEM)

void
inventory_gather_free (struct inventory_gather *gather)
{
  free (gather->strings.items);
  free (gather->blobs.items);
  free (gather->slots);
  free (gather->refs.items);
  free (gather->revisions.items);
  free (gather->files.items);
  free (gather->partials.items);
  free (gather->told.refs.items);
  free (gather->told.names.items);
  free (gather->told.revisions.items);
  free (gather->told.files.items);
  free (gather->told.blobs.items);
}

static void
begin (struct inventory_gather *gather, bool quick)
{
  gather->quick = quick;
  gather->again = false;
  gather->path = INVENTORY_NO_STRING;
  gather->folder_accessed_ns = gather->folder_modified_ns = 0;
  gather->own_count = gather->own_size = 0;
  gather->own_accessed_ns = gather->own_modified_ns = INT64_MIN;
  gather->problem = 0;
  gather->problem_path = INVENTORY_NO_STRING;
  gather->strings.count = gather->blobs.count = gather->refs.count = 0;
  gather->revisions.count = gather->files.count = gather->partials.count = 0;
  if (gather->slot_count)
    memset (gather->slots, 0, gather->slot_count * sizeof *gather->slots);
}

/* ---- strings ---- */

static int
keep (struct inventory_gather *gather, const char *string, size_t *place)
{
  struct inventory_chars *strings = &gather->strings;
  *place = INVENTORY_NO_STRING;
  if (!string)
    return 0;
  size_t len = strlen (string) + 1, room = strings->room ? strings->room : 4096;
  while (room - strings->count < len)
    {
      if (room > SIZE_MAX / 4)
        return -1;
      room *= 2;
    }
  if (room != strings->room)
    {
      char *items = realloc (strings->items, room);
      if (!items)
        return -1;
      strings->items = items;
      strings->room = room;
    }
  memcpy (strings->items + strings->count, string, len);
  *place = strings->count;
  strings->count += len;
  return 0;
}

/* ---- blobs ---- */

/* Eight bytes at a time: keys are digests or paths of this user's own files.  */
static size_t
hash_of (const char *key)
{
  uint64_t hash = 0xcbf29ce484222325u, part;
  for (size_t left = strlen (key), len; left > 0; left -= len, key += len)
    {
      len = left < sizeof part ? left : sizeof part;
      part = 0;
      memcpy (&part, key, len);
      hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
  return (size_t) hash;
}

/* What it is found by: no etag has a "/", and every path has one.  */
static const char *
key_of (const struct inventory_gather *gather, const struct inventory_gathered_blob *blob)
{
  return inventory_string (gather, blob->blob.place == INVENTORY_BLOB ? blob->etag : blob->path);
}

/* The slot where `key` is, or would be.  */
static size_t *
find_slot (const struct inventory_gather *gather, const char *key)
{
  size_t mask = gather->slot_count - 1;
  for (size_t at = hash_of (key) & mask;; at = (at + 1) & mask)
    {
      size_t *slot = &gather->slots[at];
      if (!*slot || strcmp (key_of (gather, &gather->blobs.items[*slot - 1]), key) == 0)
        return slot;
    }
}

static int
make_slots (struct inventory_gather *gather)
{
  if (gather->blobs.count * 2 < gather->slot_count)
    return 0;
  size_t count = gather->slot_count ? gather->slot_count * 2 : 256;
  size_t *slots = calloc (count, sizeof *slots);
  if (!slots)
    return -1;
  free (gather->slots);
  gather->slots = slots;
  gather->slot_count = count;
  for (size_t i = 0; i < gather->blobs.count; i++)
    {
      const char *key = key_of (gather, &gather->blobs.items[i]);
      if (key)
        *find_slot (gather, key) = i + 1;
    }
  return 0;
}

static struct inventory_gathered_blob *
find_blob (const struct inventory_gather *gather, const char *key)
{
  size_t *slot = gather->slot_count ? find_slot (gather, key) : NULL;
  return slot && *slot ? &gather->blobs.items[*slot - 1] : NULL;
}

static int64_t
finer (int64_t ns, int64_t ms)
{
  return ns ? ns : ms * 1000000;
}

static bool
wants_blobs (const struct inventory_gather *gather)
{
  return gather->ask->flags & (INVENTORY_BLOBS | INVENTORY_FILES);
}

/* NULL: no memory.  */
static struct inventory_gathered_blob *
add_blob (struct inventory_gather *gather, const struct hfcore_entry *entry,
          enum inventory_place place, const char *path)
{
  struct inventory_gathered_blob made
      = { .blob = { .place = place,
                    .size = entry->length == HFCORE_SIZE_UNKNOWN ? 0 : entry->length,
                    .accessed_ns = finer (entry->accessed_ns, entry->accessed_ms),
                    .modified_ns = finer (entry->modified_ns, entry->modified_ms),
                    .is_link = entry->flags & HFCORE_IS_LINK,
                    .is_shared = entry->flags & HFCORE_IS_SHARED } };
  if (keep (gather, entry->etag, &made.etag) < 0 || keep (gather, path, &made.path) < 0
      || make_slots (gather) < 0 || inventory_gathered_blobs_append (&gather->blobs, made) < 0)
    return NULL;
  size_t count = gather->blobs.count;
  const char *key = key_of (gather, &made);
  if (key)
    *find_slot (gather, key) = count;
  return &gather->blobs.items[count - 1];
}

static int
on_blob (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  if (!entry->etag || find_blob (gather, entry->etag))
    return 0;
  return add_blob (gather, entry, INVENTORY_BLOB, wants_blobs (gather) ? entry->path : NULL) ? 0
                                                                                             : -1;
}

/* ---- files ---- */

static struct inventory_gathered_revision *
find_revision (const struct inventory_gather *gather, const char *commit)
{
  for (size_t i = gather->revisions.count; i > 0; i--)
    if (strcmp (inventory_string (gather, gather->revisions.items[i - 1].commit), commit) == 0)
      return &gather->revisions.items[i - 1];
  return NULL;
}

static int
on_revision (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  struct inventory_gathered_revision revision
      = { .folder_ns = finer (entry->modified_ns, entry->modified_ms),
          .newest_ns = INT64_MIN,
          .used_ns = entry->used_ns,
          .first_file = gather->files.count };
  if (!entry->commit || find_revision (gather, entry->commit))
    return 0;
  if (keep (gather, entry->commit, &revision.commit) < 0
      || keep (gather, entry->path, &revision.path) < 0)
    return -1;
  return inventory_gathered_revisions_append (&gather->revisions, revision);
}

static int
note_problem (struct inventory_gather *gather, enum inventory_problem problem, const char *path)
{
  /* Python looks at files and links as it meets them, at all else in the order of the numbers.  */
  bool is_later = problem >= INVENTORY_SNAPSHOT_FILE && gather->problem >= INVENTORY_SNAPSHOT_FILE;
  if (gather->problem && (is_later || problem >= gather->problem))
    return 0;
  gather->problem = problem;
  return keep (gather, path, &gather->problem_path);
}

/* A file that is its own blob can be no other's: it need not be remembered.  */
static void
count_own (struct inventory_gather *gather, struct inventory_gathered_revision *revision,
           const struct hfcore_entry *entry)
{
  int64_t accessed_ns = finer (entry->accessed_ns, entry->accessed_ms);
  int64_t modified_ns = finer (entry->modified_ns, entry->modified_ms);
  gather->own_count++;
  gather->own_size += entry->length;
  if (accessed_ns > gather->own_accessed_ns)
    gather->own_accessed_ns = accessed_ns;
  if (modified_ns > gather->own_modified_ns)
    gather->own_modified_ns = modified_ns;
  revision->size += entry->length;
  if (modified_ns > revision->newest_ns)
    revision->newest_ns = modified_ns;
}

/* Where its link led, as 0.26.2 tells it: to the end.  */
static char *
resolved (const struct inventory_gather *gather, const char *target)
{
  return target && gather->ask->flags & INVENTORY_AS_0_26 ? files_resolve (target) : NULL;
}

/* The blob of a file that is none of those that were listed; NULL: no memory.  */
static struct inventory_gathered_blob *
other_blob (struct inventory_gather *gather, const struct hfcore_entry *entry, bool gone)
{
  CLEANUP_FREE char *end = resolved (gather, entry->target);
  const char *path = end ? end : entry->target ? entry->target : entry->path;
  if (entry->etag && !entry->target && !gone)
    return add_blob (gather, entry, INVENTORY_BLOB, NULL);
  if (gone && note_problem (gather, INVENTORY_BLOB_MISSING, path ? path : entry->name) < 0)
    return NULL;
  struct inventory_gathered_blob *known = path ? find_blob (gather, path) : NULL;
  if (known)
    return known;
  bool own = !entry->target || (entry->path && strcmp (entry->path, entry->target) == 0);
  return add_blob (gather, entry,
                   gone  ? INVENTORY_GONE
                   : own ? INVENTORY_OWN
                         : INVENTORY_ELSEWHERE,
                   path);
}

static int
use_blob (struct inventory_gather *gather, struct inventory_gathered_revision *revision,
          struct inventory_gathered_blob *blob, const char *name)
{
  size_t mark = (size_t) (revision - gather->revisions.items) + 1;
  if (blob->seen != mark)
    {
      blob->seen = mark;
      blob->blob.revisions++;
      revision->size += blob->blob.size;
      if (blob->blob.place != INVENTORY_GONE && blob->blob.modified_ns > revision->newest_ns)
        revision->newest_ns = blob->blob.modified_ns;
    }
  if (!(gather->ask->flags & INVENTORY_FILES))
    return 0;
  struct inventory_gathered_file file = { .blob = (size_t) (blob - gather->blobs.items) };
  return keep (gather, name, &file.name) < 0
             ? -1
             : inventory_gathered_files_append (&gather->files, file);
}

static int
on_file (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  if (!entry->commit || !entry->name)
    return 0;
  struct inventory_gathered_revision *revision = find_revision (gather, entry->commit);
  if (!revision)
    {
      if (on_revision (gather, entry) < 0)
        return -1;
      revision = &gather->revisions.items[gather->revisions.count - 1];
    }
  bool unknown = entry->length == HFCORE_SIZE_UNKNOWN;
  bool gone = unknown && (entry->target || !gather->quick);
  struct inventory_gathered_blob *blob
      = entry->etag && !entry->target ? find_blob (gather, entry->etag) : NULL;
  if (!blob && unknown && !gone)
    {
      gather->again = true;
      return 0;
    }
  revision->file_count++;
  if (!blob && !gone && !entry->etag && !wants_blobs (gather) && entry->target && entry->path
      && strcmp (entry->target, entry->path) == 0)
    {
      count_own (gather, revision, entry);
      return 0;
    }
  if (!blob)
    blob = other_blob (gather, entry, gone);
  return blob ? use_blob (gather, revision, blob, entry->name) : -1;
}

/* ---- all the rest ---- */

static int
on_ref (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  struct inventory_gathered_ref ref;
  const char *says = entry->target ? entry->target : entry->commit ? entry->commit : "";
  if (!entry->name)
    return 0;
  if (keep (gather, entry->name, &ref.name) < 0 || keep (gather, says, &ref.says) < 0)
    return -1;
  return inventory_gathered_refs_append (&gather->refs, ref);
}

static int
on_partial (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  struct inventory_gathered_partial partial
      = { .size = entry->length,
          .modified_ns = finer (entry->modified_ns, entry->modified_ms),
          .held = entry->flags & HFCORE_IS_HELD };
  if (keep (gather, entry->name, &partial.name) < 0 || keep (gather, entry->etag, &partial.etag) < 0
      || keep (gather, entry->path, &partial.path) < 0)
    return -1;
  return inventory_gathered_partials_append (&gather->partials, partial);
}

static int
on_repo (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  gather->folder_accessed_ns = finer (entry->accessed_ns, entry->accessed_ms);
  gather->folder_modified_ns = finer (entry->modified_ns, entry->modified_ms);
  return keep (gather, entry->path, &gather->path);
}

static int
on_problem (struct inventory_gather *gather, const struct hfcore_entry *entry)
{
  if (entry->problem < HFCORE_PROBLEM_NO_FOLDER || entry->problem > HFCORE_PROBLEM_SNAPSHOT_FILE)
    return 0;
  return note_problem (gather, (enum inventory_problem) entry->problem, entry->path);
}

static int
on_entry (void *ctx, const struct hfcore_entry *entry)
{
  static int (*const takers[]) (struct inventory_gather *, const struct hfcore_entry *)
      = { [HFCORE_ENTRY_REPO] = on_repo,         [HFCORE_ENTRY_REF] = on_ref,
          [HFCORE_ENTRY_REVISION] = on_revision, [HFCORE_ENTRY_FILE] = on_file,
          [HFCORE_ENTRY_BLOB] = on_blob,         [HFCORE_ENTRY_PARTIAL] = on_partial,
          [HFCORE_ENTRY_ABSENT] = NULL,          [HFCORE_ENTRY_PROBLEM] = on_problem };
  if (entry->kind < 0 || (size_t) entry->kind >= sizeof takers / sizeof *takers
      || !takers[entry->kind])
    return HFCORE_OK;
  return takers[entry->kind](ctx, entry) < 0 ? HFCORE_E_NOMEM : HFCORE_OK;
}

static int
ask_storage (struct inventory_gather *gather, struct hfcore_call *call, bool quick)
{
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = gather, .entry = on_entry };
  const struct hfcore_storage *storage;
  const uint32_t kinds = gather->ask->flags & INVENTORY_NAMES ? NAME_KINDS : KINDS;
  begin (gather, quick);
  int code = registry_storage (gather->ask->engine->registry, gather->storage, call, &storage);
  return code ? code
              : storage->ops->list (storage->self, call, gather->repo,
                                    quick ? kinds | HFCORE_LIST_QUICK : kinds, &sink);
}

int
inventory_gather_repo (struct inventory_gather *gather, struct hfcore_call *call)
{
  int code = ask_storage (gather, call, true);
  if (code == HFCORE_OK && gather->again)
    code = ask_storage (gather, call, false);
  if (code == HFCORE_E_NOMEM && call->error.code == HFCORE_OK)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  if (code == HFCORE_OK || code == HFCORE_PASS || code == HFCORE_E_NOMEM
      || code == HFCORE_E_CANCELLED || code == HFCORE_E_UNSUPPORTED)
    return code;
  if (code == HFCORE_E_NOTFOUND)
    {
      call_forget (call);
      return HFCORE_PASS;
    }
  if (gather->path == INVENTORY_NO_STRING)
    begin (gather, false);
  gather->problem = INVENTORY_UNREADABLE;
  return HFCORE_OK;
}
