/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h: a program of the site as a source of files: what the parts of transport-exec share.
 *
 * The program is asked over its stdin and answers on its stdout, in the protocol of
 * hfcore-transport-exec(7). It may be wrong in any way: whatever comes from it is bounded and
 * looked at, and a program that was caught breaking the protocol is killed.  */
#ifndef HFCORE_TRANSPORT_EXEC_H
#define HFCORE_TRANSPORT_EXEC_H

#include <pthread.h>
#include <stdbool.h>
#include <hfcore/plugin.h>
#include "plugins/transport-exec/exec_program.h"

#define EXEC_PROTOCOL      1
#define EXEC_LINE_MAX      ((size_t) 1 << 20) /* bytes of a line of an answer  */
#define EXEC_PROCESSES_MAX 64

struct exec_process;

/* A place for one process.  */
struct exec_slot
{
  struct exec_process *process; /* NULL: none runs, or it is being started  */
  bool is_taken;
  pthread_t owner; /* of a taken one  */
};

struct exec
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  struct exec_program program;
  int64_t timeout_ms;
  bool has_caps; /* set by the first process that said hello, in `open`  */
  uint32_t caps;

  pthread_mutex_t mutex; /* of what follows  */
  pthread_cond_t given;  /* a slot was given back  */
  struct exec_slot slots[EXEC_PROCESSES_MAX];
  size_t slot_count;
  struct exec_process *dying; /* killed, and not gone yet  */
};

#endif
