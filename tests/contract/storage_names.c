/* SPDX-License-Identifier: Apache-2.0 */
/* storage_names.c: what our storages do with names beyond the contract that `hfcore plugin check`
 * tries: caches that are missing, may not be written to or are asked for strange things, what file
 * lists they keep, what they say.  */
#include "tests/contract/storage_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "tests/check.h"

#define NEW HFCORE_NEW_BLOB

static struct test_store store;

static void
open_fresh (void)
{
  test_store_open (&store, check_path ("cache"), false);
}

static int
ref_set (const char *ref, const char *expected, const char *commit)
{
  TEST_CALL (call);
  return store.ops->ref_set (store.self, &call, &test_repo, ref, expected, commit);
}

static bool
ref_is (const char *ref, const char *commit)
{
  TEST_CALL (call);
  const char *found = NULL;
  int code = store.ops->ref_get (store.self, &call, &test_repo, ref, &found);
  return commit ? code == 0 && strcmp (found, commit) == 0 : code == HFCORE_PASS;
}

/* The state of a path, or a code; `length` is told as well.  */
static int
state_of (const char *commit, const char *path, uint64_t *length)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = store.ops->file_get (store.self, &call, &test_repo, commit, path, &file);
  struct stat st;
  if (code == 0 && file.state == HFCORE_FILE_PRESENT
      && (!file.path || stat (file.path, &st) || (uint64_t) st.st_size != file.length))
    return -100;
  *length = file.length;
  return code ? code : file.state;
}

static int
file_set (const char *commit, const char *path, const char *etag, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = store.ops->file_set (store.self, &call, &test_repo, commit, path, etag, flags, &file);
  if (code == 0)
    CU_ASSERT_EQUAL (file.state, etag ? HFCORE_FILE_PRESENT : HFCORE_FILE_ABSENT);
  return code;
}

static void
put_blob (unsigned number, size_t len)
{
  TEST_CALL (call);
  CU_ASSERT_EQUAL (test_blob (&store, &call, test_name (number), number, len), 0);
}

/* The same for one that a file_set may have moved to its place, if there are no links.  */
static void
put_blob_again (unsigned number, size_t len)
{
  TEST_CALL (call);
  uint64_t length;
  int code = store.ops->stat (store.self, &call, &test_repo, test_name (number), &length);
  CU_ASSERT_EQUAL (code, test_storage_links () ? HFCORE_OK : HFCORE_PASS);
  if (code == HFCORE_PASS)
    put_blob (number, len);
}

/* ---- files ---- */

static void
test_file_gets_another_blob (void)
{
  open_fresh ();
  uint64_t length;
  put_blob (1, 10);
  put_blob (2, 20);
  CU_ASSERT_EQUAL (file_set (test_name (1), "f", test_name (1), NEW), 0);
  CU_ASSERT_EQUAL (file_set (test_name (1), "f", test_name (2), NEW), 0);
  CU_ASSERT_EQUAL (state_of (test_name (1), "f", &length), HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (length, 20);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_PARTIAL, NULL), 0);
  /* A file never takes a folder's place.  */
  put_blob_again (2, 20);
  CU_ASSERT_EQUAL (file_set (test_name (1), "d/f", test_name (2), NEW), 0);
  put_blob_again (2, 20);
  CU_ASSERT (file_set (test_name (1), "d", test_name (2), NEW) < 0);
  CU_ASSERT (file_set (test_name (1), "f/g", test_name (2), NEW) < 0);
  CU_ASSERT_EQUAL (state_of (test_name (1), "d/f", &length), HFCORE_FILE_PRESENT);
  test_store_close (&store);
}

/* ---- remembered file lists ---- */

#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int
add_file (void *ctx, const struct hfcore_file_info *info)
{
  struct text *told = ctx;
  text_addf (told, "%s %llu %s %s|", info->path, (unsigned long long) info->length, info->etag,
             info->xet_hash ? info->xet_hash : "-");
  return told->len > 1000 ? HFCORE_E_CONFLICT : 0;
}

static int
get_tree (const char *commit, struct text *told)
{
  TEST_CALL (call);
  struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = told, .file = add_file };
  return store.ops->tree_get (store.self, &call, &test_repo, commit, &sink);
}

