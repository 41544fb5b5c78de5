/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.c: goes through the storages and their repositories, several at once where that pays,
 * and tells what is found, one thing at a time.  */
#include "core/engine/inventory.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "core/engine/inventory_parts.h"
#include "core/engine/tiers.h"
#include "core/util/cleanup.h"

#define THREADS_MOST     8
#define REPOS_PER_THREAD 24 /* fewer are done before another thread has begun  */

struct found_repo
{
  struct hfcore_repo repo; /* its strings are own copies, in one piece at `type`  */
  size_t order;
};
VECTOR_DEFINE (found_repos, struct found_repo);

struct found_warning
{
  struct inventory_warning warning; /* own copies  */
  size_t order;
};
VECTOR_DEFINE (found_warnings, struct found_warning);

/* A file that a link out of its repository led to.  */
struct outside
{
  char *path;
  uint64_t size;
};
VECTOR_DEFINE (outsides, struct outside);
VECTOR_DEFINE (told_paths, char *);

struct inventory
{
  const struct inventory_ask *ask;
  const struct inventory_listener *listener;
  struct hfcore_call *call;
  struct inventory_sum sum;
  bool wants_sum;
  size_t storage;
  size_t order; /* of what the storages tell in their roots  */
  struct found_repos repos;
  struct found_warnings warnings;
  struct outsides outsides;
  struct told_paths told_paths;

  pthread_mutex_t mutex; /* of what follows, of all above while threads run, of the listener  */
  size_t next;           /* repository to be done  */
  int code;              /* what the walk ends with  */
  struct hfcore_error error;
};

static int
no_memory (struct hfcore_call *call)
{
  return call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- telling ---- */

static int
tell_partial (struct inventory *all, const struct inventory_partial *partial)
{
  all->sum.partials++;
  all->sum.partial_size += partial->size;
  return all->listener->partial ? all->listener->partial (all->listener->ctx, partial) : HFCORE_OK;
}

static int
tell_partials (struct inventory *all, const struct inventory_gather *gather)
{
  int code = HFCORE_OK;
  for (size_t i = 0; !code && i < gather->partials.count; i++)
    {
      const struct inventory_gathered_partial *from = &gather->partials.items[i];
      const struct inventory_partial partial = { .repo = gather->repo,
                                                 .storage = gather->storage,
                                                 .path = inventory_string (gather, from->path),
                                                 .name = inventory_string (gather, from->name),
                                                 .etag = inventory_string (gather, from->etag),
                                                 .size = from->size,
                                                 .modified_ns = from->modified_ns,
                                                 .held = from->held };
      code = tell_partial (all, &partial);
    }
  return code;
}

static int
add_warning (struct inventory *all, size_t order, enum inventory_problem problem, const char *path,
             const struct inventory_gather *gather, const struct hfcore_error *error)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT ((size_t) 1 << 20);
  inventory_text_problem (&text, all->ask, problem, path, gather, error);
  struct found_warning made
      = { .warning = { .problem = problem, .storage = all->storage }, .order = order };
  char *own_text = text_take (&text), *own_path = strdup (path);
  made.warning.text = own_text;
  made.warning.path = own_path;
  if (own_text && own_path && found_warnings_append (&all->warnings, made) == 0)
    return HFCORE_OK;
  free (own_text);
  free (own_path);
  return no_memory (all->call);
}

/* Links that lead out of a repository are counted at the end, when it is known what else was.  */
static int
note_outside (struct inventory *all, const struct inventory_gather *gather)
{
  for (size_t i = 0; i < gather->blobs.count; i++)
    {
      const struct inventory_gathered_blob *from = &gather->blobs.items[i];
      if (!from->blob.revisions || from->blob.place == INVENTORY_GONE)
        continue;
      if (from->blob.place != INVENTORY_ELSEWHERE)
        {
          if (!from->blob.is_shared)
            all->sum.disk_size += from->blob.size;
          continue;
        }
      struct outside outside
          = { .path = strdup (inventory_string (gather, from->path)), .size = from->blob.size };
      if (!outside.path || outsides_append (&all->outsides, outside) < 0)
        {
          free (outside.path);
          return -1;
        }
    }
  all->sum.disk_size += gather->own_size;
  return 0;
}

