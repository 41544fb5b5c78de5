/* SPDX-License-Identifier: Apache-2.0 */
/* transport-hub: `read`: ranges, redirects, credentials, broken bodies, stopping.  */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/names.h"
#include "tests/contract/hub_fixture.h"

#define CLEANUP_BYTES __attribute__ ((cleanup (test_bytes_free)))
#define ALL           HFCORE_SIZE_UNKNOWN
#define PLAIN_SIZE    500000 /* of plain.dat, seed 9  */

/* Are the bytes those of the file from `offset` on?  */
static bool
is_part (const struct test_bytes *got, uint64_t seed, uint64_t offset, size_t len)
{
  if (got->len != len)
    return false;
  for (size_t i = 0; i < len; i++)
    if ((unsigned char) got->bytes[i] != fixture_byte (seed, offset + i))
      return false;
  return true;
}

/* Read from a server that says these words.  */
static int
read_words (const char *const *answers, uint64_t offset, uint64_t length, struct test_bytes *got,
            struct hfcore_error *error)
{
  CLEANUP_FIXTURE struct fixture f = { 0 };
  struct test_words *words = test_words_start (answers, false);
  call_init (&f.call, NULL);
  test_bytes_init (got);
  fixture_open_words (&f.transport, words);
  int code = fixture_read (&f, "config.json", NULL, offset, length, got);
  *error = f.call.error;
  test_words_stop (words);
  return code;
}

/* ---- what comes ---- */

static void
test_whole_file (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.len, 9);
  CU_ASSERT (memcmp (got.bytes, "{\"a\": 1}\n", 9) == 0);
  CU_ASSERT_EQUAL (got.offset, 0);
  CU_ASSERT_EQUAL (got.total, 9);
  CU_ASSERT_EQUAL (got.abouts, 1);
  CU_ASSERT_EQUAL (got.begins, 1);
  CU_ASSERT (got.about_came_first);
  CHECK_STRING (got.info.commit, FIXTURE_NEW);
  CHECK_STRING (got.info.path, "config.json");
  CU_ASSERT_EQUAL (strlen (got.info.etag), 40);
  CU_ASSERT_EQUAL (got.info.length, 9);
  CLEANUP_FREE char *log = test_hub_log (f.hub);
  CHECK_CONTAINS (log, "\"range\": null");
  CHECK_CONTAINS (log, "\"accept_encoding\": \"identity\"");
  CHECK_CONTAINS (log, "\"auth_ok\": true");
}

static void
test_empty_file (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "empty.txt", NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.len, 0);
  CU_ASSERT_EQUAL (got.begins, 1);
  CU_ASSERT_EQUAL (got.total, 0);
  /* No bytes wanted: nothing is asked.  */
  test_hub_clear (f.hub);
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 3, 0, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.begins, 2);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 0);
}

static void
test_ranges (void)
{
  static const struct
  {
    uint64_t offset, length;
    const char *header;
    size_t len;
  } rows[] = {
    { 1000, ALL, "bytes=1000-", PLAIN_SIZE - 1000 },
    { 1000, 5000, "bytes=1000-5999", 5000 },
    { 0, 1, "bytes=0-0", 1 },
    { PLAIN_SIZE - 1, ALL, "bytes=499999-", 1 },
    { 400000, 1000000, "bytes=400000-1399999", 100000 },
  };
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      test_hub_clear (f.hub);
      CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, rows[i].offset, rows[i].length, &got),
                       HFCORE_OK);
      CU_ASSERT_EQUAL (got.offset, rows[i].offset);
      CU_ASSERT_EQUAL (got.total, PLAIN_SIZE);
      CU_ASSERT_EQUAL (got.info.length, PLAIN_SIZE);
      CU_ASSERT (is_part (&got, 9, rows[i].offset, rows[i].len));
      CLEANUP_FREE char *log = test_hub_log (f.hub);
      CHECK_CONTAINS (log, rows[i].header);
    }
}

