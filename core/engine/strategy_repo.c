/* SPDX-License-Identifier: Apache-2.0 */
/* strategy_repo.c: removes what goes of one repository. All of it goes by one rename, unless
 * somebody is at work in it; else what names a revision goes before it, and it before its blobs,
 * each of which is looked at again while its lock is held.  */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/engine/strategy_parts.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/vector.h"

enum
{
  LOCK_WAIT_MS = 50,
  LOOKS_MOST = 4,
  LOOK_AGAIN_MS = 10, /* longer than what the clock of a file system may be behind  */
  BATCH_LEAST = 16,
  BATCH_MOST = 512 /* locks that are held at once: each has a descriptor  */
};

struct ref_now
{
  char *name;
  const struct holdings_revision *revision; /* that goes  */
  bool stays;                               /* it could not be removed  */
};
VECTOR_DEFINE (refs_now, struct ref_now);

struct work
{
  struct execution *execution;
  const struct strategy_repo *planned;
  struct refs_now refs; /* those that name what goes, as they are now  */
  bool grew;            /* there is a revision that the holdings do not have, or one is used  */
  bool *used;           /* since then, of the repository's revisions; NULL: that does not matter  */
  bool listed;          /* the repository is there  */
};

static struct hfcore_entry
entry_of (const struct work *work, int kind)
{
  return (struct hfcore_entry){ .size = sizeof (struct hfcore_entry),
                                .kind = kind,
                                .repo = &work->planned->repo->repo };
}

static int
no_memory (const struct work *work)
{
  return call_fail (work->execution->call, HFCORE_E_NOMEM, "out of memory");
}

/* Removed, and told only if that fails: what Python does not know.  */
static int
remove_silently (struct execution *execution, const struct hfcore_entry *entry)
{
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (execution->call, &call);
  int code = execution->storage->ops->remove (execution->storage->self, &call, entry);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (execution->call, &call);
  if (code < 0 && code != HFCORE_E_UNSUPPORTED)
    host_log (&execution->engine->log, HFCORE_LOG_INFO, "%s", call.error.message);
  return HFCORE_OK;
}

int
strategy_repo_clean (struct execution *execution, const struct hfcore_repo *repo)
{
  const struct hfcore_entry entry
      = { .size = sizeof entry, .kind = HFCORE_ENTRY_REST, .repo = repo };
  return remove_silently (execution, &entry);
}

/* ---- as it is now ---- */

