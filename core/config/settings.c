/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: the layers, one over the other. See settings.h.  */
#include "core/config/settings_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/text.h"

#define FILE_NAME "hfcore/hfcore.yaml"

int
settings_warn (struct settings_parts *parts, struct hfcore_error *error, const char *format, ...)
{
  struct settings *settings = &parts->settings;
  char line[sizeof error->message], clean[sizeof line];
  va_list args;
  va_start (args, format);
  vsnprintf (line, sizeof line, format, args);
  va_end (args);
  text_one_line (clean, sizeof clean, line);
  char **warnings = pool_get (&parts->pool, settings->warning_count + 1, sizeof *warnings);
  if (!warnings)
    return config_no_memory (error);
  for (size_t i = 0; i < settings->warning_count; i++)
    warnings[i] = settings->warnings[i];
  warnings[settings->warning_count] = pool_copy (&parts->pool, clean);
  if (!warnings[settings->warning_count])
    return config_no_memory (error);
  settings->warnings = warnings;
  settings->warning_count++;
  return HFCORE_OK;
}

/* ---- files ---- */

static int
read_layer (struct settings_parts *parts, char *file, enum settings_layer layer, bool must_exist,
            struct hfcore_error *error)
{
  struct settings *settings = &parts->settings;
  if (!file)
    return config_no_memory (error);
  if (!settings->files)
    {
      settings->files = pool_get (&parts->pool, 2, sizeof *settings->files);
      settings->file_found = pool_get (&parts->pool, 2, sizeof *settings->file_found);
      if (!settings->files || !settings->file_found)
        return config_no_memory (error);
    }
  size_t index = settings->file_count++;
  settings->files[index] = file;
  return settings_read_file (parts, file, layer, must_exist, &settings->file_found[index], error);
}

static int
read_users_file (struct settings_parts *parts, const struct settings_request *request,
                 struct hfcore_error *error)
{
  struct pool *pool = &parts->pool;
  if (request->config_file)
    return read_layer (parts, settings_expand_flag (parts, request->config_file), SETTINGS_USER,
                       true, error);
  const char *named = settings_variable (parts, "HFCORE_CONFIG");
  if (named)
    return read_layer (parts, pool_adopt (pool, files_expand (named)), SETTINGS_USER, true, error);
  const char *folder = settings_variable (parts, "XDG_CONFIG_HOME");
  if (folder && *folder == '/')
    return read_layer (parts, pool_format (pool, "%s/" FILE_NAME, folder), SETTINGS_USER, false,
                       error);
  folder = settings_variable (parts, "HOME");
  if (!folder)
    return HFCORE_OK;
  return read_layer (parts, pool_format (pool, "%s/.config/" FILE_NAME, folder), SETTINGS_USER,
                     false, error);
}

static int
read_files (struct settings_parts *parts, const struct settings_request *request,
            struct hfcore_error *error)
{
  const char *system
      = request->system_file ? request->system_file : HFCORE_SYSCONFDIR "/" FILE_NAME;
  if (request->no_files)
    return HFCORE_OK;
  int code = read_layer (parts, pool_copy (&parts->pool, system), SETTINGS_SYSTEM, false, error);
  return code ? code : read_users_file (parts, request, error);
}

/* ---- all of it ---- */

static struct settings_parts *
new_parts (bool uses_environment)
{
  struct settings_parts *parts = calloc (1, sizeof *parts);
  if (parts)
    parts->uses_environment = uses_environment;
  return parts;
}

/* What comes over the files; ends the loading: `parts` is handed on or freed.  */
static int
finish (struct settings_parts *parts, const struct settings_request *request, int code,
        struct settings **settings, struct hfcore_error *error)
{
  if (!code)
    code = settings_default_chains (parts, error);
  if (!code)
    code = settings_apply_environment (parts, error);
  if (!code)
    code = settings_apply_flags (parts, request, error);
  if (!code)
    code = settings_apply_roots (parts, request, error);
  if (code)
    settings_free (&parts->settings);
  else
    *settings = &parts->settings;
  return code;
}

int
settings_load (const struct settings_request *request, struct settings **settings,
               struct hfcore_error *error)
{
  struct settings_parts *parts = new_parts (true);
  if (!parts)
    return config_no_memory (error);
  int code = settings_put_defaults (parts, error);
  if (!code)
    code = read_files (parts, request, error);
  return finish (parts, request, code, settings, error);
}

int
settings_load_file (const char *file, struct settings **settings, struct hfcore_error *error)
{
  const struct settings_request request = { .config_file = file };
  struct settings_parts *parts = new_parts (false);
  if (!parts)
    return config_no_memory (error);
  int code = settings_put_defaults (parts, error);
  if (!code)
    code = read_users_file (parts, &request, error);
  return finish (parts, &request, code, settings, error);
}

void
settings_free (struct settings *settings)
{
  struct settings_parts *parts = (struct settings_parts *) settings;
  if (!parts)
    return;
  pool_free (&parts->pool);
  free (parts);
}
