/* SPDX-License-Identifier: Apache-2.0 */
/* holdings.c: the inventory, kept: what a deletion is planned on (strategy.h).  */
#include "core/engine/strategy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include "core/util/cleanup.h"
#include "core/util/vector.h"

VECTOR_DEFINE (kept_repos, struct holdings_repo);
VECTOR_DEFINE (kept_partials, struct holdings_partial);
VECTOR_DEFINE (kept_payloads, struct holdings_payload);

/* Which file a payload is, told by the system: blobs in other folders lead to it.  */
struct identity
{
  dev_t device;
  ino_t inode;
  size_t payload;
};
VECTOR_DEFINE (identities, struct identity);

struct taking
{
  struct holdings *holdings;
  struct engine *engine;
  struct hfcore_call *call;
  size_t storage; /* whose shared store is listed  */
  struct kept_repos repos;
  struct kept_partials partials;
  struct kept_payloads payloads;
  struct identities identities;
  bool has_shared; /* some blob leads into a shared store  */
};

static bool
is_read_only (const struct engine *engine, size_t storage)
{
  return registry_storage_entry (engine->registry, storage)->read_only;
}

static int64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A copy in the pool; NULL stays NULL. `*failed` is set where there is no memory.  */
static const char *
copy (struct taking *taking, const char *text, bool *failed)
{
  const char *made = text ? pool_copy (&taking->holdings->pool, text) : NULL;
  *failed = *failed || (text && !made);
  return made;
}

static void *
room (struct taking *taking, size_t count, size_t size, bool *failed)
{
  void *made = count ? pool_get (&taking->holdings->pool, count, size) : NULL;
  *failed = *failed || (count && !made);
  return made;
}

