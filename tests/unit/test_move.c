/* SPDX-License-Identifier: Apache-2.0 */
/* test_move.c: hfcore_export and hfcore_import as an application calls them: wrong arguments, what
 * is not cached, what is no archive, stopping.  */
#include <hfcore/hfcore.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "tests/check.h"
#include "tests/support/plugins/modules.h"
#include "tests/unit/logbook.h"

static struct hfcore *cache;
static struct hfcore_error error = HFCORE_ERROR_INIT;
static FILE *file; /* where it goes and comes from  */

static void
open_cache (const char *access)
{
  static char config[4096], plugins[4096], yaml[4096];
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  snprintf (yaml, sizeof yaml,
            "storage: [ { name: s, plugin: test-shelf, root: \"%s/s\", access: %s } ]\n"
            "transport: []\n",
            check_folder (), access);
  setenv ("HOME", check_folder (), 1);
  modules_copy ("test-shelf", "modules", NULL);
  snprintf (config, sizeof config, "%s", check_write ("test.yaml", yaml));
  snprintf (plugins, sizeof plugins, "%s", check_path ("modules"));
  options.config_file = config;
  options.plugin_dir = plugins;
  options.log = logbook_write;
  logbook_clear ();
  CU_ASSERT_EQUAL_FATAL (hfcore_open (&options, &cache, &error), HFCORE_OK);
  file = tmpfile ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (file);
}

static void
close_cache (void)
{
  hfcore_close (cache);
  fclose (file);
}

static int
export_repo (const char *type, const char *id, const char *revision, int fd)
{
  const struct hfcore_export_item item
      = { .size = sizeof item, .repo_type = type, .repo_id = id, .revision = revision };
  const struct hfcore_export_item *const items[] = { &item };
  struct hfcore_export ask = HFCORE_EXPORT_INIT;
  ask.items = items;
  ask.count = 1;
  ask.fd = fd;
  return hfcore_export (cache, &ask, NULL, &error);
}

static int
import_file (const char *text)
{
  struct hfcore_import ask = HFCORE_IMPORT_INIT;
  rewind (file);
  fputs (text, file);
  fflush (file);
  rewind (file);
  ask.fd = fileno (file);
  ask.event = logbook_event;
  return hfcore_import (cache, &ask, NULL, &error);
}

static void
test_arguments (void)
{
  struct hfcore_export none = HFCORE_EXPORT_INIT;
  struct hfcore_import nothing = HFCORE_IMPORT_INIT;
  open_cache ("read-write");
  int fd = fileno (file);
  CU_ASSERT_EQUAL (hfcore_export (cache, &none, NULL, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (hfcore_import (cache, &nothing, NULL, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (export_repo (NULL, "org/name", NULL, -1), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (export_repo (NULL, NULL, NULL, fd), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (export_repo (NULL, "../x", NULL, fd), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (export_repo ("thing", "org/name", NULL, fd), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (export_repo (NULL, "org/name", "../x", fd), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (ftell (file), 0);
  close_cache ();
}

static void
test_not_cached (void)
{
  open_cache ("read-write");
  CU_ASSERT_EQUAL (export_repo (NULL, "org/name", NULL, fileno (file)), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (error.missing, HFCORE_MISSING_REPO);
  CHECK_CONTAINS (error.message, "org/name");
  CU_ASSERT_EQUAL (export_repo ("dataset", "org/name", "v1", fileno (file)), HFCORE_E_NOTFOUND);
  CU_ASSERT_EQUAL (error.missing, HFCORE_MISSING_REVISION);
  CHECK_CONTAINS (error.message, "v1");
  close_cache ();
}

static void
test_no_archive (void)
{
  open_cache ("read-write");
  CU_ASSERT_EQUAL (import_file (""), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (error.message, "is empty");
  CU_ASSERT_EQUAL (import_file ("this is no tar"), HFCORE_E_CORRUPT);
  CHECK_CONTAINS (error.message, "nothing was added");
  close_cache ();
}

static void
test_stopped (void)
{
  open_cache ("read-write");
  hfcore_cancel (cache);
  CU_ASSERT_EQUAL (import_file ("x"), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (export_repo (NULL, "org/name", NULL, fileno (file)), HFCORE_E_CANCELLED);
  close_cache ();
}

/* A slow writer does not hold up who wants to stop. When the pipe is empty again, more is waited
 * for.  */
static void *
cancel_when_read (void *pipe_)
{
  const int *ends = pipe_;
  int left = 1;
  for (int i = 0; i < 10000000 && ioctl (ends[0], FIONREAD, &left) == 0 && left > 0; i++)
    sched_yield ();
  hfcore_cancel (cache);
  return NULL;
}

static void
test_stopped_while_waiting (void)
{
  struct hfcore_import ask = HFCORE_IMPORT_INIT;
  int ends[2];
  pthread_t thread;
  open_cache ("read-write");
  CU_ASSERT_EQUAL_FATAL (pipe (ends), 0);
  CU_ASSERT_EQUAL (write (ends[1], "x", 1), 1);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, cancel_when_read, ends), 0);
  ask.fd = ends[0];
  CU_ASSERT_EQUAL (hfcore_import (cache, &ask, NULL, &error), HFCORE_E_CANCELLED);
  pthread_join (thread, NULL);
  close (ends[0]);
  close (ends[1]);
  close_cache ();
}

CHECK_MAIN ("move", { "arguments", test_arguments }, { "not cached", test_not_cached },
            { "no archive", test_no_archive }, { "stopped", test_stopped },
            { "stopped while waiting", test_stopped_while_waiting })
