/* SPDX-License-Identifier: Apache-2.0 */
/* scan_once FOLDER [THREADS]: the library's scan of a cache, as a whole process.  */
#include <hfcore/hfcore.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int
main (int argc, char **argv)
{
  struct hfcore_options options = HFCORE_OPTIONS_INIT;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  struct hfcore_scan_sum sum = { .size = sizeof sum };
  struct hfcore *cache = NULL;
  options.cache_dir = argc > 1 ? argv[1] : NULL;
  options.no_config_files = 1;
  ask.max_threads = argc > 2 ? (uint32_t) strtoul (argv[2], NULL, 10) : 1;
  int code = hfcore_open (&options, &cache, &error);
  if (code == HFCORE_OK)
    code = hfcore_scan (cache, &ask, &sum, &error);
  hfcore_close (cache);
  if (code == HFCORE_OK)
    printf ("%" PRIu64 " repositories, %" PRIu64 " revisions, %" PRIu64 " bytes\n", sum.repos,
            sum.revisions, sum.disk_bytes);
  else
    fprintf (stderr, "%s\n", error.message);
  return code == HFCORE_OK ? 0 : 1;
}
