/* SPDX-License-Identifier: Apache-2.0 */
/* test_mirrors.c: several transports as one: order, who ends the round, what is asked again.  */
#include "core/engine/mirrors.h"

#include <stdio.h>
#include <stdlib.h>
#include "tests/unit/engine_fixture.h"

#define TWO(first, second) SHELF ("") TRANSPORT SOURCE ("one", first) SOURCE ("two", second)

static struct located located;
static bool again, incomplete;

static int
resolve_path (const char *revision, const char *path)
{
  located_free (&located);
  again = false;
  return mirrors_resolve (scene.engine, &scene.call, &scene_repo, revision, path, &located, &again);
}

static int
resolve (void)
{
  return resolve_path ("main", "a.txt");
}

static int
resolve_again (void)
{
  located_free (&located);
  return mirrors_resolve_again (scene.engine, &scene.call, &scene_repo, "main", "a.txt", &located,
                                false);
}

static void
done (void)
{
  located_free (&located);
  scene_close ();
}

static void
test_answer (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_EQUAL (resolve (), HFCORE_OK);
  CHECK_STRING (located.commit, COMMIT);
  CHECK_STRING (located.etag, HELLO_ETAG);
  CHECK_STRING (located.location, "one/a.txt");
  CU_ASSERT_EQUAL (located.length, strlen (HELLO));
  CU_ASSERT_EQUAL (located.source, 0);
  CU_ASSERT_FALSE (again);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 1));
  CU_ASSERT_EQUAL (resolve_path ("main", NULL), HFCORE_OK);
  CHECK_STRING (located.commit, COMMIT);
  CU_ASSERT_PTR_NULL (located.etag);
  done ();
}

/* Left for the next at once, without a pause.  */
static void
test_next_is_asked (void)
{
  static const char *const steps[]
      = { "auth",      "down",        "pass",    "notfound repo", "notfound revision",
          "notfound",  "unsupported", "io",      "retry",         "busy",
          "no-commit", "no-etag",     "no-size", "etag ../x",     "commit main" };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, TWO (", resolve: [%s]", ""), steps[i]);
      scene_open (yaml);
      CU_ASSERT_EQUAL (resolve (), HFCORE_OK);
      CU_ASSERT_EQUAL (located.source, 1);
      CHECK_STRING (located.location, "two/a.txt");
      CHECK_STRING (located.commit, COMMIT);
      CU_ASSERT_FALSE (again);
      CHECK_LOGGED ("[one] asked to resolve main a.txt", 1);
      CHECK_LOGGED ("[two] asked to resolve main a.txt", 1);
      CHECK_LOGGED ("the next source is asked", strcmp (steps[i], "pass") != 0);
      CHECK_LOGGED ("trying again", 0);
    }
  done ();
}

static void
test_round_ends (void)
{
  static const struct
  {
    const char *step;
    int code;
  } cases[] = { { "notfound file", HFCORE_E_NOTFOUND },
                { "cancelled", HFCORE_E_CANCELLED },
                { "nomem", HFCORE_E_NOMEM },
                { "corrupt", HFCORE_E_CORRUPT },
                { "config", HFCORE_E_CONFIG } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, TWO (", resolve: [%s]", ""), cases[i].step);
      scene_open (yaml);
      CU_ASSERT_EQUAL (resolve (), cases[i].code);
      CU_ASSERT_EQUAL (scene.call.error.code, cases[i].code);
      CHECK_STRING (scene.call.error.origin, "one (test-source)");
      CU_ASSERT_FALSE (again);
      CHECK_LOGGED ("[two] asked", 0);
    }
  done ();
}

