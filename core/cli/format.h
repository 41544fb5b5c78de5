/* SPDX-License-Identifier: Apache-2.0 */
/* format.h: in which form a command's result is printed, and the forms that `hf cache` has for it
 * (spec 8.2).  */
#ifndef HFCORE_CLI_FORMAT_H
#define HFCORE_CLI_FORMAT_H

#include <jansson.h>
#include "core/cli/arguments.h"

enum format
{
  FORMAT_HUMAN,
  FORMAT_AGENT,
  FORMAT_JSON,
  FORMAT_QUIET
};

/* What --format may say; ends with NULL.  */
extern const char *const format_names[];
/* What --format, --json and -q say. STATUS_DONE, or what is wrong was printed.  */
int format_read (const struct arguments *arguments, enum format *format);

/* For people and agents, who are told what happens; the others get the result alone.  */
static inline bool
format_is_told (enum format format)
{
  return format == FORMAT_HUMAN || format == FORMAT_AGENT;
}

/* Print what was done: `fields` (whose reference is taken; NULL: out of memory) is an object of
 * strings, integers and booleans. People get `message` before them. Returns the exit code.  */
int format_print_result (enum format format, const char *message, json_t *fields);

#endif
