/* SPDX-License-Identifier: Apache-2.0 */
/* storage_host.h: what the contract tests of a storage share: the module under test, found by the
 * real loader in HFCORE_PLUGIN_PATH and used through the real guard; sinks that remember; a look
 * at a whole folder.
 *
 * Every case runs for each of our storages, with each way of sharing; or for the one that
 * HFCORE_TEST_STORAGE names, with the options in HFCORE_TEST_OPTIONS ("share=reflink,copy
 * durable=no").  */
#ifndef HFCORE_TESTS_STORAGE_HOST_H
#define HFCORE_TESTS_STORAGE_HOST_H

#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/plugin/call.h"
#include "tests/check.h"
#include "tests/contract/module_host.h"
#include "tests/process.h"

/* One opened instance. `ops` and `self` are the guard's.  */
struct test_store
{
  struct test_module module;
  const struct hfcore_storage_ops *ops;
  void *self;
};

/* check_main for each storage. `STORAGE_MAIN ("suite", { "case", run }, …)` is the program.  */
int test_storage_main (const char *suite, const struct check_case *cases, size_t count, int argc,
                       char **argv);
#define STORAGE_MAIN(suite, ...)                                                                   \
  int main (int argc, char **argv)                                                                 \
  {                                                                                                \
    static const struct check_case cases[] = { __VA_ARGS__ };                                      \
    return test_storage_main (suite, cases, sizeof cases / sizeof *cases, argc, argv);             \
  }
/* Does the one under test make links, or does the file move out of the blobs?  */
bool test_storage_links (void);

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

/* All below a folder, sorted, a line each: "path mode", " = content" of small files, " -> text" of
 * links. A new string. Names are told with each owner's name and each 8 random digits as "*". */
char *test_tree (const char *folder);

#endif
