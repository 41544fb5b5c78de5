/* SPDX-License-Identifier: Apache-2.0 */
/* exec_pool.c: see exec_pool.h.  */
#include "plugins/transport-exec/exec_pool.h"

#include <time.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "plugins/transport-exec/exec_process.h"
#include "plugins/transport-exec/exec_talk.h"

#define WAIT_MS    40   /* for a process that is free, between two ticks  */
#define DISMISS_MS 500  /* for processes to end by themselves  */
#define BURY_MS    2000 /* for killed ones that hang in the system  */

int
exec_pool_init (struct exec *exec)
{
  pthread_condattr_t attributes;
  if (pthread_condattr_init (&attributes) != 0)
    return -1;
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  int failed = pthread_cond_init (&exec->given, &attributes);
  pthread_condattr_destroy (&attributes);
  if (failed)
    return -1;
  pthread_mutex_init (&exec->mutex, NULL);
  return 0;
}

/* ---- those that are killed ---- */

static void
kill_process (struct exec *exec, struct exec_process *process)
{
  if (exec_process_kill (exec, process))
    return;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&exec->mutex);
  process->next = exec->dying;
  exec->dying = process;
}

/* The mutex is held, or nobody else is there.  */
static void
bury_dying (struct exec *exec, int ms)
{
  for (struct exec_process **link = &exec->dying; *link;)
    {
      struct exec_process *process = *link, *next = process->next;
      if (exec_process_bury (process, ms))
        *link = next;
      else
        link = &process->next;
    }
}

/* ---- taking and giving ---- */

/* The mutex is held. One that has a process before one that has none.  */
static struct exec_slot *
find_free (struct exec *exec)
{
  struct exec_slot *found = NULL;
  for (size_t i = 0; i < exec->slot_count; i++)
    if (!exec->slots[i].is_taken && (!found || (exec->slots[i].process && !found->process)))
      found = &exec->slots[i];
  return found;
}

/* The mutex is held.  */
static bool
is_nested (const struct exec *exec)
{
  for (size_t i = 0; i < exec->slot_count; i++)
    if (exec->slots[i].is_taken && pthread_equal (exec->slots[i].owner, pthread_self ()))
      return true;
  return false;
}

static void
wait_a_moment (struct exec *exec)
{
  struct timespec until;
  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += WAIT_MS * 1000000L;
  if (until.tv_nsec >= 1000000000L)
    {
      until.tv_sec++;
      until.tv_nsec -= 1000000000L;
    }
  pthread_cond_timedwait (&exec->given, &exec->mutex, &until);
}

/* `*slot` is NULL: not yet.  */
static int
try_to_take (struct exec *exec, struct hfcore_call *call, struct exec_slot **slot)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&exec->mutex);
  bury_dying (exec, 0);
  *slot = find_free (exec);
  if (!*slot && is_nested (exec))
    return exec->host->fail (
        call, HFCORE_E_BUSY,
        "asked from inside another question to it, and all of its %zu processes "
        "are at work; let `processes` be more",
        exec->slot_count);
  if (!*slot)
    {
      wait_a_moment (exec);
      *slot = find_free (exec);
    }
  if (*slot)
    {
      (*slot)->is_taken = true;
      (*slot)->owner = pthread_self ();
    }
  return HFCORE_OK;
}

static void
give_slot (struct exec *exec, struct exec_slot *slot)
{
  pthread_mutex_lock (&exec->mutex);
  slot->is_taken = false;
  pthread_mutex_unlock (&exec->mutex);
  pthread_cond_signal (&exec->given);
}

void
exec_pool_give (struct exec *exec, struct exec_slot *slot, bool is_spoiled)
{
  if (slot->process && is_spoiled)
    {
      kill_process (exec, slot->process);
      slot->process = NULL;
    }
  give_slot (exec, slot);
}

/* A process that ended, or talks, while nothing was asked is no loss.  */
static int
make_ready (struct exec *exec, struct hfcore_call *call, struct exec_slot *slot)
{
  if (slot->process && !exec_process_is_idle (exec, slot->process))
    {
      exec->host->log (exec->journal, HFCORE_LOG_INFO,
                       "process %ld has ended, or says what it was not asked: another is started",
                       (long) slot->process->pid);
      kill_process (exec, slot->process);
      slot->process = NULL;
    }
  if (slot->process)
    return HFCORE_OK;
  int code = exec_process_start (exec, call, &slot->process);
  return code ? code : exec_talk_greet (exec, call, slot->process);
}

int
exec_pool_take (struct exec *exec, struct hfcore_call *call, struct exec_slot **slot)
{
  *slot = NULL;
  while (!*slot)
    {
      int code = exec->host->tick (call, 0, 0);
      if (code == HFCORE_OK)
        code = try_to_take (exec, call, slot);
      if (code != HFCORE_OK)
        return code;
    }
  int code = make_ready (exec, call, *slot);
  if (code != HFCORE_OK)
    exec_pool_give (exec, *slot, true);
  return code;
}

/* ---- the end ---- */

static bool
any_runs (const struct exec *exec)
{
  for (size_t i = 0; i < exec->slot_count; i++)
    if (exec->slots[i].process && !exec_process_has_ended (exec->slots[i].process))
      return true;
  return false;
}

void
exec_pool_close (struct exec *exec)
{
  int64_t until = clock_now_ms () + DISMISS_MS;
  for (size_t i = 0; i < exec->slot_count; i++)
    if (exec->slots[i].process)
      exec_process_dismiss (exec->slots[i].process);
  while (any_runs (exec) && clock_now_ms () < until)
    clock_sleep_ms (2);
  for (size_t i = 0; i < exec->slot_count; i++)
    if (exec->slots[i].process)
      kill_process (exec, exec->slots[i].process);
  bury_dying (exec, BURY_MS);
  pthread_cond_destroy (&exec->given);
  pthread_mutex_destroy (&exec->mutex);
}
