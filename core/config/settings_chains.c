/* SPDX-License-Identifier: Apache-2.0 */
/* settings_chains.c: the entries of `storage:`, `transport:` and `assets:`, and the rules between
 * them. A plugin's own options are kept as they are written: option_table.c checks them.  */
#include "core/config/settings_parts.h"

#include <string.h>
#include "core/config/config_error.h"
#include "core/config/option_table.h"
#include "core/util/text.h"

struct chain_reading
{
  struct settings_parts *parts;
  const char *kind; /* "storage", "transport", "assets"                          */
  const struct settings_origin *file;
  const struct yaml_node *nodes; /* one for each entry                                        */
  struct settings_chain chain;
  struct hfcore_error *error;
};

static struct settings_origin
origin_of (const struct chain_reading *reading, const struct yaml_node *node)
{
  struct settings_origin origin = *reading->file;
  origin.line = node->line;
  origin.column = node->column;
  return origin;
}

#define FAIL(reading, node, ...)                                                                   \
  ({                                                                                               \
    char where_[CONFIG_WHERE_ROOM];                                                                \
    config_where ((reading)->file->name, (node)->line, (node)->column, where_, sizeof where_);     \
    config_fail ((reading)->error, where_, __VA_ARGS__);                                           \
  })

/* ---- one entry ---- */

static int
read_option (struct chain_reading *reading, const struct yaml_node *node,
             struct settings_value *value)
{
  struct pool *pool = &reading->parts->pool;
  bool is_list = node->kind == YAML_SEQUENCE;
  const struct yaml_node *items = is_list ? node->items : node;
  size_t count = is_list ? node->count : 1;
  *value = (struct settings_value){ .key = pool_copy (pool, node->key),
                                    .items = pool_get (pool, count + 1, sizeof *value->items),
                                    .count = count,
                                    .is_list = is_list,
                                    .origin = origin_of (reading, node) };
  if (!value->key || !value->items)
    return config_no_memory (reading->error);
  for (size_t i = 0; i < count; i++)
    {
      if (items[i].kind != YAML_SCALAR)
        return FAIL (reading, &items[i], "`%s` expects a text or a list of texts", node->key);
      if (items[i].is_null)
        return FAIL (reading, &items[i],
                     "`%s` needs a value (put `~` or `null` in quotes if you mean it)", node->key);
      value->items[i] = pool_copy (pool, items[i].scalar);
      if (!value->items[i])
        return config_no_memory (reading->error);
    }
  return HFCORE_OK;
}

static int
read_name (struct chain_reading *reading, const struct yaml_node *node, const char *letters,
           char **name)
{
  if (node->kind != YAML_SCALAR || node->is_null)
    return FAIL (reading, node, "`%s` expects a name", node->key);
  size_t len = strlen (node->scalar);
  if (len == 0 || len > 64 || strspn (node->scalar, letters) != len
      || strchr ("-._", node->scalar[0]))
    return FAIL (reading, node, "`%s` expects a name of small letters, digits%s, not `%.80s`",
                 node->key, strchr (letters, '_') ? ", `-`, `_` and `.`" : " and `-`",
                 node->scalar);
  *name = pool_copy (&reading->parts->pool, node->scalar);
  return *name ? HFCORE_OK : config_no_memory (reading->error);
}

static int
read_access (struct chain_reading *reading, const struct yaml_node *node, bool *read_only)
{
  *read_only = node->scalar && strcmp (node->scalar, "read-only") == 0;
  if (*read_only || (node->scalar && strcmp (node->scalar, "read-write") == 0))
    return HFCORE_OK;
  return FAIL (reading, node, "`access` expects read-only or read-write");
}

static int
read_promote (struct chain_reading *reading, const struct yaml_node *node, bool *promote)
{
  int64_t number = 0;
  const char *expected = node->kind == YAML_SCALAR && !node->is_null
                             ? option_table_parse (HFCORE_OPTION_BOOL, node->scalar, &number)
                             : "yes or no";
  *promote = number != 0;
  return expected ? FAIL (reading, node, "`promote` expects %s", expected) : HFCORE_OK;
}

static int
read_entry_key (struct chain_reading *reading, const struct yaml_node *node,
                struct settings_instance *instance)
{
#define PLUGIN_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
  if (strcmp (node->key, "name") == 0)
    return read_name (reading, node, PLUGIN_LETTERS "_.", &instance->name);
  if (strcmp (node->key, "plugin") == 0)
    return read_name (reading, node, PLUGIN_LETTERS, &instance->plugin);
  if (strcmp (node->key, "wraps") == 0)
    return read_name (reading, node, PLUGIN_LETTERS "_.", &instance->wraps);
  if (strcmp (node->key, "access") == 0)
    return read_access (reading, node, &instance->read_only);
  if (strcmp (node->key, "promote") == 0 && strcmp (reading->kind, "storage") == 0)
    return read_promote (reading, node, &instance->promote);
  return read_option (reading, node, &instance->options[instance->option_count++]);
}

