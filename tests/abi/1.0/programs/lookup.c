/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c: is a file cached, and where? Never asks the network, never writes.
 *
 *   cc lookup.c $(pkg-config --cflags --libs hfcore) -o lookup
 *   ./lookup gpt2 config.json [REVISION]
 *
 * Exit status: 0 it is there (its path is printed), 1 it is not, 3 the repository has no such file.
 */
#include <stdio.h>
#include <hfcore/hfcore.h>

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore *cache;
  int32_t state = HFCORE_LOOKUP_UNKNOWN;
  char path[4096];
  if (argc < 3)
    {
      fprintf (stderr, "usage: lookup REPO FILE [REVISION]\n");
      return 2;
    }
  if (hfcore_open (NULL, &cache, &error) != HFCORE_OK
      || hfcore_lookup (cache, "model", argv[1], argc > 3 ? argv[3] : NULL, argv[2], &state, path,
                        sizeof path, &error)
             != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 2;
    }
  hfcore_close (cache);
  if (state == HFCORE_LOOKUP_FOUND)
    puts (path);
  return state == HFCORE_LOOKUP_FOUND ? 0 : state == HFCORE_LOOKUP_ABSENT ? 3 : 1;
}
