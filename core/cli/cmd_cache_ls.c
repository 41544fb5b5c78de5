/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_ls.c: hfcore cache ls: what `hf cache ls` prints, byte for byte (spec 7.5).  */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "core/cli/cache_filter.h"
#include "core/cli/cache_rows.h"
#include "core/cli/command_table.h"
#include "core/cli/format.h"
#include "core/cli/output.h"
#include "core/cli/python_table.h"
#include "core/cli/session.h"
#include "core/cli/timesince.h"
#include "core/util/clock.h"
#include "core/util/python_text.h"

#define BOLD   "\033[1m"
#define GREY   "\033[90m"
#define YELLOW "\033[33m"
#define RESET  "\033[0m"

enum
{
  SIZE_ROOM = 16,
  TIME_ROOM = 48,
  WHY_ROOM = 512,
  NS_PER_MS = 1000000,
  USUAL_WIDTH = 80
};

struct listing
{
  const struct arguments *arguments;
  enum format format;
  bool colour;
  bool is_cut; /* rows were filtered out or limited: sums are of those that are left  */
  int64_t now_ms;
  struct cache_rows rows;
};

/* ---- what was asked ---- */

static int
read_limit (const struct arguments *arguments, size_t *limit)
{
  char *end;
  *limit = SIZE_MAX;
  if (!arguments->limit)
    return STATUS_DONE;
  errno = 0;
  long long number = strtoll (arguments->limit, &end, 10);
  if (*end || end == arguments->limit || errno || isspace ((unsigned char) arguments->limit[0]))
    return output_usage (arguments->command, "--limit is a number, not '%s'", arguments->limit);
  if (number < 0)
    return output_usage (arguments->command, "Limit must be a positive integer, got %lld", number);
  *limit = (size_t) number;
  return STATUS_DONE;
}

/* All that can be wrong with what was asked, before anything is looked at.  */
static int
check_arguments (struct listing *listing, size_t *limit)
{
  const struct arguments *arguments = listing->arguments;
  char why[WHY_ROOM];
  int status = format_read (arguments, &listing->format);
  if (status == STATUS_DONE)
    status = read_limit (arguments, limit);
  if (status != STATUS_DONE)
    return status;
  if (cache_filter_rows (&arguments->filter, 0, NULL, why, sizeof why) < 0)
    return output_usage (arguments->command, "%s", why);
  if (arguments->sort && cache_filter_sort (arguments->sort, NULL) < 0)
    return output_usage (arguments->command,
                         "--sort is accessed, modified, name or size, and may end in :asc or "
                         ":desc; it is not '%s'",
                         arguments->sort);
  return STATUS_DONE;
}

/* ---- tables ---- */

/* Python shortens what looks like a time to its date.  */
static bool
is_time (const char *text)
{
  static const char form[] = "0000-00-00T";
  for (size_t i = 0; form[i]; i++)
    if (form[i] == '0' ? !isdigit ((unsigned char) text[i]) : text[i] != form[i])
      return false;
  return true;
}

static void
add_shown (struct text *cell, const char *string)
{
  if (is_time (string))
    text_append (cell, string, strlen ("0000-00-00"));
  else
    python_text_add_line (cell, string);
}

static void
add_name (struct python_table *table, const char *string)
{
  CLEANUP_TEXT struct text cell = TEXT_LIMIT ((size_t) 1 << 16);
  add_shown (&cell, string);
  python_table_take (table, &cell);
}

static void
add_refs (struct python_table *table, const struct cache_row *row)
{
  CLEANUP_TEXT struct text cell = TEXT_LIMIT ((size_t) 1 << 24);
  for (size_t i = 0; i < row->refs.count; i++)
    {
      text_add (&cell, i ? ", " : "");
      add_shown (&cell, row->refs.items[i]);
    }
  python_table_take (table, &cell);
}

