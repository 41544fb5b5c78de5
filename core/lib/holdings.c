/* SPDX-License-Identifier: Apache-2.0 */
/* holdings.c: the public functions for choosing what is deleted from what is cached.  */
#include <hfcore/hfcore.h>

#include <stdlib.h>
#include <string.h>
#include "core/engine/strategy.h"
#include "core/lib/deleted.h"
#include "core/engine/tiers.h"
#include "core/lib/handle.h"
#include "core/plugin/sized.h"
#include "core/util/cleanup.h"

struct hfcore_holdings
{
  struct holdings *kept;
  const struct hfcore_scan_repo **repos; /* those that may be deleted, as they are told  */
  size_t repo_count;
  size_t *numbers; /* a revision's number, as it is told: its index in `kept`  */
  size_t revision_count;
  struct pool pool; /* of what is told, with both arrays  */
};

static int
no_memory (struct hfcore_call *call)
{
  return call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- what is told ---- */

static int
by_name (const void *a_, const void *b_)
{
  const struct hfcore_scan_ref *const *a = a_, *const *b = b_;
  return strcmp ((*a)->name, (*b)->name);
}

/* The refs of all revisions, by name. -1: no memory.  */
static int
tell_refs (struct pool *pool, const struct holdings_repo *repo, struct hfcore_scan_repo *told)
{
  size_t count = 0;
  for (size_t i = 0; i < repo->revision_count; i++)
    count += repo->revisions[i].ref_count;
  if (count == 0)
    return 0;
  struct hfcore_scan_ref *refs = pool_get (pool, count, sizeof *refs);
  const struct hfcore_scan_ref **pointers = pool_get (pool, count, sizeof *pointers);
  if (!refs || !pointers)
    return -1;
  for (size_t i = 0; i < repo->revision_count; i++)
    for (size_t j = 0; j < repo->revisions[i].ref_count; j++)
      {
        refs[told->ref_count] = (struct hfcore_scan_ref){ .size = sizeof *refs,
                                                          .name = repo->revisions[i].refs[j],
                                                          .commit = repo->revisions[i].commit };
        pointers[told->ref_count] = &refs[told->ref_count];
        told->ref_count++;
      }
  qsort (pointers, count, sizeof *pointers, by_name);
  told->refs = pointers;
  return 0;
}

static int
tell_revisions (struct hfcore_holdings *made, const struct holdings_repo *repo,
                struct hfcore_scan_repo *told)
{
  const size_t count = repo->revision_count;
  if (count == 0)
    return 0;
  struct hfcore_scan_revision *revisions = pool_get (&made->pool, count, sizeof *revisions);
  const struct hfcore_scan_revision **pointers = pool_get (&made->pool, count, sizeof *pointers);
  if (!revisions || !pointers)
    return -1;
  for (size_t i = 0; i < count; i++)
    {
      const struct holdings_revision *from = &repo->revisions[i];
      revisions[i] = (struct hfcore_scan_revision){ .size = sizeof *revisions,
                                                    .commit = from->commit,
                                                    .path = from->path,
                                                    .bytes = from->size,
                                                    .file_count = from->file_count,
                                                    .modified_ns = from->modified_ns,
                                                    .refs = from->refs,
                                                    .ref_count = from->ref_count };
      pointers[i] = &revisions[i];
      made->numbers[made->revision_count++] = from->index;
    }
  told->revisions = pointers;
  told->revision_count = count;
  return 0;
}

static int
tell_repo (struct hfcore_holdings *made, const struct engine *engine,
           const struct holdings_repo *repo)
{
  struct hfcore_scan_repo *told = pool_get (&made->pool, 1, sizeof *told);
  const char *storage = registry_storage_entry (engine->registry, repo->storage)->name;
  if (!told)
    return -1;
  *told = (struct hfcore_scan_repo){ .size = sizeof *told,
                                     .repo_type = repo->repo.type,
                                     .repo_id = repo->repo.id,
                                     .storage = pool_copy (&made->pool, storage),
                                     .path = repo->path,
                                     .bytes = repo->size,
                                     .blob_count = repo->blob_count,
                                     .accessed_ns = repo->accessed_ns,
                                     .modified_ns = repo->modified_ns };
  if (!told->storage || tell_revisions (made, repo, told) < 0
      || tell_refs (&made->pool, repo, told) < 0)
    return -1;
  made->repos[made->repo_count++] = told;
  return 0;
}

static int
tell_all (struct hfcore_holdings *made, const struct engine *engine, size_t only)
{
  const struct holdings *kept = made->kept;
  made->repos = pool_get (&made->pool, kept->repo_count + 1, sizeof *made->repos);
  made->numbers = pool_get (&made->pool, kept->revision_count + 1, sizeof *made->numbers);
  if (!made->repos || !made->numbers)
    return -1;
  for (size_t i = 0; i < kept->repo_count; i++)
    if ((only == INVENTORY_ALL_STORAGES || kept->repos[i].storage == only)
        && !kept->repos[i].read_only && !kept->repos[i].broken
        && tell_repo (made, engine, &kept->repos[i]) < 0)
      return -1;
  return 0;
}

int
hfcore_holdings_open (struct hfcore *cache, uint32_t flags, struct hfcore_holdings **holdings,
                      struct hfcore_error *error)
{
  struct hfcore_call call;
  struct hfcore_holdings *made = calloc (1, sizeof *made);
  size_t only = INVENTORY_ALL_STORAGES;
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK && !made)
    code = no_memory (&call);
  if (code == HFCORE_OK)
    code = holdings_take (cache->engine, &call, &made->kept);
  if (code == HFCORE_OK && flags & HFCORE_SCAN_WRITTEN)
    code = tiers_writable_index (cache->engine, &call, &only);
  if (code == HFCORE_OK && tell_all (made, cache->engine, only) < 0)
    code = no_memory (&call);
  if (code == HFCORE_OK)
    *holdings = made;
  else
    hfcore_holdings_close (made);
  return handle_finish (&call, code, error);
}

