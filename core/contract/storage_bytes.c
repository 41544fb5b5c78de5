/* SPDX-License-Identifier: Apache-2.0 */
/* storage_bytes.c: what a storage does with bytes: unseen until they are whole, published as they
 * were written, never changed after that, resumed by whoever asks for it, read by ranges.  */
#include "core/contract/storage_kit.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "core/util/clock.h"

#define WRITE  HFCORE_STORAGE_WRITE
#define RESUME HFCORE_STORAGE_RESUME

enum
{
  LATE_MS = 1000, /* ten times what plugin.h gives  */
  WHILE_MS = 120
};

/* ---- one writer ---- */

static void
nothing_is_known (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_expect_unseen (&storage, 1);
  storage_expect_ref (&storage, "main", STORAGE_NONE);
  storage_expect_state (&storage, 1, "config.json", HFCORE_FILE_UNKNOWN);
}

static void
unseen_until_commit (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 3000);
  storage_expect_unseen (&storage, 1);
  storage_write (&storage, writer, 1, 0, 2000, HFCORE_OK);
  storage_expect_unseen (&storage, 1);
  storage_write (&storage, writer, 1, 2000, 1000, HFCORE_OK);
  storage_expect_unseen (&storage, 1);
  storage_commit (&storage, writer, 3000, HFCORE_OK);
  storage_expect_blob (&storage, 1, 3000);
}

static void
any_order (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 3 * STORAGE_MIB);
  storage_write (&storage, writer, 1, 2 * STORAGE_MIB, STORAGE_MIB, HFCORE_OK);
  storage_write (&storage, writer, 1, 0, STORAGE_MIB / 2 + 1, HFCORE_OK);
  storage_write (&storage, writer, 1, STORAGE_MIB, STORAGE_MIB, HFCORE_OK);
  storage_write (&storage, writer, 1, STORAGE_MIB / 2 + 1, STORAGE_MIB / 2 - 1, HFCORE_OK);
  storage_commit (&storage, writer, 3 * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 1, 3 * STORAGE_MIB);
}

static void
empty_blob (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_commit (&storage, storage_begin (&storage, 1, 0), 0, HFCORE_OK);
  storage_expect_blob (&storage, 1, 0);
}

static void
unknown_length (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, HFCORE_SIZE_UNKNOWN);
  storage_write (&storage, writer, 1, 0, 12345, HFCORE_OK);
  storage_commit (&storage, writer, 12345, HFCORE_OK);
  storage_expect_blob (&storage, 1, 12345);
}

static void
large_blob (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, 24 * STORAGE_MIB + 1);
  storage_expect_blob (&storage, 1, 24 * STORAGE_MIB + 1);
}

/* A writer that ended leaves no bytes of its own.  */
static void
expect_no_partials (const struct storage *storage)
{
  if (!(storage->instance->caps & HFCORE_STORAGE_LIST))
    return;
  size_t told = storage_count (storage, HFCORE_ENTRY_PARTIAL);
  contract_expect (storage->contract, told == 0,
                   "expected nothing to be left of a writer that has ended, list told %zu PARTIALs",
                   told);
}

static void
wrong_length (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, HFCORE_SIZE_UNKNOWN);
  storage_write (&storage, writer, 1, 0, 1000, HFCORE_OK);
  storage_commit (&storage, writer, 1001, HFCORE_E_CORRUPT);
  storage_expect_unseen (&storage, 1);
  expect_no_partials (&storage);
  /* Bytes of an earlier writer may lie beyond the end: those alone are cut off.  */
  writer = storage_begin (&storage, 2, HFCORE_SIZE_UNKNOWN);
  storage_write (&storage, writer, 2, 0, 1000, HFCORE_OK);
  int code = storage_commit (&storage, writer, 999, STORAGE_ANY);
  if (code == HFCORE_OK)
    storage_expect_blob (&storage, 2, 999);
  else
    {
      contract_expect (contract, code == HFCORE_E_CORRUPT,
                       "expected commit of 999 of 1000 bytes to publish 999 or to answer CORRUPT, "
                       "it answered %s",
                       contract_answer (code));
      storage_expect_unseen (&storage, 2);
    }
}

