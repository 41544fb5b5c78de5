/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: the library, opened as the command line says.  */
#ifndef HFCORE_CLI_SESSION_H
#define HFCORE_CLI_SESSION_H

#include <hfcore/hfcore.h>
#include "core/cli/arguments.h"

struct progress;

/* The arguments as the library wants them; `progress` (or NULL) shows the log.  */
void session_options (const struct arguments *arguments, struct progress *progress,
                      struct hfcore_options *options);
/* Open the cache, the caller's to close with hfcore_close. STATUS_DONE, or the failure has been
 * printed and its exit code is returned.  */
int session_open (const struct arguments *arguments, struct progress *progress,
                  struct hfcore **cache);

/* Is this line of `config show` so?  */
bool session_value_is (struct hfcore *cache, const char *key, const char *value);

static inline void
session_close (struct hfcore **cache)
{
  hfcore_close (*cache);
}
#define CLEANUP_SESSION __attribute__ ((cleanup (session_close)))

#endif
