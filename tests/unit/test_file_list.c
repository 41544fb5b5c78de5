/* SPDX-License-Identifier: Apache-2.0 */
/* test_file_list.c: the files of a commit, remembered or told; none is trusted.  */
#include "core/engine/file_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define TREE              FOLDER "trees/" COMMIT
#define LIST(files, more) SHELF ("") TRANSPORT SOURCE_OF ("one", files, more)
#define ABC               FILE_B ", " FILE_C ", " FILE_A

static struct file_list list;
static bool is_new;

static int
get (void)
{
  file_list_free (&list);
  return file_list_get (scene.engine, &scene.call, &scene_repo, COMMIT, &list, &is_new);
}

static int
remembered (void)
{
  file_list_free (&list);
  return file_list_remembered (scene.engine, &scene.call, &scene_repo, COMMIT, &list);
}

static void
done (void)
{
  file_list_free (&list);
  scene_close ();
}

static void
check_three (int code, bool expect_new)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CU_ASSERT_EQUAL (is_new, expect_new);
  CU_ASSERT_EQUAL_FATAL (list.count, 3);
  CHECK_STRING (list.files[0].path, "a.txt");
  CHECK_STRING (list.files[0].etag, HELLO_ETAG);
  CU_ASSERT_EQUAL (list.files[0].length, strlen (HELLO));
  CU_ASSERT_EQUAL (list.files[0].size, sizeof list.files[0]);
  CHECK_STRING (list.files[1].path, "b.txt");
  CHECK_STRING (list.files[2].path, "sub/c.txt");
  CU_ASSERT_EQUAL (list.files[2].length, strlen (THIRD));
}

static void
test_told (void)
{
  scene_open (LIST (ABC, ""));
  check_three (get (), true);
  CHECK_STRING (list.files[0].blob_id, "b10b");
  CU_ASSERT_PTR_NULL (list.files[0].xet_hash);
  CHECK_LOGGED ("tree_set", 0);
  CU_ASSERT_EQUAL (remembered (), HFCORE_PASS);
  done ();
}

static void
test_empty (void)
{
  scene_open (LIST ("", ""));
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CU_ASSERT_TRUE (is_new);
  CU_ASSERT_EQUAL (list.count, 0);
  done ();
}

static void
test_many (void)
{
  char yaml[16000] = SHELF ("") TRANSPORT "  - { plugin: test-source, files: [";
  for (int i = 299; i >= 0; i--)
    snprintf (yaml + strlen (yaml), sizeof yaml - strlen (yaml), "f%03d v-%d x%s", i, i,
              i ? ", " : "] }\n");
  scene_open (yaml);
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (list.count, 300);
  CHECK_STRING (list.files[0].path, "f000");
  CHECK_STRING (list.files[299].etag, "v-299");
  done ();
}

static void
test_remembered (void)
{
  scene_open (LIST (ABC, ""));
  check_write (TREE,
               "sub/c.txt " THIRD_ETAG " 5\na.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\n");
  check_three (get (), false);
  CHECK_LOGGED ("asked to", 0);
  check_three (remembered (), false);
  done ();
}

static void
test_remember (void)
{
  scene_open (LIST (ABC, ""));
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  file_list_remember (scene.engine, &scene.call, &scene_repo, COMMIT, &list);
  scene_has (TREE,
             "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\nsub/c.txt " THIRD_ETAG " 5\n");
  check_three (get (), false);
  done ();
}

static void
test_remember_is_best_effort (void)
{
  scene_open (SHELF (", fail: [tree_set nospace]") TRANSPORT SOURCE_OF ("one", ABC, ""));
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  file_list_remember (scene.engine, &scene.call, &scene_repo, COMMIT, &list);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CHECK_LOGGED ("file list not remembered: told to say nospace", 1);
  scene_open (SHELF (", access: read-only") TRANSPORT SOURCE_OF ("one", ABC, ""));
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  file_list_remember (scene.engine, &scene.call, &scene_repo, COMMIT, &list);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CHECK_LOGGED ("WARNING", 0);
  done ();
}

