/* SPDX-License-Identifier: Apache-2.0 */
/* settings_environment.c: what variables and flags say of the scalars (spec 1.1, 11).  */
#include "core/config/settings_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/config/config_error.h"
#include "core/util/os.h"

const char *
settings_variable (const struct settings_parts *parts, const char *name)
{
  return parts->uses_environment ? os_getenv (name) : NULL;
}

bool
settings_is_true (const char *text)
{
  static const char *const words[] = { "1", "on", "yes", "true" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp (text, words[i]) == 0)
      return true;
  return false;
}

/* Python's int (): blanks around, a sign, digits.  */
static int
read_seconds (const char *name, const char *text, long *seconds, struct hfcore_error *error)
{
  char *end;
  errno = 0;
  *seconds = strtol (text, &end, 10);
  bool digits = end != text;
  end += strspn (end, " \t\n\r\f\v");
  if (!digits || *end || errno || *seconds < 0)
    return config_fail (error, name, "expects a whole number of seconds, not `%.80s`", text);
  return HFCORE_OK;
}

static int
put_seconds (struct settings_parts *parts, size_t row, const struct settings_origin *origin,
             const char *text, struct hfcore_error *error)
{
  long seconds = 0;
  int code = read_seconds (origin->name, text, &seconds, error);
  if (code || seconds == 0)
    return code;
  char *duration = pool_format (&parts->pool, "%lds", seconds);
  return duration ? settings_put (parts, row, duration, origin, error) : config_no_memory (error);
}

static int
put_level (struct settings_parts *parts, size_t row, const struct settings_origin *origin,
           const char *text, struct hfcore_error *error)
{
  static const struct
  {
    const char *theirs, *ours;
  } levels[] = { { "critical", "error" },
                 { "error", "error" },
                 { "warning", "warning" },
                 { "info", "info" },
                 { "debug", "debug" } };
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (strcasecmp (text, levels[i].theirs) == 0)
      return settings_put (parts, row, levels[i].ours, origin, error);
  return settings_warn (
      parts, error, "%s: there is no level `%.40s`: use debug, info, warning, error or critical",
      origin->name, text);
}

static int
put_text (struct settings_parts *parts, size_t row, const struct settings_origin *origin,
          const char *text, struct hfcore_error *error)
{
  if (!(settings_table[row].option.flags & HFCORE_OPTION_SECRET))
    return settings_put (parts, row, text, origin, error);
  char *token = pool_copy (&parts->pool, text);
  if (!token)
    return config_no_memory (error);
  settings_clean_token (token);
  return *token ? settings_put (parts, row, token, origin, error) : HFCORE_OK;
}

/* Let the variable say what it says; the row's origin tells whether it said anything.  */
static int
read_variable (struct settings_parts *parts, size_t row, const struct settings_variable *variable,
               const char *text, struct hfcore_error *error)
{
  const struct settings_origin origin = { .layer = SETTINGS_ENVIRONMENT, .name = variable->name };
  bool yes = settings_is_true (text);
  const char *says = NULL;
  switch (variable->reading)
    {
    case SETTINGS_READ_TEXT:
      return put_text (parts, row, &origin, text, error);
    case SETTINGS_READ_SECONDS:
      return put_seconds (parts, row, &origin, text, error);
    case SETTINGS_READ_LEVEL:
      return put_level (parts, row, &origin, text, error);
    case SETTINGS_READ_TRUE:
      says = yes ? "yes" : "no";
      break;
    case SETTINGS_READ_NOT:
      says = yes ? "no" : "yes";
      break;
    case SETTINGS_READ_OPT_OUT:
      says = yes ? "no" : NULL;
      break;
    case SETTINGS_READ_DEBUG:
      says = yes ? "debug" : NULL;
      break;
    case SETTINGS_READ_BARS:
      says = yes ? "no" : "auto";
      break;
    }
  return says ? settings_put (parts, row, says, &origin, error) : HFCORE_OK;
}

int
settings_apply_environment (struct settings_parts *parts, struct hfcore_error *error)
{
  const struct settings_value *values = parts->settings.values;
  for (size_t row = 0; row < settings_table_count; row++)
    for (const struct settings_variable *variable = settings_table[row].variables;
         variable->name && values[row].origin.layer < SETTINGS_ENVIRONMENT; variable++)
      {
        const char *text = settings_variable (parts, variable->name);
        int code = text ? read_variable (parts, row, variable, text, error) : HFCORE_OK;
        if (code)
          return code;
      }
  return HFCORE_OK;
}

int
settings_apply_flags (struct settings_parts *parts, const struct settings_request *request,
                      struct hfcore_error *error)
{
  const struct settings_origin offline = { .layer = SETTINGS_FLAG, .name = "--offline" };
  const struct settings_origin token = { .layer = SETTINGS_FLAG, .name = "--token" };
  int code = HFCORE_OK;
  if (request->offline)
    code = settings_put (parts, settings_row ("offline"), "yes", &offline, error);
  if (code || !request->token)
    return code;
  char *text = pool_copy (&parts->pool, request->token);
  if (!text)
    return config_no_memory (error);
  settings_clean_token (text);
  return settings_put (parts, settings_row ("token"), text, &token, error);
}
