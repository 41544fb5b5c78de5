/* SPDX-License-Identifier: Apache-2.0 */
/* hasher.c: see hasher.h.  */
#include "core/engine/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include "core/engine/engine.h"
#include "core/util/cleanup.h"

enum
{
  READ_BYTES = 256 << 10,
  LAG_MOST = 64 << 20, /* how far hashing may be behind  */
  TICK_MS = 50
};

struct hasher
{
  struct hasher_ask ask;
  pthread_t thread;
  pthread_mutex_t mutex; /* of all below  */
  pthread_cond_t moved;
  uint64_t front, hashed;
  bool is_last;            /* the front moves no more  */
  bool is_over;            /* the thread is to end  */
  int code;                /* what it failed with  */
  struct hfcore_call call; /* of the thread; read by others when `code` is set  */
};

/* Bytes to be hashed now; 0: no more.  */
static uint64_t
wait_for_bytes (struct hasher *hasher)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&hasher->mutex);
  /* Small reads cost more than they bring, but for the last.  */
  while (!hasher->is_over && !hasher->is_last && hasher->front - hasher->hashed < READ_BYTES)
    pthread_cond_wait (&hasher->moved, &hasher->mutex);
  return hasher->is_over ? 0 : hasher->front - hasher->hashed;
}

static int
hash_piece (struct hasher *hasher, char *room, uint64_t offset, size_t len)
{
  const struct hfcore_storage *storage = hasher->ask.storage;
  size_t got = 0;
  int code = storage->ops->read_back (storage->self, &hasher->call, hasher->ask.writer, offset,
                                      room, len, &got);
  if (code == HFCORE_OK && got != len)
    code = call_fail (&hasher->call, HFCORE_E_IO, "what was written cannot be read back");
  if (code == HFCORE_OK && digest_update (hasher->ask.digest, room, len) < 0)
    code = call_fail (&hasher->call, HFCORE_E_IO, "libcrypto failed");
  return code;
}

static void *
follow (void *hasher_)
{
  struct hasher *hasher = hasher_;
  CLEANUP_FREE char *room = malloc (READ_BYTES);
  int code = room ? HFCORE_OK : call_fail (&hasher->call, HFCORE_E_NOMEM, "out of memory");
  uint64_t ready;
  while (code == HFCORE_OK && (ready = wait_for_bytes (hasher)) > 0)
    {
      size_t len = ready < READ_BYTES ? (size_t) ready : READ_BYTES;
      code = hash_piece (hasher, room, hasher->hashed, len);
      ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&hasher->mutex);
      hasher->hashed += code == HFCORE_OK ? len : 0;
      pthread_cond_broadcast (&hasher->moved);
    }
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&hasher->mutex);
  hasher->code = code;
  hasher->is_over = true;
  pthread_cond_broadcast (&hasher->moved);
  return NULL;
}

int
hasher_start (const struct hasher_ask *ask, struct hasher **hasher_)
{
  struct hasher *hasher = calloc (1, sizeof *hasher);
  if (!hasher)
    return HFCORE_PASS;
  hasher->ask = *ask;
  hasher->front = hasher->hashed = ask->from;
  engine_call_within (ask->call, &hasher->call);
  hasher->call.progress = NULL; /* that is for the other thread  */
  pthread_condattr_t monotonic;
  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init (&hasher->moved, &monotonic);
  pthread_condattr_destroy (&monotonic);
  pthread_mutex_init (&hasher->mutex, NULL);
  if (pthread_create (&hasher->thread, NULL, follow, hasher) == 0)
    {
      *hasher_ = hasher;
      return HFCORE_OK;
    }
  pthread_cond_destroy (&hasher->moved);
  pthread_mutex_destroy (&hasher->mutex);
  call_done (&hasher->call);
  free (hasher);
  return HFCORE_PASS;
}

static void
wait_a_moment (struct hasher *hasher)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += (long) TICK_MS * 1000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait (&hasher->moved, &hasher->mutex, &until);
}

/* Until no more than `lag` bytes are to be hashed.  */
static int
catch_up (struct hasher *hasher, struct hfcore_call *call, uint64_t lag)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&hasher->mutex);
  while (!hasher->is_over && hasher->front - hasher->hashed > lag)
    {
      int code = call_tick (call, 0, 0);
      if (code)
        return code;
      wait_a_moment (hasher);
    }
  return hasher->code ? call_adopt_error (call, &hasher->call) : HFCORE_OK;
}

int
hasher_advance (struct hasher *hasher, struct hfcore_call *call, uint64_t front)
{
  pthread_mutex_lock (&hasher->mutex);
  bool was_waiting = hasher->front - hasher->hashed < READ_BYTES;
  hasher->front = front;
  bool is_far = front - hasher->hashed > LAG_MOST || hasher->is_over;
  if (was_waiting && front - hasher->hashed >= READ_BYTES)
    pthread_cond_broadcast (&hasher->moved);
  pthread_mutex_unlock (&hasher->mutex);
  return is_far ? catch_up (hasher, call, LAG_MOST) : HFCORE_OK;
}

static void
end (struct hasher *hasher)
{
  pthread_mutex_lock (&hasher->mutex);
  hasher->is_over = true;
  pthread_cond_broadcast (&hasher->moved);
  pthread_mutex_unlock (&hasher->mutex);
  pthread_join (hasher->thread, NULL);
  pthread_cond_destroy (&hasher->moved);
  pthread_mutex_destroy (&hasher->mutex);
  call_done (&hasher->call);
  free (hasher);
}

int
hasher_join (struct hasher *hasher, struct hfcore_call *call)
{
  pthread_mutex_lock (&hasher->mutex);
  hasher->is_last = true;
  pthread_cond_broadcast (&hasher->moved);
  pthread_mutex_unlock (&hasher->mutex);
  int code = catch_up (hasher, call, 0);
  end (hasher);
  return code;
}

void
hasher_stop (struct hasher *hasher)
{
  if (hasher)
    end (hasher);
}
