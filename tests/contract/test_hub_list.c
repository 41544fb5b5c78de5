/* SPDX-License-Identifier: Apache-2.0 */
/* transport-hub: `list`: pages, entries, and servers that make them up.  */
#include <stdio.h>
#include <stdlib.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "tests/contract/hub_fixture.h"

/* A sink that writes down "PATH LENGTH ETAG BLOB LFS LFSLENGTH XET" lines.  */
struct listing
{
  struct hfcore_file_sink sink;
  struct text lines;
  int count, stop_at;
  bool has_commit, has_order;
  char last[256];
};

static const char *
or_dash (const char *text)
{
  return text ? text : "-";
}

static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *l = ctx;
  l->count++;
  l->has_commit = info->commit && names_is_commit (info->commit);
  l->has_order = l->has_order && strcmp (l->last, info->path) < 0;
  snprintf (l->last, sizeof l->last, "%s", info->path);
  text_addf (&l->lines, "%s %llu %s %s %s %lld %s\n", info->path, (unsigned long long) info->length,
             or_dash (info->etag), or_dash (info->blob_id), or_dash (info->lfs_sha256),
             (long long) info->lfs_length, or_dash (info->xet_hash));
  return l->count == l->stop_at ? -99 : 0;
}

static void
listing_init (struct listing *l)
{
  memset (l, 0, sizeof *l);
  l->lines = TEXT_LIMIT ((size_t) 1 << 20);
  l->has_order = true;
  l->sink = (struct hfcore_file_sink){ .size = sizeof l->sink, .ctx = l, .file = take_file };
}

static void
listing_free (struct listing *l)
{
  text_free (&l->lines);
}

#define CLEANUP_LISTING __attribute__ ((cleanup (listing_free)))

static int
list (struct fixture *f, const struct hfcore_repo *repo, const char *commit, struct listing *l)
{
  call_reset (&f->call);
  return f->transport.ops->list (f->transport.self, &f->call, repo, commit, &l->sink);
}

/* List what a server says, whose words are the given answers.  */
static int
list_words (const char *const *answers, struct listing *l, char *message, size_t room)
{
  CLEANUP_FIXTURE struct fixture f = { 0 };
  struct test_words *words = test_words_start (answers, false);
  listing_init (l);
  call_init (&f.call, NULL);
  fixture_open_words (&f.transport, words);
  int code = list (&f, &fixture_model, FIXTURE_NEW, l);
  snprintf (message, room, "%s", f.call.error.message);
  test_words_stop (words);
  return code;
}

static void
test_pages (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_LISTING struct listing l;
  fixture_begin (&f);
  listing_init (&l);
  CU_ASSERT_EQUAL (list (&f, &fixture_many, FIXTURE_OLD, &l), HFCORE_OK);
  CU_ASSERT_EQUAL (l.count, FIXTURE_MANY);
  CU_ASSERT (l.has_order);
  CU_ASSERT (l.has_commit);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "GET", "/api/models/org/many/tree/" FIXTURE_OLD), 3);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "GET", "recursive%3Dtrue%26expand%3Dfalse"), 3);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 3);
}

static void
test_entries (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_LISTING struct listing l;
  struct hfcore_file_info info;
  fixture_begin (&f);
  listing_init (&l);
  CU_ASSERT_EQUAL (list (&f, &fixture_model, FIXTURE_NEW, &l), HFCORE_OK);
  CU_ASSERT_EQUAL (l.count, 5); /* its folders are no files  */
  CHECK_CONTAINS (l.lines.bytes, "config.json 9 cb5b2f69babc53f9145b45ad20b9a075d48717ef "
                                 "cb5b2f69babc53f9145b45ad20b9a075d48717ef - 0 -\n");
  CHECK_CONTAINS (l.lines.bytes, FIXTURE_AWFUL " 5 ");
  CU_ASSERT_EQUAL_FATAL (fixture_resolve (&f, FIXTURE_NEW, FIXTURE_LFS, &info), HFCORE_OK);
  char start[256];
  snprintf (start, sizeof start, "%s %d %s ", FIXTURE_LFS, FIXTURE_LFS_SIZE, info.etag);
  const char *line = strstr (l.lines.bytes, start);
  CU_ASSERT_PTR_NOT_NULL_FATAL (line);
  char rest[256];
  snprintf (rest, sizeof rest, " %s %d -\n", info.etag, FIXTURE_LFS_SIZE);
  CU_ASSERT (strncmp (line + strlen (start) + 40, rest, strlen (rest)) == 0);
}

static void
test_sink_stops (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_LISTING struct listing l;
  fixture_begin (&f);
  listing_init (&l);
  l.stop_at = 1500;
  CU_ASSERT_EQUAL (list (&f, &fixture_many, FIXTURE_OLD, &l), -99);
  CU_ASSERT_EQUAL (l.count, 1500);
  CU_ASSERT_EQUAL (f.call.error.code, 0);
  CU_ASSERT_EQUAL (test_hub_count (f.hub, "", ""), 2);
}

static void
test_next_stays_home (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_LISTING struct listing l;
  char fault[256];
  fixture_begin (&f);
  listing_init (&l);
  snprintf (fault, sizeof fault, "next=%s/api/models/org/model/tree/%s?recursive=true,times=1",
            f.hub->cdn, FIXTURE_NEW);
  test_hub_fault (f.hub, fault);
  CU_ASSERT_EQUAL (list (&f, &fixture_many, FIXTURE_OLD, &l), HFCORE_OK);
  CU_ASSERT_EQUAL (l.count, 999 + 5); /* one entry of a page is a folder  */
  CLEANUP_FREE char *log = test_hub_log (f.hub);
  CU_ASSERT_PTR_NULL (strstr (log, "\"origin\": \"cdn\""));
  CHECK_CONTAINS (log, "/api/models/org/model/tree/" FIXTURE_NEW "?recursive=true\"");
}

