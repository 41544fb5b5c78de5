/* SPDX-License-Identifier: Apache-2.0 */
/* test_fetch_copy.c: one blob from another storage; and what is said of one that was there.  */
#include "core/engine/fetch.h"

#include <stdio.h>
#include "core/engine/tiers.h"
#include "tests/unit/engine_fixture.h"

#define BLOB      FOLDER "blobs/" HELLO_ETAG
#define PARTIAL   FOLDER "partial/" HELLO_ETAG
#define ONE(more) SHELF ("") TRANSPORT SOURCE ("one", more)

static struct fetched fetched;

static struct fetch
hello (void)
{
  struct fetch fetch = { .engine = scene.engine,
                         .events = &scene.events,
                         .repo = &scene_repo,
                         .commit = COMMIT,
                         .path = "a.txt",
                         .etag = HELLO_ETAG,
                         .length = strlen (HELLO) };
  CU_ASSERT_EQUAL_FATAL (tiers_writable (scene.engine, &scene.call, &fetch.storage), HFCORE_OK);
  return fetch;
}

static int
run (const struct fetch *fetch)
{
  return fetch_blob (fetch, &scene.call, &fetched);
}

static void
check_new (int code)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CU_ASSERT_TRUE (fetched.published && fetched.is_new);
  scene_has (BLOB, HELLO);
  scene_has (PARTIAL, NULL);
  CHECK_LOGGED ("abandon", 0);
}

/* ---- what was there before ---- */

static void
test_new_or_not (void)
{
  scene_open (ONE (""));
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  CU_ASSERT_FALSE (fetched.published || fetched.is_new);
  fetch.force = true;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  CU_ASSERT_TRUE (fetched.published && !fetched.is_new);
  CU_ASSERT_EQUAL (remove (check_path (BLOB)), 0);
  check_new (run (&fetch));
  scene_close ();
}

/* ---- copies ---- */

#define COPIES(fail)                                                                               \
  "storage:\n" SHELF_NAMED ("shelf", fail) SHELF_NAMED ("far", ", access: read-only")              \
      TRANSPORT SOURCE ("one", "")

static int
run_copy (const char *content)
{
  const struct fetch_copy copy = { .storage = 1, .path = check_write ("far/file", content) };
  struct fetch fetch = hello ();
  fetch.copy = &copy;
  return run (&fetch);
}

static void
test_copy (void)
{
  scene_open (COPIES (""));
  check_new (run_copy (HELLO));
  CHECK_LOGGED ("event START a.txt 0/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 11/11", 1);
  CHECK_LOGGED ("asked to", 0);
  scene_close ();
}

static void
test_goes_on (void)
{
  scene_open (COPIES (""));
  check_write (PARTIAL, "hello");
  check_new (run_copy (HELLO));
  CHECK_LOGGED ("event START a.txt 5/11", 1);
  CHECK_LOGGED ("event RESTART", 0);
  scene_close ();
}

/* What was left of an earlier copy may be what is bad.  */
static void
test_starts_again (void)
{
  scene_open (COPIES (""));
  check_write (PARTIAL, "HELLO");
  check_new (run_copy (HELLO));
  CHECK_LOGGED ("event RESTART", 1);
  CHECK_LOGGED ("WARNING", 0);
  scene_close ();
}

static void
test_no_good (void)
{
  static const char *const contents[] = { "hello", "hello worlds", "hello worlD", "" };
  for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
    {
      scene_open (COPIES (""));
      CU_ASSERT_EQUAL (run_copy (contents[i]), HFCORE_E_CORRUPT);
      CHECK_CONTAINS (scene.call.error.message, "a.txt");
      scene_has (BLOB, NULL);
      scene_has (PARTIAL, NULL);
      CHECK_LOGGED ("WARNING", 0);
      CHECK_LOGGED ("event RESTART", 0);
      CHECK_LOGGED ("asked to", 0);
    }
  scene_close ();
}

static void
test_cannot_be_read (void)
{
  scene_open (COPIES (""));
  struct fetch_copy copy = { .storage = 1, .path = check_path ("far/nothing") };
  struct fetch fetch = hello ();
  fetch.copy = &copy;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (scene.call.error.message, "far/nothing");
  copy.path = check_folder ();
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (scene.call.error.message, "is no regular file");
  /* Without a path the storage is asked for the blob, which this one does not tell.  */
  copy.path = NULL;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (scene.call.error.message, "read: the plugin does not do that");
  CHECK_LOGGED ("abandon and drop", 3);
  scene_close ();
}

static void
test_stopped (void)
{
  scene_open (COPIES (""));
  logbook_stop_at (HFCORE_EVENT_BYTES);
  CU_ASSERT_EQUAL (run_copy (HELLO), HFCORE_E_CANCELLED);
  CHECK_LOGGED ("abandon and keep", 1);
  scene_close ();
}

static void
test_no_room (void)
{
  scene_open (COPIES (", fail: [write nospace]"));
  CU_ASSERT_EQUAL (run_copy (HELLO), HFCORE_E_NOSPACE);
  CHECK_STRING (scene.call.error.origin, "shelf (test-shelf)");
  scene_close ();
}

CHECK_MAIN ("fetch_copy", { "new or not", test_new_or_not }, { "copy", test_copy },
            { "goes on", test_goes_on }, { "starts again", test_starts_again },
            { "no good", test_no_good }, { "cannot be read", test_cannot_be_read },
            { "stopped", test_stopped }, { "no room", test_no_room })
