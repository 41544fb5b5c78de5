/* SPDX-License-Identifier: Apache-2.0 */
/* assets_contract.c: what assets-tree promises beyond what `hfcore plugin check` asks of every
 * plugin of its kind, through the real loader and guard: folders where Python has them, sums that
 * leave nothing out, and links that are never followed out of the tree (spec 6).  */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/plugin/call.h"
#include "core/util/cleanup.h"
#include "tests/check.h"
#include "tests/contract/module_host.h"
#include "tests/contract/storage_host.h"

static struct test_module tree;
static int warnings;

/* ---- what the tests share ---- */

static void
count_warning (void *ctx, int level, const char *line)
{
  (void) ctx;
  (void) line;
  warnings += level <= HFCORE_LOG_WARNING;
}

static void
open_tree (bool read_only)
{
  static const struct host_log log = { .write = count_warning, .level = HFCORE_LOG_WARNING };
  char root[512];
  snprintf (root, sizeof root, "%s", check_path ("assets"));
  const char *const options[] = { "root", root, NULL };
  warnings = 0;
  umask (022);
  CU_ASSERT_EQUAL_FATAL (test_module_open (&tree, GUARD_ASSETS, "assets-tree", "tree", read_only,
                                           &log, options),
                         0);
}

static struct hfcore_asset
named (const char *library, const char *name_space, const char *subfolder)
{
  return (struct hfcore_asset){ .size = sizeof (struct hfcore_asset),
                                .library = library,
                                .name_space = name_space,
                                .subfolder = subfolder };
}

/* The path below the root, or NULL with the failure in `call`.  */
static const char *
path_of (struct hfcore_call *call, const char *library, const char *name_space,
         const char *subfolder)
{
  const struct hfcore_asset asset = named (library, name_space, subfolder);
  const char *path, *root = check_path ("assets/");
  if (guard_assets_ops.path (&tree.guard, call, &asset, &path) != HFCORE_OK)
    return NULL;
  CU_ASSERT_EQUAL (strncmp (path, root, strlen (root)), 0);
  return path + strlen (root);
}

static int
remove_named (struct hfcore_call *call, const char *library, const char *name_space,
              const char *subfolder)
{
  const struct hfcore_asset asset = named (library, name_space, subfolder);
  return guard_assets_ops.remove (&tree.guard, call, &asset);
}

/* What a list told.  */
struct told
{
  int entries;
  uint64_t bytes;     /* of all  */
  const char *wanted; /* "library/namespace/subfolder", with "-" for those that do not apply  */
  struct hfcore_asset found;
};

static int
hear (void *ctx, const struct hfcore_asset *asset)
{
  struct told *told = ctx;
  char name[1024];
  snprintf (name, sizeof name, "%s/%s/%s", asset->library ? asset->library : "-",
            asset->name_space ? asset->name_space : "-", asset->subfolder ? asset->subfolder : "-");
  CU_ASSERT_EQUAL (strncmp (asset->path, check_path ("assets"), strlen (check_path ("assets"))), 0);
  told->entries++;
  told->bytes += asset->bytes;
  if (told->wanted && strcmp (told->wanted, name) == 0)
    told->found = *asset;
  return 0;
}

static int
list (struct hfcore_call *call, struct told *told, const char *library, const char *name_space,
      const char *subfolder)
{
  const struct hfcore_asset asset = named (library, name_space, subfolder);
  const struct hfcore_asset_sink sink = { .size = sizeof sink, .ctx = told, .asset = hear };
  return guard_assets_ops.list (&tree.guard, call, &asset, &sink);
}

/* Bytes of this entry of a list of all; -1: there is none.  */
static int64_t
bytes_of (const char *name)
{
  TEST_CALL (call);
  struct told told = { .wanted = name };
  CU_ASSERT_EQUAL (list (&call, &told, NULL, NULL, NULL), HFCORE_OK);
  return told.found.size ? (int64_t) told.found.bytes : -1;
}

static bool
is_there (const char *name)
{
  struct stat st;
  return lstat (check_path (name), &st) == 0;
}

static void
set_time (const char *name, time_t seconds)
{
  const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
  CU_ASSERT_EQUAL (utimensat (AT_FDCWD, check_path (name), times, AT_SYMLINK_NOFOLLOW), 0);
}

/* ---- path ---- */

