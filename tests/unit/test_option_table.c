/* SPDX-License-Identifier: Apache-2.0 */
/* test_option_table.c: types, defaults, unknown keys, secrets, tables of other sizes.  */
#include "core/config/option_table.h"

#include "tests/unit/settings_fixture.h"

static const struct hfcore_option table[] = {
  { "text", HFCORE_OPTION_TEXT, 0, NULL, "a text" },
  { "root", HFCORE_OPTION_PATH, 0, "~/${CHECK_VARIABLE}", "a path" },
  { "count", HFCORE_OPTION_INT, 0, "3", "a number" },
  { "flag", HFCORE_OPTION_BOOL, 0, "yes", "a boolean" },
  { "max-size", HFCORE_OPTION_SIZE, 0, "20KB", "a size" },
  { "pause", HFCORE_OPTION_DURATION, 0, NULL, "a duration" },
  { "patterns", HFCORE_OPTION_LIST, 0, NULL, "a list" },
  { "endpoint", HFCORE_OPTION_URL, 0, "https://h/", "a URL" },
  { "password", HFCORE_OPTION_TEXT, HFCORE_OPTION_SECRET, NULL, "a secret" },
  { "pin", HFCORE_OPTION_INT, HFCORE_OPTION_SECRET, NULL, "a secret number" },
  { NULL, 0, 0, NULL, NULL },
};

/* The first storage of `text` against `options`.  */
static struct hfcore_settings *
check_against (const struct hfcore_option *options, size_t stride, const char *text)
{
  struct hfcore_settings *checked = NULL;
  struct settings *settings = load_text (text);
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  int code = option_table_check (options, stride, settings->storage.items, &checked, &error);
  CU_ASSERT_EQUAL (code, error.code);
  CU_ASSERT_EQUAL (code == HFCORE_OK, checked != NULL);
  settings_free (settings);
  return checked;
}

/* `options` as they would stand in an entry.  */
static struct hfcore_settings *
check_options (const char *options)
{
  char text[1024];
  snprintf (text, sizeof text, "storage: [ { plugin: x%s%s } ]\n", *options ? ", " : "", options);
  return check_against (table, sizeof *table, text);
}

static void
refuses_options (const char *options, const char *message)
{
  char whole[4608];
  struct hfcore_settings *checked = check_options (options);
  CU_ASSERT_PTR_NULL (checked);
  CU_ASSERT_EQUAL (error.code, HFCORE_E_CONFIG);
  snprintf (whole, sizeof whole, "%s:%s", check_path ("test.yaml"), message);
  CHECK_STRING (error.message, whole);
  option_table_free (checked);
}

static const char *
text_of (const struct hfcore_settings *checked, const char *key)
{
  const struct option_value *value = option_table_get (checked, key);
  return value && value->count ? value->items[0] : NULL;
}

static void
test_defaults (void)
{
  clean_environment ();
  setenv ("CHECK_VARIABLE", "there", 1);
  struct hfcore_settings *checked = check_options ("");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (checked->count, 10);
  CHECK_STRING (text_of (checked, "text"), NULL);
  CU_ASSERT_PTR_NULL (option_table_get (checked, "text")->items);
  CU_ASSERT_EQUAL (option_table_get (checked, "count")->number, 3);
  CU_ASSERT_EQUAL (option_table_get (checked, "flag")->number, 1);
  CU_ASSERT_EQUAL (option_table_get (checked, "max-size")->number, 20000);
  CHECK_STRING (text_of (checked, "endpoint"), "https://h");
  CU_ASSERT_EQUAL (option_table_get (checked, "password")->flags, HFCORE_OPTION_SECRET);
  CU_ASSERT_PTR_NULL (option_table_get (checked, "absent"));
  /* What the default layer put there (the cache's root) counts before the table's own.  */
  CHECK_STRING (text_of (checked, "root"), check_path (".cache/huggingface/hub"));
  option_table_free (checked);
  option_table_free (NULL);
}

static void
test_values (void)
{
  clean_environment ();
  setenv ("CHECK_VARIABLE", "there", 1);
  struct hfcore_settings *checked
      = check_options ("text: 'a b', root: '~/x/${CHECK_VARIABLE}/$NONE', count: -7, flag: 'OFF', "
                       "max_size: 4GiB, pause: 5m, patterns: [ a, '*.b' ], "
                       "endpoint: 'HTTP://h:80/p//', password: p, pin: 1");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CHECK_STRING (text_of (checked, "text"), "a b");
  CHECK_STRING (text_of (checked, "root"), check_path ("x/there/$NONE"));
  CU_ASSERT_EQUAL (option_table_get (checked, "count")->number, -7);
  CU_ASSERT_EQUAL (option_table_get (checked, "flag")->number, 0);
  CU_ASSERT_EQUAL (option_table_get (checked, "max-size")->number, 4ll << 30);
  CU_ASSERT_EQUAL (option_table_get (checked, "pause")->number, 300000);
  CU_ASSERT_EQUAL_FATAL (option_table_get (checked, "patterns")->count, 2);
  CHECK_STRING (option_table_get (checked, "patterns")->items[1], "*.b");
  CHECK_STRING (text_of (checked, "endpoint"), "HTTP://h:80/p");
  CHECK_STRING (text_of (checked, "password"), "p");
  option_table_free (checked);
  checked = check_options ("patterns: one");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (option_table_get (checked, "patterns")->count, 1);
  CHECK_STRING (text_of (checked, "patterns"), "one");
  option_table_free (checked);
}

