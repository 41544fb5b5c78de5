/* SPDX-License-Identifier: Apache-2.0 */
/* call.h: one operation: its error, its arena, its deadline, its way to stop, its progress.
 * A call belongs to one thread at a time; `cancel` may be set from anywhere.  */
#ifndef HFCORE_PLUGIN_CALL_H
#define HFCORE_PLUGIN_CALL_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/plugin.h>
#include "core/config/pool.h"

struct hfcore_call
{
  struct hfcore_error error;
  uint32_t recorded; /* failures recorded so far: tells whether an op said why it failed          */
  int32_t stopped;   /* what call_tick said last                                                 */
  struct pool overflow; /* of the arena, when `inline_room` is full                              */
  size_t inline_used;
  int64_t deadline_ms;      /* clock_now_ms () at which it ends; 0: none                          */
  const atomic_int *cancel; /* non-zero: stop; NULL: cannot be stopped                            */
  /* Non-zero: stop. May be NULL. (0, 0) says only that time passes.  */
  int (*progress) (void *ctx, uint64_t done, uint64_t total);
  void *progress_ctx;
  const char *origin; /* set by the guard while a plugin runs, else NULL                          */
  /* The arena's first bytes, so that a look-up allocates nothing.  */
  _Alignas(max_align_t) char inline_room[1024];
};

void call_init (struct hfcore_call *call, const atomic_int *cancel);
/* Forget error and results, keep cancel, deadline and progress: ready for the next op.  */
void call_reset (struct hfcore_call *call);
void call_done (struct hfcore_call *call);
#define CLEANUP_CALL __attribute__ ((cleanup (call_done)))

/* Record a failure and return `code`; what is no failure (0 or more) is recorded as HFCORE_E_IO.
 * The text is made one clean line, the origin is that of the plugin that runs, all other facts
 * are cleared.  */
int call_fail (struct hfcore_call *call, int code, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void call_forget (struct hfcore_call *call);
/* Take over what another call failed with, or an error that was kept; returns its code.  */
int call_adopt_error (struct hfcore_call *call, const struct hfcore_call *from);
int call_adopt (struct hfcore_call *call, const struct hfcore_error *error);

/* Copies live until the call is reset or done, are aligned for any type, and have a zero byte
 * behind them. NULL: no memory, HFCORE_E_NOMEM is recorded.  */
void *call_keep (struct hfcore_call *call, const void *data, size_t len);

/* 0: go on. HFCORE_E_CANCELLED: the caller or its progress function wants it stopped.
 * HFCORE_E_RETRY (os_errno ETIMEDOUT): the deadline is gone. That is no wish of the caller's, so
 * that retries and the next source still apply. Both are recorded.  */
int call_tick (struct hfcore_call *call, uint64_t done, uint64_t total);
int call_cancelled (const struct hfcore_call *call);
/* Until the deadline, 0 when it is gone; -1: there is none.  */
int64_t call_time_left_ms (const struct hfcore_call *call);

#endif
