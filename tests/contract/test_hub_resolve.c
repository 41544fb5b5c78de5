/* SPDX-License-Identifier: Apache-2.0 */
/* transport-hub: opening, `resolve`, and what every failure is turned into.  */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/names.h"
#include "tests/contract/hub_fixture.h"

/* ---- open ---- */

static void
expect_refused (const char *key, const char *value, const char *text)
{
  struct test_transport transport;
  test_open (&transport, "transport-hub", key, value, NULL);
  CU_ASSERT_EQUAL (transport.code, HFCORE_E_CONFIG);
  CHECK_CONTAINS (transport.error.message, text);
  test_close (&transport);
}

static void
test_open_checks_options (void)
{
  struct test_transport transport;
  expect_refused ("token", "hf_a\r\nX-Evil: 1", "token");
  expect_refused ("token", "hf a", "token");
  expect_refused ("user-agent-origin", "a\nb", "user-agent-origin");
  expect_refused ("endpoint", "ftp://example.com", "endpoint");
  expect_refused ("endpoint", "http://", "endpoint");
  expect_refused ("endpoint", "https://example.com?x=1", "endpoint");
  expect_refused ("ca-file", "/nonexistent/ca.pem", "/nonexistent/ca.pem");
  test_open (&transport, "transport-hub", NULL);
  CU_ASSERT_EQUAL (transport.code, HFCORE_OK);
  CU_ASSERT_EQUAL (transport.ops->caps_now (transport.self),
                   HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST);
  test_close (&transport);
}

static void
test_token_never_in_texts (void)
{
  struct test_transport transport;
  test_open (&transport, "transport-hub", "token", "hf_hidden\n", NULL);
  CU_ASSERT_EQUAL (transport.code, HFCORE_E_CONFIG);
  CU_ASSERT_PTR_NULL (strstr (transport.error.message, "hidden"));
  test_close (&transport);
}

/* ---- resolve ---- */

static void
test_plain_file (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CHECK_STRING (info.commit, FIXTURE_NEW);
  CHECK_STRING (info.path, "config.json");
  CHECK_STRING (info.etag, "cb5b2f69babc53f9145b45ad20b9a075d48717ef");
  CU_ASSERT_EQUAL (info.length, 9);
  CHECK_CONTAINS (info.location, "/org/model/resolve/main/config.json");
  CU_ASSERT_PTR_NULL (info.xet_hash);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "HEAD", "resolve"), 1);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 1);
}

static void
test_lfs_file (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_OK);
  CU_ASSERT (info.etag && names_is_sha256 (info.etag));
  CU_ASSERT_EQUAL (info.length, FIXTURE_LFS_SIZE);
  CHECK_STRING (info.commit, FIXTURE_NEW);
  CHECK_CONTAINS (info.location, f.hub->cdn);
  /* A HEAD does not follow where the bytes are.  */
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 1);
}

static void
test_empty_and_awful_names (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "empty.txt", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (info.length, 0);
  CHECK_STRING (info.etag, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_AWFUL, &info), HFCORE_OK);
  CU_ASSERT_EQUAL (info.length, 5);
  CHECK_STRING (info.path, FIXTURE_AWFUL);
  CU_ASSERT_EQUAL (
      test_hub_count (
          f.hub, "HEAD",
          "sub%2520folder/to%253F/awful%253Ffilename%2525you%253Ashould%252Cnever.g%25C3%25A9ve"),
      1);
}

static void
test_revisions (void)
{
  static const char *const old[] = { "v1.0", "feature/x", "refs/pr/1", FIXTURE_OLD };
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_OK);
  CHECK_STRING (info.commit, FIXTURE_NEW);
  for (size_t i = 0; i < sizeof old / sizeof *old; i++)
    {
      CU_ASSERT_EQUAL (fixture_resolve (&f, old[i], NULL, &info), HFCORE_OK);
      CHECK_STRING (info.commit, FIXTURE_OLD);
      CU_ASSERT_EQUAL (fixture_resolve (&f, old[i], "config.json", &info), HFCORE_OK);
      CHECK_STRING (info.commit, FIXTURE_OLD);
    }
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "GET",
                                   "/api/models/org/model/revision/refs%252Fpr%252F1"),
                   1);
}

