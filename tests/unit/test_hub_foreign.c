/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_foreign.c: files of other caches in the snapshots of this one: how they get there, what
 * blob they are, and what happens when the other cache goes away.  */
#include "plugins/hub-layout/hub_ops.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files_share.h"
#include "core/util/text.h"
#include "tests/unit/layout_fixture.h"

#define REPO   "cache/models--org--name"
#define LOWER  "lower/models--org--name"
#define ETAG   "etag-of-test"
#define COMMIT "0000000000000000000000000000000000000001"
#define OTHER  "0000000000000000000000000000000000000002"
#define FOLDER REPO "/snapshots/" COMMIT

static struct hub_store *store;
static int warnings;
static char warning[2048];

static void
hear (void *ctx, int level, const char *line)
{
  (void) ctx;
  if (level > HFCORE_LOG_WARNING)
    return;
  warnings++;
  snprintf (warning, sizeof warning, "%s", line);
}

static const struct host_log hearing = { .write = hear, .level = HFCORE_LOG_DEBUG };

static void
open_fresh (enum hub_form form)
{
  store = layout_open_fresh ();
  store->form = form;
  store->journal->log = &hearing;
  warnings = 0;
}

/* A cache below, with one file; its pointer.  */
static const char *
write_lower (const char *text)
{
  check_write (LOWER "/blobs/" ETAG, text);
  check_write (LOWER "/snapshots/" COMMIT "/x", "");
  static char pointer[4608];
  snprintf (pointer, sizeof pointer, "%s", check_path (LOWER "/snapshots/" COMMIT "/f"));
  unlink (pointer);
  CU_ASSERT_EQUAL (symlink ("../../blobs/" ETAG, pointer), 0);
  return pointer;
}

static int
link_to (const char *name, const char *source, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = hub_file_link (store, &call, &test_repo, COMMIT, name, source, flags, &file);
  if (code == 0)
    CU_ASSERT (file.state == HFCORE_FILE_PRESENT && file.path && access (file.path, R_OK) == 0);
  return code;
}

/* The text of a link, or "" of something else.  */
static const char *
link_text (const char *name)
{
  static char text[4096];
  ssize_t len = readlink (check_path (name), text, sizeof text - 1);
  text[len > 0 ? len : 0] = 0;
  return text;
}

static void
check_content (const char *name, const char *text)
{
  CHECK_STRING (check_read (check_path (name)), text);
}

/* ---- links ---- */

static void
test_links (void)
{
  open_fresh (HUB_FORM_LINKS);
  const char *pointer = write_lower ("one");
  CU_ASSERT_EQUAL (link_to ("a/f", pointer, 0), 0);
  CHECK_STRING (link_text (FOLDER "/a/f"), check_path (LOWER "/blobs/" ETAG));
  /* The other cache's pointer does not matter.  */
  CU_ASSERT_EQUAL (unlink (pointer), 0);
  check_content (FOLDER "/a/f", "one");
  CU_ASSERT_EQUAL (link_to ("a/f", check_path (LOWER "/blobs/" ETAG), 0), 0);
  CLEANUP_FREE char *cache = test_tree (check_path (REPO));
  CU_ASSERT_PTR_NULL (strstr (cache, "blobs 0"));
  CU_ASSERT_EQUAL (warnings, 0);
  hub_store_close (store);
}

static void
test_own_blobs (void)
{
  open_fresh (HUB_FORM_LINKS);
  check_write (REPO "/blobs/" ETAG, "one");
  CU_ASSERT_EQUAL (link_to ("f", check_path (REPO "/blobs/" ETAG), 0), 0);
  CHECK_STRING (link_text (FOLDER "/f"), "../../blobs/" ETAG);
  /* By way of another pointer, and through a root that is a link.  */
  CU_ASSERT_EQUAL (link_to ("a/g", check_path (FOLDER "/f"), 0), 0);
  CHECK_STRING (link_text (FOLDER "/a/g"), "../../../blobs/" ETAG);
  CU_ASSERT_EQUAL (symlink ("cache", check_path ("alias")), 0);
  CU_ASSERT_EQUAL (link_to ("h", check_path ("alias/models--org--name/blobs/" ETAG), 0), 0);
  CHECK_STRING (link_text (FOLDER "/h"), "../../blobs/" ETAG);
  /* In the store that repositories share.  */
  check_write ("cache/blobs/ab/abcd", "shared");
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (REPO "/blobs/s")), 0);
  CU_ASSERT_EQUAL (link_to ("s", check_path (REPO "/blobs/s"), 0), 0);
  CHECK_STRING (link_text (FOLDER "/s"), "../../blobs/s");
  hub_store_close (store);
}

/* A revision must not need another one's folder.  */
static void
test_own_files (void)
{
  open_fresh (HUB_FORM_LINKS);
  const char *plain = check_write (REPO "/snapshots/" OTHER "/f", "plain");
  CU_ASSERT_EQUAL (link_to ("f", plain, 0), 0);
  CHECK_STRING (link_text (FOLDER "/f"), "");
  CU_ASSERT_EQUAL (unlink (plain), 0);
  check_content (FOLDER "/f", "plain");
  hub_store_close (store);
}

