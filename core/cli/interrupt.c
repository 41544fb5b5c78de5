/* SPDX-License-Identifier: Apache-2.0 */
/* interrupt.c: Ctrl-C and SIGTERM.  */
#include "core/cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>
#include <hfcore/hfcore.h>
#include "core/cli/output.h"

static _Atomic (struct hfcore *) watched;
static atomic_int caught;

static void
handle (int number)
{
  int saved = errno;
  (void) number;
  struct hfcore *cache = atomic_load (&watched);
  if (atomic_fetch_add (&caught, 1) > 0 || !cache)
    _exit (STATUS_INTERRUPTED);
  hfcore_cancel (cache);
  errno = saved;
}

void
interrupt_watch (struct hfcore *cache)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
  sigemptyset (&action.sa_mask);
  atomic_store (&watched, cache);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      struct sigaction before;
      if (sigaction (numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction (numbers[i], &action, NULL);
    }
}

void
interrupt_unwatch (void)
{
  atomic_store (&watched, NULL);
}
