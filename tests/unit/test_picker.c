/* SPDX-License-Identifier: Apache-2.0 */
/* test_picker.c: keys of the picker, and what they do to rows, cursor and choice.  */
#include "tests/check.h"

#include <stdlib.h>
#include "core/cli/picker.h"
#include "tests/unit/revision_fixture.h"

static struct revision_list list;
static struct picker picker;

static void
begin (size_t height)
{
  CU_ASSERT_EQUAL_FATAL (revision_list_make (fixture_repos, FIXTURE_REPOS, ORDER_AS_0_26,
                                             FIXTURE_NOW_MS, &list),
                         HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (picker_init (&picker, &list), HFCORE_OK);
  picker_resize (&picker, height);
}

static void
end (void)
{
  picker_free (&picker);
  revision_list_free (&list);
}

static enum picker_result
key (enum screen_key pressed)
{
  return picker_press (&picker, pressed, 0);
}

static enum picker_result
type (const char *typed)
{
  enum picker_result result = PICKER_GOES_ON;
  uint32_t code;
  for (; *typed; typed += text_decode (typed, &code))
    {
      text_decode (typed, &code);
      result = picker_press (&picker, SCREEN_CHARACTER, code);
    }
  return result;
}

/* A row's text, in a static buffer.  */
static const char *
row_text (size_t row)
{
  static char shown[256];
  struct text text = TEXT_LIMIT (1024);
  picker_add_row (&picker, row, &text);
  snprintf (shown, sizeof shown, "%s", text.failed ? "failed" : text.bytes);
  text_free (&text);
  return shown;
}

/* The numbers that are chosen, as digits.  */
static const char *
chosen (void)
{
  static char digits[16];
  size_t len = 0;
  for (size_t i = 0; i < list.count; i++)
    if (picker.chosen[i])
      digits[len++] = (char) ('0' + i);
  digits[len] = 0;
  CU_ASSERT_EQUAL (picker.count, len);
  return digits;
}

static void
test_rows (void)
{
  begin (20);
  CU_ASSERT_EQUAL (picker.row_count, 10);
  CHECK_STRING (row_text (0),
                "> [ ] None of the following (if selected, nothing will be deleted).");
  CHECK_STRING (row_text (1), "  Dataset user/repo (23.0, used 47 seconds ago)");
  CHECK_STRING (row_text (2), "  [ ] bbbbbbbb: main # modified 47 seconds ago");
  CHECK_STRING (row_text (7), "  [ ] cccccccc: main, refs/pr/1 # modified 48 seconds ago");
  end ();
}

static void
test_moving (void)
{
  static const size_t stops[] = { 2, 4, 5, 7, 8, 8 };
  begin (20);
  for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
    {
      CU_ASSERT_EQUAL (key (SCREEN_DOWN), PICKER_GOES_ON);
      CU_ASSERT_EQUAL (picker.cursor, stops[i]);
    }
  for (size_t i = sizeof stops / sizeof *stops - 2; i-- > 0;)
    {
      key (SCREEN_UP);
      CU_ASSERT_EQUAL (picker.cursor, stops[i]);
    }
  key (SCREEN_UP);
  key (SCREEN_UP);
  CU_ASSERT_EQUAL (picker.cursor, 0);
  /* The last row is a heading without revisions. */
  key (SCREEN_END);
  CU_ASSERT_EQUAL (picker.cursor, 8);
  key (SCREEN_HOME);
  CU_ASSERT_EQUAL (picker.cursor, 0);
  key (SCREEN_PAGE_DOWN);
  CU_ASSERT_EQUAL (picker.cursor, 8);
  key (SCREEN_PAGE_UP);
  CU_ASSERT_EQUAL (picker.cursor, 0);
  CU_ASSERT_EQUAL (key (SCREEN_OTHER), PICKER_GOES_ON);
  end ();
}

static void
test_scrolling (void)
{
  begin (3);
  for (size_t i = 0; i < 12; i++)
    {
      key (SCREEN_DOWN);
      CU_ASSERT (picker.top <= picker.cursor && picker.cursor < picker.top + 3);
    }
  for (size_t i = 0; i < 12; i++)
    {
      key (SCREEN_UP);
      CU_ASSERT (picker.top <= picker.cursor && picker.cursor < picker.top + 3);
      /* The first revision of a repository comes with its heading. */
      if (picker.cursor == 4)
        CU_ASSERT_EQUAL (picker.top, 3);
    }
  CU_ASSERT_EQUAL (picker.top, 0);
  key (SCREEN_END);
  picker_resize (&picker, 1);
  CU_ASSERT_EQUAL (picker.top, 8);
  picker_resize (&picker, 100);
  CU_ASSERT_EQUAL (picker.top, 0);
  picker_resize (&picker, 0);
  CU_ASSERT_EQUAL (picker.top, picker.cursor);
  end ();
}

static void
test_choosing (void)
{
  begin (20);
  key (SCREEN_DOWN);
  CU_ASSERT_EQUAL (type (" "), PICKER_CHANGED);
  CHECK_STRING (chosen (), "2");
  CHECK_STRING (row_text (2), "> [x] bbbbbbbb: main # modified 47 seconds ago");
  key (SCREEN_DOWN);
  type (" ");
  CHECK_STRING (chosen (), "24");
  type (" ");
  CHECK_STRING (chosen (), "2");
  CU_ASSERT_EQUAL (type ("a"), PICKER_CHANGED);
  CHECK_STRING (chosen (), "01234");
  type ("a");
  CHECK_STRING (chosen (), "");
  key (SCREEN_HOME);
  CU_ASSERT_EQUAL (type (" "), PICKER_CHANGED);
  CU_ASSERT (picker.none_of);
  CHECK_STRING (chosen (), "");
  type ("a ");
  CU_ASSERT (!picker.none_of);
  CHECK_STRING (chosen (), "01234");
  end ();
}

static void
test_filter (void)
{
  begin (20);
  CU_ASSERT_EQUAL (type ("/MIRROR"), PICKER_GOES_ON);
  CU_ASSERT_EQUAL (picker.row_count, 4);
  CU_ASSERT_EQUAL (picker.shown, 2);
  CU_ASSERT_EQUAL (picker.cursor, 2);
  CHECK_STRING (row_text (1), "  Model Zoo/mirror (4.0K, used 2 hours ago)");
  /* It is text while it is typed: nothing is chosen, nothing is left. */
  type (" aq/");
  CHECK_STRING (picker.filter, "MIRROR aq/");
  CHECK_STRING (chosen (), "");
  CU_ASSERT_EQUAL (picker.row_count, 1);
  for (int i = 0; i < 4; i++)
    key (SCREEN_BACKSPACE);
  CHECK_STRING (picker.filter, "MIRROR");
  CU_ASSERT_EQUAL (key (SCREEN_ENTER), PICKER_GOES_ON);
  /* Only what is shown. */
  type ("a");
  CHECK_STRING (chosen (), "34");
  key (SCREEN_DOWN);
  CU_ASSERT_EQUAL (key (SCREEN_ESCAPE), PICKER_GOES_ON);
  CU_ASSERT_EQUAL (picker.row_count, 10);
  CHECK_STRING (chosen (), "34");
  /* The cursor is where it was. */
  CHECK_STRING (row_text (picker.cursor), "> [x] aaaaaaaa: main # modified 2 hours ago");
  CU_ASSERT_EQUAL (key (SCREEN_ESCAPE), PICKER_GOES_ON);
  CU_ASSERT_EQUAL (key (SCREEN_ENTER), PICKER_ACCEPTED);
  end ();
}

static void
test_filter_matches (void)
{
  static const struct
  {
    const char *typed;
    size_t shown;
  } samples[] = { { "refs/pr", 1 }, { "aaaaaaa1", 2 },  { "main", 3 }, { "dataset/", 1 },
                  { "d4", 1 },      { "model", 4 },     { "bare", 0 }, { "no such", 0 },
                  { "user", 3 },    { "(detached)", 0 } };
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    {
      begin (20);
      type ("/");
      type (samples[i].typed);
      CU_ASSERT_EQUAL (picker.shown, samples[i].shown);
      CU_ASSERT (picker.cursor < picker.row_count);
      key (SCREEN_END);
      key (SCREEN_ESCAPE);
      CU_ASSERT_EQUAL (picker.shown, 5);
      end ();
    }
}

static void
test_filter_room (void)
{
  begin (20);
  type ("/");
  for (size_t i = 0; i < PICKER_FILTER_ROOM; i++)
    type ("é");
  CU_ASSERT_EQUAL (strlen (picker.filter), PICKER_FILTER_ROOM - 2);
  key (SCREEN_BACKSPACE);
  CU_ASSERT_EQUAL (strlen (picker.filter), PICKER_FILTER_ROOM - 4);
  for (size_t i = 0; i < PICKER_FILTER_ROOM; i++)
    key (SCREEN_BACKSPACE);
  CHECK_STRING (picker.filter, "");
  type ("日🤗");
  CHECK_STRING (picker.filter, "日🤗");
  /* What is no character is not taken. */
  picker_press (&picker, SCREEN_CHARACTER, 0xd800);
  picker_press (&picker, SCREEN_CHARACTER, 7);
  picker_press (&picker, SCREEN_CHARACTER, 0);
  CHECK_STRING (picker.filter, "日🤗");
  end ();
}

static void
test_leaving (void)
{
  begin (20);
  CU_ASSERT_EQUAL (type ("q"), PICKER_LEFT);
  CU_ASSERT_EQUAL (key (SCREEN_CTRL_C), PICKER_LEFT);
  CU_ASSERT_EQUAL (key (SCREEN_STOP), PICKER_STOPPED);
  CU_ASSERT_EQUAL (key (SCREEN_ENTER), PICKER_ACCEPTED);
  type ("/");
  CU_ASSERT_EQUAL (type ("q"), PICKER_GOES_ON);
  CU_ASSERT_EQUAL (key (SCREEN_CTRL_C), PICKER_LEFT);
  end ();
}

static void
test_nothing_cached (void)
{
  CU_ASSERT_EQUAL_FATAL (revision_list_make (NULL, 0, ORDER_SIZE, FIXTURE_NOW_MS, &list),
                         HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (picker_init (&picker, &list), HFCORE_OK);
  CU_ASSERT_EQUAL (picker.row_count, 1);
  for (enum screen_key pressed = SCREEN_UP; pressed <= SCREEN_RESIZE; pressed++)
    key (pressed);
  type ("a /x");
  CU_ASSERT_EQUAL (picker.row_count, 1);
  CHECK_STRING (chosen (), "");
  end ();
}

CHECK_MAIN ("picker", { "rows", test_rows }, { "moving", test_moving },
            { "scrolling", test_scrolling }, { "choosing", test_choosing },
            { "filter", test_filter }, { "filter matches", test_filter_matches },
            { "filter room", test_filter_room }, { "leaving", test_leaving },
            { "nothing cached", test_nothing_cached })
