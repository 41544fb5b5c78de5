/* SPDX-License-Identifier: Apache-2.0 */
/* test_loader.c: names to modules, and the reasons why not.  */
#include "core/plugin/loader.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/plugin/module_check.h"
#include "core/plugin/module_search.h"
#include "tests/check.h"
#include "tests/support/plugins/bare.h"
#include "tests/support/plugins/modules.h"

#define PATH __attribute__ ((cleanup (loader_path_free))) struct loader_path

static struct hfcore_error error;

static const struct loader_module *
find (const struct loader_path *path, const char *name)
{
  const struct loader_module *module = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  int code = loader_find (path, name, &module, &error);
  CU_ASSERT_EQUAL (code, error.code);
  CU_ASSERT (code == HFCORE_OK || code == HFCORE_E_CONFIG);
  return code == HFCORE_OK ? module : NULL;
}

/* A copy of one module in a folder of its own is refused, and `part` is in the message.  */
static void
check_refused (const char *name, const char *part)
{
  const char *file = modules_copy (name, "refused", NULL);
  PATH path = modules_path ("refused");
  CU_ASSERT_PTR_NULL (find (&path, name));
  CHECK_CONTAINS (error.message, part);
  CU_ASSERT_EQUAL (strncmp (error.message, file, strlen (file)), 0);
}

/* ---- the path ---- */

static void
test_path_order (void)
{
  char *configured[] = { (char *) "/configured/a", (char *) "relative", (char *) "/configured/b" };
  PATH path = { 0 };
  setenv ("HFCORE_PLUGIN_PATH", "/variable/a::here:/variable/b", 1);
  CU_ASSERT_EQUAL (loader_path_make ("/flag", configured, 3, &path), HFCORE_OK);
  static const char *const expected[] = { "/flag",       "/configured/a", "/configured/b",
                                          "/variable/a", "/variable/b",   HFCORE_PLUGINDIR };
  CU_ASSERT_EQUAL_FATAL (path.count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < path.count; i++)
    CHECK_STRING (path.folders[i], expected[i]);
  CHECK_STRING (path.left_out, "`relative` of plugin-path, `here` of HFCORE_PLUGIN_PATH");
  CU_ASSERT_PTR_NULL (find (&path, "nothing"));
  CHECK_CONTAINS (error.message, "and not in relative folders: `relative` of plugin-path");
  unsetenv ("HFCORE_PLUGIN_PATH");
}

static void
test_path_flag (void)
{
  PATH path = { 0 };
  char here[4096], expected[4200];
  unsetenv ("HFCORE_PLUGIN_PATH");
  CU_ASSERT_PTR_NOT_NULL_FATAL (getcwd (here, sizeof here));
  CU_ASSERT_EQUAL (loader_path_make ("plugins", NULL, 0, &path), HFCORE_OK);
  snprintf (expected, sizeof expected, "%s/plugins", here);
  CU_ASSERT_EQUAL_FATAL (path.count, 2);
  CHECK_STRING (path.folders[0], expected);
  CU_ASSERT_PTR_NULL (path.left_out);
  loader_path_free (&path);
  CU_ASSERT_EQUAL (loader_path_make (NULL, NULL, 0, &path), HFCORE_OK);
  CU_ASSERT_EQUAL (path.count, 1);
}

/* ---- finding ---- */

static void
test_load (void)
{
  PATH path = modules_all ();
  const struct loader_module *module = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CHECK_STRING (module->name, "test-memory");
  CHECK_STRING (module->file, check_path ("modules/hfcore-test-memory.so"));
  CHECK_STRING (module->descriptor.summary, "A storage in memory");
  CU_ASSERT_EQUAL (module->descriptor.size, sizeof module->descriptor);
  CU_ASSERT_EQUAL (module->storage.size, sizeof module->storage);
  CU_ASSERT_EQUAL (module->transport.size, 0);
  CU_ASSERT_PTR_NOT_NULL (module->storage.commit);
  CU_ASSERT_PTR_EQUAL (find (&path, "test-memory"), module);
  CU_ASSERT_PTR_NOT_EQUAL (find (&path, "test-wrap"), module);
}

