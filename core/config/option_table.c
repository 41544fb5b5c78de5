/* SPDX-License-Identifier: Apache-2.0 */
/* option_table.c: see option_table.h.  */
#include "core/config/option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/config/config_error.h"
#include "core/config/pool.h"
#include "core/util/files.h"
#include "core/util/text.h"

/* What option_table_check allocates; `settings` first, so that the rest is found by it.  */
struct checked_options
{
  struct hfcore_settings settings;
  struct pool pool;
};

/* ---- one text ---- */

static const char *
parse_int (const char *text, int64_t *number)
{
  static const char expected[] = "a whole number";
  const char *digits = text + (*text == '-' || *text == '+');
  if (!*digits || strspn (digits, "0123456789") != strlen (digits))
    return expected;
  errno = 0;
  long long value = strtoll (text, NULL, 10);
  if (errno)
    return expected;
  *number = value;
  return NULL;
}

static const char *
parse_bool (const char *text, int64_t *number)
{
  static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp (text, words[i]) == 0)
      {
        *number = i % 2;
        return NULL;
      }
  return "yes or no";
}

static const char *
parse_size (const char *text, int64_t *number)
{
  unsigned long long bytes;
  if (text_parse_size (text, &bytes) < 0 || bytes > INT64_MAX)
    return "a size such as 512, 20MB or 4GiB";
  *number = (int64_t) bytes;
  return NULL;
}

static const char *
parse_duration (const char *text, int64_t *number)
{
  long long ms;
  if (text_parse_duration (text, &ms) < 0)
    return "a duration such as 250ms, 10s, 5m or 2h";
  *number = ms;
  return NULL;
}

static const char *
parse_url (const char *text)
{
  size_t scheme = strncasecmp (text, "https://", 8) == 0  ? 8
                  : strncasecmp (text, "http://", 7) == 0 ? 7
                                                          : 0;
  if (!scheme)
    return "a URL that begins with http:// or https://";
  for (const unsigned char *c = (const unsigned char *) text; *c; c++)
    if (*c <= 0x20 || *c >= 0x7f || strchr ("\\\"<>^`{|}", *c))
      return "a URL without blanks and special characters (write those as %XX)";
  size_t host = strcspn (text + scheme, "/?#");
  if (host == 0)
    return "a URL with a host";
  if (memchr (text + scheme, '@', host))
    return "a URL without user and password in it";
  return NULL;
}

static const char *
parse_text (const char *text)
{
  for (const unsigned char *c = (const unsigned char *) text; *c; c++)
    if (*c < 0x20 || *c == 0x7f)
      return "text without control characters";
  return NULL;
}

const char *
option_table_parse (int32_t type, const char *text, int64_t *number)
{
  switch (type)
    {
    case HFCORE_OPTION_INT:
      return parse_int (text, number);
    case HFCORE_OPTION_BOOL:
      return parse_bool (text, number);
    case HFCORE_OPTION_SIZE:
      return parse_size (text, number);
    case HFCORE_OPTION_DURATION:
      return parse_duration (text, number);
    case HFCORE_OPTION_URL:
      return parse_url (text);
    case HFCORE_OPTION_PATH:
      return *text ? NULL : "a path";
    default:
      return parse_text (text);
    }
}

const char *
option_table_type_name (int32_t type)
{
  static const char *const names[]
      = { [HFCORE_OPTION_TEXT] = "text",   [HFCORE_OPTION_PATH] = "path",
          [HFCORE_OPTION_INT] = "integer", [HFCORE_OPTION_BOOL] = "boolean",
          [HFCORE_OPTION_SIZE] = "size",   [HFCORE_OPTION_DURATION] = "duration",
          [HFCORE_OPTION_LIST] = "list",   [HFCORE_OPTION_URL] = "url" };
  return type >= 0 && (size_t) type < sizeof names / sizeof *names ? names[type] : "unknown";
}

char *
option_table_normal (int32_t type, const char *text, bool expand)
{
  if (type == HFCORE_OPTION_PATH && expand)
    return files_expand (text);
  size_t len = strlen (text);
  while (type == HFCORE_OPTION_URL && len && text[len - 1] == '/')
    len--;
  return strndup (text, len);
}

