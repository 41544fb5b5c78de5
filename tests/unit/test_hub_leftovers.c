/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_leftovers.c: what a process leaves in a Hub cache that is killed at the wrong moment:
 * nothing that other clients take for a ref, a list or a tag, and nothing that stays when the next
 * one comes. What the living, the careful and other machines left is not touched.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/util/cleanup.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_store.h"
#include "tests/check.h"
#include "tests/contract/storage_host.h"
#include "tests/unit/layout_fixture.h"

#define REPO           "cache/models--org--name"
#define SCRATCH        "cache/.locks/models--org--name/.partials"
#define ETAG           "etag-of-test"
#define COMMIT         "0000000000000000000000000000000000000001"
#define OTHER          "0000000000000000000000000000000000000002"
#define LIST           REPO "/trees/" COMMIT ".json"
#define POINTER        REPO "/snapshots/" COMMIT "/f"
#define REMOTE         "0123456789abcdef-1-1"
#define CANNOT_BE_DONE 77

#ifdef SYS_renameat
#  define PLACE SYS_renameat
#else
#  define PLACE SYS_renameat2
#endif
#ifdef SYS_rename
#  define RENAME SYS_rename
#  define UNLINK SYS_unlink
#else
#  define RENAME SYS_renameat
#  define UNLINK SYS_unlinkat
#endif

static struct hub_store *store;
static char *whole; /* what put_all leaves in a new cache  */

static char *
tree_of (const char *name)
{
  return test_tree (check_path (name));
}

/* ---- what a store is asked to do ---- */

static int
put_lock (void)
{
  TEST_CALL (call);
  void *lock;
  int code = hub_lock (store, &call, &test_repo, ETAG, &lock);
  if (!code)
    hub_unlock (store, lock);
  return code;
}

static int
put_nothing (void)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, ETAG, 5, HFCORE_CREATE_RESUME, &have, &writer);
  if (!code)
    hub_abandon (store, writer, 0);
  return code;
}

static int
put_blob (void)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, ETAG, 5, HFCORE_CREATE_RESUME, &have, &writer);
  if (!code)
    code = hub_write (store, &call, writer, have, &"hello"[have], 5 - have);
  return code ? code : hub_commit (store, &call, writer, 5);
}

static int
put_half_blob (void)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, ETAG, 5, 0, &have, &writer);
  if (!code)
    code = hub_write (store, &call, writer, 0, "hel", 3);
  if (!code)
    hub_abandon (store, writer, 1);
  return code;
}

static int
put_ref (void)
{
  TEST_CALL (call);
  return hub_ref_set (store, &call, &test_repo, "main", NULL, COMMIT);
}

static int
put_first_ref (void)
{
  TEST_CALL (call);
  return hub_ref_set (store, &call, &test_repo, "main", "", COMMIT);
}

static int
put_other_ref (void)
{
  TEST_CALL (call);
  return put_lock () || hub_ref_set (store, &call, &test_repo, "main", NULL, OTHER);
}

static int
put_moved_ref (void)
{
  TEST_CALL (call);
  return hub_ref_set (store, &call, &test_repo, "main", OTHER, COMMIT);
}

static int
put_tree (void)
{
  TEST_CALL (call);
  return hub_tree_set (store, &call, &test_repo, COMMIT, NULL, 0);
}

static int
put_link (void)
{
  TEST_CALL (call);
  return hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, HFCORE_NEW_BLOB, NULL);
}

static int
put_all (void *unused)
{
  (void) unused;
  store = layout_open_fresh ();
  int code = put_lock () || put_blob () || put_link () || put_ref () || put_tree ();
  hub_store_close (store);
  return code;
}

static void
make_whole (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (put_all, NULL), 0);
  whole = tree_of ("cache");
  CU_ASSERT_PTR_NULL (strstr (whole, ".partials"));
  CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path ("whole")), 0);
}

static void
forget_whole (void)
{
  free (TAKE_PTR (whole));
}

/* ---- killed at a system call ---- */

struct death
{
  const char *what;
  int (*prepare) (void); /* in an instance that ends as it should; or NULL  */
  int (*act) (void);
  long at;
  bool named; /* no files without a name here  */
};

static int
put_plain_file (void)
{
  check_write (POINTER, "a client's without links");
  return put_blob ();
}