static void
test_missing_file_tells_the_commit (void)
{
  scene_open (TWO (", resolve: [notfound file]", ""));
  CU_ASSERT_EQUAL (resolve (), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (scene.call.error.missing, HFCORE_MISSING_FILE);
  CHECK_STRING (located.commit, COMMIT);
  scene_open (TWO (", resolve: [notfound file no-commit]", ""));
  CU_ASSERT_EQUAL (resolve (), HFCORE_E_NOTFOUND);
  CHECK_STRING (located.commit, "");
  done ();
}

/* What the last one says counts.  */
static void
test_all_fail (void)
{
  static const struct
  {
    const char *first, *second;
    int code;
    bool again;
  } cases[] = { { "retry", "retry", HFCORE_E_RETRY, true },
                { "retry", "down", HFCORE_E_DOWN, true },
                { "down", "retry", HFCORE_E_RETRY, true },
                { "retry", "auth", HFCORE_E_AUTH, false },
                { "retry", "notfound repo", HFCORE_E_NOTFOUND, false },
                { "auth", "retry", HFCORE_E_RETRY, true },
                { "down", "down", HFCORE_E_DOWN, false },
                { "retry", "pass", HFCORE_E_RETRY, true },
                { "auth", "pass", HFCORE_E_AUTH, false },
                { "pass", "pass", HFCORE_E_DOWN, false } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, TWO (", resolve: [%s]", ", resolve: [%s]"), cases[i].first,
                cases[i].second);
      scene_open (yaml);
      CU_ASSERT_EQUAL (resolve (), cases[i].code);
      CU_ASSERT_EQUAL (scene.call.error.code, cases[i].code);
      CU_ASSERT_EQUAL (again, cases[i].again);
      CHECK_LOGGED ("asked to resolve", 2);
    }
  CHECK_STRING (scene.call.error.message,
                "no transport of the configuration has model 'org/name' at 'main'");
  done ();
}

static void
test_asked_again (void)
{
  scene_open (TWO (", resolve: [retry, retry]", ", resolve: [retry, down]"));
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_OK);
  CU_ASSERT_EQUAL (located.source, 0);
  CHECK_LOGGED ("[one] asked to resolve", 3);
  CHECK_LOGGED ("[two] asked to resolve", 2);
  CHECK_LOGGED ("WARNING told to say retry; trying again in 0.0 s (1 of 2)", 1);
  CHECK_LOGGED ("WARNING told to say down; trying again in 0.0 s (2 of 2)", 1);
  done ();
}

static void
test_gives_up (void)
{
  scene_open (TWO (", resolve: [retry, retry, retry]", ", resolve: [down, down, down]"));
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_E_DOWN);
  CHECK_STRING (scene.call.error.origin, "two (test-source)");
  CHECK_LOGGED ("[one] asked to resolve", 3);
  CHECK_LOGGED ("trying again", 2);
  scene_open (TWO (", resolve: [down]", ", resolve: [down]"));
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_E_DOWN);
  CHECK_LOGGED ("asked to resolve", 2);
  CHECK_LOGGED ("trying again", 0);
  scene_open ("retries: 0\n" SHELF ("") TRANSPORT SOURCE ("one", ", resolve: [retry]"));
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_E_RETRY);
  CHECK_LOGGED ("asked to resolve", 1);
  done ();
}

static void
test_the_peer_says_how_long (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE ("one", ", resolve: [retry after 300, retry after 5]"));
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_OK);
  CHECK_LOGGED ("trying again in 0.3 s (1 of 2)", 1);
  CHECK_LOGGED ("trying again in 0.0 s (2 of 2)", 1);
  done ();
}

/* A round before has failed already.  */
static void
test_begins_with_a_pause (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE ("one", ", resolve: [retry after 300, retry]"));
  CU_ASSERT_EQUAL (resolve (), HFCORE_E_RETRY);
  CU_ASSERT_TRUE (again);
  CHECK_LOGGED ("trying again", 0);
  CU_ASSERT_EQUAL (mirrors_resolve_again (scene.engine, &scene.call, &scene_repo, "main", "a.txt",
                                          &located, true),
                   HFCORE_OK);
  CHECK_LOGGED ("trying again in 0.3 s (1 of 2)", 1);
  CHECK_LOGGED ("(2 of 2)", 1);
  CHECK_LOGGED ("asked to resolve", 3);
  done ();
}

static void
test_cancelled_while_waiting (void)
{
  scene_open ("retries: 1\nretry-pause: 10s\nretry-pause-max: 10s\n" SHELF ("")
                  TRANSPORT SOURCE ("one", ", resolve: [retry]"));
  atomic_store (&scene.engine->cancel, 1);
  CU_ASSERT_EQUAL (resolve_again (), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_CANCELLED);
  CHECK_LOGGED ("asked to resolve", 1);
  done ();
}

