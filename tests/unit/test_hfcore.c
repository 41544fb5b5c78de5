/* SPDX-License-Identifier: Apache-2.0 */
/* test_hfcore.c: the public functions: structs of older builds, errors nobody wants, stopping, and
 * that results are the caller's.  */
#include <hfcore/hfcore.h>
#include <hfcore/plugin.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "tests/check.h"
#include "tests/support/plugins/modules.h"
#include "tests/unit/engine_fixture.h"

#define POINTER FOLDER "snapshots/" COMMIT "/a.txt"
#define YAML    "retries: 2\nretry-pause: 1ms\nretry-pause-max: 2ms\nlog-level: info\n"
#define ONE     YAML SHELF ("") TRANSPORT SOURCE ("one", "")

static struct hfcore *cache;
static struct hfcore_result *result;
static struct hfcore_error error = HFCORE_ERROR_INIT;

/* ---- what the tests share ---- */

static struct hfcore_options
options_of (const char *yaml)
{
  static char config[4096], plugins[4096];
  static const char *const names[] = { "test-memory", "test-shelf", "test-source" };
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  umask (022);
  setenv ("CHECK_ROOT", check_folder (), 1);
  setenv ("HOME", check_folder (), 1);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    modules_copy (names[i], "modules", NULL);
  snprintf (config, sizeof config, "%s", check_write ("test.yaml", yaml));
  snprintf (plugins, sizeof plugins, "%s", check_path ("modules"));
  options.config_file = config;
  options.plugin_dir = plugins;
  options.log = logbook_write;
  return options;
}

static void
close_cache (void)
{
  hfcore_close (cache);
  cache = NULL;
  logbook_clear ();
}

static void
open_cache (const char *yaml)
{
  const struct hfcore_options options = options_of (yaml);
  close_cache ();
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
}

static struct hfcore_download
ask_for (const char *path)
{
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  ask.repo_id = "org/name";
  ask.path = path;
  ask.event = logbook_event;
  return ask;
}

static int
get (const struct hfcore_download *ask)
{
  hfcore_result_free (result);
  result = NULL;
  return ask->path ? hfcore_download_file (cache, ask, &result, &error)
                   : hfcore_download_snapshot (cache, ask, &result, &error);
}

static void
done (void)
{
  hfcore_result_free (result);
  result = NULL;
  close_cache ();
}

static void
check_error (int code, int expected, const char *message)
{
  CU_ASSERT_EQUAL (code, expected);
  CU_ASSERT_EQUAL (error.code, expected);
  CHECK_CONTAINS (error.message, message);
  CU_ASSERT_PTR_NULL (result);
}

/* ---- opening ---- */

static void
test_open (void)
{
  open_cache (ONE);
  CHECK_LOGGED ("", 0); /* no plugin is opened for that */
  CU_ASSERT (hfcore_version ()[0] >= '0' && hfcore_version ()[0] <= '9');
  done ();
  hfcore_close (NULL);
  hfcore_result_free (NULL);
}

static void
test_open_badly (void)
{
  struct hfcore_options options = options_of ("storage: 7\n");
  struct hfcore *untouched = (struct hfcore *) &options;
  CU_ASSERT_EQUAL (hfcore_open (&options, &untouched, &error), HFCORE_E_CONFIG);
  CU_ASSERT_PTR_EQUAL (untouched, &options);
  CU_ASSERT_EQUAL (error.code, HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "test.yaml:1:");
  CU_ASSERT_EQUAL (hfcore_open (&options, &untouched, NULL), HFCORE_E_CONFIG);
  options.config_file = "/absent/hfcore.yaml";
  CU_ASSERT_EQUAL (hfcore_open (&options, &untouched, &error), HFCORE_E_CONFIG);
}

static void
test_open_as_configured (void)
{
  options_of ("");
  unsetenv ("HFCORE_CONFIG");
  CU_ASSERT_EQUAL (hfcore_open (NULL, &cache, NULL), HFCORE_OK);
  done ();
}

static void
test_older_options (void)
{
  struct hfcore_options options = options_of (ONE);
  options.size = offsetof (struct hfcore_options, log);
  options.log = (void (*) (void *, int32_t, const char *)) 1; /* was not there yet */
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  struct hfcore_download ask = ask_for ("a.txt");
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  done ();
}

static void
test_newer_options (void)
{
  struct
  {
    struct hfcore_options options;
    char more[64];
  } newer = { .options = options_of (ONE), .more = "not known here" };
  newer.options.size = sizeof newer;
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&newer.options, &cache, &error), HFCORE_OK);
  done ();
}

