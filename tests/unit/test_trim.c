/* SPDX-License-Identifier: Apache-2.0 */
/* test_trim.c: which revisions go when a cache is to fit into a size.  */
#include "core/engine/trim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/check.h"

#define HOUR  ((int64_t) 3600 * 1000000000)
#define NOW   (1000 * HOUR)
#define REPOS 4
#define MOST  8

/* Holdings in the making: repository I has `blob_count[I]` blobs and so on.  */
static struct holdings *made;
static struct holdings_blob blobs[REPOS][MOST];
static struct holdings_revision revisions[REPOS][MOST];
static uint32_t uses[REPOS][MOST][MOST];
static const char *const main_ref[] = { "main" };
static struct hfcore_call call;
static struct trim_plan *plan;
static struct open_files open_now;
static struct trim_ask ask;

static const char *const commits[MOST]
    = { "0000000000000000000000000000000000000000", "1111111111111111111111111111111111111111",
        "2222222222222222222222222222222222222222", "3333333333333333333333333333333333333333" };
static const char *const ids[REPOS] = { "org/a", "org/b", "org/c", "org/d" };

static void
begin (void)
{
  call_init (&call, NULL);
  memset (blobs, 0, sizeof blobs);
  memset (revisions, 0, sizeof revisions);
  made = calloc (1, sizeof *made);
  made->repos = calloc (REPOS, sizeof *made->repos);
  made->partials = calloc (MOST, sizeof *made->partials);
  made->payloads = calloc (MOST, sizeof *made->payloads);
  open_now = (struct open_files){ 0 };
  ask = (struct trim_ask){ .now_ns = NOW };
}

static size_t
add_repo (void)
{
  size_t index = made->repo_count++;
  made->repos[index] = (struct holdings_repo){
    .repo = { .size = sizeof made->repos[index].repo, .type = "model", .id = ids[index] },
    .revisions = revisions[index],
    .blobs = blobs[index]
  };
  return index;
}

static uint32_t
add_blob (size_t repo, uint64_t size)
{
  static char names[REPOS][MOST][32];
  uint32_t index = (uint32_t) made->repos[repo].all_blob_count++;
  snprintf (names[repo][index], sizeof names[repo][index], "/cache/%zu/%u", repo, index);
  blobs[repo][index] = (struct holdings_blob){ .etag = strrchr (names[repo][index], '/') + 1,
                                               .path = names[repo][index],
                                               .size = size,
                                               .place = INVENTORY_BLOB,
                                               .payload = SIZE_MAX };
  return index;
}

/* Last used so many hours ago.  */
static struct holdings_revision *
add_revision (size_t repo, int64_t hours)
{
  size_t index = made->repos[repo].revision_count++;
  revisions[repo][index] = (struct holdings_revision){ .index = made->revision_count++,
                                                       .repo = repo,
                                                       .commit = commits[index],
                                                       .used_ns = NOW - hours * HOUR,
                                                       .blobs = uses[repo][index] };
  return &revisions[repo][index];
}

static void
uses_blob (struct holdings_revision *revision, uint32_t blob)
{
  uses[revision->repo][revision->index - revisions[revision->repo][0].index][revision->blob_count++]
      = blob;
  blobs[revision->repo][blob].revisions++;
}

/* A repository with one revision of one blob.  */
static struct holdings_revision *
add_simple (uint64_t size, int64_t hours)
{
  size_t repo = add_repo ();
  uint32_t blob = add_blob (repo, size);
  struct holdings_revision *revision = add_revision (repo, hours);
  uses_blob (revision, blob);
  return revision;
}

static void
choose (uint64_t limit)
{
  ask.limit = limit;
  CU_ASSERT_EQUAL_FATAL (trim_choose (made, &ask, &open_now, &call, &plan), HFCORE_OK);
}

static void
done (void)
{
  trim_plan_free (plan);
  call_done (&call);
}

static const struct trim_unit *
unit_of (const struct holdings_revision *revision)
{
  for (size_t i = 0; i < plan->count; i++)
    if (plan->units[i].revision == revision)
      return &plan->units[i];
  CU_FAIL_FATAL ("the plan has no such revision");
  return NULL;
}

