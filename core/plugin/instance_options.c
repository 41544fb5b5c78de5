/* SPDX-License-Identifier: Apache-2.0 */
/* instance_options.c: see instance_options.h.  */
#include "core/plugin/instance_options.h"

#include <stdlib.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/util/vector.h"

VECTOR_DEFINE (option_list, struct settings_value);

/* Row `index` of the plugin's table; its key is NULL at the end.  */
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

static int
add_settings (const struct settings *settings, const struct settings_instance *entry,
              const struct loader_module *module, struct option_list *options)
{
  struct hfcore_option row;
  for (size_t i = 0; (row = option_row (module, i)).key; i++)
    {
      const struct settings_value *found = settings_get (settings, row.key);
      if (!found || !found->count || (row.flags & HFCORE_OPTION_SECRET)
          || strcmp (row.key, "token") == 0 || settings_option (entry, row.key))
        continue;
      struct settings_value value = *found;
      /* It is expanded already, as what files say is not.  */
      if (value.origin.layer == SETTINGS_SYSTEM || value.origin.layer == SETTINGS_USER)
        value.origin.layer = SETTINGS_FLAG;
      if (option_list_append (options, value) < 0)
        return -1;
    }
  return 0;
}

/* Let the option `token` hold the token itself in place of what the entry says of it.  */
static int
put_token (const struct settings *settings, const struct settings_instance *entry,
           struct hfcore_settings *options, struct hfcore_error *error)
{
  const struct option_value *declared = option_table_get (options, "token");
  if (!declared || !(declared->flags & HFCORE_OPTION_SECRET))
    return HFCORE_OK;
  char *token = NULL;
  int code = settings_token_for (settings, entry, &token, error);
  if (code)
    return code;
  code = option_table_put (options, "token", token);
  if (token)
    explicit_bzero (token, strlen (token));
  free (token);
  return code ? config_no_memory (error) : HFCORE_OK;
}

/* All that the entry is to be opened with: its own options, then the top level's.  */
static int
collect (const struct settings *settings, const struct settings_instance *entry,
         const struct loader_module *module, struct option_list *options)
{
  for (size_t i = 0; i < entry->option_count; i++)
    if (option_list_append (options, entry->options[i]) < 0)
      return -1;
  return add_settings (settings, entry, module, options);
}

int
instance_options (const struct settings *settings, const struct settings_instance *entry,
                  const struct loader_module *module, bool wants_token,
                  struct hfcore_settings **options, struct hfcore_error *error)
{
  struct option_list all = { 0 };
  struct settings_instance whole = *entry;
  int code = collect (settings, entry, module, &all) < 0 ? config_no_memory (error) : HFCORE_OK;
  whole.options = all.items;
  whole.option_count = all.count;
  if (code == HFCORE_OK)
    code = option_table_check (module->descriptor.options, module->descriptor.option_size, &whole,
                               options, error);
  free (all.items);
  if (code || !wants_token)
    return code;
  code = put_token (settings, entry, *options, error);
  if (code)
    {
      option_table_free (*options);
      *options = NULL;
    }
  return code;
}
