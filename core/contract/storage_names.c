/* SPDX-License-Identifier: Apache-2.0 */
/* storage_names.c: what a storage does with names: refs, files of commits, remembered file lists,
 * listings, removals, and names of all shapes.  */
#include "core/contract/storage_kit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"

#define WRITE   HFCORE_STORAGE_WRITE
#define LIST    HFCORE_STORAGE_LIST
#define PATHS   HFCORE_STORAGE_PATHS
#define NEW     HFCORE_NEW_BLOB
#define REPLACE HFCORE_REPLACE

#define RULE_REF_SET  "storage, ref_set: `expected` NULL: whatever it names now; \"\": only if none"
#define RULE_FILE_GET "storage, file_get: what is known of `path` in `commit`"
#define RULE_FILE_SET "storage, file_set: let `path` of `commit` be the blob `etag`"
#define RULE_FILE_OUT "storage, file_set, file_link: `file` (or NULL) is filled"
#define RULE_NAMES    "plugin.h: all names reach a plugin already validated"

/* ---- refs ---- */

static void
refs (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_expect_ref (&storage, "main", STORAGE_NONE);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  storage_expect_ref (&storage, "main", 1);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 1, HFCORE_OK);
  storage_ref_set (&storage, "main", STORAGE_WHATEVER, 2, HFCORE_OK);
  storage_expect_ref (&storage, "main", 2);
  storage_ref_set (&storage, "refs/pr/1", STORAGE_WHATEVER, 3, HFCORE_OK);
  storage_expect_ref (&storage, "refs/pr/1", 3);
  storage_expect_ref (&storage, "refs/pr", STORAGE_NONE);
  storage_expect_ref (&storage, "refs/pr/10", STORAGE_NONE);
  storage_expect_ref (&storage, "main", 2);
}

static void
refs_compare (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_ref_set (&storage, "main", 1, 2, HFCORE_E_CONFLICT);
  storage_expect_ref (&storage, "main", STORAGE_NONE);
  storage_ref_set (&storage, "main", STORAGE_NONE, 1, HFCORE_OK);
  storage_expect_ref (&storage, "main", 1);
  storage_ref_set (&storage, "main", STORAGE_NONE, 2, HFCORE_E_CONFLICT);
  storage_expect_ref (&storage, "main", 1);
  storage_ref_set (&storage, "main", 2, 3, HFCORE_E_CONFLICT);
  storage_expect_ref (&storage, "main", 1);
  storage_ref_set (&storage, "main", 1, 3, HFCORE_OK);
  storage_expect_ref (&storage, "main", 3);
}

enum
{
  SWAPPERS = 4,
  SWAPS = 25,
  SWAPS_ALL = SWAPPERS * SWAPS
};

struct swaps
{
  struct storage storages[SWAPPERS]; /* whose each thread is; often one and the same  */
  atomic_uint count;
  unsigned from[SWAPS_ALL]; /* what each swap found  */
};

/* The commit that a ref names, as a number below `most`.  */
static unsigned
ref_number (const struct storage *storage, const char *ref, unsigned most)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const char *found = NULL;
  unsigned number = 0;
  int code = storage->instance->ops->ref_get (storage->instance->self, call,
                                              storage_repo (storage, call), ref, &found);
  contract_expect_code (storage->contract, call, "ref_get", code, HFCORE_OK);
  for (unsigned i = 1; i < most && !number; i++)
    number = strcmp (found, contract_commit (call, i)) == 0 ? i : 0;
  contract_expect (storage->contract, number != 0,
                   "expected ref_get to tell a commit that a thread has set, it told \"%.60s\"",
                   found);
  contract_end (call);
  return number;
}

