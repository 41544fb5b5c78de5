/* SPDX-License-Identifier: Apache-2.0 */
/* instance.c: instances for cases: through the loader's copies, the table of options and the guard,
 * as the engine has them.  */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/config/config_error.h"
#include "core/config/option_table.h"
#include "core/contract/run.h"
#include "core/plugin/host.h"
#include "core/plugin/module_check.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "core/util/vector.h"

VECTOR_DEFINE (option_list, struct settings_value);
VECTOR_DEFINE (item_list, char *);

/* ---- the log ---- */

static struct
{
  pthread_mutex_t mutex;
  size_t len;
  char lines[1 << 16];
} logbook = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void
write_log (void *ctx, int level, const char *line)
{
  (void) ctx;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&logbook.mutex);
  size_t room = sizeof logbook.lines - logbook.len;
  int len = snprintf (logbook.lines + logbook.len, room, "%s %s\n",
                      level <= HFCORE_LOG_ERROR ? "ERROR" : "WARNING", line);
  if (len > 0 && (size_t) len < room)
    logbook.len += (size_t) len;
  else
    logbook.lines[logbook.len] = 0;
}

static const struct host_log host_log_of_cases
    = { .write = write_log, .level = HFCORE_LOG_WARNING };

const char *
contract_log (const struct contract *contract)
{
  (void) contract;
  return logbook.lines;
}

/* ---- modules ---- */

/* Messages name the file that is loaded; who gave a link knows that by another name.  */
static void
name_link (const char *name, struct hfcore_error *error)
{
  struct stat st;
  if (lstat (name, &st) < 0 || !S_ISLNK (st.st_mode)
      || strstr (error->message, strrchr (name, '/') + 1))
    return;
  CLEANUP_FREE char *text = text_format ("%s leads to %s", name, error->message);
  if (text)
    text_one_line (error->message, sizeof error->message, text);
}

/* A file of the current folder is meant, perhaps.  */
static bool
is_file_here (const char *name)
{
  return strchr (name, '.') && access (name, F_OK) == 0;
}

static int
find_module (struct run *run, const char *name, const struct loader_module **module,
             struct hfcore_error *error)
{
  if (!strchr (name, '/') && is_file_here (name))
    return config_fail (error, NULL, "`%s` is no name of a plugin; a file has a / in it: ./%s",
                        name, name);
  if (!strchr (name, '/'))
    return loader_find (&run->path, name, module, error);
  int code = loader_load_file (name, module, error);
  if (code)
    name_link (name, error);
  return code;
}

int
instance_load (struct run *run, struct hfcore_error *error)
{
  const struct loader_module *module;
  int code = find_module (run, run->ask->plugin, &module, error);
  if (code == HFCORE_OK && run->ask->wraps)
    code = find_module (run, run->ask->wraps, &run->below, error);
  if (code == HFCORE_OK)
    run->module = trace_module (module, run->report);
  return code;
}

const struct loader_module *
instance_module (const struct contract *contract)
{
  return contract->run->module;
}

static struct hfcore_option
option_row (const struct loader_module *module, size_t index)
{
  const size_t stride = module->descriptor.option_size;
  const char *table = (const char *) module->descriptor.options;
  struct hfcore_option row = { 0 };
  if (table)
    memcpy (&row, table + index * stride, stride < sizeof row ? stride : sizeof row);
  return row;
}

const char *
instance_place_option (const struct loader_module *module)
{
  struct hfcore_option row;
  const char *first = NULL;
  if (instance_has_root (module))
    return "root";
  for (size_t i = 0; !first && (row = option_row (module, i)).key; i++)
    if (row.type == HFCORE_OPTION_PATH && (row.flags & HFCORE_OPTION_REQUIRED))
      first = row.key;
  return first;
}

bool
instance_has_root (const struct loader_module *module)
{
  struct hfcore_option row;
  for (size_t i = 0; (row = option_row (module, i)).key; i++)
    if (strcmp (row.key, "root") == 0)
      return row.type == HFCORE_OPTION_PATH;
  return false;
}

