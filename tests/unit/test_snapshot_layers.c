/* SPDX-License-Identifier: Apache-2.0 */
/* test_snapshot_layers.c: snapshots whose files lie in several storages. The written one is
 * `shelf`, which makes pointers by links; the lower ones are `far` and `farther`.  */
#include "core/engine/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define SNAPSHOT  FOLDER "snapshots/" COMMIT
#define TREE      FOLDER "trees/" COMMIT
#define REF       FOLDER "refs/main"
#define FAR       "far/models--org--name/"
#define FARTHER   "farther/models--org--name/"
#define ABC       FILE_C ", " FILE_A ", " FILE_B
#define TREE_TEXT "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\nsub/c.txt " THIRD_ETAG " 5\n"
#define READ_ONLY ", access: read-only"
#define PROMOTE   READ_ONLY ", promote: yes"
#define STORES(far, farther, shelf)                                                                \
  "storage:\n" SHELF_NAMED ("far", far) SHELF_NAMED ("farther", farther)                           \
      SHELF_NAMED ("shelf", shelf)
#define USUAL_STORES STORES (READ_ONLY, READ_ONLY, "")
#define HUB(more)    TRANSPORT SOURCE_OF ("one", ABC, more)

static struct snapshot snapshot;
static struct snapshot_request ask;

static int
get (void)
{
  snapshot_free (&snapshot);
  return snapshot_download (scene.engine, &scene.call, &ask, &snapshot);
}

/* a.txt lies in `far`, b.txt in `farther`, of sub/c.txt only the blob, there too.  */
static void
fill (void)
{
  check_write (FAR "snapshots/" COMMIT "/a.txt", HELLO);
  check_write (FARTHER "snapshots/" COMMIT "/b.txt", SECOND);
  check_write (FARTHER "blobs/" THIRD_ETAG, THIRD);
}

static void
begin (const char *yaml)
{
  scene_open (yaml);
  fill ();
  ask = (struct snapshot_request){
    .repo = &scene_repo, .revision = "main", .max_workers = 1, .events = &scene.events
  };
}

static void
done (void)
{
  snapshot_free (&snapshot);
  scene_close ();
}

static void
check_whole (int code, const char *folder)
{
  char name[256];
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  if (code != HFCORE_OK)
    fprintf (stderr, "%s\n", scene.call.error.message);
  CHECK_STRING (snapshot.commit, COMMIT);
  CHECK_STRING (snapshot.folder, check_path (folder));
  CU_ASSERT_EQUAL_FATAL (snapshot.count, 3);
  snprintf (name, sizeof name, "%s/a.txt", folder);
  scene_has (name, HELLO);
  CHECK_STRING (snapshot.files[0].downloaded.path, check_path (name));
  snprintf (name, sizeof name, "%s/b.txt", folder);
  scene_has (name, SECOND);
  snprintf (name, sizeof name, "%s/sub/c.txt", folder);
  scene_has (name, THIRD);
}

static bool
is_link (const char *name)
{
  char text[8];
  return readlink (check_path (name), text, sizeof text) > 0;
}

static void
check_error (int code, int expected, const char *message)
{
  CU_ASSERT_EQUAL (code, expected);
  CHECK_CONTAINS (scene.call.error.message, message);
  CU_ASSERT_PTR_NULL (snapshot.folder);
}

static void
check_others_untouched (void)
{
  static const char *const ops[]
      = { "create", "lock", "file_set", "file_link", "ref_set", "tree_set" };
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    {
      char line[64];
      snprintf (line, sizeof line, "[far] %s", ops[i]);
      CHECK_LOGGED (line, 0);
      snprintf (line, sizeof line, "[farther] %s", ops[i]);
      CHECK_LOGGED (line, 0);
    }
}

/* ---- put together ---- */

static void
test_put_together (void)
{
  begin (USUAL_STORES HUB (""));
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_TRUE (is_link (SNAPSHOT "/a.txt") && is_link (SNAPSHOT "/b.txt"));
  CU_ASSERT_TRUE (is_link (SNAPSHOT "/sub/c.txt"));
  scene_has (REF, COMMIT);
  scene_has (TREE, TREE_TEXT);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("event CACHED", 3);
  CHECK_LOGGED ("WARNING", 0);
  check_others_untouched ();
  /* And again: it is all there.  */
  scene_again ();
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("file_link", 0);
  CHECK_LOGGED ("_set", 0);
  done ();
}

