/* SPDX-License-Identifier: Apache-2.0 */
/* handle.h: what stands behind the public `struct hfcore`.  */
#ifndef HFCORE_LIB_HANDLE_H
#define HFCORE_LIB_HANDLE_H

#include <hfcore/hfcore.h>
#include "core/engine/engine.h"

struct hfcore
{
  struct hfcore_options options; /* log and ctx; its strings are not kept                        */
  struct engine *engine;
};

/* The settings that these options, the files and the environment give.  */
int handle_load (const struct hfcore_options *options, struct settings **settings,
                 struct hfcore_error *error);
/* Returns `code`; the message is put in where there is none yet.  */
int handle_fail (struct hfcore_error *error, int code, const char *message);

#endif
