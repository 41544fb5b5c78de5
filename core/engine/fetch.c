/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c: see fetch.h.  */
#include "core/engine/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/fetch_parts.h"
#include "core/engine/local_file.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"

#define UNKNOWN HFCORE_SIZE_UNKNOWN

enum
{
  READ_BACK_BYTES = 256 * 1024
};

/* What an earlier run has left is hashed from the disk.  */
static int
hash_partial (struct transfer *transfer, uint64_t have)
{
  const struct fetch *fetch = transfer->fetch;
  CLEANUP_FREE char *bytes = transfer->digest ? malloc (READ_BACK_BYTES) : NULL;
  if (!bytes)
    return transfer->digest ? call_fail (transfer->call, HFCORE_E_NOMEM, "out of memory")
                            : HFCORE_OK;
  for (uint64_t done = 0; done < have;)
    {
      size_t got = 0, want = READ_BACK_BYTES;
      if (want > have - done)
        want = (size_t) (have - done);
      int code = fetch->storage->ops->read_back (fetch->storage->self, transfer->call,
                                                 transfer->writer, done, bytes, want, &got);
      if (code == HFCORE_OK && got == 0)
        return transfer_start_over (transfer);
      if (code == HFCORE_OK)
        code = transfer_hash (transfer, bytes, got);
      done += got;
      if (code == HFCORE_OK)
        code = transfer_tell (transfer, transfer->call, done);
      if (code != HFCORE_OK)
        return code;
    }
  return HFCORE_OK;
}

static int
on_proven (void *ctx, uint64_t offset, uint64_t length)
{
  struct transfer *transfer = ctx;
  return gaps_fill (&transfer->gaps, offset, offset + length) < 0 ? HFCORE_E_NOMEM : HFCORE_OK;
}

/* What was written out of order, too; it is hashed when the front comes to it.  */
static int
take_proven (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  const struct hfcore_range_sink sink
      = { .size = sizeof sink, .ctx = transfer, .range = on_proven };
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (transfer->call, &call);
  if (!fetch->storage->ops->proven)
    return HFCORE_OK;
  const uint64_t before = gaps_bytes (&transfer->gaps), front = gaps_front (&transfer->gaps);
  int code = fetch->storage->ops->proven (fetch->storage->self, &call, transfer->writer, &sink);
  if (code == HFCORE_E_NOMEM || code == HFCORE_E_CANCELLED)
    return call_adopt_error (transfer->call, &call);
  const struct hasher_ask ask = { .storage = fetch->storage,
                                  .writer = transfer->writer,
                                  .digest = transfer->digest,
                                  .from = front,
                                  .call = transfer->call };
  if (gaps_bytes (&transfer->gaps) < before && transfer->digest
      && hasher_start (&ask, &transfer->hasher) != HFCORE_OK)
    return transfer_start_over (transfer);
  if (gaps_bytes (&transfer->gaps) < before)
    lanes_go_on (transfer);
  return HFCORE_OK;
}

static int
begin (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  uint64_t have = 0;
  int code
      = fetch->storage->ops->create (fetch->storage->self, transfer->call, fetch->repo, fetch->etag,
                                     fetch->length, fetch->force ? 0 : HFCORE_CREATE_RESUME, &have,
                                     &transfer->writer);
  if (code != HFCORE_OK)
    return code;
  if (events_tell (fetch->events, HFCORE_EVENT_START, fetch->path, have, fetch->length, 0))
    return call_fail (transfer->call, HFCORE_E_CANCELLED, "stopped");
  if (gaps_init (&transfer->gaps, fetch->length) < 0 || gaps_fill (&transfer->gaps, 0, have) < 0)
    return call_fail (transfer->call, HFCORE_E_NOMEM, "out of memory");
  code = transfer_fresh_digest (transfer);
  if (code == HFCORE_OK && have > 0)
    code = hash_partial (transfer, have);
  if (code == HFCORE_OK && !fetch->force)
    code = take_proven (transfer);
  transfer->mixed = transfer_done (transfer) > 0;
  return code;
}