static void
test_wrong_types (void)
{
  clean_environment ();
  refuses_options ("count: many", "1:25: `count` of `x` expects a whole number, not `many`");
  refuses_options ("count: 1.5", "1:25: `count` of `x` expects a whole number, not `1.5`");
  refuses_options ("count: ''", "1:25: `count` of `x` expects a whole number, not ``");
  refuses_options ("count: 9223372036854775808",
                   "1:25: `count` of `x` expects a whole number, not `9223372036854775808`");
  refuses_options ("flag: 1", "1:25: `flag` of `x` expects yes or no, not `1`");
  refuses_options ("max-size: 4 GB",
                   "1:25: `max-size` of `x` expects a size such as 512, 20MB or 4GiB, not `4 GB`");
  refuses_options ("max-size: 18446744073709551615",
                   "1:25: `max-size` of `x` expects a size such as 512, 20MB or 4GiB, not "
                   "`18446744073709551615`");
  refuses_options ("pause: soon", "1:25: `pause` of `x` expects a duration such as 250ms, 10s, 5m "
                                  "or 2h, not `soon`");
  refuses_options ("root: ''", "1:25: `root` of `x` expects a path, not ``");
  refuses_options ("root: '~nobody-like-this/x'",
                   "1:25: `root` of `x` expects a path (whose home folder is meant is unknown: is "
                   "HOME set?), not `~nobody-like-this/x`");
  refuses_options ("endpoint: h",
                   "1:25: `endpoint` of `x` expects a URL that begins with http:// or https://, "
                   "not `h`");
  refuses_options ("endpoint: 'https://a b'",
                   "1:25: `endpoint` of `x` expects a URL without blanks and special characters "
                   "(write those as %XX), not `https://a b`");
  refuses_options ("endpoint: 'https://'",
                   "1:25: `endpoint` of `x` expects a URL with a host, not `https://`");
  refuses_options ("text: [ a ]", "1:25: `text` of `x` expects one value, not a list");
  refuses_options ("count: [ 1 ]", "1:25: `count` of `x` expects one value, not a list");
}

static void
test_secrets_stay_hidden (void)
{
  clean_environment ();
  refuses_options ("pin: hf_secret", "1:25: `pin` of `x` expects a whole number");
  refuses_options ("password: [ hf_secret ]",
                   "1:25: `password` of `x` expects one value, not a list");
  refuses_options ("endpoint: 'https://u:hf_secret@h'",
                   "1:25: `endpoint` of `x` expects a URL without user and password in it");
}

static void
test_unknown_keys (void)
{
  clean_environment ();
  refuses_options ("rot: /x", "1:25: the plugin x has no option `rot`; did you mean `root`?");
  refuses_options ("max_sizes: 1",
                   "1:25: the plugin x has no option `max-sizes`; did you mean `max-size`?");
  refuses_options ("acces: read-only",
                   "1:25: the plugin x has no option `acces`; did you mean `access`?");
  refuses_options ("wrap: y", "1:25: the plugin x has no option `wrap`; did you mean `wraps`?");
  refuses_options ("something-else: 1", "1:25: the plugin x has no option `something-else`");
}

