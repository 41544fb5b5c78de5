/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_lanes.c: more connections for one file, as long as they bring more; what they wrote is
 * proven piece by piece, so that a killed process goes on from there.
 *
 * A file begins with one lane. When there is much to come, more are added while the rate grows with
 * them; they go again when it does not, or when the source refuses them. Each brings the next span
 * that nobody has, so that hashing in order stays close behind; at the end they halve what the
 * slowest has left.  */
#include <stdlib.h>
#include <time.h>
#include "core/engine/fetch_parts.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"

enum
{
  LANES_FROM = 32 << 20, /* bytes to come that are worth another connection  */
  SPAN_MOST = 64 << 20,  /* that a lane takes at once  */
  SPAN_LEAST = 8 << 20,
  STEAL_LEAST = 1 << 20, /* more than what a sink is given at once  */
  PROVE_EVERY = 8 << 20, /* bytes of all lanes; what comes during a sync is for the next  */
  WINDOW_MS = 150,       /* a rate is measured in  */
  BEGIN_MS = 500,        /* after which a lane that did not begin is not waited for  */
  STALL_MS = 3000,       /* without a byte, while others bring some  */
  REST_MS = 3000,        /* before more lanes are tried again; doubles  */
  REFUSED_MS = 15000,
  TICK_MS = 50,
  GROWTH = 4
};

enum phase
{
  ALONE,     /* the first lane's own rate is measured  */
  BEGINNING, /* new lanes have not all begun  */
  MEASURING,
  RESTING
};

struct run
{
  uint64_t from, to;
};
VECTOR_DEFINE (runs, struct run);

/* Of the caller's thread, but what is said to be under the transfer's mutex.  */
struct lane_control
{
  enum phase phase;
  int64_t since_ms; /* of the phase  */
  uint64_t since_bytes;
  double rate;     /* bytes a millisecond, before the last growth  */
  unsigned before; /* lanes before the last growth  */
  int64_t rest_ms;
  int64_t looked_ms;
  bool is_barred; /* no more lanes for this file  */
  /* Under the mutex: */
  unsigned target; /* lanes that there should be, the first included  */
  bool is_refused; /* the source did not let one in  */
  bool is_over;
  int64_t moved_ms[LANES_MOST]; /* when a lane brought something last  */
  uint64_t moved_at[LANES_MOST];
  struct runs pending; /* written and left, not proven  */
  bool is_proving;     /* the prover is to be joined  */
  pthread_t prover;
  pthread_cond_t written;
};

/* ---- proof ---- */

static uint64_t
unproven_bytes (const struct transfer *transfer)
{
  uint64_t bytes = 0;
  for (int i = 0; i < LANES_MOST; i++)
    bytes += transfer->lanes[i].at - transfer->lanes[i].unproven;
  for (size_t i = 0; i < transfer->control->pending.count; i++)
    bytes += transfer->control->pending.items[i].to - transfer->control->pending.items[i].from;
  return bytes;
}

/* What a lane wrote so far is put aside: it goes elsewhere.  */
static void
put_aside (struct lane *lane)
{
  const struct run run = { lane->unproven, lane->at };
  if (lane->transfer->control && run.to > run.from)
    (void) runs_append (&lane->transfer->control->pending, run);
}

static void
place (struct lane *lane, uint64_t at)
{
  put_aside (lane);
  lane->asked = lane->at = lane->unproven = at;
}

