/* SPDX-License-Identifier: Apache-2.0 */
/* transport_wrapper_cases.c: what a wrapper makes of what happens below it: the reference, which
 * fails, stops and is slow as it is told to.  */
#include <stdlib.h>
#include <string.h>
#include "core/contract/transport_kit.h"
#include "core/util/clock.h"

#define ALL HFCORE_SIZE_UNKNOWN

enum
{
  STOPS_AFTER = 100000,
  PAUSE_MS = 5000
};

static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  (void) ctx, (void) info;
  return 0;
}

/* ---- codes ---- */

/* One op while all below fails with `code`; `*answered` is what came.  */
static void
expect_through (const struct kit *kit, struct hfcore_call *call, const char *op, int answered,
                int code)
{
  struct contract *contract = kit->contract;
  /* It may know the answer itself.  */
  if (answered == HFCORE_OK)
    return;
  contract_expect (contract, answered == code,
                   "expected %s to answer %s as the source below it does, it answered %s: %s", op,
                   contract_code_name (code), contract_code_name (answered), call->error.message);
  if (code == HFCORE_PASS)
    return;
  kit_expect_text (kit, call, op);
  contract_expect (contract,
                   code != HFCORE_E_NOTFOUND || call->error.missing == HFCORE_MISSING_FILE,
                   "expected %s to say with NOTFOUND what is missing, as the source below does",
                   op);
  contract_expect (contract, code != HFCORE_E_RETRY || call->error.retry_after_ms == 1500,
                   "expected %s to say with RETRY how long to wait, as the source below does, it "
                   "said %u ms",
                   op, call->error.retry_after_ms);
}

static void
codes (struct contract *contract)
{
  struct kit kit;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_small (&kit);
  for (int code = HFCORE_PASS; code >= HFCORE_E_IO; code--)
    {
      const struct hfcore_file_sink files = { .size = sizeof files, .file = take_file };
      struct hfcore_file_info info;
      struct received got;
      /* Nobody was cancelled, so that a wrapper need not believe it.  */
      if (code == HFCORE_OK || code == HFCORE_E_CANCELLED)
        continue;
      contract_behaviour.fail_code = code;
      struct hfcore_call *call = contract_call (contract);
      expect_through (&kit, call, "resolve",
                      kit_resolve (&kit, call, kit.source->revision, file->path, &info), code);
      contract_end (call);
      call = contract_call (contract);
      received_init (&got, contract);
      expect_through (&kit, call, "read",
                      kit.transport->ops->read (kit.transport->self, call,
                                                kit_request (&kit, call, file, 0, ALL), &got.sink),
                      code);
      received_free (&got);
      contract_end (call);
      if (!(kit.transport->caps & HFCORE_TRANSPORT_LIST))
        continue;
      call = contract_call (contract);
      expect_through (&kit, call, "list",
                      kit.transport->ops->list (kit.transport->self, call, kit_repo (&kit, call),
                                                contract_text (call, "%s", kit.source->commit),
                                                &files),
                      code);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

/* What failed once does again.  */
static void
recovers (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_small (&kit);
  received_init (&got, contract);
  contract_behaviour.fail_code = HFCORE_E_RETRY;
  kit_read (&kit, file, 0, ALL, &got);
  contract_behaviour.fail_code = HFCORE_OK;
  received_free (&got);
  received_init (&got, contract);
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected a read to do after the source below has recovered, it answered %s",
                   contract_answer (code));
  kit_expect_whole (&kit, file, &got);
}

/* ---- bytes ---- */

static void
ignored_ranges (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_large (&kit, 1000);
  received_init (&got, contract);
  contract_behaviour.ignores_ranges = true;
  int code = kit_read (&kit, file, file->length / 2, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected a read from the middle of a file to answer OK where the source below "
                   "sends all of it, it answered %s",
                   contract_answer (code));
  contract_expect (contract, got.begins == 1, "expected begin once, it was called %d times",
                   got.begins);
  if (got.offset == 0)
    {
      kit_expect_whole (&kit, file, &got);
      return;
    }
  /* It left out what was not asked for.  */
  unsigned char *ours = malloc (file->length);
  const struct source_sample *sample = source_sample (file->path);
  if (!ours || !sample)
    contract_skip (contract, "out of memory");
  source_bytes (sample, 0, ours, file->length);
  contract_expect (contract,
                   got.offset <= file->length / 2 && got.len == file->length - got.offset
                       && memcmp (got.bytes, ours + got.offset, got.len) == 0,
                   "expected the bytes of the file from %llu on, where begin said that they begin, "
                   "it sent others",
                   (unsigned long long) got.offset);
  free (ours);
}

static void
stops_midway (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_large (&kit, 2 * STOPS_AFTER);
  received_init (&got, contract);
  contract_behaviour.stops_after = STOPS_AFTER;
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_behaviour.stops_after = 0;
  if (code == HFCORE_OK)
    {
      kit_expect_whole (&kit, file, &got);
      contract_skip (contract, "it gets the rest by itself");
    }
  contract_expect (contract, code == HFCORE_E_RETRY,
                   "expected read to answer RETRY when the source below stops in the middle, it "
                   "answered %s",
                   contract_answer (code));
  contract_expect (contract, got.len <= STOPS_AFTER,
                   "expected the %d bytes that the source below sent, it sent %zu", STOPS_AFTER,
                   got.len);
  unsigned char *ours = malloc (got.len + 1);
  if (!ours)
    contract_skip (contract, "out of memory");
  source_bytes (source_sample (file->path), got.offset, ours, got.len);
  contract_expect (
      contract, memcmp (ours, got.bytes, got.len) == 0,
      "expected the bytes that the source below sent before it stopped, it sent others");
  free (ours);
}

/* The caller does not want to wait for it: set while the source below has nothing to send.  */
struct waiting
{
  struct received got;
  atomic_int cancel;
  int64_t since_ms;
};

static int
cancel_at_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct waiting *waiting = ctx;
  (void) offset, (void) total;
  waiting->got.begins++;
  waiting->since_ms = clock_now_ms ();
  atomic_store (&waiting->cancel, 1);
  return 0;
}

