/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: many threads at once: instances are opened once, and into a SERIAL one goes one
 * call at a time, without deadlocks.  */
#include <pthread.h>
#include "core/util/clock.h"
#include "tests/unit/guard_fixture.h"
#include "tests/unit/registry_fixture.h"

/* ---- threads ---- */

enum
{
  THREADS = 8,
  ROUNDS = 20
};

struct worker
{
  struct house *house;
  pthread_barrier_t *barrier;
  int code;
  const struct hfcore_storage *storage;
};

static void *
open_at_once (void *ctx)
{
  struct worker *worker = ctx;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  pthread_barrier_wait (worker->barrier);
  worker->code = registry_storage (worker->house->registry, 0, &call, &worker->storage);
  return NULL;
}

static void *
stat_often (void *ctx)
{
  struct worker *worker = ctx;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  pthread_barrier_wait (worker->barrier);
  for (int i = 0; i < ROUNDS && worker->code == HFCORE_OK; i++)
    {
      uint64_t length;
      const struct hfcore_storage *storage;
      worker->code = registry_storage (worker->house->registry, 0, &call, &storage);
      if (worker->code == HFCORE_OK)
        worker->code = storage->ops->stat (storage->self, &call, &repo, "e", &length);
    }
  return NULL;
}

static void
run_workers (struct house *house, struct worker *workers, int count, void *(*run) (void *) )
{
  pthread_t threads[THREADS];
  pthread_barrier_t barrier;
  pthread_barrier_init (&barrier, NULL, (unsigned) count);
  for (int i = 0; i < count; i++)
    {
      workers[i] = (struct worker){ .house = house, .barrier = &barrier };
      CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, run, &workers[i]), 0);
    }
  for (int i = 0; i < count; i++)
    pthread_join (threads[i], NULL);
  pthread_barrier_destroy (&barrier);
}

static void
test_opened_once_by_many (void)
{
  HOUSE house = { 0 };
  struct worker workers[THREADS];
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory }\n");
  run_workers (&house, workers, THREADS, open_at_once);
  for (int i = 0; i < THREADS; i++)
    {
      CU_ASSERT_EQUAL (workers[i].code, HFCORE_OK);
      CU_ASSERT_PTR_EQUAL (workers[i].storage, workers[0].storage);
    }
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 1);
}

static void
test_serial_twins (void)
{
  HOUSE house = { 0 };
  struct worker workers[2];
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-serial }\n");
  run_workers (&house, workers, 2, stat_often);
  CU_ASSERT_EQUAL (workers[0].code, HFCORE_OK);
  CU_ASSERT_EQUAL (workers[1].code, HFCORE_OK);
}

/* Without the guard the same module finds that two calls are inside.  */
struct raw_worker
{
  const struct loader_module *module;
  void *self;
  pthread_barrier_t *barrier;
  int code;
};

static void *
stat_raw (void *ctx)
{
  struct raw_worker *worker = ctx;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  pthread_barrier_wait (worker->barrier);
  for (int i = 0; i < ROUNDS && worker->code == HFCORE_OK; i++)
    {
      uint64_t length;
      worker->code = worker->module->storage.stat (worker->self, &call, &repo, "e", &length);
    }
  return NULL;
}

static void
test_twins_without_guard (void)
{
  HOUSE house = { 0 };
  house_load (&house, "offline: no\n");
  const struct hfcore_open open = { .size = sizeof open, .host = &host_table };
  struct raw_worker workers[2];
  pthread_barrier_t barrier;
  pthread_t threads[2];
  const struct loader_module *module = NULL;
  void *self = NULL;
  CU_ASSERT_EQUAL_FATAL (loader_find (&house.path, "test-serial", &module, &house.error),
                         HFCORE_OK);
  CU_ASSERT_EQUAL_FATAL (module->storage.open (&self, &house.call, &open), HFCORE_OK);
  pthread_barrier_init (&barrier, NULL, 2);
  for (int i = 0; i < 2; i++)
    {
      workers[i] = (struct raw_worker){ .module = module, .self = self, .barrier = &barrier };
      CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, stat_raw, &workers[i]), 0);
    }
  for (int i = 0; i < 2; i++)
    pthread_join (threads[i], NULL);
  pthread_barrier_destroy (&barrier);
  module->storage.close (self);
  CU_ASSERT (workers[0].code == HFCORE_E_CORRUPT || workers[1].code == HFCORE_E_CORRUPT);
}