/* Prove all that is written now.  */
static int
prove (struct transfer *transfer, struct hfcore_call *call)
{
  const struct hfcore_storage *storage = transfer->fetch->storage;
  struct run found[LANES_MOST];
  size_t count = 0;
  int code = HFCORE_OK;
  pthread_mutex_lock (&transfer->mutex);
  struct runs left = transfer->control->pending;
  transfer->control->pending = (struct runs){ 0 };
  for (int i = 0; i < LANES_MOST; i++)
    if (transfer->lanes[i].at > transfer->lanes[i].unproven)
      {
        found[count++] = (struct run){ transfer->lanes[i].unproven, transfer->lanes[i].at };
        transfer->lanes[i].unproven = transfer->lanes[i].at;
      }
  pthread_mutex_unlock (&transfer->mutex);
  for (size_t i = 0; code == HFCORE_OK && i < left.count + count; i++)
    {
      const struct run *run = i < left.count ? &left.items[i] : &found[i - left.count];
      code = storage->ops->prove (storage->self, call, transfer->writer, run->from,
                                  run->to - run->from);
    }
  free (left.items);
  return code;
}

static void *
keep_proving (void *transfer_)
{
  struct transfer *transfer = transfer_;
  struct lane_control *control = transfer->control;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (transfer->call, &call);
  call.progress = NULL;
  for (;;)
    {
      pthread_mutex_lock (&transfer->mutex);
      while (!control->is_over && unproven_bytes (transfer) < PROVE_EVERY)
        pthread_cond_wait (&control->written, &transfer->mutex);
      bool is_over = control->is_over;
      pthread_mutex_unlock (&transfer->mutex);
      if (is_over)
        return NULL;
      if (prove (transfer, &call) != HFCORE_OK)
        {
          /* The download goes on; only its resumption has less to go by.  */
          host_log (&transfer->fetch->engine->log, HFCORE_LOG_INFO, "%s", call.error.message);
          return NULL;
        }
    }
}

/* From now on bytes may be written in any order. -1: they may not.  */
static int
begin_proving (struct transfer *transfer)
{
  const struct hfcore_storage *storage = transfer->fetch->storage;
  struct lane_control *control = transfer->control;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (transfer->call, &call);
  if (control->is_proving)
    return 0;
  /* What came in order so far, also in earlier runs, would count for nothing otherwise.  */
  pthread_mutex_lock (&transfer->mutex);
  const uint64_t front = gaps_front (&transfer->gaps);
  pthread_mutex_unlock (&transfer->mutex);
  if (!storage->ops->prove
      || storage->ops->prove (storage->self, &call, transfer->writer, 0, front) != HFCORE_OK)
    return -1;
  control->is_proving = pthread_create (&control->prover, NULL, keep_proving, transfer) == 0;
  return control->is_proving ? 0 : -1;
}

/* ---- a lane of its own thread ---- */

static uint64_t
span (const struct transfer *transfer)
{
  uint64_t share = gaps_bytes (&transfer->gaps) / (4 * (uint64_t) transfer->control->target);
  return share < SPAN_LEAST ? SPAN_LEAST : share > SPAN_MOST ? SPAN_MOST : share;
}

static int
on_tick (void *lane_, uint64_t done, uint64_t total)
{
  struct lane *lane = lane_;
  const struct hfcore_call *whole = lane->transfer->call;
  return lane->is_dropped
         || (whole->progress && whole->progress (whole->progress_ctx, done, total));
}

/* 1: it has one.  */
static int
take_gap (struct lane *lane, uint64_t *from, uint64_t *to)
{
  struct transfer *transfer = lane->transfer;
  struct lane_control *control = transfer->control;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  if (control->is_over || control->is_refused || (unsigned) lane->number >= control->target)
    return 0;
  int got = gaps_take (&transfer->gaps, lane->number, span (transfer), STEAL_LEAST, from, to);
  if (got == 1)
    {
      place (lane, *from);
      lane->is_dropped = false;
      control->moved_ms[lane->number] = clock_now_ms ();
    }
  return got;
}

