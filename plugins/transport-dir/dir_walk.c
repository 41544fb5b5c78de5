/* SPDX-License-Identifier: Apache-2.0 */
/* dir_walk.c: see dir_walk.h.  */
#include "plugins/transport-dir/dir_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"

#define TICK_EVERY 256
#define DEPTH_MAX  200 /* folders within folders: each holds a descriptor  */

struct walk
{
  struct dir *dir;
  struct hfcore_call *call;
  struct dir_list *list;
  struct hub_path path; /* of what is met  */
  size_t start;         /* where its name within the tree begins  */
  unsigned met;
};

/* One segment of a path. "._x" is where macOS keeps what exFAT has no place for.  */
static bool
is_no_part (const char *segment, size_t len)
{
  char name[NAME_MAX + 1];
  if (len > NAME_MAX)
    return false;
  memcpy (name, segment, len);
  name[len] = 0;
  return strcmp (name, ".git") == 0 || text_starts_with (name, "._") || names_is_os_file (name);
}

bool
dir_walk_skips (const char *path)
{
  static const char downloads[] = ".cache/huggingface";
  const size_t len = sizeof downloads - 1;
  if (strncmp (path, downloads, len) == 0 && (path[len] == 0 || path[len] == '/'))
    return true;
  for (const char *segment = path; *segment;)
    {
      size_t end = strcspn (segment, "/");
      if (is_no_part (segment, end))
        return true;
      segment += end + (segment[end] != 0);
    }
  return false;
}

static int
fail (struct walk *walk, int os_errno)
{
  return dir_file_fail (walk->dir, walk->call, os_errno, "list", walk->path.text);
}

static int
add (struct walk *walk, struct dir_entry entry)
{
  return dir_list_add (walk->list, walk->path.text + walk->start, entry) < 0 ? fail (walk, ENOMEM)
                                                                             : HFCORE_OK;
}

/* A link counts as what it leads to.  */
static int
add_linked (struct walk *walk)
{
  CLEANUP_DIR_FILE struct dir_file file = { .fd = -1 };
  int code = dir_file_open (walk->dir, walk->call, walk->path.text, &file);
  if (code == HFCORE_PASS)
    return walk->dir->host->fail (walk->call, HFCORE_E_CORRUPT,
                                  "%s is a link that leads nowhere; remove it", walk->path.text);
  return code ? code
              : add (walk, (struct dir_entry){ .length = file.length,
                                               .modified_ns = file.modified_ns,
                                               .inode = file.inode });
}

static int
check_name (struct walk *walk)
{
  const char *why = names_check_file (walk->path.text + walk->start);
  return why ? walk->dir->host->fail (walk->call, HFCORE_E_CORRUPT,
                                      "%s is no name for a file of a repository: %s",
                                      walk->path.text, why)
             : HFCORE_OK;
}

static int walk_folder (struct walk *walk, int fd, int depth);

static int
visit (struct walk *walk, int parent, const char *name, int depth)
{
  struct stat st;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? HFCORE_OK : fail (walk, errno);
  if (S_ISDIR (st.st_mode))
    return walk_folder (walk,
                        openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                        depth + 1);
  int code = check_name (walk);
  if (code != HFCORE_OK)
    return code;
  if (!S_ISREG (st.st_mode))
    return add_linked (walk);
  return add (walk, (struct dir_entry){ .length = (uint64_t) st.st_size,
                                        .modified_ns = (int64_t) st.st_mtim.tv_sec * 1000000000
                                                       + st.st_mtim.tv_nsec,
                                        .inode = st.st_ino });
}

/* All below an open folder, which is closed then; -1: errno.  */
static int
walk_folder (struct walk *walk, int fd_, int depth)
{
  CLEANUP_CLOSE int fd = fd_;
  CLEANUP_DIR DIR *folder = fd < 0 ? NULL : fdopendir (fd);
  size_t len = walk->path.len;
  if (!folder)
    return fail (walk, errno);
  fd = -1; /* the folder's now  */
  for (struct dirent *found; errno = 0, (found = readdir (folder));)
    {
      if (strcmp (found->d_name, ".") == 0 || strcmp (found->d_name, "..") == 0)
        continue;
      hub_path_cut (&walk->path, len);
      hub_path_name (&walk->path, found->d_name);
      if (walk->path.bad || depth > DEPTH_MAX)
        return fail (walk, ENAMETOOLONG);
      if (dir_walk_skips (walk->path.text + walk->start))
        continue;
      int code = visit (walk, dirfd (folder), found->d_name, depth);
      if (code == HFCORE_OK && ++walk->met % TICK_EVERY == 0)
        code = walk->dir->host->tick (walk->call, 0, 0);
      if (code != HFCORE_OK)
        return code;
    }
  return errno ? fail (walk, errno) : HFCORE_OK;
}

int
dir_walk (struct dir *dir, struct hfcore_call *call, const struct hub_path *real,
          struct dir_list *list)
{
  struct walk walk
      = { .dir = dir, .call = call, .list = list, .path = *real, .start = real->len + 1 };
  int code
      = walk_folder (&walk, open (real->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), 0);
  dir_list_sort (list);
  return code;
}
