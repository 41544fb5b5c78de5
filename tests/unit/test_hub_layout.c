/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub_layout.c: a Hub cache on the disk: names, link texts, contents and modes as
 * Python's huggingface_hub leaves them, and what other clients leave there.  */
#include "plugins/hub-layout/hub_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

#define REPO   "cache/models--org--name"
#define ETAG   "etag-of-test"
#define COMMIT "0000000000000000000000000000000000000001"
#define OTHER  "0000000000000000000000000000000000000002"
#define NEW    HFCORE_NEW_BLOB

static struct hub_store *store;

static void
open_store (const char *root)
{
  static struct hfcore_journal journal = { .instance = "cache" };
  struct hfcore_open open
      = { .size = sizeof open, .name = "cache", .host = &host_table, .journal = &journal };
  TEST_CALL (call);
  CU_ASSERT_EQUAL_FATAL (hub_store_open (&open, &call, root, &store), 0);
}

static void
open_fresh (void)
{
  open_store (check_path ("cache"));
}

static int
put_blob (const char *etag, const char *text)
{
  TEST_CALL (call);
  void *writer;
  uint64_t have;
  int code = hub_create (store, &call, &test_repo, etag, strlen (text), 0, &have, &writer);
  if (code)
    return code;
  hub_write (store, &call, writer, 0, text, strlen (text));
  return hub_commit (store, &call, writer, strlen (text));
}

static int
put_link (const char *path, const char *etag, uint32_t flags)
{
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  return hub_file_set (store, &call, &test_repo, COMMIT, path, etag, flags, &file);
}

static int
put_ref (const char *ref, const char *commit)
{
  TEST_CALL (call);
  return hub_ref_set (store, &call, &test_repo, ref, NULL, commit);
}

static const char *
link_text (const char *path)
{
  static char text[4096];
  ssize_t len = readlink (check_path (path), text, sizeof text - 1);
  text[len > 0 ? len : 0] = 0;
  return text;
}

/* ---- paths ---- */

static void
test_paths (void)
{
  struct hub_path path;
  hub_path_begin (&path, "/root", 5);
  hub_path_repo (&path, &test_repo);
  hub_path_name (&path, "snapshots");
  size_t here = path.len;
  hub_path_names (&path, "a//b/c");
  CHECK_STRING (path.text, "/root/models--org--name/snapshots/a/b/c");
  CU_ASSERT_EQUAL (path.len, strlen (path.text));
  hub_path_cut (&path, here);
  hub_path_name (&path, "...");
  hub_path_more (&path, "x");
  CHECK_STRING (path.text, "/root/models--org--name/snapshots/...x");
  CU_ASSERT_EQUAL (path.bad, 0);

  const struct hfcore_repo plain = { .size = sizeof plain, .type = "space", .id = "glue" };
  hub_path_begin (&path, "", 0);
  hub_path_repo (&path, &plain);
  CHECK_STRING (path.text, "/spaces--glue");

  static const char *const bad_names[] = { "", ".", "..", "a/b", "/" };
  for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++)
    {
      hub_path_begin (&path, "/r", 2);
      hub_path_name (&path, bad_names[i]);
      CU_ASSERT_NOT_EQUAL (path.bad, 0);
    }
  static const char *const bad_paths[] = { "", "/", "/a", "a/..", "../a", "a/./b", "..", "." };
  for (size_t i = 0; i < sizeof bad_paths / sizeof *bad_paths; i++)
    {
      hub_path_begin (&path, "/r", 2);
      hub_path_names (&path, bad_paths[i]);
      CU_ASSERT_NOT_EQUAL (path.bad, 0);
    }
}

static void
test_path_fills_up (void)
{
  struct hub_path path;
  hub_path_begin (&path, "", 0);
  while (!path.bad)
    hub_path_name (&path, "0123456789");
  CU_ASSERT_EQUAL (path.len, strlen (path.text));
  CU_ASSERT (path.len < sizeof path.text);
}

/* ---- the whole tree, as Python leaves it ---- */

