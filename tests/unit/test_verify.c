/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify.c: cached files against their digests (spec 7.6), and how these are computed.  */
#include "core/engine/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "core/engine/verify_hash.h"
#include "tests/unit/engine_fixture.h"

#define SNAPSHOT  FOLDER "snapshots/" COMMIT
#define OTHER     FOLDER "snapshots/" OTHER_COMMIT
#define TREE      FOLDER "trees/" COMMIT
#define REF       FOLDER "refs/main"
#define AB        FILE_A ", " FILE_B
#define ALL(more) SHELF ("") TRANSPORT SOURCE_OF ("one", AB, more)
#define TREE_TEXT "a.txt " HELLO_ETAG " 11\nb.txt " SECOND_ETAG " 11\n"

/* ---- what is told ---- */

static struct hfcore_verify ask;
static char told[4096]; /* a line for each file that is not right  */
static struct hfcore_verified sum;
static int sums;

static int
on_file (void *ctx, const struct hfcore_verified_file *file)
{
  static const char *const states[] = { "right", "damaged", "missing", "extra", "unknown" };
  size_t len = strlen (told);
  (void) ctx;
  if (file->state != HFCORE_VERIFIED_RIGHT)
    snprintf (told + len, sizeof told - len, "%s%s %s%s%s\n", file->repaired ? "repaired " : "",
              states[file->state], file->file, file->why ? ": " : "", file->why ? file->why : "");
  return 0;
}

static int
on_done (void *ctx, const struct hfcore_verified *revision)
{
  (void) ctx;
  sum = *revision;
  sums++;
  return 0;
}

static int
stop (void *ctx, const struct hfcore_verified *revision)
{
  (void) ctx;
  (void) revision;
  return 1;
}

static int
check (void)
{
  told[0] = 0;
  sums = 0;
  sum = (struct hfcore_verified){ 0 };
  scene_again ();
  return verify_run (scene.engine, &scene.call, &ask, &scene.events);
}

static void
begin (const char *yaml)
{
  scene_open (yaml);
  ask = (struct hfcore_verify){
    .size = sizeof ask, .repo_id = "org/name", .file = on_file, .done = on_done
  };
  check_write (REF, COMMIT);
  check_write (SNAPSHOT "/a.txt", HELLO);
  check_write (SNAPSHOT "/b.txt", SECOND);
}

static void
check_sum (uint64_t checked, uint64_t damaged, uint64_t missing, uint64_t extra)
{
  CU_ASSERT_EQUAL (sums, 1);
  CU_ASSERT_EQUAL (sum.checked, checked);
  CU_ASSERT_EQUAL (sum.damaged, damaged);
  CU_ASSERT_EQUAL (sum.missing, missing);
  CU_ASSERT_EQUAL (sum.extra, extra);
}

/* ---- what is found ---- */

static void
test_right (void)
{
  begin (ALL (""));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  CHECK_STRING (told, "");
  CHECK_LOGGED ("asked to list " COMMIT, 1);
  CHECK_LOGGED ("asked to", 1);
  CHECK_LOGGED ("event PLAN - 0/22 2", 1);
  CHECK_LOGGED ("event FILE", 2);
  scene_close ();
}

static void
test_wrong (void)
{
  begin (ALL (""));
  check_write (SNAPSHOT "/a.txt", "hello worle");
  unlink (check_path (SNAPSHOT "/b.txt"));
  check_write (SNAPSHOT "/c.txt", "more");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (1, 1, 1, 1);
  CHECK_STRING (told, "damaged a.txt\nmissing b.txt\nextra c.txt\n");
  scene_close ();
}

/* The Hub is asked although a list is remembered; offline it is not.  */
static void
test_offline (void)
{
  begin (ALL (""));
  check_write (TREE, TREE_TEXT "gone.txt " THIRD_ETAG " 5\n");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  ask.flags = HFCORE_LOCAL_ONLY;
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 1, 0);
  CHECK_STRING (told, "missing gone.txt\n");
  CHECK_LOGGED ("asked to", 0);
  unlink (check_path (TREE));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (0, 0, 0, 0);
  CU_ASSERT_EQUAL (sum.unknown, 2);
  scene_close ();
}

