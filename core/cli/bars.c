/* SPDX-License-Identifier: Apache-2.0 */
/* bars.c: what a download's progress looks like.  */
#include "core/cli/bars.h"

#include <inttypes.h>
#include <string.h>
#include "core/cli/columns.h"

#define UNKNOWN     UINT64_MAX
#define SMOOTHED_MS 3000 /* the rate follows the last few seconds */
#define SAMPLE_MS   90
#define STALLED_MS  5000 /* no byte for so long is worth saying */

enum
{
  PERCENT_WIDTH = 4,
  RATE_WIDTH = 9,   /* "999.9MB/s" */
  LEFT_WIDTH = 7,   /* "1:23:45" */
  SIZES_WIDTH = 13, /* "999.9M/999.9M" */
  NAME_MIN = 12,
  BAR_MIN = 10,
  BAR_MAX = 40,
  GAP = 2
};

/* ---- bytes over time ---- */

static void
meter_begin (struct bars_meter *meter, int64_t now_ms)
{
  *meter = (struct bars_meter){ .began_ms = now_ms, .sampled_ms = now_ms, .moved_ms = now_ms };
}

static void
meter_add (struct bars_meter *meter, uint64_t bytes, int64_t now_ms)
{
  meter->received += bytes;
  meter->moved_ms = now_ms;
}

static void
meter_sample (struct bars_meter *meter, int64_t now_ms)
{
  double passed = (double) (now_ms - meter->sampled_ms);
  if (passed < SAMPLE_MS)
    return;
  double momentary = (double) (meter->received - meter->sampled) * 1000 / passed;
  /* At first the plain average, so that the first burst does not set the tone. */
  double share = passed / (SMOOTHED_MS + passed);
  double plain = passed / (double) (now_ms - meter->began_ms);
  meter->rate += (momentary - meter->rate) * (plain > share ? plain : share);
  meter->sampled = meter->received;
  meter->sampled_ms = now_ms;
}

static bool
is_stalled (const struct bars_meter *meter, int64_t now_ms)
{
  return now_ms - meter->moved_ms >= STALLED_MS;
}

/* ---- events ---- */

void
bars_begin (struct bars *bars, int64_t now_ms)
{
  *bars = (struct bars){ .plan_bytes = UNKNOWN };
  meter_begin (&bars->meter, now_ms);
}

static void
free_file (struct bars_file *file)
{
  free (file->path);
  free (file->shown);
}

void
bars_end (struct bars *bars)
{
  for (size_t i = 0; i < bars->active.count; i++)
    free_file (&bars->active.items[i]);
  free (bars->active.items);
  bars->active = (struct bars_files){ 0 };
}

static struct bars_file *
find_file (struct bars *bars, const char *path)
{
  for (size_t i = 0; i < bars->active.count; i++)
    if (strcmp (bars->active.items[i].path, path) == 0)
      return &bars->active.items[i];
  return NULL;
}

static struct bars_file *
add_file (struct bars *bars, const struct hfcore_event *event, int64_t now_ms)
{
  size_t room = strlen (event->path) + 1;
  struct bars_file file = {
    .path = strdup (event->path), .shown = malloc (room), .done = event->done, .total = event->total
  };
  meter_begin (&file.meter, now_ms);
  if (file.path && file.shown)
    {
      text_one_line (file.shown, room, event->path);
      if (bars_files_append (&bars->active, file) == 0)
        return &bars->active.items[bars->active.count - 1];
    }
  free_file (&file);
  return NULL;
}

static void
drop_file (struct bars *bars, struct bars_file *file)
{
  if (!file)
    return;
  struct bars_file *end = bars->active.items + bars->active.count;
  free_file (file);
  memmove (file, file + 1, (size_t) (end - file - 1) * sizeof *file);
  bars->active.count--;
}

/* What an earlier run has left is read again for its digest: no new bytes, but no stall.  */
static void
move_file (struct bars *bars, struct bars_file *file, const struct hfcore_event *event,
           int64_t now_ms)
{
  uint64_t came = event->done > file->done ? event->done - file->done : 0;
  file->done += came;
  if (event->total != UNKNOWN)
    file->total = event->total;
  meter_add (&file->meter, came, now_ms);
  meter_add (&bars->meter, came, now_ms);
}

void
bars_event (struct bars *bars, const struct hfcore_event *event, int64_t now_ms)
{
  if (event->kind == HFCORE_EVENT_PLAN)
    {
      bars->has_plan = true;
      bars->plan_files = event->files;
      bars->plan_bytes = event->total;
      return;
    }
  if (!event->path)
    return;
  struct bars_file *file = find_file (bars, event->path);
  switch (event->kind)
    {
    case HFCORE_EVENT_START:
    case HFCORE_EVENT_BYTES:
      if (!file)
        add_file (bars, event, now_ms);
      else
        move_file (bars, file, event, now_ms);
      break;
    case HFCORE_EVENT_RESTART:
      if (file)
        file->done = 0;
      break;
    case HFCORE_EVENT_FILE:
    case HFCORE_EVENT_CACHED:
      if (file)
        move_file (bars, file, event, now_ms);
      bars->finished_files++;
      bars->fetched_files += event->kind == HFCORE_EVENT_FILE;
      bars->finished_bytes += event->done != UNKNOWN ? event->done : 0;
      drop_file (bars, file);
      break;
    case HFCORE_EVENT_FAILED:
      drop_file (bars, file);
      break;
    default:
      break;
    }
}