static void
test_options_are_copied (void)
{
  struct hfcore_options options = options_of (ONE);
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  memset ((char *) options.plugin_dir, 'x', strlen (options.plugin_dir));
  memset (&options, 0x55, sizeof options);
  struct hfcore_download ask = ask_for ("a.txt");
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  done ();
}

static void
test_log_level (void)
{
  struct hfcore_options options = options_of (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  open_cache (ONE);
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  CHECK_LOGGED ("[one] asked to read", 1);
  CHECK_LOGGED ("[one] read a.txt: OK", 0);
  close_cache ();
  options.log_level = HFCORE_LOG_DEBUG;
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  ask.flags = HFCORE_FORCE;
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  CHECK_LOGGED ("[one] read a.txt: OK", 1);
  close_cache ();
  options.log_level = HFCORE_LOG_ERROR;
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  CHECK_LOGGED ("[", 0);
  done ();
}

/* ---- getting files ---- */

static void
test_file (void)
{
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  error.code = HFCORE_E_IO;
  CU_ASSERT_EQUAL_FATAL (get (&ask), HFCORE_OK);
  CU_ASSERT_EQUAL (error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (result->size, sizeof *result);
  CHECK_STRING (result->path, check_path (POINTER));
  CHECK_STRING (result->commit, COMMIT);
  CU_ASSERT_EQUAL_FATAL (result->count, 1);
  const struct hfcore_result_file *file = result->files[0];
  CU_ASSERT_EQUAL (file->size, sizeof *file);
  CU_ASSERT_EQUAL (file->cached, 0);
  CU_ASSERT_EQUAL (file->will_download, 0);
  CU_ASSERT_EQUAL (file->length, strlen (HELLO));
  CHECK_STRING (file->file, "a.txt");
  CHECK_STRING (file->path, result->path);
  CHECK_STRING (check_read (file->path), HELLO);
  /* The result outlives its cache.  */
  close_cache ();
  CHECK_STRING (result->commit, COMMIT);
  done ();
}

static void
test_snapshot (void)
{
  const char *include[] = { "*.txt" };
  open_cache (YAML SHELF ("") TRANSPORT SOURCE_OF ("one", FILE_C ", " FILE_A ", x.bin v-1 x", ""));
  struct hfcore_download ask = ask_for (NULL);
  ask.include = include;
  ask.include_count = 1;
  ask.max_workers = 2;
  CU_ASSERT_EQUAL_FATAL (get (&ask), HFCORE_OK);
  CHECK_STRING (result->path, check_path (FOLDER "snapshots/" COMMIT));
  CU_ASSERT_EQUAL_FATAL (result->count, 2);
  CHECK_STRING (result->files[0]->file, "a.txt");
  CHECK_STRING (result->files[1]->file, "sub/c.txt");
  CHECK_STRING (check_read (result->files[1]->path), THIRD);
  ask.flags = HFCORE_DRY_RUN | HFCORE_FORCE;
  CU_ASSERT_EQUAL_FATAL (get (&ask), HFCORE_OK);
  CU_ASSERT_EQUAL (result->files[0]->cached, 1);
  CU_ASSERT_EQUAL (result->files[0]->will_download, 1);
  done ();
}

static void
test_dataset_and_revision (void)
{
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  ask.repo_type = "dataset";
  ask.revision = COMMIT;
  CU_ASSERT_EQUAL_FATAL (get (&ask), HFCORE_OK);
  CHECK_CONTAINS (result->path, "shelf/datasets--org--name/snapshots/" COMMIT "/a.txt");
  CHECK_LOGGED ("asked to resolve " COMMIT, 1);
  done ();
}

static void
test_older_request (void)
{
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  ask.size = offsetof (struct hfcore_download, event);
  ask.event = (int (*) (void *, const struct hfcore_event *)) 1;
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  ask = ask_for ("a.txt");
  ask.size = offsetof (struct hfcore_download, path);
  error.code = 0;
  hfcore_result_free (result);
  result = NULL;
  check_error (hfcore_download_file (cache, &ask, &result, &error), HFCORE_E_CONFIG,
               "no file name was given");
  done ();
}

static void
test_bad_names (void)
{
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("../a.txt");
  check_error (get (&ask), HFCORE_E_CONFIG, "bad file name '../a.txt'");
  ask = ask_for ("a.txt");
  ask.repo_id = NULL;
  check_error (get (&ask), HFCORE_E_CONFIG, "no repo id");
  ask.repo_id = "org/name";
  ask.revision = "../x";
  check_error (get (&ask), HFCORE_E_CONFIG, "bad revision");
  ask.path = NULL;
  check_error (get (&ask), HFCORE_E_CONFIG, "bad revision");
  ask.revision = NULL;
  ask.repo_type = "modell";
  check_error (get (&ask), HFCORE_E_CONFIG, "bad repo type");
  CHECK_LOGGED ("", 0);
  done ();
}

static void
test_failure (void)
{
  struct hfcore_result *untouched = (struct hfcore_result *) &error;
  open_cache (YAML SHELF ("") TRANSPORT SOURCE ("one", ", always: [resolve a.txt auth]"));
  struct hfcore_download ask = ask_for ("a.txt");
  check_error (get (&ask), HFCORE_E_AUTH, "told to say auth");
  CHECK_STRING (error.origin, "one (test-source)");
  CU_ASSERT_EQUAL (hfcore_download_file (cache, &ask, &untouched, NULL), HFCORE_E_AUTH);
  CU_ASSERT_PTR_EQUAL (untouched, &error);
  ask.path = "absent.txt";
  check_error (get (&ask), HFCORE_E_NOTFOUND, "told to say notfound");
  CU_ASSERT_EQUAL (error.missing, HFCORE_MISSING_FILE);
  ask.path = NULL;
  CU_ASSERT_EQUAL (hfcore_download_snapshot (cache, &ask, &untouched, NULL), HFCORE_OK);
  hfcore_result_free (untouched);
  done ();
}

/* An error of an older build has room for its own size only.  */
static void
test_older_error (void)
{
  struct hfcore_error *older = malloc (sizeof *older);
  CU_ASSERT_PTR_NOT_NULL_FATAL (older);
  memset (older, 0x55, sizeof *older);
  older->size = offsetof (struct hfcore_error, message) + 100;
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("../a.txt");
  CU_ASSERT_EQUAL (hfcore_download_file (cache, &ask, &result, older), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (older->code, HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (((unsigned char *) older)[sizeof *older - 1], 0x55);
  free (older);
  done ();
}

/* ---- stopping ---- */

static void
test_listener_stops (void)
{
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  logbook_stop_at (HFCORE_EVENT_BYTES);
  check_error (get (&ask), HFCORE_E_CANCELLED, "stopped");
  CHECK_STRING (check_read (check_path (FOLDER "partial/" HELLO_ETAG)), "hell");
  /* That ended one operation, not the cache.  */
  logbook_clear ();
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  CHECK_LOGGED ("event START a.txt 4/11", 1);
  done ();
}

static void *
cancel_when_it_waits (void *ctx)
{
  logbook_wait (ctx);
  hfcore_cancel (cache);
  return NULL;
}

static void
check_cancelled (const char *yaml, const char *path, const char *moment)
{
  pthread_t thread;
  open_cache (yaml);
  struct hfcore_download ask = ask_for (path);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, cancel_when_it_waits, (void *) moment), 0);
  check_error (get (&ask), HFCORE_E_CANCELLED, "stopped");
  pthread_join (thread, NULL);
  done ();
}

static void
test_cancel (void)
{
  check_cancelled (YAML SHELF ("") TRANSPORT SOURCE ("one", ", resolve: [wait]"), "a.txt",
                   "waiting");
  check_cancelled (YAML SHELF ("") TRANSPORT SOURCE ("one", ", read: [wait]"), "a.txt", "waiting");
  check_cancelled (YAML SHELF ("") TRANSPORT SOURCE ("one", ", list: [wait]"), NULL, "waiting");
  check_cancelled (YAML SHELF ("") TRANSPORT SOURCE_OF ("one", FILE_A ", " FILE_B ", " FILE_C,
                                                        ", read: [wait, wait, wait]"),
                   NULL, "waiting");
  check_cancelled ("retries: 1\nretry-pause: 10s\nretry-pause-max: 10s\n" SHELF ("")
                       TRANSPORT SOURCE ("one", ", resolve: [retry]"),
                   "a.txt", "trying again");
}

/* "End all running and later operations".  */
static void
test_later_operations (void)
{
  int32_t state = 7;
  open_cache (ONE);
  struct hfcore_download ask = ask_for ("a.txt");
  ask.revision = COMMIT;
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  hfcore_cancel (cache);
  check_error (get (&ask), HFCORE_E_CANCELLED, "stopped");
  ask.path = NULL;
  check_error (get (&ask), HFCORE_E_CANCELLED, "stopped");
  ask = ask_for ("b.txt");
  check_error (get (&ask), HFCORE_E_CANCELLED, "stopped");
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state, NULL, 0, &error),
                   HFCORE_E_CANCELLED);
  done ();
}

