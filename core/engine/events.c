/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: see events.h.  */
#include "core/engine/events.h"

#include "core/util/cleanup.h"

void
events_init (struct events *events, int (*event) (void *ctx, const struct hfcore_event *event),
             void *ctx)
{
  *events = (struct events){ .event = event, .ctx = ctx };
  pthread_mutex_init (&events->mutex, NULL);
}

void
events_done (struct events *events)
{
  pthread_mutex_destroy (&events->mutex);
}

static int
has_listener_stopped (void *ctx, uint64_t done, uint64_t total)
{
  struct events *events = ctx;
  (void) done;
  (void) total;
  return atomic_load (&events->stop);
}

void
events_watch (struct events *events, struct hfcore_call *call)
{
  call->progress = has_listener_stopped;
  call->progress_ctx = events;
}

int
events_tell (struct events *events, int kind, const char *path, uint64_t done, uint64_t total,
             uint64_t files)
{
  if (!events->event)
    return 0;
  const struct hfcore_event event = {
    .size = sizeof event, .kind = kind, .path = path, .done = done, .total = total, .files = files
  };
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&events->mutex);
  if (events->event (events->ctx, &event) != 0)
    atomic_store (&events->stop, 1);
  return atomic_load (&events->stop);
}
