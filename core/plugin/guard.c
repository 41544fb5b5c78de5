/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: see guard.h and guard_visit.h: what the guards of all kinds share.  */
#include "core/plugin/guard.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "core/plugin/guard_visit.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  TURN_SLICE_MS = 50 /* how often a thread that waits for its turn looks whether to stop  */
};

static const char *
result_name (int code)
{
  static const char *const names[] = { "OK",       "NOTFOUND",  "RETRY",       "DOWN",     "AUTH",
                                       "CORRUPT",  "CANCELLED", "NOSPACE",     "READONLY", "BUSY",
                                       "CONFLICT", "CONFIG",    "UNSUPPORTED", "NOMEM",    "IO" };
  if (code == HFCORE_PASS)
    return "PASS";
  return code <= HFCORE_OK && code >= HFCORE_E_IO ? names[-code] : "stopped by its caller";
}

/* ---- instances ---- */

void
guard_init (struct guard *guard, enum guard_kind kind, const struct loader_module *module,
            const char *name, bool read_only, const struct host_log *log)
{
  *guard = (struct guard){ .module = module, .name = name, .kind = kind, .read_only = read_only };
  char origin[256];
  snprintf (origin, sizeof origin, "%s (%s)", name, module->name);
  text_one_line (guard->origin, sizeof guard->origin, origin);
  guard->serial = module->descriptor.threads != HFCORE_THREADS_PARALLEL;
  guard->journal = (struct hfcore_journal){ .log = log, .instance = name };
  if (kind == GUARD_STORAGE)
    guard->caps = guard_storage_usable (&module->storage, read_only);
  else if (kind == GUARD_TRANSPORT)
    guard->caps = guard_transport_usable (&module->transport);
  else
    guard->caps = module->assets.caps;
  pthread_condattr_t attributes;
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init (&guard->mutex, NULL);
  pthread_cond_init (&guard->free, &attributes);
  pthread_condattr_destroy (&attributes);
}

int
guard_open (struct guard *self, struct hfcore_call *call, const struct hfcore_open *open)
{
  const struct loader_module *module = self->module;
  int (*plugin_open) (void **, struct hfcore_call *, const struct hfcore_open *)
      = self->kind == GUARD_STORAGE     ? module->storage.open
        : self->kind == GUARD_TRANSPORT ? module->transport.open
                                        : module->assets.open;
  GUARD_VISIT (visit, "open", NULL, 0);
  int code = guard_enter (&visit, plugin_open != NULL);
  if (code)
    return code;
  code = guard_leave (&visit, plugin_open (&self->self, call, open));
  self->opened = code == HFCORE_OK;
  return code;
}

void
guard_free (struct guard *guard)
{
  const struct loader_module *module = guard->module;
  void (*plugin_close) (void *) = guard->kind == GUARD_STORAGE     ? module->storage.close
                                  : guard->kind == GUARD_TRANSPORT ? module->transport.close
                                                                   : module->assets.close;
  if (guard->opened && plugin_close)
    plugin_close (guard->self);
  guard->opened = false;
  pthread_cond_destroy (&guard->free);
  pthread_mutex_destroy (&guard->mutex);
}

uint32_t
guard_caps_now (struct guard *guard, uint32_t (*plugin_caps_now) (void *self))
{
  if (!plugin_caps_now)
    return guard->caps;
  bool taken = guard_take_turn (guard);
  uint32_t caps = plugin_caps_now (guard->self);
  guard_end_turn (guard, taken);
  return guard->caps & caps;
}

/* ---- turns ---- */

static bool
has_turn_locked (const struct guard *guard)
{
  return guard->taken && pthread_equal (guard->owner, pthread_self ());
}

static void
take_locked (struct guard *guard)
{
  guard->taken = true;
  guard->owner = pthread_self ();
}

bool
guard_take_turn (struct guard *guard)
{
  if (!guard->serial)
    return false;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&guard->mutex);
  if (has_turn_locked (guard))
    return false;
  while (guard->taken)
    pthread_cond_wait (&guard->free, &guard->mutex);
  take_locked (guard);
  return true;
}

void
guard_end_turn (struct guard *guard, bool taken)
{
  if (!taken)
    return;
  pthread_mutex_lock (&guard->mutex);
  guard->taken = false;
  pthread_mutex_unlock (&guard->mutex);
  pthread_cond_signal (&guard->free);
}

/* Wait for a moment. True: it is our turn.  */
static bool
try_turn (struct guard *guard)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += TURN_SLICE_MS * 1000000L;
  if (until.tv_nsec >= 1000000000L)
    {
      until.tv_sec++;
      until.tv_nsec -= 1000000000L;
    }
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&guard->mutex);
  int late = 0;
  while (guard->taken && !late)
    late = pthread_cond_timedwait (&guard->free, &guard->mutex, &until);
  if (guard->taken)
    return false;
  take_locked (guard);
  return true;
}

