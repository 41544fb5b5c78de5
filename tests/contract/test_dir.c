/* SPDX-License-Identifier: Apache-2.0 */
/* transport-dir: its options, what lies in a folder that somebody else filled, and folders that
 * change while they are read.  */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "tests/check.h"
#include "tests/contract/transport_host.h"
#include "tests/process.h"

#define CLEANUP_BYTES __attribute__ ((cleanup (test_bytes_free)))
#define ALL           HFCORE_SIZE_UNKNOWN
#define COMMIT        "1111111111111111111111111111111111111111"
#define OTHER         "2222222222222222222222222222222222222222"
#define HELLO_ETAG    "ce013625030ba8dba906f756967f9e9ca394464a" /* "hello\n"  */
#define HELLO_SHA256  "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define SECRET        "secret, not on the stick\n"

static const struct hfcore_repo model = { .size = sizeof model, .type = "model", .id = "org/m" };

static struct test_transport dir;
static struct hfcore_call call;

/* ---- an instance over check_folder ()/root ---- */

static void
open_root (const char *layout)
{
  test_open (&dir, "transport-dir", "root", check_path ("root"), "layout", layout, NULL);
  CU_ASSERT_EQUAL_FATAL (dir.code, HFCORE_OK);
  call_init (&call, NULL);
}

static void
close_root (void)
{
  call_done (&call);
  test_close (&dir);
}

static int
resolve (const char *revision, const char *path, struct hfcore_file_info *info)
{
  call_reset (&call);
  *info = (struct hfcore_file_info){ .size = sizeof *info };
  return dir.ops->resolve (dir.self, &call, &model, revision, path, info);
}

static int
read_file (const char *commit, const char *path, const char *location, const char *etag,
           struct test_bytes *got)
{
  struct hfcore_read request = { .size = sizeof request,
                                 .repo = &model,
                                 .commit = commit,
                                 .path = path,
                                 .location = location,
                                 .etag = etag,
                                 .length = ALL,
                                 .total = ALL };
  call_reset (&call);
  test_bytes_free (got);
  test_bytes_init (got);
  return dir.ops->read (dir.self, &call, &request, &got->sink);
}

/* What a listing told: "PATH;" of each, and whether it may be all.  */
struct listing
{
  char paths[1024];
  int incompletes;
};

static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *listing = ctx;
  size_t used = strlen (listing->paths);
  snprintf (listing->paths + used, sizeof listing->paths - used, "%s;", info->path);
  return 0;
}

static int
take_incomplete (void *ctx)
{
  ((struct listing *) ctx)->incompletes++;
  return 0;
}

static int
list (const char *commit, struct listing *listing)
{
  struct hfcore_file_sink sink
      = { .size = sizeof sink, .ctx = listing, .file = take_file, .incomplete = take_incomplete };
  memset (listing, 0, sizeof *listing);
  call_reset (&call);
  return dir.ops->list (dir.self, &call, &model, commit, &sink);
}

static void
link_to (const char *target, const char *name)
{
  const char *path = check_path (name);
  CU_ASSERT_EQUAL_FATAL (files_make_parents (AT_FDCWD, path), 0);
  CU_ASSERT_EQUAL_FATAL (symlink (target, path), 0);
}

static void
set_time (const char *path, time_t seconds)
{
  const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, path, times, 0), 0);
}

/* ---- options ---- */

static void
test_options (void)
{
  test_open (&dir, "transport-dir", "root", "/x", "layout", "zip", NULL);
  CU_ASSERT_EQUAL (dir.code, HFCORE_E_CONFIG);
  CHECK_CONTAINS (dir.error.message, "auto, hub-cache or tree");
  test_close (&dir);
  test_open (&dir, "transport-dir", NULL);
  CU_ASSERT_EQUAL (dir.code, HFCORE_E_CONFIG);
  CHECK_CONTAINS (dir.error.message, "root");
  test_close (&dir);
}

