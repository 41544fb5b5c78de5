/* SPDX-License-Identifier: Apache-2.0 */
/* test_layers.c: files that lie in other storages than the one that is written: single files. The
 * lower storage is `far`.  */
#include "core/engine/download.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define FAR         "far/models--org--name/"
#define FAR_POINTER FAR "snapshots/" COMMIT "/a.txt"
#define FAR_BLOB    FAR "blobs/" HELLO_ETAG
#define POINTER     FOLDER "snapshots/" COMMIT "/a.txt"
#define BLOB        FOLDER "blobs/" HELLO_ETAG
#define REF         FOLDER "refs/main"
#define PROMOTE     ", promote: yes"
#define TWO(home, far)                                                                             \
  "storage:\n" SHELF_NAMED ("far", ", access: read-only" far) SHELF_NAMED ("shelf", home)
#define LAYERS(home, far) TWO (home, far) TRANSPORT SOURCE ("one", "")
#define TREE_LINE         "a.txt " HELLO_ETAG " 11\n"

static struct downloaded file;

static int
get (const char *revision, uint32_t flags)
{
  const struct download ask = { .repo = &scene_repo,
                                .revision = revision,
                                .path = "a.txt",
                                .flags = flags,
                                .events = &scene.events };
  downloaded_free (&file);
  return download_file (scene.engine, &scene.call, &ask, &file);
}

static void
done (void)
{
  downloaded_free (&file);
  scene_close ();
}

/* The pointer and the blob are one file, as the shelf makes them.  */
static void
far_has (const char *content)
{
  char blob[4096];
  unlink (check_path (FAR_POINTER));
  check_write (FAR "snapshots/" COMMIT "/README", "");
  snprintf (blob, sizeof blob, "%s", check_write (FAR_BLOB, content));
  CU_ASSERT_EQUAL (link (blob, check_path (FAR_POINTER)), 0);
}

static void
begin (const char *yaml)
{
  scene_open (yaml);
  far_has (HELLO);
}

static void
check_at (int code, const char *name, bool cached)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CHECK_STRING (file.commit, COMMIT);
  CHECK_STRING (file.path, check_path (name));
  CU_ASSERT_EQUAL (file.length, 11);
  CU_ASSERT_EQUAL (file.cached, cached);
  scene_has (name, HELLO);
}

/* Never: what would write to it is not even tried.  */
static void
check_far_untouched (void)
{
  static const char *const ops[]
      = { "[far] create",  "[far] lock",     "[far] file_set", "[far] file_link",
          "[far] ref_set", "[far] tree_set", "[far] remove" };
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    CHECK_LOGGED (ops[i], 0);
}

/* ---- used where it lies ---- */

static void
test_used_where_it_lies (void)
{
  begin (LAYERS ("", ""));
  check_at (get (COMMIT, 0), FAR_POINTER, true);
  check_at (get ("main", 0), FAR_POINTER, true);
  CHECK_LOGGED ("asked to", 1);
  CHECK_LOGGED ("asked to read", 0);
  scene_has (POINTER, NULL);
  /* A ref here would name a snapshot that is not here (spec 57).  */
  scene_has (REF, NULL);
  check_far_untouched ();
  done ();
}

static void
test_wrong_length (void)
{
  begin (LAYERS ("", ""));
  far_has ("hello");
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("WARNING storage 'far' is passed over: its 'a.txt' has 5 bytes, not 11", 1);
  CHECK_LOGGED ("WARNING", 1);
  check_far_untouched ();
  begin (LAYERS ("", ""));
  far_has ("hello");
  unlink (check_path (POINTER));
  unlink (check_path (BLOB));
  CU_ASSERT_EQUAL (get ("main", HFCORE_DRY_RUN), HFCORE_OK);
  CU_ASSERT_TRUE (file.will_download);
  CHECK_STRING (file.path, check_path (POINTER));
  done ();
}