static enum trim_fate
fate (const struct holdings_revision *revision)
{
  return unit_of (revision)->fate;
}

/* ---- order ---- */

static void
test_fits (void)
{
  begin ();
  const struct holdings_revision *one = add_simple (10, 5);
  choose (10);
  CU_ASSERT_TRUE (plan->fits);
  CU_ASSERT_EQUAL (plan->size, 10);
  CU_ASSERT_PTR_NULL (plan->strategy);
  CU_ASSERT_EQUAL (fate (one), TRIM_FITS);
  done ();
}

static void
test_oldest_first (void)
{
  begin ();
  const struct holdings_revision *second = add_simple (10, 30), *first = add_simple (10, 40),
                                 *third = add_simple (10, 20);
  choose (15);
  CU_ASSERT_TRUE (plan->fits);
  CU_ASSERT_PTR_EQUAL (plan->units[0].revision, first);
  CU_ASSERT_EQUAL (fate (first), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (second), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (third), TRIM_FITS);
  CU_ASSERT_EQUAL (plan->strategy->freed, 20);
  CU_ASSERT_EQUAL (plan->strategy->revisions, 2);
  CU_ASSERT_EQUAL (plan->strategy->whole_repos, 2);
  done ();
}

/* No more than needed.  */
static void
test_exactly (void)
{
  begin ();
  const struct holdings_revision *first = add_simple (10, 40), *second = add_simple (10, 30);
  choose (10);
  CU_ASSERT_EQUAL (fate (first), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (second), TRIM_FITS);
  done ();
}

/* The newest of record and accesses; those of blobs that others have too do not count.  */
static void
test_accesses (void)
{
  begin ();
  const size_t repo = add_repo ();
  const uint32_t own = add_blob (repo, 10), both = add_blob (repo, 10), other = add_blob (repo, 10);
  struct holdings_revision *a = add_revision (repo, 40), *b = add_revision (repo, 30);
  uses_blob (a, own);
  uses_blob (a, both);
  uses_blob (b, both);
  uses_blob (b, other);
  blobs[repo][both].accessed_ns = NOW - 2 * HOUR;
  blobs[repo][own].accessed_ns = NOW - 20 * HOUR;
  choose (25);
  CU_ASSERT_EQUAL (unit_of (a)->used_ns, NOW - 20 * HOUR);
  CU_ASSERT_EQUAL (unit_of (b)->used_ns, NOW - 30 * HOUR);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (a), TRIM_FITS);
  CU_ASSERT_EQUAL (unit_of (b)->bytes, 10);
  done ();
}

/* A storage that keeps no records.  */
static void
test_only_accesses (void)
{
  begin ();
  struct holdings_revision *a = add_simple (10, 0), *b = add_simple (10, 0);
  a->used_ns = b->used_ns = 0;
  blobs[0][0].accessed_ns = NOW - 20 * HOUR;
  blobs[1][0].accessed_ns = NOW - 30 * HOUR;
  choose (10);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (a), TRIM_FITS);
  done ();
}

/* ---- blobs that several have ---- */

static void
test_shared_blobs (void)
{
  begin ();
  const size_t repo = add_repo ();
  const uint32_t both = add_blob (repo, 50), small = add_blob (repo, 1);
  struct holdings_revision *a = add_revision (repo, 40), *b = add_revision (repo, 20);
  uses_blob (a, both);
  uses_blob (b, both);
  uses_blob (b, small);
  const struct holdings_revision *c = add_simple (10, 30);
  choose (55);
  CU_ASSERT_EQUAL (plan->size, 61);
  CU_ASSERT_EQUAL (fate (a), TRIM_EMPTY);
  CU_ASSERT_EQUAL (fate (b), TRIM_FITS);
  CU_ASSERT_EQUAL (fate (c), TRIM_GOES);
  CU_ASSERT_EQUAL (plan->strategy->revisions, 1);
  done ();
}