static void
restart (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 5000);
  storage_write (&storage, writer, 7, 0, 9000, HFCORE_OK);
  storage_restart (&storage, writer, HFCORE_OK);
  unsigned char byte;
  size_t got = 0;
  struct hfcore_call *call = contract_call (contract);
  int code
      = storage.instance->ops->read_back (storage.instance->self, call, writer, 0, &byte, 1, &got);
  storage_answer (&storage, call, "read_back", code,
                  code == HFCORE_E_UNSUPPORTED ? HFCORE_E_UNSUPPORTED : HFCORE_OK);
  contract_expect (contract, got == 0,
                   "expected a writer to have forgotten its bytes after restart, read_back told "
                   "one");
  storage_write (&storage, writer, 1, 0, 5000, HFCORE_OK);
  storage_commit (&storage, writer, 5000, HFCORE_OK);
  storage_expect_blob (&storage, 1, 5000);
}

static void
read_back (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 100);
  unsigned char bytes[64], wanted[64];
  size_t got = 0;
  storage_write (&storage, writer, 1, 0, 100, HFCORE_OK);
  struct hfcore_call *call = contract_call (contract);
  int code = storage.instance->ops->read_back (storage.instance->self, call, writer, 60, bytes, 64,
                                               &got);
  storage_answer_optional (&storage, call, "read_back", code, HFCORE_OK);
  storage_pattern (wanted, 1, 60, 40);
  contract_expect (contract, got == 40 && memcmp (bytes, wanted, 40) == 0,
                   "expected read_back of 64 bytes from 60 to tell the 40 that are there, it told "
                   "%zu%s",
                   got, got == 40 ? " others" : "");
  storage_expect_written (&storage, writer, 1, 0, 100);
  storage_abandon (&storage, writer, 0);
  storage_expect_unseen (&storage, 1);
}

static void
stays_as_committed (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, STORAGE_MIB);
  storage_expect_blob (&storage, 1, STORAGE_MIB);
  /* A writer of the same blob with other bytes, and one of another blob.  */
  void *twin = storage_begin (&storage, 1, STORAGE_MIB),
       *other = storage_begin (&storage, 2, 2 * STORAGE_MIB);
  storage_write (&storage, twin, 9, 0, STORAGE_MIB, HFCORE_OK);
  storage_write (&storage, other, 2, 0, 2 * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 1, STORAGE_MIB);
  storage_restart (&storage, twin, HFCORE_OK);
  storage_expect_blob (&storage, 1, STORAGE_MIB);
  storage_abandon (&storage, twin, 0);
  storage_commit (&storage, other, 2 * STORAGE_MIB, HFCORE_OK);
  /* What still comes after a commit, comes now.  */
  clock_sleep_ms (WHILE_MS);
  storage_expect_blob (&storage, 1, STORAGE_MIB);
  storage_expect_blob (&storage, 2, 2 * STORAGE_MIB);
}

/* ---- several writers ---- */

static void
twin_commits (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *first = storage_begin (&storage, 1, 4000);
  storage_write (&storage, first, 1, 0, 2000, HFCORE_OK);
  void *second = storage_begin (&storage, 1, 4000);
  storage_write (&storage, second, 1, 0, 4000, HFCORE_OK);
  storage_commit (&storage, second, 4000, HFCORE_OK);
  storage_expect_blob (&storage, 1, 4000);
  storage_write (&storage, first, 1, 2000, 2000, HFCORE_OK);
  storage_commit (&storage, first, 4000, HFCORE_OK);
  storage_expect_blob (&storage, 1, 4000);
  expect_no_partials (&storage);
  /* Once more, of what has been here for long.  */
  storage_put (&storage, 1, 4000);
  storage_expect_blob (&storage, 1, 4000);
}

static void
twin_resumes (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *first = storage_begin (&storage, 1, 2 * STORAGE_MIB), *second;
  uint64_t have, more;
  storage_write (&storage, first, 1, 0, STORAGE_MIB, HFCORE_OK);
  storage_abandon (&storage, first, 1);
  storage_create (&storage, 1, 2 * STORAGE_MIB, HFCORE_CREATE_RESUME, &have, &first, HFCORE_OK);
  storage_create (&storage, 1, 2 * STORAGE_MIB, HFCORE_CREATE_RESUME, &more, &second, HFCORE_OK);
  storage_write (&storage, second, 1, more, 2 * STORAGE_MIB - more, HFCORE_OK);
  storage_write (&storage, first, 1, have, STORAGE_MIB / 2, HFCORE_OK);
  storage_commit (&storage, second, 2 * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 1, 2 * STORAGE_MIB);
  storage_write (&storage, first, 1, have + STORAGE_MIB / 2,
                 2 * STORAGE_MIB - have - STORAGE_MIB / 2, HFCORE_OK);
  storage_commit (&storage, first, 2 * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 1, 2 * STORAGE_MIB);
}

