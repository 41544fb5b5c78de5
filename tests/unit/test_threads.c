/* SPDX-License-Identifier: Apache-2.0 */
/* test_threads.c: one struct hfcore, used by eight threads at once, with the real storage and
 * assets: what each call promises holds whatever the others do, and one of them can stop all. Built
 * with -fsanitize=thread it also shows that nothing is shared without order.  */
#include <hfcore/hfcore.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "tests/check.h"
#include "tests/support/plugins/modules.h"
#include "tests/unit/engine_fixture.h"

#define THREADS 8
#define ROUNDS  4
#define YAML    "retries: 0\n" TRANSPORT
#define FILES   FILE_A ", " FILE_B ", " FILE_C
/* Asked for w0.txt and so on, it waits until it is stopped.  */
#define WAITING(i) "\"resolve w" #i ".txt wait\""

static struct hfcore *cache;
static pthread_barrier_t barrier;
static atomic_int lines; /* of the log  */

/* CUnit is for one thread: each worker notes its first failure, and main looks after.  */
struct worker
{
  int index;
  int events, repos, files, folders, plugins, storages, settings; /* by callbacks, unlocked  */
  bool saw_shared;
  int failures;
  char first[512];
  struct hfcore_error error;
};

#define MUST(worker, condition) must (worker, condition, __LINE__, #condition)

static void
must (struct worker *worker, bool condition, int line, const char *text)
{
  if (!condition && worker->failures++ == 0)
    snprintf (worker->first, sizeof worker->first, "thread %d, line %d: %s (%.200s)", worker->index,
              line, text, worker->error.message);
}

static void
count_line (void *ctx, int32_t level, const char *line)
{
  (void) ctx;
  (void) level;
  atomic_fetch_add (&lines, line[0] != 0);
}

static void
open_cache (const char *yaml, int32_t level,
            void (*log) (void *ctx, int32_t level, const char *line))
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  char config[4096], plugins[4096], root[4096], assets[4096];
  setenv ("HOME", check_folder (), 1);
  modules_copy ("test-source", "modules", NULL);
  snprintf (config, sizeof config, "%s", check_write ("test.yaml", yaml));
  snprintf (plugins, sizeof plugins, "%s", check_path ("modules"));
  snprintf (root, sizeof root, "%s", check_path ("cache"));
  snprintf (assets, sizeof assets, "%s", check_path ("assets"));
  options.config_file = config;
  options.plugin_dir = plugins;
  options.cache_dir = root;
  options.assets_dir = assets;
  options.log_level = level;
  options.log = log;
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
}

/* All threads begin at once; the first failure of each is told.  */
static void
run_all (void *(*work) (void *worker))
{
  static struct worker workers[THREADS];
  pthread_t threads[THREADS];
  CU_ASSERT_EQUAL_FATAL (pthread_barrier_init (&barrier, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++)
    {
      workers[i] = (struct worker){ .index = i, .error = HFCORE_ERROR_INIT };
      CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, work, &workers[i]), 0);
    }
  for (int i = 0; i < THREADS; i++)
    {
      pthread_join (threads[i], NULL);
      CHECK_STRING (workers[i].first, "");
    }
  pthread_barrier_destroy (&barrier);
}

/* ---- callbacks: never two at once for one call, so that plain counters do ---- */

static int
on_event (void *ctx, const struct hfcore_event *event)
{
  struct worker *worker = ctx;
  worker->events += event->kind == HFCORE_EVENT_FILE || event->kind == HFCORE_EVENT_CACHED;
  return 0;
}

static int
stop_at_once (void *ctx, const struct hfcore_event *event)
{
  (void) ctx;
  (void) event;
  return 1;
}

static int
on_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  struct worker *worker = ctx;
  worker->repos++;
  if (strcmp (repo->repo_id, "org/name") == 0)
    worker->saw_shared = repo->revision_count == 1 && repo->revisions[0]->file_count == 3;
  return 0;
}

static int
on_verified (void *ctx, const struct hfcore_verified_file *file)
{
  struct worker *worker = ctx;
  worker->files++;
  MUST (worker, file->state == HFCORE_VERIFIED_RIGHT);
  return 0;
}

static int
on_asset (void *ctx, const struct hfcore_asset_info *info)
{
  struct worker *worker = ctx;
  worker->folders++;
  MUST (worker, strcmp (info->library, "shared") == 0);
  return 0;
}

