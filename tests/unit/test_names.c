/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c: what is a well-formed and harmless name (spec 1.3, 1.5, 1.16, 1.17, 2.1, 2.4).  */
#include "tests/check.h"

#include "core/util/names.h"

#include <stdio.h>
#include <stdlib.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef const char *check_name (const char *name);

static void
all_good (check_name *check, const char *const *names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      const char *why = check (names[i]);
      if (why)
        fprintf (stderr, "[%s] is refused: %s\n", names[i], why);
      CU_ASSERT_PTR_NULL (why);
    }
}

static void
all_bad (check_name *check, const char *const *names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      const char *why = check (names[i]);
      if (!why)
        fprintf (stderr, "[%s] is taken\n", names[i]);
      CU_ASSERT_PTR_NOT_NULL (why);
    }
}

#define ALL_GOOD(check, ...)                                                                       \
  do                                                                                               \
    {                                                                                              \
      static const char *const names_[] = { __VA_ARGS__ };                                         \
      all_good (check, names_, sizeof names_ / sizeof *names_);                                    \
    }                                                                                              \
  while (0)
#define ALL_BAD(check, ...)                                                                        \
  do                                                                                               \
    {                                                                                              \
      static const char *const names_[] = { __VA_ARGS__ };                                         \
      all_bad (check, names_, sizeof names_ / sizeof *names_);                                     \
    }                                                                                              \
  while (0)

/* `count` times `letter`, in a static buffer.  */
static const char *
many (size_t count, const char *letter, const char *end)
{
  static char text[8192];
  size_t len = 0;
  for (size_t i = 0; i < count; i++)
    len += (size_t) snprintf (text + len, sizeof text - len, "%s", letter);
  snprintf (text + len, sizeof text - len, "%s", end);
  return text;
}

static void
test_repo_ids (void)
{
  ALL_GOOD (names_check_repo_id, "123", "foo", "foo/bar", "Foo-BAR_foo.bar123", "a", "_", "a/b",
            "julien-c/EsperBERTo-small", "a.b-c_d/e.f-g_h", "foo.gitx", "git", "foo.git/bar",
            "a-.b");
  ALL_BAD (names_check_repo_id, "", "/", "foo/", "/foo", "datasets/foo/bar", "a//b", ".repo_id",
           "repo_id.", "-foo", "foo-", "foo--bar", "foo..bar", "foo.git", "foo/bar.git", ".foo/bar",
           "foo./bar", "foo/.bar", "foo-/bar", "foo/-bar", "foo bar", "foo\\bar", "foo:bar",
           "foo\n", "foo\tbar", "foo@bar", "..", ".", "foo/..", "../foo", "\300\257", "foo\377",
           "caf\303\251/b", "a\302\240b", "a\342\200\213b", "a\302\205", "\360\237\244\227",
           "a\303\227b");
}

static void
test_how_long_a_repo_id_may_be (void)
{
  CU_ASSERT_PTR_NULL (names_check_repo_id (many (96, "a", "")));
  CU_ASSERT_PTR_NOT_NULL (names_check_repo_id (many (97, "a", "")));
  CU_ASSERT_PTR_NULL (names_check_repo_id (many (96, "a", "/b")));
  CU_ASSERT_PTR_NOT_NULL (names_check_repo_id (many (97, "a", "/b")));
}

static void
test_a_reason_names_the_rule (void)
{
  CHECK_CONTAINS (names_check_repo_id ("a/b/c"), "one '/'");
  CHECK_CONTAINS (names_check_repo_id ("a--b"), "'--'");
  CHECK_CONTAINS (names_check_repo_id ("a.git"), ".git");
  CHECK_CONTAINS (names_check_repo_id (many (97, "a", "")), "96");
  CHECK_CONTAINS (names_check_file ("a/../b"), "'..'");
  CHECK_CONTAINS (names_check_file ("a//b"), "empty segment");
  CHECK_CONTAINS (names_check_file ("/a"), "starts with '/'");
  CHECK_CONTAINS (names_check_file ("a\nb"), "control");
  CHECK_CONTAINS (names_check_file ("C:/x"), "drive");
  CHECK_CONTAINS (names_check_revision ("a\\b"), "backslash");
  CHECK_CONTAINS (names_check_repo_type ("models"), "'model'");
}

