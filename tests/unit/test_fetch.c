/* SPDX-License-Identifier: Apache-2.0 */
/* test_fetch.c: one blob: resumed, hashed, published only when it is right.  */
#include "core/engine/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include "core/engine/tiers.h"
#include "tests/unit/engine_fixture.h"

#define BLOB           FOLDER "blobs/" HELLO_ETAG
#define PARTIAL        FOLDER "partial/" HELLO_ETAG
#define ONE(more)      SHELF ("") TRANSPORT SOURCE ("one", more)
#define TWO(one, two)  ONE (one) SOURCE ("two", two)
#define PAUSES(number) CHECK_LOGGED ("; trying again in", number)
#define READS(number)  CHECK_LOGGED ("asked to read", number)
#define ASKS(number)   CHECK_LOGGED ("asked to resolve", number)

static struct located located;
static struct fetched fetched;

/* The usual fetch; tests change parts of it.  */
static struct fetch
hello (void)
{
  struct fetch fetch = { .engine = scene.engine,
                         .events = &scene.events,
                         .repo = &scene_repo,
                         .commit = COMMIT,
                         .path = "a.txt",
                         .etag = HELLO_ETAG,
                         .length = strlen (HELLO),
                         .located = &located };
  located_free (&located);
  located.source = 0;
  located.location = strdup ("there");
  CU_ASSERT_EQUAL_FATAL (tiers_writable (scene.engine, &scene.call, &fetch.storage), HFCORE_OK);
  return fetch;
}

static int
run (const struct fetch *fetch)
{
  return fetch_blob (fetch, &scene.call, &fetched);
}

static int
run_hello (const char *yaml)
{
  scene_open (yaml);
  struct fetch fetch = hello ();
  return run (&fetch);
}

static void
done (void)
{
  located_free (&located);
  scene_close ();
}

/* It came whole.  */
static void
check_new (int code)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CU_ASSERT_TRUE (fetched.published);
  scene_has (BLOB, HELLO);
  scene_has (PARTIAL, NULL);
  CHECK_LOGGED ("[shelf] commit: OK", 1);
  CHECK_LOGGED ("abandon", 0);
  CHECK_LOGGED ("event FAILED", 0);
}

static void
check_failed (int code, int expected, const char *message)
{
  CU_ASSERT_EQUAL (code, expected);
  CU_ASSERT_EQUAL (scene.call.error.code, expected);
  CHECK_CONTAINS (scene.call.error.message, message);
  CU_ASSERT_FALSE (fetched.published);
  scene_has (BLOB, NULL);
  CHECK_LOGGED ("event FAILED a.txt 0/", 1);
}

static void
check_kept (const char *partial)
{
  scene_has (PARTIAL, partial);
  CHECK_LOGGED ("abandon and keep", 1);
  CHECK_LOGGED ("abandon", 1);
}

static void
check_dropped (void)
{
  scene_has (PARTIAL, NULL);
  CHECK_LOGGED ("abandon and drop", 1);
  CHECK_LOGGED ("abandon", 1);
}

/* ---- what is asked ---- */

static void
test_new (void)
{
  check_new (run_hello (ONE ("")));
  READS (1);
  ASKS (0);
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at there", 1);
  CHECK_LOGGED ("event START a.txt 0/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 4/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 8/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 11/11", 1);
  CHECK_LOGGED ("event", 4);
  done ();
}

static void
test_there_already (void)
{
  scene_open (ONE (""));
  check_write (BLOB, HELLO);
  struct fetch fetch = hello ();
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  CU_ASSERT_FALSE (fetched.published);
  READS (0);
  CHECK_LOGGED ("create", 0);
  fetch.force = true;
  check_new (run (&fetch));
  READS (1);
  done ();
}

static void
test_by_commit_and_path (void)
{
  scene_open (TWO (", read: [notfound]", ""));
  struct fetch fetch = hello ();
  fetch.located = NULL;
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at its commit", 1);
  CHECK_LOGGED ("[two] asked to read a.txt from 0 at its commit", 1);
  ASKS (0);
  done ();
}

static void
test_located_at_the_second (void)
{
  scene_open (TWO ("", ""));
  struct fetch fetch = hello ();
  located.source = 1;
  check_new (run (&fetch));
  CHECK_LOGGED ("[two] asked to read a.txt from 0 at there", 1);
  READS (1);
  done ();
}

static void
test_empty_file (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE_OF ("one", "a.txt " EMPTY_ETAG, ""));
  struct fetch fetch = hello ();
  fetch.etag = EMPTY_ETAG;
  fetch.length = 0;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  CU_ASSERT_TRUE (fetched.published);
  scene_has (FOLDER "blobs/" EMPTY_ETAG, "");
  READS (0);
  done ();
}

