/* SPDX-License-Identifier: Apache-2.0 */
/* test_lookup.c: is a file cached? No source is asked, nothing is written (spec 5).  */
#include "core/engine/lookup.h"

#include "tests/unit/engine_fixture.h"

static struct hfcore_stored_file file;

static int
look (const char *revision, const char *path)
{
  file = (struct hfcore_stored_file){ 0 };
  return lookup_file (scene.engine, &scene.call, &scene_repo, revision, path, &file);
}

static void
open_one (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE ("hub", ""));
}

static void
check_untouched (void)
{
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  CHECK_LOGGED ("_set", 0);
  CHECK_LOGGED ("lock", 0);
  CHECK_LOGGED ("create", 0);
}

static void
test_found (void)
{
  open_one ();
  check_write (FOLDER "refs/main", COMMIT);
  check_write (FOLDER "snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CHECK_STRING (file.path, check_path (FOLDER "snapshots/" COMMIT "/a.txt"));
  CU_ASSERT_EQUAL (look (COMMIT, "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  check_untouched ();
  scene_close ();
}

static void
test_absent (void)
{
  open_one ();
  check_write (FOLDER "refs/main", COMMIT);
  check_write (FOLDER "absent/" COMMIT "/a.txt", "");
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_ABSENT);
  check_untouched ();
  scene_close ();
}

static void
test_unknown (void)
{
  open_one ();
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
  CU_ASSERT_PTR_NULL (file.path);
  check_write (FOLDER "refs/main", OTHER_COMMIT);
  check_write (FOLDER "snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
  CU_ASSERT_EQUAL (look (COMMIT, "b.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
  check_untouched ();
  scene_close ();
}

/* One step only; what is no ref is used as it is (spec 5, step 3).  */
static void
test_revision_without_ref (void)
{
  open_one ();
  check_write (FOLDER "snapshots/v1.0/a.txt", HELLO);
  check_write (FOLDER "refs/" COMMIT, OTHER_COMMIT);
  check_write (FOLDER "snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (look ("v1.0", "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (look (COMMIT, "a.txt"), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CHECK_LOGGED ("[shelf] ref_get " COMMIT, 0);
  scene_close ();
}

static void
test_failure_is_told (void)
{
  scene_open (SHELF (", fail: [ref_get io]") NO_TRANSPORT);
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_E_IO);
  scene_open (SHELF (", fail: [file_get down]") NO_TRANSPORT);
  CU_ASSERT_EQUAL (look ("main", "a.txt"), HFCORE_E_DOWN);
  scene_close ();
}

static void
check_refused (const char *type, const char *id, const char *revision, const char *path,
               const char *message)
{
  const struct hfcore_repo repo = { .size = sizeof repo, .type = type, .id = id };
  scene.call.error = (struct hfcore_error) HFCORE_ERROR_INIT;
  CU_ASSERT_EQUAL (lookup_check_names (&scene.call, &repo, revision, path), HFCORE_E_CONFIG);
  CHECK_CONTAINS (scene.call.error.message, message);
  if (path)
    CU_ASSERT_EQUAL (lookup_file (scene.engine, &scene.call, &repo, revision, path, &file),
                     HFCORE_E_CONFIG);
}

static void
test_names (void)
{
  open_one ();
  check_refused ("models", "org/name", "main", "a", "bad repo type 'models'");
  check_refused (NULL, "org/name", "main", "a", "bad repo type ''");
  check_refused ("model", NULL, "main", "a", "no repo id");
  check_refused ("model", "a/b/c", "main", "a", "bad repo id 'a/b/c'");
  check_refused ("model", "org/name", "../main", "a", "bad revision '../main'");
  check_refused ("model", "org/name", "", "a", "bad revision ''");
  check_refused ("model", "org/name", "main", "a/../../b", "bad file name 'a/../../b'");
  check_refused ("model", "org/name", "main", "/etc/passwd", "bad file name");
  check_refused ("model", "org/name", COMMIT, "", "bad file name ''");
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, false, 0));
  static const char *const types[] = { "model", "dataset", "space", "kernel" };
  for (size_t i = 0; i < 4; i++)
    {
      const struct hfcore_repo repo = { .size = sizeof repo, .type = types[i], .id = "gpt2" };
      CU_ASSERT_EQUAL (lookup_check_names (&scene.call, &repo, "refs/pr/1", NULL), HFCORE_OK);
      CU_ASSERT_EQUAL (lookup_check_names (&scene.call, &repo, COMMIT, "d/f.txt"), HFCORE_OK);
    }
  scene_close ();
}

CHECK_MAIN ("lookup", { "found", test_found }, { "absent", test_absent },
            { "unknown", test_unknown }, { "revision without ref", test_revision_without_ref },
            { "failure is told", test_failure_is_told }, { "names", test_names })
