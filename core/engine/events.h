/* SPDX-License-Identifier: Apache-2.0 */
/* events.h: what happens to files, told to the application one event at a time.  */
#ifndef HFCORE_ENGINE_EVENTS_H
#define HFCORE_ENGINE_EVENTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <hfcore/hfcore.h>
#include "core/plugin/call.h"

struct events
{
  int (*event) (void *ctx, const struct hfcore_event *event); /* NULL: nobody listens            */
  void *ctx;
  pthread_mutex_t mutex;
  atomic_int stop; /* the listener asked to stop                                        */
};

void events_init (struct events *events, int (*event) (void *ctx, const struct hfcore_event *event),
                  void *ctx);
void events_done (struct events *events);
/* Let this call, and those within it, stop when the listener has asked to.  */
void events_watch (struct events *events, struct hfcore_call *call);
/* Non-zero: stop. Thread safe.  */
int events_tell (struct events *events, int kind, const char *path, uint64_t done, uint64_t total,
                 uint64_t files);

#endif