static void
abandon (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 8000);
  uint64_t have;
  storage_write (&storage, writer, 9, 0, 5000, HFCORE_OK);
  storage_abandon (&storage, writer, 0);
  storage_expect_unseen (&storage, 1);
  storage_create (&storage, 1, 8000, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  contract_expect (contract, have == 0,
                   "expected nothing to be left of a writer that was abandoned without keeping its "
                   "bytes, create told %llu",
                   (unsigned long long) have);
  storage_write (&storage, writer, 1, 0, 8000, HFCORE_OK);
  storage_abandon (&storage, writer, 1);
  storage_expect_unseen (&storage, 1);
  storage_put (&storage, 1, 8000);
  storage_expect_blob (&storage, 1, 8000);
}

/* ---- resuming ---- */

/* Far more than what any storage gathers before it stores.  */
#define PARTIAL (12 * STORAGE_MIB)
#define WHOLE   (13 * STORAGE_MIB)

static void
leave_partial (const struct storage *storage, unsigned blob, uint64_t len)
{
  void *writer = storage_begin (storage, blob, HFCORE_SIZE_UNKNOWN);
  storage_write (storage, writer, blob, 0, len, HFCORE_OK);
  storage_abandon (storage, writer, 1);
}

static void
finish_partial (const struct storage *storage, unsigned blob, uint64_t left, uint64_t len)
{
  uint64_t have;
  void *writer;
  storage_create (storage, blob, len, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  contract_expect (storage->contract, have > 0 && have <= left,
                   "expected create to resume what was left of %llu bytes, it told %llu",
                   (unsigned long long) left, (unsigned long long) have);
  storage_expect_written (storage, writer, blob, 0, have);
  storage_write (storage, writer, blob, have, len - have, HFCORE_OK);
  storage_commit (storage, writer, len, HFCORE_OK);
  storage_expect_blob (storage, blob, len);
}

static void
have_only_when_asked (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  leave_partial (&storage, 1, PARTIAL);
  /* storage_begin does not ask.  */
  void *writer = storage_begin (&storage, 1, WHOLE);
  storage_write (&storage, writer, 1, 0, 1000, HFCORE_OK);
  storage_abandon (&storage, writer, 0);
  storage_put (&storage, 1, 1000);
  storage_expect_blob (&storage, 1, 1000);
}

static void
resume (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  leave_partial (&storage, 1, PARTIAL);
  storage_expect_unseen (&storage, 1);
  finish_partial (&storage, 1, PARTIAL, WHOLE);
}

static void
resume_of_another_size (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer;
  leave_partial (&storage, 1, 9000);
  storage_create (&storage, 1, 4000, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  contract_expect (contract, have <= 4000,
                   "expected create to resume at most the 4000 bytes of the file, it told %llu",
                   (unsigned long long) have);
  storage_write (&storage, writer, 1, have, 4000 - have, HFCORE_OK);
  storage_commit (&storage, writer, 4000, HFCORE_OK);
  storage_expect_blob (&storage, 1, 4000);
}

static void
die_while_writing (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  uint64_t have;
  void *writer;
  storage_create (&storage, 1, WHOLE, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  storage_write (&storage, writer, 1, 0, PARTIAL, HFCORE_OK);
  kill (getpid (), SIGKILL);
}

static void
resume_after_death (struct contract *contract)
{
  int ended = contract_in_child (contract, die_while_writing);
  contract_expect (contract, ended == 128 + SIGKILL,
                   "expected a process to write and to be killed, it ended with %d", ended);
  struct storage storage = storage_open (contract, 0);
  storage_expect_unseen (&storage, 1);
  finish_partial (&storage, 1, PARTIAL, WHOLE);
}

static void
unseen_after_death (struct contract *contract)
{
  int ended = contract_in_child (contract, die_while_writing);
  contract_expect (contract, ended == 128 + SIGKILL,
                   "expected a process to write and to be killed, it ended with %d", ended);
  struct storage storage = storage_open (contract, 0);
  storage_expect_unseen (&storage, 1);
  storage_put (&storage, 1, 4000);
  storage_expect_blob (&storage, 1, 4000);
}

static void
commit_and_die (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "a/b", 1, 4000, 0);
  storage_ref_set (&storage, "main", STORAGE_NONE, 1, HFCORE_OK);
  _exit (3);
}

static void
lasts (struct contract *contract)
{
  int ended = contract_in_child (contract, commit_and_die);
  contract_expect (contract, ended == 3, "expected a process to write and to end, it ended with %d",
                   ended);
  struct storage storage = storage_open (contract, 0);
  storage_expect_blob (&storage, 1, 4000);
  storage_expect_file (&storage, 1, "a/b", 1, 4000);
  storage_expect_ref (&storage, "main", 1);
}

/* ---- reading ---- */

static void
expect_range (const struct storage *storage, uint64_t total, uint64_t offset, uint64_t length,
              uint64_t len)
{
  struct storage_received received = { 0 };
  storage_read (storage, NULL, 1, offset, length, &received, HFCORE_OK);
  contract_expect (storage->contract, received.begins == 1,
                   "expected read to tell once where its bytes begin, it did so %u times",
                   received.begins);
  contract_expect (storage->contract, received.offset == offset && received.len == len,
                   "expected read to send %llu bytes from %llu, it sent %llu from %llu",
                   (unsigned long long) len, (unsigned long long) offset,
                   (unsigned long long) received.len, (unsigned long long) received.offset);
  contract_expect (storage->contract,
                   received.total == total || received.total == HFCORE_SIZE_UNKNOWN,
                   "expected begin to tell the whole size, %llu, or that it is unknown, it told "
                   "%llu",
                   (unsigned long long) total, (unsigned long long) received.total);
  contract_expect (storage->contract, !received.differs,
                   "expected read to send the bytes that lie there, they differ near %llu",
                   (unsigned long long) received.differs_at);
}

static void
read_ranges (struct contract *contract)
{
  const uint64_t total = 3 * STORAGE_MIB;
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, total);
  expect_range (&storage, total, 0, STORAGE_END, total);
  expect_range (&storage, total, 0, total, total);
  expect_range (&storage, total, 0, 1, 1);
  expect_range (&storage, total, 5, 7, 7);
  expect_range (&storage, total, STORAGE_MIB - 1, STORAGE_MIB + 2, STORAGE_MIB + 2);
  expect_range (&storage, total, 2 * STORAGE_MIB + 3, STORAGE_END, STORAGE_MIB - 3);
  expect_range (&storage, total, total - 1, 1, 1);
}

static void
read_past_the_end (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct storage_received over = { 0 }, beyond = { 0 };
  storage_put (&storage, 1, 50);
  storage_read (&storage, NULL, 1, 40, 11, &over, STORAGE_FAILS);
  storage_read (&storage, NULL, 1, 51, STORAGE_END, &beyond, STORAGE_FAILS);
  contract_expect (contract, beyond.len == 0 && over.len <= 10 && !over.differs,
                   "expected read to send no bytes that the blob does not have, it did");
}

static void
sink_stops (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  static const int codes[] = { HFCORE_E_CONFLICT, HFCORE_E_DOWN, HFCORE_E_CANCELLED, 77 };
  storage_put (&storage, 1, STORAGE_MIB);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    {
      struct storage_received at_begin = { .begin_says = codes[i] };
      struct storage_received at_data = { .data_says = codes[i] };
      int begun = storage_read (&storage, NULL, 1, 0, STORAGE_END, &at_begin, STORAGE_ANY);
      int sent = storage_read (&storage, NULL, 1, 0, STORAGE_END, &at_data, STORAGE_ANY);
      contract_expect (contract, begun == codes[i] && sent == codes[i],
                       "expected read to return what its sink returned, %d, it returned %d and %d",
                       codes[i], begun, sent);
      storage_expect_no_fault (contract);
      contract_expect (contract, at_begin.pieces == 0 && at_data.pieces == 1,
                       "expected read to send nothing after its sink said stop, it sent on");
      contract_expect (contract, at_begin.recorded == 0 && at_data.recorded == 0,
                       "expected read to say nothing of its own when its sink stops it, it "
                       "recorded a failure");
    }
  storage_expect_blob (&storage, 1, STORAGE_MIB);
}

/* ---- stopping ---- */

static void
set_cancel (void *cancel)
{
  atomic_store ((atomic_int *) cancel, 1);
}

/* The whole read would take longer than LATE_MS, unless it comes in few pieces: then it is over
 * soon, which is as good.  */
static void
expect_stopped (const struct storage *storage, int code, const struct storage_received *received,
                int expected)
{
  if (code != HFCORE_OK)
    contract_expect (storage->contract, code == expected,
                     "expected read to answer %s, it answered %s", contract_code_name (expected),
                     contract_answer (code));
  contract_expect (storage->contract, received->took_ms < LATE_MS,
                   "expected read to stop within 100 ms, it went on for %lld ms and %llu bytes",
                   (long long) received->took_ms, (unsigned long long) received->len);
}

static void
cancel_stops_read (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  atomic_int cancel = 0;
  struct storage_received received = { .pause_ms = 100, .first = set_cancel, .ctx = &cancel };
  storage_put (&storage, 1, 16 * STORAGE_MIB);
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &cancel;
  int code = storage_read (&storage, call, 1, 0, STORAGE_END, &received, STORAGE_ANY);
  expect_stopped (&storage, code, &received, HFCORE_E_CANCELLED);
  storage_expect_blob (&storage, 1, 16 * STORAGE_MIB);
}

static void
deadline_stops_read (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct storage_received received = { .pause_ms = 100 };
  storage_put (&storage, 1, 16 * STORAGE_MIB);
  struct hfcore_call *call = contract_call (contract);
  call->deadline_ms = clock_now_ms () + 50;
  int code = storage_read (&storage, call, 1, 0, STORAGE_END, &received, STORAGE_ANY);
  expect_stopped (&storage, code, &received, HFCORE_E_RETRY);
}

/* ---- results ---- */

enum
{
  RESULTS_OPS = 200
};

static void
results_live (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "folder/file", 1, 4000, 0);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  storage_ref_set (&storage, "other", STORAGE_WHATEVER, 2, HFCORE_OK);
  struct hfcore_call *call = contract_call (contract);
  const struct hfcore_storage_ops *ops = storage.instance->ops;
  void *self = storage.instance->self;
  const struct hfcore_repo *repo = storage_repo (&storage, call);
  const char *commit = contract_commit (call, 1), *ref = NULL, *again, *path = NULL;
  struct hfcore_stored_file file = { .size = sizeof file };
  contract_expect_code (contract, call, "ref_get", ops->ref_get (self, call, repo, "main", &ref),
                        HFCORE_OK);
  contract_expect_code (contract, call, "file_get",
                        ops->file_get (self, call, repo, commit, "folder/file", &file), HFCORE_OK);
  const char *const kept = contract_text (call, "%s", file.path ? file.path : "");
  if (ops->path (self, call, repo, commit, &path) != HFCORE_OK)
    path = NULL;
  const char *const folder = contract_text (call, "%s", path ? path : "");
  /* Enough to fill and move whatever a plugin keeps its results in.  */
  for (int i = 0; i < RESULTS_OPS; i++)
    {
      struct hfcore_stored_file other = { .size = sizeof other };
      ops->ref_get (self, call, repo, "other", &again);
      ops->file_get (self, call, repo, commit, i % 2 ? "folder/file" : "none", &other);
    }
  contract_expect (contract, strcmp (ref, commit) == 0,
                   "expected the commit that ref_get told to live until the call ends, it became "
                   "\"%.60s\"",
                   ref);
  contract_expect (contract, !file.path || strcmp (file.path, kept) == 0,
                   "expected the path that file_get told to live until the call ends, it became "
                   "\"%.60s\"",
                   file.path ? file.path : "");
  contract_expect (contract, !path || strcmp (path, folder) == 0,
                   "expected the folder that path told to live until the call ends, it became "
                   "\"%.60s\"",
                   path ? path : "");
  contract_end (call);
}