static void
test_source_fails (void)
{
  begin (ALL (", list: [down]"));
  check_write (TREE, TREE_TEXT);
  CU_ASSERT_EQUAL (check (), HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (sums, 0);
  begin (ALL (", list: [cut 1 retry, ok]"));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  scene_close ();
}

/* Of a list that may not be whole nothing follows for what it does not have.  */
static void
test_incomplete (void)
{
  begin (SHELF ("") TRANSPORT SOURCE ("one", ", list: [incomplete, incomplete, incomplete]"));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (1, 0, 0, 0);
  CHECK_STRING (told, "unknown b.txt\n");
  scene_close ();
}

static void
test_revisions (void)
{
  begin (ALL (""));
  ask.flags = HFCORE_LOCAL_ONLY;
  check_write (OTHER "/a.txt", HELLO);
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (0, 0, 0, 0);
  CU_ASSERT_EQUAL (sum.unknown, 2);
  unlink (check_path (REF));
  CU_ASSERT_EQUAL (check (), HFCORE_E_CONFIG);
  CHECK_CONTAINS (scene.call.error.message, "several revisions");
  ask.revision = "v1";
  CU_ASSERT_EQUAL (check (), HFCORE_E_NOTFOUND);
  ask.revision = "3333333333333333333333333333333333333333";
  CU_ASSERT_EQUAL (check (), HFCORE_E_NOTFOUND);
  ask.repo_id = "org/other";
  ask.revision = NULL;
  CU_ASSERT_EQUAL (check (), HFCORE_E_NOTFOUND);
  scene_close ();
}

/* One file of bytes with two names is read once.  */
static void
test_read_once (void)
{
  begin (SHELF ("") TRANSPORT SOURCE_OF ("one", FILE_A ", twin.txt " HELLO_ETAG " " HELLO, ""));
  unlink (check_path (SNAPSHOT "/b.txt"));
  CU_ASSERT_EQUAL (link (check_path (SNAPSHOT "/a.txt"), check_path (SNAPSHOT "/twin.txt")), 0);
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  CHECK_LOGGED ("event FILE", 1);
  check_write (SNAPSHOT "/a.txt", "hello worle");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 2, 0, 0);
  scene_close ();
}

/* ---- storages ---- */

#define LAYERS "storage:\n" SHELF_NAMED ("shelf", "") SHELF_NAMED ("below", ", access: read-only")
#define BELOW  "below/models--org--name/snapshots/" COMMIT

static void
test_layers (void)
{
  begin (LAYERS TRANSPORT SOURCE_OF ("one", AB, ""));
  check_write (BELOW "/a.txt", "damaged, but not what is found");
  check_write (BELOW "/b.txt", SECOND);
  unlink (check_path (SNAPSHOT "/b.txt"));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  check_write (BELOW "/b.txt", "broken");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  CHECK_STRING (told, "damaged b.txt\n");
  ask.flags = HFCORE_VERIFY_REPAIR;
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  scene_has (BELOW "/b.txt", "broken");
  scene_has (SNAPSHOT "/b.txt", SECOND);
  scene_close ();
}

static void
test_layer_above (void)
{
  begin ("storage:\n" SHELF_NAMED ("below", ", access: read-only") SHELF_NAMED ("shelf", "")
             TRANSPORT SOURCE_OF ("one", AB, ""));
  check_write (BELOW "/b.txt", "broken");
  ask.flags = HFCORE_VERIFY_REPAIR;
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 1, 0, 0);
  CHECK_CONTAINS (told, "damaged b.txt: it lies in 'below'");
  CHECK_LOGGED ("asked to read", 0);
  scene_close ();
}

static void
test_broken_layer (void)
{
  begin (LAYERS TRANSPORT SOURCE_OF ("one", AB, ""));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  begin ("storage:\n" SHELF_NAMED ("shelf", ", fail: [list io]")
             TRANSPORT SOURCE_OF ("one", AB, ""));
  CU_ASSERT_EQUAL (check (), HFCORE_E_IO);
  scene_close ();
}

/* ---- repairs ---- */

static void
test_repair (void)
{
  begin (ALL (""));
  ask.flags = HFCORE_VERIFY_REPAIR;
  check_write (SNAPSHOT "/a.txt", "hello worle");
  unlink (check_path (SNAPSHOT "/b.txt"));
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 0, 0, 0);
  CU_ASSERT_EQUAL (sum.repaired, 2);
  CHECK_STRING (told, "repaired damaged a.txt\nrepaired missing b.txt\n");
  CHECK_LOGGED ("asked to read a.txt", 1);
  CHECK_LOGGED ("asked to read b.txt", 1);
  CHECK_LOGGED ("ref_set", 0);
  scene_has (SNAPSHOT "/a.txt", HELLO);
  scene_has (SNAPSHOT "/b.txt", SECOND);
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.repaired, 0);
  CHECK_LOGGED ("asked to read", 0);
  scene_close ();
}