static void
test_layout (void)
{
  struct hfcore_file_info info;
  check_write ("root/models--org--m/snapshots/" COMMIT "/a", "hello\n");
  check_write ("root/models/org/m/main/b", "hello\n");
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve (COMMIT, "a", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (resolve ("main", "b", &info), HFCORE_PASS);
  close_root ();
  open_root ("hub-cache");
  CU_ASSERT_EQUAL (resolve (COMMIT, "a", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (resolve ("main", "b", &info), HFCORE_PASS);
  close_root ();
  open_root ("tree");
  CU_ASSERT_EQUAL (resolve (COMMIT, "a", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (resolve ("main", "b", &info), HFCORE_OK);
  close_root ();
}

/* A stick is plugged in and pulled out while a program runs.  */
static void
test_unplugged (void)
{
  struct hfcore_file_info info;
  struct listing listing;
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_E_DOWN);
  CHECK_CONTAINS (call.error.message, "is not there (is the stick plugged in?)");
  CHECK_CONTAINS (call.error.message, check_path ("root"));
  CU_ASSERT_EQUAL (list (COMMIT, &listing), HFCORE_E_DOWN);
  check_write ("root/models/org/m/main/a", "hello\n");
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("root")), 0);
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_E_DOWN);
  check_write ("root", "a file");
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_E_DOWN);
  close_root ();
}

/* ---- a cache ---- */

static void
make_cache (void)
{
  check_write ("root/models--org--m/refs/main", COMMIT);
  check_write ("root/models--org--m/blobs/" HELLO_SHA256, "hello\n");
  link_to ("../../blobs/" HELLO_SHA256, "root/models--org--m/snapshots/" COMMIT "/linked");
  check_write ("root/models--org--m/snapshots/" COMMIT "/sub/copied", "hello\n");
  check_write ("root/models--org--m/.no_exist/" COMMIT "/absent", "");
}

static void
make_list (void)
{
  check_write ("root/models--org--m/trees/" COMMIT ".json",
               "{\"format_version\": 1, \"files\": {"
               "\"linked\": {\"size\": 6, \"blob_id\": \"" HELLO_ETAG "\", \"lfs_sha256\": "
               "\"" HELLO_SHA256 "\", \"lfs_size\": 6},"
               "\"sub/copied\": {\"size\": 6, \"blob_id\": \"" OTHER "\"},"
               "\"elsewhere\": {\"size\": 9, \"blob_id\": \"" OTHER "\"}}}");
}

static void
test_partial_cache (void)
{
  struct hfcore_file_info info;
  struct listing listing;
  make_cache ();
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve ("main", "linked", &info), HFCORE_OK);
  CHECK_STRING (info.commit, COMMIT);
  CHECK_STRING (info.etag, HELLO_SHA256); /* not by which a small file would be guessed  */
  CU_ASSERT_EQUAL (info.length, 6);
  CU_ASSERT_EQUAL (resolve (COMMIT, "sub/copied", &info), HFCORE_OK);
  CHECK_STRING (info.etag, HELLO_ETAG);
  CU_ASSERT_EQUAL (resolve ("main", "absent", &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_FILE);
  CHECK_STRING (info.commit, COMMIT);
  CU_ASSERT_EQUAL (resolve ("main", "elsewhere", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (resolve (OTHER, "linked", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (resolve (OTHER, NULL, &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (list (COMMIT, &listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.incompletes, 1);
  CU_ASSERT_EQUAL (strlen (listing.paths), strlen ("linked;sub/copied;"));
  CU_ASSERT_EQUAL (list (OTHER, &listing), HFCORE_PASS);
  CU_ASSERT_EQUAL (listing.incompletes, 0);
  close_root ();
}

/* A remembered file list knows all files, with the etags of those that are no links.  */
static void
test_remembered_list (void)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  struct hfcore_file_info info;
  struct listing listing;
  make_cache ();
  make_list ();
  open_root ("auto");
  CU_ASSERT_EQUAL (list (COMMIT, &listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.incompletes, 0);
  CHECK_CONTAINS (listing.paths, "elsewhere;");
  CU_ASSERT_EQUAL (resolve ("main", "sub/copied", &info), HFCORE_OK);
  CHECK_STRING (info.etag, OTHER);
  CU_ASSERT_EQUAL (resolve ("main", "elsewhere", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (resolve ("main", "unlisted", &info), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_FILE);
  CHECK_STRING (info.commit, COMMIT);
  /* What is written of a file counts; that its bytes are others is found by who hashes them.  */
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, OTHER, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, HELLO_ETAG, &got), HFCORE_E_CONFLICT);
  CU_ASSERT_EQUAL (read_file (COMMIT, "linked", NULL, OTHER, &got), HFCORE_E_CONFLICT);
  CU_ASSERT_EQUAL (got.begins, 0);
  close_root ();
}

/* Where nothing is written, it is compared by the digest that was asked for.  */
static void
test_either_digest (void)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  make_cache ();
  open_root ("auto");
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, HELLO_ETAG, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, HELLO_SHA256, &got), HFCORE_OK);
  CU_ASSERT_EQUAL (got.len, 6);
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, OTHER, &got), HFCORE_E_CONFLICT);
  /* An etag that is no digest says nothing that could be compared.  */
  CU_ASSERT_EQUAL (read_file (COMMIT, "sub/copied", NULL, "strange-1", &got), HFCORE_OK);
  close_root ();
}

static void
test_kernels (void)
{
  static const struct hfcore_repo kernel
      = { .size = sizeof kernel, .type = "kernel", .id = "org/m" };
  struct hfcore_file_info info = { .size = sizeof info };
  check_write ("root/kernels--org--m/snapshots/" COMMIT "/a", "hello\n");
  open_root ("auto");
  CU_ASSERT_EQUAL (dir.ops->resolve (dir.self, &call, &kernel, COMMIT, "a", &info), HFCORE_OK);
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("root")), 0);
  check_write ("root/kernel/org/m/main/a", "hello\n");
  CU_ASSERT_EQUAL (dir.ops->resolve (dir.self, &call, &kernel, "main", "a", &info), HFCORE_OK);
  close_root ();
}

