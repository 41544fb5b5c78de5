/* SPDX-License-Identifier: Apache-2.0 */
/* test_hfcore_assets.c: the public functions for assets, over a plugin of their own: names,
 * defaults, errors, and walks that are stopped.  */
#include <hfcore/hfcore.h>

#include <stdio.h>
#include <stdlib.h>
#include "tests/check.h"
#include "tests/support/plugins/modules.h"
#include "tests/unit/logbook.h"

#define CABINET(more) "log-level: info\nassets: { plugin: test-cabinet, root: /root" more " }\n"

static struct hfcore *cache;
static struct hfcore_error error = HFCORE_ERROR_INIT;
static char path[256];

/* ---- what the tests share ---- */

static void
open_with (const char *yaml, const char *assets_dir)
{
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  char config[4096], plugins[4096];
  setenv ("HOME", check_folder (), 1);
  unsetenv ("HF_ASSETS_CACHE");
  unsetenv ("HUGGINGFACE_ASSETS_CACHE");
  modules_copy ("test-cabinet", "modules", NULL);
  snprintf (config, sizeof config, "%s", check_write ("test.yaml", yaml));
  snprintf (plugins, sizeof plugins, "%s", check_path ("modules"));
  options.config_file = config;
  options.plugin_dir = plugins;
  options.assets_dir = assets_dir;
  options.log = logbook_write;
  hfcore_close (cache);
  cache = NULL;
  logbook_clear ();
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
}

static void
done (void)
{
  hfcore_close (cache);
  cache = NULL;
  logbook_clear ();
}

static int
ask (const char *library, const char *name_space, const char *subfolder)
{
  return hfcore_assets_path (cache, library, name_space, subfolder, path, sizeof path, &error);
}

static int met;

static int
count (void *ctx, const struct hfcore_asset_info *info)
{
  CU_ASSERT_EQUAL (info->size, sizeof *info);
  met++;
  if (info->bytes == 1500)
    {
      CHECK_STRING (info->library, "lib");
      CHECK_STRING (info->name_space, "ns");
      CHECK_STRING (info->subfolder, "sub");
      CU_ASSERT_PTR_NULL (info->path);
      CU_ASSERT_EQUAL (info->modified_ms, 1700000000123);
    }
  return *(int *) ctx == met ? 42 : 0;
}

static int
each (const char *library, const char *name_space, const char *subfolder, int stop_at)
{
  met = 0;
  return hfcore_assets_each (cache, library, name_space, subfolder, count, &stop_at, &error);
}

/* ---- the tests ---- */

static void
test_defaults (void)
{
  open_with (CABINET (""), NULL);
  CHECK_LOGGED ("", 0); /* no plugin is opened for that */
  CU_ASSERT_EQUAL (ask ("lib", NULL, NULL), HFCORE_OK);
  CHECK_STRING (path, "/root:lib:default:default");
  CU_ASSERT_EQUAL (ask ("lib", "a/b", NULL), HFCORE_OK);
  CHECK_STRING (path, "/root:lib:a/b:default");
  CU_ASSERT_EQUAL (ask ("lib", NULL, "c d"), HFCORE_OK);
  CHECK_STRING (path, "/root:lib:default:c d");
  CU_ASSERT_EQUAL (error.code, HFCORE_OK);
  open_with (CABINET (""), "/other");
  CU_ASSERT_EQUAL (ask ("lib", "n", "s"), HFCORE_OK);
  CHECK_STRING (path, "/other:lib:n:s");
  done ();
}

static void
test_room_for_a_path (void)
{
  char small[8] = "???????";
  open_with (CABINET (""), NULL);
  CU_ASSERT_EQUAL (hfcore_assets_path (cache, "lib", NULL, NULL, NULL, 0, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (hfcore_assets_path (cache, "lib", NULL, NULL, small, sizeof small, &error),
                   HFCORE_E_CONFIG);
  CHECK_STRING (small, "/root:l");
  done ();
}

static void
test_bad_names (void)
{
  static const char *const bad[] = { "", ".", "..", "a\nb", "\033", "\377" };
  open_with (CABINET (", fail: path io"), NULL);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      CU_ASSERT_EQUAL (ask (bad[i], NULL, NULL), HFCORE_E_CONFIG);
      CHECK_CONTAINS (error.message, "bad library");
      CU_ASSERT_EQUAL (ask ("lib", bad[i], NULL), HFCORE_E_CONFIG);
      CHECK_CONTAINS (error.message, "bad namespace");
      CU_ASSERT_EQUAL (ask ("lib", "ns", bad[i]), HFCORE_E_CONFIG);
      CHECK_CONTAINS (error.message, "bad subfolder");
      CU_ASSERT_EQUAL (each (bad[i], NULL, NULL, 0), HFCORE_E_CONFIG);
      CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", bad[i], NULL, &error), HFCORE_E_CONFIG);
    }
  CU_ASSERT_EQUAL (ask (NULL, NULL, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, NULL, NULL, NULL, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "no library");
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", NULL, "sub", &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "without its namespace");
  CU_ASSERT_EQUAL (each (NULL, "ns", NULL, 0), HFCORE_E_CONFIG);
  CHECK_LOGGED ("asked to", 0);
  CU_ASSERT_EQUAL (ask ("lib", NULL, NULL), HFCORE_E_IO);
  CHECK_CONTAINS (error.origin, "test-cabinet");
  done ();
}

static void
test_each (void)
{
  open_with (CABINET (""), NULL);
  CU_ASSERT_EQUAL (each (NULL, NULL, NULL, 0), HFCORE_OK);
  CU_ASSERT_EQUAL (met, 3);
  CHECK_LOGGED ("asked to list (all) (all) (all)", 1);
  CU_ASSERT_EQUAL (each ("a b", "c", "d", 0), HFCORE_OK);
  CHECK_LOGGED ("asked to list a b c d", 1);
  CU_ASSERT_EQUAL (each (NULL, NULL, NULL, 2), 42);
  CU_ASSERT_EQUAL (met, 2);
  open_with (CABINET (", fail: list notfound cache"), NULL);
  CU_ASSERT_EQUAL (each (NULL, NULL, NULL, 0), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (error.missing, HFCORE_MISSING_CACHE);
  done ();
}

static void
test_remove (void)
{
  open_with (CABINET (""), NULL);
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", NULL, NULL, &error), HFCORE_OK);
  CHECK_LOGGED ("asked to remove lib (all) (all)", 1);
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", "n", "s", NULL), HFCORE_OK);
  CHECK_LOGGED ("asked to remove lib n s", 1);
  open_with (CABINET (", access: read-only"), NULL);
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", NULL, NULL, &error), HFCORE_E_READONLY);
  CU_ASSERT_EQUAL (ask ("lib", NULL, NULL), HFCORE_OK);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

static void
test_cancelled (void)
{
  open_with (CABINET (""), NULL);
  hfcore_cancel (cache);
  CU_ASSERT_EQUAL (ask ("lib", NULL, NULL), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (each (NULL, NULL, NULL, 0), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (hfcore_assets_remove (cache, "lib", NULL, NULL, &error), HFCORE_E_CANCELLED);
  CHECK_LOGGED ("asked to", 0);
  done ();
}

CHECK_MAIN ("assets of the library", { "defaults", test_defaults },
            { "room for a path", test_room_for_a_path }, { "bad names", test_bad_names },
            { "each", test_each }, { "remove", test_remove }, { "cancelled", test_cancelled })