static void
test_repo_types (void)
{
  ALL_GOOD (names_check_repo_type, "model", "dataset", "space", "kernel");
  ALL_BAD (names_check_repo_type, "", "models", "Model", "bucket", "..");
}

static void
test_revisions (void)
{
  ALL_GOOD (names_check_revision, "main", "refs/pr/1", "v1.0", "feature/x-y", COMMIT, "a b", "...",
            ".hidden", "caf\303\251", "ab:c", "ab:", "%2e%2e");
  ALL_BAD (names_check_revision, "", "/", "/main", "main/", "a//b", ".", "..", "a/..", "../a",
           "a/../b", "./a", "a/.", "a\\b", "..\\a", "a\nb", "a\177", "a\302\205", "C:", "C:/x",
           "a/C:x", "\377", "\303\251:x");
  CU_ASSERT_PTR_NULL (names_check_revision (many (255, "a", "/b")));
  CU_ASSERT_PTR_NOT_NULL (names_check_revision (many (256, "a", "")));
  CU_ASSERT_PTR_NOT_NULL (names_check_revision (many (256, "a", "/b")));
  CU_ASSERT_PTR_NULL (names_check_revision (many (511, "a/", "ab")));
  CU_ASSERT_PTR_NOT_NULL (names_check_revision (many (511, "a/", "abc")));
}

static void
test_files (void)
{
  ALL_GOOD (names_check_file, "config.json", "a/b/c", ".gitattributes", "a/.b/c", "a b", "...",
            "..a", "a..", "to?/awful?filename%you:should,never.give", "ab:c", "a\\b", "a\\\\b",
            "a\\", "caf\303\251/\346\227\245.bin", "-rf", "~", "$HOME", "a/*", "\342\200\256x",
            "models--a--b", "x/ab:");
  ALL_BAD (names_check_file, "", "/", "/etc/passwd", "a/", "a//b", "//a", ".", "..", "./a", "a/.",
           "a/./b", "../a", "a/..", "a/../b", "..\\a", "a\\..", "a\\..\\b", "a\\.\\b", "a/..\\b",
           "folder/..\\..\\..\\file", "C:/x", "C:\\x", "c:", "a:b.txt", "a:", "a/b:c", "1:x",
           "\303\251:x", "\\\\host\\share", "\\a", "folder/\\evil", "a/\\", "a\nb", "a\033[2Jb",
           "a\177b", "a\302\233b", "\300\256\300\256/a", "a\377", "\355\240\200");
  CU_ASSERT_PTR_NULL (names_check_file (many (255, "a", "/b")));
  CU_ASSERT_PTR_NOT_NULL (names_check_file (many (256, "a", "/b")));
  CU_ASSERT_PTR_NOT_NULL (names_check_file (many (128, "\303\251", "")));
  CU_ASSERT_PTR_NULL (names_check_file (many (2047, "a/", "ab")));
  CU_ASSERT_PTR_NOT_NULL (names_check_file (many (2047, "a/", "abc")));
}

static void
test_etags (void)
{
  ALL_GOOD (names_check_etag, COMMIT, SHA256, "a", "9e107d9d372bb6826bd81d3542a419d6-5", "A_b+c=.x",
            "incomplete", "lock", "a.locked", "-");
  ALL_BAD (names_check_etag, "", ".", "..", ".a", "a/b", "a b", "a\"b", "a\\b", "a\n",
           "a.incomplete", COMMIT ".1234abcd.incomplete", COMMIT ".lock", "caf\303\251", "a:b",
           "a\177");
  CU_ASSERT_PTR_NULL (names_check_etag (many (200, "a", "")));
  CU_ASSERT_PTR_NOT_NULL (names_check_etag (many (201, "a", "")));
}

