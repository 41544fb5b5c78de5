/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: what is configured, and which layer says so; or, is a configuration file right?
 *
 *   cc config.c $(pkg-config --cflags --libs hfcore) -o config
 *   ./config [FILE]  */
#include <stdio.h>
#include <hfcore/hfcore.h>

static int
print_file (void *ctx, const char *path, int32_t found)
{
  (void) ctx;
  printf ("# %s%s\n", path, found ? "" : " (not there)");
  return 0;
}

static int
print_line (void *ctx, const struct hfcore_config_line *line)
{
  (void) ctx;
  printf ("%s = %s   # %s%s%s\n", line->key, line->value, line->layer, *line->where ? ", " : "",
          line->where);
  return 0;
}

/* One line, from any thread.  */
static void
print_log (void *ctx, int32_t level, const char *line)
{
  (void) ctx;
  fprintf (stderr, "[%d] %s\n", (int) level, line);
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  struct hfcore *cache;
  /* What a program sets here goes before files and environment.  */
  options.log_level = HFCORE_LOG_INFO;
  options.log = print_log;
  int code = argc > 1 ? hfcore_config_check (argv[1], &options, &error)
                      : hfcore_open (&options, &cache, &error);
  if (code != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message); /* FILE:LINE:COLUMN: what is wrong  */
      return 1;
    }
  if (argc > 1)
    return 0;
  hfcore_config_files (cache, print_file, NULL);
  hfcore_config_each (cache, print_line, NULL);
  hfcore_close (cache);
  return 0;
}
