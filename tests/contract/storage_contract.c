/* SPDX-License-Identifier: Apache-2.0 */
/* storage_contract.c: what our storages do with bytes beyond what `hfcore plugin check` tries
 * (tests/cli/contract_storages.sh): who inherits a partial and how much of it, what is said when it
 * was removed, where the room ends.  */
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

/* ---- several writers ---- */

static void
test_abandoned_bytes_have_one_heir (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  CU_ASSERT_EQUAL_FATAL (create (&call, 7, 8000, 0, &have, &writer), 0);
  CU_ASSERT_EQUAL (test_put (&store, &call, writer, 7, 0, 5000), 0);
  store.ops->abandon (store.self, writer, 1);
  CU_ASSERT_EQUAL (count_partials (), 1);
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

STORAGE_MAIN ("storage contract: bytes",
              { "abandoned_bytes_have_one_heir", test_abandoned_bytes_have_one_heir },
              { "removed_under_the_writer", test_removed_under_the_writer },
              { "resume_after_death", test_resume_after_death },
              { "resume_stops_at_a_gap", test_resume_stops_at_a_gap },
              { "one_claimant_wins", test_one_claimant_wins }, { "no_space", test_no_space },
              { "full_file_system", test_full_file_system })