/* A gap of the file from one transport. `located` NULL: by commit and path.  */
static int
read_from (struct transfer *transfer, size_t source, const struct located *located)
{
  const struct fetch *fetch = transfer->fetch;
  const struct hfcore_transport *transport;
  struct lane *lane = &transfer->lanes[0];
  const struct hfcore_sink sink = lane_sink (lane);
  uint64_t from, to;
  int code = lanes_next_gap (transfer, &from, &to);
  if (code <= 0)
    return code;
  const struct hfcore_read request = { .size = sizeof request,
                                       .repo = fetch->repo,
                                       .commit = fetch->commit,
                                       .path = fetch->path,
                                       .etag = fetch->etag,
                                       .location = located ? located->location : NULL,
                                       .offset = from,
                                       .length = to == fetch->length ? UNKNOWN : to - from,
                                       .total = fetch->length };
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (transfer->call, &one);
  lane->code = HFCORE_OK;
  lane->is_open_ended = to == fetch->length;
  transfer->mixed = transfer_done (transfer) > 0 && (transfer->mixed || source != transfer->source);
  transfer->source = source;
  code = mirrors_open (fetch->engine, &one, source, &transport);
  if (code == HFCORE_OK)
    code = transport->ops->read (transport->self, &one, &request, &sink);
  const uint64_t rest = lanes_give_back (transfer);
  if (lane->code == LANE_FULL)
    return HFCORE_OK;
  if (lane->code != HFCORE_OK)
    return lane->code; /* the sink's own error is in transfer->call already */
  if (code == HFCORE_OK && rest > 0)
    return call_fail (transfer->call, HFCORE_E_RETRY, "'%s' ended after %llu of its %llu bytes",
                      fetch->path, (unsigned long long) lane->at,
                      (unsigned long long) fetch->length);
  if (code < 0)
    call_adopt_error (transfer->call, &one);
  return code;
}

/* Find the file at this source again, then read it: a signed location may have run out, and
 * another source has a location of its own.  */
static int
locate_and_read (struct transfer *transfer, size_t source)
{
  const struct fetch *fetch = transfer->fetch;
  CLEANUP_LOCATED struct located located = { 0 };
  int code = mirrors_resolve_at (fetch->engine, transfer->call, source, fetch->repo, fetch->commit,
                                 fetch->path, &located);
  if (code != HFCORE_OK)
    return code;
  if (strcmp (located.etag, fetch->etag) != 0 || located.length != fetch->length)
    return call_fail (transfer->call, HFCORE_E_CONFLICT,
                      "'%s' is another file there: etag %s, %llu bytes", fetch->path, located.etag,
                      (unsigned long long) located.length);
  return read_from (transfer, source, &located);
}

static bool
may_go_on (int code)
{
  switch (code)
    {
    case HFCORE_PASS:
    case HFCORE_E_NOTFOUND:
    case HFCORE_E_RETRY:
    case HFCORE_E_DOWN:
    case HFCORE_E_AUTH:
    case HFCORE_E_CONFLICT:
    case HFCORE_E_UNSUPPORTED:
      return true;
    default:
      return false;
    }
}

/* Ask each source once, the located one first. `*passing`: one failed in passing.  */
static int
read_round (struct transfer *transfer, bool first_round, bool *passing)
{
  const struct fetch *fetch = transfer->fetch;
  size_t count = registry_transport_count (fetch->engine->registry);
  int last = HFCORE_PASS;
  for (size_t i = 0; i < count; i++)
    {
      size_t source = (transfer->first + i) % count;
      bool is_located = fetch->located && fetch->located->source == source;
      int code = first_round && (is_located || !fetch->located)
                     ? read_from (transfer, source, fetch->located)
                     : locate_and_read (transfer, source);
      if (code == HFCORE_OK)
        transfer->first = source; /* it has it: no need to ask another for the rest  */
      if (may_go_on (code) && transfer_done (transfer) == fetch->length)
        return HFCORE_OK; /* all came, and then it failed */
      if (!may_go_on (code))
        return code;
      if (code == HFCORE_PASS)
        continue;
      /* A branch that moved between HEAD and GET is found again by its commit.  */
      *passing = *passing || code == HFCORE_E_RETRY
                 || (code == HFCORE_E_CONFLICT && first_round && is_located);
      last = code;
      if (i + 1 < count)
        host_log (&fetch->engine->log, HFCORE_LOG_INFO, "%s; the next source is asked",
                  transfer->call->error.message);
    }
  if (last == HFCORE_PASS)
    return call_fail (transfer->call, HFCORE_E_DOWN, "no source has '%s'", fetch->path);
  return last;
}

