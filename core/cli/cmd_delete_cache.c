/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_delete_cache.c: hfcore delete-cache: shows what is cached, lets the user choose, asks, and
 * deletes, all in the words of huggingface_hub 0.26.2 (spec 8.4).  */
#include <stdio.h>
#include <stdlib.h>
#include "core/cli/command_table.h"
#include "core/cli/delete_cache.h"
#include "core/cli/output.h"
#include "core/util/clock.h"

VECTOR_DEFINE (told_repos, const struct hfcore_scan_repo *);

int
delete_cache_stopped (void)
{
  return output_fail (STATUS_INTERRUPTED, "stopped, nothing was deleted");
}

int
delete_cache_add_expectation (struct delete_cache *ask, struct text *to)
{
  int status = deletion_count (&ask->deletion);
  if (status != STATUS_DONE)
    return status;
  if (ask->is_off)
    text_add (to, "Nothing will be deleted.");
  else
    revision_list_add_expectation (to, ask->selected, ask->deletion.sum.bytes);
  return to->failed ? output_fail (STATUS_FAILED, "out of memory") : STATUS_DONE;
}

static int
confirm (struct delete_cache *ask, bool *confirmed)
{
  CLEANUP_TEXT struct text message = TEXT_LIMIT (1024);
  int status = delete_cache_add_expectation (ask, &message);
  if (status != STATUS_DONE)
    return status;
  text_add (&message, " Confirm deletion ?");
  enum answer answer = question_ask (&ask->typed, &ask->held, message.bytes, true);
  *confirmed = answer == ANSWER_YES;
  return answer == ANSWER_STOPPED ? delete_cache_stopped () : STATUS_DONE;
}

/* Ask the user. `*confirmed`: what is chosen is to go.  */
static int
choose (struct delete_cache *ask, bool *confirmed)
{
  *confirmed = false;
  held_signals_begin (&ask->held);
  int status = ask->deletion.arguments->disable_tui ? delete_cache_by_file (ask)
                                                    : delete_cache_by_picker (ask);
  if (status == STATUS_DONE && ask->selected > 0 && !ask->is_off)
    status = confirm (ask, confirmed);
  held_signals_end (&ask->held);
  return status;
}

/* Tells, as Python does, of revisions only those of repositories that stay.  */
static int
delete_chosen (struct delete_cache *ask)
{
  struct deletion *deletion = &ask->deletion;
  const struct hfcore_deleted *done = &deletion->done;
  char size[16];
  puts ("Start deletion.");
  fflush (stdout);
  int status = deletion_run (deletion);
  if (status != STATUS_DONE)
    return status;
  bool is_all = done->failures == 0 && done->kept == 0;
  deletion_freed (deletion, deletion->sum.bytes, size, sizeof size);
  printf ("Done. Deleted %llu repo(s) and %llu revision(s) for a total of %s.\n",
          (unsigned long long) (is_all ? deletion->sum.repos : done->repos),
          (unsigned long long) (is_all ? deletion->sum.partial_revisions : done->revisions), size);
  return deletion_status (deletion);
}

static int
add_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  return told_repos_append (ctx, repo) < 0 ? HFCORE_E_NOMEM : HFCORE_OK;
}

static int
list_holdings (struct delete_cache *ask, enum revision_order order)
{
  struct told_repos repos = { 0 };
  int code = hfcore_holdings_each (ask->deletion.holdings, add_repo, &repos);
  if (code == HFCORE_OK)
    code = revision_list_make (repos.items, repos.count, order, clock_wall_ms (), &ask->list);
  free (repos.items);
  return code == HFCORE_OK ? STATUS_DONE : output_fail (STATUS_FAILED, "out of memory");
}

int
cmd_delete_cache (struct arguments *arguments)
{
  struct delete_cache ask = { .selected = 0 };
  bool confirmed = false;
  enum revision_order order = revision_order_named (arguments->sort);
  if (order == ORDERS)
    return output_usage (arguments->command,
                         "--sort is alphabetical, lastUpdated, lastUsed or size, not '%s'",
                         arguments->sort);
  if (arguments->json || arguments->quiet)
    return output_usage (arguments->command,
                         "--json and --quiet are for scripts, this asks; use 'hfcore cache rm'");
  int status = deletion_begin (&ask.deletion, arguments);
  if (status == STATUS_DONE)
    status = list_holdings (&ask, order);
  if (status == STATUS_DONE)
    status = choose (&ask, &confirmed);
  if (status == STATUS_DONE && confirmed)
    status = delete_chosen (&ask);
  else if (status == STATUS_DONE)
    puts ("Deletion is cancelled. Do nothing.");
  revision_list_free (&ask.list);
  deletion_end (&ask.deletion);
  return status;
}