static void
test_other_types (void)
{
  static const char *const types[][2] = { { "dataset", "org/data" }, { "space", "org/space" } };
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  for (size_t i = 0; i < 2; i++)
    {
      struct hfcore_repo repo = { .size = sizeof repo, .type = types[i][0], .id = types[i][1] };
      struct hfcore_file_info info = { .size = sizeof info };
      const struct hfcore_transport_ops *ops = f.transport.ops;
      CU_ASSERT_EQUAL (ops->resolve (f.transport.self, &f.call, &repo, "main", NULL, &info), 0);
      CU_ASSERT (info.commit && names_is_commit (info.commit));
      CU_ASSERT_EQUAL (ops->resolve (f.transport.self, &f.call, &repo, "main", "f", &info), 0);
    }
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "HEAD", "/datasets/org/data/resolve/main/f"), 1);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "GET", "/api/spaces/org/space/revision/main"), 1);
}

static void
test_xet_keeps_hub_address (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  static const char hash[] = "abababababababababababababababababababababababababababababababab";
  char fault[160];
  fixture_begin (&f);
  snprintf (fault, sizeof fault, "header=X-Xet-Hash:%s", hash);
  test_hub_fault (f.hub, fault);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_OK);
  CU_ASSERT_PTR_NULL (info.xet_hash); /* no way to it was told  */
  CHECK_CONTAINS (info.location, f.hub->cdn);
  test_hub_fault (f.hub, "header=X-Xet-Refresh-Route:/api/models/org/model/xet-read-token/x");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_OK);
  CHECK_STRING (info.xet_hash, hash);
  CHECK_CONTAINS (info.location, f.hub->endpoint);
}

static void
test_renamed (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_repo repo = { .size = sizeof repo, .type = "model", .id = "org/old" };
  struct hfcore_file_info info = { .size = sizeof info };
  fixture_begin (&f);
  CU_ASSERT_EQUAL (f.transport.ops->resolve (f.transport.self, &f.call, &repo, "main",
                                             "config.json", &info),
                   HFCORE_OK);
  CHECK_STRING (info.commit, FIXTURE_NEW);
  CHECK_CONTAINS (info.location, "/org/model/resolve/main/config.json");
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "HEAD", ""), 2);
  CU_ASSERT_EQUAL (f.transport.ops->resolve (f.transport.self, &f.call, &repo, "main", NULL, &info),
                   HFCORE_OK);
  CHECK_STRING (info.commit, FIXTURE_NEW);
}

/* As the Hub does it: names lead to a cache of answers on the same origin first.  */
static void
test_resolve_cache (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  struct test_hub cached;
  struct test_bytes got;
  fixture_begin (&f);
  test_close (&f.transport);
  test_hub_start (&cached, fixture_manifest (), "--resolve-cache", NULL);
  test_open (&f.transport, "transport-hub", "endpoint", cached.endpoint, NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CHECK_STRING (info.etag, "cb5b2f69babc53f9145b45ad20b9a075d48717ef");
  CU_ASSERT_EQUAL (info.length, 9);
  CHECK_CONTAINS (info.location, "/api/resolve-cache/");
  test_bytes_init (&got);
  CU_ASSERT_EQUAL (fixture_read (&f, "config.json", NULL, 0, HFCORE_SIZE_UNKNOWN, &got), HFCORE_OK);
  CHECK_STRING (got.info.etag, "cb5b2f69babc53f9145b45ad20b9a075d48717ef");
  CHECK_STRING (got.info.commit, FIXTURE_NEW);
  CU_ASSERT_EQUAL (got.info.length, 9);
  CU_ASSERT_EQUAL (got.len, 9);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_OK);
  CU_ASSERT_EQUAL (info.length, FIXTURE_LFS_SIZE);
  test_bytes_free (&got);
  test_hub_stop (&cached);
}

/* An absolute redirect that stays on the Hub and tells nothing is followed too.  */
static void
test_absolute_redirect_at_home (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  char fault[256];
  fixture_begin (&f);
  snprintf (fault, sizeof fault, "redirect=%s/org/model/resolve/main/config.json,match=empty.txt",
            f.hub->endpoint);
  test_hub_fault (f.hub, fault);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "empty.txt", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (info.length, 9);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "HEAD", ""), 2);
}

