/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_remove.c: what changed since it was looked at does not go.  */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "core/util/clock.h"
#include "tests/unit/layout_fixture.h"

#define COMMIT "0000000000000000000000000000000000000001"
#define OTHER  "0000000000000000000000000000000000000002"
#define REPO   "cache/models--org--name"
#define FIRST  REPO "/snapshots/" COMMIT "/file"
#define ROOM   256

static bool
is_there (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0;
}

static void
set_age (const char *name, time_t seconds)
{
  const struct timespec then = { .tv_sec = time (NULL) - seconds };
  const struct timespec both[2] = { then, then };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (name), both, 0), 0);
}

static void
test_ref_that_moved (void)
{
  struct hub_store *store = layout_open_fresh ();
  struct hfcore_entry entry = { .size = sizeof entry,
                                .kind = HFCORE_ENTRY_REF,
                                .repo = &test_repo,
                                .name = "main",
                                .commit = COMMIT };
  TEST_CALL (call);
  check_write (REPO "/refs/main", OTHER);
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_PASS);
  CHECK_STRING (check_read (check_path (REPO "/refs/main")), OTHER);
  check_write (REPO "/refs/main", COMMIT);
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_OK);
  CU_ASSERT_FALSE (is_there (REPO "/refs/main"));
  /* Whatever it names, and be it nothing.  */
  entry.commit = NULL;
  check_write (REPO "/refs/main", OTHER);
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_OK);
  check_write (REPO "/refs/main", "no commit");
  entry.commit = COMMIT;
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_OK);
  CU_ASSERT_FALSE (is_there (REPO "/refs/main"));
  hub_store_close (store);
}

/* Later than what was written last.  */
static int64_t
next_stamp (const char *last)
{
  struct stat st;
  CU_ASSERT_EQUAL_FATAL (lstat (check_path (last), &st), 0);
  const int64_t written = (int64_t) st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
  while (clock_stamp_ns () <= written)
    clock_sleep_ms (1);
  return clock_stamp_ns ();
}

static void
write_repo (void)
{
  check_write (REPO "/refs/main", COMMIT);
  check_write (REPO "/blobs/aa", "content");
  check_write (FIRST, "content");
}

static void
test_repo_that_grew (void)
{
  static const char *const added[]
      = { REPO "/refs/dev", REPO "/refs/refs/pr/1", REPO "/snapshots/" OTHER "/file",
          REPO "/snapshots/" COMMIT "/more", REPO "/snapshots/" COMMIT "/sub/more" };
  struct hub_store *store = layout_open_fresh ();
  struct hfcore_entry entry = {
    .size = sizeof entry, .kind = HFCORE_ENTRY_REPO, .repo = &test_repo, .flags = HFCORE_REMOVE_IDLE
  };
  for (size_t i = 0; i < sizeof added / sizeof *added; i++)
    {
      TEST_CALL (call);
      write_repo ();
      entry.modified_ns = next_stamp (FIRST);
      check_write (added[i], COMMIT);
      CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_E_BUSY);
      CU_ASSERT_TRUE (is_there (added[i]));
      entry.modified_ns = 0;
      CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_OK);
      CU_ASSERT_FALSE (is_there (REPO));
    }
  /* What another deleter takes away is no reason to stay.  */
  TEST_CALL (call);
  write_repo ();
  entry.modified_ns = next_stamp (FIRST);
  CU_ASSERT_EQUAL (remove (check_path (REPO "/refs/main")), 0);
  CU_ASSERT_EQUAL (remove (check_path (REPO "/blobs/aa")), 0);
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), HFCORE_OK);
  CU_ASSERT_FALSE (is_there (REPO));
  hub_store_close (store);
}

/* Where no rename refuses to replace, as on NFS.  */
static int
try_without_noreplace (void *store_)
{
  struct hub_store *store = store_;
  struct hfcore_entry entry = {
    .size = sizeof entry, .kind = HFCORE_ENTRY_REPO, .repo = &test_repo, .flags = HFCORE_REMOVE_IDLE
  };
  TEST_CALL (call);
  entry.modified_ns = next_stamp (FIRST);
  check_write (REPO "/snapshots/" OTHER "/file", "content");
  if (test_break_syscall (SYS_renameat2, EINVAL) < 0)
    return 77;
  return hub_remove (store, &call, &entry) == HFCORE_E_BUSY ? 0 : 1;
}

static void
test_without_noreplace (void)
{
  struct hub_store *store = layout_open_fresh ();
  write_repo ();
  int ended = test_in_child (try_without_noreplace, store);
  CU_ASSERT (ended == 0 || ended == 77);
  CU_ASSERT_TRUE (is_there (REPO "/snapshots/" OTHER "/file"));
  CU_ASSERT_TRUE (is_there (FIRST));
  hub_store_close (store);
}

/* ---- partials in what is no repository ---- */

static int
note_partial (void *told_, const struct hfcore_entry *entry)
{
  char *told = told_;
  if (entry->kind == HFCORE_ENTRY_PARTIAL)
    snprintf (told + strlen (told), ROOM - strlen (told), "%.8s%s\n", entry->name,
              entry->flags & HFCORE_IS_HELD ? " held" : "");
  return 0;
}

static void
test_stray_partials (void)
{
  struct hub_store *store = layout_open_fresh ();
  char told[ROOM] = "";
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = told, .entry = note_partial };
  TEST_CALL (call);
  check_write ("cache/stray/blobs/new.01234567.incomplete", "of a minute ago");
  set_age ("cache/stray/blobs/new.01234567.incomplete", 60);
  CU_ASSERT_EQUAL (hub_list (store, &call, NULL, 1u << HFCORE_ENTRY_PARTIAL, &sink), HFCORE_OK);
  CHECK_STRING (told, "new.0123 held\n");
  told[0] = 0;
  set_age ("cache/stray/blobs/new.01234567.incomplete", 2 * 60 * 60);
  CU_ASSERT_EQUAL (hub_list (store, &call, NULL, 1u << HFCORE_ENTRY_PARTIAL, &sink), HFCORE_OK);
  CHECK_STRING (told, "new.0123\n");
  /* A link leads out of the cache.  */
  told[0] = 0;
  CU_ASSERT_EQUAL (rename (check_path ("cache/stray"), check_path ("elsewhere")), 0);
  CU_ASSERT_EQUAL (symlink (check_path ("elsewhere"), check_path ("cache/stray")), 0);
  CU_ASSERT_EQUAL (hub_list (store, &call, NULL, 1u << HFCORE_ENTRY_PARTIAL, &sink), HFCORE_OK);
  CHECK_STRING (told, "");
  hub_store_close (store);
}

CHECK_MAIN ("hub layout: removing", { "ref_that_moved", test_ref_that_moved },
            { "repo_that_grew", test_repo_that_grew },
            { "without_noreplace", test_without_noreplace },
            { "stray_partials", test_stray_partials })