static void
test_what_stands_there (void)
{
  open_fresh (HUB_FORM_LINKS);
  const char *pointer = write_lower ("one");
  check_write (FOLDER "/f", "mine");
  CU_ASSERT_EQUAL (link_to ("f", pointer, 0), 0);
  check_content (FOLDER "/f", "mine");
  CU_ASSERT_EQUAL (link_to ("f", pointer, HFCORE_REPLACE), 0);
  CHECK_STRING (link_text (FOLDER "/f"), check_path (LOWER "/blobs/" ETAG));
  CU_ASSERT_EQUAL (mkdir (check_path (FOLDER "/d"), 0777), 0);
  CU_ASSERT_EQUAL (link_to ("d", pointer, HFCORE_REPLACE), HFCORE_E_IO);
  /* A blob of one's own takes its place, and the other way round.  */
  TEST_CALL (call);
  check_write (REPO "/blobs/" ETAG, "own");
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL), 0);
  CHECK_STRING (link_text (FOLDER "/f"), "../../blobs/" ETAG);
  CU_ASSERT_EQUAL (link_to ("f", pointer, 0), 0);
  check_content (FOLDER "/f", "one");
  check_content (LOWER "/blobs/" ETAG, "one");
  hub_store_close (store);
}

/* REPLACE alone lets a real file go, in a cache with links.  */
static void
test_replace_a_file_by_a_link (void)
{
  open_fresh (HUB_FORM_LINKS);
  TEST_CALL (call);
  check_write (REPO "/blobs/" ETAG, "one");
  check_write (FOLDER "/f", "mine");
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL), 0);
  check_content (FOLDER "/f", "mine");
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, HFCORE_REPLACE, NULL),
                   0);
  CHECK_STRING (link_text (FOLDER "/f"), "../../blobs/" ETAG);
  hub_store_close (store);
}

/* ---- copies ---- */

static void
test_copies (void)
{
  struct stat mine, theirs;
  open_fresh (HUB_FORM_COPIES);
  const char *pointer = write_lower ("one");
  CU_ASSERT_EQUAL (link_to ("a/f", pointer, 0), 0);
  CHECK_STRING (link_text (FOLDER "/a/f"), "");
  check_content (FOLDER "/a/f", "one");
  check_write (FOLDER "/g", "mine");
  CU_ASSERT_EQUAL (link_to ("g", pointer, 0), 0);
  check_content (FOLDER "/g", "mine");
  CU_ASSERT_EQUAL (link_to ("g", pointer, HFCORE_REPLACE), 0);
  check_content (FOLDER "/g", "one");
  store->share = FILES_SHARE_HARD_LINK;
  CU_ASSERT_EQUAL (link_to ("h", pointer, 0), 0);
  CU_ASSERT_EQUAL (stat (check_path (FOLDER "/h"), &mine), 0);
  CU_ASSERT_EQUAL (stat (pointer, &theirs), 0);
  CU_ASSERT_EQUAL (mine.st_ino, theirs.st_ino);
  check_content (LOWER "/blobs/" ETAG, "one");
  hub_store_close (store);
}

/* ---- what is gone ---- */

static void
test_no_source (void)
{
  static const enum hub_form forms[] = { HUB_FORM_LINKS, HUB_FORM_COPIES, HUB_FORM_PROBED };
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    {
      open_fresh (forms[i]);
      CU_ASSERT_EQUAL (link_to ("f", check_path ("none"), 0), HFCORE_E_NOTFOUND);
      CU_ASSERT_EQUAL (link_to ("f", check_path ("none/none"), HFCORE_REPLACE), HFCORE_E_NOTFOUND);
      CU_ASSERT (link_to ("f", check_folder (), 0) < 0);
      CU_ASSERT_EQUAL (link_to ("f", "relative", 0), HFCORE_E_CONFIG);
      CU_ASSERT (access (check_path ("cache"), F_OK) < 0);
      hub_store_close (store);
    }
}

static void
lose_lower (void)
{
  CU_ASSERT_EQUAL (rename (check_path ("lower"), check_path ("unplugged")), 0);
}

