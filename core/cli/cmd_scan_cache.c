/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_scan_cache.c: hfcore scan-cache: the report of huggingface_hub 0.26.2, byte for byte (spec
 * 7.4), but that a name never reaches the terminal with what that would obey.  */
#include <stdio.h>
#include <stdlib.h>
#include "core/cli/cache_rows.h"
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/python_table.h"
#include "core/cli/session.h"
#include "core/cli/timesince.h"
#include "core/util/clock.h"
#include "core/util/python_text.h"

#define GREY  "\033[90m"
#define RED   "\033[1m\033[31m"
#define RESET "\033[0m"

enum
{
  SIZE_ROOM = 16,
  TIME_ROOM = 48,
  DETAILS = 3, /* so many -v print warnings too  */
  NS_PER_MS = 1000000
};

static void
add_text (struct python_table *table, const char *string)
{
  CLEANUP_TEXT struct text cell = TEXT_LIMIT ((size_t) 1 << 16);
  python_text_add_printable (&cell, string);
  python_table_take (table, &cell);
}

static void
add_refs (struct python_table *table, const struct cache_row *row)
{
  CLEANUP_TEXT struct text cell = TEXT_LIMIT ((size_t) 1 << 24);
  for (size_t i = 0; i < row->refs.count; i++)
    {
      text_add (&cell, i ? ", " : "");
      python_text_add_printable (&cell, row->refs.items[i]);
    }
  python_table_take (table, &cell);
}

static void
add_size (struct python_table *table, uint64_t bytes)
{
  char size[SIZE_ROOM], cell[SIZE_ROOM];
  text_size (size, sizeof size, bytes);
  snprintf (cell, sizeof cell, "%12s", size);
  python_table_add (table, cell);
}

static void
add_number (struct python_table *table, uint64_t number)
{
  char cell[24];
  snprintf (cell, sizeof cell, "%llu", (unsigned long long) number);
  python_table_add (table, cell);
}

static void
add_time (struct python_table *table, int64_t when_ns, int64_t now_ms)
{
  char cell[TIME_ROOM];
  timesince_as_0_26 (cell, sizeof cell, when_ns / NS_PER_MS, now_ms);
  python_table_add (table, cell);
}

static void
fill_table (struct python_table *table, const struct cache_rows *rows)
{
  static const char *const repo_heads[]
      = { "REPO ID",       "REPO TYPE",     "SIZE ON DISK", "NB FILES",
          "LAST_ACCESSED", "LAST_MODIFIED", "REFS",         "LOCAL PATH" };
  static const char *const revision_heads[]
      = { "REPO ID",  "REPO TYPE",     "REVISION", "SIZE ON DISK",
          "NB FILES", "LAST_MODIFIED", "REFS",     "LOCAL PATH" };
  const uint32_t numbers = rows->by_revision ? 1u << 4 : 1u << 3;
  int64_t now_ms = clock_wall_ms ();
  *table = (struct python_table){ .columns = sizeof repo_heads / sizeof *repo_heads,
                                  .right = numbers,
                                  .plain_heads = numbers,
                                  .blank_at_end = true };
  for (size_t i = 0; i < table->columns; i++)
    python_table_add (table, rows->by_revision ? revision_heads[i] : repo_heads[i]);
  for (size_t i = 0; i < rows->list.count; i++)
    {
      const struct cache_row *row = &rows->list.items[i];
      add_text (table, row->id);
      add_text (table, row->type);
      if (row->commit)
        add_text (table, row->commit);
      add_size (table, row->bytes);
      add_number (table, row->file_count);
      if (!row->commit)
        add_time (table, row->accessed_ns, now_ms);
      add_time (table, row->modified_ns, now_ms);
      add_refs (table, row);
      add_text (table, row->path);
    }
}

static void
print_warnings (const struct cache_rows *rows, bool details, bool colour)
{
  const char *grey = colour ? GREY : "", *reset = colour ? RESET : "";
  if (rows->warnings.count == 0)
    return;
  printf ("%sGot %zu warning(s) while scanning.%s%s\n", grey, rows->warnings.count,
          details ? "" : " Use -vvv to print details.", reset);
  for (size_t i = 0; details && i < rows->warnings.count; i++)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT ((size_t) 1 << 24);
      python_text_add_printable (&line, rows->warnings.items[i]);
      if (!line.failed && line.bytes)
        printf ("%s%s%s\n", grey, line.bytes, reset);
    }
}