static void
test_path (void)
{
  struct stat st;
  open_tree (false);
  TEST_CALL (call);
  CHECK_STRING (path_of (&call, "datasets", NULL, NULL), "datasets/default/default");
  CHECK_STRING (path_of (&call, "datasets", "Helsinki-NLP/tatoeba_mt", NULL),
                "datasets/Helsinki-NLP--tatoeba_mt/default");
  CHECK_STRING (path_of (&call, "ReAlLy dumb", "user/repo_name", "this is/not\\clever"),
                "ReAlLy--dumb/user--repo_name/this--is--not--clever");
  CHECK_STRING (path_of (&call, "datasets", "../..", "/etc"), "datasets/..--../--etc");
  CHECK_STRING (path_of (&call, "datasets", NULL, NULL), "datasets/default/default");
  CU_ASSERT_EQUAL (stat (check_path ("assets/datasets/..--../--etc"), &st), 0);
  CU_ASSERT_EQUAL (st.st_mode & 07777, 0755);
  test_module_close (&tree);
}

static void
test_bad_names (void)
{
  static const char *const bad[] = { "", ".", "..", "a\nb", "\033[2J", "\377" };
  open_tree (false);
  TEST_CALL (call);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      struct told told = { 0 };
      CU_ASSERT_PTR_NULL (path_of (&call, bad[i], NULL, NULL));
      CU_ASSERT_EQUAL (call.error.code, HFCORE_E_CONFIG);
      CU_ASSERT_PTR_NULL (path_of (&call, "a", "b", bad[i]));
      CU_ASSERT_EQUAL (list (&call, &told, "a", bad[i], NULL), HFCORE_E_CONFIG);
      CU_ASSERT_EQUAL (remove_named (&call, "a", bad[i], NULL), HFCORE_E_CONFIG);
    }
  CU_ASSERT_PTR_NULL (path_of (&call, NULL, NULL, NULL));
  CU_ASSERT_EQUAL (remove_named (&call, NULL, NULL, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (remove_named (&call, NULL, "ns", NULL), HFCORE_E_CONFIG);
  CU_ASSERT_FALSE (is_there ("assets"));
  test_module_close (&tree);
}

static void
test_file_in_the_way (void)
{
  check_write ("assets/lib/ns", "a file");
  CU_ASSERT_EQUAL (symlink ("nowhere", check_path ("assets/dangling")), 0);
  open_tree (false);
  TEST_CALL (call);
  CU_ASSERT_PTR_NULL (path_of (&call, "lib", "ns", "sub"));
  CU_ASSERT_EQUAL (call.error.code, HFCORE_E_IO);
  CU_ASSERT_EQUAL (call.error.os_errno, ENOTDIR);
  CHECK_CONTAINS (call.error.message, "because of an existing file");
  CHECK_CONTAINS (call.error.message, check_path ("assets/lib/ns)"));
  CU_ASSERT_PTR_NULL (path_of (&call, "dangling", NULL, NULL));
  CHECK_CONTAINS (call.error.message, check_path ("assets/dangling)"));
  CHECK_STRING (check_read (check_path ("assets/lib/ns")), "a file");
  test_module_close (&tree);
  CU_ASSERT_EQUAL (remove (check_path ("assets/lib/ns")), 0);
}

/* Who moved a library to another disk, and left a link, finds it as in Python.  */
static void
test_path_by_a_link (void)
{
  check_write ("other/disk/kept", "x");
  CU_ASSERT_EQUAL (mkdir (check_path ("assets"), 0755), 0);
  CU_ASSERT_EQUAL (symlink ("../other/disk", check_path ("assets/lib")), 0);
  open_tree (false);
  TEST_CALL (call);
  CHECK_STRING (path_of (&call, "lib", "a", "b"), "lib/a/b");
  CU_ASSERT_TRUE (is_there ("other/disk/a/b"));
  test_module_close (&tree);
}

/* ---- list ---- */

static void
plant_tree (void)
{
  check_write ("assets/lib/ns/sub/a", "12345");
  check_write ("assets/lib/ns/sub/deep/er/b", "1234567890");
  check_write ("assets/lib/ns/sub/.hidden", "1");
  check_write ("assets/lib/ns/other/c", "123");
  check_write ("assets/lib/ns/beside", "12");
  check_write ("assets/lib/beside", "1234");
  check_write ("assets/lib/beside too", "1");
  check_write ("assets/beside", "1234567");
  check_write ("assets/lib2/ns/sub/d", "");
  check_write ("outside/big", "0123456789012345678901234567890123456789");
  CU_ASSERT_EQUAL (mkdir (check_path ("assets/empty"), 0755), 0);
  CU_ASSERT_EQUAL (mkdir (check_path ("assets/lib/none"), 0755), 0);
  CU_ASSERT_EQUAL (mkdir (check_path ("assets/lib/ns/void"), 0755), 0);
  CU_ASSERT_EQUAL (symlink ("../outside", check_path ("assets/linked")), 0);
  CU_ASSERT_EQUAL (symlink ("../../../../outside", check_path ("assets/lib/ns/sub/out")), 0);
  CU_ASSERT_EQUAL (symlink (".", check_path ("assets/lib/ns/sub/round")), 0);
  CU_ASSERT_EQUAL (mkfifo (check_path ("assets/lib/ns/sub/fifo"), 0600), 0);
}

static void
test_list (void)
{
  plant_tree ();
  open_tree (false);
  TEST_CALL (call);
  struct told told = { 0 };
  CU_ASSERT_EQUAL (list (&call, &told, NULL, NULL, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (told.entries, 9);
  CU_ASSERT_EQUAL (told.bytes, 16 + 3 + 2 + 5 + 7);
  CU_ASSERT_EQUAL (bytes_of ("lib/ns/sub"), 16);
  CU_ASSERT_EQUAL (bytes_of ("lib/ns/other"), 3);
  CU_ASSERT_EQUAL (bytes_of ("lib/ns/void"), 0);
  CU_ASSERT_EQUAL (bytes_of ("lib/ns/-"), 2);
  CU_ASSERT_EQUAL (bytes_of ("lib/none/-"), 0);
  CU_ASSERT_EQUAL (bytes_of ("lib/-/-"), 5);
  CU_ASSERT_EQUAL (bytes_of ("lib2/ns/sub"), 0);
  CU_ASSERT_EQUAL (bytes_of ("empty/-/-"), 0);
  CU_ASSERT_EQUAL (bytes_of ("-/-/-"), 7);
  CU_ASSERT_EQUAL (bytes_of ("linked/-/-"), -1);
  CU_ASSERT_EQUAL (warnings, 0);
  test_module_close (&tree);
}

static void
test_list_a_part (void)
{
  static const struct
  {
    const char *names[3];
    int entries;
    uint64_t bytes;
  } parts[] = { { { "lib", NULL, NULL }, 6, 26 },    { { "lib", "ns", NULL }, 4, 21 },
                { { "lib", "ns", "sub" }, 1, 16 },   { { "lib", "none", NULL }, 1, 0 },
                { { "lib", "beside", NULL }, 1, 4 }, { { "linked", NULL, NULL }, 1, 0 },
                { { "absent", NULL, NULL }, 0, 0 },  { { "lib", "absent", "sub" }, 0, 0 },
                { { "absent", "ns", "sub" }, 0, 0 } };
  plant_tree ();
  open_tree (false);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      TEST_CALL (call);
      struct told told = { 0 };
      const char *const *names = parts[i].names;
      CU_ASSERT_EQUAL (list (&call, &told, names[0], names[1], names[2]), HFCORE_OK);
      CU_ASSERT_EQUAL (told.entries, parts[i].entries);
      CU_ASSERT_EQUAL (told.bytes, parts[i].bytes);
    }
  test_module_close (&tree);
}

static void
test_times (void)
{
  plant_tree ();
  set_time ("assets/lib/ns/sub/a", 1000);
  set_time ("assets/lib/ns/sub/deep/er/b", 3000);
  set_time ("assets/lib/ns/sub/.hidden", 2000);
  set_time ("assets/lib/ns/sub/out", 1000);
  set_time ("assets/lib/ns/sub/round", 1000);
  set_time ("assets/lib/ns/sub/fifo", 1000);
  set_time ("assets/lib/ns/void", 4000);
  open_tree (false);
  TEST_CALL (call);
  struct told told = { .wanted = "lib/ns/sub" }, empty = { .wanted = "lib/ns/void" };
  CU_ASSERT_EQUAL (list (&call, &told, "lib", NULL, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (told.found.modified_ms, 3000000);
  CU_ASSERT_EQUAL (list (&call, &empty, "lib", NULL, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (empty.found.modified_ms, 4000000);
  test_module_close (&tree);
}

static void
test_no_root (void)
{
  open_tree (false);
  TEST_CALL (call);
  struct told told = { 0 };
  CU_ASSERT_EQUAL (list (&call, &told, NULL, NULL, NULL), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_CACHE);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", NULL, NULL), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets"));
  check_write ("assets", "a file");
  CU_ASSERT_EQUAL (list (&call, &told, NULL, NULL, NULL), HFCORE_E_IO);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", NULL, NULL), HFCORE_E_IO);
  CHECK_STRING (check_read (check_path ("assets")), "a file");
  test_module_close (&tree);
}

/* More folders in each other than are open at once: told, the rest counts, and all can go.  */
static void
test_deep (void)
{
  check_write ("assets/lib/ns/sub/a", "12345");
  int fd = open (check_path ("assets/lib/ns/sub"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < 300; i++)
    {
      CU_ASSERT_EQUAL (mkdirat (fd, "in", 0755), 0);
      int next = openat (fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      close (fd);
      fd = next;
    }
  close (fd);
  open_tree (false);
  TEST_CALL (call);
  CU_ASSERT_EQUAL (bytes_of ("lib/ns/sub"), 5);
  CU_ASSERT_EQUAL (warnings, 1);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", "ns", "sub"), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/lib"));
  test_module_close (&tree);
}

/* ---- remove ---- */

static void
test_remove (void)
{
  plant_tree ();
  open_tree (false);
  TEST_CALL (call);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", "ns", "sub"), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/lib/ns/sub"));
  CU_ASSERT_TRUE (is_there ("assets/lib/ns/other/c"));
  CU_ASSERT_EQUAL (remove_named (&call, "lib", "ns", "sub"), HFCORE_OK);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", "ns", NULL), HFCORE_OK);
  CU_ASSERT_TRUE (is_there ("assets/lib/beside"));
  CU_ASSERT_EQUAL (remove_named (&call, "lib", "beside", NULL), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/lib/beside"));
  CU_ASSERT_EQUAL (remove_named (&call, "lib", NULL, NULL), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/lib"));
  /* Nothing is left of it: its parents go too, the root stays.  */
  CU_ASSERT_EQUAL (remove_named (&call, "lib2", "ns", "sub"), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/lib2"));
  CU_ASSERT_TRUE (is_there ("assets/beside"));
  CHECK_STRING (check_read (check_path ("outside/big")),
                "0123456789012345678901234567890123456789");
  test_module_close (&tree);
}

static void
test_remove_and_links (void)
{
  plant_tree ();
  check_write ("outside/ns/sub/kept", "kept");
  open_tree (false);
  TEST_CALL (call);
  struct told told = { 0 };
  CU_ASSERT_EQUAL (remove_named (&call, "linked", "ns", "sub"), HFCORE_E_IO);
  CHECK_CONTAINS (call.error.message, "is a link");
  CU_ASSERT_EQUAL (list (&call, &told, "linked", "ns", NULL), HFCORE_E_IO);
  CU_ASSERT_EQUAL (remove_named (&call, "linked", NULL, NULL), HFCORE_OK);
  CU_ASSERT_FALSE (is_there ("assets/linked"));
  CHECK_STRING (check_read (check_path ("outside/ns/sub/kept")), "kept");
  test_module_close (&tree);
}

static void
test_remove_stopped (void)
{
  const atomic_int cancel = 1;
  plant_tree ();
  open_tree (false);
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, &cancel);
  CU_ASSERT_EQUAL (remove_named (&call, "lib", NULL, NULL), HFCORE_E_CANCELLED);
  CU_ASSERT_TRUE (is_there ("assets/lib"));
  test_module_close (&tree);
}

/* ---- who may not ---- */

static int
try_as_nobody (void *unused)
{
  (void) unused;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  struct told told = { 0 };
  /* Only what is passed over is missing.  */
  if (list (&call, &told, NULL, NULL, NULL) || told.bytes != 33 - 10 || warnings != 1)
    return 1;
  if (path_of (&call, "new", NULL, NULL) || call.error.code != HFCORE_E_READONLY)
    return 2;
  if (!path_of (&call, "lib", "ns", "sub"))
    return 3;
  return remove_named (&call, "lib", NULL, NULL) == HFCORE_E_READONLY ? 0 : 4;
}

static void
test_not_ours (void)
{
  plant_tree ();
  CU_ASSERT_EQUAL (chmod (check_folder (), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets"), 0555), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib"), 0555), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns"), 0555), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns/sub"), 0555), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns/sub/deep"), 0), 0);
  open_tree (false);
  CU_ASSERT_EQUAL (test_as_nobody (try_as_nobody, NULL), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns/sub/deep"), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns/sub"), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib/ns"), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets/lib"), 0755), 0);
  CU_ASSERT_EQUAL (chmod (check_path ("assets"), 0755), 0);
  test_module_close (&tree);
}

CHECK_MAIN ("assets contract", { "path", test_path }, { "bad names", test_bad_names },
            { "file in the way", test_file_in_the_way }, { "path by a link", test_path_by_a_link },
            { "list", test_list }, { "list a part", test_list_a_part }, { "times", test_times },
            { "no root", test_no_root }, { "deep", test_deep }, { "remove", test_remove },
            { "remove and links", test_remove_and_links },
            { "remove stopped", test_remove_stopped }, { "not ours", test_not_ours })
