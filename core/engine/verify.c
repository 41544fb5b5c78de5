/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: see verify.h: what is checked, and against what.  */
#include "core/engine/verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/mirrors.h"
#include "core/engine/tiers.h"
#include "core/engine/verify_parts.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"

enum
{
  /* Of all repositories: how many files may wait for their digests, so that memory does not grow
   * with the cache.  */
  AHEAD_MOST = 4096
};

/* ---- which revision ---- */

struct revisions
{
  char commit[41];
  bool several;
};

static int
note_revision (void *ctx, const struct hfcore_entry *entry)
{
  struct revisions *revisions = ctx;
  if (entry->kind != HFCORE_ENTRY_REVISION || !entry->commit || !names_is_commit (entry->commit))
    return HFCORE_OK;
  revisions->several = revisions->several
                       || (revisions->commit[0] && strcmp (revisions->commit, entry->commit) != 0);
  memcpy (revisions->commit, entry->commit, sizeof revisions->commit);
  return HFCORE_OK;
}

/* Tell all entries of a kind, of all storages. PASS: none of them is there.  */
static int
list_all (struct verify *verify, const struct hfcore_repo *repo, int kind,
          int (*entry) (void *ctx, const struct hfcore_entry *entry), void *ctx)
{
  struct engine *engine = verify->engine;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = ctx, .entry = entry };
  size_t count = registry_storage_count (engine->registry);
  bool found = false;
  for (size_t i = 0; i < count; i++)
    {
      const struct hfcore_storage *storage;
      int code = registry_storage (engine->registry, i, verify->call, &storage);
      if (code == HFCORE_OK)
        code = storage->ops->list (storage->self, verify->call, repo, 1u << kind, &sink);
      found = found || code >= HFCORE_OK;
      if (code == HFCORE_E_NOTFOUND)
        call_forget (verify->call);
      else if (code < 0 && (code = tiers_pass_over (engine, i, verify->call)) != HFCORE_OK)
        return code;
    }
  return found ? HFCORE_OK : HFCORE_PASS;
}

static int
fail_not_cached (struct verify *verify, const struct hfcore_repo *repo, const char *revision)
{
  if (!revision)
    call_fail (verify->call, HFCORE_E_NOTFOUND,
               "%s '%s' is not in the cache; download it first, or name a folder by --local-dir",
               repo->type, repo->id);
  else
    call_fail (verify->call, HFCORE_E_NOTFOUND,
               "revision '%s' of %s '%s' is not in the cache; download it first", revision,
               repo->type, repo->id);
  verify->call->error.missing = revision ? HFCORE_MISSING_REVISION : HFCORE_MISSING_REPO;
  return HFCORE_E_NOTFOUND;
}

/* The only revision that is cached.  */
static int
find_only (struct verify *verify, const struct hfcore_repo *repo, char commit[41])
{
  struct revisions revisions = { 0 };
  int code = list_all (verify, repo, HFCORE_ENTRY_REVISION, note_revision, &revisions);
  if (code < HFCORE_OK)
    return code;
  if (!revisions.commit[0])
    return fail_not_cached (verify, repo, NULL);
  if (revisions.several)
    return call_fail (verify->call, HFCORE_E_CONFIG,
                      "several revisions of %s '%s' are in the cache, and none is main; name one "
                      "by --revision",
                      repo->type, repo->id);
  memcpy (commit, revisions.commit, sizeof revisions.commit);
  return HFCORE_OK;
}

static int
find_cached (struct verify *verify, const struct hfcore_repo *repo, const char *revision,
             char commit[41])
{
  CLEANUP_FREE char *folder = NULL;
  int code = HFCORE_OK;
  if (revision && names_is_commit (revision))
    memcpy (commit, revision, 41);
  else
    code
        = tiers_find_ref (verify->engine, verify->call, repo, revision ? revision : "main", commit);
  if (code == HFCORE_PASS && !revision)
    code = find_only (verify, repo, commit);
  if (code == HFCORE_OK)
    code = tiers_find_folder (verify->engine, verify->call, repo, commit, &folder);
  return code == HFCORE_PASS ? fail_not_cached (verify, repo, revision ? revision : commit) : code;
}

/* ---- what the revision holds ---- */

