/* SPDX-License-Identifier: Apache-2.0 */
/* exec_process.c: see exec_process.h.  */
#include "plugins/transport-exec/exec_process.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/text.h"

#define SLICE_MS       40   /* between two ticks  */
#define KILL_MS        40   /* until a killed process is left to be waited for later  */
#define LAST_BREATH_MS 400  /* between the end of its output and its own  */
#define WORDS_MAX      1000 /* lines of stderr that one process may have in the log  */

/* ---- what it says on stderr ---- */

static void
tell_words (struct exec *exec, struct exec_process *process)
{
  process->words[process->words_len] = 0;
  process->words_len = 0;
  text_one_line (process->last_words, sizeof process->last_words, process->words);
  if (!process->words[0] || process->words_told > WORDS_MAX)
    return;
  process->words_told++;
  if (process->words_told <= WORDS_MAX)
    exec->host->log (exec->journal, HFCORE_LOG_INFO, "process %ld: %s", (long) process->pid,
                     process->words);
  else
    exec->host->log (exec->journal, HFCORE_LOG_WARNING,
                     "process %ld said %d lines on stderr; the others are not told",
                     (long) process->pid, WORDS_MAX);
}

/* What there is now, at most a few lines. False: nothing.  */
static bool
take_words (struct exec *exec, struct exec_process *process)
{
  char bytes[4096];
  ssize_t got = process->errors < 0 ? -1 : read (process->errors, bytes, sizeof bytes);
  if (got == 0)
    {
      close (process->errors);
      process->errors = -1;
    }
  for (ssize_t i = 0; i < got; i++)
    if (bytes[i] == '\n')
      tell_words (exec, process);
    else if (process->words_len < sizeof process->words - 1)
      process->words[process->words_len++] = bytes[i] ? bytes[i] : '?';
  return got > 0;
}

/* The last of it, from a process that says no more.  */
static void
take_last_words (struct exec *exec, struct exec_process *process)
{
  for (int i = 0; i < 64 && take_words (exec, process); i++)
    continue;
  if (process->words_len)
    tell_words (exec, process);
}

/* ---- how it ends ---- */

enum life
{
  LIFE_RUNS,
  LIFE_ENDED, /* and nobody has waited for it: its id, and that of its group, are still its own  */
  LIFE_LOST   /* somebody else in this program has waited for it  */
};

/* `info` (or NULL): how it ended.  */
static enum life
look_at_life (const struct exec_process *process, siginfo_t *info)
{
  siginfo_t room;
  info = info ? info : &room;
  info->si_pid = 0;
  int result;
  do
    result = waitid (P_PID, (id_t) process->pid, info, WEXITED | WNOHANG | WNOWAIT);
  while (result < 0 && errno == EINTR);
  return result < 0 ? LIFE_LOST : info->si_pid ? LIFE_ENDED : LIFE_RUNS;
}

bool
exec_process_has_ended (const struct exec_process *process)
{
  return look_at_life (process, NULL) != LIFE_RUNS;
}

static void
describe_end (const struct exec_process *process, char *text, size_t room)
{
  siginfo_t info;
  enum life life = look_at_life (process, &info);
  if (life == LIFE_ENDED && info.si_code == CLD_EXITED)
    snprintf (text, room, "ended with exit status %d", info.si_status);
  else if (life == LIFE_ENDED)
    snprintf (text, room, "was ended by signal %d", info.si_status);
  else
    snprintf (text, room, "%s", life == LIFE_RUNS ? "closed its output" : "is gone");
}

/* Its output is at its end.  */
static int
fail_ended (struct exec_wait *wait)
{
  struct exec_process *process = wait->process;
  const struct hfcore_host *host = wait->exec->host;
  char how[128];
  int64_t until = clock_now_ms () + LAST_BREATH_MS;
  while (!exec_process_has_ended (process) && clock_now_ms () < until)
    {
      int code = host->tick (wait->call, wait->done, wait->total);
      if (code)
        return code;
      clock_sleep_ms (2);
    }
  take_last_words (wait->exec, process);
  describe_end (process, how, sizeof how);
  return host->fail (wait->call, HFCORE_E_RETRY,
                     "the program %s %s before its answer was complete%s%s",
                     wait->exec->program.path, how, process->last_words[0] ? ": " : "",
                     process->last_words);
}

static void
process_free (struct exec_process *process)
{
  cleanup_close (&process->to);
  cleanup_close (&process->from);
  cleanup_close (&process->errors);
  free (process->bytes);
  free (process);
}

bool
exec_process_bury (struct exec_process *process, int ms)
{
  int64_t until = clock_now_ms () + ms;
  for (;;)
    {
      pid_t waited = waitpid (process->pid, NULL, WNOHANG);
      if (waited == process->pid || (waited < 0 && errno != EINTR))
        {
          process_free (process);
          return true;
        }
      if (clock_now_ms () >= until)
        return false;
      clock_sleep_ms (1);
    }
}

