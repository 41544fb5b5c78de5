/* SPDX-License-Identifier: Apache-2.0 */
/* storage_contract.c: what every storage promises about bytes: unseen until they are whole, resumed
 * by whoever comes next, safe among threads, instances and processes. Refs, files and listings
 * are in storage_names.c.  */
#include "tests/contract/storage_host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/os.h"
#include "tests/check.h"

#define MIB     ((size_t) 1 << 20)
#define RESUME  HFCORE_CREATE_RESUME
#define UNKNOWN HFCORE_SIZE_UNKNOWN

static struct test_store store;

static void
open_fresh (void)
{
  test_store_open (&store, check_path ("cache"), false);
}

static int
create (struct hfcore_call *call, unsigned number, uint64_t expect, uint32_t flags, uint64_t *have,
        void **writer)
{
  *have = 77;
  *writer = NULL;
  return store.ops->create (store.self, call, &test_repo, test_name (number), expect, flags, have,
                            writer);
}

static int
commit (struct hfcore_call *call, void *writer, uint64_t length)
{
  return store.ops->commit (store.self, call, writer, length);
}

/* A repository that is not there has none.  */
static int
count_partials (void)
{
  int count = test_count (&store, HFCORE_ENTRY_PARTIAL, NULL);
  return count == HFCORE_E_NOTFOUND ? 0 : count;
}

static bool
is_unseen (unsigned number)
{
  TEST_CALL (call);
  uint64_t length;
  return store.ops->stat (store.self, &call, &test_repo, test_name (number), &length) == HFCORE_PASS
         && test_count (&store, HFCORE_ENTRY_BLOB, NULL) <= 0;
}

/* ---- one writer ---- */

static void
test_unseen_until_commit (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 1, 3 * MIB, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 0);
  CU_ASSERT (is_unseen (1));
  /* Out of order, as ranges arrive.  */
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 1, 2 * MIB, MIB), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 1, 0, MIB / 2), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 1, MIB / 2, MIB + MIB / 2), 0);
  CU_ASSERT (is_unseen (1));
  CU_ASSERT_EQUAL (commit (&call, writer, 3 * MIB), 0);
  CU_ASSERT (test_blob_is (&store, test_name (1), 1, 3 * MIB));
  CU_ASSERT_EQUAL (count_partials (), 0);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_BLOB, NULL), 1);
  test_store_close (&store);
}

static void
test_empty_blob (void)
{
  open_fresh ();
  TEST_CALL (call);
  CU_ASSERT_EQUAL (test_blob (&store, &call, test_name (2), 0, 0), 0);
  CU_ASSERT (test_blob_is (&store, test_name (2), 0, 0));
  test_store_close (&store);
}

static void
test_wrong_length_is_not_published (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 3, UNKNOWN, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 3, 0, 1000), 0);
  CU_ASSERT_EQUAL (commit (&call, writer, 1001), HFCORE_E_CORRUPT);
  CU_ASSERT (is_unseen (3));
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

static void
test_restart_forgets_all (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  char byte;
  size_t got = 77;
  CU_ASSERT_EQUAL_FATAL (create (&call, 4, 5000, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 9, 0, 9000), 0);
  CU_ASSERT_EQUAL (store.ops->restart (store.self, &call, writer), 0);
  CU_ASSERT_EQUAL (store.ops->read_back (store.self, &call, writer, 0, &byte, 1, &got), 0);
  CU_ASSERT_EQUAL (got, 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 4, 0, 5000), 0);
  CU_ASSERT_EQUAL (commit (&call, writer, 5000), 0);
  CU_ASSERT (test_blob_is (&store, test_name (4), 4, 5000));
  test_store_close (&store);
}

