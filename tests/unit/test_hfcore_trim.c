/* SPDX-License-Identifier: Apache-2.0 */
/* test_hfcore_trim.c: the library's way to keep a cache within a size, over the real store; and
 * what is used between the plan and its execution.  */
#include <hfcore/hfcore.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tests/check.h"

#define A1 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define A2 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2"
#define B1 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1"
#define X  "hub/models--org--x/"
#define Y  "hub/datasets--org--y/"

static struct hfcore *cache;
static struct hfcore_error error = HFCORE_ERROR_INIT;
static struct hfcore_trimmed sum;
static const char *use; /* this folder is used while the plan is looked at  */
static int going, staying, kept;

static bool
is_there (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0;
}

static void
set_age (const char *name, time_t hours)
{
  const struct timespec then = { .tv_sec = time (NULL) - hours * 3600 };
  const struct timespec both[2] = { then, then };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (name), both, 0), 0);
}

static void
plant (const char *repo, const char *commit, const char *ref, const char *etag, time_t hours)
{
  char name[512];
  snprintf (name, sizeof name, "%sblobs/%s", repo, etag);
  check_write (name, "1234567890");
  set_age (name, hours);
  snprintf (name, sizeof name, "%srefs/%s", repo, ref);
  check_write (name, commit);
  snprintf (name, sizeof name, "%ssnapshots/%s/file", repo, commit);
  const char *link = check_write (name, "");
  char text[64];
  snprintf (text, sizeof text, "../../blobs/%s", etag);
  CU_ASSERT_EQUAL (unlink (link), 0);
  CU_ASSERT_EQUAL (symlink (text, link), 0);
  snprintf (name, sizeof name, "%ssnapshots/%s", repo, commit);
  set_age (name, hours);
}

static void
start (void)
{
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  options.no_config_files = 1;
  plant (X, A1, "old", "one", 90);
  plant (X, A2, "main", "two", 80);
  plant (Y, B1, "main", "three", 70);
  options.cache_dir = check_path ("hub");
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  use = NULL;
  going = staying = kept = 0;
}

static int
on_item (void *ctx, const struct hfcore_trim_item *item)
{
  (void) ctx;
  going += !item->stays;
  staying += item->stays != HFCORE_STAYS_NOT;
  return 0;
}

static int
on_confirm (void *ctx, const struct hfcore_trimmed *plan)
{
  CU_ASSERT_TRUE (plan->freed > 0);
  if (use)
    set_age (use, 0);
  return ctx != NULL;
}

static int
on_thing (void *ctx, const struct hfcore_deleted_thing *thing)
{
  (void) ctx;
  kept += thing->outcome == HFCORE_DELETED_KEPT;
  return 0;
}

static int
trim (uint64_t bytes, uint32_t flags, void *refuse)
{
  struct hfcore_trim ask = HFCORE_TRIM_INIT;
  ask.max_bytes = bytes;
  ask.flags = flags;
  ask.item = on_item;
  ask.confirm = on_confirm;
  ask.thing = on_thing;
  ask.ctx = refuse;
  sum = (struct hfcore_trimmed){ .size = sizeof sum };
  return hfcore_trim (cache, &ask, &sum, &error);
}

static void
end (void)
{
  hfcore_close (cache);
  cache = NULL;
}

static void
test_trim (void)
{
  start ();
  CU_ASSERT_EQUAL (trim (25, 0, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.before, 30);
  CU_ASSERT_EQUAL (sum.freed, 10);
  CU_ASSERT_EQUAL (sum.revisions, 1);
  CU_ASSERT_EQUAL (sum.fits, 1);
  CU_ASSERT_EQUAL (going, 1);
  CU_ASSERT_FALSE (is_there (X "snapshots/" A1));
  CU_ASSERT_FALSE (is_there (X "refs/old"));
  CU_ASSERT_FALSE (is_there (X "blobs/one"));
  CU_ASSERT_TRUE (is_there (X "snapshots/" A2 "/file"));
  CU_ASSERT_TRUE (is_there (Y "snapshots/" B1 "/file"));
  end ();
}

static void
test_dry_or_refused (void)
{
  start ();
  CU_ASSERT_EQUAL (trim (5, HFCORE_DRY_RUN, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.freed, 30);
  CU_ASSERT_EQUAL (sum.fits, 1);
  CU_ASSERT_EQUAL (trim (5, 0, &sum), HFCORE_E_CANCELLED);
  CU_ASSERT_TRUE (is_there (X "snapshots/" A1 "/file"));
  CU_ASSERT_TRUE (is_there (X "blobs/one"));
  CU_ASSERT_TRUE (is_there (Y "blobs/three"));
  end ();
}

/* One of several revisions.  */
static void
test_used_since (void)
{
  start ();
  use = X "snapshots/" A1;
  CU_ASSERT_EQUAL (trim (5, 0, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.fits, 0);
  CU_ASSERT_EQUAL (sum.freed, 20);
  CU_ASSERT_TRUE (kept > 0);
  CU_ASSERT_TRUE (is_there (X "snapshots/" A1 "/file"));
  CU_ASSERT_TRUE (is_there (X "blobs/one"));
  CU_ASSERT_TRUE (is_there (X "refs/old"));
  CU_ASSERT_FALSE (is_there (X "snapshots/" A2));
  CU_ASSERT_FALSE (is_there (X "blobs/two"));
  CU_ASSERT_FALSE (is_there (Y));
  end ();
}

/* One that is all of its repository.  */
static void
test_repo_used_since (void)
{
  start ();
  use = Y "snapshots/" B1;
  CU_ASSERT_EQUAL (trim (5, 0, NULL), HFCORE_OK);
  CU_ASSERT_TRUE (is_there (Y "snapshots/" B1 "/file"));
  CU_ASSERT_TRUE (is_there (Y "blobs/three"));
  CU_ASSERT_TRUE (is_there (Y "refs/main"));
  CU_ASSERT_FALSE (is_there (X));
  end ();
}

static void
test_limit_out_of_reach (void)
{
  start ();
  set_age (X "snapshots/" A1, 0);
  CU_ASSERT_EQUAL (trim (5, 0, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.fits, 0);
  CU_ASSERT_EQUAL (sum.freed, 20);
  CU_ASSERT_EQUAL (going, 2);
  CU_ASSERT_EQUAL (staying, 1);
  CU_ASSERT_TRUE (is_there (X "snapshots/" A1 "/file"));
  end ();
}

static void
test_asked_wrongly (void)
{
  static const char *const bad[] = { "a/b/c" };
  struct hfcore_trim ask = HFCORE_TRIM_INIT;
  start ();
  CU_ASSERT_EQUAL (hfcore_trim (cache, &ask, NULL, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "no size");
  ask.max_bytes = 5;
  ask.keep = bad;
  ask.keep_count = 1;
  CU_ASSERT_EQUAL (hfcore_trim (cache, &ask, NULL, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "'a/b/c'");
  CU_ASSERT_TRUE (is_there (X "snapshots/" A1 "/file"));
  end ();
}

CHECK_MAIN ("hfcore_trim", { "trim", test_trim }, { "dry or refused", test_dry_or_refused },
            { "used since", test_used_since }, { "repo used since", test_repo_used_since },
            { "limit out of reach", test_limit_out_of_reach },
            { "asked wrongly", test_asked_wrongly })
