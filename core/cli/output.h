/* SPDX-License-Identifier: Apache-2.0 */
/* output.h: what the command says: results on stdout, one-line messages on stderr, exit codes
 * (design 6).  */
#ifndef HFCORE_CLI_OUTPUT_H
#define HFCORE_CLI_OUTPUT_H

#include <stdbool.h>
#include <jansson.h>
#include <hfcore/hfcore.h>

enum
{
  STATUS_DONE = 0,
  STATUS_FAILED = 1,
  STATUS_USAGE = 2,    /* or configuration                                                   */
  STATUS_NOTFOUND = 3, /* repository, revision, file, cache folder                           */
  STATUS_ACCESS = 4,
  STATUS_NETWORK = 5, /* or offline                                                         */
  STATUS_CORRUPT = 6,
  STATUS_DISK = 7, /* no space, no permission                                            */
  STATUS_INTERRUPTED = 130
};

/* The exit code for a failure of the library.  */
int output_status (const struct hfcore_error *error);

/* Each prints one line on stderr, "hfcore: …", cleaned of control characters and never cut in the
 * middle of a character, and returns the exit code.  */
int output_error (const struct hfcore_error *error);
int output_fail (int status, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* `command` NULL: of hfcore as a whole. Adds "try 'hfcore COMMAND --help'".  */
int output_usage (const char *command, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void output_warning (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* The `log` of struct hfcore_options; `ctx`: a struct progress that may have bars on the screen,
 * or NULL.  */
void output_log (void *ctx, int32_t level, const char *line);

/* Print `value` (its reference is taken) and a newline on stdout. NULL, or what JSON cannot hold:
 * fails. Returns the exit code.  */
int output_json (json_t *value);

/* May colours be used there? On a terminal that is not dumb, without NO_COLOR.  */
bool output_has_colour (int fd);
/* Is this variable one of 1 ON YES TRUE, in any case (spec 1.1)?  */
bool output_variable_is_true (const char *name);

/* A line on stdout. As it is for a script; a terminal gets nothing that it would obey: `text` may
 * come from the network. What cannot be written is told by output_close.  */
void output_line (const char *text);

/* Flush stdout; a result that could not be written is a failure. Returns the exit code.  */
int output_close (int status);

#endif