static void
test_commits_and_digests (void)
{
  CU_ASSERT_TRUE (names_is_commit (COMMIT));
  CU_ASSERT_FALSE (names_is_commit (""));
  CU_ASSERT_FALSE (names_is_commit ("main"));
  CU_ASSERT_FALSE (names_is_commit (COMMIT "0"));
  CU_ASSERT_FALSE (names_is_commit (COMMIT "\n"));
  CU_ASSERT_FALSE (names_is_commit (&COMMIT[1]));
  CU_ASSERT_FALSE (names_is_commit ("0123456789ABCDEF0123456789ABCDEF01234567"));
  CU_ASSERT_FALSE (names_is_commit ("0123456789abcdef0123456789abcdef0123456g"));
  CU_ASSERT_FALSE (names_is_commit (SHA256));
  CU_ASSERT_TRUE (names_is_sha256 (SHA256));
  CU_ASSERT_FALSE (names_is_sha256 (COMMIT));
  CU_ASSERT_FALSE (names_is_sha256 (SHA256 "0"));
}

static void
test_os_files (void)
{
  CU_ASSERT_TRUE (names_is_os_file (".DS_Store"));
  CU_ASSERT_TRUE (names_is_os_file ("Thumbs.db"));
  CU_ASSERT_TRUE (names_is_os_file ("desktop.ini"));
  CU_ASSERT_FALSE (names_is_os_file ("thumbs.db"));
  CU_ASSERT_FALSE (names_is_os_file (".DS_Store.txt"));
  CU_ASSERT_FALSE (names_is_os_file (""));
}

static void
check_folder_name (const char *type, const char *id, const char *expected)
{
  char *name = names_repo_folder (type, id);
  CHECK_STRING (name, expected);
  free (name);
}

static void
test_repo_folders (void)
{
  check_folder_name ("model", "julien-c/EsperBERTo-small", "models--julien-c--EsperBERTo-small");
  check_folder_name ("dataset", "glue", "datasets--glue");
  check_folder_name ("space", "dalle-mini/dalle-mini", "spaces--dalle-mini--dalle-mini");
  check_folder_name ("kernel", "u/k", "kernels--u--k");
}

/* `expected`: "TYPE ID", or NULL: it is none.  */
static void
check_parsed_folder (const char *folder, size_t len, const char *expected)
{
  char room[NAMES_FOLDER_ROOM], found[2 * NAMES_FOLDER_ROOM];
  const char *type, *id;
  bool is_one = names_parse_repo_folder (folder, len, room, &type, &id);
  CU_ASSERT_EQUAL (is_one, expected != NULL);
  if (!is_one || !expected)
    return;
  snprintf (found, sizeof found, "%s %s", type, id);
  CHECK_STRING (found, expected);
}

