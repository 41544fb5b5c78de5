/* SPDX-License-Identifier: Apache-2.0 */
/* test_snapshot.c: the files of one revision (spec 4).  */
#include "core/engine/snapshot.h"

#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define SNAPSHOT     FOLDER "snapshots/" COMMIT
#define TREE         FOLDER "trees/" COMMIT
#define REF          FOLDER "refs/main"
#define ABC          FILE_C ", " FILE_A ", " FILE_B
#define ALL(more)    SHELF ("") TRANSPORT SOURCE_OF ("one", ABC, more)
#define ASKS(number) CHECK_LOGGED ("asked to", number)
#define LINE_A       "a.txt " HELLO_ETAG " 11\n"
#define LINE_B       "b.txt " SECOND_ETAG " 11\n"
#define LINE_C       "sub/c.txt " THIRD_ETAG " 5\n"
#define TREE_TEXT    LINE_A LINE_B LINE_C

static struct snapshot snapshot;
static struct snapshot_request ask;

static int
get (void)
{
  snapshot_free (&snapshot);
  return snapshot_download (scene.engine, &scene.call, &ask, &snapshot);
}

static void
begin (const char *yaml)
{
  scene_open (yaml);
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
check_folder_of (int code, size_t count)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CHECK_STRING (snapshot.commit, COMMIT);
  CHECK_STRING (snapshot.folder, check_path (SNAPSHOT));
  CU_ASSERT_EQUAL_FATAL (snapshot.count, count);
}

static void
check_all (int code, bool cached)
{
  check_folder_of (code, 3);
  CHECK_STRING (snapshot.files[0].file, "a.txt");
  CHECK_STRING (snapshot.files[1].file, "b.txt");
  CHECK_STRING (snapshot.files[2].file, "sub/c.txt");
  CHECK_STRING (snapshot.files[2].downloaded.path, check_path (SNAPSHOT "/sub/c.txt"));
  for (size_t i = 0; i < 3; i++)
    CU_ASSERT_EQUAL (snapshot.files[i].downloaded.cached, cached);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/b.txt", SECOND);
  scene_has (SNAPSHOT "/sub/c.txt", THIRD);
}

static void
check_error (int code, int expected, const char *message)
{
  CU_ASSERT_EQUAL (code, expected);
  CU_ASSERT_EQUAL (scene.call.error.code, expected);
  CHECK_CONTAINS (scene.call.error.message, message);
  CU_ASSERT_PTR_NULL (snapshot.folder);
  CU_ASSERT_PTR_NULL (snapshot.files);
}

/* As an earlier run has left it.  */
static void
cache_all (void)
{
  check_write (REF, COMMIT);
  check_write (TREE, TREE_TEXT);
  check_write (SNAPSHOT "/a.txt", HELLO);
  check_write (SNAPSHOT "/b.txt", SECOND);
  check_write (SNAPSHOT "/sub/c.txt", THIRD);
}

/* ---- all is well ---- */

static void
test_new (void)
{
  begin (ALL (""));
  check_all (get (), false);
  scene_has (REF, COMMIT);
  scene_has (TREE, TREE_TEXT);
  CHECK_LOGGED ("[one] asked to resolve main ", 1);
  CHECK_LOGGED ("[one] asked to list " COMMIT, 1);
  CHECK_LOGGED ("asked to read", 3);
  ASKS (5);
  CHECK_LOGGED ("event PLAN - 0/27 3", 1);
  CHECK_LOGGED ("event FILE", 3);
  CHECK_ORDER ("event PLAN", "event START");
  /* A ref never names a snapshot that is not there.  */
  CHECK_ORDER ("[shelf] file_set", "[shelf] ref_set main");
  CHECK_LOGGED ("ref_set", 1);
  done ();
}

static void
test_cached (void)
{
  begin (ALL (""));
  cache_all ();
  check_all (get (), true);
  ASKS (1);
  CHECK_LOGGED ("event CACHED", 3);
  CHECK_LOGGED ("ref_set", 0);
  CHECK_LOGGED ("tree_set", 0);
  ask.revision = COMMIT;
  scene_again ();
  check_all (get (), true);
  ASKS (0);
  done ();
}

static void
test_commit (void)
{
  begin (ALL (""));
  ask.revision = COMMIT;
  check_all (get (), false);
  CHECK_LOGGED ("asked to resolve", 0);
  CHECK_LOGGED ("ref_set", 0);
  scene_has (REF, NULL);
  done ();
}

