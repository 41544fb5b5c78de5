/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_copy.c: a Hub cache without links (spec 1.13): what becomes of a blob, what stays, and
 * what is to be seen when a copy fails or its process is killed: nothing.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files_share.h"
#include "tests/unit/layout_fixture.h"

#define REPO           "cache/models--org--name"
#define ETAG           "etag-of-test"
#define COMMIT         "0000000000000000000000000000000000000001"
#define BLOB           REPO "/blobs/" ETAG
#define FOLDER         REPO "/snapshots/" COMMIT
#define POINTER        FOLDER "/f"
#define SCRATCH        "cache/.locks/models--org--name/.partials"
#define NEW            HFCORE_NEW_BLOB
#define CANNOT_BE_DONE 77

#ifdef SYS_renameat
#  define PLACE SYS_renameat
#else
#  define PLACE SYS_renameat2
#endif

static struct hub_store *store;

static void
open_fresh (void)
{
  store = layout_open_fresh ();
  store->form = HUB_FORM_COPIES;
}

/* Opened anew, so that nothing is known of before.  */
static void
open_again (void)
{
  hub_store_close (store);
  open_fresh ();
}

static int
put_blob (const char *text)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have, len = strlen (text);
  int code = hub_create (store, &call, &test_repo, ETAG, len, 0, &have, &writer);
  if (!code)
    code = hub_write (store, &call, writer, 0, text, len);
  return code ? code : hub_commit (store, &call, writer, len);
}

static int
set (const char *path, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  int code = hub_file_set (store, &call, &test_repo, COMMIT, path, ETAG, flags, &file);
  if (code == 0)
    CU_ASSERT (file.state == HFCORE_FILE_PRESENT && file.path && access (file.path, R_OK) == 0);
  return code;
}

static ino_t
inode (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0 ? st.st_ino : 0;
}

static bool
is_link (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0 && S_ISLNK (st.st_mode);
}

static void
check_content (const char *name, const char *text)
{
  CHECK_STRING (check_read (check_path (name)), text);
}

/* ---- the rules of spec 1.13 ---- */

static void
test_new_blob_is_moved (void)
{
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  ino_t blob = inode (BLOB);
  CU_ASSERT_EQUAL (set ("a/b/f", NEW), 0);
  CU_ASSERT_EQUAL (inode (FOLDER "/a/b/f"), blob);
  CLEANUP_FREE char *blobs = test_tree (check_path (REPO "/blobs"));
  CHECK_STRING (blobs, "");
  /* Again, when the blob is gone: it is there.  */
  CU_ASSERT_EQUAL (set ("a/b/f", NEW), 0);
  CU_ASSERT_EQUAL (set ("a/b/f", 0), 0);
  check_content (FOLDER "/a/b/f", "one");
  hub_store_close (store);
}

