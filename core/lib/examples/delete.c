/* SPDX-License-Identifier: Apache-2.0 */
/* delete.c: delete repositories or revisions, and say first what that comes to.
 *
 *   cc delete.c $(pkg-config --cflags --libs hfcore) -o delete
 *   ./delete -n model/org/name ...       # in one call: tells what would go, deletes nothing
 *   ./delete model/org/name ...          # in steps, as an interactive program does it
 *
 * A target is "<type>/<id>", "<type>/<id>@<commit>", or the beginning of a commit.  */
#include <stdio.h>
#include <stdlib.h>
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
print_thing (void *ctx, const struct hfcore_deleted_thing *thing)
{
  (void) ctx;
  printf ("%s ", thing->kind);
  put_clean (thing->repo_id ? thing->repo_id : "", stdout);
  fputs (thing->name ? " " : "", stdout);
  put_clean (thing->name ? thing->name : "", stdout);
  putchar ('\n');
  if (thing->message) /* it stays, and this is why  */
    {
      put_clean (thing->message, stderr);
      putc ('\n', stderr);
    }
  return 0;
}

static int
count_revisions (void *ctx, const struct hfcore_scan_repo *repo)
{
  size_t *count = ctx;
  *count += repo->revision_count;
  return 0;
}

/* Read what is there once, choose from it, look what the choice comes to, delete it.  */
static int
delete_chosen (struct hfcore *cache, char **targets, int target_count, struct hfcore_error *error)
{
  struct hfcore_holdings *holdings;
  struct hfcore_choice choice = HFCORE_CHOICE_INIT;
  struct hfcore_choice_sum sum = { .size = sizeof sum };
  struct hfcore_deleted done = { .size = sizeof done };
  size_t count = 0;
  int code = hfcore_holdings_open (cache, 0, &holdings, error);
  if (code != HFCORE_OK)
    return code;
  hfcore_holdings_each (holdings, count_revisions, &count);
  unsigned char *revisions = calloc (count + 1, 1); /* [N] is 1: revision N goes  */
  if (!revisions)
    code = HFCORE_E_NOMEM;
  for (int i = 0; code == HFCORE_OK && i < target_count; i++)
    code = hfcore_holdings_target (holdings, targets[i], 1, revisions, count, error);
  choice.revisions = revisions;
  choice.count = count;
  if (code == HFCORE_OK)
    code = hfcore_holdings_sum (holdings, &choice, &sum, error);
  if (code == HFCORE_OK)
    {
      printf ("%llu revisions go, and %llu bytes\n", (unsigned long long) sum.revisions,
              (unsigned long long) sum.freed);
      code = hfcore_holdings_delete (cache, holdings, &choice, print_thing, NULL, &done, error);
    }
  if (code == HFCORE_OK)
    printf ("%llu bytes freed, %llu things could not be removed\n", (unsigned long long) done.freed,
            (unsigned long long) done.failures);
  free (revisions);
  hfcore_holdings_close (holdings);
  return code;
}

static int
tell_what_would_go (struct hfcore *cache, const char *const *targets, int count,
                    struct hfcore_error *error)
{
  struct hfcore_delete ask = HFCORE_DELETE_INIT;
  struct hfcore_deleted would = { .size = sizeof would };
  ask.targets = targets;
  ask.count = (size_t) count;
  ask.dry_run = 1;
  ask.thing = print_thing;
  return hfcore_delete (cache, &ask, &would, error);
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore *cache;
  int dry_run = argc > 1 && strcmp (argv[1], "-n") == 0, first = 1 + dry_run;
  if (argc <= first)
    {
      fprintf (stderr, "usage: delete [-n] TARGET...\n");
      return 2;
    }
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK)
    {
      code = dry_run ? tell_what_would_go (cache, (const char *const *) argv + first, argc - first,
                                           &error)
                     : delete_chosen (cache, argv + first, argc - first, &error);
      hfcore_close (cache);
    }
  if (code != HFCORE_OK)
    fprintf (stderr, "%s\n", error.message);
  return code != HFCORE_OK;
}