bool
instance_sets_root (const struct contract_ask *ask)
{
  for (size_t i = 0; i < ask->option_count; i++)
    if (text_starts_with (ask->options[i], "root="))
      return true;
  return false;
}

/* What wrappers are checked over, as the loader would have it.  */
static int
load_reference (enum guard_kind kind, const struct loader_module **module,
                struct hfcore_error *error)
{
  static struct loader_module references[GUARD_ASSETS];
  const struct hfcore_plugin *plugin
      = kind == GUARD_STORAGE ? &contract_reference_storage : &contract_reference_transport;
  struct loader_module *reference = &references[kind];
  *reference = (struct loader_module){ .name = (char *) (plugin->name ? plugin->name : "reference"),
                                       .file = (char *) "the reference" };
  *module = reference;
  return module_check (plugin, reference, error);
}

/* ---- options ---- */

static struct settings_value *
find_option (struct option_list *options, const char *key, size_t len)
{
  for (size_t i = 0; i < options->count; i++)
    if (strlen (options->items[i].key) == len && strncmp (options->items[i].key, key, len) == 0)
      return &options->items[i];
  return NULL;
}

static int
add_item (struct settings_value *value, char *item)
{
  struct item_list items = { .items = value->items, .count = value->count, .room = value->count };
  if (!item || item_list_append (&items, item) < 0)
    return -1;
  value->items = items.items;
  value->count = items.count;
  value->is_list = items.count > 1;
  return 0;
}

static int
add_option (struct option_list *options, const char *option, const struct settings_origin *origin,
            struct hfcore_error *error)
{
  size_t len = strcspn (option, "=");
  if (len == 0 || !option[len])
    return config_fail (error, origin->name, "`%s` is no KEY=VALUE", option);
  struct settings_value *value = find_option (options, option, len);
  if (!value)
    {
      struct settings_value made = { .key = strndup (option, len), .origin = *origin };
      if (!made.key || option_list_append (options, made) < 0)
        return config_no_memory (error);
      value = &options->items[options->count - 1];
    }
  return add_item (value, strdup (option + len + 1)) < 0 ? config_no_memory (error) : HFCORE_OK;
}

static void
free_options (struct option_list *options)
{
  for (size_t i = 0; i < options->count; i++)
    {
      for (size_t k = 0; k < options->items[i].count; k++)
        free (options->items[i].items[k]);
      free (options->items[i].items);
      free (options->items[i].key);
    }
  free (options->items);
}

/* Those of the run for the plugin that is checked, and a `root` for any that has one.  */
static int
collect_options (struct contract *contract, const struct loader_module *module, const char *root,
                 struct option_list *options, struct hfcore_error *error)
{
  const struct contract_ask *ask = contract->run->ask;
  const struct settings_origin said = { .layer = SETTINGS_USER, .name = "--set" };
  const struct settings_origin ours = { .layer = SETTINGS_FLAG, .name = "root" };
  const bool checked = module == contract->run->module;
  int code = HFCORE_OK;
  for (size_t i = 0; checked && i < ask->option_count && code == HFCORE_OK; i++)
    code = add_option (options, ask->options[i], &said, error);
  if (code || !root || !instance_has_root (module) || (checked && instance_sets_root (ask)))
    return code;
  CLEANUP_FREE char *option = text_format ("root=%s", root);
  return option ? add_option (options, option, &ours, error) : config_no_memory (error);
}

/* In words of the command line, what the host would say in those of its file.  */
static int
check_required (const struct loader_module *module, struct option_list *options,
                struct hfcore_error *error)
{
  struct hfcore_option row;
  for (size_t i = 0; (row = option_row (module, i)).key; i++)
    if ((row.flags & HFCORE_OPTION_REQUIRED) && !find_option (options, row.key, strlen (row.key)))
      return config_fail (error, NULL,
                          "the plugin %s needs the option `%s` (%s); give it with --set %s=…",
                          module->name, row.key, option_table_type_name (row.type), row.key);
  return HFCORE_OK;
}

