/* SPDX-License-Identifier: Apache-2.0 */
/* files.c: see files.h.  */
#include "core/util/files.h"

#include "core/util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>

/* Copy `path` without the slashes at its end. Its length, or -1 and ENAMETOOLONG.  */
static ssize_t
copy_path (char copy[PATH_MAX], const char *path)
{
  size_t len = strlen (path);
  if (len >= PATH_MAX)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (copy, path, len + 1);
  while (len > 1 && copy[len - 1] == '/')
    copy[--len] = 0;
  return (ssize_t) len;
}

/* How long the path's parent is: 0 when it has none, 1 when that is the root.  */
static size_t
parent_length (const char *path, size_t len)
{
  while (len > 0 && path[len - 1] != '/')
    len--;
  while (len > 1 && path[len - 1] == '/')
    len--;
  return len;
}

static int
make_folder (int dirfd, const char *path)
{
  if (mkdirat (dirfd, path, 0777) == 0)
    return 0;
  /* Read-only file systems and automounters refuse before they look, so look.  */
  int saved = errno;
  if (files_is_folder (dirfd, path))
    return 0;
  struct stat st;
  if (saved == EEXIST && fstatat (dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -1; /* gone again  */
  if (saved == EEXIST && S_ISDIR (st.st_mode))
    return 0;
  errno = saved == EEXIST ? ENOTDIR : saved;
  return -1;
}

int
files_make_folders (int dirfd, const char *path)
{
  char part[PATH_MAX];
  ssize_t copied = copy_path (part, path);
  if (copied < 0)
    return -1;
  size_t len = (size_t) copied, made = len;
  /* Back to the nearest folder that is there, which is mostly the first one, then forward.  */
  while (make_folder (dirfd, part) < 0)
    {
      size_t parent = parent_length (part, made);
      if (errno != ENOENT || parent == 0 || parent == made)
        return -1;
      made = parent;
      part[made] = 0;
    }
  while (made < len)
    {
      part[made] = path[made];
      made += strlen (part + made);
      if (make_folder (dirfd, part) < 0)
        return -1;
    }
  return 0;
}

int
files_make_parents (int dirfd, const char *path)
{
  char parent[PATH_MAX];
  ssize_t len = copy_path (parent, path);
  if (len < 0)
    return -1;
  size_t cut = parent_length (parent, (size_t) len);
  parent[cut] = 0;
  return cut == 0 ? 0 : files_make_folders (dirfd, parent);
}

/* Read until the end or until `room` is full. How much, or -1.  */
static ssize_t
read_up_to (int fd, char *bytes, size_t room)
{
  size_t len = 0;
  while (len < room)
    {
      ssize_t got = read (fd, bytes + len, room - len);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      len += (size_t) got;
    }
  return (ssize_t) len;
}

int
files_read (int dirfd, const char *path, size_t limit, char **bytes, size_t *len)
{
  /* A FIFO that nobody writes to is empty; to wait for a writer could not be interrupted.  */
  CLEANUP_CLOSE int fd = openat (dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat (fd, &st) < 0 || (!S_ISREG (st.st_mode) && fcntl (fd, F_SETFL, O_RDONLY) < 0))
    return -1;
  if (limit > SSIZE_MAX - 2)
    limit = SSIZE_MAX - 2;
  /* One byte more than is said to be there shows that the end has been met.  */
  size_t room = st.st_size < 0 || (uintmax_t) st.st_size > limit ? limit : (size_t) st.st_size;
  CLEANUP_FREE char *content = NULL;
  for (size_t have = 0;;)
    {
      char *more = realloc (content, room + 2);
      if (!more)
        return -1;
      content = more;
      ssize_t got = read_up_to (fd, content + have, room + 1 - have);
      if (got < 0)
        return -1;
      have += (size_t) got;
      if (have <= room)
        {
          content[have] = 0;
          *bytes = TAKE_PTR (content);
          *len = have;
          return 0;
        }
      if (room == limit)
        {
          errno = EFBIG;
          return -1;
        }
      room = room > limit / 2 ? limit : room < 2048 ? 4096 : room * 2;
      if (room > limit)
        room = limit;
    }
}

int
files_write_all (int fd, const void *bytes, size_t len)
{
  const char *cursor = bytes;
  while (len > 0)
    {
      ssize_t done = write (fd, cursor, len);
      if (done < 0 && errno == EINTR)
        continue;
      if (done == 0)
        errno = EIO;
      if (done <= 0)
        return -1;
      cursor += done;
      len -= (size_t) done;
    }
  return 0;
}

int
files_pwrite_all (int fd, const void *bytes, size_t len, uint64_t offset)
{
  const char *cursor = bytes;
  if (offset > INT64_MAX || len > INT64_MAX - offset)
    {
      errno = EFBIG;
      return -1;
    }
  while (len > 0)
    {
      ssize_t done = pwrite (fd, cursor, len, (off_t) offset);
      if (done < 0 && errno == EINTR)
        continue;
      if (done == 0)
        errno = EIO;
      if (done <= 0)
        return -1;
      cursor += done;
      len -= (size_t) done;
      offset += (uint64_t) done;
    }
  return 0;
}

void
files_random_hex (char hex[9])
{
  uint32_t random;
  /* Only to tell names apart: where the kernel has none yet, the clock will do.  */
  if (getrandom (&random, sizeof random, GRND_NONBLOCK) != sizeof random)
    {
      struct timespec now = { 0 };
      clock_gettime (CLOCK_MONOTONIC, &now);
      random = ((uint32_t) now.tv_nsec * 2654435761u) ^ ((uint32_t) getpid () << 16)
               ^ (uint32_t) (uintptr_t) &now;
    }
  snprintf (hex, 9, "%08" PRIx32, random);
}

/* A new file PATH.<8hex>SUFFIX, its name into `temp`. The descriptor or -1.  */
static int
create_beside (int dirfd, const char *path, const char *suffix, mode_t mode, char temp[PATH_MAX])
{
  for (int tries = 0; tries < 16; tries++)
    {
      char hex[9];
      files_random_hex (hex);
      int len = snprintf (temp, PATH_MAX, "%s.%s%s", path, hex, suffix);
      if (len < 0 || len >= PATH_MAX)
        {
          errno = ENAMETOOLONG;
          return -1;
        }
      int fd = openat (dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      if (fd >= 0 || errno != EEXIST)
        return fd;
    }
  return -1;
}

/* fsync (), and again when a signal came.  */
static int
sync_file (int fd)
{
  int result;
  while ((result = fsync (fd)) < 0 && errno == EINTR)
    continue;
  return result;
}

int
files_write_atomic (int dirfd, const char *path, const char *suffix, const void *bytes, size_t len,
                    mode_t mode, bool sync)
{
  char temp[PATH_MAX];
  int fd = create_beside (dirfd, path, suffix, mode ? mode : 0666, temp);
  if (fd < 0)
    return -1;
  bool good = (mode == 0 || fchmod (fd, mode) == 0) && files_write_all (fd, bytes, len) == 0
              && (!sync || sync_file (fd) == 0);
  int saved = errno;
  /* Network file systems tell of a full disk only here.  */
  if (close (fd) < 0 && errno != EINTR && good)
    {
      good = false;
      saved = errno;
    }
  if (good && renameat (dirfd, temp, dirfd, path) == 0)
    return 0;
  if (good)
    saved = errno;
  unlinkat (dirfd, temp, 0);
  errno = saved;
  return -1;
}

/* One step of a walk.  */
static int
enter (int parent, const char *segment, size_t len, bool make)
{
  const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  char name[NAME_MAX + 1];
  if (len > NAME_MAX)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (name, segment, len);
  name[len] = 0;
  int fd = openat (parent, name, flags);
  if (fd < 0 && errno == ENOENT && make && (mkdirat (parent, name, 0777) == 0 || errno == EEXIST))
    fd = openat (parent, name, flags);
  return fd;
}

int
files_walk (int folder, const char *path, size_t len, bool make)
{
  CLEANUP_CLOSE int fd = openat (folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const char *end = path + len; fd >= 0 && path < end;)
    {
      const char *slash = memchr (path, '/', (size_t) (end - path));
      size_t step = (size_t) ((slash ? slash : end) - path);
      int next = step ? enter (fd, path, step, make) : fcntl (fd, F_DUPFD_CLOEXEC, 0);
      cleanup_close (&fd);
      fd = next;
      path += step + 1;
    }
  return TAKE_FD (fd);
}

int
files_name (int fd, int folder, const char *name)
{
  char link[32];
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  return linkat (AT_FDCWD, link, folder, name, AT_SYMLINK_FOLLOW);
}

bool
files_is_folder (int dirfd, const char *path)
{
  struct stat st;
  return fstatat (dirfd, path, &st, 0) == 0 && S_ISDIR (st.st_mode);
}

/* Is the group the current user's private one: named as the user, with nobody else in it? Root's
 * own group counts for root.  */
static bool
is_private_group (gid_t gid)
{
  uid_t user = geteuid ();
  if (gid == 0 && user == 0)
    return true;
  char group_room[4096], user_room[4096];
  struct group group, *group_found = NULL;
  struct passwd passwd, *user_found = NULL;
  /* A group that does not fit in there has members.  */
  if (getgrgid_r (gid, &group, group_room, sizeof group_room, &group_found) != 0 || !group_found
      || getpwuid_r (user, &passwd, user_room, sizeof user_room, &user_found) != 0 || !user_found
      || strcmp (group.gr_name, passwd.pw_name) != 0)
    return false;
  for (char **member = group.gr_mem; *member; member++)
    if (strcmp (*member, passwd.pw_name) != 0)
      return false;
  return true;
}

int
files_is_open_to_others (int fd, char *why, size_t room)
{
  struct stat st;
  if (fstat (fd, &st) < 0)
    return -1;
  unsigned mode = st.st_mode & 07777;
  if (st.st_uid != 0 && st.st_uid != geteuid ())
    snprintf (why, room, "it belongs to another user (uid %lu)", (unsigned long) st.st_uid);
  else if (mode & S_IWOTH)
    snprintf (why, room, "anyone may write to it (mode %04o)", mode);
  else if ((mode & S_IWGRP) && !is_private_group (st.st_gid))
    snprintf (why, room, "group %lu may write to it (mode %04o)", (unsigned long) st.st_gid, mode);
  else if ((mode & S_IWGRP) && fgetxattr (fd, "system.posix_acl_access", NULL, 0) > 0)
    /* The group bits are then the most that any entry of the list gives.  */
    snprintf (why, room, "its access control list may let others write to it (mode %04o)", mode);
  else
    return 0;
  return 1;
}

int
files_remove (int dirfd, const char *path)
{
  return unlinkat (dirfd, path, 0) == 0 || errno == ENOENT ? 0 : -1;
}

enum
{
  DEEPEST = 64 /* open folders at a time while a tree is removed */
};

struct removal
{
  int top;
  bool moved;
  int (*tick) (void *ctx); /* or NULL  */
  void *ctx;
};

static int remove_entries (struct removal *removal, int fd, int depth);

/* Remove a folder in a folder. One that lies too deep is moved up to the top, to be met again.  */
static int
remove_folder (struct removal *removal, int dirfd, const char *name, int depth)
{
  if (depth >= DEEPEST)
    {
      char hex[9];
      files_random_hex (hex);
      removal->moved = true;
      return renameat (dirfd, name, removal->top, hex) == 0 || errno == ENOENT ? 0 : -1;
    }
  int fd = openat (dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : -1;
  if (remove_entries (removal, fd, depth) < 0)
    return -1;
  return unlinkat (dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

static bool
is_stopped (struct removal *removal)
{
  if (!removal->tick || removal->tick (removal->ctx) == 0)
    return false;
  errno = ECANCELED;
  return true;
}

/* Remove all in the open folder `fd`, and close it.  */
static int
remove_entries (struct removal *removal, int fd, int depth)
{
  CLEANUP_DIR DIR *dir = fdopendir (fd);
  if (!dir)
    {
      cleanup_close (&fd);
      return -1;
    }
  for (;;)
    {
      errno = 0;
      struct dirent *entry = readdir (dir);
      if (!entry)
        return errno ? -1 : 0;
      const char *name = entry->d_name;
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        continue;
      if (is_stopped (removal))
        return -1;
      if (entry->d_type != DT_DIR)
        {
          if (files_remove (fd, name) == 0)
            continue;
          if (errno != EISDIR && errno != EPERM)
            return -1;
          struct stat st;
          int saved = errno;
          if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR (st.st_mode))
            {
              errno = saved;
              return -1;
            }
        }
      if (remove_folder (removal, fd, name, depth + 1) < 0)
        return -1;
    }
}

int
files_remove_tree (int dirfd, const char *path)
{
  return files_remove_tree_ticking (dirfd, path, NULL, NULL);
}

int
files_remove_tree_ticking (int dirfd, const char *path, int (*tick) (void *ctx), void *ctx)
{
  CLEANUP_CLOSE int top = openat (dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (top < 0)
    return errno == ENOENT ? 0 : -1;
  struct removal removal = { .top = top, .tick = tick, .ctx = ctx };
  do
    {
      removal.moved = false;
      int fd = openat (top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd < 0 || remove_entries (&removal, fd, 0) < 0)
        return -1;
    }
  while (removal.moved);
  return unlinkat (dirfd, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int
files_free_space (const char *path, uint64_t *bytes)
{
  char part[PATH_MAX];
  ssize_t copied = copy_path (part, path);
  if (copied < 0)
    return -1;
  size_t len = (size_t) copied;
  struct statvfs room;
  for (;;)
    {
      int result = statvfs (len ? part : ".", &room);
      if (result < 0 && errno == EINTR)
        continue;
      if (result == 0)
        {
          if (__builtin_mul_overflow (room.f_bavail, room.f_frsize, bytes))
            *bytes = UINT64_MAX;
          return 0;
        }
      if ((errno != ENOENT && errno != ENOTDIR) || len == 0)
        return -1;
      size_t parent = parent_length (part, len);
      len = parent == len ? 0 : parent;
      part[len] = 0;
    }
}