/* A plugin without `root` is not to blame for HF_HUB_CACHE, but a person's --cache-dir is.  */
static void
test_layers_that_nobody_wrote (void)
{
  clean_environment ();
  struct hfcore_settings *checked = check_against (NULL, 0, "storage: [ { plugin: x } ]\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (checked->count, 0);
  option_table_free (checked);
  setenv ("HF_HUB_CACHE", "/v", 1);
  checked = check_against (NULL, 0, "storage: [ { plugin: x } ]\n");
  CU_ASSERT_PTR_NOT_NULL (checked);
  option_table_free (checked);
  setenv ("HF_HUB_CACHE", "~/${CHECK_VARIABLE}", 1);
  setenv ("CHECK_VARIABLE", "$HOME", 1);
  checked = check_options ("");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CHECK_STRING (text_of (checked, "root"), check_path ("$HOME"));
  option_table_free (checked);
  struct settings *settings
      = load_request ((struct settings_request){ .no_files = true, .cache_dir = "/f" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_EQUAL (option_table_check (NULL, 0, settings->storage.items, &checked, &error),
                   HFCORE_E_CONFIG);
  CHECK_STRING (error.message, "--cache-dir: the plugin auto has no option `root`");
  settings_free (settings);
}

static void
test_required (void)
{
  static const struct hfcore_option needs[]
      = { { "server", HFCORE_OPTION_URL, HFCORE_OPTION_REQUIRED, NULL, "where" },
          { NULL, 0, 0, NULL, NULL } };
  char message[4300];
  clean_environment ();
  CU_ASSERT_PTR_NULL (
      check_against (needs, sizeof *needs, "storage:\n  - { name: a, plugin: x }\n"));
  snprintf (message, sizeof message, "%s:2:5: `a` needs the option `server` (url) of the plugin x",
            check_path ("test.yaml"));
  CHECK_STRING (error.message, message);
}

/* A plugin of a later or an earlier release: rows of another length.  */
static void
test_other_strides (void)
{
  struct longer
  {
    struct hfcore_option option;
    const char *more[2];
  };
  static const struct longer longer[]
      = { { { "a", HFCORE_OPTION_INT, 0, "1", "help" }, { "x", "y" } },
          { { "b", HFCORE_OPTION_INT, 0, "2", "help" }, { "x", "y" } },
          { { NULL, 0, 0, NULL, NULL }, { NULL, NULL } } };
  struct shorter
  {
    const char *key;
    int32_t type;
    uint32_t flags;
    const char *fallback;
  };
  static const struct shorter shorter[] = { { "a", HFCORE_OPTION_INT, 0, "1" },
                                            { "b", HFCORE_OPTION_INT, 0, NULL },
                                            { NULL, 0, 0, NULL } };
  static const char text[] = "storage: [ { plugin: x, b: 7 } ]\n";
  clean_environment ();
  struct hfcore_settings *checked = check_against (&longer[0].option, sizeof *longer, text);
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (checked->count, 2);
  CU_ASSERT_EQUAL (option_table_get (checked, "a")->number, 1);
  CU_ASSERT_EQUAL (option_table_get (checked, "b")->number, 7);
  option_table_free (checked);
  checked = check_against ((const struct hfcore_option *) shorter, sizeof *shorter, text);
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (option_table_get (checked, "a")->number, 1);
  CU_ASSERT_EQUAL (option_table_get (checked, "b")->number, 7);
  option_table_free (checked);
  CU_ASSERT_PTR_NULL (check_against (table, 8, text));
  CHECK_STRING (error.message, "the plugin x declares its options in a way that is unknown");
}

static void
test_put (void)
{
  clean_environment ();
  struct hfcore_settings *checked = check_options ("password: old");
  CU_ASSERT_PTR_NOT_NULL_FATAL (checked);
  CU_ASSERT_EQUAL (option_table_put (checked, "password", "new"), HFCORE_OK);
  CHECK_STRING (text_of (checked, "password"), "new");
  CU_ASSERT_EQUAL (option_table_put (checked, "password", NULL), HFCORE_OK);
  CHECK_STRING (text_of (checked, "password"), NULL);
  CU_ASSERT_EQUAL (option_table_put (checked, "absent", "x"), HFCORE_E_CONFIG);
  option_table_free (checked);
}

static void
test_types (void)
{
  static const char *const names[]
      = { "text", "path", "integer", "boolean", "size", "duration", "list", "url" };
  for (int32_t type = HFCORE_OPTION_TEXT; type <= HFCORE_OPTION_URL; type++)
    CHECK_STRING (option_table_type_name (type), names[type]);
  CHECK_STRING (option_table_type_name (-1), "unknown");
  CHECK_STRING (option_table_type_name (99), "unknown");
  static const char *const yes[] = { "yes", "true", "on", "YES", "True" };
  static const char *const no[] = { "no", "false", "off", "No" };
  int64_t number;
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    {
      CU_ASSERT_PTR_NULL (option_table_parse (HFCORE_OPTION_BOOL, yes[i], &number));
      CU_ASSERT_EQUAL (number, 1);
    }
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    {
      CU_ASSERT_PTR_NULL (option_table_parse (HFCORE_OPTION_BOOL, no[i], &number));
      CU_ASSERT_EQUAL (number, 0);
    }
  CU_ASSERT_PTR_NOT_NULL (option_table_parse (HFCORE_OPTION_TEXT, "a\nb", &number));
  CU_ASSERT_PTR_NOT_NULL (option_table_parse (HFCORE_OPTION_URL, "https://h\x7f", &number));
  CU_ASSERT_PTR_NOT_NULL (option_table_parse (HFCORE_OPTION_URL, "https://h\\x", &number));
  CU_ASSERT_PTR_NULL (option_table_parse (HFCORE_OPTION_URL, "http://[::1]:8080/x?y=@z", &number));
}

CHECK_MAIN ("option_table", { "defaults", test_defaults }, { "values", test_values },
            { "wrong types", test_wrong_types }, { "secrets", test_secrets_stay_hidden },
            { "unknown keys", test_unknown_keys }, { "unwritten", test_layers_that_nobody_wrote },
            { "required", test_required }, { "strides", test_other_strides }, { "put", test_put },
            { "types", test_types })