const char *
option_table_check_expanded (const char *path)
{
  if (*path == '~')
    return "a path (whose home folder is meant is unknown: is HOME set?)";
  return *path ? NULL : "a path (with its variables expanded, nothing is left)";
}

/* ---- the table ---- */

/* Row `index` of a table whose rows may be shorter or longer than ours.  */
static struct hfcore_option
row_of (const struct hfcore_option *table, size_t stride, size_t index)
{
  struct hfcore_option row = { 0 };
  memcpy (&row, (const char *) table + index * stride, stride < sizeof row ? stride : sizeof row);
  return row;
}

struct checking
{
  const struct hfcore_option *table;
  size_t stride;
  size_t count;
  const struct settings_instance *instance;
  struct checked_options *checked;
  struct hfcore_error *error;
};

/* The number of the row, or `count`.  */
static size_t
find_row (const struct checking *checking, const char *key)
{
  size_t i = 0;
  while (i < checking->count
         && strcmp (row_of (checking->table, checking->stride, i).key, key) != 0)
    i++;
  return i;
}

static int
fail_unknown (const struct checking *checking, const struct settings_value *option)
{
  static const char *const entry_keys[] = { "name", "plugin", "wraps", "access", "promote" };
  const size_t entry_count = sizeof entry_keys / sizeof *entry_keys;
  char where[CONFIG_WHERE_ROOM], hint[CONFIG_HINT_ROOM];
  const char **words
      = pool_get (&checking->checked->pool, checking->count + entry_count, sizeof *words);
  if (!words)
    return config_no_memory (checking->error);
  memcpy (words, entry_keys, sizeof entry_keys);
  for (size_t i = 0; i < checking->count; i++)
    words[entry_count + i] = row_of (checking->table, checking->stride, i).key;
  config_hint (option->key, words, entry_count + checking->count, hint);
  return config_fail (checking->error, settings_where (&option->origin, where, sizeof where),
                      "the plugin %s has no option `%s`%s", checking->instance->plugin, option->key,
                      hint);
}

/* `value`: the text that was refused; shown only where it cannot hold a secret.  */
static int
fail_value (const struct checking *checking, const struct hfcore_option *row,
            const struct settings_origin *origin, const char *expected, const char *value)
{
  char where[CONFIG_WHERE_ROOM];
  settings_where (origin, where, sizeof where);
  bool hide = (row->flags & HFCORE_OPTION_SECRET)
              || (row->type == HFCORE_OPTION_URL && strchr (value, '@'));
  return config_fail (checking->error, where, "`%s` of `%s` expects %s%s%.80s%s", row->key,
                      checking->instance->name, expected, hide ? "" : ", not `", hide ? "" : value,
                      hide ? "" : "`");
}

static int
fill_value (const struct checking *checking, const struct hfcore_option *row,
            const struct settings_value *written, bool expand, struct option_value *value)
{
  struct pool *pool = &checking->checked->pool;
  char **items = pool_get (pool, written->count + 1, sizeof *items);
  if (!items)
    return config_no_memory (checking->error);
  for (size_t i = 0; i < written->count; i++)
    {
      const char *text = written->items[i];
      const char *expected = option_table_parse (row->type, text, &value->number);
      if (expected)
        return fail_value (checking, row, &written->origin, expected, text);
      items[i] = pool_adopt (pool, option_table_normal (row->type, text, expand));
      if (!items[i])
        return config_no_memory (checking->error);
      expected = row->type == HFCORE_OPTION_PATH ? option_table_check_expanded (items[i]) : NULL;
      if (expected && expand)
        return fail_value (checking, row, &written->origin, expected, text);
    }
  value->items = items;
  value->count = written->count;
  return HFCORE_OK;
}