/* ---- looking up ---- */

static void
test_lookup (void)
{
  char path[4096] = "as it was";
  int32_t state = 7;
  open_cache (ONE);
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state, path, sizeof path,
                                  &error),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (state, HFCORE_LOOKUP_UNKNOWN);
  CHECK_STRING (path, "as it was");
  check_write (FOLDER "refs/main", COMMIT);
  check_write (POINTER, HELLO);
  check_write (FOLDER "absent/" COMMIT "/b.txt", "");
  CU_ASSERT_EQUAL (hfcore_lookup (cache, "model", "org/name", "main", "a.txt", &state, path,
                                  sizeof path, &error),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (state, HFCORE_LOOKUP_FOUND);
  CHECK_STRING (path, check_path (POINTER));
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", COMMIT, "b.txt", &state, path,
                                  sizeof path, NULL),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (state, HFCORE_LOOKUP_ABSENT);
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state, NULL, 0, NULL),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (state, HFCORE_LOOKUP_FOUND);
  CHECK_LOGGED ("[one]", 0);
  done ();
}

static void
test_lookup_with_little_room (void)
{
  char path[4096];
  int32_t state = 7;
  open_cache (ONE);
  check_write (POINTER, HELLO);
  const char *whole = check_path (POINTER);
  size_t len = strlen (whole);
  memset (path, 'x', sizeof path);
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", COMMIT, "a.txt", &state, path, len + 1,
                                  &error),
                   HFCORE_OK);
  CHECK_STRING (path, whole);
  memset (path, 'x', sizeof path);
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", COMMIT, "a.txt", &state, path, len,
                                  &error),
                   HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "more than there is room");
  CU_ASSERT_EQUAL (strlen (path), len - 1);
  CU_ASSERT_EQUAL (strncmp (path, whole, len - 1), 0);
  CU_ASSERT_EQUAL (path[len], 'x');
  done ();
}

