/* SPDX-License-Identifier: Apache-2.0 */
/* storage_lists.c: what a storage remembers of file lists, tells in listings and removes.  */
#include "core/contract/storage_kit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"

#define WRITE  HFCORE_STORAGE_WRITE
#define LIST   HFCORE_STORAGE_LIST
#define REMOVE HFCORE_STORAGE_REMOVE

#define RULE_TREE   "storage, tree_get: the remembered file list of a commit; PASS when none is"
#define RULE_LIST   "storage, list: tell what is here; `kinds` is a sum of (1 << HFCORE_ENTRY_…)"
#define RULE_REMOVE "storage, remove: what `entry->kind` and its names say; PASS (or OK): not there"
#define RULE_STOP   "contract 10: the op returns that code unchanged"

/* ---- remembered file lists ---- */

#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define XET  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_1 "1111111111111111111111111111111111111111"
#define ID_2 "2222222222222222222222222222222222222222"
#define ID_3 "3333333333333333333333333333333333333333"

static const struct hfcore_file_info tree[] = {
  { .size = sizeof *tree, .path = "b", .etag = ID_1, .length = 5, .blob_id = ID_1 },
  { .size = sizeof *tree,
    .path = "a/\xc3\xa9 \"x\"",
    .etag = HASH,
    .length = 7777777777,
    .blob_id = ID_2,
    .lfs_sha256 = HASH,
    .lfs_length = 7777777777,
    .xet_hash = XET },
  { .size = sizeof *tree,
    .path = "a/c.bin",
    .etag = HASH,
    .length = 0,
    .blob_id = ID_3,
    .lfs_sha256 = HASH,
    .lfs_length = 0 },
};
enum
{
  TREE_COUNT = sizeof tree / sizeof *tree
};

/* The files of a tree, `stride` apart, in the call; bytes behind what is known here are not 0.  */
static const struct hfcore_file_info *
tree_files (struct contract *contract, struct hfcore_call *call, size_t stride)
{
  CLEANUP_FREE char *bytes = malloc (TREE_COUNT * stride);
  contract_expect (contract, bytes != NULL, "expected memory for the case, there was none");
  memset (bytes, 0xee, TREE_COUNT * stride);
  for (size_t i = 0; i < TREE_COUNT; i++)
    {
      struct hfcore_file_info info = tree[i];
      info.size = (uint32_t) stride;
      memcpy (bytes + i * stride, &info, sizeof info);
    }
  return contract_bytes (call, bytes, TREE_COUNT * stride);
}

static void
tree_set (const struct storage *storage, unsigned commit, size_t stride)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code
      = storage->instance->ops->tree_set (storage->instance->self, call,
                                          storage_repo (storage, call),
                                          contract_commit (call, commit),
                                          tree_files (storage->contract, call, stride), TREE_COUNT);
  storage_answer_optional (storage, call, "tree_set", code, HFCORE_OK);
}

struct told
{
  struct contract *contract;
  unsigned seen[TREE_COUNT], files;
  int says;
};

static bool
same_text (const char *a, const char *b)
{
  return a == b || (a && b && strcmp (a, b) == 0);
}

static int
add_file (void *told_, const struct hfcore_file_info *info)
{
  struct told *told = told_;
  told->files++;
  if (told->says)
    return told->says;
  for (size_t i = 0; i < TREE_COUNT; i++)
    {
      const struct hfcore_file_info *wanted = &tree[i];
      if (strcmp (info->path, wanted->path) != 0)
        continue;
      told->seen[i]++;
      const char *wrong = info->length != wanted->length                      ? "length"
                          : !same_text (info->etag, wanted->etag)             ? "etag"
                          : !same_text (info->blob_id, wanted->blob_id)       ? "blob_id"
                          : !same_text (info->lfs_sha256, wanted->lfs_sha256) ? "lfs_sha256"
                          : wanted->lfs_sha256 && info->lfs_length != wanted->lfs_length
                              ? "lfs_length"
                          : !same_text (info->xet_hash, wanted->xet_hash) ? "xet_hash"
                                                                          : NULL;
      contract_expect (told->contract, !wrong,
                       "expected tree_get to tell \"%s\" as it was given, its %s differs",
                       wanted->path, wrong ? wrong : "");
    }
  return 0;
}

