/* SPDX-License-Identifier: Apache-2.0 */
/* test_local_dir.c: files in a plain folder (spec 3): names, metadata, partials, and what is told.
 * The branches of spec 3.3 are run through by tests/cli/local_dir.sh.  */
#include "core/engine/local_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/engine/local_dir_metadata.h"
#include "core/engine/local_dir_partial.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "tests/unit/engine_fixture.h"

#define DOWNLOADS "folder/.cache/huggingface/download/"
#define METADATA  DOWNLOADS "a.txt.metadata"
#define ONE       SHELF ("") TRANSPORT SOURCE ("one", "")
#define HASH_OF_A "cExJ8iHBe1Fn7eB3I6UvtuxO9VE="

/* ---- names ---- */

static void
test_hash (void)
{
  struct hfcore_call call;
  char hash[LOCAL_HASH_ROOM];
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (local_partial_hash (&call, "README.md", hash), HFCORE_OK);
  CHECK_STRING (hash, "Xn7B-BWUGOee2Y6hCZtEhtFu4BE=");
  CU_ASSERT_EQUAL (local_partial_hash (&call, "model.bin", hash), HFCORE_OK);
  CHECK_STRING (hash, "mBG94Lz8EYH5gU8b5axgj2RF9Tk=");
  call_done (&call);
}

static void
test_reserved_names (void)
{
  static const char *const good[] = { "a.txt",
                                      ".gitignore",
                                      ".cache/other",
                                      ".cachet",
                                      ".cache/huggingfaces/x",
                                      "x/.cache/huggingface/y",
                                      ".gitattributes",
                                      ".github/x",
                                      "git/config",
                                      "a/x.git" };
  static const char *const bad[] = { ".cache",
                                     ".cache/huggingface",
                                     ".cache/huggingface/x",
                                     ".CACHE/HuggingFace/download/x.metadata",
                                     ".Cache",
                                     ".cache./huggingface /x",
                                     ".git",
                                     ".git/config",
                                     "a/.GIT/hooks/post-checkout",
                                     ".git. ./config",
                                     "b/GIT~1/x" };
  struct hfcore_call call;
  call_init (&call, NULL);
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    CU_ASSERT_EQUAL (local_dir_check_file (&call, good[i]), HFCORE_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CU_ASSERT_EQUAL (local_dir_check_file (&call, bad[i]), HFCORE_E_CONFIG);
  call_done (&call);
}

static void
test_open (void)
{
  struct hfcore_call call;
  struct local_dir dir;
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (local_dir_open (&call, "", 0, &dir), HFCORE_E_CONFIG);
  local_dir_close (&dir);
  CU_ASSERT_EQUAL (local_dir_open (&call, "x", 3, &dir), HFCORE_E_CONFIG);
  local_dir_close (&dir);
  CU_ASSERT_EQUAL (local_dir_open (&call, "x", -1, &dir), HFCORE_E_CONFIG);
  local_dir_close (&dir);
  setenv ("HOME", check_folder (), 1);
  CU_ASSERT_EQUAL (local_dir_open (&call, "~/no/such/../folder", HFCORE_LINK_HARD, &dir),
                   HFCORE_OK);
  CHECK_STRING (dir.path, check_path ("no/folder"));
  local_dir_close (&dir);
  call_done (&call);
}

/* ---- metadata ---- */

static void
test_metadata_text (void)
{
  static const struct
  {
    long ns;
    const char *printed;
  } times[] = {
    { 38397800, ".038397" }, { 0, ".0" }, { 500000000, ".5" }, { 999, ".0" }, { 120000, ".00012" }
  };
  struct local_metadata metadata = { .commit = COMMIT, .etag = HELLO_ETAG }, read;
  char text[LOCAL_METADATA_ROOM], wanted[LOCAL_METADATA_ROOM];
  for (size_t i = 0; i < sizeof times / sizeof *times; i++)
    {
      metadata.since = (struct timespec){ .tv_sec = 1795390138, .tv_nsec = times[i].ns };
      local_metadata_format (&metadata, text);
      snprintf (wanted, sizeof wanted, COMMIT "\n" HELLO_ETAG "\n1795390138%s\n", times[i].printed);
      CHECK_STRING (text, wanted);
      CU_ASSERT_TRUE (local_metadata_parse (text, &read));
      CHECK_STRING (read.commit, COMMIT);
      CHECK_STRING (read.etag, HELLO_ETAG);
      CU_ASSERT_EQUAL (read.since.tv_sec, 1795390138);
      CU_ASSERT_EQUAL (read.since.tv_nsec, times[i].ns / 1000 * 1000);
    }
}

static void
test_metadata_of_others (void)
{
  static const char *const good[] = {
    COMMIT "\n" HELLO_ETAG "\n1795390138.0383978\n",
    COMMIT "\n" HELLO_ETAG "\n1795390138",
    "  " COMMIT " \r\n\t" HELLO_ETAG "\r\n1795390138.5 \r\nmore\n",
    COMMIT "\n" HELLO_SHA256 "\n1795390138.\n",
  };
  static const char *const bad[] = {
    "",
    "\n",
    "\n\n\n",
    COMMIT,
    COMMIT "\n" HELLO_ETAG,
    COMMIT "\n" HELLO_ETAG "\n",
    COMMIT "\n" HELLO_ETAG "\n\n1795390138.0\n",
    COMMIT "\n" HELLO_ETAG "\n-1.0\n",
    COMMIT "\n" HELLO_ETAG "\n1795390138,5\n",
    COMMIT "\n" HELLO_ETAG "\n1795390138.5s\n",
    COMMIT "\n" HELLO_ETAG "\nnan\n",
    COMMIT "\n" HELLO_ETAG "\n.5\n",
    COMMIT "\n" HELLO_ETAG "\n1234567890123456.0\n",
    COMMIT "\n\n1795390138.0\n",
    COMMIT "\n../x\n1795390138.0\n",
    COMMIT "0\n" HELLO_ETAG "\n1795390138.0\n",
    "main\n" HELLO_ETAG "\n1795390138.0\n",
    HELLO_ETAG " " COMMIT "\n1795390138.0\n",
  };
  struct local_metadata metadata;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      CU_ASSERT_TRUE (local_metadata_parse (good[i], &metadata));
      CHECK_STRING (metadata.commit, COMMIT);
      CU_ASSERT_EQUAL (metadata.since.tv_sec, 1795390138);
    }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CU_ASSERT_FALSE (local_metadata_parse (bad[i], &metadata));
  char text[1024] = COMMIT "\n";
  memset (text + strlen (text), 'e', 600);
  CU_ASSERT_FALSE (local_metadata_parse (text, &metadata));
}

