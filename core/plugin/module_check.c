/* SPDX-License-Identifier: Apache-2.0 */
/* module_check.c: see module_check.h.  */
#include "core/plugin/module_check.h"

#include <stdbool.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/plugin/module_search.h"
#include "core/plugin/sized.h"

enum
{
  MOST_OPTIONS = 256 /* a table that goes on for longer has no end  */
};

#define REFUSE(module, error, ...) config_fail ((error), (module)->file, __VA_ARGS__)

/* ---- the descriptor ---- */

static int
check_fit (const struct loader_module *module, const struct hfcore_plugin *theirs,
           struct hfcore_error *error)
{
  if (!HFCORE_HAS (theirs, options))
    return REFUSE (module, error,
                   "this is no plugin of hfcore: its descriptor has only %u bytes; it must be "
                   "built again with hfcore/plugin.h",
                   theirs->size);
  if (theirs->abi_major != HFCORE_ABI_MAJOR)
    return REFUSE (module, error,
                   "this plugin is made for plugin ABI %u and hfcore has %d; install the plugin's "
                   "release for this hfcore",
                   theirs->abi_major, HFCORE_ABI_MAJOR);
  if (theirs->needs_host_minor > HFCORE_ABI_MINOR)
    return REFUSE (module, error,
                   "this plugin needs plugin ABI %d.%u and hfcore has %d.%d; update hfcore",
                   HFCORE_ABI_MAJOR, theirs->needs_host_minor, HFCORE_ABI_MAJOR, HFCORE_ABI_MINOR);
  return HFCORE_OK;
}

static int
check_descriptor (const struct loader_module *module, struct hfcore_error *error)
{
  const struct hfcore_plugin *plugin = &module->descriptor;
  if (!plugin->name || !plugin->version || !plugin->summary)
    return REFUSE (module, error, "this plugin does not tell its name, version and summary");
  if (!module_search_is_name (plugin->name))
    return REFUSE (module, error,
                   "this plugin calls itself `%s`; a name has lower-case letters, digits and `-` "
                   "only",
                   plugin->name);
  if (module->name && strcmp (plugin->name, module->name) != 0)
    return REFUSE (module, error,
                   "this plugin calls itself `%s`; its file must then be hfcore-%s.so",
                   plugin->name, plugin->name);
  if (plugin->threads != HFCORE_THREADS_SERIAL && plugin->threads != HFCORE_THREADS_PARALLEL)
    return REFUSE (module, error, "this plugin has a thread model that is unknown here (%d)",
                   plugin->threads);
  if (!plugin->storage && !plugin->transport && !plugin->assets)
    return REFUSE (module, error, "this plugin is neither a storage nor a transport nor assets");
  return HFCORE_OK;
}

/* ---- options ---- */

static bool
is_option_key (const char *key)
{
  return *key && strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (key);
}

/* Keys of an entry that are the host's own.  */
static bool
is_taken_key (const char *key)
{
  static const char *const taken[] = { "name", "plugin", "wraps", "access", "promote" };
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (strcmp (key, taken[i]) == 0)
      return true;
  return false;
}

static int
check_options (const struct loader_module *module, struct hfcore_error *error)
{
  const size_t stride = module->descriptor.option_size;
  const char *row = (const char *) module->descriptor.options;
  if (!row)
    return HFCORE_OK;
  if (stride < offsetof (struct hfcore_option, help) + sizeof (const char *))
    return REFUSE (module, error, "this plugin's options are too short to be read (%zu bytes each)",
                   stride);
  for (int count = 0; count < MOST_OPTIONS; count++, row += stride)
    {
      struct hfcore_option option;
      memcpy (&option, row, sizeof option < stride ? sizeof option : stride);
      if (!option.key)
        return HFCORE_OK;
      if (!is_option_key (option.key) || is_taken_key (option.key))
        return REFUSE (module, error, "this plugin cannot have an option named `%s`", option.key);
      if (option.type < HFCORE_OPTION_TEXT || option.type > HFCORE_OPTION_URL)
        return REFUSE (module, error, "this plugin's option `%s` is of an unknown type (%d)",
                       option.key, option.type);
    }
  return REFUSE (module, error, "this plugin's list of options has no end");
}