/* Names that no repository has are refused with the whole list.  */
static void
test_hostile (void)
{
  static const struct
  {
    const char *entry, *message;
  } cases[] = { { "../x " HELLO_ETAG " x", "bad file name '../x'" },
                { "a/../../x " HELLO_ETAG " x", "bad file name 'a/../../x'" },
                { "/etc/passwd " HELLO_ETAG " x", "bad file name '/etc/passwd'" },
                { "C:/x " HELLO_ETAG " x", "bad file name 'C:/x'" },
                { "\"a\\\\..\\\\b " HELLO_ETAG " x\"", "bad file name" },
                { "a/./b " HELLO_ETAG " x", "bad file name 'a/./b'" },
                { "\" " HELLO_ETAG " x\"", "bad file name ''" },
                { "x ../../x x", "bad etag '../../x'" },
                { "\"x  x\"", "bad etag ''" },
                { FILE_A, "bad file name 'a.txt': it stands there twice" } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, LIST (FILE_A ", %s, " FILE_B, "") SOURCE_OF ("two", ABC, ""),
                cases[i].entry);
      scene_open (yaml);
      CU_ASSERT_EQUAL (get (), HFCORE_E_CORRUPT);
      CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_CORRUPT);
      CHECK_CONTAINS (scene.call.error.message, cases[i].message);
      CHECK_CONTAINS (scene.call.error.message, "nothing was fetched");
      CU_ASSERT_EQUAL (list.count, 0);
      CHECK_LOGGED ("[two] asked", 0);
    }
  done ();
}