static const char *
size_of (const struct cache_row *row, char room[SIZE_ROOM])
{
  text_size (room, SIZE_ROOM, row->bytes);
  return room;
}

static const char *
time_of (const struct listing *listing, int64_t when_ns, char room[TIME_ROOM])
{
  timesince (room, TIME_ROOM, when_ns / NS_PER_MS, listing->now_ms);
  return room;
}

/* As Python's shutil.get_terminal_size.  */
static size_t
screen_width (void)
{
  const char *variable = getenv ("COLUMNS");
  long set = variable ? strtol (variable, NULL, 10) : 0;
  struct winsize size = { 0 };
  if (set > 0)
    return (size_t) set;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
    return USUAL_WIDTH;
  return size.ws_col;
}

/* A line of grey on stderr, but for scripts.  */
static void
hint (const struct listing *listing, const char *text)
{
  if (listing->format != FORMAT_QUIET)
    fprintf (stderr, "%sHint: %s%s\n", listing->colour ? GREY : "", text,
             listing->colour ? RESET : "");
}

static void
fill_table (struct python_table *table, const struct listing *listing)
{
  static const char *const repo_heads[]
      = { "ID", "SIZE", "LAST_ACCESSED", "LAST_MODIFIED", "REFS" };
  static const char *const revision_heads[] = { "ID", "REVISION", "SIZE", "LAST_MODIFIED", "REFS" };
  bool by_revision = listing->rows.by_revision;
  char time[TIME_ROOM], size[SIZE_ROOM];
  *table = (struct python_table){ .columns = 5, .right = by_revision ? 1u << 2 : 1u << 1 };
  for (size_t i = 0; i < table->columns; i++)
    python_table_add (table, by_revision ? revision_heads[i] : repo_heads[i]);
  for (size_t i = 0; i < listing->rows.list.count; i++)
    {
      const struct cache_row *row = &listing->rows.list.items[i];
      add_name (table, row->cache_id);
      if (by_revision)
        add_name (table, row->commit);
      python_table_add (table, size_of (row, size));
      if (!by_revision)
        python_table_add (table, time_of (listing, row->accessed_ns, time));
      python_table_add (table, time_of (listing, row->modified_ns, time));
      add_refs (table, row);
    }
}