static void
test_trees (void)
{
  open_fresh ();
  TEST_CALL (call);
  CLEANUP_TEXT struct text told = TEXT_LIMIT (10000);
  struct hfcore_file_info files[] = {
    { .size = sizeof *files, .path = "b", .length = 5, .blob_id = test_name (1) },
    { .size = sizeof *files,
      .path = "a/\xc3\xa9",
      .length = 7,
      .blob_id = test_name (2),
      .lfs_sha256 = HASH,
      .lfs_length = 7,
      .xet_hash = HASH },
  };
  CU_ASSERT_EQUAL (get_tree (test_name (1), &told), HFCORE_PASS);
  CU_ASSERT_EQUAL (store.ops->tree_set (store.self, &call, &test_repo, test_name (1), files, 2), 0);
  CU_ASSERT_EQUAL (get_tree (test_name (1), &told), 0);
  CHECK_STRING (told.bytes,
                "a/\xc3\xa9 7 " HASH " " HASH "|b 5 0000000000000000000000000000000000000001 -|");
  CU_ASSERT_EQUAL (get_tree (test_name (2), &told), HFCORE_PASS);
  CU_ASSERT_EQUAL (store.ops->tree_set (store.self, &call, &test_repo, test_name (2), files, 0), 0);
  text_free (&told);
  CU_ASSERT_EQUAL (get_tree (test_name (2), &told), 0);
  CU_ASSERT_PTR_NULL (told.bytes);
  /* A masked hash: not remembered.  */
  files[1].xet_hash = "****";
  CU_ASSERT_EQUAL (store.ops->tree_set (store.self, &call, &test_repo, test_name (3), files, 2), 0);
  CU_ASSERT_EQUAL (get_tree (test_name (3), &told), HFCORE_PASS);
  test_store_close (&store);
}

static void
test_large_tree (void)
{
  open_fresh ();
  TEST_CALL (call);
  CLEANUP_TEXT struct text told = TEXT_LIMIT (100000);
  const size_t count = 3000;
  CLEANUP_FREE struct hfcore_file_info *files = calloc (count, sizeof *files);
  CLEANUP_FREE char (*paths)[32] = calloc (count, sizeof *paths);
  for (size_t i = 0; i < count; i++)
    {
      snprintf (paths[i], sizeof paths[i], "folder/%04zu", i * 7919 % count);
      files[i] = (struct hfcore_file_info){
        .size = sizeof *files, .path = paths[i], .length = i, .blob_id = "0123"
      };
    }
  CU_ASSERT_EQUAL (store.ops->tree_set (store.self, &call, &test_repo, test_name (1), files, count),
                   0);
  /* The sink stops it.  */
  CU_ASSERT_EQUAL (get_tree (test_name (1), &told), HFCORE_E_CONFLICT);
  CHECK_CONTAINS (told.bytes, "folder/0000 0 0123 -|folder/0001 ");
  test_store_close (&store);
}

/* ---- removing and listing ---- */

static int
remove_one (int kind, const char *name, const char *commit, const char *etag)
{
  TEST_CALL (call);
  struct hfcore_entry entry = { .size = sizeof entry,
                                .kind = kind,
                                .repo = &test_repo,
                                .name = name,
                                .commit = commit,
                                .etag = etag };
  return store.ops->remove (store.self, &call, &entry);
}

static int
add_repo (void *ctx, const struct hfcore_entry *entry)
{
  (void) ctx;
  (void) entry;
  return 0;
}

static void
test_listing_a_missing_cache (void)
{
  open_fresh ();
  TEST_CALL (call);
  struct hfcore_entry_sink sink = { .size = sizeof sink, .entry = add_repo };
  const uint32_t repos = 1u << HFCORE_ENTRY_REPO;
  CU_ASSERT_EQUAL (store.ops->list (store.self, &call, NULL, repos, &sink), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_CACHE);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_BLOB, NULL), HFCORE_E_NOTFOUND);
  test_store_close (&store);
}

/* ---- strange names, limits ---- */

