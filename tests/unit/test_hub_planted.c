/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_planted.c: what somebody else put into a shared cache: links that lead out of the
 * repository, files that stay theirs, things that are no files. Nothing outside is ever written
 * to; the links of the cache's owner, who moved its folders, are followed.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_store.h"
#include "tests/check.h"
#include "tests/contract/storage_host.h"
#include "tests/unit/layout_fixture.h"

#define REPO           "cache/models--org--name"
#define RECORDS        "cache/.locks/models--org--name/.partials/"
#define ETAG           "etag-of-test"
#define COMMIT         "0000000000000000000000000000000000000001"
#define OTHER          "0000000000000000000000000000000000000002"
#define PARTIAL        REPO "/blobs/" ETAG ".01234567.incomplete"
#define NEW            HFCORE_NEW_BLOB
#define CANNOT_BE_DONE 77
#define SOMEBODY       4321 /* a user id  */

static struct hub_store *store;

static int
put_blob (const char *text)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, ETAG, strlen (text), HFCORE_CREATE_RESUME, &have,
                         &writer);
  if (code)
    return code;
  hub_write (store, &call, writer, have, text + have, strlen (text) - have);
  return hub_commit (store, &call, writer, strlen (text));
}

/* ---- folders that are links ---- */

static void
plant (const char *target, const char *link)
{
  char text[4096];
  snprintf (text, sizeof text, "%s", check_path (target));
  check_write (link, "");
  CU_ASSERT_EQUAL_FATAL (unlink (check_path (link)), 0);
  CU_ASSERT_EQUAL_FATAL (symlink (text, check_path (link)), 0);
}

/* Was it refused for this link, in one line?  */
static bool
is_refused (int code, const struct hfcore_call *call, const char *link)
{
  char wanted[4096];
  snprintf (wanted, sizeof wanted, "%s is a link where a folder should be; remove it",
            check_path (link));
  bool told = strcmp (call->error.message, wanted) == 0;
  if (code != HFCORE_E_IO || !told)
    fprintf (stderr, "code %d: %s\n", code, call->error.message);
  return code == HFCORE_E_IO && told;
}

static bool
is_link_refused (const char *name, const char *link)
{
  bool refused = true;
  for (uint32_t flags = 0; flags <= NEW; flags += NEW)
    {
      TEST_CALL (call);
      int code = hub_file_set (store, &call, &test_repo, COMMIT, name, ETAG, flags, NULL);
      refused = is_refused (code, &call, link) && refused;
    }
  return refused;
}

static bool
is_marker_refused (const char *name, const char *link)
{
  TEST_CALL (call);
  int code = hub_file_set_absent (store, &call, &test_repo, COMMIT, name, NULL);
  return is_refused (code, &call, link);
}

static bool
is_ref_refused (const char *ref, const char *expected, const char *link)
{
  TEST_CALL (call);
  int code = hub_ref_set (store, &call, &test_repo, ref, expected, COMMIT);
  return is_refused (code, &call, link);
}

static void
check_victim (void)
{
  CLEANUP_FREE char *victim = test_tree (check_path ("victim"));
  CHECK_STRING (victim, "f 0644 = precious\n");
}

static void
test_links_to_folders_of_a_commit (void)
{
  store = layout_open_fresh ();
  check_write ("victim/f", "precious");
  CU_ASSERT_EQUAL (put_blob ("evil"), 0);
  plant ("victim", REPO "/snapshots/" COMMIT "/a");
  plant ("victim", REPO "/snapshots/" COMMIT "/b/c");
  CU_ASSERT (is_link_refused ("a/f", REPO "/snapshots/" COMMIT "/a"));
  CU_ASSERT (is_link_refused ("a/new", REPO "/snapshots/" COMMIT "/a"));
  CU_ASSERT (is_link_refused ("a/new/f", REPO "/snapshots/" COMMIT "/a"));
  CU_ASSERT (is_link_refused ("b/c/f", REPO "/snapshots/" COMMIT "/b/c"));
  plant ("victim", REPO "/.no_exist/" COMMIT "/a");
  CU_ASSERT (is_marker_refused ("a/new", REPO "/.no_exist/" COMMIT "/a"));
  CU_ASSERT (is_marker_refused ("a/f", REPO "/.no_exist/" COMMIT "/a"));
  check_victim ();
  hub_store_close (store);
}

static void
test_link_to_a_commit (void)
{
  store = layout_open_fresh ();
  check_write ("victim/f", "precious");
  CU_ASSERT_EQUAL (put_blob ("evil"), 0);
  plant ("victim", REPO "/snapshots/" COMMIT);
  plant ("victim", REPO "/.no_exist/" COMMIT);
  CU_ASSERT (is_link_refused ("f", REPO "/snapshots/" COMMIT));
  CU_ASSERT (is_link_refused ("d/new", REPO "/snapshots/" COMMIT));
  CU_ASSERT (is_marker_refused ("new", REPO "/.no_exist/" COMMIT));
  check_victim ();
  hub_store_close (store);
}

