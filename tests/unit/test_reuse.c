/* SPDX-License-Identifier: Apache-2.0 */
/* test_reuse.c: the same file in another revision of a storage that keeps no blobs.  */
#include "core/engine/reuse.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/engine/download.h"
#include "tests/unit/engine_fixture.h"

#define FAR          "far/models--org--name/"
#define POINTER      FOLDER "snapshots/" COMMIT "/a.txt"
#define OTHER        FOLDER "snapshots/" OTHER_COMMIT "/a.txt"
#define FAR_OTHER    FAR "snapshots/" OTHER_COMMIT "/a.txt"
#define COPIES(more) SHELF (", copies: yes" more) TRANSPORT SOURCE ("one", "")
#define LAYERS       "storage:\n" FAR_SHELF SHELF_NAMED ("shelf", "")
#define FAR_SHELF    SHELF_NAMED ("far", ", access: read-only")
#define REVISION     FOLDER "snapshots/%040d"

static struct layers_place place;

static int
find (const char *etag)
{
  const struct layers_file file = { .engine = scene.engine,
                                    .events = &scene.events,
                                    .repo = &scene_repo,
                                    .commit = COMMIT,
                                    .path = "a.txt",
                                    .etag = etag,
                                    .length = 11 };
  return reuse_find (&file, &scene.call, &place);
}

static void
check_found (const char *name, const char *commit)
{
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_OK);
  CHECK_STRING (place.path, check_path (name));
  CHECK_STRING (place.commit, commit);
  CU_ASSERT_EQUAL (place.length, 11);
}

static void
test_none (void)
{
  scene_open (COPIES (""));
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  check_write (POINTER, HELLO);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  /* One list each time, and no more.  */
  CHECK_LOGGED ("[shelf] list", 2);
  CHECK_LOGGED ("[shelf] file_get", 0);
  scene_close ();
}

static void
test_by_content (void)
{
  scene_open (COPIES (""));
  check_write (OTHER, HELLO);
  check_found (OTHER, OTHER_COMMIT);
  CU_ASSERT_EQUAL (find (HELLO_SHA256), HFCORE_OK);
  CU_ASSERT_EQUAL (find (SECOND_ETAG), HFCORE_PASS);
  CU_ASSERT_EQUAL (find ("no-digest"), HFCORE_PASS);
  CU_ASSERT_EQUAL (find (NULL), HFCORE_PASS);
  check_write (OTHER, SECOND);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  /* Not even read where the length is another.  */
  check_write (OTHER, HELLO "!");
  scene_again ();
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  CHECK_LOGGED ("[shelf] file_etag", 0);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  scene_close ();
}

/* What the storage says is believed, and nothing is hashed.  */
static void
test_by_etag (void)
{
  scene_open (LAYERS NO_TRANSPORT);
  check_write (FAR "blobs/" HELLO_ETAG, "HELLO WORLD");
  check_write (FAR_OTHER, "");
  CU_ASSERT_EQUAL (unlink (check_path (FAR_OTHER)), 0);
  CU_ASSERT_EQUAL (symlink ("../../blobs/" HELLO_ETAG, check_path (FAR_OTHER)), 0);
  check_found (FAR_OTHER, OTHER_COMMIT);
  CU_ASSERT_EQUAL (place.storage, 0);
  CU_ASSERT_EQUAL (find (SECOND_ETAG), HFCORE_PASS);
  scene_close ();
}

static void
set_time (const char *path, time_t seconds)
{
  const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, path, times, 0), 0);
}

static void
make_revisions (int count, const char *content)
{
  for (int i = 1; i <= count; i++)
    {
      char name[256];
      snprintf (name, sizeof name, REVISION "/a.txt", i);
      check_write (name, content);
      snprintf (name, sizeof name, REVISION, i);
      set_time (check_path (name), 1000 + i);
    }
}

static void
test_newest_first (void)
{
  scene_open (COPIES (""));
  make_revisions (40, HELLO);
  check_found (FOLDER "snapshots/0000000000000000000000000000000000000040/a.txt",
               "0000000000000000000000000000000000000040");
  CHECK_LOGGED ("[shelf] file_get", 1);
  scene_close ();
}

