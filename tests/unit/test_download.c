/* SPDX-License-Identifier: Apache-2.0 */
/* test_download.c: one file of one revision into the cache: the branches of spec 2.6.  */
#include "core/engine/download.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define BLOB         FOLDER "blobs/" HELLO_ETAG
#define POINTER      FOLDER "snapshots/" COMMIT "/a.txt"
#define REF          FOLDER "refs/main"
#define ABSENT       FOLDER "absent/" COMMIT "/a.txt"
#define ONE(more)    SHELF ("") TRANSPORT SOURCE ("one", more)
#define ASKS(number) CHECK_LOGGED ("asked to", number)

static struct downloaded file;

static int
get (const char *revision, uint32_t flags, const struct hfcore_file_info *known)
{
  const struct download ask = { .repo = &scene_repo,
                                .revision = revision,
                                .path = "a.txt",
                                .flags = flags,
                                .known = known,
                                .events = &scene.events };
  downloaded_free (&file);
  return download_file (scene.engine, &scene.call, &ask, &file);
}

static int
get_main (void)
{
  return get ("main", 0, NULL);
}

static void
done (void)
{
  downloaded_free (&file);
  scene_close ();
}

/* As an earlier run has left it.  */
static void
cache_hello (const char *commit)
{
  char name[256];
  check_write (REF, commit);
  check_write (BLOB, HELLO);
  snprintf (name, sizeof name, FOLDER "snapshots/%s/a.txt", commit);
  check_write (name, HELLO);
}

static void
check_file (int code, const char *commit, bool cached)
{
  char name[256];
  snprintf (name, sizeof name, FOLDER "snapshots/%s/a.txt", commit);
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CHECK_STRING (file.commit, commit);
  CHECK_STRING (file.path, check_path (name));
  CU_ASSERT_EQUAL (file.length, strlen (HELLO));
  CU_ASSERT_EQUAL (file.cached, cached);
}

static void
check_error (int code, int expected, const char *message)
{
  CU_ASSERT_EQUAL (code, expected);
  CU_ASSERT_EQUAL (scene.call.error.code, expected);
  CHECK_CONTAINS (scene.call.error.message, message);
  CU_ASSERT_PTR_NULL (file.path);
}

static void
check_nothing_written (void)
{
  CHECK_LOGGED ("create", 0);
  CHECK_LOGGED ("_set", 0);
  CHECK_LOGGED ("[shelf] lock", 0);
}

/* ---- steps 7 to 9: it is fetched ---- */

