/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_auto.c: links where they can be made, else copies (spec 1.12): how that is found out,
 * how often, what is said, and what a killed attempt leaves.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "plugins/hub-layout/hub_probe.h"
#include "tests/unit/layout_fixture.h"

#define REPO           "cache/models--org--name"
#define ETAG           "etag-of-test"
#define COMMIT         "0000000000000000000000000000000000000001"
#define FOLDER         REPO "/snapshots/" COMMIT
#define NEW            HFCORE_NEW_BLOB
#define CANNOT_BE_DONE 77

static struct hub_store *store;
static int warnings;
static char warning[1024];

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
open_fresh (void)
{
  store = layout_open_fresh ();
  store->form = HUB_FORM_PROBED;
  store->warns = true;
  store->journal->log = &hearing;
  warnings = 0;
}

static int
put_blob (void)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, ETAG, 3, 0, &have, &writer);
  if (!code)
    code = hub_write (store, &call, writer, 0, "one", 3);
  return code ? code : hub_commit (store, &call, writer, 3);
}

static int
set (const char *path, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  return hub_file_set (store, &call, &test_repo, COMMIT, path, ETAG, flags, &file);
}

/* 'l', 'f', or 0 for nothing.  */
static char
kind_of (const char *name)
{
  struct stat st;
  if (lstat (check_path (name), &st) < 0)
    return 0;
  return S_ISLNK (st.st_mode) ? 'l' : S_ISREG (st.st_mode) ? 'f' : '?';
}

/* No symbolic link can be made from now on.  */
static int
break_links (int os_errno)
{
  int broken = test_break_syscall (SYS_symlinkat, os_errno);
#ifdef SYS_symlink
  broken = broken ? broken : test_break_syscall (SYS_symlink, os_errno);
#endif
  return broken;
}

static void
check_child (int (*run) (void *), void *ctx)
{
  check_folder ();
  int status = test_in_child (run, ctx);
  if (status == CANNOT_BE_DONE)
    fprintf (stderr, "seccomp cannot be used: skipped ");
  else if (status != 0)
    fprintf (stderr, "status %d ", status);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
}

#define HOLDS(number, condition)                                                                   \
  do                                                                                               \
    {                                                                                              \
      if (!(condition))                                                                            \
        return number;                                                                             \
    }                                                                                              \
  while (0)

/* ---- with links ---- */

static void
test_links_where_they_work (void)
{
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob (), 0);
  CU_ASSERT_EQUAL (set ("f", NEW), 0);
  CU_ASSERT_EQUAL (set ("a/f", 0), 0);
  CU_ASSERT_EQUAL (kind_of (FOLDER "/f"), 'l');
  CU_ASSERT_EQUAL (kind_of (FOLDER "/a/f"), 'l');
  CU_ASSERT_EQUAL (warnings, 0);
  hub_store_close (store);
  /* Nothing of the attempt is left.  */
  CLEANUP_FREE char *tree = test_tree (check_path (REPO));
  CHECK_STRING (tree, "blobs 0755\n"
                      "blobs/" ETAG " 0644 = one\n"
                      "snapshots 0755\n"
                      "snapshots/" COMMIT " 0755\n"
                      "snapshots/" COMMIT "/a 0755\n"
                      "snapshots/" COMMIT "/a/f -> ../../../blobs/" ETAG "\n"
                      "snapshots/" COMMIT "/f -> ../../blobs/" ETAG "\n");
}

static int
try_once (void *unused)
{
  (void) unused;
  open_fresh ();
  HOLDS (1, put_blob () == 0 && set ("f", NEW) == 0);
  if (test_die_at_syscall (SYS_mkdirat))
    return CANNOT_BE_DONE;
  /* Neither again for another file, nor for what is as it should be.  */
  HOLDS (2, set ("g", 0) == 0 && kind_of (FOLDER "/g") == 'l');
  hub_store_close (store);
  open_fresh ();
  HOLDS (3, set ("g", 0) == 0 && set ("f", 0) == 0);
  hub_store_close (store);
  return 0;
}

static void
test_tried_once (void)
{
  check_child (try_once, NULL);
}

/* ---- without ---- */

static int
do_without (void *os_errno)
{
  open_fresh ();
  HOLDS (1, put_blob () == 0);
  if (break_links (*(int *) os_errno))
    return CANNOT_BE_DONE;
  HOLDS (2, set ("f", NEW) == 0 && kind_of (FOLDER "/f") == 'f');
  HOLDS (3, kind_of (REPO "/blobs/" ETAG) == 0);
  HOLDS (4, put_blob () == 0 && set ("g", 0) == 0 && kind_of (FOLDER "/g") == 'f');
  HOLDS (5, warnings == 1 && strstr (warning, "more disk space")
                && strstr (warning, "HF_HUB_DISABLE_SYMLINKS_WARNING")
                && strstr (warning, check_path ("cache")));
  hub_store_close (store);
  open_fresh ();
  store->warns = false;
  HOLDS (6, put_blob () == 0 && set ("h", NEW) == 0 && kind_of (FOLDER "/h") == 'f');
  HOLDS (7, warnings == 0);
  hub_store_close (store);
  CLEANUP_FREE char *tree = test_tree (check_path (REPO));
  HOLDS (8, !strstr (tree, "tmp") && !strstr (tree, "dummy"));
  return 0;
}

static void
test_copies_where_they_do_not (void)
{
  int errnos[] = { EPERM, EOPNOTSUPP, ENOSYS, EACCES, EINVAL };
  for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
    {
      char gone[32];
      check_child (do_without, &errnos[i]);
      snprintf (gone, sizeof gone, "gone-%zu", i);
      (void) rename (check_path ("cache"), check_path (gone));
    }
}

