/* SPDX-License-Identifier: Apache-2.0 */
/* storage_faults.c: a storage where something is missing: rights, room, its folder, members of
 * structs.  */
#include "core/contract/storage_kit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"

#define WRITE  HFCORE_STORAGE_WRITE
#define REMOVE HFCORE_STORAGE_REMOVE
#define PATHS  HFCORE_STORAGE_PATHS

#define RULE_READ_ONLY "opening, read_only: non-zero: never write, not even locks"
#define RULE_SIZES     "contract 1: structs begin with their size and grow at their end only"

/* ---- what is only read ---- */

static void
expect_refusals (const struct storage *storage, int expected)
{
  uint64_t have;
  void *writer = NULL;
  if (storage_create (storage, 7, 10, 0, &have, &writer, STORAGE_ANY) == HFCORE_OK)
    {
      /* As good: it makes nothing before there is something.  */
      int code = storage_write (storage, writer, 7, 0, 10, STORAGE_ANY);
      if (code == HFCORE_OK)
        storage_commit (storage, writer, 10, expected);
      else
        contract_expect (storage->contract, code == expected,
                         "expected write to answer %s, it answered %s",
                         contract_code_name (expected), contract_answer (code));
    }
  else
    storage_create (storage, 7, 10, 0, &have, &writer, expected);
  storage_ref_set (storage, "other", STORAGE_WHATEVER, 7, expected);
  storage_file_set (storage, 1, "other", 1, 0, expected);
  storage_file_set (storage, 1, "other", STORAGE_NONE, 0, expected);
}

static void
fill (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "a/f", 1, 100, 0);
  storage_file_set (&storage, 1, "no", STORAGE_NONE, 0, HFCORE_OK);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  storage_close (&storage);
}

static void
expect_filled (const struct storage *storage)
{
  storage_expect_blob (storage, 1, 100);
  storage_expect_file (storage, 1, "a/f", 1, 100);
  storage_expect_state (storage, 1, "no", HFCORE_FILE_ABSENT);
  storage_expect_state (storage, 1, "none", HFCORE_FILE_UNKNOWN);
  storage_expect_ref (storage, "main", 1);
  if (storage->instance->caps & HFCORE_STORAGE_LIST)
    contract_expect (storage->contract, storage_count (storage, HFCORE_ENTRY_FILE) == 1,
                     "expected list to tell the one FILE, it told another number");
}

static void
read_only (struct contract *contract)
{
  fill (contract);
  CLEANUP_FREE char *before = storage_look (contract, contract_root (contract), true);
  struct storage storage = storage_open (contract, CONTRACT_READ_ONLY);
  expect_filled (&storage);
  expect_refusals (&storage, HFCORE_E_READONLY);
  storage_expect_unseen (&storage, 7);
  storage_close (&storage);
  CLEANUP_FREE char *after = storage_look (contract, contract_root (contract), true);
  storage_expect_same (contract, before, after);
}

static void
read_only_refuses (struct contract *contract)
{
  CLEANUP_FREE char *before = storage_look (contract, contract_root (contract), true);
  struct storage storage = storage_open (contract, CONTRACT_READ_ONLY);
  expect_refusals (&storage, HFCORE_E_READONLY);
  contract_expect (contract, !(storage.instance->caps & (WRITE | REMOVE)),
                   "expected a read-only instance not to offer to write, it does");
  storage_close (&storage);
  CLEANUP_FREE char *after = storage_look (contract, contract_root (contract), true);
  storage_expect_same (contract, before, after);
}

/* Folders below this one, and itself.  */
static void
set_rights (const char *folder, mode_t mode)
{
  (void) chmod (folder, 0755);
  CLEANUP_DIR DIR *dir = opendir (folder);
  for (const struct dirent *entry; dir && (entry = readdir (dir));)
    {
      char path[PATH_MAX];
      struct stat st;
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0
          || snprintf (path, sizeof path, "%s/%s", folder, entry->d_name) >= PATH_MAX
          || lstat (path, &st) < 0 || !S_ISDIR (st.st_mode))
        continue;
      set_rights (path, mode);
    }
  (void) chmod (folder, mode);
}

enum
{
  NEW_BLOB,
  NEW_REF,
  NEW_FILE,
  NEW_ABSENT,
  OLD_BLOB,
  WAYS
};