/* ---- a tree ---- */

static void
commit_of (const char *revision, char commit[41])
{
  struct hfcore_file_info info;
  open_root ("auto");
  CU_ASSERT_EQUAL_FATAL (resolve (revision, NULL, &info), HFCORE_OK);
  memcpy (commit, info.commit, 41);
  close_root ();
}

static void
test_commit_is_made_up (void)
{
  char first[41], next[41];
  const char *path = check_write ("root/models/org/m/main/sub/a", "hello\n");
  set_time (path, 1000000000);
  commit_of ("main", first);
  CU_ASSERT (names_is_commit (first));
  commit_of ("main", next);
  CHECK_STRING (next, first);
  set_time (path, 1000000001); /* the time  */
  commit_of ("main", next);
  CU_ASSERT (strcmp (next, first) != 0);
  check_write ("root/models/org/m/main/sub/a", "hello!\n"); /* the length  */
  set_time (path, 1000000000);
  commit_of ("main", next);
  CU_ASSERT (strcmp (next, first) != 0);
  check_write ("root/models/org/m/main/sub/a", "hello\n");
  set_time (path, 1000000000);
  commit_of ("main", next);
  CHECK_STRING (next, first);
  check_write ("root/models/org/m/main/b", ""); /* another file  */
  commit_of ("main", next);
  CU_ASSERT (strcmp (next, first) != 0);
}

/* What is no part of a repository is not told, and changes nothing.  */
static void
test_what_is_skipped (void)
{
  static const char *const names[] = { ".cache/huggingface/download/a.metadata",
                                       ".git/HEAD",
                                       "sub/.git",
                                       ".DS_Store",
                                       "sub/Thumbs.db",
                                       "desktop.ini",
                                       "sub/._a",
                                       "sub/.cache/huggingface-not" };
  struct hfcore_file_info info;
  struct listing listing;
  char first[41];
  check_write ("root/models/org/m/main/.cache/kept", "hello\n");
  check_write ("root/models/org/m/main/.gitattributes", "hello\n");
  commit_of ("main", first);
  for (int i = 0; i < 7; i++)
    {
      char path[128];
      snprintf (path, sizeof path, "root/models/org/m/main/%s", names[i]);
      check_write (path, "x");
    }
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve ("main", NULL, &info), HFCORE_OK);
  CHECK_STRING (info.commit, first);
  CU_ASSERT_EQUAL (list (first, &listing), HFCORE_OK);
  CHECK_STRING (listing.paths, ".cache/kept;.gitattributes;");
  CU_ASSERT_EQUAL (listing.incompletes, 0);
  CU_ASSERT_EQUAL (resolve ("main", ".git/HEAD", &info), HFCORE_E_NOTFOUND);
  close_root ();
}