/* The name is refused, and no terminal obeys it.  */
static void
test_control_character (void)
{
  scene_open (LIST (FILE_A ", b_d " HELLO_ETAG " " HELLO, ", list: [escape]"));
  CU_ASSERT_EQUAL (get (), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (scene.call.error.message, "bad file name 'b?d'");
  done ();
}

/* A server may go on telling files for ever.  */
static void
test_without_end (void)
{
  scene_open (LIST (ABC, ", list: [retry]"));
  scene.engine->file_list_most = 3 * sizeof (struct hfcore_file_info);
  CU_ASSERT_EQUAL (get (), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (scene.call.error.message, "has no end: stopped after 2 files");
  CU_ASSERT_EQUAL (list.count, 0);
  scene.engine->file_list_most = 8 * sizeof (struct hfcore_file_info);
  check_three (get (), true);
  done ();
}

static void
test_etag_is_not_told (void)
{
  scene_open (LIST ("a.txt - " HELLO, ", list: [no-size]"));
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (list.count, 1);
  CU_ASSERT_PTR_NULL (list.files[0].etag);
  CU_ASSERT_EQUAL (list.files[0].length, HFCORE_SIZE_UNKNOWN);
  done ();
}

/* A remembered list that is no good is fetched again.  */
static void
test_remembered_badly (void)
{
  scene_open (LIST (ABC, ""));
  check_write (TREE, "a.txt " HELLO_ETAG " 11\n../x " HELLO_ETAG " 11\n");
  CU_ASSERT_EQUAL (remembered (), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (list.count, 0);
  check_three (get (), true);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  scene_open (SHELF (", fail: [tree_get io]") TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_three (get (), true);
  scene_open (SHELF (", fail: [tree_get cancelled]") TRANSPORT SOURCE_OF ("one", ABC, ""));
  CU_ASSERT_EQUAL (get (), HFCORE_E_CANCELLED);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

/* What came before a failure is void.  */
static void
test_begins_anew (void)
{
  scene_open (LIST (ABC, ", list: [cut 2 retry, cut 1 retry]"));
  check_three (get (), true);
  CHECK_LOGGED ("asked to list " COMMIT, 3);
  scene_open (LIST (FILE_A ", " FILE_B, ", list: [cut 2 down]") SOURCE_OF ("two", ABC, ""));
  check_three (get (), true);
  scene_open (LIST (ABC, ", list: [cut 2 auth]"));
  CU_ASSERT_EQUAL (get (), HFCORE_E_AUTH);
  CU_ASSERT_EQUAL (list.count, 0);
  CHECK_STRING (scene.call.error.message, "told to say auth");
  done ();
}

static void
test_layer_fails_in_the_middle (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("first", ", fail: [tree_get io behind 1]")
                  SHELF_NAMED ("shelf", "") TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_write ("first/models--org--name/trees/" COMMIT,
               "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\n");
  check_write (TREE,
               "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\nsub/c.txt " THIRD_ETAG " 5\n");
  is_new = false;
  check_three (remembered (), false);
  check_three (get (), false);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

/* One that is no good does not hide another's.  */
static void
test_layer_remembers_badly (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("first", "") SHELF_NAMED ("shelf", "")
                  TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_write (TREE,
               "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\nsub/c.txt " THIRD_ETAG " 5\n");
  check_write ("first/models--org--name/trees/" COMMIT, "a.txt x 1\n../x x 1\n");
  is_new = false;
  check_three (remembered (), false);
  CU_ASSERT_EQUAL (list.storage, 1);
  check_write ("first/models--org--name/trees/" COMMIT, "a.txt x 1\na.txt x 1\n");
  check_three (get (), false);
  CHECK_LOGGED ("asked to", 0);
  CHECK_LOGGED ("WARNING storage 'first' is passed over: the file list of the commit has a bad", 1);
  CHECK_LOGGED ("WARNING", 1);
  done ();
}

static void
test_incomplete (void)
{
  scene_open (LIST (ABC, ", list: [incomplete, incomplete]"));
  check_three (get (), true);
  CU_ASSERT_TRUE (list.incomplete);
  CU_ASSERT_EQUAL (list.storage, FILE_LIST_NEW);
  file_list_remember (scene.engine, &scene.call, &scene_repo, COMMIT, &list);
  scene_has (TREE, NULL);
  scene_open (LIST (ABC, ""));
  check_three (get (), true);
  CU_ASSERT_FALSE (list.incomplete);
  done ();
}

static void
test_find (void)
{
  scene_open (LIST (ABC, ""));
  CU_ASSERT_PTR_NULL (file_list_find (&list, "a.txt"));
  check_three (get (), true);
  CU_ASSERT_PTR_EQUAL (file_list_find (&list, "sub/c.txt"), &list.files[2]);
  CU_ASSERT_PTR_NULL (file_list_find (&list, "sub"));
  done ();
}

/* Without any list: what the storages have, together.  */
static void
test_gathered (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("one", "") SHELF_NAMED ("two", "")
                  SHELF_NAMED ("three", ", fail: [list io]") NO_TRANSPORT);
  CU_ASSERT_EQUAL (file_list_gathered (scene.engine, &scene.call, &scene_repo, COMMIT, &list),
                   HFCORE_PASS);
  check_write ("one/models--org--name/snapshots/" COMMIT "/b.txt", SECOND);
  check_write ("one/models--org--name/snapshots/" COMMIT "/c.txt", "cut off");
  check_write ("one/models--org--name/snapshots/" OTHER_COMMIT "/d.txt", THIRD);
  check_write ("two/models--org--name/snapshots/" COMMIT "/a.txt", HELLO);
  check_write ("two/models--org--name/snapshots/" COMMIT "/b.txt", SECOND);
  check_write ("two/models--org--name/snapshots/" COMMIT "/c.txt", THIRD);
  CU_ASSERT_EQUAL (symlink ("/nowhere/blobs/x",
                            check_path ("one/models--org--name/snapshots/" COMMIT "/a.txt")),
                   0);
  CU_ASSERT_EQUAL (file_list_gathered (scene.engine, &scene.call, &scene_repo, COMMIT, &list),
                   HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (list.count, 3);
  CHECK_STRING (list.files[0].path, "a.txt");
  CU_ASSERT_EQUAL (list.files[0].length, strlen (HELLO));
  CHECK_STRING (list.files[1].path, "b.txt");
  CU_ASSERT_EQUAL (list.files[1].length, strlen (SECOND));
  CU_ASSERT_EQUAL (list.files[2].length, HFCORE_SIZE_UNKNOWN);
  CU_ASSERT_TRUE (list.incomplete);
  done ();
}

CHECK_MAIN ("file_list", { "told", test_told }, { "empty", test_empty }, { "many", test_many },
            { "remembered", test_remembered }, { "remember", test_remember },
            { "remember is best effort", test_remember_is_best_effort },
            { "hostile", test_hostile }, { "control character", test_control_character },
            { "without end", test_without_end }, { "etag is not told", test_etag_is_not_told },
            { "remembered badly", test_remembered_badly }, { "begins anew", test_begins_anew },
            { "layer fails in the middle", test_layer_fails_in_the_middle },
            { "layer remembers badly", test_layer_remembers_badly },
            { "incomplete", test_incomplete }, { "find", test_find }, { "gathered", test_gathered })
