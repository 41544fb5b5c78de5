/* SPDX-License-Identifier: Apache-2.0 */
/* reference_lists.c: remembered file lists, listing and removing of the storage in memory; see
 * reference_storage.h.  */
#include <stdlib.h>
#include <string.h>
#include "core/contract/reference_storage.h"
#include "core/util/text.h"

/* ---- trees: of each file eight texts, each ended by a zero byte ---- */

static void
add_text (struct text *lines, const char *text)
{
  /* "-" is nothing, and a text begins with "+".  */
  text_add (lines, text ? "+" : "-");
  if (text)
    text_add (lines, text);
  text_append (lines, "", 1);
}

static const char *
take_text (const char **at)
{
  const char *text = *at;
  *at += strlen (text) + 1;
  return *text == '+' ? text + 1 : NULL;
}

int
reference_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const struct hfcore_file_info *files, size_t count)
{
  const struct reference *reference = self;
  struct text lines = TEXT_LIMIT (REFERENCE_MOST);
  int code = reference_check_names (reference, call, NULL, NULL, commit, NULL);
  const char *at = (const char *) files;
  if (code)
    return code;
  for (size_t i = 0; i < count; i++, at += files->size)
    {
      struct hfcore_file_info info = { 0 };
      const uint32_t size = files->size < sizeof info ? files->size : (uint32_t) sizeof info;
      memcpy (&info, at, size);
      add_text (&lines, info.path);
      add_text (&lines, info.etag ? info.etag : info.lfs_sha256 ? info.lfs_sha256 : info.blob_id);
      add_text (&lines, info.blob_id);
      add_text (&lines, info.lfs_sha256);
      add_text (&lines, info.xet_hash);
      text_append (&lines, &info.length, sizeof info.length);
      text_append (&lines, &info.lfs_length, sizeof info.lfs_length);
    }
  size_t len = lines.len;
  CLEANUP_BYTES struct reference_bytes *content
      = lines.failed ? NULL : reference_bytes_new (lines.bytes, len);
  if (!content)
    return reference_no_memory (reference, call);
  WITH_REFERENCE;
  return reference_put_locked (reference, call,
                               reference_item_new (HFCORE_ENTRY_TREE, repo->type, repo->id, NULL,
                                                   commit, NULL, content));
}

int
reference_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const struct hfcore_file_sink *sink)
{
  const struct reference *reference = self;
  CLEANUP_BYTES struct reference_bytes *content = NULL;
  {
    WITH_REFERENCE;
    const struct reference_item *item
        = reference_get_locked (HFCORE_ENTRY_TREE, repo, NULL, commit);
    content = item ? reference_bytes_share (item->content) : NULL;
  }
  if (!content)
    return HFCORE_PASS;
  int code = HFCORE_OK;
  const char *at = content->bytes, *end = content->len ? at + content->len : at;
  while (code == HFCORE_OK && at < end)
    {
      struct hfcore_file_info info = { .size = sizeof info, .commit = commit };
      info.path = take_text (&at);
      info.etag = take_text (&at);
      info.blob_id = take_text (&at);
      info.lfs_sha256 = take_text (&at);
      info.xet_hash = take_text (&at);
      memcpy (&info.length, at, sizeof info.length);
      at += sizeof info.length;
      memcpy (&info.lfs_length, at, sizeof info.lfs_length);
      at += sizeof info.lfs_length;
      code = sink->file (sink->ctx, &info);
      if (code == HFCORE_OK)
        code = reference->host->tick (call, 0, 0);
    }
  return code;
}

/* ---- listing: of a copy, so that the sink may do what it likes ---- */

static void
free_list (struct reference_items *list)
{
  for (size_t i = 0; i < list->count; i++)
    reference_item_free (list->items[i]);
  free (list->items);
}
#define CLEANUP_LIST __attribute__ ((cleanup (free_list)))

/* One more, unless it is in the list, with the time of the newest; -1: no memory.  */
static int
add_once (struct reference_items *list, int kind, const struct reference_item *from,
          const char *commit)
{
  for (size_t i = 0; i < list->count; i++)
    {
      struct reference_item *item = list->items[i];
      if (item->kind != kind || strcmp (item->type, from->type) != 0
          || strcmp (item->id, from->id) != 0 || strcmp (item->commit, commit) != 0)
        continue;
      if (item->time_ms < from->time_ms)
        item->time_ms = from->time_ms;
      return 0;
    }
  struct reference_item *item
      = reference_item_new (kind, from->type, from->id, NULL, commit, NULL, NULL);
  if (item)
    {
      item->time_ms = from->time_ms;
      item->used_ns = from->used_ns;
    }
  if (!item || reference_items_append (list, item) == 0)
    return item ? 0 : -1;
  reference_item_free (item);
  return -1;
}

