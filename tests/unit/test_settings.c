/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings.c: layers, provenance, the files and who may write to them, printing.  */
#include "tests/unit/settings_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- defaults ---- */

static void
test_defaults (void)
{
  clean_environment ();
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "home", check_path (".cache/huggingface"), SETTINGS_DEFAULT, "default");
  has (settings, "token-path", check_path (".cache/huggingface/token"), SETTINGS_DEFAULT,
       "default");
  has (settings, "user-agent-origin", NULL, SETTINGS_DEFAULT, "default");
  has (settings, "log-level", "warning", SETTINGS_DEFAULT, "default");
  CU_ASSERT_EQUAL (settings_number (settings, "offline"), 0);
  CU_ASSERT_EQUAL (settings_number (settings, "durable"), 1);
  CU_ASSERT_EQUAL (settings_number (settings, "max-workers"), 8);
  CU_ASSERT_EQUAL (settings_number (settings, "retries"), 5);
  CU_ASSERT_EQUAL (settings_number (settings, "retry-pause"), 1000);
  CU_ASSERT_EQUAL (settings_number (settings, "retry-pause-max"), 8000);
  CU_ASSERT_EQUAL (settings_number (settings, "etag-timeout"), 10000);
  CU_ASSERT_EQUAL (settings_number (settings, "download-timeout"), 10000);
  CU_ASSERT_EQUAL (settings_get (settings, "plugin-path")->count, 0);
  CU_ASSERT_EQUAL_FATAL (settings->storage.count, 1);
  CHECK_STRING (settings->storage.items[0].name, "cache");
  CHECK_STRING (settings->storage.items[0].plugin, "auto");
  CU_ASSERT_FALSE (settings->storage.items[0].read_only);
  entry_has (&settings->storage, 0, "root", check_path (".cache/huggingface/hub"), SETTINGS_DEFAULT,
             "default");
  CU_ASSERT_EQUAL_FATAL (settings->transport.count, 1);
  CHECK_STRING (settings->transport.items[0].name, "hub");
  CHECK_STRING (settings->transport.items[0].plugin, "transport-hub");
  entry_has (&settings->transport, 0, "endpoint", "https://huggingface.co", SETTINGS_DEFAULT,
             "default");
  CU_ASSERT_EQUAL_FATAL (settings->assets.count, 1);
  CHECK_STRING (settings->assets.items[0].plugin, "assets-tree");
  entry_has (&settings->assets, 0, "root", check_path (".cache/huggingface/assets"),
             SETTINGS_DEFAULT, "default");
  CU_ASSERT_EQUAL (settings->warning_count, 0);
  CU_ASSERT_EQUAL (settings->file_count, 0);
  CU_ASSERT_PTR_NULL (settings_get (settings, "no-such-key"));
  settings_free (settings);
  settings_free (NULL);
}

/* ---- layers ---- */

static void
test_layers (void)
{
  clean_environment ();
  char system[4096], user[4096];
  snprintf (system, sizeof system, "%s",
            check_write ("etc/system.yaml", "retries: 1\nmax_workers: 2\nlog-level: info\n"
                                            "offline: yes\n"
                                            "storage:\n  - { plugin: a-store, root: /a }\n"
                                            "  - { plugin: b-store, root: /b }\n"));
  snprintf (user, sizeof user, "%s",
            check_write (".config/hfcore/hfcore.yaml",
                         "# mine\nmax-workers: 3\nlog-level: debug\n"
                         "storage: [ { plugin: c-store, root: /c } ]\n"));
  setenv ("HF_HUB_VERBOSITY", "ERROR", 1);
  struct settings *settings = load_request ((struct settings_request){ .system_file = system });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "retries", "1", SETTINGS_SYSTEM, system);
  has (settings, "max-workers", "3", SETTINGS_USER, user);
  has (settings, "log-level", "error", SETTINGS_ENVIRONMENT, "HF_HUB_VERBOSITY");
  has (settings, "durable", "yes", SETTINGS_DEFAULT, "default");
  has (settings, "offline", "yes", SETTINGS_SYSTEM, system);
  CU_ASSERT_EQUAL (settings_get (settings, "max-workers")->origin.line, 2);
  CU_ASSERT_EQUAL (settings_get (settings, "max-workers")->origin.column, 1);
  CU_ASSERT_EQUAL_FATAL (settings->storage.count, 1);
  CHECK_STRING (settings->storage.items[0].name, "c-store");
  CU_ASSERT_EQUAL_FATAL (settings->file_count, 2);
  CHECK_STRING (settings->files[0], system);
  CHECK_STRING (settings->files[1], user);
  CU_ASSERT_TRUE (settings->file_found[0] && settings->file_found[1]);
  settings_free (settings);

  setenv ("HF_HUB_OFFLINE", "0", 1);
  settings = load_request ((struct settings_request){ .system_file = system });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "offline", "no", SETTINGS_ENVIRONMENT, "HF_HUB_OFFLINE");
  settings_free (settings);
  settings = load_request ((struct settings_request){ .system_file = system, .offline = 1 });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "offline", "yes", SETTINGS_FLAG, "--offline");
  settings_free (settings);
}

