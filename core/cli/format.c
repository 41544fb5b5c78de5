/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: see format.h.  */
#include "core/cli/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/cli/output.h"

#define GREEN "\033[32m"
#define RESET "\033[0m"

static int
refuse_two (const struct arguments *arguments, const char *one, const char *other)
{
  return output_usage (arguments->command, "'%s' and '%s' are mutually exclusive", one, other);
}

const char *const format_names[] = { "auto", "human", "agent", "json", "quiet", NULL };

/* "auto" is for people: whether an agent asks is not guessed.  */
int
format_read (const struct arguments *arguments, enum format *format)
{
  static const enum format formats[]
      = { FORMAT_HUMAN, FORMAT_HUMAN, FORMAT_AGENT, FORMAT_JSON, FORMAT_QUIET };
  *format = arguments->json ? FORMAT_JSON : arguments->quiet ? FORMAT_QUIET : FORMAT_HUMAN;
  if (arguments->json && arguments->quiet)
    return refuse_two (arguments, "--json", "-q");
  if (!arguments->format)
    return STATUS_DONE;
  if (arguments->json || arguments->quiet)
    return refuse_two (arguments, arguments->json ? "--json" : "-q", "--format");
  for (size_t i = 0; format_names[i]; i++)
    if (strcmp (arguments->format, format_names[i]) == 0)
      {
        *format = formats[i];
        return STATUS_DONE;
      }
  return output_usage (arguments->command,
                       "--format is auto, human, agent, json or quiet, not '%s'",
                       arguments->format);
}

/* As Python prints it.  */
static void
print_value (const json_t *value)
{
  if (json_is_boolean (value))
    fputs (json_is_true (value) ? "True" : "False", stdout);
  else if (json_is_integer (value))
    printf ("%" JSON_INTEGER_FORMAT, json_integer_value (value));
  else
    fputs (json_string_value (value), stdout);
}

int
format_print_result (enum format format, const char *message, json_t *fields)
{
  const char *key, *off = getenv ("NO_COLOR");
  json_t *value;
  bool colour = format == FORMAT_HUMAN && (!off || !*off), first = true;
  if (format == FORMAT_JSON || !fields)
    return output_json (fields);
  if (format == FORMAT_HUMAN)
    printf ("%s✓ %s%s\n", colour ? GREEN : "", message, colour ? RESET : "");
  json_object_foreach (fields, key, value)
  {
    if (format == FORMAT_HUMAN)
      printf ("  %s: ", key);
    else if (format == FORMAT_AGENT)
      printf ("%s%s=", first ? "" : " ", key);
    if (first || format != FORMAT_QUIET)
      print_value (value);
    if (format == FORMAT_HUMAN || (format == FORMAT_QUIET && first))
      putchar ('\n');
    first = false;
  }
  if (format == FORMAT_AGENT)
    putchar ('\n');
  json_decref (fields);
  return STATUS_DONE;
}
