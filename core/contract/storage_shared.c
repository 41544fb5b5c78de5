/* SPDX-License-Identifier: Apache-2.0 */
/* storage_shared.c: a storage that several use: holders of locks, instances, threads.  */
#include "core/contract/storage_kit.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"

#define WRITE  HFCORE_STORAGE_WRITE
#define RESUME HFCORE_STORAGE_RESUME
#define LOCKS  HFCORE_STORAGE_LOCKS

#define RULE_LOCK    "storage, lock: waits until the call's deadline, then BUSY"
#define RULE_THREADS "contract 7: PARALLEL; SERIAL: the guard lets one call at a time in"
#define RULE_OPEN    "contract 3: open … close bracket an instance; one module may have many"

enum
{
  BRIEF_MS = 150,
  LATE_MS = 1000,
  LONG_MS = 10000
};

/* ---- locks ---- */

/* A lock, or NULL; `wait_ms` 0: no deadline.  */
static void *
lock (const struct storage *storage, const char *key, int64_t wait_ms, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  void *lock = NULL;
  if (wait_ms)
    call->deadline_ms = clock_now_ms () + wait_ms;
  int code
      = storage->instance->ops->lock (storage->instance->self, call, storage_repo (storage, call),
                                      contract_text (call, "%s", key), &lock);
  storage_answer (storage, call, "lock", code, expected);
  return lock;
}

static void
unlock (const struct storage *storage, void *lock)
{
  storage->instance->ops->unlock (storage->instance->self, lock);
}

static void
expect_busy (const struct storage *storage, const char *key)
{
  int64_t began = clock_now_ms ();
  lock (storage, key, BRIEF_MS, HFCORE_E_BUSY);
  int64_t took = clock_now_ms () - began;
  contract_expect (storage->contract, took >= BRIEF_MS - 1,
                   "expected lock to wait for %d ms, until its deadline, it waited for %lld",
                   BRIEF_MS, (long long) took);
  contract_expect (storage->contract, took < BRIEF_MS + LATE_MS,
                   "expected lock to give up at its deadline, it did so %lld ms later",
                   (long long) took - BRIEF_MS);
}

static void
locks_exclude (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0), other = storage;
  other.repo = 1;
  void *first = lock (&storage, "k", LONG_MS, HFCORE_OK);
  expect_busy (&storage, "k");
  /* Another key, and the key of another repository, is another lock.  */
  unlock (&storage, lock (&storage, "l", LONG_MS, HFCORE_OK));
  unlock (&other, lock (&other, "k", LONG_MS, HFCORE_OK));
  expect_busy (&storage, "k");
  unlock (&storage, first);
  unlock (&storage, lock (&storage, "k", LONG_MS, HFCORE_OK));
}

struct wait
{
  atomic_int cancel;
  _Atomic int64_t cancelled_ms; /* when  */
};

/* One waits for the lock, the other one stops it: in the middle, or before, which is as good.  */
static void
wait_or_cancel (const struct storage *storage, unsigned number, void *wait_)
{
  struct wait *wait = wait_;
  if (number == 1)
    {
      clock_sleep_ms (BRIEF_MS);
      atomic_store (&wait->cancelled_ms, clock_now_ms ());
      atomic_store (&wait->cancel, 1);
      return;
    }
  struct hfcore_call *call = contract_call (storage->contract);
  void *lock = NULL;
  call->cancel = &wait->cancel;
  int code = storage->instance->ops->lock (storage->instance->self, call,
                                           storage_repo (storage, call), "k", &lock);
  storage_answer (storage, call, "lock", code, HFCORE_E_CANCELLED);
  int64_t took = clock_now_ms () - atomic_load (&wait->cancelled_ms);
  contract_expect (storage->contract, took < LATE_MS,
                   "expected lock to stop within 100 ms when the call is cancelled, it took %lld",
                   (long long) took);
}

static void
lock_is_cancelled (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct wait wait = { 0 };
  void *first = lock (&storage, "k", LONG_MS, HFCORE_OK);
  storage_at_once (&storage, 2, wait_or_cancel, &wait);
  unlock (&storage, first);
}

struct turns
{
  atomic_int inside, taken;
};

static void
take_turns (const struct storage *storage, unsigned number, void *turns_)
{
  struct turns *turns = turns_;
  (void) number;
  for (int i = 0; i < 5; i++)
    {
      void *mine = lock (storage, "k", 0, HFCORE_OK);
      contract_expect (storage->contract, atomic_fetch_add (&turns->inside, 1) == 0,
                       "expected one holder of a lock at a time, there were two");
      clock_sleep_ms (1);
      atomic_fetch_add (&turns->taken, 1);
      atomic_fetch_sub (&turns->inside, 1);
      unlock (storage, mine);
    }
}

static void
locks_among_threads (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct turns turns = { 0 };
  storage_at_once (&storage, 4, take_turns, &turns);
}

static void
find_locked (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  expect_busy (&storage, "k");
}

