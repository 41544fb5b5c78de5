/* SPDX-License-Identifier: Apache-2.0 */
/* verify_unit.c: what is there against what should be; see verify_parts.h.  */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/verify_parts.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

struct verify_unit *
verify_unit_new (struct verify *verify, const struct hfcore_repo *repo)
{
  struct verify_unit *unit = calloc (1, sizeof *unit);
  if (!unit)
    return NULL;
  unit->verify = verify;
  unit->type = strdup (repo->type);
  unit->id = strdup (repo->id);
  unit->repo
      = (struct hfcore_repo){ .size = sizeof unit->repo, .type = unit->type, .id = unit->id };
  if (unit->type && unit->id)
    return unit;
  verify_unit_free (unit);
  return NULL;
}

void
verify_unit_free (struct verify_unit *unit)
{
  if (!unit)
    return;
  for (size_t i = 0; i < unit->items.count; i++)
    {
      struct verify_item *item = &unit->items.items[i];
      free (item->name);
      free (item->path);
      free (item->etag);
      free (item->expected);
      free (item->listed_etag);
      free (item->why);
    }
  for (size_t i = 0; i < unit->job_count; i++)
    {
      free (unit->jobs[i].label);
      free (unit->jobs[i].why);
    }
  free (unit->items.items);
  free (unit->jobs);
  free (unit->type);
  free (unit->id);
  free (unit);
}

