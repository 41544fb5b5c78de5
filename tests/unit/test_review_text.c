/* SPDX-License-Identifier: Apache-2.0 */
/* test_review_text.c: the list of delete-cache in its orders, and the text that is edited: written
 * and read (spec 8.4).  */
#include "tests/check.h"

#include <stdlib.h>
#include "core/cli/review_text.h"
#include "tests/unit/revision_fixture.h"

static struct revision_list list;

static void
make_list (enum revision_order order)
{
  revision_list_free (&list);
  CU_ASSERT_EQUAL_FATAL (revision_list_make (fixture_repos, FIXTURE_REPOS, order, FIXTURE_NOW_MS,
                                             &list),
                         HFCORE_OK);
}

/* The names of the repositories, joined by a blank.  */
static const char *
order_of (enum revision_order order)
{
  static char names[256];
  make_list (order);
  names[0] = 0;
  for (size_t i = 0; i < list.repo_count; i++)
    {
      size_t len = strlen (names);
      snprintf (names + len, sizeof names - len, "%s%s", i ? " " : "", list.repos[i].name);
    }
  revision_list_free (&list);
  return names;
}

static void
test_orders (void)
{
  CHECK_STRING (order_of (ORDER_AS_0_26),
                "dataset/user/repo model/Zoo/mirror model/user/repo space/bare");
  CHECK_STRING (order_of (ORDER_ALPHABETICAL),
                "dataset/user/repo model/user/repo model/Zoo/mirror space/bare");
  CHECK_STRING (order_of (ORDER_LAST_UPDATED),
                "model/user/repo space/bare dataset/user/repo model/Zoo/mirror");
  CHECK_STRING (order_of (ORDER_LAST_USED),
                "model/user/repo dataset/user/repo model/Zoo/mirror space/bare");
  CHECK_STRING (order_of (ORDER_SIZE),
                "model/user/repo model/Zoo/mirror dataset/user/repo space/bare");
}

static void
test_order_names (void)
{
  CU_ASSERT_EQUAL (revision_order_named (NULL), ORDER_AS_0_26);
  CU_ASSERT_EQUAL (revision_order_named ("alphabetical"), ORDER_ALPHABETICAL);
  CU_ASSERT_EQUAL (revision_order_named ("lastUpdated"), ORDER_LAST_UPDATED);
  CU_ASSERT_EQUAL (revision_order_named ("lastUsed"), ORDER_LAST_USED);
  CU_ASSERT_EQUAL (revision_order_named ("size"), ORDER_SIZE);
  CU_ASSERT_EQUAL (revision_order_named ("Size"), ORDERS);
  CU_ASSERT_EQUAL (revision_order_named (""), ORDERS);
}

static void
test_rows (void)
{
  make_list (ORDER_AS_0_26);
  CU_ASSERT_EQUAL_FATAL (list.count, 5);
  CHECK_STRING (list.repos[2].heading, "Model user/repo (1.3M, used a few seconds ago)");
  CHECK_STRING (list.repos[3].heading, "Space bare (0.0, used 2 days ago)");
  CU_ASSERT_EQUAL (list.repos[3].count, 0);
  /* Oldest first, with the number that it has in a choice. */
  static const size_t numbers[] = { 2, 4, 3, 1, 0 };
  for (size_t i = 0; i < list.count; i++)
    CU_ASSERT_EQUAL (list.revisions[i].number, numbers[i]);
  CHECK_STRING (list.revisions[3].refs, "main, refs/pr/1");
  CHECK_STRING (list.revisions[4].refs, "(detached)");
  CHECK_STRING (list.revisions[3].since, "48 seconds ago");
  revision_list_free (&list);
}

static void
test_text (void)
{
  struct text text = TEXT_LIMIT (1 << 20);
  make_list (ORDER_AS_0_26);
  review_text_add (&text, &list);
  CU_ASSERT_FATAL (!text.failed && text.bytes);
  CU_ASSERT (text_starts_with (text.bytes, "# INSTRUCTIONS\n# ------------\n# This is a"));
  const char *rows = strstr (text.bytes, "# REVISIONS\n");
  CHECK_STRING (rows, "# REVISIONS\n"
                      "# ------------\n"
                      "# Dataset user/repo (23.0, used 47 seconds ago)\n"
                      "#    " B2 " # Refs: main # modified 47 seconds ago\n"
                      "\n"
                      "# Model Zoo/mirror (4.0K, used 2 hours ago)\n"
                      "#    " D4 " # Refs: (detached) # modified 24 hours ago\n"
                      "#    " A1 " # Refs: main # modified 2 hours ago\n"
                      "\n"
                      "# Model user/repo (1.3M, used a few seconds ago)\n"
                      "#    " C3 " # Refs: main, refs/pr/1 # modified 48 seconds ago\n"
                      "#    " A1 " # Refs: (detached) # modified a few seconds ago\n"
                      "\n"
                      "# Space bare (0.0, used 2 days ago)");
  /* Nothing is chosen as long as nobody edits it. */
  CLEANUP_REVIEW struct review review = { 0 };
  CU_ASSERT_EQUAL (review_text_read (text.bytes, text.len, &list, &review), HFCORE_OK);
  CU_ASSERT_EQUAL (review.count, 0);
  CU_ASSERT (!review.is_off && review.unknown.len == 0);
  text_free (&text);
  revision_list_free (&list);
}