/* A source that is down ends it: each further file would wait for it again.  */
static void
test_repair_fails (void)
{
  begin (ALL (", read: [down]"));
  ask.flags = HFCORE_VERIFY_REPAIR;
  ask.max_workers = 1;
  check_write (SNAPSHOT "/a.txt", "hello worle");
  check_write (SNAPSHOT "/b.txt", "second filf");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  check_sum (2, 2, 0, 0);
  CHECK_CONTAINS (told, "damaged a.txt: ");
  CHECK_CONTAINS (told, "damaged b.txt: ");
  CHECK_LOGGED ("asked to read", 1);
  scene_has (SNAPSHOT "/a.txt", "hello worle");
  begin ("storage:\n" SHELF_NAMED ("shelf", ", access: read-only")
             TRANSPORT SOURCE_OF ("one", AB, ""));
  ask.flags = HFCORE_VERIFY_REPAIR;
  check_write (SNAPSHOT "/a.txt", "hello worle");
  CU_ASSERT_EQUAL (check (), HFCORE_OK);
  CHECK_CONTAINS (told, "damaged a.txt: no storage may be written");
  scene_close ();
}

/* ---- stopping ---- */

static void
test_stopped (void)
{
  begin (ALL (""));
  ask.done = stop;
  CU_ASSERT_EQUAL (check (), HFCORE_E_CANCELLED);
  ask.done = on_done;
  scene.engine->cancel = 1;
  CU_ASSERT_EQUAL (check (), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (sums, 0);
  scene_close ();
}

/* ---- digests ---- */

static bool
yes (void *ctx)
{
  (void) ctx;
  return true;
}

static int
digest_of (const char *path, enum digest_kind kind, bool (*has_spare_core) (void *), char hex[65])
{
  CLEANUP_CALL struct hfcore_call call;
  const struct verify_hash one = { .path = path, .kind = kind, .has_spare_core = has_spare_core };
  call_init (&call, NULL);
  hex[0] = 0;
  return verify_hash_file (&one, &call, hex);
}

static void
test_hash (void)
{
  char hex[65];
  const char *path = check_write ("a", HELLO);
  CU_ASSERT_EQUAL (digest_of (path, DIGEST_SHA256, NULL, hex), HFCORE_OK);
  CHECK_STRING (hex, HELLO_SHA256);
  CU_ASSERT_EQUAL (digest_of (path, DIGEST_GIT_SHA1, yes, hex), HFCORE_OK);
  CHECK_STRING (hex, HELLO_ETAG);
  CU_ASSERT_EQUAL (digest_of (check_write ("b", ""), DIGEST_GIT_SHA1, NULL, hex), HFCORE_OK);
  CHECK_STRING (hex, EMPTY_ETAG);
  CU_ASSERT_EQUAL (digest_of (check_path ("c"), DIGEST_SHA256, NULL, hex), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (digest_of (check_folder (), DIGEST_SHA256, NULL, hex), HFCORE_E_CORRUPT);
}

/* The same, whoever reads.  */
static void
test_hash_ahead (void)
{
  static const off_t sizes[] = { 8 << 20, (8 << 20) + 1, (21 << 20) + 4097 };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    {
      char alone[65], ahead[65];
      const char *path = check_write ("big", "not all of it is zeros");
      CU_ASSERT_EQUAL_FATAL (truncate (path, sizes[i]), 0);
      CU_ASSERT_EQUAL (digest_of (path, DIGEST_SHA256, NULL, alone), HFCORE_OK);
      CU_ASSERT_EQUAL (digest_of (path, DIGEST_SHA256, yes, ahead), HFCORE_OK);
      CHECK_STRING (ahead, alone);
    }
}

static int
stop_at (void *ctx, uint64_t done, uint64_t total)
{
  (void) total;
  return done >= *(uint64_t *) ctx;
}

static void
test_hash_stopped (void)
{
  char hex[65];
  const char *path = check_write ("big", "x");
  CU_ASSERT_EQUAL_FATAL (truncate (path, 64 << 20), 0);
  for (int ahead = 0; ahead < 2; ahead++)
    {
      CLEANUP_CALL struct hfcore_call call;
      uint64_t after = 3 << 20;
      const struct verify_hash one
          = { .path = path, .kind = DIGEST_SHA256, .has_spare_core = ahead ? yes : NULL };
      call_init (&call, NULL);
      call.progress = stop_at;
      call.progress_ctx = &after;
      CU_ASSERT_EQUAL (verify_hash_file (&one, &call, hex), HFCORE_E_CANCELLED);
    }
}

CHECK_MAIN ("verify", { "all is right", test_right }, { "damaged, missing, too much", test_wrong },
            { "without asking", test_offline }, { "the source fails", test_source_fails },
            { "a list that may not be whole", test_incomplete },
            { "which revision", test_revisions }, { "one file is read once", test_read_once },
            { "layers", test_layers }, { "a damaged layer above", test_layer_above },
            { "a storage that is not there, or fails", test_broken_layer },
            { "repair", test_repair }, { "a repair that fails", test_repair_fails },
            { "stopped", test_stopped }, { "digests of files", test_hash },
            { "digests, read ahead", test_hash_ahead }, { "digests, stopped", test_hash_stopped })
