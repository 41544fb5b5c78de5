/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_tree.c: remembered file lists, byte for byte as Python's json module writes them, and
 * what is passed over when they are read (spec 1.9); listings of what other clients left.  */
#include "plugins/hub-layout/hub_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_store.h"
#include "tests/check.h"
#include "tests/contract/storage_host.h"
#include "tests/unit/layout_fixture.h"

#define REPO   "cache/models--org--name"
#define COMMIT "0000000000000000000000000000000000000001"
#define TREE   REPO "/trees/" COMMIT ".json"
#define HASH   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct hub_store *store;

static int
set_tree (const struct hfcore_file_info *files, size_t count)
{
  TEST_CALL (call);
  return hub_tree_set (store, &call, &test_repo, COMMIT, files, count);
}

static void
test_bytes (void)
{
  /* Written by huggingface_hub 2.4.0.  */
  static const char wanted[]
      = "{\n \"format_version\": 1,\n \"files\": {\n"
        "  \"README.md\": {\n   \"size\": 13,\n"
        "   \"blob_id\": \"33ca521259461000fd4aa32332bcb9a241e94cfa\"\n  },\n"
        "  \"empty.txt\": {\n   \"size\": 0,\n"
        "   \"blob_id\": \"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\"\n  },\n"
        "  \"sub/dir/config.json\": {\n   \"size\": 8,\n"
        "   \"blob_id\": \"0187f3b09d66cef7911083ad49f890f5a6589589\"\n  },\n"
        "  \"w\\u00e9\\u65e5\\ud83d\\ude00 \\u0001\\u007f\\\"q'\\\\z.txt\": {\n   \"size\": 6,\n"
        "   \"blob_id\": \"c2b95528abf64e4ec527d664d9926aa10ab2c3f2\"\n  }\n }\n}";
  const struct hfcore_file_info files[] = {
    { .size = sizeof *files,
      .path = "w\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80 \x01\x7f\"q'\\z.txt",
      .length = 6,
      .blob_id = "c2b95528abf64e4ec527d664d9926aa10ab2c3f2" },
    { .size = sizeof *files,
      .path = "sub/dir/config.json",
      .length = 8,
      .blob_id = "0187f3b09d66cef7911083ad49f890f5a6589589" },
    { .size = sizeof *files,
      .path = "README.md",
      .length = 13,
      .blob_id = "33ca521259461000fd4aa32332bcb9a241e94cfa" },
    { .size = sizeof *files,
      .path = "empty.txt",
      .length = 0,
      .blob_id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" },
  };
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (set_tree (files, 4), 0);
  CHECK_STRING (check_read (check_path (TREE)), wanted);
  hub_store_close (store);
}

static void
test_bytes_of_lfs_and_xet (void)
{
  const struct hfcore_file_info files[] = {
    { .size = sizeof *files, .path = "\\uABCD\\", .length = 1, .blob_id = "twice" },
    { .size = sizeof *files,
      .path = "\\uABCD\\",
      .length = 9223372036854775807,
      .blob_id = "/\t\x1f" },
    { .size = sizeof *files,
      .path = "xet",
      .length = 700,
      .blob_id = "p",
      .lfs_sha256 = "s",
      .lfs_length = 700,
      .xet_hash = HASH },
  };
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (set_tree (files, 3), 0);
  CHECK_STRING (check_read (check_path (TREE)),
                "{\n \"format_version\": 1,\n \"files\": {\n"
                "  \"\\\\uABCD\\\\\": {\n   \"size\": 9223372036854775807,\n"
                "   \"blob_id\": \"/\\t\\u001f\"\n  },\n"
                "  \"xet\": {\n   \"size\": 700,\n   \"blob_id\": \"p\",\n"
                "   \"lfs_sha256\": \"s\",\n   \"lfs_size\": 700,\n"
                "   \"xet_hash\": \"" HASH "\"\n  }\n }\n}");
  hub_store_close (store);
}

static void
test_what_is_not_remembered (void)
{
  struct hfcore_file_info file = {
    .size = sizeof file, .path = "f", .length = 1, .blob_id = "b", .lfs_length = HFCORE_SIZE_UNKNOWN
  };
  store = layout_open_fresh ();
  file.xet_hash = "********************************************************";
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  file.xet_hash = NULL;
  file.blob_id = NULL;
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  file.blob_id = "b";
  file.lfs_sha256 = "s";
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  file.lfs_sha256 = NULL;
  file.length = HFCORE_SIZE_UNKNOWN;
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  file.length = 1;
  file.path = "\xff";
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  CU_ASSERT (access (check_path (TREE), F_OK) < 0);
  CLEANUP_FREE char *left = test_tree (check_path ("cache"));
  CU_ASSERT_PTR_NULL (strstr (left, ".tmp"));
  file.path = "f";
  CU_ASSERT_EQUAL (set_tree (&file, 1), 0);
  CU_ASSERT_EQUAL (access (check_path (TREE), F_OK), 0);
  hub_store_close (store);
}

static int
tell_file (void *ctx, const struct hfcore_file_info *info)
{
  text_addf (ctx, "%s|%llu|%s|%s;", info->path, (unsigned long long) info->length, info->etag,
             info->commit);
  return 0;
}

static int
get_tree (struct text *told)
{
  TEST_CALL (call);
  struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = told, .file = tell_file };
  return hub_tree_get (store, &call, &test_repo, COMMIT, &sink);
}

