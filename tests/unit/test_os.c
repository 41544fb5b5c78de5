/* SPDX-License-Identifier: Apache-2.0 */
/* test_os.c: the environment, owners of files, locks, holes, the clock.  */
#include "tests/check.h"

#include "core/util/clock.h"
#include "core/util/os.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_getenv (void)
{
  setenv ("HFCORE_TEST_OS", "value", 1);
  CHECK_STRING (os_getenv ("HFCORE_TEST_OS"), "value");
  setenv ("HFCORE_TEST_OS", "", 1);
  CHECK_STRING (os_getenv ("HFCORE_TEST_OS"), NULL);
  unsetenv ("HFCORE_TEST_OS");
  CHECK_STRING (os_getenv ("HFCORE_TEST_OS"), NULL);
}

static void
test_library (void)
{
  const char *why = NULL;
  void *library = os_library_open ("libhfcore-no-such-thing.so.0", &why);
  CU_ASSERT_PTR_NULL (library);
  CHECK_CONTAINS (why, "libhfcore-no-such-thing.so.0");
  library = os_library_open ("libm.so.6", &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (library);
  CU_ASSERT_PTR_NOT_NULL (os_library_symbol (library, "cos"));
  CU_ASSERT_PTR_NULL (os_library_symbol (library, "no_such_function"));
}

static void
test_this_process_lives (void)
{
  char owner[OS_OWNER_ROOM], again[OS_OWNER_ROOM];
  os_owner_self (owner);
  os_owner_self (again);
  CHECK_STRING (again, owner);
  unsigned long long host, ticks;
  long pid;
  int len = 0;
  CU_ASSERT_EQUAL (sscanf (owner, "%16llx-%ld-%llu%n", &host, &pid, &ticks, &len), 3);
  CU_ASSERT_EQUAL ((size_t) len, strlen (owner));
  CU_ASSERT_EQUAL (strchr (owner, '-') - owner, 16);
  CU_ASSERT_EQUAL (pid, getpid ());
  CU_ASSERT_TRUE (ticks > 0);
  CU_ASSERT_EQUAL (os_owner_is_dead (owner), 0);
}

static void *
name_owner (void *owner)
{
  os_owner_self (owner);
  return NULL;
}

static void
test_threads_are_one_owner (void)
{
  char owner[OS_OWNER_ROOM], other[OS_OWNER_ROOM];
  pthread_t thread;
  os_owner_self (owner);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, name_owner, other), 0);
  pthread_join (thread, NULL);
  CHECK_STRING (other, owner);
}

static void
test_a_child_lives_and_dies (void)
{
  char owner[OS_OWNER_ROOM], name[OS_OWNER_ROOM] = "";
  int pipe_fds[2];
  os_owner_self (owner); /* known before the fork, so that a child that keeps it would be seen */
  CU_ASSERT_EQUAL_FATAL (pipe (pipe_fds), 0);
  pid_t child = fork ();
  if (child == 0)
    {
      os_owner_self (name);
      if (write (pipe_fds[1], name, sizeof name) < 0)
        _exit (1);
      for (;;)
        pause ();
    }
  CU_ASSERT_EQUAL (read (pipe_fds[0], name, sizeof name), OS_OWNER_ROOM);
  CU_ASSERT_NOT_EQUAL (strcmp (name, owner), 0);
  CU_ASSERT_EQUAL (strncmp (name, owner, 17), 0); /* the same host */
  CU_ASSERT_EQUAL (os_owner_is_dead (name), 0);
  kill (child, SIGKILL);
  siginfo_t info;
  waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT);
  CU_ASSERT_EQUAL (os_owner_is_dead (name), 1); /* a zombie */
  waitpid (child, NULL, 0);
  CU_ASSERT_EQUAL (os_owner_is_dead (name), 1);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}

static void *
keep_living (void *pipe_fd)
{
  char end;
  while (read (*(int *) pipe_fd, &end, 1) < 0 && errno == EINTR)
    continue;
  _exit (0);
}

static void
leave_the_main_thread (int *pipe_fd)
{
  pthread_t thread;
  if (pthread_create (&thread, NULL, keep_living, pipe_fd) == 0)
    pthread_exit (NULL);
  _exit (1);
}