static void
test_old_blob_is_copied (void)
{
  struct stat st;
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  CU_ASSERT_EQUAL (chmod (check_path (BLOB), 0400), 0);
  CU_ASSERT_EQUAL (set ("f", 0), 0);
  check_content (POINTER, "one");
  check_content (BLOB, "one");
  CU_ASSERT (!is_link (POINTER) && inode (POINTER) != inode (BLOB));
  CU_ASSERT_EQUAL (stat (check_path (POINTER), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode & 07777, 0644);
  hub_store_close (store);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
}

static void
test_what_stands_there (void)
{
  open_fresh ();
  check_write (POINTER, "mine");
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  CU_ASSERT_EQUAL (set ("f", 0), 0);
  check_content (POINTER, "mine");
  CU_ASSERT_EQUAL (set ("f", HFCORE_REPLACE), 0);
  check_content (POINTER, "one");
  check_content (BLOB, "one");
  CU_ASSERT_EQUAL (put_blob ("two"), 0);
  CU_ASSERT_EQUAL (set ("f", NEW), 0);
  check_content (POINTER, "two");
  CU_ASSERT_EQUAL (inode (BLOB), 0);
  /* A folder is nobody's to replace.  */
  check_write (FOLDER "/d/x", "");
  CU_ASSERT_EQUAL (put_blob ("three"), 0);
  CU_ASSERT_EQUAL (set ("d", NEW | HFCORE_REPLACE), HFCORE_E_IO);
  CU_ASSERT (set ("f/g", NEW) < 0);
  check_content (BLOB, "three");
  check_content (POINTER, "two");
  hub_store_close (store);
}

static void
test_links_of_a_mixed_cache (void)
{
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  check_write (FOLDER "/x", "");
  /* To this blob: left as it is, and the blob stays under it.  */
  CU_ASSERT_EQUAL (symlink ("../../blobs/" ETAG, check_path (POINTER)), 0);
  CU_ASSERT_EQUAL (set ("f", NEW), 0);
  CU_ASSERT_EQUAL (set ("f", NEW | HFCORE_REPLACE), 0);
  CU_ASSERT (is_link (POINTER));
  check_content (BLOB, "one");
  /* To something else, or nothing: replaced, and not written through.  */
  check_write (REPO "/blobs/other", "other");
  CU_ASSERT_EQUAL (symlink ("../../blobs/other", check_path (FOLDER "/g")), 0);
  CU_ASSERT_EQUAL (symlink ("../../blobs/none", check_path (FOLDER "/h")), 0);
  CU_ASSERT_EQUAL (set ("g", 0), 0);
  CU_ASSERT_EQUAL (set ("h", NEW), 0);
  CU_ASSERT (!is_link (FOLDER "/g") && !is_link (FOLDER "/h"));
  check_content (FOLDER "/g", "one");
  check_content (FOLDER "/h", "one");
  check_content (REPO "/blobs/other", "other");
  hub_store_close (store);
}

static void
test_shared_blobs_are_never_moved (void)
{
  open_fresh ();
  check_write ("cache/blobs/ab/abcd", "shared");
  check_write (REPO "/blobs/x", "");
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (BLOB)), 0);
  CU_ASSERT_EQUAL (set ("f", NEW), 0);
  CU_ASSERT (is_link (BLOB) && !is_link (POINTER));
  check_content (POINTER, "shared");
  check_content ("cache/blobs/ab/abcd", "shared");
  hub_store_close (store);
}

/* Whoever may write to the cache can make a blob a link to a file that only we may read.  */
static void
test_private_file_stays_private (void)
{
  struct stat st;
  open_fresh ();
  check_write ("private", "mine");
  CU_ASSERT_EQUAL (chmod (check_path ("private"), 0600), 0);
  check_write (REPO "/blobs/x", "");
  CU_ASSERT_EQUAL (symlink (check_path ("private"), check_path (BLOB)), 0);
  CU_ASSERT_EQUAL (set ("f", 0), 0);
  CU_ASSERT_EQUAL (lstat (check_path (POINTER), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode, (mode_t) (S_IFREG | 0600));
  hub_store_close (store);
}

static void
test_blob_that_is_gone (void)
{
  open_fresh ();
  TEST_CALL (call);
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, NEW, NULL),
                   HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (call.error.os_errno, ENOENT);
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL),
                   HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (call.error.os_errno, ENOENT);
  /* A twin has moved it.  */
  check_write (POINTER, "one");
  CU_ASSERT_EQUAL (set ("f", NEW), 0);
  CU_ASSERT_EQUAL (set ("f", 0), 0);
  check_content (POINTER, "one");
  hub_store_close (store);
}

/* ---- hard links ---- */

static void
test_hard_links (void)
{
  open_fresh ();
  store->share = FILES_SHARE_HARD_LINK;
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  check_write (FOLDER "/g", "mine");
  CU_ASSERT_EQUAL (set ("f", 0), 0);
  CU_ASSERT_EQUAL (set ("g", HFCORE_REPLACE), 0);
  CU_ASSERT_EQUAL (inode (POINTER), inode (BLOB));
  CU_ASSERT_EQUAL (inode (FOLDER "/g"), inode (BLOB));
  /* The same once more leaves nothing behind.  */
  CU_ASSERT_EQUAL (set ("g", HFCORE_REPLACE), 0);
  hub_store_close (store);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
}

/* ---- where the system refuses ---- */

