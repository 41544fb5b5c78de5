/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_journal.c: what is remembered of a partial that was not written in order.  */
#include "plugins/hub-layout/hub_journal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "tests/check.h"

#define SIZE 1000

/* "CODE 0-10 20-30"  */
static const char *
read_text (const char *text)
{
  static char told[256];
  struct hub_ranges ranges;
  int found = hub_journal_read (check_write ("record", text), SIZE, &ranges);
  size_t len = (size_t) snprintf (told, sizeof told, "%d", found);
  for (size_t i = 0; i < ranges.count; i++)
    len += (size_t) snprintf (told + len, sizeof told - len, " %d-%d", (int) ranges.items[i].from,
                              (int) ranges.items[i].to);
  free (ranges.items);
  return told;
}

static void
test_read (void)
{
  CHECK_STRING (read_text (""), "0");
  CHECK_STRING (read_text ("ranges of 1000\n"), "1");
  CHECK_STRING (read_text ("ranges of 1000\n0 10\n20 10\n"), "1 0-10 20-30");
  /* In any order, touching, within each other.  */
  CHECK_STRING (read_text ("ranges of 1000\n20 10\n0 20\n500 100\n450 60\n510 5\n"),
                "1 0-30 450-600");
}

static void
test_what_a_crash_leaves (void)
{
  CHECK_STRING (read_text ("ranges of 1000\n0 10\n20 10"), "1 0-10");
  CHECK_STRING (read_text ("ranges of 1000\n0 10\n2\n30 5\n"), "1 0-10 30-35");
  CHECK_STRING (read_text ("ranges of 1000\n0 10\n20 \n30 5\n"), "1 0-10 30-35");
  CHECK_STRING (read_text ("ranges of 1000\n\377\001 \n-5 7\n 5 7\n5  7\n5 7 \n5 +7\n"), "1");
  CHECK_STRING (read_text ("ranges of 1000\n990 11\n1001 0\n1000 1\n5 0\n"), "1");
  CHECK_STRING (read_text ("ranges of 1000\n18446744073709551615 2\n1 18446744073709551615\n"
                           "99999999999999999999 1\n999 1\n"),
                "1 999-1000");
  CHECK_STRING (read_text ("ranges of 10"), "-1");
  CHECK_STRING (read_text ("ranges of 1001\n0 10\n"), "-1");
  CHECK_STRING (read_text ("\n0 10\n"), "-1");
  CHECK_STRING (read_text ("ranges of x\n0 10\n"), "-1");
}

static void
test_write (void)
{
  const char *record = check_write ("record", "");
  struct hub_ranges ranges;
  CLEANUP_CLOSE int journal = hub_journal_open (record, SIZE);
  CU_ASSERT_FATAL (journal >= 0);
  CU_ASSERT_EQUAL (hub_journal_add (journal, 500, 100), 0);
  CU_ASSERT_EQUAL (hub_journal_add (journal, 0, 7), 0);
  CHECK_STRING (check_read (record), "ranges of 1000\n500 100\n0 7\n");
  CU_ASSERT_EQUAL (hub_journal_read (record, SIZE, &ranges), 1);
  CU_ASSERT_EQUAL (ranges.count, 2);
  free (ranges.items);
  CU_ASSERT_EQUAL (hub_journal_read (record, SIZE + 1, &ranges), -1);
  CU_ASSERT_EQUAL (hub_journal_read (check_path ("none"), SIZE, &ranges), -1);
}

static void
test_go_on (void)
{
  const char *record = check_write ("record", "ranges of 1000\n500 100\n12");
  CLEANUP_CLOSE int journal = hub_journal_open (record, SIZE);
  CU_ASSERT_FATAL (journal >= 0);
  CU_ASSERT_EQUAL (hub_journal_add (journal, 0, 7), 0);
  CHECK_STRING (check_read (record), "ranges of 1000\n500 100\n12\n0 7\n");
  CHECK_STRING (read_text (check_read (record)), "1 0-7 500-600");
  CU_ASSERT_EQUAL (symlink (record, check_path ("link")), 0);
  CU_ASSERT_EQUAL (hub_journal_open (check_path ("link"), SIZE), -1);
}

CHECK_MAIN ("hub layout: journal", { "read", test_read },
            { "what_a_crash_leaves", test_what_a_crash_leaves }, { "write", test_write },
            { "go_on", test_go_on })