static int
put_bad_tree (void)
{
  check_write (LIST, "");
  return put_lock ();
}

static const struct death deaths[] = {
  { "ref, before its sync", NULL, put_ref, SYS_fdatasync, false },
  { "ref, before its name", NULL, put_ref, SYS_linkat, false },
  { "ref, when all are locked", NULL, put_first_ref, SYS_flock, false },
  { "named ref, before its rename", put_lock, put_ref, PLACE, true },
  { "named ref, when all are locked", put_lock, put_first_ref, SYS_flock, true },
  { "moved ref, before its rename", put_other_ref, put_ref, PLACE, false },
  { "moved ref, compared, before its rename", put_other_ref, put_moved_ref, PLACE, false },
  { "named moved ref, before its rename", put_other_ref, put_ref, PLACE, true },
  { "list, before its name", NULL, put_tree, SYS_linkat, false },
  { "named list, before its rename", put_lock, put_tree, PLACE, true },
  { "list in the place of another, before its rename", put_bad_tree, put_tree, PLACE, false },
  { "blob, nothing written", NULL, put_blob, SYS_pwrite64, false },
  { "blob, before its sync", NULL, put_blob, SYS_fdatasync, false },
  { "blob, before its rename", NULL, put_blob, RENAME, false },
  { "blob, before its record goes", NULL, put_blob, UNLINK, false },
  { "tag, before it is written", NULL, put_blob, SYS_write, false },
  { "tag, before its name", NULL, put_blob, SYS_linkat, false },
  { "named tag, before it is written", NULL, put_blob, SYS_write, true },
  { "named tag, before its rename", NULL, put_blob, PLACE, true },
  { "modes of today", put_half_blob, put_blob, SYS_fchmod, false },
  { "modes of today, named", put_half_blob, put_blob, UNLINK, true },
  { "link", put_plain_file, put_link, PLACE, false },
};

static int
die (void *death_)
{
  const struct death *death = death_;
  store = layout_open_fresh ();
  if (death->prepare && death->prepare ())
    return 1;
  hub_store_close (store);
  store = layout_open_fresh ();
  if ((death->named && test_break_unnamed_files ()) || test_die_at_syscall (death->at))
    return CANNOT_BE_DONE;
  return death->act ();
}

/* Nothing that another client would take for what it is not.  */
static bool
is_clean (void)
{
  const char *tag = check_read (check_path ("cache/CACHEDIR.TAG"));
  if (tag && strlen (tag) != 191)
    return false;
  CLEANUP_FREE char *refs = tree_of (REPO "/refs"), *lists = tree_of (REPO "/trees");
  CLEANUP_FREE char *blobs = tree_of (REPO "/blobs"), *root = tree_of ("cache");
  return (!*refs || strcmp (refs, "main 0644 = " OTHER "\n") == 0)
         && (!*lists || strcmp (lists, COMMIT ".json 0644 = \n") == 0) && !strstr (root, "TAG.")
         && !strstr (root, ".tmp") && !strstr (blobs, "\n" ETAG ".*.incomplete");
}

static void
kill_at_all (void)
{
  for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
    {
      int status = test_in_child (die, (void *) &deaths[i]);
      if (status == CANNOT_BE_DONE)
        {
          fprintf (stderr, "seccomp cannot be used: skipped ");
          return;
        }
      if (status != 128 + SIGSYS || !is_clean ())
        {
          CLEANUP_FREE char *left = tree_of ("cache");
          fprintf (stderr, "%s: status %d, left:\n%s", deaths[i].what, status, left);
          CU_FAIL ("not killed there, or something was left to be seen");
        }
      CU_ASSERT_EQUAL (test_in_child (put_all, NULL), 0);
      CLEANUP_FREE char *tree = tree_of ("cache");
      CHECK_STRING (tree, whole);
      if (strcmp (tree, whole) != 0)
        fprintf (stderr, "after %s\n", deaths[i].what);
      char gone[32];
      snprintf (gone, sizeof gone, "gone-%zu", i);
      CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path (gone)), 0);
    }
}

static void
test_killed_at_a_system_call (void)
{
  make_whole ();
  kill_at_all ();
  forget_whole ();
}

/* ---- by whom, and what for ---- */