static int
read_gap (struct lane *lane, uint64_t from, uint64_t to)
{
  const struct transfer *transfer = lane->transfer;
  const struct fetch *fetch = transfer->fetch;
  const struct located *located = fetch->located;
  const struct hfcore_transport *transport;
  const struct hfcore_sink sink = lane_sink (lane);
  const size_t source = transfer->source;
  const struct hfcore_read request
      = { .size = sizeof request,
          .repo = fetch->repo,
          .commit = fetch->commit,
          .path = fetch->path,
          .etag = fetch->etag,
          .location = located && located->source == source ? located->location : NULL,
          .offset = from,
          .length = to - from,
          .total = fetch->length };
  lane->code = HFCORE_OK;
  int code = mirrors_open (fetch->engine, lane->call, source, &transport);
  return code == HFCORE_OK ? transport->ops->read (transport->self, lane->call, &request, &sink)
                           : code;
}

/* It has ended, or gave back what it had.  */
static void
leave (struct lane *lane, bool is_refused)
{
  struct transfer *transfer = lane->transfer;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  gaps_leave (&transfer->gaps, lane->number);
  put_aside (lane);
  lane->unproven = lane->at;
  if (is_refused)
    transfer->control->is_refused = true;
  pthread_cond_broadcast (&transfer->moved);
}

static void *
run_lane (void *lane_)
{
  struct lane *lane = lane_;
  struct hfcore_call call;
  uint64_t from, to;
  engine_call_within (lane->transfer->call, &call);
  call.progress = on_tick;
  call.progress_ctx = lane;
  lane->call = &call;
  while (take_gap (lane, &from, &to) == 1)
    {
      int code = read_gap (lane, from, to);
      bool is_fine = code == HFCORE_OK || lane->code == LANE_FULL || lane->is_dropped;
      leave (lane, !is_fine);
      if (!is_fine)
        {
          host_log (&lane->transfer->fetch->engine->log, HFCORE_LOG_INFO,
                    "one connection less for '%s': %s", lane->transfer->fetch->path,
                    call.error.message);
          break;
        }
      call_reset (&call);
    }
  call_done (&call);
  atomic_fetch_sub (&lane->transfer->fetch->engine->extra_connections, 1);
  lane->has_ended = true;
  return NULL;
}

/* ---- how many ---- */

/* Of all files of the run together.  */
static bool
may_connect (struct engine *engine)
{
  if (atomic_fetch_add (&engine->extra_connections, 1) + 1 < engine->max_connections)
    return true;
  atomic_fetch_sub (&engine->extra_connections, 1);
  return false;
}

static void
start_lanes (struct transfer *transfer, unsigned target)
{
  struct lane_control *control = transfer->control;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  control->target = target;
  for (unsigned i = 1; i < target; i++)
    {
      struct lane *lane = &transfer->lanes[i];
      if (lane->runs && !lane->has_ended)
        continue;
      if (lane->runs)
        pthread_join (lane->thread, NULL);
      *lane = (struct lane){ .transfer = transfer, .number = (int) i };
      if (!may_connect (transfer->fetch->engine))
        break;
      lane->runs = pthread_create (&lane->thread, NULL, run_lane, lane) == 0;
      if (!lane->runs)
        atomic_fetch_sub (&transfer->fetch->engine->extra_connections, 1);
    }
}

static void
enter (struct lane_control *control, enum phase phase, int64_t now, uint64_t bytes)
{
  control->phase = phase;
  control->since_ms = now;
  control->since_bytes = bytes;
}

static unsigned
most_lanes (const struct transfer *transfer)
{
  unsigned most = transfer->fetch->engine->max_connections;
  return most < LANES_MOST ? most : LANES_MOST;
}

/* More lanes, if there may be more.  */
static void
grow (struct transfer *transfer, int64_t now, uint64_t bytes, double rate)
{
  struct lane_control *control = transfer->control;
  unsigned most = most_lanes (transfer), target = control->target * GROWTH;
  target = target < most ? target : most;
  control->rate = rate;
  control->before = control->target;
  if (target <= control->target || begin_proving (transfer) < 0)
    {
      control->is_barred = true;
      return;
    }
  if (control->target == 1)
    {
      /* What the first lane has beyond a span is for the others.  */
      ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
      if (gaps_cut (&transfer->gaps, 0, span (transfer)) < 0)
        control->is_barred = true;
    }
  start_lanes (transfer, target);
  enter (control, BEGINNING, now, bytes);
}

