/* SPDX-License-Identifier: Apache-2.0 */
/* script.h: steps of scripts, for plugins that do what a test tells them. A step is a line of words
 * like "cut 3 retry": a word may have a value, which is the word behind it.  */
#ifndef HFCORE_TESTS_PLUGINS_SCRIPT_H
#define HFCORE_TESTS_PLUGINS_SCRIPT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hfcore/plugin.h>

enum
{
  SCRIPT_WORD_ROOM = 96
};

/* Word number `index` (from 0).  */
static inline bool
script_word (const char *step, size_t index, char word[SCRIPT_WORD_ROOM])
{
  for (;; index--)
    {
      step += strspn (step, " ");
      size_t len = strcspn (step, " ");
      if (len == 0 || len >= SCRIPT_WORD_ROOM)
        return false;
      if (index == 0)
        {
          memcpy (word, step, len);
          word[len] = 0;
          return true;
        }
      step += len;
    }
}

/* Is the word there? `value` (may be NULL) gets the one behind it, or "".  */
static inline bool
script_has (const char *step, const char *name, char value[SCRIPT_WORD_ROOM])
{
  char word[SCRIPT_WORD_ROOM];
  for (size_t i = 0; script_word (step, i, word); i++)
    if (strcmp (word, name) == 0)
      {
        if (value && !script_word (step, i + 1, value))
          value[0] = 0;
        return true;
      }
  return false;
}

static inline uint64_t
script_number (const char *step, const char *name, uint64_t otherwise)
{
  char value[SCRIPT_WORD_ROOM];
  return script_has (step, name, value) ? strtoull (value, NULL, 10) : otherwise;
}

/* The result that the step names, recorded; HFCORE_OK: it names none. "notfound" may have what is
 * missing behind it, "after" the milliseconds to wait; "enoent" is an errno.  */
static inline int
script_fail (const struct hfcore_host *host, struct hfcore_call *call, const char *step)
{
  static const char *const names[] = { "",         "notfound",  "retry",       "down",     "auth",
                                       "corrupt",  "cancelled", "nospace",     "readonly", "busy",
                                       "conflict", "config",    "unsupported", "nomem",    "io" };
  static const char *const missing[] = { "", "repo", "revision", "file", "cache" };
  char value[SCRIPT_WORD_ROOM] = "";
  if (script_has (step, "pass", NULL))
    return HFCORE_PASS;
  for (int i = 1; i < (int) (sizeof names / sizeof *names); i++)
    if (script_has (step, names[i], value))
      {
        int what = (int) (sizeof missing / sizeof *missing) - 1;
        while (what > 0 && strcmp (missing[what], value) != 0)
          what--;
        host->fail (call, -i, "told to say %s", names[i]);
        host->why (call, script_has (step, "enoent", NULL) ? ENOENT : 0, 0,
                   (uint32_t) script_number (step, "after", 0), what);
        return -i;
      }
  return HFCORE_OK;
}

#endif