static void
write_refs (void)
{
  CU_ASSERT (is_ref_refused ("a/f", NULL, REPO "/refs/a"));
  CU_ASSERT (is_ref_refused ("a/new", NULL, REPO "/refs/a"));
  CU_ASSERT (is_ref_refused ("a/new", "", REPO "/refs/a"));
  CU_ASSERT (is_ref_refused ("a/d/new", NULL, REPO "/refs/a"));
  CU_ASSERT (is_ref_refused ("b/c/new", NULL, REPO "/refs/b/c"));
}

static int
write_named_refs (void *unused)
{
  (void) unused;
  if (test_break_unnamed_files ())
    return CANNOT_BE_DONE;
  write_refs ();
  return CU_get_number_of_failures () != 0;
}

static void
test_links_to_folders_of_refs (void)
{
  store = layout_open_fresh ();
  check_write ("victim/f", "precious");
  plant ("victim", REPO "/refs/a");
  plant ("victim", REPO "/refs/b/c");
  write_refs ();
  int status = test_in_child (write_named_refs, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  /* Temporaries beside the ref.  */
  check_write ("cache/.locks", "a file");
  status = test_in_child (write_named_refs, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  check_victim ();
  CLEANUP_FREE char *refs = test_tree (check_path (REPO "/refs"));
  CU_ASSERT_PTR_NULL (strstr (refs, ".tmp"));
  hub_store_close (store);
}

/* ---- names that are links ---- */

static void
test_links_in_the_place_of_files (void)
{
  store = layout_open_fresh ();
  TEST_CALL (call);
  check_write ("victim/f", "precious");
  CU_ASSERT_EQUAL (put_blob ("good"), 0);
  plant ("victim/new", REPO "/.no_exist/" COMMIT "/dangling");
  plant ("victim/f", REPO "/.no_exist/" COMMIT "/there");
  CU_ASSERT_EQUAL (hub_file_set_absent (store, &call, &test_repo, COMMIT, "dangling", NULL), 0);
  CU_ASSERT_EQUAL (hub_file_set_absent (store, &call, &test_repo, COMMIT, "there", NULL), 0);
  plant ("victim/f", REPO "/snapshots/" COMMIT "/f");
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL), 0);
  CHECK_STRING (check_read (check_path (REPO "/snapshots/" COMMIT "/f")), "good");
  plant ("victim/f", REPO "/refs/main");
  CU_ASSERT_EQUAL (hub_ref_set (store, &call, &test_repo, "main", NULL, COMMIT), 0);
  CHECK_STRING (check_read (check_path (REPO "/refs/main")), COMMIT);
  check_victim ();
  hub_store_close (store);
}

/* ---- the owner's links ---- */

static void
move_away (const char *folder, const char *to)
{
  char from[4096];
  snprintf (from, sizeof from, "%s", check_path (folder));
  CU_ASSERT_EQUAL_FATAL (rename (from, check_path (to)), 0);
  CU_ASSERT_EQUAL_FATAL (symlink (check_path (to), from), 0);
}

static int
put_all (const char *name, const char *commit)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  return hub_file_set (store, &call, &test_repo, COMMIT, name, ETAG, NEW, &file)
         || hub_file_set_absent (store, &call, &test_repo, commit, name, NULL)
         || hub_tree_set (store, &call, &test_repo, commit, NULL, 0)
         || hub_ref_set (store, &call, &test_repo, name, "", commit);
}

static void
test_folders_that_were_moved (void)
{
  store = layout_open_fresh ();
  /* So that what is linked to lies as deep as the folders that were moved.  */
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  CU_ASSERT_EQUAL (put_all ("a/f", COMMIT), 0);
  move_away (REPO, "cache/disk");
  CU_ASSERT_EQUAL (put_all ("b/f", OTHER), 0);
  CU_ASSERT_EQUAL (put_blob ("two"), 0);
  static const char *const folders[] = { "blobs", "refs", "snapshots", ".no_exist", "trees" };
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    {
      char from[64], to[64];
      snprintf (from, sizeof from, REPO "/%s", folders[i]);
      snprintf (to, sizeof to, "cache/disk/%s-moved", folders[i]);
      move_away (from, to);
    }
  CU_ASSERT_EQUAL (put_all ("c/f", "0000000000000000000000000000000000000003"), 0);
  CU_ASSERT_EQUAL (put_all ("g", "0000000000000000000000000000000000000004"), 0);
  CU_ASSERT_EQUAL (put_blob ("three"), 0);
  CHECK_STRING (check_read (check_path (REPO "/snapshots/" COMMIT "/c/f")), "three");
  CHECK_STRING (check_read (check_path ("cache/disk/refs-moved/a/f")), COMMIT);
  hub_store_close (store);
}

/* ---- partials that are not ours ---- */