static void
test_metadata_covers (void)
{
  const struct local_metadata metadata = { .since = { .tv_sec = 1000, .tv_nsec = 500 } };
  static const struct
  {
    struct timespec modified;
    bool covered;
  } cases[] = { { { 0, 0 }, true },     { { 1000, 500 }, true }, { { 1000, 999999999 }, true },
                { { 1001, 0 }, true },  { { 1001, 500 }, true }, { { 1001, 501 }, false },
                { { 1002, 0 }, false }, { { 5000, 0 }, false } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CU_ASSERT_EQUAL (local_metadata_covers (&metadata, &cases[i].modified), cases[i].covered);
}

/* ---- a place in the folder ---- */

static struct local_dir folder;
static struct local_place place;

static void
open_place (const char *path)
{
  scene_open (ONE);
  CU_ASSERT_EQUAL (local_dir_open (&scene.call, check_path ("folder"), 0, &folder), HFCORE_OK);
  CU_ASSERT_EQUAL (local_place_open (&scene.call, &folder, path, &place), HFCORE_OK);
}

static void
close_place (void)
{
  local_place_close (&place);
  local_dir_close (&folder);
  scene_close ();
}

static void
test_metadata_file (void)
{
  struct local_metadata metadata;
  open_place ("a.txt");
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, false, &metadata), HFCORE_PASS);
  CU_ASSERT_EQUAL (access (check_path ("folder"), F_OK), -1);
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  CU_ASSERT_EQUAL (local_metadata_write (&scene.call, &place, COMMIT, HELLO_ETAG), HFCORE_OK);
  /* Without the file it is of nothing.  */
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, false, &metadata), HFCORE_PASS);
  check_write ("folder/a.txt", HELLO);
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, false, &metadata), HFCORE_OK);
  CHECK_STRING (metadata.commit, COMMIT);
  CHECK_LOGGED ("WARNING", 0);
  check_write (METADATA, "damaged");
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, true, &metadata), HFCORE_PASS);
  scene_has (METADATA, "damaged");
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, false, &metadata), HFCORE_PASS);
  scene_has (METADATA, NULL);
  CHECK_LOGGED ("WARNING", 2);
  close_place ();
}