/* A gap from another storage.  */
static int
read_copy_from (struct transfer *transfer, struct hfcore_call *call, uint64_t from,
                const struct hfcore_sink *sink)
{
  const struct fetch *fetch = transfer->fetch;
  const struct fetch_copy *copy = fetch->copy;
  const struct hfcore_storage *storage;
  if (copy->path)
    return local_file_read (call, copy->path, from, sink);
  int code = registry_storage (fetch->engine->registry, copy->storage, call, &storage);
  return code == HFCORE_OK ? storage->ops->read (storage->self, call, fetch->repo, fetch->etag,
                                                 from, UNKNOWN, sink)
                           : code;
}

/* Read what lies in another storage. Whatever is wrong with it, it is not the blob.  */
static int
read_copy (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  struct lane *lane = &transfer->lanes[0];
  struct hfcore_sink sink = lane_sink (lane);
  sink.about = NULL;
  transfer->is_alone = true;
  for (;;)
    {
      uint64_t from, to;
      CLEANUP_CALL struct hfcore_call one;
      engine_call_within (transfer->call, &one);
      int code = lanes_next_gap (transfer, &from, &to);
      if (code <= 0)
        return code;
      lane->code = HFCORE_OK;
      lane->is_open_ended = false;
      code = read_copy_from (transfer, &one, from, &sink);
      const uint64_t at = lane->at;
      lanes_give_back (transfer);
      if (lane->code == LANE_FULL)
        continue;
      if (lane->code != HFCORE_OK)
        return lane->code;
      if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
        return call_adopt_error (transfer->call, &one);
      if (code < 0)
        return call_fail (transfer->call, HFCORE_E_CORRUPT, "%s", one.error.message);
      if (at < to)
        return call_fail (transfer->call, HFCORE_E_CORRUPT,
                          "'%s' ended after %llu of its %llu bytes", fetch->path,
                          (unsigned long long) at, (unsigned long long) fetch->length);
    }
}

/* Read until all bytes are there, with pauses and retries (spec 2.8, 2.9): progress gives back
 * all retries.  */
static int
read_all (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  bool first_round = true;
  for (unsigned retry = 0; transfer_done (transfer) < fetch->length;)
    {
      bool passing = false;
      uint64_t before = transfer->progress;
      int code = read_round (transfer, first_round, &passing);
      if (code == HFCORE_OK)
        continue;
      first_round = false;
      if (!may_go_on (code) || !passing)
        return code;
      if (transfer->progress > before)
        retry = 0;
      struct hfcore_error why = transfer->call->error;
      int paused = mirrors_pause (fetch->engine, transfer->call, &retry, &why);
      if (paused != HFCORE_OK)
        return paused == HFCORE_E_CANCELLED ? paused : code;
    }
  return HFCORE_OK;
}

/* Who all bytes came from: " from 'NAME'"; "" where it was not one source.  */
static void
put_source (const struct transfer *transfer, char *to, size_t room)
{
  const struct fetch *fetch = transfer->fetch;
  *to = 0;
  if (!fetch->copy && !transfer->mixed && transfer->progress > 0)
    snprintf (to, room, " from '%s'",
              registry_transport_entry (fetch->engine->registry, transfer->source)->name);
}

static int
check_digest (struct transfer *transfer)
{
  char hex[65], from[128];
  const char *etag = transfer->fetch->etag;
  if (!transfer->digest)
    return HFCORE_OK;
  int code = transfer->hasher ? hasher_join (TAKE_PTR (transfer->hasher), transfer->call) : 0;
  if (code != HFCORE_OK)
    return code;
  if (digest_hex (transfer->digest, hex) < 0)
    return call_fail (transfer->call, HFCORE_E_IO, "libcrypto failed to hash '%s'",
                      transfer->fetch->path);
  if (strcmp (hex, etag) != 0)
    {
      put_source (transfer, from, sizeof from);
      return call_fail (transfer->call, HFCORE_E_CORRUPT,
                        "'%s' arrived damaged%s: its digest is %s where %s was promised",
                        transfer->fetch->path, from, hex, etag);
    }
  return HFCORE_OK;
}