static void
test_reading (void)
{
  store = layout_open_fresh ();
  CLEANUP_TEXT struct text told = TEXT_LIMIT (10000);
  check_write (TREE,
               "{\"format_version\": 1, \"more\": [], \"files\": {"
               "\"b\": {\"size\": 1, \"blob_id\": \"x\", \"lfs_sha256\": null},"
               "\"a\": {\"size\": 2, \"blob_id\": \"y\", \"lfs_sha256\": \"z\", \"new\": 1}}}");
  CU_ASSERT_EQUAL (get_tree (&told), 0);
  CHECK_STRING (told.bytes, "b|1|x|" COMMIT ";a|2|z|" COMMIT ";");
  hub_store_close (store);
}

static void
test_defects_are_passed_over (void)
{
#define FILES(text)                                                                                \
  "{\"format_version\": 1, \"files\": {\"good\": {\"size\": 1, \"blob_id\": \"x\"}, " text "}}"
  static const char *const bad[] = {
    "",
    "null",
    "[]",
    "{}",
    "{\"format_version\": 1}",
    "{\"format_version\": 1, \"files\": []}",
    "{\"format_version\": 2, \"files\": {}}",
    "{\"format_version\": \"1\", \"files\": {}}",
    "{\"format_version\": 1, \"files\": {}",
    "{\"format_version\": 1, \"files\": {}} more",
    FILES ("\"f\": 1"),
    FILES ("\"f\": {}"),
    FILES ("\"f\": {\"size\": 1}"),
    FILES ("\"f\": {\"blob_id\": \"x\"}"),
    FILES ("\"f\": {\"size\": -1, \"blob_id\": \"x\"}"),
    FILES ("\"f\": {\"size\": \"1\", \"blob_id\": \"x\"}"),
    FILES ("\"f\": {\"size\": 1, \"blob_id\": 1}"),
    FILES ("\"f\": {\"size\": 1, \"blob_id\": \"../x\"}"),
    FILES ("\"f\": {\"size\": 1, \"blob_id\": \"x\", \"xet_hash\": \"***\"}"),
    FILES ("\"f\": {\"size\": 1, \"blob_id\": \"x\", \"lfs_size\": \"1\"}"),
    FILES ("\"../f\": {\"size\": 1, \"blob_id\": \"x\"}"),
    FILES ("\"/f\": {\"size\": 1, \"blob_id\": \"x\"}"),
    FILES ("\"\": {\"size\": 1, \"blob_id\": \"x\"}"),
    FILES ("\"\xff\": {\"size\": 1, \"blob_id\": \"x\"}"),
  };
  store = layout_open_fresh ();
  CLEANUP_TEXT struct text told = TEXT_LIMIT (10000);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      check_write (TREE, bad[i]);
      CU_ASSERT_EQUAL (get_tree (&told), HFCORE_PASS);
      if (told.len)
        CU_FAIL ("half of a bad list was told");
    }
  /* Larger than what is ever read.  */
  check_write (TREE, "{\"format_version\": 1, \"files\": {}}");
  CU_ASSERT_EQUAL (get_tree (&told), 0);
  CU_ASSERT_EQUAL (truncate (check_path (TREE), (off_t) 65 << 20), 0);
  CU_ASSERT_EQUAL (get_tree (&told), HFCORE_PASS);
  CU_ASSERT_EQUAL (unlink (check_path (TREE)), 0);
  CU_ASSERT_EQUAL (mkdir (check_path (TREE), 0777), 0);
  CU_ASSERT_EQUAL (get_tree (&told), HFCORE_PASS);
  CU_ASSERT_EQUAL (rmdir (check_path (TREE)), 0);
  CU_ASSERT_EQUAL (mkfifo (check_path (TREE), 0666), 0);
  CU_ASSERT_EQUAL (get_tree (&told), HFCORE_PASS);
  hub_store_close (store);
}

/* A few bytes of JSON can take a hundred times as much memory.  */
static void
test_many_values_are_passed_over (void)
{
  CLEANUP_TEXT struct text list = TEXT_LIMIT ((size_t) 8 << 20), told = TEXT_LIMIT (10000);
  store = layout_open_fresh ();
  for (size_t count = (size_t) 1 << 19; count <= (size_t) 1 << 21; count <<= 2)
    {
      list.len = 0;
      text_add (&list, "{\"format_version\": 1, \"files\": {}, \"more\": [{}");
      for (size_t i = 0; i < count; i++)
        text_append (&list, ",{}", 3);
      text_add (&list, "]}");
      CU_ASSERT_FALSE_FATAL (list.failed);
      check_write (TREE, list.bytes);
      CU_ASSERT_EQUAL (get_tree (&told), count < (size_t) 1 << 21 ? 0 : HFCORE_PASS);
    }
  hub_store_close (store);
}

/* ---- listings ---- */

