/* SPDX-License-Identifier: Apache-2.0 */
/* files_share.c: see files_share.h.  */
#include "core/util/files_share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"

#define STEP  ((size_t) 8 << 20) /* of the kernel's own copying between two ticks  */
#define ROOM  ((size_t) 256 << 10)
#define TRIES 16 /* names that are taken  */

/* ---- the bytes ---- */

struct copy
{
  int from, to;
  uint64_t done, total;
  const struct files_share *how;
};

static int
step_done (struct copy *copy, size_t len)
{
  if (copy->how->sync) /* the sync at the end is short then  */
    os_start_writeback (copy->to, copy->done, len);
  copy->done += len;
  if (!copy->how->tick || copy->how->tick (copy->how->ctx, copy->done, copy->total) == 0)
    return 0;
  errno = ECANCELED;
  return -1;
}

/* By the kernel, which may share extents or let a server copy. 0: as far as that goes; who copies
 * the rest will meet what was in the way, if it is more than that.  */
static int
copy_in_kernel (struct copy *copy)
{
  while (copy->done < copy->total)
    {
      uint64_t left = copy->total - copy->done;
      off_t in = (off_t) copy->done, out = in;
      ssize_t got = copy_file_range (copy->from, &in, copy->to, &out,
                                     left < STEP ? (size_t) left : STEP, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return 0;
      if (step_done (copy, (size_t) got) < 0)
        return -1;
    }
  return 0;
}

static int
copy_by_hand (struct copy *copy)
{
  CLEANUP_FREE char *bytes = malloc (ROOM);
  if (!bytes)
    return -1;
  while (copy->done < copy->total)
    {
      uint64_t left = copy->total - copy->done;
      ssize_t got
          = pread (copy->from, bytes, left < ROOM ? (size_t) left : ROOM, (off_t) copy->done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got == 0)
        errno = ESTALE;
      if (got <= 0 || files_pwrite_all (copy->to, bytes, (size_t) got, copy->done) < 0
          || step_done (copy, (size_t) got) < 0)
        return -1;
    }
  return 0;
}

static int
copy_bytes (int from, int to, const struct files_share *how)
{
  struct stat st;
  if (fstat (from, &st) < 0)
    return -1;
  struct copy copy = { .from = from, .to = to, .total = (uint64_t) st.st_size, .how = how };
  if ((how->ways & FILES_SHARE_REFLINK) && copy_in_kernel (&copy) < 0)
    return -1;
  return copy.done < copy.total ? copy_by_hand (&copy) : 0;
}

static int
sync_file (int fd)
{
  int result;
  while ((result = fdatasync (fd)) < 0 && errno == EINTR)
    continue;
  return result;
}

/* Does this errno only say that this way is none here?  */
static bool
is_no_way (int os_errno)
{
  return os_errno == EOPNOTSUPP || os_errno == EXDEV || os_errno == EINVAL || os_errno == ENOTTY
         || os_errno == ENOSYS || os_errno == EPERM || os_errno == EACCES || os_errno == EMLINK
         || os_errno == ETXTBSY;
}

int
files_share_into (int from, int to, const struct files_share *how)
{
  int way = 0;
  errno = EOPNOTSUPP;
  if (how->ways & FILES_SHARE_REFLINK)
    {
      if (os_clone_file (from, to) == 0)
        way = FILES_SHARE_REFLINK;
      else if (is_no_way (errno))
        errno = EOPNOTSUPP;
    }
  if (!way && (how->ways & FILES_SHARE_COPY))
    way = copy_bytes (from, to, how) == 0 ? FILES_SHARE_COPY : 0;
  return way && (!how->sync || sync_file (to) == 0) ? way : -1;
}

/* ---- names ---- */

static int
make_file (int folder, const char *name, mode_t mode)
{
  return openat (folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* A new file by one of the ways that `how` allows and that make one.  */
static int
share_into_new (int from, int folder, const char *name, const struct files_share *how)
{
  int to = make_file (folder, name, how->mode);
  if (to < 0)
    return -1;
  int way = files_share_into (from, to, how), saved = errno;
  /* Network file systems tell of a full disk only here.  */
  if (close (to) < 0 && errno != EINTR && way > 0)
    {
      way = -1;
      saved = errno;
    }
  if (way < 0)
    {
      unlinkat (folder, name, 0);
      errno = saved;
    }
  return way;
}

/* 0: not this way (which is no failure if there is another).  */
static int
share_by_name (const char *source, int folder, const char *name)
{
  if (linkat (AT_FDCWD, source, folder, name, AT_SYMLINK_FOLLOW) == 0)
    return FILES_SHARE_HARD_LINK;
  if (!is_no_way (errno))
    return -1;
  errno = EOPNOTSUPP;
  return 0;
}

int
files_share (const char *source, int folder, const char *name, const struct files_share *how)
{
  struct stat st;
  CLEANUP_CLOSE int from = open (source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (from < 0 || fstat (from, &st) < 0)
    return -1;
  if (!S_ISREG (st.st_mode))
    {
      errno = EINVAL;
      return -1;
    }
  if (!(how->ways & FILES_SHARE_HARD_LINK))
    return share_into_new (from, folder, name, how);
  struct files_share one = *how;
  one.ways = how->ways & FILES_SHARE_REFLINK;
  int way = one.ways ? share_into_new (from, folder, name, &one) : 0;
  if (way > 0 || (way < 0 && errno == EEXIST))
    return way;
  way = share_by_name (source, folder, name);
  if (way != 0)
    return way;
  one.ways = how->ways & ~(unsigned) FILES_SHARE_HARD_LINK;
  return share_into_new (from, folder, name, &one);
}

/* ---- what can be done ---- */

static void
random_name (char name[16])
{
  memcpy (name, "tmp", 4);
  files_random_hex (name + 3);
}

/* A new file with a name, which is told.  */
static int
make_named (int folder, char name[16])
{
  int fd = -1;
  for (int tries = 0; fd < 0 && tries < TRIES; tries++)
    {
      random_name (name);
      fd = make_file (folder, name, 0600);
      if (fd < 0 && errno != EEXIST)
        break;
    }
  return fd;
}

static int
make_unnamed (int folder)
{
  char name[16];
  int fd = openat (folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (fd = make_named (folder, name)) >= 0)
    unlinkat (folder, name, 0);
  return fd;
}

/* 1: it can; 0: it cannot; -1: errno.  */
static int
can_reflink (int folder)
{
  static const char block[4096] = "x";
  CLEANUP_CLOSE int from = make_unnamed (folder);
  CLEANUP_CLOSE int to = from < 0 ? -1 : make_unnamed (folder);
  if (to < 0 || files_write_all (from, block, sizeof block) < 0)
    return -1;
  return os_clone_file (from, to) == 0;
}

static int
can_hard_link (int folder)
{
  char name[16], other[16];
  CLEANUP_CLOSE int fd = make_named (folder, name);
  if (fd < 0)
    return -1;
  random_name (other);
  bool can = linkat (folder, name, folder, other, 0) == 0;
  if (can)
    unlinkat (folder, other, 0);
  unlinkat (folder, name, 0);
  return can;
}

int
files_share_ways (int folder)
{
  int reflink = can_reflink (folder);
  int hard_link = reflink < 0 ? -1 : can_hard_link (folder);
  if (hard_link < 0)
    return -1;
  return FILES_SHARE_COPY | (reflink ? FILES_SHARE_REFLINK : 0)
         | (hard_link ? FILES_SHARE_HARD_LINK : 0);
}
