/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of transport-hub: URLs, headers, and what answers mean.  */
#include <stdio.h>
#include <stdlib.h>
#include <hfcore/plugin.h>
#include "core/util/cleanup.h"
#include "plugins/transport-hub/hub_answer.h"
#include "plugins/transport-hub/hub_url.h"
#include "tests/check.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define COMMIT       "0123456789abcdef0123456789abcdef01234567"

static struct hfcore_repo
repo (const char *type, const char *id)
{
  return (struct hfcore_repo){ .size = sizeof (struct hfcore_repo), .type = type, .id = id };
}

/* ---- URLs ---- */

static void
expect_quoted (const char *part, const char *safe, const char *expected)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT (4096);
  hub_url_quote (&text, part, safe);
  CHECK_STRING (text.bytes, expected);
}

static void
test_quote (void)
{
  expect_quoted ("refs/pr/1", "", "refs%2Fpr%2F1");
  expect_quoted ("a/b", "/", "a/b");
  expect_quoted ("AZaz09-_.~", "", "AZaz09-_.~");
  expect_quoted (" !\"#$%&'()*+,:;<=>?@[\\]^`{|}", "/",
                 "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B"
                 "%7C%7D");
  expect_quoted ("\303\251\360\237\230\200", "", "%C3%A9%F0%9F%98%80");
  expect_quoted ("\001\177\377", "/", "%01%7F%FF");
  expect_quoted ("a%2Fb", "/", "a%252Fb");
}

static void
expect_file_url (struct hfcore_repo of, const char *revision, const char *path,
                 const char *expected)
{
  CLEANUP_FREE char *url = hub_url_file ("https://huggingface.co", &of, revision, path);
  CHECK_STRING (url, expected);
}

static void
test_build (void)
{
  struct hfcore_repo dataset = repo ("dataset", "org/data");
  struct hfcore_repo kernel = repo ("kernel", "k");
  expect_file_url (repo ("model", "gpt2"), "main", "config.json",
                   "https://huggingface.co/gpt2/resolve/main/config.json");
  expect_file_url (dataset, "refs/pr/1", "a/b c",
                   "https://huggingface.co/datasets/org/data/resolve/refs%2Fpr%2F1/a/b%20c");
  expect_file_url (repo ("space", "o/s"), "v1.0", "x",
                   "https://huggingface.co/spaces/o/s/resolve/v1.0/x");
  expect_file_url (kernel, "main", "x", "https://huggingface.co/kernels/k/resolve/main/x");
  expect_file_url (repo ("model", "o/m"), "main",
                   "subfolder/to?/awful?filename%you:should,never.give",
                   "https://huggingface.co/o/m/resolve/main/"
                   "subfolder/to%3F/awful%3Ffilename%25you%3Ashould%2Cnever.give");
  CLEANUP_FREE char *revision = hub_url_revision ("http://h:1/base", &dataset, "feature/x");
  CHECK_STRING (revision, "http://h:1/base/api/datasets/org/data/revision/feature%2Fx");
  CLEANUP_FREE char *tree = hub_url_tree ("http://h:1", &kernel, COMMIT);
  CHECK_STRING (tree, "http://h:1/api/kernels/k/tree/" COMMIT "?recursive=true&expand=false");
}

static void
test_endpoint (void)
{
  static const char *const good[]
      = { "https://huggingface.co", "http://127.0.0.1:8080", "http://[::1]:80/x", "http://u:p@h" };
  static const char *const bad[] = { "",
                                     "huggingface",
                                     "ftp://h",
                                     "file:///x",
                                     "https://",
                                     "https://h/?q",
                                     "https://h/#f",
                                     "https://h:99999",
                                     "http://a b/",
                                     "http://h\n" };
  for (size_t i = 0; i < COUNT (good); i++)
    CHECK_STRING (hub_url_check_endpoint (good[i]), NULL);
  for (size_t i = 0; i < COUNT (bad); i++)
    CU_ASSERT_PTR_NOT_NULL (hub_url_check_endpoint (bad[i]));
}

