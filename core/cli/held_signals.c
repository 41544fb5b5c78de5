/* SPDX-License-Identifier: Apache-2.0 */
/* held_signals.c: see held_signals.h.  */
#include "core/cli/held_signals.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

static const int numbers[HELD_MOST] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
static volatile sig_atomic_t caught;

static void
handle (int number)
{
  /* A new size is no news beside a wish to end. */
  if (!caught || caught == SIGWINCH)
    caught = number;
}

void
held_signals_begin (struct held_signals *held)
{
  const struct sigaction action = { .sa_handler = handle };
  sigset_t blocked;
  sigemptyset (&blocked);
  for (size_t i = 0; i < HELD_MOST; i++)
    sigaddset (&blocked, numbers[i]);
  sigprocmask (SIG_BLOCK, &blocked, &held->before);
  caught = 0;
  for (size_t i = 0; i < HELD_MOST; i++)
    {
      sigaction (numbers[i], NULL, &held->old[i]);
      if (held->old[i].sa_handler != SIG_IGN || numbers[i] == SIGWINCH)
        sigaction (numbers[i], &action, NULL);
    }
}

void
held_signals_end (struct held_signals *held)
{
  for (size_t i = 0; i < HELD_MOST; i++)
    sigaction (numbers[i], &held->old[i], NULL);
  sigprocmask (SIG_SETMASK, &held->before, NULL);
}

int
held_signals_wait (const struct held_signals *held, int fd)
{
  for (;;)
    {
      struct pollfd input = { .fd = fd, .events = POLLIN };
      int ready = caught ? -1 : ppoll (&input, 1, NULL, &held->before);
      const int number = caught;
      caught = 0;
      if (number)
        return number;
      if (ready < 0 && errno == EINTR)
        continue;
      if (ready > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL) && isatty (fd))
        return SIGHUP;
      /* Where it cannot be polled reading will tell.  */
      return 0;
    }
}