static void
swap (const struct storage *unused, unsigned number, void *swaps_)
{
  struct swaps *swaps = swaps_;
  const struct storage *storage = &swaps->storages[number];
  (void) unused;
  for (unsigned done = 0; done < SWAPS;)
    {
      unsigned now = ref_number (storage, "main", SWAPS_ALL + 2);
      int code
          = storage_ref_set (storage, "main", (int) now, 2 + number * SWAPS + done, STORAGE_ANY);
      contract_expect (storage->contract, code == HFCORE_OK || code == HFCORE_E_CONFLICT,
                       "expected ref_set to answer OK or CONFLICT, it answered %s",
                       contract_answer (code));
      if (code)
        continue;
      swaps->from[atomic_fetch_add (&swaps->count, 1)] = now;
      done++;
    }
}

static void
swap_at_once (struct contract *contract, struct swaps *swaps)
{
  const struct storage *storage = &swaps->storages[0];
  bool gone[SWAPS_ALL + 2] = { 0 };
  storage_ref_set (storage, "main", STORAGE_NONE, 1, HFCORE_OK);
  storage_at_once (storage, SWAPPERS, swap, swaps);
  for (unsigned i = 0; i < SWAPS_ALL; i++)
    {
      contract_expect (contract, !gone[swaps->from[i]],
                       "expected one ref_set alone to replace a commit, two did");
      gone[swaps->from[i]] = true;
    }
}

static void
refs_whole_among_threads (struct contract *contract)
{
  struct swaps swaps = { 0 };
  swaps.storages[0] = storage_open (contract, 0);
  for (unsigned i = 1; i < SWAPPERS; i++)
    swaps.storages[i] = swaps.storages[0];
  swap_at_once (contract, &swaps);
}

static void
refs_whole_among_instances (struct contract *contract)
{
  struct swaps swaps = { 0 };
  for (unsigned i = 0; i < SWAPPERS; i++)
    swaps.storages[i] = storage_open (contract, 0);
  swap_at_once (contract, &swaps);
}

/* ---- files ---- */

static void
file_states (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_expect_state (&storage, 1, "a/b.txt", HFCORE_FILE_UNKNOWN);
  storage_put (&storage, 1, 1234);
  storage_expect_state (&storage, 1, "a/b.txt", HFCORE_FILE_UNKNOWN);
  storage_file_set (&storage, 1, "a/b.txt", 1, 0, HFCORE_OK);
  storage_expect_file (&storage, 1, "a/b.txt", 1, 1234);
  storage_expect_state (&storage, 1, "a", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 1, "a/b.txt/c", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 2, "a/b.txt", HFCORE_FILE_UNKNOWN);
  /* The same again, a second name, a second revision.  */
  storage_file_set (&storage, 1, "a/b.txt", 1, 0, HFCORE_OK);
  storage_file_set (&storage, 1, "a/c", 1, 0, HFCORE_OK);
  storage_file_set (&storage, 2, "a/b.txt", 1, 0, HFCORE_OK);
  storage_expect_file (&storage, 1, "a/b.txt", 1, 1234);
  storage_expect_file (&storage, 1, "a/c", 1, 1234);
  storage_expect_file (&storage, 2, "a/b.txt", 1, 1234);
}

static void
file_absent (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_file_set (&storage, 1, "no/such", STORAGE_NONE, 0, HFCORE_OK);
  storage_file_set (&storage, 1, "no/such", STORAGE_NONE, 0, HFCORE_OK);
  storage_expect_state (&storage, 1, "no/such", HFCORE_FILE_ABSENT);
  storage_expect_state (&storage, 1, "no", HFCORE_FILE_UNKNOWN);
  storage_expect_state (&storage, 2, "no/such", HFCORE_FILE_UNKNOWN);
}

/* file_set by an engine that does not want to know what became of it.  */
static void
set_untold (const struct storage *storage, const char *path, unsigned blob, uint32_t flags)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->file_set (
      storage->instance->self, call, storage_repo (storage, call), contract_commit (call, 1),
      contract_text (call, "%s", path), blob == STORAGE_NONE ? NULL : contract_commit (call, blob),
      flags, NULL);
  storage_answer (storage, call, "file_set without a `file`", code, HFCORE_OK);
}

