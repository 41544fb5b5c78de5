/* SPDX-License-Identifier: Apache-2.0 */
/* test_deletion.c: what is chosen from a cache, what that frees, and what is gone afterwards, over
 * the real store: revisions that share blobs, copies, nested refs, the shared store; and what
 * happened between the look and the deletion (spec 8.1, 15.3).  */
#include <hfcore/hfcore.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/check.h"

#define A1      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define A2      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2"
#define B1      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1"
#define X       "hub/models--org--x/"
#define Y       "hub/datasets--org--y/"
#define HASH    "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"
#define PAYLOAD "hub/blobs/ab/" HASH

static struct hfcore *cache;
static struct hfcore_holdings *holdings;
static struct hfcore_error error = HFCORE_ERROR_INIT;
static struct hfcore_deleted done;
static unsigned char chosen[16];
static size_t revision_count;
static int kept, missing, failed, gone; /* things that were told  */

/* ---- what the tests share ---- */

static void
link_to (const char *text, const char *name)
{
  const char *made = check_write (name, "");
  CU_ASSERT_EQUAL (unlink (made), 0);
  CU_ASSERT_EQUAL (symlink (text, made), 0);
}

static bool
is_there (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0;
}

/* A1 (main) and A2 (refs/pr/1) share a blob; A2 has a file of its own too; B1 is detached.  */
static void
plant (void)
{
  check_write (X "blobs/shared", "12345");
  check_write (X "blobs/first", "123");
  check_write (X "blobs/second", "1234567");
  check_write (X "blobs/orphan", "123456789ab");
  link_to ("../../blobs/shared", X "snapshots/" A1 "/shared");
  link_to ("../../blobs/first", X "snapshots/" A1 "/one");
  link_to ("../../blobs/shared", X "snapshots/" A2 "/shared");
  link_to ("../../../blobs/second", X "snapshots/" A2 "/sub/two");
  check_write (X "snapshots/" A2 "/copy", "a file of its own");
  check_write (X "refs/main", A1);
  check_write (X "refs/refs/pr/1", A2);
  check_write (Y "blobs/data", "1234");
  link_to ("../../blobs/data", Y "snapshots/" B1 "/data.csv");
}

static int
count (void *ctx, const struct hfcore_scan_repo *repo)
{
  (void) ctx;
  revision_count += repo->revision_count;
  return 0;
}

static void
look (void)
{
  hfcore_holdings_close (holdings);
  CU_ASSERT_EQUAL_FATAL (hfcore_holdings_open (cache, 0, &holdings, &error), HFCORE_OK);
  memset (chosen, 0, sizeof chosen);
  revision_count = 0;
  hfcore_holdings_each (holdings, count, NULL);
  CU_ASSERT_TRUE_FATAL (revision_count <= sizeof chosen);
}

static void
start (void)
{
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  static char root[4096];
  snprintf (root, sizeof root, "%s", check_path ("hub"));
  setenv ("HOME", check_folder (), 1);
  options.cache_dir = root;
  options.no_config_files = 1;
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  plant ();
  look ();
}

static void
end (void)
{
  hfcore_holdings_close (holdings);
  hfcore_close (cache);
  holdings = NULL;
  cache = NULL;
}

static int
target (const char *name)
{
  return hfcore_holdings_target (holdings, name, 1, chosen, revision_count, &error);
}

static struct hfcore_choice_sum
sum (uint32_t flags)
{
  struct hfcore_choice_sum told = { .size = sizeof told };
  const struct hfcore_choice choice
      = { .size = sizeof choice, .flags = flags, .revisions = chosen, .count = revision_count };
  CU_ASSERT_EQUAL (hfcore_holdings_sum (holdings, &choice, &told, &error), HFCORE_OK);
  return told;
}

static int
note (void *ctx, const struct hfcore_deleted_thing *thing)
{
  (void) ctx;
  gone += thing->outcome == HFCORE_DELETED_GONE;
  missing += thing->outcome == HFCORE_DELETED_MISSING;
  kept += thing->outcome == HFCORE_DELETED_KEPT;
  failed += thing->outcome == HFCORE_DELETED_FAILED;
  CU_ASSERT_EQUAL (thing->message == NULL, thing->outcome == HFCORE_DELETED_GONE);
  return 0;
}