/* What is told of one item: itself, and of a FILE its REVISION, once.  */
static int
copy_item (struct reference_items *list, const struct reference_item *item, uint32_t kinds)
{
  if (item->kind == HFCORE_ENTRY_FILE && (kinds & (1u << HFCORE_ENTRY_REVISION))
      && add_once (list, HFCORE_ENTRY_REVISION, item, item->commit) < 0)
    return -1;
  if (!(kinds & (1u << item->kind)))
    return 0;
  struct reference_item *copied = reference_item_new (item->kind, item->type, item->id, item->name,
                                                      item->commit, item->value, item->content);
  if (copied)
    copied->time_ms = item->time_ms;
  if (copied && reference_items_append (list, copied) == 0)
    return 0;
  reference_item_free (copied);
  return -1;
}

static int
copy_items_locked (struct reference_items *list, const struct hfcore_repo *repo, uint32_t kinds)
{
  static const int order[]
      = { HFCORE_ENTRY_REF, HFCORE_ENTRY_BLOB, HFCORE_ENTRY_FILE, HFCORE_ENTRY_ABSENT };
  int failed = 0;
  for (size_t i = 0; !repo && i < reference_shared.items.count; i++)
    if (reference_is_kept (reference_shared.items.items[i], NULL)
        && (kinds & (1u << HFCORE_ENTRY_REPO)))
      failed |= add_once (list, HFCORE_ENTRY_REPO, reference_shared.items.items[i], "");
  for (size_t k = 0; repo && k < sizeof order / sizeof *order; k++)
    for (size_t i = 0; i < reference_shared.items.count; i++)
      if (reference_shared.items.items[i]->kind == order[k]
          && reference_item_is_of (reference_shared.items.items[i], repo))
        failed |= copy_item (list, reference_shared.items.items[i], kinds);
  return failed;
}

/* How long a file is.  */
static uint64_t
length_of (const struct hfcore_repo *repo, const struct reference_item *item)
{
  if (item->kind == HFCORE_ENTRY_BLOB)
    return item->content->len;
  CLEANUP_BYTES struct reference_bytes *content
      = item->kind == HFCORE_ENTRY_FILE ? reference_find_blob (repo, item->value) : NULL;
  return content ? content->len : 0;
}

static const char *
or_null (const char *text)
{
  return *text ? text : NULL;
}

static int
tell_item (const struct reference_item *item, const struct hfcore_entry_sink *sink)
{
  const struct hfcore_repo repo = { .size = sizeof repo, .type = item->type, .id = item->id };
  const bool is_blob = item->kind == HFCORE_ENTRY_BLOB, is_ref = item->kind == HFCORE_ENTRY_REF;
  const struct hfcore_entry entry = { .size = sizeof entry,
                                      .kind = item->kind,
                                      .repo = &repo,
                                      .name = is_blob ? NULL : or_null (item->name),
                                      .commit = or_null (is_ref ? item->value : item->commit),
                                      .etag = is_blob  ? item->name
                                              : is_ref ? NULL
                                                       : or_null (item->value),
                                      .length = length_of (&repo, item),
                                      .modified_ms = item->time_ms,
                                      .accessed_ms = item->time_ms,
                                      .modified_ns = item->time_ms * 1000000,
                                      .accessed_ns = item->time_ms * 1000000,
                                      .target = is_ref ? item->value : NULL,
                                      .used_ns = item->used_ns };
  return sink->entry (sink->ctx, &entry);
}

int
reference_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                uint32_t kinds, const struct hfcore_entry_sink *sink)
{
  const struct reference *reference = self;
  CLEANUP_LIST struct reference_items list = { 0 };
  int failed;
  {
    WITH_REFERENCE;
    failed = copy_items_locked (&list, repo, kinds);
  }
  int code = failed ? reference_no_memory (reference, call) : HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < list.count; i++)
    {
      code = tell_item (list.items[i], sink);
      if (code == HFCORE_OK)
        code = reference->host->tick (call, 0, 0);
    }
  return code;
}