static void
file_untold (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put (&storage, 1, 10);
  set_untold (&storage, "f", 1, 0);
  storage_expect_file (&storage, 1, "f", 1, 10);
  set_untold (&storage, "f", 1, REPLACE);
  storage_expect_file (&storage, 1, "f", 1, 10);
  storage_put (&storage, 2, 20);
  set_untold (&storage, "g", 2, NEW);
  storage_expect_file (&storage, 1, "g", 2, 20);
  set_untold (&storage, "no/such", STORAGE_NONE, 0);
  storage_expect_state (&storage, 1, "no/such", HFCORE_FILE_ABSENT);
}

static void
file_replaced (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "f", 1, 10, 0);
  storage_put_file (&storage, 1, "g", 1, 10, 0);
  storage_put_file (&storage, 1, "f", 2, 20, REPLACE);
  storage_expect_file (&storage, 1, "f", 2, 20);
  storage_expect_file (&storage, 1, "g", 1, 10);
}

static void
file_of_new_blob (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  storage_put_file (&storage, 1, "a/f", 1, 5000, NEW);
  storage_expect_file (&storage, 1, "a/f", 1, 5000);
  storage_put_file (&storage, 2, "a/f", 2, 6000, NEW | REPLACE);
  storage_expect_file (&storage, 2, "a/f", 2, 6000);
  storage_expect_file (&storage, 1, "a/f", 1, 5000);
}

static void
file_without_blob (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct storage_file file = { 0 };
  storage_file_set (&storage, 1, "f", 1, 0, STORAGE_FAILS);
  storage_file_get (&storage, 1, "f", &file, HFCORE_OK);
  contract_expect (contract, file.state != HFCORE_FILE_PRESENT,
                   "expected no file where there is no blob for it, file_get told PRESENT");
}

static void
file_folder (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  char repo[PATH_MAX], commit[PATH_MAX];
  struct storage_file file;
  storage_folder (&storage, STORAGE_NONE, repo);
  storage_folder (&storage, 1, commit);
  storage_put_file (&storage, 1, "a/f", 1, 10, NEW);
  storage_file_get (&storage, 1, "a/f", &file, HFCORE_OK);
  size_t len = strlen (commit);
  contract_expect (contract, repo[0] == '/' && commit[0] == '/',
                   "expected path to tell absolute folders, it told \"%.80s\" and \"%.80s\"", repo,
                   commit);
  contract_expect (contract,
                   strncmp (file.path, commit, len) == 0 && strcmp (file.path + len, "/a/f") == 0,
                   "expected a file at its path in its commit's folder, \"%.120s\", it is "
                   "\"%.120s\"",
                   commit, file.path);
}

static void
blob_path (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      const char *path = NULL;
      int code = storage.instance->ops->blob_path (storage.instance->self, call,
                                                   storage_repo (&storage, call),
                                                   contract_commit (call, 1), &path);
      contract_expect (contract, code != HFCORE_OK || path[0] == '/',
                       "expected blob_path to tell an absolute path, it told \"%.120s\"",
                       path ? path : "");
      storage_answer_optional (&storage, call, "blob_path", code, i == 0 ? HFCORE_PASS : HFCORE_OK);
      if (i == 0)
        storage_put (&storage, 1, 100);
    }
}

static void
file_etag (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      const char *etag = NULL;
      int code = storage.instance->ops->file_etag (storage.instance->self, call,
                                                   storage_repo (&storage, call),
                                                   contract_commit (call, 1),
                                                   contract_text (call, "a/f"), &etag);
      if (code == HFCORE_OK)
        contract_expect (contract, i == 1 && strcmp (etag, contract_commit (call, 2)) == 0,
                         "expected file_etag to tell the blob of the file, it told \"%.80s\"",
                         etag);
      storage_answer_optional (&storage, call, "file_etag", code,
                               i == 0 ? HFCORE_PASS : STORAGE_GONE);
      if (i == 0)
        storage_put_file (&storage, 1, "a/f", 2, 100, 0);
    }
}

