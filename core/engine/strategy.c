/* SPDX-License-Identifier: Apache-2.0 */
/* strategy.c: what goes when some revisions do, and how many bytes that frees (spec 8.1): nothing
 * here touches a disk.  */
#include "core/engine/strategy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/util/cleanup.h"

struct planning
{
  const struct holdings *holdings;
  const struct strategy_choice *choice;
  struct strategy *strategy;
  struct strategy_repo *repos;
  uint32_t *users_expected; /* a payload: blobs that lead to it and go, as Python counts them  */
  uint32_t *users_gone;     /* … and as they are  */
  bool failed;              /* no memory  */
};

static void *
room (struct planning *plan, size_t count, size_t size)
{
  void *made = pool_get (&plan->strategy->pool, count ? count : 1, size);
  plan->failed = plan->failed || !made;
  return made;
}

static bool
is_orphan (const struct holdings_blob *blob)
{
  return blob->place == INVENTORY_BLOB && blob->revisions == 0 && !blob->is_lent;
}

static bool
lends_out (const struct holdings_repo *repo)
{
  for (size_t i = 0; i < repo->all_blob_count; i++)
    if (repo->blobs[i].is_lent_out)
      return true;
  return false;
}

/* What lies behind a link may be more than a cache: nothing is taken there that nobody named.  */
static bool
has_orphans (const struct holdings_repo *repo)
{
  if (repo->is_link)
    return false;
  for (size_t i = 0; i < repo->all_blob_count; i++)
    if (is_orphan (&repo->blobs[i]))
      return true;
  return false;
}

static size_t
count_chosen (const struct planning *plan, const struct holdings_repo *repo)
{
  size_t count = 0;
  for (size_t i = 0; plan->choice->revisions && i < repo->revision_count; i++)
    count += plan->choice->revisions[repo->revisions[i].index];
  return count;
}

/* A blob goes. `used`: by a revision that goes, so that Python counts it.  */
static void
count_blob (struct planning *plan, struct strategy_repo *made, const struct holdings_blob *blob,
            bool used)
{
  if (blob->place == INVENTORY_GONE)
    return;
  if (blob->payload != SIZE_MAX)
    {
      plan->users_expected[blob->payload] += used;
      plan->users_gone[blob->payload]++;
      return;
    }
  if (used)
    made->expected += blob->size;
  if (blob->place == INVENTORY_OWN || (blob->place == INVENTORY_BLOB && !blob->is_link))
    made->freed += blob->size;
}

/* What goes of a repository that stays: the blobs of what was chosen that nothing else uses.  */
static void
plan_part (struct planning *plan, struct strategy_repo *made)
{
  const struct holdings_repo *repo = made->repo;
  CLEANUP_FREE unsigned char *stays = calloc (repo->all_blob_count + 1, 1);
  const struct holdings_blob **blobs = room (plan, repo->all_blob_count, sizeof *blobs);
  if (!stays || plan->failed)
    {
      plan->failed = true;
      return;
    }
  for (size_t i = 0; i < repo->revision_count; i++)
    {
      const struct holdings_revision *revision = &repo->revisions[i];
      for (size_t j = 0; !plan->choice->revisions[revision->index] && j < revision->blob_count; j++)
        stays[revision->blobs[j]] = 1;
    }
  for (size_t i = 0; i < made->revision_count; i++)
    for (size_t j = 0; j < made->revisions[i]->blob_count; j++)
      {
        const uint32_t index = made->revisions[i]->blobs[j];
        const struct holdings_blob *blob = &repo->blobs[index];
        if (stays[index] || blob->is_lent)
          continue;
        stays[index] = 1; /* counted once  */
        count_blob (plan, made, blob, true);
        if (blob->place == INVENTORY_BLOB)
          blobs[made->blob_count++] = blob;
      }
  made->blobs = blobs;
}

static bool
is_in (const struct holdings_partial *partial, const struct holdings_repo *repo)
{
  return partial->repo.id && partial->storage == repo->storage
         && strcmp (partial->repo.type, repo->repo.type) == 0
         && strcmp (partial->repo.id, repo->repo.id) == 0;
}

/* Does a partial stay, though all else of the repository goes?  */
static bool
keeps_partial_of (const struct planning *plan, const struct holdings_repo *repo)
{
  const struct strategy_choice *choice = plan->choice;
  for (size_t i = 0; choice->keeps_partial && i < plan->holdings->partial_count; i++)
    if (is_in (&plan->holdings->partials[i], repo)
        && choice->keeps_partial (choice->ctx, &plan->holdings->partials[i]))
      return true;
  return false;
}

