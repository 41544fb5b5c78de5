/* SPDX-License-Identifier: Apache-2.0 */
/* test_glob.c: file patterns match as Python's fnmatch.fnmatchcase matches them (spec 4.4).  */
#include "tests/check.h"

#include "core/util/clock.h"
#include "core/util/glob.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct row
{
  const char *pattern, *path;
  bool matches;
};

/* Hand-picked and random pairs; the third column is what Python 3.11 says to
 * fnmatch.fnmatchcase (path, pattern + "*" if pattern.endswith ("/") else pattern), after
 * backslashes became slashes in both.  */
static const struct row rows[] = {
  // clang-format off
    { "*.json", "config.json", true },
    { "*.json", "sub/a.json", true },
    { "*.json", "a.jsonl", false },
    { "*.JSON", "a.json", false },
    { "sub/**", "sub/a/b", true },
    { "sub/*", "sub/a/b", true },
    { "**/README.md", "README.md", false },
    { "**/README.md", "a/README.md", true },
    { "**/README.md", "a/b/README.md", true },
    { "", "", true },
    { "", "a", false },
    { "*", "", true },
    { "*", ".hidden", true },
    { "**", "a/b", true },
    { "*", "a\nb", true },
    { "?", "", false },
    { "?", "a", true },
    { "?", "/", true },
    { "?", "\303\251", true },
    { "?", "\346\227\245", true },
    { "?\?", "\303\251", false },
    { "a?c", "a\nc", true },
    { "a?c", "abc", true },
    { "[abc]", "b", true },
    { "[abc]", "d", false },
    { "[!abc]", "d", true },
    { "[!abc]", "a", false },
    { "[!abc]", "", false },
    { "[^a]", "^", true },
    { "[^a]", "a", true },
    { "[^a]", "b", false },
    { "[]]", "]", true },
    { "[]a]", "a", true },
    { "[]a]", "b", false },
    { "[!]]", "]", false },
    { "[!]]", "a", true },
    { "[!]", "[!]", true },
    { "[!]", "a", false },
    { "[]", "[]", true },
    { "[]", "]", false },
    { "[", "[", true },
    { "[a", "[a", true },
    { "[a", "a", false },
    { "a[", "a[", true },
    { "*[", "x[", true },
    { "[a-c]", "b", true },
    { "[a-c]", "d", false },
    { "[c-a]", "b", false },
    { "[c-a]", "c", false },
    { "[!c-a]", "b", true },
    { "[a-]", "-", true },
    { "[a-]", "a", true },
    { "[-a]", "-", true },
    { "[-a]", "b", false },
    { "[a-c-e]", "-", true },
    { "[a-c-e]", "e", true },
    { "[a-c-e]", "d", false },
    { "[--/]", ".", true },
    { "[--/]", "-", true },
    { "[--/]", "a", false },
    { "[xc-ay]", "x", true },
    { "[xc-ay]", "y", true },
    { "[xc-ay]", "b", false },
    { "[a-cx-z]", "y", true },
    { "[a-cx-z]", "m", false },
    { "[\303\240-\303\274]", "\303\251", true },
    { "[\303\240-\303\274]", "e", false },
    { "[!\303\240-\303\274]", "e", true },
    { "[a-\\]", "/", false },
    { "[/]", "\\", true },
    { "a\\b", "a/b", true },
    { "a/b", "a\\b", true },
    { "\\*", "*", false },
    { "\\*", "/x", true },
    { "{a,b}", "a", false },
    { "{a,b}", "{a,b}", true },
    { "[[:alpha:]]", "a:]", false },
    { "[[:alpha:]]", "a]", true },
    { "[[:alpha:]]", "a", false },
    { "[a&&b]", "&", true },
    { "[a||b]", "|", true },
    { "[~~]", "~", true },
    { "[[a]", "[", true },
    { "[.]", ".", true },
    { ".", "a", false },
    { "a+", "aa", false },
    { "(a)", "(a)", true },
    { "$", "$", true },
    { "^a", "^a", true },
    { "art/", "art/x", true },
    { "art/", "art/x/y", true },
    { "art/", "art/", true },
    { "art/", "art", false },
    { "art/", "arts/x", false },
    { "path/to/", "nested/path/to/x", false },
    { "*/", "a/b", true },
    { "*/", "a", false },
    { "/", "/", true },
    { "/", "/a", true },
    { "/", "a/", false },
    { "art\\", "art/x", true },
    { "*a*b*c", "xaxbxc", true },
    { "*a*b*c", "xaxcxb", false },
    { "*a*b*c", "abcabc", true },
    { "*ab", "aab", true },
    { "*ab", "aba", false },
    { "a*a", "a", false },
    { "a*a", "aa", true },
    { "*?*", "a", true },
    { "*?*", "", false },
    { "***a", "ba", true },
    { "a**", "a", true },
    { "*[a-c]?", "xxbz", true },
    { "*[!a]", "xa", false },
    { "model-*-of-*.safetensors", "model-00001-of-00002.safetensors", true },
    { "model-*-of-*.safetensors", "model.safetensors", false },
    { "onnx/*_q4?*", "onnx/model_q4f16.onnx", true },
    { "*.[ch]", "a.h", true },
    { "*.[ch]", "a.cc", false },
    { "\346\227\245*", "\346\227\245\346\234\254", true },
    { "*\346\234\254", "\346\227\245\346\234\254", true },
    { "[\346\227\245]?", "\346\227\245\346\234\254", true },
    { ".]*\303\251", ".]\303\251\303\251\303\251", true },
    { "*?.a\303\251[*\303\251", ".]/", false },
    { "?\?*", ".b-", true },
    { "][*", "baa//", false },
    { "*?", "a.", true },
    { "b.b?*-[*", "a\303\251", false },
    { "?*", "b]-]", true },
    { "!*[b", "a]\303\251-\303\251", false },
    { "*.*[/\303\251-]", "a../\303\251", true },
    { "..*[a]?*", "aaaa", false },
    { "?b", ".b", true },
    { "b*a[b--.", "\303\251-aaa", false },
    { "[**..?]", ".", true },
    { "[\303\251?b*aa", "\303\251b--", false },
    { "?*", "]/-", true },
    { ".\303\251b][?*", "-", false },
    { "*?", "b]]..", true },
    { "b[*", "-", false },
    { "]?", "]-", true },
    { "]*b[", "]", false },
    { "?*", "\303\251/\303\251", true },
    { "[--*b", "]-ab", false },
    { "*/?**", "\303\251a/b", true },
    { "!!.[*/\303\251", "]", false },
    { "**", "bba", true },
    { "[bb*/", "a\303\251b/\303\251", false },
    { "***", "a.", true },
    { "b*[/..b/", "//.\303\251", false },
    { "?/", "]/a.-", true },
    { "--?*/[/", "\303\251]/", false },
    { "**", "-b", true },
    { "][*-*", "\303\251", false },
    { "**?", "aa", true },
    { "/b?\?*ab[", "ab", false },
    { "**", "-", true },
    { "!*b!/.[!", "/", false },
    { "[!]]*", "/ba-.", true },
    { "*-[b]b\303\251", "-\303\251]", false },
    { "**", "-/-/.", true },
    { "*!a[b", "-", false },
    { "?*", "]b", true },
    { "[/.!*", "a]", false },
    { "]*", "]", true },
    { "a?[a*", "].", false },
    { "**", ".abab", true },
    { "b**]![", "//", false },
    { "\303\251*.", "\303\251-b.", true },
    { "*\303\251]\303\251[!-b", ".a-", false },
    { "*?", "bb-a", true },
    { "![*", "-.b.\303\251", false },
    { "*b", "\303\251/b", true },
    { "**b[!]!.", "//]b", false },
    { "b?*", "bab/", true },
    { "]\303\251*[/-\303\251/", "b-]", false },
    { "**", "a.\303\251", true },
    { "-]*[.", "-\303\251\303\251", false },
    { "?\?", "]\303\251", true },
    { "[*", "./", false },
    { ".?.?b", ".a.bb", true },
    { ".![*", "]-", false },
  // clang-format on
};

