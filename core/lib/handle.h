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

/* Give the caller's `error` (NULL: not wanted; its own size counts, it may be of an older build)
 * what `why` says, with this code, and `otherwise` where `why` has no message; or, with HFCORE_OK,
 * that nothing is wrong. Returns `code`.  */
int handle_tell (struct hfcore_error *error, const struct hfcore_error *why, int code,
                 const char *otherwise);

#endif
