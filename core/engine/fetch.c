/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c: see fetch.h.  */
#include "core/engine/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/engine/hasher.h"
#include "core/engine/local_file.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/os.h"

enum
{
  READ_BACK_BYTES = 256 * 1024,
  ASIDE_FROM = 8 << 20 /* bytes to come from which hashing gets a thread of its own  */
};

/* One transfer: the writer, how far it is, and the digest of what it holds.  */
struct transfer
{
  const struct fetch *fetch;
  struct hfcore_call *call; /* of the storage's ops; the transport has its own                   */
  void *writer;
  struct digest *digest; /* NULL: the etag is no digest                                       */
  struct hasher *hasher; /* has the digest, and follows; NULL: hashed as it comes              */
  uint64_t done;
  uint64_t progress; /* bytes that came in all tries, to tell a stall from a slow line     */
  size_t first;      /* the source that a round begins with                                */
  size_t source;     /* the last one that was read from                                     */
  bool mixed;        /* some of its bytes an earlier run has left, or another source        */
  int code;          /* what stopped the sink                                             */
};

static int
stop (struct transfer *transfer, int code)
{
  transfer->code = code;
  return code;
}

static void
drop_digest (struct transfer *transfer)
{
  hasher_stop (TAKE_PTR (transfer->hasher));
  digest_free (TAKE_PTR (transfer->digest));
}

static int
fresh_digest (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  enum digest_kind kind = digest_of_etag (fetch->etag);
  const char *why = NULL;
  drop_digest (transfer);
  if (kind == DIGEST_NONE)
    return HFCORE_OK;
  transfer->digest = digest_new (kind, fetch->length, &why);
  return transfer->digest
             ? HFCORE_OK
             : call_fail (transfer->call, HFCORE_E_IO, "cannot compute digests: %s", why);
}

static int
hash (struct transfer *transfer, const void *bytes, size_t len)
{
  if (transfer->digest && digest_update (transfer->digest, bytes, len) < 0)
    return call_fail (transfer->call, HFCORE_E_IO, "libcrypto failed to hash '%s'",
                      transfer->fetch->path);
  return HFCORE_OK;
}

static bool
can_read_back (struct transfer *transfer)
{
  const struct hfcore_storage *storage = transfer->fetch->storage;
  CLEANUP_CALL struct hfcore_call call;
  char byte;
  size_t got = 0;
  engine_call_within (transfer->call, &call);
  return storage->ops->read_back (storage->self, &call, transfer->writer, transfer->done, &byte, 1,
                                  &got)
             == HFCORE_OK
         && got == 1;
}

/* The bytes at `done` are written: let them be hashed, aside if there is much to come.  */
static int
hash_written (struct transfer *transfer, const void *bytes, size_t len)
{
  const struct fetch *fetch = transfer->fetch;
  if (transfer->digest && !transfer->hasher && fetch->length - transfer->done >= ASIDE_FROM
      && os_cores () > 1 && can_read_back (transfer))
    {
      const struct hasher_ask ask = { .storage = fetch->storage,
                                      .writer = transfer->writer,
                                      .digest = transfer->digest,
                                      .from = transfer->done,
                                      .call = transfer->call };
      (void) hasher_start (&ask, &transfer->hasher);
    }
  return transfer->hasher ? hasher_advance (transfer->hasher, transfer->call, transfer->done + len)
                          : hash (transfer, bytes, len);
}

/* Throw away what came.  */
static int
start_over (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  hasher_stop (TAKE_PTR (transfer->hasher));
  int code = fetch->storage->ops->restart (fetch->storage->self, transfer->call, transfer->writer);
  if (code == HFCORE_OK)
    code = fresh_digest (transfer);
  transfer->done = 0;
  events_tell (fetch->events, HFCORE_EVENT_RESTART, fetch->path, 0, fetch->length, 0);
  return code;
}

static int
tell_bytes (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  if (events_tell (fetch->events, HFCORE_EVENT_BYTES, fetch->path, transfer->done, fetch->length, 0)
      || call_cancelled (transfer->call))
    return call_fail (transfer->call, HFCORE_E_CANCELLED, "stopped");
  return HFCORE_OK;
}