static int
write_owner (void *name)
{
  char owner[OS_OWNER_ROOM];
  os_owner_self (owner);
  check_write (name, owner);
  return 0;
}

static void
write_owner_and_stay (void *name, int ready)
{
  write_owner (name);
  close (ready);
}

static const char *
entry_path (const char *stem, const char *owner)
{
  static char name[512];
  snprintf (name, sizeof name, SCRATCH "/%s@%s", stem, owner);
  return name;
}

static void
make_entry (const char *stem, const char *owner, const char *partial)
{
  check_write (entry_path (stem, owner), "");
  if (partial)
    {
      char name[512];
      snprintf (name, sizeof name, REPO "/blobs/%s.incomplete", stem);
      check_write (name, partial);
    }
}

static void
make_old_entry (const char *stem, const char *owner, const char *partial, time_t age_s)
{
  make_entry (stem, owner, partial);
  const time_t then = time (NULL) - age_s;
  struct timespec times[2] = { { .tv_sec = then }, { .tv_sec = then } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (entry_path (stem, owner)), times, 0), 0);
}

#define TWO_DAYS ((time_t) 48 * 60 * 60)

/* The first letter says what is to happen: g(one) or k(ept); the pid of the living one.  */
static pid_t
make_leftovers (void)
{
  char dead[OS_OWNER_ROOM], living[OS_OWNER_ROOM];
  check_folder ();
  pid_t child = test_start_child (write_owner_and_stay, (void *) "living");
  CU_ASSERT_EQUAL (test_in_child (write_owner, (void *) "dead"), 0);
  snprintf (dead, sizeof dead, "%s", check_read (check_path ("dead")));
  snprintf (living, sizeof living, "%s", check_read (check_path ("living")));

  make_entry ("g-ref.00000001", dead, NULL);
  make_old_entry ("g-ref.00000002", REMOTE, NULL, TWO_DAYS);
  make_entry ("g-record.00000003", dead, NULL);
  make_entry ("g-record.00000004", "free", NULL);
  make_entry ("g-empty.00000005", dead, "");
  make_entry ("k-ref.00000006", living, NULL);
  make_entry ("k-ref.00000007", REMOTE, NULL);
  make_old_entry ("k-ref.00000008", living, NULL, TWO_DAYS);
  make_entry ("k-partial.00000009", living, "");
  make_entry ("k-partial.0000000a", dead, "data");
  make_entry ("k-partial.0000000b", "free", "data");
  make_old_entry ("k-partial.0000000c", REMOTE, "data", TWO_DAYS);
  make_old_entry ("k-partial.0000000d", REMOTE, "", TWO_DAYS);
  /* Nothing that this store makes.  */
  make_old_entry ("k-short.0000000", dead, NULL, TWO_DAYS);
  make_old_entry ("k-plain", dead, NULL, TWO_DAYS);
  check_write (SCRATCH "/k-note", "");
  check_write (SCRATCH "/k-folder.0000000e@free/x", "");
  check_write (REPO "/blobs/k-python.0000000f.incomplete", "");
  CU_ASSERT_EQUAL (symlink ("nowhere", check_path (entry_path ("g-link.00000010", dead))), 0);
  /* A link where the partial should be is nobody's, and something.  */
  make_entry ("k-linked.00000011", dead, NULL);
  CU_ASSERT_EQUAL (symlink ("nowhere", check_path (REPO "/blobs/k-linked.00000011.incomplete")), 0);
  return child;
}

#define KEPT_ENTRIES                                                                               \
  "k-folder.*@f 0755\n"                                                                            \
  "k-folder.*@f/x 0644 = \n"                                                                       \
  "k-linked.*@* 0644 = \n"                                                                         \
  "k-note 0644 = \n"                                                                               \
  "k-partial.*@* 0644 = \n"                                                                        \
  "k-partial.*@* 0644 = \n"                                                                        \
  "k-partial.*@* 0644 = \n"                                                                        \
  "k-partial.*@* 0644 = \n"                                                                        \
  "k-partial.*@f 0644 = \n"                                                                        \
  "k-plain@* 0644 = \n"                                                                            \
  "k-ref.*@* 0644 = \n"                                                                            \
  "k-ref.*@* 0644 = \n"                                                                            \
  "k-ref.*@* 0644 = \n"                                                                            \
  "k-short.0000000@* 0644 = \n"