static void
test_one_source_only (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_EQUAL (mirrors_resolve_at (scene.engine, &scene.call, 1, &scene_repo, COMMIT, "a.txt",
                                       &located),
                   HFCORE_OK);
  CHECK_STRING (located.location, "two/a.txt");
  CU_ASSERT_EQUAL (located.source, 1);
  CHECK_LOGGED ("[one] asked", 0);
  scene_open (TWO ("", ", resolve: [retry]"));
  CU_ASSERT_EQUAL (mirrors_resolve_at (scene.engine, &scene.call, 1, &scene_repo, COMMIT, "a.txt",
                                       &located),
                   HFCORE_E_RETRY);
  CHECK_LOGGED ("asked to resolve", 1);
  done ();
}

static void
test_one_that_does_not_open (void)
{
  scene_open (TWO (", open: [down]", ""));
  CU_ASSERT_EQUAL (resolve (), HFCORE_OK);
  CU_ASSERT_EQUAL (located.source, 1);
  CHECK_LOGGED ("told to say down; the next source is asked", 1);
  done ();
}

static void
test_offline (void)
{
  scene_open ("offline: yes\n" TWO ("", ", local: yes"));
  CU_ASSERT_TRUE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (resolve (), HFCORE_OK);
  CU_ASSERT_EQUAL (located.source, 1);
  CHECK_LOGGED ("[one] asked", 0);
  scene_open ("offline: yes\n" TWO ("", ""));
  CU_ASSERT_FALSE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (resolve (), HFCORE_E_DOWN);
  CHECK_CONTAINS (scene.call.error.message,
                  "no source that works without a network has model 'org/name' at 'main', and "
                  "offline mode is on (");
  CU_ASSERT_FALSE (again);
  CHECK_LOGGED ("asked to", 0);
  scene_open ("offline: yes\n" TWO (", open: [down], local: yes", ""));
  CU_ASSERT_FALSE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  done ();
}

static void
test_anyone (void)
{
  scene_open (TWO ("", ""));
  CU_ASSERT_TRUE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  scene_open (SHELF ("") NO_TRANSPORT);
  CU_ASSERT_FALSE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (resolve (), HFCORE_E_DOWN);
  /* The Hub's transport is never local: it is not even loaded, for the sake of libcurl.  */
  scene_open ("offline: yes\n" SHELF ("") TRANSPORT "  - { plugin: transport-hub }\n");
  CU_ASSERT_FALSE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  done ();
}

struct listing
{
  int files, restarts;
  int stop;
};

static int
count_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *listing = ctx;
  (void) info;
  listing->files++;
  return listing->stop;
}

static void
count_restart (void *ctx)
{
  struct listing *listing = ctx;
  listing->restarts++;
  listing->files = 0;
}

static int
list (struct listing *listing)
{
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = listing, .file = count_file };
  return mirrors_list (scene.engine, &scene.call, &scene_repo, COMMIT, &sink, count_restart,
                       &incomplete);
}

#define LISTS(first, second)                                                                       \
  SHELF ("")                                                                                       \
  TRANSPORT SOURCE_OF ("one", FILE_A ", " FILE_B, first)                                           \
      SOURCE_OF ("two", FILE_A ", " FILE_B ", " FILE_C, second)

static void
test_list (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS ("", ""));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.files, 2);
  CU_ASSERT_EQUAL (listing.restarts, 1);
  CHECK_LOGGED ("[one] asked to list " COMMIT, 1);
  CHECK_LOGGED ("[two] asked", 0);
  done ();
}

static void
test_list_of_the_next (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS (", list: [cut 1 down]", ""));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.files, 3);
  CU_ASSERT_EQUAL (listing.restarts, 2);
  done ();
}

