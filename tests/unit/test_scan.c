/* SPDX-License-Identifier: Apache-2.0 */
/* test_scan.c: what is cached, as the library tells it (spec 7.1, 7.2), of folders made by hand and
 * read by the real storage.  */
#include <hfcore/hfcore.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/text.h"
#include "tests/check.h"

#define C1   "1111111111111111111111111111111111111111"
#define C2   "2222222222222222222222222222222222222222"
#define REPO "cache/models--org--name"
#define HASH "ab11111111111111111111111111111111111111111111111111111111111111"

static struct hfcore *cache;
static struct hfcore_error error = HFCORE_ERROR_INIT;
static struct hfcore_scan_sum sum;
static struct text told; /* lines  */

static void
open_cache (const char *yaml)
{
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  char root[4096], config[4096];
  setenv ("HOME", check_folder (), 1);
  setenv ("CHECK_ROOT", check_folder (), 1);
  unsetenv ("HF_HUB_CACHE");
  unsetenv ("HF_HOME");
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  if (yaml)
    snprintf (config, sizeof config, "%s", check_write ("test.yaml", yaml));
  options.config_file = yaml ? config : NULL;
  options.cache_dir = yaml ? NULL : root;
  options.no_config_files = !yaml;
  hfcore_close (cache);
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
}

static void
done (void)
{
  hfcore_close (cache);
  cache = NULL;
  text_free (&told);
}

static void
link_to (const char *target, const char *name)
{
  CU_ASSERT_EQUAL (symlink (target, check_path (name)), 0);
}

/* A path without the folder of the test.  */
static const char *
brief (const char *path)
{
  const char *folder = check_folder ();
  size_t len = strlen (folder);
  return path && strncmp (path, folder, len) == 0 ? path + len + 1 : path ? path : "-";
}

static void
tell_files (const struct hfcore_scan_revision *revision)
{
  for (size_t i = 0; revision->files && i < revision->file_count; i++)
    {
      const struct hfcore_scan_file *file = revision->files[i];
      text_addf (&told, "    %s %llu %s%s %s\n", file->file, (unsigned long long) file->bytes,
                 file->own ? "own " : "", file->etag ? file->etag : "-", brief (file->blob_path));
    }
}

static int
tell_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  (void) ctx;
  text_addf (&told, "%s %s of %s: %llu in %llu\n", repo->repo_type, repo->repo_id, repo->storage,
             (unsigned long long) repo->bytes, (unsigned long long) repo->blob_count);
  for (size_t i = 0; i < repo->revision_count; i++)
    {
      const struct hfcore_scan_revision *revision = repo->revisions[i];
      text_addf (&told, "  %.4s %llu in %llu:", revision->commit,
                 (unsigned long long) revision->bytes, (unsigned long long) revision->file_count);
      for (size_t j = 0; j < revision->ref_count; j++)
        text_addf (&told, " %s", revision->refs[j]);
      text_add (&told, "\n");
      tell_files (revision);
    }
  return 0;
}

static int
tell_warning (void *ctx, const char *storage, const char *path, const char *text)
{
  (void) ctx;
  (void) storage;
  const char *folder = strstr (text, check_folder ());
  CU_ASSERT_PTR_NOT_NULL (path);
  if (folder)
    text_addf (&told, "! %.*s%s\n", (int) (folder - text), text, brief (folder));
  else
    text_addf (&told, "! %s\n", text);
  return 0;
}

static int
tell_partial (void *ctx, const struct hfcore_scan_partial *partial)
{
  (void) ctx;
  text_addf (&told, "~ %s %s %llu%s\n", partial->repo_id ? partial->repo_id : "-", partial->etag,
             (unsigned long long) partial->bytes, partial->held ? " held" : "");
  return 0;
}

static int
scan (uint32_t flags)
{
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  ask.flags = flags;
  ask.repo = tell_repo;
  ask.warning = tell_warning;
  ask.partial = tell_partial;
  text_free (&told);
  told = TEXT_LIMIT (1 << 20);
  sum = (struct hfcore_scan_sum){ .size = sizeof sum };
  return hfcore_scan (cache, &ask, &sum, &error);
}

/* ---- sound ones ---- */

