/* SPDX-License-Identifier: Apache-2.0 */
/* test_progress.c: the lines of a download's progress, and how they reach a terminal.  */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "core/cli/bars.h"
#include "core/cli/columns.h"
#include "core/cli/progress.h"
#include "core/util/cleanup.h"
#include "tests/check.h"

#define UNKNOWN UINT64_MAX

static void
send_event (struct bars *bars, int kind, const char *path, uint64_t done, uint64_t total,
            int64_t now_ms)
{
  const struct hfcore_event event
      = { .size = sizeof event, .kind = kind, .path = path, .done = done, .total = total };
  bars_event (bars, &event, now_ms);
}

static void
send_plan (struct bars *bars, uint64_t files, uint64_t total)
{
  const struct hfcore_event event
      = { .size = sizeof event, .kind = HFCORE_EVENT_PLAN, .total = total, .files = files };
  bars_event (bars, &event, 0);
}

/* The drawing in a static buffer.  */
static const char *
draw (struct bars *bars, int64_t now_ms, size_t columns, size_t rows)
{
  static char drawn[8192];
  CLEANUP_TEXT struct text lines = TEXT_LIMIT (sizeof drawn - 1);
  bars_draw (bars, now_ms, columns, rows, &lines);
  CU_ASSERT (!lines.failed);
  snprintf (drawn, sizeof drawn, "%s", lines.bytes ? lines.bytes : "");
  return drawn;
}

static const char *
tell (struct bars *bars, int64_t now_ms)
{
  static char told[512];
  CLEANUP_TEXT struct text line = TEXT_LIMIT (sizeof told - 1);
  bars_tell (bars, now_ms, &line);
  snprintf (told, sizeof told, "%s", line.bytes ? line.bytes : "");
  return told;
}

static size_t
count_lines (const char *text)
{
  size_t count = 0;
  for (; (text = strchr (text, '\n')); text++)
    count++;
  return count;
}

static size_t
widest_line (const char *text)
{
  size_t widest = 0;
  char line[4096];
  for (; *text; text += strcspn (text, "\n") + 1)
    {
      snprintf (line, sizeof line, "%.*s", (int) strcspn (text, "\n"), text);
      size_t width = columns_width (line);
      widest = width > widest ? width : widest;
    }
  return widest;
}

static void
test_one_file (void)
{
  struct bars bars;
  bars_begin (&bars, 0);
  CHECK_STRING (draw (&bars, 0, 80, 9), "");
  send_event (&bars, HFCORE_EVENT_START, "config.json", 0, 2000000, 0);
  send_event (&bars, HFCORE_EVENT_BYTES, "config.json", 1000000, 2000000, 1000);
  CHECK_STRING (
      draw (&bars, 1000, 80, 9),
      "config.json  [==========>            ]   50%      1.0M/2.0M    1.0MB/s     0:01\n");
  send_event (&bars, HFCORE_EVENT_FILE, "config.json", 2000000, 2000000, 2000);
  CHECK_STRING (draw (&bars, 2000, 80, 9), "");
  bars_end (&bars);
}

static void
test_total (void)
{
  struct bars bars;
  bars_begin (&bars, 0);
  send_plan (&bars, 3, 4000);
  send_event (&bars, HFCORE_EVENT_CACHED, "a", 1000, 1000, 0);
  send_event (&bars, HFCORE_EVENT_START, "b", 0, 2000, 0);
  send_event (&bars, HFCORE_EVENT_BYTES, "b", 1000, 2000, 1000);
  const char *drawn = draw (&bars, 1000, 80, 9);
  CU_ASSERT_EQUAL (count_lines (drawn), 2);
  CHECK_CONTAINS (drawn, "\n1/3 files");
  CHECK_CONTAINS (drawn, "2.0K/4.0K    1.0KB/s     0:02\n");
  send_event (&bars, HFCORE_EVENT_FAILED, "b", 1000, 2000, 1000);
  CHECK_CONTAINS (draw (&bars, 1100, 80, 9), "1/3 files  [=====>");
  send_event (&bars, HFCORE_EVENT_FILE, "b", 2000, 2000, 1200);
  send_event (&bars, HFCORE_EVENT_FILE, "c", 1000, 1000, 1200);
  CHECK_CONTAINS (draw (&bars, 1300, 80, 9), "3/3 files");
  CHECK_CONTAINS (draw (&bars, 1300, 80, 9), " 100% ");
  bars_end (&bars);
}

