/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: time whole commands in turn, A B C A B C …, so that a machine whose speed drifts gives
 * them the same weather, and print medians with the ratio of each to the first, pair by pair.
 *
 *   pairs [-n RUNS] [-w WARM-UPS] [-j FILE] -- NAME COMMAND… -- NAME COMMAND… …
 *
 * Standard output of the commands is thrown away; one that fails ends the bench.  */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum
{
  MOST_COMMANDS = 8,
  MOST_RUNS = 2000
};

struct command
{
  const char *name;
  char **argv;
  double wall[MOST_RUNS], cpu[MOST_RUNS];
  long peak_kib;
};

static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

static double
seconds (struct timeval tv)
{
  return (double) tv.tv_sec + (double) tv.tv_usec / 1e6;
}

static void
run (struct command *command, int index)
{
  double start = now ();
  struct rusage usage;
  int status;
  pid_t pid = vfork ();
  if (pid == 0)
    {
      int null = open ("/dev/null", O_WRONLY);
      dup2 (null, STDOUT_FILENO);
      execvp (command->argv[0], command->argv);
      _exit (127);
    }
  if (pid < 0 || wait4 (pid, &status, 0, &usage) < 0 || !WIFEXITED (status)
      || WEXITSTATUS (status) != 0)
    {
      fprintf (stderr, "pairs: %s failed\n", command->name);
      exit (1);
    }
  if (index < 0)
    return;
  command->wall[index] = now () - start;
  command->cpu[index] = seconds (usage.ru_utime) + seconds (usage.ru_stime);
  if (usage.ru_maxrss > command->peak_kib)
    command->peak_kib = usage.ru_maxrss;
}

static int
by_value (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

static double
median (const double *values, int count)
{
  double sorted[MOST_RUNS];
  memcpy (sorted, values, (size_t) count * sizeof *sorted);
  qsort (sorted, (size_t) count, sizeof *sorted, by_value);
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void
report (struct command *commands, int count, int runs, FILE *json)
{
  printf ("%-34s %10s %10s %9s %8s\n", "", "wall ms", "cpu ms", "peak KiB", "ratio");
  for (int i = 0; i < count; i++)
    {
      double ratios[MOST_RUNS];
      for (int j = 0; j < runs; j++)
        ratios[j] = commands[i].wall[j] / commands[0].wall[j];
      double wall = median (commands[i].wall, runs) * 1e3, ratio = median (ratios, runs);
      printf ("%-34s %10.2f %10.2f %9ld %8.2f\n", commands[i].name, wall,
              median (commands[i].cpu, runs) * 1e3, commands[i].peak_kib, ratio);
      if (json)
        fprintf (json,
                 "{\"name\": \"%s\", \"wall_ms\": %.3f, \"peak_kib\": %ld, \"ratio\": %.3f}\n",
                 commands[i].name, wall, commands[i].peak_kib, ratio);
    }
}

static int
parse_commands (int argc, char **argv, struct command *commands)
{
  int count = 0;
  for (int i = 0; i < argc && count < MOST_COMMANDS;)
    {
      if (i + 1 >= argc)
        return 0;
      commands[count].name = argv[i];
      commands[count++].argv = &argv[i + 1];
      while (i < argc && strcmp (argv[i], "--") != 0)
        i++;
      if (i < argc)
        argv[i++] = NULL;
    }
  return count;
}

int
main (int argc, char **argv)
{
  static struct command commands[MOST_COMMANDS];
  int runs = 20, warm_ups = 2, option;
  FILE *json = NULL;
  while ((option = getopt (argc, argv, "+n:w:j:")) != -1)
    {
      if (option == 'n')
        runs = (int) strtol (optarg, NULL, 10);
      else if (option == 'w')
        warm_ups = (int) strtol (optarg, NULL, 10);
      else if (option == 'j')
        json = fopen (optarg, "a");
    }
  int count = parse_commands (argc - optind, argv + optind, commands);
  if (count == 0 || runs < 1 || runs > MOST_RUNS)
    {
      fprintf (stderr, "usage: pairs [-n RUNS] [-w N] [-j FILE] -- NAME COMMAND… -- NAME …\n");
      return 2;
    }
  for (int j = -warm_ups; j < runs; j++)
    for (int i = 0; i < count; i++)
      run (&commands[i], j);
  report (commands, count, runs, json);
  return json && fclose (json) ? 1 : 0;
}