static void
test_fields (void)
{
  open_cache (NULL);
  check_write (REPO "/blobs/e1", "12345");
  check_write (REPO "/blobs/e2", "1234567");
  check_write (REPO "/blobs/orphan", "12345678901");
  check_write (REPO "/refs/main", C1);
  check_write (REPO "/refs/refs/pr/1", C1);
  check_write (REPO "/snapshots/" C1 "/sub/own", "123");
  check_write (REPO "/snapshots/" C2 "/x", "");
  link_to ("../../blobs/e1", REPO "/snapshots/" C1 "/a");
  link_to ("../../../blobs/e1", REPO "/snapshots/" C1 "/sub/b");
  link_to ("../../blobs/e1", REPO "/snapshots/" C2 "/c");
  link_to ("../../blobs/e2", REPO "/snapshots/" C2 "/d");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CHECK_STRING (told.bytes, "model org/name of cache: 15 in 4\n"
                            "  1111 8 in 3: main refs/pr/1\n"
                            "  2222 12 in 3:\n");
  CU_ASSERT_EQUAL (sum.bytes, 15);
  CU_ASSERT_EQUAL (sum.disk_bytes, 15);
  CU_ASSERT_EQUAL (sum.repos, 1);
  CU_ASSERT_EQUAL (sum.revisions, 2);
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_FILES), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "model org/name of cache: 15 in 4\n");
  CHECK_CONTAINS (told.bytes, "    a 5 e1 " REPO "/blobs/e1\n");
  CHECK_CONTAINS (told.bytes, "    sub/b 5 e1 " REPO "/blobs/e1\n");
  CHECK_CONTAINS (told.bytes, "    sub/own 3 own - " REPO "/snapshots/" C1 "/sub/own\n");
  CHECK_CONTAINS (told.bytes, "    d 7 e2 " REPO "/blobs/e2\n");
  done ();
}

/* Nothing is looked at but the names: neither a partial nor a link that leads to nothing.  */
static void
test_names (void)
{
  open_cache (NULL);
  check_write (REPO "/blobs/e1.incomplete", "12345");
  check_write (REPO "/refs/main", C1);
  check_write (REPO "/refs/refs/pr/1", C1);
  check_write (REPO "/snapshots/" C2 "/x", "123");
  check_write (REPO "/snapshots/" C1 "/b", "12");
  link_to ("../../blobs/gone", REPO "/snapshots/" C1 "/a");
  check_write ("cache/no-repo/x", "");
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_NAMES | HFCORE_SCAN_FILES), HFCORE_OK);
  CHECK_STRING (told.bytes,
                "model org/name of cache: 0 in 0\n"
                "  1111 0 in 0: main refs/pr/1\n"
                "  2222 0 in 0:\n"
                "! Repo path is not a valid HuggingFace cache directory: cache/no-repo\n");
  CU_ASSERT_EQUAL (sum.repos, 1);
  CU_ASSERT_EQUAL (sum.revisions, 2);
  CU_ASSERT_EQUAL (sum.bytes, 0);
  CU_ASSERT_EQUAL (sum.partials, 0);
  done ();
}

static void
test_shared_store (void)
{
  open_cache (NULL);
  check_write ("cache/blobs/.huggingface-shared-blobs", "1\n");
  check_write ("cache/blobs/ab/" HASH, "0123456789");
  check_write (REPO "/snapshots/" C1 "/x", "1");
  check_write ("cache/models--two/snapshots/" C1 "/x", "1");
  check_write (REPO "/blobs/e0", "");
  check_write ("cache/models--two/blobs/e0", "");
  link_to ("../../blobs/ab/" HASH, REPO "/blobs/e1");
  link_to ("../../blobs/ab/" HASH, "cache/models--two/blobs/e1");
  link_to ("../../blobs/e1", REPO "/snapshots/" C1 "/f");
  link_to ("../../blobs/e1", "cache/models--two/snapshots/" C1 "/f");
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_FILES), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "    f 10 e1 " REPO "/blobs/e1\n");
  CU_ASSERT_EQUAL (sum.warnings, 0);
  CU_ASSERT_EQUAL (sum.bytes, 22);
  CU_ASSERT_EQUAL (sum.disk_bytes, 12);
  CU_ASSERT_EQUAL (sum.unused_shared, 0); /* nothing is written of its users  */
  check_write ("cache/blobs/ab/" HASH ".refs", "models--gone/blobs/e1\n../x\n");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.unused_shared, 1);
  CU_ASSERT_EQUAL (sum.unused_shared_bytes, 10);
  check_write ("cache/blobs/ab/" HASH ".refs", "models--gone/blobs/e1\nmodels--two/blobs/e1\n");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.unused_shared, 0);
  check_write ("cache/blobs/.huggingface-shared-blobs", "2\n");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CHECK_CONTAINS (told.bytes,
                  "! Repo path is not a valid HuggingFace cache directory: cache/blobs\n");
  done ();
}