static void
test_new (void)
{
  scene_open (ONE (""));
  check_file (get_main (), COMMIT, false);
  CU_ASSERT_FALSE (file.will_download);
  scene_has (BLOB, HELLO);
  scene_has (POINTER, HELLO);
  scene_has (REF, COMMIT);
  CHECK_LOGGED ("[one] asked to resolve main a.txt", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at one/a.txt", 1);
  ASKS (2);
  CHECK_LOGGED ("set a.txt to a new blob", 1);
  CHECK_LOGGED ("event FILE a.txt 11/11", 1);
  CHECK_LOGGED ("event CACHED", 0);
  CHECK_ORDER ("[shelf] lock " HELLO_ETAG, "[shelf] create");
  CHECK_ORDER ("[shelf] file_set a.txt", "let go of " HELLO_ETAG);
  CHECK_ORDER ("[shelf] file_set a.txt", "[shelf] ref_set main");
  done ();
}

static void
test_commit_has_no_ref (void)
{
  scene_open (ONE (""));
  check_file (get (COMMIT, 0, NULL), COMMIT, false);
  CHECK_LOGGED ("ref_set", 0);
  done ();
}

static void
test_blob_is_there (void)
{
  scene_open (ONE (""));
  check_write (BLOB, HELLO);
  check_file (get_main (), COMMIT, true);
  scene_has (POINTER, HELLO);
  scene_has (REF, COMMIT);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("set a.txt to an old blob", 1);
  CHECK_LOGGED ("event CACHED a.txt 11/11", 1);
  CHECK_LOGGED ("event FILE", 0);
  CHECK_LOGGED ("let go of", 1);
  done ();
}

static void
test_new_commit (void)
{
  scene_open (ONE (""));
  cache_hello (OTHER_COMMIT);
  check_file (get_main (), COMMIT, true);
  scene_has (REF, COMMIT);
  scene_has (FOLDER "snapshots/" OTHER_COMMIT "/a.txt", HELLO);
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

static void
test_forced (void)
{
  scene_open (ONE (""));
  cache_hello (COMMIT);
  check_file (get ("main", HFCORE_FORCE, NULL), COMMIT, false);
  CHECK_LOGGED ("asked to read", 1);
  scene_again ();
  check_file (get (COMMIT, HFCORE_FORCE, NULL), COMMIT, false);
  CHECK_LOGGED ("asked to read", 1);
  CHECK_LOGGED ("asked to resolve " COMMIT, 1);
  done ();
}

/* ---- steps 2 and 6: it is cached ---- */

static void
test_commit_asks_nobody (void)
{
  scene_open (ONE (""));
  cache_hello (COMMIT);
  check_file (get (COMMIT, 0, NULL), COMMIT, true);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  check_nothing_written ();
  CHECK_LOGGED ("event CACHED a.txt 11/11", 1);
  scene_again ();
  check_file (get (COMMIT, HFCORE_DRY_RUN, NULL), COMMIT, true);
  CU_ASSERT_FALSE (file.will_download);
  ASKS (0);
  done ();
}

static void
test_pointer_is_there (void)
{
  scene_open (ONE (""));
  cache_hello (COMMIT);
  check_write (REF, OTHER_COMMIT);
  check_file (get_main (), COMMIT, true);
  scene_has (REF, COMMIT);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("lock", 0);
  CHECK_LOGGED ("file_set", 0);
  CHECK_LOGGED ("event CACHED a.txt 11/11", 1);
  done ();
}

static void
test_pointer_is_there_and_no_ref_can_be (void)
{
  scene_open (SHELF (", fail: [ref_set readonly]") TRANSPORT SOURCE ("one", ""));
  cache_hello (COMMIT);
  check_write (REF, OTHER_COMMIT);
  check_file (get_main (), COMMIT, true);
  CHECK_LOGGED ("ref not written: told to say readonly", 1);
  scene_open (SHELF (", access: read-only") TRANSPORT SOURCE ("one", ""));
  check_file (get_main (), COMMIT, true);
  scene_has (REF, OTHER_COMMIT);
  done ();
}

static void
test_other_revision_needs_a_look (void)
{
  scene_open (ONE (""));
  cache_hello (COMMIT);
  check_file (get_main (), COMMIT, true);
  CHECK_LOGGED ("[one] asked to resolve main a.txt", 1);
  done ();
}

/* ---- step 3: what the source says is missing ---- */

static void
test_file_is_missing (void)
{
  scene_open (ONE (", resolve: [notfound file]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  CU_ASSERT_EQUAL (scene.call.error.missing, HFCORE_MISSING_FILE);
  CHECK_STRING (scene.call.error.origin, "one (test-source)");
  scene_has (ABSENT, "");
  scene_has (REF, COMMIT);
  CHECK_ORDER ("[shelf] file_set a.txt", "[shelf] ref_set main");
  done ();
}

static void
test_file_is_missing_now (void)
{
  scene_open (ONE (", resolve: [notfound file]"));
  cache_hello (OTHER_COMMIT);
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  scene_has (REF, COMMIT);
  done ();
}

static void
test_absence_that_is_not_remembered (void)
{
  scene_open (ONE (", resolve: [notfound file]"));
  check_error (get ("main", HFCORE_DRY_RUN, NULL), HFCORE_E_NOTFOUND, "told to say notfound");
  check_nothing_written ();
  scene_open (ONE (", resolve: [notfound file no-commit]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  check_nothing_written ();
  scene_open (SHELF (", fail: [file_set nospace]")
                  TRANSPORT SOURCE ("one", ", resolve: [notfound file]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  scene_has (REF, NULL);
  scene_open (SHELF (", fail: [ref_set io]")
                  TRANSPORT SOURCE ("one", ", resolve: [notfound file]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  scene_has (ABSENT, "");
  scene_open (SHELF (", access: read-only") TRANSPORT SOURCE ("one", ", resolve: [notfound file]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  done ();
}

static void
test_revision_is_missing (void)
{
  scene_open (ONE (", resolve: [notfound revision]"));
  cache_hello (COMMIT);
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  CU_ASSERT_EQUAL (scene.call.error.missing, HFCORE_MISSING_REVISION);
  scene_has (ABSENT, NULL);
  check_nothing_written ();
  done ();
}

/* ---- step 4: no source answers ---- */

static void
test_cache_stands_in (void)
{
  static const char *const steps[]
      = { "auth", "notfound repo", "notfound", "down",      "retry",
          "io",   "pass",          "no-etag",  "no-commit", "no-size" };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, ONE (", resolve: [%s]"), steps[i]);
      scene_open (yaml);
      cache_hello (OTHER_COMMIT);
      check_file (get_main (), OTHER_COMMIT, true);
      ASKS (1);
      CHECK_LOGGED ("; the cached file is used", 1);
      CHECK_LOGGED ("event CACHED", 1);
      check_nothing_written ();
    }
  done ();
}

static void
test_cache_does_not_stand_in (void)
{
  static const struct
  {
    const char *step;
    int code;
  } cases[] = { { "cancelled", HFCORE_E_CANCELLED }, { "config", HFCORE_E_CONFIG } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, ONE (", resolve: [%s]"), cases[i].step);
      scene_open (yaml);
      cache_hello (COMMIT);
      check_error (get_main (), cases[i].code, "told to say");
      ASKS (1);
    }
  scene_open (ONE (", resolve: [down]"));
  check_error (get ("main", HFCORE_FORCE, NULL), HFCORE_E_DOWN, "told to say down");
  scene_open (ONE (", resolve: [auth]"));
  check_error (get (COMMIT, HFCORE_FORCE, NULL), HFCORE_E_AUTH, "told to say auth");
  done ();
}

static void
test_not_cached (void)
{
  static const struct
  {
    const char *step;
    int code;
  } cases[] = { { "auth", HFCORE_E_AUTH },
                { "notfound repo", HFCORE_E_NOTFOUND },
                { "down", HFCORE_E_DOWN },
                { "io", HFCORE_E_IO } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, ONE (", resolve: [%s]"), cases[i].step);
      scene_open (yaml);
      check_error (get_main (), cases[i].code, "told to say");
      CHECK_STRING (scene.call.error.origin, "one (test-source)");
      ASKS (1);
    }
  /* A ref without the file is no answer.  */
  check_write (REF, COMMIT);
  scene_open (ONE (", resolve: [down]"));
  check_error (get_main (), HFCORE_E_DOWN, "told to say down");
  done ();
}

static void
test_asked_again (void)
{
  scene_open (ONE (", resolve: [retry, retry]"));
  check_file (get_main (), COMMIT, false);
  CHECK_LOGGED ("asked to resolve", 3);
  CHECK_LOGGED ("trying again", 2);
  scene_open (ONE (", always: [resolve a.txt retry]"));
  unlink (check_path (POINTER));
  check_error (get_main (), HFCORE_E_RETRY, "told to say retry");
  CHECK_LOGGED ("asked to resolve", 3);
  scene_open (ONE (", resolve: [retry, notfound file]"));
  check_error (get_main (), HFCORE_E_NOTFOUND, "told to say notfound");
  scene_has (ABSENT, "");
  done ();
}

/* ---- nobody may be asked ---- */

static void
test_local_only (void)
{
  scene_open (ONE (""));
  check_error (get ("main", HFCORE_LOCAL_ONLY, NULL), HFCORE_E_DOWN,
               "'a.txt' of model 'org/name' at 'main' is not in the cache, and only the cache was "
               "to be looked at");
  cache_hello (COMMIT);
  scene_again ();
  check_file (get ("main", HFCORE_LOCAL_ONLY, NULL), COMMIT, true);
  check_file (get (COMMIT, HFCORE_LOCAL_ONLY, NULL), COMMIT, true);
  check_file (get ("main", HFCORE_LOCAL_ONLY | HFCORE_DRY_RUN, NULL), COMMIT, true);
  ASKS (0);
  check_nothing_written ();
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  check_error (get ("main", HFCORE_LOCAL_ONLY | HFCORE_FORCE, NULL), HFCORE_E_CONFIG,
               "a forced download needs a source, and only the cache was to be looked at");
  ASKS (0);
  done ();
}

static void
test_offline (void)
{
  scene_open ("offline: yes\n" ONE (""));
  check_error (get_main (), HFCORE_E_DOWN, "offline mode is on (");
  CHECK_CONTAINS (scene.call.error.message, "/test.yaml:4:1): turn it off to fetch it");
  check_error (get ("main", HFCORE_FORCE, NULL), HFCORE_E_CONFIG, "and offline mode is on (");
  cache_hello (COMMIT);
  check_file (get_main (), COMMIT, true);
  ASKS (0);
  CHECK_LOGGED ("WARNING", 0);
  done ();
}

static void
test_offline_with_a_local_source (void)
{
  scene_open ("offline: yes\n" ONE ("") SOURCE ("stick", ", local: yes"));
  check_file (get_main (), COMMIT, false);
  CHECK_LOGGED ("[one] asked", 0);
  CHECK_LOGGED ("[stick] asked to resolve main a.txt", 1);
  CHECK_LOGGED ("[stick] asked to read", 1);
  /* What it does not have is taken from the cache; only that it failed is told.  */
  cache_hello (OTHER_COMMIT);
  scene_open ("offline: yes\n" ONE ("") SOURCE ("stick", ", local: yes, resolve: [pass]"));
  check_file (get_main (), OTHER_COMMIT, true);
  CHECK_LOGGED ("WARNING", 0);
  CHECK_LOGGED ("; the cached file is used", 1);
  scene_open ("offline: yes\n" ONE ("") SOURCE ("stick", ", local: yes, resolve: [down]"));
  check_file (get_main (), OTHER_COMMIT, true);
  CHECK_LOGGED ("WARNING told to say down; the cached file is used", 1);
  done ();
}

static void
test_no_source (void)
{
  scene_open (SHELF ("") NO_TRANSPORT);
  check_error (get_main (), HFCORE_E_DOWN, "the configuration names no source");
  cache_hello (COMMIT);
  check_file (get_main (), COMMIT, true);
  done ();
}

static void
test_failing_cache (void)
{
  scene_open ("offline: yes\n" SHELF (", fail: [ref_get io]") TRANSPORT SOURCE ("one", ""));
  check_error (get_main (), HFCORE_E_IO, "told to say io");
  scene_open (SHELF (", fail: [file_get io]") TRANSPORT SOURCE ("one", ""));
  check_error (get (COMMIT, 0, NULL), HFCORE_E_IO, "told to say io");
  ASKS (0);
  check_error (get_main (), HFCORE_E_IO, "told to say io");
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

/* ---- step 5: dry runs ---- */

static void
check_plan (int code, bool cached, bool will_download)
{
  check_file (code, COMMIT, cached);
  CU_ASSERT_EQUAL (file.will_download, will_download);
  CHECK_LOGGED ("asked to read", 0);
  check_nothing_written ();
}

static void
test_dry_run (void)
{
  scene_open (ONE (""));
  check_plan (get ("main", HFCORE_DRY_RUN, NULL), false, true);
  CU_ASSERT_NOT_EQUAL (access (check_path ("shelf"), F_OK), 0);
  check_write (BLOB, HELLO);
  check_plan (get ("main", HFCORE_DRY_RUN, NULL), true, false);
  unlink (check_path (BLOB));
  check_write (POINTER, HELLO);
  check_plan (get ("main", HFCORE_DRY_RUN, NULL), true, false);
  check_plan (get ("main", HFCORE_DRY_RUN | HFCORE_FORCE, NULL), true, true);
  scene_has (REF, NULL);
  done ();
}

static void
test_dry_run_of_a_commit_by_force (void)
{
  scene_open (ONE (""));
  cache_hello (COMMIT);
  check_plan (get (COMMIT, HFCORE_DRY_RUN | HFCORE_FORCE, NULL), true, true);
  done ();
}

static void
test_dry_run_without_sources (void)
{
  scene_open (ONE (", resolve: [down]"));
  cache_hello (COMMIT);
  check_plan (get ("main", HFCORE_DRY_RUN, NULL), true, false);
  done ();
}

/* A storage that is only read tells what is cached as well.  */
static void
test_dry_run_read_only (void)
{
  scene_open (SHELF (", access: read-only") TRANSPORT SOURCE ("one", ""));
  cache_hello (COMMIT);
  check_plan (get ("main", HFCORE_DRY_RUN, NULL), true, false);
  done ();
}

static void
test_dry_run_in_a_failing_storage (void)
{
  scene_open (SHELF (", fail: [path io]") TRANSPORT SOURCE ("one", ""));
  check_error (get ("main", HFCORE_DRY_RUN, NULL), HFCORE_E_IO, "told to say io");
  scene_open (SHELF (", fail: [file_get io]") TRANSPORT SOURCE ("one", ""));
  check_error (get ("main", HFCORE_DRY_RUN, NULL), HFCORE_E_IO, "told to say io");
  done ();
}

/* ---- taken from a file list ---- */

static const struct hfcore_file_info known
    = { .size = sizeof known, .path = "a.txt", .etag = HELLO_ETAG, .length = sizeof HELLO - 1 };

static void
test_known (void)
{
  scene_open (ONE (""));
  check_file (get (COMMIT, 0, &known), COMMIT, false);
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at its commit", 1);
  ASKS (1);
  CHECK_LOGGED ("ref_set", 0);
  scene_again ();
  check_file (get (COMMIT, 0, &known), COMMIT, true);
  ASKS (0);
  done ();
}

static void
test_known_dry_run (void)
{
  scene_open (ONE (""));
  check_plan (get (COMMIT, HFCORE_DRY_RUN, &known), false, true);
  ASKS (0);
  done ();
}

static void
test_known_wrongly (void)
{
  struct hfcore_file_info wrong = known;
  wrong.etag = SECOND_ETAG;
  scene_open (ONE (""));
  check_file (get (COMMIT, 0, &wrong), COMMIT, false);
  CHECK_LOGGED ("was promised; asking again", 1);
  CHECK_LOGGED ("[one] asked to resolve " COMMIT " a.txt", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at one/a.txt", 1);
  ASKS (3);
  CHECK_LOGGED ("let go of", 2);
  scene_has (BLOB, HELLO);
  scene_has (FOLDER "blobs/" SECOND_ETAG, NULL);
  done ();
}

static void
test_known_wrongly_for_good (void)
{
  scene_open (ONE (", always: [read a.txt about-etag " SECOND_ETAG "]"));
  check_error (get (COMMIT, 0, &known), HFCORE_E_CONFLICT, "has etag " SECOND_ETAG);
  CHECK_LOGGED ("let go of", 2);
  CHECK_LOGGED ("[shelf] lock " HELLO_ETAG ": OK", 2);
  done ();
}

/* ---- the storage ---- */

static int
get_with (const char *fail)
{
  char yaml[2048];
  snprintf (yaml, sizeof yaml, SHELF (", fail: [%s]") TRANSPORT SOURCE ("one", ""), fail);
  unlink (check_path (BLOB));
  unlink (check_path (POINTER));
  unlink (check_path (REF));
  scene_open (yaml);
  return get_main ();
}

static void
test_lock_only_saves_work (void)
{
  static const char *const fails[]
      = { "lock busy", "lock unsupported", "lock io", "lock readonly" };
  for (size_t i = 0; i < sizeof fails / sizeof *fails; i++)
    {
      check_file (get_with (fails[i]), COMMIT, false);
      CHECK_LOGGED ("no lock: told to say", 1);
      CHECK_LOGGED ("let go of", 0);
    }
  check_error (get_with ("lock cancelled"), HFCORE_E_CANCELLED, "told to say cancelled");
  CHECK_LOGGED ("asked to read", 0);
  check_error (get_with ("lock nomem"), HFCORE_E_NOMEM, "told to say nomem");
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

static void
test_storage_fails (void)
{
  check_error (get_with ("create readonly"), HFCORE_E_READONLY, "told to say readonly");
  CHECK_LOGGED ("let go of", 1);
  scene_has (REF, NULL);
  check_error (get_with ("file_set io"), HFCORE_E_IO, "told to say io");
  CHECK_LOGGED ("let go of", 1);
  CHECK_LOGGED ("event FILE", 0);
  scene_has (REF, NULL);
  check_error (get_with ("ref_set nospace"), HFCORE_E_NOSPACE, "told to say nospace");
  scene_has (POINTER, HELLO);
  check_error (get_with ("open down"), HFCORE_E_DOWN, "told to say down");
  done ();
}

static void
test_nothing_may_be_written (void)
{
  scene_open (SHELF (", access: read-only") TRANSPORT SOURCE ("one", ""));
  check_error (get_main (), HFCORE_E_READONLY, "no storage may be written");
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

static void
test_layers (void)
{
  scene_open ("storage:\n" SHELF_NAMED ("shared", ", access: read-only") SHELF_NAMED ("shelf", "")
                  TRANSPORT SOURCE ("one", ""));
  check_write ("shared/models--org--name/snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (get_main (), HFCORE_OK);
  CHECK_STRING (file.path, check_path ("shared/models--org--name/snapshots/" COMMIT "/a.txt"));
  CU_ASSERT_TRUE (file.cached);
  /* A ref here would name a snapshot that is not here (spec 57).  */
  scene_has (REF, NULL);
  scene_has (POINTER, NULL);
  CHECK_LOGGED ("asked to read", 0);
  CU_ASSERT_EQUAL (get ("main", HFCORE_FORCE, NULL), HFCORE_OK);
  CHECK_STRING (file.path, check_path (POINTER));
  scene_has (REF, COMMIT);
  done ();
}

/* A storage without local paths, locks, or a way to start again.  */
static void
test_plain_storages (void)
{
  scene_open ("storage:\n  - { name: one, plugin: test-memory }\n" TRANSPORT SOURCE ("one", ""));
  CU_ASSERT_EQUAL (get_main (), HFCORE_OK);
  CHECK_STRING (file.path, "");
  scene_open (
      "storage:\n  - { name: wrap, plugin: test-wrap, wraps: shelf }\n" SHELF_NAMED ("shelf", "")
          TRANSPORT SOURCE ("one", ""));
  CU_ASSERT_EQUAL (get_main (), HFCORE_OK);
  CHECK_LOGGED ("no lock: lock: the plugin does not do that", 1);
  scene_has (BLOB, HELLO);
  done ();
}

CHECK_MAIN ("download", { "new", test_new }, { "commit has no ref", test_commit_has_no_ref },
            { "blob is there", test_blob_is_there }, { "new commit", test_new_commit },
            { "forced", test_forced }, { "commit asks nobody", test_commit_asks_nobody },
            { "pointer is there", test_pointer_is_there },
            { "pointer is there and no ref can be", test_pointer_is_there_and_no_ref_can_be },
            { "other revision needs a look", test_other_revision_needs_a_look },
            { "file is missing", test_file_is_missing },
            { "file is missing now", test_file_is_missing_now },
            { "absence that is not remembered", test_absence_that_is_not_remembered },
            { "revision is missing", test_revision_is_missing },
            { "cache stands in", test_cache_stands_in },
            { "cache does not stand in", test_cache_does_not_stand_in },
            { "not cached", test_not_cached }, { "asked again", test_asked_again },
            { "local only", test_local_only }, { "offline", test_offline },
            { "offline with a local source", test_offline_with_a_local_source },
            { "no source", test_no_source }, { "failing cache", test_failing_cache },
            { "dry run", test_dry_run },
            { "dry run of a commit by force", test_dry_run_of_a_commit_by_force },
            { "dry run without sources", test_dry_run_without_sources },
            { "dry run read only", test_dry_run_read_only },
            { "dry run in a failing storage", test_dry_run_in_a_failing_storage },
            { "known", test_known }, { "known dry run", test_known_dry_run },
            { "known wrongly", test_known_wrongly },
            { "known wrongly for good", test_known_wrongly_for_good },
            { "lock only saves work", test_lock_only_saves_work },
            { "storage fails", test_storage_fails },
            { "nothing may be written", test_nothing_may_be_written }, { "layers", test_layers },
            { "plain storages", test_plain_storages })