/* A repository that Python would report.  */
static int
sum_repo (struct inventory *all, const struct inventory_gather *gather,
          const struct inventory_repo *repo)
{
  all->sum.repos++;
  all->sum.revisions += repo->revision_count;
  all->sum.size += repo->size;
  if (!all->wants_sum)
    return 0;
  char *path = repo->path ? strdup (repo->path) : NULL;
  if (repo->path && (!path || told_paths_append (&all->told_paths, path) < 0))
    {
      free (path);
      return -1;
    }
  return note_outside (all, gather);
}

/* Kernels were no repositories then.  */
static void
judge_type (const struct inventory_ask *ask, struct inventory_gather *gather)
{
  if (ask->flags & INVENTORY_AS_0_26 && strcmp (gather->repo->type, "kernel") == 0
      && gather->problem != INVENTORY_UNREADABLE)
    {
      gather->problem = INVENTORY_NO_TYPE;
      gather->problem_path = gather->path;
    }
}

static int
tell_repo (struct inventory *all, struct inventory_gather *gather, size_t order,
           struct hfcore_call *call)
{
  struct inventory_repo repo;
  if (inventory_repo_make (gather, &repo) < 0)
    return no_memory (call);
  judge_type (all->ask, gather);
  repo.broken = gather->problem != 0;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&all->mutex);
  if (all->code)
    return all->code;
  int code = tell_partials (all, gather);
  if (!code && repo.broken)
    {
      const char *path = inventory_string (gather, gather->problem_path);
      code = add_warning (all, order, gather->problem,
                          path        ? path
                          : repo.path ? repo.path
                                      : repo.repo.id,
                          gather, &call->error);
      call_forget (call);
    }
  else if (!code && sum_repo (all, gather, &repo) < 0)
    code = no_memory (call);
  bool is_told = !repo.broken
                 || (all->ask->flags & INVENTORY_BROKEN && gather->problem != INVENTORY_UNREADABLE);
  if (!code && is_told && all->listener->repo)
    code = all->listener->repo (all->listener->ctx, &repo);
  return code;
}

/* ---- repositories, by several threads ---- */

static struct found_repo *
next_repo (struct inventory *all)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&all->mutex);
  return all->code || all->next == all->repos.count ? NULL : &all->repos.items[all->next++];
}

static void
stop (struct inventory *all, int code, const struct hfcore_call *call)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&all->mutex);
  if (all->code)
    return;
  all->code = code;
  all->error = call->error;
}

static void *
work (void *all_)
{
  struct inventory *all = all_;
  struct inventory_gather gather = { .ask = all->ask, .storage = all->storage };
  for (struct found_repo *found; (found = next_repo (all));)
    {
      CLEANUP_CALL struct hfcore_call call;
      engine_call_within (all->call, &call);
      gather.repo = &found->repo;
      int code = inventory_gather_repo (&gather, &call);
      if (code == HFCORE_OK)
        code = tell_repo (all, &gather, found->order, &call);
      else if (code == HFCORE_PASS)
        code = HFCORE_OK;
      if (code)
        stop (all, code, &call);
    }
  inventory_gather_free (&gather);
  return NULL;
}

static unsigned
thread_count (const struct inventory *all)
{
  unsigned most = all->ask->threads;
  long cpus = most ? 0 : sysconf (_SC_NPROCESSORS_ONLN);
  if (!most)
    most = cpus > THREADS_MOST ? THREADS_MOST : cpus > 0 ? (unsigned) cpus : 1;
  size_t worth = 1 + all->repos.count / REPOS_PER_THREAD;
  return most > THREADS_MOST ? THREADS_MOST : worth < most ? (unsigned) worth : most;
}

static int
do_repos (struct inventory *all)
{
  pthread_t threads[THREADS_MOST];
  unsigned wanted = thread_count (all), started = 0;
  all->next = 0;
  while (started + 1 < wanted && pthread_create (&threads[started], NULL, work, all) == 0)
    started++;
  work (all);
  while (started > 0)
    pthread_join (threads[--started], NULL);
  return all->code;
}

