/* SPDX-License-Identifier: Apache-2.0 */
/* trim.c: free what was not used for longest, until the cache fits into a size.
 *
 *   cc trim.c $(pkg-config --cflags --libs hfcore) -o trim
 *   ./trim 50000000000 [REPO-THAT-STAYS...]  */
#include <stdio.h>
#include <stdlib.h>
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
print_item (void *ctx, const struct hfcore_trim_item *item)
{
  static const char *const why[] = { "goes",
                                     "stays: it is pinned",
                                     "stays: it was used within the last hour",
                                     "stays: a program has it open",
                                     "stays: it is being downloaded",
                                     "stays: it is damaged" };
  (void) ctx;
  put_clean (item->repo_id ? item->repo_id : "-", stdout);
  putchar (' ');
  put_clean (item->name ? item->name : "unused blobs", stdout);
  printf (": %llu bytes, %s\n", (unsigned long long) item->bytes, why[item->stays]);
  return 0;
}

/* After all items, before anything is deleted: the place to ask.  */
static int
confirm (void *ctx, const struct hfcore_trimmed *plan)
{
  (void) ctx;
  printf ("%llu of %llu bytes go\n", (unsigned long long) plan->freed,
          (unsigned long long) plan->before);
  return 0; /* anything else: leave all as it is  */
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_trim ask = HFCORE_TRIM_INIT;
  struct hfcore_trimmed sum = { .size = sizeof sum };
  struct hfcore *cache;
  if (argc < 2)
    {
      fprintf (stderr, "usage: trim BYTES [REPO-THAT-STAYS...]\n");
      return 2;
    }
  ask.max_bytes = strtoull (argv[1], NULL, 10);
  ask.keep = (const char *const *) argv + 2;
  ask.keep_count = (size_t) argc - 2;
  ask.item = print_item;
  ask.confirm = confirm;
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK)
    {
      code = hfcore_trim (cache, &ask, &sum, &error);
      hfcore_close (cache);
    }
  if (code != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 1;
    }
  printf ("%llu bytes freed; the cache %s\n", (unsigned long long) sum.freed,
          sum.fits ? "fits" : "is still too large");
  return 0;
}