/* Of a repository that stays.  */
static void
plan_orphans (struct planning *plan, struct strategy_repo *made)
{
  const struct strategy_choice *choice = plan->choice;
  const struct holdings_repo *repo = made->repo;
  const struct holdings_blob **blobs
      = room (plan, made->blob_count + repo->all_blob_count, sizeof *blobs);
  if (plan->failed)
    return;
  for (size_t i = 0; i < made->blob_count; i++)
    blobs[i] = made->blobs[i];
  made->blobs = blobs;
  for (size_t i = 0; i < repo->all_blob_count; i++)
    {
      const struct holdings_blob *blob = &repo->blobs[i];
      if (!is_orphan (blob) || (choice->keeps_blob && choice->keeps_blob (choice->ctx, blob)))
        continue;
      count_blob (plan, made, blob, false);
      blobs[made->blob_count++] = blob;
    }
}

/* All of it goes, orphans and partials too.  */
static void
plan_whole (struct planning *plan, struct strategy_repo *made)
{
  const struct holdings_repo *repo = made->repo;
  const struct holdings_blob **blobs = room (plan, repo->all_blob_count, sizeof *blobs);
  for (size_t i = 0; !plan->failed && i < repo->all_blob_count; i++)
    {
      count_blob (plan, made, &repo->blobs[i], repo->blobs[i].revisions > 0);
      if (repo->blobs[i].place == INVENTORY_BLOB)
        blobs[made->blob_count++] = &repo->blobs[i];
    }
  made->blobs = blobs;
  for (size_t i = 0; i < plan->holdings->partial_count; i++)
    if (is_in (&plan->holdings->partials[i], repo))
      made->freed += plan->holdings->partials[i].size;
}

static void
plan_repo (struct planning *plan, const struct holdings_repo *repo, size_t chosen)
{
  struct strategy *strategy = plan->strategy;
  struct strategy_repo *made = &plan->repos[strategy->repo_count];
  const struct holdings_revision **revisions = room (plan, chosen, sizeof *revisions);
  *made = (struct strategy_repo){ .repo = repo,
                                  .whole = chosen && chosen == repo->revision_count
                                           && !keeps_partial_of (plan, repo) && !lends_out (repo),
                                  .revisions = revisions };
  for (size_t i = 0; !plan->failed && i < repo->revision_count; i++)
    if (plan->choice->revisions[repo->revisions[i].index])
      {
        revisions[made->revision_count++] = &repo->revisions[i];
        strategy->refs += repo->revisions[i].ref_count;
      }
  if (!plan->failed && made->whole)
    plan_whole (plan, made);
  else if (!plan->failed && chosen)
    plan_part (plan, made);
  if (!plan->failed && !made->whole && plan->choice->orphans)
    plan_orphans (plan, made);
  strategy->repo_count++;
  strategy->whole_repos += made->whole;
  strategy->revisions += chosen;
  strategy->partial_revisions += made->whole ? 0 : chosen;
  strategy->blobs += made->blob_count;
  strategy->expected += made->expected;
  strategy->freed += made->freed;
}

/* A payload goes with the last blob that leads to it, if something says that it is the last.  */
static void
count_payloads (struct planning *plan)
{
  const struct holdings *holdings = plan->holdings;
  for (size_t i = 0; i < holdings->payload_count; i++)
    {
      const struct holdings_payload *payload = &holdings->payloads[i];
      if (payload->is_untold || payload->users == 0)
        continue;
      if (plan->users_expected[i] == payload->users)
        plan->strategy->expected += payload->size;
      if (plan->users_gone[i] == payload->users)
        plan->strategy->freed += payload->size;
    }
}

/* Was its bytes' end counted with its repository's?  */
static bool
is_counted (const struct planning *plan, const struct holdings_partial *partial)
{
  for (size_t i = 0; i < plan->strategy->repo_count; i++)
    if (plan->repos[i].whole && is_in (partial, plan->repos[i].repo))
      return true;
  return false;
}

static bool
is_behind_link (const struct planning *plan, const struct holdings_partial *partial)
{
  for (size_t i = 0; i < plan->holdings->repo_count; i++)
    if (plan->holdings->repos[i].is_link && is_in (partial, &plan->holdings->repos[i]))
      return true;
  return false;
}