/* `file` may be NULL.  */
static int
link_file (const struct storage *storage, unsigned commit, const char *path, const char *source,
           uint32_t flags, struct hfcore_stored_file *file, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  int code = storage->instance->ops->file_link (storage->instance->self, call,
                                                storage_repo (storage, call),
                                                contract_commit (call, commit),
                                                contract_text (call, "%s", path),
                                                contract_text (call, "%s", source), flags, file);
  return storage_answer_optional (storage, call, "file_link", code, expected);
}

static void
file_link (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  struct storage_file file;
  struct hfcore_stored_file told = { .size = sizeof told };
  char missing[PATH_MAX];
  storage_put_file (&storage, 1, "f", 1, 5000, 0);
  storage_put_file (&storage, 2, "h", 2, 7, 0);
  storage_file_get (&storage, 1, "f", &file, HFCORE_OK);
  link_file (&storage, 2, "d/g", file.path, 0, &told, HFCORE_OK);
  storage_expect_file (&storage, 2, "d/g", 1, 5000);
  link_file (&storage, 2, "d/g", file.path, 0, &told, HFCORE_OK);
  link_file (&storage, 2, "h", file.path, REPLACE, &told, HFCORE_OK);
  storage_expect_file (&storage, 2, "h", 1, 5000);
  storage_expect_file (&storage, 1, "f", 1, 5000);
  snprintf (missing, sizeof missing, "%.4000s-none", file.path);
  link_file (&storage, 2, "i", missing, 0, &told, HFCORE_E_NOTFOUND);
  storage_expect_state (&storage, 2, "i", HFCORE_FILE_UNKNOWN);
  contract_rule (contract, RULE_FILE_OUT);
  link_file (&storage, 2, "d/untold", file.path, 0, NULL, HFCORE_OK);
  storage_expect_file (&storage, 2, "d/untold", 1, 5000);
}

static void
use_mark (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  const int64_t before = clock_stamp_ns ();
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      int code = storage.instance->ops->use_mark (storage.instance->self, call,
                                                  storage_repo (&storage, call),
                                                  contract_commit (call, 1));
      storage_answer_optional (&storage, call, "use_mark", code, i == 0 ? HFCORE_PASS : HFCORE_OK);
      if (i == 0)
        storage_put_file (&storage, 1, "a/f", 2, 100, 0);
    }
  if (!(storage.instance->caps & LIST))
    return;
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (&storage, false, 1u << HFCORE_ENTRY_REVISION, &entries);
  const struct storage_entry *entry
      = storage_find (contract, &entries, HFCORE_ENTRY_REVISION, 1, STORAGE_NONE, NULL);
  contract_expect (contract, entry != NULL, "expected list to tell the revision, it did not");
  /* Clocks of others may be behind, by less than this.  */
  const int64_t hour = (int64_t) 3600 * 1000000000;
  contract_expect (contract, entry->used_ns >= before - hour,
                   "expected `used_ns` of a revision that was used just now to be so, it is %lld",
                   (long long) entry->used_ns);
}

/* ---- names of all shapes ---- */

static void
fill (char *to, size_t len, size_t segment)
{
  for (size_t i = 0; i < len; i++)
    to[i] = (char) (i % (segment + 1) == segment && i + 1 < len ? '/' : 'a' + i % 26);
  to[len] = 0;
}

