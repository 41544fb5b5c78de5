/* SPDX-License-Identifier: Apache-2.0 */
/* loader_path.c: the folders where modules are looked for; see loader.h.  */
#include "core/plugin/loader.h"

#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "core/util/vector.h"

#ifndef HFCORE_PLUGINDIR
#  error "compile with -DHFCORE_PLUGINDIR='\"…\"': where the plugins are installed"
#endif

enum
{
  LEFT_OUT_MOST = 4096
};

VECTOR_DEFINE (folder_list, char *);

struct path_making
{
  struct folder_list folders;
  struct text left_out;
};

/* Own `folder` (NULL: no memory).  */
static int
add_folder (struct path_making *making, char *folder)
{
  if (folder && folder_list_append (&making->folders, folder) == 0)
    return 0;
  free (folder);
  return -1;
}

static int
add_absolute (struct path_making *making, const char *folder, size_t len, const char *source)
{
  if (len == 0)
    return 0;
  if (*folder == '/')
    return add_folder (making, strndup (folder, len));
  text_addf (&making->left_out, "%s`%.*s` of %s", making->left_out.len ? ", " : "", (int) len,
             folder, source);
  return 0;
}

/* A person's word of now: relative to where the person is.  */
static int
add_flag (struct path_making *making, const char *flag)
{
  if (*flag == '/')
    return add_folder (making, strdup (flag));
  CLEANUP_FREE char *here = getcwd (NULL, 0);
  return add_folder (making, here ? text_format ("%s/%s", here, flag) : NULL);
}

static int
add_variable (struct path_making *making, const char *name)
{
  const char *folders = os_getenv (name);
  while (folders && *folders)
    {
      size_t len = strcspn (folders, ":");
      if (add_absolute (making, folders, len, name) < 0)
        return -1;
      folders += len + (folders[len] == ':');
    }
  return 0;
}

static int
add_all (struct path_making *making, const char *flag, char *const *configured, size_t count)
{
  if (flag && *flag && add_flag (making, flag) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    if (add_absolute (making, configured[i], strlen (configured[i]), "plugin-path") < 0)
      return -1;
  if (add_variable (making, "HFCORE_PLUGIN_PATH") < 0)
    return -1;
  return add_folder (making, strdup (HFCORE_PLUGINDIR));
}

int
loader_path_make (const char *flag, char *const *configured, size_t configured_count,
                  struct loader_path *path)
{
  struct path_making making = { .left_out = TEXT_LIMIT (LEFT_OUT_MOST) };
  int added = add_all (&making, flag, configured, configured_count);
  *path = (struct loader_path){ .folders = making.folders.items, .count = making.folders.count };
  if (making.left_out.len)
    path->left_out = text_take (&making.left_out);
  if (added == 0)
    return HFCORE_OK;
  loader_path_free (path);
  return HFCORE_E_NOMEM;
}

void
loader_path_free (struct loader_path *path)
{
  for (size_t i = 0; i < path->count; i++)
    free (path->folders[i]);
  free (path->folders);
  free (path->left_out);
  *path = (struct loader_path){ 0 };
}