static void
test_many (void)
{
  open_cache (NULL);
  for (int i = 0; i < 100; i++)
    {
      char name[128];
      snprintf (name, sizeof name, "cache/models--org--%03d/snapshots/" C1 "/f", i);
      check_write (name, "four");
    }
  for (uint32_t threads = 0; threads < 9; threads += 4)
    {
      struct hfcore_scan ask = HFCORE_SCAN_INIT;
      ask.max_threads = threads;
      sum = (struct hfcore_scan_sum){ .size = sizeof sum };
      CU_ASSERT_EQUAL (hfcore_scan (cache, &ask, &sum, &error), HFCORE_OK);
      CU_ASSERT_EQUAL (sum.repos, 100);
      CU_ASSERT_EQUAL (sum.disk_bytes, 400);
    }
  done ();
}

/* ---- broken ones ---- */

static void
test_warnings (void)
{
  static const char *const expected[]
      = { "! Repo path is not a directory: cache/version.txt\n",
          "! Repo path is not a valid HuggingFace cache directory: cache/no-repo\n",
          "! Repo type must be one of ['datasets', 'kernels', 'models', 'spaces'], found `things` "
          "(cache/things--a).\n",
          "! Snapshots dir doesn't exist in cached repo: cache/models--no/snapshots\n",
          "! Refs directory cannot be a file: cache/models--refs/refs\n",
          "! Snapshots folder corrupted. Found a file: cache/models--file/snapshots/stray\n",
          "! Blob missing (broken symlink): cache/models--gone/blobs/e1\n",
          "! Reference(s) refer to missing commit hashes: {'xyz\\n': {'main'}} "
          "(cache/models--ref).\n" };
  open_cache (NULL);
  check_write ("cache/CACHEDIR.TAG", "");
  check_write ("cache/.DS_Store", "");
  check_write ("cache/.locks/models--x/y.lock", "");
  check_write ("cache/version.txt", "");
  check_write ("cache/no-repo/x", "");
  check_write ("cache/things--a/snapshots/" C1 "/f", "");
  check_write ("cache/models--no/blobs/e1", "");
  check_write ("cache/models--refs/refs", "");
  check_write ("cache/models--refs/snapshots/" C1 "/f", "");
  check_write ("cache/models--file/snapshots/stray", "");
  check_write ("cache/models--gone/snapshots/" C1 "/f", "");
  link_to ("../../blobs/e1", "cache/models--gone/snapshots/" C1 "/g");
  check_write ("cache/models--ref/snapshots/" C1 "/f", "");
  check_write ("cache/models--ref/refs/main", "xyz\n");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    CHECK_CONTAINS (told.bytes, expected[i]);
  CU_ASSERT_EQUAL (sum.warnings, sizeof expected / sizeof *expected);
  CU_ASSERT_EQUAL (sum.repos, 0);
  check_write ("cache/kernels--k/snapshots/" C1 "/f", "");
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_AS_0_26), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "! Repo type must be `dataset`, `model` or `space`, found `kernel` "
                              "(cache/kernels--k).\n");
  CU_ASSERT_EQUAL (sum.warnings, 1 + sizeof expected / sizeof *expected);
  done ();
}

static void
test_unreadable (void)
{
  open_cache (NULL);
  check_write ("cache/models--good/snapshots/" C1 "/f", "x");
  check_write ("cache/models--closed/snapshots/" C1 "/f", "x");
  chmod (check_path ("cache/models--closed/snapshots"), 0);
  bool may_read = access (check_path ("cache/models--closed/snapshots"), R_OK) == 0;
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.repos, may_read ? 2 : 1);
  CU_ASSERT_EQUAL (sum.warnings, may_read ? 0 : 1);
  if (!may_read)
    CHECK_CONTAINS (told.bytes, "! Repo cannot be read: cannot list ");
  chmod (check_path ("cache/models--closed/snapshots"), 0755);
  done ();
}

