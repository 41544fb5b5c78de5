/* SPDX-License-Identifier: Apache-2.0 */
/* process.c: see process.h.  */
#include "tests/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static int
wait_for (pid_t child)
{
  int status;
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

int
test_in_child (int (*run) (void *ctx), void *ctx)
{
  pid_t child = fork ();
  if (child == 0)
    _exit (run (ctx));
  return child < 0 ? -1 : wait_for (child);
}

struct errand
{
  int (*run) (void *ctx);
  void *ctx;
};

static int
run_as_nobody (void *errand_)
{
  struct errand *errand = errand_;
  if (geteuid () == 0 && (setgroups (0, NULL) || setgid (NOBODY) || setuid (NOBODY)))
    return 98;
  return errand->run (errand->ctx);
}

int
test_as_nobody (int (*run) (void *ctx), void *ctx)
{
  struct errand errand = { run, ctx };
  return test_in_child (run_as_nobody, &errand);
}

/* A filter on calls of `number`, for those that have a bit of `bits` set in the argument `index`
 * (its lower half); `bits` 0: for all.  */
static int
filter_syscall (long number, int index, unsigned bits, unsigned action)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  const unsigned lower = 4;
#else
  const unsigned lower = 0;
#endif
  const unsigned argument
      = (unsigned) (offsetof (struct seccomp_data, args) + (unsigned) index * 8 + lower);
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (unsigned) number, 0, bits ? 3 : 1),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, argument),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, action),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  if (!bits) /* every call of that number  */
    {
      code[2] = code[4];
      code[3] = code[5];
    }
  struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
                 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
             ? -1
             : 0;
}

int
test_break_syscall (long number, int os_errno)
{
  return filter_syscall (number, 0, 0, SECCOMP_RET_ERRNO | (unsigned) os_errno);
}

int
test_break_unnamed_files (void)
{
  return filter_syscall (SYS_openat, 2, O_TMPFILE & ~O_DIRECTORY, SECCOMP_RET_ERRNO | EOPNOTSUPP);
}

int
test_die_at_syscall (long number)
{
  const struct rlimit no_core = { 0, 0 };
  return setrlimit (RLIMIT_CORE, &no_core)
                 || filter_syscall (number, 0, 0, SECCOMP_RET_KILL_PROCESS)
             ? -1
             : 0;
}

pid_t
test_start_child (void (*run) (void *ctx, int ready), void *ctx)
{
  int ends[2];
  char byte;
  if (pipe2 (ends, O_CLOEXEC))
    return -1;
  pid_t child = fork ();
  if (child == 0)
    {
      close (ends[0]);
      run (ctx, ends[1]);
      for (;;)
        pause ();
    }
  close (ends[1]);
  while (read (ends[0], &byte, 1) < 0 && errno == EINTR)
    continue;
  close (ends[0]);
  return child;
}

void
test_kill (pid_t child)
{
  kill (child, SIGKILL);
  wait_for (child);
}