/* Every way to write; the codes. Nothing is expected here, so that the rights come back.  */
static void
try_to_write (const struct storage *storage, int codes[WAYS])
{
  uint64_t have;
  void *writer;
  int code = storage_create (storage, 7, 10, 0, &have, &writer, STORAGE_ANY);
  if (code == HFCORE_OK)
    {
      code = storage_write (storage, writer, 7, 0, 10, STORAGE_ANY);
      if (code == HFCORE_OK)
        code = storage_commit (storage, writer, 10, STORAGE_ANY);
      else
        storage_abandon (storage, writer, 0);
    }
  codes[NEW_BLOB] = code;
  codes[NEW_REF] = storage_ref_set (storage, "other", STORAGE_WHATEVER, 7, STORAGE_ANY);
  codes[NEW_FILE] = storage_file_set (storage, 1, "other", 1, 0, STORAGE_ANY);
  codes[NEW_ABSENT] = storage_file_set (storage, 1, "x/none", STORAGE_NONE, 0, STORAGE_ANY);
  codes[OLD_BLOB]
      = storage->instance->caps & REMOVE
            ? storage_remove (storage, HFCORE_ENTRY_BLOB, STORAGE_NONE, 1, NULL, 0, STORAGE_ANY)
            : HFCORE_E_READONLY;
}

static void
folder_without_rights (struct contract *contract)
{
  static const char *const ways[WAYS]
      = { "a new blob", "a new ref", "a new file", "what is absent", "the removal of a blob" };
  const char *root = contract_root (contract);
  int codes[WAYS];
  if (!root)
    contract_skip (contract, "the plugin has no root of this run's");
  fill (contract);
  set_rights (root, 0555);
  CLEANUP_FREE char *before = storage_look (contract, root, true);
  struct storage storage
      = { .contract = contract, .instance = contract_open_storage (contract, CONTRACT_MAY_FAIL) };
  const bool open = storage.instance->code == HFCORE_OK;
  if (open)
    try_to_write (&storage, codes);
  CLEANUP_FREE char *after = storage_look (contract, root, true);
  set_rights (root, 0755);
  if (!open)
    contract_skip (contract, "it does not open a folder that it may not write to");
  for (int i = 0; i < WAYS; i++)
    contract_expect (contract, codes[i] == HFCORE_E_READONLY,
                     "expected READONLY where the folder may not be written to, %s is answered %s",
                     ways[i], contract_code_name (codes[i]));
  storage_expect_same (contract, before, after);
  expect_filled (&storage);
}

/* ---- no room ---- */

enum
{
  NO_LIMIT = 77,
  LIMIT = 64 << 10
};

static void
write_beyond_limit (struct contract *contract)
{
  const struct rlimit limit = { LIMIT, LIMIT };
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, 1000);
  signal (SIGXFSZ, SIG_IGN);
  if (setrlimit (RLIMIT_FSIZE, &limit) < 0)
    _exit (NO_LIMIT);
  void *writer = storage_begin (&storage, 2, STORAGE_MIB);
  int code = storage_write (&storage, writer, 2, 0, STORAGE_MIB, STORAGE_ANY);
  if (code == HFCORE_OK)
    code = storage_commit (&storage, writer, STORAGE_MIB, STORAGE_ANY);
  else
    storage_abandon (&storage, writer, 0);
  if (code == HFCORE_OK)
    _exit (NO_LIMIT);
  contract_expect (contract, code == HFCORE_E_NOSPACE || code == HFCORE_E_IO,
                   "expected NOSPACE or IO of a blob that there is no room for, it is answered %s",
                   contract_answer (code));
  storage_expect_unseen (&storage, 2);
  storage_expect_blob (&storage, 1, 1000);
  /* What is small enough still goes.  */
  storage_put (&storage, 3, 1000);
  storage_expect_blob (&storage, 3, 1000);
}

static void
no_space (struct contract *contract)
{
  int ended = contract_in_child (contract, write_beyond_limit);
  if (ended == NO_LIMIT)
    contract_skip (contract, "a limit for the size of files does not limit its blobs");
  contract_expect (contract, ended == 0,
                   "expected a plugin to live on without room, its process ended with %d", ended);
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 2, STORAGE_MIB);
  storage_expect_blob (&storage, 2, STORAGE_MIB);
}

/* ---- no folder ---- */