static void
test_one_file_by_two_folders (void)
{
  PATH path = modules_all ();
  PATH other = { .folders = calloc (1, sizeof (char *)), .count = 1 };
  CU_ASSERT_EQUAL_FATAL (symlink ("modules", check_path ("alias")), 0);
  other.folders[0] = strdup (check_path ("alias"));
  const struct loader_module *module = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL (module);
  CU_ASSERT_PTR_EQUAL (find (&other, "test-memory"), module);
}

static void
test_first_folder_wins (void)
{
  modules_copy ("test-memory", "first", NULL);
  modules_copy ("test-memory", "second", NULL);
  PATH path = { .folders = calloc (3, sizeof (char *)), .count = 3 };
  path.folders[0] = strdup (check_path ("absent"));
  path.folders[1] = strdup (check_path ("first"));
  path.folders[2] = strdup (check_path ("second"));
  const struct loader_module *module = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CHECK_STRING (module->file, check_path ("first/hfcore-test-memory.so"));
  /* A folder that comes first later on is seen, though another one's module is known.  */
  modules_copy ("test-memory", "absent", NULL);
  const struct loader_module *nearer = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL_FATAL (nearer);
  CHECK_STRING (nearer->file, check_path ("absent/hfcore-test-memory.so"));
}

static void
test_refused_first_is_not_passed_over (void)
{
  modules_copy ("test-no-plugin", "first", "hfcore-test-memory.so");
  modules_copy ("test-memory", "second", NULL);
  PATH path = { .folders = calloc (2, sizeof (char *)), .count = 2 };
  path.folders[0] = strdup (check_path ("first"));
  path.folders[1] = strdup (check_path ("second"));
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "first/hfcore-test-memory.so: this is no plugin of hfcore");
}

static void
test_build_tree (void)
{
  modules_copy ("test-memory", "tree/.libs", NULL);
  chmod (check_path ("tree"), 0755);
  PATH path = modules_path ("tree");
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "there is no plugin `test-memory`");
  check_write ("tree/hfcore-test-memory.la", "not even read");
  const struct loader_module *module = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CHECK_STRING (module->file, check_path ("tree/.libs/hfcore-test-memory.so"));
}

static void
test_names (void)
{
  PATH all = modules_all ();
  modules_copy ("test-memory", "tree/.libs", "hfcore-of-the-tree.so");
  check_write ("tree/hfcore-of-the-tree.la", "");
  check_write ("tree/hfcore-without-module.la", "");
  check_write ("tree/hfcore-test-wrap.so", "");
  check_write ("tree/hfcore-Upper.so", "");
  check_write ("tree/libhfcore.so", "");
  PATH path = { .folders = calloc (3, sizeof (char *)), .count = 3 };
  path.folders[0] = strdup (check_path ("tree"));
  path.folders[1] = strdup (check_path ("absent"));
  path.folders[2] = strdup (all.folders[0]);
  static const char *const expected[]
      = { "of-the-tree", "test-faulty", "test-future", "test-memory",
          "test-older",  "test-serial", "test-wrap" };
  char **names;
  size_t count;
  CU_ASSERT_EQUAL_FATAL (loader_names (&path, &names, &count), HFCORE_OK);
  CU_ASSERT_EQUAL (count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < count; i++)
    {
      CHECK_STRING (names[i], i < sizeof expected / sizeof *expected ? expected[i] : "");
      free (names[i]);
    }
  free (names);
}

static void
test_unknown_name (void)
{
  PATH path = modules_all ();
  CU_ASSERT_PTR_NULL (find (&path, "test-memroy"));
  char expected[900];
  snprintf (expected, sizeof expected,
            "there is no plugin `test-memroy`; did you mean `test-memory`?; hfcore-test-memroy.so "
            "was looked for in %s",
            path.folders[0]);
  CHECK_STRING (error.message, expected);
  CHECK_STRING (error.origin, "");
}

static void
test_names_that_are_none (void)
{
  PATH path = modules_all ();
  static const char *const names[]
      = { "", "../x", "Upper", "a/b", "-x", "a b", "x.so", "\xc3\xa9" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      CU_ASSERT_PTR_NULL (find (&path, names[i]));
      CHECK_CONTAINS (error.message, "is no name of a plugin");
    }
  char long_name[66];
  memset (long_name, 'a', sizeof long_name);
  long_name[65] = 0;
  CU_ASSERT_FALSE (module_search_is_name (long_name));
  long_name[64] = 0;
  CU_ASSERT_TRUE (module_search_is_name (long_name));
}