static int
on_plugin (void *ctx, const struct hfcore_plugin_info *info)
{
  struct worker *worker = ctx;
  worker->plugins += info->descriptor != NULL;
  return 0;
}

static int
on_storage (void *ctx, const struct hfcore_storage_info *info)
{
  struct worker *worker = ctx;
  worker->storages++;
  MUST (worker, info->written == 1 && !info->problem);
  return 0;
}

static int
on_setting (void *ctx, const struct hfcore_config_line *line)
{
  struct worker *worker = ctx;
  worker->settings += line->key[0] != 0;
  return 0;
}

/* ---- what threads do ---- */

static struct hfcore_download
ask_for (struct worker *worker, const char *repo_id, const char *path)
{
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  ask.repo_id = repo_id;
  ask.path = path;
  ask.event = on_event;
  ask.ctx = worker;
  return ask;
}

/* All at once, the same three files: each gets all of them, and an event for each.  */
static void
get_shared (struct worker *worker)
{
  struct hfcore_download ask = ask_for (worker, "org/name", NULL);
  struct hfcore_result *result = NULL;
  worker->events = 0;
  MUST (worker, hfcore_download_snapshot (cache, &ask, &result, &worker->error) == HFCORE_OK);
  MUST (worker, result && result->count == 3 && worker->events == 3);
  hfcore_result_free (result);
}

/* A repository that nobody else asks for; and a stop of it, which stops nothing else.  */
static void
get_own (struct worker *worker, int round)
{
  char repo_id[64];
  snprintf (repo_id, sizeof repo_id, "own/%d-%d", worker->index, round);
  struct hfcore_download ask = ask_for (worker, repo_id, "sub/c.txt");
  struct hfcore_result *result = NULL;
  ask.event = stop_at_once;
  MUST (worker, hfcore_download_file (cache, &ask, &result, &worker->error) == HFCORE_E_CANCELLED);
  ask.event = on_event;
  worker->events = 0;
  MUST (worker, hfcore_download_file (cache, &ask, &result, &worker->error) == HFCORE_OK);
  MUST (worker, result && result->files[0]->length == strlen (THIRD) && worker->events == 1);
  hfcore_result_free (result);
}

static void
look_up (struct worker *worker, int round)
{
  int32_t state = HFCORE_LOOKUP_UNKNOWN;
  char path[4096] = "";
  (void) round;
  MUST (worker, hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state, path, sizeof path,
                               &worker->error)
                    == HFCORE_OK);
  MUST (worker, state == HFCORE_LOOKUP_FOUND);
  FILE *file = fopen (path, "r");
  char text[64] = "";
  MUST (worker, file && fgets (text, sizeof text, file) && strcmp (text, HELLO) == 0);
  if (file)
    fclose (file);
}

static void
scan (struct worker *worker, int round)
{
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  struct hfcore_scan_sum sum = { .size = sizeof sum };
  (void) round;
  ask.flags = HFCORE_SCAN_FILES;
  ask.repo = on_repo;
  ask.ctx = worker;
  worker->repos = 0;
  worker->saw_shared = false;
  MUST (worker, hfcore_scan (cache, &ask, &sum, &worker->error) == HFCORE_OK);
  MUST (worker, worker->saw_shared && sum.repos == (uint64_t) worker->repos);
}

static void
verify (struct worker *worker, int round)
{
  struct hfcore_verify ask = HFCORE_VERIFY_INIT;
  (void) round;
  ask.flags = HFCORE_LOCAL_ONLY;
  ask.repo_id = "org/name";
  ask.file = on_verified;
  ask.ctx = worker;
  worker->files = 0;
  MUST (worker, hfcore_verify (cache, &ask, &worker->error) == HFCORE_OK);
  MUST (worker, worker->files == 3);
}

static void
look_inside (struct worker *worker, int round)
{
  struct hfcore_plugin_info info = { .size = sizeof info };
  (void) round;
  worker->plugins = worker->storages = worker->settings = 0;
  MUST (worker, hfcore_plugin_each (cache, on_plugin, worker) == 0 && worker->plugins > 1);
  MUST (worker, hfcore_plugin_find (cache, "auto", &info, &worker->error) == HFCORE_OK);
  MUST (worker, hfcore_storage_each (cache, on_storage, worker) == 0 && worker->storages == 1);
  MUST (worker, hfcore_config_each (cache, on_setting, worker) == 0 && worker->settings > 1);
}

