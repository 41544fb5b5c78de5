/* SPDX-License-Identifier: Apache-2.0 */
/* test_gaps.c: who brings which bytes of a file.  */
#include "core/engine/gaps.h"

#include <stdio.h>
#include <string.h>
#include "tests/check.h"

static struct gaps gaps;

/* "0-10:1 10-20:- …"  */
static const char *
told (void)
{
  static char text[1024];
  size_t len = 0;
  text[0] = 0;
  for (size_t i = 0; i < gaps.list.count; i++)
    {
      const struct gap *gap = &gaps.list.items[i];
      len += (size_t) snprintf (text + len, sizeof text - len, "%s%llu-%llu:", i ? " " : "",
                                (unsigned long long) gap->from, (unsigned long long) gap->to);
      len += (size_t) (gap->lane == GAPS_NOBODY
                           ? snprintf (text + len, sizeof text - len, "-")
                           : snprintf (text + len, sizeof text - len, "%d", gap->lane));
    }
  return text;
}

static int
take (int lane, uint64_t most, uint64_t least, uint64_t from, uint64_t to)
{
  uint64_t got_from = 0, got_to = 0;
  int got = gaps_take (&gaps, lane, most, least, &got_from, &got_to);
  CU_ASSERT_EQUAL (got_from, from);
  CU_ASSERT_EQUAL (got_to, to);
  return got;
}

static void
test_one_lane (void)
{
  CU_ASSERT_EQUAL (gaps_init (&gaps, 100), 0);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 0);
  CU_ASSERT_EQUAL (take (0, 60, 1, 0, 60), 1);
  CU_ASSERT_EQUAL (gaps_room (&gaps, 0), 60);
  gaps_wrote (&gaps, 0, 25);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 25);
  CU_ASSERT_EQUAL (gaps_bytes (&gaps), 75);
  CHECK_STRING (told (), "25-60:0 60-100:-");
  gaps_wrote (&gaps, 0, 35);
  CU_ASSERT_EQUAL (gaps_room (&gaps, 0), 0);
  CU_ASSERT_EQUAL (take (0, 60, 1, 60, 100), 1);
  gaps_wrote (&gaps, 0, 40);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 100);
  CU_ASSERT_EQUAL (gaps_bytes (&gaps), 0);
  CU_ASSERT_EQUAL (take (0, 60, 1, 0, 0), 0);
  gaps_free (&gaps);
}

static void
test_what_is_left_is_taken (void)
{
  CU_ASSERT_EQUAL (gaps_init (&gaps, 100), 0);
  CU_ASSERT_EQUAL (take (0, 30, 1, 0, 30), 1);
  CU_ASSERT_EQUAL (take (1, 30, 1, 30, 60), 1);
  gaps_wrote (&gaps, 1, 10);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 0);
  gaps_leave (&gaps, 1);
  CHECK_STRING (told (), "0-30:0 40-100:-");
  gaps_leave (&gaps, 0);
  CHECK_STRING (told (), "0-30:- 40-100:-");
  gaps_leave (&gaps, 7);
  /* Neither is a neighbour of the other.  */
  CU_ASSERT_EQUAL (take (2, 10, 1, 0, 10), 1);
  CU_ASSERT_EQUAL (take (3, 10, 1, 10, 20), 1);
  CU_ASSERT_EQUAL (take (4, 10, 1, 20, 30), 1);
  gaps_leave (&gaps, 3);
  gaps_leave (&gaps, 2);
  gaps_leave (&gaps, 4);
  CHECK_STRING (told (), "0-30:- 40-100:-");
  gaps_free (&gaps);
}