/* Both have to go for it: what they share is told once, with the one that was used last.  */
static void
test_shared_by_all_that_go (void)
{
  begin ();
  const size_t repo = add_repo ();
  const uint32_t both = add_blob (repo, 50);
  struct holdings_revision *a = add_revision (repo, 40), *b = add_revision (repo, 30);
  uses_blob (a, both);
  uses_blob (b, both);
  const struct holdings_revision *c = add_simple (10, 20);
  choose (20);
  CU_ASSERT_EQUAL (fate (a), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (c), TRIM_FITS);
  CU_ASSERT_EQUAL (unit_of (a)->bytes, 0);
  CU_ASSERT_EQUAL (unit_of (b)->bytes, 50);
  CU_ASSERT_EQUAL (plan->strategy->freed, 50);
  done ();
}

/* A file of the shared store goes with the last blob that leads to it, and counts once.  */
static void
test_shared_store (void)
{
  begin ();
  made->payloads[made->payload_count++] = (struct holdings_payload){ .size = 50, .users = 2 };
  struct holdings_revision *a = add_simple (50, 40), *b = add_simple (50, 30);
  const struct holdings_revision *c = add_simple (10, 20);
  blobs[0][0].payload = blobs[1][0].payload = 0;
  blobs[0][0].is_link = blobs[1][0].is_link = true;
  choose (20);
  CU_ASSERT_EQUAL (plan->size, 60);
  CU_ASSERT_EQUAL (fate (a), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (c), TRIM_FITS);
  CU_ASSERT_EQUAL (plan->strategy->freed, 50);
  done ();
}

/* Links to other storages free nothing.  */
static void
test_elsewhere (void)
{
  begin ();
  const struct holdings_revision *a = add_simple (50, 40), *b = add_simple (10, 30);
  blobs[0][0].place = INVENTORY_ELSEWHERE;
  choose (5);
  CU_ASSERT_EQUAL (plan->size, 10);
  CU_ASSERT_EQUAL (fate (a), TRIM_EMPTY);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  done ();
}

/* ---- what stays ---- */

static void
test_pins (void)
{
  static const char *const pins[] = { "org/a", "model/org/b@main", "datasets/org/c" };
  begin ();
  const struct holdings_revision *a = add_simple (10, 40);
  struct holdings_revision *b = add_simple (10, 30);
  const struct holdings_revision *c = add_simple (10, 20);
  b->refs = main_ref;
  b->ref_count = 1;
  ask.pins = pins;
  ask.pin_count = 3;
  choose (5);
  CU_ASSERT_EQUAL (fate (a), TRIM_PINNED);
  CU_ASSERT_EQUAL (fate (b), TRIM_PINNED);
  CU_ASSERT_EQUAL (fate (c), TRIM_GOES);
  CU_ASSERT_FALSE (plan->fits);
  CU_ASSERT_EQUAL (unit_of (a)->bytes, 10);
  CU_ASSERT_EQUAL (plan->strategy->freed, 10);
  done ();
}

/* A mark may be ten minutes older than the use.  */
static void
test_recent (void)
{
  begin ();
  struct holdings_revision *a = add_simple (10, 1), *b = add_simple (10, 2),
                           *c = add_simple (10, 9);
  a->used_ns -= HOUR / 12;
  blobs[2][0].accessed_ns = NOW - HOUR / 2;
  choose (0);
  CU_ASSERT_EQUAL (fate (a), TRIM_RECENT);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (c), TRIM_RECENT);
  CU_ASSERT_FALSE (plan->fits);
  done ();
}

static void
test_open (void)
{
  static char first[] = "/cache/0/0";
  static char *paths[] = { first };
  begin ();
  open_now.paths.items = paths;
  open_now.paths.count = 1;
  const struct holdings_revision *a = add_simple (10, 40), *b = add_simple (10, 30);
  choose (10);
  CU_ASSERT_EQUAL (fate (a), TRIM_OPEN);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_TRUE (plan->fits);
  done ();
}

static void
add_partial (size_t repo, const char *etag, uint64_t size, int64_t hours, bool held)
{
  made->partials[made->partial_count++]
      = (struct holdings_partial){ .repo = made->repos[repo].repo,
                                   .held = held,
                                   .name = etag,
                                   .etag = etag,
                                   .size = size,
                                   .modified_ns = NOW - hours * HOUR };
}