#define TREE(file, folder)                                                                         \
  ".locks " folder "\n"                                                                            \
  ".locks/models--org--name " folder "\n"                                                          \
  ".locks/models--org--name/" ETAG ".lock 0664 = \n"                                               \
  "CACHEDIR.TAG " file " = Signature: 8a477f597d28d172789f06886806bc55\n"                          \
  "# This file is a cache directory tag created by huggingface_hub.\n"                             \
  "# For information about cache directory tags, see:\n"                                           \
  "#\thttps://bford.info/cachedir/\n\n"                                                            \
  "models--org--name " folder "\n"                                                                 \
  "models--org--name/.no_exist " folder "\n"                                                       \
  "models--org--name/.no_exist/" COMMIT " " folder "\n"                                            \
  "models--org--name/.no_exist/" COMMIT "/d " folder "\n"                                          \
  "models--org--name/.no_exist/" COMMIT "/d/gone " file " = \n"                                    \
  "models--org--name/blobs " folder "\n"                                                           \
  "models--org--name/blobs/" ETAG " " file " = hello\n"                                            \
  "models--org--name/refs " folder "\n"                                                            \
  "models--org--name/refs/main " file " = " COMMIT "\n"                                            \
  "models--org--name/refs/refs " folder "\n"                                                       \
  "models--org--name/refs/refs/pr " folder "\n"                                                    \
  "models--org--name/refs/refs/pr/1 " file " = " COMMIT "\n"                                       \
  "models--org--name/snapshots " folder "\n"                                                       \
  "models--org--name/snapshots/" COMMIT " " folder "\n"                                            \
  "models--org--name/snapshots/" COMMIT "/a " folder "\n"                                          \
  "models--org--name/snapshots/" COMMIT "/a/b " folder "\n"                                        \
  "models--org--name/snapshots/" COMMIT "/a/b/f -> ../../../../blobs/" ETAG "\n"                   \
  "models--org--name/snapshots/" COMMIT "/top -> ../../blobs/" ETAG "\n"                           \
  "models--org--name/trees " folder "\n"                                                           \
  "models--org--name/trees/" COMMIT ".json 0600 = {\n \"format_version\": 1,\n \"files\": {}\n}\n"

static int
leave_a_tree (void *mask)
{
  umask ((mode_t) (uintptr_t) mask);
  open_fresh ();
  TEST_CALL (call);
  void *lock;
  int bad = hub_lock (store, &call, &test_repo, ETAG, &lock) || put_blob (ETAG, "hello")
            || put_link ("top", ETAG, NEW) || put_link ("a/b/f", ETAG, 0)
            || put_ref ("main", COMMIT) || put_ref ("refs/pr/1", COMMIT)
            || hub_file_set_absent (store, &call, &test_repo, COMMIT, "d/gone", NULL)
            || hub_tree_set (store, &call, &test_repo, COMMIT, NULL, 0);
  hub_unlock (store, lock);
  hub_store_close (store);
  return bad;
}

static void
test_tree_with_umask_022 (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (leave_a_tree, (void *) 022), 0);
  CLEANUP_FREE char *tree = test_tree (check_path ("cache"));
  CHECK_STRING (tree, TREE ("0644", "0755"));
}

static void
test_tree_with_umask_027 (void)
{
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (leave_a_tree, (void *) 027), 0);
  CLEANUP_FREE char *tree = test_tree (check_path ("cache"));
  CHECK_STRING (tree, TREE ("0640", "0750"));
}

static void
test_tag_is_left_alone (void)
{
  check_write ("cache/CACHEDIR.TAG", "mine");
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob (ETAG, "x"), 0);
  CHECK_STRING (check_read (check_path ("cache/CACHEDIR.TAG")), "mine");
  hub_store_close (store);
}

static void
test_no_tag_without_a_download (void)
{
  open_fresh ();
  TEST_CALL (call);
  CU_ASSERT_EQUAL (put_ref ("main", COMMIT), 0);
  CU_ASSERT_EQUAL (hub_file_set_absent (store, &call, &test_repo, COMMIT, "x", NULL), 0);
  CU_ASSERT (access (check_path ("cache/CACHEDIR.TAG"), F_OK) < 0);
  hub_store_close (store);
}