static int
tree_get (const struct storage *storage, unsigned commit, struct told *told, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = told, .file = add_file };
  told->contract = storage->contract;
  int code = storage->instance->ops->tree_get (storage->instance->self, call,
                                               storage_repo (storage, call),
                                               contract_commit (call, commit), &sink);
  return storage_answer_optional (storage, call, "tree_get", code, expected);
}

static void
expect_tree (const struct storage *storage, unsigned commit)
{
  struct told told = { 0 };
  tree_get (storage, commit, &told, HFCORE_OK);
  contract_expect (storage->contract, told.files == TREE_COUNT,
                   "expected tree_get to tell %d files, it told %u", TREE_COUNT, told.files);
  for (size_t i = 0; i < TREE_COUNT; i++)
    contract_expect (storage->contract, told.seen[i] == 1,
                     "expected tree_get to tell \"%s\" once, it did so %u times", tree[i].path,
                     told.seen[i]);
}

static void
trees (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct told told = { 0 };
  tree_get (&storage, 1, &told, HFCORE_PASS);
  tree_set (&storage, 1, sizeof *tree);
  expect_tree (&storage, 1);
  tree_get (&storage, 2, &told, HFCORE_PASS);
  contract_expect (contract, told.files == 0,
                   "expected tree_get to tell no file where it answers PASS, it told %u",
                   told.files);
  /* A list without files is a list.  */
  struct hfcore_call *call = contract_call (contract);
  int code = storage.instance->ops->tree_set (storage.instance->self, call,
                                              storage_repo (&storage, call),
                                              contract_commit (call, 2), NULL, 0);
  storage_answer (&storage, call, "tree_set", code, HFCORE_OK);
  tree_get (&storage, 2, &told, HFCORE_OK);
  contract_expect (contract, told.files == 0,
                   "expected tree_get to tell no file of an empty list, it told %u", told.files);
  tree_set (&storage, 1, sizeof *tree);
  expect_tree (&storage, 1);
}

static void
tree_stride (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  tree_set (&storage, 1, sizeof *tree + 48);
  expect_tree (&storage, 1);
}

static void
tree_stops (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct told told = { .says = HFCORE_E_CONFLICT };
  tree_set (&storage, 1, sizeof *tree);
  tree_get (&storage, 1, &told, HFCORE_E_CONFLICT);
  storage_expect_no_fault (contract);
  contract_expect (contract, told.files == 1,
                   "expected tree_get to tell nothing after its sink said stop, it went on");
}

/* ---- listings ---- */