static void
test_as_python (void)
{
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      bool matches = glob_match (rows[i].pattern, rows[i].path);
      if (matches != rows[i].matches)
        fprintf (stderr, "pattern [%s], path [%s]\n", rows[i].pattern, rows[i].path);
      CU_ASSERT_EQUAL (matches, rows[i].matches);
    }
}

static void
test_bytes_that_are_no_utf8 (void)
{
  CU_ASSERT_TRUE (glob_match ("?", "\xff"));
  CU_ASSERT_TRUE (glob_match ("\xff*", "\xff"));
  CU_ASSERT_TRUE (glob_match ("[\x80-\xff]", "\xc3"));
  CU_ASSERT_FALSE (glob_match ("[\x80-\xff]", "\xc3\xa9"));
  CU_ASSERT_FALSE (glob_match ("?", "\xff\xff"));
  CU_ASSERT_TRUE (glob_match ("??", "\xe6\x97"));
}

/* `count` times `part`, then `end`; the caller's.  */
static char *
repeat (const char *part, size_t count, const char *end)
{
  size_t len = strlen (part);
  char *text = malloc (count * len + strlen (end) + 1);
  for (size_t i = 0; i < count; i++)
    memcpy (text + i * len, part, len);
  memcpy (text + count * len, end, strlen (end) + 1);
  return text;
}