static int
print_report (const struct cache_rows *rows, uint32_t verbose, int64_t took_ms)
{
  CLEANUP_PYTHON_TABLE struct python_table table = { 0 };
  const char *off = getenv ("NO_COLOR");
  bool colour = !off || !*off;
  char size[SIZE_ROOM];
  fill_table (&table, rows);
  if (python_table_print (&table) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  text_size (size, sizeof size, rows->sum.bytes);
  printf ("\nDone in %.1fs. Scanned %zu repo(s) for a total of %s%s%s.\n",
          (double) took_ms / 1000.0, rows->repo_count, colour ? RED : "", size,
          colour ? RESET : "");
  print_warnings (rows, verbose >= DETAILS, colour);
  return STATUS_DONE;
}

/* ---- JSON ---- */

static void
add_member (struct text *json, const char *name, const char *value)
{
  text_addf (json, "\"%s\": ", name);
  python_text_add_json (json, value);
  text_add (json, ", ");
}

static void
add_json_row (struct text *json, const struct cache_row *row)
{
  text_add (json, "{");
  add_member (json, "repo_id", row->id);
  add_member (json, "repo_type", row->type);
  if (row->commit)
    add_member (json, "revision", row->commit);
  text_addf (json, "\"size\": %llu, \"nb_files\": %llu, ", (unsigned long long) row->bytes,
             (unsigned long long) row->file_count);
  if (!row->commit)
    text_addf (json, "\"last_accessed\": %lld, ", (long long) (row->accessed_ns / 1000000000));
  text_addf (json, "\"last_modified\": %lld, \"refs\": [",
             (long long) (row->modified_ns / 1000000000));
  for (size_t i = 0; i < row->refs.count; i++)
    {
      text_add (json, i ? ", " : "");
      python_text_add_json (json, row->refs.items[i]);
    }
  text_add (json, "], ");
  add_member (json, "storage", row->storage);
  text_add (json, "\"path\": ");
  python_text_add_json (json, row->path);
  text_add (json, "}");
}

static int
print_json (const struct cache_rows *rows)
{
  printf ("{\"%s\": [", rows->by_revision ? "revisions" : "repos");
  for (size_t i = 0; i < rows->list.count; i++)
    {
      CLEANUP_TEXT struct text json = TEXT_LIMIT ((size_t) 1 << 24);
      text_add (&json, i ? ", " : "");
      add_json_row (&json, &rows->list.items[i]);
      if (json.failed)
        return output_fail (STATUS_FAILED, "out of memory");
      fwrite (json.bytes, 1, json.len, stdout);
    }
  printf ("], \"size\": %llu, \"warnings\": [", (unsigned long long) rows->sum.bytes);
  for (size_t i = 0; i < rows->warnings.count; i++)
    {
      CLEANUP_TEXT struct text json = TEXT_LIMIT ((size_t) 1 << 24);
      text_add (&json, i ? ", " : "");
      python_text_add_json (&json, rows->warnings.items[i]);
      if (json.failed)
        return output_fail (STATUS_FAILED, "out of memory");
      fwrite (json.bytes, 1, json.len, stdout);
    }
  puts ("]}");
  return STATUS_DONE;
}

static void
print_quiet (const struct cache_rows *rows)
{
  for (size_t i = 0; i < rows->list.count; i++)
    output_line (rows->list.items[i].path);
}

int
cmd_scan_cache (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_CACHE_ROWS struct cache_rows rows = { 0 };
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const uint32_t verbose = arguments->verbose;
  const uint32_t flags = HFCORE_SCAN_AS_0_26 | (arguments->cache_dir ? HFCORE_SCAN_WRITTEN : 0);
  arguments->verbose = 0; /* of the report, not of the log  */
  rows.by_revision = verbose > 0;
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  int64_t start_ms = clock_now_ms ();
  if (cache_rows_read (cache, flags, &rows, &error) != HFCORE_OK)
    return error.missing == HFCORE_MISSING_CACHE
               ? output_fail (STATUS_NOTFOUND, "%s", error.message)
               : output_error (&error);
  int64_t took_ms = clock_now_ms () - start_ms;
  if (rows.list.count)
    qsort (rows.list.items, rows.list.count, sizeof *rows.list.items, cache_rows_by_path);
  if (arguments->json)
    return print_json (&rows);
  if (!arguments->quiet)
    return print_report (&rows, verbose, took_ms);
  print_quiet (&rows);
  return STATUS_DONE;
}
