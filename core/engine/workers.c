/* SPDX-License-Identifier: Apache-2.0 */
/* workers.c: see workers.h.  */
#include "core/engine/workers.h"

#include <pthread.h>

void
workers_run (unsigned workers, size_t parts, void *(*work) (void *ctx), void *ctx)
{
  pthread_t threads[WORKERS_MOST];
  unsigned started = 0;
  if (workers > WORKERS_MOST)
    workers = WORKERS_MOST;
  if (workers > parts)
    workers = (unsigned) parts;
  while (started + 1 < workers && pthread_create (&threads[started], NULL, work, ctx) == 0)
    started++;
  work (ctx);
  while (started > 0)
    pthread_join (threads[--started], NULL);
}