static void
test_read_back (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  char bytes[64], again[64];
  size_t got;
  CU_ASSERT_EQUAL_FATAL (create (&call, 5, 100, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 5, 0, 100), 0);
  CU_ASSERT_EQUAL (store.ops->read_back (store.self, &call, writer, 30, bytes, 64, &got), 0);
  CU_ASSERT_EQUAL (got, 64);
  CU_ASSERT_EQUAL (store.ops->read_back (store.self, &call, writer, 60, again, 64, &got), 0);
  CU_ASSERT_EQUAL (got, 40);
  CU_ASSERT_EQUAL (memcmp (bytes + 30, again, 34), 0);
  store.ops->abandon (store.self, writer, 0);
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

/* ---- several writers ---- */

static void
test_twins (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *first, *second;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 6, 4000, RESUME, &have, &first), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, first, 6, 0, 2000), 0);
  CU_ASSERT_EQUAL_FATAL (create (&call, 6, 4000, RESUME, &have, &second), 0);
  CU_ASSERT_EQUAL (have, 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, second, 6, 0, 4000), 0);
  CU_ASSERT_EQUAL (commit (&call, second, 4000), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, first, 6, 2000, 2000), 0);
  CU_ASSERT_EQUAL (commit (&call, first, 4000), 0);
  CU_ASSERT (test_blob_is (&store, test_name (6), 6, 4000));
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

static void
test_abandon (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 7, 8000, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 7, 0, 5000), 0);
  store.ops->abandon (store.self, writer, 0);
  CU_ASSERT_EQUAL (count_partials (), 0);
  CU_ASSERT_EQUAL_FATAL (create (&call, 7, 8000, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 0);

  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 7, 0, 5000), 0);
  store.ops->abandon (store.self, writer, 1);
  CU_ASSERT_EQUAL (count_partials (), 1);
  CU_ASSERT (is_unseen (7));
  /* Who does not ask for it does not get it.  */
  CU_ASSERT_EQUAL_FATAL (create (&call, 7, 8000, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 0);
  store.ops->abandon (store.self, writer, 0);
  /* Another instance of this process, one alone.  */
  struct test_store other;
  void *loser;
  test_store_open (&other, check_path ("cache"), false);
  CU_ASSERT_EQUAL_FATAL (other.ops->create (other.self, &call, &test_repo, test_name (7), 8000,
                                            RESUME, &have, &writer),
                         0);
  CU_ASSERT_EQUAL (have, 5000);
  CU_ASSERT_EQUAL_FATAL (create (&call, 7, 8000, RESUME, &have, &loser), 0);
  CU_ASSERT_EQUAL (have, 0);
  store.ops->abandon (store.self, loser, 0);
  CU_ASSERT_EQUAL (test_put (&other, &call, writer, 7, 5000, 3000), 0);
  CU_ASSERT_EQUAL (other.ops->commit (other.self, &call, writer, 8000), 0);
  CU_ASSERT (test_blob_is (&store, test_name (7), 7, 8000));
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&other);
  test_store_close (&store);
}

static void
test_partial_of_another_size (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 8, UNKNOWN, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 8, 0, 9000), 0);
  store.ops->abandon (store.self, writer, 1);
  CU_ASSERT_EQUAL_FATAL (create (&call, 8, 4000, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 4000);
  CU_ASSERT_EQUAL (commit (&call, writer, 4000), 0);
  CU_ASSERT (test_blob_is (&store, test_name (8), 8, 4000));
  test_store_close (&store);
}

static void
test_removed_under_the_writer (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  char name[256];
  CU_ASSERT_EQUAL_FATAL (create (&call, 9, 100, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 9, 0, 100), 0);
  CU_ASSERT_EQUAL_FATAL (test_count (&store, HFCORE_ENTRY_PARTIAL, name), 1);
  struct hfcore_entry entry = { .size = sizeof entry,
                                .kind = HFCORE_ENTRY_PARTIAL,
                                .repo = &test_repo,
                                .etag = test_name (9),
                                .name = name };
  CU_ASSERT_EQUAL (store.ops->remove (store.self, &call, &entry), 0);
  CU_ASSERT_EQUAL (commit (&call, writer, 100), HFCORE_E_RETRY);
  CHECK_CONTAINS (call.error.message, "removed before it was complete");
  CU_ASSERT (is_unseen (9));
  CU_ASSERT_EQUAL (test_blob (&store, &call, test_name (9), 9, 100), 0);
  test_store_close (&store);
}

/* ---- several processes ---- */

