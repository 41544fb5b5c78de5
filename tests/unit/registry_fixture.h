/* SPDX-License-Identifier: Apache-2.0 */
/* registry_fixture.h: a registry over a configuration's text and the test modules.  */
#ifndef HFCORE_TESTS_REGISTRY_FIXTURE_H
#define HFCORE_TESTS_REGISTRY_FIXTURE_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "core/plugin/call.h"
#include "core/plugin/registry.h"
#include "tests/check.h"
#include "tests/support/plugins/memory.h"
#include "tests/support/plugins/modules.h"
#include "tests/unit/plugin_fixture.h"

/* A registry over YAML text and all test modules, and what it logs.  */
struct house
{
  struct loader_path path;
  struct settings *settings;
  struct registry *registry;
  struct host_log log;
  struct hfcore_call call;
  struct hfcore_error error;
  char lines[4096]; /* of the log, joined by ";"  */
};

static void
house_hear (void *ctx, int level, const char *line)
{
  struct house *house = ctx;
  (void) level;
  size_t len = strlen (house->lines);
  snprintf (house->lines + len, sizeof house->lines - len, "%s;", line);
}

static void
house_load (struct house *house, const char *yaml)
{
  static const char *const variables[]
      = { "HF_TOKEN",    "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME",
          "HF_ENDPOINT", "HFCORE_CONFIG" };
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    unsetenv (variables[i]);
  setenv ("HOME", check_folder (), 1);
  const char *file = check_write ("config.yaml", yaml);
  if (chmod (file, 0644) < 0)
    exit (99);
  house->log = (struct host_log){ .write = house_hear, .ctx = house, .level = HFCORE_LOG_INFO };
  call_init (&house->call, NULL);
  if (settings_load_file (file, &house->settings, &house->error) != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", house->error.message);
      exit (99);
    }
  house->path = modules_all ();
}

static void
house_open (struct house *house, const char *yaml)
{
  house_load (house, yaml);
  int code
      = registry_new (house->settings, &house->path, &house->log, &house->registry, &house->error);
  CU_ASSERT_EQUAL_FATAL (code, HFCORE_OK);
}

static void
house_close (struct house *house)
{
  registry_free (house->registry);
  settings_free (house->settings);
  loader_path_free (&house->path);
  call_done (&house->call);
}

#define HOUSE __attribute__ ((cleanup (house_close))) struct house

/* Storage `index`, which must open.  */
static const struct hfcore_storage *
storage_of (struct house *house, size_t index)
{
  const struct hfcore_storage *storage = NULL;
  int code = registry_storage (house->registry, index, &house->call, &storage);
  if (code)
    fprintf (stderr, "%s\n", house->call.error.message);
  CU_ASSERT_EQUAL_FATAL (code, HFCORE_OK);
  return storage;
}

/* How often hfcore-test-memory's op was entered.  */
static int
count_of (enum memory_op op)
{
  void *module = dlopen (check_path ("modules/hfcore-test-memory.so"), RTLD_NOW | RTLD_NOLOAD);
  CU_ASSERT_PTR_NOT_NULL_FATAL (module);
  memory_counts *counts = dlsym (module, "memory_calls");
  int count = atomic_load (&(*counts)[op]);
  dlclose (module);
  return count;
}

#endif