static void
test_parsed_repo_folders (void)
{
  static const struct
  {
    const char *folder, *expected;
  } cases[] = {
    { "models--julien-c--EsperBERTo-small", "model julien-c/EsperBERTo-small" },
    { "datasets--glue", "dataset glue" },
    { "models--a---b", "model a/-b" },
    { "models--a----b", "model a//b" },
    { "models--", "model " },
    { "models-a", NULL },
    { "models", NULL },
    { "--a", NULL },
    { "s--a", NULL },
    { "model--a", NULL },
    { "modelss--a", NULL },
    { "trees--a", NULL },
    { "", NULL },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_parsed_folder (cases[i].folder, strlen (cases[i].folder), cases[i].expected);
  check_parsed_folder ("models--org--name/blobs", strlen ("models--org--name"), "model org/name");
  check_parsed_folder ("models--org--name", strlen ("models--org-"), "model org-");
  char longest[NAMES_FOLDER_ROOM] = "models--";
  memset (longest + 8, 'a', sizeof longest - 9);
  CU_ASSERT_EQUAL (strlen (longest), 255);
  char room[NAMES_FOLDER_ROOM];
  const char *type, *id;
  CU_ASSERT (names_parse_repo_folder (longest, 255, room, &type, &id));
  CU_ASSERT_EQUAL (strlen (id), 255 - 8);
  CU_ASSERT_FALSE (names_parse_repo_folder (longest, 256, room, &type, &id));
}

static void
check_normal (const char *header, const char *expected)
{
  char *etag = names_normal_etag (header);
  CHECK_STRING (etag, expected);
  free (etag);
}

static void
test_normal_etags (void)
{
  check_normal ("\"x\"", "x");
  check_normal ("W/\"x\"", "x");
  check_normal ("x", "x");
  check_normal ("", "");
  check_normal ("\"\"", "");
  check_normal ("W/", "");
  check_normal ("Wx", "x"); /* a set of characters is stripped, as in Python */
  check_normal ("\"\"a\"b\"\"", "a\"b");
  check_normal ("\"W/x\"", "W/x");
}

/* The examples of Python's own tests, and what it does with all else (spec 6).  */
static void
test_asset_folders (void)
{
  static const char *const pairs[][2]
      = { { "datasets", "datasets" },
          { "default", "default" },
          { "Helsinki-NLP/tatoeba_mt", "Helsinki-NLP--tatoeba_mt" },
          { "ReAlLy dumb", "ReAlLy--dumb" },
          { "user/repo_name", "user--repo_name" },
          { "this is/not\\clever", "this--is--not--clever" },
          { "a b/c\\d", "a--b--c--d" },
          { " /\\", "------" },
          { "/", "--" },
          { "../..", "..--.." },
          { "a  b", "a----b" },
          { "a--b", "a--b" },
          { "...", "..." },
          { ".hidden", ".hidden" },
          { "~", "~" },
          { "$HOME:*?", "$HOME:*?" },
          { "caf\303\251 \346\227\245", "caf\303\251--\346\227\245" },
          { "a\302\240b", "a\302\240b" } };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    {
      char *folder = names_asset_folder (pairs[i][0]);
      CHECK_STRING (folder, pairs[i][1]);
      CU_ASSERT_PTR_NULL (names_check_asset (pairs[i][0]));
      CU_ASSERT_PTR_NULL (names_check_asset (pairs[i][1]));
      free (folder);
    }
}

static void
test_asset_names (void)
{
  ALL_BAD (names_check_asset, "", ".", "..", "a\nb", "\033[31m", "a\177", "a\302\205", "\377",
           "\300\256\300\256", "\355\240\200");
  CU_ASSERT_PTR_NULL (names_check_asset (many (255, "a", "")));
  CU_ASSERT_PTR_NOT_NULL (names_check_asset (many (256, "a", "")));
  CU_ASSERT_PTR_NULL (names_check_asset (many (127, "/", "a")));
  CU_ASSERT_PTR_NOT_NULL (names_check_asset (many (128, "/", "")));
  CU_ASSERT_PTR_NOT_NULL (names_check_asset (many (4000, "\303\251", "")));
  CHECK_CONTAINS (names_check_asset (".."), "'..'");
  CHECK_CONTAINS (names_check_asset ("\n"), "control");
  CHECK_CONTAINS (names_check_asset (many (256, " ", "")), "255");
}

CHECK_MAIN ("names", { "asset folders", test_asset_folders }, { "asset names", test_asset_names },
            { "repo ids", test_repo_ids },
            { "how long a repo id may be", test_how_long_a_repo_id_may_be },
            { "a reason names the rule", test_a_reason_names_the_rule },
            { "repo types", test_repo_types }, { "revisions", test_revisions },
            { "files", test_files }, { "etags", test_etags },
            { "commits and digests", test_commits_and_digests }, { "os files", test_os_files },
            { "repo folders", test_repo_folders },
            { "parsed repo folders", test_parsed_repo_folders },
            { "normal etags", test_normal_etags })