static void
test_lookup_badly (void)
{
  char path[16] = "as it was";
  int32_t state = 7;
  open_cache (ONE);
  check_error (hfcore_lookup (cache, NULL, "org/name", NULL, NULL, &state, path, sizeof path,
                              &error),
               HFCORE_E_CONFIG, "no file name");
  check_error (hfcore_lookup (cache, NULL, NULL, NULL, "a", &state, path, sizeof path, &error),
               HFCORE_E_CONFIG, "no repo id");
  check_error (hfcore_lookup (cache, "x", "org/name", NULL, "a", &state, path, sizeof path, &error),
               HFCORE_E_CONFIG, "bad repo type");
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", "..", "a", &state, path, sizeof path,
                                  NULL),
                   HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (state, 7);
  CHECK_STRING (path, "as it was");
  done ();
}

/* A storage may have files and no paths.  */
static void
test_lookup_without_paths (void)
{
  char path[64] = "as it was";
  int32_t state = 7;
  open_cache (YAML
              "storage:\n  - { name: one, plugin: test-memory }\n" TRANSPORT SOURCE ("one", ""));
  struct hfcore_download ask = ask_for ("a.txt");
  CU_ASSERT_EQUAL (get (&ask), HFCORE_OK);
  CU_ASSERT_EQUAL (hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state, path, sizeof path,
                                  &error),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (state, HFCORE_LOOKUP_FOUND);
  CHECK_STRING (path, "");
  done ();
}

/* ---- looking inside ---- */

struct walk
{
  int calls;
  int stop_at;
  char seen[4096];
};

static int
step (struct walk *walk, const char *a, const char *b)
{
  size_t len = strlen (walk->seen);
  snprintf (walk->seen + len, sizeof walk->seen - len, "%s=%s\n", a, b);
  return ++walk->calls == walk->stop_at ? 42 : 0;
}

static int
on_line (void *ctx, const struct hfcore_config_line *line)
{
  CU_ASSERT_EQUAL (line->size, sizeof *line);
  CU_ASSERT (line->layer && line->where);
  return step (ctx, line->key, line->value);
}

static int
on_file (void *ctx, const char *path, int32_t found)
{
  return step (ctx, path, found ? "found" : "absent");
}

static int
on_plugin (void *ctx, const struct hfcore_plugin_info *info)
{
  CU_ASSERT_EQUAL (info->size, sizeof *info);
  CU_ASSERT ((info->descriptor != NULL) == (info->problem == NULL));
  return step (ctx, info->name, info->descriptor ? info->descriptor->name : info->problem);
}

