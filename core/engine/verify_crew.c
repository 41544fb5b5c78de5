/* SPDX-License-Identifier: Apache-2.0 */
/* verify_crew.c: threads that compute digests, a core each; see verify_parts.h.  */
#include <stdlib.h>
#include <string.h>
#include "core/engine/verify_hash.h"
#include "core/engine/verify_parts.h"
#include "core/engine/workers.h"
#include "core/util/cleanup.h"
#include "core/util/os.h"

enum
{
  TELL_FROM = 64 << 10 /* bytes: what is shorter is over before it could be seen  */
};

struct verify_crew
{
  struct verify *verify;
  unsigned workers; /* that run  */
  pthread_t threads[WORKERS_MOST];
  pthread_mutex_t mutex; /* of all below, and of `pending` of units  */
  pthread_cond_t more;   /* jobs, or the end of them  */
  pthread_cond_t less;   /* a unit is done  */
  struct verify_job *first, **last;
  unsigned cores, busy; /* busy: threads that hash or read  */
  bool is_over;
};

/* ---- one job ---- */

struct doing
{
  struct verify_crew *crew;
  struct verify_job *job;
  bool reads_ahead;
};

static void
tell (const struct doing *doing, int kind, uint64_t done, uint64_t total)
{
  events_tell (doing->crew->verify->events, kind, doing->job->label, done, total, 0);
}

static void
on_progress (void *ctx, uint64_t done, uint64_t total)
{
  tell (ctx, HFCORE_EVENT_BYTES, done, total);
}

/* The core is taken when this says so.  */
static bool
has_spare_core (void *ctx)
{
  struct doing *doing = ctx;
  struct verify_crew *crew = doing->crew;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
  bool is_spare = !crew->first && crew->busy < crew->cores;
  if (is_spare && !doing->reads_ahead)
    {
      doing->reads_ahead = true;
      crew->busy++;
    }
  return is_spare;
}

struct stream
{
  struct digest *digest;
  enum digest_kind kind;
};

static int
begin_stream (void *ctx, uint64_t offset, uint64_t total)
{
  struct stream *stream = ctx;
  const char *why;
  stream->digest = offset == 0 ? digest_new (stream->kind, total, &why) : NULL;
  return stream->digest ? HFCORE_OK : HFCORE_E_IO;
}

static int
add_stream (void *ctx, const void *bytes, size_t len)
{
  struct stream *stream = ctx;
  return digest_update (stream->digest, bytes, len) < 0 ? HFCORE_E_IO : HFCORE_OK;
}

/* Of a storage without local files.  */
static int
hash_blob (struct verify_job *job, struct hfcore_call *call)
{
  const struct verify_item *item = job->item;
  const struct hfcore_storage *storage;
  struct stream stream = { .kind = item->kind };
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &stream, .begin = begin_stream, .data = add_stream };
  if (!item->etag)
    return call_fail (call, HFCORE_E_UNSUPPORTED, "the storage has no way to read '%s'",
                      item->name);
  int code = registry_storage (job->unit->verify->engine->registry, item->storage, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->read (storage->self, call, &job->unit->repo, item->etag, 0,
                               HFCORE_SIZE_UNKNOWN, &sink);
  if (code == HFCORE_PASS)
    code = call_fail (call, HFCORE_E_NOTFOUND, "'%s' is gone", item->name);
  if (code == HFCORE_OK && (!stream.digest || digest_hex (stream.digest, job->actual) < 0))
    code = call_fail (call, HFCORE_E_IO, "'%s' could not be hashed", item->name);
  digest_free (stream.digest);
  return code;
}

static void
do_job (struct verify_crew *crew, struct verify_job *job, struct hfcore_call *call)
{
  const struct verify_item *item = job->item;
  struct doing doing = { .crew = crew, .job = job };
  const struct verify_hash ask = { .path = item->path,
                                   .kind = item->kind,
                                   .ctx = &doing,
                                   .progress = on_progress,
                                   .has_spare_core = has_spare_core };
  job->code = call_tick (call, 0, item->length);
  if (job->code == HFCORE_OK && item->length >= TELL_FROM)
    tell (&doing, HFCORE_EVENT_START, 0, item->length);
  if (job->code == HFCORE_OK)
    job->code = item->path ? verify_hash_file (&ask, call, job->actual) : hash_blob (job, call);
  if (job->code != HFCORE_OK)
    {
      job->actual[0] = 0;
      job->why = strdup (call->error.message);
    }
  tell (&doing, job->code == HFCORE_OK ? HFCORE_EVENT_FILE : HFCORE_EVENT_FAILED, item->length,
        item->length);
  if (doing.reads_ahead)
    {
      ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
      crew->busy--;
    }
}

