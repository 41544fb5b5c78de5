/* SPDX-License-Identifier: Apache-2.0 */
/* lookup_loop: what one look-up costs inside a program, beside one stat of the same file.
 *
 *   lookup_loop CACHE-DIR REPO-ID REVISION FILE [TIMES]
 *
 * The two are timed in turn, in slices, and the median of the slices' ratios is printed.  */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <hfcore/hfcore.h>

enum
{
  SLICES = 41
};

static double
now_us (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}

static int
by_value (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

static double
median (double *values)
{
  qsort (values, SLICES, sizeof *values, by_value);
  return values[SLICES / 2];
}

static double
time_stat (const char *path, int times)
{
  struct stat st;
  double start = now_us ();
  for (int i = 0; i < times; i++)
    if (stat (path, &st) < 0)
      exit (1);
  return (now_us () - start) / times;
}

static double
time_lookup (struct hfcore *cache, char **argv, int times)
{
  char path[4096];
  int32_t state = 0;
  double start = now_us ();
  for (int i = 0; i < times; i++)
    if (hfcore_lookup (cache, NULL, argv[2], argv[3], argv[4], &state, path, sizeof path, NULL)
            != HFCORE_OK
        || state != HFCORE_LOOKUP_FOUND)
      exit (1);
  return (now_us () - start) / times;
}

int
main (int argc, char **argv)
{
  static double stats[SLICES], lookups[SLICES], ratios[SLICES];
  struct hfcore *cache;
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  char path[4096];
  int32_t state = 0;
  if (argc < 5)
    return fprintf (stderr, "usage: lookup_loop CACHE-DIR REPO-ID REVISION FILE [TIMES]\n"), 2;
  int times = argc > 5 ? (int) strtol (argv[5], NULL, 10) : 5000;
  options.cache_dir = argv[1];
  if (hfcore_open (&options, &cache, &error) != HFCORE_OK
      || hfcore_lookup (cache, NULL, argv[2], argv[3], argv[4], &state, path, sizeof path, &error)
             != HFCORE_OK
      || state != HFCORE_LOOKUP_FOUND)
    return fprintf (stderr, "lookup_loop: %s\n", error.message), 1;
  for (int i = 0; i < SLICES; i++)
    {
      stats[i] = time_stat (path, times);
      lookups[i] = time_lookup (cache, argv, times);
      ratios[i] = lookups[i] / stats[i];
    }
  printf ("one stat %.2f us, one look-up %.2f us, ratio %.2f\n", median (stats), median (lookups),
          median (ratios));
  hfcore_close (cache);
  return 0;
}