/* A process whose first thread has ended shows as a zombie, yet it lives.  */
static void
test_without_its_main_thread (void)
{
  char name[OS_OWNER_ROOM] = "", state[512] = "";
  int names[2], end[2];
  CU_ASSERT_EQUAL_FATAL (pipe (names), 0);
  CU_ASSERT_EQUAL_FATAL (pipe (end), 0);
  pid_t child = fork ();
  if (child == 0)
    {
      close (end[1]);
      os_owner_self (name);
      if (write (names[1], name, sizeof name) < 0)
        _exit (1);
      leave_the_main_thread (&end[0]);
    }
  CU_ASSERT_EQUAL (read (names[0], name, sizeof name), OS_OWNER_ROOM);
  snprintf (state, sizeof state, "/proc/%ld/stat", (long) child);
  for (int64_t until = clock_now_ms () + 10000; clock_now_ms () < until;)
    {
      const char *stat = check_read (state), *letter = stat ? strrchr (stat, ')') : NULL;
      if (letter && letter[2] == 'Z')
        break;
    }
  CU_ASSERT_EQUAL (os_owner_is_dead (name), 0);
  close (end[1]);
  waitpid (child, NULL, 0);
  CU_ASSERT_EQUAL (os_owner_is_dead (name), 1);
  close (end[0]);
  close (names[0]);
  close (names[1]);
}

static void
test_owners_that_cannot_be_told (void)
{
  char owner[OS_OWNER_ROOM], other[OS_OWNER_ROOM + 8];
  os_owner_self (owner);
  /* Another process had this pid before.  */
  snprintf (other, sizeof other, "%.17s%ld-1", owner, (long) getpid ());
  CU_ASSERT_EQUAL (os_owner_is_dead (other), 1);
  /* Linux has no pids as high.  */
  snprintf (other, sizeof other, "%.17s2147483646-1", owner);
  CU_ASSERT_EQUAL (os_owner_is_dead (other), 1);
  /* Another host.  */
  memcpy (other, owner, sizeof owner);
  other[3] = other[3] == '0' ? '1' : '0';
  CU_ASSERT_EQUAL (os_owner_is_dead (other), -1);
  snprintf (other, sizeof other, "%sx", owner);
  CU_ASSERT_EQUAL (os_owner_is_dead (other), -1);
  static const char *const ends[] = { "", "1", "1-", "-5-1", "0-1", "x-1", "99999999999999-1" };
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    {
      snprintf (other, sizeof other, "%.17s%s", owner, ends[i]);
      CU_ASSERT_EQUAL (os_owner_is_dead (other), -1);
    }
  CU_ASSERT_EQUAL (os_owner_is_dead (""), -1);
  CU_ASSERT_EQUAL (os_owner_is_dead ("nonsense"), -1);
}

/* Names that break careless readers of /proc/PID/stat.  */
static void
test_names_with_parentheses (void)
{
  char owner[OS_OWNER_ROOM], name[OS_OWNER_ROOM] = "", saved[16] = "";
  os_owner_self (owner);
  CU_ASSERT_EQUAL (prctl (PR_GET_NAME, saved), 0);
  CU_ASSERT_EQUAL (prctl (PR_SET_NAME, "a) Z 1 (b) 2"), 0);
  /* A thread knows nothing yet, so it reads anew.  */
  pthread_t thread;
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, name_owner, name), 0);
  pthread_join (thread, NULL);
  CHECK_STRING (name, owner);
  CU_ASSERT_EQUAL (os_owner_is_dead (owner), 0);
  CU_ASSERT_EQUAL (prctl (PR_SET_NAME, saved), 0);
}

static void
test_locks (void)
{
  const char *path = check_write ("lock", "");
  int one = open (path, O_RDWR | O_CLOEXEC), two = open (path, O_RDWR | O_CLOEXEC);
  CU_ASSERT_EQUAL (os_try_lock (one), 1);
  CU_ASSERT_EQUAL (os_try_lock (one), 1);
  CU_ASSERT_EQUAL (os_try_lock (two), 0);
  os_unlock (one);
  CU_ASSERT_EQUAL (os_try_lock (two), 1);
  CU_ASSERT_EQUAL (os_try_lock (one), 0);
  close (two);
  CU_ASSERT_EQUAL (os_try_lock (one), 1);
  close (one);
  CU_ASSERT_EQUAL (os_try_lock (one), -1);
  CU_ASSERT_EQUAL (errno, EBADF);
}

