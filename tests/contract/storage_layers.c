/* SPDX-License-Identifier: Apache-2.0 */
/* storage_layers.c: what every storage promises as one of several: where its blobs lie, which blob
 * a file is, how it takes files of others, what it tells of itself, and what is never done to a
 * cache that is only read.  */
#include "tests/contract/storage_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "tests/check.h"

#define NEW     HFCORE_NEW_BLOB
#define REPLACE HFCORE_REPLACE

static struct test_store store, lower;

static void
open_fresh (void)
{
  test_store_open (&store, check_path ("cache"), false);
}

static void
put_blob (struct test_store *to, unsigned number, size_t len)
{
  TEST_CALL (call);
  CU_ASSERT_EQUAL (test_blob (to, &call, test_name (number), number, len), 0);
}

static int
file_set (struct test_store *to, unsigned commit, const char *path, unsigned blob, uint32_t flags)
{
  TEST_CALL (call);
  return to->ops->file_set (to->self, &call, &test_repo, test_name (commit), path, test_name (blob),
                            flags, NULL);
}

/* Its path, of which `length` bytes are told; NULL: it is unknown.  */
static const char *
file_path (struct test_store *from, unsigned commit, const char *path, uint64_t *length)
{
  static char found[4096];
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  CU_ASSERT_EQUAL (from->ops->file_get (from->self, &call, &test_repo, test_name (commit), path,
                                        &file),
                   0);
  if (file.state != HFCORE_FILE_PRESENT)
    return NULL;
  *length = file.length;
  snprintf (found, sizeof found, "%s", file.path);
  return found;
}

static int
file_link (unsigned commit, const char *path, const char *source, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = store.ops->file_link (store.self, &call, &test_repo, test_name (commit), path, source,
                                   flags, &file);
  if (code == 0)
    CU_ASSERT (file.state == HFCORE_FILE_PRESENT && access (file.path, R_OK) == 0);
  return code;
}

/* ---- where blobs are ---- */

static void
test_where_a_blob_is (void)
{
  open_fresh ();
  TEST_CALL (call);
  const char *path = NULL, *etag = NULL;
  uint64_t length;
  bool links = test_storage_links ();
  CU_ASSERT_EQUAL (store.ops->blob_path (store.self, &call, &test_repo, test_name (1), &path),
                   HFCORE_PASS);
  CU_ASSERT_EQUAL (store.ops->file_etag (store.self, &call, &test_repo, test_name (1), "a/f",
                                         &etag),
                   HFCORE_PASS);
  put_blob (&store, 1, 100);
  CU_ASSERT_EQUAL_FATAL (store.ops->blob_path (store.self, &call, &test_repo, test_name (1), &path),
                         0);
  CU_ASSERT (path[0] == '/' && access (path, R_OK) == 0);
  CU_ASSERT_EQUAL (file_set (&store, 1, "a/f", 1, NEW), 0);
  CU_ASSERT_PTR_NOT_NULL (file_path (&store, 1, "a/f", &length));
  CU_ASSERT_EQUAL (length, 100);
  /* With links the blob stays, and the file is known to be it; else it is the file now.  */
  CU_ASSERT_EQUAL (store.ops->blob_path (store.self, &call, &test_repo, test_name (1), &path),
                   links ? HFCORE_OK : HFCORE_PASS);
  CU_ASSERT_EQUAL (store.ops->stat (store.self, &call, &test_repo, test_name (1), &length),
                   links ? HFCORE_OK : HFCORE_PASS);
  int code = store.ops->file_etag (store.self, &call, &test_repo, test_name (1), "a/f", &etag);
  CU_ASSERT_EQUAL (code, links ? HFCORE_OK : HFCORE_PASS);
  if (code == HFCORE_OK)
    CHECK_STRING (etag, test_name (1));
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_BLOB, NULL), links ? 1 : 0);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_FILE, NULL), 1);
  test_store_close (&store);
}

/* ---- files of others ---- */