/* A folder that is named as a commit is that commit, as far as it is here.  */
static void
test_true_commit (void)
{
  struct hfcore_file_info info;
  struct listing listing;
  check_write ("root/models/org/m/" COMMIT "/a", "hello\n");
  check_write ("root/models/org/m/" COMMIT "/.DS_Store", "x");
  link_to (COMMIT, "root/models/org/m/main");
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve (COMMIT, NULL, &info), HFCORE_OK);
  CHECK_STRING (info.commit, COMMIT);
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_OK);
  CHECK_STRING (info.commit, COMMIT);
  CHECK_STRING (info.etag, HELLO_ETAG);
  CU_ASSERT_EQUAL (resolve ("main", "b", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (resolve ("main", ".DS_Store", &info), HFCORE_PASS);
  CU_ASSERT_EQUAL (list (COMMIT, &listing), HFCORE_OK);
  CHECK_STRING (listing.paths, "a;");
  CU_ASSERT_EQUAL (listing.incompletes, 1);
  close_root ();
}

/* ---- changes meanwhile ---- */

/* While a file stays as it is, its digest is computed once: a change that nobody can see is seen by
 * the next instance alone.  */
static void
test_hashed_once (void)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  struct hfcore_file_info info;
  struct listing listing;
  const char *path = check_write ("root/models/org/m/main/a", "hello\n");
  set_time (path, 1000000000);
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve ("main", NULL, &info), HFCORE_OK);
  CLEANUP_FREE char *commit = strdup (info.commit);
  CU_ASSERT_EQUAL (list (commit, &listing), HFCORE_OK);
  check_write ("root/models/org/m/main/a", "HELLO\n");
  set_time (path, 1000000000);
  CU_ASSERT_EQUAL (resolve (commit, "a", &info), HFCORE_OK);
  CHECK_STRING (info.etag, HELLO_ETAG);
  CU_ASSERT_EQUAL (read_file (commit, "a", NULL, HELLO_ETAG, &got), HFCORE_OK);
  set_time (path, 1000000002);
  CU_ASSERT_EQUAL (read_file (commit, "a", NULL, HELLO_ETAG, &got), HFCORE_E_CONFLICT);
  CU_ASSERT_EQUAL (resolve (commit, "a", &info), HFCORE_E_CONFLICT);
  CHECK_CONTAINS (call.error.message, "was changed after");
  CU_ASSERT_EQUAL (list (commit, &listing), HFCORE_E_CONFLICT);
  /* By its name the revision is what it is now.  */
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_OK);
  CU_ASSERT (strcmp (info.etag, HELLO_ETAG) != 0 && strcmp (info.commit, commit) != 0);
  close_root ();
}

struct shrinking
{
  struct test_bytes bytes; /* first, so that its sink's context is this  */
  int (*data) (void *ctx, const void *bytes, size_t len);
  const char *path;
};

static int
shrink (void *ctx, const void *bytes, size_t len)
{
  struct shrinking *shrinking = ctx;
  CU_ASSERT_EQUAL (truncate (shrinking->path, 300000), 0);
  return shrinking->data (ctx, bytes, len);
}

static void
test_shrinks (void)
{
  struct shrinking shrinking = { .path = check_write ("root/models--org--m/x", "") };
  struct hfcore_read request = { .size = sizeof request,
                                 .repo = &model,
                                 .path = "x",
                                 .location = "models--org--m/x",
                                 .length = ALL,
                                 .total = ALL };
  CU_ASSERT_EQUAL (truncate (shrinking.path, 1000000), 0);
  test_bytes_init (&shrinking.bytes);
  shrinking.data = shrinking.bytes.sink.data;
  shrinking.bytes.sink.data = shrink;
  open_root ("auto");
  CU_ASSERT_EQUAL (dir.ops->read (dir.self, &call, &request, &shrinking.bytes.sink),
                   HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, "became shorter");
  CU_ASSERT_EQUAL (shrinking.bytes.len, 300000);
  close_root ();
  test_bytes_free (&shrinking.bytes);
}

static void
test_cancel_while_hashing (void)
{
  atomic_int cancel = 1;
  struct hfcore_file_info info;
  check_write ("root/models--org--m/snapshots/" COMMIT "/a", "hello\n");
  open_root ("auto");
  call.cancel = &cancel;
  CU_ASSERT_EQUAL (resolve (COMMIT, "a", &info), HFCORE_E_CANCELLED);
  call.cancel = NULL;
  CU_ASSERT_EQUAL (resolve (COMMIT, "a", &info), HFCORE_OK);
  close_root ();
}