static void
test_upper_case_proxy (void)
{
  static const char *const answers[] = { "HTTP/1.1 200 OK\r\nX-Repo-Commit: " FIXTURE_OLD
                                         "\r\nETag: \"proxied\"\r\nContent-Length: 3\r\n\r\n",
                                         NULL };
  struct fixture f;
  struct hfcore_file_info info;
  struct test_words *words = test_words_start (answers, false);
  call_init (&f.call, NULL);
  setenv ("HTTP_PROXY", test_words_url (words), 1);
  test_open (&f.transport, "transport-hub", "endpoint", "http://hub.invalid", NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CHECK_STRING (info.etag, "proxied");
  test_close (&f.transport);
  /* Below a web server that variable is a header of its visitors.  */
  setenv ("REQUEST_METHOD", "GET", 1);
  test_open (&f.transport, "transport-hub", "endpoint", "http://hub.invalid", NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (test_words_connections (words), 1);
  unsetenv ("HTTP_PROXY");
  unsetenv ("REQUEST_METHOD");
  fixture_end (&f);
  test_words_stop (words);
}

static void
test_redirect_loops (void)
{
  static const char *const loops[] = { "redirect_loop", "redirect_loop=relative" };
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  for (size_t i = 0; i < 2; i++)
    {
      test_hub_clear (f.hub);
      test_hub_fault (f.hub, loops[i]);
      CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_DOWN);
      CHECK_CONTAINS (f.call.error.message, "redirects");
      CU_ASSERT (test_hub_count (f.hub, "HEAD", "") <= 21);
      CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_E_DOWN);
      CU_ASSERT (test_hub_count (f.hub, "", "") <= 42);
    }
}

/* ---- failures ---- */

static int
resolve_in (struct fixture *f, const char *id, const char *path)
{
  struct hfcore_repo repo = { .size = sizeof repo, .type = "model", .id = id };
  struct hfcore_file_info info = { .size = sizeof info };
  call_reset (&f->call);
  return f->transport.ops->resolve (f->transport.self, &f->call, &repo, "main", path, &info);
}

static void
test_not_found (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "no/such", &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_FILE);
  CU_ASSERT_EQUAL (f.call.error.http_status, 404);
  CHECK_STRING (info.commit, FIXTURE_NEW);
  CHECK_CONTAINS (f.call.error.message, "model 'org/model'");
  CHECK_CONTAINS (f.call.error.message, "'no/such'");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "nope", "config.json", &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REVISION);
  CHECK_CONTAINS (f.call.error.message, "'nope'");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "nope", NULL, &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REVISION);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/missing", NULL), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REPO);
  CHECK_CONTAINS (f.call.error.message, "model 'org/missing' not found at http://127.0.0.1");
  test_hub_fault (f.hub, "status=404");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_UNKNOWN);
}

static void
test_access (void)
{
  CLEANUP_FIXTURE struct fixture f;
  fixture_begin (&f);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/private", "f"), HFCORE_OK);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/gated", "f"), HFCORE_OK);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/disabled", "f"), HFCORE_E_AUTH);
  CHECK_CONTAINS (f.call.error.message, "disabled access to model 'org/disabled'");
  test_close (&f.transport);
  fixture_open (&f.transport, "token", "none", NULL);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/private", "f"), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REPO);
  CHECK_CONTAINS (f.call.error.message, "set HF_TOKEN");
  CU_ASSERT_EQUAL (resolve_in (&f, "org/gated", "f"), HFCORE_E_AUTH);
  CHECK_CONTAINS (f.call.error.message, "access to model 'org/gated' must be granted: open http");
  CHECK_CONTAINS (f.call.error.message, "/org/gated and ask");
  test_close (&f.transport);
  fixture_open (&f.transport, "token", "hf_wrong", NULL);
  CU_ASSERT_EQUAL (resolve_in (&f, "org/model", "config.json"), HFCORE_E_AUTH);
  CHECK_CONTAINS (f.call.error.message, "refuses the token");
  CU_ASSERT_EQUAL (f.call.error.http_status, 401);
  test_hub_fault (f.hub, "status=403,error_message=Not for you");
  CU_ASSERT_EQUAL (resolve_in (&f, "org/model", "config.json"), HFCORE_E_AUTH);
  CHECK_CONTAINS (f.call.error.message, "Not for you");
  CU_ASSERT_PTR_NULL (strstr (f.call.error.message, "hf_wrong"));
}

