/* SPDX-License-Identifier: Apache-2.0 */
/* storage_proof.c: what a storage promises about bytes that are written out of order: what was
 * proven outlives the process, and what was not is never taken for written.  */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/contract/storage_kit.h"

#define WRITE  HFCORE_STORAGE_WRITE
#define RESUME HFCORE_STORAGE_RESUME

#define WHOLE ((uint64_t) 12 * STORAGE_MIB)
#define STEP  ((uint64_t) 4 * STORAGE_MIB)

static void
prove (const struct storage *storage, void *writer, uint64_t offset, uint64_t length)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->prove (storage->instance->self, call, writer, offset, length);
  storage_answer_optional (storage, call, "prove", code, HFCORE_OK);
}

/* Which of the file's bytes are told.  */
struct told
{
  struct contract *contract;
  uint64_t end;   /* of the last range  */
  uint64_t bytes; /* in all  */
  uint64_t prefix;
};

static int
on_range (void *told_, uint64_t offset, uint64_t length)
{
  struct told *told = told_;
  contract_expect (told->contract, told->bytes == 0 || offset > told->end,
                   "expected proven to tell ranges in order and apart, it told %llu after %llu",
                   (unsigned long long) offset, (unsigned long long) told->end);
  told->prefix = offset == 0 ? length : told->prefix;
  told->end = offset + length;
  told->bytes += length;
  return 0;
}

static struct told
proven (const struct storage *storage, void *writer)
{
  struct told told = { .contract = storage->contract };
  const struct hfcore_range_sink sink = { .size = sizeof sink, .ctx = &told, .range = on_range };
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->proven (storage->instance->self, call, writer, &sink);
  storage_answer_optional (storage, call, "proven", code, HFCORE_OK);
  return told;
}