/* As where the far one is filled from a mirror that was behind.  */
static void
test_absent_there (void)
{
  scene_open (LAYERS ("", ""));
  check_write (FAR "absent/" COMMIT "/a.txt", "");
  check_write (POINTER, HELLO);
  check_at (get (COMMIT, 0), POINTER, true);
  check_at (get (COMMIT, HFCORE_LOCAL_ONLY), POINTER, true);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

static void
test_dangling_pointer (void)
{
  begin (LAYERS ("", ""));
  unlink (check_path (FAR_POINTER));
  CU_ASSERT_EQUAL (symlink ("/nowhere", check_path (FAR_POINTER)), 0);
  unlink (check_path (FAR_BLOB));
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("WARNING", 0);
  done ();
}

/* ---- promote ---- */

static void
check_promoted (int code)
{
  check_at (code, POINTER, true);
  scene_has (BLOB, HELLO);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("WARNING", 0);
  CHECK_LOGGED ("set a.txt to a new blob", 1);
  CHECK_LOGGED ("[shelf] lock " HELLO_ETAG, 1);
  CHECK_LOGGED ("let go of " HELLO_ETAG, 1);
  CHECK_LOGGED ("event CACHED a.txt 11/11", 1);
  CHECK_LOGGED ("event FILE", 0);
  check_far_untouched ();
}

static void
forget_home (void)
{
  unlink (check_path (POINTER));
  unlink (check_path (BLOB));
  unlink (check_path (REF));
}

static void
test_promoted (void)
{
  begin (LAYERS ("", PROMOTE));
  check_promoted (get ("main", 0));
  scene_has (REF, COMMIT);
  CHECK_LOGGED ("asked to", 1);
  /* Once.  */
  scene_again ();
  check_at (get ("main", 0), POINTER, true);
  CHECK_LOGGED ("create", 0);
  /* A commit: no source is asked, the storage knows its etag.  */
  forget_home ();
  scene_again ();
  check_promoted (get (COMMIT, 0));
  CHECK_LOGGED ("asked to", 0);
  /* It needs no network.  */
  forget_home ();
  check_write (FAR "refs/main", COMMIT);
  scene_again ();
  check_promoted (get ("main", HFCORE_LOCAL_ONLY));
  forget_home ();
  begin ("offline: yes\n" LAYERS ("", PROMOTE));
  check_promoted (get ("main", 0));
  done ();
}

/* By the etag that the commit's file list has.  */
static void
test_promoted_by_list (void)
{
  begin (LAYERS ("", PROMOTE));
  unlink (check_path (FAR_BLOB));
  check_write (FOLDER "trees/" COMMIT, TREE_LINE);
  check_promoted (get (COMMIT, 0));
  done ();
}

/* Nobody knows the etag: a pointer is all that can be made.  */
static void
test_promoted_by_pointer (void)
{
  begin (LAYERS ("", PROMOTE));
  unlink (check_path (FAR_BLOB));
  check_at (get (COMMIT, 0), POINTER, true);
  scene_has (BLOB, NULL);
  CHECK_LOGGED ("[shelf] file_link a.txt: OK", 1);
  done ();
}

static void
test_not_promoted (void)
{
  begin (LAYERS ("", PROMOTE));
  check_at (get (COMMIT, HFCORE_DRY_RUN), FAR_POINTER, true);
  check_at (get ("main", HFCORE_DRY_RUN), FAR_POINTER, true);
  CHECK_LOGGED ("create", 0);
  CHECK_LOGGED ("_set", 0);
  scene_has (POINTER, NULL);
  done ();
}

static void
test_promoted_and_damaged (void)
{
  begin (LAYERS ("", PROMOTE));
  far_has ("hello worlD");
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("WARNING storage 'far' is passed over for 'a.txt': 'a.txt' arrived damaged", 1);
  CHECK_LOGGED ("WARNING", 1);
  CHECK_LOGGED ("asked to read", 1);
  forget_home ();
  begin ("offline: yes\n" LAYERS ("", PROMOTE));
  far_has ("hello worlD");
  CU_ASSERT_EQUAL (get (COMMIT, 0), HFCORE_E_DOWN);
  CHECK_CONTAINS (scene.call.error.message, "'a.txt' of model 'org/name'");
  CHECK_CONTAINS (scene.call.error.message, "is not in the cache, and offline mode");
  CHECK_LOGGED ("WARNING", 1);
  scene_has (POINTER, NULL);
  scene_has (BLOB, NULL);
  done ();
}

/* The next storage may have it whole.  */
static void
test_damaged_and_another (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("far", ", access: read-only" PROMOTE)
                  SHELF_NAMED ("farther", ", access: read-only") SHELF_NAMED ("shelf", "")
                      TRANSPORT SOURCE ("one", ""));
  far_has ("hello worlD");
  check_write ("farther/models--org--name/snapshots/" COMMIT "/a.txt", HELLO);
  check_at (get (COMMIT, 0), "farther/models--org--name/snapshots/" COMMIT "/a.txt", true);
  CHECK_LOGGED ("asked to", 0);
  CHECK_LOGGED ("WARNING", 1);
  done ();
}