static int
read_entry (struct chain_reading *reading, const struct yaml_node *node,
            struct settings_instance *instance)
{
  if (node->kind != YAML_MAPPING)
    return FAIL (reading, node, "an entry of `%s` is written `{ plugin: …, … }`", reading->kind);
  instance->origin = origin_of (reading, node);
  instance->options = pool_get (&reading->parts->pool, node->count + 1, sizeof *instance->options);
  if (!instance->options)
    return config_no_memory (reading->error);
  for (size_t i = 0; i < node->count; i++)
    {
      int code = read_entry_key (reading, &node->items[i], instance);
      if (code)
        return code;
    }
  if (!instance->plugin)
    {
      static const char *const wanted[] = { "plugin" };
      char hint[CONFIG_HINT_ROOM] = "";
      for (size_t i = 0; !*hint && i < node->count; i++)
        config_hint (node->items[i].key, wanted, 1, hint);
      return FAIL (reading, node, "this entry of `%s` does not say which plugin it is%s",
                   reading->kind, hint);
    }
  if (!instance->name)
    instance->name = instance->plugin;
  return HFCORE_OK;
}

/* ---- between entries ---- */

/* The number of the entry, or the chain's count.  */
static size_t
find_entry (const struct settings_chain *chain, const char *name)
{
  size_t i = 0;
  while (i < chain->count && strcmp (chain->items[i].name, name) != 0)
    i++;
  return i;
}

static int
check_name (const struct chain_reading *reading, size_t index)
{
  const struct settings_instance *instance = &reading->chain.items[index];
  size_t first = find_entry (&reading->chain, instance->name);
  if (first == index)
    return HFCORE_OK;
  return FAIL (reading, &reading->nodes[index],
               "%s `%s` is there already (line %zu): give each entry its own `name:`",
               reading->kind, instance->name, reading->chain.items[first].origin.line);
}

static int
fail_wraps_unknown (const struct chain_reading *reading, const struct yaml_node *node,
                    const char *wanted)
{
  char hint[CONFIG_HINT_ROOM] = "";
  const char **names = pool_get (&reading->parts->pool, reading->chain.count + 1, sizeof *names);
  if (!names)
    return config_no_memory (reading->error);
  for (size_t i = 0; i < reading->chain.count; i++)
    names[i] = reading->chain.items[i].name;
  config_hint (wanted, names, reading->chain.count, hint);
  return FAIL (reading, node, "`wraps` names `%s`, which is no entry of this `%s`%s", wanted,
               reading->kind, hint);
}

static int
check_wraps (struct chain_reading *reading, size_t index)
{
  struct settings_instance *instance = &reading->chain.items[index];
  if (!instance->wraps)
    return HFCORE_OK;
  const struct yaml_node *node = yaml_tree_get (&reading->nodes[index], "wraps");
  size_t below = find_entry (&reading->chain, instance->wraps);
  if (below == reading->chain.count)
    return fail_wraps_unknown (reading, node, instance->wraps);
  if (below == index)
    return FAIL (reading, node, "%s `%s` wraps itself", reading->kind, instance->name);
  struct settings_instance *wrapped = &reading->chain.items[below];
  for (size_t i = 0; wrapped->wrapped && i < index; i++)
    if (reading->chain.items[i].wraps && strcmp (reading->chain.items[i].wraps, wrapped->name) == 0)
      return FAIL (reading, node, "%s `%s` is wrapped by `%s` already", reading->kind,
                   wrapped->name, reading->chain.items[i].name);
  wrapped->wrapped = true;
  return HFCORE_OK;
}

/* Every entry has at most one wrapper here, so a walk down that does not end comes back to where
 * it began.  */
static int
check_circle (const struct chain_reading *reading, size_t index)
{
  const struct settings_chain *chain = &reading->chain;
  const struct settings_instance *first = &chain->items[index], *below = first;
  CLEANUP_TEXT struct text through = TEXT_LIMIT (300);
  for (size_t steps = 0; below->wraps && steps < chain->count; steps++)
    {
      below = &chain->items[find_entry (chain, below->wraps)];
      if (below == first)
        return FAIL (reading, yaml_tree_get (&reading->nodes[index], "wraps"),
                     "%s `%s` wraps itself through %s", reading->kind, first->name,
                     through.failed ? "others" : through.bytes);
      text_addf (&through, "%s`%s`", through.len ? ", " : "", below->name);
    }
  return HFCORE_OK;
}

