/* SPDX-License-Identifier: Apache-2.0 */
/* files_path.c: what a path that a person wrote means. See files.h.  */
#include "core/util/files.h"

#include "core/util/cleanup.h"
#include "core/util/os.h"
#include "core/util/text.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The home folder that "~" or "~user" (`len` bytes from `tilde`) names, into `home`.  */
static bool
find_home (const char *tilde, size_t len, struct text *home)
{
  const char *variable = len == 1 ? os_getenv ("HOME") : NULL;
  if (variable)
    {
      text_add (home, variable);
      return true;
    }
  char name[256], room[4096];
  struct passwd passwd, *found = NULL;
  if (len > sizeof name)
    return false;
  memcpy (name, tilde + 1, len - 1);
  name[len - 1] = 0;
  int result = len == 1 ? getpwuid_r (getuid (), &passwd, room, sizeof room, &found)
                        : getpwnam_r (name, &passwd, room, sizeof room, &found);
  if (result != 0 || !found)
    return false;
  text_add (home, passwd.pw_dir);
  return true;
}

/* The variable that begins behind a "$": the start and length of its name; how much of the text
 * the reference takes, without the "$"; 0: none.  */
static size_t
find_variable (const char *text, const char **name, size_t *len)
{
  static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  bool braces = *text == '{';
  *name = text + braces;
  *len = braces ? strcspn (*name, "}") : strspn (*name, word);
  if (braces && (*name)[*len] != '}')
    return 0;
  return *len + 2 * braces;
}

static void
expand_variables (const char *path, struct text *expanded)
{
  while (*path)
    {
      size_t plain = strcspn (path, "$"), name_len;
      text_append (expanded, path, plain);
      path += plain;
      if (!*path)
        return;
      const char *name, *value = NULL;
      char variable[256];
      size_t taken = find_variable (path + 1, &name, &name_len);
      if (taken > 0 && name_len < sizeof variable)
        {
          memcpy (variable, name, name_len);
          variable[name_len] = 0;
          /* Not os_getenv (): an empty variable is replaced, as in Python.  */
          value = secure_getenv (variable);
        }
      if (value)
        text_add (expanded, value);
      else
        text_append (expanded, path, taken + 1);
      path += taken + 1;
    }
}

char *
files_expand (const char *path)
{
  enum
  {
    LONGEST = 1 << 20
  };
  CLEANUP_TEXT struct text with_home = TEXT_LIMIT (LONGEST);
  struct text expanded = TEXT_LIMIT (LONGEST);
  size_t tilde = *path == '~' ? strcspn (path, "/") : 0;
  if (tilde > 0 && find_home (path, tilde, &with_home))
    {
      while (with_home.len > 0 && with_home.bytes[with_home.len - 1] == '/')
        with_home.bytes[--with_home.len] = 0;
      path += tilde;
      if (with_home.len == 0 && !*path)
        path = "/";
    }
  text_add (&with_home, path);
  if (with_home.failed)
    return NULL;
  expand_variables (with_home.bytes, &expanded);
  return text_take (&expanded);
}

struct walk
{
  char done[PATH_MAX]; /* absolute, no links; empty: the root */
  size_t len;
  char todo[PATH_MAX]; /* what is yet to be walked, from `next` on */
  size_t next;
};

/* `target`, then what was to come.  */
static int
follow_link (struct walk *walk, const char *target)
{
  size_t len = strlen (target), rest = strlen (walk->todo + walk->next);
  if (len + 1 + rest >= sizeof walk->todo)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memmove (walk->todo + len + 1, walk->todo + walk->next, rest + 1);
  memcpy (walk->todo, target, len);
  walk->todo[len] = '/';
  walk->next = 0;
  if (*target == '/')
    walk->len = 0;
  return 0;
}

/* Go into one segment. 0, or -1 with errno.  */
static int
walk_into (struct walk *walk, const char *segment, size_t len, int *links)
{
  if (len == 1 && segment[0] == '.')
    return 0;
  if (len == 2 && segment[0] == '.' && segment[1] == '.')
    {
      while (walk->len > 0 && walk->done[--walk->len] != '/')
        continue;
      return 0;
    }
  size_t before = walk->len;
  if (before + 1 + len >= sizeof walk->done)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  walk->done[before] = '/';
  memcpy (walk->done + before + 1, segment, len);
  walk->len = before + 1 + len;
  walk->done[walk->len] = 0;
  /* What is no link, not there or not to be looked at stays as it is written.  */
  char target[PATH_MAX];
  ssize_t target_len = readlink (walk->done, target, sizeof target - 1);
  if (target_len < 0)
    return 0;
  if (++*links > 40)
    {
      errno = ELOOP;
      return -1;
    }
  target[target_len] = 0;
  walk->len = before;
  return follow_link (walk, target);
}

char *
files_resolve (const char *path)
{
  CLEANUP_FREE struct walk *walk = calloc (1, sizeof *walk);
  if (!walk || follow_link (walk, path) < 0)
    return NULL;
  if (*path != '/')
    {
      char here[PATH_MAX];
      if (!getcwd (here, sizeof here) || follow_link (walk, here) < 0)
        return NULL;
    }
  for (int links = 0;;)
    {
      walk->next += strspn (walk->todo + walk->next, "/");
      const char *segment = walk->todo + walk->next;
      size_t len = strcspn (segment, "/");
      if (len == 0)
        return strndup (walk->len ? walk->done : "/", walk->len ? walk->len : 1);
      walk->next += len;
      if (walk_into (walk, segment, len, &links) < 0)
        return NULL;
    }
}
