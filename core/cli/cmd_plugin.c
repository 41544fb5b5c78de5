/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plugin.c: hfcore plugin list and show.  */
#include <stdio.h>
#include <string.h>
#include <hfcore/plugin.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/plugin_hidden.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/util/text.h"

struct listing
{
  struct table *table;
  json_t *json; /* NULL: a table is wanted */
  bool quiet;
  struct plugin_folders folders;
};

/* A bit of an interface's `caps`, or a kind of option.  */
struct named
{
  uint32_t value;
  const char *name;
};

static const struct named storage_caps[] = { { HFCORE_STORAGE_WRITE, "write" },
                                             { HFCORE_STORAGE_PATHS, "paths" },
                                             { HFCORE_STORAGE_LOCKS, "locks" },
                                             { HFCORE_STORAGE_RESUME, "resume" },
                                             { HFCORE_STORAGE_LIST, "list" },
                                             { HFCORE_STORAGE_REMOVE, "remove" },
                                             { 0, NULL } };
static const struct named transport_caps[] = { { HFCORE_TRANSPORT_RANGE, "range" },
                                               { HFCORE_TRANSPORT_LIST, "list" },
                                               { HFCORE_TRANSPORT_LOCAL, "local" },
                                               { 0, NULL } };
static const struct named option_types[] = { { HFCORE_OPTION_TEXT, "text" },
                                             { HFCORE_OPTION_PATH, "path" },
                                             { HFCORE_OPTION_INT, "integer" },
                                             { HFCORE_OPTION_BOOL, "boolean" },
                                             { HFCORE_OPTION_SIZE, "size" },
                                             { HFCORE_OPTION_DURATION, "duration" },
                                             { HFCORE_OPTION_LIST, "list" },
                                             { HFCORE_OPTION_URL, "url" },
                                             { 0, NULL } };

/* A struct of a plugin may be older, and so shorter, than ours.  */
#define MEMBER(p, member) (HFCORE_HAS (p, member) ? (p)->member : NULL)

static void
add_word (struct text *to, const char *word)
{
  text_addf (to, "%s%s", to->len ? "," : "", word);
}

static void
add_kinds (struct text *to, const struct hfcore_plugin *plugin)
{
  if (MEMBER (plugin, storage))
    add_word (to, "storage");
  if (MEMBER (plugin, transport))
    add_word (to, "transport");
  if (MEMBER (plugin, assets))
    add_word (to, "assets");
}

/* Text of a plugin, never NULL.  */
static const char *
or_empty (const char *text)
{
  return text ? text : "";
}

/* A plugin's word, as clean as in a table: JSON has none that is no UTF-8. NULL: null.  */
static json_t *
text_json (const char *text)
{
  char clean[4096];
  if (!text)
    return json_null ();
  text_one_line (clean, sizeof clean, text);
  return json_string (clean);
}

/* ---- list ---- */

/* A row for each file of the same name that comes later.  */
static void
add_hidden (struct table *table, const char *name, const struct plugin_hidden *hidden)
{
  for (size_t i = 1; i < hidden->files.count; i++)
    {
      CLEANUP_TEXT struct text cell = TEXT_LIMIT (1 << 16);
      text_addf (&cell, "hidden: %s; %s comes first", hidden->files.items[i],
                 hidden->files.items[0]);
      table_add (table, name);
      table_add (table, "-");
      table_add (table, "-");
      table_add (table, or_empty (cell.bytes));
    }
}

static json_t *
plugin_json (const struct hfcore_plugin_info *info, const char *kinds, const char *version,
             const struct plugin_hidden *hidden)
{
  json_t *json = json_pack ("{s:o, s:s, s:o, s:o, s:o}", "name", text_json (info->name), "kinds",
                            kinds, "version", text_json (version), "file", text_json (info->file),
                            "problem", text_json (info->problem));
  if (json && hidden->files.count > 1)
    json_object_set_new (json, "hides", plugin_hidden_json (hidden));
  return json;
}

