/* SPDX-License-Identifier: Apache-2.0 */
/* columns.c: how wide UTF-8 text is on a terminal.  */
#include "core/cli/columns.h"

#include <stdint.h>
#include <string.h>

struct range
{
  uint32_t first, last;
};

/* Unicode 15: marks and format characters that take no column.  */
static const struct range zero_width[]
    = { { 0x0300, 0x036f }, { 0x0483, 0x0489 },  { 0x0591, 0x05bd }, { 0x0610, 0x061a },
        { 0x064b, 0x065f }, { 0x0900, 0x0902 },  { 0x093c, 0x093c }, { 0x0941, 0x0948 },
        { 0x094d, 0x094d }, { 0x0e31, 0x0e31 },  { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
        { 0x1160, 0x11ff }, { 0x1ab0, 0x1aff },  { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
        { 0x20d0, 0x20ff }, { 0x3099, 0x309a },  { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
        { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef } };

/* East Asian Width W and F, and the emoji that terminals draw two columns wide.  */
static const struct range double_width[]
    = { { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
        { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26a1, 0x26a1 },
        { 0x26bd, 0x26be },   { 0x2705, 0x2705 },   { 0x2728, 0x2728 },   { 0x274c, 0x274c },
        { 0x2b50, 0x2b50 },   { 0x2e80, 0x303e },   { 0x3041, 0x3098 },   { 0x309b, 0x4dbf },
        { 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
        { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x18cff },
        { 0x1aff0, 0x1b2ff }, { 0x1f18e, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f64f },
        { 0x1f680, 0x1f6ff }, { 0x1f7e0, 0x1f7eb }, { 0x1f90c, 0x1f9ff }, { 0x1fa70, 0x1faff },
        { 0x20000, 0x3fffd } };

static int
is_among (uint32_t point, const struct range *ranges, size_t count)
{
  size_t low = 0;
  while (low < count)
    {
      size_t middle = low + (count - low) / 2;
      if (point > ranges[middle].last)
        low = middle + 1;
      else if (point < ranges[middle].first)
        count = middle;
      else
        return 1;
    }
  return 0;
}

/* One character of `string` (not at its end): its bytes, and its code point in `*point`.  */
static size_t
decode (const char *string, uint32_t *point)
{
  const unsigned char *byte = (const unsigned char *) string;
  size_t len = byte[0] < 0x80   ? 1
               : byte[0] < 0xc2 ? 0
               : byte[0] < 0xe0 ? 2
               : byte[0] < 0xf0 ? 3
                                : 4;
  *point = len == 1 ? byte[0] : byte[0] & (0x7fu >> len);
  if (len == 0 || byte[0] > 0xf4)
    return 1;
  for (size_t i = 1; i < len; i++)
    {
      if ((byte[i] & 0xc0) != 0x80)
        {
          *point = '?';
          return 1;
        }
      *point = *point << 6 | (byte[i] & 0x3f);
    }
  return len;
}

static size_t
point_width (uint32_t point)
{
  if (point < 0x300)
    return 1;
  if (is_among (point, zero_width, sizeof zero_width / sizeof *zero_width))
    return 0;
  return is_among (point, double_width, sizeof double_width / sizeof *double_width) ? 2 : 1;
}

size_t
columns_width (const char *string)
{
  size_t width = 0;
  uint32_t point;
  while (*string)
    {
      string += decode (string, &point);
      width += point_width (point);
    }
  return width;
}

void
columns_add_end (struct text *to, const char *string, size_t columns)
{
  static const size_t mark_width = 3;
  size_t width = columns_width (string);
  if (width > columns)
    {
      size_t room = columns;
      if (columns > 2 * mark_width)
        {
          text_add (to, "(…)");
          room -= mark_width;
        }
      uint32_t point;
      while (width > room)
        {
          string += decode (string, &point);
          width -= point_width (point);
        }
      /* A mark whose base is cut off would sit on the character before. */
      while (*string)
        {
          size_t len = decode (string, &point);
          if (point_width (point) != 0)
            break;
          string += len;
        }
    }
  text_add (to, string);
}

void
columns_add_spaces (struct text *to, size_t count)
{
  static const char spaces[] = "                                ";
  while (count)
    {
      size_t len = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
      text_append (to, spaces, len);
      count -= len;
    }
}
