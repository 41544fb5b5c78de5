/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: compare the files of a repository with the digests that the Hub has for them.
 *
 *   cc verify.c $(pkg-config --cflags --libs hfcore) -o verify
 *   ./verify gpt2 [repair]
 *
 * Exit status: 0 all is right, 1 something is wrong, 2 it could not be found out.  */
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

/* Each file, in order; never from two threads at once.  */
static int
print_file (void *ctx, const struct hfcore_verified_file *file)
{
  static const char *const states[] = { "right", "damaged", "missing", "extra", "unknown" };
  (void) ctx;
  printf ("%-8s ", states[file->state]);
  put_clean (file->file, stdout);
  puts (file->repaired ? " (repaired)" : "");
  return 0;
}

/* ... and then their revision. Its counts are without what was repaired.  */
static int
add_up (void *ctx, const struct hfcore_verified *revision)
{
  uint64_t *wrong = ctx;
  *wrong += revision->damaged + revision->missing;
  return 0;
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_verify ask = HFCORE_VERIFY_INIT;
  struct hfcore *cache;
  uint64_t wrong = 0;
  if (argc < 2)
    {
      fprintf (stderr, "usage: verify REPO [repair]\n");
      return 2;
    }
  ask.repo_id = argv[1];
  ask.flags = argc > 2 && strcmp (argv[2], "repair") == 0 ? HFCORE_VERIFY_REPAIR : 0;
  ask.file = print_file;
  ask.done = add_up;
  ask.ctx = &wrong;
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK)
    {
      code = hfcore_verify (cache, &ask, &error);
      hfcore_close (cache);
    }
  if (code != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 2;
    }
  return wrong > 0;
}