static void
test_statuses (void)
{
  static const struct
  {
    const char *fault;
    int code;
    uint32_t retry_after_ms;
  } rows[] = {
    { "status=408", HFCORE_E_RETRY, 0 },
    { "status=429", HFCORE_E_RETRY, 0 },
    { "status=429,ratelimit=\"api\";r=0;t=4", HFCORE_E_RETRY, 5000 },
    { "status=429,retry_after=2", HFCORE_E_RETRY, 3000 },
    { "status=500", HFCORE_E_RETRY, 0 },
    { "status=502", HFCORE_E_RETRY, 0 },
    { "status=503,retry_after=7", HFCORE_E_RETRY, 8000 },
    { "status=503,retry_after=Wed\\, 21 Oct 2026 07:28:00 GMT", HFCORE_E_RETRY, 0 },
    { "status=400", HFCORE_E_DOWN, 0 },
    { "status=405", HFCORE_E_DOWN, 0 },
    { "status=401", HFCORE_E_AUTH, 0 },
    { "status=403", HFCORE_E_AUTH, 0 },
    { "status=418,error_code=GatedRepo", HFCORE_E_AUTH, 0 },
    { "status=500,error_code=RevisionNotFound", HFCORE_E_NOTFOUND, 0 },
  };
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int of_file = 0; of_file < 2; of_file++)
      {
        test_hub_clear (f.hub);
        test_hub_fault (f.hub, rows[i].fault);
        int code = fixture_resolve (&f, "main", of_file ? "config.json" : NULL, &info);
        if (code != rows[i].code || f.call.error.retry_after_ms != rows[i].retry_after_ms)
          fprintf (stderr, "%s: code %d, %u ms\n", rows[i].fault, code,
                   f.call.error.retry_after_ms);
        CU_ASSERT_EQUAL (code, rows[i].code);
        CU_ASSERT_EQUAL (f.call.error.retry_after_ms, rows[i].retry_after_ms);
        CU_ASSERT (f.call.error.http_status >= 400);
        CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 1); /* it asks once  */
      }
}

static void
test_useless_answers (void)
{
  static const char *const faults[] = { "noheader=X-Repo-Commit",
                                        "noheader=ETag",
                                        "etag=\"../../evil\"",
                                        "etag=\"a/b\"",
                                        "etag=\".hidden\"",
                                        "etag=\"x.incomplete\"",
                                        "redirect=https://example.com/",
                                        "redirect=ftp://h/file",
                                        "redirect=file:///etc/passwd" };
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    {
      test_hub_clear (f.hub);
      test_hub_fault (f.hub, faults[i]);
      int code = fixture_resolve (&f, "main", "config.json", &info);
      if (code != HFCORE_E_DOWN)
        fprintf (stderr, "%s: code %d\n", faults[i], code);
      CU_ASSERT_EQUAL (code, HFCORE_E_DOWN);
      CU_ASSERT_PTR_NULL (info.etag);
    }
  test_hub_clear (f.hub);
  test_hub_fault (f.hub, "noheader=X-Linked-Size");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", FIXTURE_LFS, &info), HFCORE_E_DOWN);
  test_hub_clear (f.hub);
  test_hub_fault (f.hub, "garbage");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_E_DOWN);
}

static void
test_unreachable (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  static const char *const silent[] = { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL };
  struct test_words *words = test_words_start (silent, false);
  char gone[64];
  snprintf (gone, sizeof gone, "%s", test_words_url (words));
  test_words_stop (words);
  fixture_begin (&f);
  test_close (&f.transport);
  test_open (&f.transport, "transport-hub", "endpoint", gone, NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (f.call.error.os_errno, ECONNREFUSED);
  CHECK_CONTAINS (f.call.error.message, gone);
  test_close (&f.transport);
  test_open (&f.transport, "transport-hub", "endpoint", "http://no-such-host.invalid", NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_E_RETRY);
  test_close (&f.transport);
  fixture_open (&f.transport, NULL);
  test_hub_fault (f.hub, "drop");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_RETRY);
}

static void
test_no_http (void)
{
  static const char *const hostile[][2] = {
    { "SSH-2.0-OpenSSH_9.2\r\n\r\n", NULL },
    { "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", NULL },
    { "HTTP/1.1 200 OK\r\nX-Repo-Commit: " FIXTURE_OLD "\033[31m\r\nETag: \"a\"\r\n"
      "Content-Length: 1\r\n\r\n",
      NULL },
    { "HTTP/1.1 200 OK\r\nX-Repo-Commit: " FIXTURE_OLD "\r\nETag: \"a\"\r\n"
      "Content-Length: 99999999999999999999\r\n\r\n",
      NULL },
  };
  struct hfcore_file_info info;
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
    {
      struct fixture f;
      struct test_words *words = test_words_start (hostile[i], false);
      call_init (&f.call, NULL);
      fixture_open_words (&f.transport, words);
      int code = fixture_resolve (&f, "main", "config.json", &info);
      if (code != HFCORE_E_DOWN)
        fprintf (stderr, "answer %zu: code %d\n", i, code);
      CU_ASSERT_EQUAL (code, HFCORE_E_DOWN);
      CU_ASSERT_PTR_NULL (strchr (f.call.error.message, '\033'));
      test_words_stop (words);
      fixture_end (&f);
    }
}

