/* SPDX-License-Identifier: Apache-2.0 */
/* workers.h: threads that share out the parts of one piece of work.  */
#ifndef HFCORE_ENGINE_WORKERS_H
#define HFCORE_ENGINE_WORKERS_H

#include <stddef.h>

#define WORKERS_MOST 64u

/* `work` in as many threads, each of which takes one part after the other until none is left; at
 * most one a part. This thread is one of them, and where no more can be had, the fewer do it.  */
void workers_run (unsigned workers, size_t parts, void *(*work) (void *ctx), void *ctx);

#endif