struct trouble
{
  const char *what;
  bool named; /* no files without names here  */
  unsigned share;
  long number; /* of the system call that fails  */
  int os_errno;
  uint32_t flags;
  int expected;
};

static const struct trouble troubles[] = {
  { "no hard links", false, FILES_SHARE_HARD_LINK | FILES_SHARE_COPY, SYS_linkat, EPERM, 0, 0 },
  { "nothing but hard links", false, FILES_SHARE_HARD_LINK, SYS_linkat, EPERM, 0,
    HFCORE_E_UNSUPPORTED },
  { "no reflinks", false, FILES_SHARE_REFLINK | FILES_SHARE_COPY, SYS_ioctl, EOPNOTSUPP, 0, 0 },
  { "nothing but reflinks", false, FILES_SHARE_REFLINK, SYS_ioctl, EOPNOTSUPP, 0,
    HFCORE_E_UNSUPPORTED },
  { "nothing but reflinks, named", true, FILES_SHARE_REFLINK, SYS_ioctl, EOPNOTSUPP, 0,
    HFCORE_E_UNSUPPORTED },
  { "no kernel copy", true, FILES_SHARE_REFLINK | FILES_SHARE_COPY, SYS_copy_file_range, EXDEV, 0,
    0 },
  { "another disk", false, FILES_SHARE_COPY, PLACE, EXDEV, NEW, 0 },
  { "full disk", false, FILES_SHARE_COPY, SYS_pwrite64, ENOSPC, 0, HFCORE_E_NOSPACE },
  { "full disk, named", true, FILES_SHARE_COPY, SYS_pwrite64, ENOSPC, 0, HFCORE_E_NOSPACE },
  { "full disk, found late", false, FILES_SHARE_COPY, SYS_fdatasync, EDQUOT, 0, HFCORE_E_NOSPACE },
  { "full disk, found late, named", true, FILES_SHARE_COPY, SYS_fdatasync, EDQUOT, 0,
    HFCORE_E_NOSPACE },
};

static int
meet (void *trouble_)
{
  const struct trouble *trouble = trouble_;
  open_fresh ();
  store->share = trouble->share;
  if (put_blob ("one"))
    return 1;
  if ((trouble->named && test_break_unnamed_files ())
      || test_break_syscall (trouble->number, trouble->os_errno))
    return CANNOT_BE_DONE;
  int code = set ("f", trouble->flags);
  hub_store_close (store);
  return code == trouble->expected ? 0 : 2;
}

static void
test_troubles (void)
{
  check_folder ();
  for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
    {
      const struct trouble *trouble = &troubles[i];
      int status = test_in_child (meet, (void *) trouble);
      if (status == CANNOT_BE_DONE)
        continue;
      CLEANUP_FREE char *tree = test_tree (check_path (REPO "/snapshots"));
      bool whole = trouble->expected == 0;
      if (status != 0 || (strstr (tree, "/f 0644 = one\n") != NULL) != whole
          || (!whole && strchr (tree, '=')) || access (check_path (SCRATCH), F_OK) == 0
          || (inode (BLOB) == 0) != (trouble->flags == NEW))
        {
          CLEANUP_FREE char *left = test_tree (check_path ("cache"));
          fprintf (stderr, "%s: status %d, left:\n%s", trouble->what, status, left);
          CU_FAIL ("not as it should be");
        }
      char gone[32];
      snprintf (gone, sizeof gone, "gone-%zu", i);
      CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path (gone)), 0);
    }
}

/* A cache that is not synced is not synced here either.  */
static int
copy_without_sync (void *unused)
{
  (void) unused;
  open_fresh ();
  store->durable = false;
  if (put_blob ("one") || test_die_at_syscall (SYS_fdatasync))
    return CANNOT_BE_DONE;
  return set ("f", 0);
}