static int
list_plugin (void *ctx, const struct hfcore_plugin_info *info)
{
  struct listing *listing = ctx;
  CLEANUP_HIDDEN struct plugin_hidden hidden = { 0 };
  plugin_hidden_find (&listing->folders, info->name, &hidden);
  const struct hfcore_plugin *plugin = info->descriptor;
  CLEANUP_TEXT struct text kinds = TEXT_LIMIT (64);
  const char *version = plugin ? or_empty (plugin->version) : "";
  if (plugin)
    add_kinds (&kinds, plugin);
  const char *kind_text = kinds.len && !kinds.failed ? kinds.bytes : "";
  if (listing->json)
    return json_array_append_new (listing->json, plugin_json (info, kind_text, version, &hidden))
                   < 0
               ? HFCORE_E_NOMEM
               : 0;
  if (listing->quiet)
    {
      puts (info->name);
      return 0;
    }
  table_add (listing->table, info->name);
  table_add (listing->table, plugin ? kind_text : "-");
  table_add (listing->table, plugin ? version : "-");
  table_add (listing->table, plugin ? or_empty (info->file) : or_empty (info->problem));
  add_hidden (listing->table, info->name, &hidden);
  return 0;
}

static int
print_folder (void *ctx, const char *path)
{
  struct text *folders = ctx;
  text_addf (folders, "%s%s", folders->len ? ", " : "", path);
  return 0;
}

static int
list_json (struct hfcore *cache, struct listing *listing)
{
  listing->json = json_array ();
  if (hfcore_plugin_each (cache, list_plugin, listing) == HFCORE_OK)
    return output_json (listing->json);
  json_decref (listing->json);
  return output_json (NULL);
}

static int
list_table (struct hfcore *cache, struct listing *listing)
{
  CLEANUP_TABLE struct table table = { .columns = 4, .gap = 2 };
  listing->table = &table;
  table_add (&table, "NAME");
  table_add (&table, "KINDS");
  table_add (&table, "VERSION");
  table_add (&table, "FILE OR PROBLEM");
  int code = hfcore_plugin_each (cache, list_plugin, listing);
  if (code == HFCORE_OK && listing->quiet)
    return STATUS_DONE;
  if (code == HFCORE_OK && table.cells.count == table.columns)
    {
      CLEANUP_TEXT struct text folders = TEXT_LIMIT (1 << 16);
      hfcore_plugin_folders (cache, print_folder, &folders);
      output_warning ("no plugin was found in: %s", folders.len ? folders.bytes : "(no folder)");
      return STATUS_DONE;
    }
  if (code != HFCORE_OK || table_print (&table, stdout) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  return STATUS_DONE;
}

int
cmd_plugin_list (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct listing listing = { .quiet = arguments->quiet };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  if (plugin_folders_fill (cache, &listing.folders) < 0)
    status = output_fail (STATUS_FAILED, "out of memory");
  else
    status = arguments->json ? list_json (cache, &listing) : list_table (cache, &listing);
  plugin_folders_free (&listing.folders);
  return status;
}

/* ---- show ---- */

/* "write,paths"; bits of a newer ABI as numbers.  */
static void
add_caps (struct text *to, uint32_t caps, const struct named *names)
{
  for (; names->name; names++)
    if (caps & names->value)
      {
        add_word (to, names->name);
        caps &= ~names->value;
      }
  if (caps)
    text_addf (to, "%s0x%x", to->len ? "," : "", caps);
}

static const char *
type_name (int32_t type)
{
  const struct named *row = option_types;
  while (row->name && (int32_t) row->value != type)
    row++;
  return row->name ? row->name : "unknown";
}

static void
print_pair (const char *key, const char *value)
{
  char clean[4096];
  text_one_line (clean, sizeof clean, or_empty (value));
  printf ("%s=%s\n", key, clean);
}

static void
print_caps (const char *key, uint32_t caps, const struct named *names)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (256);
  add_caps (&line, caps, names);
  print_pair (key, line.bytes);
}