static void
test_origins (void)
{
  static const struct
  {
    const char *home, *url;
    bool is_same, is_trusted;
  } rows[] = {
    { "https://h", "https://h/x?y", true, true },
    { "https://h", "https://H:443/", true, true },
    { "https://h", "HTTPS://h", true, true },
    { "http://h:80", "http://h", true, true },
    { "http://h", "https://h", false, true }, /* the upgrade, on default ports only  */
    { "http://h:80", "https://h:443/x", false, true },
    { "http://h:8080", "https://h", false, false },
    { "http://h", "https://h:8443", false, false },
    { "https://h", "http://h", false, false },
    { "https://h", "https://h:444", false, false },
    { "https://h", "https://h.evil", false, false },
    { "https://h", "https://sub.h", false, false },
    { "https://h", "https://h@evil/", false, false },
    { "https://h", "https://h:443@evil/", false, false },
    { "https://h", "https://evil/https://h/", false, false },
    { "https://h", "https://evil?@h", false, false },
    { "https://h", "https://evil#@h", false, false },
    { "https://h", "https://evil\\@h", true,
      true }, /* it is h that is asked, as the user "evil\"  */
    { "https://h", "https://h.", false, false },
    { "http://127.0.0.1:1", "http://localhost:1", false, false },
    { "https://h", "ftp://h", false, false },
    { "https://h", "", false, false },
    { "https://h", "h", false, false },
    { "https://h", "//h", false, false },
  };
  for (size_t i = 0; i < COUNT (rows); i++)
    {
      bool is_same = hub_url_same_origin (rows[i].home, rows[i].url);
      bool is_trusted = hub_url_is_trusted (rows[i].home, rows[i].url);
      if (is_same != rows[i].is_same || is_trusted != rows[i].is_trusted)
        fprintf (stderr, "%s and %s: %d %d\n", rows[i].home, rows[i].url, is_same, is_trusted);
      CU_ASSERT_EQUAL (is_same, rows[i].is_same);
      CU_ASSERT_EQUAL (is_trusted, rows[i].is_trusted);
    }
}

static void
test_relative (void)
{
  static const char *const relative[] = { "/a", "a", "../a", "?x=1", "", "/a:b", "a/b:c", "./a:b" };
  static const char *const absolute[] = { "http://h/a", "//h/a", "https:a", "mailto:x" };
  for (size_t i = 0; i < COUNT (relative); i++)
    CU_ASSERT (hub_url_is_relative (relative[i]));
  for (size_t i = 0; i < COUNT (absolute); i++)
    CU_ASSERT_FALSE (hub_url_is_relative (absolute[i]));
}

static void
test_redirect (void)
{
  static const struct
  {
    const char *url, *location, *next; /* next NULL: refused, with this in the reason:  */
    const char *why;
  } rows[] = {
    { "https://h/a/b?q=1", "/c/d", "https://h/c/d", NULL },
    { "https://h/a/b", "c?x=2", "https://h/a/c?x=2", NULL },
    { "https://h/a/b", "//k/c", "https://k/c", NULL },
    { "https://h/a", "https://cdn/x?sig=a%2Fb&e=1", "https://cdn/x?sig=a%2Fb&e=1", NULL },
    { "http://h/a", "https://h/a", "https://h/a", NULL },
    { "http://h/a", "http://k:99/a b", "http://k:99/a%20b", NULL },
    { "https://h/a", "/\303\251", "https://h/%c3%a9", NULL },
    { "https://h/a", "http://h/a", NULL, "https to http" },
    { "https://h/a", "ftp://h/a", NULL, "no web address" },
    { "https://h/a", "file:///etc/passwd", NULL, "no web address" },
    { "https://h/a", "https://u:p@k/a", NULL, "user name" },
    { "https://h/a", "https://evil\\@h/a", NULL, "user name" },
    { "https://h/a", "https://[k/a", NULL, "no web address" },
    { "https://h/a", "https://k:x/", NULL, "no web address" },
    { "https://h/a", "https://k/\001", NULL, "no web address" },
  };
  for (size_t i = 0; i < COUNT (rows); i++)
    {
      const char *why = NULL;
      CLEANUP_FREE char *next = hub_url_redirect ("https://h", rows[i].url, rows[i].location, &why);
      CHECK_STRING (next, rows[i].next);
      if (rows[i].why)
        CHECK_CONTAINS (why, rows[i].why);
      else
        CHECK_STRING (why, NULL);
    }
  /* A user in the endpoint itself goes along.  */
  const char *why;
  CLEANUP_FREE char *next = hub_url_redirect ("https://u:p@h", "https://u:p@h/a", "/b", &why);
  CHECK_STRING (next, "https://u:p@h/b");
}