/* A new writer finds nothing, and leaves what is there.  */
static void
check_starts_fresh (const char *theirs)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have = 77;
  struct stat before, after;
  CU_ASSERT_EQUAL_FATAL (lstat (check_path (PARTIAL), &before), 0);
  CU_ASSERT_EQUAL_FATAL (hub_create (store, &call, &test_repo, ETAG, 4, HFCORE_CREATE_RESUME, &have,
                                     &writer),
                         0);
  CU_ASSERT_EQUAL (have, 0);
  CU_ASSERT_EQUAL (hub_write (store, &call, writer, 0, "good", 4), 0);
  CU_ASSERT_EQUAL (hub_commit (store, &call, writer, 4), 0);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "good");
  CU_ASSERT_EQUAL (lstat (check_path (PARTIAL), &after), 0);
  CU_ASSERT_EQUAL (after.st_ino, before.st_ino);
  CU_ASSERT_EQUAL (after.st_mode, before.st_mode);
  CHECK_STRING (check_read (check_path (theirs)), "ev");
  CU_ASSERT_EQUAL (access (check_path (RECORDS ETAG ".01234567@free"), F_OK), 0);
}

static void
test_partial_with_another_name (void)
{
  store = layout_open_fresh ();
  check_write ("victim/f", "ev");
  check_write (RECORDS ETAG ".01234567@free", "");
  check_write (PARTIAL, "");
  CU_ASSERT_EQUAL_FATAL (unlink (check_path (PARTIAL)), 0);
  char from[4096];
  snprintf (from, sizeof from, "%s", check_path ("victim/f"));
  CU_ASSERT_EQUAL_FATAL (link (from, check_path (PARTIAL)), 0);
  CU_ASSERT_EQUAL (chmod (from, 0600), 0);
  check_starts_fresh ("victim/f");
  hub_store_close (store);
}

static void
test_partial_of_somebody_else (void)
{
  if (geteuid () != 0)
    {
      fprintf (stderr, "only root can give a file away: skipped ");
      return;
    }
  store = layout_open_fresh ();
  check_write (RECORDS ETAG ".01234567@free", "");
  check_write (PARTIAL, "ev");
  CU_ASSERT_EQUAL_FATAL (chown (check_path (PARTIAL), SOMEBODY, (gid_t) -1), 0);
  check_starts_fresh (PARTIAL);
  hub_store_close (store);
}

static void
test_partial_of_ours (void)
{
  store = layout_open_fresh ();
  check_write (RECORDS ETAG ".01234567@free", "");
  check_write (PARTIAL, "go");
  CU_ASSERT_EQUAL (put_blob ("good"), 0);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "good");
  CU_ASSERT (access (check_path (PARTIAL), F_OK) < 0);
  hub_store_close (store);
}

/* ---- refs that are no files ---- */

static int
get_ref (const char *ref)
{
  TEST_CALL (call);
  const char *commit;
  return hub_ref_get (store, &call, &test_repo, ref, &commit);
}

static void
test_refs_that_are_no_files (void)
{
  store = layout_open_fresh ();
  TEST_CALL (call);
  check_write (REPO "/refs/folder/f", "");
  CU_ASSERT_EQUAL (get_ref ("folder"), HFCORE_PASS);
  CU_ASSERT_EQUAL_FATAL (mkfifo (check_path (REPO "/refs/fifo"), 0666), 0);
  CU_ASSERT_EQUAL (get_ref ("fifo"), HFCORE_PASS);
  CLEANUP_CLOSE int writer = open (check_path (REPO "/refs/fifo"), O_RDWR | O_CLOEXEC);
  CU_ASSERT_EQUAL (get_ref ("fifo"), HFCORE_PASS);
  CU_ASSERT_EQUAL (write (writer, COMMIT, 40), 40);
  CU_ASSERT_EQUAL (get_ref ("fifo"), HFCORE_PASS);
  CU_ASSERT_EQUAL (symlink ("/dev/zero", check_path (REPO "/refs/zero")), 0);
  CU_ASSERT_EQUAL (get_ref ("zero"), HFCORE_PASS);
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  CLEANUP_CLOSE int folder = open (check_path (REPO "/refs"), O_RDONLY | O_CLOEXEC);
  CLEANUP_CLOSE int server = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf (name.sun_path, sizeof name.sun_path, "/proc/self/fd/%d/socket", folder);
  CU_ASSERT_EQUAL (bind (server, (struct sockaddr *) &name, sizeof name), 0);
  CU_ASSERT_EQUAL (get_ref ("socket"), HFCORE_PASS);
  /* As good as none.  */
  CU_ASSERT_EQUAL_FATAL (hub_ref_set (store, &call, &test_repo, "fifo", "", COMMIT), 0);
  CHECK_STRING (check_read (check_path (REPO "/refs/fifo")), COMMIT);
  hub_store_close (store);
}

CHECK_MAIN ("hub planted", { "links_to_folders_of_a_commit", test_links_to_folders_of_a_commit },
            { "link_to_a_commit", test_link_to_a_commit },
            { "links_to_folders_of_refs", test_links_to_folders_of_refs },
            { "links_in_the_place_of_files", test_links_in_the_place_of_files },
            { "folders_that_were_moved", test_folders_that_were_moved },
            { "partial_with_another_name", test_partial_with_another_name },
            { "partial_of_somebody_else", test_partial_of_somebody_else },
            { "partial_of_ours", test_partial_of_ours },
            { "refs_that_are_no_files", test_refs_that_are_no_files })