static const struct holdings_revision *
find_revision (const struct holdings_repo *repo, const char *commit)
{
  for (size_t low = 0, high = repo->revision_count; low < high;)
    {
      size_t middle = (low + high) / 2;
      int order = strcmp (commit, repo->revisions[middle].commit);
      if (order == 0)
        return &repo->revisions[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

static bool
goes (const struct strategy_repo *planned, const struct holdings_revision *revision)
{
  for (size_t i = 0; i < planned->revision_count; i++)
    if (planned->revisions[i] == revision)
      return true;
  return false;
}

static int
on_now (void *work_, const struct hfcore_entry *entry)
{
  struct work *work = work_;
  const char *commit = entry->kind == HFCORE_ENTRY_REF ? entry->target : entry->commit;
  const struct holdings_revision *revision
      = commit ? find_revision (work->planned->repo, commit) : NULL;
  if (entry->kind == HFCORE_ENTRY_REVISION)
    {
      bool used = work->used && revision && entry->used_ns > revision->used_ns;
      work->grew = work->grew || !revision || used;
      if (used)
        work->used[revision - work->planned->repo->revisions] = true;
    }
  if (entry->kind != HFCORE_ENTRY_REF || !revision || !entry->name
      || !goes (work->planned, revision))
    return HFCORE_OK;
  if (work->used && revision->ref_count == 0)
    {
      /* It was chosen for having none.  */
      work->grew = work->used[revision - work->planned->repo->revisions] = true;
      return HFCORE_OK;
    }
  const struct ref_now ref = { .name = strdup (entry->name), .revision = revision };
  if (ref.name && refs_now_append (&work->refs, ref) == 0)
    return HFCORE_OK;
  free (ref.name);
  return HFCORE_E_NOMEM;
}

static void
forget_refs (struct work *work)
{
  for (size_t i = 0; i < work->refs.count; i++)
    free (work->refs.items[i].name);
  work->refs.count = 0;
}

static bool
is_used (const struct work *work, const struct holdings_revision *revision)
{
  return work->used && work->used[revision - work->planned->repo->revisions];
}

/* Which refs name what goes, and whether there is more than was there. What cannot be listed counts
 * as if nothing were there: its removal tells why.  */
static int
look (struct work *work)
{
  const struct hfcore_storage *storage = work->execution->storage;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = work, .entry = on_now };
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (work->execution->call, &call);
  forget_refs (work);
  int code = storage->ops->list (storage->self, &call, &work->planned->repo->repo,
                                 1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_REVISION, &sink);
  if (code == HFCORE_E_NOMEM)
    return no_memory (work);
  if (code == HFCORE_E_CANCELLED)
    return call_adopt_error (work->execution->call, &call);
  work->listed = code == HFCORE_OK;
  return HFCORE_OK;
}

/* ---- refs and revisions ---- */

static int
remove_ref (struct work *work, struct ref_now *ref)
{
  struct hfcore_entry entry = entry_of (work, HFCORE_ENTRY_REF);
  struct strategy_event event
      = { .kind = STRATEGY_REF, .repo = work->planned->repo, .name = ref->name };
  if (is_used (work, ref->revision))
    return HFCORE_OK;
  entry.name = ref->name;
  entry.commit = ref->revision->commit;
  int code = execution_remove (work->execution, &entry, &event);
  ref->stays = event.outcome == STRATEGY_FAILED || event.outcome == STRATEGY_KEPT;
  return code;
}

/* Python would have tried to remove it.  */
static int
tell_missing_refs (struct work *work, const struct holdings_revision *revision)
{
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < revision->ref_count; i++)
    {
      bool there = false;
      for (size_t j = 0; j < work->refs.count; j++)
        there = there || strcmp (work->refs.items[j].name, revision->refs[i]) == 0;
      struct strategy_event event = { .kind = STRATEGY_REF,
                                      .outcome = STRATEGY_MISSING,
                                      .repo = work->planned->repo,
                                      .name = revision->refs[i] };
      if (!there)
        code = execution_tell (work->execution, &event);
    }
  return code;
}

static bool
has_ref_left (const struct work *work, const struct holdings_revision *revision)
{
  for (size_t i = 0; i < work->refs.count; i++)
    if (work->refs.items[i].revision == revision && work->refs.items[i].stays)
      return true;
  return false;
}

/* Bytes of the files that are the revision's own.  */
static uint64_t
own_bytes (const struct work *work, const struct holdings_revision *revision)
{
  uint64_t bytes = 0;
  for (size_t i = 0; i < revision->blob_count; i++)
    {
      const struct holdings_blob *blob = &work->planned->repo->blobs[revision->blobs[i]];
      bytes += blob->place == INVENTORY_OWN ? blob->size : 0;
    }
  return bytes;
}

static int
remove_revision (struct work *work, const struct holdings_revision *revision)
{
  struct execution *execution = work->execution;
  struct strategy_event event = { .kind = STRATEGY_SNAPSHOT,
                                  .repo = work->planned->repo,
                                  .name = revision->commit,
                                  .path = revision->path,
                                  .bytes = own_bytes (work, revision) };
  struct hfcore_entry entry = entry_of (work, HFCORE_ENTRY_TREE);
  int code = HFCORE_OK;
  entry.commit = revision->commit;
  if (is_used (work, revision))
    {
      event.outcome = STRATEGY_KEPT;
      return execution_tell (execution, &event);
    }
  if (has_ref_left (work, revision)) /* that would name nothing  */
    {
      event.outcome = STRATEGY_KEPT;
      event.message = "Kept snapshot: a ref to it could not be deleted";
      return execution_tell (execution, &event);
    }
  if (!(execution->strategy->flags & STRATEGY_AS_PYTHON))
    {
      code = remove_silently (execution, &entry);
      entry.kind = HFCORE_ENTRY_ABSENT;
      if (code == HFCORE_OK)
        code = remove_silently (execution, &entry);
    }
  entry.kind = HFCORE_ENTRY_REVISION;
  return code == HFCORE_OK ? execution_remove (execution, &entry, &event) : code;
}

/* A download that had all its files may have written its ref just now.  */
static int
remove_late_refs (struct work *work)
{
  int code = look (work);
  for (size_t i = 0; code == HFCORE_OK && i < work->refs.count; i++)
    {
      struct stat st;
      const char *path = work->refs.items[i].revision->path;
      if (path && lstat (path, &st) < 0)
        code = remove_ref (work, &work->refs.items[i]);
    }
  return code;
}

/* ---- blobs ---- */

struct locked_blob
{
  const struct holdings_blob *blob;
  void *lock; /* NULL: there are no locks here  */
  bool used;
};

struct batch
{
  struct work *work;
  struct locked_blob *items; /* sorted by etag  */
  size_t count;
};

static int
by_etag (const void *a_, const void *b_)
{
  const struct locked_blob *a = a_, *b = b_;
  return strcmp (a->blob->etag, b->blob->etag);
}

static int
tell_kept (struct work *work, const struct holdings_blob *blob)
{
  struct strategy_event event = { .kind = STRATEGY_BLOB,
                                  .outcome = STRATEGY_KEPT,
                                  .repo = work->planned->repo,
                                  .name = blob->etag,
                                  .path = blob->path,
                                  .bytes = blob->size };
  return execution_tell (work->execution, &event);
}

/* The lock of a blob, unless somebody has it: then it is being downloaded.  */
static int
lock_blob (struct batch *batch, const struct holdings_blob *blob)
{
  struct execution *execution = batch->work->execution;
  const struct hfcore_storage *storage = execution->storage;
  struct locked_blob *item = &batch->items[batch->count];
  CLEANUP_CALL struct hfcore_call call;
  int64_t start = clock_now_ms ();
  engine_call_within (execution->call, &call);
  call.deadline_ms
      = start + (execution->patience_ms > LOCK_WAIT_MS ? execution->patience_ms : LOCK_WAIT_MS);
  *item = (struct locked_blob){ .blob = blob };
  int code = storage->ops->lock (storage->self, &call, &batch->work->planned->repo->repo,
                                 blob->etag, &item->lock);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (execution->call, &call);
  if (code == HFCORE_E_BUSY || code == HFCORE_E_RETRY)
    {
      execution->patience_ms -= clock_now_ms () - start;
      return tell_kept (batch->work, blob);
    }
  if (code != HFCORE_OK)
    item->lock = NULL;
  batch->count++;
  return HFCORE_OK;
}

static int
note_use (void *batch_, const struct hfcore_entry *entry)
{
  struct batch *batch = batch_;
  const struct holdings_blob wanted = { .etag = entry->etag };
  const struct locked_blob key = { .blob = &wanted };
  if (entry->kind != HFCORE_ENTRY_FILE || !entry->etag
      || (entry->target && entry->length != HFCORE_SIZE_UNKNOWN)) /* it leads elsewhere  */
    return HFCORE_OK;
  struct locked_blob *found
      = bsearch (&key, batch->items, batch->count, sizeof *batch->items, by_etag);
  if (found)
    found->used = true;
  return HFCORE_OK;
}

/* Has anything linked to them since? Where that cannot be told they stay.  */
static int
find_uses (struct batch *batch)
{
  const struct hfcore_storage *storage = batch->work->execution->storage;
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = batch, .entry = note_use };
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (batch->work->execution->call, &call);
  int code = storage->ops->list (storage->self, &call, &batch->work->planned->repo->repo,
                                 1u << HFCORE_ENTRY_FILE | HFCORE_LIST_QUICK, &sink);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (batch->work->execution->call, &call);
  for (size_t i = 0; code < 0 && code != HFCORE_E_NOTFOUND && i < batch->count; i++)
    batch->items[i].used = true;
  return HFCORE_OK;
}