static int
print_table (const struct listing *listing)
{
  CLEANUP_PYTHON_TABLE struct python_table table = { 0 };
  fill_table (&table, listing);
  bool is_cut = !listing->arguments->no_truncate && python_table_fit (&table, screen_width ());
  if (python_table_print (&table) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  if (is_cut)
    hint (listing, "Use `--no-truncate` or `--format json` to display full values.");
  return STATUS_DONE;
}

/* ---- lines for programs ---- */

/* ['main', 'refs/pr/1'], on one line.  */
static void
add_agent_refs (struct text *line, const struct cache_row *row)
{
  CLEANUP_TEXT struct text list = TEXT_LIMIT ((size_t) 1 << 24);
  for (size_t i = 0; i < row->refs.count; i++)
    {
      text_add (&list, i ? ", " : "[");
      python_text_add_repr (&list, row->refs.items[i]);
    }
  text_add (&list, row->refs.count ? "]" : "[]");
  line->failed |= list.failed;
  python_text_add_line (line, list.failed ? "" : list.bytes);
}

static void
add_agent_row (struct text *line, const struct listing *listing, const struct cache_row *row)
{
  char time[TIME_ROOM], size[SIZE_ROOM];
  python_text_add_line (line, row->cache_id);
  text_add (line, "\t");
  if (row->commit)
    {
      python_text_add_line (line, row->commit);
      text_add (line, "\t");
    }
  text_addf (line, "%s\t", size_of (row, size));
  if (!row->commit)
    text_addf (line, "%s\t", time_of (listing, row->accessed_ns, time));
  text_addf (line, "%s\t", time_of (listing, row->modified_ns, time));
  add_agent_refs (line, row);
  text_add (line, "\n");
}

static void
add_member (struct text *json, const char *name, const char *value)
{
  text_addf (json, "\"%s\": ", name);
  python_text_add_json (json, value);
  text_add (json, ", ");
}

static void
add_json_row (struct text *json, const struct listing *listing, const struct cache_row *row)
{
  char time[TIME_ROOM], size[SIZE_ROOM];
  text_add (json, "{");
  add_member (json, "id", row->cache_id);
  add_member (json, "repo_id", row->id);
  add_member (json, "repo_type", row->type);
  if (row->commit)
    {
      add_member (json, "revision", row->commit);
      add_member (json, "snapshot_path", row->path);
    }
  add_member (json, "size", size_of (row, size));
  if (!row->commit)
    add_member (json, "last_accessed", time_of (listing, row->accessed_ns, time));
  add_member (json, "last_modified", time_of (listing, row->modified_ns, time));
  text_add (json, "\"refs\": [");
  for (size_t i = 0; i < row->refs.count; i++)
    {
      text_add (json, i ? ", " : "");
      python_text_add_json (json, row->refs.items[i]);
    }
  text_add (json, "]}");
}

static void
add_row (struct text *line, const struct listing *listing, const struct cache_row *row)
{
  switch (listing->format)
    {
    case FORMAT_AGENT:
      add_agent_row (line, listing, row);
      break;
    case FORMAT_JSON:
      add_json_row (line, listing, row);
      break;
    default:
      python_text_add_printable (line, row->commit ? row->commit : row->cache_id);
      text_add (line, "\n");
    }
}

static int
print_rows (const struct listing *listing)
{
  bool is_json = listing->format == FORMAT_JSON;
  if (listing->format == FORMAT_AGENT)
    puts (listing->rows.by_revision ? "id\trevision\tsize\tlast_modified\trefs"
                                    : "id\tsize\tlast_accessed\tlast_modified\trefs");
  for (size_t i = 0; i < listing->rows.list.count; i++)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT ((size_t) 1 << 24);
      text_add (&line, is_json ? i ? ", " : "[" : "");
      add_row (&line, listing, &listing->rows.list.items[i]);
      if (line.failed)
        return output_fail (STATUS_FAILED, "out of memory");
      fwrite (line.bytes, 1, line.len, stdout);
    }
  if (is_json)
    puts ("]");
  return STATUS_DONE;
}

/* ---- what follows ---- */

static void
print_sum (const struct listing *listing)
{
  const struct cache_rows *rows = &listing->rows;
  uint64_t bytes = 0;
  size_t repos = 0, revisions = 0;
  char size[SIZE_ROOM];
  /* Rows of a repository need not stand together: each is counted where it is met first.  */
  bool *seen = calloc (rows->repo_count + 1, sizeof *seen);
  for (size_t i = 0; i < rows->list.count; i++)
    {
      const struct cache_row *row = &rows->list.items[i];
      bytes += row->bytes;
      revisions += row->commit ? 1 : row->revision_count;
      if (seen)
        {
          repos += !seen[row->repo];
          seen[row->repo] = true;
        }
    }
  free (seen);
  if (!rows->by_revision && !listing->is_cut)
    bytes = rows->sum.disk_bytes;
  text_size (size, sizeof size, bytes);
  printf ("%s\nFound %zu repo(s) for a total of %zu revision(s) and %s on disk.%s\n",
          listing->colour ? BOLD : "", repos, revisions, size, listing->colour ? RESET : "");
}