/* ---- numbers ---- */

static uint64_t
all_done (const struct bars *bars)
{
  uint64_t done = bars->finished_bytes;
  for (size_t i = 0; i < bars->active.count; i++)
    done += bars->active.items[i].done;
  return done;
}

static uint64_t
all_total (const struct bars *bars)
{
  uint64_t total = bars->finished_bytes;
  if (bars->has_plan)
    return bars->plan_bytes;
  for (size_t i = 0; i < bars->active.count; i++)
    if (bars->active.items[i].total == UNKNOWN)
      return UNKNOWN;
    else
      total += bars->active.items[i].total;
  return total;
}

/* 100 only when all is there.  */
static int
percent (uint64_t done, uint64_t total)
{
  if (total == 0 || done >= total)
    return 100;
  double share = (double) done / (double) total * 100;
  return share < 99 ? (int) share : 99;
}

static void
add_rate (struct text *to, const struct bars_meter *meter, int64_t now_ms)
{
  char size[16];
  text_size (size, sizeof size, meter->rate > 0 ? (unsigned long long) meter->rate : 0);
  if (is_stalled (meter, now_ms))
    text_add (to, "stalled");
  else
    text_addf (to, "%sB/s", size);
}

static void
add_seconds (struct text *to, uint64_t seconds)
{
  uint64_t hours = seconds / 3600;
  if (hours >= 100)
    text_addf (to, "%" PRIu64 "d", hours / 24 < 9999 ? hours / 24 : 9999);
  else if (hours)
    text_addf (to, "%" PRIu64 ":%02d:%02d", hours, (int) (seconds / 60 % 60), (int) (seconds % 60));
  else
    text_addf (to, "%d:%02d", (int) (seconds / 60), (int) (seconds % 60));
}

/* False: cannot be told.  */
static bool
add_time_left (struct text *to, uint64_t done, uint64_t total, const struct bars_meter *meter,
               int64_t now_ms)
{
  if (total == UNKNOWN || meter->rate < 1 || is_stalled (meter, now_ms))
    return false;
  add_seconds (to, done < total ? (uint64_t) ((double) (total - done) / meter->rate) : 0);
  return true;
}

static void
add_sizes (struct text *to, uint64_t done, uint64_t total, const char *between)
{
  char size[16];
  text_size (size, sizeof size, done);
  text_add (to, size);
  text_size (size, sizeof size, total);
  if (total != UNKNOWN)
    text_addf (to, "%s%s", between, size);
}

/* ---- lines ---- */

/* Widths of the parts of a line; 0: left out for want of room.  */
struct layout
{
  size_t name, bar, sizes, rate, left;
};

static size_t
claim (size_t *free_columns, size_t want, size_t keep)
{
  if (*free_columns < want + GAP + keep)
    return 0;
  *free_columns -= want + GAP;
  return want;
}

static struct layout
make_layout (size_t columns, size_t widest_name)
{
  struct layout layout = { 0 };
  size_t left = columns > PERCENT_WIDTH + GAP + 1 ? columns - PERCENT_WIDTH - GAP - 1 : 0;
  layout.rate = claim (&left, RATE_WIDTH, NAME_MIN);
  layout.left = claim (&left, LEFT_WIDTH, NAME_MIN);
  layout.sizes = claim (&left, SIZES_WIDTH, NAME_MIN);
  layout.bar = claim (&left, BAR_MIN, NAME_MIN + NAME_MIN / 2);
  /* Where there is a bar it gets a third, or what short names leave. */
  size_t most = layout.bar ? left - (left - NAME_MIN) / 3 : left;
  layout.name = most < widest_name ? most : widest_name;
  if (layout.bar)
    {
      size_t more = left - layout.name;
      layout.bar += more < BAR_MAX - BAR_MIN ? more : BAR_MAX - BAR_MIN;
    }
  return layout;
}

static void
add_right (struct text *to, struct text *part, size_t width)
{
  size_t len = part->failed ? 0 : part->len;
  columns_add_spaces (to, GAP + (len < width ? width - len : 0));
  text_append (to, part->bytes, len < width ? len : width);
  text_free (part);
  *part = TEXT_LIMIT (64);
}

