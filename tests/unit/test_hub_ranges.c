/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_ranges.c: a partial not written in order is taken over with what was proven.  */
#include <stdio.h>
#include <unistd.h>
#include "tests/unit/layout_fixture.h"

#define ETAG    "95d09f2b10159347eece71399a7e2e907ea3df4f"
#define REPO    "cache/models--org--name"
#define UNKNOWN HFCORE_SIZE_UNKNOWN

static struct hub_store *store;

static uint64_t
take_over (uint64_t expect, void **writer)
{
  TEST_CALL (call);
  uint64_t have = 77;
  CU_ASSERT_EQUAL_FATAL (hub_create (store, &call, &test_repo, ETAG, expect, HFCORE_CREATE_RESUME,
                                     &have, writer),
                         HFCORE_OK);
  return have;
}

static int
put (void *writer, uint64_t offset, const char *text)
{
  TEST_CALL (call);
  return hub_write (store, &call, writer, offset, text, strlen (text));
}

static int
prove (void *writer, uint64_t offset, uint64_t length)
{
  TEST_CALL (call);
  return hub_prove (store, &call, writer, offset, length);
}

static int
add_range (void *told_, uint64_t offset, uint64_t length)
{
  char *told = told_;
  snprintf (told + strlen (told), 100, "%d-%d ", (int) offset, (int) (offset + length));
  return 0;
}

static const char *
proven (void *writer)
{
  static char told[256];
  const struct hfcore_range_sink sink = { .size = sizeof sink, .ctx = told, .range = add_range };
  TEST_CALL (call);
  told[0] = 0;
  CU_ASSERT_EQUAL (hub_proven (store, &call, writer, &sink), HFCORE_OK);
  return told;
}

static void
test_taken_over (void)
{
  void *writer;
  store = layout_open_fresh ();
  TEST_CALL (call);
  CU_ASSERT_EQUAL (take_over (20, &writer), 0);
  CU_ASSERT_EQUAL (put (writer, 0, "01234"), 0);
  CU_ASSERT_EQUAL (prove (writer, 0, 5), 0);
  CU_ASSERT_EQUAL (put (writer, 10, "abcde"), 0);
  CU_ASSERT_EQUAL (put (writer, 5, "xx"), 0); /* not proven  */
  CU_ASSERT_EQUAL (prove (writer, 10, 5), 0);
  hub_abandon (store, writer, 1);
  CU_ASSERT_EQUAL (take_over (20, &writer), 5);
  CHECK_STRING (proven (writer), "0-5 10-15 ");
  /* And once more, with what came then.  */
  CU_ASSERT_EQUAL (put (writer, 5, "56789"), 0);
  CU_ASSERT_EQUAL (prove (writer, 5, 5), 0);
  hub_abandon (store, writer, 1);
  CU_ASSERT_EQUAL (take_over (20, &writer), 15);
  CHECK_STRING (proven (writer), "0-15 ");
  CU_ASSERT_EQUAL (put (writer, 15, "fghij"), 0);
  CU_ASSERT_EQUAL (hub_commit (store, &call, writer, 20), HFCORE_OK);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "0123456789abcdefghij");
  hub_store_close (store);
}

static void
test_only_what_was_proven (void)
{
  void *writer;
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (take_over (20, &writer), 0);
  CU_ASSERT_EQUAL (put (writer, 0, "01234"), 0);
  hub_abandon (store, writer, 1);
  /* In order: all that is there.  */
  CU_ASSERT_EQUAL (take_over (20, &writer), 5);
  CHECK_STRING (proven (writer), "");
  CU_ASSERT_EQUAL (prove (writer, 0, 0), 0);
  CU_ASSERT_EQUAL (put (writer, 10, "abcde"), 0);
  hub_abandon (store, writer, 1);
  CU_ASSERT_EQUAL (take_over (20, &writer), 0);
  CHECK_STRING (proven (writer), "");
  hub_abandon (store, writer, 0);
  hub_store_close (store);
}

static void
test_worth_nothing (void)
{
  void *writer;
  store = layout_open_fresh ();
  TEST_CALL (call);
  CU_ASSERT_EQUAL (take_over (20, &writer), 0);
  CU_ASSERT_EQUAL (put (writer, 0, "0123456789"), 0);
  CU_ASSERT_EQUAL (prove (writer, 0, 10), 0);
  hub_abandon (store, writer, 1);
  /* A file of another size under the same name.  */
  CU_ASSERT_EQUAL (take_over (21, &writer), 0);
  CHECK_STRING (proven (writer), "");
  CU_ASSERT_EQUAL (put (writer, 0, "0123456789"), 0);
  CU_ASSERT_EQUAL (prove (writer, 0, 10), 0);
  /* Begun again.  */
  CU_ASSERT_EQUAL (hub_restart (store, &call, writer), HFCORE_OK);
  CU_ASSERT_EQUAL (put (writer, 0, "012"), 0);
  hub_abandon (store, writer, 1);
  CU_ASSERT_EQUAL (take_over (21, &writer), 3);
  CHECK_STRING (proven (writer), "");
  CU_ASSERT_EQUAL (prove (writer, 0, 3), 0);
  CU_ASSERT_EQUAL (prove (writer, 3, 10), 0); /* a lie, or the disk lost it  */
  hub_abandon (store, writer, 1);
  CU_ASSERT_EQUAL (take_over (21, &writer), 0);
  CHECK_STRING (proven (writer), "");
  hub_abandon (store, writer, 0);
  /* Of unknown length.  */
  CU_ASSERT_EQUAL (take_over (UNKNOWN, &writer), 0);
  CU_ASSERT_EQUAL (prove (writer, 0, 0), HFCORE_E_UNSUPPORTED);
  hub_abandon (store, writer, 0);
  hub_store_close (store);
}

CHECK_MAIN ("hub layout: ranges", { "taken_over", test_taken_over },
            { "only_what_was_proven", test_only_what_was_proven },
            { "worth_nothing", test_worth_nothing })
