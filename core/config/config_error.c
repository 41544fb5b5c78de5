/* SPDX-License-Identifier: Apache-2.0 */
/* config_error.c: see config_error.h.  */
#include "core/config/config_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/util/text.h"

const char *
config_where (const char *file, size_t line, size_t column, char *to, size_t room)
{
  char numbers[48] = "";
  if (line)
    snprintf (numbers, sizeof numbers, ":%zu:%zu", line, column);
  size_t len = strlen (file), most = room > 64 ? room - 52 : 12;
  const char *tail = file;
  if (len > most)
    {
      tail = file + len - most;
      while ((*tail & 0xc0) == 0x80)
        tail++;
    }
  snprintf (to, room, "%s%s%s", tail == file ? "" : "...", tail, numbers);
  return to;
}

static void
fill (struct hfcore_error *error, int code, const char *line)
{
  if (!error)
    return;
  *error = (struct hfcore_error) HFCORE_ERROR_INIT;
  error->code = code;
  text_one_line (error->message, sizeof error->message, line);
}

int
config_fail (struct hfcore_error *error, const char *where, const char *format, ...)
{
  char line[2048];
  int len = where && *where ? snprintf (line, sizeof line, "%s: ", where) : 0;
  if (len < 0 || (size_t) len >= sizeof line)
    len = 0;
  va_list args;
  va_start (args, format);
  vsnprintf (line + len, sizeof line - (size_t) len, format, args);
  va_end (args);
  fill (error, HFCORE_E_CONFIG, line);
  return HFCORE_E_CONFIG;
}

int
config_no_memory (struct hfcore_error *error)
{
  fill (error, HFCORE_E_NOMEM, "not enough memory");
  return HFCORE_E_NOMEM;
}

const char *
config_hint (const char *word, const char *const *words, size_t count, char to[CONFIG_HINT_ROOM])
{
  const char *nearest = text_nearest (word, words, count);
  to[0] = 0;
  if (nearest)
    snprintf (to, CONFIG_HINT_ROOM, "; did you mean `%s`?", nearest);
  return to;
}