const struct contract_case contract_storage_cases[] = {
  { "nothing-is-known", "of what nobody wrote nothing is known, and the next one is asked",
    "storage, stat, read, ref_get: PASS when it is not here; file_get: UNKNOWN is HFCORE_OK", 0, 0,
    nothing_is_known },
  { "unseen-until-commit", "no reader sees a blob before commit, every one after it",
    "storage, create … commit: bytes that no reader sees until commit", WRITE, 0,
    unseen_until_commit },
  { "any-order", "writes are positional and may come in any order",
    "storage, write: several threads may write one writer at disjoint offsets", WRITE, 0,
    any_order },
  { "empty-blob", "a blob without bytes is a blob", "storage, commit: publish `length` bytes",
    WRITE, 0, empty_blob },
  { "unknown-length", "a blob whose length is not known before is written",
    "storage, create: `expect` bytes (or HFCORE_SIZE_UNKNOWN)", WRITE, 0, unknown_length },
  { "large-blob", "24 MiB come back as they were written",
    "storage, commit: publish `length` bytes under the etag", WRITE, 0, large_blob },
  { "wrong-length", "a writer that has not all bytes publishes nothing",
    "storage, commit: publish `length` bytes; HFCORE_E_CORRUPT: throw them away", WRITE, 0,
    wrong_length },
  { "restart", "after restart nothing is left of what was written",
    "storage, restart: forget all bytes of this writer", WRITE, 0, restart },
  { "read-back", "a writer tells the bytes that it was given",
    "storage, read_back: short only at the end of what is there", WRITE, 0, read_back },
  { "stays-as-committed", "a blob that was committed never changes",
    "storage, commit: publish `length` bytes, atomically", WRITE, 0, stays_as_committed },
  { "twin-commits", "of two writers of one blob both succeed",
    "storage, commit: losing a race to a twin is success", WRITE, 0, twin_commits },
  { "twin-resumes", "of two that resume one blob both succeed",
    "storage, commit: losing a race to a twin is success", WRITE, 0, twin_resumes },
  { "abandon", "an abandoned writer publishes nothing and, unless told so, leaves nothing",
    "storage, abandon: end the writer unpublished", WRITE, 0, abandon },
  { "have-only-when-asked", "an earlier partial is left alone by who does not ask for it",
    "storage, create: *have is 0 unless `flags` allow it", WRITE, 0, have_only_when_asked },
  { "resume", "what an abandoned writer kept is resumed",
    "storage, abandon: leave its bytes for a later create", WRITE | RESUME, 0, resume },
  { "resume-of-another-size", "of a partial that is too long the rest is dropped",
    "storage, create: how many bytes from its start an earlier partial still holds", WRITE, 0,
    resume_of_another_size },
  { "resume-after-death", "what a killed process wrote is resumed",
    "HFCORE_STORAGE_RESUME: partial writes survive the process", WRITE | RESUME, CONTRACT_LASTING,
    resume_after_death },
  { "unseen-after-death", "what a killed process wrote is not seen, and in nobody's way",
    "storage, create … commit: bytes that no reader sees until commit", WRITE, CONTRACT_LASTING,
    unseen_after_death },
  { "lasts", "what one process published, the next one has", "storage: keeps bytes and names",
    WRITE, CONTRACT_LASTING, lasts },
  { "read-ranges", "read sends what was asked for, and tells once and before where it begins",
    "storage, read: push `length` bytes of a blob from `offset`; sink, begin: once", WRITE, 0,
    read_ranges },
  { "read-past-the-end", "bytes that a blob does not have are asked for in vain",
    "storage, read: push `length` bytes of a blob from `offset`", WRITE, 0, read_past_the_end },
  { "sink-stops-read", "a sink that says stop is heard, and its code is returned",
    "contract 10: the op returns that code unchanged and says nothing of its own", WRITE, 0,
    sink_stops },
  { "cancel-stops-read", "a long read stops when the caller wants it to",
    "contract 10: long work calls host->tick at least every 100 ms and stops", WRITE, 0,
    cancel_stops_read },
  { "deadline-stops-read", "a long read stops when its time is over",
    "contract 10: long work calls host->tick at least every 100 ms and stops", WRITE, 0,
    deadline_stops_read },
  { "results-live", "results stay as they are until the call ends, whatever follows in it",
    "contract 4: results are copied into the call and live until the engine ends the call", WRITE,
    0, results_live },
  { 0 },
};
