/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c: see registry.h.
 *
 * A slot for each entry of the configuration. What a slot holds is written under its mutex and
 * published by `state`: who reads SLOT_OPEN may read the rest without a lock. Mutexes are taken
 * from the wrapper down to what it wraps (there are no circles), then the registry's own.  */
#include "core/plugin/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/plugin/call.h"
#include "core/plugin/guard.h"
#include "core/plugin/instance_options.h"
#include "core/util/cleanup.h"

enum
{
  SLOT_NEW,
  SLOT_OPEN,
  SLOT_FAILED
};

struct slot
{
  const struct settings_instance *entry;
  enum guard_kind kind;
  struct slot *below; /* what it wraps; NULL: nothing                                          */
  atomic_int state;
  pthread_mutex_t mutex;
  struct guard guard;
  struct hfcore_settings *options;
  struct hfcore_open open;
  struct hfcore_storage storage; /* the one of its kind is filled  */
  struct hfcore_transport transport;
  struct registry_assets assets;
  struct hfcore_error error;  /* SLOT_FAILED  */
  struct slot *opened_before; /* the registry closes from the last back  */
};

struct slot_chain
{
  struct slot *slots; /* all entries  */
  size_t count;
  struct slot **walked; /* those that are not wrapped  */
  size_t walked_count;
};

struct registry
{
  const struct settings *settings;
  const struct loader_path *path;
  const struct host_log *log;
  struct slot_chain chains[GUARD_ASSETS + 1];
  pthread_mutex_t mutex; /* of `last_opened`  */
  struct slot *last_opened;
};

/* ---- building ---- */

/* Where the entry was written, for messages; "" for those that nobody wrote.  */
static const char *
entry_where (const struct settings_instance *entry, char where[CONFIG_WHERE_ROOM])
{
  if (entry->origin.layer == SETTINGS_DEFAULT)
    return "";
  return settings_where (&entry->origin, where, CONFIG_WHERE_ROOM);
}

static const struct settings_chain *
configured_chain (const struct settings *settings, enum guard_kind kind)
{
  return kind == GUARD_STORAGE     ? &settings->storage
         : kind == GUARD_TRANSPORT ? &settings->transport
                                   : &settings->assets;
}

static struct slot *
find_slot (const struct slot_chain *chain, const char *name)
{
  for (size_t i = 0; i < chain->count; i++)
    if (strcmp (chain->slots[i].entry->name, name) == 0)
      return &chain->slots[i];
  return NULL;
}

static int
link_slot (struct slot_chain *chain, struct slot *slot, struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  const struct settings_instance *entry = slot->entry;
  if (!entry->wraps)
    return HFCORE_OK;
  slot->below = find_slot (chain, entry->wraps);
  if (!slot->below)
    return config_fail (error, entry_where (entry, where), "`%s` wraps `%s`, which is not there",
                        entry->name, entry->wraps);
  for (const struct slot *below = slot->below; below; below = below->below)
    if (below == slot)
      return config_fail (error, entry_where (entry, where), "`%s` wraps itself", entry->name);
  return HFCORE_OK;
}

static int
build_chain (struct slot_chain *chain, enum guard_kind kind,
             const struct settings_chain *configured, struct hfcore_error *error)
{
  chain->slots = calloc (configured->count + 1, sizeof *chain->slots);
  chain->walked = calloc (configured->count + 1, sizeof (struct slot *));
  if (!chain->slots || !chain->walked)
    return config_no_memory (error);
  for (size_t i = 0; i < configured->count; i++)
    {
      struct slot *slot = &chain->slots[chain->count++];
      slot->entry = &configured->items[i];
      slot->kind = kind;
      pthread_mutex_init (&slot->mutex, NULL);
      if (!slot->entry->wrapped)
        chain->walked[chain->walked_count++] = slot;
    }
  int code = HFCORE_OK;
  for (size_t i = 0; i < chain->count && code == HFCORE_OK; i++)
    code = link_slot (chain, &chain->slots[i], error);
  return code;
}

int
registry_new (const struct settings *settings, const struct loader_path *path,
              const struct host_log *log, struct registry **registry, struct hfcore_error *error)
{
  struct registry *made = calloc (1, sizeof *made);
  if (!made)
    return config_no_memory (error);
  made->settings = settings;
  made->path = path;
  made->log = log;
  pthread_mutex_init (&made->mutex, NULL);
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS; kind++)
    {
      int code = build_chain (&made->chains[kind], kind, configured_chain (settings, kind), error);
      if (code)
        {
          registry_free (made);
          return code;
        }
    }
  *registry = made;
  return HFCORE_OK;
}

