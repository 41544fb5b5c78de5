/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_names.c: names that a repository may have and a local folder may not.  */
#include "core/engine/local_dir.h"

#include <string.h>
#include <strings.h>
#include "core/engine/local_dir_place.h"

/* A segment of a path, without what some file systems take from its end.  */
static bool
segment_is (const char *segment, size_t len, const char *name)
{
  while (len > 0 && (segment[len - 1] == '.' || segment[len - 1] == ' '))
    len--;
  /* In any case of its letters: there are file systems that do not tell it.  */
  return len == strlen (name) && strncasecmp (segment, name, len) == 0;
}

/* What lies in a folder of this name decides what git runs there; git itself keeps no such name.
 * The second one is how Windows also calls the first.  */
static bool
is_git (const char *path)
{
  for (const char *at = path;; at++)
    {
      size_t len = strcspn (at, "/");
      if (segment_is (at, len, ".git") || segment_is (at, len, "git~1"))
        return true;
      at += len;
      if (!*at)
        return false;
    }
}

/* `.cache` itself, or what is in its folder `huggingface`.  */
static bool
is_own (const char *path)
{
  static const char own[] = LOCAL_DIR_CACHE;
  size_t len = strcspn (path, "/"), own_len = strcspn (own, "/");
  char first[sizeof own];
  memcpy (first, own, own_len);
  first[own_len] = 0;
  if (!segment_is (path, len, first))
    return false;
  const char *second = path + len + (path[len] == '/');
  return !*second || segment_is (second, strcspn (second, "/"), own + own_len + 1);
}

int
local_dir_check_file (struct hfcore_call *call, const char *path)
{
  if (is_own (path))
    return call_fail (call, HFCORE_E_CONFIG,
                      "'%s' cannot be put into a local folder: %s is where that keeps its own "
                      "metadata; download it into the cache, without --local-dir",
                      path, LOCAL_DIR_CACHE);
  if (is_git (path))
    return call_fail (call, HFCORE_E_CONFIG,
                      "'%s' is not put into a local folder: git would do what it says; download it "
                      "into the cache, without --local-dir",
                      path);
  return HFCORE_OK;
}
