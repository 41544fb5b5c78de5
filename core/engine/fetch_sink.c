/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_sink.c: bytes come in, are written where they belong, and hashed in order.  */
#include <string.h>
#include "core/engine/fetch_parts.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/os.h"

enum
{
  ASIDE_FROM = 8 << 20 /* bytes to come from which hashing gets a thread of its own  */
};

uint64_t
transfer_done (struct transfer *transfer)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  return transfer->fetch->length - gaps_bytes (&transfer->gaps);
}

/* ---- the digest ---- */

void
transfer_drop_digest (struct transfer *transfer)
{
  hasher_stop (TAKE_PTR (transfer->hasher));
  digest_free (TAKE_PTR (transfer->digest));
}

int
transfer_fresh_digest (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  enum digest_kind kind = digest_of_etag (fetch->etag);
  const char *why = NULL;
  transfer_drop_digest (transfer);
  if (kind == DIGEST_NONE)
    return HFCORE_OK;
  transfer->digest = digest_new (kind, fetch->length, &why);
  return transfer->digest
             ? HFCORE_OK
             : call_fail (transfer->call, HFCORE_E_IO, "cannot compute digests: %s", why);
}

int
transfer_hash (struct transfer *transfer, const void *bytes, size_t len)
{
  if (transfer->digest && digest_update (transfer->digest, bytes, len) < 0)
    return call_fail (transfer->call, HFCORE_E_IO, "libcrypto failed to hash '%s'",
                      transfer->fetch->path);
  return HFCORE_OK;
}

static bool
can_read_back (struct transfer *transfer, uint64_t offset)
{
  const struct hfcore_storage *storage = transfer->fetch->storage;
  CLEANUP_CALL struct hfcore_call call;
  char byte;
  size_t got = 0;
  engine_call_within (transfer->call, &call);
  return storage->ops->read_back
         && storage->ops->read_back (storage->self, &call, transfer->writer, offset, &byte, 1, &got)
                == HFCORE_OK
         && got == 1;
}

/* The first lane has written from `offset`, where the front is, and no other lane is there yet:
 * from now on let another thread hash, if there is much to come.  */
static void
hash_aside (struct transfer *transfer, uint64_t offset)
{
  const struct hasher_ask ask = { .storage = transfer->fetch->storage,
                                  .writer = transfer->writer,
                                  .digest = transfer->digest,
                                  .from = offset,
                                  .call = transfer->call };
  if (transfer->digest && !transfer->hasher && transfer->fetch->length - offset >= ASIDE_FROM
      && os_cores () > 1 && can_read_back (transfer, offset))
    (void) hasher_start (&ask, &transfer->hasher);
}

/* ---- the sink ---- */

static int
stop (struct lane *lane, int code)
{
  lane->code = code;
  return code;
}

int
transfer_tell (struct transfer *transfer, struct hfcore_call *call, uint64_t done)
{
  const struct fetch *fetch = transfer->fetch;
  if (events_tell (fetch->events, HFCORE_EVENT_BYTES, fetch->path, done, fetch->length, 0)
      || call_cancelled (call))
    return call_fail (call, HFCORE_E_CANCELLED, "stopped");
  return HFCORE_OK;
}

int
transfer_start_over (struct transfer *transfer)
{
  const struct fetch *fetch = transfer->fetch;
  hasher_stop (TAKE_PTR (transfer->hasher));
  int code = fetch->storage->ops->restart (fetch->storage->self, transfer->call, transfer->writer);
  if (code == HFCORE_OK)
    code = transfer_fresh_digest (transfer);
  gaps_free (&transfer->gaps);
  if (gaps_init (&transfer->gaps, fetch->length) < 0 && code == HFCORE_OK)
    code = call_fail (transfer->call, HFCORE_E_NOMEM, "out of memory");
  events_tell (fetch->events, HFCORE_EVENT_RESTART, fetch->path, 0, fetch->length, 0);
  return code;
}

/* The peer's own headers against what was promised: a branch may have moved, a mirror may lie.  */
static int
on_about (void *ctx, const struct hfcore_file_info *info)
{
  struct lane *lane = ctx;
  const struct fetch *fetch = lane->transfer->fetch;
  if (info->etag && strcmp (info->etag, fetch->etag) != 0)
    return stop (lane,
                 call_fail (lane->call, HFCORE_E_CONFLICT, "'%s' has etag %s where %s was promised",
                            fetch->path, info->etag, fetch->etag));
  if (info->commit && strcmp (info->commit, fetch->commit) != 0)
    return stop (lane, call_fail (lane->call, HFCORE_E_CONFLICT,
                                  "'%s' came from commit %s where %s was asked for", fetch->path,
                                  info->commit, fetch->commit));
  return HFCORE_OK;
}