/* ---- the threads ---- */

/* NULL: there are none now (`waits`: there are none any more).  */
static struct verify_job *
take_job (struct verify_crew *crew, bool waits)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
  while (waits && !crew->first && !crew->is_over)
    pthread_cond_wait (&crew->more, &crew->mutex);
  struct verify_job *job = crew->first;
  if (!job)
    return NULL;
  crew->first = job->next;
  if (!crew->first)
    crew->last = &crew->first;
  crew->busy++;
  return job;
}

static void
finish_job (struct verify_crew *crew, struct verify_job *job)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
  crew->busy--;
  if (--job->unit->pending == 0)
    pthread_cond_broadcast (&crew->less);
}

static void
do_jobs (struct verify_crew *crew, bool waits)
{
  CLEANUP_CALL struct hfcore_call call;
  struct verify_job *job;
  engine_call_within (crew->verify->call, &call);
  while ((job = take_job (crew, waits)))
    {
      do_job (crew, job, &call);
      call_reset (&call);
      finish_job (crew, job);
    }
}

static void *
work (void *ctx)
{
  do_jobs (ctx, true);
  return NULL;
}

int
verify_crew_begin (struct verify *verify, unsigned workers, struct verify_crew **begun)
{
  struct verify_crew *crew = calloc (1, sizeof *crew);
  if (!crew)
    return verify_no_memory (verify->call);
  crew->verify = verify;
  crew->last = &crew->first;
  crew->cores = workers ? workers : os_cores ();
  pthread_mutex_init (&crew->mutex, NULL);
  pthread_cond_init (&crew->more, NULL);
  pthread_cond_init (&crew->less, NULL);
  while (crew->workers < crew->cores && crew->workers < WORKERS_MOST
         && pthread_create (&crew->threads[crew->workers], NULL, work, crew) == 0)
    crew->workers++;
  *begun = crew;
  return HFCORE_OK;
}

void
verify_crew_add (struct verify_crew *crew, struct verify_unit *unit)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&crew->mutex);
  unit->pending = unit->job_count;
  for (size_t i = 0; i < unit->job_count; i++)
    {
      unit->jobs[i].next = NULL;
      *crew->last = &unit->jobs[i];
      crew->last = &unit->jobs[i].next;
    }
  pthread_cond_broadcast (&crew->more);
}

int
verify_crew_wait (struct verify_crew *crew, struct verify_unit *unit)
{
  /* Where no thread could be had this one does it.  */
  if (crew->workers == 0)
    do_jobs (crew, false);
  pthread_mutex_lock (&crew->mutex);
  while (unit->pending > 0)
    pthread_cond_wait (&crew->less, &crew->mutex);
  pthread_mutex_unlock (&crew->mutex);
  for (size_t i = 0; i < unit->job_count; i++)
    if (unit->jobs[i].code == HFCORE_E_CANCELLED || unit->jobs[i].code == HFCORE_E_NOMEM)
      return call_fail (crew->verify->call, unit->jobs[i].code, "%s",
                        unit->jobs[i].why ? unit->jobs[i].why : "out of memory");
  return HFCORE_OK;
}

void
verify_crew_end (struct verify_crew *crew)
{
  if (!crew)
    return;
  pthread_mutex_lock (&crew->mutex);
  crew->is_over = true;
  crew->first = NULL;
  crew->last = &crew->first;
  pthread_cond_broadcast (&crew->more);
  pthread_mutex_unlock (&crew->mutex);
  while (crew->workers > 0)
    pthread_join (crew->threads[--crew->workers], NULL);
  pthread_cond_destroy (&crew->less);
  pthread_cond_destroy (&crew->more);
  pthread_mutex_destroy (&crew->mutex);
  free (crew);
}
