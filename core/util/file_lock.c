/* SPDX-License-Identifier: Apache-2.0 */
/* file_lock.c: see file_lock.h.  */
#include "core/util/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/os.h"

static int
open_lock_file (int folder, const char *name, bool *created)
{
  const int flags = O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (folder, name, flags | O_CREAT | O_EXCL, FILE_LOCK_MODE);
  *created = fd >= 0;
  if (fd < 0 && (errno == EEXIST || errno == EACCES))
    {
      int saved = errno;
      fd = openat (folder, name, flags);
      if (fd < 0 && errno == EACCES) /* another user's: flock needs no more than reading  */
        fd = openat (folder, name, (flags & ~O_RDWR) | O_RDONLY);
      if (fd < 0 && errno == ENOENT && saved == EACCES)
        errno = EACCES;
    }
  return fd;
}

bool
file_lock_is_named (int fd, int folder, const char *name)
{
  struct stat ours, named;
  return fstat (fd, &ours) == 0 && ours.st_nlink > 0 && fstatat (folder, name, &named, 0) == 0
         && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

enum file_lock
file_lock_try (int folder, const char *name, int *lock)
{
  bool created;
  CLEANUP_CLOSE int fd = open_lock_file (folder, name, &created);
  if (fd < 0)
    {
      if (errno == ENOENT)
        return FILE_LOCK_AGAIN;
      return errno == EROFS || errno == ENOSPC || errno == EDQUOT ? FILE_LOCK_FAILED
                                                                  : FILE_LOCK_WITHOUT;
    }
  if (created)
    (void) !fchmod (fd, FILE_LOCK_MODE);
  int taken = os_try_lock (fd);
  if (taken < 0)
    {
      int saved = errno;
      if (created)
        unlinkat (folder, name, 0); /* an empty file would be a lock for others now  */
      errno = saved;
      return FILE_LOCK_WITHOUT;
    }
  if (taken == 0)
    return FILE_LOCK_HELD;
  if (!file_lock_is_named (fd, folder, name))
    return FILE_LOCK_AGAIN;
  *lock = TAKE_FD (fd);
  return FILE_LOCK_TAKEN;
}