static void
test_home_cannot_be_written (void)
{
  static const char *const homes[]
      = { ", fail: [create readonly]", ", fail: [write nospace]", ", fail: [commit io]",
          ", fail: [file_set readonly]", ", access: read-only" };
  for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, LAYERS ("%s", PROMOTE), homes[i]);
      begin (yaml);
      check_at (get (COMMIT, 0), FAR_POINTER, true);
      check_at (get (COMMIT, 0), FAR_POINTER, true);
      CHECK_LOGGED ("WARNING storage 'far' cannot be promoted, its files are used there: ", 1);
      CHECK_LOGGED ("WARNING", 1);
      forget_home ();
    }
  done ();
}

static void
test_promotion_is_stopped (void)
{
  begin (LAYERS ("", PROMOTE));
  logbook_stop_at (HFCORE_EVENT_BYTES);
  CU_ASSERT_EQUAL (get (COMMIT, 0), HFCORE_E_CANCELLED);
  CHECK_LOGGED ("abandon and keep", 1);
  CHECK_LOGGED ("WARNING", 0);
  done ();
}

/* ---- the blob, under another revision ---- */

static void
far_has_blob_only (const char *yaml)
{
  begin (yaml);
  unlink (check_path (FAR_POINTER));
}

static void
test_blob (void)
{
  far_has_blob_only (LAYERS ("", ""));
  check_at (get ("main", 0), POINTER, true);
  char text[4096];
  CU_ASSERT_TRUE (readlink (check_path (POINTER), text, sizeof text) > 0);
  CHECK_LOGGED ("[shelf] file_link a.txt: OK", 1);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("create", 0);
  scene_has (BLOB, NULL);
  scene_has (REF, COMMIT);
  check_far_untouched ();
  done ();
}

static void
test_blob_promoted (void)
{
  far_has_blob_only (LAYERS ("", PROMOTE));
  check_promoted (get ("main", 0));
  scene_has (REF, COMMIT);
  done ();
}

static void
test_blob_in_dry_run (void)
{
  far_has_blob_only (LAYERS ("", ""));
  CU_ASSERT_EQUAL (get ("main", HFCORE_DRY_RUN), HFCORE_OK);
  CU_ASSERT_TRUE (file.cached && !file.will_download);
  CHECK_STRING (file.path, check_path (POINTER));
  CHECK_LOGGED ("file_link", 0);
  done ();
}

static void
test_blob_of_wrong_length (void)
{
  far_has_blob_only (LAYERS ("", ""));
  check_write (FAR_BLOB, "hello");
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("WARNING storage 'far' is passed over: its 'a.txt' has 5 bytes", 1);
  CHECK_LOGGED ("asked to read", 1);
  done ();
}

/* Where no pointer can be made, the bytes are copied; where nothing can, they are fetched.  */
static void
test_blob_without_pointers (void)
{
  far_has_blob_only (LAYERS (", fail: [file_link unsupported]", ""));
  check_promoted (get ("main", 0));
  forget_home ();
  far_has_blob_only (LAYERS (", fail: [file_link io]", ""));
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("'a.txt' is not taken from a storage: told to say io", 1);
  forget_home ();
  far_has_blob_only (LAYERS (", fail: [file_link notfound]", ""));
  check_at (get ("main", 0), POINTER, false);
  forget_home ();
  far_has_blob_only (LAYERS (", fail: [file_link cancelled]", ""));
  CU_ASSERT_EQUAL (get ("main", 0), HFCORE_E_CANCELLED);
  done ();
}