static void
expect_page (const char *home, const char *link, const char *expected)
{
  CLEANUP_FREE char *page = hub_url_next_page (home, "http://h:1/api/x", link);
  CHECK_STRING (page, expected);
}

static void
test_next_page (void)
{
  expect_page ("http://h:1", "http://h:1/api/x?cursor=a%3D&limit=2",
               "http://h:1/api/x?cursor=a%3D&limit=2");
  expect_page ("http://h:1", "https://evil/api/x?c=1#f", "http://h:1/api/x?c=1");
  expect_page ("http://h:1", "https://user@evil:7/api/x", "http://h:1/api/x");
  expect_page ("http://h:1", "//evil/y", "http://h:1/y");
  expect_page ("http://h:1", "/z?1", "http://h:1/z?1");
  expect_page ("http://h:1", "?cursor=2", "http://h:1/api/x?cursor=2");
  expect_page ("http://h:1", "ftp://evil/y", NULL);
  expect_page ("http://h:1", "http://[broken", NULL);
}

static void
test_show (void)
{
  char to[256];
  hub_url_show ("https://user:pw@cdn.example:8443/a/b%20c?Signature=SECRET&x#frag", to, sizeof to);
  CHECK_STRING (to, "https://cdn.example:8443/a/b%20c");
  hub_url_show_origin ("https://user:pw@cdn.example:8443/a?SECRET", to, sizeof to);
  CHECK_STRING (to, "https://cdn.example:8443");
  hub_url_show_origin ("http://h", to, sizeof to);
  CHECK_STRING (to, "http://h");
  hub_url_show ("SECRET", to, sizeof to);
  CU_ASSERT (strlen (to) > 0);
  hub_url_show ("http://[x?SECRET", to, sizeof to);
  CHECK_STRING (to, "a broken URL");
  hub_url_show ("https://example.com/abcdefghijklmnopqrstuvwxyz", to, 20);
  CU_ASSERT (strlen (to) < 20);
}

/* ---- headers ---- */

static void
keep (struct hub_answer *answer, const char *line)
{
  enum hub_header name;
  const char *value;
  size_t len;
  CU_ASSERT_FATAL (hub_header_parse (line, strlen (line), &name, &value, &len));
  CU_ASSERT_EQUAL (hub_answer_keep (answer, name, value, len), 0);
}

static void
test_header_lines (void)
{
  enum hub_header name;
  const char *value;
  size_t len;
  static const char *const strangers[]
      = { "Server: x\r\n", "X-Repo-Commit\r\n", ": x\r\n",      "\r\n",
          "etags: x\r\n",  "eta: x\r\n",        " etag: x\r\n", "etag : x\r\n" };
  for (size_t i = 0; i < COUNT (strangers); i++)
    CU_ASSERT_FALSE (hub_header_parse (strangers[i], strlen (strangers[i]), &name, &value, &len));
  static const char line[] = "eTaG: \t \"a b\" \r\n";
  CU_ASSERT_FATAL (hub_header_parse (line, strlen (line), &name, &value, &len));
  CU_ASSERT_EQUAL (name, HUB_ETAG);
  CU_ASSERT (len == 5 && strncmp (value, "\"a b\"", 5) == 0);
  CU_ASSERT_FATAL (hub_header_parse ("location:", 9, &name, &value, &len));
  CU_ASSERT (name == HUB_LOCATION && len == 0);
  struct hub_answer answer = { 0 };
  keep (&answer, "ETag: first\r\n");
  keep (&answer, "ETAG: second\r\n");
  CHECK_STRING (answer.headers[HUB_ETAG], "first");
  keep (&answer, "Link: <a>; rel=x\r\n");
  keep (&answer, "Link: <b>; rel=next\r\n");
  CHECK_STRING (answer.headers[HUB_LINK], "<a>; rel=x, <b>; rel=next");
  hub_answer_clear (&answer);
  CU_ASSERT_PTR_NULL (answer.headers[HUB_LINK]);
  for (int i = 0; i < 5000; i++)
    keep (&answer, "Link: <a>; rel=x\r\n");
  keep (&answer, "Link:\r\n");
  CU_ASSERT_EQUAL (strlen (answer.headers[HUB_LINK]), 5000 * strlen ("<a>; rel=x, "));
  hub_answer_clear (&answer);
}

