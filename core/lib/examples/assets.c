/* SPDX-License-Identifier: Apache-2.0 */
/* assets.c: a folder for the files that a library of your own keeps beside the cache.
 *
 *   cc assets.c $(pkg-config --cflags --libs hfcore) -o assets
 *   ./assets path LIBRARY [NAMESPACE [SUBFOLDER]]     # makes it, and prints it
 *   ./assets list [LIBRARY]
 *   ./assets remove LIBRARY [NAMESPACE [SUBFOLDER]]  */
#include <stdio.h>
#include <string.h>
#include <hfcore/hfcore.h>

/* Names come from others: what a terminal would obey, it is not shown.  */
static void
put_clean (const char *text, FILE *to)
{
  for (const unsigned char *c = (const unsigned char *) text; *c; c++)
    {
      int is_high = c[0] == 0xc2 && (c[1] ^ 0x80) < ' '; /* U+0080 to U+009F  */
      putc (*c < ' ' || *c == 0x7f || is_high ? '?' : *c, to);
      c += is_high;
    }
}

static int
print_asset (void *ctx, const struct hfcore_asset_info *info)
{
  const char *names[] = { info->library, info->name_space, info->subfolder };
  (void) ctx;
  for (int i = 0; i < 3; i++)
    {
      put_clean (names[i] ? names[i] : "-", stdout);
      putchar (' ');
    }
  printf ("%llu bytes\n", (unsigned long long) info->bytes);
  return 0;
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore *cache;
  char path[4096];
  const char *what = argc > 1 ? argv[1] : "", *names[3] = { NULL, NULL, NULL };
  for (int i = 2; i < argc && i < 5; i++)
    names[i - 2] = argv[i];
  int code = hfcore_open (NULL, &cache, &error);
  if (code != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 1;
    }
  if (strcmp (what, "path") == 0 && names[0])
    {
      code = hfcore_assets_path (cache, names[0], names[1], names[2], path, sizeof path, &error);
      if (code == HFCORE_OK)
        puts (path);
    }
  else if (strcmp (what, "list") == 0)
    code = hfcore_assets_each (cache, names[0], NULL, NULL, print_asset, NULL, &error);
  else if (strcmp (what, "remove") == 0 && names[0])
    code = hfcore_assets_remove (cache, names[0], names[1], names[2], &error);
  else
    {
      fprintf (stderr, "usage: assets path|list|remove LIBRARY [NAMESPACE [SUBFOLDER]]\n");
      hfcore_close (cache);
      return 2;
    }
  if (code != HFCORE_OK)
    fprintf (stderr, "%s\n", error.message);
  hfcore_close (cache);
  return code != HFCORE_OK;
}
