/* SPDX-License-Identifier: Apache-2.0 */
/* storage_kit.c: see storage_kit.h: instances, bytes and what is expected of them.  */
#include "core/contract/storage_kit.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"

#define PIECE ((size_t) 4 << 10)

/* ---- instances and answers ---- */

struct storage
storage_open (struct contract *contract, uint32_t flags)
{
  return (struct storage){ .contract = contract,
                           .instance = contract_open_storage (contract, flags) };
}

void
storage_close (struct storage *storage)
{
  contract_close ((void *) storage->instance);
  storage->instance = NULL;
}

const struct hfcore_repo *
storage_repo (const struct storage *storage, struct hfcore_call *call)
{
  return contract_repo (call, storage->repo);
}

int
storage_answer (const struct storage *storage, struct hfcore_call *call, const char *op, int code,
                int expected)
{
  struct contract *contract = storage->contract;
  switch (expected)
    {
    case STORAGE_ANY:
      break;
    case STORAGE_FAILS:
      contract_expect (contract, code < 0, "expected %s to fail, it answered %s", op,
                       contract_answer (code));
      break;
    case STORAGE_GONE:
      if (code != HFCORE_PASS)
        contract_expect_code (contract, call, op, code, HFCORE_OK);
      break;
    case STORAGE_NOTHING:
      if (code != HFCORE_E_NOTFOUND)
        contract_expect_code (contract, call, op, code, HFCORE_PASS);
      break;
    default:
      contract_expect_code (contract, call, op, code, expected);
    }
  contract_end (call);
  return code;
}

int
storage_answer_optional (const struct storage *storage, struct hfcore_call *call, const char *op,
                         int code, int expected)
{
  if (code == HFCORE_E_UNSUPPORTED && expected != STORAGE_ANY && expected != code)
    contract_skip (storage->contract, "the plugin leaves out the op %s, as it may", op);
  return storage_answer (storage, call, op, code, expected);
}

void
storage_expect_no_fault (struct contract *contract)
{
  const char *log = contract_log (contract),
             *fault = log ? strstr (log, "fault of the plugin") : NULL;
  contract_expect (contract, !fault, "expected no warning of the guard, it logged \"%.*s\"",
                   fault ? (int) strcspn (fault, "\n") : 0, fault ? fault : "");
}

/* ---- writing ---- */

void
storage_pattern (unsigned char *to, unsigned blob, uint64_t offset, size_t len)
{
  for (size_t i = 0; i < len; i++)
    {
      uint64_t at = offset + i;
      to[i] = (unsigned char) (at * 7 + (at >> 8) * 3 + (at >> 16) + blob * 31U);
    }
}

int
storage_stat (const struct storage *storage, unsigned blob, uint64_t *length, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code
      = storage->instance->ops->stat (storage->instance->self, call, storage_repo (storage, call),
                                      contract_commit (call, blob), length);
  return storage_answer (storage, call, "stat", code, expected);
}

int
storage_create (const struct storage *storage, unsigned blob, uint64_t expect, uint32_t flags,
                uint64_t *have, void **writer, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  *have = 0;
  *writer = NULL;
  int code
      = storage->instance->ops->create (storage->instance->self, call, storage_repo (storage, call),
                                        contract_commit (call, blob), expect, flags, have, writer);
  return storage_answer (storage, call, "create", code, expected);
}

static int
write_piece (const struct storage *storage, void *writer, unsigned pattern, uint64_t offset,
             size_t len, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  CLEANUP_FREE unsigned char *bytes = malloc (len + 1);
  contract_expect (storage->contract, bytes != NULL,
                   "expected memory for the case, there was none");
  storage_pattern (bytes, pattern, offset, len);
  int code = storage->instance->ops->write (storage->instance->self, call, writer, offset,
                                            contract_bytes (call, bytes, len), len);
  return storage_answer (storage, call, "write", code, expected);
}

int
storage_write (const struct storage *storage, void *writer, unsigned pattern, uint64_t offset,
               uint64_t len, int expected)
{
  int code = HFCORE_OK;
  for (uint64_t done = 0; done < len && code == HFCORE_OK; done += STORAGE_MIB)
    {
      size_t piece = (size_t) (len - done < STORAGE_MIB ? len - done : STORAGE_MIB);
      code = write_piece (storage, writer, pattern, offset + done, piece, expected);
    }
  return code;
}

int
storage_restart (const struct storage *storage, void *writer, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->restart (storage->instance->self, call, writer);
  return storage_answer (storage, call, "restart", code, expected);
}

int
storage_commit (const struct storage *storage, void *writer, uint64_t length, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->commit (storage->instance->self, call, writer, length);
  return storage_answer (storage, call, "commit", code, expected);
}

void
storage_abandon (const struct storage *storage, void *writer, int keep_partial)
{
  storage->instance->ops->abandon (storage->instance->self, writer, keep_partial);
}

void *
storage_begin (const struct storage *storage, unsigned blob, uint64_t expect)
{
  void *writer;
  uint64_t have;
  storage_create (storage, blob, expect, 0, &have, &writer, HFCORE_OK);
  contract_expect (storage->contract, have == 0,
                   "expected create to leave an earlier partial alone when it is not told to resume"
                   ", it took over %llu bytes",
                   (unsigned long long) have);
  return writer;
}