/* libltdl would search LTDL_LIBRARY_PATH for a bare name.  */
static void
test_no_search_of_ltdl (void)
{
  modules_copy ("test-memory", "elsewhere", NULL);
  setenv ("LTDL_LIBRARY_PATH", check_path ("elsewhere"), 1);
  mkdir (check_path ("empty"), 0755);
  PATH path = modules_path ("empty");
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "there is no plugin");
  unsetenv ("LTDL_LIBRARY_PATH");
}

/* ---- trust ---- */

static void
test_file_open_to_others (void)
{
  const char *file = modules_copy ("test-memory", "open", NULL);
  chmod (file, 0646);
  PATH path = modules_path ("open");
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CU_ASSERT_EQUAL (strncmp (error.message, file, strlen (file)), 0);
  CHECK_CONTAINS (error.message, ": refusing the plugin file: anyone may write to it (mode 0646), "
                                 "so others could put code into it");
  chmod (file, 0644);
  CU_ASSERT_PTR_NOT_NULL (find (&path, "test-memory"));
}

static void
test_folder_open_to_others (void)
{
  modules_copy ("test-memory", "open", NULL);
  chmod (check_path ("open"), 0777);
  PATH path = modules_path ("open");
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  const char *folder = check_path ("open: refusing the plugin folder: anyone may write to it");
  CU_ASSERT_EQUAL (strncmp (error.message, folder, strlen (folder)), 0);
  /* A folder without the module is no concern.  */
  CU_ASSERT_PTR_NULL (find (&path, "another"));
  CHECK_CONTAINS (error.message, "there is no plugin `another`");
}

static void
test_build_tree_open_to_others (void)
{
  modules_copy ("test-memory", "tree/.libs", NULL);
  check_write ("tree/hfcore-test-memory.la", "");
  PATH path = modules_path ("tree");
  chmod (check_path ("tree"), 0757);
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "tree: refusing the plugin folder");
  chmod (check_path ("tree"), 0755);
  chmod (check_path ("tree/.libs"), 0757);
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "tree/.libs: refusing the plugin folder");
}

static void
test_links (void)
{
  modules_copy ("test-memory", "real", NULL);
  mkdir (check_path ("links"), 0755);
  PATH path = modules_path ("links");
  CU_ASSERT_EQUAL_FATAL (symlink ("../real/hfcore-test-memory.so",
                                  check_path ("links/hfcore-test-memory.so")),
                         0);
  chmod (check_path ("real"), 0777);
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "/real: refusing the plugin folder");
  chmod (check_path ("real"), 0755);
  chmod (check_path ("links"), 0777);
  CU_ASSERT_PTR_NULL (find (&path, "test-memory"));
  CHECK_CONTAINS (error.message, "/links: refusing the plugin folder");
  chmod (check_path ("links"), 0755);
  const struct loader_module *module = find (&path, "test-memory");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CHECK_CONTAINS (module->file, "/real/hfcore-test-memory.so");
  symlink ("nowhere", check_path ("links/hfcore-dangling.so"));
  CU_ASSERT_PTR_NULL (find (&path, "dangling"));
  CHECK_CONTAINS (error.message, "this plugin cannot be read: No such file or directory");
  symlink ("hfcore-circle.so", check_path ("links/hfcore-circle.so"));
  CU_ASSERT_PTR_NULL (find (&path, "circle"));
  CHECK_CONTAINS (error.message, "this plugin cannot be read: ");
}

static void
test_no_file (void)
{
  mkdir (check_path ("odd"), 0755);
  mkdir (check_path ("odd/hfcore-folder.so"), 0755);
  mkfifo (check_path ("odd/hfcore-pipe.so"), 0644);
  PATH path = modules_path ("odd");
  CU_ASSERT_PTR_NULL (find (&path, "folder"));
  CHECK_CONTAINS (error.message, "hfcore-folder.so: this plugin is no regular file");
  CU_ASSERT_PTR_NULL (find (&path, "pipe"));
  CHECK_CONTAINS (error.message, "hfcore-pipe.so: this plugin is no regular file");
}

/* ---- refusals ---- */