static int
check_options (struct contract *contract, const struct loader_module *module, const char *root,
               struct hfcore_settings **settings, struct hfcore_error *error)
{
  struct option_list options = { 0 };
  int code = collect_options (contract, module, root, &options, error);
  if (code == HFCORE_OK && module == contract->run->module)
    code = check_required (module, &options, error);
  if (code == HFCORE_OK)
    {
      const struct settings_instance entry = { .name = module->name,
                                               .plugin = module->name,
                                               .options = options.items,
                                               .option_count = options.count };
      code = option_table_check (module->descriptor.options, module->descriptor.option_size, &entry,
                                 settings, error);
    }
  free_options (&options);
  return code;
}

void
instance_set_option (struct contract *contract, const char *key, const char *value)
{
  static struct contract_ask ask; /* the run has it after this  */
  ask = *contract->run->ask;
  char **options = calloc (ask.option_count + 1, sizeof *options);
  size_t count = 0;
  const size_t len = strlen (key);
  for (size_t i = 0; options && i < ask.option_count; i++)
    if (strncmp (ask.options[i], key, len) != 0 || ask.options[i][len] != '=')
      options[count++] = ask.options[i];
  if (!options || !(options[count++] = text_format ("%s=%s", key, value)))
    contract_skip (contract, "out of memory");
  ask.options = options;
  ask.option_count = count;
  contract->run->ask = &ask;
}

int
instance_check_options (struct contract *contract, struct hfcore_error *error)
{
  struct hfcore_settings *settings = NULL;
  int code = check_options (contract, contract->run->module, contract->root, &settings, error);
  option_table_free (settings);
  return code;
}

/* ---- instances ---- */

struct instance
{
  union
  {
    struct contract_storage storage;
    struct contract_transport transport;
    struct contract_assets assets;
  } shown; /* first  */
  struct guard guard;
  struct hfcore_settings *settings;
  struct hfcore_open open;
  struct hfcore_storage storage;
  struct hfcore_transport transport;
  struct instance *below;
};

static void
free_instance (struct instance *instance)
{
  if (!instance)
    return;
  guard_free (&instance->guard);
  option_table_free (instance->settings);
  free_instance (instance->below);
  free (instance);
}

static void
put_below (struct instance *instance, struct instance *below)
{
  instance->below = below;
  if (below && below->guard.kind == GUARD_STORAGE)
    instance->open.storage_below = &below->storage;
  if (below && below->guard.kind == GUARD_TRANSPORT)
    instance->open.transport_below = &below->transport;
}

/* Takes over `below`.  */
static int
open_module (struct contract *contract, enum guard_kind kind, const struct loader_module *module,
             const char *name, const char *root, bool read_only, struct instance *below,
             struct instance **opened, struct hfcore_error *error)
{
  struct instance *instance = calloc (1, sizeof *instance);
  if (!instance)
    {
      free_instance (below);
      return config_no_memory (error);
    }
  struct guard *guard = &instance->guard;
  guard_init (guard, kind, module, name, read_only, &host_log_of_cases);
  put_below (instance, below);
  int code = check_options (contract, module, root, &instance->settings, error);
  if (code == HFCORE_OK)
    {
      instance->open.size = sizeof instance->open;
      instance->open.read_only = read_only;
      instance->open.name = name;
      instance->open.host = &host_table;
      instance->open.settings = instance->settings;
      instance->open.journal = &guard->journal;
      struct hfcore_call *call = contract_call (contract);
      code = guard_open (guard, call, &instance->open);
      *error = call->error;
      contract_end (call);
    }
  if (code)
    {
      free_instance (instance);
      return code;
    }
  instance->storage = (struct hfcore_storage){ .size = sizeof instance->storage,
                                               .ops = &guard_storage_ops,
                                               .self = guard };
  instance->transport = (struct hfcore_transport){ .size = sizeof instance->transport,
                                                   .ops = &guard_transport_ops,
                                                   .self = guard };
  *opened = instance;
  return HFCORE_OK;
}

