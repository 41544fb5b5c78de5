/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h: the instances of one configuration: opened at first need, closed in reverse.
 * Thread safe.  */
#ifndef HFCORE_PLUGIN_REGISTRY_H
#define HFCORE_PLUGIN_REGISTRY_H

#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/config/settings.h"
#include "core/plugin/host.h"
#include "core/plugin/loader.h"

struct registry;

/* An opened asset tree, as struct hfcore_storage is an opened storage.  */
struct registry_assets
{
  const struct hfcore_assets_ops *ops;
  void *self;
};

/* The settings, the path and the log (may be NULL) outlive the registry. Opens nothing yet.
 * HFCORE_E_CONFIG: an entry wraps what is not there, or itself.  */
int registry_new (const struct settings *settings, const struct loader_path *path,
                  const struct host_log *log, struct registry **registry,
                  struct hfcore_error *error);
void registry_free (struct registry *registry);

/* The guarded instance number `index` of the chain as walked (entries that are wrapped are not
 * counted). Opened, with what it wraps, at first use; a failure is remembered and told again,
 * except for what may pass: CANCELLED, RETRY, BUSY, NOMEM. HFCORE_E_CONFIG: plugin not found, of
 * another kind, options wrong, a storage that is to be written cannot. The result lives as long
 * as the registry.
 *
 * An option that the plugin declares and the entry does not set has the top-level setting of the
 * same key, if that is set; secrets are not handed on so. A transport that declares a secret
 * option `token` gets there the token that it may send (settings_token_for), or none.  */
size_t registry_storage_count (const struct registry *registry);
size_t registry_transport_count (const struct registry *registry);
size_t registry_assets_count (const struct registry *registry);
int registry_storage (struct registry *registry, size_t index, struct hfcore_call *call,
                      const struct hfcore_storage **storage);
int registry_transport (struct registry *registry, size_t index, struct hfcore_call *call,
                        const struct hfcore_transport **transport);
int registry_assets (struct registry *registry, size_t index, struct hfcore_call *call,
                     const struct registry_assets **assets);
/* Of the entry as configured; needs no opening.  */
const struct settings_instance *registry_storage_entry (const struct registry *registry,
                                                        size_t index);
const struct settings_instance *registry_transport_entry (const struct registry *registry,
                                                          size_t index);
bool registry_is_open (struct registry *registry, bool transport, size_t index);

/* Load every plugin of the chains and check its options, open nothing; the first failure.  */
int registry_check (const struct settings *settings, const struct loader_path *path,
                    struct hfcore_error *error);

#endif
