/* SPDX-License-Identifier: Apache-2.0 */
/* asset_rows.c: see asset_rows.h.  */
#include "core/cli/asset_rows.h"

#include <stdbool.h>
#include <string.h>

enum
{
  NAMES = 3
};

static void
free_row (struct asset_row *row)
{
  for (size_t i = 0; i < NAMES; i++)
    free (row->names[i]);
  free (row->path);
}

/* A copy that may be of NULL.  */
static int
copy (char **to, const char *text)
{
  *to = text ? strdup (text) : NULL;
  return text && !*to ? -1 : 0;
}

static int
add_row (void *ctx, const struct hfcore_asset_info *info)
{
  struct asset_rows *rows = ctx;
  struct asset_row row = { .bytes = info->bytes, .modified_ms = info->modified_ms };
  if (copy (&row.names[0], info->library) < 0 || copy (&row.names[1], info->name_space) < 0
      || copy (&row.names[2], info->subfolder) < 0
      || copy (&row.path, info->path ? info->path : "") < 0 || asset_rows_append (rows, row) < 0)
    {
      free_row (&row);
      return HFCORE_E_NOMEM;
    }
  return 0;
}

/* What has no name comes first.  */
static int
compare_names (const char *a, const char *b)
{
  if (!a || !b)
    return (a != NULL) - (b != NULL);
  return strcmp (a, b);
}

static int
by_name (const void *a_, const void *b_)
{
  const struct asset_row *a = a_, *b = b_;
  for (size_t i = 0; i < NAMES; i++)
    {
      int order = compare_names (a->names[i], b->names[i]);
      if (order)
        return order;
    }
  return 0;
}

int
asset_rows_read (struct hfcore *cache, const char *const names[3], struct asset_rows *rows,
                 struct hfcore_error *error)
{
  int code = hfcore_assets_each (cache, names[0], names[1], names[2], add_row, rows, error);
  if (rows->count)
    qsort (rows->items, rows->count, sizeof *rows->items, by_name);
  return code;
}

void
asset_rows_free (struct asset_rows *rows)
{
  for (size_t i = 0; i < rows->count; i++)
    free_row (&rows->items[i]);
  free (rows->items);
  *rows = (struct asset_rows){ 0 };
}

static bool
is_same (const struct asset_row *a, const struct asset_row *b, size_t depth)
{
  for (size_t i = 0; i < depth; i++)
    if (compare_names (a->names[i], b->names[i]) != 0)
      return false;
  return true;
}

size_t
asset_rows_sum (const struct asset_rows *rows, size_t first, size_t depth, uint64_t *bytes,
                int64_t *modified_ms)
{
  uint64_t sum = 0;
  int64_t newest = INT64_MIN;
  size_t next = first;
  for (; next < rows->count && is_same (&rows->items[first], &rows->items[next], depth); next++)
    {
      sum += rows->items[next].bytes;
      if (rows->items[next].modified_ms > newest)
        newest = rows->items[next].modified_ms;
    }
  if (bytes)
    *bytes = sum;
  if (modified_ms)
    *modified_ms = newest;
  return next - first;
}