/* The list that is remembered; PASS: none is, or it is no good.  */
static int
read_remembered (struct verify *verify, const struct hfcore_repo *repo, const char *commit,
                 struct file_list *list)
{
  int code = file_list_remembered (verify->engine, verify->call, repo, commit, list);
  if (code >= HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (verify->call);
  return HFCORE_PASS;
}

/* Of a cached revision. A source that cannot be asked is an error: what was asked for is more than
 * the cache can say of itself.  */
static int
get_list (struct verify *verify, const struct verify_unit *unit, const char *commit,
          struct file_list *list)
{
  return verify->asks_nobody
             ? read_remembered (verify, &unit->repo, commit, list)
             : file_list_ask (verify->engine, verify->call, &unit->repo, commit, list);
}

static int
ask_commit (struct verify *verify, struct verify_unit *unit)
{
  CLEANUP_LOCATED struct located located = { 0 };
  bool again = false;
  if (names_is_commit (verify->revision))
    {
      memcpy (unit->commit, verify->revision, sizeof unit->commit);
      return HFCORE_OK;
    }
  int code = mirrors_resolve (verify->engine, verify->call, &unit->repo, verify->revision, NULL,
                              &located, &again);
  if (again)
    code = mirrors_resolve_again (verify->engine, verify->call, &unit->repo, verify->revision, NULL,
                                  &located, true);
  memcpy (unit->commit, located.commit, sizeof unit->commit);
  return code;
}

/* Nobody is asked: the list that the folder has of the commit, which is that of the revision as a
 * cache knows it or, if none was named, of the newest list. PASS: nobody knows one.  */
static int
get_local_remembered (struct verify *verify, struct verify_unit *unit, struct file_list *list)
{
  int code = HFCORE_OK;
  if (names_is_commit (verify->revision))
    memcpy (unit->commit, verify->revision, sizeof unit->commit);
  else
    code = tiers_find_ref (verify->engine, verify->call, &unit->repo, verify->revision,
                           unit->commit);
  if (code == HFCORE_OK)
    code = local_dir_list (verify->engine, verify->call, verify->local, unit->commit, list);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (verify->call);
  if (code == HFCORE_OK)
    return code;
  if (verify->ask->revision || !local_dir_newest_list (verify->local, unit->commit))
    return HFCORE_PASS;
  code = local_dir_list (verify->engine, verify->call, verify->local, unit->commit, list);
  if (code == HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (verify->call);
  return HFCORE_PASS;
}

static int
get_local_list (struct verify *verify, struct verify_unit *unit, struct file_list *list)
{
  if (verify->asks_nobody)
    return get_local_remembered (verify, unit, list);
  int code = ask_commit (verify, unit);
  return code == HFCORE_OK
             ? file_list_ask (verify->engine, verify->call, &unit->repo, unit->commit, list)
             : code;
}

/* ---- one unit ---- */

/* Each revision that is there against its list.  */
static int
expect_cached (struct verify *verify, struct verify_unit *unit)
{
  const size_t count = unit->items.count;
  int code = HFCORE_OK;
  for (size_t from = 0, to; code == HFCORE_OK && (from < count || unit->commit[0]); from = to)
    {
      CLEANUP_FILE_LIST struct file_list list = { 0 };
      char commit[41];
      memcpy (commit, from < count ? unit->items.items[from].commit : unit->commit, sizeof commit);
      for (to = from; to < count && strcmp (unit->items.items[to].commit, commit) == 0;)
        to++;
      code = get_list (verify, unit, commit, &list);
      if (code >= HFCORE_OK)
        code = verify_expect (unit, commit, from, to, code == HFCORE_OK ? &list : NULL);
      if (unit->commit[0])
        break;
    }
  return code;
}

static int
expect_local (struct verify *verify, struct verify_unit *unit)
{
  CLEANUP_FILE_LIST struct file_list list = { 0 };
  int code = get_local_list (verify, unit, &list);
  return code < HFCORE_OK
             ? code
             : verify_expect (unit, "", 0, unit->items.count, code == HFCORE_OK ? &list : NULL);
}

/* What is there, what should be, and the digests are on their way.  */
static int
begin_unit (struct verify *verify, struct verify_unit *unit)
{
  struct verify_items *items = &unit->items;
  int code = verify->local ? verify_gather_local (unit, verify->local)
                           : verify_gather (unit, unit->commit[0] ? unit->commit : NULL);
  if (code == HFCORE_OK)
    code = verify->local ? expect_local (verify, unit) : expect_cached (verify, unit);
  if (items->count > 1)
    qsort (items->items, items->count, sizeof *items->items, verify_compare_items);
  if (code == HFCORE_OK)
    code = verify_make_jobs (unit);
  if (code == HFCORE_OK)
    verify_crew_add (verify->crew, unit);
  return code;
}

static int
finish_unit (struct verify *verify, struct verify_unit *unit)
{
  int code = verify_crew_wait (verify->crew, unit);
  for (size_t i = 0; code == HFCORE_OK && i < unit->items.count; i++)
    verify_judge (&unit->items.items[i]);
  if (code == HFCORE_OK && verify->ask->flags & HFCORE_VERIFY_REPAIR)
    code = verify_repair (unit);
  return code == HFCORE_OK ? verify_tell (unit) : code;
}

static int
check_one (struct verify *verify, const struct hfcore_repo *repo)
{
  struct verify_unit *unit = verify_unit_new (verify, repo);
  int code = unit ? HFCORE_OK : verify_no_memory (verify->call);
  if (code == HFCORE_OK && !verify->local)
    code = find_cached (verify, repo, verify->ask->revision, unit->commit);
  if (code == HFCORE_OK)
    code = begin_unit (verify, unit);
  if (code == HFCORE_OK)
    code = finish_unit (verify, unit);
  verify_crew_end (TAKE_PTR (verify->crew));
  verify_unit_free (unit);
  return code;
}

/* ---- all of them ---- */

struct repo_name
{
  char *type, *id;
};
VECTOR_DEFINE (repo_names, struct repo_name);

struct repo_listing
{
  struct verify *verify;
  struct repo_names names;
};

static int
note_repo (void *ctx, const struct hfcore_entry *entry)
{
  struct repo_listing *listing = ctx;
  if (entry->kind != HFCORE_ENTRY_REPO || !entry->repo || names_check_repo_id (entry->repo->id)
      || names_check_repo_type (entry->repo->type))
    return HFCORE_OK;
  struct repo_name name = { .type = strdup (entry->repo->type), .id = strdup (entry->repo->id) };
  if (name.type && name.id && repo_names_append (&listing->names, name) == 0)
    return HFCORE_OK;
  free (name.type);
  free (name.id);
  return verify_no_memory (listing->verify->call);
}

static int
compare_names (const void *a, const void *b)
{
  const struct repo_name *left = a, *right = b;
  int order = strcmp (left->type, right->type);
  return order ? order : strcmp (left->id, right->id);
}

/* Those that wait for their digests, oldest first.  */
struct queue
{
  struct verify_unit *first, *last;
  size_t jobs;
};

static int
finish_first (struct verify *verify, struct queue *queue)
{
  struct verify_unit *unit = queue->first;
  queue->first = unit->next;
  queue->jobs -= unit->job_count;
  int code = finish_unit (verify, unit);
  if (code != HFCORE_OK)
    verify_crew_end (TAKE_PTR (verify->crew));
  verify_unit_free (unit);
  return code;
}

static int
check_next (struct verify *verify, const struct hfcore_repo *repo, struct queue *queue)
{
  struct verify_unit *unit = verify_unit_new (verify, repo);
  int code = unit ? begin_unit (verify, unit) : verify_no_memory (verify->call);
  if (code != HFCORE_OK)
    {
      verify_unit_free (unit);
      return code;
    }
  *(queue->first ? &queue->last->next : &queue->first) = unit;
  queue->last = unit;
  queue->jobs += unit->job_count;
  while (code == HFCORE_OK && queue->jobs > AHEAD_MOST && queue->first != queue->last)
    code = finish_first (verify, queue);
  return code;
}

/* One by one, but the digests of the next are begun before those of one are all there.  */
static int
check_all (struct verify *verify)
{
  struct repo_listing listing = { .verify = verify };
  struct repo_names *names = &listing.names;
  struct queue queue = { 0 };
  int code = list_all (verify, NULL, HFCORE_ENTRY_REPO, note_repo, &listing);
  if (code == HFCORE_PASS)
    {
      code = call_fail (verify->call, HFCORE_E_NOTFOUND,
                        "there is no cache folder; check --cache-dir or HF_HUB_CACHE");
      verify->call->error.missing = HFCORE_MISSING_CACHE;
    }
  if (names->count > 1)
    qsort (names->items, names->count, sizeof *names->items, compare_names);
  for (size_t i = 0; code == HFCORE_OK && i < names->count; i++)
    {
      const struct repo_name *name = &names->items[i];
      const struct hfcore_repo repo = { .size = sizeof repo, .type = name->type, .id = name->id };
      if (i == 0 || compare_names (name - 1, name) != 0)
        code = check_next (verify, &repo, &queue);
    }
  while (code == HFCORE_OK && queue.first)
    code = finish_first (verify, &queue);
  verify_crew_end (TAKE_PTR (verify->crew));
  while (queue.first)
    {
      struct verify_unit *unit = queue.first;
      queue.first = unit->next;
      verify_unit_free (unit);
    }
  for (size_t i = 0; i < names->count; i++)
    {
      free (names->items[i].type);
      free (names->items[i].id);
    }
  free (names->items);
  return code;
}

int
verify_run (struct engine *engine, struct hfcore_call *call, const struct hfcore_verify *ask,
            struct events *events)
{
  struct local_dir local = { 0 };
  struct verify verify
      = { .engine = engine,
          .call = call,
          .ask = ask,
          .events = events,
          .revision = ask->revision ? ask->revision : "main",
          .asks_nobody = engine->offline || !ask->repo_id || (ask->flags & HFCORE_LOCAL_ONLY) };
  const struct hfcore_repo repo = { .size = sizeof repo,
                                    .type = ask->repo_type ? ask->repo_type : "model",
                                    .id = ask->repo_id };
  int code = HFCORE_OK;
  events_watch (events, call);
  if (ask->local_dir)
    {
      code = local_dir_open (call, ask->local_dir, HFCORE_LINK_REFLINK, &local);
      verify.local = &local;
    }
  if (code == HFCORE_OK && verify.local && !files_is_folder (AT_FDCWD, local.path))
    code = call_fail (call, HFCORE_E_NOTFOUND, "%s is not there, or is no folder", local.path);
  if (code == HFCORE_OK)
    code = verify_crew_begin (&verify, ask->max_workers, &verify.crew);
  if (code == HFCORE_OK)
    code = ask->repo_id ? check_one (&verify, &repo) : check_all (&verify);
  local_dir_close (&local);
  return code;
}
