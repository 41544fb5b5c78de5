/* SPDX-License-Identifier: Apache-2.0 */
/* picker.c: see picker.h.  */
#include "core/cli/picker.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/python_text.h"

enum
{
  SHORT_HASH = 8
};

/* ---- what is seen ---- */

/* The cursor is seen, and the heading of its repository where that is the row above.  */
static void
scroll (struct picker *picker)
{
  size_t first = picker->cursor;
  if (first > 0 && picker->rows[first - 1].kind == PICKER_HEADING && picker->height > 1)
    first--;
  if (first < picker->top)
    picker->top = first;
  if (picker->cursor >= picker->top + picker->height)
    picker->top = picker->cursor - picker->height + 1;
  /* No empty lines at the end while there are rows before.  */
  size_t most = picker->row_count > picker->height ? picker->row_count - picker->height : 0;
  if (picker->top > most)
    picker->top = most;
}

/* The row from `row` on, in this direction, that is no heading; else the next the other way.  */
static size_t
choosable (const struct picker *picker, size_t row, bool down)
{
  if (row >= picker->row_count)
    row = picker->row_count - 1;
  size_t found = row;
  while (picker->rows[found].kind == PICKER_HEADING)
    {
      if (down ? found + 1 == picker->row_count : found == 0)
        return choosable (picker, row, !down);
      found = down ? found + 1 : found - 1;
    }
  return found;
}

static void
move_to (struct picker *picker, size_t row, bool down)
{
  picker->cursor = choosable (picker, row, down);
  scroll (picker);
}

static void
move_by (struct picker *picker, size_t count, bool down)
{
  if (down)
    move_to (picker, picker->cursor + count, true);
  else
    move_to (picker, picker->cursor > count ? picker->cursor - count : 0, false);
}

/* ---- the filter ---- */

static bool
revision_passes (const struct picker *picker, const struct listed_revision *revision)
{
  if (strcasestr (revision->commit, picker->filter))
    return true;
  for (size_t i = 0; i < revision->from->ref_count; i++)
    if (strcasestr (revision->from->refs[i], picker->filter))
      return true;
  return false;
}

static void
add_row (struct picker *picker, enum picker_kind kind, size_t index)
{
  picker->rows[picker->row_count++] = (struct picker_row){ kind, index };
  picker->shown += kind == PICKER_REVISION;
}

static void
add_repo (struct picker *picker, size_t index)
{
  const struct listed_repo *repo = &picker->list->repos[index];
  bool passes = strcasestr (repo->name, picker->filter) != NULL;
  size_t heading = picker->row_count, before = picker->shown;
  add_row (picker, PICKER_HEADING, index);
  for (size_t i = repo->first; i < repo->first + repo->count; i++)
    if (passes || revision_passes (picker, &picker->list->revisions[i]))
      add_row (picker, PICKER_REVISION, i);
  if (!passes && picker->shown == before)
    picker->row_count = heading;
}

/* Take the rows that pass. The cursor stays on its revision, else it goes to the first one.  */
static void
filter (struct picker *picker)
{
  const struct picker_row at
      = picker->row_count ? picker->rows[picker->cursor] : (struct picker_row){ PICKER_NONE_OF, 0 };
  bool is_narrow = picker->filter[0] != 0;
  picker->row_count = picker->shown = picker->cursor = 0;
  add_row (picker, PICKER_NONE_OF, 0);
  for (size_t i = 0; i < picker->list->repo_count; i++)
    add_repo (picker, i);
  for (size_t i = 0; i < picker->row_count && !picker->cursor; i++)
    if (picker->rows[i].kind == at.kind && picker->rows[i].index == at.index)
      picker->cursor = i;
  if (!picker->cursor && is_narrow && picker->row_count > 1)
    picker->cursor = choosable (picker, 1, true);
  picker->top = 0;
  scroll (picker);
}

static void
leave_filter (struct picker *picker)
{
  picker->is_typing = false;
  picker->filter[0] = 0;
  filter (picker);
}

/* Add a character as UTF-8, if there is room for it.  */
static void
type_character (struct picker *picker, uint32_t code)
{
  char bytes[5] = { 0 };
  size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
  uint32_t checked;
  for (size_t i = len; i-- > 1; code >>= 6)
    bytes[i] = (char) (0x80 | (code & 0x3f));
  bytes[0] = (char) (heads[len] | code);
  size_t used = strlen (picker->filter);
  if (code < ' ' && len == 1)
    return;
  if (used + len >= sizeof picker->filter || text_decode (bytes, &checked) != len)
    return;
  memcpy (picker->filter + used, bytes, len + 1);
  filter (picker);
}

static void
rub_out (struct picker *picker)
{
  size_t len = strlen (picker->filter);
  while (len && ((unsigned char) picker->filter[len - 1] & 0xc0) == 0x80)
    len--;
  picker->filter[len ? len - 1 : 0] = 0;
  filter (picker);
}

/* ---- the choice ---- */

