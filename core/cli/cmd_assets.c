/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_assets.c: hfcore assets path and ls (spec 6).  */
#include <stdio.h>
#include <string.h>
#include "core/cli/asset_rows.h"
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/cli/timesince.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/text.h"

enum
{
  PATH_ROOM = 1 << 16,
  SIZE_ROOM = 16,
  TIME_ROOM = 48
};

/* ---- path ---- */

int
cmd_assets_path (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_FREE char *path = malloc (PATH_ROOM);
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct words *names = &arguments->operands;
  int status = path ? session_open (arguments, NULL, &cache)
                    : output_fail (STATUS_FAILED, "out of memory");
  if (status != STATUS_DONE)
    return status;
  if (hfcore_assets_path (cache, names->items[0], names->count > 1 ? names->items[1] : NULL,
                          names->count > 2 ? names->items[2] : NULL, path, PATH_ROOM, &error)
      != HFCORE_OK)
    return output_error (&error);
  if (arguments->json)
    return output_json (json_pack ("{s:s}", "path", path));
  output_line (path);
  return STATUS_DONE;
}

/* ---- ls ---- */

static void
add_size (struct table *table, uint64_t bytes)
{
  char size[SIZE_ROOM];
  text_size (size, sizeof size, bytes);
  table_add (table, size);
}

static void
add_time (struct table *table, int64_t when_ms, int64_t now_ms)
{
  char time[TIME_ROOM];
  timesince (time, sizeof time, when_ms, now_ms);
  table_add (table, time);
}

static void
fill_table (struct table *table, const struct asset_rows *rows, int64_t now_ms)
{
  static const char *const heads[]
      = { "LIBRARY", "NAMESPACE", "SUBFOLDER", "SIZE", "LAST_MODIFIED", "PATH" };
  *table = (struct table){ .columns = 6, .gap = 2, .right = 1 << 3 };
  for (size_t i = 0; i < table->columns; i++)
    table_add (table, heads[i]);
  for (size_t i = 0; i < rows->count; i++)
    {
      const struct asset_row *row = &rows->items[i];
      for (size_t name = 0; name < 3; name++)
        table_add (table, row->names[name] ? row->names[name] : "-");
      add_size (table, row->bytes);
      add_time (table, row->modified_ms, now_ms);
      table_add (table, row->path);
    }
}

/* One line of the tree: the last of the row's first `depth` names, with what is below it.  */
static void
add_branch (struct table *table, const struct asset_rows *rows, size_t first, size_t depth,
            int64_t now_ms)
{
  CLEANUP_TEXT struct text name = TEXT_LIMIT (1 << 16);
  const char *own = rows->items[first].names[depth - 1];
  uint64_t bytes;
  int64_t modified_ms;
  asset_rows_sum (rows, first, depth, &bytes, &modified_ms);
  text_addf (&name, "%*s%s", (int) (2 * (depth - 1)), "", own ? own : "(other files)");
  table_add (table, name.failed ? "" : name.bytes);
  table->failed |= name.failed;
  add_size (table, bytes);
  add_time (table, modified_ms, now_ms);
}

/* Is the row the only one of the branch of its first `depth` names?  */
static bool
is_alone (const struct asset_rows *rows, size_t index, size_t depth)
{
  return asset_rows_sum (rows, index, depth, NULL, NULL) == 1;
}

static void
fill_tree (struct table *table, const struct asset_rows *rows, int64_t now_ms)
{
  *table = (struct table){ .columns = 3, .gap = 2, .right = 1 << 1 };
  table_add (table, "NAME");
  table_add (table, "SIZE");
  table_add (table, "LAST_MODIFIED");
  size_t ends[3] = { 0, 0, 0 }; /* of the branches that we are in  */
  for (size_t i = 0; i < rows->count; i++)
    for (size_t level = 0; level < 3; level++)
      {
        if (i < ends[level])
          continue;
        /* A library or namespace in which there is no folder: its own line says it all.  */
        if (level > 0 && !rows->items[i].names[level] && is_alone (rows, i, level))
          break;
        add_branch (table, rows, i, level + 1, now_ms);
        ends[level] = i + asset_rows_sum (rows, i, level + 1, NULL, NULL);
        if (!rows->items[i].names[level])
          break; /* nothing has a name below */
      }
}

static size_t
count_libraries (const struct asset_rows *rows)
{
  size_t count = 0;
  for (size_t i = 0; i < rows->count; i += asset_rows_sum (rows, i, 1, NULL, NULL))
    count += rows->items[i].names[0] != NULL;
  return count;
}

static int
print_table (const struct arguments *arguments, const struct asset_rows *rows)
{
  CLEANUP_TABLE struct table table = { 0 };
  char size[SIZE_ROOM];
  uint64_t bytes = 0;
  size_t libraries = count_libraries (rows);
  if (rows->count == 0)
    {
      puts ("No assets found.");
      return STATUS_DONE;
    }
  if (arguments->tree)
    fill_tree (&table, rows, clock_wall_ms ());
  else
    fill_table (&table, rows, clock_wall_ms ());
  if (table_print (&table, stdout) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  asset_rows_sum (rows, 0, 0, &bytes, NULL);
  text_size (size, sizeof size, bytes);
  printf ("\nFound %zu folder%s of %zu librar%s, %s in all.\n", rows->count,
          rows->count == 1 ? "" : "s", libraries, libraries == 1 ? "y" : "ies", size);
  return STATUS_DONE;
}

/* A name as JSON: null where there is none; what is no UTF-8 is shown as a terminal would see it,
 * and that is said.  */
static json_t *
json_name (const char *name)
{
  if (!name)
    return json_null ();
  json_t *value = json_string (name);
  if (value)
    return value;
  size_t room = strlen (name) + 1;
  CLEANUP_FREE char *clean = malloc (room);
  if (!clean)
    return NULL;
  text_one_line (clean, room, name);
  output_warning ("%s is no UTF-8; its name is not told as it is", clean);
  return json_string (clean);
}

static int
print_json (const struct asset_rows *rows)
{
  json_t *list = json_array ();
  for (size_t i = 0; list && i < rows->count; i++)
    {
      const struct asset_row *row = &rows->items[i];
      json_t *one
          = json_pack ("{s:o, s:o, s:o, s:I, s:I, s:o}", "library", json_name (row->names[0]),
                       "namespace", json_name (row->names[1]), "subfolder",
                       json_name (row->names[2]), "size", (json_int_t) row->bytes, "last_modified",
                       (json_int_t) (row->modified_ms / 1000), "path", json_name (row->path));
      if (json_array_append_new (list, one) < 0)
        {
          json_decref (list);
          list = NULL;
        }
    }
  return output_json (list);
}

int
cmd_assets_ls (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_ROWS struct asset_rows rows = { 0 };
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct words *operands = &arguments->operands;
  const char *const names[3] = { operands->count > 0 ? operands->items[0] : NULL,
                                 operands->count > 1 ? operands->items[1] : NULL, NULL };
  if (arguments->tree && (arguments->json || arguments->quiet))
    return output_usage (arguments->command, "--tree goes neither with --json nor with --quiet");
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  if (asset_rows_read (cache, names, &rows, &error) != HFCORE_OK)
    return output_error (&error);
  if (arguments->json)
    return print_json (&rows);
  if (!arguments->quiet)
    return print_table (arguments, &rows);
  for (size_t i = 0; i < rows.count; i++)
    output_line (rows.items[i].path);
  return STATUS_DONE;
}
