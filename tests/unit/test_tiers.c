/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiers.c: several storages as one.  */
#include "core/engine/tiers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define TWO(first, second)                                                                         \
  "storage:\n" SHELF_NAMED ("one", first) SHELF_NAMED ("two", second) NO_TRANSPORT
#define ONE_HAS(path, content) check_write ("one/models--org--name/" path, content)
#define TWO_HAS(path, content) check_write ("two/models--org--name/" path, content)

static struct hfcore_stored_file file;
static char commit[41];

static int
find_file (void)
{
  return tiers_find_file (scene.engine, &scene.call, &scene_repo, COMMIT, "a.txt", &file);
}

static int
find_ref (void)
{
  commit[0] = 0;
  return tiers_find_ref (scene.engine, &scene.call, &scene_repo, "main", commit);
}

static void
test_first_that_knows (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CHECK_STRING (file.path, check_path ("two/models--org--name/snapshots/" COMMIT "/a.txt"));
  CU_ASSERT_EQUAL (file.length, strlen (HELLO));
  ONE_HAS ("snapshots/" COMMIT "/a.txt", HELLO "!");
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CHECK_STRING (file.path, check_path ("one/models--org--name/snapshots/" COMMIT "/a.txt"));
  scene_close ();
}

static void
test_known_absent (void)
{
  scene_open (TWO ("", ""));
  TWO_HAS ("absent/" COMMIT "/a.txt", "");
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_ABSENT);
  CU_ASSERT_PTR_NULL (file.path);
  scene_close ();
}

static void
test_absent_in_one_only (void)
{
  scene_open (TWO ("", ""));
  ONE_HAS ("absent/" COMMIT "/a.txt", "");
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_ABSENT);
  CU_ASSERT_PTR_NULL (file.path);
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CHECK_STRING (file.path, check_path ("two/models--org--name/snapshots/" COMMIT "/a.txt"));
  scene_close ();
}

static void
test_failing_one_is_passed_over (void)
{
  scene_open (TWO (", fail: [file_get io, ref_get down]", ""));
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  TWO_HAS ("refs/main", COMMIT);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_LOGGED ("WARNING storage 'one' is passed over: told to say io", 1);
  CHECK_LOGGED ("WARNING", 1);
  scene_close ();
}

static void
test_each_is_warned_of (void)
{
  scene_open (TWO (", fail: [file_get io]", ", fail: [file_get io]"));
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CHECK_LOGGED ("WARNING storage 'one' is passed over", 1);
  CHECK_LOGGED ("WARNING storage 'two' is passed over", 1);
  scene_close ();
}

static void
test_one_that_does_not_open (void)
{
  scene_open ("storage:\n  - { name: one, plugin: test-nothing }\n" SHELF_NAMED ("two", "")
                  NO_TRANSPORT);
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (find_file (), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CHECK_LOGGED ("WARNING storage 'one' is passed over", 1);
  scene_close ();
}

static void
test_the_only_one_fails (void)
{
  scene_open (SHELF (", fail: [file_get io, ref_get down, path readonly]") NO_TRANSPORT);
  char *folder = NULL;
  CU_ASSERT_EQUAL (find_file (), HFCORE_E_IO);
  CHECK_STRING (scene.call.error.message, "told to say io");
  CHECK_STRING (scene.call.error.origin, "shelf (test-shelf)");
  CU_ASSERT_EQUAL (find_ref (), HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (tiers_find_folder (scene.engine, &scene.call, &scene_repo, COMMIT, &folder),
                   HFCORE_E_READONLY);
  CHECK_LOGGED ("WARNING", 0);
  scene_close ();
}

static void
test_not_passed_over (void)
{
  scene_open (TWO (", fail: [file_get cancelled, ref_get nomem]", ""));
  CU_ASSERT_EQUAL (find_file (), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_E_NOMEM);
  CHECK_LOGGED ("WARNING", 0);
  scene_close ();
}

static void
test_refs (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_EQUAL (find_ref (), HFCORE_PASS);
  ONE_HAS ("refs/main", "1111");
  CU_ASSERT_EQUAL (find_ref (), HFCORE_PASS);
  TWO_HAS ("refs/main", OTHER_COMMIT);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, OTHER_COMMIT);
  ONE_HAS ("refs/main", COMMIT "\n");
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, OTHER_COMMIT);
  ONE_HAS ("refs/main", COMMIT);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, COMMIT);
  scene_close ();
}

static void
set_time (const char *path, time_t seconds)
{
  const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, path, times, 0), 0);
}

