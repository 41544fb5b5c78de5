/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: see text.h.  */
#include "core/util/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a zero, or `failed`.  */
static bool
make_room (struct text *text, size_t more)
{
  if (text->failed)
    return false;
  if (more > text->limit || text->len > text->limit - more || text->len + more == SIZE_MAX)
    {
      text->failed = true;
      return false;
    }
  size_t needed = text->len + more + 1;
  if (needed <= text->room)
    return true;
  size_t room = text->room > SIZE_MAX / 2 ? SIZE_MAX : text->room * 2;
  if (room < 64)
    room = 64;
  if (room > text->limit)
    room = text->limit + 1;
  if (room < needed)
    room = needed;
  char *bytes = realloc (text->bytes, room);
  if (!bytes)
    {
      text->failed = true;
      return false;
    }
  text->bytes = bytes;
  text->room = room;
  return true;
}

void
text_append (struct text *text, const void *bytes, size_t len)
{
  if (!make_room (text, len))
    return;
  if (len)
    memcpy (text->bytes + text->len, bytes, len);
  text->len += len;
  text->bytes[text->len] = 0;
}

void
text_add (struct text *text, const char *string)
{
  text_append (text, string, strlen (string));
}

void
text_vaddf (struct text *text, const char *format, va_list args)
{
  va_list again;
  va_copy (again, args);
  int len = vsnprintf (NULL, 0, format, again);
  va_end (again);
  if (len < 0)
    text->failed = true;
  else if (make_room (text, (size_t) len))
    {
      vsnprintf (text->bytes + text->len, (size_t) len + 1, format, args);
      text->len += (size_t) len;
    }
}

void
text_addf (struct text *text, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  text_vaddf (text, format, args);
  va_end (args);
}

char *
text_take (struct text *text)
{
  text_append (text, "", 0);
  char *bytes = text->failed ? NULL : text->bytes;
  if (bytes)
    text->bytes = NULL;
  text_free (text);
  return bytes;
}

void
text_free (struct text *text)
{
  free (text->bytes);
  *text = TEXT_LIMIT (text->limit);
}

char *
text_format (const char *format, ...)
{
  struct text text = TEXT_LIMIT (INT_MAX);
  va_list args;
  va_start (args, format);
  text_vaddf (&text, format, args);
  va_end (args);
  return text_take (&text);
}

size_t
text_decode (const char *string, uint32_t *code)
{
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  const unsigned char *bytes = (const unsigned char *) string;
  if (bytes[0] < 0x80)
    {
      *code = bytes[0];
      return 1;
    }
  size_t len = bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
  if (len == 0 || bytes[0] > 0xf4)
    return 0;
  uint32_t value = bytes[0] & (0x7fu >> len);
  for (size_t i = 1; i < len; i++)
    {
      if ((bytes[i] & 0xc0) != 0x80)
        return 0;
      value = value << 6 | (bytes[i] & 0x3f);
    }
  if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return 0;
  *code = value;
  return len;
}

/* Would a terminal obey this, or reorder the line around it?  */
static bool
is_control (uint32_t code)
{
  return code < 0x20 || (code >= 0x7f && code < 0xa0) /* C0, DEL, C1 */
         || code == 0x2028 || code == 0x2029          /* line and paragraph separator */
         || code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e)
         || (code >= 0x2066 && code <= 0x2069);
}

size_t
text_one_line (char *to, size_t room, const char *from)
{
  size_t len = 0;
  if (room == 0)
    return 0;
  while (*from)
    {
      uint32_t code;
      size_t bytes = text_decode (from, &code);
      bool shown = bytes > 0 && !is_control (code);
      size_t written = shown ? bytes : 1;
      if (written >= room - len)
        break;
      memcpy (to + len, shown ? from : "?", written);
      len += written;
      from += bytes ? bytes : 1;
    }
  to[len] = 0;
  return len;
}