static int
no_memory (struct hfcore_call *call)
{
  return call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- repositories ---- */

static void
copy_blobs (struct taking *taking, const struct inventory_repo *from, struct holdings_repo *repo,
            bool *failed)
{
  struct holdings_blob *blobs = room (taking, from->all_blob_count, sizeof *blobs, failed);
  for (size_t i = 0; !*failed && i < from->all_blob_count; i++)
    {
      const struct inventory_blob *blob = &from->blobs[i];
      blobs[i] = (struct holdings_blob){ .etag = copy (taking, blob->etag, failed),
                                         .path = copy (taking, blob->path, failed),
                                         .size = blob->size,
                                         .accessed_ns = blob->accessed_ns,
                                         .modified_ns = blob->modified_ns,
                                         .place = blob->place,
                                         .revisions = blob->revisions,
                                         .is_link = blob->is_link,
                                         .payload = blob->is_shared ? 0 : SIZE_MAX };
      taking->has_shared = taking->has_shared || blob->is_shared;
    }
  repo->blobs = blobs;
  repo->all_blob_count = from->all_blob_count;
}

static int
by_index (const void *a_, const void *b_)
{
  const uint32_t *a = a_, *b = b_;
  return *a < *b ? -1 : *a > *b;
}

/* The distinct blobs of a revision, and when one of them was last used.  */
static void
copy_files (struct taking *taking, const struct inventory_repo *repo,
            const struct inventory_revision *from, struct holdings_revision *revision, bool *failed)
{
  uint32_t *blobs = room (taking, from->file_count, sizeof *blobs, failed);
  if (*failed || !blobs)
    return;
  size_t count = 0;
  for (size_t i = 0; i < from->file_count; i++)
    blobs[i] = (uint32_t) from->files[i].blob;
  qsort (blobs, from->file_count, sizeof *blobs, by_index);
  for (size_t i = 0; i < from->file_count; i++)
    if (i == 0 || blobs[i] != blobs[i - 1])
      blobs[count++] = blobs[i];
  revision->blobs = blobs;
  revision->blob_count = count;
  revision->accessed_ns = INT64_MIN;
  for (size_t i = 0; i < count; i++)
    if (repo->blobs[blobs[i]].accessed_ns > revision->accessed_ns)
      revision->accessed_ns = repo->blobs[blobs[i]].accessed_ns;
}

static void
copy_revisions (struct taking *taking, const struct inventory_repo *from,
                struct holdings_repo *repo, bool *failed)
{
  struct holdings_revision *revisions
      = room (taking, from->revision_count, sizeof *revisions, failed);
  for (size_t i = 0; !*failed && i < from->revision_count; i++)
    {
      const struct inventory_revision *revision = &from->revisions[i];
      const char **refs = room (taking, revision->ref_count, sizeof *refs, failed);
      for (size_t j = 0; !*failed && j < revision->ref_count; j++)
        refs[j] = copy (taking, revision->refs[j], failed);
      revisions[i] = (struct holdings_revision){ .commit = copy (taking, revision->commit, failed),
                                                 .path = copy (taking, revision->path, failed),
                                                 .size = revision->size,
                                                 .file_count = revision->file_count,
                                                 .modified_ns = revision->modified_ns,
                                                 .accessed_ns = revision->modified_ns,
                                                 .used_ns = revision->used_ns,
                                                 .refs = refs,
                                                 .ref_count = revision->ref_count };
      if (!*failed)
        copy_files (taking, from, revision, &revisions[i], failed);
    }
  repo->revisions = revisions;
  repo->revision_count = from->revision_count;
}

static int
on_repo (void *taking_, const struct inventory_repo *from)
{
  struct taking *taking = taking_;
  bool failed = from->all_blob_count > UINT32_MAX;
  struct holdings_repo repo = { .repo = { .size = sizeof repo.repo },
                                .storage = from->storage,
                                .read_only = is_read_only (taking->engine, from->storage),
                                .broken = from->broken,
                                .path = copy (taking, from->path, &failed),
                                .size = from->size,
                                .blob_count = from->blob_count,
                                .accessed_ns = from->accessed_ns,
                                .modified_ns = from->modified_ns };
  struct stat st;
  repo.is_link = from->path && lstat (from->path, &st) == 0 && S_ISLNK (st.st_mode);
  repo.repo.type = copy (taking, from->repo.type, &failed);
  repo.repo.id = copy (taking, from->repo.id, &failed);
  copy_blobs (taking, from, &repo, &failed);
  copy_revisions (taking, from, &repo, &failed);
  return failed || kept_repos_append (&taking->repos, repo) < 0 ? no_memory (taking->call)
                                                                : HFCORE_OK;
}

static int
on_partial (void *taking_, const struct inventory_partial *from)
{
  struct taking *taking = taking_;
  bool failed = false;
  struct holdings_partial partial = { .repo = { .size = sizeof partial.repo },
                                      .storage = from->storage,
                                      .read_only = is_read_only (taking->engine, from->storage),
                                      .held = from->held,
                                      .path = copy (taking, from->path, &failed),
                                      .name = copy (taking, from->name, &failed),
                                      .etag = copy (taking, from->etag, &failed),
                                      .size = from->size,
                                      .modified_ns = from->modified_ns };
  if (from->repo)
    {
      partial.repo.type = copy (taking, from->repo->type, &failed);
      partial.repo.id = copy (taking, from->repo->id, &failed);
    }
  return failed || kept_partials_append (&taking->partials, partial) < 0 ? no_memory (taking->call)
                                                                         : HFCORE_OK;
}

/* ---- what others lead to ---- */

/* Files that are no links into their repository's blobs, by the files that they are.  */
struct borrower
{
  dev_t device;
  ino_t inode;
  size_t repo;
};
VECTOR_DEFINE (borrowers, struct borrower);

static int
by_file (const void *a_, const void *b_)
{
  const struct borrower *a = a_, *b = b_;
  if (a->device != b->device)
    return a->device < b->device ? -1 : 1;
  if (a->inode != b->inode)
    return a->inode < b->inode ? -1 : 1;
  return a->repo < b->repo ? -1 : a->repo > b->repo;
}

static int
find_borrowers (struct taking *taking, struct borrowers *borrowers)
{
  struct stat st;
  for (size_t i = 0; i < taking->repos.count; i++)
    for (size_t j = 0; j < taking->repos.items[i].all_blob_count; j++)
      {
        const struct holdings_blob *blob = &taking->repos.items[i].blobs[j];
        if (blob->place != INVENTORY_ELSEWHERE || !blob->path || stat (blob->path, &st) < 0)
          continue;
        const struct borrower one = { .device = st.st_dev, .inode = st.st_ino, .repo = i };
        if (borrowers_append (borrowers, one) < 0)
          return no_memory (taking->call);
      }
  if (borrowers->count)
    qsort (borrowers->items, borrowers->count, sizeof *borrowers->items, by_file);
  return HFCORE_OK;
}

static void
mark_lent (const struct borrowers *borrowers, size_t repo, struct holdings_blob *blob)
{
  struct stat st;
  size_t low = 0, high = borrowers->count;
  if (blob->place != INVENTORY_BLOB || !blob->path || stat (blob->path, &st) < 0)
    return;
  const struct borrower wanted = { .device = st.st_dev, .inode = st.st_ino };
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (by_file (&borrowers->items[middle], &wanted) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  for (; low < borrowers->count && borrowers->items[low].device == st.st_dev
         && borrowers->items[low].inode == st.st_ino;
       low++)
    {
      blob->is_lent = true;
      blob->is_lent_out = blob->is_lent_out || borrowers->items[low].repo != repo;
    }
}

/* A path may have another name, so that only the system can tell what a link out of a repository
 * leads to. Most caches have no such link, and nothing is asked.  */
static int
match_borrowers (struct taking *taking)
{
  struct borrowers borrowers = { 0 };
  int code = find_borrowers (taking, &borrowers);
  for (size_t i = 0; code == HFCORE_OK && borrowers.count && i < taking->repos.count; i++)
    for (size_t j = 0; j < taking->repos.items[i].all_blob_count; j++)
      mark_lent (&borrowers, i, (struct holdings_blob *) &taking->repos.items[i].blobs[j]);
  free (borrowers.items);
  return code;
}

/* ---- the shared store ---- */

static int
on_payload (void *taking_, const struct hfcore_entry *entry)
{
  struct taking *taking = taking_;
  bool failed = false;
  if (entry->kind != HFCORE_ENTRY_SHARED || !entry->etag)
    return HFCORE_OK;
  const struct holdings_payload payload
      = { .storage = taking->storage,
          .read_only = is_read_only (taking->engine, taking->storage),
          .hash = copy (taking, entry->etag, &failed),
          .path = copy (taking, entry->path, &failed),
          .size = entry->length,
          .is_unused = entry->flags & HFCORE_IS_UNUSED,
          .is_untold = entry->flags & HFCORE_IS_UNTOLD };
  struct stat st;
  struct identity identity = { .payload = taking->payloads.count };
  if (!failed && payload.path && stat (payload.path, &st) == 0)
    {
      identity.device = st.st_dev;
      identity.inode = st.st_ino;
      failed = identities_append (&taking->identities, identity) < 0;
    }
  return failed || kept_payloads_append (&taking->payloads, payload) < 0 ? no_memory (taking->call)
                                                                         : HFCORE_OK;
}

static int
by_identity (const void *a_, const void *b_)
{
  const struct identity *a = a_, *b = b_;
  if (a->device != b->device)
    return a->device < b->device ? -1 : 1;
  return a->inode < b->inode ? -1 : a->inode > b->inode;
}

/* Which payload each blob leads to. What is not found is taken for a blob like others.  */
static void
match_payloads (struct taking *taking)
{
  struct identities *known = &taking->identities;
  if (known->count)
    qsort (known->items, known->count, sizeof *known->items, by_identity);
  for (size_t i = 0; i < taking->repos.count; i++)
    {
      struct holdings_blob *blobs = (struct holdings_blob *) taking->repos.items[i].blobs;
      for (size_t j = 0; j < taking->repos.items[i].all_blob_count; j++)
        {
          struct stat st;
          if (blobs[j].payload == SIZE_MAX && !blobs[j].is_link)
            continue;
          blobs[j].payload = SIZE_MAX;
          if (!blobs[j].path || stat (blobs[j].path, &st) < 0)
            continue;
          const struct identity wanted = { .device = st.st_dev, .inode = st.st_ino };
          const struct identity *found
              = known->count
                    ? bsearch (&wanted, known->items, known->count, sizeof wanted, by_identity)
                    : NULL;
          if (!found)
            continue;
          blobs[j].payload = found->payload;
          taking->payloads.items[found->payload].users++;
        }
    }
}

/* Payloads of every storage, or of `only` this one. One that cannot be listed has been told of by
 * the inventory.  */
static int
take_payloads (struct taking *taking, size_t only)
{
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = taking, .entry = on_payload };
  for (size_t i = 0; i < registry_storage_count (taking->engine->registry); i++)
    {
      if (only != INVENTORY_ALL_STORAGES && only != i)
        continue;
      const struct hfcore_storage *storage;
      CLEANUP_CALL struct hfcore_call call;
      engine_call_within (taking->call, &call);
      taking->storage = i;
      int code = registry_storage (taking->engine->registry, i, &call, &storage);
      if (code == HFCORE_OK)
        code = storage->ops->list (storage->self, &call, NULL, 1u << HFCORE_ENTRY_SHARED, &sink);
      if (code == HFCORE_E_NOMEM || code == HFCORE_E_CANCELLED)
        return call_adopt_error (taking->call, &call);
    }
  match_payloads (taking);
  return HFCORE_OK;
}

/* ---- all of it ---- */

static int
by_repo (const void *a_, const void *b_)
{
  const struct holdings_repo *a = a_, *b = b_;
  if (a->storage != b->storage)
    return a->storage < b->storage ? -1 : 1;
  int order = strcmp (a->repo.type, b->repo.type);
  if (!order)
    order = strcasecmp (a->repo.id, b->repo.id);
  return order ? order : strcmp (a->repo.id, b->repo.id);
}

static int
by_path (const void *a_, const void *b_)
{
  const struct holdings_partial *a = a_, *b = b_;
  return strcmp (a->path ? a->path : a->name, b->path ? b->path : b->name);
}

/* The vectors are the holdings' now.  */
static void
settle (struct taking *taking)
{
  struct holdings *holdings = taking->holdings;
  if (taking->repos.count)
    qsort (taking->repos.items, taking->repos.count, sizeof *taking->repos.items, by_repo);
  if (taking->partials.count)
    qsort (taking->partials.items, taking->partials.count, sizeof *taking->partials.items, by_path);
  for (size_t i = 0; i < taking->repos.count; i++)
    {
      const struct holdings_repo *repo = &taking->repos.items[i];
      struct holdings_revision *revisions = (struct holdings_revision *) repo->revisions;
      for (size_t j = 0; j < repo->revision_count; j++)
        {
          revisions[j].index = holdings->revision_count++;
          revisions[j].repo = i;
        }
    }
  holdings->repos = TAKE_PTR (taking->repos.items);
  holdings->repo_count = taking->repos.count;
  holdings->partials = TAKE_PTR (taking->partials.items);
  holdings->partial_count = taking->partials.count;
  holdings->payloads = TAKE_PTR (taking->payloads.items);
  holdings->payload_count = taking->payloads.count;
}

int
holdings_take_from (struct engine *engine, struct hfcore_call *call, size_t storage,
                    struct holdings **holdings)
{
  struct taking taking
      = { .holdings = calloc (1, sizeof **holdings), .engine = engine, .call = call };
  const struct inventory_ask ask
      = { .engine = engine, .flags = INVENTORY_FILES | INVENTORY_BROKEN, .storage = storage };
  const struct inventory_listener listener
      = { .ctx = &taking, .repo = on_repo, .partial = on_partial };
  if (!taking.holdings)
    return no_memory (call);
  taking.holdings->taken_ns = now_ns ();
  int code = inventory_each (&ask, call, &listener, &taking.holdings->sum);
  if (code == HFCORE_OK)
    code = match_borrowers (&taking);
  if (code == HFCORE_OK && (taking.has_shared || taking.holdings->sum.unused_shared))
    code = take_payloads (&taking, storage);
  if (code == HFCORE_OK)
    settle (&taking);
  free (taking.repos.items);
  free (taking.partials.items);
  free (taking.payloads.items);
  free (taking.identities.items);
  if (code != HFCORE_OK)
    {
      holdings_free (taking.holdings);
      return code;
    }
  *holdings = taking.holdings;
  return HFCORE_OK;
}

int
holdings_take (struct engine *engine, struct hfcore_call *call, struct holdings **holdings)
{
  return holdings_take_from (engine, call, INVENTORY_ALL_STORAGES, holdings);
}

void
holdings_free (struct holdings *holdings)
{
  if (!holdings)
    return;
  free (holdings->repos);
  free (holdings->partials);
  free (holdings->payloads);
  pool_free (&holdings->pool);
  free (holdings);
}

const struct holdings_revision *
holdings_revision_at (const struct holdings *holdings, size_t index)
{
  for (size_t i = 0; i < holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &holdings->repos[i];
      if (repo->revision_count && index - repo->revisions[0].index < repo->revision_count)
        return &repo->revisions[index - repo->revisions[0].index];
    }
  return NULL;
}
