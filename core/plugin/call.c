/* SPDX-License-Identifier: Apache-2.0 */
/* call.c: see call.h.  */
#include "core/plugin/call.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/clock.h"
#include "core/util/text.h"

enum
{
  RESULT_MOST = 1 << 30, /* what claims to be longer is a mistake  */
  MESSAGE_ROOM = 1024    /* before cleaning, which may shorten it  */
};

void
call_init (struct hfcore_call *call, const atomic_int *cancel)
{
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
  call->recorded = 0;
  call->stopped = 0;
  call->overflow = (struct pool){ 0 };
  call->inline_used = 0;
  call->deadline_ms = 0;
  call->cancel = cancel;
  call->progress = NULL;
  call->progress_ctx = NULL;
  call->origin = NULL;
}

static void
free_results (struct hfcore_call *call)
{
  pool_free (&call->overflow);
  call->inline_used = 0;
}

void
call_reset (struct hfcore_call *call)
{
  free_results (call);
  call_forget (call);
  call->stopped = 0;
}

void
call_done (struct hfcore_call *call)
{
  free_results (call);
}

/* ---- errors ---- */

void
call_forget (struct hfcore_call *call)
{
  if (call->error.code)
    call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
}

int
call_fail (struct hfcore_call *call, int code, const char *format, ...)
{
  /* The arguments may point into the error that is replaced.  */
  char raw[MESSAGE_ROOM];
  va_list args;
  va_start (args, format);
  if (vsnprintf (raw, sizeof raw, format, args) < 0)
    raw[0] = 0;
  va_end (args);
  struct hfcore_error *error = &call->error;
  *error = (struct hfcore_error) HFCORE_ERROR_INIT;
  error->code = code < 0 ? code : HFCORE_E_IO;
  text_one_line (error->message, sizeof error->message, raw);
  if (call->origin)
    text_one_line (error->origin, sizeof error->origin, call->origin);
  call->recorded++;
  return error->code;
}

int
call_adopt (struct hfcore_call *call, const struct hfcore_error *error)
{
  call->error = *error;
  call->recorded++;
  return error->code;
}

int
call_adopt_error (struct hfcore_call *call, const struct hfcore_call *from)
{
  return call_adopt (call, &from->error);
}

/* ---- the arena ---- */

static void *
arena_take (struct hfcore_call *call, size_t size)
{
  const size_t unit = _Alignof(max_align_t);
  if (size > RESULT_MOST)
    return NULL;
  size_t rounded = (size + unit - 1) / unit * unit;
  if (rounded > sizeof call->inline_room - call->inline_used)
    return pool_get (&call->overflow, 1, size);
  char *taken = call->inline_room + call->inline_used;
  call->inline_used += rounded;
  return taken;
}

void *
call_keep (struct hfcore_call *call, const void *data, size_t len)
{
  char *copy = len < SIZE_MAX ? arena_take (call, len + 1) : NULL;
  if (!copy)
    {
      call_fail (call, HFCORE_E_NOMEM, "no memory for a result of %zu bytes", len);
      return NULL;
    }
  if (len)
    memcpy (copy, data, len);
  copy[len] = 0;
  return copy;
}

/* ---- stopping ---- */

int
call_cancelled (const struct hfcore_call *call)
{
  return call->cancel && atomic_load_explicit (call->cancel, memory_order_relaxed) != 0;
}

int64_t
call_time_left_ms (const struct hfcore_call *call)
{
  if (!call->deadline_ms)
    return -1;
  int64_t left = call->deadline_ms - clock_now_ms ();
  return left > 0 ? left : 0;
}

int
call_tick (struct hfcore_call *call, uint64_t done, uint64_t total)
{
  if (call_cancelled (call)
      || (call->progress && call->progress (call->progress_ctx, done, total) != 0))
    return call->stopped = call_fail (call, HFCORE_E_CANCELLED, "stopped");
  if (call_time_left_ms (call) == 0)
    {
      call->stopped = call_fail (call, HFCORE_E_RETRY, "timed out");
      call->error.os_errno = ETIMEDOUT;
      return call->stopped;
    }
  return call->stopped = 0;
}