static void
test_partials (void)
{
  open_cache (NULL);
  check_write (REPO "/snapshots/" C1 "/f", "x");
  check_write (REPO "/blobs/e1.01234567.incomplete", "123");
  check_write (REPO "/blobs/e2.incomplete", "1234");
  check_write ("cache/stray/blobs/e3.incomplete", "12345");
  check_write ("cache/.locks/models--org--name/e1.lock", "");
  int fd = open (check_path ("cache/.locks/models--org--name/e1.lock"), O_RDWR | O_CLOEXEC);
  CU_ASSERT_EQUAL (flock (fd, LOCK_EX), 0);
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "~ org/name e1 3 held\n");
  CHECK_CONTAINS (told.bytes, "~ org/name e2 4\n");
  /* Nothing tells who writes to it, and it is new.  */
  CHECK_CONTAINS (told.bytes, "~ - e3 5 held\n");
  CU_ASSERT_EQUAL (sum.partials, 3);
  CU_ASSERT_EQUAL (sum.partial_bytes, 12);
  close (fd);
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "~ org/name e1 3\n");
  done ();
}

/* ---- layers, ends ---- */

static void
test_layers (void)
{
  open_cache (
      "storage:\n"
      "  - { name: mine, plugin: store-symlink, root: $CHECK_ROOT/mine }\n"
      "  - { name: gone, plugin: store-symlink, root: $CHECK_ROOT/gone, access: read-only }\n"
      "  - { name: lab, plugin: store-symlink, root: $CHECK_ROOT/lab, access: read-only }\n");
  CU_ASSERT_EQUAL (scan (0), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (error.missing, HFCORE_MISSING_CACHE);
  check_write ("lab/models--a/blobs/e1", "12345");
  check_write ("lab/models--a/snapshots/" C1 "/g", "");
  link_to ("../../blobs/e1", "lab/models--a/snapshots/" C1 "/f");
  CU_ASSERT_EQUAL (scan (0), HFCORE_OK);
  CHECK_STRING (told.bytes, "model a of lab: 5 in 2\n  1111 5 in 2:\n");
  check_write ("mine/models--a/snapshots/" C1 "/own", "1");
  char target[4096];
  snprintf (target, sizeof target, "%s", check_path ("lab/models--a/blobs/e1"));
  link_to (target, "mine/models--a/snapshots/" C1 "/f");
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_FILES), HFCORE_OK);
  CHECK_CONTAINS (told.bytes, "model a of mine: 6 in 2\n");
  CHECK_CONTAINS (told.bytes, "model a of lab: 5 in 2\n");
  CHECK_CONTAINS (told.bytes, "    f 5 e1 lab/models--a/blobs/e1\n");
  CU_ASSERT_EQUAL (sum.bytes, 11);
  CU_ASSERT_EQUAL (sum.disk_bytes, 6);
  CU_ASSERT_EQUAL (scan (HFCORE_SCAN_WRITTEN), HFCORE_OK);
  CU_ASSERT_EQUAL (sum.repos, 1);
  CU_ASSERT_EQUAL (sum.disk_bytes, 6);
  done ();
}

static int
stop (void *ctx, const struct hfcore_scan_repo *repo)
{
  (void) repo;
  ++*(int *) ctx;
  return 1;
}

static void
test_stopped (void)
{
  open_cache (NULL);
  CU_ASSERT_EQUAL (scan (0), HFCORE_E_NOTFOUND);
  CHECK_CONTAINS (error.message, "Cache directory not found: ");
  check_write ("cache/models--a/snapshots/" C1 "/f", "x");
  check_write ("cache/models--b/snapshots/" C1 "/f", "x");
  int met = 0;
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  ask.repo = stop;
  ask.ctx = &met;
  CU_ASSERT_EQUAL (hfcore_scan (cache, &ask, NULL, &error), 1);
  CU_ASSERT_EQUAL (met, 1);
  CU_ASSERT_EQUAL (hfcore_scan (cache, NULL, NULL, &error), HFCORE_OK);
  hfcore_cancel (cache);
  CU_ASSERT_EQUAL (scan (0), HFCORE_E_CANCELLED);
  done ();
}

CHECK_MAIN ("scan", { "fields", test_fields }, { "names", test_names },
            { "shared_store", test_shared_store }, { "many", test_many },
            { "warnings", test_warnings }, { "unreadable", test_unreadable },
            { "partials", test_partials }, { "layers", test_layers }, { "stopped", test_stopped })
