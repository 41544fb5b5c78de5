/* SPDX-License-Identifier: Apache-2.0 */
/* dir_list.c: see dir_list.h.  */
#include "plugins/transport-dir/dir_list.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"

#define LISTS_KEPT 16

struct dir_list *
dir_list_new (const struct hfcore_repo *repo)
{
  struct dir_list *list = calloc (1, sizeof *list);
  if (!list)
    return NULL;
  list->users = 1;
  list->type = strdup (repo->type);
  list->id = strdup (repo->id);
  if (list->type && list->id)
    return list;
  free (list->type);
  free (list->id);
  free (list);
  return NULL;
}

int
dir_list_add (struct dir_list *list, const char *path, struct dir_entry entry)
{
  entry.path = strdup (path);
  if (entry.path && dir_entries_append (&list->entries, entry) == 0)
    return 0;
  free (entry.path);
  return -1;
}

static int
by_path (const void *a, const void *b)
{
  const struct dir_entry *left = a, *right = b;
  return strcmp (left->path, right->path);
}

void
dir_list_sort (struct dir_list *list)
{
  if (list->entries.count > 1)
    qsort (list->entries.items, list->entries.count, sizeof *list->entries.items, by_path);
}

const struct dir_entry *
dir_list_get (const struct dir_list *list, const char *path)
{
  const struct dir_entry wanted = { .path = (char *) path };
  return list->entries.count ? bsearch (&wanted, list->entries.items, list->entries.count,
                                        sizeof *list->entries.items, by_path)
                             : NULL;
}

/* The mutex is held.  */
static void
release (struct dir_list *list)
{
  if (--list->users)
    return;
  for (size_t i = 0; i < list->entries.count; i++)
    free (list->entries.items[i].path);
  free (list->entries.items);
  free (list->folder);
  free (list->type);
  free (list->id);
  free (list);
}

static bool
is_of (const struct dir_list *list, const char *type, const char *id, const char *commit)
{
  return strcmp (list->commit, commit) == 0 && strcmp (list->id, id) == 0
         && strcmp (list->type, type) == 0;
}

/* The mutex is held.  */
static void
drop (struct dir_lists *lists, size_t index)
{
  release (lists->items[index]);
  lists->count--;
  memmove (lists->items + index, lists->items + index + 1,
           (lists->count - index) * sizeof *lists->items);
}

void
dir_list_keep (struct dir *dir, struct dir_list *list)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&dir->mutex);
  for (size_t i = 0; i < dir->lists.count; i++)
    if (is_of (dir->lists.items[i], list->type, list->id, list->commit))
      {
        drop (&dir->lists, i);
        break;
      }
  if (dir->lists.count == LISTS_KEPT)
    drop (&dir->lists, 0);
  if (dir_lists_append (&dir->lists, list) == 0)
    list->users++;
}

struct dir_list *
dir_list_find (struct dir *dir, const struct hfcore_repo *repo, const char *commit)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&dir->mutex);
  for (size_t i = 0; i < dir->lists.count; i++)
    if (is_of (dir->lists.items[i], repo->type, repo->id, commit))
      {
        dir->lists.items[i]->users++;
        return dir->lists.items[i];
      }
  return NULL;
}

void
dir_list_release (struct dir *dir, struct dir_list *list)
{
  if (!list)
    return;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&dir->mutex);
  release (list);
}

void
dir_list_forget (struct dir *dir)
{
  while (dir->lists.count)
    drop (&dir->lists, dir->lists.count - 1);
  free (dir->lists.items);
}
