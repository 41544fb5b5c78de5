/* SPDX-License-Identifier: Apache-2.0 */
/* option_table.h: the options of one instance against the table that its plugin declares.  */
#ifndef HFCORE_CONFIG_OPTION_TABLE_H
#define HFCORE_CONFIG_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/plugin.h>
#include "core/config/settings.h"

/* One option, typed. `hfcore_settings` is what a plugin is given (plugin.h).  */
struct option_value
{
  const char *key;
  char **items; /* expanded; NULL: unset and no default                             */
  size_t count;
  int64_t number;
  uint32_t flags;
};

struct hfcore_settings
{
  struct option_value *values;
  size_t count;
};

/* Checked and typed, the caller's. Unknown keys, wrong types, missing REQUIRED ones give
 * HFCORE_E_CONFIG and "FILE:LINE:COLUMN: …", with a "did you mean" where one is near. `table`
 * ends with a NULL key, its stride is `stride` bytes; NULL: no options. What a default or the
 * environment gave to an instance whose plugin does not know that option is left out: only what
 * a person wrote there can be a mistake. PATHs of files and of the table are expanded; those of
 * the environment and of flags already are.  */
int option_table_check (const struct hfcore_option *table, size_t stride,
                        const struct settings_instance *instance, struct hfcore_settings **checked,
                        struct hfcore_error *error);
void option_table_free (struct hfcore_settings *checked);

const struct option_value *option_table_get (const struct hfcore_settings *checked,
                                             const char *key);
/* Let an option of the table have this text (NULL: be unset) in place of what it had: a token that
 * was found elsewhere. HFCORE_E_CONFIG: no such option; HFCORE_E_NOMEM.  */
int option_table_put (struct hfcore_settings *checked, const char *key, const char *text);
/* "text", "path", "integer" … as `plugin show` prints it.  */
const char *option_table_type_name (int32_t type);
/* Parse one scalar as `type`: into *number for the numeric types (for URL and PATH the text is
 * only checked). NULL, or what was expected ("yes or no", "a size such as 20MB" …).  */
const char *option_table_parse (int32_t type, const char *text, int64_t *number);
/* The text as it is used: a URL without its trailing slashes, a PATH expanded if `expand`. A new
 * string; NULL: no memory.  */
char *option_table_normal (int32_t type, const char *text, bool expand);
/* Is an expanded PATH still none? NULL, or what was expected.  */
const char *option_table_check_expanded (const char *path);

#endif