static void
locks_across_instances (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0), other = storage_open (contract, 0);
  void *first = lock (&storage, "k", LONG_MS, HFCORE_OK);
  expect_busy (&other, "k");
  contract_in_child (contract, find_locked);
  unlock (&storage, first);
  unlock (&other, lock (&other, "k", LONG_MS, HFCORE_OK));
}

static void
lock_and_die (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  lock (&storage, "k", LONG_MS, HFCORE_OK);
  kill (getpid (), SIGKILL);
}

static void
lock_of_the_dead (struct contract *contract)
{
  contract_in_child (contract, lock_and_die);
  struct storage storage = storage_open (contract, 0);
  unlock (&storage, lock (&storage, "k", LONG_MS, HFCORE_OK));
}

/* ---- instances ---- */

static void
two_instances (struct contract *contract)
{
  struct storage one = storage_open (contract, 0), two = storage_open (contract, 0);
  storage_expect_unseen (&two, 1);
  storage_put_file (&one, 1, "a/f", 1, 4000, 0);
  storage_expect_blob (&two, 1, 4000);
  storage_expect_file (&two, 1, "a/f", 1, 4000);
  storage_ref_set (&two, "main", STORAGE_NONE, 1, HFCORE_OK);
  storage_expect_ref (&one, "main", 1);
  storage_ref_set (&one, "main", STORAGE_NONE, 2, HFCORE_E_CONFLICT);
  storage_ref_set (&one, "main", 1, 2, HFCORE_OK);
  storage_expect_ref (&two, "main", 2);
  if (!(one.instance->caps & HFCORE_STORAGE_REMOVE))
    return;
  storage_remove (&two, HFCORE_ENTRY_FILE, 1, STORAGE_NONE, "a/f", 0, HFCORE_OK);
  storage_expect_state (&one, 1, "a/f", HFCORE_FILE_UNKNOWN);
  storage_remove (&one, HFCORE_ENTRY_REPO, STORAGE_NONE, STORAGE_NONE, NULL, 0, HFCORE_OK);
  storage_expect_unseen (&two, 1);
  storage_expect_ref (&two, "main", STORAGE_NONE);
}

static void
instances_apart (struct contract *contract)
{
  struct storage one = storage_open (contract, 0), two = storage_open (contract, 0);
  two.repo = 1;
  void *first = storage_begin (&one, 1, 4000), *second = storage_begin (&two, 1, 4000);
  storage_write (&one, first, 1, 0, 4000, HFCORE_OK);
  storage_write (&two, second, 1, 0, 2000, HFCORE_OK);
  storage_commit (&one, first, 4000, HFCORE_OK);
  storage_expect_blob (&one, 1, 4000);
  storage_expect_unseen (&two, 1);
  storage_close (&one);
  storage_write (&two, second, 1, 2000, 2000, HFCORE_OK);
  storage_commit (&two, second, 4000, HFCORE_OK);
  storage_expect_blob (&two, 1, 4000);
}

static size_t
open_files (struct contract *contract)
{
  size_t count = 0;
  CLEANUP_DIR DIR *dir = opendir ("/proc/self/fd");
  if (!dir)
    contract_skip (contract, "this system does not tell which files are open");
  while (readdir (dir))
    count++;
  return count;
}

static void
use_and_close (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "a/f", 1, 4000, 0);
  storage_expect_file (&storage, 1, "a/f", 1, 4000);
  storage_abandon (&storage, storage_begin (&storage, 2, 4000), 1);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  if (storage.instance->caps & LOCKS)
    unlock (&storage, lock (&storage, "k", LONG_MS, HFCORE_OK));
  if (storage.instance->caps & HFCORE_STORAGE_LIST)
    storage_count (&storage, HFCORE_ENTRY_FILE);
  storage_close (&storage);
}

static void
close_frees_all (struct contract *contract)
{
  use_and_close (contract);
  size_t before = open_files (contract);
  for (int i = 0; i < 10; i++)
    use_and_close (contract);
  size_t after = open_files (contract);
  contract_expect (
      contract, after <= before,
      "expected close to close every file of its instance, after 10 instances %zu more "
      "are open",
      after - before);
}

/* ---- threads ---- */

enum
{
  THREADS = 6,
  FILES = 12
};

static void
write_files (const struct storage *storage, unsigned number, void *ctx)
{
  (void) ctx;
  for (unsigned i = 0; i < FILES; i++)
    {
      char path[64], ref[32];
      /* Half of them are written by all threads at once.  */
      unsigned blob = i % 2 ? 1 + i : 100 * (number + 1) + i;
      uint64_t len = 1000 + 37 * blob % 5000;
      snprintf (path, sizeof path, "folder/%u/%u.bin", i % 3, blob);
      snprintf (ref, sizeof ref, "thread/%u", number);
      storage_put_file (storage, 1, path, blob, len, HFCORE_NEW_BLOB);
      storage_expect_file (storage, 1, path, blob, len);
      storage_ref_set (storage, ref, STORAGE_WHATEVER, i + 1, HFCORE_OK);
      storage_expect_ref (storage, ref, i + 1);
      storage_ref_set (storage, "main", STORAGE_WHATEVER, blob, HFCORE_OK);
    }
}