static void
test_root_through_a_link (void)
{
  char wanted[1024];
  CU_ASSERT_EQUAL (mkdir (check_path ("real"), 0777), 0);
  CU_ASSERT_EQUAL (symlink ("real", check_path ("cache")), 0);
  open_fresh ();
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  const char *folder;
  CU_ASSERT_EQUAL (put_blob (ETAG, "x"), 0);
  CU_ASSERT_EQUAL (hub_file_set (store, &call, &test_repo, COMMIT, "f", ETAG, NEW, &file), 0);
  snprintf (wanted, sizeof wanted, "%s/models--org--name/snapshots/" COMMIT "/f",
            check_path ("real"));
  CHECK_STRING (file.path, wanted);
  CU_ASSERT_EQUAL (hub_file_get (store, &call, &test_repo, COMMIT, "f", &file), 0);
  snprintf (wanted, sizeof wanted, "%s/models--org--name/snapshots/" COMMIT "/f",
            check_path ("cache"));
  CHECK_STRING (file.path, wanted);
  CU_ASSERT_EQUAL (hub_folder (store, &call, &test_repo, NULL, &folder), 0);
  snprintf (wanted, sizeof wanted, "%s/models--org--name", check_path ("real"));
  CHECK_STRING (folder, wanted);
  hub_store_close (store);
}

static int
use_relative_root (void *folder)
{
  if (chdir (folder))
    return 1;
  open_store ("cache//");
  TEST_CALL (call);
  struct hfcore_stored_file file = { .size = sizeof file };
  if (put_blob (ETAG, "x") || put_link ("f", ETAG, NEW) || chdir ("/")
      || hub_file_get (store, &call, &test_repo, COMMIT, "f", &file)
      || file.state != HFCORE_FILE_PRESENT)
    return 2;
  char wanted[1024];
  snprintf (wanted, sizeof wanted, "%s/" REPO "/snapshots/" COMMIT "/f", (char *) folder);
  hub_store_close (store);
  return strcmp (file.path, wanted) != 0;
}

static void
test_relative_root (void)
{
  CU_ASSERT_EQUAL (test_in_child (use_relative_root, (void *) check_folder ()), 0);
}

/* ---- pointers ---- */

static void
test_pointers_are_mended (void)
{
  open_fresh ();
  CU_ASSERT_EQUAL (put_blob (ETAG, "right"), 0);
  CU_ASSERT_EQUAL (put_blob ("wrong", "wrong one"), 0);
  CU_ASSERT_EQUAL (put_link ("f", "wrong", 0), 0);
  CU_ASSERT_EQUAL (put_link ("f", ETAG, 0), 0);
  CHECK_STRING (link_text (REPO "/snapshots/" COMMIT "/f"), "../../blobs/" ETAG);
  /* Dangling.  */
  CU_ASSERT_EQUAL (symlink ("../../blobs/none", check_path (REPO "/snapshots/" COMMIT "/g")), 0);
  CU_ASSERT_EQUAL (put_link ("g", ETAG, 0), 0);
  CHECK_STRING (link_text (REPO "/snapshots/" COMMIT "/g"), "../../blobs/" ETAG);
  /* Another text that leads to the same file stays.  */
  char absolute[1024];
  snprintf (absolute, sizeof absolute, "%s", check_path (REPO "/blobs/" ETAG));
  CU_ASSERT_EQUAL (symlink (absolute, check_path (REPO "/snapshots/" COMMIT "/h")), 0);
  CU_ASSERT_EQUAL (put_link ("h", ETAG, 0), 0);
  CHECK_STRING (link_text (REPO "/snapshots/" COMMIT "/h"), absolute);
  /* A file of a client without links: kept, unless the blob is new.  */
  check_write (REPO "/snapshots/" COMMIT "/i", "plain");
  CU_ASSERT_EQUAL (put_link ("i", ETAG, 0), 0);
  CHECK_STRING (check_read (check_path (REPO "/snapshots/" COMMIT "/i")), "plain");
  CU_ASSERT_EQUAL (put_link ("i", ETAG, NEW), 0);
  CHECK_STRING (check_read (check_path (REPO "/snapshots/" COMMIT "/i")), "right");
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "right");
  /* A link to nothing is not told as a success.  */
  CU_ASSERT_EQUAL (put_link ("j", "missing", 0), HFCORE_E_RETRY);
  hub_store_close (store);
}

