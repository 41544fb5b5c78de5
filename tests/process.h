/* SPDX-License-Identifier: Apache-2.0 */
/* process.h: child processes of a test: as another user, with system calls that fail, killed.  */
#ifndef HFCORE_TESTS_PROCESS_H
#define HFCORE_TESTS_PROCESS_H

#include <sys/types.h>

/* Run in a child; its exit status, or 128 + the signal that ended it.  */
int test_in_child (int (*run) (void *ctx), void *ctx);
/* As a user who is not root (as it is when we are none).  */
int test_as_nobody (int (*run) (void *ctx), void *ctx);
/* From now on this system call fails with this error, in this process (a child!) only. -1: that
 * cannot be arranged here.  */
int test_break_syscall (long number, int os_errno);
/* The same for files without a name (O_TMPFILE).  */
int test_break_unnamed_files (void);
/* From now on this system call ends this process (a child!): test_in_child tells 128 + SIGSYS.  */
int test_die_at_syscall (long number);
/* Start a child that says when it is ready by closing its end; the caller kills it.  */
pid_t test_start_child (void (*run) (void *ctx, int ready), void *ctx);
/* End it with SIGKILL and wait.  */
void test_kill (pid_t child);

#endif