static void
test_which_users_file (void)
{
  clean_environment ();
  check_write (".config/hfcore/hfcore.yaml", "retries: 1\n");
  check_write ("xdg/hfcore/hfcore.yaml", "retries: 2\n");
  check_write ("variable.yaml", "retries: 3\n");
  check_write ("flag.yaml", "retries: 4\n");
  struct settings *settings = load_request ((struct settings_request){ 0 });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "1");
  settings_free (settings);
  setenv ("XDG_CONFIG_HOME", "relative", 1);
  settings = load_request ((struct settings_request){ 0 });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "1");
  settings_free (settings);
  setenv ("XDG_CONFIG_HOME", check_path ("xdg"), 1);
  settings = load_request ((struct settings_request){ 0 });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "2");
  settings_free (settings);
  setenv ("HFCORE_CONFIG", "~/variable.yaml", 1);
  settings = load_request ((struct settings_request){ 0 });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "3");
  settings_free (settings);
  settings = load_request ((struct settings_request){ .config_file = "~/flag.yaml" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "4");
  CU_ASSERT_EQUAL (settings->file_count, 2);
  CU_ASSERT_FALSE (settings->file_found[0]);
  CU_ASSERT_TRUE (settings->file_found[1]);
  settings_free (settings);
  settings
      = load_request ((struct settings_request){ .no_files = true, .config_file = "flag.yaml" });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "retries"), "5");
  settings_free (settings);
}

static void
test_load_file_is_alone (void)
{
  clean_environment ();
  setenv ("HF_HOME", "/elsewhere", 1);
  setenv ("HF_ENDPOINT", "not a URL", 1);
  setenv ("HF_HUB_ETAG_TIMEOUT", "x", 1);
  struct settings *settings = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  const char *file = check_write ("alone.yaml", "retries: 9\n");
  CU_ASSERT_EQUAL (settings_load_file (file, &settings, &error), HFCORE_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "retries", "9", SETTINGS_USER, file);
  has (settings, "home", check_path (".cache/huggingface"), SETTINGS_DEFAULT, "default");
  settings_free (settings);
}

/* ---- files that are refused ---- */

static void
test_missing_file (void)
{
  char message[4200];
  clean_environment ();
  const char *absent = check_path ("absent.yaml");
  snprintf (message, sizeof message,
            "%s: cannot read this configuration file: No such file or directory", absent);
  refuses_request ((struct settings_request){ .config_file = absent }, message);
  setenv ("HFCORE_CONFIG", absent, 1);
  refuses_request ((struct settings_request){ 0 }, message);
}

static void
refuses_file (const char *file, const char *message)
{
  char whole[16384];
  snprintf (whole, sizeof whole, "%s: %s", file, message);
  refuses_request ((struct settings_request){ .config_file = file }, whole);
}

static void
test_special_files (void)
{
  clean_environment ();
  const char *fifo = check_path ("fifo.yaml");
  CU_ASSERT_EQUAL (mkfifo (fifo, 0600), 0);
  refuses_file (fifo, "a configuration file must be a regular file, not a pipe or a device");
  refuses_file ("/dev/zero", "a configuration file must be a regular file, not a pipe or a device");
  refuses_file (check_folder (), "a configuration file must be a regular file, not a folder");
  char *big = malloc ((1 << 20) + 2);
  CU_ASSERT_PTR_NOT_NULL_FATAL (big);
  memset (big, '#', (1 << 20) + 1);
  big[(1 << 20) + 1] = 0;
  refuses_file (check_write ("big.yaml", big), "larger than 1 MiB, which no configuration is");
  free (big);
}