/* ---- a hostile stick ---- */

static void
refuses (const char *path, const char *why)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  struct hfcore_file_info info;
  CU_ASSERT_EQUAL (resolve (COMMIT, path, &info), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, why);
  CU_ASSERT_EQUAL (read_file (COMMIT, path, NULL, NULL, &got), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (got.begins, 0);
}

static void
test_hostile_files (void)
{
  struct hfcore_file_info info;
  static const char *const roots[]
      = { "root/models--org--m/snapshots/" COMMIT, "root/models/org/m/" COMMIT };
  for (int i = 0; i < 2; i++)
    {
      char name[160];
      CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("root")), 0);
#define IN_ROOT(file) (snprintf (name, sizeof name, "%s/%s", roots[i], file), name)
      const char *secret = check_write ("secret", SECRET);
      link_to (secret, IN_ROOT ("absolute"));
      link_to (i ? "../../../../../secret" : "../../../../secret", IN_ROOT ("relative"));
      link_to (check_folder (), IN_ROOT ("folder"));
      link_to ("circle", IN_ROOT ("circle"));
      link_to ("/dev/null", IN_ROOT ("device"));
      link_to ("sub", IN_ROOT ("inside"));
      check_write (IN_ROOT ("sub/x"), "x");
      CU_ASSERT_EQUAL (mkfifo (check_path (IN_ROOT ("fifo")), 0666), 0);
      open_root ("auto");
      refuses ("absolute", "leads out of the folder");
      refuses ("relative", "leads out of the folder");
      refuses ("folder/secret", "leads out of the folder");
      refuses ("device", "leads out of the folder");
      refuses ("circle", "circle");
      refuses ("fifo", "no regular file");
      refuses ("sub", "no regular file");
      refuses ("inside", "no regular file");
      CU_ASSERT_EQUAL (resolve (COMMIT, "inside/x", &info), HFCORE_OK);
      close_root ();
    }
}

static void
test_hostile_folders (void)
{
  struct hfcore_file_info info;
  struct listing listing;
  check_write ("outside/a", SECRET);
  check_write ("root/models/org/m/x", "");
  link_to ("../../../../outside", "root/models/org/m/main");
  check_write ("root/models/org/m/bad/a\\..\\b", "x");
  check_write ("root/models/org/m/worse/a\033[2Jb", "x");
  link_to ("nowhere", "root/models/org/m/dangling/a");
  link_to ("../../m", "root/models/org/m/linked/a");
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve ("main", NULL, &info), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, "leads out of the folder");
  CU_ASSERT_EQUAL (resolve ("bad", NULL, &info), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, "is no name for a file");
  CU_ASSERT_EQUAL (resolve ("worse", NULL, &info), HFCORE_E_CORRUPT);
  CU_ASSERT_PTR_NULL (strchr (call.error.message, '\033'));
  CU_ASSERT_EQUAL (resolve ("dangling", NULL, &info), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, "leads nowhere");
  CU_ASSERT_EQUAL (resolve ("linked", NULL, &info), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (call.error.message, "no regular file");
  close_root ();
  /* A cache without a list.  */
  check_write ("root/models--org--m/snapshots/" COMMIT "/a\\..\\b", "x");
  open_root ("auto");
  CU_ASSERT_EQUAL (list (COMMIT, &listing), HFCORE_E_CORRUPT);
  close_root ();
}

/* A place that `read` is told is never left by it either.  */
static void
test_hostile_places (void)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  check_write ("secret", SECRET);
  check_write ("root/models--org--m/a", "hello\n");
  link_to ("../../secret", "root/models--org--m/b");
  link_to ("../..", "root/models--org--m/c");
  open_root ("auto");
  CU_ASSERT_EQUAL (read_file (COMMIT, "a", "models--org--m/a", NULL, &got), HFCORE_OK);
  CU_ASSERT (read_file (COMMIT, "a", "models--org--m/b", NULL, &got) < 0);
  CU_ASSERT (read_file (COMMIT, "a", "../secret", NULL, &got) < 0);
  CU_ASSERT (read_file (COMMIT, "a", "models--org--m/c/secret", NULL, &got) != HFCORE_OK);
  CU_ASSERT_EQUAL (got.begins, 0);
  close_root ();
}