static void
add_bar (struct text *to, uint64_t done, uint64_t total, size_t width)
{
  size_t inside = width - 2, full = 0;
  if (total != UNKNOWN)
    full = (size_t) percent (done, total) * inside / 100;
  columns_add_spaces (to, GAP);
  text_add (to, "[");
  for (size_t i = 0; i < full; i++)
    text_add (to, i + 1 == full && full < inside ? ">" : "=");
  columns_add_spaces (to, inside - full);
  text_add (to, "]");
}

static void
draw_line (struct text *to, const struct layout *layout, const char *name, uint64_t done,
           uint64_t total, const struct bars_meter *meter, int64_t now_ms)
{
  CLEANUP_TEXT struct text part = TEXT_LIMIT (64);
  size_t before = to->len;
  columns_add_end (to, name, layout->name);
  size_t width = to->len > before ? columns_width (to->bytes + before) : 0;
  columns_add_spaces (to, width < layout->name ? layout->name - width : 0);
  if (layout->bar)
    add_bar (to, done, total, layout->bar);
  if (total != UNKNOWN)
    text_addf (&part, "%d%%", percent (done, total));
  add_right (to, &part, PERCENT_WIDTH);
  if (layout->sizes)
    {
      add_sizes (&part, done, total, "/");
      add_right (to, &part, layout->sizes);
    }
  if (layout->rate)
    {
      add_rate (&part, meter, now_ms);
      add_right (to, &part, layout->rate);
    }
  if (layout->left)
    {
      if (!add_time_left (&part, done, total, meter, now_ms))
        text_add (&part, "-:--");
      add_right (to, &part, layout->left);
    }
  text_add (to, "\n");
}

/* "3/120 files"; "" when there is but one file, whose own line says it all.  */
static void
add_files (const struct bars *bars, struct text *to)
{
  if (bars->has_plan)
    text_addf (to, "%" PRIu64 "/%" PRIu64 " file%s", bars->finished_files, bars->plan_files,
               bars->plan_files == 1 ? "" : "s");
  else if (bars->finished_files + bars->active.count > 1)
    text_addf (to, "%" PRIu64 " files", bars->finished_files);
}

void
bars_draw (struct bars *bars, int64_t now_ms, size_t columns, size_t rows, struct text *to)
{
  CLEANUP_TEXT struct text label = TEXT_LIMIT (64);
  add_files (bars, &label);
  size_t lines = label.len ? rows - (rows > 0) : rows;
  if (lines > bars->active.count)
    lines = bars->active.count;
  if (label.len > bars->widest_name)
    bars->widest_name = label.len;
  meter_sample (&bars->meter, now_ms);
  for (size_t i = 0; i < bars->active.count; i++)
    meter_sample (&bars->active.items[i].meter, now_ms);
  for (size_t i = 0; i < lines; i++)
    {
      size_t width = columns_width (bars->active.items[i].shown);
      if (width > bars->widest_name)
        bars->widest_name = width;
    }
  struct layout layout = make_layout (columns, bars->widest_name);
  for (size_t i = 0; i < lines; i++)
    {
      struct bars_file *file = &bars->active.items[i];
      draw_line (to, &layout, file->shown, file->done, file->total, &file->meter, now_ms);
    }
  if (label.len && rows)
    draw_line (to, &layout, label.bytes, all_done (bars), all_total (bars), &bars->meter, now_ms);
}

void
bars_tell (struct bars *bars, int64_t now_ms, struct text *to)
{
  uint64_t done = all_done (bars), total = all_total (bars);
  size_t before = to->len;
  meter_sample (&bars->meter, now_ms);
  add_files (bars, to);
  if (to->len == before && bars->active.count)
    text_add (to, bars->active.items[0].shown);
  text_add (to, to->len == before ? "" : ", ");
  add_sizes (to, done, total, " of ");
  if (total != UNKNOWN)
    text_addf (to, " (%d%%)", percent (done, total));
  text_add (to, ", ");
  if (is_stalled (&bars->meter, now_ms))
    {
      text_add (to, "stalled for ");
      add_seconds (to, (uint64_t) (now_ms - bars->meter.moved_ms) / 1000);
      return;
    }
  add_rate (to, &bars->meter, now_ms);
  CLEANUP_TEXT struct text left = TEXT_LIMIT (64);
  if (add_time_left (&left, done, total, &bars->meter, now_ms) && !left.failed)
    text_addf (to, ", %s left", left.bytes);
}

void
bars_sum_up (const struct bars *bars, int64_t now_ms, struct text *to)
{
  char size[16];
  int64_t took = now_ms - bars->meter.began_ms;
  uint64_t received = bars->meter.received;
  if (!bars->fetched_files)
    return;
  text_size (size, sizeof size, received);
  text_addf (to, "fetched %" PRIu64 " file%s, %sB in ", bars->fetched_files,
             bars->fetched_files == 1 ? "" : "s", size);
  add_seconds (to, (uint64_t) took / 1000);
  text_size (size, sizeof size, took > 0 ? received * 1000 / (uint64_t) took : received);
  text_addf (to, " (%sB/s)", size);
}