void
registry_free (struct registry *registry)
{
  if (!registry)
    return;
  for (struct slot *slot = registry->last_opened; slot; slot = slot->opened_before)
    {
      guard_free (&slot->guard);
      option_table_free (slot->options);
    }
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS; kind++)
    {
      struct slot_chain *chain = &registry->chains[kind];
      for (size_t i = 0; i < chain->count; i++)
        pthread_mutex_destroy (&chain->slots[i].mutex);
      free (chain->slots);
      free (chain->walked);
    }
  pthread_mutex_destroy (&registry->mutex);
  free (registry);
}

/* ---- what an entry asks of its plugin ---- */

static int
check_kind (const struct settings_instance *entry, enum guard_kind kind,
            const struct loader_module *module, struct hfcore_error *error)
{
  static const char *const kinds[] = {
    [GUARD_STORAGE] = "storage", [GUARD_TRANSPORT] = "transport", [GUARD_ASSETS] = "asset tree"
  };
  const bool is_one[] = { [GUARD_STORAGE] = module->storage.size != 0,
                          [GUARD_TRANSPORT] = module->transport.size != 0,
                          [GUARD_ASSETS] = module->assets.size != 0 };
  char where[CONFIG_WHERE_ROOM];
  if (!is_one[kind])
    return config_fail (error, entry_where (entry, where), "the plugin %s of `%s` is no %s",
                        module->name, entry->name, kinds[kind]);
  if (kind == GUARD_STORAGE && !entry->read_only && !(module->storage.caps & HFCORE_STORAGE_WRITE))
    return config_fail (error, entry_where (entry, where),
                        "the plugin %s of `%s` cannot write; add `access: read-only` to it",
                        module->name, entry->name);
  return HFCORE_OK;
}

/* The plugin of an entry and its options, checked; the caller's.  */
static int
prepare_entry (const struct settings *settings, const struct loader_path *path,
               const struct settings_instance *entry, enum guard_kind kind,
               const struct loader_module **module, struct hfcore_settings **options,
               struct hfcore_error *error)
{
  struct hfcore_error why;
  int code = loader_find (path, entry->plugin, module, &why);
  if (code)
    {
      char where[CONFIG_WHERE_ROOM];
      config_fail (error, entry_where (entry, where), "%s", why.message);
      return error->code = code;
    }
  code = check_kind (entry, kind, *module, error);
  if (code)
    return code;
  return instance_options (settings, entry, *module, kind == GUARD_TRANSPORT, options, error);
}

/* ---- opening ---- */

static int open_slot (struct registry *registry, struct slot *slot, struct hfcore_call *call);

static int
open_guard (struct registry *registry, struct slot *slot, struct hfcore_call *call)
{
  struct guard *guard = &slot->guard;
  slot->open = (struct hfcore_open){ .size = sizeof slot->open,
                                     .read_only = slot->entry->read_only,
                                     .name = slot->entry->name,
                                     .host = &host_table,
                                     .settings = slot->options,
                                     .journal = &guard->journal };
  if (slot->below && slot->kind == GUARD_STORAGE)
    slot->open.storage_below = &slot->below->storage;
  if (slot->below && slot->kind == GUARD_TRANSPORT)
    slot->open.transport_below = &slot->below->transport;
  int code = guard_open (guard, call, &slot->open);
  if (code)
    return code;
  slot->storage = (struct hfcore_storage){ .size = sizeof slot->storage,
                                           .ops = &guard_storage_ops,
                                           .self = guard };
  slot->transport = (struct hfcore_transport){ .size = sizeof slot->transport,
                                               .ops = &guard_transport_ops,
                                               .self = guard };
  slot->assets = (struct registry_assets){ .ops = &guard_assets_ops, .self = guard };
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&registry->mutex);
  slot->opened_before = registry->last_opened;
  registry->last_opened = slot;
  return HFCORE_OK;
}

/* A plugin that refuses its options does not know where they were written.  */
static void
add_where (const struct settings_instance *entry, struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  struct hfcore_error placed;
  config_fail (&placed, entry_where (entry, where), "%s", error->message);
  memcpy (error->message, placed.message, sizeof error->message);
}

static int
open_slot_locked (struct registry *registry, struct slot *slot, struct hfcore_call *call)
{
  struct hfcore_error error;
  const struct loader_module *module;
  int code = slot->below ? open_slot (registry, slot->below, call) : HFCORE_OK;
  if (code)
    return code;
  code = prepare_entry (registry->settings, registry->path, slot->entry, slot->kind, &module,
                        &slot->options, &error);
  if (code)
    return call_adopt (call, &error);
  guard_init (&slot->guard, slot->kind, module, slot->entry->name, slot->entry->read_only,
              registry->log);
  code = open_guard (registry, slot, call);
  if (code == HFCORE_OK)
    return code;
  if (code == HFCORE_E_CONFIG)
    add_where (slot->entry, &call->error);
  guard_free (&slot->guard);
  option_table_free (slot->options);
  slot->options = NULL;
  return code;
}