static void
test_files_of_another_cache (void)
{
  char source[4096], lower_root[512];
  uint64_t length;
  snprintf (lower_root, sizeof lower_root, "%s", check_path ("lower"));
  test_store_open (&lower, lower_root, false);
  open_fresh ();
  put_blob (&lower, 1, 5000);
  CU_ASSERT_EQUAL (file_set (&lower, 1, "f", 1, NEW), 0);
  snprintf (source, sizeof source, "%s", file_path (&lower, 1, "f", &length));
  CLEANUP_FREE char *before = test_tree (lower_root);
  CU_ASSERT_EQUAL (file_link (1, "a/f", source, 0), 0);
  CU_ASSERT_EQUAL (file_link (1, "a/f", source, 0), 0);
  CU_ASSERT_PTR_NOT_NULL (file_path (&store, 1, "a/f", &length));
  CU_ASSERT_EQUAL (length, 5000);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_FILE, NULL), 1);
  CU_ASSERT_EQUAL (test_count (&store, HFCORE_ENTRY_BLOB, NULL), 0);
  /* What is there stays, unless it is to go.  */
  put_blob (&store, 2, 7);
  CU_ASSERT_EQUAL (file_set (&store, 1, "g", 2, 0), 0);
  CU_ASSERT_EQUAL (file_link (1, "g", source, REPLACE), 0);
  CU_ASSERT_PTR_NOT_NULL (file_path (&store, 1, "g", &length));
  CU_ASSERT_EQUAL (length, 5000);
  CU_ASSERT_EQUAL (file_set (&store, 1, "g", 2, REPLACE), 0);
  CU_ASSERT_PTR_NOT_NULL (file_path (&store, 1, "g", &length));
  CU_ASSERT_EQUAL (length, 7);
  CLEANUP_FREE char *after = test_tree (lower_root);
  CHECK_STRING (after, before);
  CU_ASSERT_EQUAL (file_link (1, "h", check_path ("none"), 0), HFCORE_E_NOTFOUND);
  CU_ASSERT_PTR_NULL (file_path (&store, 1, "h", &length));
  test_store_close (&lower);
  test_store_close (&store);
}

/* The next revision from the file of an earlier one, which then goes.  */
static void
test_files_of_another_revision (void)
{
  char source[4096];
  uint64_t length;
  open_fresh ();
  TEST_CALL (call);
  put_blob (&store, 1, 5000);
  CU_ASSERT_EQUAL (file_set (&store, 1, "f", 1, NEW), 0);
  snprintf (source, sizeof source, "%s", file_path (&store, 1, "f", &length));
  CU_ASSERT_EQUAL (file_link (2, "d/f", source, 0), 0);
  struct hfcore_entry entry = {
    .size = sizeof entry, .kind = HFCORE_ENTRY_REVISION, .repo = &test_repo, .commit = test_name (1)
  };
  CU_ASSERT_EQUAL (store.ops->remove (store.self, &call, &entry), 0);
  CU_ASSERT_PTR_NOT_NULL (file_path (&store, 2, "d/f", &length));
  CU_ASSERT_EQUAL (length, 5000);
  test_store_close (&store);
}

/* ---- facts ---- */

static int
add_fact (void *told, const char *key, const char *value)
{
  text_addf (told, "%s: %s|", key, value);
  return 0;
}

/* Told as "key: value|…", the caller's; NULL: it failed.  */
static char *
describe (struct hfcore_call *call)
{
  struct text told = TEXT_LIMIT (10000);
  struct hfcore_fact_sink sink = { .size = sizeof sink, .ctx = &told, .fact = add_fact };
  int code = store.ops->describe (store.self, call, &sink);
  char *text = text_take (&told);
  if (code == 0)
    return text;
  free (text);
  return NULL;
}

static void
test_facts (void)
{
  open_fresh ();
  TEST_CALL (call);
  CLEANUP_FREE char *none = describe (&call);
  CHECK_CONTAINS (none, "folder: not there yet|");
  CU_ASSERT (access (check_path ("cache"), F_OK) < 0);
  put_blob (&store, 1, 10);
  CLEANUP_FREE char *before = test_tree (check_path ("cache"));
  CLEANUP_FREE char *facts = describe (&call);
  CHECK_CONTAINS (facts, check_path ("cache"));
  CHECK_CONTAINS (facts, test_storage_links () ? "form: links|" : "form: copies|");
  CHECK_CONTAINS (facts, "access: read-write|");
  CHECK_CONTAINS (facts, "symbolic links: ");
  CHECK_CONTAINS (facts, "hard links: ");
  CHECK_CONTAINS (facts, "reflinks: ");
  CLEANUP_FREE char *after = test_tree (check_path ("cache"));
  CHECK_STRING (after, before);
  test_store_close (&store);
}