/* Only the first and the last third are proven.  */
static void
die_out_of_order (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer;
  storage_create (&storage, 1, WHOLE, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  prove (&storage, writer, 0, 0);
  storage_write (&storage, writer, 1, 2 * STEP, STEP, HFCORE_OK);
  storage_write (&storage, writer, 1, 0, STEP, HFCORE_OK);
  prove (&storage, writer, 2 * STEP, STEP);
  prove (&storage, writer, 0, STEP);
  storage_write (&storage, writer, 2, STEP, STEP / 2, HFCORE_OK); /* of another pattern  */
  kill (getpid (), SIGKILL);
}

static void
proven_after_death (struct contract *contract)
{
  /* Is there such a thing here?  */
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer;
  storage_create (&storage, 1, WHOLE, 0, &have, &writer, HFCORE_OK);
  prove (&storage, writer, 0, 0);
  storage_abandon (&storage, writer, 0);
  int ended = contract_in_child (contract, die_out_of_order);
  contract_expect (contract, ended == 128 + SIGKILL,
                   "expected a process to write and to be killed, it ended with %d", ended);
  storage_expect_unseen (&storage, 1);
  storage_create (&storage, 1, WHOLE, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  struct told told = proven (&storage, writer);
  contract_expect (contract, have <= STEP && told.bytes <= 2 * STEP,
                   "expected no more than was proven, create had %llu bytes and proven told %llu",
                   (unsigned long long) have, (unsigned long long) told.bytes);
  contract_expect (contract, told.bytes > 0 && told.prefix == have,
                   "expected proven to tell what create had (%llu bytes) and more, it told %llu "
                   "from the start and %llu in all",
                   (unsigned long long) have, (unsigned long long) told.prefix,
                   (unsigned long long) told.bytes);
  contract_expect (contract, told.end <= WHOLE && told.bytes > STEP,
                   "expected both proven parts to be told, it told %llu bytes up to %llu",
                   (unsigned long long) told.bytes, (unsigned long long) told.end);
  storage_write (&storage, writer, 1, have, 2 * STEP - have, HFCORE_OK);
  storage_commit (&storage, writer, WHOLE, HFCORE_OK);
  storage_expect_blob (&storage, 1, WHOLE);
}

static void
not_proven_is_not_there (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer = storage_begin (&storage, 1, WHOLE);
  prove (&storage, writer, 0, 0);
  storage_write (&storage, writer, 2, STEP, STEP, HFCORE_OK);
  storage_write (&storage, writer, 2, 0, STEP, HFCORE_OK);
  storage_abandon (&storage, writer, 1);
  storage_create (&storage, 1, WHOLE, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  struct told told = proven (&storage, writer);
  contract_expect (contract, have == 0 && told.bytes == 0,
                   "expected nothing, create had %llu bytes and proven told %llu",
                   (unsigned long long) have, (unsigned long long) told.bytes);
  storage_write (&storage, writer, 1, 0, WHOLE, HFCORE_OK);
  storage_commit (&storage, writer, WHOLE, HFCORE_OK);
  storage_expect_blob (&storage, 1, WHOLE);
}

static void
restart_forgets_proofs (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer = storage_begin (&storage, 1, WHOLE);
  storage_write (&storage, writer, 2, 0, STEP, HFCORE_OK);
  prove (&storage, writer, 0, STEP);
  storage_restart (&storage, writer, HFCORE_OK);
  storage_write (&storage, writer, 1, 0, 1000, HFCORE_OK);
  storage_abandon (&storage, writer, 1);
  storage_create (&storage, 1, WHOLE, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  contract_expect (
      contract, have <= 1000 && proven (&storage, writer).bytes <= 1000,
      "expected what was proven before a restart to be forgotten, create had %llu bytes",
      (unsigned long long) have);
  storage_write (&storage, writer, 1, have, WHOLE - have, HFCORE_OK);
  storage_commit (&storage, writer, WHOLE, HFCORE_OK);
  storage_expect_blob (&storage, 1, WHOLE);
}

/* ---- beside writes ---- */

struct beside
{
  struct storage *storage;
  void *writer;
};

static void *
write_rest (void *beside_)
{
  const struct beside *beside = beside_;
  for (uint64_t at = STEP; at < WHOLE; at += STEP / 8)
    storage_write (beside->storage, beside->writer, 1, at, STEP / 8, HFCORE_OK);
  return NULL;
}

static void
prove_beside_writes (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct beside beside = { &storage, storage_begin (&storage, 1, WHOLE) };
  pthread_t thread;
  storage_write (&storage, beside.writer, 1, 0, STEP, HFCORE_OK);
  prove (&storage, beside.writer, 0, 0);
  contract_expect (contract, pthread_create (&thread, NULL, write_rest, &beside) == 0,
                   "expected a thread to begin");
  for (uint64_t at = 0; at < STEP; at += STEP / 8)
    prove (&storage, beside.writer, at, STEP / 8);
  pthread_join (thread, NULL);
  storage_commit (&storage, beside.writer, WHOLE, HFCORE_OK);
  storage_expect_blob (&storage, 1, WHOLE);
}

const struct contract_case contract_storage_proof_cases[] = {
  { "proven-after-death", "what a killed process had proven is there, and nothing else",
    "storage, prove: outlive the process; later a create knows of what was proven alone",
    WRITE | RESUME, CONTRACT_LASTING, proven_after_death },
  { "not-proven-is-not-there", "what was written out of order and not proven counts as not written",
    "storage, prove: with the first of these calls a later create knows of what was proven alone",
    WRITE | RESUME, 0, not_proven_is_not_there },
  { "restart-forgets-proofs", "a restart forgets what was proven, too",
    "storage, restart: forget all bytes of this writer", WRITE | RESUME, 0,
    restart_forgets_proofs },
  { "prove-beside-writes", "bytes are proven while others are written",
    "storage, prove: bytes of a writer, all of them written", WRITE | RESUME, 0,
    prove_beside_writes },
  { 0 }
};