static int
check_rules (struct chain_reading *reading)
{
  int code = HFCORE_OK;
  for (size_t i = 0; !code && i < reading->chain.count; i++)
    code = check_name (reading, i);
  for (size_t i = 0; !code && i < reading->chain.count; i++)
    code = check_wraps (reading, i);
  for (size_t i = 0; !code && i < reading->chain.count; i++)
    code = check_circle (reading, i);
  return code;
}

/* ---- whole chains ---- */

static int
read_entries (struct chain_reading *reading, size_t count)
{
  reading->chain.items = pool_get (&reading->parts->pool, count + 1, sizeof *reading->chain.items);
  if (!reading->chain.items)
    return config_no_memory (reading->error);
  for (size_t i = 0; i < count; i++)
    {
      int code = read_entry (reading, &reading->nodes[i], &reading->chain.items[i]);
      if (code)
        return code;
      reading->chain.count++;
    }
  return check_rules (reading);
}

int
settings_read_chain (struct settings_parts *parts, const struct yaml_node *node,
                     const struct settings_origin *file, struct hfcore_error *error)
{
  struct chain_reading reading
      = { .parts = parts, .kind = node->key, .file = file, .error = error };
  bool is_assets = strcmp (node->key, "assets") == 0;
  bool is_storage = strcmp (node->key, "storage") == 0;
  if (node->kind != (is_assets ? YAML_MAPPING : YAML_SEQUENCE))
    return FAIL (&reading, node, "`%s` expects %s", node->key,
                 is_assets ? "one entry, `{ plugin: …, root: … }`"
                           : "a list of entries, each written `- { plugin: …, … }`");
  if (is_storage && node->count == 0)
    return FAIL (&reading, node, "`storage` needs at least one entry");
  reading.nodes = is_assets ? node : node->items;
  int code = read_entries (&reading, is_assets ? 1 : node->count);
  if (code)
    return code;
  if (is_assets)
    {
      parts->settings.assets = reading.chain;
      parts->assets_written = true;
    }
  else if (is_storage)
    {
      parts->settings.storage = reading.chain;
      parts->storage_written = true;
    }
  else
    {
      parts->settings.transport = reading.chain;
      parts->transport_written = true;
    }
  return HFCORE_OK;
}

static int
put_default_chain (struct settings_parts *parts, const char *name, const char *plugin,
                   struct settings_chain *chain, struct hfcore_error *error)
{
  struct settings_instance *instance = pool_get (&parts->pool, 1, sizeof *instance);
  if (!instance)
    return config_no_memory (error);
  instance->name = (char *) name;
  instance->plugin = (char *) plugin;
  instance->origin = (struct settings_origin){ .layer = SETTINGS_DEFAULT, .name = "default" };
  *chain = (struct settings_chain){ .items = instance, .count = 1 };
  return HFCORE_OK;
}

int
settings_default_chains (struct settings_parts *parts, struct hfcore_error *error)
{
  struct settings *settings = &parts->settings;
  int code = HFCORE_OK;
  if (!parts->storage_written)
    code = put_default_chain (parts, "cache", "auto", &settings->storage, error);
  if (!code && !parts->transport_written)
    code = put_default_chain (parts, "hub", SETTINGS_HUB_PLUGIN, &settings->transport, error);
  if (!code && !parts->assets_written)
    code = put_default_chain (parts, "assets-tree", "assets-tree", &settings->assets, error);
  return code;
}

/* ---- options of an entry ---- */

const struct settings_value *
settings_option (const struct settings_instance *instance, const char *key)
{
  for (size_t i = 0; i < instance->option_count; i++)
    if (strcmp (instance->options[i].key, key) == 0)
      return &instance->options[i];
  return NULL;
}

int
settings_set_option (struct settings_parts *parts, struct settings_instance *instance,
                     const char *key, const char *text, const struct settings_origin *origin,
                     struct hfcore_error *error)
{
  struct settings_value *value = (struct settings_value *) settings_option (instance, key);
  char **items = pool_get (&parts->pool, 1, sizeof *items);
  if (!items || !(items[0] = pool_copy (&parts->pool, text)))
    return config_no_memory (error);
  if (!value)
    {
      struct settings_value *options
          = pool_get (&parts->pool, instance->option_count + 1, sizeof *options);
      if (!options)
        return config_no_memory (error);
      if (instance->option_count)
        memcpy (options, instance->options, instance->option_count * sizeof *options);
      instance->options = options;
      value = &options[instance->option_count++];
    }
  *value = (struct settings_value){
    .key = (char *) key, .items = items, .count = 1, .origin = *origin
  };
  return HFCORE_OK;
}