/* Of different commits the newest; otherwise nobody is asked for times.  */
static void
test_newest_ref (void)
{
  scene_open (TWO ("", ""));
  set_time (ONE_HAS ("refs/main", COMMIT), 2000);
  set_time (TWO_HAS ("refs/main", COMMIT), 3000);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_LOGGED ("list org/name", 0);
  set_time (TWO_HAS ("refs/main", OTHER_COMMIT), 3000);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, OTHER_COMMIT);
  CHECK_LOGGED ("list org/name", 2);
  set_time (check_path ("one/models--org--name/refs/main"), 3000);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, COMMIT);
  CHECK_LOGGED ("WARNING", 0);
  scene_close ();
}

static void
test_newest_ref_of_three (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("zero", "") SHELF_NAMED ("one", "") SHELF_NAMED ("two", "")
                  NO_TRANSPORT);
  set_time (check_write ("zero/models--org--name/refs/main", COMMIT), 1000);
  set_time (ONE_HAS ("refs/main", OTHER_COMMIT), 3000);
  set_time (TWO_HAS ("refs/main", "3333333333333333333333333333333333333333"), 2000);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_STRING (commit, OTHER_COMMIT);
  scene_close ();
}

/* Where one cannot tell, the order decides.  */
static void
test_ref_without_time (void)
{
  static const char *const fails[] = { "list unsupported", "list pass", "list io" };
  for (size_t i = 0; i < 2 * sizeof fails / sizeof *fails; i++)
    {
      char yaml[2048], fail[64];
      snprintf (fail, sizeof fail, ", fail: [%s]", fails[i / 2]);
      snprintf (yaml, sizeof yaml, TWO ("%s", "%s"), i % 2 ? fail : "", i % 2 ? "" : fail);
      scene_open (yaml);
      set_time (ONE_HAS ("refs/main", COMMIT), 1000);
      set_time (TWO_HAS ("refs/main", OTHER_COMMIT), 2000);
      CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
      CHECK_STRING (commit, COMMIT);
      CHECK_LOGGED ("WARNING", 0);
    }
  scene_open (TWO (", fail: [list cancelled]", ""));
  CU_ASSERT_EQUAL (find_ref (), HFCORE_E_CANCELLED);
  scene_close ();
}

/* With one storage a ref costs one question.  */
static void
test_only_ref (void)
{
  scene_open (SHELF ("") NO_TRANSPORT);
  check_write (FOLDER "refs/main", COMMIT);
  CU_ASSERT_EQUAL (find_ref (), HFCORE_OK);
  CHECK_LOGGED ("[shelf] ref_get main: OK", 1);
  CHECK_LOGGED ("[shelf] list", 0);
  scene_close ();
}

/* ---- layers that are no good ---- */

static void
test_wrong_length (void)
{
  scene_open (TWO ("", ""));
  struct hfcore_stored_file stored = { .size = sizeof stored, .length = 5 };
  CU_ASSERT_TRUE (tiers_is_sound (scene.engine, 0, "a.txt", &stored, 7));
  CU_ASSERT_TRUE (tiers_is_sound (scene.engine, 1, "a.txt", &stored, 5));
  CU_ASSERT_TRUE (tiers_is_sound (scene.engine, 1, "a.txt", &stored, HFCORE_SIZE_UNKNOWN));
  CHECK_LOGGED ("WARNING", 0);
  CU_ASSERT_FALSE (tiers_is_sound (scene.engine, 1, "a.txt", &stored, 7));
  CU_ASSERT_FALSE (tiers_is_sound (scene.engine, 1, "b.txt", &stored, 7));
  CHECK_LOGGED ("WARNING storage 'two' is passed over: its 'a.txt' has 5 bytes, not 7", 1);
  CHECK_LOGGED ("WARNING", 1);
  scene_open (SHELF (", access: read-only") NO_TRANSPORT);
  CU_ASSERT_TRUE (tiers_is_sound (scene.engine, 0, "a.txt", &stored, 7));
  scene_close ();
}

static void
test_dangling (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_FALSE (tiers_is_dangling (scene.engine, &scene_repo, COMMIT, "a.txt"));
  ONE_HAS ("snapshots/" COMMIT "/b.txt", HELLO);
  const char *pointer = check_path ("one/models--org--name/snapshots/" COMMIT "/a.txt");
  CU_ASSERT_EQUAL (symlink ("/nowhere/blobs/x", pointer), 0);
  CU_ASSERT_TRUE (tiers_is_dangling (scene.engine, &scene_repo, COMMIT, "a.txt"));
  CU_ASSERT_FALSE (tiers_is_dangling (scene.engine, &scene_repo, OTHER_COMMIT, "a.txt"));
  CU_ASSERT_FALSE (tiers_is_dangling (scene.engine, &scene_repo, COMMIT, "b.txt"));
  scene_close ();
}