/* ---- removing ---- */

static bool
is_meant (const struct reference_item *item, const struct hfcore_entry *entry)
{
  if (!reference_is_kept (item, entry->repo))
    return false;
  switch (entry->kind)
    {
    case HFCORE_ENTRY_REPO:
      return true;
    case HFCORE_ENTRY_REVISION:
      return item->kind == HFCORE_ENTRY_FILE && strcmp (item->commit, entry->commit) == 0;
    case HFCORE_ENTRY_BLOB:
      return item->kind == HFCORE_ENTRY_BLOB && strcmp (item->name, entry->etag) == 0;
    case HFCORE_ENTRY_TREE:
      return item->kind == HFCORE_ENTRY_TREE && strcmp (item->commit, entry->commit) == 0;
    case HFCORE_ENTRY_REF:
      return item->kind == HFCORE_ENTRY_REF && strcmp (item->name, entry->name) == 0
             && (!entry->commit || strcmp (item->value, entry->commit) == 0);
    default:
      return item->kind == entry->kind && strcmp (item->commit, entry->commit) == 0
             && (!entry->name || strcmp (item->name, entry->name) == 0);
    }
}

static int
check_entry (const struct reference *reference, struct hfcore_call *call,
             const struct hfcore_entry *entry)
{
  switch (entry->kind)
    {
    case HFCORE_ENTRY_REPO:
    case HFCORE_ENTRY_PARTIAL: /* there never are any  */
    case HFCORE_ENTRY_SHARED:
    case HFCORE_ENTRY_REST:
      return HFCORE_OK;
    case HFCORE_ENTRY_REF:
      return reference_check_names (reference, call, NULL, entry->name ? entry->name : "", NULL,
                                    NULL);
    case HFCORE_ENTRY_BLOB:
      return reference_check_names (reference, call, entry->etag ? entry->etag : "", NULL, NULL,
                                    NULL);
    case HFCORE_ENTRY_REVISION:
    case HFCORE_ENTRY_TREE:
      return reference_check_names (reference, call, NULL, NULL, entry->commit ? entry->commit : "",
                                    NULL);
    case HFCORE_ENTRY_FILE:
      return reference_check_names (reference, call, NULL, NULL, entry->commit ? entry->commit : "",
                                    entry->name ? entry->name : "");
    case HFCORE_ENTRY_ABSENT:
      return reference_check_names (reference, call, NULL, NULL, entry->commit ? entry->commit : "",
                                    entry->name);
    default:
      return reference->host->fail (call, HFCORE_E_UNSUPPORTED, "entries of kind %d are not kept",
                                    entry->kind);
    }
}

/* Is somebody at work on the repository, or was something added to it since it was looked at?  */
static bool
is_busy_locked (const struct hfcore_entry *entry)
{
  int64_t since_ns = HFCORE_HAS (entry, modified_ns) ? entry->modified_ns : 0;
  bool asks = HFCORE_HAS (entry, flags) && (entry->flags & HFCORE_REMOVE_IDLE);
  for (size_t i = 0; asks && i < reference_shared.items.count; i++)
    {
      const struct reference_item *item = reference_shared.items.items[i];
      if (reference_item_is_of (item, entry->repo)
          && (!reference_is_kept (item, NULL) || (since_ns && item->time_ms * 1000000 > since_ns)))
        return true;
    }
  return false;
}

int
reference_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  const struct reference *reference = self;
  bool removed = false;
  int code = check_entry (reference, call, entry);
  if (code || entry->kind == HFCORE_ENTRY_REST)
    return code;
  if (entry->kind == HFCORE_ENTRY_PARTIAL || entry->kind == HFCORE_ENTRY_SHARED)
    return HFCORE_PASS;
  WITH_REFERENCE;
  if (entry->kind == HFCORE_ENTRY_REPO && is_busy_locked (entry))
    return reference->host->fail (call, HFCORE_E_BUSY, "somebody is at work on '%s'",
                                  entry->repo->id);
  for (size_t i = reference_shared.items.count; i-- > 0;)
    if (is_meant (reference_shared.items.items[i], entry))
      {
        reference_drop_locked (i);
        removed = true;
      }
  return removed ? HFCORE_OK : HFCORE_PASS;
}
