/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the hfcore command. A cached look-up is over within a millisecond, so what is done here
 * is done by everyone: no locale, no terminal, no library that is not needed.  */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"

/* A standard descriptor that is closed must not become some file of the cache: opened the wrong
 * way round, so that writing to it still fails.  */
static void
keep_standard_descriptors (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main (int argc, char **argv)
{
  keep_standard_descriptors ();
  /* A reader that is gone shows as a failed write. */
  signal (SIGPIPE, SIG_IGN);
  return output_close (command_table_run (argc, argv));
}
