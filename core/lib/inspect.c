/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c: the public functions that look inside: configuration and plugins.  */
#include <hfcore/hfcore.h>

#include <stdlib.h>
#include <string.h>
#include "core/engine/tiers.h"
#include "core/lib/handle.h"
#include "core/plugin/loader.h"
#include "core/plugin/registry.h"
#include "core/plugin/sized.h"
#include "core/util/vector.h"

struct line_listener
{
  int (*line) (void *ctx, const struct hfcore_config_line *line);
  void *ctx;
};

static int
pass_line (void *ctx, const struct settings_line *line)
{
  const struct line_listener *listener = ctx;
  const struct hfcore_config_line told = { .size = sizeof told,
                                           .key = line->key,
                                           .value = line->value,
                                           .layer = line->layer,
                                           .where = line->where };
  return listener->line (listener->ctx, &told);
}

int
hfcore_config_each (struct hfcore *cache,
                    int (*line) (void *ctx, const struct hfcore_config_line *line), void *ctx)
{
  struct line_listener listener = { .line = line, .ctx = ctx };
  return settings_each (cache->engine->settings, pass_line, &listener);
}

int
hfcore_config_files (struct hfcore *cache, int (*file) (void *ctx, const char *path, int32_t found),
                     void *ctx)
{
  const struct settings *settings = cache->engine->settings;
  int code = 0;
  for (size_t i = 0; code == 0 && i < settings->file_count; i++)
    code = file (ctx, settings->files[i], settings->file_found[i]);
  return code;
}

int
hfcore_config_check (const char *file, const struct hfcore_options *options,
                     struct hfcore_error *error)
{
  struct hfcore_error why = HFCORE_ERROR_INIT;
  struct loader_path path = { 0 };
  struct settings *settings;
  int code = settings_load_file (file, &settings, &why);
  if (code != HFCORE_OK)
    return handle_tell (error, &why, code, "cannot read the file");
  const char *plugin_dir = options && HFCORE_HAS (options, plugin_dir) ? options->plugin_dir : NULL;
  const struct settings_value *configured = settings_get (settings, "plugin-path");
  code = loader_path_make (plugin_dir, configured ? configured->items : NULL,
                           configured ? configured->count : 0, &path);
  if (code == HFCORE_OK)
    code = registry_check (settings, &path, &why);
  loader_path_free (&path);
  settings_free (settings);
  return handle_tell (error, &why, code, "cannot check the file");
}

static void
fill_info (struct hfcore_plugin_info *info, const struct loader_module *module)
{
  *info = (struct hfcore_plugin_info){ .size = sizeof *info,
                                       .name = module->name,
                                       .file = module->file,
                                       .descriptor = &module->descriptor };
}

int
hfcore_plugin_each (struct hfcore *cache,
                    int (*plugin) (void *ctx, const struct hfcore_plugin_info *info), void *ctx)
{
  char **names = NULL;
  size_t count = 0;
  int code = loader_names (&cache->engine->plugin_path, &names, &count);
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    {
      struct hfcore_error error = HFCORE_ERROR_INIT;
      const struct loader_module *module;
      struct hfcore_plugin_info info = { .size = sizeof info, .name = names[i] };
      if (loader_find (&cache->engine->plugin_path, names[i], &module, &error) == HFCORE_OK)
        fill_info (&info, module);
      else
        info.problem = error.message;
      code = plugin (ctx, &info);
    }
  for (size_t i = 0; i < count; i++)
    free (names[i]);
  free (names);
  return code;
}

int
hfcore_plugin_find (struct hfcore *cache, const char *name, struct hfcore_plugin_info *info,
                    struct hfcore_error *error)
{
  struct hfcore_error why = HFCORE_ERROR_INIT;
  struct hfcore_plugin_info found;
  const struct loader_module *module;
  int code = loader_find (&cache->engine->plugin_path, name, &module, &why);
  if (code == HFCORE_OK && HFCORE_HAS (info, name))
    {
      fill_info (&found, module);
      sized_give (info, sizeof found, &found);
    }
  return handle_tell (error, &why, code, "no such plugin");
}

int
hfcore_plugin_folders (struct hfcore *cache, int (*folder) (void *ctx, const char *path), void *ctx)
{
  const struct loader_path *path = &cache->engine->plugin_path;
  int code = 0;
  for (size_t i = 0; code == 0 && i < path->count; i++)
    code = folder (ctx, path->folders[i]);
  return code;
}

/* ---- storages ---- */

VECTOR_DEFINE (texts, char *);

/* What a storage tells of itself.  */
struct facts
{
  struct texts keys, values; /* of the same length  */
};

static int
append_copy (struct texts *list, const char *text)
{
  char *copy = strdup (text);
  if (copy && texts_append (list, copy) == 0)
    return 0;
  free (copy);
  return -1;
}

static int
add_fact (void *facts_, const char *key, const char *value)
{
  struct facts *facts = facts_;
  if (append_copy (&facts->keys, key) < 0)
    return HFCORE_E_NOMEM;
  if (append_copy (&facts->values, value) == 0)
    return HFCORE_OK;
  free (facts->keys.items[--facts->keys.count]);
  return HFCORE_E_NOMEM;
}

static void
free_facts (struct facts *facts)
{
  for (size_t i = 0; i < facts->keys.count; i++)
    {
      free (facts->keys.items[i]);
      free (facts->values.items[i]);
    }
  free (facts->keys.items);
  free (facts->values.items);
}

static int
describe (struct hfcore *cache, size_t index, struct hfcore_call *call, struct facts *facts)
{
  const struct hfcore_fact_sink sink = { .size = sizeof sink, .ctx = facts, .fact = add_fact };
  const struct hfcore_storage *storage;
  int code = registry_storage (cache->engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->describe (storage->self, call, &sink);
  return code == HFCORE_E_UNSUPPORTED ? HFCORE_OK : code;
}

int
hfcore_storage_each (struct hfcore *cache,
                     int (*storage) (void *ctx, const struct hfcore_storage_info *info), void *ctx)
{
  struct registry *registry = cache->engine->registry;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < registry_storage_count (registry); i++)
    {
      const struct settings_instance *entry = registry_storage_entry (registry, i);
      struct facts facts = { 0 };
      CLEANUP_CALL struct hfcore_call call;
      engine_call (cache->engine, &call);
      int described = describe (cache, i, &call, &facts);
      const struct hfcore_storage_info info
          = { .size = sizeof info,
              .read_only = entry->read_only,
              .name = entry->name,
              .plugin = entry->plugin,
              .written = tiers_is_written (cache->engine, i),
              .promote = entry->promote,
              .problem = described == HFCORE_OK ? NULL : call.error.message,
              .fact_count = facts.keys.count,
              .keys = (const char *const *) facts.keys.items,
              .values = (const char *const *) facts.values.items };
      code = described == HFCORE_E_NOMEM || described == HFCORE_E_CANCELLED ? described
                                                                            : storage (ctx, &info);
      free_facts (&facts);
    }
  return code;
}