/* An empty file under a name that is not its digest.  */
static void
test_empty_file_of_another_name (void)
{
  scene_open (ONE (""));
  struct fetch fetch = hello ();
  fetch.length = 0;
  check_failed (run (&fetch), HFCORE_E_CORRUPT, "its digest is " EMPTY_ETAG);
  check_dropped ();
  done ();
}

static void
test_digests (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE_OF ("one", "a.txt " HELLO_SHA256 " " HELLO, ""));
  struct fetch fetch = hello ();
  fetch.etag = HELLO_SHA256;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  scene_has (FOLDER "blobs/" HELLO_SHA256, HELLO);
  scene_open (SHELF ("") TRANSPORT SOURCE_OF ("one", "a.txt " HELLO_SHA256 " " HELLO,
                                              ", always: [read "
                                              "a.txt garbage]"));
  fetch = hello ();
  fetch.etag = HELLO_SHA256;
  fetch.force = true;
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_E_CORRUPT);
  /* Not every server names files by their digest.  */
  scene_open (SHELF ("") TRANSPORT SOURCE_OF ("one", "a.txt v-1 " HELLO, ", read: [garbage]"));
  fetch = hello ();
  fetch.etag = "v-1";
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  scene_has (FOLDER "blobs/v-1", "idmmn!vnsme");
  done ();
}

/* ---- resuming ---- */

static void
test_resume (void)
{
  scene_open (ONE (""));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 5 at there", 1);
  READS (1);
  CHECK_LOGGED ("event START a.txt 5/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 5/11", 1);
  CHECK_LOGGED ("event BYTES a.txt 9/11", 1);
  CHECK_LOGGED ("event RESTART", 0);
  done ();
}

static void
test_force_resumes_nothing (void)
{
  scene_open (ONE (""));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  fetch.force = true;
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 1);
  done ();
}

static void
test_complete_partial (void)
{
  scene_open (ONE (""));
  check_write (PARTIAL, HELLO);
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  READS (0);
  done ();
}

/* More than is read back at once.  */
static void
test_large_partial (void)
{
  static char bytes[300001];
  static const char etag[] = "29927e273accc68286005017f7fa6e4f"
                             "27bddb4db3083ff8b8d4c3667905b7fa";
  memset (bytes, 'x', sizeof bytes - 1);
  scene_open (ONE (""));
  struct fetch fetch = hello ();
  fetch.etag = etag;
  fetch.length = sizeof bytes - 1;
  char name[256];
  snprintf (name, sizeof name, FOLDER "partial/%s", etag);
  check_write (name, bytes);
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  CU_ASSERT_TRUE (fetched.published);
  READS (0);
  CHECK_LOGGED ("event BYTES a.txt", 2);
  done ();
}

static void
test_damaged_partial (void)
{
  scene_open (ONE (""));
  check_write (PARTIAL, "jello");
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 5", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 1);
  CHECK_LOGGED ("event RESTART a.txt 0/11", 1);
  CHECK_LOGGED ("WARNING 'a.txt' arrived damaged", 1);
  done ();
}

static void
test_opaque_partial (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE_OF ("one", "a.txt v-1 " HELLO, ""));
  check_write (FOLDER "partial/v-1", "HELLO");
  struct fetch fetch = hello ();
  fetch.etag = "v-1";
  CU_ASSERT_EQUAL (run (&fetch), HFCORE_OK);
  scene_has (FOLDER "blobs/v-1", "HELLO world");
  CHECK_LOGGED ("read_back", 0);
  done ();
}

/* The partial is shorter than was said, or cannot be read.  */
static void
test_partial_that_cannot_be_read (void)
{
  scene_open (SHELF (", fail: [read_back ok]") TRANSPORT SOURCE ("one", ""));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 1);
  CHECK_LOGGED ("event RESTART", 1);
  scene_open (SHELF (", fail: [read_back io]") TRANSPORT SOURCE ("one", ""));
  remove (check_path (BLOB));
  check_write (PARTIAL, "hello");
  fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_IO, "told to say io");
  READS (0);
  check_kept ("hello");
  done ();
}

/* ---- what the peer really sends ---- */

static void
test_range_ignored (void)
{
  scene_open (ONE (", read: [whole]"));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  READS (1);
  CHECK_LOGGED ("event RESTART a.txt 0/11", 1);
  CHECK_LOGGED ("[shelf] restart: OK", 1);
  done ();
}

