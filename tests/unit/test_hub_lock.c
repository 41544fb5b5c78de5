/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_lock.c: the lock files that all clients of a cache share (spec 1.10): flock, the same
 * path, what older clients do to them, and file systems without flock.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/util/clock.h"
#include "plugins/hub-layout/hub_store.h"
#include "tests/check.h"
#include "tests/contract/storage_host.h"

#define LOCK "cache/.locks/models--org--name/k.lock"

static struct hub_store *store;
static char last_line[1024];

static void
remember_line (void *ctx, int level, const char *line)
{
  (void) ctx;
  (void) level;
  snprintf (last_line, sizeof last_line, "%s", line);
}

static void
open_fresh (void)
{
  static const struct host_log log = { .write = remember_line, .level = HFCORE_LOG_DEBUG };
  static struct hfcore_journal journal = { .instance = "cache", .log = &log };
  struct hfcore_open open
      = { .size = sizeof open, .name = "cache", .host = &host_table, .journal = &journal };
  TEST_CALL (call);
  CU_ASSERT_EQUAL_FATAL (hub_store_open (&open, &call, check_path ("cache"), &store), 0);
  last_line[0] = 0;
}

static int
note_waiting (void *waiting, uint64_t done, uint64_t total)
{
  (void) done;
  (void) total;
  sem_post (waiting);
  return 0;
}

/* NULL: not within `ms`. `waiting` (or NULL) is posted whenever it was held by another.  */
static void *
take_and_note (int ms, sem_t *waiting)
{
  TEST_CALL (call);
  void *lock = NULL;
  call.deadline_ms = clock_now_ms () + ms;
  call.progress = waiting ? note_waiting : NULL;
  call.progress_ctx = waiting;
  int code = hub_lock (store, &call, &test_repo, "k", &lock);
  return code ? NULL : lock;
}

static void *
take (int ms)
{
  return take_and_note (ms, NULL);
}

