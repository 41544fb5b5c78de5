/* SPDX-License-Identifier: Apache-2.0 */
/* output.c: messages, results and exit codes.  */
#include "core/cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "core/cli/progress.h"
#include "core/util/text.h"

#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define GREY   "\033[90m"

static int
status_of_errno (int os_errno)
{
  switch (os_errno)
    {
    case EACCES:
    case EPERM:
    case ENOSPC:
    case EDQUOT:
    case EROFS:
      return STATUS_DISK;
    default:
      return STATUS_FAILED;
    }
}

int
output_status (const struct hfcore_error *error)
{
  switch (error->code)
    {
    case HFCORE_OK:
      return STATUS_DONE;
    case HFCORE_E_CONFIG:
      return STATUS_USAGE;
    case HFCORE_E_NOTFOUND:
      return STATUS_NOTFOUND;
    case HFCORE_E_AUTH:
      return STATUS_ACCESS;
    case HFCORE_E_RETRY:
    case HFCORE_E_DOWN:
    case HFCORE_E_BUSY:
      return STATUS_NETWORK;
    case HFCORE_E_CORRUPT:
      return STATUS_CORRUPT;
    case HFCORE_E_NOSPACE:
    case HFCORE_E_READONLY:
      return STATUS_DISK;
    case HFCORE_E_CANCELLED:
      return STATUS_INTERRUPTED;
    case HFCORE_E_IO:
      return status_of_errno (error->os_errno);
    default:
      return STATUS_FAILED;
    }
}

bool
output_variable_is_true (const char *name)
{
  static const char *const yes[] = { "1", "on", "yes", "true" };
  const char *value = getenv (name);
  for (size_t i = 0; value && i < sizeof yes / sizeof *yes; i++)
    if (strcasecmp (value, yes[i]) == 0)
      return true;
  return false;
}

bool
output_has_colour (int fd)
{
  const char *off = getenv ("NO_COLOR"), *term = getenv ("TERM");
  return !(off && *off) && term && *term && strcmp (term, "dumb") != 0 && isatty (fd);
}

/* One line on stderr by one write, beside bars if there are any. `kind` may be "".  */
static void
say (struct progress *progress, const char *colour, const char *kind, const char *message)
{
  char clean[2048];
  CLEANUP_TEXT struct text line = TEXT_LIMIT (4096);
  text_one_line (clean, sizeof clean, message);
  if (!output_has_colour (STDERR_FILENO))
    text_addf (&line, "hfcore: %s%s\n", kind, clean);
  else
    text_addf (&line, "%shfcore:\033[0m %s%s\n", colour, kind, clean);
  if (!line.failed)
    progress_print (progress, line.bytes, line.len);
}

/* What a user of the command can do about it, for messages that do not say so themselves. Our
 * messages read "what went wrong; what to do".  */
static const char *
advice (const struct hfcore_error *error)
{
  if (strstr (error->message, "; "))
    return "";
  switch (error->code)
    {
    case HFCORE_E_AUTH:
      return "; give a token with the right to read it (HF_TOKEN or --token)";
    case HFCORE_E_NOTFOUND:
      if (error->missing == HFCORE_MISSING_REPO)
        return "; check its name and --repo-type, a private one needs a token";
      return error->missing == HFCORE_MISSING_REVISION ? "; check --revision" : "";
    case HFCORE_E_NOSPACE:
      return "; make room or choose another --cache-dir";
    case HFCORE_E_READONLY:
      return "; check its permissions or choose another --cache-dir";
    case HFCORE_E_RETRY:
      return "; try again later";
    default:
      return "";
    }
}

int
output_error (const struct hfcore_error *error)
{
  const char *what = error->message[0] ? error->message : "failed, and nothing says why";
  /* "mirror (transport-hub)": shown only where the text does not name it anyway. */
  char name[sizeof error->origin];
  snprintf (name, sizeof name, "%.*s", (int) strcspn (error->origin, " "), error->origin);
  bool says_who = !name[0] || strstr (what, error->origin);
  CLEANUP_TEXT struct text line = TEXT_LIMIT (2048);
  text_addf (&line, "%s%s", what, advice (error));
  if (!says_who)
    text_addf (&line, " [%s]", error->origin);
  say (NULL, RED, "", line.failed ? what : line.bytes);
  return output_status (error);
}

int
output_fail (int status, const char *format, ...)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 16);
  va_list args;
  va_start (args, format);
  text_vaddf (&line, format, args);
  va_end (args);
  say (NULL, RED, "", line.failed ? "out of memory" : line.bytes);
  return status;
}

int
output_usage (const char *command, const char *format, ...)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 16);
  va_list args;
  va_start (args, format);
  text_vaddf (&line, format, args);
  va_end (args);
  text_addf (&line, "; try 'hfcore %s%s--help'", command ? command : "", command ? " " : "");
  say (NULL, RED, "", line.failed ? "out of memory" : line.bytes);
  return STATUS_USAGE;
}

void
output_warning (const char *format, ...)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 16);
  va_list args;
  va_start (args, format);
  text_vaddf (&line, format, args);
  va_end (args);
  say (NULL, YELLOW, "warning: ", line.failed ? "out of memory" : line.bytes);
}

void
output_log (void *ctx, int32_t level, const char *line)
{
  static const char *const kinds[] = { "", "warning: ", "info: ", "debug: " };
  static const char *const colours[] = { RED, YELLOW, GREY, GREY };
  int32_t known = level < HFCORE_LOG_ERROR   ? HFCORE_LOG_ERROR
                  : level > HFCORE_LOG_DEBUG ? HFCORE_LOG_DEBUG
                                             : level;
  say (ctx, colours[known], kinds[known], line);
}

int
output_json (json_t *value)
{
  int failed = !value || json_dumpf (value, stdout, JSON_ENSURE_ASCII | JSON_ENCODE_ANY) < 0;
  json_decref (value);
  if (failed)
    return output_fail (STATUS_FAILED, "the result cannot be written as JSON, which holds UTF-8 "
                                       "text only; run it without --json");
  putchar ('\n');
  return STATUS_DONE;
}

void
output_line (const char *text)
{
  char clean[8192]; /* longer than a path can be */
  bool is_shown = isatty (STDOUT_FILENO);
  if (is_shown)
    text_one_line (clean, sizeof clean, text);
  puts (is_shown ? clean : text);
}

int
output_close (int status)
{
  int failed = ferror (stdout);
  errno = 0;
  if (fflush (stdout) != 0 || failed)
    return output_fail (STATUS_FAILED, "cannot write the result: %s",
                        errno ? strerror (errno) : "the output failed");
  return status;
}
