/* SPDX-License-Identifier: Apache-2.0 */
/* module_host.c: see module_host.h.  */
#include "tests/contract/module_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/plugin/call.h"

#define OPTIONS_MAX 16

static _Noreturn void
die (const char *what, const char *why)
{
  fprintf (stderr, "%s: %s\n", what, why);
  _Exit (99);
}

static const struct loader_module *
load (const char *name)
{
  const struct loader_module *found = NULL;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct loader_path path;
  if (loader_path_make (NULL, NULL, 0, &path))
    die ("loader_path_make", "no memory");
  if (loader_find (&path, name, &found, &error))
    die ("loader_find", error.message);
  loader_path_free (&path);
  return found;
}

int
test_module_open (struct test_module *module, enum guard_kind kind, const char *plugin,
                  const char *name, bool read_only, const struct host_log *log,
                  const char *const *options)
{
  struct settings_value values[OPTIONS_MAX] = { 0 };
  char *items[OPTIONS_MAX];
  const struct loader_module *loaded = load (plugin);
  struct settings_instance instance = {
    .name = (char *) name, .plugin = loaded->name, .read_only = read_only, .options = values
  };
  memset (module, 0, sizeof *module);
  for (; options[0] && instance.option_count < OPTIONS_MAX; options += 2)
    {
      size_t i = instance.option_count++;
      items[i] = (char *) options[1];
      values[i]
          = (struct settings_value){ .key = (char *) options[0], .items = &items[i], .count = 1 };
    }
  guard_init (&module->guard, kind, loaded, name, read_only, log);
  int code = option_table_check (loaded->descriptor.options, loaded->descriptor.option_size,
                                 &instance, &module->settings, &module->error);
  if (code != HFCORE_OK)
    return code;
  struct hfcore_open open = { .size = sizeof open,
                              .read_only = read_only,
                              .name = name,
                              .host = &host_table,
                              .settings = module->settings,
                              .journal = &module->guard.journal };
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  code = guard_open (&module->guard, &call, &open);
  module->error = call.error;
  return code;
}

void
test_module_close (struct test_module *module)
{
  guard_free (&module->guard);
  option_table_free (module->settings);
  module->settings = NULL;
}