static void
many_threads (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_at_once (&storage, THREADS, write_files, NULL);
  for (unsigned blob = 2; blob <= FILES; blob += 2)
    {
      char path[64];
      snprintf (path, sizeof path, "folder/%u/%u.bin", (blob - 1) % 3, blob);
      storage_expect_file (&storage, 1, path, blob, 1000 + 37 * blob % 5000);
    }
  if (!(storage.instance->caps & HFCORE_STORAGE_LIST))
    return;
  size_t files = storage_count (&storage, HFCORE_ENTRY_FILE);
  contract_expect (contract, files == THREADS * FILES / 2 + FILES / 2,
                   "expected list to tell the %d FILEs that threads wrote, it told %zu",
                   THREADS * FILES / 2 + FILES / 2, files);
}

static void
write_range (const struct storage *storage, unsigned number, void *writer)
{
  for (uint64_t at = 0; at < STORAGE_MIB; at += STORAGE_MIB / 8)
    storage_write (storage, writer, 1, number * STORAGE_MIB + at, STORAGE_MIB / 8, HFCORE_OK);
}

static void
ranges_at_once (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, THREADS * STORAGE_MIB);
  storage_at_once (&storage, THREADS, write_range, writer);
  storage_commit (&storage, writer, THREADS * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 1, THREADS * STORAGE_MIB);
}

static void
write_or_look (const struct storage *storage, unsigned number, void *left_)
{
  atomic_int *left = left_;
  if (number % 2 == 0)
    {
      for (unsigned blob = 1; blob <= 8; blob++)
        storage_put (storage, blob, 300000);
      atomic_fetch_sub (left, 1);
      return;
    }
  for (unsigned blob = 1; atomic_load (left) > 0; blob = blob % 8 + 1)
    {
      uint64_t length;
      if (storage_stat (storage, blob, &length, STORAGE_GONE) == HFCORE_OK)
        storage_expect_blob (storage, blob, 300000);
    }
}

static void
whole_among_threads (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  atomic_int left = THREADS / 2;
  storage_at_once (&storage, THREADS, write_or_look, &left);
}

static void
resume_one (const struct storage *storage, unsigned number, void *ctx)
{
  uint64_t have;
  void *writer;
  (void) number;
  (void) ctx;
  storage_create (storage, 1, 2 * STORAGE_MIB, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  storage_write (storage, writer, 1, have, 2 * STORAGE_MIB - have, HFCORE_OK);
  storage_commit (storage, writer, 2 * STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (storage, 1, 2 * STORAGE_MIB);
}

static void
resumes_at_once (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, 2 * STORAGE_MIB);
  storage_write (&storage, writer, 1, 0, STORAGE_MIB, HFCORE_OK);
  storage_abandon (&storage, writer, 1);
  storage_at_once (&storage, THREADS, resume_one, NULL);
}

const struct contract_case contract_storage_shared_cases[] = {
  { "locks-exclude", "a lock has one holder, others wait until their deadline", RULE_LOCK,
    WRITE | LOCKS, 0, locks_exclude },
  { "lock-is-cancelled", "who waits for a lock can be stopped",
    "contract 10: long work calls host->tick at least every 100 ms and stops", WRITE | LOCKS, 0,
    lock_is_cancelled },
  { "locks-among-threads", "threads get a lock one after the other",
    "storage, lock: one writer per key at a time", WRITE | LOCKS, 0, locks_among_threads },
  { "locks-across-instances", "a lock is one for all instances and processes",
    "storage, lock: one writer per key at a time, across processes", WRITE | LOCKS,
    CONTRACT_LASTING, locks_across_instances },
  { "lock-of-the-dead", "the lock of a killed process is free",
    "storage, lock: one writer per key at a time, across processes", WRITE | LOCKS,
    CONTRACT_LASTING, lock_of_the_dead },
  { "two-instances", "what one instance does, the other one sees", RULE_OPEN, WRITE,
    CONTRACT_LASTING, two_instances },
  { "instances-apart", "instances are not in each other's way, open or closed", RULE_OPEN, WRITE, 0,
    instances_apart },
  { "close-frees-all", "an instance that was used and closed leaves no file open",
    "contract 3: `close` frees all of it", WRITE, 0, close_frees_all },
  { "many-threads", "6 threads write and read one repository", RULE_THREADS, WRITE, 0,
    many_threads },
  { "ranges-at-once", "6 threads fill one writer",
    "storage: several threads may `write` one writer at once, at disjoint offsets", WRITE, 0,
    ranges_at_once },
  { "whole-among-threads", "a blob that is published while others look is whole when it is seen",
    "storage, commit: publish `length` bytes under the etag, atomically", WRITE, 0,
    whole_among_threads },
  { "resumes-at-once", "6 threads that resume one partial all succeed",
    "storage, commit: losing a race to a twin is success", WRITE | RESUME, 0, resumes_at_once },
  { 0 },
};
