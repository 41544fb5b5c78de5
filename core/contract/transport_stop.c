/* SPDX-License-Identifier: Apache-2.0 */
/* transport_stop.c: the cases of a transport that is told to stop: by its sink, by the caller, by
 * the clock.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/contract/transport_kit.h"
#include "core/util/clock.h"

#define ALL HFCORE_SIZE_UNKNOWN

enum
{
  LARGE = 512 << 10, /* more than is sent at once, for most  */
  PIECE_MS = 300     /* what a slow sink takes; more than may pass between two ticks  */
};

/* ---- by the sink ---- */

/* The codes that a sink may say: the engine's own, and those of plugin.h.  */
static const int stops[] = { 4711, -77, HFCORE_E_NOSPACE, HFCORE_PASS };

enum where
{
  AT_ABOUT,
  AT_BEGIN,
  AT_DATA
};

/* One read that is stopped there; false: it did not come there.  */
static bool
stop_once (const struct kit *kit, const struct contract_file *file, enum where where, int stop)
{
  struct contract *contract = kit->contract;
  struct received got;
  received_init (&got, contract);
  int *const places[] = { &got.stop_about, &got.stop_begin, &got.stop_data };
  *places[where] = stop;
  got.stop_after = file->length / 2;
  struct hfcore_call *call = contract_call (contract);
  int code = kit_read_bare (kit, call, kit_request (kit, call, file, 0, ALL), &got.sink);
  if (!got.stopped)
    return false;
  contract_expect (contract, code == stop,
                   "expected read to return the %d of its sink unchanged, it returned %d", stop,
                   code);
  contract_expect (contract, !got.deliveries_after_stop,
                   "expected nothing after the sink said stop, it was called %d times more",
                   got.deliveries_after_stop);
  contract_expect (contract, !call->recorded,
                   "expected read to say nothing of its own when its sink stops it, it said: %s",
                   call->error.message);
  contract_end (call);
  received_free (&got);
  return true;
}

static void
stop_at (struct contract *contract, enum where where)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_large (&kit, 1);
  for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
    if (!stop_once (&kit, file, where, stops[i]))
      contract_skip (contract, "it calls no %s", where == AT_ABOUT ? "about" : "data");
  /* The instance is as good as before.  */
  received_init (&got, contract);
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected a read to do after others were stopped, it answered %s",
                   contract_answer (code));
  kit_expect_whole (&kit, file, &got);
}

void
transport_stop_at_about (struct contract *contract)
{
  stop_at (contract, AT_ABOUT);
}

void
transport_stop_at_begin (struct contract *contract)
{
  stop_at (contract, AT_BEGIN);
}

void
transport_stop_at_data (struct contract *contract)
{
  stop_at (contract, AT_DATA);
}

/* ---- by the caller, or the clock ---- */

/* A sink that is slow after the wish to stop was there.  */
struct slow
{
  struct hfcore_sink sink;
  struct hfcore_file_sink files;
  struct contract *contract;
  atomic_int cancel;
  int64_t since_ms; /* clock_now_ms () of the wish; 0: not yet  */
};

static int
slow_about (void *ctx, const struct hfcore_file_info *info)
{
  (void) ctx, (void) info;
  return 0;
}

static int
slow_begin (void *ctx, uint64_t offset, uint64_t total)
{
  (void) ctx, (void) offset, (void) total;
  return 0;
}

static void
expect_soon (const struct slow *slow)
{
  int64_t late = clock_now_ms () - slow->since_ms;
  contract_expect (slow->contract, late < KIT_TOO_SLOW_MS,
                   "expected it to stop within 100 ms of the wish, it still went on after %lld ms",
                   (long long) late);
}

static void
take_time (struct slow *slow)
{
  if (slow->since_ms)
    {
      expect_soon (slow);
      clock_sleep_ms (PIECE_MS);
      return;
    }
  slow->since_ms = clock_now_ms ();
  atomic_store (&slow->cancel, 1);
}

static int
slow_data (void *ctx, const void *bytes, size_t len)
{
  (void) bytes, (void) len;
  take_time (ctx);
  return 0;
}

static int
slow_file (void *ctx, const struct hfcore_file_info *info)
{
  (void) info;
  take_time (ctx);
  return 0;
}

static void
slow_init (struct slow *slow, struct contract *contract)
{
  *slow = (struct slow){ .contract = contract };
  slow->sink = (struct hfcore_sink){ .size = sizeof slow->sink,
                                     .ctx = slow,
                                     .about = slow_about,
                                     .begin = slow_begin,
                                     .data = slow_data };
  slow->files
      = (struct hfcore_file_sink){ .size = sizeof slow->files, .ctx = slow, .file = slow_file };
}

/* It came back: in time, and with `expected`, unless there was too little to do.  */
static void
expect_ended (const struct slow *slow, const struct hfcore_call *call, const char *op, int code,
              int expected)
{
  if (slow->since_ms)
    expect_soon (slow);
  if (code == HFCORE_OK)
    contract_skip (slow->contract, "all was there before it had to look whether to stop");
  contract_expect_code (slow->contract, call, op, code, expected);
}

void
transport_cancel_before (struct contract *contract)
{
  struct kit kit;
  struct slow slow;
  kit_open (&kit, contract);
  slow_init (&slow, contract);
  const struct contract_file *file = kit_large (&kit, 1);
  struct hfcore_call *call = contract_call (contract);
  slow.since_ms = clock_now_ms ();
  slow.cancel = 1;
  call->cancel = &slow.cancel;
  int code = kit.transport->ops->read (kit.transport->self, call,
                                       kit_request (&kit, call, file, 0, ALL), &slow.sink);
  expect_ended (&slow, call, "read", code, HFCORE_E_CANCELLED);
}

void
transport_cancel_read (struct contract *contract)
{
  struct kit kit;
  struct slow slow;
  kit_open (&kit, contract);
  slow_init (&slow, contract);
  const struct contract_file *file = kit_large (&kit, LARGE);
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &slow.cancel;
  int code = kit.transport->ops->read (kit.transport->self, call,
                                       kit_request (&kit, call, file, 0, ALL), &slow.sink);
  expect_ended (&slow, call, "read", code, HFCORE_E_CANCELLED);
}

void
transport_cancel_list (struct contract *contract)
{
  struct kit kit;
  struct slow slow;
  kit_open (&kit, contract);
  slow_init (&slow, contract);
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &slow.cancel;
  int code = kit.transport->ops->list (kit.transport->self, call, kit_repo (&kit, call),
                                       contract_text (call, "%s", kit.source->commit), &slow.files);
  expect_ended (&slow, call, "list", code, HFCORE_E_CANCELLED);
}

void
transport_deadline (struct contract *contract)
{
  struct kit kit;
  struct slow slow;
  kit_open (&kit, contract);
  slow_init (&slow, contract);
  const struct contract_file *file = kit_large (&kit, 1);
  struct hfcore_call *call = contract_call (contract);
  slow.since_ms = clock_now_ms ();
  call->deadline_ms = slow.since_ms - 1;
  int code = kit.transport->ops->read (kit.transport->self, call,
                                       kit_request (&kit, call, file, 0, ALL), &slow.sink);
  expect_ended (&slow, call, "read", code, HFCORE_E_RETRY);
}