/* Bytes of an earlier run are done, but were not received now.  */
static void
test_rate_counts_received (void)
{
  struct bars bars;
  CLEANUP_TEXT struct text end = TEXT_LIMIT (256);
  bars_begin (&bars, 0);
  send_event (&bars, HFCORE_EVENT_START, "f", 900000, 2000000, 0);
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 400000, 2000000, 500);
  CHECK_CONTAINS (draw (&bars, 500, 80, 9), "900.0K/2.0M");
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 1000000, 2000000, 1000);
  CHECK_CONTAINS (draw (&bars, 1000, 80, 9), "1.0M/2.0M  100.0KB/s     0:10");
  send_event (&bars, HFCORE_EVENT_RESTART, "f", 0, 2000000, 1000);
  CHECK_CONTAINS (draw (&bars, 1000, 80, 9), "0.0/2.0M");
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 300000, 2000000, 2000);
  send_event (&bars, HFCORE_EVENT_FILE, "f", 2000000, 2000000, 4000);
  bars_sum_up (&bars, 4000, &end);
  CHECK_STRING (end.bytes, "fetched 1 file, 2.1MB in 0:04 (525.0KB/s)");
  bars_end (&bars);
}

static void
test_nothing_fetched_nothing_said (void)
{
  struct bars bars;
  CLEANUP_TEXT struct text end = TEXT_LIMIT (256);
  bars_begin (&bars, 0);
  send_event (&bars, HFCORE_EVENT_CACHED, "f", 5, 5, 0);
  bars_sum_up (&bars, 4000, &end);
  CU_ASSERT_EQUAL (end.len, 0);
  bars_end (&bars);
}

static void
test_stall (void)
{
  struct bars bars;
  bars_begin (&bars, 0);
  send_event (&bars, HFCORE_EVENT_START, "f", 0, 2000, 0);
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 1000, 2000, 1000);
  CU_ASSERT_PTR_NULL (strstr (draw (&bars, 5900, 80, 9), "stalled"));
  CHECK_CONTAINS (draw (&bars, 6000, 80, 9), "  stalled     -:--\n");
  CHECK_STRING (tell (&bars, 13000), "f, 1.0K of 2.0K (50%), stalled for 0:12");
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 1500, 2000, 14000);
  CU_ASSERT_PTR_NULL (strstr (draw (&bars, 14000, 80, 9), "stalled"));
  bars_end (&bars);
}

static void
test_unknown_total (void)
{
  struct bars bars;
  bars_begin (&bars, 0);
  send_event (&bars, HFCORE_EVENT_START, "f", 0, UNKNOWN, 0);
  send_event (&bars, HFCORE_EVENT_BYTES, "f", 1000, UNKNOWN, 1000);
  const char *drawn = draw (&bars, 1000, 80, 9);
  CU_ASSERT_PTR_NULL (strchr (drawn, '%'));
  CHECK_CONTAINS (drawn, "         1.0K    1.0KB/s     -:--\n");
  CHECK_STRING (tell (&bars, 1000), "f, 1.0K, 1.0KB/s");
  bars_end (&bars);
}

/* Whatever the width and the names, no line is as wide as the screen, which would wrap it.  */
static void
test_fits_every_width (void)
{
  static const char *const names[]
      = { "日本語フォルダー/とても長い名前のファイル/ファイル.bin",
          "a/very/long/name/that/goes/on/and/on/for/ever/model-00001-of-00002.safetensors",
          "cafe\xcc\x81.json",
          "\xf0\x9f\xa4\x97.txt",
          "broken\xff\xc3.txt",
          "esc\033[31m.txt" };
  struct bars bars;
  bars_begin (&bars, 0);
  send_plan (&bars, 1234567, 999949999999);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      send_event (&bars, HFCORE_EVENT_START, names[i], 0, 999949999999, 0);
      send_event (&bars, HFCORE_EVENT_BYTES, names[i], 999940000000, 999949999999, 1000);
    }
  for (size_t columns = 1; columns <= 200; columns++)
    {
      const char *drawn = draw (&bars, 1000, columns, 9);
      CU_ASSERT_EQUAL (count_lines (drawn), 7);
      CU_ASSERT (widest_line (drawn) < columns || columns < 8);
      CU_ASSERT_PTR_NULL (strchr (drawn, '\033'));
    }
  CHECK_CONTAINS (draw (&bars, 1000, 60, 9), "(…)");
  for (size_t rows = 0; rows <= 9; rows++)
    CU_ASSERT_EQUAL (count_lines (draw (&bars, 1000, 80, rows)), rows < 7 ? rows : 7);
  bars_end (&bars);
}