static void
test_forced (void)
{
  begin (ALL (""));
  cache_all ();
  ask.flags = HFCORE_FORCE;
  check_all (get (), false);
  CHECK_LOGGED ("asked to read", 3);
  done ();
}

static void
test_etag_is_not_told (void)
{
  begin (SHELF ("") TRANSPORT SOURCE_OF ("one", FILE_A, ", list: [no-size]"));
  check_folder_of (get (), 1);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  CHECK_LOGGED ("event PLAN - 0/0 1", 1);
  CHECK_LOGGED ("[one] asked to resolve " COMMIT " a.txt", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at one/a.txt", 1);
  done ();
}

static void
test_several_at_once (void)
{
  begin (ALL (", together: 3"));
  ask.max_workers = 3;
  check_all (get (), false);
  begin ("max-workers: 3\n" ALL (", together: 3"));
  ask.max_workers = 0;
  ask.flags = HFCORE_FORCE;
  check_all (get (), false);
  begin (ALL (""));
  ask.max_workers = 1000;
  ask.flags = HFCORE_FORCE;
  check_all (get (), false);
  done ();
}

/* ---- patterns ---- */

static void
test_patterns (void)
{
  const char *include[] = { "*.txt" };
  const char *exclude[] = { "sub/", "b*" };
  begin (ALL (""));
  ask.include = include;
  ask.include_count = 1;
  ask.exclude = exclude;
  ask.exclude_count = 2;
  check_folder_of (get (), 1);
  CHECK_STRING (snapshot.files[0].file, "a.txt");
  CHECK_LOGGED ("event PLAN - 0/11 1", 1);
  CHECK_LOGGED ("asked to read", 1);
  scene_has (TREE, TREE_TEXT);
  scene_has (SNAPSHOT "/b.txt", NULL);
  done ();
}

static void
test_no_file_passes (void)
{
  const char *include[] = { "*.bin" };
  begin (ALL (""));
  ask.include = include;
  ask.include_count = 1;
  check_folder_of (get (), 0);
  CHECK_LOGGED ("WARNING model 'org/name' has no files that pass the patterns", 1);
  CHECK_LOGGED ("event PLAN - 0/0 0", 1);
  scene_has (REF, NULL);
  ask.include_count = 0;
  scene_again ();
  check_folder_of (get (), 0);
  begin (SHELF ("") TRANSPORT SOURCE_OF ("one", "", ""));
  unlink (check_path (TREE));
  check_folder_of (get (), 0);
  CHECK_LOGGED ("WARNING model 'org/name' has no files", 1);
  CHECK_LOGGED ("patterns", 0);
  done ();
}

/* ---- dry runs ---- */

static void
test_dry_run (void)
{
  begin (ALL (""));
  ask.flags = HFCORE_DRY_RUN;
  check_folder_of (get (), 3);
  for (size_t i = 0; i < 3; i++)
    {
      CU_ASSERT_FALSE (snapshot.files[i].downloaded.cached);
      CU_ASSERT_TRUE (snapshot.files[i].downloaded.will_download);
    }
  CHECK_STRING (snapshot.files[0].downloaded.path, check_path (SNAPSHOT "/a.txt"));
  CHECK_LOGGED ("event PLAN - 0/27 3", 1);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("_set", 0);
  CU_ASSERT_NOT_EQUAL (access (check_path ("shelf"), F_OK), 0);
  check_write (SNAPSHOT "/b.txt", SECOND);
  check_folder_of (get (), 3);
  CU_ASSERT_FALSE (snapshot.files[1].downloaded.will_download);
  CU_ASSERT_TRUE (snapshot.files[1].downloaded.cached);
  CU_ASSERT_TRUE (snapshot.files[2].downloaded.will_download);
  scene_has (REF, NULL);
  done ();
}

/* ---- failures ---- */

static void
test_first_failure_stops (void)
{
  begin (ALL (", always: [read a.txt auth]"));
  check_error (get (), HFCORE_E_AUTH, "told to say auth");
  CHECK_STRING (scene.call.error.origin, "one (test-source)");
  CHECK_LOGGED ("asked to read", 1);
  scene_has (REF, NULL);
  done ();
}

static void
test_what_is_done_stays (void)
{
  begin (ALL (", always: [read b.txt auth]"));
  check_error (get (), HFCORE_E_AUTH, "told to say auth");
  CHECK_LOGGED ("asked to read", 2);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/sub/c.txt", NULL);
  scene_has (REF, NULL);
  done ();
}

/* Others that run are waited for.  */
static void
test_failure_among_several (void)
{
  begin (ALL (", together: 3, always: [read b.txt auth]"));
  ask.max_workers = 3;
  check_error (get (), HFCORE_E_AUTH, "told to say auth");
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/sub/c.txt", THIRD);
  scene_has (REF, NULL);
  done ();
}

static void
test_hostile_list (void)
{
  begin (SHELF ("") TRANSPORT SOURCE_OF ("one", FILE_A ", ../../x " HELLO_ETAG " x", ""));
  check_error (get (), HFCORE_E_CORRUPT, "bad file name '../../x'");
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("_set", 0);
  CHECK_LOGGED ("event", 0);
  done ();
}

static void
test_listed_wrongly (void)
{
  begin (ALL (", always: [read a.txt about-etag " SECOND_ETAG "]"));
  check_error (get (), HFCORE_E_CONFLICT, "has etag " SECOND_ETAG);
  CHECK_LOGGED ("[one] asked to resolve " COMMIT " a.txt", 2);
  scene_has (REF, NULL);
  done ();
}

static void
test_ref_cannot_be_written (void)
{
  begin (SHELF (", fail: [ref_set readonly]") TRANSPORT SOURCE_OF ("one", ABC, ""));
  cache_all ();
  unlink (check_path (REF));
  check_all (get (), true);
  begin (SHELF (", access: read-only") TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_all (get (), true);
  done ();
}

static void
test_list_cannot_be_remembered (void)
{
  begin (SHELF (", fail: [tree_set nospace]") TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_all (get (), false);
  scene_has (REF, COMMIT);
  done ();
}

static void
test_stopped (void)
{
  begin (ALL (""));
  logbook_stop_at (HFCORE_EVENT_BYTES);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("asked to read", 1);
  CHECK_LOGGED ("abandon and keep", 1);
  done ();
}

/* Whatever the event is at which the listener says stop.  */
static void
test_stopped_at_any_event (void)
{
  begin (ALL (""));
  logbook_stop_at (HFCORE_EVENT_PLAN);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("asked to read", 0);
  begin (ALL (""));
  logbook_stop_at (HFCORE_EVENT_FILE);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("asked to read", 1);
  begin (ALL (""));
  cache_all ();
  logbook_stop_at (HFCORE_EVENT_CACHED);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("event CACHED", 1);
  done ();
}

/* A worker that waits to try again stops as well.  */
static void
test_stopped_while_waiting (void)
{
  begin ("retries: 1\nretry-pause: 3s\nretry-pause-max: 3s\n" ALL (
      ", together: 3, always: [read b.txt retry]"));
  ask.max_workers = 3;
  logbook_stop_at (HFCORE_EVENT_BYTES);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("asked to read b.txt", 1);
  CHECK_LOGGED ("asked to resolve " COMMIT, 0);
  done ();
}

static void
test_cancelled (void)
{
  begin (ALL (""));
  cache_all ();
  atomic_store (&scene.engine->cancel, 1);
  check_error (get (), HFCORE_E_CANCELLED, "stopped");
  done ();
}

/* ---- the sources do not answer ---- */

static void
check_stands_in (const char *yaml, const char *warning)
{
  begin (yaml);
  cache_all ();
  check_all (get (), true);
  CHECK_LOGGED ("event PLAN - 0/27 3", 1);
  CHECK_LOGGED ("event CACHED", 3);
  CHECK_LOGGED (warning, 1);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("_set", 0);
}

static void
test_cache_stands_in (void)
{
  static const char *const warning = "; the cached snapshot is used";
  check_stands_in (ALL (", resolve: [down]"), warning);
  check_stands_in (ALL (", resolve: [retry]"), warning);
  check_stands_in (ALL (", resolve: [auth]"), warning);
  check_stands_in (ALL (", resolve: [notfound repo]"), warning);
  check_stands_in (ALL (", resolve: [no-commit]"), warning);
  check_stands_in (ALL (", resolve: [pass]"), warning);
  CHECK_LOGGED ("WARNING no transport of the configuration has", 1);
  done ();
}

static void
test_list_fails (void)
{
  begin (ALL (", list: [down]"));
  cache_all ();
  unlink (check_path (TREE));
  check_folder_of (get (), 0);
  CHECK_LOGGED ("; the cached snapshot is used", 1);
  begin (ALL (", list: [auth]"));
  check_folder_of (get (), 0);
  CHECK_LOGGED ("told to say auth; the cached snapshot is used", 1);
  begin (ALL (", list: [notfound revision]"));
  check_error (get (), HFCORE_E_NOTFOUND, "told to say notfound");
  begin (ALL (", list: [down]"));
  ask.flags = HFCORE_FORCE;
  check_error (get (), HFCORE_E_DOWN, "told to say down");
  done ();
}

static void
test_revision_is_missing (void)
{
  begin (ALL (", resolve: [notfound revision]"));
  cache_all ();
  check_error (get (), HFCORE_E_NOTFOUND, "told to say notfound");
  CU_ASSERT_EQUAL (scene.call.error.missing, HFCORE_MISSING_REVISION);
  done ();
}

static void
test_not_cached (void)
{
  begin (ALL (", resolve: [auth]"));
  check_error (get (), HFCORE_E_AUTH, "told to say auth");
  ASKS (1);
  begin (ALL (", resolve: [notfound repo]"));
  check_error (get (), HFCORE_E_NOTFOUND, "told to say notfound");
  begin (ALL (", resolve: [down]"));
  check_write (REF, OTHER_COMMIT);
  check_error (get (), HFCORE_E_DOWN, "told to say down");
  begin (ALL (", resolve: [cancelled]"));
  cache_all ();
  check_error (get (), HFCORE_E_CANCELLED, "told to say cancelled");
  done ();
}

static void
test_asked_again (void)
{
  begin (ALL (", resolve: [retry, retry]"));
  check_all (get (), false);
  CHECK_LOGGED ("asked to resolve", 3);
  CHECK_LOGGED ("trying again", 2);
  begin (ALL (", resolve: [retry, retry, retry]"));
  unlink (check_path (REF));
  check_error (get (), HFCORE_E_RETRY, "told to say retry");
  CHECK_LOGGED ("asked to resolve", 3);
  done ();
}

/* What is cached is not whole: better ask again.  */
static void
test_asked_again_for_the_rest (void)
{
  begin (ALL (", resolve: [retry]"));
  cache_all ();
  unlink (check_path (SNAPSHOT "/b.txt"));
  check_folder_of (get (), 3);
  scene_has (SNAPSHOT "/b.txt", SECOND);
  begin (ALL (", resolve: [retry, retry, retry]"));
  unlink (check_path (SNAPSHOT "/b.txt"));
  check_error (get (), HFCORE_E_RETRY, "told to say retry");
  CHECK_LOGGED ("'b.txt' is missing", 2);
  done ();
}

static void
test_forced_and_down (void)
{
  begin (ALL (", resolve: [down]"));
  cache_all ();
  ask.flags = HFCORE_FORCE;
  check_error (get (), HFCORE_E_DOWN, "told to say down");
  done ();
}

/* ---- nobody may be asked ---- */

static void
test_offline (void)
{
  begin ("offline: yes\n" ALL (""));
  check_error (get (), HFCORE_E_DOWN,
               "the snapshot of model 'org/name' at 'main' is not in the cache, and offline mode");
  cache_all ();
  check_all (get (), true);
  CHECK_LOGGED ("WARNING", 0);
  ask.revision = COMMIT;
  check_all (get (), true);
  ask.revision = OTHER_COMMIT;
  check_error (get (), HFCORE_E_DOWN, "is not in the cache");
  ask.revision = "main";
  ask.flags = HFCORE_FORCE;
  check_error (get (), HFCORE_E_CONFIG, "a forced download needs a source, and offline mode is on");
  ASKS (0);
  done ();
}

static void
test_local_only (void)
{
  begin (ALL (""));
  ask.flags = HFCORE_LOCAL_ONLY;
  check_error (get (), HFCORE_E_DOWN, "only the cache was to be looked at");
  cache_all ();
  check_all (get (), true);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  done ();
}

static void
test_offline_and_not_whole (void)
{
  const char *include[] = { "a*" };
  begin ("offline: yes\n" ALL (""));
  cache_all ();
  unlink (check_path (SNAPSHOT "/b.txt"));
  check_error (get (), HFCORE_E_DOWN,
               "the cached snapshot of model 'org/name' is not complete: 'b.txt' is missing");
  ask.exclude = (const char *[]){ "b*" };
  ask.exclude_count = 1;
  check_folder_of (get (), 2);
  ask.exclude_count = 0;
  ask.include = include;
  ask.include_count = 1;
  check_folder_of (get (), 1);
  /* Without a list nobody knows.  */
  ask.include = NULL;
  unlink (check_path (TREE));
  check_folder_of (get (), 0);
  done ();
}

static void
test_offline_with_a_local_source (void)
{
  begin ("offline: yes\n" ALL ("") SOURCE_OF ("stick", ABC, ", local: yes"));
  check_all (get (), false);
  CHECK_LOGGED ("[one] asked", 0);
  CHECK_LOGGED ("[stick] asked to list", 1);
  begin ("offline: yes\n" ALL ("") SOURCE_OF ("stick", ABC, ", local: yes, resolve: [pass]"));
  check_all (get (), true);
  CHECK_LOGGED ("WARNING", 0);
  begin ("offline: yes\n" ALL ("") SOURCE_OF ("stick", ABC, ", local: yes, resolve: [down]"));
  check_all (get (), true);
  CHECK_LOGGED ("WARNING told to say down; the cached snapshot is used", 1);
  done ();
}

/* ---- layers ---- */

/* Whoever uses the folder finds all files in it.  */
static void
test_layer_that_is_not_whole (void)
{
  begin ("storage:\n" SHELF_NAMED ("shared", ", access: read-only") SHELF_NAMED ("shelf", "")
             TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_write ("shared/models--org--name/snapshots/" COMMIT "/b.txt", SECOND);
  check_folder_of (get (), 3);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/b.txt", SECOND);
  scene_has (SNAPSHOT "/sub/c.txt", THIRD);
  done ();
}

static void
test_whole_layer (void)
{
  begin ("storage:\n" SHELF_NAMED ("shared", ", access: read-only") SHELF_NAMED ("shelf", "")
             TRANSPORT SOURCE_OF ("one", FILE_A, ""));
  check_write ("shared/models--org--name/snapshots/" COMMIT "/a.txt", HELLO);
  CU_ASSERT_EQUAL (get (), HFCORE_OK);
  CHECK_STRING (snapshot.folder, check_path ("shared/models--org--name/snapshots/" COMMIT));
  CHECK_LOGGED ("asked to read", 0);
  scene_has (SNAPSHOT "/a.txt", NULL);
  /* A ref here would name a snapshot that is not here (spec 57).  */
  scene_has (REF, NULL);
  done ();
}

/* Offline, the same: the files are all there, in the second layer.  */
static void
test_whole_second_layer_offline (void)
{
  begin ("offline: yes\nstorage:\n" SHELF_NAMED ("shared", ", access: read-only")
             SHELF_NAMED ("shelf", "") TRANSPORT SOURCE_OF ("one", ABC, ""));
  check_write ("shared/models--org--name/snapshots/" COMMIT "/b.txt", SECOND);
  cache_all ();
  check_all (get (), true);
  done ();
}

CHECK_MAIN ("snapshot", { "new", test_new }, { "cached", test_cached }, { "commit", test_commit },
            { "forced", test_forced }, { "etag is not told", test_etag_is_not_told },
            { "several at once", test_several_at_once }, { "patterns", test_patterns },
            { "no file passes", test_no_file_passes }, { "dry run", test_dry_run },
            { "first failure stops", test_first_failure_stops },
            { "what is done stays", test_what_is_done_stays },
            { "failure among several", test_failure_among_several },
            { "hostile list", test_hostile_list }, { "listed wrongly", test_listed_wrongly },
            { "ref cannot be written", test_ref_cannot_be_written },
            { "list cannot be remembered", test_list_cannot_be_remembered },
            { "stopped", test_stopped }, { "stopped at any event", test_stopped_at_any_event },
            { "stopped while waiting", test_stopped_while_waiting },
            { "cancelled", test_cancelled }, { "cache stands in", test_cache_stands_in },
            { "list fails", test_list_fails }, { "revision is missing", test_revision_is_missing },
            { "not cached", test_not_cached }, { "asked again", test_asked_again },
            { "asked again for the rest", test_asked_again_for_the_rest },
            { "forced and down", test_forced_and_down }, { "offline", test_offline },
            { "local only", test_local_only },
            { "offline and not whole", test_offline_and_not_whole },
            { "offline with a local source", test_offline_with_a_local_source },
            { "layer that is not whole", test_layer_that_is_not_whole },
            { "whole layer", test_whole_layer },
            { "whole second layer offline", test_whole_second_layer_offline })