static int
open_below (struct contract *contract, enum guard_kind kind, bool read_only,
            struct instance **below, struct hfcore_error *error)
{
  const struct loader_module *module = contract->run->below;
  CLEANUP_FREE char *root = text_format ("%s/below", contract->folder);
  if (!root)
    return config_no_memory (error);
  int code = module ? HFCORE_OK : load_reference (kind, &module, error);
  if (code == HFCORE_OK && !(kind == GUARD_STORAGE ? module->storage.size : module->transport.size))
    code = config_fail (error, NULL, "the plugin %s is nothing that %s could wrap", module->name,
                        contract->run->module->name);
  if (code)
    return code;
  return open_module (contract, kind, module, "below", root, read_only, NULL, below, error);
}

static int
open_instance (struct contract *contract, enum guard_kind kind, enum opening opening,
               bool read_only, struct instance **instance, struct hfcore_error *error)
{
  const struct loader_module *module = contract->run->module;
  struct instance *below = NULL;
  if (kind == GUARD_STORAGE && !(module->storage.caps & HFCORE_STORAGE_WRITE))
    read_only = true;
  int code = opening == OPENING_ABOVE ? open_below (contract, kind, read_only, &below, error)
                                      : HFCORE_OK;
  if (code)
    return code;
  return open_module (contract, kind, module, module->name, contract->root, read_only, below,
                      instance, error);
}

static uint32_t
caps_of (struct instance *instance)
{
  struct guard *guard = &instance->guard;
  return guard->kind == GUARD_STORAGE     ? guard_storage_ops.caps_now (guard)
         : guard->kind == GUARD_TRANSPORT ? guard_transport_ops.caps_now (guard)
                                          : guard_assets_ops.caps_now (guard);
}

int
instance_try (struct contract *contract, enum opening opening, uint32_t *caps,
              struct hfcore_error *error)
{
  struct instance *instance;
  int code = open_instance (contract, contract->kind, opening, false, &instance, error);
  if (code)
    return code;
  *caps = caps_of (instance);
  free_instance (instance);
  return HFCORE_OK;
}

/* ---- for cases ---- */

/* The first member of all three: what there is to fill in of them.  */
static struct instance *
open_for_case (struct contract *contract, enum guard_kind kind, uint32_t flags, int *code,
               struct hfcore_error *error)
{
  struct instance *instance = NULL;
  *error = (struct hfcore_error) HFCORE_ERROR_INIT;
  *code = open_instance (contract, kind, contract->run->facts->opening[kind],
                         flags & CONTRACT_READ_ONLY, &instance, error);
  contract_expect (contract, *code == HFCORE_OK || (flags & CONTRACT_MAY_FAIL),
                   "expected open to return OK, it returned %s (%s)", contract_code_name (*code),
                   error->message);
  if (!instance)
    instance = calloc (1, sizeof *instance);
  if (!instance)
    contract_skip (contract, "there is no memory for another instance");
  return instance;
}

#define DEFINE_OPEN(kind, number)                                                                  \
  struct contract_##kind *contract_open_##kind (struct contract *contract, uint32_t flags)         \
  {                                                                                                \
    struct hfcore_error error;                                                                     \
    int code;                                                                                      \
    struct instance *instance = open_for_case (contract, number, flags, &code, &error);            \
    struct contract_##kind *shown = &instance->shown.kind;                                         \
    if (code == HFCORE_OK)                                                                         \
      *shown = (struct contract_##kind){ .ops = &guard_##kind##_ops,                               \
                                         .self = &instance->guard,                                 \
                                         .caps = caps_of (instance) };                             \
    shown->code = code;                                                                            \
    shown->error = error;                                                                          \
    return shown;                                                                                  \
  }

DEFINE_OPEN (storage, GUARD_STORAGE)
DEFINE_OPEN (transport, GUARD_TRANSPORT)
DEFINE_OPEN (assets, GUARD_ASSETS)

void
contract_close (void *instance)
{
  struct instance *closed = instance;
  if (closed && closed->guard.opened)
    free_instance (closed);
  else
    free (closed);
}

const char *
contract_root (const struct contract *contract)
{
  const struct run *run = contract->run;
  return run->facts->has_root && !instance_sets_root (run->ask) ? contract->root : NULL;
}