static void
test_open_to_others (void)
{
  char message[9000], file[4096];
  clean_environment ();
  snprintf (file, sizeof file, "%s", check_write ("open/test.yaml", "retries: 1\n"));
  chmod (file, 0646);
  snprintf (message, sizeof message,
            "not used, because anyone may write to it (mode 0646): run `chmod go-w %s`", file);
  refuses_file (file, message);
  chmod (file, 0644);
  chmod (check_path ("open"), 0777);
  snprintf (message, sizeof message,
            "%s: not used, because anyone may write to it (mode 0777): run `chmod go-w %s`",
            check_path ("open"), check_path ("open"));
  refuses_request ((struct settings_request){ .config_file = file }, message);
  /* A link in a good folder to a file in that one is no better.  */
  CU_ASSERT_EQUAL (symlink ("open/test.yaml", check_path ("link.yaml")), 0);
  refuses_request ((struct settings_request){ .config_file = check_path ("link.yaml") }, message);
  /* Nobody can replace our file in a sticky folder.  */
  chmod (check_path ("open"), 01777);
  struct settings *settings = load_request ((struct settings_request){ .config_file = file });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  settings_free (settings);
  chmod (check_path ("open"), 0700);
  settings = load_request ((struct settings_request){ .config_file = check_path ("link.yaml") });
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  settings_free (settings);
  if (geteuid () != 0)
    return;
  CU_ASSERT_EQUAL (chown (file, 12345, 0), 0);
  refuses_file (file, "not used, because it belongs to another user (uid 12345): make it yours "
                      "with chown");
}

/* ---- what a file may say ---- */

static void
test_bad_keys (void)
{
  clean_environment ();
  refuses ("retires: 5\n", "1:1: there is no setting `retires`; did you mean `retries`?");
  refuses ("\nmax_worker: 5\n",
           "2:1: there is no setting `max-worker`; did you mean `max-workers`?");
  refuses ("storages:\n", "1:1: there is no setting `storages`; did you mean `storage`?");
  refuses ("entirely-other: 1\n", "1:1: there is no setting `entirely-other`");
  refuses ("- a\n", "1:1: expected `key: value` lines");
  refuses ("just text\n", "1:1: expected `key: value` lines");
  refuses ("retries: 1\nretries: 2\n",
           "2:1: the key `retries` stands here twice (first in line 1)");
  refuses ("retries:\t[\n\t1 ]\nx: &a 1\n", "3:4: anchors and aliases are not supported here: "
                                            "write it out (or quote the text)");
}

static void
test_bad_values (void)
{
  clean_environment ();
  refuses ("retries: many\n", "1:1: `retries` expects a whole number, not `many`");
  refuses ("retries: 99999999999999999999\n",
           "1:1: `retries` expects a whole number, not `99999999999999999999`");
  refuses ("retries: -1\n", "1:1: `retries` expects a value from 0 to 100, not `-1`");
  refuses ("max-workers: 65\n", "1:1: `max-workers` expects a value from 1 to 64, not `65`");
  refuses ("offline: maybe\n", "1:1: `offline` expects yes or no, not `maybe`");
  refuses ("etag-timeout: 10 s\n",
           "1:1: `etag-timeout` expects a duration such as 250ms, 10s, 5m or 2h, not `10 s`");
  refuses ("etag-timeout: 0\n",
           "1:1: `etag-timeout` expects a value from 1ms to 2147483647ms, not `0`");
  refuses ("log-level: loud\n",
           "1:1: `log-level` expects error, warning, info or debug, not `loud`");
  refuses ("progress-bars: on\n", "1:1: `progress-bars` expects auto, yes or no, not `on`");
  refuses ("retries: [ 1 ]\n", "1:1: `retries` expects one value, not a list of values");
  refuses ("retries: { a: 1 }\n", "1:1: `retries` expects one value, not a list of values");
  refuses ("retries:\n",
           "1:1: `retries` needs a value (put `~` or `null` in quotes if you mean it)");
  refuses ("home: ~\n", "1:1: `home` needs a value (put `~` or `null` in quotes if you mean it)");
  refuses ("home: ''\n", "1:1: `home` expects a path, not ``");
  refuses ("home: ~nobody-like-this/x\n", "1:1: `home` expects a path (whose home folder is meant "
                                          "is unknown: is HOME set?), not `~nobody-like-this/x`");
  refuses ("plugin-path: [ a, { b: c } ]\n", "1:19: expected a text here");
  refuses ("plugin-path: [ a, ~ ]\n", "1:19: expected a text here");
}