static void
test_many_files (void)
{
  struct bars bars;
  char name[32];
  bars_begin (&bars, 0);
  for (int i = 0; i < 5000; i++)
    {
      snprintf (name, sizeof name, "file-%d", i);
      send_event (&bars, HFCORE_EVENT_START, name, 0, 10, i);
      if (i % 3)
        send_event (&bars, HFCORE_EVENT_FILE, name, 10, 10, i);
      else
        send_event (&bars, HFCORE_EVENT_FAILED, name, 10, 10, i);
    }
  CU_ASSERT_EQUAL (bars.active.count, 0);
  CU_ASSERT_EQUAL (bars.finished_files, 3333);
  CU_ASSERT (bars.active.room <= 8);
  bars_end (&bars);
}

static void
test_columns (void)
{
  static const struct
  {
    const char *text;
    size_t columns;
    const char *shown;
  } cuts[] = { { "model.bin", 9, "model.bin" },
               { "model.bin", 8, "(…)l.bin" },
               { "model.bin", 6, "el.bin" },
               { "日本語.bin", 10, "日本語.bin" },
               { "日本語.bin", 9, "(…)語.bin" },
               { "日本語.bin", 8, "(…).bin" },
               { "abcdefe\xcc\x81x", 2, "e\xcc\x81x" },
               { "abcdefe\xcc\x81x", 1, "x" },
               { "abc", 0, "" } };
  CU_ASSERT_EQUAL (columns_width ("cafe\xcc\x81"), 4);
  CU_ASSERT_EQUAL (columns_width ("日本語"), 6);
  CU_ASSERT_EQUAL (columns_width ("\xf0\x9f\xa4\x97"), 2);
  CU_ASSERT_EQUAL (columns_width ("\xc3\xbc…"), 2);
  CU_ASSERT_EQUAL (columns_width ("a\xff\xe2\x82"), 4);
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
    {
      CLEANUP_TEXT struct text cut = TEXT_LIMIT (64);
      columns_add_end (&cut, cuts[i].text, cuts[i].columns);
      CHECK_STRING (cut.bytes, cuts[i].shown);
    }
}

/* ---- on a terminal ---- */

struct screen
{
  int master, slave;
  char seen[1 << 16];
  size_t len;
};