static int
link_without_links (void *unused)
{
  (void) unused;
  open_fresh ();
  if (put_blob (ETAG, "x"))
    return 1;
#ifdef SYS_symlink
  if (test_break_syscall (SYS_symlink, EPERM))
    return 77;
#endif
  if (test_break_syscall (SYS_symlinkat, EPERM))
    return 77;
  int code = put_link ("f", ETAG, NEW);
  hub_store_close (store);
  return code == HFCORE_E_UNSUPPORTED ? 0 : 2;
}

static void
test_file_system_without_links (void)
{
  check_folder ();
  int status = test_in_child (link_without_links, NULL);
  if (status == 77)
    fprintf (stderr, "seccomp cannot be used: skipped ");
  else
    CU_ASSERT_EQUAL (status, 0);
}

static void
test_shared_blob_store (void)
{
  open_fresh ();
  check_write ("cache/blobs/ab/abcd", "shared");
  check_write (REPO "/blobs/x", "");
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (REPO "/blobs/" ETAG)), 0);
  TEST_CALL (call);
  uint64_t length = 0;
  CU_ASSERT_EQUAL (hub_stat (store, &call, &test_repo, ETAG, &length), 0);
  CU_ASSERT_EQUAL (length, 6);
  CU_ASSERT_EQUAL (put_link ("f", ETAG, 0), 0);
  CU_ASSERT_EQUAL (put_link ("f", ETAG, 0), 0);
  CHECK_STRING (link_text (REPO "/snapshots/" COMMIT "/f"), "../../blobs/" ETAG);
  /* Replacing the blob replaces the link.  */
  CU_ASSERT_EQUAL (put_blob (ETAG, "fresh"), 0);
  CHECK_STRING (link_text (REPO "/blobs/" ETAG), "");
  CHECK_STRING (check_read (check_path ("cache/blobs/ab/abcd")), "shared");
  /* Removing it removes the link.  */
  CU_ASSERT_EQUAL (unlink (check_path (REPO "/blobs/" ETAG)), 0);
  CU_ASSERT_EQUAL (symlink ("../../blobs/ab/abcd", check_path (REPO "/blobs/" ETAG)), 0);
  struct hfcore_entry entry
      = { .size = sizeof entry, .kind = HFCORE_ENTRY_BLOB, .repo = &test_repo, .etag = ETAG };
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), 0);
  CU_ASSERT (access (check_path (REPO "/blobs/" ETAG), F_OK) < 0);
  CHECK_STRING (check_read (check_path ("cache/blobs/ab/abcd")), "shared");
  hub_store_close (store);
}

static void
test_removing_follows_no_link (void)
{
  open_fresh ();
  check_write ("elsewhere/f", "precious");
  check_write (REPO "/snapshots/x/y", "");
  CU_ASSERT_EQUAL (symlink (check_path ("elsewhere"), check_path (REPO "/snapshots/" COMMIT)), 0);
  CU_ASSERT_EQUAL (symlink (check_path ("elsewhere"), check_path (REPO "/snapshots/x/folder")), 0);
  TEST_CALL (call);
  struct hfcore_entry entry = { .size = sizeof entry,
                                .kind = HFCORE_ENTRY_FILE,
                                .repo = &test_repo,
                                .commit = COMMIT,
                                .name = "f" };
  CU_ASSERT (hub_remove (store, &call, &entry) < 0);
  entry.kind = HFCORE_ENTRY_REVISION;
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), 0);
  CU_ASSERT (access (check_path (REPO "/snapshots/" COMMIT), F_OK) < 0);
  entry.kind = HFCORE_ENTRY_REPO;
  CU_ASSERT_EQUAL (hub_remove (store, &call, &entry), 0);
  CU_ASSERT (access (check_path (REPO), F_OK) < 0);
  CHECK_STRING (check_read (check_path ("elsewhere/f")), "precious");
  hub_store_close (store);
}

/* ---- refs ---- */

static int
get_ref (const char *ref)
{
  TEST_CALL (call);
  const char *commit;
  return hub_ref_get (store, &call, &test_repo, ref, &commit);
}

