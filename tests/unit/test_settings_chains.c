/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings_chains.c: the entries of storage, transport and assets, what variables and flags
 * replace in them, and the rules between them.  */
#include "tests/unit/settings_fixture.h"

/* ---- entries ---- */

static void
test_entries (void)
{
  clean_environment ();
  struct settings *settings
      = load_text ("storage:\n"
                   "  - { name: shared, plugin: store-symlink, root: /srv, access: read-only }\n"
                   "  - plugin: auto\n"
                   "    root: ~/x\n"
                   "    access: read-write\n"
                   "    max_size: 20GB\n"
                   "    keep: [ a, b ]\n"
                   "transport: []\n"
                   "assets: { plugin: other-tree, name: mine, root: /z }\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_EQUAL_FATAL (settings->storage.count, 2);
  const struct settings_instance *entries = settings->storage.items;
  CHECK_STRING (entries[0].name, "shared");
  CU_ASSERT_TRUE (entries[0].read_only);
  CU_ASSERT_EQUAL (entries[0].option_count, 1);
  CU_ASSERT_EQUAL (entries[0].origin.line, 2);
  CU_ASSERT_EQUAL (entries[0].origin.column, 5);
  CHECK_STRING (entries[1].name, "auto");
  CHECK_STRING (entries[1].plugin, "auto");
  CU_ASSERT_FALSE (entries[1].read_only);
  CU_ASSERT_EQUAL_FATAL (entries[1].option_count, 3);
  /* Kept as written: the plugin's table says what is a path.  */
  CHECK_STRING (entries[1].options[0].items[0], "~/x");
  CHECK_STRING (entries[1].options[1].key, "max-size");
  CU_ASSERT_EQUAL (entries[1].options[1].origin.line, 6);
  CU_ASSERT_EQUAL (entries[1].options[1].origin.column, 5);
  CU_ASSERT_TRUE (entries[1].options[2].is_list);
  CU_ASSERT_EQUAL (entries[1].options[2].count, 2);
  CU_ASSERT_EQUAL (settings->transport.count, 0);
  CU_ASSERT_EQUAL_FATAL (settings->assets.count, 1);
  CHECK_STRING (settings->assets.items[0].name, "mine");
  settings_free (settings);
}

static void
test_bad_entries (void)
{
  clean_environment ();
  refuses ("storage: { plugin: x }\n", "1:1: `storage` expects a list of entries, each written "
                                       "`- { plugin: …, … }`");
  refuses ("storage:\n", "1:1: `storage` expects a list of entries, each written "
                         "`- { plugin: …, … }`");
  refuses ("storage: []\n", "1:1: `storage` needs at least one entry");
  refuses ("assets: [ { plugin: x } ]\n",
           "1:1: `assets` expects one entry, `{ plugin: …, root: … }`");
  refuses ("storage: [ x ]\n", "1:12: an entry of `storage` is written `{ plugin: …, … }`");
  refuses ("transport:\n  - { name: x }\n",
           "2:5: this entry of `transport` does not say which plugin it is");
  refuses (
      "transport:\n  - { plugn: x }\n",
      "2:5: this entry of `transport` does not say which plugin it is; did you mean `plugin`?");
  refuses ("storage: [ { plugin: Store } ]\n",
           "1:14: `plugin` expects a name of small letters, digits and `-`, not `Store`");
  refuses ("storage: [ { plugin: ../x } ]\n",
           "1:14: `plugin` expects a name of small letters, digits and `-`, not `../x`");
  refuses ("storage: [ { plugin: [ x ] } ]\n", "1:14: `plugin` expects a name");
  refuses ("storage: [ { plugin: x, name: 'a b' } ]\n",
           "1:25: `name` expects a name of small letters, digits, `-`, `_` and `.`, not `a b`");
  refuses ("storage: [ { plugin: x, access: readonly } ]\n",
           "1:25: `access` expects read-only or read-write");
  refuses ("storage: [ { plugin: x, access: [ a ] } ]\n",
           "1:25: `access` expects read-only or read-write");
  refuses ("storage: [ { plugin: x, root: ~ } ]\n",
           "1:25: `root` needs a value (put `~` or `null` in quotes if you mean it)");
  refuses ("storage: [ { plugin: x, root: { a: b } } ]\n",
           "1:25: `root` expects a text or a list of texts");
  refuses ("storage: [ { plugin: x, root: [ a, [ b ] ] } ]\n",
           "1:36: `root` expects a text or a list of texts");
  refuses ("storage:\n  - { plugin: x, root: a, root: b }\n",
           "2:27: the key `root` stands here twice (first in line 2)");
  refuses ("storage:\n  - { plugin: x }\n  - { plugin: x }\n",
           "3:5: storage `x` is there already (line 2): give each entry its own `name:`");
}

/* ---- wraps ---- */

static void
test_wraps (void)
{
  clean_environment ();
  setenv ("HF_HUB_CACHE", "/from/variable", 1);
  struct settings *settings = load_text ("storage:\n"
                                         "  - { name: top, plugin: fault, wraps: mid }\n"
                                         "  - { name: base, plugin: store-symlink, root: /base }\n"
                                         "  - { name: mid, plugin: fault, wraps: base }\n"
                                         "transport:\n"
                                         "  - { name: hub, plugin: transport-hub }\n"
                                         "  - { name: shaky, plugin: fault, wraps: hub }\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings->storage.items[0].wraps, "mid");
  CU_ASSERT_FALSE (settings->storage.items[0].wrapped);
  CU_ASSERT_TRUE (settings->storage.items[1].wrapped);
  CU_ASSERT_TRUE (settings->storage.items[2].wrapped);
  CU_ASSERT_TRUE (settings->transport.items[0].wrapped);
  /* The variable means what lies at the bottom.  */
  entry_has (&settings->storage, 0, "root", NULL, 0, NULL);
  entry_has (&settings->storage, 2, "root", NULL, 0, NULL);
  entry_has (&settings->storage, 1, "root", "/from/variable", SETTINGS_ENVIRONMENT, "HF_HUB_CACHE");
  settings_free (settings);
}

static void
test_bad_wraps (void)
{
  clean_environment ();
  refuses ("storage:\n  - { name: a, plugin: x, wraps: a }\n", "2:27: storage `a` wraps itself");
  refuses ("storage:\n  - { name: a, plugin: x, wraps: b }\n"
           "  - { name: b, plugin: x, wraps: a }\n",
           "2:27: storage `a` wraps itself through `b`");
  refuses ("transport:\n  - { name: z, plugin: x }\n  - { name: a, plugin: x, wraps: b }\n"
           "  - { name: b, plugin: x, wraps: c }\n  - { name: c, plugin: x, wraps: a }\n",
           "3:27: transport `a` wraps itself through `b`, `c`");
  refuses ("storage:\n  - { name: shared, plugin: x }\n  - { name: a, plugin: x, wraps: shard }\n",
           "3:27: `wraps` names `shard`, which is no entry of this `storage`; did you mean "
           "`shared`?");
  refuses ("storage:\n  - { name: a, plugin: x, wraps: hub }\n",
           "2:27: `wraps` names `hub`, which is no entry of this `storage`");
  refuses ("storage:\n  - { name: a, plugin: x }\n  - { name: b, plugin: x, wraps: a }\n"
           "  - { name: c, plugin: x, wraps: a }\n",
           "4:27: storage `a` is wrapped by `b` already");
  refuses ("assets: { plugin: a, wraps: b }\n",
           "1:22: `wraps` names `b`, which is no entry of this `assets`");
  refuses ("assets: { plugin: a, wraps: a }\n", "1:22: assets `a` wraps itself");
}

/* ---- roots ---- */

static void
root_is (const char *variable, const char *text, const char *expected)
{
  clean_environment ();
  setenv ("CHECK_VARIABLE", "there", 1);
  setenv (variable, text, 1);
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->storage, 0, "root", expected, SETTINGS_ENVIRONMENT, variable);
  settings_free (settings);
}

static void
test_roots (void)
{
  root_is ("HF_HUB_CACHE", "/a", "/a");
  root_is ("HF_HUB_CACHE", "relative/a", "relative/a");
  root_is ("HUGGINGFACE_HUB_CACHE", "/b", "/b");
  root_is ("HF_HOME", "/c", "/c/hub");
  root_is ("HF_HOME", "/c/", "/c/hub");
  root_is ("HF_HOME", "~/c/$CHECK_VARIABLE", check_path ("c/there/hub"));
  root_is ("HF_HUB_CACHE", "~/${CHECK_VARIABLE}/$NONE", check_path ("there/$NONE"));
  root_is ("XDG_CACHE_HOME", "/d", "/d/huggingface/hub");
  root_is ("XDG_CACHE_HOME", "~/d", check_path ("d/huggingface/hub"));
  clean_environment ();
  setenv ("HF_HUB_CACHE", "", 1);
  setenv ("HUGGINGFACE_HUB_CACHE", "/b", 1);
  setenv ("HF_HOME", "/c", 1);
  setenv ("XDG_CACHE_HOME", "/d", 1);
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "home", "/c", SETTINGS_ENVIRONMENT, "HF_HOME");
  has (settings, "token-path", "/c/token", SETTINGS_ENVIRONMENT, "HF_HOME");
  entry_has (&settings->storage, 0, "root", "/b", SETTINGS_ENVIRONMENT, "HUGGINGFACE_HUB_CACHE");
  entry_has (&settings->assets, 0, "root", "/c/assets", SETTINGS_ENVIRONMENT, "HF_HOME");
  settings_free (settings);
  setenv ("CHECK_VARIABLE", "", 1);
  setenv ("HF_HUB_CACHE", "$CHECK_VARIABLE", 1);
  refuses_request ((struct settings_request){ .no_files = true }, "HF_HUB_CACHE: expects a folder");
}