void
hfcore_holdings_close (struct hfcore_holdings *holdings)
{
  if (!holdings)
    return;
  holdings_free (holdings->kept);
  pool_free (&holdings->pool);
  free (holdings);
}

int
hfcore_holdings_each (const struct hfcore_holdings *holdings,
                      int (*repo) (void *ctx, const struct hfcore_scan_repo *repo), void *ctx)
{
  int result = HFCORE_OK;
  for (size_t i = 0; result == HFCORE_OK && i < holdings->repo_count; i++)
    result = repo (ctx, holdings->repos[i]);
  return result;
}

/* ---- a choice ---- */

int
hfcore_holdings_target (const struct hfcore_holdings *holdings, const char *target, int32_t on,
                        unsigned char *revisions, size_t count, struct hfcore_error *error)
{
  struct hfcore_call call;
  CLEANUP_FREE bool *named = calloc (holdings->kept->revision_count + 1, sizeof *named);
  call_init (&call, NULL);
  int code = !named ? no_memory (&call)
             : count != holdings->revision_count
                 ? call_fail (&call, HFCORE_E_CONFIG, "there are %zu revisions, not %zu",
                              holdings->revision_count, count)
                 : strategy_target (holdings->kept, &call, target, true, named);
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    if (named[holdings->numbers[i]])
      revisions[i] = on != 0;
  return handle_finish (&call, code, error);
}

static int
plan (const struct hfcore_holdings *holdings, const struct hfcore_choice *from,
      struct hfcore_call *call, struct strategy **strategy)
{
  struct hfcore_choice choice;
  struct strategy_choice wanted = STRATEGY_CHOICE_INIT;
  CLEANUP_FREE bool *revisions = calloc (holdings->kept->revision_count + 1, sizeof *revisions);
  sized_take (&choice, sizeof choice, from);
  if (!revisions)
    return no_memory (call);
  if (choice.count != holdings->revision_count)
    return call_fail (call, HFCORE_E_CONFIG, "the choice is of %zu revisions, there are %zu",
                      choice.count, holdings->revision_count);
  for (size_t i = 0; i < choice.count; i++)
    revisions[holdings->numbers[i]] = choice.revisions[i] != 0;
  wanted.revisions = revisions;
  wanted.partials = choice.flags & HFCORE_CHOICE_PARTIALS;
  wanted.payloads = choice.flags & HFCORE_CHOICE_SHARED;
  wanted.flags = choice.flags & HFCORE_CHOICE_AS_PYTHON ? STRATEGY_AS_PYTHON : 0;
  /* A prune: what has come into use since is not what was meant.  */
  if (wanted.partials)
    wanted.flags |= STRATEGY_IF_UNUSED;
  return strategy_make (holdings->kept, &wanted, call, strategy);
}

int
hfcore_holdings_sum (const struct hfcore_holdings *holdings, const struct hfcore_choice *choice,
                     struct hfcore_choice_sum *sum, struct hfcore_error *error)
{
  struct hfcore_call call;
  struct strategy *strategy = NULL;
  call_init (&call, NULL);
  int code = plan (holdings, choice, &call, &strategy);
  if (code == HFCORE_OK)
    {
      const struct hfcore_choice_sum told = { .size = sizeof told,
                                              .repos = strategy->whole_repos,
                                              .revisions = strategy->revisions,
                                              .partial_revisions = strategy->partial_revisions,
                                              .bytes = strategy->expected,
                                              .freed = strategy->freed,
                                              .partials = strategy->partial_count,
                                              .partial_bytes = strategy->expected_partials,
                                              .shared = strategy->payload_count,
                                              .shared_bytes = strategy->expected_payloads,
                                              .held = strategy->held };
      sized_give (sum, sizeof told, &told);
    }
  strategy_free (strategy);
  return handle_finish (&call, code, error);
}