/* A file of `size` bytes with `len` bytes written at its start, the last `zeros` of them zeros.  */
static int
make_sparse (off_t size, size_t len, size_t zeros)
{
  int fd = open (check_path ("sparse"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  char *bytes = malloc (len + 1);
  CU_ASSERT_TRUE_FATAL (fd >= 0 && bytes);
  memset (bytes, 'x', len);
  memset (bytes + len - zeros, 0, zeros);
  CU_ASSERT_EQUAL (pwrite (fd, bytes, len, 0), (ssize_t) len);
  CU_ASSERT_EQUAL (ftruncate (fd, size), 0);
  free (bytes);
  return fd;
}

static int64_t
first_hole (off_t size, size_t len, size_t zeros)
{
  int fd = make_sparse (size, len, zeros);
  int64_t hole = os_first_hole (fd);
  close (fd);
  return hole;
}

static void
test_holes (void)
{
  enum
  {
    MIB = 1 << 20
  };
  CU_ASSERT_EQUAL (first_hole (0, 0, 0), 0);
  CU_ASSERT_EQUAL (first_hole (5000, 5000, 0), 5000);
  CU_ASSERT_EQUAL (first_hole (5000, 5000, 4999), 5000);
  int fd = make_sparse (8 * MIB, 0, 0);
  bool has_holes = lseek (fd, 0, SEEK_HOLE) == 0;
  close (fd);
  if (!has_holes) /* the whole file counts as written then */
    return;
  CU_ASSERT_EQUAL (first_hole (8 * MIB, 0, 0), 0);
  CU_ASSERT_EQUAL (first_hole (8 * MIB, MIB, 0), MIB);
  /* A block that is written in part: no byte more than was written.  */
  CU_ASSERT_EQUAL (first_hole (8 * MIB, MIB + 1, 0), MIB + 1);
  CU_ASSERT_EQUAL (first_hole (8 * MIB, MIB - 1, 0), MIB - 1);
  CU_ASSERT_EQUAL (first_hole (8 * MIB, 100, 0), 100);
  CU_ASSERT_EQUAL (first_hole (8 * MIB, MIB, 10), MIB - 10);
  int64_t hole = first_hole (8 * MIB, 4 * MIB, 4 * MIB - 10);
  CU_ASSERT_TRUE (hole >= 10 && hole < 4 * MIB);
  /* Data behind the hole is not counted.  */
  fd = make_sparse (8 * MIB, MIB, 0);
  CU_ASSERT_EQUAL (pwrite (fd, "x", 1, 4 * MIB), 1);
  CU_ASSERT_EQUAL (os_first_hole (fd), MIB);
  os_start_writeback (fd, 0, MIB);
  CU_ASSERT_EQUAL (os_first_hole (fd), MIB);
  close (fd);
  CU_ASSERT_EQUAL (os_first_hole (fd), -1);
}

static void
on_signal (int signal_number)
{
  (void) signal_number;
}

static void
test_clock (void)
{
  struct sigaction action = { .sa_handler = on_signal }, before;
  sigaction (SIGALRM, &action, &before);
  int64_t start = clock_now_ms ();
  clock_sleep_ms (0);
  clock_sleep_ms (-5);
  ualarm (5000, 0); /* a signal does not shorten a sleep */
  clock_sleep_ms (30);
  CU_ASSERT_TRUE (clock_now_ms () - start >= 30);
  sigaction (SIGALRM, &before, NULL);
  CU_ASSERT_TRUE (clock_wall_ms () > INT64_C (1600000000000));
}

CHECK_MAIN ("os", { "getenv", test_getenv }, { "library", test_library },
            { "this process lives", test_this_process_lives },
            { "threads are one owner", test_threads_are_one_owner },
            { "a child lives and dies", test_a_child_lives_and_dies },
            { "without its main thread", test_without_its_main_thread },
            { "owners that cannot be told", test_owners_that_cannot_be_told },
            { "names with parentheses", test_names_with_parentheses }, { "locks", test_locks },
            { "holes", test_holes }, { "clock", test_clock })
