/* SPDX-License-Identifier: Apache-2.0 */
/* os.h: what each operating system does its own way; os_posix.c here, others beside it.  */
#ifndef HFCORE_UTIL_OS_H
#define HFCORE_UTIL_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The environment variable, or NULL when unset, empty, or the program runs with raised rights.  */
const char *os_getenv (const char *name);

/* A shared library at first need; never closed. NULL: `*why` says why (until the next call).  */
void *os_library_open (const char *name, const char **why);
void *os_library_symbol (void *library, const char *name);
/* Does the open file hold all that its own header says will be mapped? Loading one that was cut
 * off kills the process. A file of no known form counts as whole: the loader refuses it.  */
bool os_library_is_whole (int fd, uint64_t size);

/* Who is this process, unmistakably: "<host hash 16 hex>-<pid>-<start ticks>". Two processes
 * alive at the same time on machines that share a disk never have the same.  */
#define OS_OWNER_ROOM 64
void os_owner_self (char owner[OS_OWNER_ROOM]);
/* Is that process gone for sure? 1: yes (same host, no such pid or another start time);
 * 0: it lives; -1: cannot be told from here (another host or container).  */
int os_owner_is_dead (const char *owner);

/* flock (LOCK_EX | LOCK_NB). 1: taken; 0: held elsewhere; -1: errno (ENOSYS, ENOLCK …: this file
 * system has no locks).  */
int os_try_lock (int fd);
void os_unlock (int fd);

/* How many cores this process may use.  */
unsigned os_cores (void);

/* Can be read from (or, `to_write`, written to: a pipe takes OS_PIPE_BYTES then) without waiting?
 * Waits for `ms` at the most. 1: yes, or it has ended or failed; 0: not yet; -1: errno.  */
#define OS_PIPE_BYTES 4096
int os_wait (int fd, bool to_write, int ms);

/* Let the empty file `to` have the bytes of `from` without room of its own (FICLONE). -1: errno;
 * where it cannot be done, EOPNOTSUPP, EXDEV and others.  */
int os_clone_file (int from, int to);
/* Begin to write dirty pages of a range to the disk and do not wait; best effort.  */
void os_start_writeback (int fd, uint64_t offset, uint64_t len);
/* The first hole of a file, i.e. how many bytes from its start have been written; -1: errno. A file
 * system shows holes by the block: for a hole before the end, zeros just before it are not counted,
 * for they may never have been written. A gap inside one block, with data in the next, cannot be
 * seen: ranges written side by side must begin at multiples of a block (1 MiB is one everywhere).
 * The file must be readable; its offset moves.  */
int64_t os_first_hole (int fd);

#endif
