/* SPDX-License-Identifier: Apache-2.0 */
/* download.c: get one file of a repository, or all of them, and print where they are.
 *
 *   cc download.c $(pkg-config --cflags --libs hfcore) -o download
 *   ./download gpt2 config.json
 *   ./download gpt2                      # the whole repository: prints its folder
 *
 * What is cached already costs no transfer.  */
#include <stdio.h>
#include <hfcore/hfcore.h>

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  struct hfcore_result *result;
  struct hfcore *cache;
  if (argc < 2)
    {
      fprintf (stderr, "usage: download REPO [FILE]   (with hfcore %s)\n", hfcore_version ());
      return 2;
    }
  /* NULL: as the configuration files and the environment say.  */
  if (hfcore_open (NULL, &cache, &error) != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 1;
    }
  ask.repo_id = argv[1];
  ask.path = argc > 2 ? argv[2] : NULL;
  int code = ask.path ? hfcore_download_file (cache, &ask, &result, &error)
                      : hfcore_download_snapshot (cache, &ask, &result, &error);
  if (code == HFCORE_OK)
    {
      /* The file, or the folder of the snapshot; `files` tells of each.  */
      puts (result->path);
      for (size_t i = 0; i < result->count; i++)
        fprintf (stderr, "%s %s: %llu bytes\n", result->files[i]->cached ? "had" : "got",
                 result->files[i]->file, (unsigned long long) result->files[i]->length);
      hfcore_result_free (result);
    }
  else /* one code for each way to react; the message is for people  */
    fprintf (stderr, "%s%s\n", error.message,
             code == HFCORE_E_RETRY || code == HFCORE_E_DOWN ? " (try again later)" : "");
  hfcore_close (cache);
  return code == HFCORE_OK ? 0 : 1;
}