static void
test_not_a_plugin (void)
{
  check_refused ("test-no-plugin",
                 ": this is no plugin of hfcore: it does not export hfcore_plugin_v1");
  check_write ("text/hfcore-text.so", "hello");
  chmod (check_path ("text"), 0755);
  chmod (check_path ("text/hfcore-text.so"), 0644);
  PATH path = modules_path ("text");
  CU_ASSERT_PTR_NULL (find (&path, "text"));
  CHECK_CONTAINS (error.message, "hfcore-text.so: this plugin cannot be loaded: file too short");
}

static void
test_other_major (void)
{
  check_refused ("test-other-major", ": this plugin is made for plugin ABI 2 and hfcore has 1; "
                                     "install the plugin's release for this hfcore");
}

static void
test_undefined_symbol (void)
{
  check_refused ("test-undefined", "hfcore-test-undefined.so: this plugin cannot be loaded: "
                                   "undefined symbol: nobody_has_this_function");
}

static void
test_misnamed (void)
{
  check_refused ("test-misnamed", ": this plugin calls itself `somebody-else`; its file must then "
                                  "be hfcore-somebody-else.so");
}

static void
test_needs_newer (void)
{
  check_refused ("test-needs-newer",
                 ": this plugin needs plugin ABI 1.99 and hfcore has 1.1; update hfcore");
}

static void
test_lacking (void)
{
  check_refused ("test-lacking", ": this plugin is no storage that can be written: it lacks the "
                                 "function `create`");
}

/* ---- other ages ---- */

static void
test_older (void)
{
  PATH path = modules_all ();
  const struct loader_module *module = find (&path, "test-older");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CU_ASSERT_PTR_NOT_NULL (module->storage.file_get);
  CU_ASSERT_PTR_NULL (module->storage.file_set);
  CU_ASSERT_PTR_NULL (module->storage.list);
  CU_ASSERT_PTR_NULL (module->descriptor.transport);
  CU_ASSERT_EQUAL (module->transport.size, 0);
}

static void
test_future (void)
{
  PATH path = modules_all ();
  const struct loader_module *module = find (&path, "test-future");
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  CU_ASSERT_EQUAL (module->storage.size, sizeof module->storage);
  CU_ASSERT_EQUAL (module->descriptor.size, sizeof module->descriptor);
  CU_ASSERT_TRUE (module->descriptor.option_size > sizeof (struct hfcore_option));
}

/* ---- descriptors ---- */

static const struct hfcore_storage_ops bare_ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };
static const struct hfcore_transport_ops no_transport
    = { .size = sizeof (struct hfcore_transport_ops) };
static const struct hfcore_assets_ops no_assets = { .size = sizeof (struct hfcore_assets_ops) };

static const struct hfcore_plugin good = { .size = sizeof good,
                                           .abi_major = HFCORE_ABI_MAJOR,
                                           .option_size = sizeof (struct hfcore_option),
                                           .name = "x",
                                           .version = "1",
                                           .summary = "s",
                                           .storage = &bare_ops };

static void
check_descriptor (const struct hfcore_plugin *plugin, const char *expected)
{
  struct loader_module module = { .name = (char *) "x", .file = (char *) "/x.so" };
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  int code = module_check (plugin, &module, &error);
  CU_ASSERT_EQUAL (code, expected ? HFCORE_E_CONFIG : HFCORE_OK);
  CHECK_STRING (error.message, expected ? expected : "");
}

static void
test_descriptors (void)
{
  check_descriptor (&good, NULL);
  struct hfcore_plugin plugin = good;
  plugin.size = offsetof (struct hfcore_plugin, options);
  check_descriptor (&plugin,
                    "/x.so: this is no plugin of hfcore: its descriptor has only 48 bytes; "
                    "it must be built again with hfcore/plugin.h");
  plugin = good;
  plugin.abi_major = 3;
  check_descriptor (&plugin,
                    "/x.so: this plugin is made for plugin ABI 3 and hfcore has 1; install "
                    "the plugin's release for this hfcore");
  plugin = good;
  plugin.threads = 2;
  check_descriptor (&plugin, "/x.so: this plugin has a thread model that is unknown here (2)");
  plugin = good;
  plugin.version = NULL;
  check_descriptor (&plugin, "/x.so: this plugin does not tell its name, version and summary");
  plugin = good;
  plugin.storage = NULL;
  check_descriptor (&plugin, "/x.so: this plugin is neither a storage nor a transport nor assets");
  plugin.size = offsetof (struct hfcore_plugin, storage);
  check_descriptor (&plugin, "/x.so: this plugin is neither a storage nor a transport nor assets");
  plugin = good;
  plugin.transport = &no_transport;
  check_descriptor (&plugin, "/x.so: this plugin is no transport: it lacks the function `open`");
  plugin = good;
  plugin.assets = &no_assets;
  check_descriptor (&plugin, "/x.so: this plugin is no asset tree: it lacks the function `open`");
}

