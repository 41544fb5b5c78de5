/* SPDX-License-Identifier: Apache-2.0 */
/* process.c: one process of a run: made, waited for, explained, and nothing of it left.  */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/contract/run.h"
#include "core/util/clock.h"
#include "core/util/text.h"

/* ---- signals ---- */

static const int ends_run[] = { SIGINT, SIGTERM, SIGHUP };

/* Those that end a run, unless they were ignored when we began.  */
static void
add_interrupts (sigset_t *set)
{
  for (size_t i = 0; i < sizeof ends_run / sizeof *ends_run; i++)
    {
      struct sigaction action;
      if (sigaction (ends_run[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset (set, ends_run[i]);
    }
}

void
process_hold_signals (struct run *run)
{
  sigset_t held;
  sigemptyset (&held);
  sigaddset (&held, SIGCHLD);
  add_interrupts (&held);
  sigprocmask (SIG_BLOCK, &held, &run->mask);
  /* Ignored, as some parents leave it, it would take our children away unseen.  */
  sigaction (SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, &run->on_child);
}

void
process_release_signals (struct run *run)
{
  sigaction (SIGCHLD, &run->on_child, NULL);
  sigprocmask (SIG_SETMASK, &run->mask, NULL);
}

/* ---- in the child ---- */

static void
settle (const struct contract *contract, pid_t parent)
{
  const struct run *run = contract->run;
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (1);
  /* Results are the parent's: what a plugin prints joins the messages.  */
  int nothing = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0)
    dup2 (nothing, STDIN_FILENO);
  dup2 (STDERR_FILENO, STDOUT_FILENO);
  close (nothing);
  signal (SIGCHLD, SIG_DFL);
  verdict_watch (contract);
  sigprocmask (SIG_SETMASK, &run->mask, NULL);
}

/* ---- in the parent ---- */

/* Until the child has ended; it is not reaped yet. False: the time is over, or we were told to
 * stop.  */
static bool
wait_for_end (pid_t child, uint32_t timeout_ms, struct ending *ending)
{
  const int64_t until = clock_now_ms () + timeout_ms;
  sigset_t awaited;
  sigemptyset (&awaited);
  sigaddset (&awaited, SIGCHLD);
  add_interrupts (&awaited);
  for (;;)
    {
      siginfo_t info = { .si_pid = 0 };
      if (waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid)
        return true;
      int64_t left = until - clock_now_ms ();
      if (left <= 0)
        {
          ending->timed_out = true;
          return false;
        }
      struct timespec wait = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L };
      int signal = sigtimedwait (&awaited, NULL, &wait);
      if (signal > 0 && signal != SIGCHLD)
        {
          ending->interrupted = true;
          return false;
        }
    }
}

int
process_run (struct run *run, void (*work) (struct contract *contract), struct contract *contract,
             struct ending *ending)
{
  const int64_t began = clock_now_ms ();
  const pid_t parent = getpid ();
  *ending = (struct ending){ .status = 0 };
  atomic_store (&run->report->op, NULL);
  atomic_store (&run->report->state, REPORT_OPEN);
  fflush (NULL);
  pid_t child = fork ();
  if (child == 0)
    {
      settle (contract, parent);
      work (contract);
      verdict_end (run->report, CONTRACT_PASSED, NULL, "");
    }
  int failed = errno;
  if (child > 0)
    {
      setpgid (child, child);
      wait_for_end (child, run->timeout_ms, ending);
      kill (-child, SIGKILL);
      while (waitpid (child, &ending->status, 0) < 0 && errno == EINTR)
        continue;
    }
  ending->duration_ms = (uint32_t) (clock_now_ms () - began);
  errno = failed;
  return child < 0 ? -1 : 0;
}

/* ---- what there is to say ---- */

void
process_explain (const struct contract *contract, const struct ending *ending)
{
  struct report *report = contract->run->report;
  const char *op = atomic_load (&report->op);
  unsigned rule = 9;
  char what[256];
  struct verdict_words words;
  if (atomic_load (&report->state) == REPORT_SAID)
    return;
  if (ending->timed_out)
    {
      rule = 10;
      snprintf (what, sizeof what, "did not come back within %g s; last op: %s",
                contract->run->timeout_ms / 1000.0, op ? op : "none");
    }
  else if (WIFSIGNALED (ending->status))
    snprintf (what, sizeof what, "was killed by signal %d; last op: %s", WTERMSIG (ending->status),
              op ? op : "none");
  else
    snprintf (what, sizeof what, "ended the process (exit status %d); last op: %s",
              WEXITSTATUS (ending->status), op ? op : "none");
  verdict_broken (contract, rule, what, &words);
  report->verdict = CONTRACT_FAILED;
  text_one_line (report->text, sizeof report->text, words.text);
  snprintf (report->rule, sizeof report->rule, "%s", words.rule);
  atomic_store (&report->state, REPORT_SAID);
}

/* ---- processes of a case ---- */

int
contract_in_child (struct contract *contract, void (*run) (struct contract *contract))
{
  fflush (NULL);
  pid_t child = fork ();
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      run (contract);
      _exit (0);
    }
  int status = 0;
  while (child > 0 && waitpid (child, &status, 0) < 0 && errno == EINTR)
    continue;
  if (child < 0)
    contract_skip (contract, "no process could be made: %s", strerror (errno));
  /* It has said what is to be said.  */
  if (atomic_load (&contract->run->report->state) != REPORT_OPEN)
    verdict_end (contract->run->report, CONTRACT_FAILED, NULL, "");
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}
