/* SPDX-License-Identifier: Apache-2.0 */
/* exec_pool.h: the processes of an instance: started at need, asked one question at a time, kept
 * for the next. Thread safe.  */
#ifndef HFCORE_TRANSPORT_EXEC_POOL_H
#define HFCORE_TRANSPORT_EXEC_POOL_H

#include "plugins/transport-exec/exec.h"

int exec_pool_init (struct exec *exec);
/* No call is at work on it any more. All processes have ended when this returns.  */
void exec_pool_close (struct exec *exec);

/* A process for this thread alone, that has said hello; waits until one is free. Ended by
 * exec_pool_give.  */
int exec_pool_take (struct exec *exec, struct hfcore_call *call, struct exec_slot **slot);
/* `is_spoiled`: it is not known what it does; it is killed.  */
void exec_pool_give (struct exec *exec, struct exec_slot *slot, bool is_spoiled);

#endif