/* What `edited` chooses, as digits; then what it has that is no revision.  */
static const char *
read_text (const char *edited)
{
  static char told[256];
  CLEANUP_REVIEW struct review review = { 0 };
  make_list (ORDER_AS_0_26);
  CU_ASSERT_EQUAL_FATAL (review_text_read (edited, strlen (edited), &list, &review), HFCORE_OK);
  size_t len = (size_t) snprintf (told, sizeof told, "%zu:", review.count);
  for (size_t i = 0; i < list.count; i++)
    if (review.chosen[i])
      len += (size_t) snprintf (told + len, sizeof told - len, " %zu", i);
  snprintf (told + len, sizeof told - len, "%s%s%s", review.is_off ? " off" : "",
            review.unknown.len ? " ? " : "", review.unknown.len ? review.unknown.bytes : "");
  revision_list_free (&list);
  return told;
}

static void
test_reading (void)
{
  CHECK_STRING (read_text (""), "0:");
  CHECK_STRING (read_text (B2), "1: 2");
  CHECK_STRING (read_text ("  \t" B2 " # Refs: main # modified\n" C3 "\n"), "2: 1 2");
  CHECK_STRING (read_text ("#    " B2 "\n #" C3 "\n"), "0:");
  CHECK_STRING (read_text (B2 "\r\n" C3 "\r" D4), "3: 1 2 4");
  CHECK_STRING (read_text ("\xef\xbb\xbf" B2), "1: 2");
  CHECK_STRING (read_text (B2 "\n" B2 "#\n"), "2: 2");
  CHECK_STRING (read_text ("CANCEL_DELETION\n" B2), "2: 2 off");
  CHECK_STRING (read_text ("# CANCEL_DELETION\n" B2), "1: 2");
  CHECK_STRING (read_text ("CANCEL_DELETION now\n"), "1: ? CANCEL_DELETION now");
  CHECK_STRING (read_text ("bbbbbbb\n" B2 "0\nwhat ever\n"), "3: ? bbbbbbb, " B2 "0, what ever");
  CHECK_STRING (read_text ("BBBB\x1b[31m\n"), "1: ? BBBB\\x1b[31m");
}

/* A hash of two repositories: the heading above it counts.  */
static void
test_twice (void)
{
  static const char mirror[] = "# Model Zoo/mirror (4.0K, used 2 hours ago)\n";
  static const char user[] = "# Model user/repo (1.3M, used a few seconds ago)\n";
  char edited[512];
  CHECK_STRING (read_text (A1), "1: 3");
  snprintf (edited, sizeof edited, "%s%s", user, A1);
  CHECK_STRING (read_text (edited), "1: 0");
  snprintf (edited, sizeof edited, "%s%s\n%s%s", user, A1, mirror, A1);
  CHECK_STRING (read_text (edited), "2: 0 3");
  snprintf (edited, sizeof edited, "%s%s\n", mirror, C3);
  CHECK_STRING (read_text (edited), "1: 1");
}

/* A name with a line end must not become a line.  */
static void
test_hostile_names (void)
{
  static const char *const refs[] = { "x\n" B2 "\nCANCEL_DELETION" };
  const struct hfcore_scan_revision revisions[]
      = { { .commit = B2, .modified_ns = SECONDS_AGO (1), .refs = refs, .ref_count = 1 },
          { .commit = "\n" C3 "\r\x1b[2J", .modified_ns = SECONDS_AGO (1) } };
  const struct hfcore_scan_revision *const pointers[] = { &revisions[0], &revisions[1] };
  const struct hfcore_scan_repo repo
      = { .repo_type = "model", .repo_id = "a\n" C3, .revisions = pointers, .revision_count = 2 };
  const struct hfcore_scan_repo *const repos[] = { &repo };
  struct text text = TEXT_LIMIT (1 << 20);
  CLEANUP_REVIEW struct review review = { 0 };
  CU_ASSERT_EQUAL_FATAL (revision_list_make (repos, 1, ORDER_SIZE, FIXTURE_NOW_MS, &list),
                         HFCORE_OK);
  review_text_add (&text, &list);
  CU_ASSERT (!text.failed && !memchr (text.bytes, 27, text.len));
  CU_ASSERT_EQUAL (review_text_read (text.bytes, text.len, &list, &review), HFCORE_OK);
  CU_ASSERT_EQUAL (review.count, 0);
  text_free (&text);
  revision_list_free (&list);
}

static void
test_expectation (void)
{
  struct text text = TEXT_LIMIT (128);
  revision_list_add_expectation (&text, 1, 1200000000);
  CHECK_STRING (text.bytes, "1 revisions selected counting for 1.2G.");
  text_free (&text);
}

CHECK_MAIN ("review text", { "orders", test_orders }, { "order names", test_order_names },
            { "rows", test_rows }, { "text", test_text }, { "reading", test_reading },
            { "twice", test_twice }, { "hostile names", test_hostile_names },
            { "expectation", test_expectation })