static void
test_range_ignored_and_no_restart (void)
{
  scene_open (SHELF (", fail: [restart io]") TRANSPORT SOURCE ("one", ", read: [whole]"));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_IO, "told to say io");
  READS (1);
  done ();
}

static void
test_wrong_offset (void)
{
  check_new (run_hello (ONE (", read: [from 3]")));
  READS (2);
  CHECK_LOGGED ("'a.txt' is sent from byte 3 where 0 was asked for; fetching it once more", 1);
  done ();
}

static void
test_wrong_total (void)
{
  check_new (run_hello (ONE (", read: [total 12]")));
  READS (2);
  CHECK_LOGGED ("is said to have 11 bytes and is sent with 12", 1);
  scene_open (ONE (", read: [total 12, total 10]"));
  remove (check_path (BLOB));
  struct fetch fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_CORRUPT, "sent with 10");
  check_dropped ();
  READS (2);
  done ();
}

static void
test_unknown_total (void)
{
  check_new (run_hello (ONE (", read: [no-total]")));
  READS (1);
  done ();
}

static void
test_too_long (void)
{
  check_new (run_hello (ONE (", read: [long no-total]")));
  READS (2);
  CHECK_LOGGED ("'a.txt' is sent with more than its 11 bytes; fetching it once more", 1);
  scene_open (ONE (", read: [long, long]"));
  remove (check_path (BLOB));
  struct fetch fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_CORRUPT, "more than its 11 bytes");
  check_dropped ();
  done ();
}

static void
test_damaged (void)
{
  check_new (run_hello (ONE (", read: [garbage]")));
  READS (2);
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 2);
  CHECK_LOGGED ("WARNING 'a.txt' arrived damaged from 'one': its digest is", 1);
  CHECK_LOGGED ("event RESTART", 1);
  PAUSES (0);
  done ();
}

static void
test_damaged_twice (void)
{
  check_failed (run_hello (ONE (", read: [garbage, garbage]")), HFCORE_E_CORRUPT,
                "where " HELLO_ETAG " was promised");
  READS (2);
  check_dropped ();
  CHECK_LOGGED ("commit", 0);
  done ();
}

static void
test_damaged_and_no_restart (void)
{
  check_failed (run_hello (SHELF (", fail: [restart readonly]")
                               TRANSPORT SOURCE ("one", ", read: [garbage]")),
                HFCORE_E_READONLY, "told to say readonly");
  READS (1);
  done ();
}

/* A source that has it wrong is no reason to leave out the one that has it right.  */
static void
test_damaged_at_the_first_source (void)
{
  check_new (run_hello (TWO (", always: [read a.txt garbage]", "")));
  done ();
}

static void
test_too_short (void)
{
  check_new (run_hello (ONE (", read: [cut 6]")));
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 6", 1);
  CHECK_LOGGED ("'a.txt' ended after 6 of its 11 bytes; trying again", 1);
  done ();
}

static void
test_all_came_and_then_it_failed (void)
{
  check_new (run_hello (ONE (", read: [cut 11 retry]")));
  READS (1);
  PAUSES (0);
  scene_open (TWO (", read: [cut 11 retry]", ", read: [io]"));
  remove (check_path (BLOB));
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  READS (1);
  done ();
}

/* ---- trying again ---- */

static void
test_progress_gives_back_the_retries (void)
{
  check_new (run_hello (ONE (", read: [cut 2 retry, cut 2 retry, cut 2 retry, cut 2 retry, retry, "
                             "cut 1 retry, retry]")));
  READS (8);
  CHECK_LOGGED ("[one] asked to read a.txt from 8", 2);
  CHECK_LOGGED ("[one] asked to read a.txt from 9", 2);
  PAUSES (7);
  CHECK_LOGGED ("(1 of 2)", 5);
  CHECK_LOGGED ("(2 of 2)", 2);
  done ();
}

static void
test_no_progress (void)
{
  check_failed (run_hello (ONE (", read: [cut 4 retry, retry, cut 0, retry, retry]")),
                HFCORE_E_RETRY, "'a.txt' ended after 4 of its 11 bytes");
  READS (3);
  PAUSES (2);
  check_kept ("hell");
  done ();
}

/* A signed location may have run out: the file is found again.  */
static void
test_found_again (void)
{
  check_new (run_hello (ONE (", read: [cut 4 retry]")));
  CHECK_LOGGED ("[one] asked to resolve " COMMIT " a.txt", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 4 at one/a.txt", 1);
  ASKS (1);
  done ();
}

static void
test_finding_again_fails (void)
{
  check_new (run_hello (ONE (", read: [retry], resolve: [retry]")));
  READS (2);
  ASKS (2);
  scene_open (ONE (", read: [retry], resolve: [notfound file]"));
  remove (check_path (BLOB));
  struct fetch fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_NOTFOUND, "told to say notfound");
  done ();
}