static void
slow_source (struct contract *contract)
{
  struct kit kit;
  struct waiting waiting = { 0 };
  kit_open (&kit, contract);
  const struct contract_file *file = kit_small (&kit);
  received_init (&waiting.got, contract);
  waiting.got.sink.begin = cancel_at_begin;
  contract_behaviour.pause_ms = PAUSE_MS;
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &waiting.cancel;
  int code = kit.transport->ops->read (kit.transport->self, call,
                                       kit_request (&kit, call, file, 0, ALL), &waiting.got.sink);
  int64_t late = waiting.since_ms ? clock_now_ms () - waiting.since_ms : 0;
  if (code == HFCORE_OK && late < KIT_TOO_SLOW_MS)
    contract_skip (contract, "it has the file itself");
  contract_expect (contract, late < KIT_TOO_SLOW_MS,
                   "expected it to be back within 100 ms of the wish to stop, it took %lld ms",
                   (long long) late);
  contract_expect_code (contract, call, "read", code, HFCORE_E_CANCELLED);
  contract_end (call);
}

/* ---- all cases ---- */

#define RULE_CODES                                                                                 \
  "contract 9: codes, one per reaction; contract 5: a wrapper reaches what lies below"
#define RULE_BEGIN                                                                                 \
  "hfcore_sink, begin: once: the offset of the first byte that the peer really sends, and the "    \
  "size"
#define RULE_TICK                                                                                  \
  "contract 10: long work calls host->tick at least every 100 ms and stops when that is not 0"

const struct contract_case contract_transport_wrapper_cases[] = {
  { "below-codes", "what the source below fails with comes through, with all that it says",
    RULE_CODES, 0, CONTRACT_WRAPPER, codes },
  { "below-recovers", "a source below that failed once is asked again", RULE_CODES, 0,
    CONTRACT_WRAPPER, recovers },
  { "below-ignores-ranges", "where the source below sends a whole file, begin says so", RULE_BEGIN,
    0, CONTRACT_WRAPPER, ignored_ranges },
  { "below-stops", "where the source below stops, what came is true and the rest is RETRY",
    "types.h: RETRY: passing fault: the same instance again, after a pause", 0, CONTRACT_WRAPPER,
    stops_midway },
  { "below-is-slow", "a read that waits for the source below can be cancelled", RULE_TICK, 0,
    CONTRACT_WRAPPER, slow_source },
  { 0 },
};