static void
expect_link (const char *header, const char *rel, const char *expected)
{
  bool failed;
  CLEANUP_FREE char *target = hub_parse_link (header, rel, &failed);
  CHECK_STRING (target, expected);
  CU_ASSERT_FALSE (failed);
}

static void
test_links (void)
{
  expect_link ("<https://h/x?a=1,2>; rel=\"next\"", "next", "https://h/x?a=1,2");
  expect_link ("<a>; rel=\"prev\", <b>; rel=\"next\"", "next", "b");
  expect_link ("<a>;rel=next", "next", "a");
  expect_link ("<a> ; title=\"x, <z>; rel=next\" ; REL=\"Next\"", "next", "a");
  expect_link ("<a>; rel=\"first next last\"", "next", "a");
  expect_link ("<a>; rel=\"xet-auth\", <b>; rel=\"xet-reconstruction-info\"", "xet-auth", "a");
  expect_link ("<a>; rel=\"nextish\"", "next", NULL);
  expect_link ("<a>; title=\"rel=next\"", "next", NULL);
  expect_link ("<a>; xrel=next", "next", NULL);
  expect_link ("<a>, <b>; rel=next", "next", "b");
  expect_link ("<>; rel=next", "next", "");
  expect_link ("<a; rel=next", "next", NULL);
  expect_link ("<a>; rel=\"next", "next", "a");
  expect_link ("<a>; rel=", "next", NULL);
  expect_link ("<a>; rel", "next", NULL);
  expect_link ("", "next", NULL);
  expect_link (">;,\"<", "next", NULL);
  expect_link ("rel=next; <a>", "next", NULL);
}

static void
test_numbers (void)
{
  uint64_t number;
  CU_ASSERT (hub_parse_number ("0", &number) && number == 0);
  CU_ASSERT (hub_parse_number ("18446744073709551615", &number) && number == UINT64_MAX);
  static const char *const bad[]
      = { "", "-1", "+1", " 1", "1 ", "1e3", "0x10", "1_0", "1.0", "abc", "18446744073709551616" };
  for (size_t i = 0; i < COUNT (bad); i++)
    CU_ASSERT_FALSE (hub_parse_number (bad[i], &number));
}

static void
test_content_ranges (void)
{
  uint64_t first, last, total;
  CU_ASSERT (hub_parse_range ("bytes 0-0/1", &first, &last, &total));
  CU_ASSERT (first == 0 && last == 0 && total == 1);
  CU_ASSERT (hub_parse_range ("Bytes 10-99/*", &first, &last, &total));
  CU_ASSERT (first == 10 && last == 99 && total == HFCORE_SIZE_UNKNOWN);
  CU_ASSERT (hub_parse_range ("bytes 4294967296-8589934591/8589934592", &first, &last, &total));
  CU_ASSERT_EQUAL (first, 4294967296u);
  static const char *const bad[] = { "",
                                     "bytes",
                                     "bytes */10",
                                     "bytes 5-4/10",
                                     "bytes 0-10/10",
                                     "bytes 0-/10",
                                     "bytes -5/10",
                                     "items 0-1/2",
                                     "bytes 0-1",
                                     "bytes 0-1/",
                                     "bytes 0-1/2x",
                                     "bytes 0-1/2, 4-5/6",
                                     "bytes 0-18446744073709551615/*",
                                     "bytes 0-18446744073709551616/*",
                                     "bytes 99999999999999999999999999-1/2" };
  for (size_t i = 0; i < COUNT (bad); i++)
    CU_ASSERT_FALSE (hub_parse_range (bad[i], &first, &last, &total));
}