static size_t
least_of (size_t a, size_t b, size_t c)
{
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Insertions, deletions, replacements, and swaps of neighbours, which are the commonest slip.  */
size_t
text_distance (const char *a, const char *b, size_t limit)
{
  enum
  {
    LONGEST = 64 /* words longer than this are no slips of each other */
  };
  size_t rows[3][LONGEST + 1];
  size_t a_len = strlen (a), b_len = strlen (b);
  size_t apart = a_len > b_len ? a_len - b_len : b_len - a_len;
  if (a_len > LONGEST || b_len > LONGEST || apart > limit)
    return strcmp (a, b) == 0 ? 0 : limit + 1;
  size_t *older = rows[0], *old = rows[1], *row = rows[2];
  for (size_t j = 0; j <= b_len; j++)
    row[j] = j;
  for (size_t i = 1; i <= a_len; i++)
    {
      size_t *spare = older;
      older = old;
      old = row;
      row = spare;
      row[0] = i;
      for (size_t j = 1; j <= b_len; j++)
        {
          size_t replaced = old[j - 1] + (a[i - 1] != b[j - 1]);
          row[j] = least_of (old[j] + 1, row[j - 1] + 1, replaced);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
              && older[j - 2] + 1 < row[j])
            row[j] = older[j - 2] + 1;
        }
    }
  return row[b_len] > limit ? limit + 1 : row[b_len];
}

const char *
text_nearest (const char *word, const char *const *words, size_t count)
{
  size_t near_enough = (strlen (word) + 1) / 3;
  if (near_enough > 3)
    near_enough = 3;
  size_t best = near_enough + 1;
  const char *nearest = NULL;
  for (size_t i = 0; i < count; i++)
    {
      size_t distance = text_distance (word, words[i], near_enough);
      if (distance < best)
        {
          best = distance;
          nearest = words[i];
        }
    }
  return nearest;
}

bool
text_starts_with (const char *string, const char *start)
{
  return strncmp (string, start, strlen (start)) == 0;
}

bool
text_ends_with (const char *string, const char *end)
{
  size_t len = strlen (string), end_len = strlen (end);
  return len >= end_len && memcmp (string + len - end_len, end, end_len) == 0;
}

/* Decimal digits, at least one; what follows them is `*rest`. -1: none, or too big.  */
static int
parse_number (const char *string, unsigned long long *number, const char **rest)
{
  unsigned long long value = 0;
  const char *cursor = string;
  for (; *cursor >= '0' && *cursor <= '9'; cursor++)
    if (__builtin_mul_overflow (value, 10ull, &value)
        || __builtin_add_overflow (value, (unsigned long long) (*cursor - '0'), &value))
      return -1;
  if (cursor == string)
    return -1;
  *number = value;
  *rest = cursor;
  return 0;
}

int
text_parse_size (const char *string, unsigned long long *bytes)
{
  static const char powers[] = "KMGT";
  unsigned long long number;
  const char *unit;
  if (parse_number (string, &number, &unit) < 0)
    return -1;
  /* `& ~0x20` is upper case for the letters that are asked for.  */
  const char *power = memchr (powers, *unit & ~0x20, strlen (powers));
  unit += power != NULL;
  unsigned long long step = 1000;
  if (power && (*unit & ~0x20) == 'I' && (unit[1] & ~0x20) == 'B')
    {
      step = 1024;
      unit++;
    }
  unit += (*unit & ~0x20) == 'B';
  if (*unit)
    return -1;
  for (const char *p = powers; power && p <= power; p++)
    if (__builtin_mul_overflow (number, step, &number))
      return -1;
  *bytes = number;
  return 0;
}

int
text_parse_duration (const char *string, long long *ms)
{
  static const struct
  {
    const char *name;
    long long ms;
  } units[] = { { "", 1000 },       { "ms", 1 },          { "s", 1000 },
                { "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "d", 86400 * 1000 } };
  unsigned long long number;
  const char *unit;
  if (parse_number (string, &number, &unit) < 0)
    return -1;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strcmp (unit, units[i].name) == 0)
      return __builtin_mul_overflow (number, units[i].ms, ms) ? -1 : 0;
  return -1;
}

void
text_size (char *to, size_t room, unsigned long long bytes)
{
  static const char *const units[] = { "", "K", "M", "G", "T", "P", "E" };
  double size = (double) bytes;
  size_t unit = 0;
  for (; size >= 1000.0 && unit + 1 < sizeof units / sizeof *units; unit++)
    size /= 1000.0;
  char number[32];
  int len = snprintf (number, sizeof number, "%.1f", size);
  /* The program's locale may have another decimal point, of several bytes even.  */
  int whole = (int) strspn (number, "0123456789");
  snprintf (to, room, "%.*s.%c%s", whole, number, number[len - 1], units[unit]);
}
