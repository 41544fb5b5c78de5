/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_use.c: when a revision was last used, as the layout remembers it.  */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tests/unit/layout_fixture.h"

#define COMMIT   "0000000000000000000000000000000000000001"
#define OTHER    "0000000000000000000000000000000000000002"
#define SNAPSHOT "cache/models--org--name/snapshots/" COMMIT

static void
set_age (const char *name, time_t seconds)
{
  const struct timespec then = { .tv_sec = time (NULL) - seconds };
  const struct timespec both[2] = { then, then };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (name), both, 0), 0);
}

static time_t
age (const char *name)
{
  struct stat st;
  CU_ASSERT_EQUAL_FATAL (stat (check_path (name), &st), 0);
  return time (NULL) - st.st_mtim.tv_sec;
}

static int
mark (struct hub_store *store, const char *commit)
{
  TEST_CALL (call);
  return hub_use_mark (store, &call, &test_repo, commit);
}

static int
note_use (void *used_ns, const struct hfcore_entry *entry)
{
  if (entry->kind == HFCORE_ENTRY_REVISION)
    *(int64_t *) used_ns = entry->used_ns;
  return 0;
}

static void
test_marked (void)
{
  struct hub_store *store = layout_open_fresh ();
  int64_t used_ns = 0;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &used_ns, .entry = note_use };
  TEST_CALL (call);
  check_write (SNAPSHOT "/sub/file", "content");
  set_age (SNAPSHOT "/sub/file", 5000);
  set_age (SNAPSHOT, 5000);
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_OK);
  CU_ASSERT_TRUE (age (SNAPSHOT) < 60);
  CU_ASSERT_TRUE (age (SNAPSHOT "/sub/file") >= 5000);
  CU_ASSERT_EQUAL (hub_list (store, &call, &test_repo, 1u << HFCORE_ENTRY_REVISION, &sink),
                   HFCORE_OK);
  CU_ASSERT_TRUE (used_ns > ((int64_t) time (NULL) - 60) * 1000000000);
  hub_store_close (store);
}

static void
test_not_too_often (void)
{
  struct hub_store *store = layout_open_fresh ();
  check_write (SNAPSHOT "/file", "content");
  set_age (SNAPSHOT, 500);
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_OK);
  CU_ASSERT_TRUE (age (SNAPSHOT) >= 500);
  set_age (SNAPSHOT, 700);
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_OK);
  CU_ASSERT_TRUE (age (SNAPSHOT) < 60);
  /* What a wrong clock left.  */
  set_age (SNAPSHOT, -100000);
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_OK);
  CU_ASSERT_TRUE (age (SNAPSHOT) > -60);
  hub_store_close (store);
}

static void
test_nothing_there (void)
{
  struct hub_store *store = layout_open_fresh ();
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_PASS);
  CU_ASSERT_TRUE (access (check_path ("cache"), F_OK) < 0);
  check_write (SNAPSHOT "/file", "content");
  CU_ASSERT_EQUAL (mark (store, OTHER), HFCORE_PASS);
  check_write ("cache/models--org--name/snapshots/" OTHER, "a file");
  set_age ("cache/models--org--name/snapshots/" OTHER, 5000);
  CU_ASSERT_EQUAL (mark (store, OTHER), HFCORE_PASS);
  CU_ASSERT_TRUE (age ("cache/models--org--name/snapshots/" OTHER) >= 5000);
  hub_store_close (store);
}

/* A link in the place of a revision is not followed.  */
static void
test_link (void)
{
  struct hub_store *store = layout_open_fresh ();
  check_write ("elsewhere/file", "content");
  check_write ("cache/models--org--name/snapshots/" OTHER "/file", "content");
  set_age ("elsewhere", 5000);
  CU_ASSERT_EQUAL (symlink (check_path ("elsewhere"), check_path (SNAPSHOT)), 0);
  CU_ASSERT_EQUAL (mark (store, COMMIT), HFCORE_PASS);
  CU_ASSERT_TRUE (age ("elsewhere") >= 5000);
  hub_store_close (store);
}

CHECK_MAIN ("hub_use", { "marked", test_marked }, { "not too often", test_not_too_often },
            { "nothing there", test_nothing_there }, { "link", test_link })