static void
test_lost_layer (void)
{
  static const enum hub_form forms[] = { HUB_FORM_LINKS, HUB_FORM_COPIES };
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    {
      TEST_CALL (call);
      open_fresh (HUB_FORM_LINKS);
      const char *pointer = write_lower ("one");
      CU_ASSERT_EQUAL (link_to ("f", pointer, 0), 0);
      CU_ASSERT_EQUAL (link_to ("g", pointer, 0), 0);
      lose_lower ();
      struct hfcore_stored_file file = { .size = sizeof file };
      CU_ASSERT_EQUAL (hub_file_get (store, &call, &test_repo, COMMIT, "f", &file), 0);
      CU_ASSERT_EQUAL (file.state, HFCORE_FILE_UNKNOWN);
      store->form = forms[i];
      check_write (REPO "/blobs/" ETAG, "again");
      CU_ASSERT_EQUAL (warnings, 0);
      CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL), 0);
      CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "g", ETAG, 0, NULL), 0);
      check_content (FOLDER "/f", "again");
      check_content (FOLDER "/g", "again");
      CU_ASSERT_EQUAL (warnings, 1);
      CHECK_CONTAINS (warning, "/snapshots/" COMMIT "/f led to ");
      CHECK_CONTAINS (warning, LOWER "/blobs/" ETAG ", which is gone");
      /* A link to a blob of one's own that was removed is no matter.  */
      unlink (check_path (FOLDER "/h"));
      CU_ASSERT_EQUAL (symlink ("../../blobs/none", check_path (FOLDER "/h")), 0);
      atomic_store (&store->told_lost, false);
      CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "h", ETAG, 0, NULL), 0);
      CU_ASSERT_EQUAL (warnings, 1);
      hub_store_close (store);
      char gone[32];
      snprintf (gone, sizeof gone, "gone-%zu", i);
      CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path (gone)), 0);
      snprintf (gone, sizeof gone, "unplugged-%zu", i);
      CU_ASSERT_EQUAL (rename (check_path ("unplugged"), check_path (gone)), 0);
    }
}

/* ---- which blob, and where ---- */

static const char *
etag_of (const char *name)
{
  static char etag[256];
  TEST_CALL (call);
  const char *found = NULL;
  int code = hub_file_etag (store, &call, &test_repo, COMMIT, name, &found);
  CU_ASSERT (code == HFCORE_OK || code == HFCORE_PASS);
  snprintf (etag, sizeof etag, "%s", code == HFCORE_OK ? found : "");
  return etag;
}

static void
test_etags (void)
{
  open_fresh (HUB_FORM_LINKS);
  const char *lower = write_lower ("one");
  check_write (REPO "/blobs/own", "own");
  check_write ("cache/blobs/ab/abcd", "shared");
  check_write (FOLDER "/plain", "plain");
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (REPO "/blobs/s")), 0);
  static const char *const links[][2] = {
    { "own", "../../blobs/own" },
    { "shared", "../../blobs/s" },
    { "dangling", "../../blobs/none" },
    { "by-another", "own" },
    { "payload", "../../../blobs/ab/abcd" },
    { "to-a-file", "plain" },
    { "loop", "loop" },
    { "folder", "../../blobs" },
  };
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    {
      char name[256];
      snprintf (name, sizeof name, FOLDER "/%s", links[i][0]);
      CU_ASSERT_EQUAL (symlink (links[i][1], check_path (name)), 0);
    }
  CU_ASSERT_EQUAL (link_to ("lower", lower, 0), 0);
  CU_ASSERT_EQUAL (symlink (lower, check_path (FOLDER "/lower-pointer")), 0);
  CHECK_STRING (etag_of ("own"), "own");
  CHECK_STRING (etag_of ("shared"), "s");
  CHECK_STRING (etag_of ("by-another"), "own");
  CHECK_STRING (etag_of ("lower"), ETAG);
  CHECK_STRING (etag_of ("lower-pointer"), ETAG);
  static const char *const none[]
      = { "dangling", "payload", "to-a-file", "loop", "folder", "plain", "missing" };
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    CHECK_STRING (etag_of (none[i]), "");
  hub_store_close (store);
}

static void
test_blob_paths (void)
{
  open_fresh (HUB_FORM_COPIES);
  TEST_CALL (call);
  const char *path = NULL;
  CU_ASSERT_EQUAL (hub_blob_path (store, &call, &test_repo, ETAG, &path), HFCORE_PASS);
  check_write ("cache/blobs/ab/abcd", "shared");
  check_write (REPO "/blobs/" ETAG, "one");
  CU_ASSERT_EQUAL (hub_blob_path (store, &call, &test_repo, ETAG, &path), 0);
  CHECK_STRING (path, check_path (REPO "/blobs/" ETAG));
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (REPO "/blobs/s")), 0);
  CU_ASSERT_EQUAL (hub_blob_path (store, &call, &test_repo, "s", &path), 0);
  CHECK_STRING (path, check_path ("cache/blobs/ab/abcd"));
  CU_ASSERT_EQUAL (mkdir (check_path (REPO "/blobs/d"), 0777), 0);
  CU_ASSERT_EQUAL (symlink ("none", check_path (REPO "/blobs/n")), 0);
  CU_ASSERT_EQUAL (hub_blob_path (store, &call, &test_repo, "d", &path), HFCORE_PASS);
  CU_ASSERT_EQUAL (hub_blob_path (store, &call, &test_repo, "n", &path), HFCORE_PASS);
  CU_ASSERT (hub_blob_path (store, &call, &test_repo, "../x", &path) < 0);
  hub_store_close (store);
}

CHECK_MAIN ("hub foreign files", { "links", test_links }, { "own_blobs", test_own_blobs },
            { "own_files", test_own_files }, { "what_stands_there", test_what_stands_there },
            { "replace_a_file_by_a_link", test_replace_a_file_by_a_link },
            { "copies", test_copies }, { "no_source", test_no_source },
            { "lost_layer", test_lost_layer }, { "etags", test_etags },
            { "blob_paths", test_blob_paths })