static void
test_list_again (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS (", list: [cut 1 retry, cut 1 retry]", ", list: [unsupported, unsupported]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.files, 2);
  CU_ASSERT_EQUAL (listing.restarts, 5);
  CHECK_LOGGED ("trying again", 2);
  done ();
}

/* The sink's own code ends it all.  */
static void
test_list_is_stopped (void)
{
  struct listing listing = { .stop = HFCORE_E_CORRUPT };
  scene_open (LISTS ("", ""));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (listing.files, 1);
  CHECK_LOGGED ("[two] asked", 0);
  done ();
}

/* ---- lists that may be less than all ---- */

static void
test_incomplete_list (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS (", list: [incomplete, incomplete]", ", list: [down]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_TRUE (incomplete);
  CU_ASSERT_EQUAL (listing.files, 2);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CHECK_LOGGED ("[two] asked to list", 1);
  scene_open (LISTS (", list: [incomplete]", ""));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_FALSE (incomplete);
  CU_ASSERT_EQUAL (listing.files, 3);
  scene_open (LISTS ("", ", list: [incomplete]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_FALSE (incomplete);
  CHECK_LOGGED ("[two] asked to list", 0);
  done ();
}

/* A source that may come back is waited for.  */
static void
test_incomplete_list_waits (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS (", list: [incomplete, incomplete]", ", list: [retry]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CU_ASSERT_FALSE (incomplete);
  CU_ASSERT_EQUAL (listing.files, 3);
  CHECK_LOGGED ("trying again", 1);
  done ();
}

static void
test_incomplete_list_is_gone (void)
{
  struct listing listing = { 0 };
  scene_open (LISTS (", list: [incomplete, io]", ", list: [auth]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_E_AUTH);
  CHECK_STRING (scene.call.error.origin, "two (test-source)");
  scene_open (LISTS (", list: [incomplete, incomplete]", ", list: [cancelled]"));
  CU_ASSERT_EQUAL (list (&listing), HFCORE_E_CANCELLED);
  CHECK_LOGGED ("[one] asked to list", 1);
  done ();
}

/* ---- offline ---- */

/* What speaks to the Hub is not even loaded, wrapped or not: here it could not be.  */
static void
test_offline_loads_no_hub (void)
{
  struct listing listing = { 0 };
  scene_open ("offline: yes\n" SHELF ("") TRANSPORT
              "  - { name: hub, plugin: transport-hub }\n"
              "  - { name: slow, plugin: test-wrap, wraps: deep }\n"
              "  - { name: deep, plugin: transport-hub }\n" SOURCE ("stick", ", local: yes"));
  CU_ASSERT_TRUE (mirrors_any (scene.engine, &scene.call));
  CU_ASSERT_EQUAL (resolve (), HFCORE_OK);
  CU_ASSERT_EQUAL (located.source, 2);
  CU_ASSERT_EQUAL (list (&listing), HFCORE_OK);
  CHECK_LOGGED ("[slow] opened", 0);
  CU_ASSERT_FALSE (registry_is_open (scene.engine->registry, true, 0));
  scene_open ("offline: yes\n" SHELF ("") TRANSPORT
              "  - { name: slow, plugin: test-wrap, wraps: deep }\n"
              "  - { name: deep, plugin: transport-hub }\n");
  CU_ASSERT_FALSE (mirrors_any (scene.engine, &scene.call));
  CHECK_LOGGED ("[slow] opened", 0);
  done ();
}

CHECK_MAIN ("mirrors", { "answer", test_answer }, { "next is asked", test_next_is_asked },
            { "round ends", test_round_ends },
            { "missing file tells the commit", test_missing_file_tells_the_commit },
            { "all fail", test_all_fail }, { "asked again", test_asked_again },
            { "gives up", test_gives_up },
            { "the peer says how long", test_the_peer_says_how_long },
            { "begins with a pause", test_begins_with_a_pause },
            { "cancelled while waiting", test_cancelled_while_waiting },
            { "one source only", test_one_source_only },
            { "one that does not open", test_one_that_does_not_open }, { "offline", test_offline },
            { "anyone", test_anyone }, { "list", test_list },
            { "list of the next", test_list_of_the_next }, { "list again", test_list_again },
            { "incomplete list", test_incomplete_list },
            { "incomplete list waits", test_incomplete_list_waits },
            { "incomplete list is gone", test_incomplete_list_is_gone },
            { "offline loads no hub", test_offline_loads_no_hub },
            { "list is stopped", test_list_is_stopped })