static void
test_refs_as_files (void)
{
  static const char *const garbage[] = { "",
                                         "000",
                                         COMMIT "\n",
                                         COMMIT "0",
                                         "main",
                                         "000000000000000000000000000000000000000G",
                                         "000000000000000000000000000000000000000A" };
  struct stat before, after;
  open_fresh ();
  for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
    {
      check_write (REPO "/refs/main", garbage[i]);
      CU_ASSERT_EQUAL (get_ref ("main"), HFCORE_PASS);
      /* As good as none.  */
      TEST_CALL (call);
      CU_ASSERT_EQUAL (hub_ref_set (store, &call, &test_repo, "main", "", COMMIT), 0);
      CHECK_STRING (check_read (check_path (REPO "/refs/main")), COMMIT);
    }
  CU_ASSERT_EQUAL (get_ref ("main"), 0);
  CU_ASSERT_EQUAL (stat (check_path (REPO "/refs/main"), &before), 0);
  CU_ASSERT_EQUAL (put_ref ("main", COMMIT), 0);
  CU_ASSERT_EQUAL (stat (check_path (REPO "/refs/main"), &after), 0);
  CU_ASSERT_EQUAL (before.st_ino, after.st_ino);
  CU_ASSERT_EQUAL (put_ref ("main", OTHER), 0);
  CU_ASSERT_EQUAL (stat (check_path (REPO "/refs/main"), &after), 0);
  CU_ASSERT_NOT_EQUAL (before.st_ino, after.st_ino);
  /* A branch where another one is a folder, and the other way round.  */
  CU_ASSERT (put_ref ("main/x", COMMIT) < 0);
  CU_ASSERT_EQUAL (put_ref ("a/b", COMMIT), 0);
  CU_ASSERT (put_ref ("a", COMMIT) < 0);
  CLEANUP_FREE char *tree = test_tree (check_path (REPO "/refs"));
  CHECK_STRING (tree, "a 0755\na/b 0644 = " COMMIT "\nmain 0644 = " OTHER "\n");
  hub_store_close (store);
}

/* ---- partials and their owners ---- */

static const char *
record_name (void)
{
  static char name[256];
  DIR *dir = opendir (check_path ("cache/.locks/models--org--name/.partials"));
  name[0] = 0;
  for (struct dirent *entry; dir && (entry = readdir (dir));)
    if (entry->d_name[0] != '.')
      snprintf (name, sizeof name, "%s", entry->d_name);
  if (dir)
    closedir (dir);
  return name;
}

#define RECORDS "cache/.locks/models--org--name/.partials/"

static uint64_t
resume (void **writer)
{
  TEST_CALL (call);
  uint64_t have = 77;
  CU_ASSERT_EQUAL_FATAL (hub_create (store, &call, &test_repo, ETAG, 100, HFCORE_CREATE_RESUME,
                                     &have, writer),
                         0);
  return have;
}

static void
test_owner_records (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  char owner[OS_OWNER_ROOM];
  os_owner_self (owner);
  CU_ASSERT_EQUAL (resume (&writer), 0);
  CHECK_CONTAINS (record_name (), owner);
  CU_ASSERT (text_starts_with (record_name (), ETAG "."));
  CU_ASSERT_EQUAL (hub_write (store, &call, writer, 0, "12345", 5), 0);
  hub_abandon (store, writer, 1);
  CU_ASSERT (text_ends_with (record_name (), "@free"));
  CU_ASSERT_EQUAL (resume (&writer), 5);
  CHECK_CONTAINS (record_name (), owner);
  hub_abandon (store, writer, 0);
  CHECK_STRING (record_name (), "");
  /* Nothing was written: nothing is kept.  */
  CU_ASSERT_EQUAL (resume (&writer), 0);
  hub_abandon (store, writer, 1);
  CHECK_STRING (record_name (), "");
  hub_store_close (store);
  CU_ASSERT (access (check_path (RECORDS), F_OK) < 0);
}