/* All bytes, checked; what is damaged is fetched once more from zero.  */
static int
read_checked (struct transfer *transfer)
{
  for (int tries = 0;; tries++)
    {
      bool copies = transfer->fetch->copy != NULL;
      int code = copies ? read_copy (transfer) : read_all (transfer);
      lanes_end (transfer);
      if (code == HFCORE_OK)
        code = check_digest (transfer);
      /* A copy does not get better by being read twice, but what was there of it may be bad.  */
      if (code != HFCORE_E_CORRUPT || tries == 1 || (copies && !transfer->mixed))
        return code;
      host_log (&transfer->fetch->engine->log, copies ? HFCORE_LOG_INFO : HFCORE_LOG_WARNING,
                "%s; fetching it once more from the start", transfer->call->error.message);
      code = transfer_start_over (transfer);
      if (code != HFCORE_OK)
        return code;
      /* Where there is another source, it may have it whole.  */
      transfer->first = transfer->source + 1;
    }
}

/* Has a twin published the blob while this transfer failed?  */
static bool
is_there_now (const struct fetch *fetch)
{
  CLEANUP_CALL struct hfcore_call call;
  uint64_t length;
  engine_call (fetch->engine, &call);
  return !fetch->force
         && fetch->storage->ops->stat (fetch->storage->self, &call, fetch->repo, fetch->etag,
                                       &length)
                == HFCORE_OK;
}

static int
fetch_once (const struct fetch *fetch, struct hfcore_call *call, bool *published)
{
  struct transfer transfer
      = { .fetch = fetch, .call = call, .first = fetch->located ? fetch->located->source : 0 };
  transfer.lanes[0] = (struct lane){ .transfer = &transfer, .call = call };
  pthread_mutex_init (&transfer.mutex, NULL);
  pthread_cond_init (&transfer.moved, NULL);
  int code = begin (&transfer);
  if (code == HFCORE_OK)
    code = read_checked (&transfer);
  if (code == HFCORE_OK)
    {
      void *writer = TAKE_PTR (transfer.writer);
      code = fetch->storage->ops->commit (fetch->storage->self, call, writer, fetch->length);
      *published = code == HFCORE_OK;
    }
  else if (may_go_on (code) && is_there_now (fetch))
    code = HFCORE_OK;
  lanes_end (&transfer);
  transfer_drop_digest (&transfer); /* before the writer that it reads from  */
  if (transfer.writer)
    fetch->storage->ops->abandon (fetch->storage->self, transfer.writer,
                                  code != HFCORE_OK && code != HFCORE_E_CORRUPT);
  gaps_free (&transfer.gaps);
  pthread_cond_destroy (&transfer.moved);
  pthread_mutex_destroy (&transfer.mutex);
  return code;
}

int
fetch_blob (const struct fetch *fetch, struct hfcore_call *call, struct fetched *fetched)
{
  uint64_t length;
  *fetched = (struct fetched){ 0 };
  int there
      = fetch->storage->ops->stat (fetch->storage->self, call, fetch->repo, fetch->etag, &length);
  if (there != HFCORE_PASS && !fetch->force)
    return there;
  if (there < 0)
    call_forget (call);
  int code = fetch_once (fetch, call, &fetched->published);
  /* Another client's prune may take a partial away before it is published (spec 53).  */
  if (code == HFCORE_E_RETRY && call->error.os_errno == ENOENT)
    code = fetch_once (fetch, call, &fetched->published);
  fetched->is_new = fetched->published && there == HFCORE_PASS;
  if (code < 0)
    events_tell (fetch->events, HFCORE_EVENT_FAILED, fetch->path, 0, fetch->length, 0);
  return code;
}