static void
test_rate_limits (void)
{
  uint64_t seconds = 0;
  CU_ASSERT (hub_parse_rate_limit ("\"api\";r=0;t=55", &seconds) && seconds == 55);
  CU_ASSERT (hub_parse_rate_limit ("\"api\"; t=7; r=0", &seconds) && seconds == 7);
  CU_ASSERT_FALSE (hub_parse_rate_limit ("\"api\";r=5;t=55", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit ("\"api\";r=0", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit ("\"api\";t=5", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit ("\"api\";r=;t=", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit ("", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit (";;;", &seconds));
  CU_ASSERT_FALSE (hub_parse_rate_limit ("\"api\";r=0;t=999999999999999999999999999999", &seconds));
}

/* ---- fields ---- */

static void
test_etags (void)
{
  static const char *const rows[][3] = {
    { NULL, "ETag: \"abc\"", "abc" },
    { NULL, "ETag: W/\"abc\"", "abc" },
    { "X-Linked-Etag: \"linked\"", "ETag: \"plain\"", "linked" },
    { NULL, NULL, NULL },
  };
  for (size_t i = 0; i < COUNT (rows); i++)
    {
      struct hub_answer answer = { .status = 200 };
      char *etag;
      for (size_t j = 0; j < 2; j++)
        if (rows[i][j])
          keep (&answer, rows[i][j]);
      CU_ASSERT_EQUAL (hub_answer_etag (&answer, &etag), 0);
      CHECK_STRING (etag, rows[i][2]);
      free (etag);
      hub_answer_clear (&answer);
    }
}

static void
test_sizes (void)
{
  static const struct
  {
    long status;
    const char *headers[3];
    uint64_t size;
  } rows[] = {
    { 200, { "Content-Length: 5" }, 5 },
    { 200, { "Content-Length: 5", "X-Linked-Size: 7" }, 7 },
    { 302, { "Content-Length: 5", "X-Linked-Size: 7", "Location: /x" }, 7 },
    { 302, { "Content-Length: 5", "Location: /x" }, HFCORE_SIZE_UNKNOWN },
    { 307, { "Content-Length: 5" }, 5 }, /* a redirect needs a Location  */
    { 200, { "Content-Length: 5", "Content-Encoding: gzip" }, HFCORE_SIZE_UNKNOWN },
    { 200, { "Content-Length: 5", "Content-Encoding: identity" }, 5 },
    { 200, { "Content-Length: five" }, HFCORE_SIZE_UNKNOWN },
    { 200, { "Content-Length: 5", "X-Linked-Size: -1" }, 5 },
    { 200, { NULL }, HFCORE_SIZE_UNKNOWN },
  };
  for (size_t i = 0; i < COUNT (rows); i++)
    {
      struct hub_answer answer = { .status = rows[i].status };
      for (size_t j = 0; j < 3 && rows[i].headers[j]; j++)
        keep (&answer, rows[i].headers[j]);
      CU_ASSERT_EQUAL (hub_answer_size (&answer), rows[i].size);
      hub_answer_clear (&answer);
    }
}

static void
test_commit_and_redirects (void)
{
  struct hub_answer answer = { .status = 307 };
  CHECK_STRING (hub_answer_commit (&answer), NULL);
  CU_ASSERT_FALSE (hub_answer_redirects (&answer));
  keep (&answer, "Location: /x");
  keep (&answer, "X-Repo-Commit: " COMMIT);
  CHECK_STRING (hub_answer_commit (&answer), COMMIT);
  static const long redirects[] = { 301, 302, 303, 307, 308 };
  static const long others[] = { 200, 300, 304, 305, 306, 400, 404 };
  for (size_t i = 0; i < COUNT (redirects); i++)
    {
      answer.status = redirects[i];
      CU_ASSERT (hub_answer_redirects (&answer));
    }
  for (size_t i = 0; i < COUNT (others); i++)
    {
      answer.status = others[i];
      CU_ASSERT_FALSE (hub_answer_redirects (&answer));
    }
  hub_answer_clear (&answer);
  keep (&answer, "X-Repo-Commit: ../../../../etc/passwd");
  CHECK_STRING (hub_answer_commit (&answer), NULL);
  hub_answer_clear (&answer);
}

#define HASH "abababababababababababababababababababababababababababababababab"

static void
test_xet (void)
{
  struct hub_answer answer = { .status = 302 };
  keep (&answer, "X-Xet-Hash: " HASH);
  CHECK_STRING (hub_answer_xet (&answer), NULL); /* both are needed (spec 10.1)  */
  keep (&answer, "Link: <https://h/t>; rel=\"xet-auth\"");
  CHECK_STRING (hub_answer_xet (&answer), HASH);
  hub_answer_clear (&answer);
  keep (&answer, "X-Xet-Refresh-Route: /api/x");
  CHECK_STRING (hub_answer_xet (&answer), NULL);
  keep (&answer, "X-Xet-Hash: ****");
  CHECK_STRING (hub_answer_xet (&answer), NULL);
  hub_answer_clear (&answer);
}

/* ---- verdicts ---- */

struct verdict_row
{
  long status;
  const char *headers[2];
  enum hub_reason reason;
  int code, missing;
  uint32_t retry_after_ms;
};

static void
expect_verdict (const struct verdict_row *row, bool is_own)
{
  struct hub_answer answer = { .status = row->status };
  for (size_t i = 0; i < 2 && row->headers[i]; i++)
    keep (&answer, row->headers[i]);
  struct hub_verdict verdict = hub_answer_judge (&answer, is_own);
  if (verdict.reason != row->reason || verdict.code != row->code)
    fprintf (stderr, "%ld %s: reason %d, code %d\n", row->status,
             row->headers[0] ? row->headers[0] : "", (int) verdict.reason, verdict.code);
  CU_ASSERT_EQUAL (verdict.reason, row->reason);
  CU_ASSERT_EQUAL (verdict.code, row->code);
  CU_ASSERT_EQUAL (verdict.missing, row->missing);
  CU_ASSERT_EQUAL (verdict.retry_after_ms, row->retry_after_ms);
  hub_answer_clear (&answer);
}

static const struct verdict_row own_verdicts[] = {
  { 200, { NULL }, HUB_FINE, 0, 0, 0 },
  { 302, { "X-Error-Code: RepoNotFound" }, HUB_FINE, 0, 0, 0 },
  { 404,
    { "X-Error-Code: RevisionNotFound" },
    HUB_NO_REVISION,
    HFCORE_E_NOTFOUND,
    HFCORE_MISSING_REVISION,
    0 },
  { 404,
    { "X-Error-Code: EntryNotFound" },
    HUB_NO_FILE,
    HFCORE_E_NOTFOUND,
    HFCORE_MISSING_FILE,
    0 },
  { 401, { "X-Error-Code: RepoNotFound" }, HUB_NO_REPO, HFCORE_E_NOTFOUND, HFCORE_MISSING_REPO, 0 },
  { 403, { "X-Error-Code: GatedRepo" }, HUB_GATED, HFCORE_E_AUTH, 0, 0 },
  { 403,
    { "X-Error-Message: Access to this resource is disabled.", "X-Error-Code: RepoNotFound" },
    HUB_DISABLED,
    HFCORE_E_AUTH,
    0,
    0 },
  { 401,
    { "X-Error-Message: Invalid credentials in Authorization header" },
    HUB_BAD_TOKEN,
    HFCORE_E_AUTH,
    0,
    0 },
  { 401, { NULL }, HUB_BAD_TOKEN, HFCORE_E_AUTH, 0, 0 },
  { 403, { NULL }, HUB_FORBIDDEN, HFCORE_E_AUTH, 0, 0 },
  { 404, { NULL }, HUB_ABSENT, HFCORE_E_NOTFOUND, HFCORE_MISSING_UNKNOWN, 0 },
  { 404,
    { "X-Error-Code: SomethingNew" },
    HUB_ABSENT,
    HFCORE_E_NOTFOUND,
    HFCORE_MISSING_UNKNOWN,
    0 },
  { 416, { NULL }, HUB_RANGE, HFCORE_E_CONFLICT, 0, 0 },
  { 400, { NULL }, HUB_REFUSED, HFCORE_E_DOWN, 0, 0 },
  { 405, { NULL }, HUB_REFUSED, HFCORE_E_DOWN, 0, 0 },
  { 408, { NULL }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
  { 429, { NULL }, HUB_SLOW_DOWN, HFCORE_E_RETRY, 0, 0 },
  { 429, { "ratelimit: \"api\";r=0;t=3" }, HUB_SLOW_DOWN, HFCORE_E_RETRY, 0, 4000 },
  { 429,
    { "ratelimit: \"api\";r=0;t=3", "Retry-After: 9" },
    HUB_SLOW_DOWN,
    HFCORE_E_RETRY,
    0,
    4000 },
  { 429,
    { "ratelimit: \"api\";r=1;t=3", "Retry-After: 9" },
    HUB_SLOW_DOWN,
    HFCORE_E_RETRY,
    0,
    10000 },
  { 503, { "ratelimit: \"api\";r=0;t=3" }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
  { 503, { "Retry-After: 0" }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 1000 },
  { 503, { "Retry-After: 99999999999" }, HUB_TROUBLE, HFCORE_E_RETRY, 0, UINT32_MAX },
  { 503, { "Retry-After: soon" }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
  { 500, { NULL }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
  { 599, { NULL }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
};

static void
test_verdicts (void)
{
  for (size_t i = 0; i < COUNT (own_verdicts); i++)
    expect_verdict (&own_verdicts[i], true);
}

/* What another origin says of our repositories does not count.  */
static void
test_verdicts_elsewhere (void)
{
  static const struct verdict_row rows[] = {
    { 200, { NULL }, HUB_FINE, 0, 0, 0 },
    { 401, { "X-Error-Code: RepoNotFound" }, HUB_EXPIRED, HFCORE_E_RETRY, 0, 0 },
    { 403, { "X-Error-Code: GatedRepo" }, HUB_EXPIRED, HFCORE_E_RETRY, 0, 0 },
    { 404, { "X-Error-Code: EntryNotFound" }, HUB_EXPIRED, HFCORE_E_RETRY, 0, 0 },
    { 410, { NULL }, HUB_EXPIRED, HFCORE_E_RETRY, 0, 0 },
    { 416, { NULL }, HUB_RANGE, HFCORE_E_CONFLICT, 0, 0 },
    { 400, { "X-Error-Code: EntryNotFound" }, HUB_REFUSED, HFCORE_E_DOWN, 0, 0 },
    { 429, { "Retry-After: 1" }, HUB_SLOW_DOWN, HFCORE_E_RETRY, 0, 2000 },
    { 502, { NULL }, HUB_TROUBLE, HFCORE_E_RETRY, 0, 0 },
  };
  for (size_t i = 0; i < COUNT (rows); i++)
    expect_verdict (&rows[i], false);
}

CHECK_MAIN ("transport-hub: protocol", { "quote", test_quote }, { "build", test_build },
            { "endpoint", test_endpoint }, { "origins", test_origins },
            { "relative", test_relative }, { "redirect", test_redirect },
            { "next_page", test_next_page }, { "show", test_show },
            { "header_lines", test_header_lines }, { "links", test_links },
            { "numbers", test_numbers }, { "content_ranges", test_content_ranges },
            { "rate_limits", test_rate_limits }, { "etags", test_etags }, { "sizes", test_sizes },
            { "commit_and_redirects", test_commit_and_redirects }, { "xet", test_xet },
            { "verdicts", test_verdicts }, { "verdicts_elsewhere", test_verdicts_elsewhere })