/* The peer's own headers against what was promised: a branch may have moved, a mirror may lie.  */
static int
on_about (void *ctx, const struct hfcore_file_info *info)
{
  struct transfer *transfer = ctx;
  const struct fetch *fetch = transfer->fetch;
  if (info->etag && strcmp (info->etag, fetch->etag) != 0)
    return stop (transfer, call_fail (transfer->call, HFCORE_E_CONFLICT,
                                      "'%s' has etag %s where %s was promised", fetch->path,
                                      info->etag, fetch->etag));
  if (info->commit && strcmp (info->commit, fetch->commit) != 0)
    return stop (transfer, call_fail (transfer->call, HFCORE_E_CONFLICT,
                                      "'%s' came from commit %s where %s was asked for",
                                      fetch->path, info->commit, fetch->commit));
  return HFCORE_OK;
}

static int
on_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct transfer *transfer = ctx;
  const struct fetch *fetch = transfer->fetch;
  if (total != HFCORE_SIZE_UNKNOWN && total != fetch->length)
    return stop (transfer,
                 call_fail (transfer->call, HFCORE_E_CORRUPT,
                            "'%s' is said to have %llu bytes and is sent with %llu", fetch->path,
                            (unsigned long long) fetch->length, (unsigned long long) total));
  if (offset == transfer->done)
    return HFCORE_OK;
  if (offset != 0)
    return stop (transfer,
                 call_fail (transfer->call, HFCORE_E_CORRUPT,
                            "'%s' is sent from byte %llu where %llu was asked for", fetch->path,
                            (unsigned long long) offset, (unsigned long long) transfer->done));
  return stop (transfer, start_over (transfer));
}

static int
on_data (void *ctx, const void *bytes, size_t len)
{
  struct transfer *transfer = ctx;
  const struct fetch *fetch = transfer->fetch;
  if (len > fetch->length - transfer->done)
    return stop (transfer, call_fail (transfer->call, HFCORE_E_CORRUPT,
                                      "'%s' is sent with more than its %llu bytes", fetch->path,
                                      (unsigned long long) fetch->length));
  int code = fetch->storage->ops->write (fetch->storage->self, transfer->call, transfer->writer,
                                         transfer->done, bytes, len);
  if (code == HFCORE_OK)
    code = hash_written (transfer, bytes, len);
  if (code != HFCORE_OK)
    return stop (transfer, code);
  transfer->done += len;
  transfer->progress += len;
  return stop (transfer, tell_bytes (transfer));
}

/* The digest of a taken-over partial is computed from the disk.  */
static int
hash_partial (struct transfer *transfer, uint64_t have)
{
  const struct fetch *fetch = transfer->fetch;
  if (!transfer->digest)
    {
      transfer->done = have;
      return HFCORE_OK;
    }
  CLEANUP_FREE char *bytes = malloc (READ_BACK_BYTES);
  if (!bytes)
    return call_fail (transfer->call, HFCORE_E_NOMEM, "out of memory");
  while (transfer->done < have)
    {
      size_t got = 0, want = READ_BACK_BYTES;
      if (want > have - transfer->done)
        want = (size_t) (have - transfer->done);
      int code
          = fetch->storage->ops->read_back (fetch->storage->self, transfer->call, transfer->writer,
                                            transfer->done, bytes, want, &got);
      if (code == HFCORE_OK && got == 0)
        return start_over (transfer);
      if (code == HFCORE_OK)
        code = hash (transfer, bytes, got);
      transfer->done += got;
      if (code == HFCORE_OK)
        code = tell_bytes (transfer);
      if (code != HFCORE_OK)
        return code;
    }
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
  transfer->done = 0;
  transfer->mixed = have > 0;
  code = fresh_digest (transfer);
  return code == HFCORE_OK && have > 0 ? hash_partial (transfer, have) : code;
}

