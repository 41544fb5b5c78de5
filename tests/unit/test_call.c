/* SPDX-License-Identifier: Apache-2.0 */
/* test_call.c: one operation's arena, error and ways to stop, and the host's table over it.  */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/config/option_table.h"
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/util/clock.h"
#include "tests/check.h"

/* ---- the arena ---- */

static void
test_keep_copies (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  char text[] = "abcdef";
  char *copy = call_keep (&call, text, 3);
  text[0] = 'X';
  CHECK_STRING (copy, "abc");
  CHECK_STRING (call_keep (&call, NULL, 0), "");
  CU_ASSERT_PTR_NULL (call.overflow.blocks);
}

static void
test_keep_many (void)
{
  enum
  {
    RESULTS = 2000
  };
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  char *kept[RESULTS];
  for (int i = 0; i < RESULTS; i++)
    {
      char result[32];
      int len = snprintf (result, sizeof result, "result %d", i);
      kept[i] = call_keep (&call, result, (size_t) len);
      CU_ASSERT_EQUAL ((uintptr_t) kept[i] % _Alignof(max_align_t), 0);
    }
  CU_ASSERT_PTR_NOT_NULL (call.overflow.blocks);
  int wrong = 0;
  for (int i = 0; i < RESULTS; i++)
    {
      char expected[32];
      snprintf (expected, sizeof expected, "result %d", i);
      wrong += strcmp (kept[i], expected) != 0;
    }
  CU_ASSERT_EQUAL (wrong, 0);
}

static void
test_keep_large (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  const size_t len = 1 << 20;
  char *large = malloc (len);
  memset (large, 'y', len);
  char *small = call_keep (&call, "s", 1);
  char *copy = call_keep (&call, large, len);
  char *after = call_keep (&call, "a", 1);
  CU_ASSERT_EQUAL (memcmp (copy, large, len), 0);
  CU_ASSERT_EQUAL (copy[len], 0);
  CHECK_STRING (small, "s");
  CHECK_STRING (after, "a");
  free (large);
}

static void
test_keep_impossible (void)
{
  static const size_t lengths[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 5000, SIZE_MAX / 2 };
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    {
      CU_ASSERT_PTR_NULL (call_keep (&call, "x", lengths[i]));
      CU_ASSERT_EQUAL (call.error.code, HFCORE_E_NOMEM);
      CHECK_CONTAINS (call.error.message, "no memory for a result");
      call_reset (&call);
    }
}

/* ---- errors ---- */

static void
test_fail (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  call.error.os_errno = ENOENT;
  CU_ASSERT_EQUAL (call_fail (&call, HFCORE_E_DOWN, "no answer from %s", "here"), HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (call.error.size, sizeof call.error);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (call.error.os_errno, 0);
  CHECK_STRING (call.error.message, "no answer from here");
  CHECK_STRING (call.error.origin, "");
  call.origin = "cache (store)";
  call_fail (&call, HFCORE_E_IO, "again: %s", call.error.message);
  CHECK_STRING (call.error.message, "again: no answer from here");
  CHECK_STRING (call.error.origin, "cache (store)");
  CU_ASSERT_EQUAL (call.recorded, 2);
  call_forget (&call);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_OK);
  CHECK_STRING (call.error.message, "");
}

static void
test_fail_is_one_clean_line (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  call_fail (&call, HFCORE_E_IO, "%s", "red \033[31m\nsecond line\t\x9b");
  CU_ASSERT_PTR_NULL (strchr (call.error.message, '\n'));
  CU_ASSERT_PTR_NULL (strchr (call.error.message, '\033'));
  CHECK_CONTAINS (call.error.message, "second line");
  char long_text[3000];
  memset (long_text, 'z', sizeof long_text);
  long_text[sizeof long_text - 1] = 0;
  call_fail (&call, HFCORE_E_IO, "%s", long_text);
  CU_ASSERT_EQUAL (strlen (call.error.message), sizeof call.error.message - 1);
}

static void
test_fail_without_failure (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (call_fail (&call, HFCORE_OK, "what"), HFCORE_E_IO);
  CU_ASSERT_EQUAL (call_fail (&call, HFCORE_PASS, "what"), HFCORE_E_IO);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_E_IO);
}