static void
print_pairs (const struct hfcore_plugin_info *info)
{
  const struct hfcore_plugin *plugin = info->descriptor;
  CLEANUP_TEXT struct text kinds = TEXT_LIMIT (64);
  add_kinds (&kinds, plugin);
  print_pair ("name", info->name);
  print_pair ("version", plugin->version);
  print_pair ("summary", plugin->summary);
  print_pair ("file", info->file);
  printf ("abi=%u.%u\n", plugin->abi_major, plugin->abi_minor);
  print_pair ("kinds", kinds.bytes);
  print_pair ("threads", plugin->threads == HFCORE_THREADS_PARALLEL ? "parallel" : "serial");
  if (MEMBER (plugin, storage))
    print_caps ("storage-caps", plugin->storage->caps, storage_caps);
  if (MEMBER (plugin, transport))
    print_caps ("transport-caps", plugin->transport->caps, transport_caps);
}

/* The option at `index`, as far as the plugin's build knows it; false: that was the last.  */
static bool
get_option (const struct hfcore_plugin *plugin, size_t index, struct hfcore_option *option)
{
  size_t stride = plugin->option_size;
  const char *rows = (const char *) MEMBER (plugin, options);
  *option = (struct hfcore_option){ 0 };
  if (!rows || stride < sizeof option->key)
    return false;
  memcpy (option, rows + index * stride, stride < sizeof *option ? stride : sizeof *option);
  return option->key != NULL;
}

static const char *
shown_default (const struct hfcore_option *option)
{
  if (option->flags & HFCORE_OPTION_REQUIRED)
    return "(required)";
  if (!option->fallback)
    return "(unset)";
  return option->flags & HFCORE_OPTION_SECRET ? "(hidden)" : option->fallback;
}

static json_t *
caps_json (uint32_t caps, const struct named *names)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (256);
  add_caps (&line, caps, names);
  return json_string (or_empty (line.bytes));
}

static json_t *
options_json (const struct hfcore_plugin *plugin)
{
  struct hfcore_option option;
  json_t *options = json_array ();
  for (size_t i = 0; get_option (plugin, i, &option); i++)
    json_array_append_new (
        options,
        json_pack ("{s:o, s:s, s:o, s:b, s:b, s:o}", "key", text_json (option.key), "type",
                   type_name (option.type), "default",
                   text_json (option.flags & HFCORE_OPTION_SECRET ? NULL : option.fallback),
                   "required", (option.flags & HFCORE_OPTION_REQUIRED) != 0, "secret",
                   (option.flags & HFCORE_OPTION_SECRET) != 0, "help",
                   text_json (or_empty (option.help))));
  return options;
}

/* ---- the storages that use it ---- */

struct storages
{
  const char *plugin;
  json_t *json; /* NULL: tables are wanted  */
};

static int
storage_json (void *ctx, const struct hfcore_storage_info *info)
{
  struct storages *storages = ctx;
  if (strcmp (info->plugin, storages->plugin) != 0)
    return 0;
  json_t *facts = json_object ();
  for (size_t i = 0; i < info->fact_count; i++)
    json_object_set_new (facts, info->keys[i], text_json (info->values[i]));
  return json_array_append_new (storages->json,
                                json_pack ("{s:s, s:b, s:b, s:b, s:o, s:o}", "name", info->name,
                                           "read-only", info->read_only, "written", info->written,
                                           "promote", info->promote, "problem",
                                           text_json (info->problem), "facts", facts))
                 < 0
             ? HFCORE_E_NOMEM
             : 0;
}

static void
add_row (struct table *table, const char *key, const char *value)
{
  table_add (table, key);
  table_add (table, value);
}