/* Written again since it was seen: where locks lie, somebody may be about to link to it.  */
static bool
is_newer (const struct holdings_blob *blob)
{
  struct stat st;
  return blob->path && stat (blob->path, &st) == 0
         && (int64_t) st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != blob->modified_ns;
}

static int
remove_blob (struct work *work, const struct locked_blob *item)
{
  const struct holdings_blob *blob = item->blob;
  struct hfcore_entry entry = entry_of (work, HFCORE_ENTRY_BLOB);
  struct strategy_event event = { .kind = STRATEGY_BLOB,
                                  .repo = work->planned->repo,
                                  .name = blob->etag,
                                  .path = blob->path,
                                  .bytes = blob->is_link ? 0 : blob->size };
  if (item->used || is_newer (blob))
    return tell_kept (work, blob);
  entry.etag = blob->etag;
  return execution_remove (work->execution, &entry, &event);
}

static int
remove_batch (struct batch *batch)
{
  const struct hfcore_storage *storage = batch->work->execution->storage;
  if (batch->count > 1)
    qsort (batch->items, batch->count, sizeof *batch->items, by_etag);
  int code = batch->count ? find_uses (batch) : HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < batch->count; i++)
    code = remove_blob (batch->work, &batch->items[i]);
  for (size_t i = 0; i < batch->count; i++)
    if (batch->items[i].lock)
      storage->ops->unlock (storage->self, batch->items[i].lock);
  batch->count = 0;
  return code;
}