static void
test_forced (void)
{
  begin (LAYERS ("", PROMOTE));
  check_at (get ("main", HFCORE_FORCE), POINTER, false);
  CHECK_LOGGED ("asked to read", 1);
  CHECK_LOGGED ("set a.txt to a new blob in place of the one there", 1);
  scene_again ();
  check_at (get ("main", HFCORE_FORCE), POINTER, false);
  CHECK_LOGGED ("set a.txt to an old blob in place of the one there", 1);
  done ();
}

static void
test_failing_layer (void)
{
  far_has_blob_only (LAYERS ("", ", fail: [stat io, file_get io, list io, blob_path io]"));
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("WARNING storage 'far' is passed over: told to say io", 1);
  CHECK_LOGGED ("WARNING", 1);
  done ();
}

/* ---- twins ---- */

/* A twin that was quicker has made the file while this one waited for the lock.  */
static void
test_twin_was_there (void)
{
  scene_open (SHELF (", copies: yes, twin: \"" COMMIT "/a.txt " HELLO "\"")
                  TRANSPORT SOURCE ("one", ""));
  check_at (get ("main", 0), POINTER, true);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("event CACHED", 1);
  CHECK_LOGGED ("let go of", 1);
  scene_again ();
  check_at (get ("main", HFCORE_FORCE), POINTER, false);
  CHECK_LOGGED ("asked to read", 1);
  done ();
}

/* It took the blob away.  */
static void
test_twin_took_the_blob (void)
{
  scene_open (SHELF (", copies: yes, fail: [file_set retry enoent times 1]")
                  TRANSPORT SOURCE ("one", ""));
  check_at (get ("main", 0), POINTER, false);
  CHECK_LOGGED ("[shelf] file_set a.txt", 2);
  forget_home ();
  scene_open (SHELF (", copies: yes, fail: [file_set retry enoent]") TRANSPORT SOURCE ("one", ""));
  CU_ASSERT_EQUAL (get ("main", 0), HFCORE_E_RETRY);
  CHECK_LOGGED ("[shelf] file_set a.txt", 2);
  forget_home ();
  scene_open (SHELF (", fail: [file_set retry]") TRANSPORT SOURCE ("one", ""));
  CU_ASSERT_EQUAL (get ("main", 0), HFCORE_E_RETRY);
  CHECK_LOGGED ("[shelf] file_set a.txt", 1);
  done ();
}

/* ---- a storage that is gone ---- */

static void
test_layer_is_gone (void)
{
  far_has_blob_only (LAYERS ("", ""));
  check_at (get ("main", 0), POINTER, true);
  CU_ASSERT_EQUAL (unlink (check_path (FAR_BLOB)), 0);
  scene_again ();
  CU_ASSERT_EQUAL (get ("main", HFCORE_LOCAL_ONLY), HFCORE_E_DOWN);
  CHECK_CONTAINS (scene.call.error.message,
                  "'a.txt' of model 'org/name' at 'main' is not in the cache (its pointer leads "
                  "nowhere: the storage where it lay is gone), and only");
  CU_ASSERT_EQUAL (get (COMMIT, HFCORE_LOCAL_ONLY), HFCORE_E_DOWN);
  CHECK_CONTAINS (scene.call.error.message, "leads nowhere");
  scene_again ();
  check_at (get ("main", 0), POINTER, false);
  scene_has (BLOB, HELLO);
  done ();
}

CHECK_MAIN ("layers", { "used where it lies", test_used_where_it_lies },
            { "wrong length", test_wrong_length }, { "dangling pointer", test_dangling_pointer },
            { "absent there", test_absent_there }, { "promoted", test_promoted },
            { "promoted by list", test_promoted_by_list },
            { "promoted by pointer", test_promoted_by_pointer },
            { "not promoted", test_not_promoted },
            { "promoted and damaged", test_promoted_and_damaged },
            { "damaged and another", test_damaged_and_another },
            { "home cannot be written", test_home_cannot_be_written },
            { "promotion is stopped", test_promotion_is_stopped }, { "blob", test_blob },
            { "blob promoted", test_blob_promoted }, { "blob in dry run", test_blob_in_dry_run },
            { "blob of wrong length", test_blob_of_wrong_length },
            { "blob without pointers", test_blob_without_pointers }, { "forced", test_forced },
            { "failing layer", test_failing_layer }, { "twin was there", test_twin_was_there },
            { "twin took the blob", test_twin_took_the_blob },
            { "layer is gone", test_layer_is_gone })
