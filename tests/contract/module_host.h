/* SPDX-License-Identifier: Apache-2.0 */
/* module_host.h: a module as the engine would have it: found by the real loader in
 * HFCORE_PLUGIN_PATH, its options checked, opened and used through the real guard.  */
#ifndef HFCORE_TESTS_MODULE_HOST_H
#define HFCORE_TESTS_MODULE_HOST_H

#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/config/option_table.h"
#include "core/plugin/guard.h"

struct test_module
{
  struct guard guard; /* `self` of the guard's ops  */
  struct hfcore_settings *settings;
  struct hfcore_error error; /* why it was not opened  */
};

/* `options`: "key", "value", …, NULL; others have their defaults. `name` and `log` outlive it. Ends
 * the program where there is no such plugin; else the code, and test_module_close is due.  */
int test_module_open (struct test_module *module, enum guard_kind kind, const char *plugin,
                      const char *name, bool read_only, const struct host_log *log,
                      const char *const *options);
void test_module_close (struct test_module *module);

#endif