static void
test_assets_flag (void)
{
  clean_environment ();
  setenv ("HF_ASSETS_CACHE", "/v", 1);
  struct settings *settings
      = load_request ((struct settings_request){ .no_files = true, .assets_dir = "~/$X" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->assets, 0, "root", check_path ("$X"), SETTINGS_FLAG, "--assets-dir");
  entry_has (&settings->storage, 0, "root", check_path (".cache/huggingface/hub"), SETTINGS_DEFAULT,
             "default");
  settings_free (settings);
  refuses_request ((struct settings_request){ .no_files = true, .assets_dir = "" },
                   "--assets-dir: expects a folder");
}

static void
test_roots_over_a_file (void)
{
  static const char text[]
      = "storage:\n"
        "  - { name: shared, plugin: store-symlink, root: /shared, access: read-only }\n"
        "  - { name: own, plugin: store-symlink, root: /own }\n"
        "  - { name: more, plugin: store-symlink, root: /more }\n"
        "assets: { plugin: assets-tree, root: /assets }\n";
  static const struct
  {
    const char *variable, *own, *assets;
  } cases[] = { { "HF_HUB_CACHE", "/v", "/assets" }, { "HUGGINGFACE_HUB_CACHE", "/v", "/assets" },
                { "HF_HOME", "/v/hub", "/assets" },  { "XDG_CACHE_HOME", "/own", "/assets" },
                { "HF_ASSETS_CACHE", "/own", "/v" }, { "HUGGINGFACE_ASSETS_CACHE", "/own", "/v" } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      clean_environment ();
      setenv (cases[i].variable, "/v", 1);
      struct settings *settings = load_text (text);
      CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
      CHECK_STRING (option (&settings->storage, 0, "root")->items[0], "/shared");
      CHECK_STRING (option (&settings->storage, 1, "root")->items[0], cases[i].own);
      CHECK_STRING (option (&settings->storage, 2, "root")->items[0], "/more");
      CHECK_STRING (option (&settings->assets, 0, "root")->items[0], cases[i].assets);
      settings_free (settings);
    }
  clean_environment ();
  struct settings *settings
      = load_text ("storage: [ { plugin: a, access: read-only }, { plugin: b } ]\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->storage, 0, "root", NULL, 0, NULL);
  entry_has (&settings->storage, 1, "root", check_path (".cache/huggingface/hub"), SETTINGS_DEFAULT,
             "default");
  settings_free (settings);
}

static void
test_cache_dir_flag (void)
{
  clean_environment ();
  setenv ("HF_HUB_CACHE", "/variable", 1);
  setenv ("CHECK_VARIABLE", "there", 1);
  struct settings *settings = load_request (
      (struct settings_request){ .no_files = true, .cache_dir = "~/c/$CHECK_VARIABLE" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->storage, 0, "root", check_path ("c/$CHECK_VARIABLE"), SETTINGS_FLAG,
             "--cache-dir");
  settings_free (settings);
  refuses_request ((struct settings_request){ .no_files = true, .cache_dir = "" },
                   "--cache-dir: expects a folder");
  const char *file
      = check_write ("ro.yaml", "storage: [ { plugin: a, root: /a, access: read-only } ]\n");
  refuses_request ((struct settings_request){ .config_file = file, .cache_dir = "/x" },
                   "--cache-dir: there is no storage to put there: all that are configured are "
                   "read-only");
  settings = load_request ((struct settings_request){ .config_file = file });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (option (&settings->storage, 0, "root")->items[0], "/a");
  CU_ASSERT_EQUAL_FATAL (settings->warning_count, 1);
  CHECK_STRING (settings->warnings[0], "HF_HUB_CACHE changes nothing: all storages are read-only");
  settings_free (settings);
}

/* ---- endpoints ---- */

static void
test_endpoint (void)
{
  clean_environment ();
  setenv ("HF_ENDPOINT", "http://h:8080/base///", 1);
  struct settings *settings
      = load_text ("transport:\n  - { name: stick, plugin: transport-dir, root: /usb }\n"
                   "  - { name: mirror, plugin: transport-hub, endpoint: https://m.example }\n"
                   "  - { name: other, plugin: transport-hub, endpoint: https://o.example }\n"
                   "  - { name: hub, plugin: transport-hub }\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->transport, 0, "endpoint", NULL, 0, NULL);
  entry_has (&settings->transport, 1, "endpoint", "http://h:8080/base", SETTINGS_ENVIRONMENT,
             "HF_ENDPOINT");
  CHECK_STRING (option (&settings->transport, 2, "endpoint")->items[0], "https://o.example");
  entry_has (&settings->transport, 3, "endpoint", "https://huggingface.co", SETTINGS_DEFAULT,
             "default");
  settings_free (settings);
  settings = load_request ((struct settings_request){ .no_files = true, .endpoint = "https://f/" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->transport, 0, "endpoint", "https://f", SETTINGS_FLAG, "--endpoint");
  settings_free (settings);
  setenv ("HUGGINGFACE_CO_STAGING", "1", 1);
  setenv ("HF_TOKEN_PATH", "/elsewhere", 1);
  settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  entry_has (&settings->transport, 0, "endpoint", "https://hub-ci.huggingface.co",
             SETTINGS_ENVIRONMENT, "HUGGINGFACE_CO_STAGING");
  has (settings, "token-path", check_path (".cache/huggingface_staging/token"),
       SETTINGS_ENVIRONMENT, "HUGGINGFACE_CO_STAGING");
  entry_has (&settings->storage, 0, "root", check_path (".cache/huggingface/hub"), SETTINGS_DEFAULT,
             "default");
  settings_free (settings);
}

static void
test_bad_endpoint (void)
{
  const struct settings_request nothing = { .no_files = true };
  clean_environment ();
  setenv ("HF_ENDPOINT", "hub.example", 1);
  refuses_request (nothing, "HF_ENDPOINT: expects a URL that begins with http:// or https://, not "
                            "`hub.example`");
  setenv ("HF_ENDPOINT", "ftp://hub.example", 1);
  refuses_request (nothing, "HF_ENDPOINT: expects a URL that begins with http:// or https://, not "
                            "`ftp://hub.example`");
  setenv ("HF_ENDPOINT", "https://me:secret@hub.example", 1);
  refuses_request (nothing, "HF_ENDPOINT: expects a URL without user and password in it");
  setenv ("HF_ENDPOINT", "https:///x", 1);
  refuses_request (nothing, "HF_ENDPOINT: expects a URL with a host, not `https:///x`");
  setenv ("HF_ENDPOINT", "https://h\r\nX: y", 1);
  refuses_request (nothing, "HF_ENDPOINT: expects a URL without blanks and special characters "
                            "(write those as %XX), not `https://h??X: y`");
  setenv ("HF_ENDPOINT", "https://h", 1);
  const char *file = check_write ("none.yaml", "transport: [ { plugin: transport-dir } ]\n");
  struct settings *settings = load_request ((struct settings_request){ .config_file = file });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_EQUAL_FATAL (settings->warning_count, 1);
  CHECK_STRING (settings->warnings[0],
                "HF_ENDPOINT changes nothing: no transport-hub is configured");
  settings_free (settings);
  refuses_request ((struct settings_request){ .config_file = file, .endpoint = "https://h" },
                   "--endpoint: no transport-hub is configured that could use it");
}

CHECK_MAIN ("settings_chains", { "entries", test_entries }, { "bad entries", test_bad_entries },
            { "wraps", test_wraps }, { "bad wraps", test_bad_wraps }, { "roots", test_roots },
            { "assets: flag", test_assets_flag },
            { "roots over a file", test_roots_over_a_file },
            { "cache dir flag", test_cache_dir_flag }, { "endpoint", test_endpoint },
            { "bad endpoint", test_bad_endpoint })