static void
write_half_and_tell (void *root, int ready)
{
  test_store_open (&store, root, false);
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  if (create (&call, 10, 4 * MIB, RESUME, &have, &writer)
      || test_put (&store, &call, writer, 10, 0, 2 * MIB))
    _exit (1);
  close (ready);
  for (;;)
    pause ();
}

static void
test_resume_after_death (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  pid_t child = test_start_child (write_half_and_tell, root);
  open_fresh ();
  TEST_CALL (call);
  void *writer, *second;
  uint64_t have;
  /* Its owner lives.  */
  CU_ASSERT_EQUAL (count_partials (), 1);
  CU_ASSERT_EQUAL_FATAL (create (&call, 10, 4 * MIB, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 0);
  store.ops->abandon (store.self, writer, 0);
  test_kill (child);
  /* Its owner is dead: one alone goes on with it.  */
  CU_ASSERT_EQUAL_FATAL (create (&call, 10, 4 * MIB, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, 2 * MIB);
  CU_ASSERT_EQUAL_FATAL (create (&call, 10, 4 * MIB, RESUME, &have, &second), 0);
  CU_ASSERT_EQUAL (have, 0);
  store.ops->abandon (store.self, second, 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 10, 2 * MIB, 2 * MIB), 0);
  CU_ASSERT_EQUAL (commit (&call, writer, 4 * MIB), 0);
  CU_ASSERT (test_blob_is (&store, test_name (10), 10, 4 * MIB));
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

static void
write_with_a_gap_and_tell (void *root, int ready)
{
  test_store_open (&store, root, false);
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  if (create (&call, 11, 4 * MIB, RESUME, &have, &writer)
      || test_put (&store, &call, writer, 11, 0, MIB)
      || test_put (&store, &call, writer, 11, 3 * MIB, MIB))
    _exit (1);
  close (ready);
  for (;;)
    pause ();
}

/* Some file systems have no gaps: what was not written is zeros there, which a digest tells.  */
static bool
has_gaps (void)
{
  CLEANUP_CLOSE int fd = open (check_path ("gap"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  bool made = pwrite (fd, "x", 1, 2 * MIB) == 1;
  unlink (check_path ("gap"));
  return made && os_first_hole (fd) == 0;
}

static void
test_resume_stops_at_a_gap (void)
{
  char root[512];
  const uint64_t expected = has_gaps () ? MIB : 4 * MIB;
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  test_kill (test_start_child (write_with_a_gap_and_tell, root));
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 11, 4 * MIB, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (have, expected);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 11, MIB, 3 * MIB), 0);
  CU_ASSERT_EQUAL (commit (&call, writer, 4 * MIB), 0);
  CU_ASSERT (test_blob_is (&store, test_name (11), 11, 4 * MIB));
  test_store_close (&store);
}

#define CLAIMANTS 6

static atomic_int claims;

static void *
claim (void *ctx)
{
  (void) ctx;
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  if (create (&call, 10, 4 * MIB, RESUME, &have, &writer) == 0)
    {
      atomic_fetch_add (&claims, have == 2 * MIB);
      store.ops->abandon (store.self, writer, 0);
    }
  return NULL;
}

static void
test_one_claimant_wins (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  test_kill (test_start_child (write_half_and_tell, root));
  open_fresh ();
  pthread_t threads[CLAIMANTS];
  atomic_store (&claims, 0);
  for (int i = 0; i < CLAIMANTS; i++)
    pthread_create (&threads[i], NULL, claim, NULL);
  for (int i = 0; i < CLAIMANTS; i++)
    pthread_join (threads[i], NULL);
  CU_ASSERT_EQUAL (atomic_load (&claims), 1);
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

/* ---- locks ---- */

static void
test_lock_excludes (void)
{
  struct test_store other;
  open_fresh ();
  test_store_open (&other, check_path ("cache"), false);
  TEST_CALL (call);
  void *lock, *second;
  CU_ASSERT_EQUAL_FATAL (store.ops->lock (store.self, &call, &test_repo, "k", &lock), 0);
  call.deadline_ms = clock_now_ms () + 120;
  CU_ASSERT_EQUAL (other.ops->lock (other.self, &call, &test_repo, "k", &second), HFCORE_E_BUSY);
  CU_ASSERT (clock_now_ms () >= call.deadline_ms);
  call.deadline_ms = 0;
  /* Another key is another lock.  */
  CU_ASSERT_EQUAL_FATAL (other.ops->lock (other.self, &call, &test_repo, "l", &second), 0);
  other.ops->unlock (other.self, second);
  /* Whoever waits can be stopped.  */
  atomic_int stop = 1;
  call.cancel = &stop;
  CU_ASSERT_EQUAL (other.ops->lock (other.self, &call, &test_repo, "k", &second),
                   HFCORE_E_CANCELLED);
  call.cancel = NULL;
  store.ops->unlock (store.self, lock);
  CU_ASSERT_EQUAL_FATAL (other.ops->lock (other.self, &call, &test_repo, "k", &second), 0);
  other.ops->unlock (other.self, second);
  test_store_close (&other);
  test_store_close (&store);
}

static void
lock_and_tell (void *root, int ready)
{
  test_store_open (&store, root, false);
  TEST_CALL (call);
  void *lock;
  if (store.ops->lock (store.self, &call, &test_repo, "k", &lock))
    _exit (1);
  close (ready);
  for (;;)
    pause ();
}

static void
test_lock_of_the_dead (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  pid_t child = test_start_child (lock_and_tell, root);
  open_fresh ();
  TEST_CALL (call);
  void *lock;
  call.deadline_ms = clock_now_ms () + 100;
  CU_ASSERT_EQUAL (store.ops->lock (store.self, &call, &test_repo, "k", &lock), HFCORE_E_BUSY);
  test_kill (child);
  call.deadline_ms = clock_now_ms () + 10000;
  CU_ASSERT_EQUAL_FATAL (store.ops->lock (store.self, &call, &test_repo, "k", &lock), 0);
  store.ops->unlock (store.self, lock);
  test_store_close (&store);
}

/* ---- threads ---- */

#define THREADS 8
#define FILES   24

static bool makes_links;

static void *
write_files (void *number_)
{
  unsigned number = (unsigned) (uintptr_t) number_, bad = 0;
  for (unsigned i = 0; i < FILES; i++)
    {
      TEST_CALL (call);
      char path[64];
      /* Half of them are written by all threads at once.  */
      unsigned blob = i % 2 ? i : 1000 * (number + 1) + i;
      size_t len = 1000 + 37 * blob % 5000;
      struct hfcore_stored_file file = { .size = sizeof file };
      snprintf (path, sizeof path, "folder/%u/%u.bin", i % 3, blob);
      bad += test_blob (&store, &call, test_name (blob), blob, len) != 0;
      bad += store.ops->file_set (store.self, &call, &test_repo, test_name (0), path,
                                  test_name (blob), HFCORE_NEW_BLOB, &file)
             != 0;
      bad += file.state != HFCORE_FILE_PRESENT || file.length != len;
      bad += store.ops->file_get (store.self, &call, &test_repo, test_name (0), path, &file) != 0;
      bad += file.state != HFCORE_FILE_PRESENT || !file.path;
      bad += store.ops->ref_set (store.self, &call, &test_repo, "main", NULL, test_name (blob))
             != 0;
      /* Without links a blob that is new becomes the file.  */
      bad += makes_links && !test_blob_is (&store, test_name (blob), blob, len);
    }
  return (void *) (uintptr_t) bad;
}

static void
test_many_threads (void)
{
  open_fresh ();
  makes_links = test_storage_links ();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++)
    pthread_create (&threads[i], NULL, write_files, (void *) i);
  int listings = 0;
  while (listings < 20)
    listings += test_count (&store, HFCORE_ENTRY_FILE, NULL) >= HFCORE_E_NOTFOUND;
  for (int i = 0; i < THREADS; i++)
    {
      void *bad;
      pthread_join (threads[i], &bad);
      CU_ASSERT_PTR_NULL (bad);
    }
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_FILE, NULL), THREADS * FILES / 2 + FILES / 2);
  CU_ASSERT_EQUAL (count_partials (), 0);
  test_store_close (&store);
}

