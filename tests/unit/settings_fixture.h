/* SPDX-License-Identifier: Apache-2.0 */
/* settings_fixture.h: what the tests of settings share: a clean environment and ways to load.  */
#ifndef HFCORE_TESTS_SETTINGS_FIXTURE_H
#define HFCORE_TESTS_SETTINGS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "core/config/settings.h"
#include "tests/check.h"

#define UNUSED __attribute__ ((unused))

static struct hfcore_error error;

/* No variable that counts, and a home of our own: check_folder ().  */
UNUSED static void
clean_environment (void)
{
  static const char *const names[] = { "HF_HOME",
                                       "HF_HUB_CACHE",
                                       "HUGGINGFACE_HUB_CACHE",
                                       "HF_ASSETS_CACHE",
                                       "HUGGINGFACE_ASSETS_CACHE",
                                       "HF_ENDPOINT",
                                       "HUGGINGFACE_CO_STAGING",
                                       "HF_TOKEN",
                                       "HUGGING_FACE_HUB_TOKEN",
                                       "HF_TOKEN_PATH",
                                       "HF_HUB_OFFLINE",
                                       "TRANSFORMERS_OFFLINE",
                                       "HF_HUB_ETAG_TIMEOUT",
                                       "HF_HUB_DOWNLOAD_TIMEOUT",
                                       "HF_HUB_DISABLE_IMPLICIT_TOKEN",
                                       "HF_HUB_DISABLE_PROGRESS_BARS",
                                       "HF_HUB_VERBOSITY",
                                       "HF_DEBUG",
                                       "HF_HUB_DISABLE_SYMLINKS",
                                       "HF_HUB_DISABLE_SYMLINKS_WARNING",
                                       "HF_HUB_USER_AGENT_ORIGIN",
                                       "HF_HUB_DISABLE_TELEMETRY",
                                       "DISABLE_TELEMETRY",
                                       "DO_NOT_TRACK",
                                       "HFCORE_CONFIG",
                                       "XDG_CONFIG_HOME",
                                       "XDG_CACHE_HOME",
                                       "CHECK_VARIABLE" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unsetenv (names[i]);
  setenv ("HOME", check_folder (), 1);
  umask (022); /* else others might write to what a test writes */
}

/* As settings_load, without the machine's own file. NULL: `error` says why.  */
UNUSED static struct settings *
load_request (struct settings_request request)
{
  struct settings *settings = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  if (!request.system_file)
    request.system_file = check_path ("absent/system.yaml");
  int code = settings_load (&request, &settings, &error);
  CU_ASSERT_EQUAL (code, error.code);
  CU_ASSERT_EQUAL (code == HFCORE_OK, settings != NULL);
  if (code)
    fprintf (stderr, "  [%s]\n", error.message);
  return settings;
}

/* With this text as the user's file.  */
UNUSED static struct settings *
load_text (const char *text)
{
  return load_request ((struct settings_request){ .config_file = check_write ("test.yaml", text) });
}

/* Nothing but the environment.  */
UNUSED static struct settings *
load_nothing (void)
{
  return load_request ((struct settings_request){ .no_files = true });
}

/* The text is refused with FILE in front of `message`.  */
UNUSED static void
refuses (const char *text, const char *message)
{
  char whole[1024];
  const char *file = check_write ("test.yaml", text);
  struct settings *settings = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  CU_ASSERT_EQUAL (settings_load_file (file, &settings, &error), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (error.code, HFCORE_E_CONFIG);
  snprintf (whole, sizeof whole, "%s:%s", file, message);
  CHECK_STRING (error.message, whole);
  settings_free (settings);
}

/* The request is refused with exactly this.  */
UNUSED static void
refuses_request (struct settings_request request, const char *message)
{
  struct settings *settings = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  if (!request.system_file)
    request.system_file = check_path ("absent/system.yaml");
  CU_ASSERT_EQUAL (settings_load (&request, &settings, &error), HFCORE_E_CONFIG);
  CHECK_STRING (error.message, message);
  settings_free (settings);
}

/* Value and origin of a scalar.  */
UNUSED static void
has (const struct settings *settings, const char *key, const char *text, enum settings_layer layer,
     const char *name)
{
  const struct settings_value *value = settings_get (settings, key);
  CU_ASSERT_PTR_NOT_NULL_FATAL (value);
  CHECK_STRING (settings_text (settings, key), text);
  CU_ASSERT_EQUAL (value->origin.layer, layer);
  CHECK_STRING (value->origin.name, name);
}

UNUSED static const struct settings_value *
option (const struct settings_chain *chain, size_t index, const char *key)
{
  const struct settings_instance *instance = &chain->items[index];
  for (size_t i = 0; index < chain->count && i < instance->option_count; i++)
    if (strcmp (instance->options[i].key, key) == 0)
      return &instance->options[i];
  return NULL;
}

/* Value and origin of an option of an entry; `text` NULL: there is none.  */
UNUSED static void
entry_has (const struct settings_chain *chain, size_t index, const char *key, const char *text,
           enum settings_layer layer, const char *name)
{
  const struct settings_value *value = option (chain, index, key);
  CHECK_STRING (value ? value->items[0] : NULL, text);
  if (!value)
    return;
  CU_ASSERT_EQUAL (value->origin.layer, layer);
  CHECK_STRING (value->origin.name, name);
}

#endif
