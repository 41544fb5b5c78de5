/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c: what is cached, repository by repository, and how much it is.
 *
 *   cc scan.c $(pkg-config --cflags --libs hfcore) -o scan
 *   ./scan  */
#include <stdio.h>
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

/* What is told lives during the callback: copy what is to be kept.  */
static int
print_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  (void) ctx;
  printf ("%s/", repo->repo_type);
  put_clean (repo->repo_id, stdout);
  printf (" %llu bytes\n", (unsigned long long) repo->bytes);
  for (size_t i = 0; i < repo->revision_count; i++)
    {
      const struct hfcore_scan_revision *revision = repo->revisions[i];
      printf ("  %.12s %llu files", revision->commit, (unsigned long long) revision->file_count);
      for (size_t n = 0; n < revision->ref_count; n++)
        {
          putchar (' ');
          put_clean (revision->refs[n], stdout);
        }
      putchar ('\n');
      for (uint64_t n = 0; revision->files && n < revision->file_count; n++)
        {
          fputs ("    ", stdout);
          put_clean (revision->files[n]->file, stdout);
          putchar ('\n');
        }
    }
  return 0; /* anything else ends the scan, which then returns it  */
}

static int
print_warning (void *ctx, const char *storage, const char *path, const char *text)
{
  (void) ctx, (void) path;
  fprintf (stderr, "%s: ", storage);
  put_clean (text, stderr);
  putc ('\n', stderr);
  return 0;
}

int
main (void)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  struct hfcore_scan_sum sum = { .size = sizeof sum };
  struct hfcore *cache;
  ask.flags = HFCORE_SCAN_FILES;
  ask.repo = print_repo;
  ask.warning = print_warning;
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK)
    {
      code = hfcore_scan (cache, &ask, &sum, &error);
      hfcore_close (cache);
    }
  if (code == HFCORE_E_NOTFOUND && error.missing == HFCORE_MISSING_CACHE)
    puts ("there is no cache yet");
  else if (code != HFCORE_OK)
    fprintf (stderr, "%s\n", error.message);
  else
    printf ("%llu repositories, %llu revisions, %llu bytes on the disk\n",
            (unsigned long long) sum.repos, (unsigned long long) sum.revisions,
            (unsigned long long) sum.disk_bytes);
  return code != HFCORE_OK;
}