static const char *
without_root (struct contract *contract)
{
  const char *root = contract_root (contract);
  if (!root)
    contract_skip (contract, "the plugin has no root of this run's");
  contract_expect (contract, rmdir (root) == 0 || errno == ENOENT,
                   "expected the folder of the case to be empty, it is not");
  return root;
}

/* Nothing is known there, or why it cannot be.  */
static void
expect_nothing (struct storage *storage)
{
  uint64_t length;
  struct storage_file file = { 0 };
  struct storage_received received = { 0 };
  storage_stat (storage, 1, &length, STORAGE_NOTHING);
  storage_read (storage, NULL, 1, 0, STORAGE_END, &received, STORAGE_NOTHING);
  int code = storage_file_get (storage, 1, "f", &file, STORAGE_ANY);
  contract_expect (storage->contract,
                   code == HFCORE_E_NOTFOUND || (!code && file.state == HFCORE_FILE_UNKNOWN),
                   "expected file_get to tell UNKNOWN or NOTFOUND, it answered %s",
                   contract_answer (code));
  if (storage->instance->caps & HFCORE_STORAGE_LIST)
    contract_expect (storage->contract, storage_count (storage, HFCORE_ENTRY_FILE) == 0,
                     "expected list to tell nothing, it told a FILE");
}

static void
expect_reason (struct contract *contract, const struct contract_storage *instance)
{
  contract_expect (contract, instance->code < 0 && instance->error.message[0],
                   "expected open to fail with a reason, it answered %s",
                   contract_code_name (instance->code));
}

static void
missing_root (struct contract *contract)
{
  const char *root = without_root (contract);
  for (int round = 0; round < 2; round++)
    {
      const uint32_t flags = CONTRACT_MAY_FAIL | (round == 0 ? CONTRACT_READ_ONLY : 0);
      struct storage storage
          = { .contract = contract, .instance = contract_open_storage (contract, flags) };
      if (storage.instance->code)
        expect_reason (contract, storage.instance);
      else
        expect_nothing (&storage);
      if (round == 0)
        contract_expect (contract, access (root, F_OK) < 0,
                         "expected a read-only instance to make no folder, it made its root");
      else if (!storage.instance->code && (storage.instance->caps & WRITE))
        {
          storage_put (&storage, 1, 10);
          storage_expect_blob (&storage, 1, 10);
        }
    }
}

static void
root_is_a_file (struct contract *contract)
{
  const char *root = without_root (contract);
  struct stat before, after;
  uint64_t have;
  void *writer;
  CLEANUP_CLOSE int fd = open (root, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  contract_expect (contract, fd >= 0 && write (fd, "file", 4) == 4 && fstat (fd, &before) == 0,
                   "expected a file for the case, there was none");
  struct storage storage
      = { .contract = contract, .instance = contract_open_storage (contract, CONTRACT_MAY_FAIL) };
  if (storage.instance->code)
    expect_reason (contract, storage.instance);
  else
    {
      storage_create (&storage, 1, 10, 0, &have, &writer, STORAGE_FAILS);
      storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, STORAGE_FAILS);
    }
  contract_expect (contract,
                   stat (root, &after) == 0 && after.st_ino == before.st_ino && after.st_size == 4,
                   "expected a file in the place of the root to stay, it did not");
}

/* ---- structs of another build ---- */

static void
shorter_structs (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  const uint32_t size = offsetof (struct hfcore_entry, modified_ns);
  storage_put_file (&storage, 1, "f", 1, 10, 0);
  storage_put_file (&storage, 1, "g", 2, 20, 0);
  struct hfcore_call *call = contract_call (contract);
  const struct hfcore_entry entry = { .size = size,
                                      .kind = HFCORE_ENTRY_FILE,
                                      .repo = storage_repo (&storage, call),
                                      .name = "f",
                                      .commit = contract_commit (call, 1) };
  int code = storage.instance->ops->remove (storage.instance->self, call,
                                            storage_at_the_edge (contract, &entry, size));
  storage_answer (&storage, call, "remove", code, HFCORE_OK);
  storage_expect_state (&storage, 1, "f", HFCORE_FILE_UNKNOWN);
  call = contract_call (contract);
  const struct hfcore_entry whole
      = { .size = size, .kind = HFCORE_ENTRY_REPO, .repo = storage_repo (&storage, call) };
  code = storage.instance->ops->remove (storage.instance->self, call,
                                        storage_at_the_edge (contract, &whole, size));
  storage_answer (&storage, call, "remove", code, HFCORE_OK);
  storage_expect_unseen (&storage, 2);
}

