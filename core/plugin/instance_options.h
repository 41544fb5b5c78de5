/* SPDX-License-Identifier: Apache-2.0 */
/* instance_options.h: the options that a plugin is opened with: what its entry says, and where
 * that says nothing, what the top level says.  */
#ifndef HFCORE_PLUGIN_INSTANCE_OPTIONS_H
#define HFCORE_PLUGIN_INSTANCE_OPTIONS_H

#include <stdbool.h>
#include "core/config/option_table.h"
#include "core/config/settings.h"
#include "core/plugin/loader.h"

/* Checked, the caller's (option_table_free). `wants_token`: of a transport; the secret option
 * `token` then holds the token that this entry may send, or nothing (settings_token_for). Other
 * secrets come from the entry only. HFCORE_E_CONFIG as option_table_check says it.  */
int instance_options (const struct settings *settings, const struct settings_instance *entry,
                      const struct loader_module *module, bool wants_token,
                      struct hfcore_settings **options, struct hfcore_error *error);

#endif