struct range
{
  void *writer;
  uint64_t offset;
  int code;
};

static void *
write_range (void *range_)
{
  struct range *range = range_;
  TEST_CALL (call);
  for (uint64_t at = 0; at < 2 * MIB && !range->code; at += MIB / 8)
    range->code = test_put (&store, &call, range->writer, 12, range->offset + at, MIB / 8);
  return NULL;
}

static void
test_ranges_from_many_threads (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  pthread_t threads[THREADS];
  struct range ranges[THREADS] = { 0 };
  CU_ASSERT_EQUAL_FATAL (create (&call, 12, THREADS * 2 * MIB, 0, &have, &writer), 0);
  for (unsigned i = 0; i < THREADS; i++)
    {
      ranges[i] = (struct range){ writer, i * 2 * MIB, 0 };
      pthread_create (&threads[i], NULL, write_range, &ranges[i]);
    }
  for (int i = 0; i < THREADS; i++)
    {
      pthread_join (threads[i], NULL);
      CU_ASSERT_EQUAL (ranges[i].code, 0);
    }
  CU_ASSERT_EQUAL (commit (&call, writer, THREADS * 2 * MIB), 0);
  CU_ASSERT (test_blob_is (&store, test_name (12), 12, THREADS * 2 * MIB));
  test_store_close (&store);
}

