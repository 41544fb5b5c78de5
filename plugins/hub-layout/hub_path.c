/* SPDX-License-Identifier: Apache-2.0 */
/* hub_path.c: see hub_path.h.  */
#include "plugins/hub-layout/hub_path.h"

#include <errno.h>
#include <string.h>

static void
put (struct hub_path *path, const char *text, size_t len)
{
  if (path->bad)
    return;
  if (len >= sizeof path->text - path->len)
    {
      path->bad = ENAMETOOLONG;
      return;
    }
  memcpy (path->text + path->len, text, len);
  path->len += len;
  path->text[path->len] = 0;
}

static void
put_segment (struct hub_path *path, const char *name, size_t len)
{
  if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
    path->bad = EINVAL;
  put (path, "/", 1);
  put (path, name, len);
}

void
hub_path_begin (struct hub_path *path, const char *base, size_t len)
{
  path->len = 0;
  path->base = 0;
  path->bad = 0;
  path->text[0] = 0;
  put (path, base, len);
}

void
hub_path_name (struct hub_path *path, const char *name)
{
  size_t len = strlen (name);
  if (len == 0 || memchr (name, '/', len))
    path->bad = EINVAL;
  put_segment (path, name, len);
}

void
hub_path_names (struct hub_path *path, const char *names)
{
  size_t before = path->len;
  if (names[0] == '/')
    path->bad = EINVAL;
  while (*names)
    {
      size_t len = strcspn (names, "/");
      if (len > 0)
        put_segment (path, names, len);
      names += len;
      if (*names)
        names++;
    }
  if (path->len == before && !path->bad)
    path->bad = EINVAL;
}

void
hub_path_repo (struct hub_path *path, const struct hfcore_repo *repo)
{
  put (path, "/", 1);
  put (path, repo->type, strlen (repo->type));
  put (path, "s", 1);
  for (const char *part = repo->id; part; part = *part ? part + 1 : NULL)
    {
      size_t len = strcspn (part, "/");
      put (path, "--", 2);
      put (path, part, len);
      part += len;
    }
  if (strchr (repo->type, '/'))
    path->bad = EINVAL;
}

void
hub_path_more (struct hub_path *path, const char *text)
{
  if (strchr (text, '/'))
    path->bad = EINVAL;
  put (path, text, strlen (text));
}

void
hub_path_cut (struct hub_path *path, size_t len)
{
  path->len = len;
  path->text[len] = 0;
}