static void
test_hostile_names (void)
{
  static const char *const names[]
      = { "..", "../x", "a/../../x", "/etc/x", ".", "a/.", "", "a/..", "./x" };
  open_fresh ();
  put_blob (1, 10);
  CLEANUP_FREE char *before = test_tree (check_folder ());
  TEST_CALL (call);
  const char *text;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      uint64_t length;
      void *thing;
      const char *name = names[i];
      CU_ASSERT (file_set (test_name (1), name, test_name (1), NEW) < 0);
      CU_ASSERT (file_set (test_name (1), name, NULL, 0) < 0);
      CU_ASSERT (file_set (name, "f", test_name (1), NEW) < 0);
      CU_ASSERT (file_set (test_name (1), "f", name, NEW) < 0);
      CU_ASSERT (state_of (test_name (1), name, &length) <= HFCORE_FILE_UNKNOWN);
      CU_ASSERT (ref_set (name, NULL, test_name (1)) < 0);
      CU_ASSERT (store.ops->ref_get (store.self, &call, &test_repo, name, &text) != 0);
      CU_ASSERT (store.ops->create (store.self, &call, &test_repo, name, 1, 0, &length, &thing)
                 < 0);
      CU_ASSERT (store.ops->lock (store.self, &call, &test_repo, name, &thing) < 0);
      CU_ASSERT (store.ops->stat (store.self, &call, &test_repo, name, &length) != 0);
      CU_ASSERT (remove_one (HFCORE_ENTRY_FILE, name, test_name (1), NULL) < 0);
      CU_ASSERT (remove_one (HFCORE_ENTRY_REF, name, NULL, NULL) < 0);
      CU_ASSERT (remove_one (HFCORE_ENTRY_BLOB, NULL, NULL, name) < 0);
      CU_ASSERT (remove_one (HFCORE_ENTRY_REVISION, NULL, name, NULL) < 0);
      CU_ASSERT (remove_one (HFCORE_ENTRY_PARTIAL, name, NULL, NULL) < 0);
      CU_ASSERT (store.ops->tree_set (store.self, &call, &test_repo, name, NULL, 0) < 0);
      CU_ASSERT (store.ops->path (store.self, &call, &test_repo, name, &text) < 0);
    }
  CU_ASSERT (ref_set ("main", NULL, "no commit") < 0);
  CLEANUP_FREE char *after = test_tree (check_folder ());
  CHECK_STRING (after, before);
  test_store_close (&store);
}

static void
fill (char *to, size_t len, size_t segment)
{
  for (size_t i = 0; i < len; i++)
    to[i] = i % (segment + 1) == segment && i + 1 < len ? '/' : 'x';
  to[len] = 0;
}

static void
test_names_at_the_limits (void)
{
  char long_etag[201], segment[256], deep[3001], too_long[4097], revision[1025];
  uint64_t length;
  open_fresh ();
  TEST_CALL (call);
  fill (long_etag, 200, 200);
  fill (segment, 255, 255);
  fill (deep, 3000, 200);
  fill (too_long, 4096, 255);
  fill (revision, 1024, 200);
  CU_ASSERT_EQUAL (test_blob (&store, &call, long_etag, 1, 3000), 0);
  CU_ASSERT (test_blob_is (&store, long_etag, 1, 3000));
  CU_ASSERT_EQUAL (file_set (test_name (1), segment, long_etag, 0), 0);
  CU_ASSERT_EQUAL (state_of (test_name (1), segment, &length), HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (file_set (test_name (1), deep, long_etag, 0), 0);
  CU_ASSERT_EQUAL (state_of (test_name (1), deep, &length), HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (file_set (test_name (1), "w\xc3\xa9 \xe6\x97\xa5/%41?&#:x", long_etag, 0), 0);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_FILE, NULL), 3);
  CU_ASSERT (file_set (test_name (1), too_long, long_etag, NEW) < 0);
  CU_ASSERT_EQUAL (state_of (test_name (1), too_long, &length), HFCORE_FILE_UNKNOWN);
  CU_ASSERT_EQUAL (ref_set (revision, NULL, test_name (1)), 0);
  CU_ASSERT (ref_is (revision, test_name (1)));
  void *lock;
  CU_ASSERT_EQUAL_FATAL (store.ops->lock (store.self, &call, &test_repo, long_etag, &lock), 0);
  store.ops->unlock (store.self, lock);
  test_store_close (&store);
}

/* ---- missing and read-only caches ---- */