#define KEPT_PARTIALS                                                                              \
  "k-linked.*.incomplete -> nowhere\n"                                                             \
  "k-partial.*.incomplete 0644 = \n"                                                               \
  "k-partial.*.incomplete 0644 = \n"                                                               \
  "k-partial.*.incomplete 0644 = data\n"                                                           \
  "k-partial.*.incomplete 0644 = data\n"                                                           \
  "k-partial.*.incomplete 0644 = data\n"                                                           \
  "k-python.*.incomplete 0644 = \n"

static void
check_swept_by (int (*act) (void))
{
  pid_t living = make_leftovers ();
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (act (), 0);
  hub_store_close (store);
  CLEANUP_FREE char *entries = tree_of (SCRATCH), *partials = tree_of (REPO "/blobs");
  CHECK_STRING (entries, KEPT_ENTRIES);
  CHECK_STRING (partials, KEPT_PARTIALS);
  test_kill (living);
}

static void
test_swept_by_lock (void)
{
  check_swept_by (put_lock);
}

static void
test_swept_by_create (void)
{
  check_swept_by (put_nothing);
}

static void
test_swept_by_ref_set (void)
{
  check_swept_by (put_ref);
}

/* Even where there is nothing to be written.  */
static void
test_swept_by_ref_that_is_there (void)
{
  check_write (REPO "/refs/main", COMMIT);
  check_swept_by (put_ref);
}

static void
test_swept_by_tree_set (void)
{
  check_swept_by (put_tree);
}

static int
get_tree (void)
{
  TEST_CALL (call);
  struct hfcore_file_sink sink = { .size = sizeof sink };
  return hub_tree_get (store, &call, &test_repo, COMMIT, &sink) != HFCORE_PASS;
}

static void
test_swept_by_tree_get (void)
{
  check_swept_by (get_tree);
}

/* Killed when all was done, but that: the next one only reads.  */
static void
test_empty_folder_is_removed (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (put_all, NULL), 0);
  CU_ASSERT_EQUAL (mkdir (check_path (SCRATCH), 0777), 0);
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (get_tree (), 1);
  hub_store_close (store);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
}

static void
test_not_swept_where_read_only (void)
{
  make_entry ("ref.00000001", "free", NULL);
  store = layout_open_fresh ();
  store->read_only = true;
  CU_ASSERT_EQUAL (get_tree (), 0);
  hub_store_close (store);
  CU_ASSERT_EQUAL (access (check_path (entry_path ("ref.00000001", "free")), F_OK), 0);
}

static int
entries_in (const char *folder)
{
  CLEANUP_FREE char *tree = tree_of (folder);
  int lines = 0;
  for (const char *at = tree; (at = strchr (at, '\n')); at++)
    lines++;
  return lines;
}

static void
test_swept_once (void)
{
  const struct hfcore_repo other = { .size = sizeof other, .type = "dataset", .id = "other" };
#define OF_OTHER "cache/.locks/datasets--other/.partials"
  TEST_CALL (call);
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (put_lock (), 0);
  make_entry ("ref.00000001", "free", NULL);
  check_write (OF_OTHER "/ref.00000001@free", "");
  CU_ASSERT_EQUAL (put_lock () || put_ref () || put_nothing () || put_tree (), 0);
  CU_ASSERT_EQUAL (entries_in (SCRATCH), 1);
  CU_ASSERT_EQUAL (entries_in (OF_OTHER), 1);
  CU_ASSERT_EQUAL (hub_tree_set (store, &call, &other, COMMIT, NULL, 0), 0);
  CU_ASSERT_EQUAL (entries_in (OF_OTHER), 0);
  hub_store_close (store);
  CU_ASSERT_EQUAL (entries_in (SCRATCH), 1);
  CU_ASSERT (access (check_path (OF_OTHER), F_OK) < 0);
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (put_lock (), 0);
  hub_store_close (store);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
}

static int
lock_as_nobody (void *unused)
{
  (void) unused;
  store = layout_open_fresh ();
  int code = put_lock ();
  hub_store_close (store);
  return code;
}