static int
tell_entry (void *ctx, const struct hfcore_entry *entry)
{
  text_addf (ctx, "%d %s %s %s %lld\n", entry->kind, entry->name ? entry->name : "-",
             entry->commit ? entry->commit : "-", entry->etag ? entry->etag : "-",
             (long long) entry->length);
  return 0;
}

static int
by_text (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char *
sort_lines (char *text)
{
  char *lines[64], *sorted = NULL;
  size_t count = 0;
  struct text all = TEXT_LIMIT (10000);
  for (char *at = text; at && *at && count < 64; at = strchr (at, '\n') + 1)
    lines[count++] = at;
  qsort (lines, count, sizeof *lines, by_text);
  for (size_t i = 0; i < count; i++)
    text_append (&all, lines[i], strcspn (lines[i], "\n") + 1);
  sorted = text_take (&all);
  return sorted;
}

static void
test_listing (void)
{
  store = layout_open_fresh ();
  check_write (REPO "/refs/main", COMMIT);
  check_write (REPO "/refs/bad", "garbage");
  check_write (REPO "/refs/refs/pr/1", COMMIT "\n");
  check_write (REPO "/refs/.DS_Store", "x");
  check_write (REPO "/blobs/e1", "12345");
  check_write (REPO "/blobs/e2.01234567.incomplete", "123");
  check_write (REPO "/blobs/e3.incomplete", "");
  check_write (REPO "/blobs/.e1.01234567.shared", "");
  check_write (REPO "/snapshots/" COMMIT "/d/plain", "1234567");
  check_write (REPO "/snapshots/.DS_Store", "x");
  CU_ASSERT_EQUAL (symlink ("../../blobs/e1", check_path (REPO "/snapshots/" COMMIT "/.f")), 0);
  CU_ASSERT_EQUAL (symlink ("../../blobs/no", check_path (REPO "/snapshots/" COMMIT "/g")), 0);
  CU_ASSERT_EQUAL (symlink ("d", check_path (REPO "/snapshots/" COMMIT "/folder")), 0);
  CU_ASSERT_EQUAL (symlink ("../../x/e1", check_path (REPO "/snapshots/" COMMIT "/h")), 0);
  TEST_CALL (call);
  CLEANUP_TEXT struct text told = TEXT_LIMIT (10000);
  struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &told, .entry = tell_entry };
  CU_ASSERT_EQUAL (hub_list (store, &call, &test_repo, ~HFCORE_LIST_QUICK, &sink), 0);
  CLEANUP_FREE char *sorted = sort_lines (told.bytes);
  CHECK_STRING (sorted, "1 - - - 0\n"
                        "2 bad - - 0\n"
                        "2 main " COMMIT " - 0\n"
                        "2 refs/pr/1 - - 0\n"
                        "3 - " COMMIT " - 0\n"
                        "4 .f " COMMIT " e1 5\n"
                        "4 d/plain " COMMIT " - 7\n"
                        "4 g " COMMIT " no -1\n"
                        "4 h " COMMIT " - -1\n"
                        "5 - - e1 5\n"
                        "6 e2.01234567.incomplete - e2 3\n"
                        "6 e3.incomplete - e3 0\n");
  hub_store_close (store);
}

static int
tell_repo (void *ctx, const struct hfcore_entry *entry)
{
  text_addf (ctx, "%s %s\n", entry->repo->type, entry->repo->id);
  return 0;
}

static void
test_listing_folders (void)
{
  store = layout_open_fresh ();
  check_write ("cache/models--a--b/x", "");
  check_write ("cache/datasets--squad/x", "");
  check_write ("cache/spaces--a--b--c/x", "");
  check_write ("cache/kernels--k--k/x", "");
  check_write ("cache/modelx--a--b/x", "");
  check_write ("cache/models-a/x", "");
  check_write ("cache/blobs/ab/x", "");
  check_write ("cache/.locks/models--a--b/x", "");
  check_write ("cache/models--a--file", "");
  check_write ("else/x", "");
  CU_ASSERT_EQUAL (symlink (check_path ("else"), check_path ("cache/models--linked")), 0);
  TEST_CALL (call);
  CLEANUP_TEXT struct text told = TEXT_LIMIT (10000);
  struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &told, .entry = tell_repo };
  CU_ASSERT_EQUAL (hub_list (store, &call, NULL, 1u << HFCORE_ENTRY_REPO, &sink), 0);
  CLEANUP_FREE char *sorted = sort_lines (told.bytes);
  CHECK_STRING (sorted, "dataset squad\nkernel k/k\nmodel a/b\nmodel linked\nspace a/b/c\n");
  hub_store_close (store);
}

CHECK_MAIN ("hub trees and listings", { "bytes", test_bytes },
            { "bytes_of_lfs_and_xet", test_bytes_of_lfs_and_xet },
            { "what_is_not_remembered", test_what_is_not_remembered }, { "reading", test_reading },
            { "defects_are_passed_over", test_defects_are_passed_over },
            { "many_values_are_passed_over", test_many_values_are_passed_over },
            { "listing", test_listing }, { "listing_folders", test_listing_folders })