/* It is not written through: it may be another file's too.  */
static void
test_metadata_of_two_names (void)
{
  struct local_metadata metadata;
  open_place ("a.txt");
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  check_write ("folder/a.txt", HELLO);
  CU_ASSERT_EQUAL (link (check_write ("mine", "mine"), check_path (METADATA)), 0);
  CU_ASSERT_EQUAL (local_metadata_write (&scene.call, &place, COMMIT, HELLO_ETAG), HFCORE_OK);
  scene_has ("mine", "mine");
  CU_ASSERT_EQUAL (unlink (check_path (METADATA)), 0);
  CU_ASSERT_EQUAL (symlink (check_path ("mine"), check_path (METADATA)), 0);
  CU_ASSERT_EQUAL (local_metadata_read (scene.engine, &place, false, &metadata), HFCORE_PASS);
  CU_ASSERT_EQUAL (local_metadata_write (&scene.call, &place, COMMIT, HELLO_ETAG), HFCORE_OK);
  scene_has ("mine", "mine");
  close_place ();
}

static void
test_long_name (void)
{
  char name[256];
  memset (name, 'n', sizeof name - 1);
  name[246] = 0;
  open_place (name);
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  local_place_close (&place);
  name[246] = 'n';
  name[247] = 0;
  CU_ASSERT_EQUAL (local_place_open (&scene.call, &folder, name, &place), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "too long for a local folder");
  close_place ();
}

/* ---- partials ---- */

static const char *
partial_name (const char *etag, const char *hex)
{
  static char name[512];
  snprintf (name, sizeof name, DOWNLOADS "%s.%s.%s.incomplete", HASH_OF_A, etag, hex);
  return name;
}

static uint64_t
claim (struct local_partial *partial, uint64_t expect)
{
  uint64_t have = 0;
  *partial = LOCAL_PARTIAL_NONE;
  CU_ASSERT_EQUAL (local_partial_claim (&scene.call, &place, HELLO_ETAG, expect, &have, partial),
                   HFCORE_OK);
  return have;
}

static void
test_new_partial (void)
{
  struct local_partial partial = LOCAL_PARTIAL_NONE;
  open_place ("a.txt");
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  CU_ASSERT_EQUAL (local_partial_new (&scene.call, &place, HELLO_ETAG, &partial), HFCORE_OK);
  CU_ASSERT (strncmp (partial.name, HASH_OF_A "." HELLO_ETAG ".", 70) == 0);
  CU_ASSERT_EQUAL (strlen (partial.name), 28 + 1 + 40 + 1 + 8 + 11);
  CU_ASSERT_EQUAL (files_write_all (partial.fd, HELLO, 5), 0);
  local_partial_keep (&partial);
  CU_ASSERT_EQUAL (claim (&partial, 11), 5);
  CU_ASSERT (partial.fd >= 0);
  check_write (METADATA, "of another content");
  CU_ASSERT_EQUAL (local_partial_finish (&scene.call, &place, true, &partial), HFCORE_OK);
  CU_ASSERT_EQUAL (partial.fd, -1);
  scene_has ("folder/a.txt", "hello");
  scene_has (METADATA, NULL);
  CU_ASSERT_EQUAL (claim (&partial, 11), 0);
  CU_ASSERT_EQUAL (partial.fd, -1);
  close_place ();
}