static void delete (uint32_t flags)
{
  const struct hfcore_choice choice
      = { .size = sizeof choice, .flags = flags, .revisions = chosen, .count = revision_count };
  gone = kept = missing = failed = 0;
  done = (struct hfcore_deleted){ .size = sizeof done };
  CU_ASSERT_EQUAL (hfcore_holdings_delete (cache, holdings, &choice, note, NULL, &done, &error),
                   HFCORE_OK);
}

/* ---- what is chosen ---- */

static void
test_targets (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A1), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).revisions, 1);
  CU_ASSERT_EQUAL (target ("BBBB"), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).revisions, 2);
  CU_ASSERT_EQUAL (target ("Model/ORG/x"), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).revisions, 3);
  CU_ASSERT_EQUAL (sum (0).repos, 2);
  CU_ASSERT_EQUAL (target ("aaaaaaaa"), HFCORE_E_CONFLICT);
  CHECK_CONTAINS (error.message, A1);
  CHECK_CONTAINS (error.message, A2);
  CU_ASSERT_EQUAL (target ("aaa"), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (target ("dataset/org/x"), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (target ("dataset/org/y@" A1), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (target ("hf://datasets/org/y"), HFCORE_OK);
  CU_ASSERT_EQUAL (target ("hf://datasets/org/y@main"), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (target ("hf://org/x/file"), HFCORE_E_CONFIG);
  memset (chosen, 0, sizeof chosen);
  CU_ASSERT_EQUAL (target ("model/org/x@" A2), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).revisions, 1);
  CU_ASSERT_EQUAL (hfcore_holdings_target (holdings, A2, 0, chosen, revision_count, &error),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).revisions, 0);
  end ();
}

static void
test_sums (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A1), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).bytes, 3);
  CU_ASSERT_EQUAL (sum (0).freed, 3);
  CU_ASSERT_EQUAL (sum (0).partial_revisions, 1);
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  /* Python does not count the orphan, which goes too.  */
  CU_ASSERT_EQUAL (sum (0).bytes, 3 + 5 + 7 + 17);
  CU_ASSERT_EQUAL (sum (0).freed, 3 + 5 + 7 + 17 + 11);
  CU_ASSERT_EQUAL (sum (0).repos, 1);
  CU_ASSERT_EQUAL (sum (0).partial_revisions, 0);
  end ();
}

/* ---- what is gone ---- */

static void
test_revision (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  delete (0);
  CU_ASSERT_EQUAL (done.revisions, 1);
  CU_ASSERT_EQUAL (done.freed, 7 + 17);
  CU_ASSERT_EQUAL (missing + kept + failed, 0);
  CU_ASSERT_FALSE (is_there (X "snapshots/" A2));
  CU_ASSERT_FALSE (is_there (X "refs/refs"));
  CU_ASSERT_FALSE (is_there (X "blobs/second"));
  CU_ASSERT_TRUE (is_there (X "blobs/shared"));
  CU_ASSERT_TRUE (is_there (X "blobs/orphan"));
  CU_ASSERT_TRUE (is_there (X "refs/main"));
  end ();
}

static void
test_whole (void)
{
  start ();
  CU_ASSERT_EQUAL (target ("model/org/x"), HFCORE_OK);
  delete (0);
  CU_ASSERT_EQUAL (done.repos, 1);
  CU_ASSERT_EQUAL (done.revisions, 2);
  CU_ASSERT_FALSE (is_there ("hub/models--org--x"));
  CU_ASSERT_FALSE (is_there ("hub/.locks"));
  CU_ASSERT_TRUE (is_there (Y "snapshots/" B1 "/data.csv"));
  end ();
}

/* A repository that is a link goes as a link.  */
static void
test_linked_repo (void)
{
  start ();
  check_write ("elsewhere/snapshots/" B1 "/file", "far");
  link_to (check_path ("elsewhere"), "hub/models--far--away");
  look ();
  CU_ASSERT_EQUAL (target ("model/far/away"), HFCORE_OK);
  delete (0);
  CU_ASSERT_FALSE (is_there ("hub/models--far--away"));
  CU_ASSERT_TRUE (is_there ("elsewhere/snapshots/" B1 "/file"));
  end ();
}