/* False, with a word about it, where the machine has no pseudo-terminals.  */
static bool
open_screen (struct screen *screen)
{
  struct winsize size = { .ws_col = 80, .ws_row = 24 };
  struct termios raw;
  screen->len = 0;
  screen->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (screen->master < 0 && (errno == ENOENT || errno == ENODEV || errno == EACCES))
    {
      printf ("skipped: no pseudo-terminals here ");
      return false;
    }
  CU_ASSERT_FATAL (screen->master >= 0 && grantpt (screen->master) == 0
                   && unlockpt (screen->master) == 0);
  screen->slave = open (ptsname (screen->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  CU_ASSERT_FATAL (screen->slave >= 0);
  ioctl (screen->slave, TIOCSWINSZ, &size);
  tcgetattr (screen->slave, &raw);
  cfmakeraw (&raw);
  tcsetattr (screen->slave, TCSANOW, &raw);
  setenv ("TERM", "xterm", 1);
  return true;
}

static void
close_screen (struct screen *screen)
{
  close (screen->slave);
  close (screen->master);
}

/* Read until `part` was seen behind `from`; its place, or NULL after 20 seconds.  */
static const char *
wait_for (struct screen *screen, size_t from, const char *part)
{
  for (;;)
    {
      struct pollfd wait = { .fd = screen->master, .events = POLLIN };
      screen->seen[screen->len] = 0;
      const char *found = from <= screen->len ? strstr (screen->seen + from, part) : NULL;
      if (found || poll (&wait, 1, 20000) <= 0)
        return found;
      ssize_t got = read (screen->master, screen->seen + screen->len,
                          sizeof screen->seen - 1 - screen->len);
      if (got <= 0)
        return NULL;
      screen->len += (size_t) got;
    }
}

static size_t
count_parts (const char *text, const char *part)
{
  size_t count = 0;
  for (; (text = strstr (text, part)); text += strlen (part))
    count++;
  return count;
}

static void
send_progress (struct progress *progress, int kind, uint64_t done, const char *path)
{
  const struct hfcore_event event
      = { .size = sizeof event, .kind = kind, .path = path, .done = done, .total = 2000 };
  CU_ASSERT_EQUAL (progress_event (progress, &event), 0);
}

static void
test_terminal (void)
{
  static struct screen screen;
  if (!open_screen (&screen))
    return;
  struct progress *progress = progress_new (screen.slave);
  send_progress (progress, HFCORE_EVENT_START, 0, "model.bin");
  send_progress (progress, HFCORE_EVENT_BYTES, 1000, "model.bin");
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, 0, "model.bin  ["));
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, 0, "50%"));
  /* A message takes the place of the bars, which come back below it. */
  size_t before = screen.len;
  progress_print (progress, "a message\n", 10);
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, before, "\033[1A\033[Ja message\nmodel.bin"));
  send_progress (progress, HFCORE_EVENT_FILE, 2000, "model.bin");
  progress_finish (progress, true);
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, before, "fetched 1 file, 2.0KB in "));
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, before, ")\n\033[J\033[?25h"));
  progress_free (progress);
  /* Each frame that hides the cursor shows it again. */
  size_t hidden = count_parts (screen.seen, "\033[?25l");
  CU_ASSERT (hidden > 0);
  CU_ASSERT_EQUAL (count_parts (screen.seen, "\033[?25h"), hidden);
  close_screen (&screen);
}

/* What is cached already is not worth a bar; nor is anything when muted.  */
static void
test_silent (void)
{
  static struct screen screen;
  if (!open_screen (&screen))
    return;
  struct progress *progress = progress_new (screen.slave);
  send_progress (progress, HFCORE_EVENT_CACHED, 2000, "model.bin");
  progress_finish (progress, true);
  progress_free (progress);
  progress = progress_new (screen.slave);
  progress_mute (progress);
  send_progress (progress, HFCORE_EVENT_START, 0, "model.bin");
  send_progress (progress, HFCORE_EVENT_FILE, 2000, "model.bin");
  progress_print (progress, "end\n", 4);
  progress_finish (progress, true);
  progress_free (progress);
  CU_ASSERT_PTR_NOT_NULL (wait_for (&screen, 0, "end\n"));
  CHECK_STRING (screen.seen, "end\n");
  close_screen (&screen);
}

/* No terminal: whole lines, no control sequences; nothing at all for a short download.  */
static void
test_no_terminal (void)
{
  const char *path = check_write ("log", "");
  CLEANUP_CLOSE int fd = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);
  struct progress *progress = progress_new (fd);
  send_progress (progress, HFCORE_EVENT_START, 0, "model.bin");
  progress_print (progress, "a message\n", 10);
  send_progress (progress, HFCORE_EVENT_FILE, 2000, "model.bin");
  progress_finish (progress, true);
  progress_free (progress);
  CHECK_STRING (check_read (path), "a message\n");
}

CHECK_MAIN ("progress", { "one_file", test_one_file }, { "total", test_total },
            { "rate_counts_received", test_rate_counts_received },
            { "nothing_fetched_nothing_said", test_nothing_fetched_nothing_said },
            { "stall", test_stall }, { "unknown_total", test_unknown_total },
            { "fits_every_width", test_fits_every_width }, { "many_files", test_many_files },
            { "columns", test_columns }, { "terminal", test_terminal }, { "silent", test_silent },
            { "no_terminal", test_no_terminal })