static void
fill (const struct storage *storage)
{
  storage_put_file (storage, 1, "a/f", 1, 10, 0);
  storage_put_file (storage, 1, "g", 2, 20, 0);
  storage_file_set (storage, 2, "f", 1, 0, HFCORE_OK);
  storage_file_set (storage, 2, "no/such", STORAGE_NONE, 0, HFCORE_OK);
  storage_ref_set (storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  storage_ref_set (storage, "refs/pr/1", STORAGE_WHATEVER, 2, HFCORE_OK);
}

static void
expect_entry (const struct storage *storage, const struct storage_entries *entries, int kind,
              unsigned commit, unsigned blob, const char *name, const char *what)
{
  contract_expect (storage->contract,
                   storage_find (storage->contract, entries, kind, commit, blob, name) != NULL,
                   "expected list to tell %s, it did not", what);
}

static void
expect_count (const struct storage *storage, int kind, size_t count, const char *what)
{
  size_t told = storage_count (storage, kind);
  contract_expect (storage->contract, told == count, "expected list to tell %zu %s, it told %zu",
                   count, what, told);
}

static void
list_kinds (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (&storage, false, STORAGE_ALL_KINDS, &entries);
  contract_expect (contract, entries.count == 0,
                   "expected a repository that is not there to have no entries, list told %zu",
                   entries.count);
  fill (&storage);
  expect_count (&storage, HFCORE_ENTRY_BLOB, 2, "BLOBs");
  expect_count (&storage, HFCORE_ENTRY_FILE, 3, "FILEs");
  expect_count (&storage, HFCORE_ENTRY_REVISION, 2, "REVISIONs");
  expect_count (&storage, HFCORE_ENTRY_REF, 2, "REFs");
  expect_count (&storage, HFCORE_ENTRY_PARTIAL, 0, "PARTIALs");
  expect_count (&storage, HFCORE_ENTRY_ABSENT, 1, "ABSENTs");
  storage_list (&storage, false, STORAGE_ALL_KINDS, &entries);
  contract_expect (contract, entries.count == 10,
                   "expected list to tell 10 entries of all kinds, it told %zu", entries.count);
  expect_entry (&storage, &entries, HFCORE_ENTRY_REF, 1, STORAGE_NONE, "main", "the REF main");
  expect_entry (&storage, &entries, HFCORE_ENTRY_REF, 2, STORAGE_NONE, "refs/pr/1",
                "the REF refs/pr/1");
  expect_entry (&storage, &entries, HFCORE_ENTRY_FILE, 1, STORAGE_NONE, "a/f", "the FILE a/f");
  expect_entry (&storage, &entries, HFCORE_ENTRY_FILE, 2, STORAGE_NONE, "f", "the FILE f");
  expect_entry (&storage, &entries, HFCORE_ENTRY_REVISION, 2, STORAGE_NONE, NULL,
                "the second REVISION");
  expect_entry (&storage, &entries, HFCORE_ENTRY_ABSENT, 2, STORAGE_NONE, "no/such",
                "what is ABSENT");
  for (unsigned blob = 1; blob <= 2; blob++)
    {
      const struct storage_entry *entry
          = storage_find (contract, &entries, HFCORE_ENTRY_BLOB, STORAGE_NONE, blob, NULL);
      contract_expect (contract, entry && entry->length == 10 * blob,
                       "expected list to tell a BLOB of %u bytes with its etag, it did not",
                       10 * blob);
    }
}

static void
list_order (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  bool any_file = false;
  fill (&storage);
  storage_list (&storage, false, STORAGE_ALL_KINDS, &entries);
  for (size_t i = 0; i < entries.count; i++)
    {
      const struct storage_entry *entry = &entries.items[i];
      contract_expect (contract, !any_file || entry->kind != HFCORE_ENTRY_BLOB,
                       "expected list to tell BLOBs before FILEs, it told one after them");
      if (entry->kind != HFCORE_ENTRY_FILE)
        continue;
      any_file = true;
      bool known = false;
      for (size_t j = 0; j < i; j++)
        known = known
                || (entries.items[j].kind == HFCORE_ENTRY_REVISION
                    && strcmp (entries.items[j].commit, entry->commit) == 0);
      contract_expect (contract, known,
                       "expected list to tell a REVISION before its FILEs, it told \"%s\" before",
                       entry->name ? entry->name : "");
    }
}

static void
list_repositories (struct contract *contract)
{
  struct storage one = storage_open (contract, 0), other = one;
  other.repo = 1;
  fill (&one);
  storage_put (&other, 1, 10);
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (&one, true, 1u << HFCORE_ENTRY_REPO, &entries);
  for (unsigned number = 0; number < 3; number++)
    {
      struct hfcore_call *call = contract_call (contract);
      const struct hfcore_repo *repo = contract_repo (call, number);
      size_t met = 0;
      for (size_t i = 0; i < entries.count; i++)
        met += strcmp (entries.items[i].id, repo->id) == 0
               && strcmp (entries.items[i].type, repo->type) == 0;
      contract_expect (contract, met == (number < 2 ? 1 : 0),
                       "expected list of all to tell each repository that has something once, and "
                       "no other, it told one %zu times",
                       met);
      contract_end (call);
    }
}

struct stop
{
  unsigned entries;
};

static int
stop_at_once (void *stop_, const struct hfcore_entry *entry)
{
  struct stop *stop = stop_;
  (void) entry;
  stop->entries++;
  return 77;
}

static void
list_stops (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct stop stop = { 0 };
  const struct hfcore_entry_sink sink
      = { .size = sizeof sink, .ctx = &stop, .entry = stop_at_once };
  fill (&storage);
  struct hfcore_call *call = contract_call (contract);
  int code = storage.instance->ops->list (storage.instance->self, call,
                                          storage_repo (&storage, call), STORAGE_ALL_KINDS, &sink);
  contract_expect (contract, code == 77,
                   "expected list to return what its sink returned, 77, it returned %d", code);
  contract_end (call);
  storage_expect_no_fault (contract);
  contract_expect (contract, stop.entries == 1,
                   "expected list to tell nothing after its sink said stop, it went on");
}

enum
{
  LISTERS = 2,
  WRITERS = 2,
  ROUNDS = 25
};

/* Some list while others write and remove: what was there all the time is always told.  */
static void
list_or_write (const struct storage *storage, unsigned number, void *writing_)
{
  atomic_uint *writing = writing_;
  char path[64];
  for (unsigned i = 0; number < WRITERS && i < ROUNDS; i++)
    {
      unsigned blob = 100 * (number + 1) + i;
      snprintf (path, sizeof path, "new/%u", blob);
      storage_put_file (storage, 3 + i % 3, path, blob, 1000, 0);
      if ((storage->instance->caps & REMOVE) && i % 2)
        storage_remove (storage, HFCORE_ENTRY_FILE, 3 + i % 3, STORAGE_NONE, path, 0, HFCORE_OK);
    }
  if (number < WRITERS)
    {
      atomic_fetch_sub (writing, 1);
      return;
    }
  do
    {
      CLEANUP_ENTRIES struct storage_entries entries = { 0 };
      storage_list (storage, false, STORAGE_ALL_KINDS, &entries);
      expect_entry (storage, &entries, HFCORE_ENTRY_FILE, 1, STORAGE_NONE, "a/f",
                    "a FILE that stays while others are written");
      expect_entry (storage, &entries, HFCORE_ENTRY_REF, 1, STORAGE_NONE, "main",
                    "a REF that stays while files are written");
    }
  while (atomic_load (writing));
}

static void
list_while_writing (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  atomic_uint writing = WRITERS;
  fill (&storage);
  storage_at_once (&storage, WRITERS + LISTERS, list_or_write, &writing);
}

static void
list_partials (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  void *writer = storage_begin (&storage, 1, STORAGE_MIB);
  storage_write (&storage, writer, 1, 0, STORAGE_MIB / 2, HFCORE_OK);
  storage_abandon (&storage, writer, 1);
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (&storage, false, 1u << HFCORE_ENTRY_PARTIAL, &entries);
  contract_expect (contract, entries.count == 1,
                   "expected list to tell the PARTIAL that an abandoned writer kept, it told %zu",
                   entries.count);
  expect_entry (&storage, &entries, HFCORE_ENTRY_PARTIAL, STORAGE_NONE, 1, NULL,
                "which blob a PARTIAL is of");
  if (!(storage.instance->caps & REMOVE))
    return;
  storage_remove (&storage, HFCORE_ENTRY_PARTIAL, STORAGE_NONE, 1, entries.items[0].name,
                  HFCORE_REMOVE_IDLE, HFCORE_OK);
  expect_count (&storage, HFCORE_ENTRY_PARTIAL, 0, "PARTIALs after it was removed");
  uint64_t have;
  storage_create (&storage, 1, STORAGE_MIB, HFCORE_CREATE_RESUME, &have, &writer, HFCORE_OK);
  contract_expect (contract, have == 0,
                   "expected nothing of a removed PARTIAL to be resumed, create told %llu bytes",
                   (unsigned long long) have);
}

/* ---- removing ---- */

static void
remove_absent (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  for (int round = 0; round < 2; round++)
    {
      storage_remove (&storage, HFCORE_ENTRY_REF, STORAGE_NONE, STORAGE_NONE, "none", 0,
                      STORAGE_GONE);
      storage_remove (&storage, HFCORE_ENTRY_REVISION, 8, STORAGE_NONE, NULL, 0, STORAGE_GONE);
      storage_remove (&storage, HFCORE_ENTRY_FILE, 8, STORAGE_NONE, "none", 0, STORAGE_GONE);
      storage_remove (&storage, HFCORE_ENTRY_BLOB, STORAGE_NONE, 8, NULL, 0, STORAGE_GONE);
      storage_remove (&storage, HFCORE_ENTRY_ABSENT, 8, STORAGE_NONE, "none", 0, STORAGE_GONE);
      storage_remove (&storage, HFCORE_ENTRY_ABSENT, 8, STORAGE_NONE, NULL, 0, STORAGE_GONE);
      if (round == 0)
        storage_remove (&storage, HFCORE_ENTRY_REPO, STORAGE_NONE, STORAGE_NONE, NULL, 0,
                        STORAGE_GONE);
      fill (&storage);
    }
  expect_count (&storage, HFCORE_ENTRY_FILE, 3, "FILEs after others were removed");
}

static void
remove_names (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  fill (&storage);
  storage_remove (&storage, HFCORE_ENTRY_REF, STORAGE_NONE, STORAGE_NONE, "main", 0, HFCORE_OK);
  storage_expect_ref (&storage, "main", STORAGE_NONE);
  storage_expect_ref (&storage, "refs/pr/1", 2);
  /* With a commit: only while it names that.  */
  storage_remove (&storage, HFCORE_ENTRY_REF, 1, STORAGE_NONE, "refs/pr/1", 0, STORAGE_ANY);
  storage_expect_ref (&storage, "refs/pr/1", 2);
  storage_remove (&storage, HFCORE_ENTRY_REF, 2, STORAGE_NONE, "refs/pr/1", 0, HFCORE_OK);
  storage_expect_ref (&storage, "refs/pr/1", STORAGE_NONE);
}

static void
remove_files (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  fill (&storage);
  storage_remove (&storage, HFCORE_ENTRY_FILE, 1, STORAGE_NONE, "a/f", 0, HFCORE_OK);
  storage_expect_state (&storage, 1, "a/f", HFCORE_FILE_UNKNOWN);
  storage_expect_file (&storage, 1, "g", 2, 20);
  storage_expect_file (&storage, 2, "f", 1, 10);
  storage_remove (&storage, HFCORE_ENTRY_ABSENT, 2, STORAGE_NONE, "no/such", 0, HFCORE_OK);
  storage_expect_state (&storage, 2, "no/such", HFCORE_FILE_UNKNOWN);
  storage_file_set (&storage, 2, "x/1", STORAGE_NONE, 0, HFCORE_OK);
  storage_file_set (&storage, 2, "x/2", STORAGE_NONE, 0, HFCORE_OK);
  storage_file_set (&storage, 1, "x/1", STORAGE_NONE, 0, HFCORE_OK);
  storage_remove (&storage, HFCORE_ENTRY_ABSENT, 2, STORAGE_NONE, NULL, 0, HFCORE_OK);
  storage_expect_state (&storage, 2, "x/1", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 2, "x/2", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 1, "x/1", HFCORE_FILE_ABSENT);
  storage_expect_file (&storage, 2, "f", 1, 10);
}

static void
remove_blobs (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, 10);
  storage_put (&storage, 2, 20);
  storage_remove (&storage, HFCORE_ENTRY_BLOB, STORAGE_NONE, 1, NULL, 0, HFCORE_OK);
  storage_expect_unseen (&storage, 1);
  storage_expect_blob (&storage, 2, 20);
  storage_put (&storage, 1, 10);
  storage_expect_blob (&storage, 1, 10);
}