/* The longest is taken, the others of this file go; not those that live, or are others'.  */
static void
test_claim (void)
{
  struct local_partial partial;
  struct stat st;
  open_place ("a.txt");
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  check_write (partial_name (HELLO_ETAG, "00000001"), "hel");
  check_write (partial_name (HELLO_ETAG, "00000002"), "hello ");
  check_write (partial_name (HELLO_ETAG, "00000003"), "h");
  check_write (partial_name (SECOND_ETAG, "00000004"), "second");
  check_write (partial_name (HELLO_ETAG, "0000000x"), "no name of one");
  check_write (DOWNLOADS "0" HASH_OF_A "." HELLO_ETAG ".00000005.incomplete", "of another file");
  check_write (partial_name (HELLO_ETAG, "00000006"), "hello wor");
  CLEANUP_CLOSE int living = open (check_path (partial_name (HELLO_ETAG, "00000006")), O_RDONLY);
  CU_ASSERT_EQUAL (flock (living, LOCK_EX | LOCK_NB), 0);
  CU_ASSERT_EQUAL (link (check_write ("mine", "hello worl"),
                         check_path (partial_name (HELLO_ETAG, "00000007"))),
                   0);
  CU_ASSERT_EQUAL (symlink (check_write ("other", "hello world"),
                            check_path (partial_name (HELLO_ETAG, "00000008"))),
                   0);
  CU_ASSERT_EQUAL (chmod (check_path (partial_name (HELLO_ETAG, "00000002")), 0600), 0);
  CU_ASSERT_EQUAL (claim (&partial, 11), 6);
  CHECK_STRING (partial.name, HASH_OF_A "." HELLO_ETAG ".00000002.incomplete");
  CU_ASSERT_EQUAL (fstat (partial.fd, &st), 0);
  mode_t mask = umask (022);
  umask (mask);
  CU_ASSERT_EQUAL (st.st_mode & 0777, 0666 & ~mask);
  scene_has (partial_name (HELLO_ETAG, "00000001"), NULL);
  scene_has (partial_name (HELLO_ETAG, "00000003"), NULL);
  scene_has (partial_name (SECOND_ETAG, "00000004"), NULL);
  scene_has (partial_name (HELLO_ETAG, "0000000x"), "no name of one");
  scene_has (DOWNLOADS "0" HASH_OF_A "." HELLO_ETAG ".00000005.incomplete", "of another file");
  scene_has (partial_name (HELLO_ETAG, "00000006"), "hello wor");
  scene_has (partial_name (HELLO_ETAG, "00000007"), NULL);
  scene_has ("mine", "hello worl");
  scene_has (partial_name (HELLO_ETAG, "00000008"), "hello world");
  local_partial_drop (&place, &partial);
  scene_has (partial_name (HELLO_ETAG, "00000002"), NULL);
  close_place ();
}

static void
test_claim_is_bounded (void)
{
  struct local_partial partial;
  open_place ("a.txt");
  CU_ASSERT_EQUAL (local_place_make (&scene.call, &place), HFCORE_OK);
  check_write (partial_name (HELLO_ETAG, "00000001"), "more than was expected");
  CU_ASSERT_EQUAL (claim (&partial, 11), 11);
  local_partial_drop (&place, &partial);
  close_place ();
}

/* ---- a file, as it is told ---- */

static struct downloaded file;

static int
get (const char *revision, uint32_t flags)
{
  const struct download ask = { .repo = &scene_repo,
                                .revision = revision,
                                .path = "a.txt",
                                .flags = flags,
                                .local = &folder,
                                .events = &scene.events };
  downloaded_free (&file);
  return download_file (scene.engine, &scene.call, &ask, &file);
}

static void
open_folder (const char *yaml)
{
  scene_open (yaml);
  CU_ASSERT_EQUAL (local_dir_open (&scene.call, check_path ("folder"), 0, &folder), HFCORE_OK);
}

static void
close_folder (void)
{
  downloaded_free (&file);
  local_dir_close (&folder);
  scene_close ();
}

static void
check_file (int code, const char *commit, bool cached, bool will_download)
{
  CU_ASSERT_EQUAL (code, HFCORE_OK);
  CHECK_STRING (file.commit, commit);
  CHECK_STRING (file.path, check_path ("folder/a.txt"));
  CU_ASSERT_EQUAL (file.length, strlen (HELLO));
  CU_ASSERT_EQUAL (file.cached, cached);
  CU_ASSERT_EQUAL (file.will_download, will_download);
}

static void
test_new (void)
{
  open_folder (ONE);
  check_file (get ("main", 0), COMMIT, false, false);
  scene_has ("folder/a.txt", HELLO);
  CHECK_LOGGED ("event START a.txt 0/11", 1);
  CHECK_LOGGED ("event FILE a.txt 11/11", 1);
  CHECK_LOGGED ("event CACHED", 0);
  CHECK_LOGGED ("[shelf] create", 0);
  CHECK_LOGGED ("_set", 0);
  CHECK_LOGGED ("[shelf] lock", 0);
  CU_ASSERT_EQUAL (access (check_path ("shelf"), F_OK), -1);
  scene_again ();
  check_file (get (COMMIT, 0), COMMIT, true, false);
  CHECK_LOGGED ("event CACHED a.txt 11/11", 1);
  CHECK_LOGGED ("asked to", 0);
  scene_again ();
  check_file (get ("main", HFCORE_FORCE), COMMIT, false, false);
  CHECK_LOGGED ("asked to read a.txt from 0", 1);
  close_folder ();
}

