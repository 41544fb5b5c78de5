/* SPDX-License-Identifier: Apache-2.0 */
/* interrupt.h: Ctrl-C and SIGTERM end a download in order: the first asks it to stop, the second
 * ends the process at once.  */
#ifndef HFCORE_CLI_INTERRUPT_H
#define HFCORE_CLI_INTERRUPT_H

#include <stdbool.h>

struct hfcore;

/* From now on signals cancel `cache`; a signal that was ignored when we began stays ignored.  */
void interrupt_watch (struct hfcore *cache);
/* Call before the cache is closed. */
void interrupt_unwatch (void);

#endif