static void
test_halves (void)
{
  CU_ASSERT_EQUAL (gaps_init (&gaps, 100), 0);
  CU_ASSERT_EQUAL (take (0, 100, 10, 0, 100), 1);
  CU_ASSERT_EQUAL (take (1, 100, 10, 50, 100), 1);
  CU_ASSERT_EQUAL (gaps_room (&gaps, 0), 50);
  gaps_wrote (&gaps, 0, 20);
  /* The longest, and its second half.  */
  CU_ASSERT_EQUAL (take (2, 100, 10, 75, 100), 1);
  CU_ASSERT_EQUAL (take (3, 100, 10, 35, 50), 1);
  CHECK_STRING (told (), "20-35:0 35-50:3 50-75:1 75-100:2");
  CU_ASSERT_EQUAL (take (4, 100, 13, 0, 0), 0);
  /* More than there is room for is not written.  */
  gaps_wrote (&gaps, 0, 1000);
  CHECK_STRING (told (), "35-50:3 50-75:1 75-100:2");
  CU_ASSERT_EQUAL (gaps_front (&gaps), 35);
  gaps_free (&gaps);
  CU_ASSERT_EQUAL (gaps_init (&gaps, 1), 0);
  CU_ASSERT_EQUAL (take (0, 100, 0, 0, 1), 1);
  CU_ASSERT_EQUAL (take (1, 100, 0, 0, 0), 0);
  gaps_free (&gaps);
}

static void
test_filled_before (void)
{
  CU_ASSERT_EQUAL (gaps_init (&gaps, 100), 0);
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 20, 30), 0);
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 50, 60), 0);
  CHECK_STRING (told (), "0-20:- 30-50:- 60-100:-");
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 10, 55), 0);
  CHECK_STRING (told (), "0-10:- 60-100:-");
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 0, 5), 0);
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 95, 200), 0);
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 7, 7), 0);
  CHECK_STRING (told (), "5-10:- 60-95:-");
  CU_ASSERT_EQUAL (gaps_front (&gaps), 5);
  CU_ASSERT_EQUAL (gaps_fill (&gaps, 0, 100), 0);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 100);
  gaps_free (&gaps);
  CU_ASSERT_EQUAL (gaps_init (&gaps, 0), 0);
  CU_ASSERT_EQUAL (gaps_front (&gaps), 0);
  CU_ASSERT_EQUAL (take (0, 9, 1, 0, 0), 0);
  gaps_free (&gaps);
}

/* Lanes that come, write, go and are halved, by a fixed seed: every byte is brought once.  */
static void
test_every_byte_once (void)
{
  enum
  {
    LENGTH = 5000,
    LANES = 8
  };
  static unsigned char brought[LENGTH];
  uint64_t at[LANES];
  bool busy[LANES] = { false };
  unsigned seed = 12345;
  memset (brought, 0, sizeof brought);
  CU_ASSERT_EQUAL (gaps_init (&gaps, LENGTH), 0);
  for (int step = 0; step < 1000000 && gaps_bytes (&gaps) > 0; step++)
    {
      seed = seed * 1103515245 + 12345;
      unsigned dice = seed >> 16;
      int lane = (int) (dice % LANES);
      uint64_t to, len = dice % 23;
      if (!busy[lane])
        busy[lane] = gaps_take (&gaps, lane, 1 + dice % 700, 1 + dice % 5, &at[lane], &to) == 1;
      else if (dice % 29 == 0)
        {
          gaps_leave (&gaps, lane);
          busy[lane] = false;
        }
      else
        {
          uint64_t room = gaps_room (&gaps, lane);
          len = len < room ? len : room;
          for (uint64_t i = 0; i < len; i++)
            brought[at[lane]++]++;
          gaps_wrote (&gaps, lane, len);
          busy[lane] = gaps_room (&gaps, lane) > 0;
        }
      uint64_t front = gaps_front (&gaps);
      if (front < LENGTH && brought[front] != 0)
        CU_FAIL_FATAL ("the front is a byte that came");
    }
  CU_ASSERT_EQUAL (gaps_bytes (&gaps), 0);
  for (size_t i = 0; i < LENGTH; i++)
    if (brought[i] != 1)
      CU_FAIL_FATAL ("a byte came twice, or never");
  gaps_free (&gaps);
}

CHECK_MAIN ("gaps", { "one_lane", test_one_lane },
            { "what_is_left_is_taken", test_what_is_left_is_taken }, { "halves", test_halves },
            { "filled_before", test_filled_before }, { "every_byte_once", test_every_byte_once })
