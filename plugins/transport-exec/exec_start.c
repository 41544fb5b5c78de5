/* SPDX-License-Identifier: Apache-2.0 */
/* exec_start.c: how a process of the program begins; see exec_process.h.
 *
 * It has three descriptors and none of ours, no signal blocked or ignored, "/" to work in, and the
 * environment of exec_program.h. posix_spawn does this safely from any thread.  */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "plugins/transport-exec/exec_process.h"

/* Ours and its ends of the three; -1: closed.  */
struct ends
{
  int ours[3];
  int its[3];
};

static void
close_ends (struct ends *ends)
{
  for (int i = 0; i < 3; i++)
    {
      cleanup_close (&ends->ours[i]);
      cleanup_close (&ends->its[i]);
    }
}

/* A descriptor that is not among the standard ones, which a host may have closed: they are what the
 * program's are put on, one after the other.  */
static int
move_up (int *fd)
{
  if (*fd > STDERR_FILENO)
    return 0;
  int moved = fcntl (*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0)
    return -1;
  close (*fd);
  *fd = moved;
  return 0;
}

static int
open_ends (struct ends *ends)
{
  for (int i = 0; i < 3; i++)
    {
      int pair[2];
      if (i == STDIN_FILENO ? socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0
                            : pipe2 (pair, O_CLOEXEC) < 0)
        return -1;
      ends->ours[i] = pair[0];
      ends->its[i] = pair[1];
      if (move_up (&ends->ours[i]) < 0 || move_up (&ends->its[i]) < 0
          || fcntl (ends->ours[i], F_SETFL, O_NONBLOCK) < 0)
        return -1;
    }
  return 0;
}

/* All return an errno, as posix_spawn does.  */

static int
add_actions (posix_spawn_file_actions_t *actions, const struct ends *ends)
{
  int error = 0;
  for (int i = 0; i < 3 && !error; i++)
    error = posix_spawn_file_actions_adddup2 (actions, ends->its[i], i);
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 34)
  /* Those of a program that uses the library may not be close-on-exec.  */
  if (!error)
    error = posix_spawn_file_actions_addclosefrom_np (actions, STDERR_FILENO + 1);
#endif
  return error ? error : posix_spawn_file_actions_addchdir_np (actions, "/");
}

static int
set_attributes (posix_spawnattr_t *attributes)
{
  sigset_t none, all;
  sigemptyset (&none);
  sigfillset (&all);
  int error = posix_spawnattr_setflags (attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                                        | POSIX_SPAWN_SETSIGDEF);
  if (!error)
    error = posix_spawnattr_setpgroup (attributes, 0);
  if (!error)
    error = posix_spawnattr_setsigmask (attributes, &none);
  return error ? error : posix_spawnattr_setsigdefault (attributes, &all);
}

/* `real`: what was looked at. It hears of the path that was given.  */
static int
spawn (const struct exec_program *program, const char *real, const struct ends *ends, pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init (&actions);
  if (error)
    return error;
  error = posix_spawnattr_init (&attributes);
  if (!error)
    {
      error = add_actions (&actions, ends);
      if (!error)
        error = set_attributes (&attributes);
      if (!error)
        error = posix_spawn (pid, real, &actions, &attributes, (char *const *) program->arguments,
                             program->environment);
      posix_spawnattr_destroy (&attributes);
    }
  posix_spawn_file_actions_destroy (&actions);
  return error;
}

static int
fail (struct exec *exec, struct hfcore_call *call, int os_errno)
{
  char room[128];
  bool passes = os_errno == EAGAIN || os_errno == EMFILE || os_errno == ENFILE
                || os_errno == ENOBUFS || os_errno == ETXTBSY;
  int code = os_errno == ENOMEM ? HFCORE_E_NOMEM : passes ? HFCORE_E_RETRY : HFCORE_E_CONFIG;
  exec->host->fail (call, code, "cannot run the program %s: %s%s", exec->program.path,
                    strerror_r (os_errno, room, sizeof room),
                    os_errno == ENOENT ? " (is the interpreter in its first line there?)" : "");
  exec->host->why (call, os_errno, 0, 0, 0);
  return code;
}

int
exec_process_start (struct exec *exec, struct hfcore_call *call, struct exec_process **started)
{
  __attribute__ ((cleanup (close_ends))) struct ends ends
      = { .ours = { -1, -1, -1 }, .its = { -1, -1, -1 } };
  CLEANUP_FREE struct exec_process *process = calloc (1, sizeof *process);
  CLEANUP_FREE char *bytes = malloc (EXEC_LINE_MAX);
  if (!process || !bytes)
    return fail (exec, call, ENOMEM);
  CLEANUP_FREE char *real = NULL;
  int code = exec_program_check (&exec->program, exec->host, call, &real);
  if (code != HFCORE_OK)
    return code;
  int error = open_ends (&ends) < 0 ? errno : spawn (&exec->program, real, &ends, &process->pid);
  if (error)
    return fail (exec, call, error);
  process->to = TAKE_FD (ends.ours[STDIN_FILENO]);
  process->from = TAKE_FD (ends.ours[STDOUT_FILENO]);
  process->errors = TAKE_FD (ends.ours[STDERR_FILENO]);
  process->bytes = TAKE_PTR (bytes);
  *started = TAKE_PTR (process);
  return HFCORE_OK;
}