static void
test_adopt (void)
{
  CLEANUP_CALL struct hfcore_call from, to;
  call_init (&from, NULL);
  call_init (&to, NULL);
  from.origin = "mirror (transport)";
  call_fail (&from, HFCORE_E_AUTH, "who are you");
  host_table.why (&from, 0, 401, 0, 0);
  CU_ASSERT_EQUAL (call_adopt_error (&to, &from), HFCORE_E_AUTH);
  CHECK_STRING (to.error.message, "who are you");
  CHECK_STRING (to.error.origin, "mirror (transport)");
  CU_ASSERT_EQUAL (to.error.http_status, 401);
  CU_ASSERT_EQUAL (to.recorded, 1);
}

static void
test_why (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  host_table.why (&call, ENOSPC, 500, 7, HFCORE_MISSING_REPO);
  CU_ASSERT_EQUAL (host_table.error (&call)->os_errno, 0);
  call_fail (&call, HFCORE_E_NOTFOUND, "gone");
  host_table.why (&call, 0, 404, 0, HFCORE_MISSING_REPO);
  host_table.why (&call, ENOENT, 0, 250, 0);
  const struct hfcore_error *error = host_table.error (&call);
  CU_ASSERT_EQUAL (error->os_errno, ENOENT);
  CU_ASSERT_EQUAL (error->http_status, 404);
  CU_ASSERT_EQUAL (error->retry_after_ms, 250);
  CU_ASSERT_EQUAL (error->missing, HFCORE_MISSING_REPO);
  host_table.forget (&call);
  CU_ASSERT_EQUAL (error->code, HFCORE_OK);
  CU_ASSERT_EQUAL (error->http_status, 0);
}

/* ---- stopping ---- */

static int
watch (void *ctx, uint64_t done, uint64_t total)
{
  uint64_t *seen = ctx;
  seen[0] = done;
  seen[1] = total;
  return done >= 10;
}