/* A file that leads out of the cache: its link goes, and what it leads to stays.  */
static void
test_file_elsewhere (void)
{
  start ();
  check_write ("elsewhere/file", "far away");
  link_to (check_path ("elsewhere/file"), X "snapshots/" A2 "/far");
  look ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).bytes, 7 + 17 + 8);
  CU_ASSERT_EQUAL (sum (0).freed, 7 + 17);
  delete (0);
  CU_ASSERT_TRUE (is_there ("elsewhere/file"));
  end ();
}

/* ---- the shared store ---- */

static void
share (const char *users)
{
  check_write ("hub/blobs/.huggingface-shared-blobs", "1\n");
  check_write (PAYLOAD, "payload of sixteen");
  if (users)
    check_write (PAYLOAD ".refs", users);
  link_to ("../../blobs/ab/" HASH, X "blobs/xet");
  link_to ("../../blobs/xet", X "snapshots/" A2 "/xet");
  link_to ("../../blobs/ab/" HASH, Y "blobs/xet");
  link_to ("../../blobs/xet", Y "snapshots/" B1 "/xet");
  look ();
}

static void
test_shared (void)
{
  start ();
  share ("models--org--x/blobs/xet\ndatasets--org--y/blobs/xet\nmodels--none--z/blobs/xet\n");
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).bytes, 7 + 17);
  delete (0);
  CU_ASSERT_FALSE (is_there (X "blobs/xet"));
  CU_ASSERT_TRUE (is_there (PAYLOAD));
  CHECK_STRING (check_read (check_path (PAYLOAD ".refs")), "datasets--org--y/blobs/xet\n");
  look ();
  CU_ASSERT_EQUAL (target (B1), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).bytes, 4 + 18);
  delete (0);
  CU_ASSERT_FALSE (is_there (PAYLOAD));
  CU_ASSERT_FALSE (is_there (PAYLOAD ".refs"));
  end ();
}

/* Without a list of its users a payload stays, whoever goes.  */
static void
test_shared_untold (void)
{
  start ();
  share (NULL);
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  CU_ASSERT_EQUAL (target (B1), HFCORE_OK);
  CU_ASSERT_EQUAL (sum (0).bytes, 7 + 17 + 4);
  delete (HFCORE_CHOICE_SHARED);
  CU_ASSERT_TRUE (is_there (PAYLOAD));
  end ();
}

static void
test_shared_unused (void)
{
  start ();
  check_write ("hub/blobs/.huggingface-shared-blobs", "1\n");
  check_write (PAYLOAD, "payload of sixteen");
  check_write (PAYLOAD ".refs", "models--gone--x/blobs/xet\n");
  look ();
  CU_ASSERT_EQUAL (sum (HFCORE_CHOICE_SHARED).shared, 1);
  CU_ASSERT_EQUAL (sum (HFCORE_CHOICE_SHARED).shared_bytes, 18);
  /* Taken into use meanwhile.  */
  check_write (PAYLOAD ".refs", "models--org--x/blobs/xet\n");
  link_to ("../../blobs/ab/" HASH, X "blobs/xet");
  delete (HFCORE_CHOICE_SHARED);
  CU_ASSERT_EQUAL (kept, 1);
  CU_ASSERT_TRUE (is_there (PAYLOAD));
  CU_ASSERT_EQUAL (unlink (check_path (X "blobs/xet")), 0);
  look ();
  delete (HFCORE_CHOICE_SHARED);
  CU_ASSERT_EQUAL (done.shared, 1);
  CU_ASSERT_FALSE (is_there (PAYLOAD));
  end ();
}

/* ---- what happened since it was looked at ---- */

static void
test_linked_since (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  link_to ("../../blobs/second", X "snapshots/" A1 "/late");
  delete (0);
  CU_ASSERT_EQUAL (kept, 1);
  CU_ASSERT_EQUAL (done.kept_bytes, 7);
  CU_ASSERT_TRUE (is_there (X "blobs/second"));
  CU_ASSERT_FALSE (is_there (X "snapshots/" A2));
  end ();
}

