/* SPDX-License-Identifier: Apache-2.0 */
/* settings_table.c: the scalars of the configuration: names, types, defaults, variables.  */
#include "core/config/settings_parts.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/config/option_table.h"
#include "core/util/cleanup.h"
#include "core/util/pin.h"

#define TEXT     HFCORE_OPTION_TEXT
#define PATH     HFCORE_OPTION_PATH
#define INT      HFCORE_OPTION_INT
#define BOOL     HFCORE_OPTION_BOOL
#define SIZE     HFCORE_OPTION_SIZE
#define DURATION HFCORE_OPTION_DURATION

/* Where `home` and `token-path` are by default is worked out in settings_roots.c.  */
const struct settings_row settings_table[] = {
  { .option = { "home", PATH, 0, NULL, "where hub, assets and token are by default" },
    .variables = { { "HF_HOME", SETTINGS_READ_TEXT } } },
  { .option = { "offline", BOOL, 0, "no", "never use the network" },
    .variables = { { "HF_HUB_OFFLINE", SETTINGS_READ_TRUE },
                   { "TRANSFORMERS_OFFLINE", SETTINGS_READ_TRUE } } },
  { .option = { "max-workers", INT, 0, "8", "files of a snapshot that are fetched at once" },
    .least = 1,
    .most = 64 },
  { .option
    = { "max-connections", INT, 0, "8", "connections that may bring large files, all together" },
    .least = 1,
    .most = 16 },
  { .option = { "durable", BOOL, 0, "yes", "write blobs to the disk before they get their name" } },
  { .option = { "retries", INT, 0, "5", "how often a failed request is sent again" },
    .least = 0,
    .most = 100 },
  { .option
    = { "retry-pause", DURATION, 0, "1s", "the first pause; each next one is twice as long" },
    .least = 0,
    .most = INT_MAX },
  { .option = { "retry-pause-max", DURATION, 0, "8s", "the longest pause" },
    .least = 0,
    .most = INT_MAX },
  { .option
    = { "etag-timeout", DURATION, 0, "10s", "how long to wait for what is known of a file" },
    .least = 1,
    .most = INT_MAX,
    .variables = { { "HF_HUB_ETAG_TIMEOUT", SETTINGS_READ_SECONDS } } },
  { .option = { "download-timeout", DURATION, 0, "10s", "how long a transfer may stand still" },
    .least = 1,
    .most = INT_MAX,
    .variables = { { "HF_HUB_DOWNLOAD_TIMEOUT", SETTINGS_READ_SECONDS } } },
  { .option = { "token", TEXT, HFCORE_OPTION_SECRET, "auto", "the token for the Hub" },
    .variables
    = { { "HF_TOKEN", SETTINGS_READ_TEXT }, { "HUGGING_FACE_HUB_TOKEN", SETTINGS_READ_TEXT } } },
  { .option = { "token-path", PATH, 0, NULL, "the file that holds the token" },
    .variables = { { "HF_TOKEN_PATH", SETTINGS_READ_TEXT } } },
  { .option = { "implicit-token", BOOL, 0, "yes", "send a token that no flag gave" },
    .variables = { { "HF_HUB_DISABLE_IMPLICIT_TOKEN", SETTINGS_READ_NOT } } },
  { .option = { "progress-bars", TEXT, 0, "auto", "auto: on a terminal; yes: always; no: never" },
    .choices = { "auto", "yes", "no" },
    .variables = { { "HF_HUB_DISABLE_PROGRESS_BARS", SETTINGS_READ_BARS } } },
  { .option = { "log-level", TEXT, 0, "warning", "the least urgent messages that are shown" },
    .choices = { "error", "warning", "info", "debug" },
    .variables
    = { { "HF_DEBUG", SETTINGS_READ_DEBUG }, { "HF_HUB_VERBOSITY", SETTINGS_READ_LEVEL } } },
  { .option = { "symlinks", BOOL, 0, "yes", "let snapshots be links to blobs where that works" },
    .variables = { { "HF_HUB_DISABLE_SYMLINKS", SETTINGS_READ_NOT } } },
  { .option = { "symlinks-warning", BOOL, 0, "yes", "warn where links do not work" },
    .variables = { { "HF_HUB_DISABLE_SYMLINKS_WARNING", SETTINGS_READ_NOT } } },
  { .option = { "user-agent-origin", TEXT, 0, NULL, "put into the user agent as origin/…" },
    .variables = { { "HF_HUB_USER_AGENT_ORIGIN", SETTINGS_READ_TEXT } } },
  { .option = { "telemetry", BOOL, 0, "yes", "tell the libcurl version in the user agent" },
    .variables = { { "HF_HUB_DISABLE_TELEMETRY", SETTINGS_READ_OPT_OUT },
                   { "DISABLE_TELEMETRY", SETTINGS_READ_OPT_OUT },
                   { "DO_NOT_TRACK", SETTINGS_READ_OPT_OUT } } },
  { .option = { "plugin-path", HFCORE_OPTION_LIST, 0, NULL, "folders with plugins" } },
  { .option = { "max-size", SIZE, 0, "0", "what the cache may grow to; 0: as the disk allows" } },
  { .option = { "pin", HFCORE_OPTION_LIST, 0, NULL, "repositories that are never freed" },
    .check = pin_check },
};
const size_t settings_table_count = sizeof settings_table / sizeof *settings_table;

