/* SPDX-License-Identifier: Apache-2.0 */
/* peak FILE COMMAND…: run the command, write the peak of its resident memory in KiB, as the kernel
 * counted it, to FILE, and end as it ended.  */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  struct rusage usage;
  int status;
  if (argc < 3)
    return fprintf (stderr, "usage: peak FILE COMMAND…\n"), 2;
  /* vfork: a copy of this process would count as the peak of what runs in it later.  */
  pid_t pid = vfork ();
  if (pid == 0)
    {
      execvp (argv[2], argv + 2);
      _exit (127);
    }
  if (pid < 0 || wait4 (pid, &status, 0, &usage) < 0)
    return perror ("peak"), 99;
  FILE *file = fopen (argv[1], "w");
  if (!file || fprintf (file, "%ld\n", usage.ru_maxrss) < 0 || fclose (file))
    return perror (argv[1]), 99;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