static void
test_good_values (void)
{
  clean_environment ();
  setenv ("CHECK_VARIABLE", "there", 1);
  struct settings *settings = load_text ("home: ~/data/${CHECK_VARIABLE}\n"
                                         "plugin_path: [ ~/p, /q ]\n"
                                         "offline: On\nretry-pause: 250ms\nretries: 0\n"
                                         "download-timeout: 2m\nuser-agent-origin: ''\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CHECK_STRING (settings_text (settings, "home"), check_path ("data/there"));
  CHECK_STRING (settings_text (settings, "token-path"), check_path ("data/there/token"));
  CU_ASSERT_EQUAL (settings_get (settings, "token-path")->origin.line, 1);
  entry_has (&settings->storage, 0, "root", check_path ("data/there/hub"), SETTINGS_USER,
             check_path ("test.yaml"));
  entry_has (&settings->assets, 0, "root", check_path ("data/there/assets"), SETTINGS_USER,
             check_path ("test.yaml"));
  const struct settings_value *folders = settings_get (settings, "plugin-path");
  CU_ASSERT_EQUAL_FATAL (folders->count, 2);
  CHECK_STRING (folders->items[0], check_path ("p"));
  CHECK_STRING (folders->items[1], "/q");
  CU_ASSERT_EQUAL (settings_number (settings, "offline"), 1);
  CU_ASSERT_EQUAL (settings_number (settings, "retry-pause"), 250);
  CU_ASSERT_EQUAL (settings_number (settings, "retries"), 0);
  CU_ASSERT_EQUAL (settings_number (settings, "download-timeout"), 120000);
  settings_free (settings);
  settings = load_text ("plugin-path: /one\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_EQUAL_FATAL (settings_get (settings, "plugin-path")->count, 1);
  CHECK_STRING (settings_get (settings, "plugin-path")->items[0], "/one");
  CU_ASSERT_TRUE (settings_get (settings, "plugin-path")->is_list);
  settings_free (settings);
}

/* ---- printing ---- */

struct printed
{
  char text[16384];
  size_t len;
  int stop_after;
};

static int
print (void *ctx, const struct settings_line *line)
{
  struct printed *printed = ctx;
  printed->len
      += (size_t) snprintf (printed->text + printed->len, sizeof printed->text - printed->len,
                            "%s|%s|%s|%s\n", line->key, line->value, line->layer, line->where);
  return printed->stop_after && --printed->stop_after == 0 ? 77 : 0;
}

static void
test_each (void)
{
  static struct printed printed;
  char expected[4200];
  clean_environment ();
  setenv ("HF_TOKEN", "hf_secret", 1);
  setenv ("HF_HUB_OFFLINE", "1", 1);
  struct settings *settings = load_text (
      "plugin-path: [ /a, /b ]\nmax-workers: 2\n"
      "storage:\n  - { name: s, plugin: store-x, root: /r, access: read-only, k: [x] }\n"
      "  - { name: t, plugin: wrap, wraps: s, api-key: hf_secret }\n"
      "transport:\n  - { plugin: p, token: hf_secret, endpoint: 'http://u:hf_secret@h' }\n"
      "  - { plugin: q, token: none }\n  - { plugin: r, token: '${X}' }\n"
      "assets: { plugin: asset-x, root: /z }\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  printed = (struct printed){ 0 };
  CU_ASSERT_EQUAL (settings_each (settings, print, &printed), 0);
  CU_ASSERT_PTR_NULL (strstr (printed.text, "hf_secret"));
  static const char *const lines[] = { "plugin-path|[/a, /b]|user file|%s:1\n",
                                       "max-workers|2|user file|%s:2\n",
                                       "storage.s.plugin|store-x|user file|%s:4\n",
                                       "storage.s.access|read-only|user file|%s:4\n",
                                       "storage.s.root|/r|user file|%s:4\n",
                                       "storage.s.k|[x]|user file|%s:4\n",
                                       "storage.t.wraps|s|user file|%s:5\n",
                                       "storage.t.api-key|(hidden)|user file|%s:5\n",
                                       "transport.p.token|(hidden)|user file|%s:7\n",
                                       "transport.p.endpoint|(hidden)|user file|%s:7\n",
                                       "transport.q.token|none|user file|%s:8\n",
                                       "transport.r.token|${X}|user file|%s:9\n",
                                       "assets.plugin|asset-x|user file|%s:10\n",
                                       "assets.root|/z|user file|%s:10\n",
                                       "token|(hidden)|environment|HF_TOKEN\n",
                                       "offline|yes|environment|HF_HUB_OFFLINE\n",
                                       "durable|yes|default|\n",
                                       "user-agent-origin||default|\n" };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    {
      const char *hole = strstr (lines[i], "%s");
      int before = hole ? (int) (hole - lines[i]) : (int) strlen (lines[i]);
      snprintf (expected, sizeof expected, "%.*s%s%s", before, lines[i],
                hole ? check_path ("test.yaml") : "", hole ? hole + 2 : "");
      CHECK_CONTAINS (printed.text, expected);
    }
  printed = (struct printed){ .stop_after = 3 };
  CU_ASSERT_EQUAL (settings_each (settings, print, &printed), 77);
  settings_free (settings);
}

/* ---- the files that are shipped ---- */

/* `conf/NAME` without its comment signs: `#` before a word or before an indented line.  */
static void
copy_conf (const char *name, bool uncomment, char *to, size_t room)
{
  char path[4096];
  const char *source = getenv ("top_srcdir");
  snprintf (path, sizeof path, "%s/conf/%s", source && *source ? source : ".", name);
  const char *text = check_read (path);
  CU_ASSERT_PTR_NOT_NULL_FATAL (text);
  size_t len = 0;
  for (const char *c = text; *c && len + 1 < room; c++)
    {
      bool first = c == text || c[-1] == '\n';
      bool setting = *c == '#' && c[1] != '\n' && (c[1] != ' ' || c[2] == ' ');
      if (!(uncomment && first && setting))
        to[len++] = *c;
    }
  to[len] = 0;
}

static void
test_shipped_files (void)
{
  static const char *const names[]
      = { "hfcore.yaml", "laptop.yaml", "mirror-with-fallback.yaml", "air-gapped.yaml" };
  static char text[65536];
  clean_environment ();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      copy_conf (names[i], false, text, sizeof text);
      struct settings *settings = load_text (text);
      CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
      CU_ASSERT_EQUAL (settings->warning_count, 0);
      settings_free (settings);
    }
}

static void
same_chain (const struct settings_chain *a, const struct settings_chain *b)
{
  CU_ASSERT_EQUAL_FATAL (a->count, b->count);
  for (size_t i = 0; i < a->count; i++)
    {
      CHECK_STRING (a->items[i].name, b->items[i].name);
      CHECK_STRING (a->items[i].plugin, b->items[i].plugin);
      CU_ASSERT_EQUAL (a->items[i].read_only, b->items[i].read_only);
      CU_ASSERT_EQUAL_FATAL (a->items[i].option_count, b->items[i].option_count);
      for (size_t k = 0; k < a->items[i].option_count; k++)
        CHECK_STRING (a->items[i].options[k].key, b->items[i].options[k].key);
    }
}

/* conf/hfcore.yaml names every setting, and what it says are the defaults is so.  */
static void
test_shipped_defaults (void)
{
  static char text[65536];
  clean_environment ();
  copy_conf ("hfcore.yaml", true, text, sizeof text);
  struct settings *settings = load_text (text), *defaults = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_PTR_NOT_NULL_FATAL (defaults);
  for (size_t i = 0; i < settings->value_count; i++)
    {
      const char *key = settings->values[i].key;
      CU_ASSERT_EQUAL (settings->values[i].origin.layer, SETTINGS_USER);
      if (settings->values[i].origin.layer != SETTINGS_USER)
        fprintf (stderr, "conf/hfcore.yaml does not have `%s`\n", key);
      if (strcmp (key, "user-agent-origin") != 0 && strcmp (key, "plugin-path") != 0)
        CHECK_STRING (settings_text (settings, key), settings_text (defaults, key));
    }
  same_chain (&settings->storage, &defaults->storage);
  same_chain (&settings->transport, &defaults->transport);
  same_chain (&settings->assets, &defaults->assets);
  CHECK_STRING (option (&settings->storage, 0, "root")->items[0], "~/.cache/huggingface/hub");
  CHECK_STRING (option (&settings->transport, 0, "endpoint")->items[0], "https://huggingface.co");
  CHECK_STRING (option (&settings->assets, 0, "root")->items[0], "~/.cache/huggingface/assets");
  settings_free (settings);
  settings_free (defaults);
}

CHECK_MAIN ("settings", { "defaults", test_defaults }, { "layers", test_layers },
            { "which file", test_which_users_file }, { "load file", test_load_file_is_alone },
            { "missing file", test_missing_file }, { "special files", test_special_files },
            { "open to others", test_open_to_others }, { "bad keys", test_bad_keys },
            { "bad values", test_bad_values }, { "good values", test_good_values },
            { "each", test_each }, { "shipped files", test_shipped_files },
            { "shipped defaults", test_shipped_defaults })