static void
test_not_durable (void)
{
  check_folder ();
  int status = test_in_child (copy_without_sync, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  check_content (POINTER, "one");
}

static int
copy_limited (void *unused)
{
  (void) unused;
  struct rlimit limit = { 4096, 4096 };
  signal (SIGXFSZ, SIG_IGN);
  open_fresh ();
  if (setrlimit (RLIMIT_FSIZE, &limit))
    return CANNOT_BE_DONE;
  int code = set ("f", 0);
  hub_store_close (store);
  return code == HFCORE_E_NOSPACE ? 0 : 1;
}

static void
test_no_room_in_the_middle (void)
{
  static char text[20000];
  memset (text, 'x', sizeof text - 1);
  check_write (BLOB, text);
  int status = test_in_child (copy_limited, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  CLEANUP_FREE char *tree = test_tree (check_path (FOLDER));
  CHECK_STRING (tree, "");
}

static void
test_stopped_copy (void)
{
  atomic_int stop = 1;
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob ("one"), 0);
  store->share = FILES_SHARE_COPY;
  TEST_CALL (call);
  call.cancel = &stop;
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, 0, NULL),
                   HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (inode (POINTER), 0);
  check_content (BLOB, "one");
  hub_store_close (store);
}

/* ---- killed ---- */

struct death
{
  bool named;
  unsigned share;
  uint32_t flags;
  long at;
};

static const struct death deaths[] = {
  { false, FILES_SHARE_COPY, 0, SYS_fdatasync },
  { false, FILES_SHARE_COPY, 0, SYS_linkat },
  { true, FILES_SHARE_COPY, 0, SYS_fdatasync },
  { true, FILES_SHARE_COPY, 0, PLACE },
  { false, FILES_SHARE_COPY, NEW, PLACE },
  { false, FILES_SHARE_HARD_LINK, 0, SYS_linkat },
  { false, FILES_SHARE_COPY, HFCORE_REPLACE, PLACE },
};

static int
die (void *death_)
{
  const struct death *death = death_;
  open_fresh ();
  store->share = death->share;
  if (put_blob ("one"))
    return 1;
  if (death->flags == HFCORE_REPLACE)
    check_write (POINTER, "mine");
  if ((death->named && test_break_unnamed_files ()) || test_die_at_syscall (death->at))
    return CANNOT_BE_DONE;
  return set ("f", death->flags);
}

static void
test_killed (void)
{
  check_folder ();
  for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
    {
      const char *before = deaths[i].flags == HFCORE_REPLACE ? "f 0644 = mine\n" : "";
      int status = test_in_child (die, (void *) &deaths[i]);
      if (status == CANNOT_BE_DONE)
        continue;
      if (status != 128 + SIGSYS)
        fprintf (stderr, "death %zu: status %d\n", i, status);
      CU_ASSERT_EQUAL (status, 128 + SIGSYS);
      CLEANUP_FREE char *tree = test_tree (check_path (FOLDER));
      CHECK_STRING (tree, before);
      check_content (BLOB, "one");
      CLEANUP_FREE char *blobs = test_tree (check_path (REPO "/blobs"));
      CHECK_STRING (blobs, ETAG " 0644 = one\n");
      /* The next one to come goes on, and cleans up.  */
      open_fresh ();
      CU_ASSERT_EQUAL (put_blob ("two"), 0);
      CU_ASSERT_EQUAL (set ("f", NEW), 0);
      check_content (POINTER, "two");
      open_again ();
      hub_store_close (store);
      CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
      char gone[32];
      snprintf (gone, sizeof gone, "gone-%zu", i);
      CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path (gone)), 0);
    }
}

CHECK_MAIN ("hub copies", { "new_blob_is_moved", test_new_blob_is_moved },
            { "old_blob_is_copied", test_old_blob_is_copied },
            { "what_stands_there", test_what_stands_there },
            { "links_of_a_mixed_cache", test_links_of_a_mixed_cache },
            { "shared_blobs_are_never_moved", test_shared_blobs_are_never_moved },
            { "private_file_stays_private", test_private_file_stays_private },
            { "blob_that_is_gone", test_blob_that_is_gone }, { "hard_links", test_hard_links },
            { "troubles", test_troubles }, { "not_durable", test_not_durable },
            { "no_room_in_the_middle", test_no_room_in_the_middle },
            { "stopped_copy", test_stopped_copy }, { "killed", test_killed })
