/* SPDX-License-Identifier: Apache-2.0 */
/* delete_by_picker.c: choosing what is deleted on the whole terminal: the picker, drawn.  */
#include <stdio.h>
#include <string.h>
#include "core/cli/columns.h"
#include "core/cli/delete_cache.h"
#include "core/cli/output.h"
#include "core/cli/picker.h"
#include "core/cli/screen.h"

#define MESSAGE "Select revisions to delete:"
#define FILTER  "Filter: "

enum
{
  LINE_MOST = 1 << 13,
  HEAD_ROWS = 2, /* what it comes to, the filter  */
  FRAME_ROWS = HEAD_ROWS + 1,
  FRAME_FROM = 6, /* a terminal of fewer rows has only the first of these  */
  WHY_ROOM = 256
};

struct view
{
  struct delete_cache *ask;
  struct picker picker;
  char expectation[128]; /* "2 revisions selected counting for 1.2G."  */
  char brief[64];        /* "2 selected, 1.2G" */
  int rows, columns;
};

/* ---- what is drawn ---- */

static bool
has_frame (const struct view *view)
{
  return view->rows >= FRAME_FROM;
}

static void
draw_head (const struct view *view)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (LINE_MOST);
  size_t wide = (size_t) view->columns, most = strlen (view->expectation);
  if (strlen (MESSAGE) + 1 + most <= wide)
    text_add (&line, MESSAGE " ");
  text_add (&line, most <= wide ? view->expectation : view->brief);
  screen_line (0, SCREEN_BOLD, line.failed ? "" : line.bytes);
}

static void
draw_filter (const struct view *view)
{
  const struct picker *picker = &view->picker;
  CLEANUP_TEXT struct text line = TEXT_LIMIT (LINE_MOST);
  if (picker->is_typing || picker->filter[0])
    text_addf (&line, FILTER "%s  (%zu of %zu)", picker->filter, picker->shown,
               picker->list->count);
  screen_line (1, 0, line.bytes ? line.bytes : "");
}

static void
draw_help (const struct view *view)
{
  static const char *const typing[]
      = { "Type a part of a name, ref or hash. <enter> keep the filter  <esc> leave it",
          "<enter> keep  <esc> leave the filter", "enter esc" };
  static const char *const choosing[]
      = { "<space> select  <a> all or none  </> filter  <enter> validate  <ctrl+c> quit",
          "space a:all /:filter enter ctrl+c:quit", "space enter ctrl+c" };
  const char *const *texts = view->picker.is_typing ? typing : choosing;
  size_t text = 0;
  while (text < 2 && strlen (texts[text]) > (size_t) view->columns)
    text++;
  screen_line (view->rows - 1, SCREEN_DIM, texts[text]);
}

static void
draw_list (const struct view *view)
{
  const struct picker *picker = &view->picker;
  const int first = has_frame (view) ? HEAD_ROWS : 1;
  for (size_t i = 0; i < picker->height; i++)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 21);
      const size_t row = picker->top + i;
      unsigned style = 0;
      if (row < picker->row_count)
        {
          picker_add_row (picker, row, &line);
          style = picker->rows[row].kind == PICKER_HEADING ? SCREEN_BOLD
                  : row == picker->cursor                  ? SCREEN_REVERSE
                                                           : 0;
        }
      screen_line (first + (int) i, style, line.bytes ? line.bytes : "");
    }
}

static void
draw (const struct view *view)
{
  const struct picker *picker = &view->picker;
  draw_head (view);
  draw_list (view);
  if (has_frame (view))
    {
      draw_filter (view);
      draw_help (view);
    }
  if (picker->is_typing && has_frame (view))
    screen_show (1, (int) (strlen (FILTER) + columns_width (picker->filter)));
  else
    screen_show (0, -1);
}

static void
measure (struct view *view)
{
  screen_size (&view->rows, &view->columns);
  int height = view->rows - (has_frame (view) ? FRAME_ROWS : 1);
  picker_resize (&view->picker, height > 0 ? (size_t) height : 1);
}

/* ---- what is chosen ---- */

static int
update (struct view *view)
{
  const struct picker *picker = &view->picker;
  struct delete_cache *ask = view->ask;
  CLEANUP_TEXT struct text text = TEXT_LIMIT (sizeof view->expectation - 1);
  memcpy (ask->deletion.revisions, picker->chosen, picker->list->count);
  ask->selected = picker->count + picker->none_of;
  ask->is_off = picker->none_of;
  int status = delete_cache_add_expectation (ask, &text);
  if (status != STATUS_DONE)
    return status;
  memcpy (view->expectation, text.bytes, text.len + 1);
  /* The same in a few words: what stands before "revisions" and behind "for".  */
  const char *sum = strrchr (view->expectation, ' ') + 1;
  if (ask->is_off)
    snprintf (view->brief, sizeof view->brief, "Nothing will go.");
  else
    snprintf (view->brief, sizeof view->brief, "%zu selected: %.20s", picker->count, sum);
  return STATUS_DONE;
}

/* Until the user is done. The result of picker_press that says so; or PICKER_GOES_ON and a failure
 * in `*status`.  */
static enum picker_result
run (struct view *view, int *status)
{
  enum picker_result result = PICKER_CHANGED;
  measure (view);
  for (;;)
    {
      uint32_t character = 0;
      if (result == PICKER_CHANGED && (*status = update (view)) != STATUS_DONE)
        return PICKER_GOES_ON;
      draw (view);
      enum screen_key key = screen_read (&character);
      if (key == SCREEN_RESIZE)
        measure (view);
      result = picker_press (&view->picker, key, character);
      if (result != PICKER_GOES_ON && result != PICKER_CHANGED)
        return result;
    }
}

int
delete_cache_by_picker (struct delete_cache *ask)
{
  char why[WHY_ROOM];
  struct view view = { .ask = ask };
  int status = STATUS_DONE;
  enum picker_result result = PICKER_GOES_ON;
  if (picker_init (&view.picker, &ask->list) != HFCORE_OK)
    status = output_fail (STATUS_FAILED, "out of memory");
  else if (screen_open (&ask->held, why, sizeof why) < 0)
    status = output_fail (STATUS_FAILED, "%s; use --disable-tui to edit a file instead", why);
  else
    {
      result = run (&view, &status);
      screen_close ();
    }
  picker_free (&view.picker);
  if (result == PICKER_STOPPED)
    return delete_cache_stopped ();
  if (result == PICKER_LEFT)
    ask->selected = 0;
  else if (result == PICKER_ACCEPTED)
    printf (MESSAGE " %zu revision(s) selected.\n", ask->selected);
  return status;
}