static void
names_of_files (struct contract *contract)
{
  char segment[256], deep[1001];
  fill (segment, 255, 255);
  fill (deep, 1000, 9);
  const char *const names[] = {
    "w\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\xa4\x97.bin",
    "with space/ and more ",
    "%41?&#:;=+@!$'()*,~^`{}[]|<>\"\\x",
    "a..b/c...d/e.",
    ".hidden/.x",
    "-rf",
    "blobs/refs/snapshots",
    "a--b/models--x",
    "file.incomplete",
    "file.lock",
    segment,
    deep,
  };
  const size_t count = sizeof names / sizeof *names;
  struct storage storage = storage_open (contract, 0);
  for (size_t i = 0; i < count; i++)
    storage_put_file (&storage, 1, names[i], (unsigned) i + 1, 100 + i, 0);
  for (size_t i = 0; i < count; i++)
    storage_expect_file (&storage, 1, names[i], (unsigned) i + 1, 100 + i);
  if (!(storage.instance->caps & LIST))
    return;
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (&storage, false, 1u << HFCORE_ENTRY_FILE, &entries);
  contract_expect (contract, entries.count == count, "expected list to tell %zu FILEs, it told %zu",
                   count, entries.count);
  for (size_t i = 0; i < count; i++)
    contract_expect (
        contract, storage_find (contract, &entries, HFCORE_ENTRY_FILE, 1, STORAGE_NONE, names[i]),
        "expected list to tell \"%.80s\" as it was given, it told no such FILE", names[i]);
}

static void
names_of_refs (struct contract *contract)
{
  static const char *const names[] = { "v1.0", "refs/convert/parquet", "feature/\xc3\xbc\xc3\xb1/1",
                                       "a..b", "release-2024_01",      "with space" };
  struct storage storage = storage_open (contract, 0);
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    storage_ref_set (&storage, names[i], STORAGE_NONE, i + 1, HFCORE_OK);
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    storage_expect_ref (&storage, names[i], i + 1);
}

static void
etags_of_all_kinds (struct contract *contract)
{
  static const char *const etags[]
      = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "d41d8cd98f00b204e9800998ecf8427e-12", "x" };
  struct storage storage = storage_open (contract, 0);
  for (size_t i = 0; i < sizeof etags / sizeof *etags; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      void *writer = NULL;
      uint64_t have, length = 0;
      int code = storage.instance->ops->create (storage.instance->self, call,
                                                storage_repo (&storage, call),
                                                contract_text (call, "%s", etags[i]), 10, 0, &have,
                                                &writer);
      storage_answer (&storage, call, "create", code, HFCORE_OK);
      storage_write (&storage, writer, 1, 0, 10 + i, HFCORE_OK);
      storage_commit (&storage, writer, 10 + i, HFCORE_OK);
      call = contract_call (contract);
      code = storage.instance->ops->stat (storage.instance->self, call,
                                          storage_repo (&storage, call),
                                          contract_text (call, "%s", etags[i]), &length);
      storage_answer (&storage, call, "stat", code, HFCORE_OK);
      contract_expect (contract, length == 10 + i,
                       "expected stat of \"%s\" to tell %zu bytes, it told %llu", etags[i], 10 + i,
                       (unsigned long long) length);
    }
}

static void
repositories_apart (struct contract *contract)
{
  struct storage one = storage_open (contract, 0), other = one;
  other.repo = 1;
  storage_put_file (&one, 1, "f", 1, 10, 0);
  storage_ref_set (&one, "main", STORAGE_NONE, 1, HFCORE_OK);
  storage_expect_unseen (&other, 1);
  storage_expect_state (&other, 1, "f", HFCORE_FILE_UNKNOWN);
  storage_expect_ref (&other, "main", STORAGE_NONE);
  storage_put_file (&other, 1, "f", 1, 10, 0);
  storage_ref_set (&other, "main", STORAGE_NONE, 2, HFCORE_OK);
  storage_expect_ref (&one, "main", 1);
  /* One id, another type.  */
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_repo repo = *storage_repo (&one, call);
  const char *found;
  repo.type = contract_text (call, "%s", strcmp (repo.type, "model") == 0 ? "dataset" : "model");
  int code = one.instance->ops->ref_get (one.instance->self, call, &repo, "main", &found);
  storage_answer (&one, call, "ref_get", code, HFCORE_PASS);
}

enum
{
  MANY = 300
};

