/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-serial: a SERIAL storage that finds out when two calls are inside at once.
 *   stat       stays inside for a moment, or until another call is inside too: then CORRUPT
 *   lock       waits inside until the lock is free; its holder must get in to let it go  */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "tests/support/plugins/bare.h"

enum
{
  STAY_MS = 5
};

struct serial
{
  const struct hfcore_host *host;
  atomic_int inside;
  int held; /* not atomic: the guard is what protects it  */
};

static int
serial_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct serial *serial = calloc (1, sizeof *serial);
  if (!serial)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  serial->host = open->host;
  *self = serial;
  return HFCORE_OK;
}

static void
serial_close (void *self)
{
  free (self);
}

static int64_t
now_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
serial_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t *length)
{
  struct serial *serial = self;
  (void) repo;
  (void) etag;
  const int64_t until = now_ms () + STAY_MS;
  int others = atomic_fetch_add (&serial->inside, 1);
  while (!others && now_ms () < until)
    {
      sched_yield ();
      others = atomic_load (&serial->inside) - 1;
    }
  atomic_fetch_sub (&serial->inside, 1);
  if (others)
    return serial->host->fail (call, HFCORE_E_CORRUPT, "another call is inside");
  *length = 1;
  return HFCORE_OK;
}

static int
serial_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
             void **lock)
{
  struct serial *serial = self;
  (void) repo;
  (void) key;
  while (serial->held)
    {
      int stop = serial->host->tick (call, 0, 0);
      if (stop)
        return stop;
      sched_yield ();
    }
  serial->held = 1;
  *lock = &serial->held;
  return HFCORE_OK;
}

static void
serial_unlock (void *self, void *lock)
{
  (void) self;
  *(int *) lock = 0;
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS,
                                               .open = serial_open,
                                               .close = serial_close,
                                               .stat = serial_stat,
                                               .ref_get = bare_ref_get,
                                               .file_get = bare_file_get,
                                               BARE_WRITE_OPS,
                                               .lock = serial_lock,
                                               .unlock = serial_unlock };

HFCORE_PLUGIN_DEFINE (.name = "test-serial", .version = "1", .summary = "One call at a time",
                      .storage = &ops);