/* ---- and its end ---- */

int
deleted_tell (void *ctx, const struct strategy_event *event)
{
  static const int32_t outcomes[] = { [STRATEGY_GONE] = HFCORE_DELETED_GONE,
                                      [STRATEGY_MISSING] = HFCORE_DELETED_MISSING,
                                      [STRATEGY_KEPT] = HFCORE_DELETED_KEPT,
                                      [STRATEGY_FAILED] = HFCORE_DELETED_FAILED };
  const struct deleted_listener *listener = ctx;
  const struct hfcore_deleted_thing thing
      = { .size = sizeof thing,
          .outcome = outcomes[event->outcome],
          .kind = strategy_kind_name (event->kind),
          .repo_type = event->repo ? event->repo->repo.type : NULL,
          .repo_id = event->repo ? event->repo->repo.id : NULL,
          .name = event->name,
          .path = event->path,
          .bytes = event->bytes,
          .message = event->outcome == STRATEGY_GONE ? NULL : event->message };
  return listener->thing ? listener->thing (listener->ctx, &thing) : 0;
}

static void
tell_done (const struct strategy_done *result, struct hfcore_deleted *done)
{
  const struct hfcore_deleted told = { .size = sizeof told,
                                       .denied = result->denied,
                                       .repos = result->repos,
                                       .revisions = result->revisions,
                                       .freed = result->freed,
                                       .kept = result->kept_count,
                                       .failures = result->failures,
                                       .kept_bytes = result->kept,
                                       .partials = result->partials,
                                       .shared = result->payloads };
  if (done)
    sized_give (done, sizeof told, &told);
}

int
hfcore_holdings_delete (struct hfcore *cache, const struct hfcore_holdings *holdings,
                        const struct hfcore_choice *choice,
                        int (*thing) (void *ctx, const struct hfcore_deleted_thing *thing),
                        void *ctx, struct hfcore_deleted *done, struct hfcore_error *error)
{
  struct hfcore_call call;
  struct strategy *strategy = NULL;
  struct strategy_done result = { .repos = 0 };
  struct deleted_listener things = { .thing = thing, .ctx = ctx };
  const struct strategy_listener listener = { .ctx = &things, .event = deleted_tell };
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = plan (holdings, choice, &call, &strategy);
  if (code == HFCORE_OK)
    code = strategy_execute (strategy, cache->engine, &call, &listener, &result);
  strategy_free (strategy);
  tell_done (&result, done);
  return handle_finish (&call, code, error);
}

static int
choose_targets (const struct holdings *kept, struct hfcore_call *call,
                const struct hfcore_delete *ask, bool *revisions)
{
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < ask->count; i++)
    code = strategy_target (kept, call, ask->targets[i], true, revisions);
  return code;
}

int
hfcore_delete (struct hfcore *cache, const struct hfcore_delete *from, struct hfcore_deleted *done,
               struct hfcore_error *error)
{
  struct hfcore_call call;
  struct hfcore_delete ask;
  struct holdings *kept = NULL;
  struct strategy *strategy = NULL;
  struct strategy_done result = { .repos = 0 };
  sized_take (&ask, sizeof ask, from);
  struct deleted_listener things = { .thing = ask.thing, .ctx = ask.ctx };
  const struct strategy_listener listener = { .ctx = &things, .event = deleted_tell };
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = holdings_take (cache->engine, &call, &kept);
  CLEANUP_FREE bool *revisions = calloc (kept ? kept->revision_count + 1 : 1, sizeof *revisions);
  const struct strategy_choice choice
      = { .revisions = revisions,
          .partials = ask.flags & HFCORE_CHOICE_PARTIALS,
          .payloads = ask.flags & HFCORE_CHOICE_SHARED,
          .flags = ask.flags & HFCORE_CHOICE_AS_PYTHON ? STRATEGY_AS_PYTHON : 0 };
  if (code == HFCORE_OK)
    code = revisions ? choose_targets (kept, &call, &ask, revisions) : no_memory (&call);
  if (code == HFCORE_OK)
    code = strategy_make (kept, &choice, &call, &strategy);
  if (code == HFCORE_OK)
    code = ask.dry_run ? strategy_tell (strategy, &call, &listener)
                       : strategy_execute (strategy, cache->engine, &call, &listener, &result);
  tell_done (&result, done);
  strategy_free (strategy);
  holdings_free (kept);
  return handle_finish (&call, code, error);
}