/* ---- caches that are only read ---- */

static int
add_file (void *ctx, const struct hfcore_file_info *info)
{
  (void) ctx;
  (void) info;
  return 0;
}

enum
{
  LOOK_UPS = 8
};

/* Every way to look something up; the codes.  */
static void
look_up_all (struct hfcore_call *call, int codes[LOOK_UPS])
{
  struct hfcore_file_sink files = { .size = sizeof files, .file = add_file };
  struct hfcore_stored_file file = { .size = sizeof file };
  const char *text;
  uint64_t length;
  const char *commit = test_name (1), *etag = test_name (1);
  codes[0] = store.ops->file_get (store.self, call, &test_repo, commit, "f", &file);
  codes[1] = store.ops->file_get (store.self, call, &test_repo, commit, "none", &file);
  codes[2] = store.ops->ref_get (store.self, call, &test_repo, "main", &text);
  codes[3] = store.ops->stat (store.self, call, &test_repo, etag, &length);
  codes[4] = store.ops->tree_get (store.self, call, &test_repo, commit, &files);
  codes[5] = test_count (&store, HFCORE_ENTRY_FILE, NULL);
  codes[6] = store.ops->blob_path (store.self, call, &test_repo, etag, &text);
  codes[7] = store.ops->file_etag (store.self, call, &test_repo, commit, "f", &text);
}

static bool
is_untouched (const struct timespec before[2])
{
  struct stat root, repo;
  return stat (check_path ("cache"), &root) == 0
         && stat (check_path ("cache/models--org--name"), &repo) == 0
         && root.st_mtim.tv_sec == before[0].tv_sec && root.st_mtim.tv_nsec == before[0].tv_nsec
         && repo.st_mtim.tv_sec == before[1].tv_sec && repo.st_mtim.tv_nsec == before[1].tv_nsec;
}

static void
test_reading_writes_nothing (void)
{
  int codes[LOOK_UPS];
  open_fresh ();
  TEST_CALL (call);
  put_blob (&store, 1, 10);
  CU_ASSERT_EQUAL (file_set (&store, 1, "f", 1, 0), 0);
  CU_ASSERT_EQUAL (store.ops->ref_set (store.self, &call, &test_repo, "main", NULL, test_name (1)),
                   0);
  test_store_close (&store);
  struct stat root, repo;
  CU_ASSERT_EQUAL (stat (check_path ("cache"), &root), 0);
  CU_ASSERT_EQUAL (stat (check_path ("cache/models--org--name"), &repo), 0);
  const struct timespec times[2] = { root.st_mtim, repo.st_mtim };
  CLEANUP_FREE char *before = test_tree (check_path ("cache"));

  test_store_open (&store, check_path ("cache"), true);
  look_up_all (&call, codes);
  const int expected[LOOK_UPS]
      = { 0, 0, 0, 0, HFCORE_PASS, 1, 0, test_storage_links () ? HFCORE_OK : HFCORE_PASS };
  for (int i = 0; i < LOOK_UPS; i++)
    CU_ASSERT_EQUAL (codes[i], expected[i]);
  CLEANUP_FREE char *facts = describe (&call);
  CHECK_CONTAINS (facts, "access: read-only|");
  CU_ASSERT_EQUAL (file_link (1, "g", check_path ("cache"), 0), HFCORE_E_READONLY);
  test_store_close (&store);
  CLEANUP_FREE char *after = test_tree (check_path ("cache"));
  CHECK_STRING (after, before);
  CU_ASSERT (is_untouched (times));
}