static void
set (struct picker *picker, const struct picker_row *row, bool on)
{
  unsigned char *chosen = &picker->chosen[picker->list->revisions[row->index].number];
  if (*chosen != on)
    picker->count += on ? 1 : (size_t) -1;
  *chosen = on;
}

static void
toggle (struct picker *picker)
{
  const struct picker_row *row = &picker->rows[picker->cursor];
  if (row->kind == PICKER_NONE_OF)
    picker->none_of = !picker->none_of;
  else
    set (picker, row, !picker->chosen[picker->list->revisions[row->index].number]);
}

/* All that is shown, or, if all of it is chosen, nothing of it.  */
static void
toggle_all (struct picker *picker)
{
  bool all = true;
  for (size_t i = 0; i < picker->row_count; i++)
    if (picker->rows[i].kind == PICKER_REVISION)
      all = all && picker->chosen[picker->list->revisions[picker->rows[i].index].number];
  for (size_t i = 0; i < picker->row_count; i++)
    if (picker->rows[i].kind == PICKER_REVISION)
      set (picker, &picker->rows[i], !all);
}

/* ---- keys ---- */

static enum picker_result
press_character (struct picker *picker, uint32_t character)
{
  if (picker->is_typing)
    {
      type_character (picker, character);
      return PICKER_GOES_ON;
    }
  switch (character)
    {
    case ' ':
      toggle (picker);
      return PICKER_CHANGED;
    case 'a':
      toggle_all (picker);
      return PICKER_CHANGED;
    case '/':
      picker->is_typing = true;
      return PICKER_GOES_ON;
    case 'q':
      return PICKER_LEFT;
    default:
      return PICKER_GOES_ON;
    }
}

/* Keys that move the cursor; false: it is none.  */
static bool
press_arrow (struct picker *picker, enum screen_key key)
{
  const size_t page = picker->height > 1 ? picker->height - 1 : 1;
  switch (key)
    {
    case SCREEN_UP:
      move_by (picker, 1, false);
      return true;
    case SCREEN_DOWN:
      move_by (picker, 1, true);
      return true;
    case SCREEN_PAGE_UP:
      move_by (picker, page, false);
      return true;
    case SCREEN_PAGE_DOWN:
      move_by (picker, page, true);
      return true;
    case SCREEN_HOME:
      move_to (picker, 0, true);
      return true;
    case SCREEN_END:
      move_to (picker, picker->row_count - 1, false);
      return true;
    default:
      return false;
    }
}

enum picker_result
picker_press (struct picker *picker, enum screen_key key, uint32_t character)
{
  if (press_arrow (picker, key))
    return PICKER_GOES_ON;
  switch (key)
    {
    case SCREEN_CHARACTER:
      return press_character (picker, character);
    case SCREEN_ENTER:
      if (!picker->is_typing)
        return PICKER_ACCEPTED;
      picker->is_typing = false;
      return PICKER_GOES_ON;
    case SCREEN_ESCAPE:
      if (picker->is_typing || picker->filter[0])
        leave_filter (picker);
      return PICKER_GOES_ON;
    case SCREEN_BACKSPACE:
      if (picker->is_typing)
        rub_out (picker);
      return PICKER_GOES_ON;
    case SCREEN_CTRL_C:
      return PICKER_LEFT;
    case SCREEN_STOP:
      return PICKER_STOPPED;
    default:
      return PICKER_GOES_ON;
    }
}

/* ---- */

int
picker_init (struct picker *picker, const struct revision_list *list)
{
  *picker
      = (struct picker){ .list = list,
                         .chosen = calloc (list->count + 1, 1),
                         .rows = calloc (list->count + list->repo_count + 1, sizeof *picker->rows),
                         .height = 1 };
  if (!picker->chosen || !picker->rows)
    return HFCORE_E_NOMEM;
  filter (picker);
  return HFCORE_OK;
}

void
picker_free (struct picker *picker)
{
  free (picker->chosen);
  free (picker->rows);
  *picker = (struct picker){ 0 };
}

void
picker_resize (struct picker *picker, size_t height)
{
  picker->height = height ? height : 1;
  scroll (picker);
}

void
picker_add_row (const struct picker *picker, size_t row, struct text *to)
{
  const struct picker_row *at = &picker->rows[row];
  const char *pointer = row == picker->cursor ? ">" : " ";
  if (at->kind == PICKER_HEADING)
    {
      text_addf (to, "  %s", picker->list->repos[at->index].heading);
      return;
    }
  if (at->kind == PICKER_NONE_OF)
    {
      text_addf (to, "%s [%c] None of the following (if selected, nothing will be deleted).",
                 pointer, picker->none_of ? 'x' : ' ');
      return;
    }
  const struct listed_revision *revision = &picker->list->revisions[at->index];
  text_addf (to, "%s [%c] ", pointer, picker->chosen[revision->number] ? 'x' : ' ');
  python_text_add_start (to, revision->commit, SHORT_HASH);
  text_addf (to, ": %s # modified %s", revision->refs, revision->since);
}