/* ---- no room ---- */

static int
fill_limited (void *root)
{
  struct rlimit limit = { 64 << 10, 64 << 10 };
  signal (SIGXFSZ, SIG_IGN);
  test_store_open (&store, root, false);
  TEST_CALL (call);
  if (setrlimit (RLIMIT_FSIZE, &limit))
    return 97;
  int code = test_blob (&store, &call, test_name (13), 13, MIB);
  if (code != HFCORE_E_NOSPACE || !strstr (call.error.message, "free some space"))
    return 1;
  if (count_partials () != 0 || !is_unseen (13))
    return 2;
  test_store_close (&store);
  return 0;
}

static void
test_no_space (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  CU_ASSERT_EQUAL (test_in_child (fill_limited, root), 0);
}

static void
test_full_file_system (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("small"));
  mkdir (root, 0777);
  if (mount ("none", root, "tmpfs", 0, "size=1m"))
    {
      fprintf (stderr, "no tmpfs can be mounted (%s): skipped ", strerror (errno));
      return;
    }
  test_store_open (&store, root, false);
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 14, 4 * MIB, RESUME, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 14, 0, MIB / 2), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 14, MIB / 2, 2 * MIB), HFCORE_E_NOSPACE);
  CU_ASSERT_EQUAL (call.error.os_errno, ENOSPC);
  /* What arrived can be kept even now.  */
  store.ops->abandon (store.self, writer, 1);
  CU_ASSERT_EQUAL_FATAL (create (&call, 14, 4 * MIB, RESUME, &have, &writer), 0);
  CU_ASSERT (have >= MIB / 2);
  store.ops->abandon (store.self, writer, 0);
  CU_ASSERT_EQUAL (test_blob (&store, &call, test_name (15), 15, MIB / 4), 0);
  test_store_close (&store);
  CU_ASSERT_EQUAL (umount (root), 0);
}

STORAGE_MAIN ("storage contract: bytes", { "unseen_until_commit", test_unseen_until_commit },
              { "empty_blob", test_empty_blob },
              { "wrong_length_is_not_published", test_wrong_length_is_not_published },
              { "restart_forgets_all", test_restart_forgets_all }, { "read_back", test_read_back },
              { "twins", test_twins }, { "abandon", test_abandon },
              { "partial_of_another_size", test_partial_of_another_size },
              { "removed_under_the_writer", test_removed_under_the_writer },
              { "resume_after_death", test_resume_after_death },
              { "resume_stops_at_a_gap", test_resume_stops_at_a_gap },
              { "one_claimant_wins", test_one_claimant_wins },
              { "lock_excludes", test_lock_excludes },
              { "lock_of_the_dead", test_lock_of_the_dead }, { "many_threads", test_many_threads },
              { "ranges_from_many_threads", test_ranges_from_many_threads },
              { "no_space", test_no_space }, { "full_file_system", test_full_file_system })