/* Old ones are not looked for, and what keeps its length is not hashed for ever.  */
static void
test_bounded (void)
{
  scene_open (COPIES (""));
  make_revisions (40, "other length");
  check_write (FOLDER "snapshots/0000000000000000000000000000000000000002/a.txt", HELLO);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  CHECK_LOGGED ("[shelf] file_get", 32);
  make_revisions (40, SECOND);
  check_write (FOLDER "snapshots/0000000000000000000000000000000000000030/a.txt", HELLO);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
  check_write (FOLDER "snapshots/0000000000000000000000000000000000000038/a.txt", HELLO);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_OK);
  scene_close ();
}

static void
test_failures (void)
{
  static const char *const fails[]
      = { "list io", "list unsupported", "file_get io", "file_etag io" };
  for (size_t i = 0; i < sizeof fails / sizeof *fails; i++)
    {
      char yaml[2048];
      snprintf (yaml, sizeof yaml, COPIES (", fail: [%s]"), fails[i]);
      scene_open (yaml);
      check_write (OTHER, HELLO);
      CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_PASS);
      CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
      CHECK_LOGGED ("WARNING", 0);
    }
  scene_open (COPIES (", fail: [file_etag unsupported]"));
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_OK);
  scene_open (COPIES (", fail: [list cancelled]"));
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_E_CANCELLED);
  scene_open (COPIES (", fail: [file_get nomem]"));
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_E_NOMEM);
  scene_open (COPIES (""));
  atomic_store (&scene.engine->cancel, 1);
  CU_ASSERT_EQUAL (find (HELLO_ETAG), HFCORE_E_CANCELLED);
  scene_close ();
}

/* ---- as a download uses it ---- */

static struct downloaded file;

static int
get (uint32_t flags)
{
  const struct download ask = { .repo = &scene_repo,
                                .revision = "main",
                                .path = "a.txt",
                                .flags = flags,
                                .events = &scene.events };
  downloaded_free (&file);
  return download_file (scene.engine, &scene.call, &ask, &file);
}

static void
done (void)
{
  downloaded_free (&file);
  scene_close ();
}

static void
test_download (void)
{
  scene_open (COPIES (""));
  check_write (OTHER, HELLO);
  CU_ASSERT_EQUAL (get (0), HFCORE_OK);
  CU_ASSERT_TRUE (file.cached);
  CHECK_STRING (file.path, check_path (POINTER));
  scene_has (POINTER, HELLO);
  scene_has (FOLDER "refs/main", COMMIT);
  CHECK_LOGGED ("asked to read", 0);
  CHECK_LOGGED ("[shelf] link a.txt to ", 1);
  scene_again ();
  CU_ASSERT_EQUAL (get (HFCORE_FORCE), HFCORE_OK);
  CHECK_LOGGED ("asked to read", 1);
  CHECK_LOGGED ("[shelf] list", 0);
  done ();
}

static void
test_blob_costs_nothing (void)
{
  scene_open (SHELF ("") TRANSPORT SOURCE ("one", ""));
  check_write (FOLDER "blobs/" HELLO_ETAG, HELLO);
  check_write (OTHER, HELLO);
  CU_ASSERT_EQUAL (get (0), HFCORE_OK);
  CHECK_LOGGED ("[shelf] list", 0);
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

static void
test_of_another_layer (void)
{
  scene_open (LAYERS TRANSPORT SOURCE ("one", ""));
  check_write (FAR_OTHER, HELLO);
  CU_ASSERT_EQUAL (get (0), HFCORE_OK);
  CHECK_STRING (file.path, check_path (POINTER));
  CHECK_LOGGED ("asked to read", 0);
  done ();
}

CHECK_MAIN ("reuse", { "none", test_none }, { "by content", test_by_content },
            { "by etag", test_by_etag }, { "newest first", test_newest_first },
            { "bounded", test_bounded }, { "failures", test_failures },
            { "download", test_download }, { "blob costs nothing", test_blob_costs_nothing },
            { "of another layer", test_of_another_layer })
