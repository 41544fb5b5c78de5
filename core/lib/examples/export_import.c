/* SPDX-License-Identifier: Apache-2.0 */
/* export_import.c: carry repositories to a machine without a network, in one tar file.
 *
 *   cc export_import.c $(pkg-config --cflags --libs hfcore) -o export_import
 *   ./export_import export gpt2 >gpt2.tar
 *   ./export_import import <gpt2.tar  # over there; all of it is checked before any is added  */
#include <stdio.h>
#include <string.h>
#include <hfcore/hfcore.h>

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_moved moved = { .size = sizeof moved };
  struct hfcore *cache = NULL;
  int is_export = argc == 3 && strcmp (argv[1], "export") == 0;
  if (!is_export && !(argc == 2 && strcmp (argv[1], "import") == 0))
    {
      fprintf (stderr, "usage: export_import export REPO >FILE | import <FILE\n");
      return 2;
    }
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK && is_export)
    {
      /* `revision` NULL: all that are cached.  */
      const struct hfcore_export_item item
          = { .size = sizeof item, .repo_type = "model", .repo_id = argv[2] };
      const struct hfcore_export_item *const items[] = { &item };
      struct hfcore_export ask = HFCORE_EXPORT_INIT;
      ask.items = items;
      ask.count = 1;
      ask.fd = 1; /* stdout; a pipe will do  */
      code = hfcore_export (cache, &ask, &moved, &error);
    }
  else if (code == HFCORE_OK)
    {
      struct hfcore_import ask = HFCORE_IMPORT_INIT;
      ask.fd = 0;
      code = hfcore_import (cache, &ask, &moved, &error);
    }
  if (code == HFCORE_OK)
    fprintf (stderr, "%llu revisions, %llu blobs, %llu bytes\n",
             (unsigned long long) moved.revisions, (unsigned long long) moved.blobs,
             (unsigned long long) moved.bytes);
  else
    fprintf (stderr, "%s\n", error.message);
  hfcore_close (cache); /* NULL, if it was not opened, is fine  */
  return code != HFCORE_OK;
}