static int
check_written (const struct checking *checking, const struct settings_value *option)
{
  size_t index = find_row (checking, option->key);
  enum settings_layer layer = option->origin.layer;
  if (index == checking->count)
    return layer == SETTINGS_DEFAULT || layer == SETTINGS_ENVIRONMENT
               ? HFCORE_OK
               : fail_unknown (checking, option);
  struct hfcore_option row = row_of (checking->table, checking->stride, index);
  if (option->is_list && row.type != HFCORE_OPTION_LIST)
    {
      char where[CONFIG_WHERE_ROOM];
      return config_fail (checking->error, settings_where (&option->origin, where, sizeof where),
                          "`%s` of `%s` expects one value, not a list", row.key,
                          checking->instance->name);
    }
  return fill_value (checking, &row, option, layer == SETTINGS_SYSTEM || layer == SETTINGS_USER,
                     &checking->checked->settings.values[index]);
}

/* Where nothing was written: the table's default, or a complaint.  */
static int
fill_default (const struct checking *checking, size_t index)
{
  struct hfcore_option row = row_of (checking->table, checking->stride, index);
  struct option_value *value = &checking->checked->settings.values[index];
  if (value->items)
    return HFCORE_OK;
  struct settings_value fallback = { .items = &(char *){ (char *) row.fallback },
                                     .count = 1,
                                     .origin = checking->instance->origin };
  if (row.fallback)
    return fill_value (checking, &row, &fallback, true, value);
  if (!(row.flags & HFCORE_OPTION_REQUIRED))
    return HFCORE_OK;
  char where[CONFIG_WHERE_ROOM];
  return config_fail (checking->error,
                      settings_where (&checking->instance->origin, where, sizeof where),
                      "`%s` needs the option `%s` (%s) of the plugin %s", checking->instance->name,
                      row.key, option_table_type_name (row.type), checking->instance->plugin);
}

static int
check_all (const struct checking *checking)
{
  struct hfcore_settings *settings = &checking->checked->settings;
  settings->values
      = pool_get (&checking->checked->pool, checking->count + 1, sizeof *settings->values);
  if (!settings->values)
    return config_no_memory (checking->error);
  settings->count = checking->count;
  for (size_t i = 0; i < checking->count; i++)
    {
      struct hfcore_option row = row_of (checking->table, checking->stride, i);
      settings->values[i] = (struct option_value){ .key = row.key, .flags = row.flags };
    }
  for (size_t i = 0; i < checking->instance->option_count; i++)
    {
      int code = check_written (checking, &checking->instance->options[i]);
      if (code)
        return code;
    }
  for (size_t i = 0; i < checking->count; i++)
    {
      int code = fill_default (checking, i);
      if (code)
        return code;
    }
  return HFCORE_OK;
}

int
option_table_check (const struct hfcore_option *table, size_t stride,
                    const struct settings_instance *instance, struct hfcore_settings **checked,
                    struct hfcore_error *error)
{
  struct checking checking
      = { .table = table, .stride = stride, .instance = instance, .error = error };
  if (table && stride < offsetof (struct hfcore_option, help))
    return config_fail (error, NULL, "the plugin %s declares its options in a way that is unknown",
                        instance->plugin);
  while (table && row_of (table, stride, checking.count).key)
    checking.count++;
  checking.checked = calloc (1, sizeof *checking.checked);
  if (!checking.checked)
    return config_no_memory (error);
  int code = check_all (&checking);
  if (code)
    {
      option_table_free (&checking.checked->settings);
      return code;
    }
  *checked = &checking.checked->settings;
  return HFCORE_OK;
}

void
option_table_free (struct hfcore_settings *checked)
{
  struct checked_options *all = (struct checked_options *) checked;
  if (!all)
    return;
  pool_free (&all->pool);
  free (all);
}

const struct option_value *
option_table_get (const struct hfcore_settings *checked, const char *key)
{
  for (size_t i = 0; i < checked->count; i++)
    if (strcmp (checked->values[i].key, key) == 0)
      return &checked->values[i];
  return NULL;
}

int
option_table_put (struct hfcore_settings *checked, const char *key, const char *text)
{
  struct checked_options *all = (struct checked_options *) checked;
  struct option_value *value = (struct option_value *) option_table_get (checked, key);
  if (!value)
    return HFCORE_E_CONFIG;
  char **items = pool_get (&all->pool, 1, sizeof *items);
  if (!items || (text && !(items[0] = pool_copy (&all->pool, text))))
    return HFCORE_E_NOMEM;
  value->items = text ? items : NULL;
  value->count = text != NULL;
  return HFCORE_OK;
}