static int
print_storage (void *ctx, const struct hfcore_storage_info *info)
{
  const struct storages *storages = ctx;
  CLEANUP_TABLE struct table table = { .columns = 2, .gap = 2 };
  if (strcmp (info->plugin, storages->plugin) != 0)
    return 0;
  add_row (&table, "STORAGE", info->name);
  add_row (&table, "configured",
           info->read_only ? "read-only"
           : info->written ? "read-write, this one is written"
                           : "read-write, another one is written");
  if (info->promote)
    add_row (&table, "promote", "yes");
  for (size_t i = 0; i < info->fact_count; i++)
    add_row (&table, info->keys[i], info->values[i]);
  if (info->problem)
    add_row (&table, "problem", info->problem);
  putchar ('\n');
  return table_print (&table, stdout) < 0 ? HFCORE_E_NOMEM : 0;
}

static int
show_json (struct hfcore *cache, const struct hfcore_plugin_info *info)
{
  const struct hfcore_plugin *plugin = info->descriptor;
  CLEANUP_TEXT struct text kinds = TEXT_LIMIT (64), abi = TEXT_LIMIT (16);
  struct storages storages = { info->name, json_array () };
  json_t *caps = json_object ();
  add_kinds (&kinds, plugin);
  text_addf (&abi, "%u.%u", plugin->abi_major, plugin->abi_minor);
  if (MEMBER (plugin, storage))
    json_object_set_new (caps, "storage", caps_json (plugin->storage->caps, storage_caps));
  if (MEMBER (plugin, transport))
    json_object_set_new (caps, "transport", caps_json (plugin->transport->caps, transport_caps));
  if (hfcore_storage_each (cache, storage_json, &storages) != HFCORE_OK)
    {
      json_decref (storages.json);
      json_decref (caps);
      return output_json (NULL);
    }
  return output_json (
      json_pack ("{s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "name", info->name,
                 "version", text_json (or_empty (plugin->version)), "summary",
                 text_json (or_empty (plugin->summary)), "file", text_json (or_empty (info->file)),
                 "abi", or_empty (abi.bytes), "kinds", or_empty (kinds.bytes), "threads",
                 plugin->threads == HFCORE_THREADS_PARALLEL ? "parallel" : "serial", "caps", caps,
                 "options", options_json (plugin), "storages", storages.json));
}

static int
show_options (const struct hfcore_plugin *plugin)
{
  CLEANUP_TABLE struct table table = { .columns = 4, .gap = 2, .widest = 30 };
  struct hfcore_option option;
  table_add (&table, "OPTION");
  table_add (&table, "TYPE");
  table_add (&table, "DEFAULT");
  table_add (&table, "HELP");
  for (size_t i = 0; get_option (plugin, i, &option); i++)
    {
      table_add (&table, option.key);
      table_add (&table, type_name (option.type));
      table_add (&table, shown_default (&option));
      table_add (&table, or_empty (option.help));
    }
  if (table.cells.count == table.columns)
    return STATUS_DONE;
  putchar ('\n');
  return table_print (&table, stdout) < 0 ? output_fail (STATUS_FAILED, "out of memory")
                                          : STATUS_DONE;
}

int
cmd_plugin_show (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct hfcore_plugin_info info = { .size = sizeof info };
  struct hfcore_error error = HFCORE_ERROR_INIT;
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  if (hfcore_plugin_find (cache, arguments->operands.items[0], &info, &error) != HFCORE_OK)
    return output_error (&error);
  if (arguments->json)
    return show_json (cache, &info);
  print_pairs (&info);
  if (arguments->quiet)
    return STATUS_DONE;
  struct storages storages = { .plugin = info.name };
  status = show_options (info.descriptor);
  if (status == STATUS_DONE && hfcore_storage_each (cache, print_storage, &storages) != HFCORE_OK)
    return output_fail (STATUS_FAILED, "out of memory");
  return status;
}