static void
remove_revisions (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct storage_entries entries = { 0 };
  fill (&storage);
  storage_remove (&storage, HFCORE_ENTRY_REVISION, 1, STORAGE_NONE, NULL, 0, HFCORE_OK);
  storage_expect_state (&storage, 1, "a/f", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 1, "g", HFCORE_FILE_UNKNOWN);
  storage_expect_file (&storage, 2, "f", 1, 10);
  if (!(storage.instance->caps & LIST))
    return;
  storage_list (&storage, false, 1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE, &entries);
  contract_expect (contract,
                   !storage_find (contract, &entries, HFCORE_ENTRY_REVISION, 1, STORAGE_NONE, NULL)
                       && !storage_find (contract, &entries, HFCORE_ENTRY_FILE, 1, STORAGE_NONE,
                                         NULL),
                   "expected nothing to be told of a REVISION that was removed, list told it");
  expect_entry (&storage, &entries, HFCORE_ENTRY_REVISION, 2, STORAGE_NONE, NULL,
                "the other REVISION");
  storage_entries_free (&entries);
}

static void
remove_repository (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0), other = storage;
  other.repo = 1;
  fill (&storage);
  fill (&other);
  storage_remove (&storage, HFCORE_ENTRY_REPO, STORAGE_NONE, STORAGE_NONE, NULL, 0, HFCORE_OK);
  storage_expect_unseen (&storage, 1);
  storage_expect_state (&storage, 1, "a/f", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 2, "no/such", HFCORE_FILE_UNKNOWN);
  storage_expect_ref (&storage, "main", STORAGE_NONE);
  storage_expect_file (&other, 1, "a/f", 1, 10);
  storage_expect_ref (&other, "main", 1);
  fill (&storage);
  storage_expect_file (&storage, 1, "a/f", 1, 10);
}

