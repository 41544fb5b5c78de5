/* SPDX-License-Identifier: Apache-2.0 */
/* exec_process.h: one process of the program, its pipes and its end. It leads a process group of
 * its own, all of which is killed with it. One thread at a time.  */
#ifndef HFCORE_TRANSPORT_EXEC_PROCESS_H
#define HFCORE_TRANSPORT_EXEC_PROCESS_H

#include <sys/types.h>
#include "plugins/transport-exec/exec.h"

#define EXEC_PATIENCE   10   /* times the timeout: the most that "wait" is heard  */
#define EXEC_WORDS_ROOM 1024 /* of a line of stderr; what is longer is cut  */

struct exec_process
{
  struct exec_process *next; /* of those that are dying  */
  pid_t pid;
  int to;     /* its stdin: our end of a socket, so that writing raises no signal  */
  int from;   /* its stdout  */
  int errors; /* its stderr; -1: it has closed it  */

  char *bytes; /* what came and was not taken yet, from `start` to `end`  */
  size_t start, end;

  char words[EXEC_WORDS_ROOM]; /* the line of stderr that comes  */
  size_t words_len;
  char last_words[256]; /* its last whole line, to be shown  */
  unsigned words_told;
};

/* What is waited for in a call; `done` and `total` are told with each tick. `since_ms` is when
 * something came, or was wanted, that is more than a sign of life (clock_now_ms).  */
struct exec_wait
{
  struct exec *exec;
  struct hfcore_call *call;
  struct exec_process *process;
  uint64_t done, total;
  int64_t since_ms;
};

/* Start the program. CONFIG: it may not be run, or cannot; RETRY: the system has no room for it
 * now.  */
int exec_process_start (struct exec *exec, struct hfcore_call *call, struct exec_process **process);

/* All of it into its stdin.  */
int exec_process_send (struct exec_wait *wait, const char *bytes, size_t len);
/* Wait for more bytes behind those that are here; there is room for them if fewer than
 * EXEC_LINE_MAX are. Ticks, and takes what stderr has. RETRY: it has ended, or said nothing for the
 * time allowed, or nothing but signs of life for EXEC_PATIENCE times as long.  */
int exec_process_fill (struct exec_wait *wait);

/* Is it alive and has it said nothing that it was not asked?  */
bool exec_process_is_idle (struct exec *exec, struct exec_process *process);

/* Let it know that no more is asked: its stdin ends.  */
void exec_process_dismiss (struct exec_process *process);
/* Has it ended by itself?  */
bool exec_process_has_ended (const struct exec_process *process);
/* Kill it and its group. True: it is gone and freed; else it is to be tried again with
 * exec_process_bury, it hangs in the system.  */
bool exec_process_kill (struct exec *exec, struct exec_process *process);
/* Wait for a killed one for at most `ms`. True: it is freed.  */
bool exec_process_bury (struct exec_process *process, int ms);

#endif