/* ---- a lock of a SERIAL instance goes from hand to hand ---- */

struct handover
{
  const struct hfcore_storage *storage;
  pthread_barrier_t barrier;
  int code;
};

static void *
lock_second (void *ctx)
{
  struct handover *handover = ctx;
  const struct hfcore_storage *storage = handover->storage;
  CLEANUP_CALL struct hfcore_call call;
  void *lock;
  call_init (&call, NULL);
  call.deadline_ms = clock_now_ms () + 20000;
  pthread_barrier_wait (&handover->barrier);
  handover->code = storage->ops->lock (storage->self, &call, &repo, "k", &lock);
  if (handover->code == HFCORE_OK)
    storage->ops->unlock (storage->self, lock);
  return NULL;
}

static void
test_serial_lock (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-serial }\n");
  struct handover handover = { .storage = storage_of (&house, 0) };
  const struct hfcore_storage *storage = handover.storage;
  pthread_t thread;
  uint64_t length;
  void *lock;
  CU_ASSERT_EQUAL_FATAL (storage->ops->lock (storage->self, &house.call, &repo, "k", &lock),
                         HFCORE_OK);
  pthread_barrier_init (&handover.barrier, NULL, 2);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, lock_second, &handover), 0);
  pthread_barrier_wait (&handover.barrier);
  /* The holder still gets in while the other waits, again and again.  */
  for (int i = 0; i < 10; i++)
    CU_ASSERT_EQUAL (storage->ops->stat (storage->self, &house.call, &repo, "e", &length),
                     HFCORE_OK);
  storage->ops->unlock (storage->self, lock);
  pthread_join (thread, NULL);
  CU_ASSERT_EQUAL (handover.code, HFCORE_OK);
  pthread_barrier_destroy (&handover.barrier);
}

/* ---- behind one guard ---- */

static int token; /* something to point at  */

/* No bytes are sent here.  */
static int
no_data (void *ctx, const void *bytes, size_t len)
{
  (void) ctx;
  (void) bytes;
  (void) len;
  CU_ASSERT (0);
  return 0;
}

static int
send_from_inside (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  (void) fake;
  (void) call;
  return sink->begin (sink->ctx, 0, 0);
}

static int
call_again (void *ctx, uint64_t offset, uint64_t total)
{
  struct scene *scene = ctx;
  uint64_t length;
  (void) offset;
  (void) total;
  return STORAGE (*scene, stat, &repo, "e", &length);
}

static void
test_serial_from_its_own_sink (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.descriptor.threads = HFCORE_THREADS_SERIAL;
  scene_open (&scene, GUARD_STORAGE, false);
  scene.fake.send = send_from_inside;
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &scene, .begin = call_again, .data = no_data };
  CU_ASSERT_EQUAL (STORAGE (scene, read, &repo, "e", 0, 1, &sink), HFCORE_E_BUSY);
  CHECK_STRING (scene.call.error.message, "stat: called from inside another call to it");
  CU_ASSERT_EQUAL (scene.fake.entered, 1);
}

/* Keeps the turn until the test has seen what waiting for it is like.  */
struct keeper
{
  struct scene *scene;
  struct hfcore_call call;
  pthread_barrier_t barrier;
};

static int
keep_turn (void *ctx, uint64_t offset, uint64_t total)
{
  struct keeper *keeper = ctx;
  (void) offset;
  (void) total;
  pthread_barrier_wait (&keeper->barrier);
  pthread_barrier_wait (&keeper->barrier);
  return 0;
}