static void
test_ignored_range (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  test_hub_fault (f.hub, "norange");
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 1000, ALL, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.offset, 0);
  CU_ASSERT_EQUAL (got.total, PLAIN_SIZE);
  CU_ASSERT (is_part (&got, 9, 0, PLAIN_SIZE));
}

static void
test_beyond_the_end (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, PLAIN_SIZE, ALL, &got), HFCORE_E_CONFLICT);
  CU_ASSERT_EQUAL (f.call.error.http_status, 416);
  CHECK_CONTAINS (f.call.error.message, "416");
  CU_ASSERT_EQUAL (got.begins, 0);
}

static void
test_parts_must_be_named (void)
{
  static const struct
  {
    const char *answers[2];
    uint64_t offset, length;
    int code;
    size_t len;
  } rows[] = {
    /* No Content-Range, a multipart one, and one of an encoded form.  */
    { { "HTTP/1.1 206 OK\r\nContent-Length: 3\r\n\r\nabc" }, 2, ALL, HFCORE_E_DOWN, 0 },
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 5-2/9\r\nContent-Length: 3\r\n\r\nabc" },
      2,
      ALL,
      HFCORE_E_DOWN,
      0 },
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-4/5\r\nContent-Encoding: gzip\r\n"
        "Content-Length: 3\r\n\r\nabc" },
      2,
      ALL,
      HFCORE_E_DOWN,
      0 },
    /* Another part than asked for: told as it is.  */
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-2/5\r\nContent-Length: 3\r\n\r\nabc" },
      2,
      ALL,
      HFCORE_OK,
      3 },
    /* More than asked for: the sink gets what it wants.  */
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nabc" },
      2,
      2,
      HFCORE_OK,
      2 },
    /* Fewer and more bytes than the range says.  */
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-9/10\r\nContent-Length: 3\r\n\r\nabc" },
      2,
      ALL,
      HFCORE_E_RETRY,
      3 },
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-3/5\r\n\r\nabc" }, 2, ALL, HFCORE_E_DOWN, 0 },
    /* An unknown total.  */
    { { "HTTP/1.1 206 OK\r\nContent-Range: bytes 2-4/*\r\nContent-Length: 3\r\n\r\nabc" },
      2,
      ALL,
      HFCORE_OK,
      3 },
    { { "HTTP/1.1 204 Nothing\r\n\r\n" }, 0, ALL, HFCORE_E_DOWN, 0 },
    { { "HTTP/1.1 304 Same\r\n\r\n" }, 0, ALL, HFCORE_E_DOWN, 0 },
    { { "HTTP/1.1 302 Where\r\nContent-Length: 0\r\n\r\n" }, 0, ALL, HFCORE_E_DOWN, 0 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      struct hfcore_error error;
      int code = read_words (rows[i].answers, rows[i].offset, rows[i].length, &got, &error);
      if (code != rows[i].code || got.len != rows[i].len)
        fprintf (stderr, "row %zu: code %d, %zu bytes, %s\n", i, code, got.len, error.message);
      CU_ASSERT_EQUAL (code, rows[i].code);
      CU_ASSERT_EQUAL (got.len, rows[i].len);
    }
}

static void
test_coded_answers (void)
{
  /* "hello" and a newline  */
  static const char *const coded[] = { "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                                       "Content-Length: "
                                       "26\r\n\r\n\037\213\010\376\376\376\376\376\002\377\313\110"
                                       "\315\311\311\347\002\376\040\060\072\066\006\376\376\376",
                                       NULL };
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  CLEANUP_BYTES struct test_bytes decoded;
  struct hfcore_error error;
  fixture_begin (&f);
  test_bytes_init (&got);
  /* The test Hub compresses for those who accept that; we do not.  */
  test_hub_fault (f.hub, "gzip");
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.total, 9);
  /* A server that does it all the same is understood, and its length is not the file's.  */
  CU_ASSERT_EQUAL (read_words (coded, 0, ALL, &decoded, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (decoded.total, HFCORE_SIZE_UNKNOWN);
  CU_ASSERT_EQUAL (decoded.info.length, HFCORE_SIZE_UNKNOWN);
  CU_ASSERT (decoded.len == 6 && memcmp (decoded.bytes, "hello\n", 6) == 0);
  /* And one that only says so is not.  */
  test_hub_fault (f.hub, "header=Content-Encoding:gzip");
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, ALL, &got), HFCORE_E_DOWN);
}