/* ---- one storage ---- */

static int
add_repo (struct inventory *all, const struct hfcore_repo *repo)
{
  size_t type_room = strlen (repo->type) + 1, id_room = strlen (repo->id) + 1;
  char *both = malloc (type_room + id_room);
  if (!both)
    return no_memory (all->call);
  memcpy (both, repo->type, type_room);
  memcpy (both + type_room, repo->id, id_room);
  const struct found_repo found
      = { .repo = { .size = sizeof found.repo, .type = both, .id = both + type_room },
          .order = all->order };
  if (found_repos_append (&all->repos, found) == 0)
    return HFCORE_OK;
  free (both);
  return no_memory (all->call);
}

static void
drop_repos (struct inventory *all)
{
  for (size_t i = 0; i < all->repos.count; i++)
    free ((char *) all->repos.items[i].repo.type);
  all->repos.count = 0;
}

static int
on_stray_partial (struct inventory *all, const struct hfcore_entry *entry)
{
  const struct inventory_partial partial
      = { .storage = all->storage,
          .path = entry->path,
          .name = entry->name,
          .etag = entry->etag,
          .size = entry->length,
          .modified_ns = entry->modified_ns ? entry->modified_ns : entry->modified_ms * 1000000,
          .held = entry->flags & HFCORE_IS_HELD };
  return tell_partial (all, &partial);
}

static int
on_root (void *all_, const struct hfcore_entry *entry)
{
  struct inventory *all = all_;
  all->order++;
  switch (entry->kind)
    {
    case HFCORE_ENTRY_REPO:
      return entry->repo ? add_repo (all, entry->repo) : HFCORE_OK;
    case HFCORE_ENTRY_PROBLEM:
      if (entry->problem < HFCORE_PROBLEM_NO_FOLDER || entry->problem > HFCORE_PROBLEM_NO_TYPE
          || !entry->path)
        return HFCORE_OK;
      return add_warning (all, all->order, (enum inventory_problem) entry->problem, entry->path,
                          NULL, NULL);
    case HFCORE_ENTRY_PARTIAL:
      return on_stray_partial (all, entry);
    case HFCORE_ENTRY_SHARED:
      all->sum.disk_size += entry->length;
      if (entry->flags & HFCORE_IS_UNUSED)
        {
          all->sum.unused_shared++;
          all->sum.unused_shared_size += entry->length;
        }
      return HFCORE_OK;
    default:
      return HFCORE_OK;
    }
}

static int
list_root (struct inventory *all, struct hfcore_call *call)
{
  const uint32_t names = 1u << HFCORE_ENTRY_REPO | 1u << HFCORE_ENTRY_PROBLEM;
  const uint32_t kinds = all->ask->flags & INVENTORY_NAMES
                             ? names
                             : names | 1u << HFCORE_ENTRY_PARTIAL | 1u << HFCORE_ENTRY_SHARED;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = all, .entry = on_root };
  const struct hfcore_storage *storage;
  int code = registry_storage (all->ask->engine->registry, all->storage, call, &storage);
  return code ? code : storage->ops->list (storage->self, call, NULL, kinds, &sink);
}

/* A storage has failed as `failure` says: HFCORE_OK: go on with the others. `why` keeps the reason
 * that matters most if none is there.  */
static int
pass_over (struct inventory *all, size_t index, const struct hfcore_error *failure,
           struct hfcore_error *why)
{
  struct engine *engine = all->ask->engine;
  bool is_written = tiers_is_written (engine, index);
  bool is_missing = failure->code == HFCORE_E_NOTFOUND && failure->missing == HFCORE_MISSING_CACHE;
  bool is_only = all->ask->storage != INVENTORY_ALL_STORAGES
                 || registry_storage_count (engine->registry) == 1;
  if (!is_missing
      && (is_only || failure->code == HFCORE_E_CANCELLED || failure->code == HFCORE_E_NOMEM))
    return call_adopt (all->call, failure);
  if (is_missing && (!why->code || is_written))
    *why = *failure;
  if (!is_missing || (!is_only && !is_written)) /* one that is written is made when needed  */
    tiers_complain (engine, index, "is passed over: %s", failure->message);
  return HFCORE_OK;
}