/* A cache of somebody else: what cannot be removed is no reason to fail.  */
static void
test_unremovable (void)
{
  make_entry ("ref.00000001", "free", NULL);
  check_write ("cache/.locks/models--org--name/" ETAG ".lock", "");
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path (SCRATCH), 0555), 0);
  CU_ASSERT_EQUAL (test_as_nobody (lock_as_nobody, NULL), 0);
  CU_ASSERT_EQUAL (entries_in (SCRATCH), 1);
  CU_ASSERT_EQUAL (chmod (check_path (SCRATCH), 0), 0);
  CU_ASSERT_EQUAL (test_as_nobody (lock_as_nobody, NULL), 0);
  CU_ASSERT_EQUAL (chmod (check_path (SCRATCH), 0755), 0);
}

/* ---- failures ---- */

static int
write_to_a_full_disk (void *unused)
{
  (void) unused;
  const struct rlimit none = { 0, 0 };
  store = layout_open_fresh ();
  signal (SIGXFSZ, SIG_IGN);
  if (setrlimit (RLIMIT_FSIZE, &none))
    return 1;
  if (put_ref () != HFCORE_E_NOSPACE || put_first_ref () != HFCORE_E_NOSPACE
      || put_tree () != HFCORE_E_NOSPACE)
    return 2;
  hub_store_close (store);
  return 0;
}

static int
write_to_a_disk_that_is_full_later (void *unused)
{
  (void) unused;
  store = layout_open_fresh ();
  if (test_break_syscall (SYS_fdatasync, ENOSPC))
    return CANNOT_BE_DONE;
  if (put_ref () != HFCORE_E_NOSPACE || put_first_ref () != HFCORE_E_NOSPACE)
    return 1;
  hub_store_close (store);
  return 0;
}

static void
test_full_disk_leaves_nothing (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (write_to_a_full_disk, NULL), 0);
  CU_ASSERT (access (check_path (REPO), F_OK) < 0);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
  int status = test_in_child (write_to_a_disk_that_is_full_later, NULL);
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  CU_ASSERT (access (check_path (REPO), F_OK) < 0);
  CU_ASSERT (access (check_path (SCRATCH), F_OK) < 0);
}

static void
test_lost_comparison_leaves_nothing (void)
{
  TEST_CALL (call);
  store = layout_open_fresh ();
  CU_ASSERT_EQUAL (hub_ref_set (store, &call, &test_repo, "main", OTHER, COMMIT),
                   HFCORE_E_CONFLICT);
  hub_store_close (store);
  CU_ASSERT (access (check_path (REPO), F_OK) < 0);
}

/* ---- where the scratch folder will not do ---- */

/* Each in the place of another one.  */
static int
put_names (void *named)
{
  if (named && test_break_unnamed_files ())
    return CANNOT_BE_DONE;
  store = layout_open_fresh ();
  int code = put_moved_ref () || put_tree () || put_link ();
  hub_store_close (store);
  return code;
}

static void
write_others (void)
{
  unlink (check_path (POINTER));
  check_write (REPO "/refs/main", OTHER);
  check_write (LIST, "");
  check_write (REPO "/blobs/" ETAG, "hello");
  check_write (POINTER, "plain");
}

#define PLACED                                                                                     \
  "blobs 0755\n"                                                                                   \
  "blobs/" ETAG " 0644 = hello\n"                                                                  \
  "refs 0755\n"                                                                                    \
  "refs/main 0644 = " COMMIT "\n"                                                                  \
  "snapshots 0755\n"                                                                               \
  "snapshots/" COMMIT " 0755\n"                                                                    \
  "snapshots/" COMMIT "/f -> ../../blobs/" ETAG "\n"                                               \
  "trees 0755\n"                                                                                   \
  "trees/" COMMIT ".json 0600 = {\n \"format_version\": 1,\n \"files\": {}\n}\n"

static void
check_placed (int (*run) (void *), void *ctx)
{
  write_others ();
  int status = test_in_child (run, ctx);
  if (status == CANNOT_BE_DONE)
    {
      fprintf (stderr, "this cannot be arranged here: skipped ");
      return;
    }
  CU_ASSERT_EQUAL (status, 0);
  CLEANUP_FREE char *tree = tree_of (REPO);
  CHECK_STRING (tree, PLACED);
}

