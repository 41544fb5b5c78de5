/* SPDX-License-Identifier: Apache-2.0 */
/* open_files.c: see open_files.h.  */
#include "core/util/open_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"

static bool
is_below (const char *path, const char *folder, size_t len)
{
  return strncmp (path, folder, len) == 0 && path[len] == '/';
}

static void
add (struct open_files *files, const char *path)
{
  /* A mapping is told once for each of its parts.  */
  if (files->paths.count && strcmp (files->paths.items[files->paths.count - 1], path) == 0)
    return;
  char *copy = strdup (path);
  if (copy && open_file_paths_append (&files->paths, copy) < 0)
    free (copy);
}

static DIR *
open_folder (int parent, const char *name)
{
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir)
    (void) TAKE_FD (fd);
  return dir;
}

static void
find_descriptors (int process, const char *folder, struct open_files *files)
{
  CLEANUP_DIR DIR *dir = open_folder (process, "fd");
  char path[PATH_MAX];
  for (struct dirent *entry; dir && (entry = readdir (dir));)
    {
      ssize_t len = readlinkat (dirfd (dir), entry->d_name, path, sizeof path - 1);
      path[len > 0 ? len : 0] = 0;
      if (is_below (path, folder, strlen (folder)))
        add (files, path);
    }
}

/* "ADDRESS PERMISSIONS OFFSET DEVICE INODE      PATH"  */
static void
find_mappings (int process, const char *folder, struct open_files *files)
{
  char *line = NULL;
  size_t room = 0;
  CLEANUP_CLOSE int fd = openat (process, "maps", O_RDONLY | O_CLOEXEC);
  FILE *maps = fd < 0 ? NULL : fdopen (fd, "re");
  if (!maps)
    return;
  (void) TAKE_FD (fd);
  for (ssize_t len; (len = getline (&line, &room, maps)) > 0;)
    {
      char *path = strchr (line, '/');
      line[len - 1] = 0;
      if (path && is_below (path, folder, strlen (folder)))
        add (files, path);
    }
  free (line);
  fclose (maps);
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

void
open_files_find (const char *folder, struct open_files *files)
{
  CLEANUP_DIR DIR *processes = opendir ("/proc");
  *files = (struct open_files){ 0 };
  for (struct dirent *entry; processes && (entry = readdir (processes));)
    {
      if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
        continue;
      CLEANUP_CLOSE int process
          = openat (dirfd (processes), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (process < 0)
        continue;
      find_descriptors (process, folder, files);
      find_mappings (process, folder, files);
    }
  if (files->paths.count)
    qsort (files->paths.items, files->paths.count, sizeof *files->paths.items, by_name);
}

bool
open_files_has (const struct open_files *files, const char *path)
{
  const size_t len = strlen (path);
  size_t low = 0, high = files->paths.count;
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (strcmp (files->paths.items[middle], path) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low < files->paths.count
         && (strcmp (files->paths.items[low], path) == 0
             || is_below (files->paths.items[low], path, len));
}

void
open_files_free (struct open_files *files)
{
  for (size_t i = 0; i < files->paths.count; i++)
    free (files->paths.items[i]);
  free (files->paths.items);
  *files = (struct open_files){ 0 };
}
