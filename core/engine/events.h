/* SPDX-License-Identifier: Apache-2.0 */
/* events.h: what happens to files, told to the application one event at a time.  */
#ifndef HFCORE_ENGINE_EVENTS_H
#define HFCORE_ENGINE_EVENTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <hfcore/hfcore.h>

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
/* Non-zero: stop. Thread safe.  */
int events_tell (struct events *events, int kind, const char *path, uint64_t done, uint64_t total,
                 uint64_t files);

#endif