/* ---- where the bytes are, and who may know us ---- */

static void
test_token_stays_home (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, FIXTURE_LFS, NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT (is_part (&got, FIXTURE_LFS_SEED, 0, FIXTURE_LFS_SIZE));
  CHECK_STRING (got.info.commit, FIXTURE_NEW);
  CU_ASSERT (got.info.etag && names_is_sha256 (got.info.etag));
  CU_ASSERT_EQUAL (got.info.length, FIXTURE_LFS_SIZE);
  CLEANUP_FREE char *log = test_hub_log (f.hub);
  CHECK_CONTAINS (log, "\"origin\": \"hub\", \"method\": \"GET\"");
  CHECK_CONTAINS (log, "\"auth\": true, \"auth_ok\": true");
  char *cdn = strstr (log, "\"origin\": \"cdn\"");
  CU_ASSERT_PTR_NOT_NULL_FATAL (cdn);
  CHECK_CONTAINS (cdn, "\"auth\": false");
  CU_ASSERT_PTR_NULL (strstr (cdn, "\"auth\": true"));
}

static void
test_location (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  struct hfcore_file_info info;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL_FATAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_OK);
  CLEANUP_FREE char *location = strdup (info.location);
  test_hub_clear (f.hub);
  CU_ASSERT_EQUAL (fixture_read (&f, FIXTURE_LFS, location, 100, 200, &got), HFCORE_OK);
  CU_ASSERT (is_part (&got, FIXTURE_LFS_SEED, 100, 200));
  /* The Hub itself was not asked: what another origin says names nothing.  */
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 1);
  CU_ASSERT_EQUAL (got.abouts, 1);
  CU_ASSERT_PTR_NULL (got.info.etag);
  CU_ASSERT_PTR_NULL (got.info.commit);
  CU_ASSERT_EQUAL (got.info.length, HFCORE_SIZE_UNKNOWN);
}

static void
test_expired_location (void)
{
  static const char *const statuses[]
      = { "status=401,origin=cdn", "status=403,origin=cdn", "status=404,origin=cdn",
          "status=410,origin=cdn", "status=503,origin=cdn" };
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      test_hub_clear (f.hub);
      test_hub_fault (f.hub, statuses[i]);
      CU_ASSERT_EQUAL (fixture_read (&f, FIXTURE_LFS, NULL, 0, ALL, &got), HFCORE_E_RETRY);
      CU_ASSERT_EQUAL (got.begins, 0);
      /* A signed address is a secret: nothing behind its `?` is shown.  */
      CU_ASSERT_PTR_NULL (strchr (f.call.error.message, '?'));
      CHECK_CONTAINS (f.call.error.message, f.hub->cdn);
    }
}

static void
test_renamed (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  struct hfcore_repo repo = { .size = sizeof repo, .type = "model", .id = "org/old" };
  struct hfcore_read request = {
    .size = sizeof request, .repo = &repo, .commit = "main", .path = "config.json", .length = ALL
  };
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (f.transport.ops->read (f.transport.self, &f.call, &request, &got.sink), 0);
  CU_ASSERT_EQUAL (got.len, 9);
  CHECK_STRING (got.info.commit, FIXTURE_NEW);
  /* The token goes along on the same origin.  */
  CLEANUP_FREE char *log = test_hub_log (f.hub);
  CU_ASSERT_PTR_NULL (strstr (log, "\"auth\": false"));
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "GET", ""), 2);
}