static void
use_assets (struct worker *worker, int round)
{
  char path[4096] = "";
  (void) round;
  if (check_plugin_off ("assets-tree"))
    return;
  MUST (worker, hfcore_assets_path (cache, "shared", NULL, NULL, path, sizeof path, &worker->error)
                    == HFCORE_OK);
  worker->folders = 0;
  MUST (worker,
        hfcore_assets_each (cache, "shared", NULL, NULL, on_asset, worker, &worker->error) == 0);
  MUST (worker, worker->folders == 1 && strstr (path, "/shared/default/default"));
}

static void
count_holdings (struct worker *worker, int round)
{
  struct hfcore_holdings *holdings = NULL;
  (void) round;
  MUST (worker, hfcore_holdings_open (cache, 0, &holdings, &worker->error) == HFCORE_OK);
  worker->repos = 0;
  if (holdings)
    MUST (worker, hfcore_holdings_each (holdings, on_repo, worker) == 0 && worker->repos > 0);
  hfcore_holdings_close (holdings);
}

static void *
do_everything (void *ctx)
{
  static void (*const deeds[]) (struct worker * worker, int round)
      = { get_own, look_up, scan, verify, look_inside, use_assets, count_holdings };
  const size_t count = sizeof deeds / sizeof *deeds;
  struct worker *worker = ctx;
  pthread_barrier_wait (&barrier);
  get_shared (worker);
  pthread_barrier_wait (&barrier);
  /* Each begins with another one, so that all sorts are under way at once.  */
  for (int round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < count; i++)
      deeds[((size_t) worker->index + i) % count](worker, round);
  return NULL;
}

static void
test_everything_at_once (void)
{
  atomic_store (&lines, 0);
  open_cache (YAML SOURCE_OF ("one", FILES, ""), HFCORE_LOG_DEBUG, count_line);
  run_all (do_everything);
  CU_ASSERT (atomic_load (&lines) > 0);
  hfcore_close (cache);
}

/* ---- a stop for all ---- */

/* Is the time over that a stop may take in the worst of machines?  */
static bool
is_late (const struct timespec *since)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec - since->tv_sec > 20;
}

/* Half of them wait for the source; others look up and scan until they are told to stop; the last
 * one stops all when all wait.  */
static void *
work_until_stopped (void *ctx)
{
  struct worker *worker = ctx;
  struct hfcore_result *result = NULL;
  struct timespec began;
  char path[16];
  int32_t state;
  int code = HFCORE_OK;
  snprintf (path, sizeof path, "w%d.txt", worker->index);
  struct hfcore_download ask = ask_for (worker, "org/name", path);
  struct hfcore_scan all = HFCORE_SCAN_INIT;
  pthread_barrier_wait (&barrier);
  clock_gettime (CLOCK_MONOTONIC, &began);
  if (worker->index < THREADS / 2)
    code = hfcore_download_file (cache, &ask, &result, &worker->error);
  else if (worker->index < THREADS - 1)
    while (code == HFCORE_OK && !is_late (&began))
      code = worker->index % 2 ? hfcore_scan (cache, &all, NULL, &worker->error)
                               : hfcore_lookup (cache, NULL, "org/name", NULL, "a.txt", &state,
                                                NULL, 0, &worker->error);
  else
    {
      for (int i = 0; i < THREADS / 2; i++)
        {
          snprintf (path, sizeof path, " w%d.txt", i);
          logbook_wait (path);
        }
      hfcore_cancel (cache);
      code = HFCORE_E_CANCELLED;
    }
  MUST (worker, code == HFCORE_E_CANCELLED && !result && !is_late (&began));
  return NULL;
}

static void
test_stop_for_all (void)
{
  struct worker first = { .error = HFCORE_ERROR_INIT };
  logbook_clear ();
  open_cache (YAML SOURCE_OF ("one", FILES,
                              ", always: [" WAITING (0) ", " WAITING (1) ", " WAITING (
                                  2) ", " WAITING (3) "]"),
              HFCORE_LOG_INFO, logbook_write);
  get_shared (&first);
  CHECK_STRING (first.first, "");
  run_all (work_until_stopped);
  hfcore_close (cache);
  logbook_clear ();
}

CHECK_MAIN ("threads", { "everything at once", test_everything_at_once },
            { "a stop for all", test_stop_for_all })