void
storage_put (const struct storage *storage, unsigned blob, uint64_t len)
{
  void *writer = storage_begin (storage, blob, len);
  storage_write (storage, writer, blob, 0, len, HFCORE_OK);
  storage_commit (storage, writer, len, HFCORE_OK);
}

void
storage_expect_written (const struct storage *storage, void *writer, unsigned pattern,
                        uint64_t offset, uint64_t len)
{
  for (uint64_t done = 0; done < len;)
    {
      unsigned char bytes[PIECE], wanted[PIECE];
      size_t piece = (size_t) (len - done < PIECE ? len - done : PIECE), got = 0;
      struct hfcore_call *call = contract_call (storage->contract);
      int code = storage->instance->ops->read_back (storage->instance->self, call, writer,
                                                    offset + done, bytes, piece, &got);
      if (storage_answer (storage, call, "read_back", code, STORAGE_ANY) == HFCORE_E_UNSUPPORTED)
        return;
      storage_pattern (wanted, pattern, offset + done, piece);
      contract_expect (storage->contract, code == HFCORE_OK,
                       "expected read_back to answer OK, it answered %s", contract_answer (code));
      contract_expect (storage->contract, got == piece,
                       "expected read_back to tell all %zu bytes that were written from %llu, it "
                       "told %zu",
                       piece, (unsigned long long) (offset + done), got);
      contract_expect (storage->contract, memcmp (bytes, wanted, piece) == 0,
                       "expected read_back to tell the bytes that were written from %llu, they "
                       "differ",
                       (unsigned long long) (offset + done));
      done += piece;
    }
}

/* ---- reading ---- */

static int
received_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct storage_received *received = ctx;
  received->begins++;
  received->offset = offset;
  received->total = total;
  return received->begin_says;
}

static void
compare (struct storage_received *received, const unsigned char *bytes, size_t len)
{
  uint64_t at = received->offset + received->len;
  for (size_t done = 0; done < len && !received->differs; done += PIECE)
    {
      unsigned char wanted[PIECE];
      size_t piece = len - done < PIECE ? len - done : PIECE;
      storage_pattern (wanted, received->blob, at + done, piece);
      received->differs = memcmp (wanted, bytes + done, piece) != 0;
      received->differs_at = at + done;
    }
}

static int
received_data (void *ctx, const void *bytes, size_t len)
{
  struct storage_received *received = ctx;
  if (received->pieces++ == 0)
    {
      received->took_ms = clock_now_ms ();
      if (received->first)
        received->first (received->ctx);
    }
  if (received->data_says)
    return received->data_says;
  compare (received, bytes, len);
  received->len += len;
  if (received->pause_ms && clock_now_ms () - received->took_ms < STORAGE_PAUSES_END_MS)
    clock_sleep_ms (received->pause_ms);
  return 0;
}

int
storage_read (const struct storage *storage, struct hfcore_call *call, unsigned blob,
              uint64_t offset, uint64_t length, struct storage_received *received, int expected)
{
  if (!call)
    call = contract_call (storage->contract);
  received->blob = blob;
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = received, .begin = received_begin, .data = received_data };
  int code
      = storage->instance->ops->read (storage->instance->self, call, storage_repo (storage, call),
                                      contract_commit (call, blob), offset, length, &sink);
  received->took_ms = received->pieces ? clock_now_ms () - received->took_ms : 0;
  received->recorded = call->recorded;
  return storage_answer (storage, call, "read", code, expected);
}

void
storage_expect_all (const struct storage *storage, const struct storage_received *received,
                    uint64_t len)
{
  contract_expect (storage->contract, received->begins == 1,
                   "expected read to tell once where its bytes begin, it did so %u times",
                   received->begins);
  contract_expect (storage->contract, received->offset == 0 && received->len == len,
                   "expected read to send %llu bytes from 0, it sent %llu from %llu",
                   (unsigned long long) len, (unsigned long long) received->len,
                   (unsigned long long) received->offset);
  contract_expect (storage->contract, !received->differs,
                   "expected read to send the bytes that were committed, they differ within %zu "
                   "bytes from %llu",
                   PIECE, (unsigned long long) received->differs_at);
}

void
storage_expect_blob (const struct storage *storage, unsigned blob, uint64_t len)
{
  uint64_t length;
  struct storage_received received = { 0 };
  storage_stat (storage, blob, &length, HFCORE_OK);
  contract_expect (storage->contract, length == len,
                   "expected stat to tell %llu bytes, it told %llu", (unsigned long long) len,
                   (unsigned long long) length);
  storage_read (storage, NULL, blob, 0, STORAGE_END, &received, HFCORE_OK);
  storage_expect_all (storage, &received, len);
}

void
storage_expect_unseen (const struct storage *storage, unsigned blob)
{
  uint64_t length;
  struct storage_received received = { 0 };
  storage_stat (storage, blob, &length, HFCORE_PASS);
  storage_read (storage, NULL, blob, 0, STORAGE_END, &received, HFCORE_PASS);
  contract_expect (storage->contract, received.begins == 0 && received.pieces == 0,
                   "expected read to send nothing of a blob that is not here, it did");
  if (!(storage->instance->caps & HFCORE_STORAGE_LIST))
    return;
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (storage, false, 1u << HFCORE_ENTRY_BLOB, &entries);
  contract_expect (storage->contract,
                   !storage_find (storage->contract, &entries, HFCORE_ENTRY_BLOB, STORAGE_NONE,
                                  blob, NULL),
                   "expected list to tell nothing of a blob that is not here, it told a BLOB");
}