static void
print_warnings (const struct listing *listing)
{
  const struct cache_names *warnings = &listing->rows.warnings;
  const char *yellow = listing->colour ? YELLOW : "", *reset = listing->colour ? RESET : "";
  const struct arguments *arguments = listing->arguments;
  bool details = arguments->show_warnings && !arguments->no_show_warnings;
  if (warnings->count > 0 && !details)
    fprintf (stderr,
             "%sWarning: Found %zu cache inconsistencies. Re-run with `--show-warnings` to display "
             "them.%s\n",
             yellow, warnings->count, reset);
  for (size_t i = 0; details && i < warnings->count; i++)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT ((size_t) 1 << 24);
      python_text_add_printable (&line, warnings->items[i]);
      while (line.len > 0 && line.bytes[line.len - 1] == '.')
        line.bytes[--line.len] = 0;
      if (!line.failed && line.bytes)
        fprintf (stderr, "%sWarning: %s. Repo ignored.%s\n", yellow, line.bytes, reset);
    }
}

static void
print_hints (const struct listing *listing)
{
  const struct hfcore_scan_sum *sum = &listing->rows.sum;
  char text[256], size[SIZE_ROOM];
  const struct
  {
    uint64_t count, bytes;
    const char *what;
  } leftovers[]
      = { { sum->partials, sum->partial_bytes, "incomplete download(s)" },
          { sum->unused_shared, sum->unused_shared_bytes, "unreferenced shared blob(s)" } };
  for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
    if (leftovers[i].count)
      {
        text_size (size, sizeof size, leftovers[i].bytes);
        snprintf (text, sizeof text,
                  "Found %llu %s totalling %s. Remove them with 'hfcore cache prune'.",
                  (unsigned long long) leftovers[i].count, leftovers[i].what, size);
        hint (listing, text);
      }
}

static int
print_listing (const struct listing *listing)
{
  bool is_empty = listing->rows.list.count == 0;
  bool is_told = listing->format == FORMAT_HUMAN || listing->format == FORMAT_AGENT;
  int status = STATUS_DONE;
  if (is_empty && listing->format != FORMAT_QUIET)
    puts (is_told ? "No results found." : "[]");
  else if (!is_empty)
    status = listing->format == FORMAT_HUMAN ? print_table (listing) : print_rows (listing);
  if (status != STATUS_DONE)
    return status;
  if (!is_empty && is_told)
    print_sum (listing);
  fflush (stdout);
  print_warnings (listing);
  print_hints (listing);
  return STATUS_DONE;
}

static int
list (struct listing *listing, size_t limit)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  const struct arguments *arguments = listing->arguments;
  struct cache_rows *rows = &listing->rows;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  char why[WHY_ROOM];
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  if (cache_rows_read (cache, arguments->cache_dir ? HFCORE_SCAN_WRITTEN : 0, rows, &error)
      != HFCORE_OK)
    return error.missing == HFCORE_MISSING_CACHE
               ? output_fail (STATUS_NOTFOUND, "%s", error.message)
               : output_error (&error);
  if (rows->list.count)
    qsort (rows->list.items, rows->list.count, sizeof *rows->list.items, cache_rows_by_name);
  listing->now_ms = clock_wall_ms ();
  if (cache_filter_rows (&arguments->filter, listing->now_ms * NS_PER_MS, rows, why, sizeof why)
      < 0)
    return output_usage (arguments->command, "%s", why);
  if (arguments->sort)
    (void) cache_filter_sort (arguments->sort, rows);
  while (rows->list.count > limit)
    cache_row_free (&rows->list.items[--rows->list.count]);
  return print_listing (listing);
}

int
cmd_cache_ls (struct arguments *arguments)
{
  const char *off = getenv ("NO_COLOR");
  struct listing listing
      = { .arguments = arguments,
          .is_cut = arguments->filter.count > 0 || arguments->limit,
          .rows = { .by_revision = arguments->revisions && !arguments->no_revisions } };
  size_t limit;
  int status = check_arguments (&listing, &limit);
  if (status != STATUS_DONE)
    return status;
  listing.colour = listing.format == FORMAT_HUMAN && (!off || !*off);
  status = list (&listing, limit);
  cache_rows_free (&listing.rows);
  return status;
}