/* The peer sends from the start whatever it is asked: alone, begin again there.  */
static int
begin_at_zero (struct lane *lane)
{
  struct transfer *transfer = lane->transfer;
  uint64_t from, to;
  lanes_end (transfer);
  transfer->is_alone = true;
  int code = transfer_start_over (transfer);
  lane->at = lane->asked = lane->unproven = 0;
  if (code == HFCORE_OK && transfer->fetch->length > 0
      && gaps_take (&transfer->gaps, lane->number, UINT64_MAX, 0, &from, &to) < 0)
    code = call_fail (lane->call, HFCORE_E_NOMEM, "out of memory");
  return stop (lane, code);
}

static int
on_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct lane *lane = ctx;
  const struct fetch *fetch = lane->transfer->fetch;
  if (total != HFCORE_SIZE_UNKNOWN && total != fetch->length)
    return stop (lane,
                 call_fail (lane->call, HFCORE_E_CORRUPT,
                            "'%s' is said to have %llu bytes and is sent with %llu", fetch->path,
                            (unsigned long long) fetch->length, (unsigned long long) total));
  if (offset == lane->asked)
    return HFCORE_OK;
  if (offset != 0)
    return stop (lane,
                 call_fail (lane->call, HFCORE_E_CORRUPT,
                            "'%s' is sent from byte %llu where %llu was asked for", fetch->path,
                            (unsigned long long) offset, (unsigned long long) lane->asked));
  if (lane->number != 0)
    return stop (lane, call_fail (lane->call, HFCORE_E_UNSUPPORTED,
                                  "the source sends '%s' from its start alone", fetch->path));
  return begin_at_zero (lane);
}

/* How much of this is the lane's to write; others may have taken some of its gap.  */
static size_t
wanted (struct lane *lane, size_t len)
{
  struct transfer *transfer = lane->transfer;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  uint64_t room = lane->is_dropped ? 0 : gaps_room (&transfer->gaps, lane->number);
  if (room == 0 && lane->is_open_ended)
    {
      gaps_go_on (&transfer->gaps, lane->number, lane->at);
      room = gaps_room (&transfer->gaps, lane->number);
    }
  return room < len ? (size_t) room : len;
}

/* It is written: count it, and let it be hashed when its turn has come.  */
static int
account (struct lane *lane, const void *bytes, size_t len, uint64_t *done)
{
  struct transfer *transfer = lane->transfer;
  bool is_inline = lane->number == 0 && !transfer->hasher;
  if (is_inline)
    hash_aside (transfer, lane->at);
  is_inline = is_inline && !transfer->hasher;
  int code = is_inline ? transfer_hash (transfer, bytes, len) : HFCORE_OK;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  gaps_wrote (&transfer->gaps, lane->number, len);
  lane->at += len;
  transfer->progress += len;
  *done = transfer->fetch->length - gaps_bytes (&transfer->gaps);
  if (code == HFCORE_OK && transfer->hasher)
    code = hasher_advance (transfer->hasher, lane->call, gaps_front (&transfer->gaps));
  return code;
}

static int
on_data (void *ctx, const void *bytes, size_t len)
{
  struct lane *lane = ctx;
  struct transfer *transfer = lane->transfer;
  const struct fetch *fetch = transfer->fetch;
  uint64_t done;
  if (len > fetch->length - lane->at)
    return stop (lane, call_fail (lane->call, HFCORE_E_CORRUPT,
                                  "'%s' is sent with more than its %llu bytes", fetch->path,
                                  (unsigned long long) fetch->length));
  size_t mine = wanted (lane, len);
  if (mine == 0)
    return stop (lane, LANE_FULL);
  int code = fetch->storage->ops->write (fetch->storage->self, lane->call, transfer->writer,
                                         lane->at, bytes, mine);
  if (code == HFCORE_OK)
    code = account (lane, bytes, mine, &done);
  if (code == HFCORE_OK)
    code = transfer_tell (transfer, lane->call, done);
  if (code != HFCORE_OK)
    return stop (lane, code);
  lane->has_begun = true;
  if (lane->number == 0)
    lanes_look (transfer);
  return mine < len ? on_data (ctx, (const char *) bytes + mine, len - mine) : HFCORE_OK;
}

struct hfcore_sink
lane_sink (struct lane *lane)
{
  return (struct hfcore_sink){ .size = sizeof (struct hfcore_sink),
                               .ctx = lane,
                               .about = on_about,
                               .begin = on_begin,
                               .data = on_data };
}