/* What is no commit hash is no commit (spec 1.6), though it has 40 characters.  */
static void
test_ref_of_forty_letters (void)
{
  scene_open (TWO ("", ""));
  ONE_HAS ("refs/main", "../../../../../../../../../../../../../x");
  CU_ASSERT_EQUAL (find_ref (), HFCORE_PASS);
  scene_close ();
}

static int
count_file (void *ctx, const struct hfcore_file_info *info)
{
  CHECK_STRING (info->path, "a.txt");
  return ++*(int *) ctx == 2 ? HFCORE_E_CONFLICT : HFCORE_OK;
}

static int
find_tree_in (size_t index, int *files)
{
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = files, .file = count_file };
  return tiers_find_tree_in (scene.engine, &scene.call, index, &scene_repo, COMMIT, &sink);
}

static void
test_trees (void)
{
  int files = 0;
  scene_open (
      "storage:\n  - { name: one, plugin: test-wrap, wraps: inner }\n" SHELF_NAMED ("inner", "")
          SHELF_NAMED ("two", "") NO_TRANSPORT);
  /* A storage that cannot remember lists is not a failing one.  */
  CU_ASSERT_EQUAL (find_tree_in (0, &files), HFCORE_PASS);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (find_tree_in (1, &files), HFCORE_PASS);
  TWO_HAS ("trees/" COMMIT, "a.txt " HELLO_ETAG " 11\n");
  CU_ASSERT_EQUAL (find_tree_in (1, &files), HFCORE_OK);
  CU_ASSERT_EQUAL (files, 1);
  CHECK_LOGGED ("WARNING", 0);
  scene_close ();
}

static void
test_folders (void)
{
  char *folder = NULL;
  scene_open (TWO ("", ""));
  CU_ASSERT_EQUAL (tiers_find_folder (scene.engine, &scene.call, &scene_repo, COMMIT, &folder),
                   HFCORE_PASS);
  ONE_HAS ("snapshots/" COMMIT, "a file in its place");
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (tiers_find_folder (scene.engine, &scene.call, &scene_repo, COMMIT, &folder),
                   HFCORE_OK);
  CHECK_STRING (folder, check_path ("two/models--org--name/snapshots/" COMMIT));
  free (folder);
  scene_close ();
}

static void
test_no_paths (void)
{
  char *folder = NULL;
  scene_open ("storage:\n  - { name: one, plugin: test-memory }\n" SHELF_NAMED ("two", "")
                  NO_TRANSPORT);
  TWO_HAS ("snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (tiers_find_folder (scene.engine, &scene.call, &scene_repo, COMMIT, &folder),
                   HFCORE_OK);
  CHECK_STRING (folder, check_path ("two/models--org--name/snapshots/" COMMIT));
  free (folder);
  scene_close ();
}

static void
test_the_writable_one (void)
{
  const struct hfcore_storage *storage = NULL;
  const struct hfcore_storage *second;
  scene_open (TWO (", access: read-only", ""));
  CU_ASSERT_EQUAL (tiers_writable (scene.engine, &scene.call, &storage), HFCORE_OK);
  registry_storage (scene.engine->registry, 1, &scene.call, &second);
  CU_ASSERT_PTR_EQUAL (storage, second);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, false, 0));
  scene_open (TWO (", access: read-only", ", access: read-only"));
  CU_ASSERT_EQUAL (tiers_writable (scene.engine, &scene.call, &storage), HFCORE_E_READONLY);
  CHECK_CONTAINS (scene.call.error.message, "only read-only ones");
  scene_open (TWO (", fail: [open readonly]", ""));
  CU_ASSERT_EQUAL (tiers_writable (scene.engine, &scene.call, &storage), HFCORE_E_READONLY);
  CHECK_STRING (scene.call.error.message, "told to say readonly");
  scene_close ();
}

CHECK_MAIN ("tiers", { "first that knows", test_first_that_knows },
            { "known absent", test_known_absent },
            { "absent in one only", test_absent_in_one_only },
            { "failing one is passed over", test_failing_one_is_passed_over },
            { "each is warned of", test_each_is_warned_of },
            { "one that does not open", test_one_that_does_not_open },
            { "the only one fails", test_the_only_one_fails },
            { "not passed over", test_not_passed_over }, { "refs", test_refs },
            { "newest ref", test_newest_ref }, { "newest ref of three", test_newest_ref_of_three },
            { "ref without time", test_ref_without_time }, { "only ref", test_only_ref },
            { "wrong length", test_wrong_length }, { "dangling", test_dangling },
            { "ref of forty letters", test_ref_of_forty_letters }, { "trees", test_trees },
            { "folders", test_folders }, { "no paths", test_no_paths },
            { "the writable one", test_the_writable_one })
