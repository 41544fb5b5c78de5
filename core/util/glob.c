/* SPDX-License-Identifier: Apache-2.0 */
/* glob.c: see glob.h.  */
#include "core/util/glob.h"

#include "core/util/text.h"

#include <stdint.h>
#include <string.h>

/* The character at `*string`, and step behind it. A backslash is a slash; a byte that is no UTF-8
 * is a character of its own, as in Python's file names.  */
static uint32_t
next_char (const char **string)
{
  uint32_t code;
  size_t len = text_decode (*string, &code);
  if (len == 0)
    {
      code = 0xdc00u + (unsigned char) **string;
      len = 1;
    }
  *string += len;
  return code == '\\' ? '/' : code;
}

/* The "]" that ends the set whose "[" is before `set`, or NULL: that "[" is a plain character.  */
static const char *
find_set_end (const char *set)
{
  set += *set == '!';
  return *set ? strchr (set + 1, ']') : NULL;
}

/* Is `code` in the set between "[" and `end`? A "-" makes a range unless it is first, last, or
 * behind a range. A range from high to low holds nothing. (Python then reads a "!" right behind
 * such a first range as a negation, by accident: that is not copied.)  */
static bool
set_has (const char *set, const char *end, uint32_t code)
{
  bool negated = *set == '!', found = false;
  set += negated;
  while (set < end)
    {
      uint32_t first = next_char (&set), last = first;
      if (set + 1 < end && *set == '-')
        {
          set++;
          last = next_char (&set);
        }
      found = found || (first <= code && code <= last);
    }
  return found != negated;
}

struct pattern
{
  const char *end;     /* its zero byte */
  const char *no_sets; /* from here on no "[" finds its "]": looked for once, not each time */
  bool is_folder;      /* it ends in a slash: "*" follows */
};

/* Does the one pattern character at `*at` (not "*", not the end) match `code`? Step behind it.  */
static bool
matches_one (struct pattern *pattern, const char **at, uint32_t code)
{
  const char *start = *at;
  uint32_t wanted = next_char (at);
  if (wanted == '?')
    return true;
  if (wanted != '[' || start >= pattern->no_sets)
    return wanted == code;
  const char *set = *at, *end = find_set_end (set);
  if (!end)
    {
      pattern->no_sets = start;
      return wanted == code;
    }
  *at = end + 1;
  return set_has (set, end, code);
}

bool
glob_match (const char *pattern, const char *path)
{
  size_t len = strlen (pattern);
  struct pattern rules = { .end = pattern + len, .no_sets = pattern + len };
  rules.is_folder = len > 0 && (rules.end[-1] == '/' || rules.end[-1] == '\\');
  /* Only the last "*" met is ever tried again, one character further: the earlier ones have
   * already taken the least they can.  */
  const char *at = pattern, *behind_star = NULL, *retry = NULL;
  for (;;)
    {
      if (*at == '*')
        {
          behind_star = ++at;
          retry = path;
          continue;
        }
      if (at == rules.end && (rules.is_folder || !*path))
        return true;
      if (!*path)
        return false;
      if (at < rules.end && matches_one (&rules, &at, next_char (&path)))
        continue;
      if (!behind_star)
        return false;
      next_char (&retry);
      path = retry;
      at = behind_star;
    }
}

static bool
matches_any (const char *path, const char *const *patterns, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (glob_match (patterns[i], path))
      return true;
  return false;
}

bool
glob_keeps (const char *path, const char *const *include, size_t include_count,
            const char *const *exclude, size_t exclude_count)
{
  if (include && !matches_any (path, include, include_count))
    return false;
  return !exclude || !matches_any (path, exclude, exclude_count);
}