static void
check_missing (const char *message)
{
  int codes[LOOK_UPS];
  TEST_CALL (call);
  test_store_open (&store, check_path ("cache"), true);
  look_up_all (&call, codes);
  for (int i = 0; i < LOOK_UPS; i++)
    if (i != 7)
      CU_ASSERT_EQUAL (codes[i], HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (codes[7], HFCORE_PASS);
  struct hfcore_stored_file file = { .size = sizeof file };
  CU_ASSERT_EQUAL (store.ops->file_get (store.self, &call, &test_repo, test_name (1), "f", &file),
                   HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_CACHE);
  CHECK_CONTAINS (call.error.message, check_path ("cache"));
  CHECK_CONTAINS (call.error.message, message);
  CU_ASSERT_PTR_NULL (describe (&call));
  test_store_close (&store);
}

static void
test_missing_root (void)
{
  check_folder ();
  check_missing ("is not there (is its disk mounted?)");
  CU_ASSERT (access (check_path ("cache"), F_OK) < 0);
  check_write ("cache", "a file");
  check_missing ("is no folder");
}

/* A root that was seen is not looked for at every miss.  */
static void
test_root_that_goes_away (void)
{
  TEST_CALL (call);
  uint64_t length;
  CU_ASSERT_EQUAL (mkdir (check_path ("cache"), 0777), 0);
  test_store_open (&store, check_path ("cache"), true);
  CU_ASSERT_PTR_NULL (file_path (&store, 1, "f", &length));
  CU_ASSERT_EQUAL (rmdir (check_path ("cache")), 0);
  CU_ASSERT_PTR_NULL (file_path (&store, 1, "f", &length));
  test_store_close (&store);
}

static int
look_without_rights (void *root)
{
  uint64_t length;
  test_store_open (&store, root, true);
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = store.ops->file_get (store.self, &call, &test_repo, test_name (1), "f", &file);
  if (code || file.state != HFCORE_FILE_UNKNOWN)
    return 1;
  if (store.ops->stat (store.self, &call, &test_repo, test_name (1), &length) != HFCORE_PASS)
    return 2;
  if (!file_path (&store, 1, "g", &length))
    return 3;
  test_store_close (&store);
  return 0;
}

static int
look_into_no_root (void *root)
{
  test_store_open (&store, root, true);
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = store.ops->file_get (store.self, &call, &test_repo, test_name (1), "f", &file);
  if (code != HFCORE_E_NOTFOUND || call.error.missing != HFCORE_MISSING_CACHE)
    return 1;
  if (!strstr (call.error.message, "may not be looked into"))
    return 2;
  test_store_close (&store);
  return 0;
}

static void
test_files_that_may_not_be_read (void)
{
  char root[512], file[4096];
  uint64_t length;
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  open_fresh ();
  put_blob (&store, 1, 10);
  put_blob (&store, 2, 10);
  CU_ASSERT_EQUAL (file_set (&store, 1, "f", 1, 0), 0);
  CU_ASSERT_EQUAL (file_set (&store, 1, "g", 2, 0), 0);
  TEST_CALL (call);
  const char *blob;
  CU_ASSERT_EQUAL_FATAL (store.ops->blob_path (store.self, &call, &test_repo, test_name (1), &blob),
                         0);
  CU_ASSERT_EQUAL (chmod (blob, 0000), 0);
  snprintf (file, sizeof file, "%s", file_path (&store, 1, "f", &length));
  CU_ASSERT_EQUAL (chmod (file, 0000), 0);
  test_store_close (&store);
  CU_ASSERT_EQUAL (test_as_nobody (look_without_rights, root), 0);
  CU_ASSERT_EQUAL (chmod (root, 0000), 0);
  CU_ASSERT_EQUAL (test_as_nobody (look_into_no_root, root), 0);
  CU_ASSERT_EQUAL (chmod (root, 0755), 0);
}

STORAGE_MAIN ("storage contract: layers", { "where_a_blob_is", test_where_a_blob_is },
              { "files_of_another_cache", test_files_of_another_cache },
              { "files_of_another_revision", test_files_of_another_revision },
              { "facts", test_facts }, { "reading_writes_nothing", test_reading_writes_nothing },
              { "missing_root", test_missing_root },
              { "root_that_goes_away", test_root_that_goes_away },
              { "files_that_may_not_be_read", test_files_that_may_not_be_read })