/* ---- another file under that name ---- */

static void
test_branch_moved (void)
{
  check_new (run_hello (ONE (", read: [about-etag " SECOND_ETAG "]")));
  CHECK_LOGGED ("has etag " SECOND_ETAG " where " HELLO_ETAG " was promised", 1);
  CHECK_LOGGED ("[one] asked to resolve " COMMIT " a.txt", 1);
  READS (2);
  scene_open (ONE (", read: [about-commit " OTHER_COMMIT "]"));
  remove (check_path (BLOB));
  struct fetch fetch = hello ();
  check_new (run (&fetch));
  CHECK_LOGGED ("came from commit " OTHER_COMMIT " where " COMMIT " was asked for", 1);
  done ();
}

static void
test_another_file_for_good (void)
{
  check_failed (run_hello (
                    ONE (", read: [about-etag " SECOND_ETAG "], resolve: [etag " SECOND_ETAG "]")),
                HFCORE_E_CONFLICT, "'a.txt' is another file there: etag " SECOND_ETAG);
  READS (1);
  scene_open (ONE (", read: [about-etag " SECOND_ETAG "], resolve: [size 12]"));
  struct fetch fetch = hello ();
  check_failed (run (&fetch), HFCORE_E_CONFLICT, "12 bytes");
  done ();
}

/* Taken from a file list: the caller asks what the file is, and nobody else is troubled twice.  */
static void
test_another_file_than_listed (void)
{
  scene_open (ONE (", always: [read a.txt about-etag " SECOND_ETAG "]"));
  struct fetch fetch = hello ();
  fetch.located = NULL;
  check_failed (run (&fetch), HFCORE_E_CONFLICT, "has etag " SECOND_ETAG);
  READS (1);
  PAUSES (0);
  done ();
}

/* ---- several sources ---- */

static void
test_goes_on_with_the_next (void)
{
  check_new (run_hello (TWO (", read: [cut 5 retry]", "")));
  CHECK_LOGGED ("[one] asked to read a.txt from 0 at there", 1);
  CHECK_LOGGED ("[two] asked to resolve " COMMIT " a.txt", 1);
  CHECK_LOGGED ("[two] asked to read a.txt from 5 at two/a.txt", 1);
  CHECK_LOGGED ("the next source is asked", 1);
  READS (2);
  ASKS (1);
  PAUSES (0);
  done ();
}

static void
test_goes_round (void)
{
  scene_open (TWO ("", ", read: [cut 5 down]"));
  struct fetch fetch = hello ();
  located.source = 1;
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked to read a.txt from 5 at one/a.txt", 1);
  PAUSES (0);
  done ();
}

static void
test_other_sources_fail_too (void)
{
  static const char *const steps[]
      = { "notfound", "down", "auth", "unsupported", "pass", "retry", ("about-etag " SECOND_ETAG) };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      char yaml[2048];
      remove (check_path (BLOB));
      snprintf (yaml, sizeof yaml, TWO (", read: [%s]", ""), steps[i]);
      check_new (run_hello (yaml));
      CHECK_LOGGED ("[two] asked to read", 1);
    }
  remove (check_path (BLOB));
  check_failed (run_hello (TWO (", read: [down]", ", read: [auth]")), HFCORE_E_AUTH,
                "told to say auth");
  READS (2);
  PAUSES (0);
  check_failed (run_hello (TWO (", read: [pass]", ", resolve: [pass]")), HFCORE_E_DOWN,
                "no source has 'a.txt'");
  done ();
}

static void
test_second_has_another_file (void)
{
  check_failed (run_hello (TWO (", always: [read a.txt down]",
                                ", always: [resolve a.txt etag " SECOND_ETAG "]")),
                HFCORE_E_CONFLICT, "is another file there");
  CHECK_LOGGED ("[two] asked to read", 0);
  done ();
}

static void
test_offline_sources (void)
{
  scene_open ("offline: yes\n" TWO ("", ", local: yes"));
  struct fetch fetch = hello ();
  fetch.located = NULL;
  check_new (run (&fetch));
  CHECK_LOGGED ("[one] asked", 0);
  scene_open ("offline: yes\n" TWO ("", ""));
  remove (check_path (BLOB));
  fetch = hello ();
  fetch.located = NULL;
  check_failed (run (&fetch), HFCORE_E_DOWN, "no source has");
  READS (0);
  done ();
}

/* ---- the storage ---- */