static size_t
batch_size (void)
{
  long open_most = sysconf (_SC_OPEN_MAX);
  return open_most < 2 * BATCH_LEAST  ? BATCH_LEAST
         : open_most / 2 > BATCH_MOST ? BATCH_MOST
                                      : (size_t) open_most / 2;
}

static int
remove_blobs (struct work *work)
{
  const size_t most = batch_size ();
  struct batch batch = { .work = work, .items = calloc (most, sizeof *batch.items) };
  int code = batch.items ? HFCORE_OK : no_memory (work);
  for (size_t i = 0; code == HFCORE_OK && i < work->planned->blob_count; i++)
    {
      code = lock_blob (&batch, work->planned->blobs[i]);
      if (code == HFCORE_OK && batch.count == most)
        code = remove_batch (&batch);
    }
  if (batch.items)
    {
      int last = code == HFCORE_OK ? HFCORE_OK : code;
      code = remove_batch (&batch);
      code = last ? last : code;
    }
  free (batch.items);
  return code;
}

/* ---- one repository ---- */

static int
remove_parts (struct work *work)
{
  const struct strategy_repo *planned = work->planned;
  int code = look (work);
  for (size_t i = 0; code == HFCORE_OK && i < planned->revision_count; i++)
    code = tell_missing_refs (work, planned->revisions[i]);
  for (size_t i = 0; code == HFCORE_OK && i < work->refs.count; i++)
    code = remove_ref (work, &work->refs.items[i]);
  for (size_t i = 0; code == HFCORE_OK && i < planned->revision_count; i++)
    code = remove_revision (work, planned->revisions[i]);
  if (code == HFCORE_OK)
    code = remove_late_refs (work);
  return code == HFCORE_OK ? remove_blobs (work) : code;
}

/* At once, if it is as it was when it was looked at; else BUSY.  */
static int
try_whole (struct work *work, struct hfcore_call *call)
{
  struct hfcore_entry entry = entry_of (work, HFCORE_ENTRY_REPO);
  entry.flags = HFCORE_REMOVE_IDLE;
  entry.modified_ns = clock_stamp_ns ();
  int code = look (work);
  if (code != HFCORE_OK)
    return code;
  return work->grew
             ? HFCORE_E_BUSY
             : work->execution->storage->ops->remove (work->execution->storage->self, call, &entry);
}

/* `*parts`: it has to go in parts, for somebody is at work in it.  */
static int
remove_whole (struct work *work, bool *parts)
{
  struct execution *execution = work->execution;
  struct strategy_event event = { .kind = STRATEGY_REPO,
                                  .repo = work->planned->repo,
                                  .path = work->planned->repo->path,
                                  .bytes = work->planned->freed };
  CLEANUP_CALL struct hfcore_call call;
  int code = HFCORE_E_BUSY;
  engine_call_within (execution->call, &call);
  /* What only changed just now is looked at again.  */
  for (int i = 0; code == HFCORE_E_BUSY && !work->grew && i < LOOKS_MOST; i++)
    {
      if (i > 0)
        clock_sleep_ms (LOOK_AGAIN_MS);
      call_reset (&call);
      code = try_whole (work, &call);
    }
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return execution->call->error.code ? code : call_adopt_error (execution->call, &call);
  *parts = code == HFCORE_E_BUSY;
  event.outcome = code == HFCORE_OK     ? STRATEGY_GONE
                  : code == HFCORE_PASS ? STRATEGY_MISSING
                  : *parts              ? STRATEGY_KEPT
                                        : STRATEGY_FAILED;
  event.error = code < 0 && !*parts ? &call.error : NULL;
  event.bytes = *parts ? 0 : event.bytes;
  if (code == HFCORE_OK)
    execution->done->revisions += work->planned->revision_count;
  return execution_tell (execution, &event);
}

int
strategy_repo_execute (struct execution *execution, const struct strategy_repo *planned)
{
  struct work work = { .execution = execution, .planned = planned };
  bool parts = !planned->whole;
  int code = HFCORE_OK;
  if (execution->strategy->flags & STRATEGY_IF_UNUSED
      && !(work.used = calloc (planned->repo->revision_count + 1, sizeof *work.used)))
    return no_memory (&work);
  if (planned->whole)
    code = remove_whole (&work, &parts);
  if (code == HFCORE_OK && parts)
    code = remove_parts (&work);
  if (code == HFCORE_OK && !(execution->strategy->flags & STRATEGY_AS_PYTHON))
    code = strategy_repo_clean (execution, &planned->repo->repo);
  forget_refs (&work);
  free (work.refs.items);
  free (work.used);
  return code;
}