static void
plan_partials (struct planning *plan)
{
  struct strategy *strategy = plan->strategy;
  const struct holdings *holdings = plan->holdings;
  const struct holdings_partial **partials = room (plan, holdings->partial_count, sizeof *partials);
  for (size_t i = 0; !plan->failed && i < holdings->partial_count; i++)
    {
      const struct holdings_partial *partial = &holdings->partials[i];
      if (partial->read_only || is_behind_link (plan, partial))
        continue;
      strategy->held += partial->held;
      if (partial->held
          || (plan->choice->keeps_partial
              && plan->choice->keeps_partial (plan->choice->ctx, partial)))
        continue;
      partials[strategy->partial_count++] = partial;
      strategy->expected_partials += partial->size;
      if (!is_counted (plan, partial))
        strategy->freed += partial->size;
    }
  strategy->partials = partials;
}

static void
plan_payloads (struct planning *plan)
{
  struct strategy *strategy = plan->strategy;
  const struct holdings *holdings = plan->holdings;
  const struct holdings_payload **payloads = room (plan, holdings->payload_count, sizeof *payloads);
  for (size_t i = 0; !plan->failed && i < holdings->payload_count; i++)
    {
      const struct holdings_payload *payload = &holdings->payloads[i];
      if (!payload->is_unused || payload->users > 0 || payload->read_only)
        continue;
      payloads[strategy->payload_count++] = payload;
      strategy->expected_payloads += payload->size;
      strategy->freed += payload->size;
    }
  strategy->payloads = payloads;
}

/* As Python tells them: by type, then id, lower case.  */
static int
by_name (const void *a_, const void *b_)
{
  const struct strategy_repo *a = a_, *b = b_;
  int order = strcmp (a->repo->repo.type, b->repo->repo.type);
  if (!order)
    order = strcasecmp (a->repo->repo.id, b->repo->repo.id);
  if (!order)
    order = strcmp (a->repo->repo.id, b->repo->repo.id);
  return order ? order
               : (a->repo->storage > b->repo->storage) - (a->repo->storage < b->repo->storage);
}

static int
plan_repos (struct planning *plan, struct hfcore_call *call)
{
  const struct holdings *holdings = plan->holdings;
  plan->repos = room (plan, holdings->repo_count, sizeof *plan->repos);
  plan->users_expected = room (plan, holdings->payload_count, sizeof *plan->users_expected);
  plan->users_gone = room (plan, holdings->payload_count, sizeof *plan->users_gone);
  plan->strategy->repos = plan->repos;
  for (size_t i = 0; !plan->failed && i < holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &holdings->repos[i];
      size_t chosen = count_chosen (plan, repo);
      if (chosen && (repo->read_only || repo->broken))
        return call_fail (call, HFCORE_E_READONLY, "%s/%s at %s %s; nothing is deleted there",
                          repo->repo.type, repo->repo.id, repo->path ? repo->path : "its storage",
                          repo->read_only ? "is configured read-only" : "is damaged");
      bool cleans
          = plan->choice->orphans && !repo->read_only && !repo->broken && has_orphans (repo);
      if (chosen || cleans)
        plan_repo (plan, repo, chosen);
    }
  if (plan->strategy->repo_count > 1)
    qsort (plan->repos, plan->strategy->repo_count, sizeof *plan->repos, by_name);
  return HFCORE_OK;
}

int
strategy_make (const struct holdings *holdings, const struct strategy_choice *choice,
               struct hfcore_call *call, struct strategy **strategy)
{
  struct planning plan
      = { .holdings = holdings, .choice = choice, .strategy = calloc (1, sizeof **strategy) };
  if (!plan.strategy)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  plan.strategy->holdings = holdings;
  plan.strategy->flags = choice->flags;
  int code = plan_repos (&plan, call);
  if (code == HFCORE_OK && !plan.failed)
    count_payloads (&plan);
  if (code == HFCORE_OK && !plan.failed && choice->partials)
    plan_partials (&plan);
  if (code == HFCORE_OK && !plan.failed && choice->payloads)
    plan_payloads (&plan);
  if (code == HFCORE_OK && plan.failed)
    code = call_fail (call, HFCORE_E_NOMEM, "out of memory");
  if (code != HFCORE_OK)
    {
      strategy_free (plan.strategy);
      return code;
    }
  *strategy = plan.strategy;
  return HFCORE_OK;
}

void
strategy_free (struct strategy *strategy)
{
  if (!strategy)
    return;
  pool_free (&strategy->pool);
  free (strategy);
}