static void
remove_idle (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  fill (&storage);
  void *writer = storage_begin (&storage, 5, STORAGE_MIB);
  storage_write (&storage, writer, 5, 0, STORAGE_MIB / 2, HFCORE_OK);
  storage_remove (&storage, HFCORE_ENTRY_REPO, STORAGE_NONE, STORAGE_NONE, NULL, HFCORE_REMOVE_IDLE,
                  HFCORE_E_BUSY);
  if (storage.instance->caps & LIST)
    {
      CLEANUP_ENTRIES struct storage_entries entries = { 0 };
      storage_list (&storage, false, 1u << HFCORE_ENTRY_PARTIAL, &entries);
      for (size_t i = 0; i < entries.count; i++)
        storage_remove (&storage, HFCORE_ENTRY_PARTIAL, STORAGE_NONE, 5, entries.items[i].name,
                        HFCORE_REMOVE_IDLE, HFCORE_E_BUSY);
    }
  storage_write (&storage, writer, 5, STORAGE_MIB / 2, STORAGE_MIB / 2, HFCORE_OK);
  storage_commit (&storage, writer, STORAGE_MIB, HFCORE_OK);
  storage_expect_blob (&storage, 5, STORAGE_MIB);
  storage_expect_file (&storage, 1, "a/f", 1, 10);
  storage_remove (&storage, HFCORE_ENTRY_REPO, STORAGE_NONE, STORAGE_NONE, NULL, HFCORE_REMOVE_IDLE,
                  HFCORE_OK);
  storage_expect_unseen (&storage, 5);
}