static void
test_silence_times_out (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  test_close (&f.transport);
  fixture_open (&f.transport, "etag-timeout", "300ms", NULL);
  test_hub_fault (f.hub, "delay=60000");
  int64_t start = clock_now_ms ();
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (f.call.error.os_errno, ETIMEDOUT);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_E_RETRY);
  CU_ASSERT (clock_now_ms () - start >= 600);
  CU_ASSERT (clock_now_ms () - start < 20000);
  /* The call's own deadline counts too.  */
  test_close (&f.transport);
  fixture_open (&f.transport, NULL);
  f.call.deadline_ms = clock_now_ms () + 200;
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", NULL, &info), HFCORE_E_RETRY);
  CU_ASSERT (clock_now_ms () - start < 20000);
}

/* ---- what is sent, and what is shown ---- */

static void
test_headers_sent (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  test_close (&f.transport);
  fixture_open (&f.transport, "token", FIXTURE_TOKEN, "user-agent-origin", "my ci", NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CLEANUP_FREE char *log = test_hub_log (f.hub);
  CHECK_CONTAINS (log, "\"auth\": true, \"auth_ok\": true");
  CHECK_CONTAINS (log, "\"accept_encoding\": \"identity\"");
  CHECK_CONTAINS (log, "\"user_agent\": \"hfcore/");
  CHECK_CONTAINS (log, "; libcurl/");
  CHECK_CONTAINS (log, "; origin/my ci\"");
  test_close (&f.transport);
  test_hub_clear (f.hub);
  fixture_open (&f.transport, "token", "none", "telemetry", "no", NULL);
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CLEANUP_FREE char *second = test_hub_log (f.hub);
  CHECK_CONTAINS (second, "\"auth\": false");
  CU_ASSERT_PTR_NULL (strstr (second, "libcurl/"));
}

static void
test_warnings_once (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  test_hub_fault (f.hub, "header=X-HF-Warning:Storage; buckets \033[1mmove");
  for (int i = 0; i < 3; i++)
    CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_OK);
  CHECK_STRING (test_log (), "1 [test] the server warns: buckets ?[1mmove\n");
}

static void
test_texts_are_clean (void)
{
  CLEANUP_FIXTURE struct fixture f;
  struct hfcore_file_info info;
  fixture_begin (&f);
  test_hub_fault (f.hub, "status=500,error_message=Evil \033]0;x\007");
  CU_ASSERT_EQUAL (fixture_resolve (&f, "main", "config.json", &info), HFCORE_E_RETRY);
  CU_ASSERT_PTR_NULL (strchr (f.call.error.message, '\033'));
  CHECK_CONTAINS (f.call.error.message, "answered 500: Evil ");
  CHECK_CONTAINS (f.call.error.message, "/org/model/resolve/main/config.json");
}

CHECK_MAIN ("transport-hub: resolve", { "open_checks_options", test_open_checks_options },
            { "token_never_in_texts", test_token_never_in_texts },
            { "plain_file", test_plain_file }, { "lfs_file", test_lfs_file },
            { "empty_and_awful_names", test_empty_and_awful_names },
            { "revisions", test_revisions }, { "other_types", test_other_types },
            { "xet_keeps_hub_address", test_xet_keeps_hub_address }, { "renamed", test_renamed },
            { "resolve_cache", test_resolve_cache },
            { "absolute_redirect_at_home", test_absolute_redirect_at_home },
            { "upper_case_proxy", test_upper_case_proxy },
            { "redirect_loops", test_redirect_loops }, { "not_found", test_not_found },
            { "access", test_access }, { "statuses", test_statuses },
            { "useless_answers", test_useless_answers }, { "unreachable", test_unreachable },
            { "no_http", test_no_http }, { "silence_times_out", test_silence_times_out },
            { "headers_sent", test_headers_sent }, { "warnings_once", test_warnings_once },
            { "texts_are_clean", test_texts_are_clean })
