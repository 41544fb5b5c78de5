/* SPDX-License-Identifier: Apache-2.0 */
/* test_files_share.c: files with the bytes of others, by every way, and what is left when one
 * fails: nothing.  */
#include "core/util/files_share.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "tests/check.h"
#include "tests/process.h"

#define MIB            ((size_t) 1 << 20)
#define LARGE          (9 * MIB + 5)
#define ANY_COPY       (FILES_SHARE_REFLINK | FILES_SHARE_COPY)
#define ALL            (ANY_COPY | FILES_SHARE_HARD_LINK)
#define CANNOT_BE_DONE 77

static unsigned char
byte_at (size_t at)
{
  return (unsigned char) (1 + (at * 7 + (at >> 8)) % 251);
}

static void
write_source (size_t len)
{
  CLEANUP_FREE char *bytes = malloc (len + 1);
  for (size_t i = 0; i < len; i++)
    bytes[i] = (char) byte_at (i);
  CLEANUP_CLOSE int fd = open (check_path ("source"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CU_ASSERT_EQUAL_FATAL (files_write_all (fd, bytes, len), 0);
}

static bool
is_copy (const char *name, size_t len)
{
  CLEANUP_FREE char *bytes = NULL;
  size_t got;
  if (files_read (AT_FDCWD, check_path (name), LARGE, &bytes, &got) < 0 || got != len)
    return false;
  for (size_t i = 0; i < len; i++)
    if ((unsigned char) bytes[i] != byte_at (i))
      return false;
  return true;
}

static bool
is_same_file (const char *a, const char *b)
{
  struct stat one, other;
  return stat (check_path (a), &one) == 0 && stat (check_path (b), &other) == 0
         && one.st_ino == other.st_ino;
}

static bool
is_there (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0;
}

/* Into "to"; the way, or minus the errno.  */
static int
share (unsigned ways, bool sync)
{
  const struct files_share how = { .ways = ways, .mode = 0666, .sync = sync };
  int way = files_share (check_path ("source"), AT_FDCWD, check_path ("to"), &how);
  return way < 0 ? -errno : way;
}

/* ---- what it makes ---- */

static void
test_copies_of_all_sizes (void)
{
  static const size_t sizes[] = { 0, 1, 4096, 300000, LARGE };
  static const unsigned ways[] = { FILES_SHARE_COPY, ANY_COPY };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
      {
        write_source (sizes[i]);
        int way = share (ways[w], i % 2 == 0);
        CU_ASSERT (way == FILES_SHARE_COPY
                   || (way == FILES_SHARE_REFLINK && (ways[w] & FILES_SHARE_REFLINK)));
        CU_ASSERT (is_copy ("to", sizes[i]));
        CU_ASSERT (!is_same_file ("source", "to"));
        CU_ASSERT_EQUAL (unlink (check_path ("to")), 0);
      }
}

static void
test_a_file_of_its_own_has_its_own_modes (void)
{
  struct stat st;
  write_source (10);
  mode_t before = umask (027);
  CU_ASSERT (share (ANY_COPY, false) > 0);
  umask (before);
  CU_ASSERT_EQUAL (stat (check_path ("to"), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode & 07777, 0640);
}

static void
test_hard_link (void)
{
  write_source (10);
  CU_ASSERT_EQUAL (share (FILES_SHARE_HARD_LINK, true), FILES_SHARE_HARD_LINK);
  CU_ASSERT (is_same_file ("source", "to"));
  /* Links are followed.  */
  CU_ASSERT_EQUAL (unlink (check_path ("to")), 0);
  CU_ASSERT_EQUAL (rename (check_path ("source"), check_path ("real")), 0);
  CU_ASSERT_EQUAL (symlink ("real", check_path ("source")), 0);
  CU_ASSERT_EQUAL (share (FILES_SHARE_HARD_LINK, false), FILES_SHARE_HARD_LINK);
  CU_ASSERT (is_same_file ("real", "to"));
}

static void
test_relative_to_a_folder (void)
{
  write_source (10);
  const struct files_share how = { .ways = FILES_SHARE_COPY, .mode = 0600 };
  CLEANUP_CLOSE int folder = open (check_folder (), O_PATH | O_DIRECTORY);
  CU_ASSERT_EQUAL (files_share (check_path ("source"), folder, "there", &how), FILES_SHARE_COPY);
  CU_ASSERT (is_copy ("there", 10));
}

static void
test_into_an_open_file (void)
{
  write_source (LARGE);
  const struct files_share how = { .ways = ALL };
  CLEANUP_CLOSE int from = open (check_path ("source"), O_RDONLY);
  CLEANUP_CLOSE int to = open (check_path ("to"), O_RDWR | O_CREAT, 0600);
  CU_ASSERT (files_share_into (from, to, &how) & ANY_COPY);
  CU_ASSERT (is_copy ("to", LARGE));
  CU_ASSERT (!is_same_file ("source", "to"));
}

/* ---- what cannot be ---- */

static void
test_what_stands_there_stays (void)
{
  static const unsigned ways[] = { FILES_SHARE_COPY, ANY_COPY, FILES_SHARE_HARD_LINK, ALL };
  write_source (10);
  check_write ("to", "mine");
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    CU_ASSERT_EQUAL (share (ways[i], false), -EEXIST);
  CHECK_STRING (check_read (check_path ("to")), "mine");
}

static void
test_sources_that_are_none (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (share (ALL, false), -ENOENT);
  CU_ASSERT_EQUAL (mkdir (check_path ("source"), 0700), 0);
  CU_ASSERT_EQUAL (share (ALL, false), -EINVAL);
  CU_ASSERT_EQUAL (rmdir (check_path ("source")), 0);
  CU_ASSERT_EQUAL (mkfifo (check_path ("source"), 0600), 0);
  CU_ASSERT_EQUAL (share (ALL, false), -EINVAL);
  CU_ASSERT (!is_there ("to"));
}

struct ticks
{
  uint64_t last, total;
  unsigned met, stop_at;
  bool shorten;
};

static int
tick (void *ticks_, uint64_t done, uint64_t total)
{
  struct ticks *ticks = ticks_;
  CU_ASSERT (done > ticks->last && done <= total);
  ticks->last = done;
  ticks->total = total;
  if (ticks->shorten)
    CU_ASSERT_EQUAL (truncate (check_path ("source"), (off_t) done), 0);
  return ++ticks->met == ticks->stop_at;
}

static void
test_ticks (void)
{
  struct ticks all = { 0 }, stop = { .stop_at = 3 }, shorten = { .shorten = true };
  struct files_share how = { .ways = FILES_SHARE_COPY, .mode = 0600, .tick = tick, .ctx = &all };
  write_source (LARGE);
  CU_ASSERT_EQUAL (files_share (check_path ("source"), AT_FDCWD, check_path ("to"), &how),
                   FILES_SHARE_COPY);
  CU_ASSERT_EQUAL (all.last, LARGE);
  CU_ASSERT_EQUAL (all.total, LARGE);
  CU_ASSERT (all.met >= LARGE / MIB);
  unlink (check_path ("to"));
  how.ctx = &stop;
  CU_ASSERT (files_share (check_path ("source"), AT_FDCWD, check_path ("to"), &how) < 0);
  CU_ASSERT_EQUAL (errno, ECANCELED);
  CU_ASSERT_EQUAL (stop.met, 3);
  CU_ASSERT (!is_there ("to"));
  how.ctx = &shorten;
  CU_ASSERT (files_share (check_path ("source"), AT_FDCWD, check_path ("to"), &how) < 0);
  CU_ASSERT_EQUAL (errno, ESTALE);
  CU_ASSERT (!is_there ("to"));
}

/* ---- what the system refuses ---- */

struct refusal
{
  long number;
  int os_errno;
  unsigned ways;
  int expected; /* a way, or minus the errno  */
  bool sync;
};

static int
meet (void *refusal_)
{
  const struct refusal *refusal = refusal_;
  if (test_break_syscall (refusal->number, refusal->os_errno))
    return CANNOT_BE_DONE;
  int way = share (refusal->ways, refusal->sync);
  if (way != refusal->expected)
    fprintf (stderr, "got %d, not %d ", way, refusal->expected);
  if (way != refusal->expected || is_there ("to") != (way > 0))
    return 1;
  return way < 0 || is_copy ("to", LARGE) ? 0 : 2;
}

static void
test_refusals (void)
{
  static const struct refusal refusals[] = {
    { SYS_ioctl, EOPNOTSUPP, FILES_SHARE_REFLINK, -EOPNOTSUPP, false },
    { SYS_ioctl, EXDEV, FILES_SHARE_REFLINK, -EOPNOTSUPP, false },
    { SYS_ioctl, ENOSPC, FILES_SHARE_REFLINK, -ENOSPC, false },
    { SYS_ioctl, EOPNOTSUPP, FILES_SHARE_REFLINK | FILES_SHARE_HARD_LINK, FILES_SHARE_HARD_LINK,
      false },
    { SYS_linkat, EPERM, FILES_SHARE_HARD_LINK, -EOPNOTSUPP, false },
    { SYS_linkat, EMLINK, FILES_SHARE_HARD_LINK | FILES_SHARE_COPY, FILES_SHARE_COPY, false },
    { SYS_linkat, EIO, FILES_SHARE_HARD_LINK | FILES_SHARE_COPY, -EIO, false },
    { SYS_fdatasync, EIO, FILES_SHARE_COPY, -EIO, true },
    { SYS_fdatasync, EIO, FILES_SHARE_COPY, FILES_SHARE_COPY, false },
    { SYS_pwrite64, EIO, FILES_SHARE_COPY, -EIO, false },
  };
  write_source (LARGE);
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
    {
      int status = test_in_child (meet, (void *) &refusals[i]);
      if (status != 0 && status != CANNOT_BE_DONE)
        fprintf (stderr, "refusal %zu: status %d\n", i, status);
      CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
      unlink (check_path ("to"));
    }
}

/* The kernel's own copying fails in some file systems: the rest is read and written.  */
static int
copy_by_hand (void *os_errno)
{
  if (test_break_syscall (SYS_ioctl, EOPNOTSUPP)
      || test_break_syscall (SYS_copy_file_range, *(int *) os_errno))
    return CANNOT_BE_DONE;
  return share (ANY_COPY, true) == FILES_SHARE_COPY && is_copy ("to", LARGE) ? 0 : 1;
}

static void
test_without_copy_file_range (void)
{
  write_source (LARGE);
  int errnos[] = { EXDEV, ENOSYS, EOPNOTSUPP, EINVAL, EIO };
  for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
    {
      int status = test_in_child (copy_by_hand, &errnos[i]);
      CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
      unlink (check_path ("to"));
    }
}

/* Who does not allow shared extents gets none: neither of the calls that may share any.  */
static int
copy_plainly (void *unused)
{
  (void) unused;
  if (test_die_at_syscall (SYS_copy_file_range) || test_die_at_syscall (SYS_ioctl))
    return CANNOT_BE_DONE;
  return share (FILES_SHARE_COPY, false) == FILES_SHARE_COPY && is_copy ("to", LARGE) ? 0 : 1;
}

static void
test_plain_copies_share_nothing (void)
{
  write_source (LARGE);
  int status = test_in_child (copy_plainly, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
}

static int
fill_limited (void *ways)
{
  struct rlimit limit = { MIB, MIB };
  signal (SIGXFSZ, SIG_IGN);
  if (setrlimit (RLIMIT_FSIZE, &limit))
    return CANNOT_BE_DONE;
  int way = share (*(unsigned *) ways, false);
  return way == -EFBIG && !is_there ("to") ? 0 : 1;
}

static void
test_no_room (void)
{
  unsigned plain = FILES_SHARE_COPY;
  write_source (LARGE);
  int status = test_in_child (fill_limited, &plain);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
}

/* ---- what can be done ---- */

static int
ask_as_nobody (void *unused)
{
  (void) unused;
  CLEANUP_CLOSE int folder = open (check_path ("folder"), O_PATH | O_DIRECTORY);
  return files_share_ways (folder) == -1 && errno == EACCES ? 0 : 1;
}

static int
ask_without_links (void *unused)
{
  (void) unused;
  if (test_break_syscall (SYS_linkat, EPERM) || test_break_syscall (SYS_ioctl, EOPNOTSUPP)
      || test_break_unnamed_files ())
    return CANNOT_BE_DONE;
  CLEANUP_CLOSE int folder = open (check_path ("folder"), O_PATH | O_DIRECTORY);
  return files_share_ways (folder) == FILES_SHARE_COPY ? 0 : 1;
}

static void
test_ways (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  CU_ASSERT_EQUAL (mkdir (check_path ("folder"), 0555), 0);
  CU_ASSERT_EQUAL (test_as_nobody (ask_as_nobody, NULL), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("folder"), 0755), 0);
  CLEANUP_CLOSE int folder = open (check_path ("folder"), O_PATH | O_DIRECTORY);
  int ways = files_share_ways (folder);
  CU_ASSERT (ways & FILES_SHARE_COPY);
  /* It is as it says.  */
  write_source (10);
  CU_ASSERT_EQUAL (share (FILES_SHARE_HARD_LINK, false) == FILES_SHARE_HARD_LINK,
                   (ways & FILES_SHARE_HARD_LINK) != 0);
  unlink (check_path ("to"));
  CU_ASSERT_EQUAL (share (FILES_SHARE_REFLINK, false) == FILES_SHARE_REFLINK,
                   (ways & FILES_SHARE_REFLINK) != 0);
  int status = test_in_child (ask_without_links, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  /* An empty folder can be removed.  */
  CU_ASSERT_EQUAL (rmdir (check_path ("folder")), 0);
}

CHECK_MAIN ("files share", { "copies_of_all_sizes", test_copies_of_all_sizes },
            { "a_file_of_its_own_has_its_own_modes", test_a_file_of_its_own_has_its_own_modes },
            { "hard_link", test_hard_link }, { "relative_to_a_folder", test_relative_to_a_folder },
            { "into_an_open_file", test_into_an_open_file },
            { "what_stands_there_stays", test_what_stands_there_stays },
            { "sources_that_are_none", test_sources_that_are_none }, { "ticks", test_ticks },
            { "refusals", test_refusals },
            { "without_copy_file_range", test_without_copy_file_range },
            { "plain_copies_share_nothing", test_plain_copies_share_nothing },
            { "no_room", test_no_room }, { "ways", test_ways })