/* What the Hub said of the file counts, not what a store behind the same host says.  */
static void
test_store_at_home (void)
{
  static const char *const answers[]
      = { "HTTP/1.1 302 Found\r\nX-Repo-Commit: " FIXTURE_OLD "\r\nX-Linked-Etag: \"linked\"\r\n"
          "X-Linked-Size: 5\r\nLocation: /store/x?sig=1\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nETag: \"md5-of-it\"\r\nContent-Length: 5\r\n\r\nhello", NULL };
  CLEANUP_BYTES struct test_bytes got;
  struct hfcore_error error;
  CU_ASSERT_EQUAL (read_words (answers, 0, ALL, &got, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (got.len, 5);
  CHECK_STRING (got.info.etag, "linked");
  CHECK_STRING (got.info.commit, FIXTURE_OLD);
  CU_ASSERT_EQUAL (got.info.length, 5);
}

static void
test_bad_redirects (void)
{
  static const char *const faults[]
      = { "redirect=ftp://127.0.0.1/file", "redirect=file:///etc/passwd",
          "redirect=gopher://127.0.0.1/x", "redirect=http://user:pw@localhost:1/x",
          "redirect=http://[broken",       "redirect_loop",
          "redirect_loop=relative",        "redirect=http://" };
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      test_hub_clear (f.hub);
      test_hub_fault (f.hub, faults[i]);
      int code = fixture_read (&f, "config.json", NULL, 0, ALL, &got);
      if (code != HFCORE_E_DOWN)
        fprintf (stderr, "%s: code %d\n", faults[i], code);
      CU_ASSERT_EQUAL (code, HFCORE_E_DOWN);
      CHECK_CONTAINS (f.call.error.message, "redirects");
      CU_ASSERT (test_hub_count (f.hub, "", "") <= 21);
      CU_ASSERT_EQUAL (got.abouts + got.begins, 0);
    }
}

static void
test_hostile_etag (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  test_hub_fault (f.hub, "etag=\"../../../evil\"");
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, ALL, &got), HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (got.abouts + got.begins, 0);
}

static void
test_missing_file (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "no/such", NULL, 0, ALL, &got), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_FILE);
  CU_ASSERT_EQUAL (got.begins, 0);
}

/* ---- broken bodies ---- */

static void
test_cut (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  test_hub_fault (f.hub, "cut=100000");
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &got), HFCORE_E_RETRY);
  CU_ASSERT (is_part (&got, 9, 0, 100000));
  CHECK_CONTAINS (f.call.error.message, f.hub->endpoint);
  test_hub_clear (f.hub);
  test_hub_fault (f.hub, "drop");
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &got), HFCORE_E_RETRY);
}

