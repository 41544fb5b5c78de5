/* SPDX-License-Identifier: Apache-2.0 */
/* dir_file.c: see dir_file.h.
 *
 * Between looking at a path and opening it, somebody may put a link there. So the path is resolved
 * first; what comes out, which has no links, is then walked folder by folder without following any.
 * Whatever is opened in the end lies below the root.  */
#include "plugins/transport-dir/dir_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "plugins/hub-layout/hub_walk.h"
#include "plugins/transport-dir/dir.h"

#define READ_ROOM ((size_t) 256 << 10)

int
dir_file_fail (struct dir *dir, struct hfcore_call *call, int os_errno, const char *doing,
               const char *path)
{
  char room[128];
  const char *advice = "";
  int code = HFCORE_E_DOWN;
  if (os_errno == EACCES || os_errno == EPERM)
    advice = "; check who may read there";
  else if (os_errno == EIO || os_errno == ENODEV || os_errno == ENXIO || os_errno == ESTALE)
    advice = " (is the stick still plugged in?)";
  else if (os_errno == EMFILE || os_errno == ENFILE)
    advice = "; raise the limit of open files (ulimit -n)";
  else if (os_errno == ENOMEM)
    code = HFCORE_E_NOMEM;
  dir->host->fail (call, code, "cannot %s %s: %s%s", doing, path,
                   strerror_r (os_errno, room, sizeof room), advice);
  dir->host->why (call, os_errno, 0, 0, 0);
  return code;
}

static bool
is_nothing (int os_errno)
{
  return os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ENAMETOOLONG;
}

int
dir_file_is_folder (struct dir *dir, struct hfcore_call *call, const char *path)
{
  struct stat st;
  if (stat (path, &st) == 0)
    return S_ISDIR (st.st_mode) ? HFCORE_OK : HFCORE_PASS;
  return is_nothing (errno) ? HFCORE_PASS : dir_file_fail (dir, call, errno, "look at", path);
}

int
dir_file_resolve (struct dir *dir, struct hfcore_call *call, const char *path,
                  struct hub_path *real)
{
  CLEANUP_FREE char *resolved = realpath (path, NULL);
  if (!resolved && is_nothing (errno))
    return HFCORE_PASS;
  if (!resolved && errno == ELOOP)
    return dir->host->fail (call, HFCORE_E_CORRUPT, "the links at %s lead in a circle", path);
  if (!resolved)
    return dir_file_fail (dir, call, errno, "find", path);
  hub_store_real (dir->store, real, NULL);
  size_t root = real->len;
  if (real->bad || strncmp (resolved, real->text, root) != 0 || resolved[root] != '/')
    return dir->host->fail (call, HFCORE_E_CORRUPT,
                            "%s leads out of the folder, to %s; that is refused", path, resolved);
  hub_path_begin (real, resolved, strlen (resolved));
  real->base = root;
  return HFCORE_OK;
}

static int
refuse (struct dir *dir, struct hfcore_call *call, const struct dir_file *file)
{
  return dir->host->fail (call, HFCORE_E_CORRUPT, "%s is no regular file; that is refused",
                          file->real.text);
}

/* `file->real` is set. What is no file is not even opened: that may do something.  */
static int
open_real (struct dir *dir, struct hfcore_call *call, struct dir_file *file)
{
  const char *name;
  struct stat st;
  CLEANUP_CLOSE int folder = hub_walk (&file->real, false, &name);
  if (folder >= 0 && fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      if (!S_ISREG (st.st_mode))
        return refuse (dir, call, file);
      file->fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
  if (file->fd < 0)
    return is_nothing (errno) ? HFCORE_PASS
                              : dir_file_fail (dir, call, errno, "open", file->real.text);
  if (fstat (file->fd, &st) < 0)
    return dir_file_fail (dir, call, errno, "look at", file->real.text);
  if (!S_ISREG (st.st_mode))
    return refuse (dir, call, file);
  file->length = (uint64_t) st.st_size;
  file->modified_ns = (int64_t) st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
  file->inode = st.st_ino;
  return HFCORE_OK;
}

int
dir_file_open (struct dir *dir, struct hfcore_call *call, const char *path, struct dir_file *file)
{
  file->fd = -1;
  int code = dir_file_resolve (dir, call, path, &file->real);
  return code ? code : open_real (dir, call, file);
}

int
dir_file_open_place (struct dir *dir, struct hfcore_call *call, const char *place,
                     struct dir_file *file)
{
  file->fd = -1;
  hub_store_real (dir->store, &file->real, NULL);
  file->real.base = file->real.len;
  hub_path_names (&file->real, place);
  return file->real.bad ? hub_store_bad_path (dir->store, call, &file->real)
                        : open_real (dir, call, file);
}

const char *
dir_file_place (const struct dir_file *file)
{
  return file->real.text + file->real.base + 1;
}

void
dir_file_close (struct dir_file *file)
{
  cleanup_close (&file->fd);
  file->fd = -1;
}

int
dir_file_push (struct dir *dir, struct hfcore_call *call, const struct dir_file *file,
               uint64_t offset, uint64_t length, bool tells,
               int (*data) (void *ctx, const void *bytes, size_t len), void *ctx)
{
  CLEANUP_FREE char *bytes = malloc (READ_ROOM);
  if (!bytes)
    return dir_file_fail (dir, call, ENOMEM, "read", file->real.text);
  for (uint64_t done = 0; done < length;)
    {
      size_t want = length - done < READ_ROOM ? (size_t) (length - done) : READ_ROOM;
      ssize_t got = pread (file->fd, bytes, want, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return dir_file_fail (dir, call, errno, "read", file->real.text);
      if (got == 0)
        return dir->host->fail (call, HFCORE_E_CORRUPT, "%s became shorter while it was read",
                                file->real.text);
      int code = data (ctx, bytes, (size_t) got);
      if (code)
        return code;
      done += (uint64_t) got;
      code = dir->host->tick (call, tells ? done : 0, tells ? length : 0);
      if (code)
        return code;
    }
  return HFCORE_OK;
}