static int
run_failing (const char *fail)
{
  char yaml[2048];
  remove (check_path (PARTIAL));
  snprintf (yaml, sizeof yaml, SHELF (", fail: [%s]") TRANSPORT SOURCE ("one", ""), fail);
  return run_hello (yaml);
}

static void
test_storage_fails (void)
{
  CU_ASSERT_EQUAL (run_failing ("stat io"), HFCORE_E_IO);
  READS (0);
  check_failed (run_failing ("create readonly"), HFCORE_E_READONLY, "told to say readonly");
  READS (0);
  CHECK_LOGGED ("abandon", 0);
  check_failed (run_failing ("write nospace"), HFCORE_E_NOSPACE, "told to say nospace");
  READS (1);
  check_kept ("");
  CHECK_STRING (scene.call.error.origin, "shelf (test-shelf)");
  check_failed (run_failing ("commit io"), HFCORE_E_IO, "told to say io");
  READS (1);
  CHECK_LOGGED ("abandon", 0);
  done ();
}

static void
test_partial_was_pruned (void)
{
  check_new (run_failing ("commit retry enoent times 1"));
  READS (2);
  CHECK_LOGGED ("[shelf] commit: RETRY", 1);
  CHECK_LOGGED ("[one] asked to read a.txt from 0", 2);
  remove (check_path (BLOB));
  check_failed (run_failing ("commit retry enoent"), HFCORE_E_RETRY, "told to say retry");
  READS (2);
  check_failed (run_failing ("commit retry times 1"), HFCORE_E_RETRY, "told to say retry");
  READS (1);
  done ();
}

/* ---- stopping ---- */

static void
test_listener_stops (void)
{
  scene_open (ONE (""));
  struct fetch fetch = hello ();
  logbook_stop_at (HFCORE_EVENT_BYTES);
  check_failed (run (&fetch), HFCORE_E_CANCELLED, "stopped");
  check_kept ("hell");
  READS (1);
  done ();
}

static void
test_cancelled (void)
{
  scene_open (ONE (""));
  struct fetch fetch = hello ();
  atomic_store (&scene.engine->cancel, 1);
  check_failed (run (&fetch), HFCORE_E_CANCELLED, "stopped");
  CHECK_LOGGED ("abandon and keep", 1);
  done ();
}

static void
test_cancelled_while_hashing (void)
{
  scene_open (ONE (""));
  check_write (PARTIAL, "hello");
  struct fetch fetch = hello ();
  logbook_stop_at (HFCORE_EVENT_BYTES);
  check_failed (run (&fetch), HFCORE_E_CANCELLED, "stopped");
  check_kept ("hello");
  READS (0);
  done ();
}

CHECK_MAIN (
    "fetch", { "new", test_new }, { "there already", test_there_already },
    { "by commit and path", test_by_commit_and_path },
    { "located at the second", test_located_at_the_second }, { "empty file", test_empty_file },
    { "empty file of another name", test_empty_file_of_another_name }, { "digests", test_digests },
    { "resume", test_resume }, { "force resumes nothing", test_force_resumes_nothing },
    { "complete partial", test_complete_partial }, { "large partial", test_large_partial },
    { "damaged partial", test_damaged_partial }, { "opaque partial", test_opaque_partial },
    { "partial that cannot be read", test_partial_that_cannot_be_read },
    { "range ignored", test_range_ignored },
    { "range ignored and no restart", test_range_ignored_and_no_restart },
    { "wrong offset", test_wrong_offset }, { "wrong total", test_wrong_total },
    { "unknown total", test_unknown_total }, { "too long", test_too_long },
    { "damaged", test_damaged }, { "damaged and no restart", test_damaged_and_no_restart },
    { "damaged twice", test_damaged_twice },
    { "damaged at the first source", test_damaged_at_the_first_source },
    { "too short", test_too_short },
    { "all came and then it failed", test_all_came_and_then_it_failed },
    { "progress gives back the retries", test_progress_gives_back_the_retries },
    { "no progress", test_no_progress }, { "found again", test_found_again },
    { "finding again fails", test_finding_again_fails }, { "branch moved", test_branch_moved },
    { "another file for good", test_another_file_for_good },
    { "another file than listed", test_another_file_than_listed },
    { "goes on with the next", test_goes_on_with_the_next }, { "goes round", test_goes_round },
    { "other sources fail too", test_other_sources_fail_too },
    { "second has another file", test_second_has_another_file },
    { "offline sources", test_offline_sources }, { "storage fails", test_storage_fails },
    { "partial was pruned", test_partial_was_pruned }, { "listener stops", test_listener_stops },
    { "cancelled", test_cancelled }, { "cancelled while hashing", test_cancelled_while_hashing })