/* ---- interfaces ---- */

struct needed_op
{
  const char *name;
  bool present;
};

/* `ops` as the plugin has them, not the copy, whose size is ours.  */
static int
check_size (const struct loader_module *module, const char *kind, const void *ops,
            struct hfcore_error *error)
{
  return ops && sized_of (ops) == 0
             ? REFUSE (module, error, "this plugin is no %s: its ops have no .size", kind)
             : HFCORE_OK;
}

static int
check_sizes (const struct loader_module *module, struct hfcore_error *error)
{
  const struct hfcore_plugin *plugin = &module->descriptor;
  int code = check_size (module, "storage", plugin->storage, error);
  if (code == HFCORE_OK)
    code = check_size (module, "transport", plugin->transport, error);
  return code ? code : check_size (module, "asset tree", plugin->assets, error);
}

static int
check_ops (const struct loader_module *module, const char *kind, const struct needed_op *ops,
           size_t count, struct hfcore_error *error)
{
  for (size_t i = 0; i < count; i++)
    if (!ops[i].present)
      return REFUSE (module, error, "this plugin is no %s: it lacks the function `%s`", kind,
                     ops[i].name);
  return HFCORE_OK;
}

#define OP(ops, name)                                                                              \
  {                                                                                                \
#    name, (ops)->name != NULL                                                                     \
  }
#define COUNT(array) (sizeof (array) / sizeof *(array))

static int
check_storage (struct loader_module *module, struct hfcore_error *error)
{
  const struct hfcore_storage_ops *ops = &module->storage;
  const struct needed_op needed[]
      = { OP (ops, open), OP (ops, close), OP (ops, stat), OP (ops, ref_get), OP (ops, file_get) };
  const struct needed_op needed_to_write[]
      = { OP (ops, create),  OP (ops, write),   OP (ops, commit),
          OP (ops, abandon), OP (ops, ref_set), OP (ops, file_set) };
  int code = check_ops (module, "storage", needed, COUNT (needed), error);
  if (code == HFCORE_OK && (ops->caps & HFCORE_STORAGE_WRITE))
    code = check_ops (module, "storage that can be written", needed_to_write,
                      COUNT (needed_to_write), error);
  return code;
}

static int
check_transport (struct loader_module *module, struct hfcore_error *error)
{
  const struct hfcore_transport_ops *ops = &module->transport;
  const struct needed_op needed[]
      = { OP (ops, open), OP (ops, close), OP (ops, resolve), OP (ops, read) };
  return check_ops (module, "transport", needed, COUNT (needed), error);
}

static int
check_assets (struct loader_module *module, struct hfcore_error *error)
{
  const struct hfcore_assets_ops *ops = &module->assets;
  const struct needed_op needed[] = { OP (ops, open), OP (ops, close), OP (ops, path) };
  return check_ops (module, "asset tree", needed, COUNT (needed), error);
}

/* Copy a table that is there; its size may be anything from `open` on.  */
#define TAKE_TABLE(to, from)                                                                       \
  do                                                                                               \
    if (from)                                                                                      \
      sized_take (&(to), sizeof (to), (from));                                                     \
  while (0)

int
module_check (const struct hfcore_plugin *theirs, struct loader_module *module,
              struct hfcore_error *error)
{
  int code = check_fit (module, theirs, error);
  if (code)
    return code;
  struct hfcore_plugin *plugin = &module->descriptor;
  sized_take (plugin, sizeof *plugin, theirs);
  code = check_descriptor (module, error);
  if (code == HFCORE_OK)
    code = check_options (module, error);
  if (code == HFCORE_OK)
    code = check_sizes (module, error);
  if (code)
    return code;
  TAKE_TABLE (module->storage, plugin->storage);
  TAKE_TABLE (module->transport, plugin->transport);
  TAKE_TABLE (module->assets, plugin->assets);
  if (plugin->storage)
    code = check_storage (module, error);
  if (code == HFCORE_OK && plugin->transport)
    code = check_transport (module, error);
  if (code == HFCORE_OK && plugin->assets)
    code = check_assets (module, error);
  return code;
}