static void
test_partials_of_others (void)
{
  open_fresh ();
  void *writer;
  /* Python's, new and old: never taken, never removed.  */
  check_write (REPO "/blobs/" ETAG ".01234567.incomplete", "python");
  check_write (REPO "/blobs/" ETAG ".incomplete", "older");
  CU_ASSERT_EQUAL (resume (&writer), 0);
  hub_abandon (store, writer, 0);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG ".01234567.incomplete")), "python");
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG ".incomplete")), "older");
  /* A record without its partial is removed; one of another etag is left.  */
  check_write (RECORDS ETAG ".76543210@free", "");
  check_write (RECORDS ETAG "x.76543210@free", "");
  CU_ASSERT_EQUAL (resume (&writer), 0);
  hub_abandon (store, writer, 0);
  CHECK_STRING (record_name (), ETAG "x.76543210@free");
  hub_store_close (store);
}

static void
test_partial_of_another_machine (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  struct stat st, now;
  check_write (RECORDS ETAG ".01234567@0123456789abcdef-1-1", "");
  check_write (REPO "/blobs/" ETAG ".01234567.incomplete", "from afar");
  /* It may live.  */
  CU_ASSERT_EQUAL (resume (&writer), 0);
  hub_abandon (store, writer, 0);
  CHECK_STRING (record_name (), ETAG ".01234567@0123456789abcdef-1-1");
  /* Silent for more than ten minutes: its bytes are taken, but not its file.  */
  CU_ASSERT_EQUAL (stat (check_path (REPO "/blobs/" ETAG ".01234567.incomplete"), &st), 0);
  struct timespec times[2] = { { .tv_sec = time (NULL) - 700 }, { .tv_sec = time (NULL) - 700 } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (REPO "/blobs/" ETAG ".01234567.incomplete"),
                              times, 0),
                   0);
  CU_ASSERT_EQUAL (resume (&writer), 9);
  CU_ASSERT (access (check_path (REPO "/blobs/" ETAG ".01234567.incomplete"), F_OK) < 0);
  CU_ASSERT_EQUAL (hub_write (store, &call, writer, 9, ", far", 5), 0);
  CU_ASSERT_EQUAL (hub_commit (store, &call, writer, 14), 0);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "from afar, far");
  CU_ASSERT_EQUAL (stat (check_path (REPO "/blobs/" ETAG), &now), 0);
  CU_ASSERT_NOT_EQUAL (now.st_ino, st.st_ino);
  CHECK_STRING (record_name (), "");
  hub_store_close (store);
}

static bool
is_there (const char *name)
{
  return access (check_path (name), F_OK) == 0;
}

static void
test_folders_of_nothing (void)
{
  void *first, *second;
  open_fresh ();
  CU_ASSERT_EQUAL (resume (&first), 0);
  CU_ASSERT_EQUAL (resume (&second), 0);
  hub_abandon (store, first, 0);
  CU_ASSERT (is_there (REPO "/blobs"));
  hub_abandon (store, second, 0);
  CU_ASSERT_FALSE (is_there (REPO));
  CU_ASSERT_FALSE (is_there ("cache/.locks"));
  CU_ASSERT (is_there ("cache/CACHEDIR.TAG"));
  /* Another client is at work here, and has made its folders in this order.  */
  CU_ASSERT_EQUAL (resume (&first), 0);
  CU_ASSERT_EQUAL (mkdir (check_path (REPO "/snapshots"), 0777), 0);
  hub_abandon (store, first, 0);
  CU_ASSERT (is_there (REPO "/blobs"));
  /* … or waits for its turn.  */
  CU_ASSERT_EQUAL (rmdir (check_path (REPO "/snapshots")), 0);
  check_write ("cache/.locks/models--org--name/x.lock", "");
  CU_ASSERT_EQUAL (resume (&first), 0);
  hub_abandon (store, first, 0);
  CU_ASSERT_FALSE (is_there (REPO));
  CU_ASSERT (is_there ("cache/.locks/models--org--name/x.lock"));
  hub_store_close (store);
}

static void
test_partial_without_its_record (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  CU_ASSERT_EQUAL (resume (&writer), 0);
  CU_ASSERT_EQUAL (hub_write (store, &call, writer, 0, "12345", 5), 0);
  char record[512];
  snprintf (record, sizeof record, RECORDS "%s", record_name ());
  CU_ASSERT_EQUAL (unlink (check_path (record)), 0);
  /* Nobody could find it again.  */
  hub_abandon (store, writer, 1);
  CLEANUP_FREE char *left = test_tree (check_path (REPO "/blobs"));
  CHECK_STRING (left, "");
  hub_store_close (store);
}

