/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c: bars on a terminal. The cursor is hidden only within a frame, and a frame is one
 * write: however the process ends, the cursor is not lost.  */
#include "core/cli/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "core/cli/bars.h"
#include "core/cli/columns.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"

enum
{
  FRAME_MS = 100,
  LINE_EVERY_MS = 5000, /* where there is no terminal */
  STOPPED_MS = 300,     /* no frame for so long before SIGCONT: we had been stopped */
  MOST_LINES = 9,       /* 8 files and the total */
  MOST_COLUMNS = 160
};

/* Locks are taken in this order: `screen`, then `lock`. The screen may block (a stopped
 * terminal); downloads need `lock` only.  */
struct progress
{
  int fd;
  bool has_bars;

  pthread_mutex_t screen; /* what is written to `fd`, and: */
  struct text drawn;      /* the lines on the screen now */
  int continued;          /* `times_continued` when they were drawn */
  int64_t drawn_ms;

  pthread_mutex_t lock; /* all below */
  pthread_cond_t wake;
  pthread_t ticker;
  bool is_mute, is_ticking, is_ending;
  struct bars bars;
  int64_t told_ms; /* when the last line was printed */
};

/* How often the shell has stopped us and let us go on: it wrote on our screen meanwhile.  */
static atomic_int times_continued;

static void
count_continued (int number)
{
  (void) number;
  atomic_fetch_add (&times_continued, 1);
}

static bool
can_draw (int fd)
{
  const char *term = getenv ("TERM");
  return term && *term && strcmp (term, "dumb") != 0 && isatty (fd);
}

struct progress *
progress_new (int fd)
{
  struct progress *progress = calloc (1, sizeof *progress);
  if (!progress)
    return NULL;
  pthread_condattr_t monotonic;
  progress->fd = fd;
  progress->has_bars = can_draw (fd);
  progress->drawn = TEXT_LIMIT (1 << 20);
  pthread_mutex_init (&progress->screen, NULL);
  pthread_mutex_init (&progress->lock, NULL);
  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init (&progress->wake, &monotonic);
  pthread_condattr_destroy (&monotonic);
  progress->told_ms = clock_now_ms ();
  bars_begin (&progress->bars, progress->told_ms);
  return progress;
}

void
progress_force_bars (struct progress *progress)
{
  if (!progress)
    return;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->lock);
  progress->has_bars = true;
}

void
progress_mute (struct progress *progress)
{
  if (!progress)
    return;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->lock);
  progress->is_mute = true;
}

static void
get_screen_size (int fd, size_t *columns, size_t *rows)
{
  struct winsize size = { 0 };
  const char *variable = getenv ("COLUMNS");
  if (ioctl (fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
    {
      long set = variable ? strtol (variable, NULL, 10) : 0;
      size.ws_col = set > 0 && set < 10000 ? (unsigned short) set : 80;
    }
  *columns = size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
  *rows = size.ws_row ? size.ws_row : 24;
}

/* A command sent to the background leaves the terminal to others.  */
static bool
is_in_background (int fd)
{
  pid_t front = tcgetpgrp (fd);
  return front > 0 && front != getpgrp ();
}

/* May we draw? What others have written over is not ours any more. The screen is held.  */
static bool
has_screen (struct progress *progress)
{
  bool is_ours = !is_in_background (progress->fd);
  int continued = atomic_load (&times_continued);
  bool was_stopped
      = continued != progress->continued && clock_now_ms () - progress->drawn_ms > STOPPED_MS;
  if (!is_ours || was_stopped)
    {
      text_free (&progress->drawn);
      progress->drawn = TEXT_LIMIT (1 << 20);
    }
  progress->continued = continued;
  return is_ours;
}

/* Move to where the drawn lines begin. A terminal that has become narrower shows them wrapped.  */
static void
add_way_up (const struct text *drawn, size_t columns, struct text *to)
{
  size_t up = 0;
  for (const char *line = drawn->bytes; line && *line; line = strchr (line, '\n') + 1)
    {
      CLEANUP_FREE char *copy = strndup (line, strcspn (line, "\n"));
      size_t width = copy ? columns_width (copy) : 0;
      up += 1 + (width && columns ? (width - 1) / columns : 0);
    }
  text_add (to, "\r");
  if (up)
    text_addf (to, "\033[%zuA", up);
}

/* Replace what is drawn by `above` (kept on the screen) and then `lines`. The screen is held.  */
static void
show (struct progress *progress, const char *above, size_t above_len, struct text *lines)
{
  CLEANUP_TEXT struct text frame = TEXT_LIMIT (1 << 20);
  size_t columns, rows;
  get_screen_size (progress->fd, &columns, &rows);
  text_add (&frame, "\033[?25l");
  add_way_up (&progress->drawn, columns, &frame);
  if (above_len)
    {
      text_add (&frame, "\033[J");
      text_append (&frame, above, above_len);
    }
  for (const char *line = lines->bytes; line && *line;)
    {
      size_t len = strcspn (line, "\n");
      text_append (&frame, line, len);
      text_add (&frame, "\033[K\n");
      line += len + 1;
    }
  text_add (&frame, "\033[J\033[?25h");
  if (frame.failed)
    return;
  files_write_all (progress->fd, frame.bytes, frame.len);
  progress->drawn_ms = clock_now_ms ();
  text_free (&progress->drawn);
  progress->drawn = *lines;
  *lines = TEXT_LIMIT (1 << 20);
}

static void
draw_bars (struct progress *progress)
{
  CLEANUP_TEXT struct text lines = TEXT_LIMIT (1 << 20);
  size_t columns, rows;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->screen);
  if (!has_screen (progress))
    return;
  get_screen_size (progress->fd, &columns, &rows);
  rows = rows > 2 ? rows - 2 : 1;
  pthread_mutex_lock (&progress->lock);
  bars_draw (&progress->bars, clock_now_ms (), columns, rows < MOST_LINES ? rows : MOST_LINES,
             &lines);
  pthread_mutex_unlock (&progress->lock);
  if (!lines.failed)
    show (progress, NULL, 0, &lines);
}

static void
tell_line (struct progress *progress)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 16);
  int64_t now = clock_now_ms ();
  pthread_mutex_lock (&progress->lock);
  bool is_due = now - progress->told_ms >= LINE_EVERY_MS;
  if (is_due)
    {
      progress->told_ms = now;
      text_add (&line, "hfcore: ");
      bars_tell (&progress->bars, now, &line);
      text_add (&line, "\n");
    }
  pthread_mutex_unlock (&progress->lock);
  if (is_due && !line.failed)
    progress_print (progress, line.bytes, line.len);
}