int
verify_no_memory (struct hfcore_call *call)
{
  return call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

int
verify_compare_items (const void *a, const void *b)
{
  const struct verify_item *left = a, *right = b;
  int order = strcmp (left->commit, right->commit);
  if (order == 0)
    order = strcmp (left->name, right->name);
  return order ? order : (left->storage > right->storage) - (left->storage < right->storage);
}

/* ---- which digest a file should have ---- */

/* Digests of any case count, as in Python. False: no memory.  */
static bool
set_expected (struct verify_item *item, const char *digest)
{
  char lower[65];
  size_t len = digest ? strlen (digest) : 0;
  if (item->expected || len == 0 || len >= sizeof lower)
    return true;
  for (size_t i = 0; i <= len; i++)
    lower[i] = (char) tolower ((unsigned char) digest[i]);
  enum digest_kind kind = digest_of_etag (lower);
  if (kind == DIGEST_NONE)
    return true;
  item->kind = kind;
  return (item->expected = strdup (lower)) != NULL;
}

/* That of an LFS object where it is one, else git's.  */
static bool
expect_listed (struct verify_item *item, const struct hfcore_file_info *info)
{
  item->listed_length = info->length;
  if (info->etag && !(item->listed_etag = strdup (info->etag)))
    return false;
  return set_expected (item, info->lfs_sha256) && set_expected (item, info->blob_id)
         && set_expected (item, info->etag);
}

static int
add_missing (struct verify_unit *unit, const char *commit, const struct hfcore_file_info *info)
{
  struct verify_item item = { .storage = VERIFY_NOWHERE,
                              .length = HFCORE_SIZE_UNKNOWN,
                              .state = HFCORE_VERIFIED_MISSING,
                              .name = strdup (info->path) };
  memcpy (item.commit, commit, strlen (commit) + 1);
  if (item.name && expect_listed (&item, info) && verify_items_append (&unit->items, item) == 0)
    return HFCORE_OK;
  free (item.name);
  free (item.listed_etag);
  free (item.expected);
  return verify_no_memory (unit->verify->call);
}

/* What is there, or was: a link that leads to nothing. Without a list that link says what is
 * missing.  */
static bool
expect_item (struct verify_item *item, const struct file_list *list)
{
  const struct hfcore_file_info *info = list ? file_list_find (list, item->name) : NULL;
  bool is_known = info ? expect_listed (item, info) : true;
  if (!info && list && !list->incomplete)
    {
      item->state = HFCORE_VERIFIED_EXTRA;
      return true;
    }
  if (!is_known || !set_expected (item, item->etag))
    return false;
  item->state = !item->is_there   ? HFCORE_VERIFIED_MISSING
                : !item->expected ? HFCORE_VERIFIED_UNKNOWN
                                  : HFCORE_VERIFIED_RIGHT;
  return true;
}

int
verify_expect (struct verify_unit *unit, const char *commit, size_t from, size_t to,
               const struct file_list *list)
{
  for (size_t i = from; i < to; i++)
    if (!expect_item (&unit->items.items[i], list))
      return verify_no_memory (unit->verify->call);
  size_t at = from;
  for (size_t i = 0; list && i < list->count; i++)
    {
      const struct hfcore_file_info *info = &list->files[i];
      while (at < to && strcmp (unit->items.items[at].name, info->path) < 0)
        at++;
      if (at < to && strcmp (unit->items.items[at].name, info->path) == 0)
        continue;
      int code = add_missing (unit, commit, info);
      if (code != HFCORE_OK)
        return code;
    }
  return HFCORE_OK;
}

/* ---- what is to be read ---- */

static bool
is_to_read (const struct verify_item *item)
{
  return item->is_there && item->expected && item->state == HFCORE_VERIFIED_RIGHT;
}

static int
compare_files (const void *a, const void *b)
{
  const struct verify_item *left = *(struct verify_item *const *) a;
  const struct verify_item *right = *(struct verify_item *const *) b;
  if (left->device != right->device)
    return left->device < right->device ? -1 : 1;
  if (left->inode != right->inode)
    return left->inode < right->inode ? -1 : 1;
  if (left->kind != right->kind)
    return left->kind < right->kind ? -1 : 1;
  return left < right ? -1 : left > right;
}

static bool
is_same_file (const struct verify_item *a, const struct verify_item *b)
{
  return a->path && b->path && a->device == b->device && a->inode == b->inode && a->kind == b->kind;
}

/* The largest first, so that no core waits long for the last one.  */
static int
compare_jobs (const void *a, const void *b)
{
  const struct verify_job *left = a, *right = b;
  if (left->item->length != right->item->length)
    return left->item->length > right->item->length ? -1 : 1;
  return left->item < right->item ? -1 : left->item > right->item;
}

/* Of several repositories the names alone would be mixed up.  */
static char *
make_label (const struct verify_unit *unit, const struct verify_item *item)
{
  return unit->verify->ask->repo_id ? strdup (item->name)
                                    : text_format ("%s/%s", unit->id, item->name);
}

/* `order`: the items that are to be read, those of one file side by side.  */
static int
make_jobs (struct verify_unit *unit, struct verify_item **order, size_t count)
{
  struct verify *verify = unit->verify;
  unit->jobs = calloc (count + 1, sizeof *unit->jobs);
  if (!unit->jobs)
    return verify_no_memory (verify->call);
  for (size_t i = 0; i < count; i++)
    {
      struct verify_job *last = unit->job_count ? &unit->jobs[unit->job_count - 1] : NULL;
      if (last && is_same_file (last->item, order[i]))
        {
          last->item_count++;
          continue;
        }
      struct verify_job *job = &unit->jobs[unit->job_count++];
      *job = (struct verify_job){ .unit = unit, .item = order[i], .item_count = 1 };
      if (!(job->label = make_label (unit, order[i])))
        return verify_no_memory (verify->call);
      verify->plan_bytes += order[i]->length;
    }
  verify->plan_files += unit->job_count;
  return HFCORE_OK;
}

/* Sorting moves the jobs, so the items learn of them after that.  */
static void
link_items (struct verify_unit *unit, struct verify_item **order, size_t count)
{
  if (unit->job_count > 1)
    qsort (unit->jobs, unit->job_count, sizeof *unit->jobs, compare_jobs);
  for (size_t i = 0; i < unit->job_count; i++)
    ((struct verify_item *) unit->jobs[i].item)->job = &unit->jobs[i];
  for (size_t i = 1; i < count; i++)
    if (!order[i]->job)
      order[i]->job = order[i - 1]->job;
}

int
verify_make_jobs (struct verify_unit *unit)
{
  struct verify *verify = unit->verify;
  size_t count = 0;
  CLEANUP_FREE struct verify_item **order = calloc (unit->items.count + 1, sizeof (void *));
  if (!order)
    return verify_no_memory (verify->call);
  for (size_t i = 0; i < unit->items.count; i++)
    if (is_to_read (&unit->items.items[i]))
      order[count++] = &unit->items.items[i];
  if (count > 1)
    qsort (order, count, sizeof *order, compare_files);
  int code = make_jobs (unit, order, count);
  if (code != HFCORE_OK)
    return code;
  link_items (unit, order, count);
  return events_tell (verify->events, HFCORE_EVENT_PLAN, NULL, 0, verify->plan_bytes,
                      verify->plan_files)
             ? call_fail (verify->call, HFCORE_E_CANCELLED, "stopped")
             : HFCORE_OK;
}

void
verify_judge (struct verify_item *item)
{
  const struct verify_job *job = item->job;
  if (!job || item->state != HFCORE_VERIFIED_RIGHT)
    return;
  if (job->code == HFCORE_E_NOTFOUND)
    item->state = HFCORE_VERIFIED_MISSING; /* it went away meanwhile  */
  else if (job->code != HFCORE_OK || strcmp (job->actual, item->expected) != 0)
    item->state = HFCORE_VERIFIED_DAMAGED;
}