enum turn
{
  TURN_OURS,
  TURN_NESTED, /* ours already, further out  */
  TURN_OTHERS
};

static enum turn
look_for_turn (struct guard *guard)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&guard->mutex);
  if (guard->taken)
    return has_turn_locked (guard) ? TURN_NESTED : TURN_OTHERS;
  take_locked (guard);
  return TURN_OURS;
}

/* As guard_take_turn, but cancel and deadline of the call end the wait.  */
static int
wait_for_turn (struct guard_visit *visit)
{
  enum turn turn = look_for_turn (visit->guard);
  if (turn == TURN_NESTED)
    return call_fail (visit->call, HFCORE_E_BUSY, "%s: called from inside another call to it",
                      visit->op);
  while (turn == TURN_OTHERS)
    {
      int code = call_tick (visit->call, 0, 0);
      if (code)
        return code;
      if (try_turn (visit->guard))
        turn = TURN_OURS;
    }
  return HFCORE_OK;
}

/* ---- visits ---- */

static int
refuse (struct guard_visit *visit, int code, const char *why)
{
  struct hfcore_call *call = visit->call;
  const char *outer = call->origin;
  call->origin = visit->guard->origin;
  call_fail (call, code, "%s: %s", visit->op, why);
  call->origin = outer;
  return code;
}

int
guard_enter (struct guard_visit *visit, bool present)
{
  struct guard *guard = visit->guard;
  if ((visit->flags & GUARD_WRITES) && guard->read_only)
    return refuse (visit, HFCORE_E_READONLY, "this instance is configured read-only");
  if (!present)
    return refuse (visit, HFCORE_E_UNSUPPORTED, "the plugin does not do that");
  int code = guard->serial ? wait_for_turn (visit) : HFCORE_OK;
  if (code)
    return code;
  visit->outer_origin = visit->call->origin;
  visit->call->origin = guard->origin;
  visit->recorded = visit->call->recorded;
  return HFCORE_OK;
}

static bool
has_said_why (const struct guard_visit *visit)
{
  return visit->call->recorded != visit->recorded && visit->call->error.code != HFCORE_OK;
}

static void
log_fault (struct guard_visit *visit, const char *what)
{
  host_table.log (&visit->guard->journal, HFCORE_LOG_WARNING,
                  "this is a fault of the plugin %s: %s %s", visit->guard->module->name, visit->op,
                  what);
}

int
guard_fault (struct guard_visit *visit, const char *what)
{
  log_fault (visit, what);
  return call_fail (visit->call, HFCORE_E_IO, "fault of the plugin: %s %s", visit->op, what);
}

/* The sink said stop: what the plugin returns and records after that counts for nothing.  */
static int
stopped_by_sink (struct guard_visit *visit, int code)
{
  const struct guard_sink *sink = visit->sink;
  if (code != sink->code)
    {
      char what[96];
      snprintf (what, sizeof what, "returned %d after its sink had returned %d", code, sink->code);
      log_fault (visit, what);
    }
  visit->call->error = sink->error;
  return sink->code;
}

static int
checked (struct guard_visit *visit, int code)
{
  struct hfcore_call *call = visit->call;
  if (code == HFCORE_OK || (code == HFCORE_PASS && (visit->flags & GUARD_MAY_PASS)))
    {
      if (call->recorded != visit->recorded)
        call_forget (call);
      return code;
    }
  if (code > HFCORE_OK || code < HFCORE_E_IO)
    {
      char what[64];
      snprintf (what, sizeof what, "returned %d, which means nothing", code);
      if (!has_said_why (visit))
        return guard_fault (visit, what);
      log_fault (visit, what);
      return call->error.code = HFCORE_E_IO;
    }
  if (code == HFCORE_E_CANCELLED && call->stopped == HFCORE_E_RETRY)
    code = HFCORE_E_RETRY;
  if (!has_said_why (visit))
    return call_fail (call, code, "%s failed and the plugin did not say why (%s)", visit->op,
                      result_name (code));
  return call->error.code = code;
}

int
guard_leave (struct guard_visit *visit, int code)
{
  struct guard *guard = visit->guard;
  if (visit->sink && visit->sink->code)
    code = stopped_by_sink (visit, code);
  else
    code = checked (visit, code);
  visit->call->origin = visit->outer_origin;
  guard_end_turn (guard, guard->serial);
  if (!(visit->flags & GUARD_QUIET) && host_log_wants (guard->journal.log, HFCORE_LOG_DEBUG))
    host_table.log (&guard->journal, HFCORE_LOG_DEBUG, "%s%s%s: %s", visit->op,
                    visit->subject ? " " : "", visit->subject ? visit->subject : "",
                    result_name (code));
  return code;
}