static int
on_folder (void *ctx, const char *path)
{
  return step (ctx, path, "");
}

static void
test_configuration (void)
{
  struct walk all = { 0 }, two = { .stop_at = 2 }, files = { 0 };
  open_cache (ONE);
  CU_ASSERT_EQUAL (hfcore_config_each (cache, on_line, &all), 0);
  CHECK_CONTAINS (all.seen, "retries=2\n");
  CHECK_CONTAINS (all.seen, "storage.shelf.plugin=test-shelf\n");
  CU_ASSERT_EQUAL (hfcore_config_each (cache, on_line, &two), 42);
  CU_ASSERT_EQUAL (two.calls, 2);
  CU_ASSERT_EQUAL (hfcore_config_files (cache, on_file, &files), 0);
  CHECK_CONTAINS (files.seen, "test.yaml=found\n");
  files = (struct walk){ .stop_at = 1 };
  CU_ASSERT_EQUAL (hfcore_config_files (cache, on_file, &files), 42);
  CU_ASSERT_EQUAL (files.calls, 1);
  done ();
}

static void
test_check (void)
{
  struct hfcore_options options = options_of (ONE);
  CU_ASSERT_EQUAL (hfcore_config_check (options.config_file, &options, &error), HFCORE_OK);
  CU_ASSERT_EQUAL (error.code, HFCORE_OK);
  options_of (SHELF (", colour: red") NO_TRANSPORT);
  CU_ASSERT_EQUAL (hfcore_config_check (options.config_file, &options, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "test.yaml:2:");
  CHECK_CONTAINS (error.message, "colour");
  CU_ASSERT_EQUAL (hfcore_config_check (options.config_file, &options, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (hfcore_config_check ("/absent.yaml", NULL, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "/absent.yaml");
}

static void
test_plugins (void)
{
  struct walk all = { 0 }, one = { .stop_at = 1 }, folders = { 0 };
  struct hfcore_plugin_info info = { .size = sizeof info };
  open_cache (ONE);
  check_write ("modules/hfcore-broken.so", "no module");
  CU_ASSERT_EQUAL (hfcore_plugin_each (cache, on_plugin, &all), 0);
  CHECK_CONTAINS (all.seen, "test-shelf=test-shelf\ntest-source=test-source\n");
  CHECK_CONTAINS (all.seen, "broken=");
  CU_ASSERT_EQUAL (hfcore_plugin_each (cache, on_plugin, &one), 42);
  CU_ASSERT_EQUAL (one.calls, 1);
  CU_ASSERT_EQUAL (hfcore_plugin_folders (cache, on_folder, &folders), 0);
  CHECK_CONTAINS (folders.seen, "/modules=\n");
  CU_ASSERT_EQUAL (hfcore_plugin_find (cache, "test-source", &info, &error), HFCORE_OK);
  CHECK_STRING (info.name, "test-source");
  CHECK_STRING (info.file, check_path ("modules/hfcore-test-source.so"));
  CU_ASSERT_PTR_NOT_NULL_FATAL (info.descriptor);
  CU_ASSERT_PTR_NOT_NULL (info.descriptor->transport);
  CU_ASSERT_PTR_NULL (info.problem);
  info.name = "as it was";
  CU_ASSERT_EQUAL (hfcore_plugin_find (cache, "test-sourze", &info, &error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (error.message, "test-source");
  CHECK_STRING (info.name, "as it was");
  CU_ASSERT_EQUAL (hfcore_plugin_find (cache, "broken", &info, NULL), HFCORE_E_CONFIG);
  done ();
}

CHECK_MAIN (
    "hfcore", { "open", test_open }, { "open badly", test_open_badly },
    { "open as configured", test_open_as_configured }, { "older options", test_older_options },
    { "newer options", test_newer_options }, { "options are copied", test_options_are_copied },
    { "log level", test_log_level }, { "file", test_file }, { "snapshot", test_snapshot },
    { "dataset and revision", test_dataset_and_revision }, { "older request", test_older_request },
    { "bad names", test_bad_names }, { "failure", test_failure },
    { "older error", test_older_error }, { "listener stops", test_listener_stops },
    { "cancel", test_cancel }, { "later operations", test_later_operations },
    { "lookup", test_lookup }, { "lookup with little room", test_lookup_with_little_room },
    { "lookup badly", test_lookup_badly }, { "lookup without paths", test_lookup_without_paths },
    { "configuration", test_configuration }, { "check", test_check }, { "plugins", test_plugins })