static void *
run_keeper (void *ctx)
{
  struct keeper *keeper = ctx;
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = keeper, .begin = keep_turn, .data = no_data };
  guard_storage_ops.read (&keeper->scene->guard, &keeper->call, &repo, "e", 0, 1, &sink);
  return NULL;
}

static void
test_waiting_ends (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.descriptor.threads = HFCORE_THREADS_SERIAL;
  scene_open (&scene, GUARD_STORAGE, false);
  scene.fake.send = send_from_inside;
  struct keeper keeper = { .scene = &scene };
  pthread_t thread;
  atomic_int cancel = 1;
  uint64_t length;
  void *lock;
  call_init (&keeper.call, NULL);
  pthread_barrier_init (&keeper.barrier, NULL, 2);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, run_keeper, &keeper), 0);
  pthread_barrier_wait (&keeper.barrier);
  scene.call.cancel = &cancel;
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &length), HFCORE_E_CANCELLED);
  pthread_barrier_wait (&keeper.barrier);
  pthread_join (thread, NULL);
  CU_ASSERT_EQUAL_FATAL (pthread_create (&thread, NULL, run_keeper, &keeper), 0);
  pthread_barrier_wait (&keeper.barrier);
  scene.call.cancel = NULL;
  scene.call.deadline_ms = clock_now_ms () + 20;
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &length), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (STORAGE (scene, lock, &repo, "k", &lock), HFCORE_E_BUSY);
  CHECK_STRING (scene.call.error.message, "the lock is held elsewhere");
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
  pthread_barrier_wait (&keeper.barrier);
  pthread_join (thread, NULL);
  pthread_barrier_destroy (&keeper.barrier);
  CU_ASSERT_EQUAL (scene.fake.entered, 2);
}

static int
commit_from_inside (void *ctx, uint64_t offset, uint64_t total)
{
  struct scene *scene = ctx;
  (void) offset;
  (void) total;
  return STORAGE (*scene, commit, &token, 1);
}

static void
test_commit_always_ends_its_writer (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.descriptor.threads = HFCORE_THREADS_SERIAL;
  scene_open (&scene, GUARD_STORAGE, false);
  scene.fake.send = send_from_inside;
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &scene, .begin = commit_from_inside, .data = no_data };
  CU_ASSERT_EQUAL (STORAGE (scene, read, &repo, "e", 0, 1, &sink), HFCORE_E_BUSY);
  CU_ASSERT_EQUAL (scene.fake.abandoned, 1);
}

static void
test_lock_until_deadline (void)
{
  for (int threads = HFCORE_THREADS_SERIAL; threads <= HFCORE_THREADS_PARALLEL; threads++)
    {
      __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
      scene.module.descriptor.threads = threads;
      scene_open (&scene, GUARD_STORAGE, false);
      void *lock;
      scene.fake.result = HFCORE_E_BUSY;
      scene.call.deadline_ms = 1;
      CU_ASSERT_EQUAL (STORAGE (scene, lock, &repo, "k", &lock), HFCORE_E_BUSY);
      CHECK_STRING (scene.call.error.message, "the lock is held elsewhere");
      CU_ASSERT_EQUAL (scene.call.deadline_ms, 1);
      scene.fake.result = HFCORE_OK;
      scene.fake.handle = &token;
      CU_ASSERT_EQUAL (STORAGE (scene, lock, &repo, "k", &lock), HFCORE_OK);
      CU_ASSERT_PTR_EQUAL (lock, &token);
      int entered = scene.fake.entered;
      guard_storage_ops.unlock (&scene.guard, lock);
      CU_ASSERT_EQUAL (scene.fake.entered, entered + 1);
    }
}

CHECK_MAIN ("turns", { "opened once by many", test_opened_once_by_many },
            { "serial twins", test_serial_twins },
            { "twins without guard", test_twins_without_guard },
            { "serial lock", test_serial_lock },
            { "serial, own sink", test_serial_from_its_own_sink },
            { "waiting ends", test_waiting_ends },
            { "commit ends its writer", test_commit_always_ends_its_writer },
            { "lock until deadline", test_lock_until_deadline })