static int
flock_from_outside (int how)
{
  int fd = open (check_path (LOCK), O_RDWR | O_CLOEXEC);
  if (fd >= 0 && flock (fd, how) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
test_is_a_flock (void)
{
  open_fresh ();
  void *lock = take (1000);
  CU_ASSERT_PTR_NOT_NULL_FATAL (lock);
  CU_ASSERT_EQUAL (flock_from_outside (LOCK_EX | LOCK_NB), -1);
  hub_unlock (store, lock);
  int fd = flock_from_outside (LOCK_EX | LOCK_NB);
  CU_ASSERT_FATAL (fd >= 0);
  CU_ASSERT_PTR_NULL (take (60));
  close (fd);
  lock = take (1000);
  CU_ASSERT_PTR_NOT_NULL_FATAL (lock);
  hub_unlock (store, lock);
  /* It stays, empty.  */
  CHECK_STRING (check_read (check_path (LOCK)), "");
  hub_store_close (store);
}

static void
test_existing_file_is_left_as_it_is (void)
{
  struct stat st;
  open_fresh ();
  check_write (LOCK, "somebody's");
  CU_ASSERT_EQUAL (chmod (check_path (LOCK), 0600), 0);
  void *lock = take (1000);
  CU_ASSERT_PTR_NOT_NULL_FATAL (lock);
  hub_unlock (store, lock);
  CHECK_STRING (check_read (check_path (LOCK)), "somebody's");
  CU_ASSERT_EQUAL (stat (check_path (LOCK), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode & 07777, 0600);
  hub_store_close (store);
}

static void *
wait_for_lock (void *waiting)
{
  return take_and_note (20000, waiting);
}

/* Some clients unlink the file when they let it go: a lock on that inode guards nothing.  */
static void
test_unlinked_while_waiting (void)
{
  open_fresh ();
  void *lock = take (1000), *second;
  struct stat st;
  CU_ASSERT_PTR_NOT_NULL_FATAL (lock);
  hub_unlock (store, lock);
  int fd = flock_from_outside (LOCK_EX | LOCK_NB);
  CU_ASSERT_FATAL (fd >= 0);
  pthread_t waiter;
  sem_t waiting;
  sem_init (&waiting, 0, 0);
  pthread_create (&waiter, NULL, wait_for_lock, &waiting);
  sem_wait (&waiting);
  CU_ASSERT_EQUAL (unlink (check_path (LOCK)), 0);
  close (fd);
  pthread_join (waiter, &second);
  CU_ASSERT_PTR_NOT_NULL_FATAL (second);
  CU_ASSERT_EQUAL (stat (check_path (LOCK), &st), 0);
  CU_ASSERT_EQUAL (flock_from_outside (LOCK_EX | LOCK_NB), -1);
  hub_unlock (store, second);
  hub_store_close (store);
}

static void
test_link_in_its_place (void)
{
  open_fresh ();
  check_write ("precious", "x");
  check_write ("cache/.locks/models--org--name/other", "");
  CU_ASSERT_EQUAL (symlink (check_path ("precious"), check_path (LOCK)), 0);
  /* Not followed; correctness needs no lock, so the work goes on.  */
  void *lock = take (1000);
  CU_ASSERT_PTR_NOT_NULL_FATAL (lock);
  CHECK_CONTAINS (last_line, "cannot lock");
  hub_unlock (store, lock);
  CHECK_STRING (check_read (check_path ("precious")), "x");
  hub_store_close (store);
}

/* ---- without flock ---- */

static int
use_soft_locks (void *unused)
{
  (void) unused;
  char here[256], wanted[512];
  if (test_break_syscall (SYS_flock, ENOSYS))
    return 77;
  open_fresh ();
  gethostname (here, sizeof here);
  snprintf (wanted, sizeof wanted, "%ld\n%s\n", (long) getpid (), here);
  void *lock = take (1000);
  const char *text = check_read (check_path (LOCK));
  if (!lock || !text || strcmp (text, wanted) != 0)
    return 1;
  if (take (60))
    return 2;
  hub_unlock (store, lock);
  if (access (check_path (LOCK), F_OK) == 0)
    return 3;
  /* Of a process that is gone; of one that is not; of another machine.  */
  char record[512];
  pid_t gone = fork ();
  if (gone == 0)
    _exit (0);
  test_kill (gone);
  snprintf (record, sizeof record, "%ld\n%s\n12345\n", (long) gone, here);
  check_write (LOCK, record);
  lock = take (1000);
  if (!lock)
    return 4;
  hub_unlock (store, lock);
  snprintf (record, sizeof record, "%ld\n%s-not\n", (long) gone, here);
  check_write (LOCK, record);
  if (take (60))
    return 5;
  /* An empty file is held, text of another form is not once it is old.  */
  check_write (LOCK, "");
  struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
  utimensat (AT_FDCWD, check_path (LOCK), old, 0);
  if (take (60))
    return 6;
  check_write (LOCK, "nobody");
  if (take (60))
    return 7;
  utimensat (AT_FDCWD, check_path (LOCK), old, 0);
  lock = take (1000);
  if (!lock)
    return 8;
  hub_unlock (store, lock);
  hub_store_close (store);
  return 0;
}

static int
go_without_locks (void *unused)
{
  (void) unused;
  if (test_break_syscall (SYS_flock, ENOLCK))
    return 77;
  open_fresh ();
  void *lock = take (1000), *second = take (1000);
  if (!lock || !second)
    return 1;
  if (!strstr (last_line, "cannot lock"))
    return 2;
  hub_unlock (store, lock);
  hub_unlock (store, second);
  hub_store_close (store);
  return 0;
}

static void
check_child (int (*run) (void *))
{
  check_folder ();
  int status = test_in_child (run, NULL);
  if (status == 77)
    fprintf (stderr, "seccomp cannot be used: skipped ");
  else
    CU_ASSERT_EQUAL (status, 0);
}

static void
test_soft_locks (void)
{
  check_child (use_soft_locks);
}

static void
test_failing_locks (void)
{
  check_child (go_without_locks);
}

CHECK_MAIN ("hub locks", { "is_a_flock", test_is_a_flock },
            { "existing_file_is_left_as_it_is", test_existing_file_is_left_as_it_is },
            { "unlinked_while_waiting", test_unlinked_while_waiting },
            { "link_in_its_place", test_link_in_its_place }, { "soft_locks", test_soft_locks },
            { "failing_locks", test_failing_locks })