/* Read from one transport, from where the transfer is. `located` NULL: by commit and path.  */
static int
read_from (struct transfer *transfer, size_t source, const struct located *located)
{
  const struct fetch *fetch = transfer->fetch;
  const struct hfcore_transport *transport;
  const struct hfcore_sink sink = {
    .size = sizeof sink, .ctx = transfer, .about = on_about, .begin = on_begin, .data = on_data
  };
  const struct hfcore_read request = { .size = sizeof request,
                                       .repo = fetch->repo,
                                       .commit = fetch->commit,
                                       .path = fetch->path,
                                       .etag = fetch->etag,
                                       .location = located ? located->location : NULL,
                                       .offset = transfer->done,
                                       .length = HFCORE_SIZE_UNKNOWN,
                                       .total = fetch->length };
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (transfer->call, &one);
  transfer->code = HFCORE_OK;
  transfer->mixed = transfer->done > 0 && (transfer->mixed || source != transfer->source);
  transfer->source = source;
  int code = mirrors_open (fetch->engine, &one, source, &transport);
  if (code == HFCORE_OK)
    code = transport->ops->read (transport->self, &one, &request, &sink);
  if (transfer->code != HFCORE_OK)
    return transfer->code; /* the sink's own error is in transfer->call already */
  if (code == HFCORE_OK && transfer->done < fetch->length)
    return call_fail (transfer->call, HFCORE_E_RETRY, "'%s' ended after %llu of its %llu bytes",
                      fetch->path, (unsigned long long) transfer->done,
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
      if (may_go_on (code) && transfer->done == fetch->length)
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

/* Read what lies in another storage. Whatever is wrong with it, it is not the blob.  */
static int
read_copy (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  const struct fetch_copy *copy = fetch->copy;
  const struct hfcore_storage *storage;
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = transfer, .begin = on_begin, .data = on_data };
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (transfer->call, &one);
  transfer->code = HFCORE_OK;
  int code = HFCORE_OK;
  if (copy->path)
    code = local_file_read (&one, copy->path, transfer->done, &sink);
  else if ((code = registry_storage (fetch->engine->registry, copy->storage, &one, &storage))
           == HFCORE_OK)
    code = storage->ops->read (storage->self, &one, fetch->repo, fetch->etag, transfer->done,
                               HFCORE_SIZE_UNKNOWN, &sink);
  if (transfer->code != HFCORE_OK)
    return transfer->code;
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (transfer->call, &one);
  if (code < 0)
    return call_fail (transfer->call, HFCORE_E_CORRUPT, "%s", one.error.message);
  return transfer->done == fetch->length
             ? HFCORE_OK
             : call_fail (transfer->call, HFCORE_E_CORRUPT,
                          "'%s' ended after %llu of its %llu bytes", fetch->path,
                          (unsigned long long) transfer->done, (unsigned long long) fetch->length);
}

/* Read until all bytes are there, with pauses and retries (spec 2.8, 2.9): progress gives back
 * all retries.  */
static int
read_all (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  bool first_round = true;
  for (unsigned retry = 0; transfer->done < fetch->length; first_round = false)
    {
      bool passing = false;
      uint64_t before = transfer->progress;
      int code = read_round (transfer, first_round, &passing);
      if (code == HFCORE_OK)
        return HFCORE_OK;
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
      if (code == HFCORE_OK)
        code = check_digest (transfer);
      /* A copy does not get better by being read twice, but what was there of it may be bad.  */
      if (code != HFCORE_E_CORRUPT || tries == 1 || (copies && !transfer->mixed))
        return code;
      host_log (&transfer->fetch->engine->log, copies ? HFCORE_LOG_INFO : HFCORE_LOG_WARNING,
                "%s; fetching it once more from the start", transfer->call->error.message);
      code = start_over (transfer);
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
  drop_digest (&transfer); /* before the writer that it reads from  */
  if (transfer.writer)
    fetch->storage->ops->abandon (fetch->storage->self, transfer.writer,
                                  code != HFCORE_OK && code != HFCORE_E_CORRUPT);
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
