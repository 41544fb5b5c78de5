/* SPDX-License-Identifier: Apache-2.0 */
/* settings_show.c: reading settings that are loaded, and printing them with where they came
 * from.  */
#include "core/config/settings_parts.h"

#include <stdio.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/config/option_table.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

const struct settings_value *
settings_get (const struct settings *settings, const char *key)
{
  size_t row = settings_row (key);
  return row < settings->value_count ? &settings->values[row] : NULL;
}

const char *
settings_text (const struct settings *settings, const char *key)
{
  const struct settings_value *value = settings_get (settings, key);
  return value && value->count ? value->items[0] : NULL;
}

int64_t
settings_number (const struct settings *settings, const char *key)
{
  const char *text = settings_text (settings, key);
  int64_t number = 0;
  if (text)
    option_table_parse (settings_table[settings_row (key)].option.type, text, &number);
  return number;
}

const char *
settings_where (const struct settings_origin *origin, char *to, size_t room)
{
  return config_where (origin->name ? origin->name : "default", origin->line, origin->column, to,
                       room);
}

/* ---- printing ---- */

struct printing
{
  int (*line) (void *ctx, const struct settings_line *line);
  void *ctx;
};

static const char *
layer_name (enum settings_layer layer)
{
  static const char *const names[] = { [SETTINGS_DEFAULT] = "default",
                                       [SETTINGS_SYSTEM] = "system file",
                                       [SETTINGS_USER] = "user file",
                                       [SETTINGS_ENVIRONMENT] = "environment",
                                       [SETTINGS_FLAG] = "flag" };
  return names[layer];
}

/* The plugin's table, which says what is secret, is not at hand: its word must do.  */
static bool
is_secret_key (const char *key)
{
  static const char *const words[] = { "token", "password",   "passwd",      "passphrase", "secret",
                                       "key",   "credential", "credentials", "environment" };
  const char *last = strrchr (key, '-');
  last = last ? last + 1 : key;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp (last, words[i]) == 0)
      return true;
  return false;
}

/* What stands where a secret could, but is none; and a URL's user and password are one.  */
static bool
is_hidden (bool secret, const char *text)
{
  const char *host = strstr (text, "://");
  if (host)
    {
      host += 3;
      if (memchr (host, '@', strcspn (host, "/?#")))
        return true;
    }
  return secret && *text && strcmp (text, "auto") != 0 && strcmp (text, "none") != 0
         && !text_starts_with (text, "${") && !text_starts_with (text, "file:");
}

static void
add_item (struct text *to, bool secret, const char *text)
{
  text_add (to, is_hidden (secret, text) ? "(hidden)" : text);
}

static int
print_text (const struct printing *printing, const char *key, const char *value,
            const struct settings_origin *origin)
{
  char where[CONFIG_WHERE_ROOM] = "";
  size_t room = strlen (value) + 1;
  CLEANUP_FREE char *clean = malloc (room);
  CLEANUP_TEXT struct text place = TEXT_LIMIT (8192);
  if (!clean)
    return HFCORE_E_NOMEM;
  text_one_line (clean, room, value);
  if (origin->line)
    text_addf (&place, "%s:%zu", origin->name, origin->line);
  else if (origin->layer != SETTINGS_DEFAULT)
    text_add (&place, origin->name);
  text_one_line (where, sizeof where, place.bytes && !place.failed ? place.bytes : "");
  const struct settings_line line
      = { .key = key, .value = clean, .layer = layer_name (origin->layer), .where = where };
  return printing->line (printing->ctx, &line);
}

static int
print_value (const struct printing *printing, const char *key, const struct settings_value *value,
             bool secret)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT (1 << 21);
  text_add (&text, value->is_list ? "[" : "");
  for (size_t i = 0; i < value->count; i++)
    {
      text_add (&text, i ? ", " : "");
      add_item (&text, secret, value->items[i]);
    }
  text_add (&text, value->is_list ? "]" : "");
  if (text.failed)
    return HFCORE_E_NOMEM;
  return print_text (printing, key, text.bytes, &value->origin);
}

static int
print_instance (const struct printing *printing, const char *prefix,
                const struct settings_instance *instance)
{
  CLEANUP_TEXT struct text key = TEXT_LIMIT (512);
  const struct
  {
    const char *key, *value;
  } own[] = { { "plugin", instance->plugin },
              { "wraps", instance->wraps },
              { "access", instance->read_only ? "read-only" : "read-write" },
              { "promote", instance->promote ? "yes" : NULL } };
  text_add (&key, prefix);
  size_t len = key.len;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    {
      key.len = len;
      text_addf (&key, ".%s", own[i].key);
      if (key.failed)
        return HFCORE_E_NOMEM;
      int code
          = own[i].value ? print_text (printing, key.bytes, own[i].value, &instance->origin) : 0;
      if (code)
        return code;
    }
  for (size_t i = 0; i < instance->option_count; i++)
    {
      const struct settings_value *option = &instance->options[i];
      key.len = len;
      text_addf (&key, ".%s", option->key);
      if (key.failed)
        return HFCORE_E_NOMEM;
      int code = print_value (printing, key.bytes, option, is_secret_key (option->key));
      if (code)
        return code;
    }
  return 0;
}

static int
print_chain (const struct printing *printing, const char *kind, const struct settings_chain *chain)
{
  for (size_t i = 0; i < chain->count; i++)
    {
      char prefix[128];
      snprintf (prefix, sizeof prefix, "%s.%s", kind, chain->items[i].name);
      int code = print_instance (printing, prefix, &chain->items[i]);
      if (code)
        return code;
    }
  return 0;
}

int
settings_each (const struct settings *settings,
               int (*line) (void *ctx, const struct settings_line *line), void *ctx)
{
  const struct printing printing = { .line = line, .ctx = ctx };
  for (size_t i = 0; i < settings->value_count; i++)
    {
      const struct settings_value *value = &settings->values[i];
      bool secret = settings_table[i].option.flags & HFCORE_OPTION_SECRET;
      int code = print_value (&printing, value->key, value, secret);
      if (code)
        return code;
    }
  int code = print_chain (&printing, "storage", &settings->storage);
  if (!code)
    code = print_chain (&printing, "transport", &settings->transport);
  if (!code)
    code = print_instance (&printing, "assets", &settings->assets.items[0]);
  return code;
}
