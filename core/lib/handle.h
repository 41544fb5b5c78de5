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

/* The call of an operation that the application asked for; CANCELLED after hfcore_cancel. Either
 * way handle_finish is due.  */
int handle_begin (struct hfcore *cache, struct hfcore_call *call);
/* Copy a path for the caller, cut where there is not `room` for it and its zero byte, which is
 * CONFIG; nothing is copied where `room` is 0.  */
int handle_copy (struct hfcore_call *call, const char *found, char *path, size_t room);
/* Tell the caller what the call ended with, and end it. Returns `code`.  */
int handle_finish (struct hfcore_call *call, int code, struct hfcore_error *error);

#endif