bool
exec_process_kill (struct exec *exec, struct exec_process *process)
{
  /* As long as nobody has waited for it, no other process and no other group can have its id.  */
  if (look_at_life (process, NULL) != LIFE_LOST)
    kill (-process->pid, SIGKILL);
  take_last_words (exec, process);
  return exec_process_bury (process, KILL_MS);
}

void
exec_process_dismiss (struct exec_process *process)
{
  cleanup_close (&process->to);
  process->to = -1;
}

/* ---- talking ---- */

static int
fail_io (struct exec_wait *wait, const char *doing)
{
  int os_errno = errno;
  char room[128];
  wait->exec->host->fail (wait->call, HFCORE_E_IO, "cannot %s the program %s: %s", doing,
                          wait->exec->program.path, strerror_r (os_errno, room, sizeof room));
  wait->exec->host->why (wait->call, os_errno, 0, 0, 0);
  return HFCORE_E_IO;
}

static int
fail_silent (struct exec_wait *wait, bool is_at_work)
{
  struct exec_process *process = wait->process;
  take_last_words (wait->exec, process);
  wait->exec->host->fail (wait->call, HFCORE_E_RETRY,
                          "the program %s said nothing %sfor %" PRId64 " ms and was killed%s%s",
                          wait->exec->program.path, is_at_work ? "but that it is at work " : "",
                          wait->exec->timeout_ms * (is_at_work ? EXEC_PATIENCE : 1),
                          process->last_words[0] ? "; its last words: " : "", process->last_words);
  wait->exec->host->why (wait->call, ETIMEDOUT, 0, 0, 0);
  return HFCORE_E_RETRY;
}

/* Until its stdout has something, or its stdin takes something. A process that has ended may have
 * left its pipes to others, who keep them open.  */
static int
wait_until_ready (struct exec_wait *wait, bool to_write)
{
  struct exec_process *process = wait->process;
  int64_t start = clock_now_ms ();
  for (;;)
    {
      struct pollfd fds[] = { { .fd = to_write ? process->to : process->from,
                                .events = to_write ? POLLOUT : POLLIN },
                              { .fd = process->errors, .events = POLLIN } };
      int code = wait->exec->host->tick (wait->call, wait->done, wait->total);
      if (code)
        return code;
      if ((clock_now_ms () - wait->since_ms) / EXEC_PATIENCE >= wait->exec->timeout_ms)
        return fail_silent (wait, true);
      int ready = poll (fds, 2, SLICE_MS);
      if (ready < 0 && errno != EINTR)
        return fail_io (wait, "wait for");
      if (ready > 0 && fds[1].revents)
        take_words (wait->exec, process);
      if (ready > 0 && fds[0].revents)
        return HFCORE_OK;
      /* Its last bytes may have come since.  */
      if (ready == 0 && exec_process_has_ended (process))
        return poll (fds, 1, 0) > 0 ? HFCORE_OK : fail_ended (wait);
      if (clock_now_ms () - start >= wait->exec->timeout_ms)
        return fail_silent (wait, false);
    }
}

int
exec_process_send (struct exec_wait *wait, const char *bytes, size_t len)
{
  while (len)
    {
      ssize_t sent = send (wait->process->to, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
      int code = HFCORE_OK;
      if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
        code = fail_ended (wait);
      else if (sent < 0 && errno != EAGAIN && errno != EINTR)
        code = fail_io (wait, "ask");
      else if (sent < 0)
        code = wait_until_ready (wait, true);
      if (code)
        return code;
      bytes += sent > 0 ? sent : 0;
      len -= sent > 0 ? (size_t) sent : 0;
    }
  return HFCORE_OK;
}

int
exec_process_fill (struct exec_wait *wait)
{
  struct exec_process *process = wait->process;
  if (process->start)
    memmove (process->bytes, process->bytes + process->start, process->end - process->start);
  process->end -= process->start;
  process->start = 0;
  for (;;)
    {
      int code = wait_until_ready (wait, false);
      if (code)
        return code;
      ssize_t got
          = read (process->from, process->bytes + process->end, EXEC_LINE_MAX - process->end);
      if (got == 0)
        return fail_ended (wait);
      if (got < 0 && errno != EAGAIN && errno != EINTR)
        return fail_io (wait, "hear");
      if (got > 0)
        {
          process->end += (size_t) got;
          return HFCORE_OK;
        }
    }
}

bool
exec_process_is_idle (struct exec *exec, struct exec_process *process)
{
  struct pollfd from = { .fd = process->from, .events = POLLIN };
  take_words (exec, process);
  return process->start == process->end && poll (&from, 1, 0) == 0
         && !exec_process_has_ended (process);
}