static int
do_storage (struct inventory *all, size_t index, struct hfcore_error *why, size_t *there)
{
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (all->call, &call);
  all->storage = index;
  int code = all->ask->repo ? add_repo (all, all->ask->repo) : list_root (all, &call);
  if (code == HFCORE_OK)
    {
      code = do_repos (all);
      call.error = all->error;
    }
  drop_repos (all);
  *there += code == HFCORE_OK;
  if (code < 0 && call.error.code == code)
    return pass_over (all, index, &call.error, why);
  return code;
}

/* ---- the end ---- */

static int
by_order (const void *a_, const void *b_)
{
  const struct found_warning *a = a_, *b = b_;
  return a->order < b->order ? -1 : a->order > b->order;
}

static int
tell_warnings (struct inventory *all)
{
  struct found_warnings *warnings = &all->warnings;
  int code = HFCORE_OK;
  all->sum.warnings = warnings->count;
  if (warnings->count)
    qsort (warnings->items, warnings->count, sizeof *warnings->items, by_order);
  for (size_t i = 0; !code && all->listener->warning && i < warnings->count; i++)
    code = all->listener->warning (all->listener->ctx, &warnings->items[i].warning);
  return code;
}

static int
by_path (const void *a_, const void *b_)
{
  const struct outside *a = a_, *b = b_;
  return strcmp (a->path, b->path);
}

static int
by_text (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Is it below a repository that was told? Cuts the path.  */
static bool
was_counted (const struct told_paths *told, char *path)
{
  for (char *slash; (slash = strrchr (path, '/'));)
    {
      *slash = 0;
      if (bsearch (&path, told->items, told->count, sizeof *told->items, by_text))
        return true;
    }
  return false;
}

static void
count_outsides (struct inventory *all)
{
  struct outsides *outsides = &all->outsides;
  if (!outsides->count)
    return;
  qsort (outsides->items, outsides->count, sizeof *outsides->items, by_path);
  qsort (all->told_paths.items, all->told_paths.count, sizeof *all->told_paths.items, by_text);
  for (size_t i = outsides->count; i > 0; i--)
    {
      struct outside *outside = &outsides->items[i - 1];
      bool is_double = i > 1 && strcmp (outside[-1].path, outside->path) == 0;
      if (!is_double && !was_counted (&all->told_paths, outside->path))
        all->sum.disk_size += outside->size;
    }
}

static void
free_all (struct inventory *all)
{
  drop_repos (all);
  free (all->repos.items);
  for (size_t i = 0; i < all->warnings.count; i++)
    {
      free ((char *) all->warnings.items[i].warning.text);
      free ((char *) all->warnings.items[i].warning.path);
    }
  free (all->warnings.items);
  for (size_t i = 0; i < all->outsides.count; i++)
    free (all->outsides.items[i].path);
  free (all->outsides.items);
  for (size_t i = 0; i < all->told_paths.count; i++)
    free (all->told_paths.items[i]);
  free (all->told_paths.items);
  pthread_mutex_destroy (&all->mutex);
}

int
inventory_each (const struct inventory_ask *ask, struct hfcore_call *call,
                const struct inventory_listener *listener, struct inventory_sum *sum)
{
  struct inventory all = { .ask = ask, .listener = listener, .call = call, .wants_sum = sum };
  struct hfcore_error why = HFCORE_ERROR_INIT;
  size_t count = registry_storage_count (ask->engine->registry), there = 0;
  int code = HFCORE_OK;
  pthread_mutex_init (&all.mutex, NULL);
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    if (ask->storage == INVENTORY_ALL_STORAGES || ask->storage == i)
      code = do_storage (&all, i, &why, &there);
  if (code == HFCORE_OK && there == 0 && why.code)
    code = call_adopt (call, &why);
  if (code == HFCORE_OK)
    code = tell_warnings (&all);
  if (code == HFCORE_OK && sum)
    {
      count_outsides (&all);
      *sum = all.sum;
    }
  free_all (&all);
  return code;
}