static void
test_rest_is_fetched (void)
{
  begin (USUAL_STORES HUB (""));
  CU_ASSERT_EQUAL (unlink (check_path (FARTHER "blobs/" THIRD_ETAG)), 0);
  check_write (SNAPSHOT "/b.txt", SECOND);
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_TRUE (is_link (SNAPSHOT "/a.txt"));
  CU_ASSERT_FALSE (is_link (SNAPSHOT "/b.txt") || is_link (SNAPSHOT "/sub/c.txt"));
  CHECK_LOGGED ("asked to read", 1);
  CHECK_LOGGED ("[one] asked to read sub/c.txt", 1);
  CHECK_LOGGED ("file_link", 1);
  done ();
}

/* The list comes from another storage: it is remembered where the snapshot is.  */
static void
test_list_of_another (void)
{
  begin (USUAL_STORES HUB (""));
  check_write (FAR "trees/" COMMIT, TREE_TEXT);
  ask.revision = COMMIT;
  check_whole (get (), SNAPSHOT);
  scene_has (TREE, TREE_TEXT);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

static void
test_promoted (void)
{
  begin (STORES (PROMOTE, READ_ONLY, "") HUB (""));
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_FALSE (is_link (SNAPSHOT "/a.txt"));
  CU_ASSERT_TRUE (is_link (SNAPSHOT "/b.txt"));
  scene_has (FOLDER "blobs/" HELLO_ETAG, HELLO);
  CHECK_LOGGED ("asked to read", 0);
  check_others_untouched ();
  done ();
}

static void
test_damaged_one_is_fetched (void)
{
  begin (STORES (PROMOTE, READ_ONLY, "") HUB (""));
  check_write (FAR "snapshots/" COMMIT "/a.txt", "hello worlD");
  check_write (FARTHER "snapshots/" COMMIT "/b.txt", "cut off");
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("asked to read", 2);
  CHECK_LOGGED ("WARNING storage 'far' is passed over for 'a.txt'", 1);
  CHECK_LOGGED ("WARNING storage 'farther' is passed over: its 'b.txt' has 7 bytes", 1);
  CHECK_LOGGED ("WARNING", 2);
  done ();
}

static void
test_forced (void)
{
  begin (STORES (PROMOTE, READ_ONLY, "") HUB (""));
  ask.flags = HFCORE_FORCE;
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("asked to read", 3);
  CHECK_LOGGED ("file_link", 0);
  done ();
}

static void
test_dry_run (void)
{
  begin (STORES (PROMOTE, READ_ONLY, "") HUB (""));
  ask.flags = HFCORE_DRY_RUN;
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (snapshot.count, 3);
  for (size_t i = 0; i < 3; i++)
    CU_ASSERT_FALSE (snapshot.files[i].downloaded.will_download);
  CU_ASSERT_NOT_EQUAL (access (check_path ("shelf"), F_OK), 0);
  done ();
}

static void
test_nothing_may_be_written (void)
{
  begin (STORES (READ_ONLY, READ_ONLY, READ_ONLY) HUB (""));
  check_error (get (), HFCORE_E_READONLY, "no storage may be written");
  begin (STORES (READ_ONLY, READ_ONLY, ", fail: [file_link readonly]") HUB (""));
  check_error (get (), HFCORE_E_READONLY, "told to say readonly");
  begin (STORES (READ_ONLY, READ_ONLY, ", fail: [file_link unsupported]") HUB (""));
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_FALSE (is_link (SNAPSHOT "/a.txt"));
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

/* ---- one storage has all of it ---- */

static void
fill_far (void)
{
  check_write (FAR "snapshots/" COMMIT "/b.txt", SECOND);
  check_write (FAR "snapshots/" COMMIT "/sub/c.txt", THIRD);
}

static void
test_whole_one (void)
{
  begin (USUAL_STORES HUB (""));
  fill_far ();
  check_whole (get (), FAR "snapshots/" COMMIT);
  CHECK_LOGGED ("asked to read", 0);
  CU_ASSERT_NOT_EQUAL (access (check_path ("shelf"), F_OK), 0);
  /* Whole it is not when a file is cut off.  */
  check_write (FAR "snapshots/" COMMIT "/b.txt", "cut off");
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("WARNING storage 'far' is passed over: its 'b.txt' has 7 bytes, not 11", 1);
  done ();
}

static void
test_whole_one_promoted (void)
{
  begin (STORES (PROMOTE, READ_ONLY, "") HUB (""));
  fill_far ();
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_FALSE (is_link (SNAPSHOT "/a.txt") || is_link (SNAPSHOT "/b.txt"));
  scene_has (REF, COMMIT);
  scene_has (TREE, TREE_TEXT);
  scene_again ();
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("create", 0);
  done ();
}

static void
test_whole_one_cannot_be_promoted (void)
{
  static const char *const homes[] = { READ_ONLY, ", fail: [create readonly]" };
  for (size_t i = 0; i < 2; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, STORES (PROMOTE, READ_ONLY, "%s") HUB (""), homes[i]);
      begin (yaml);
      fill_far ();
      check_whole (get (), FAR "snapshots/" COMMIT);
      CHECK_LOGGED ("WARNING storage 'far' cannot be promoted, its files are used there", 1);
      CHECK_LOGGED ("WARNING", 1);
      CHECK_LOGGED ("asked to read", 0);
      scene_has (REF, NULL);
    }
  done ();
}

/* A damaged file is not served, whole as the storage seems.  */
static void
test_whole_one_is_damaged (void)
{
  begin ("offline: yes\n" STORES (PROMOTE, READ_ONLY, "") HUB (""));
  fill_far ();
  check_write (FAR "trees/" COMMIT, TREE_TEXT);
  check_write (FAR "snapshots/" COMMIT "/sub/c.txt", "thirD");
  ask.revision = COMMIT;
  CU_ASSERT_EQUAL (unlink (check_path (FARTHER "blobs/" THIRD_ETAG)), 0);
  check_error (get (), HFCORE_E_DOWN, "'sub/c.txt'");
  CHECK_LOGGED ("WARNING storage 'far' is passed over for 'sub/c.txt'", 1);
  CHECK_LOGGED ("WARNING", 1);
  scene_has (REF, NULL);
  done ();
}

/* ---- nobody is asked ---- */

static void
begin_offline (const char *yaml)
{
  begin (yaml);
  check_write (FAR "refs/main", COMMIT);
  check_write (FAR "trees/" COMMIT, TREE_TEXT);
}

static void
test_offline (void)
{
  begin_offline ("offline: yes\n" USUAL_STORES HUB (""));
  check_whole (get (), SNAPSHOT);
  scene_has (REF, COMMIT);
  scene_has (TREE, TREE_TEXT);
  CHECK_LOGGED ("asked to", 0);
  CHECK_LOGGED ("WARNING", 0);
  check_others_untouched ();
  scene_again ();
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("_set", 0);
  done ();
}

static void
test_local_only (void)
{
  begin_offline (USUAL_STORES HUB (""));
  ask.flags = HFCORE_LOCAL_ONLY;
  ask.revision = COMMIT;
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  done ();
}

static void
test_hub_is_down (void)
{
  begin_offline (USUAL_STORES HUB (", resolve: [down]"));
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("told to say down; the cached snapshot is used", 1);
  CHECK_LOGGED ("asked to", 1);
  done ();
}

/* Nothing is begun that cannot be ended.  */
static void
test_offline_and_not_whole (void)
{
  begin_offline ("offline: yes\n" USUAL_STORES HUB (""));
  CU_ASSERT_EQUAL (unlink (check_path (FARTHER "blobs/" THIRD_ETAG)), 0);
  check_error (get (), HFCORE_E_DOWN, "is not complete: 'sub/c.txt' is missing; go online");
  CU_ASSERT_NOT_EQUAL (access (check_path ("shelf"), F_OK), 0);
  done ();
}

static void
test_offline_and_read_only (void)
{
  begin_offline ("offline: yes\n" STORES (READ_ONLY, READ_ONLY, READ_ONLY) HUB (""));
  check_error (get (), HFCORE_E_READONLY,
               "the files of model 'org/name' lie in several storages, and none may be written");
  fill_far ();
  check_whole (get (), FAR "snapshots/" COMMIT);
  done ();
}

static void
test_offline_damaged (void)
{
  begin_offline ("offline: yes\n" STORES (PROMOTE, READ_ONLY, "") HUB (""));
  check_write (FAR "snapshots/" COMMIT "/a.txt", "hello worlD");
  check_error (get (), HFCORE_E_DOWN, "'a.txt'");
  CHECK_LOGGED ("asked to", 0);
  scene_has (REF, NULL);
  done ();
}

/* Nobody remembers a list: what lies in the storages, all of it.  */
static void
test_offline_without_list (void)
{
  begin_offline ("offline: yes\n" USUAL_STORES HUB (""));
  CU_ASSERT_EQUAL (unlink (check_path (FAR "trees/" COMMIT)), 0);
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CHECK_STRING (snapshot.folder, check_path (SNAPSHOT));
  CU_ASSERT_EQUAL (snapshot.count, 2);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/b.txt", SECOND);
  scene_has (REF, NULL);
  scene_has (TREE, NULL);
  CHECK_LOGGED ("WARNING nobody can tell all files of model 'org/name' at 'main'", 1);
  /* A part of it in the written storage does not hide the whole.  */
  check_write (FARTHER "snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (unlink (check_path (SNAPSHOT "/b.txt")), 0);
  scene_again ();
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CHECK_STRING (snapshot.folder, check_path (FARTHER "snapshots/" COMMIT));
  CHECK_LOGGED ("WARNING", 0);
  done ();
}

/* ---- a storage is gone ---- */

static void
test_gone (void)
{
  begin (USUAL_STORES HUB (""));
  check_whole (get (), SNAPSHOT);
  CU_ASSERT_EQUAL (unlink (check_path (FARTHER "snapshots/" COMMIT "/b.txt")), 0);
  ask.flags = HFCORE_LOCAL_ONLY;
  check_error (get (), HFCORE_E_DOWN, "'b.txt' is missing (its pointer leads nowhere");
  ask.flags = 0;
  scene_again ();
  check_whole (get (), SNAPSHOT);
  CHECK_LOGGED ("asked to read", 1);
  CU_ASSERT_FALSE (is_link (SNAPSHOT "/b.txt"));
  done ();
}

/* ---- lists that may be less than all ---- */

static void
test_incomplete_list (void)
{
  begin (STORES (READ_ONLY, READ_ONLY, "") HUB (", list: [incomplete, incomplete]"));
  check_whole (get (), SNAPSHOT);
  scene_has (TREE, NULL);
  scene_has (REF, NULL);
  CHECK_LOGGED ("WARNING nobody can tell all files of model 'org/name' at 'main': some may be "
                "missing, and the revision is not remembered",
                1);
  done ();
}

CHECK_MAIN ("snapshot_layers", { "put together", test_put_together },
            { "rest is fetched", test_rest_is_fetched },
            { "list of another", test_list_of_another }, { "promoted", test_promoted },
            { "damaged one is fetched", test_damaged_one_is_fetched }, { "forced", test_forced },
            { "dry run", test_dry_run }, { "nothing may be written", test_nothing_may_be_written },
            { "whole one", test_whole_one }, { "whole one promoted", test_whole_one_promoted },
            { "whole one cannot be promoted", test_whole_one_cannot_be_promoted },
            { "whole one is damaged", test_whole_one_is_damaged }, { "offline", test_offline },
            { "local only", test_local_only }, { "hub is down", test_hub_is_down },
            { "offline and not whole", test_offline_and_not_whole },
            { "offline and read only", test_offline_and_read_only },
            { "offline damaged", test_offline_damaged },
            { "offline without list", test_offline_without_list }, { "gone", test_gone },
            { "incomplete list", test_incomplete_list })
