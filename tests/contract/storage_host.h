/* SPDX-License-Identifier: Apache-2.0 */
/* storage_host.h: what the contract tests of a storage share: the module named by
 * HFCORE_TEST_STORAGE (store-symlink), found by the real loader in HFCORE_PLUGIN_PATH and used
 * through the real guard; sinks that remember; child processes; a look at a whole folder.  */
#ifndef HFCORE_TESTS_STORAGE_HOST_H
#define HFCORE_TESTS_STORAGE_HOST_H

#include <stdbool.h>
#include <sys/types.h>
#include <hfcore/plugin.h>
#include "core/config/option_table.h"
#include "core/plugin/call.h"
#include "core/plugin/guard.h"

/* One opened instance. `ops` and `self` are the guard's.  */
struct test_store
{
  struct guard guard;
  struct hfcore_settings *settings;
  const struct hfcore_storage_ops *ops;
  void *self;
};

/* Ends the program when the plugin cannot be opened.  */
void test_store_open (struct test_store *store, const char *root, bool read_only);
void test_store_close (struct test_store *store);

/* A call without a deadline, ended by its scope.  */
#define TEST_CALL(name)                                                                            \
  CLEANUP_CALL struct hfcore_call name;                                                            \
  call_init (&name, NULL)

extern const struct hfcore_repo test_repo; /* model org/name  */

/* An etag of 40 digits, and a commit of 40, made of one number; rotating static buffers.  */
const char *test_name (unsigned number);

/* Write `len` bytes of the pattern `seed` from `offset`; 0 or the code.  */
int test_put (struct test_store *store, struct hfcore_call *call, void *writer, unsigned seed,
              uint64_t offset, size_t len);
/* create, write `len` bytes of the pattern, commit; the code.  */
int test_blob (struct test_store *store, struct hfcore_call *call, const char *etag, unsigned seed,
               size_t len);
/* Is the blob exactly `len` bytes of the pattern?  */
bool test_blob_is (struct test_store *store, const char *etag, unsigned seed, size_t len);

/* How many entries of one kind the repository lists, or a negative code; `last` (or NULL) is the
 * last one's name, else etag, else commit.  */
int test_count (struct test_store *store, int kind, char last[256]);

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

/* All below a folder, sorted, a line each: "path mode", " = content" of small files, " -> text" of
 * links. A new string. Names are told with each owner's name and each 8 random digits as "*". */
char *test_tree (const char *folder);

#endif