/* Wait for the next frame; true: it is over.  */
static bool
wait_for_frame (struct progress *progress)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += FRAME_MS * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->lock);
  while (!progress->is_ending)
    if (pthread_cond_timedwait (&progress->wake, &progress->lock, &until) != 0)
      break;
  return progress->is_ending;
}

static void *
tick (void *ctx)
{
  struct progress *progress = ctx;
  while (!wait_for_frame (progress))
    if (progress->has_bars)
      draw_bars (progress);
    else
      tell_line (progress);
  return NULL;
}

/* Signals are for the main thread. The lock is held.  */
static void
start_ticker (struct progress *progress)
{
  struct sigaction action = { .sa_handler = count_continued, .sa_flags = SA_RESTART };
  sigset_t all, before;
  sigemptyset (&action.sa_mask);
  sigaction (SIGCONT, &action, NULL);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  progress->is_ticking = pthread_create (&progress->ticker, NULL, tick, progress) == 0;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

int
progress_event (void *ctx, const struct hfcore_event *event)
{
  struct progress *progress = ctx;
  if (!progress)
    return 0;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->lock);
  bars_event (&progress->bars, event, clock_now_ms ());
  if (!progress->is_mute && !progress->is_ticking && !progress->is_ending
      && progress->bars.active.count)
    start_ticker (progress);
  return 0;
}

void
progress_print (struct progress *progress, const char *lines, size_t len)
{
  if (!progress)
    {
      files_write_all (STDERR_FILENO, lines, len);
      return;
    }
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->screen);
  if (!has_screen (progress) || !progress->drawn.len)
    files_write_all (progress->fd, lines, len);
  else
    {
      CLEANUP_TEXT struct text below = progress->drawn;
      progress->drawn = TEXT_LIMIT (1 << 20);
      text_append (&progress->drawn, below.bytes, below.len);
      show (progress, lines, len, &below);
    }
}

void
progress_finish (struct progress *progress, bool well)
{
  CLEANUP_TEXT struct text last = TEXT_LIMIT (1 << 16);
  CLEANUP_TEXT struct text none = TEXT_LIMIT (16);
  if (!progress)
    return;
  pthread_mutex_lock (&progress->lock);
  bool was_shown = progress->is_ticking;
  progress->is_ending = true;
  pthread_cond_broadcast (&progress->wake);
  pthread_mutex_unlock (&progress->lock);
  if (was_shown)
    pthread_join (progress->ticker, NULL);
  progress->is_ticking = false;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&progress->screen);
  was_shown = was_shown && progress->has_bars && has_screen (progress) && progress->drawn.len;
  if (was_shown && well && progress->bars.fetched_files)
    {
      text_add (&last, "hfcore: ");
      bars_sum_up (&progress->bars, clock_now_ms (), &last);
      text_add (&last, "\n");
    }
  if (was_shown)
    show (progress, last.bytes, last.failed ? 0 : last.len, &none);
}

void
progress_free (struct progress *progress)
{
  if (!progress)
    return;
  progress_finish (progress, false);
  bars_end (&progress->bars);
  text_free (&progress->drawn);
  pthread_cond_destroy (&progress->wake);
  pthread_mutex_destroy (&progress->lock);
  pthread_mutex_destroy (&progress->screen);
  free (progress);
}