size_t
settings_row (const char *key)
{
  size_t row = 0;
  while (row < settings_table_count && strcmp (settings_table[row].option.key, key) != 0)
    row++;
  return row;
}

/* "auto, yes or no"  */
static void
list_choices (const struct settings_row *row, char *to, size_t room)
{
  size_t len = 0;
  for (const char *const *choice = row->choices; *choice && len < room; choice++)
    {
      const char *joint = choice == row->choices ? "" : choice[1] ? ", " : " or ";
      len += (size_t) snprintf (to + len, room - len, "%s%s", joint, *choice);
    }
}

/* NULL, or what was expected: static text or in `room`.  */
static const char *
check_text (const struct settings_row *row, const char *text, char room[128])
{
  bool is_list = row->option.type == HFCORE_OPTION_LIST;
  int64_t number = 0;
  if (row->check)
    return row->check (text);
  const char *expected
      = option_table_parse (is_list ? HFCORE_OPTION_PATH : row->option.type, text, &number);
  if (expected)
    return expected;
  if (row->most && (number < row->least || number > row->most))
    {
      const char *unit = row->option.type == DURATION ? "ms" : "";
      snprintf (room, 128, "a value from %" PRId64 "%s to %" PRId64 "%s", row->least, unit,
                row->most, unit);
      return room;
    }
  if (!row->choices[0])
    return NULL;
  for (const char *const *choice = row->choices; *choice; choice++)
    if (strcmp (*choice, text) == 0)
      return NULL;
  list_choices (row, room, 128);
  return room;
}

static int
fail_value (const struct hfcore_option *option, const char *expected, const char *text,
            const struct settings_origin *origin, struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  return config_fail (error, settings_where (origin, where, sizeof where),
                      "`%s` expects %s, not `%.80s`", option->key, expected, text);
}

int
settings_put_list (struct settings_parts *parts, size_t row, char *const *items, size_t count,
                   const struct settings_origin *origin, struct hfcore_error *error)
{
  const struct hfcore_option *option = &settings_table[row].option;
  bool is_list = option->type == HFCORE_OPTION_LIST;
  bool is_path = (is_list && !settings_table[row].check) || option->type == PATH;
  struct settings_value *value = &parts->settings.values[row];
  char **copies = pool_get (&parts->pool, count + 1, sizeof *copies);
  if (!copies)
    return config_no_memory (error);
  for (size_t i = 0; i < count; i++)
    {
      char room[128];
      /* A token is checked when it is needed: a bad one is no reason to refuse a look-up.  */
      const char *expected = option->flags & HFCORE_OPTION_SECRET
                                 ? NULL
                                 : check_text (&settings_table[row], items[i], room);
      if (expected)
        return fail_value (option, expected, items[i], origin, error);
      copies[i] = is_path ? pool_adopt (&parts->pool, option_table_normal (PATH, items[i], true))
                          : pool_copy (&parts->pool, items[i]);
      if (!copies[i])
        return config_no_memory (error);
      expected = is_path ? option_table_check_expanded (copies[i]) : NULL;
      if (expected)
        return fail_value (option, expected, items[i], origin, error);
    }
  value->items = copies;
  value->count = count;
  value->is_list = is_list;
  value->origin = *origin;
  return HFCORE_OK;
}

int
settings_put (struct settings_parts *parts, size_t row, const char *text,
              const struct settings_origin *origin, struct hfcore_error *error)
{
  return settings_put_list (parts, row, &(char *){ (char *) text }, 1, origin, error);
}

int
settings_put_defaults (struct settings_parts *parts, struct hfcore_error *error)
{
  struct settings *settings = &parts->settings;
  settings->values = pool_get (&parts->pool, settings_table_count, sizeof *settings->values);
  char **items = pool_get (&parts->pool, settings_table_count, sizeof *items);
  if (!settings->values || !items)
    return config_no_memory (error);
  settings->value_count = settings_table_count;
  for (size_t i = 0; i < settings_table_count; i++)
    {
      const struct hfcore_option *option = &settings_table[i].option;
      items[i] = (char *) option->fallback;
      settings->values[i]
          = (struct settings_value){ .key = (char *) option->key,
                                     .items = option->fallback ? &items[i] : NULL,
                                     .count = option->fallback != NULL,
                                     .is_list = option->type == HFCORE_OPTION_LIST,
                                     .origin = { .layer = SETTINGS_DEFAULT, .name = "default" } };
    }
  return HFCORE_OK;
}