static void
test_missing_cache (void)
{
  uint64_t length;
  open_fresh ();
  TEST_CALL (call);
  const char *path;
  CU_ASSERT_EQUAL (state_of (test_name (1), "f", &length), HFCORE_FILE_UNKNOWN);
  CU_ASSERT (ref_is ("main", NULL));
  CU_ASSERT_EQUAL (store.ops->stat (store.self, &call, &test_repo, test_name (1), &length),
                   HFCORE_PASS);
  CU_ASSERT_EQUAL (store.ops->path (store.self, &call, &test_repo, test_name (1), &path), 0);
  CU_ASSERT (access (check_path ("cache"), F_OK) < 0);
  test_store_close (&store);
}

static int
use_read_only (void *root)
{
  uint64_t length;
  char last[256];
  test_store_open (&store, root, false);
  TEST_CALL (call);
  if (!test_blob_is (&store, test_name (1), 1, 100))
    return 1;
  if (state_of (test_name (1), "a/f", &length) != HFCORE_FILE_PRESENT || length != 100)
    return 2;
  if (state_of (test_name (1), "no", &length) != HFCORE_FILE_ABSENT)
    return 3;
  if (!ref_is ("main", test_name (1)))
    return 4;
  if (test_count (&store, HFCORE_ENTRY_FILE, last) != 1 || strcmp (last, "a/f") != 0)
    return 5;
  /* What is so already needs no writing.  */
  if (ref_set ("main", NULL, test_name (1)) || file_set (test_name (1), "a/f", test_name (1), 0))
    return 6;
  if (test_blob (&store, &call, test_name (2), 2, 10) != HFCORE_E_READONLY
      || !strstr (call.error.message, "check who may write"))
    return 7;
  if (ref_set ("main", NULL, test_name (2)) != HFCORE_E_READONLY
      || file_set (test_name (1), "g", test_name (1), 0) != HFCORE_E_READONLY)
    return 8;
  if (remove_one (HFCORE_ENTRY_BLOB, NULL, NULL, test_name (1)) != HFCORE_E_READONLY)
    return 9;
  test_store_close (&store);
  return 0;
}

static void
test_read_only_cache (void)
{
  char root[512], command[1100];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  open_fresh ();
  put_blob (1, 100);
  file_set (test_name (1), "a/f", test_name (1), 0);
  file_set (test_name (1), "no", NULL, 0);
  ref_set ("main", NULL, test_name (1));
  test_store_close (&store);
  snprintf (command, sizeof command, "find '%s' -type d -exec chmod 0555 {} +", root);
  CU_ASSERT_EQUAL (system (command), 0);
  /* Static, so that it is no leak of the child, which ends in the middle of this.  */
  static char *before;
  before = test_tree (root);
  CU_ASSERT_EQUAL (test_as_nobody (use_read_only, root), 0);
  CLEANUP_FREE char *after = test_tree (root);
  CHECK_STRING (after, before);
  free (TAKE_PTR (before));
}

static int
use_unreadable (void *root)
{
  uint64_t length;
  const char *commit;
  test_store_open (&store, root, false);
  TEST_CALL (call);
  if (state_of (test_name (1), "f", &length) != HFCORE_FILE_UNKNOWN)
    return 1;
  if (store.ops->stat (store.self, &call, &test_repo, test_name (1), &length) != HFCORE_PASS)
    return 2;
  if (store.ops->ref_get (store.self, &call, &test_repo, "main", &commit) != HFCORE_PASS)
    return 3;
  if (test_count (&store, HFCORE_ENTRY_FILE, NULL) != HFCORE_E_DOWN)
    return 4;
  test_store_close (&store);
  return 0;
}

static void
test_unreadable_cache (void)
{
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  open_fresh ();
  put_blob (1, 100);
  file_set (test_name (1), "f", test_name (1), NEW);
  ref_set ("main", NULL, test_name (1));
  test_store_close (&store);
  CU_ASSERT_EQUAL (chmod (root, 0000), 0);
  CU_ASSERT_EQUAL (test_as_nobody (use_unreadable, root), 0);
  CU_ASSERT_EQUAL (chmod (root, 0755), 0);
}

STORAGE_MAIN ("storage contract: names", { "file_gets_another_blob", test_file_gets_another_blob },
              { "trees", test_trees }, { "large_tree", test_large_tree },
              { "listing_a_missing_cache", test_listing_a_missing_cache },
              { "hostile_names", test_hostile_names },
              { "names_at_the_limits", test_names_at_the_limits },
              { "missing_cache", test_missing_cache }, { "read_only_cache", test_read_only_cache },
              { "unreadable_cache", test_unreadable_cache })