static void
test_written_since (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  const struct timespec times[2] = { { .tv_sec = 2000000000 }, { .tv_sec = 2000000000 } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (X "blobs/second"), times, 0), 0);
  delete (0);
  CU_ASSERT_EQUAL (kept, 1);
  CU_ASSERT_TRUE (is_there (X "blobs/second"));
  end ();
}

static void
test_new_revision_since (void)
{
  start ();
  CU_ASSERT_EQUAL (target ("model/org/x"), HFCORE_OK);
  link_to ("../../blobs/shared", X "snapshots/" B1 "/shared");
  delete (0);
  CU_ASSERT_TRUE (is_there (X "blobs/shared"));
  CU_ASSERT_TRUE (is_there (X "snapshots/" B1 "/shared"));
  CU_ASSERT_FALSE (is_there (X "snapshots/" A1));
  CU_ASSERT_FALSE (is_there (X "refs/main"));
  end ();
}

/* A ref that names another commit now stays; one that came since goes with what it names.  */
static void
test_refs_moved_since (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  check_write (X "refs/refs/pr/1", A1);
  check_write (X "refs/late", A2);
  delete (0);
  CU_ASSERT_EQUAL (missing, 1);
  CHECK_STRING (check_read (check_path (X "refs/refs/pr/1")), A1);
  CU_ASSERT_FALSE (is_there (X "refs/late"));
  CU_ASSERT_FALSE (is_there (X "snapshots/" A2));
  end ();
}

static void
test_gone_since (void)
{
  start ();
  CU_ASSERT_EQUAL (target (A2), HFCORE_OK);
  delete (0);
  delete (0);
  CU_ASSERT_EQUAL (gone, 0);
  CU_ASSERT_EQUAL (missing, 3); /* the ref, the snapshot, the blob  */
  CU_ASSERT_EQUAL (failed, 0);
  end ();
}

static void
test_locked (void)
{
  start ();
  CU_ASSERT_EQUAL (target ("model/org/x"), HFCORE_OK);
  int fd = open (check_write ("hub/.locks/models--org--x/second.lock", ""), O_RDWR);
  CU_ASSERT_EQUAL (flock (fd, LOCK_EX), 0);
  delete (0);
  CU_ASSERT_EQUAL (kept, 2); /* the repository, the blob  */
  CU_ASSERT_TRUE (is_there (X "blobs/second"));
  CU_ASSERT_TRUE (is_there (X "snapshots"));
  CU_ASSERT_FALSE (is_there (X "snapshots/" A1));
  CU_ASSERT_FALSE (is_there (X "blobs/first"));
  CU_ASSERT_TRUE (is_there ("hub/.locks/models--org--x/second.lock"));
  close (fd);
  end ();
}

/* ---- by one call ---- */

static void
test_at_once (void)
{
  const char *const targets[] = { A2, "dataset/org/y" };
  struct hfcore_delete ask = HFCORE_DELETE_INIT;
  start ();
  ask.targets = targets;
  ask.count = 2;
  ask.dry_run = 1;
  ask.thing = note;
  gone = 0;
  CU_ASSERT_EQUAL (hfcore_delete (cache, &ask, NULL, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (gone, 4); /* ref, snapshot, blob; repository  */
  CU_ASSERT_TRUE (is_there (Y));
  ask.dry_run = 0;
  done = (struct hfcore_deleted){ .size = sizeof done };
  CU_ASSERT_EQUAL (hfcore_delete (cache, &ask, &done, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (done.revisions, 2);
  CU_ASSERT_FALSE (is_there (Y));
  CU_ASSERT_EQUAL (hfcore_delete (cache, &ask, &done, &error), HFCORE_E_NOTFOUND);
  CU_ASSERT_TRUE (is_there (X "snapshots/" A1));
  end ();
}

CHECK_MAIN ("deletion", { "targets", test_targets }, { "sums", test_sums },
            { "revision", test_revision }, { "whole", test_whole },
            { "linked repo", test_linked_repo }, { "file elsewhere", test_file_elsewhere },
            { "shared", test_shared }, { "shared untold", test_shared_untold },
            { "shared unused", test_shared_unused }, { "linked since", test_linked_since },
            { "written since", test_written_since },
            { "new revision since", test_new_revision_since },
            { "refs moved since", test_refs_moved_since }, { "gone since", test_gone_since },
            { "locked", test_locked }, { "at once", test_at_once })