static atomic_bool stop_swapping;

static void *
swap_often (void *unused)
{
  (void) unused;
  const char *file = check_path ("root/models--org--m/snapshots/" COMMIT "/a");
  char good[512], bad[512], next[512], target[512];
  snprintf (target, sizeof target, "%s", check_path ("secret"));
  snprintf (good, sizeof good, "%s", file);
  snprintf (bad, sizeof bad, "%s.bad", file);
  snprintf (next, sizeof next, "%s.good", file);
  while (!atomic_load (&stop_swapping))
    {
      unlink (bad);
      if (symlink (target, bad) == 0)
        rename (bad, good);
      int fd = open (next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (fd >= 0 && write (fd, "hello\n", 6) == 6)
        rename (next, good);
      if (fd >= 0)
        close (fd);
    }
  return NULL;
}

/* Whoever puts a link there between two looks at it gains nothing.  */
static void
test_swapped_links (void)
{
  CLEANUP_BYTES struct test_bytes got = { 0 };
  pthread_t thread;
  int good = 0, bad = 0;
  check_write ("secret", SECRET);
  check_write ("root/models--org--m/snapshots/" COMMIT "/a", "hello\n");
  open_root ("auto");
  atomic_store (&stop_swapping, false);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, swap_often, NULL), 0);
  /* Without the care that is taken, ten would be bad in a second.  */
  for (int64_t end = clock_now_ms () + 1500; clock_now_ms () < end;)
    {
      good += read_file (COMMIT, "a", NULL, NULL, &got) == HFCORE_OK;
      bad += got.len > 0 && (got.len != 6 || memcmp (got.bytes, "hello\n", 6) != 0);
    }
  CU_ASSERT_EQUAL (bad, 0);
  atomic_store (&stop_swapping, true);
  pthread_join (thread, NULL);
  CU_ASSERT (good > 0);
  close_root ();
}

/* What may not be read is another source's to tell.  */
static void
check_unreadable (void)
{
  struct hfcore_file_info info;
  open_root ("auto");
  CU_ASSERT_EQUAL (resolve (COMMIT, "closed", &info), HFCORE_E_DOWN);
  CHECK_CONTAINS (call.error.message, "check who may read there");
  CU_ASSERT_EQUAL (resolve ("main", "a", &info), HFCORE_E_DOWN);
  close_root ();
  open_root ("tree");
  CU_ASSERT_EQUAL (resolve ("main", NULL, &info), HFCORE_E_DOWN);
  CHECK_CONTAINS (call.error.message, "/models/org/m/main: ");
  close_root ();
}

static int
read_as_guest (void *unused)
{
  (void) unused;
  unsigned failed = CU_get_number_of_failures ();
  check_unreadable ();
  return CU_get_number_of_failures () != failed;
}

static void
test_unreadable (void)
{
  const char *file = check_write ("root/models--org--m/snapshots/" COMMIT "/closed", "x");
  check_write ("root/models--org--m/refs/main", OTHER);
  check_write ("root/models--org--m/snapshots/" OTHER "/a", "x");
  check_write ("root/models/org/m/main/a", "x");
  chmod (check_path ("root/models"), 0);
  chmod (file, 0);
  chmod (check_path ("root/models--org--m/snapshots/" OTHER), 0);
  chmod (check_folder (), 0755);
  CU_ASSERT_EQUAL (test_as_nobody (read_as_guest, NULL), 0);
}

CHECK_MAIN ("transport-dir", { "options", test_options }, { "layout", test_layout },
            { "unplugged", test_unplugged }, { "partial_cache", test_partial_cache },
            { "remembered_list", test_remembered_list }, { "either_digest", test_either_digest },
            { "kernels", test_kernels }, { "commit_is_made_up", test_commit_is_made_up },
            { "what_is_skipped", test_what_is_skipped }, { "true_commit", test_true_commit },
            { "hashed_once", test_hashed_once }, { "shrinks", test_shrinks },
            { "cancel_while_hashing", test_cancel_while_hashing },
            { "hostile_files", test_hostile_files }, { "hostile_folders", test_hostile_folders },
            { "hostile_places", test_hostile_places }, { "swapped_links", test_swapped_links },
            { "unreadable", test_unreadable })
