/* SPDX-License-Identifier: Apache-2.0 */
/* hub_walk.c: see hub_walk.h.  */
#include "plugins/hub-layout/hub_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"

#define TRIES 16 /* folders that vanish while we come  */

static const int folder_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

static int
open_base (const struct hub_path *path, bool make)
{
  struct hub_path base;
  hub_path_begin (&base, path->text, path->base);
  if (base.len == 0)
    return open ("/", folder_flags);
  int fd = open (base.text, folder_flags);
  if (fd < 0 && errno == ENOENT && make && files_make_folders (AT_FDCWD, base.text) == 0)
    fd = open (base.text, folder_flags);
  return fd;
}

int
hub_walk (const struct hub_path *path, bool make, const char **name)
{
  const char *at = path->text + path->base + 1, *slash = strrchr (at, '/');
  CLEANUP_CLOSE int base = open_base (path, make);
  *name = slash ? slash + 1 : at;
  return base < 0 || !slash ? TAKE_FD (base) : files_walk (base, at, (size_t) (slash - at), make);
}

int
hub_walk_make (const struct hub_path *path, hub_maker *make, const void *what)
{
  int result = -1;
  for (int tries = 0; tries < TRIES; tries++)
    {
      const char *name;
      CLEANUP_CLOSE int folder = hub_walk (path, true, &name);
      result = folder < 0 ? -1 : make (folder, name, what);
      if (result >= 0 || errno != ENOENT)
        break;
    }
  return result;
}

int
hub_walk_fail (struct hub_store *store, struct hfcore_call *call, int os_errno, const char *doing,
               const struct hub_path *path)
{
  struct hub_path folder;
  struct stat st;
  const char *slash = path->text + path->base;
  if (os_errno == ENOTDIR || os_errno == ELOOP)
    while ((slash = strchr (slash + 1, '/')))
      {
        hub_path_begin (&folder, path->text, (size_t) (slash - path->text));
        if (lstat (folder.text, &st) == 0 && S_ISLNK (st.st_mode))
          {
            store->host->fail (call, HFCORE_E_IO,
                               "%s is a link where a folder should be; remove it", folder.text);
            store->host->why (call, os_errno, 0, 0, 0);
            return HFCORE_E_IO;
          }
      }
  return hub_store_fail (store, call, os_errno, doing, path->text);
}