static void
test_cached (void)
{
  open_folder (ONE);
  check_write (FOLDER "snapshots/" COMMIT "/a.txt", HELLO);
  check_file (get ("main", HFCORE_DRY_RUN), COMMIT, true, false);
  scene_has ("folder/a.txt", NULL);
  check_file (get ("main", 0), COMMIT, true, false);
  CHECK_LOGGED ("asked to read", 0);
  scene_has ("folder/a.txt", HELLO);
  close_folder ();
}

/* A cache that fails is as good as none.  */
static void
test_failing_cache (void)
{
  open_folder (SHELF (", fail: [file_get io]") TRANSPORT SOURCE ("one", ""));
  check_file (get ("main", 0), COMMIT, false, false);
  CHECK_LOGGED ("told to say io", 1);
  CHECK_LOGGED ("WARNING", 0);
  close_folder ();
}

static void
test_dry_run (void)
{
  open_folder (ONE);
  check_file (get ("main", HFCORE_DRY_RUN), COMMIT, false, true);
  CU_ASSERT_EQUAL (access (check_path ("folder"), F_OK), -1);
  check_file (get ("main", 0), COMMIT, false, false);
  check_file (get ("main", HFCORE_DRY_RUN), COMMIT, true, false);
  check_file (get (COMMIT, HFCORE_DRY_RUN), COMMIT, true, false);
  check_file (get (COMMIT, HFCORE_DRY_RUN | HFCORE_FORCE), COMMIT, true, true);
  check_write ("folder/a.txt", "jello world");
  unlink (check_path (METADATA));
  check_file (get ("main", HFCORE_DRY_RUN), COMMIT, true, true);
  scene_has ("folder/a.txt", "jello world");
  close_folder ();
}

static void
test_local_only (void)
{
  open_folder (ONE);
  CU_ASSERT_EQUAL (get ("main", HFCORE_LOCAL_ONLY), HFCORE_E_DOWN);
  CHECK_CONTAINS (scene.call.error.message, check_path ("folder"));
  CU_ASSERT_PTR_NULL (file.path);
  CU_ASSERT_EQUAL (get ("main", HFCORE_LOCAL_ONLY | HFCORE_FORCE), HFCORE_E_CONFIG);
  check_write ("folder/a.txt", HELLO);
  check_file (get ("main", HFCORE_LOCAL_ONLY), "", true, false);
  CHECK_LOGGED ("WARNING", 1);
  check_file (get ("main", 0), COMMIT, false, false);
  check_file (get ("main", HFCORE_LOCAL_ONLY), COMMIT, true, false);
  CHECK_LOGGED ("asked to resolve", 1);
  close_folder ();
}

static void
test_stopped (void)
{
  open_folder (ONE);
  logbook_stop_at (HFCORE_EVENT_BYTES);
  CU_ASSERT_EQUAL (get ("main", 0), HFCORE_E_CANCELLED);
  scene_has ("folder/a.txt", NULL);
  scene_has (METADATA, NULL);
  scene_again ();
  check_file (get ("main", 0), COMMIT, false, false);
  close_folder ();
}

/* Behind a lock that another holds nothing is waited for once it is to stop.  */
static void
test_stopped_at_the_lock (void)
{
  open_folder (ONE);
  CLEANUP_CLOSE int lock = open (check_write (DOWNLOADS "a.txt.lock", ""), O_RDWR);
  CU_ASSERT_EQUAL (flock (lock, LOCK_EX | LOCK_NB), 0);
  scene.call.deadline_ms = 1;
  CU_ASSERT_EQUAL (get ("main", 0), HFCORE_E_RETRY);
  scene_has ("folder/a.txt", NULL);
  close_folder ();
}

CHECK_MAIN ("local_dir", { "hash", test_hash }, { "reserved names", test_reserved_names },
            { "open", test_open }, { "metadata text", test_metadata_text },
            { "metadata of others", test_metadata_of_others },
            { "metadata covers", test_metadata_covers }, { "metadata file", test_metadata_file },
            { "metadata of two names", test_metadata_of_two_names },
            { "long name", test_long_name }, { "new partial", test_new_partial },
            { "claim", test_claim }, { "claim is bounded", test_claim_is_bounded },
            { "new", test_new }, { "cached", test_cached }, { "failing cache", test_failing_cache },
            { "dry run", test_dry_run }, { "local only", test_local_only },
            { "stopped", test_stopped }, { "stopped at the lock", test_stopped_at_the_lock })
