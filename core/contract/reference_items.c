/* SPDX-License-Identifier: Apache-2.0 */
/* reference_items.c: what the storage in memory keeps; see reference_storage.h.  */
#include <stdlib.h>
#include <string.h>
#include "core/contract/reference_storage.h"
#include "core/util/clock.h"
#include "core/util/names.h"

struct reference_shared reference_shared = { .mutex = PTHREAD_MUTEX_INITIALIZER };

int
reference_no_memory (const struct reference *reference, struct hfcore_call *call)
{
  return reference->host->fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- items ---- */

static void
bytes_release (struct reference_bytes *content)
{
  if (!content || atomic_fetch_sub (&content->owners, 1) > 1)
    return;
  free (content->bytes);
  free (content);
}

void
reference_bytes_cleanup (struct reference_bytes **content)
{
  bytes_release (*content);
}

struct reference_bytes *
reference_bytes_share (struct reference_bytes *content)
{
  if (content)
    atomic_fetch_add (&content->owners, 1);
  return content;
}

struct reference_bytes *
reference_bytes_new (char *bytes, size_t len)
{
  struct reference_bytes *content = calloc (1, sizeof *content);
  if (!content)
    {
      free (bytes);
      return NULL;
    }
  *content = (struct reference_bytes){ .owners = 1, .bytes = bytes, .len = len };
  return content;
}

void
reference_item_free (struct reference_item *item)
{
  if (!item)
    return;
  free (item->type);
  free (item->id);
  free (item->name);
  free (item->commit);
  free (item->value);
  bytes_release (item->content);
  free (item);
}

char *
reference_copy (const char *text)
{
  return strdup (text ? text : "");
}

struct reference_item *
reference_item_new (int kind, const char *type, const char *id, const char *name,
                    const char *commit, const char *value, struct reference_bytes *content)
{
  struct reference_item *item = calloc (1, sizeof *item);
  if (!item)
    return NULL;
  *item = (struct reference_item){ .kind = kind,
                                   .type = reference_copy (type),
                                   .id = reference_copy (id),
                                   .name = reference_copy (name),
                                   .commit = reference_copy (commit),
                                   .value = reference_copy (value),
                                   .content = reference_bytes_share (content),
                                   .time_ms = clock_wall_ms () };
  if (item->type && item->id && item->name && item->commit && item->value)
    return item;
  reference_item_free (item);
  return NULL;
}

bool
reference_item_is_of (const struct reference_item *item, const struct hfcore_repo *repo)
{
  return strcmp (item->type, repo->type) == 0 && strcmp (item->id, repo->id) == 0;
}

size_t
reference_find_locked (int kind, const struct hfcore_repo *repo, const char *name,
                       const char *commit)
{
  size_t i = 0;
  for (; i < reference_shared.items.count; i++)
    {
      const struct reference_item *item = reference_shared.items.items[i];
      if (item->kind == kind && reference_item_is_of (item, repo)
          && (!name || strcmp (item->name, name) == 0)
          && (!commit || strcmp (item->commit, commit) == 0))
        break;
    }
  return i;
}

struct reference_item *
reference_get_locked (int kind, const struct hfcore_repo *repo, const char *name,
                      const char *commit)
{
  size_t at = reference_find_locked (kind, repo, name, commit);
  return at < reference_shared.items.count ? reference_shared.items.items[at] : NULL;
}

bool
reference_is_kept (const struct reference_item *item, const struct hfcore_repo *repo)
{
  return item->kind < REFERENCE_LOCK && (!repo || reference_item_is_of (item, repo));
}

void
reference_drop_locked (size_t at)
{
  reference_item_free (reference_shared.items.items[at]);
  reference_shared.items.items[at] = reference_shared.items.items[--reference_shared.items.count];
}

int
reference_put_locked (const struct reference *reference, struct hfcore_call *call,
                      struct reference_item *item)
{
  if (!item)
    return reference_no_memory (reference, call);
  const struct hfcore_repo repo = { .size = sizeof repo, .type = item->type, .id = item->id };
  size_t at = reference_find_locked (item->kind, &repo, item->name, item->commit);
  if (at < reference_shared.items.count)
    {
      reference_item_free (reference_shared.items.items[at]);
      reference_shared.items.items[at] = item;
      return HFCORE_OK;
    }
  if (reference_items_append (&reference_shared.items, item) == 0)
    return HFCORE_OK;
  reference_item_free (item);
  return reference_no_memory (reference, call);
}

struct reference_bytes *
reference_find_blob (const struct hfcore_repo *repo, const char *etag)
{
  WITH_REFERENCE;
  const struct reference_item *item = reference_get_locked (HFCORE_ENTRY_BLOB, repo, etag, NULL);
  return item ? reference_bytes_share (item->content) : NULL;
}

/* ---- names ---- */

int
reference_check_names (const struct reference *reference, struct hfcore_call *call,
                       const char *etag, const char *ref, const char *commit, const char *path)
{
  const char *wrong = etag ? names_check_etag (etag) : NULL;
  if (!wrong && ref)
    wrong = names_check_revision (ref);
  if (!wrong && commit && !names_is_commit (commit))
    wrong = "it is no commit";
  if (!wrong && path)
    wrong = names_check_file (path);
  return wrong ? reference->host->fail (call, HFCORE_E_CONFIG, "this name cannot be: %s", wrong)
               : HFCORE_OK;
}
