/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: growing strings with a maximum, and text that is safe to show.  */
#ifndef HFCORE_UTIL_TEXT_H
#define HFCORE_UTIL_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string. It never grows past `limit` bytes and never loses a failure: when memory
 * runs out or the limit is met, `failed` stays set and further appends do nothing, so that many
 * appends need one check. `bytes` is NULL or ends with a zero byte.  */
struct text
{
  char *bytes;
  size_t len;
  size_t room;
  size_t limit;
  bool failed;
};

#define TEXT_LIMIT(max) ((struct text){ .limit = (max) })

void text_append (struct text *text, const void *bytes, size_t len);
void text_add (struct text *text, const char *string);
void text_addf (struct text *text, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
void text_vaddf (struct text *text, const char *format, va_list args);
/* The string, now the caller's (free it), or NULL when an append failed. `text` is empty after.  */
char *text_take (struct text *text);
void text_free (struct text *text);
#define CLEANUP_TEXT __attribute__ ((cleanup (text_free)))

/* A new string, or NULL: no memory. */
char *text_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* The character of strict UTF-8 (no overlong forms, no surrogates) that begins at `string`: into
 * `code`, and how many bytes it has, 1 to 4; 0: no UTF-8 here. The ending zero is a character.  */
size_t text_decode (const char *string, uint32_t *code);

/* Copy `from` into `to` (of `room` bytes, always ended by zero) as one line that a terminal shows
 * and does not obey: control characters (C0, DEL, C1, and U+2028/2029, bidi controls) and bytes
 * that are no UTF-8 become `?`; a cut never splits a character. Returns what strlen (to) is.  */
size_t text_one_line (char *to, size_t room, const char *from);

/* The edit distance of two words, for "did you mean"; at most `limit` + 1 is told.  */
size_t text_distance (const char *a, const char *b, size_t limit);
/* Of `count` words the nearest to `word`, or NULL when none is near enough to be meant.  */
const char *text_nearest (const char *word, const char *const *words, size_t count);

bool text_starts_with (const char *string, const char *start);
bool text_ends_with (const char *string, const char *end);

/* Parse a size ("512", "20KB" = 20,000, "4GiB" = 2^32; K M G T with or without B/iB, no space;
 * lower case allowed) into bytes, or a duration ("250ms", "10s", "5m", "2h", "1d"; a bare number
 * is seconds) into milliseconds. -1: neither.  */
int text_parse_size (const char *string, unsigned long long *bytes);
int text_parse_duration (const char *string, long long *ms);

/* Spec 7.3: bytes as Python shows them: "0.0", "1.3M"; `to` has 16 bytes or more.  */
void text_size (char *to, size_t room, unsigned long long bytes);

#endif