static int
remove_if_idle_since (const struct storage *storage, int64_t since_ns, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const struct hfcore_entry entry = { .size = sizeof entry,
                                      .kind = HFCORE_ENTRY_REPO,
                                      .repo = storage_repo (storage, call),
                                      .modified_ns = since_ns,
                                      .flags = HFCORE_REMOVE_IDLE };
  int code = storage->instance->ops->remove (storage->instance->self, call, &entry);
  return storage_answer (storage, call, "remove", code, expected);
}

static void
remove_idle_since (struct contract *contract)
{
  const int64_t hour = (int64_t) 3600 * 1000000000, now = clock_stamp_ns ();
  struct storage storage = storage_open (contract, 0);
  fill (&storage);
  remove_if_idle_since (&storage, now - hour, HFCORE_E_BUSY);
  storage_expect_file (&storage, 1, "a/f", 1, 10);
  remove_if_idle_since (&storage, now + hour, HFCORE_OK);
  storage_expect_state (&storage, 1, "a/f", HFCORE_FILE_UNKNOWN);
}

static void
remove_tree (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct told told = { 0 };
  tree_set (&storage, 1, sizeof *tree);
  tree_set (&storage, 2, sizeof *tree);
  storage_remove (&storage, HFCORE_ENTRY_TREE, 1, STORAGE_NONE, NULL, 0, HFCORE_OK);
  tree_get (&storage, 1, &told, HFCORE_PASS);
  expect_tree (&storage, 2);
  storage_remove (&storage, HFCORE_ENTRY_TREE, 1, STORAGE_NONE, NULL, 0, STORAGE_GONE);
}