static bool
all_have_begun (struct transfer *transfer)
{
  for (unsigned i = 1; i < transfer->control->target; i++)
    if (transfer->lanes[i].runs && !transfer->lanes[i].has_begun)
      return false;
  return true;
}

/* A window of measuring is over.  */
static void
judge (struct transfer *transfer, int64_t now, uint64_t bytes)
{
  struct lane_control *control = transfer->control;
  double rate = (double) (bytes - control->since_bytes) / (double) (now - control->since_ms);
  if (control->phase == ALONE || rate > control->rate * 1.25)
    {
      grow (transfer, now, bytes, rate);
      return;
    }
  if (rate < control->rate * 1.1)
    {
      /* They bring nothing: those beyond the target end with what they have.  */
      ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
      control->target = control->before;
    }
  enter (control, RESTING, now, bytes);
  control->rest_ms = control->rest_ms ? control->rest_ms * 2 : REST_MS;
}

/* A lane that brings nothing for long while others do gives its gap away, and begins again.  */
static void
drop_stalled (struct transfer *transfer, int64_t now)
{
  struct lane_control *control = transfer->control;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  for (int i = 1; i < LANES_MOST; i++)
    {
      struct lane *lane = &transfer->lanes[i];
      if (lane->at != control->moved_at[i])
        {
          control->moved_at[i] = lane->at;
          control->moved_ms[i] = now;
        }
      else if (gaps_room (&transfer->gaps, i) > 0 && now - control->moved_ms[i] > STALL_MS)
        {
          lane->is_dropped = true;
          gaps_leave (&transfer->gaps, i);
          pthread_cond_broadcast (&transfer->moved);
        }
    }
}

/* ---- begin and end ---- */

static bool
sends_ranges (struct transfer *transfer)
{
  const struct hfcore_transport *transport;
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (transfer->call, &call);
  return mirrors_open (transfer->fetch->engine, &call, transfer->source, &transport) == HFCORE_OK
         && transport->ops->caps_now (transport->self) & HFCORE_TRANSPORT_RANGE
         && !(transport->ops->caps_now (transport->self) & HFCORE_TRANSPORT_LOCAL);
}

static int
new_control (struct transfer *transfer)
{
  struct lane_control *control = calloc (1, sizeof *control);
  if (!control)
    return -1;
  control->target = 1;
  pthread_cond_init (&control->written, NULL);
  enter (control, ALONE, clock_now_ms (), transfer->progress);
  transfer->control = control;
  return 0;
}

/* Once there is a first byte.  */
static void
begin (struct transfer *transfer)
{
  bool is_hashed = !transfer->digest || transfer->hasher;
  transfer->is_alone = most_lanes (transfer) < 2 || !is_hashed
                       || transfer->fetch->length - transfer_done (transfer) < LANES_FROM
                       || !sends_ranges (transfer) || new_control (transfer) < 0;
}

void
lanes_go_on (struct transfer *transfer)
{
  if (new_control (transfer) == 0)
    (void) begin_proving (transfer);
}