/* No reason to call a file system one without links.  */
static int
meet_full_disk (void *unused)
{
  (void) unused;
  open_fresh ();
  HOLDS (1, put_blob () == 0);
  if (break_links (ENOSPC))
    return CANNOT_BE_DONE;
  HOLDS (2, set ("f", NEW) == HFCORE_E_NOSPACE);
  HOLDS (3, kind_of (FOLDER "/f") == 0 && kind_of (REPO "/blobs/" ETAG) == 'f' && warnings == 0);
  hub_store_close (store);
  return 0;
}

static void
test_full_disk (void)
{
  check_child (meet_full_disk, NULL);
}

/* It worked in the repository's folder and does not for one file.  */
static int
lose_links (void *os_errno)
{
  open_fresh ();
  HOLDS (1, put_blob () == 0 && set ("f", NEW) == 0 && kind_of (FOLDER "/f") == 'l');
  if (break_links (*(int *) os_errno))
    return CANNOT_BE_DONE;
  HOLDS (2, set ("g", 0) == 0 && kind_of (FOLDER "/g") == 'f' && warnings == 1);
  HOLDS (3, kind_of (REPO "/blobs/" ETAG) == 'f');
  hub_store_close (store);
  return 0;
}

static void
test_one_file_without (void)
{
  int errnos[] = { EPERM, EOPNOTSUPP, ENOSYS };
  for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
    {
      char gone[32];
      check_child (lose_links, &errnos[i]);
      snprintf (gone, sizeof gone, "gone-%zu", i);
      (void) rename (check_path ("cache"), check_path (gone));
    }
}

/* Who wants no links: nothing is tried, and nothing said.  */
static int
want_none (void *unused)
{
  (void) unused;
  open_fresh ();
  store->form = HUB_FORM_COPIES;
  HOLDS (1, put_blob () == 0);
  if (test_die_at_syscall (SYS_symlinkat))
    return CANNOT_BE_DONE;
  HOLDS (2, set ("f", NEW) == 0 && kind_of (FOLDER "/f") == 'f' && warnings == 0);
  hub_store_close (store);
  return 0;
}

static void
test_none_wanted (void)
{
  check_child (want_none, NULL);
}

/* ---- where nothing can be tried ---- */

/* Only below the snapshots may this user write.  */
static int
write_in_a_corner (void *unused)
{
  (void) unused;
  open_fresh ();
  HOLDS (1, set ("f", 0) == 0 && kind_of (FOLDER "/f") == 'l');
  if (break_links (EPERM))
    return CANNOT_BE_DONE;
  /* It is remembered for that folder; another one has to be tried.  */
  HOLDS (2, set ("g", 0) == 0 && kind_of (FOLDER "/g") == 'f' && warnings == 1);
  HOLDS (3, set ("folder/h", 0) == 0 && kind_of (FOLDER "/folder/h") == 'f');
  hub_store_close (store);
  return 0;
}

static void
test_folder_of_others (void)
{
  check_write (REPO "/blobs/" ETAG, "one");
  check_write (FOLDER "/x", "");
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path (REPO), 0555), 0);
  CU_ASSERT_EQUAL (chmod (check_path (FOLDER), 0777), 0);
  int status = test_as_nobody (write_in_a_corner, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  CLEANUP_FREE char *tree = test_tree (check_path (REPO));
  CHECK_CONTAINS (tree, "/f -> ../../blobs/" ETAG);
  CU_ASSERT_PTR_NULL (strstr (tree, "tmp"));
  CU_ASSERT_EQUAL (chmod (check_path (REPO), 0755), 0);
}

/* ---- killed ---- */

static int
die_trying (void *number)
{
  open_fresh ();
  HOLDS (1, put_blob () == 0);
  if (test_die_at_syscall (*(long *) number))
    return CANNOT_BE_DONE;
  return set ("f", NEW);
}

/* At most what Python's own attempt leaves: tmpXXXXXXXX/dummy_file_*.  */
static bool
is_tmp (const char *line)
{
  const char *name = strncmp (line, "tmp", 3) == 0 ? line + 3 : NULL;
  if (!name || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") != 8)
    return false;
  return name[8] == ' ' || strncmp (name + 8, "/dummy_file_src ", 16) == 0
         || strncmp (name + 8, "/dummy_file_dst ", 16) == 0;
}

static void
test_killed_while_trying (void)
{
  long numbers[] = { SYS_mkdirat, SYS_symlinkat, SYS_unlinkat };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      check_folder ();
      int status = test_in_child (die_trying, &numbers[i]);
      CU_ASSERT (status == 128 + SIGSYS || status == CANNOT_BE_DONE);
      CLEANUP_FREE char *tree = test_tree (check_path (REPO));
      char *rest = tree, *line;
      while ((line = strsep (&rest, "\n")))
        CU_ASSERT (!*line || strncmp (line, "blobs", 5) == 0 || is_tmp (line));
      open_fresh ();
      CU_ASSERT_EQUAL (put_blob (), 0);
      CU_ASSERT_EQUAL (set ("f", NEW), 0);
      CU_ASSERT_EQUAL (kind_of (FOLDER "/f"), 'l');
      hub_store_close (store);
      char gone[32];
      snprintf (gone, sizeof gone, "gone-%zu", i);
      (void) rename (check_path ("cache"), check_path (gone));
    }
}

CHECK_MAIN ("hub auto", { "links_where_they_work", test_links_where_they_work },
            { "tried_once", test_tried_once },
            { "copies_where_they_do_not", test_copies_where_they_do_not },
            { "full_disk", test_full_disk }, { "one_file_without", test_one_file_without },
            { "none_wanted", test_none_wanted }, { "folder_of_others", test_folder_of_others },
            { "killed_while_trying", test_killed_while_trying })