static void
test_tick_progress (void)
{
  CLEANUP_CALL struct hfcore_call call;
  uint64_t seen[2] = { 0 };
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (call_tick (&call, 1, 2), 0);
  call.progress = watch;
  call.progress_ctx = seen;
  CU_ASSERT_EQUAL (call_tick (&call, 9, 20), 0);
  CU_ASSERT_EQUAL (seen[0], 9);
  CU_ASSERT_EQUAL (seen[1], 20);
  CU_ASSERT_EQUAL (call_tick (&call, 10, 20), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (call.stopped, HFCORE_E_CANCELLED);
  CHECK_STRING (call.error.message, "stopped");
  CU_ASSERT_EQUAL (call_tick (&call, 1, 20), 0);
  CU_ASSERT_EQUAL (call.stopped, 0);
}

static void
test_tick_cancel (void)
{
  CLEANUP_CALL struct hfcore_call call;
  atomic_int cancel = 0;
  call_init (&call, &cancel);
  CU_ASSERT_EQUAL (host_table.tick (&call, 0, 0), 0);
  CU_ASSERT_FALSE (call_cancelled (&call));
  atomic_store (&cancel, 1);
  CU_ASSERT_TRUE (call_cancelled (&call));
  CU_ASSERT_EQUAL (host_table.tick (&call, 0, 0), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_E_CANCELLED);
}

static void
test_tick_deadline (void)
{
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (host_table.time_left_ms (&call), -1);
  call.deadline_ms = clock_now_ms () + 60000;
  CU_ASSERT_EQUAL (call_tick (&call, 0, 0), 0);
  int64_t left = host_table.time_left_ms (&call);
  CU_ASSERT_TRUE (left > 50000 && left <= 60000);
  call.deadline_ms = clock_now_ms () - 1;
  CU_ASSERT_EQUAL (host_table.time_left_ms (&call), 0);
  CU_ASSERT_EQUAL (call_tick (&call, 0, 0), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (call.error.os_errno, ETIMEDOUT);
  CHECK_STRING (call.error.message, "timed out");
}

static void
test_reset (void)
{
  CLEANUP_CALL struct hfcore_call call;
  atomic_int cancel = 0;
  uint64_t seen[2];
  call_init (&call, &cancel);
  call.deadline_ms = 1;
  call.progress = watch;
  call.progress_ctx = seen;
  call_tick (&call, 0, 0);
  for (int i = 0; i < 100; i++)
    call_keep (&call, "0123456789abcdef", 16);
  call_reset (&call);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (call.stopped, 0);
  CU_ASSERT_PTR_NULL (call.overflow.blocks);
  CU_ASSERT_EQUAL (call.inline_used, 0);
  CU_ASSERT_EQUAL (call.deadline_ms, 1);
  CU_ASSERT_PTR_EQUAL (call.cancel, &cancel);
  CU_ASSERT_PTR_EQUAL (call.progress, watch);
}

/* ---- the rest of the host's table ---- */

struct heard
{
  int count, level;
  char line[4096];
};

static void
hear (void *ctx, int level, const char *line)
{
  struct heard *heard = ctx;
  heard->count++;
  heard->level = level;
  snprintf (heard->line, sizeof heard->line, "%s", line);
}

static void
test_log (void)
{
  struct heard heard = { 0 };
  const struct host_log log = { .write = hear, .ctx = &heard, .level = HFCORE_LOG_INFO };
  struct hfcore_journal journal = { .log = &log, .instance = "cache" };
  host_table.log (&journal, HFCORE_LOG_INFO, "read %d\nbytes \033[2J", 3);
  CHECK_STRING (heard.line, "[cache] read 3?bytes ?[2J");
  CU_ASSERT_EQUAL (heard.level, HFCORE_LOG_INFO);
  host_table.log (&journal, HFCORE_LOG_DEBUG, "not wanted");
  CU_ASSERT_EQUAL (heard.count, 1);
  host_table.log (&journal, -5, "urgent");
  CU_ASSERT_EQUAL (heard.level, HFCORE_LOG_ERROR);
  host_table.log (&journal, 99, "not urgent");
  CU_ASSERT_EQUAL (heard.count, 2);
  host_log (&log, HFCORE_LOG_WARNING, "%s", "from the host");
  CHECK_STRING (heard.line, "from the host");
}

static void
test_log_long_line (void)
{
  struct heard heard = { 0 };
  const struct host_log log = { .write = hear, .ctx = &heard, .level = HFCORE_LOG_INFO };
  struct hfcore_journal journal = { .log = &log, .instance = "cache" };
  char text[5000];
  memset (text, 'w', sizeof text);
  text[sizeof text - 1] = 0;
  host_table.log (&journal, HFCORE_LOG_INFO, "%s", text);
  CU_ASSERT_EQUAL (heard.count, 1);
  CU_ASSERT_TRUE (strlen (heard.line) > 1000 && strlen (heard.line) < 2100);
}

static void
test_log_nowhere (void)
{
  const struct host_log silent = { .level = HFCORE_LOG_DEBUG };
  struct hfcore_journal journals[] = { { .instance = "a" }, { .log = &silent, .instance = "b" } };
  for (size_t i = 0; i < 2; i++)
    {
      CU_ASSERT_FALSE (host_log_wants (journals[i].log, HFCORE_LOG_ERROR));
      host_table.log (&journals[i], HFCORE_LOG_ERROR, "unheard");
    }
}

static void
test_options (void)
{
  char a[] = "/a", x[] = "x", y[] = "y", limit[] = "2KB";
  char *roots[] = { a }, *tags[] = { x, y }, *limits[] = { limit };
  struct option_value values[] = { { .key = "root", .items = roots, .count = 1 },
                                   { .key = "tags", .items = tags, .count = 2 },
                                   { .key = "limit", .items = limits, .count = 1, .number = 2000 },
                                   { .key = "unset" } };
  const struct hfcore_settings settings = { .values = values, .count = 4 };
  CHECK_STRING (host_table.text (&settings, "root"), "/a");
  CHECK_STRING (host_table.item (&settings, "tags", 1), "y");
  CU_ASSERT_PTR_NULL (host_table.item (&settings, "tags", 2));
  CU_ASSERT_EQUAL (host_table.number (&settings, "limit"), 2000);
  CU_ASSERT_PTR_NULL (host_table.text (&settings, "unset"));
  CU_ASSERT_EQUAL (host_table.number (&settings, "unset"), 0);
  CU_ASSERT_PTR_NULL (host_table.text (&settings, "undeclared"));
  CU_ASSERT_EQUAL (host_table.number (&settings, "undeclared"), 0);
  CU_ASSERT_EQUAL (host_table.size, sizeof host_table);
  CU_ASSERT_EQUAL (host_table.abi_minor, HFCORE_ABI_MINOR);
}

CHECK_MAIN ("call", { "keep copies", test_keep_copies }, { "keep many", test_keep_many },
            { "keep large", test_keep_large }, { "keep the impossible", test_keep_impossible },
            { "fail", test_fail }, { "fail: one clean line", test_fail_is_one_clean_line },
            { "fail without a failure", test_fail_without_failure }, { "adopt", test_adopt },
            { "why", test_why }, { "tick: progress", test_tick_progress },
            { "tick: cancel", test_tick_cancel }, { "tick: deadline", test_tick_deadline },
            { "reset", test_reset }, { "log", test_log }, { "log: long line", test_log_long_line },
            { "log nowhere", test_log_nowhere }, { "options", test_options })