static void
test_cut_chunks (void)
{
  static const char *const cut[]
      = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", NULL };
  static const char *const whole[] = { "HTTP/1.1 100 Continue\r\nX-Repo-Commit: none\r\n\r\n"
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\n5\r\nhello\r\n0\r\nETag: \"../x\"\r\n\r\n",
                                       NULL };
  CLEANUP_BYTES struct test_bytes got;
  CLEANUP_BYTES struct test_bytes again;
  struct hfcore_error error;
  CU_ASSERT_EQUAL (read_words (cut, 0, ALL, &got, &error), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (got.len, 5);
  CU_ASSERT_EQUAL (got.total, HFCORE_SIZE_UNKNOWN);
  CU_ASSERT_EQUAL (read_words (whole, 0, ALL, &again, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (again.len, 5);
  CU_ASSERT_PTR_NULL (again.info.etag);
}

static void
test_stall_times_out (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  fixture_begin (&f);
  test_bytes_init (&got);
  test_close (&f.transport);
  fixture_open (&f.transport, "download-timeout", "300ms", NULL);
  test_hub_fault (f.hub, "stall=50000");
  int64_t start = clock_now_ms ();
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &got), HFCORE_E_RETRY);
  CU_ASSERT (clock_now_ms () - start >= 300);
  CU_ASSERT (clock_now_ms () - start < 20000);
  CU_ASSERT_EQUAL (got.len, 50000);
  CHECK_CONTAINS (f.call.error.message, "0.3 seconds");
}

static void
test_slow_is_not_silent (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_BYTES struct test_bytes got;
  struct test_hub slow;
  char endpoint[64];
  fixture_begin (&f);
  test_bytes_init (&got);
  test_close (&f.transport);
  /* 500 KB at 400 KB/s take longer than the timeout, but bytes keep coming.  */
  test_hub_start (&slow, fixture_manifest (), "--rate", "400000", NULL);
  snprintf (endpoint, sizeof endpoint, "%s", slow.endpoint);
  test_open (&f.transport, "transport-hub", "endpoint", endpoint, "download-timeout", "600ms",
             NULL);
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT (is_part (&got, 9, 0, PLAIN_SIZE));
  test_hub_stop (&slow);
}

/* ---- stopping ---- */

static void
test_sink_stops (void)
{
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (int where = 0; where < 3; where++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      int *stops[] = { &got.stop_about, &got.stop_begin, &got.stop_data };
      *stops[where] = where ? -77 : 4711;
      got.stop_after = 30000;
      int code = fixture_read (&f, "plain.dat", NULL, 0, ALL, &got);
      CU_ASSERT_EQUAL (code, *stops[where]);
      /* It says nothing of its own.  */
      CU_ASSERT_EQUAL (f.call.error.code, 0);
      CU_ASSERT_EQUAL (got.begins, where > 0);
      CU_ASSERT (got.len < 100000);
    }
  /* The instance is as good as before.  */
  CLEANUP_BYTES struct test_bytes got;
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &got), HFCORE_OK);
  CU_ASSERT (is_part (&got, 9, 0, PLAIN_SIZE));
}

struct cancelling
{
  struct test_bytes bytes;
  atomic_int cancel;
  atomic_int has_stalled;
  int64_t cancelled_ms;
};

static int
see_stall (void *ctx, uint64_t done, uint64_t total)
{
  struct cancelling *cancelling = ctx;
  if (done == 50000 && total == PLAIN_SIZE)
    atomic_store (&cancelling->has_stalled, 1);
  return 0;
}

static void *
cancel_when_stalled (void *ctx)
{
  struct cancelling *cancelling = ctx;
  while (!atomic_load (&cancelling->has_stalled))
    clock_sleep_ms (1);
  cancelling->cancelled_ms = clock_now_ms ();
  atomic_store (&cancelling->cancel, 1);
  return NULL;
}

static void
test_cancel_while_stalled (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct cancelling cancelling = { 0 };
  pthread_t thread;
  fixture_begin (&f);
  test_bytes_init (&cancelling.bytes);
  test_hub_fault (f.hub, "stall=50000");
  f.call.cancel = &cancelling.cancel;
  f.call.progress = see_stall;
  f.call.progress_ctx = &cancelling;
  pthread_create (&thread, NULL, cancel_when_stalled, &cancelling);
  CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, ALL, &cancelling.bytes),
                   HFCORE_E_CANCELLED);
  int64_t took = clock_now_ms () - cancelling.cancelled_ms;
  pthread_join (thread, NULL);
  /* 100 ms is the promise; the rest is for slow machines.  */
  CU_ASSERT (took < 400);
  CU_ASSERT_EQUAL (cancelling.bytes.len, 50000);
  test_bytes_free (&cancelling.bytes);
}

/* ---- connections ---- */