static void
test_no_pattern_runs_away (void)
{
  static const struct
  {
    const char *part, *end;
    bool matches;
  } patterns[] = {
    { "*a", "b", false }, { "*", "b", false }, { "*[", "", false },      { "[", "", false },
    { "*a*", "*", true }, { "*?", "a", true }, { "*[a-b]", "c", false }, { "*[!c]", "[", false },
  };
  char *path = repeat ("a", 2000, "");
  int64_t start = clock_now_ms ();
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
    {
      char *pattern = repeat (patterns[i].part, 900, patterns[i].end);
      CU_ASSERT_EQUAL (glob_match (pattern, path), patterns[i].matches);
      free (pattern);
    }
  /* Backtracking over every "*" would take longer than the world will last.  */
  CU_ASSERT_TRUE (clock_now_ms () - start < 60000);
  free (path);
}

static void
test_keeps (void)
{
  static const char *const json[] = { "*.json", "*.txt" };
  static const char *const art[] = { "art/" };
  static const char *const empty[] = { "" };
  CU_ASSERT_TRUE (glob_keeps ("a.bin", NULL, 0, NULL, 0));
  CU_ASSERT_TRUE (glob_keeps ("a.json", json, 2, NULL, 0));
  CU_ASSERT_TRUE (glob_keeps ("a.txt", json, 2, NULL, 0));
  CU_ASSERT_FALSE (glob_keeps ("a.bin", json, 2, NULL, 0));
  CU_ASSERT_FALSE (glob_keeps ("a.txt", json, 1, NULL, 0));
  CU_ASSERT_TRUE (glob_keeps ("art/a.json", json, 2, json, 0));
  CU_ASSERT_FALSE (glob_keeps ("art/a.json", json, 2, art, 1));
  CU_ASSERT_FALSE (glob_keeps ("art/a.bin", NULL, 0, art, 1));
  CU_ASSERT_TRUE (glob_keeps ("a.bin", NULL, 0, art, 1));
  /* An empty list keeps nothing, no list everything (spec 4.4).  */
  CU_ASSERT_FALSE (glob_keeps ("a.json", json, 0, NULL, 0));
  CU_ASSERT_FALSE (glob_keeps ("a.json", empty, 1, NULL, 0));
  CU_ASSERT_TRUE (glob_keeps ("a.json", NULL, 0, empty, 1));
}

CHECK_MAIN ("glob", { "as python", test_as_python },
            { "bytes that are no utf-8", test_bytes_that_are_no_utf8 },
            { "no pattern runs away", test_no_pattern_runs_away }, { "keeps", test_keeps })
