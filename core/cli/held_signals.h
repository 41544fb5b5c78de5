/* SPDX-License-Identifier: Apache-2.0 */
/* held_signals.h: signals that are taken only while the program waits for its user, so that none is
 * missed and none comes in the middle of something.  */
#ifndef HFCORE_CLI_HELD_SIGNALS_H
#define HFCORE_CLI_HELD_SIGNALS_H

#include <signal.h>

enum
{
  HELD_MOST = 4
};

struct held_signals
{
  sigset_t before;                 /* what was blocked  */
  struct sigaction old[HELD_MOST]; /* what was done  */
};

/* From now on SIGINT, SIGTERM, SIGHUP (those that are not ignored) and SIGWINCH wait. One at a time
 * in a program, from its only thread.  */
void held_signals_begin (struct held_signals *held);
/* All is as before. A signal that nobody waited for is delivered now.  */
void held_signals_end (struct held_signals *held);

/* Wait for input or a signal: 0: there is input, or its end, at `fd`; else the number of the
 * signal, SIGHUP too where `fd` is a terminal that is gone.  */
int held_signals_wait (const struct held_signals *held, int fd);

#endif