static void
test_connection_is_reused (void)
{
  static const char *const answers[]
      = { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL };
  CLEANUP_FIXTURE struct fixture f;
  struct test_words *words = test_words_start (answers, true);
  call_init (&f.call, NULL);
  fixture_open_words (&f.transport, words);
  for (int i = 0; i < 20; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, ALL, &got), HFCORE_OK);
      CU_ASSERT_EQUAL (got.len, 5);
    }
  CU_ASSERT_EQUAL (test_words_connections (words), 1);
  test_words_stop (words);
}

/* A handle that never got to a connection is as good as before.  */
static void
test_after_refusal (void)
{
  static const char *const dead[] = { "http://127.0.0.1:1/x", "http://no-such-host.invalid/x" };
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      test_bytes_init (&got);
      CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", dead[i], 0, ALL, &got), HFCORE_E_RETRY);
      CU_ASSERT_EQUAL (fixture_read (&f, "plain.dat", NULL, 0, PLAIN_SIZE, &got), HFCORE_OK);
      CU_ASSERT (is_part (&got, 9, 0, PLAIN_SIZE));
    }
}

#define READERS 8

static struct test_transport *shared;
static atomic_int wrong;

static void *
read_often (void *ctx)
{
  (void) ctx;
  for (int i = 0; i < 6; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      CLEANUP_CALL struct hfcore_call call;
      struct hfcore_file_info info = { .size = sizeof info };
      struct hfcore_read request = { .size = sizeof request,
                                     .repo = &fixture_model,
                                     .commit = FIXTURE_NEW,
                                     .path = i % 2 ? FIXTURE_LFS : "plain.dat",
                                     .length = ALL };
      test_bytes_init (&got);
      call_init (&call, NULL);
      int code
          = shared->ops->resolve (shared->self, &call, &fixture_model, "main", request.path, &info);
      request.location = i % 3 ? info.location : NULL;
      if (!code)
        code = shared->ops->read (shared->self, &call, &request, &got.sink);
      if (code
          || !is_part (&got, i % 2 ? FIXTURE_LFS_SEED : 9, 0,
                       i % 2 ? FIXTURE_LFS_SIZE : PLAIN_SIZE))
        atomic_fetch_add (&wrong, 1);
    }
  return NULL;
}

static void
test_many_threads (void)
{
  CLEANUP_FIXTURE struct fixture f;
  pthread_t threads[READERS];
  fixture_begin (&f);
  test_hub_fault (f.hub, "header=X-HF-Warning:a; b");
  shared = &f.transport;
  atomic_store (&wrong, 0);
  for (int i = 0; i < READERS; i++)
    pthread_create (&threads[i], NULL, read_often, NULL);
  for (int i = 0; i < READERS; i++)
    pthread_join (threads[i], NULL);
  CU_ASSERT_EQUAL (atomic_load (&wrong), 0);
  CHECK_STRING (test_log (), "1 [test] the server warns: b\n");
}

CHECK_MAIN ("transport-hub: read", { "whole_file", test_whole_file },
            { "empty_file", test_empty_file }, { "ranges", test_ranges },
            { "ignored_range", test_ignored_range }, { "beyond_the_end", test_beyond_the_end },
            { "parts_must_be_named", test_parts_must_be_named },
            { "coded_answers", test_coded_answers }, { "token_stays_home", test_token_stays_home },
            { "location", test_location }, { "expired_location", test_expired_location },
            { "renamed", test_renamed }, { "store_at_home", test_store_at_home },
            { "bad_redirects", test_bad_redirects }, { "hostile_etag", test_hostile_etag },
            { "missing_file", test_missing_file }, { "cut", test_cut },
            { "cut_chunks", test_cut_chunks }, { "stall_times_out", test_stall_times_out },
            { "slow_is_not_silent", test_slow_is_not_silent }, { "sink_stops", test_sink_stops },
            { "cancel_while_stalled", test_cancel_while_stalled },
            { "connection_is_reused", test_connection_is_reused },
            { "after_refusal", test_after_refusal }, { "many_threads", test_many_threads })