/* The answer to a rename over a network may get lost.  */
static void
test_renamed_already (void)
{
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  char partial[512];
  CU_ASSERT_EQUAL (resume (&writer), 0);
  CU_ASSERT_EQUAL (hub_write (store, &call, writer, 0, "12345", 5), 0);
  snprintf (partial, sizeof partial, REPO "/blobs/%.21s.incomplete", record_name ());
  CU_ASSERT_EQUAL (rename (check_path (partial), check_path (REPO "/blobs/" ETAG)), 0);
  CU_ASSERT_EQUAL (hub_commit (store, &call, writer, 5), 0);
  CHECK_STRING (check_read (check_path (REPO "/blobs/" ETAG)), "12345");
  CHECK_STRING (record_name (), "");
  hub_store_close (store);
}

static int
commit_with_a_bad_disk (void *unused)
{
  (void) unused;
  open_fresh ();
  if (test_break_syscall (SYS_fdatasync, EIO))
    return 77;
  if (put_blob (ETAG, "lost") != HFCORE_E_IO)
    return 1;
  CLEANUP_FREE char *left = test_tree (check_path (REPO "/blobs"));
  if (*left || *record_name ())
    return 2;
  store->durable = false;
  if (put_blob (ETAG, "quick"))
    return 3;
  hub_store_close (store);
  return 0;
}

static void
test_synced_before_it_is_named (void)
{
  check_folder ();
  int status = test_in_child (commit_with_a_bad_disk, NULL);
  if (status == 77)
    fprintf (stderr, "seccomp cannot be used: skipped ");
  else
    CU_ASSERT_EQUAL (status, 0);
}

static int
leave_private_partial (void *unused)
{
  (void) unused;
  umask (077);
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  resume (&writer);
  int code = hub_write (store, &call, writer, 0, "abc", 3);
  hub_abandon (store, writer, 1);
  return code;
}

static int
finish_partial (void *unused)
{
  (void) unused;
  umask (022);
  open_fresh ();
  TEST_CALL (call);
  void *writer;
  return resume (&writer) != 3 || hub_commit (store, &call, writer, 3);
}

static void
test_modes_of_a_resumed_blob (void)
{
  struct stat st;
  check_folder ();
  CU_ASSERT_EQUAL (test_in_child (leave_private_partial, NULL), 0);
  CU_ASSERT_EQUAL (chmod (check_path (REPO), 0755), 0);
  CU_ASSERT_EQUAL (test_in_child (finish_partial, NULL), 0);
  CU_ASSERT_EQUAL (stat (check_path (REPO "/blobs/" ETAG), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode & 07777, 0644);
}

CHECK_MAIN ("hub layout", { "paths", test_paths }, { "path_fills_up", test_path_fills_up },
            { "tree_with_umask_022", test_tree_with_umask_022 },
            { "tree_with_umask_027", test_tree_with_umask_027 },
            { "tag_is_left_alone", test_tag_is_left_alone },
            { "no_tag_without_a_download", test_no_tag_without_a_download },
            { "root_through_a_link", test_root_through_a_link },
            { "relative_root", test_relative_root },
            { "pointers_are_mended", test_pointers_are_mended },
            { "file_system_without_links", test_file_system_without_links },
            { "shared_blob_store", test_shared_blob_store },
            { "removing_follows_no_link", test_removing_follows_no_link },
            { "refs_as_files", test_refs_as_files }, { "owner_records", test_owner_records },
            { "partials_of_others", test_partials_of_others },
            { "partial_of_another_machine", test_partial_of_another_machine },
            { "partial_without_its_record", test_partial_without_its_record },
            { "folders_of_nothing", test_folders_of_nothing },
            { "renamed_already", test_renamed_already },
            { "synced_before_it_is_named", test_synced_before_it_is_named },
            { "modes_of_a_resumed_blob", test_modes_of_a_resumed_blob })