static void
longer_structs (struct contract *contract)
{
  struct
  {
    struct hfcore_repo known;
    char more[40];
  } repo;
  struct storage storage = storage_open (contract, 0);
  uint64_t have, length = 0;
  void *writer = NULL;
  memset (&repo, 0xee, sizeof repo);
  struct hfcore_call *call = contract_call (contract);
  const struct hfcore_storage_ops *ops = storage.instance->ops;
  void *self = storage.instance->self;
  repo.known = *storage_repo (&storage, call);
  repo.known.size = sizeof repo;
  const struct hfcore_repo *longer = storage_at_the_edge (contract, &repo, sizeof repo);
  int code = ops->create (self, call, longer, contract_commit (call, 1), 10, 0, &have, &writer);
  contract_expect_code (contract, call, "create", code, HFCORE_OK);
  storage_write (&storage, writer, 1, 0, 10, HFCORE_OK);
  storage_commit (&storage, writer, 10, HFCORE_OK);
  code = ops->stat (self, call, longer, contract_commit (call, 1), &length);
  storage_answer (&storage, call, "stat", code, HFCORE_OK);
  storage_expect_blob (&storage, 1, 10);
}

/* ---- facts ---- */

struct facts
{
  unsigned count;
  int says;
};

static int
count_fact (void *facts_, const char *key, const char *value)
{
  struct facts *facts = facts_;
  (void) key;
  (void) value;
  facts->count++;
  return facts->says;
}

static int
describe (const struct storage *storage, struct facts *facts, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const struct hfcore_fact_sink sink = { .size = sizeof sink, .ctx = facts, .fact = count_fact };
  int code = storage->instance->ops->describe (storage->instance->self, call, &sink);
  return storage_answer_optional (storage, call, "describe", code, expected);
}

static void
describe_leaves_nothing (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct facts facts = { 0 }, stopped = { .says = 77 };
  if (storage.instance->caps & WRITE)
    storage_put (&storage, 1, 10);
  CLEANUP_FREE char *before = storage_look (contract, contract_root (contract), false);
  describe (&storage, &facts, HFCORE_OK);
  CLEANUP_FREE char *after = storage_look (contract, contract_root (contract), false);
  storage_expect_same (contract, before, after);
  if (facts.count == 0)
    return;
  describe (&storage, &stopped, 77);
  storage_expect_no_fault (contract);
  contract_expect (contract, stopped.count == 1,
                   "expected describe to tell nothing after its sink said stop, it went on");
}

const struct contract_case contract_storage_fault_cases[] = {
  { "read-only-refuses", "a read-only instance refuses to write", RULE_READ_ONLY, 0, 0,
    read_only_refuses },
  { "read-only", "a read-only instance reads, refuses to write, and leaves no trace",
    RULE_READ_ONLY, WRITE, CONTRACT_LASTING, read_only },
  { "folder-without-rights",
    "where the folder may not be written to, nothing is, and READONLY told",
    "HFCORE_E_READONLY: may not be written: permissions, read-only file system", WRITE,
    CONTRACT_LASTING | CONTRACT_AS_USER, folder_without_rights },
  { "no-space", "a blob that there is no room for is not seen, and others live on",
    "HFCORE_E_NOSPACE: no room on the disk, or over quota", WRITE | PATHS, CONTRACT_LASTING,
    no_space },
  { "missing-root", "a root that is not there has nothing, and a read-only instance makes none",
    RULE_READ_ONLY, 0, CONTRACT_LASTING, missing_root },
  { "root-is-a-file", "a file in the place of the root is an error, and stays",
    "contract 9: failures are returned as host->fail (…)", WRITE, CONTRACT_LASTING,
    root_is_a_file },
  { "shorter-structs", "structs of an older build are taken", RULE_SIZES, WRITE | REMOVE, 0,
    shorter_structs },
  { "longer-structs", "structs of a newer build are taken", RULE_SIZES, WRITE, 0, longer_structs },
  { "describe", "what is told of the instance leaves nothing where it lies",
    "storage, describe: may try things out in its folder; leaves nothing there", 0, 0,
    describe_leaves_nothing },
  { 0 },
};
