/* SPDX-License-Identifier: Apache-2.0 */
/* python_text.c: see python_text.h.  */
#include "core/util/python_text.h"

#include <string.h>

#define SURROGATE 0xdc00u /* plus a byte that is no UTF-8  */

/* One character; not at the end.  */
static size_t
decode (const char *string, uint32_t *code)
{
  unsigned char byte = (unsigned char) *string;
  *code = byte;
  if (byte < 0x80)
    return 1;
  size_t len = text_decode (string, code);
  if (len > 0)
    return len;
  *code = SURROGATE + byte;
  return 1;
}

struct range
{
  uint32_t first, last;
};

static bool
is_among (uint32_t code, const struct range *ranges, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last)
      return true;
  return false;
}

/* Control and format characters, separators but the blank, surrogates, private use; what is not
 * assigned yet counts as printable.  */
static bool
is_printable (uint32_t code)
{
  static const struct range not_ones[]
      = { { 0x0, 0x1f },        { 0x7f, 0xa0 },       { 0xad, 0xad },       { 0x600, 0x605 },
          { 0x61c, 0x61c },     { 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x890, 0x891 },
          { 0x8e2, 0x8e2 },     { 0x1680, 0x1680 },   { 0x180e, 0x180e },   { 0x2000, 0x200f },
          { 0x2028, 0x202f },   { 0x205f, 0x206f },   { 0x3000, 0x3000 },   { 0xd800, 0xf8ff },
          { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },   { 0xfffe, 0xffff },   { 0x110bd, 0x110bd },
          { 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
          { 0xe0000, 0xe00ff }, { 0xe01f0, 0x10ffff } };
  if (code < 0x7f)
    return code >= 0x20;
  return !is_among (code, not_ones, sizeof not_ones / sizeof *not_ones);
}

static bool
is_space (uint32_t code)
{
  static const struct range spaces[]
      = { { 0x9, 0xd },       { 0x1c, 0x20 },     { 0x85, 0x85 },     { 0xa0, 0xa0 },
          { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 }, { 0x202f, 0x202f },
          { 0x205f, 0x205f }, { 0x3000, 0x3000 } };
  return is_among (code, spaces, sizeof spaces / sizeof *spaces);
}

size_t
python_text_length (const char *string)
{
  size_t count = 0;
  uint32_t code;
  for (; *string; string += decode (string, &code))
    count++;
  return count;
}

void
python_text_add_start (struct text *to, const char *string, size_t count)
{
  const char *end = string;
  uint32_t code;
  for (; count > 0 && *end; count--)
    end += decode (end, &code);
  text_append (to, string, (size_t) (end - string));
}

/* A character that is not shown as it is.  */
static void
add_escape (struct text *to, uint32_t code)
{
  if (code == '\n' || code == '\r' || code == '\t')
    text_add (to, code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t");
  else if (code < 0x100)
    text_addf (to, "\\x%02x", code);
  else
    text_addf (to, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
}

void
python_text_add_printable (struct text *to, const char *string)
{
  while (*string)
    {
      uint32_t code;
      size_t len = decode (string, &code);
      if (is_printable (code))
        text_append (to, string, len);
      else
        add_escape (to, code);
      string += len;
    }
}

void
python_text_add_line (struct text *to, const char *string)
{
  bool is_first = true, is_apart = false;
  while (*string)
    {
      uint32_t code;
      size_t len = decode (string, &code);
      if (is_space (code))
        is_apart = true;
      else
        {
          if (is_apart && !is_first)
            text_append (to, " ", 1);
          is_apart = is_first = false;
          if (is_printable (code))
            text_append (to, string, len);
          else
            add_escape (to, code);
        }
      string += len;
    }
}

void
python_text_add_repr (struct text *to, const char *string)
{
  char quote = strchr (string, '\'') && !strchr (string, '"') ? '"' : '\'';
  text_append (to, &quote, 1);
  while (*string)
    {
      uint32_t code;
      size_t len = decode (string, &code);
      if (!is_printable (code))
        add_escape (to, code);
      else
        {
          if (code == '\\' || code == (unsigned char) quote)
            text_append (to, "\\", 1);
          text_append (to, string, len);
        }
      string += len;
    }
  text_append (to, &quote, 1);
}

void
python_text_add_json (struct text *to, const char *string)
{
  static const char plain[] = "\"\\\n\r\t\b\f", names[] = "\"\\nrtbf";
  text_append (to, "\"", 1);
  while (*string)
    {
      uint32_t code;
      size_t len = decode (string, &code);
      const char *known = code < 0x80 ? strchr (plain, (int) code) : NULL;
      if (known)
        text_addf (to, "\\%c", names[known - plain]);
      else if (code >= 0x20 && code < 0x7f)
        text_append (to, string, len);
      else if (code < 0x10000)
        text_addf (to, "\\u%04x", code);
      else
        text_addf (to, "\\u%04x\\u%04x", 0xd800u + ((code - 0x10000u) >> 10),
                   0xdc00u + ((code - 0x10000u) & 0x3ffu));
      string += len;
    }
  text_append (to, "\"", 1);
}
