/* SPDX-License-Identifier: Apache-2.0 */
/* test_retry.c: how long to wait before asking again.  */
#include "core/engine/retry.h"

#include "tests/check.h"

static void
test_doubles_up_to_the_most (void)
{
  static const int64_t expected[] = { 1000, 2000, 4000, 8000, 8000 };
  for (unsigned retry = 0; retry < 5; retry++)
    CU_ASSERT_EQUAL (retry_pause_ms (retry, 5, 1000, 8000, 0), expected[retry]);
  CU_ASSERT_EQUAL (retry_pause_ms (1, 5, 3, 5, 0), 5);
}

static void
test_gives_up (void)
{
  CU_ASSERT_EQUAL (retry_pause_ms (5, 5, 1000, 8000, 0), -1);
  CU_ASSERT_EQUAL (retry_pause_ms (6, 5, 1000, 8000, 0), -1);
  CU_ASSERT_EQUAL (retry_pause_ms (0, 0, 1000, 8000, 0), -1);
  CU_ASSERT_EQUAL (retry_pause_ms (2, 2, 1000, 8000, 30), -1);
}

static void
test_the_peer_decides (void)
{
  CU_ASSERT_EQUAL (retry_pause_ms (0, 5, 1000, 8000, 30000), 30000);
  CU_ASSERT_EQUAL (retry_pause_ms (3, 5, 1000, 8000, 1), 1);
  CU_ASSERT_EQUAL (retry_pause_ms (0, 5, 1000, 8000, 3600 * 1000), 3600 * 1000);
  CU_ASSERT_EQUAL (retry_pause_ms (0, 5, 1000, 8000, UINT32_MAX), 3600 * 1000);
}

static void
test_odd_settings (void)
{
  CU_ASSERT_EQUAL (retry_pause_ms (4, 5, 0, 8000, 0), 0);
  CU_ASSERT_EQUAL (retry_pause_ms (0, 5, 9000, 8000, 0), 8000);
  CU_ASSERT_EQUAL (retry_pause_ms (99, 100, 1, INT32_MAX, 0), INT32_MAX);
  CU_ASSERT_EQUAL (retry_pause_ms (99, 100, INT32_MAX, INT32_MAX, 0), INT32_MAX);
  CU_ASSERT_EQUAL (retry_pause_ms (0, 5, 10, 0, 0), 0);
}

CHECK_MAIN ("retry", { "doubles up to the most", test_doubles_up_to_the_most },
            { "gives up", test_gives_up }, { "the peer decides", test_the_peer_decides },
            { "odd settings", test_odd_settings })