static bool
may_pass (int code)
{
  return code == HFCORE_E_CANCELLED || code == HFCORE_E_RETRY || code == HFCORE_E_BUSY
         || code == HFCORE_E_NOMEM;
}

static int
open_slot (struct registry *registry, struct slot *slot, struct hfcore_call *call)
{
  if (atomic_load_explicit (&slot->state, memory_order_acquire) == SLOT_OPEN)
    return HFCORE_OK;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&slot->mutex);
  int state = atomic_load_explicit (&slot->state, memory_order_relaxed);
  if (state == SLOT_OPEN)
    return HFCORE_OK;
  if (state == SLOT_FAILED)
    return call_adopt (call, &slot->error);
  int code = open_slot_locked (registry, slot, call);
  if (code != HFCORE_OK)
    slot->error = call->error;
  if (!may_pass (code))
    atomic_store_explicit (&slot->state, code == HFCORE_OK ? SLOT_OPEN : SLOT_FAILED,
                           memory_order_release);
  return code;
}

/* ---- asking ---- */

static struct slot *
walked_slot (const struct registry *registry, enum guard_kind kind, size_t index)
{
  const struct slot_chain *chain = &registry->chains[kind];
  return index < chain->walked_count ? chain->walked[index] : NULL;
}

static int
get_slot (struct registry *registry, enum guard_kind kind, size_t index, struct hfcore_call *call,
          struct slot **slot)
{
  *slot = walked_slot (registry, kind, index);
  if (!*slot)
    return call_fail (call, HFCORE_E_CONFIG, "there is no entry %zu in this chain", index);
  return open_slot (registry, *slot, call);
}

int
registry_storage (struct registry *registry, size_t index, struct hfcore_call *call,
                  const struct hfcore_storage **storage)
{
  struct slot *slot;
  int code = get_slot (registry, GUARD_STORAGE, index, call, &slot);
  *storage = code == HFCORE_OK ? &slot->storage : NULL;
  return code;
}

int
registry_transport (struct registry *registry, size_t index, struct hfcore_call *call,
                    const struct hfcore_transport **transport)
{
  struct slot *slot;
  int code = get_slot (registry, GUARD_TRANSPORT, index, call, &slot);
  *transport = code == HFCORE_OK ? &slot->transport : NULL;
  return code;
}

int
registry_assets (struct registry *registry, size_t index, struct hfcore_call *call,
                 const struct registry_assets **assets)
{
  struct slot *slot;
  int code = get_slot (registry, GUARD_ASSETS, index, call, &slot);
  *assets = code == HFCORE_OK ? &slot->assets : NULL;
  return code;
}

size_t
registry_storage_count (const struct registry *registry)
{
  return registry->chains[GUARD_STORAGE].walked_count;
}

size_t
registry_transport_count (const struct registry *registry)
{
  return registry->chains[GUARD_TRANSPORT].walked_count;
}

size_t
registry_assets_count (const struct registry *registry)
{
  return registry->chains[GUARD_ASSETS].walked_count;
}

const struct settings_instance *
registry_storage_entry (const struct registry *registry, size_t index)
{
  const struct slot *slot = walked_slot (registry, GUARD_STORAGE, index);
  return slot ? slot->entry : NULL;
}

const struct settings_instance *
registry_transport_entry (const struct registry *registry, size_t index)
{
  const struct slot *slot = walked_slot (registry, GUARD_TRANSPORT, index);
  return slot ? slot->entry : NULL;
}

bool
registry_is_open (struct registry *registry, bool transport, size_t index)
{
  struct slot *slot = walked_slot (registry, transport ? GUARD_TRANSPORT : GUARD_STORAGE, index);
  return slot && atomic_load_explicit (&slot->state, memory_order_acquire) == SLOT_OPEN;
}

/* Nobody asked for the default asset tree, and no other part needs its plugin.  */
static bool
is_optional (const struct settings_instance *entry, enum guard_kind kind)
{
  return kind == GUARD_ASSETS && entry->origin.layer == SETTINGS_DEFAULT;
}

int
registry_check (const struct settings *settings, const struct loader_path *path,
                struct hfcore_error *error)
{
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS; kind++)
    {
      const struct settings_chain *chain = configured_chain (settings, kind);
      for (size_t i = 0; i < chain->count; i++)
        {
          const struct loader_module *module;
          struct hfcore_settings *options = NULL;
          if (is_optional (&chain->items[i], kind))
            continue;
          int code
              = prepare_entry (settings, path, &chain->items[i], kind, &module, &options, error);
          option_table_free (options);
          if (code)
            return code;
        }
    }
  return HFCORE_OK;
}