static void
test_storages (void)
{
  struct hfcore_plugin plugin = good;
  struct hfcore_storage_ops ops = bare_ops;
  plugin.storage = &ops;
  ops.file_get = NULL;
  check_descriptor (&plugin, "/x.so: this plugin is no storage: it lacks the function `file_get`");
  ops = bare_ops;
  ops.size = offsetof (struct hfcore_storage_ops, file_get);
  check_descriptor (&plugin, "/x.so: this plugin is no storage: it lacks the function `file_get`");
  ops.size = 0;
  check_descriptor (&plugin, "/x.so: this plugin is no storage: its ops have no .size");
}

static void
check_options (const struct hfcore_option *options, size_t stride, const char *expected)
{
  struct hfcore_plugin plugin = good;
  plugin.options = options;
  plugin.option_size = (uint32_t) stride;
  check_descriptor (&plugin, expected);
}

static void
test_option_tables (void)
{
  struct hfcore_option options[300] = { { .key = "root", .type = HFCORE_OPTION_PATH } };
  const size_t stride = sizeof *options;
  check_options (options, stride, NULL);
  check_options (NULL, 0, NULL);
  check_options (options, 32, NULL);
  check_options (options, 31,
                 "/x.so: this plugin's options are too short to be read (31 bytes each)");
  options[0].type = 8;
  check_options (options, stride, "/x.so: this plugin's option `root` is of an unknown type (8)");
  options[0] = (struct hfcore_option){ .key = "access" };
  check_options (options, stride, "/x.so: this plugin cannot have an option named `access`");
  options[0].key = "Root";
  check_options (options, stride, "/x.so: this plugin cannot have an option named `Root`");
  for (int i = 0; i < 300; i++)
    options[i] = (struct hfcore_option){ .key = "k" };
  check_options (options, stride, "/x.so: this plugin's list of options has no end");
}

/* ---- threads ---- */

static void *
find_often (void *ctx)
{
  const struct loader_path *path = ctx;
  const struct loader_module *first = NULL;
  for (int i = 0; i < 50; i++)
    {
      struct hfcore_error mine = HFCORE_ERROR_INIT;
      const struct loader_module *module = NULL;
      if (loader_find (path, "test-memory", &module, &mine) != HFCORE_OK)
        return NULL;
      if (first && module != first)
        return NULL;
      first = module;
    }
  return (void *) first;
}

static void
test_threads (void)
{
  PATH path = modules_all ();
  pthread_t threads[4];
  void *found[4];
  for (int i = 0; i < 4; i++)
    CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, find_often, &path), 0);
  for (int i = 0; i < 4; i++)
    pthread_join (threads[i], &found[i]);
  for (int i = 0; i < 4; i++)
    CU_ASSERT_TRUE (found[i] && found[i] == found[0]);
}

CHECK_MAIN ("loader", { "path: order", test_path_order }, { "path: flag", test_path_flag },
            { "load", test_load }, { "one file by two folders", test_one_file_by_two_folders },
            { "first folder wins", test_first_folder_wins },
            { "refused first", test_refused_first_is_not_passed_over },
            { "build tree", test_build_tree }, { "names", test_names },
            { "unknown name", test_unknown_name },
            { "names that are none", test_names_that_are_none },
            { "no search of ltdl", test_no_search_of_ltdl },
            { "file open to others", test_file_open_to_others },
            { "folder open to others", test_folder_open_to_others },
            { "build tree open to others", test_build_tree_open_to_others },
            { "links", test_links }, { "no file", test_no_file },
            { "not a plugin", test_not_a_plugin }, { "other major", test_other_major },
            { "undefined symbol", test_undefined_symbol }, { "misnamed", test_misnamed },
            { "needs newer", test_needs_newer }, { "lacking", test_lacking },
            { "older", test_older }, { "future", test_future }, { "descriptors", test_descriptors },
            { "storages", test_storages }, { "option tables", test_option_tables },
            { "threads", test_threads })