static void
test_being_downloaded (void)
{
  begin ();
  const struct holdings_revision *a = add_simple (10, 40), *b = add_simple (10, 30);
  add_partial (0, "e", 5, 20, true);
  choose (15);
  CU_ASSERT_EQUAL (plan->size, 25);
  CU_ASSERT_EQUAL (fate (a), TRIM_BUSY);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (plan->strategy->partial_count, 0);
  CU_ASSERT_TRUE (plan->fits);
  done ();
}

static void
test_damaged (void)
{
  begin ();
  const struct holdings_revision *a = add_simple (10, 40), *b = add_simple (10, 30);
  made->repos[0].broken = true;
  choose (0);
  CU_ASSERT_EQUAL (fate (a), TRIM_DAMAGED);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  done ();
}

/* ---- what nobody can use ---- */

static void
test_waste_first (void)
{
  begin ();
  const struct holdings_revision *a = add_simple (10, 40);
  add_blob (0, 7);
  add_partial (0, "e", 5, 20, false);
  choose (10);
  CU_ASSERT_EQUAL (plan->size, 22);
  CU_ASSERT_TRUE (plan->fits);
  CU_ASSERT_EQUAL (fate (a), TRIM_FITS);
  CU_ASSERT_EQUAL (plan->strategy->freed, 12);
  CU_ASSERT_EQUAL (plan->strategy->revisions, 0);
  CU_ASSERT_EQUAL (plan->strategy->whole_repos, 0);
  CU_ASSERT_EQUAL (plan->strategy->partial_count, 1);
  CU_ASSERT_EQUAL (plan->strategy->blobs, 1);
  done ();
}

/* A blob that was just written may be linked to in a moment.  */
static void
test_new_waste_stays (void)
{
  begin ();
  const struct holdings_revision *a = add_simple (10, 40);
  blobs[0][add_blob (0, 7)].modified_ns = NOW - HOUR / 2;
  add_partial (0, "e", 5, 0, false);
  choose (12);
  CU_ASSERT_EQUAL (fate (a), TRIM_GOES);
  CU_ASSERT_EQUAL (plan->strategy->partial_count, 0);
  /* … so that the repository does not go as a whole.  */
  CU_ASSERT_EQUAL (plan->strategy->whole_repos, 0);
  CU_ASSERT_EQUAL (plan->strategy->freed, 10);
  CU_ASSERT_TRUE (plan->fits);
  done ();
}

/* ---- before a download ---- */

static void
test_coming (void)
{
  static const char *const etags[] = { "e" };
  begin ();
  const struct holdings_revision *a = add_simple (10, 40), *b = add_simple (10, 30),
                                 *c = add_simple (10, 20);
  add_partial (0, "e", 4, 20, false);
  add_partial (1, "e", 3, 20, false);
  const struct trim_coming coming = {
    .repo = &made->repos[0].repo, .commit = commits[0], .etags = etags, .count = 1, .bytes = 14
  };
  ask.coming = &coming;
  /* 30 and 4 stay of 37, and 10 come: one of them has to go, and not what is being downloaded.  */
  choose (40);
  CU_ASSERT_EQUAL (plan->limit, 30);
  CU_ASSERT_EQUAL (fate (a), TRIM_NEEDED);
  CU_ASSERT_EQUAL (fate (b), TRIM_GOES);
  CU_ASSERT_EQUAL (fate (c), TRIM_FITS);
  CU_ASSERT_EQUAL_FATAL (plan->strategy->partial_count, 1);
  CU_ASSERT_STRING_EQUAL (plan->strategy->partials[0]->repo.id, "org/b");
  done ();
}

CHECK_MAIN ("trim", { "fits", test_fits }, { "oldest first", test_oldest_first },
            { "exactly", test_exactly }, { "accesses", test_accesses },
            { "only accesses", test_only_accesses }, { "shared blobs", test_shared_blobs },
            { "shared by all that go", test_shared_by_all_that_go },
            { "shared store", test_shared_store }, { "elsewhere", test_elsewhere },
            { "pins", test_pins }, { "recent", test_recent }, { "open", test_open },
            { "being downloaded", test_being_downloaded }, { "damaged", test_damaged },
            { "waste first", test_waste_first }, { "new waste stays", test_new_waste_stays },
            { "coming", test_coming })