static void
test_circles (void)
{
  static const char *const pages[] = {
    "HTTP/1.1 200 OK\r\nLink: </a>; rel=\"next\"\r\nContent-Length: 2\r\n\r\n[]",
    "HTTP/1.1 200 OK\r\nLink: <https://x/b?c>; rel=next\r\nContent-Length: 2\r\n\r\n[]",
    "HTTP/1.1 200 OK\r\nLink: <a>; rel=prev, <//y/a>; rel=next\r\nContent-Length: 2\r\n\r\n[]",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", NULL
  };
  CLEANUP_LISTING struct listing l;
  char message[512];
  CU_ASSERT_EQUAL (list_words (pages, &l, message, sizeof message), HFCORE_E_DOWN);
  CHECK_CONTAINS (message, "without an end");
}

static void
test_bad_pages (void)
{
#define PAGE(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define OID        "\"oid\": \"cb5b2f69babc53f9145b45ad20b9a075d48717ef\""
  static const char *const bad[][2] = {
    { PAGE ("<html>Please log in</html>") },
    { PAGE ("") },
    { PAGE ("{\"error\": \"x\"}") },
    { PAGE ("[1, 2]") },
    { PAGE ("[{}]") },
    { PAGE ("[{\"type\": \"file\", \"size\": 1, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"\", \"size\": 1, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": -1, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": \"1\", " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": 1}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": 1, \"oid\": \"../x\"}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": 1, \"lfs\": {}, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\\u0000b\", \"size\": 1, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\xff\", \"size\": 1, " OID "}]") },
    { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": 99999999999999999999, " OID "}]") },
    { "HTTP/1.1 200 OK\r\nLink: <ftp://x/y>; rel=\"next\"\r\nContent-Length: 2\r\n\r\n[]" },
    { "HTTP/1.1 302 No\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n" },
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      CLEANUP_LISTING struct listing l;
      char message[512];
      int code = list_words (bad[i], &l, message, sizeof message);
      if (code != HFCORE_E_DOWN || l.count)
        fprintf (stderr, "page %zu: code %d, %d files\n", i, code, l.count);
      CU_ASSERT_EQUAL (code, HFCORE_E_DOWN);
      CU_ASSERT_EQUAL (l.count, 0);
      CHECK_CONTAINS (message, "http://127.0.0.1");
    }
  /* An LFS entry that is none, folders, and kinds of a later day.  */
  static const char *const fine[]
      = { PAGE ("[{\"type\": \"file\", \"path\": \"a\", \"size\": 1, \"lfs\": null, " OID "},"
                "{\"type\": \"directory\"}, {\"type\": \"submodule\", \"path\": 5}]"),
          NULL };
  CLEANUP_LISTING struct listing l;
  char message[512];
  CU_ASSERT_EQUAL (list_words (fine, &l, message, sizeof message), HFCORE_OK);
  CU_ASSERT_EQUAL (l.count, 1);
  /* What follows a body is no header.  */
  static const char *const trailer[]
      = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n"
          "Link: <ftp://x/>; rel=next\r\n\r\n",
          NULL };
  CLEANUP_LISTING struct listing empty;
  CU_ASSERT_EQUAL (list_words (trailer, &empty, message, sizeof message), HFCORE_OK);
}

/* Three bytes of JSON take a hundred times as much in memory.  */
static void
test_too_many_values (void)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[";
  const size_t count = (size_t) 1 << 20;
  CLEANUP_TEXT struct text page = TEXT_LIMIT ((size_t) 8 << 20);
  CLEANUP_LISTING struct listing l;
  char message[512];
  text_add (&page, head);
  for (size_t i = 0; i < count; i++)
    text_add (&page, "{},");
  text_add (&page, "{}]");
  CU_ASSERT_FATAL (!page.failed);
  const char *const answers[] = { page.bytes, NULL };
  CU_ASSERT_EQUAL (list_words (answers, &l, message, sizeof message), HFCORE_E_DOWN);
  CHECK_CONTAINS (message, "is too large");
}

static void
test_failures (void)
{
  CLEANUP_FIXTURE struct fixture f;
  CLEANUP_LISTING struct listing l;
  fixture_begin (&f);
  listing_init (&l);
  CU_ASSERT_EQUAL (list (&f, &fixture_missing, FIXTURE_NEW, &l), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REPO);
  CU_ASSERT_EQUAL (list (&f, &fixture_model, "9999999999999999999999999999999999999999", &l),
                   HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (f.call.error.missing, HFCORE_MISSING_REVISION);
  test_hub_fault (f.hub, "status=503,retry_after=1,after=1");
  CU_ASSERT_EQUAL (list (&f, &fixture_many, FIXTURE_OLD, &l), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (f.call.error.retry_after_ms, 2000);
  CU_ASSERT_EQUAL (l.count, 999);
}

CHECK_MAIN ("transport-hub: list", { "pages", test_pages }, { "entries", test_entries },
            { "sink_stops", test_sink_stops }, { "next_stays_home", test_next_stays_home },
            { "circles", test_circles }, { "bad_pages", test_bad_pages },
            { "too_many_values", test_too_many_values }, { "failures", test_failures })