static void
remove_unknown (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  fill (&storage);
  storage_remove (&storage, 30, 1, 1, "g", 0, STORAGE_FAILS);
  storage_expect_file (&storage, 1, "g", 2, 20);
  /* What no plugin needs to have, and each may be asked for.  */
  int code = storage_remove (&storage, HFCORE_ENTRY_REST, STORAGE_NONE, STORAGE_NONE, NULL, 0,
                             STORAGE_ANY);
  contract_expect (contract, code >= 0 || code == HFCORE_E_UNSUPPORTED,
                   "expected remove of the REST to answer OK, PASS or UNSUPPORTED, it answered %s",
                   contract_answer (code));
  storage_expect_file (&storage, 1, "g", 2, 20);
  storage_expect_ref (&storage, "main", 1);
}

const struct contract_case contract_storage_list_cases[] = {
  { "trees", "the file list of a commit is remembered, every member of it", RULE_TREE, WRITE, 0,
    trees },
  { "tree-stride", "the files of a list may be longer structs than the plugin knows",
    "storage, tree_set: `files->size` is the distance from one to the next", WRITE, 0,
    tree_stride },
  { "sink-stops-tree", "a sink that stops the telling of a list is heard", RULE_STOP, WRITE, 0,
    tree_stops },
  { "list-kinds", "each entry is told once, with what belongs to it, if its kind was asked for",
    RULE_LIST, WRITE | LIST, 0, list_kinds },
  { "list-order", "a listing goes from what is needed to what needs it",
    "storage, list: BLOBs before FILEs and a REVISION before its FILEs", WRITE | LIST, 0,
    list_order },
  { "list-repositories", "every repository that has something is told once",
    "storage, list: of all (repo NULL: REPO entries, …)", WRITE | LIST, 0, list_repositories },
  { "sink-stops-list", "a sink that stops a listing is heard", RULE_STOP, WRITE | LIST, 0,
    list_stops },
  { "list-while-writing", "what is there all the time is told while others write and remove",
    RULE_LIST, WRITE | LIST, 0, list_while_writing },
  { "list-partials", "what an abandoned writer kept is told and can be removed",
    "HFCORE_ENTRY_PARTIAL: etag, name, length", WRITE | LIST | HFCORE_STORAGE_RESUME, 0,
    list_partials },
  { "remove-absent", "removing what is not there is success, and removes nothing else", RULE_REMOVE,
    WRITE | REMOVE | LIST, 0, remove_absent },
  { "remove-refs", "a ref that was removed is gone, others stay",
    "storage, remove: a REF with a commit: only while it names that", WRITE | REMOVE, 0,
    remove_names },
  { "remove-files", "a file that was removed is gone, and so is what was known to be absent",
    "storage, remove: an ABSENT without a name: all of its commit", WRITE | REMOVE, 0,
    remove_files },
  { "remove-blobs", "a blob that was removed is gone and can be written again", RULE_REMOVE,
    WRITE | REMOVE, 0, remove_blobs },
  { "remove-revisions", "a revision goes with all its files, others stay",
    "storage, remove: a REPO or REVISION is gone at once for all others", WRITE | REMOVE, 0,
    remove_revisions },
  { "remove-repository", "a repository goes with all it has, others stay",
    "storage, remove: a REPO or REVISION is gone at once for all others", WRITE | REMOVE, 0,
    remove_repository },
  { "remove-idle", "what somebody is at work on is not removed by who asks for idle things",
    "HFCORE_REMOVE_IDLE: a REPO or PARTIAL, but BUSY if a process is at work on it", WRITE | REMOVE,
    0, remove_idle },
  { "remove-idle-since", "a repository that got something new is not removed as an idle one",
    "HFCORE_REMOVE_IDLE: a REPO also if something was added to it since `modified_ns`",
    WRITE | REMOVE, 0, remove_idle_since },
  { "remove-tree", "a remembered file list that was removed is gone",
    "HFCORE_ENTRY_TREE: commit: its remembered file list", WRITE | REMOVE, 0, remove_tree },
  { "remove-unknown", "a kind that the plugin does not know takes nothing with it", RULE_REMOVE,
    WRITE | REMOVE, 0, remove_unknown },
  { 0 },
};