void
lanes_look (struct transfer *transfer)
{
  struct lane_control *control = transfer->control;
  int64_t now = clock_now_ms ();
  if (!control && !transfer->is_alone)
    begin (transfer);
  if (!control || now - control->looked_ms < TICK_MS)
    return;
  control->looked_ms = now;
  pthread_mutex_lock (&transfer->mutex);
  uint64_t bytes = transfer->progress, rest = gaps_bytes (&transfer->gaps);
  bool is_refused = control->is_refused;
  if (control->is_proving && unproven_bytes (transfer) >= PROVE_EVERY)
    pthread_cond_signal (&control->written);
  if (is_refused)
    {
      control->is_refused = false;
      control->target = control->target > 2 ? control->target / 2 : 1;
    }
  pthread_mutex_unlock (&transfer->mutex);
  drop_stalled (transfer, now);
  if (is_refused)
    {
      enter (control, RESTING, now, bytes);
      control->rest_ms = REFUSED_MS;
    }
  if (control->is_barred || rest < LANES_FROM)
    return;
  int64_t time = now - control->since_ms;
  if (control->phase == BEGINNING && (all_have_begun (transfer) || time > BEGIN_MS))
    enter (control, MEASURING, now, bytes);
  else if ((control->phase == ALONE || control->phase == MEASURING) && time >= WINDOW_MS)
    judge (transfer, now, bytes);
  else if (control->phase == RESTING && time > control->rest_ms)
    grow (transfer, now, bytes, (double) (bytes - control->since_bytes) / (double) time);
}

void
lanes_end (struct transfer *transfer)
{
  struct lane_control *control = transfer->control;
  if (!control)
    return;
  pthread_mutex_lock (&transfer->mutex);
  control->is_over = true;
  for (int i = 1; i < LANES_MOST; i++)
    transfer->lanes[i].is_dropped = true;
  pthread_cond_broadcast (&control->written);
  pthread_mutex_unlock (&transfer->mutex);
  for (int i = 1; i < LANES_MOST; i++)
    if (transfer->lanes[i].runs)
      {
        pthread_join (transfer->lanes[i].thread, NULL);
        transfer->lanes[i].runs = false;
      }
  if (control->is_proving)
    {
      CLEANUP_CALL struct hfcore_call call;
      call_init (&call, NULL); /* also of one that was stopped  */
      pthread_join (control->prover, NULL);
      if (transfer_done (transfer) < transfer->fetch->length)
        (void) prove (transfer, &call);
    }
  pthread_cond_destroy (&control->written);
  free (control->pending.items);
  free (control);
  transfer->control = NULL;
}

/* ---- the first lane ---- */

static int
take_first (struct transfer *transfer, uint64_t *from, uint64_t *to)
{
  struct lane_control *control = transfer->control;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  bool is_one = !control || control->target == 1;
  int got = gaps_take (&transfer->gaps, 0, is_one ? UINT64_MAX : span (transfer), STEAL_LEAST, from,
                       to);
  if (got == 1)
    place (&transfer->lanes[0], *from);
  else if (got == 0 && gaps_bytes (&transfer->gaps) == 0)
    *to = 0;
  else if (got == 0)
    {
      struct timespec until;
      clock_gettime (CLOCK_REALTIME, &until);
      until.tv_nsec += (long) TICK_MS * 1000000;
      until.tv_sec += until.tv_nsec / 1000000000;
      until.tv_nsec %= 1000000000;
      pthread_cond_timedwait (&transfer->moved, &transfer->mutex, &until);
    }
  return got;
}

int
lanes_next_gap (struct transfer *transfer, uint64_t *from, uint64_t *to)
{
  for (;;)
    {
      *to = 1;
      int got = take_first (transfer, from, to);
      if (got < 0)
        return call_fail (transfer->call, HFCORE_E_NOMEM, "out of memory");
      if (got == 1 || *to == 0)
        return got;
      int code = call_tick (transfer->call, 0, 0);
      if (code)
        return code;
      lanes_look (transfer);
    }
}

uint64_t
lanes_give_back (struct transfer *transfer)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&transfer->mutex);
  const uint64_t rest = gaps_room (&transfer->gaps, 0);
  put_aside (&transfer->lanes[0]);
  transfer->lanes[0].unproven = transfer->lanes[0].at;
  gaps_leave (&transfer->gaps, 0);
  pthread_cond_broadcast (&transfer->moved);
  return rest;
}
