/* SPDX-License-Identifier: Apache-2.0 */
/* newer_program.c REPO FILE: a program that was built with a later release (newer.sh), where every
 * struct is longer, and runs with this one: what the library does not know it leaves alone, and it
 * says by the size of what it tells that the rest is not there. Prints the path of the file.  */
#include <stdio.h>
#include <string.h>
#include <hfcore/hfcore.h>

static int failures;

#define MUST(condition)                                                                            \
  do                                                                                               \
    if (!(condition))                                                                              \
      failures += fprintf (stderr, "%d: not true: %s\n", __LINE__, #condition) > 0;                \
  while (0)

static int
never_called (void *self)
{
  (void) self;
  MUST (!"called");
  return 0;
}

/* What only the later release would read or write.  */
static const char mark[] = "of the caller";
#define FILL(it) ((it)->newer_number = 7, (it)->newer_text = mark, (it)->newer_op = never_called)
#define IS_FILLED(it)                                                                              \
  ((it)->newer_number == 7 && (it)->newer_text == mark && (it)->newer_op == never_called)

static int events, repos, plugins;

static int
on_event (void *ctx, const struct hfcore_event *event)
{
  (void) ctx;
  events++;
  MUST (HFCORE_HAS (event, files) && !HFCORE_HAS (event, newer_number));
  return 0;
}

static int
on_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  (void) ctx;
  repos++;
  MUST (HFCORE_HAS (repo, refs) && !HFCORE_HAS (repo, newer_number));
  MUST (repo->revision_count == 1 && !HFCORE_HAS (repo->revisions[0], newer_number));
  return 0;
}

static int
on_plugin (void *ctx, const struct hfcore_plugin_info *info)
{
  (void) ctx;
  plugins++;
  MUST (HFCORE_HAS (info, problem) && !HFCORE_HAS (info, newer_number));
  return 0;
}

static void
fail_once (struct hfcore *cache, const char *repo_id)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  struct hfcore_result *result = NULL;
  FILL (&error);
  ask.repo_id = repo_id;
  ask.path = "nothing-has-this-name";
  MUST (hfcore_download_file (cache, &ask, &result, &error) == HFCORE_E_NOTFOUND);
  MUST (error.size == sizeof error && error.missing == HFCORE_MISSING_FILE && error.message[0]);
  MUST (!result && IS_FILLED (&error));
}

static void
get (struct hfcore *cache, const char *repo_id, const char *path)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  struct hfcore_result *result = NULL;
  int32_t state = HFCORE_LOOKUP_UNKNOWN;
  char found[4096];
  FILL (&ask);
  ask.repo_id = repo_id;
  ask.path = path;
  ask.event = on_event;
  MUST (hfcore_download_file (cache, &ask, &result, &error) == HFCORE_OK);
  if (!result)
    return;
  MUST (HFCORE_HAS (result, files) && !HFCORE_HAS (result, newer_number));
  MUST (result->count == 1 && !HFCORE_HAS (result->files[0], newer_number));
  MUST (hfcore_lookup (cache, NULL, repo_id, NULL, path, &state, found, sizeof found, &error)
        == HFCORE_OK);
  MUST (state == HFCORE_LOOKUP_FOUND && strcmp (found, result->path) == 0 && events > 0);
  puts (result->path);
  hfcore_result_free (result);
}

static void
look_around (struct hfcore *cache)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  struct hfcore_scan_sum sum = { .size = sizeof sum };
  struct hfcore_plugin_info info = { .size = sizeof info };
  FILL (&ask);
  FILL (&sum);
  FILL (&info);
  ask.repo = on_repo;
  MUST (hfcore_scan (cache, &ask, &sum, &error) == HFCORE_OK);
  MUST (sum.size == sizeof sum && sum.repos == 1 && repos == 1 && IS_FILLED (&sum));
  MUST (hfcore_plugin_each (cache, on_plugin, NULL) == HFCORE_OK && plugins > 1);
  MUST (hfcore_plugin_find (cache, "auto", &info, &error) == HFCORE_OK);
  MUST (info.size == sizeof info && strcmp (info.name, "auto") == 0 && IS_FILLED (&info));
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  struct hfcore *cache;
  FILL (&options);
  if (argc != 3 || hfcore_open (&options, &cache, &error) != HFCORE_OK)
    return fprintf (stderr, "%s\n", error.message), 2;
  fail_once (cache, argv[1]);
  get (cache, argv[1], argv[2]);
  look_around (cache);
  hfcore_close (cache);
  return failures != 0;
}