static void
many_files (struct contract *contract)
{
  struct storage storage = storage_open (contract, 0);
  for (unsigned i = 0; i < MANY; i++)
    {
      char path[64];
      snprintf (path, sizeof path, "folder-%u/file-%u", i % 7, i);
      storage_put_file (&storage, 1, path, i + 1, 10 + i, 0);
    }
  for (unsigned i = 0; i < MANY; i += 7)
    {
      char path[64];
      snprintf (path, sizeof path, "folder-%u/file-%u", i % 7, i);
      storage_expect_file (&storage, 1, path, i + 1, 10 + i);
    }
  if (storage.instance->caps & LIST)
    contract_expect (contract, storage_count (&storage, HFCORE_ENTRY_FILE) == MANY,
                     "expected list to tell %d FILEs, it told another number", MANY);
}

const struct contract_case contract_storage_name_cases[] = {
  { "refs", "a ref names the commit that it was set to", "storage, ref_get, ref_set", WRITE, 0,
    refs },
  { "refs-compare", "a ref is set only if it names what was expected",
    RULE_REF_SET "; else only if it names that, otherwise CONFLICT", WRITE, 0, refs_compare },
  { "refs-whole-among-threads", "of threads that replace one commit a single one succeeds",
    RULE_REF_SET "; else only if it names that, otherwise CONFLICT", WRITE, 0,
    refs_whole_among_threads },
  { "refs-whole-among-instances", "of instances that replace one commit a single one succeeds",
    RULE_REF_SET "; else only if it names that, otherwise CONFLICT", WRITE, CONTRACT_LASTING,
    refs_whole_among_instances },
  { "file-states", "a file is known by its commit and path, and is its blob", RULE_FILE_GET, WRITE,
    0, file_states },
  { "file-absent", "that a commit does not have a file is remembered",
    "storage, file_set: NULL: remember that the commit does not have it", WRITE, 0, file_absent },
  { "file-untold", "a file is set for who does not want to be told of it (`file` is NULL)",
    RULE_FILE_OUT, WRITE, 0, file_untold },
  { "file-replaced", "a file becomes another blob with HFCORE_REPLACE",
    "HFCORE_REPLACE: whatever stands there now is to go", WRITE, 0, file_replaced },
  { "file-of-new-blob", "a blob that was committed for a file is that file",
    "HFCORE_NEW_BLOB: the blob was committed for this call", WRITE, 0, file_of_new_blob },
  { "file-without-blob", "a file is not made of a blob that is not here", RULE_FILE_SET, WRITE, 0,
    file_without_blob },
  { "file-folder", "files lie in their commit's folder",
    "storage, path: the local folder of a "
    "commit's files",
    WRITE | PATHS, 0, file_folder },
  { "blob-path", "the local path of a blob is told", "storage, blob_path: PASS when it is not here",
    WRITE | PATHS, 0, blob_path },
  { "file-etag", "which blob a file is, is told or not known",
    "storage, file_etag: PASS when that is not known", WRITE, 0, file_etag },
  { "file-link", "a file becomes one that lies elsewhere",
    "storage, file_link: let `path` of `commit` be the file at `source`", WRITE | PATHS, 0,
    file_link },
  { "use-mark", "the use of a revision is remembered",
    "storage, use_mark: remember that a revision is used now; PASS: there is none", WRITE, 0,
    use_mark },
  { "names-of-files", "paths of all shapes: Unicode, spaces, dots, long and deep ones", RULE_NAMES,
    WRITE, 0, names_of_files },
  { "names-of-refs", "refs of all shapes", RULE_NAMES, WRITE, 0, names_of_refs },
  { "etags-of-all-kinds", "etags that are no digest name blobs as well", RULE_NAMES, WRITE, 0,
    etags_of_all_kinds },
  { "repositories-apart", "repositories, and types of one id, have nothing in common",
    "storage: `repo` of each op; types.h: a repository is its type and id", WRITE, 0,
    repositories_apart },
  { "many-files", "300 files of one commit are all there", RULE_FILE_GET, WRITE, 0, many_files },
  { 0 },
};