static void
test_no_scratch_folder (void)
{
  check_write ("cache/.locks", "a file");
  check_placed (put_names, NULL);
  check_placed (put_names, (void *) "named");
}

static int
put_names_across_file_systems (void *named)
{
  if (unshare (CLONE_NEWNS) || mount ("none", "/", "none", MS_REC | MS_PRIVATE, NULL)
      || mount ("none", check_path ("cache/.locks"), "tmpfs", 0, "size=1m")
      || mkdir (check_path ("cache/.locks/models--org--name"), 0777))
    return CANNOT_BE_DONE;
  int code = put_names (named);
  return code ? code : entries_in ("cache/.locks") != 1;
}

static void
test_scratch_on_another_file_system (void)
{
  check_write ("cache/.locks/x", "");
  check_placed (put_names_across_file_systems, NULL);
  check_placed (put_names_across_file_systems, (void *) "named");
}

/* Where nothing was ever locked, other clients have no .locks, and so have we.  */
static int
put_names_alone (void *named)
{
  TEST_CALL (call);
  if (named && test_break_unnamed_files ())
    return CANNOT_BE_DONE;
  store = layout_open_fresh ();
  int code = hub_ref_set (store, &call, &test_repo, "main", NULL, OTHER) || put_moved_ref ()
             || put_tree () || put_tree ();
  hub_store_close (store);
  return code;
}

static void
test_no_locks_for_names (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (put_names_alone, NULL), 0);
  CU_ASSERT (access (check_path ("cache/.locks"), F_OK) < 0);
  CU_ASSERT_EQUAL (rename (check_path ("cache"), check_path ("first")), 0);
  int status = test_in_child (put_names_alone, (void *) "named");
  CU_ASSERT (status == 0 || status == CANNOT_BE_DONE);
  CU_ASSERT (access (check_path ("cache/.locks"), F_OK) < 0);
  CLEANUP_FREE char *first = tree_of ("first"), *second = tree_of ("cache");
  if (status == 0)
    CHECK_STRING (second, first);
}

static int
put_all_with_named_files (void *unused)
{
  (void) unused;
  if (test_break_unnamed_files ())
    return CANNOT_BE_DONE;
  store = layout_open_fresh ();
  umask (077);
  int code = put_half_blob ();
  umask (022);
  hub_store_close (store);
  code = code || chmod (check_path (REPO), 0755) || chmod (check_path (REPO "/blobs"), 0755)
         || chmod (check_path ("cache"), 0755) || chmod (check_path ("cache/.locks"), 0755)
         || chmod (check_path ("cache/.locks/models--org--name"), 0755)
         || chmod (check_path ("cache/CACHEDIR.TAG"), 0644);
  return code || put_all (NULL);
}

static void
test_without_unnamed_files (void)
{
  make_whole ();
  int status = test_in_child (put_all_with_named_files, NULL);
  CLEANUP_FREE char *tree = tree_of ("cache");
  if (status == CANNOT_BE_DONE)
    fprintf (stderr, "seccomp cannot be used: skipped ");
  else
    {
      CU_ASSERT_EQUAL (status, 0);
      CHECK_STRING (tree, whole);
    }
  forget_whole ();
}

CHECK_MAIN ("hub leftovers", { "killed_at_a_system_call", test_killed_at_a_system_call },
            { "swept_by_lock", test_swept_by_lock }, { "swept_by_create", test_swept_by_create },
            { "swept_by_ref_set", test_swept_by_ref_set },
            { "swept_by_ref_that_is_there", test_swept_by_ref_that_is_there },
            { "swept_by_tree_set", test_swept_by_tree_set },
            { "swept_by_tree_get", test_swept_by_tree_get },
            { "empty_folder_is_removed", test_empty_folder_is_removed },
            { "not_swept_where_read_only", test_not_swept_where_read_only },
            { "swept_once", test_swept_once }, { "unremovable", test_unremovable },
            { "full_disk_leaves_nothing", test_full_disk_leaves_nothing },
            { "lost_comparison_leaves_nothing", test_lost_comparison_leaves_nothing },
            { "no_scratch_folder", test_no_scratch_folder },
            { "scratch_on_another_file_system", test_scratch_on_another_file_system },
            { "no_locks_for_names", test_no_locks_for_names },
            { "without_unnamed_files", test_without_unnamed_files })
