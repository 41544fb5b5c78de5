/* SPDX-License-Identifier: Apache-2.0 */
/* storage_kit.h: the steps that the cases of a storage are made of. Each op has a call of its own,
 * which has ended, with all names and bytes that were given in it, before the next begins: a plugin
 * that keeps a pointer too long crashes there, and the verdict says so.
 *
 * Everything is told by small numbers: a commit and a blob each by its own, from 1, the bytes of a
 * blob by that of the blob.  */
#ifndef HFCORE_CONTRACT_STORAGE_KIT_H
#define HFCORE_CONTRACT_STORAGE_KIT_H

#include <limits.h>
#include "core/contract/case.h"
#include "core/util/vector.h"

#define STORAGE_MIB ((uint64_t) 1 << 20)
#define STORAGE_END HFCORE_SIZE_UNKNOWN

/* What an op is expected to answer, beside the codes of hfcore/types.h. Of an op that a plugin may
 * leave NULL, UNSUPPORTED ends the case as skipped, unless it is expected, or ANY.  */
enum
{
  STORAGE_ANY = INT_MIN,
  STORAGE_FAILS = INT_MAX,      /* with any code  */
  STORAGE_GONE = INT_MAX - 1,   /* OK or PASS: there is nothing (any more)  */
  STORAGE_NOTHING = INT_MAX - 2 /* PASS or NOTFOUND: there is nothing  */
};

/* Numbers in the place of a commit, a blob.  */
enum
{
  STORAGE_NONE = 0,     /* "" for the `expected` of a ref; NULL for the blob of a file  */
  STORAGE_WHATEVER = -1 /* NULL for the `expected` of a ref  */
};

/* One instance, and the repository that is worked on.  */
struct storage
{
  struct contract *contract;
  const struct contract_storage *instance;
  unsigned repo;
};

struct storage storage_open (struct contract *contract, uint32_t flags);
void storage_close (struct storage *storage);
const struct hfcore_repo *storage_repo (const struct storage *storage, struct hfcore_call *call);
/* End the call; was the answer what was expected? Returns the code.  */
int storage_answer (const struct storage *storage, struct hfcore_call *call, const char *op,
                    int code, int expected);
/* The same for an op that may be NULL.  */
int storage_answer_optional (const struct storage *storage, struct hfcore_call *call,
                             const char *op, int code, int expected);

/* The guard has not put right what the plugin did wrong.  */
void storage_expect_no_fault (struct contract *contract);

/* ---- bytes ---- */

void storage_pattern (unsigned char *to, unsigned blob, uint64_t offset, size_t len);

int storage_stat (const struct storage *storage, unsigned blob, uint64_t *length, int expected);
int storage_create (const struct storage *storage, unsigned blob, uint64_t expect, uint32_t flags,
                    uint64_t *have, void **writer, int expected);
/* Bytes of `pattern`, most often the blob's number.  */
int storage_write (const struct storage *storage, void *writer, unsigned pattern, uint64_t offset,
                   uint64_t len, int expected);
int storage_restart (const struct storage *storage, void *writer, int expected);
int storage_commit (const struct storage *storage, void *writer, uint64_t length, int expected);
void storage_abandon (const struct storage *storage, void *writer, int keep_partial);
/* create, nothing of an earlier partial, which is left alone.  */
void *storage_begin (const struct storage *storage, unsigned blob, uint64_t expect);
/* A whole blob.  */
void storage_put (const struct storage *storage, unsigned blob, uint64_t len);
/* What was written reads back so, where the plugin reads back.  */
void storage_expect_written (const struct storage *storage, void *writer, unsigned pattern,
                             uint64_t offset, uint64_t len);

/* What came through a sink, compared with the pattern of `blob` as it comes.  */
struct storage_received
{
  unsigned blob;
  /* What the sink does: */
  int begin_says, data_says;
  uint32_t pause_ms;         /* with each piece, until PAUSES_END_MS are over  */
  void (*first) (void *ctx); /* with the first piece  */
  void *ctx;
  /* What came: */
  unsigned begins, pieces;
  uint64_t offset, total, len;
  bool differs;
  uint64_t differs_at; /* in the blob  */
  uint32_t recorded;   /* failures that the plugin recorded  */
  int64_t took_ms;
};
enum
{
  STORAGE_PAUSES_END_MS = 2500
};
/* `call` may be NULL, else it is the caller's, as it is to be used, and ends here.  */
int storage_read (const struct storage *storage, struct hfcore_call *call, unsigned blob,
                  uint64_t offset, uint64_t length, struct storage_received *received,
                  int expected);

/* A whole blob of so many bytes came.  */
void storage_expect_all (const struct storage *storage, const struct storage_received *received,
                         uint64_t len);
/* stat and read tell exactly this.  */
void storage_expect_blob (const struct storage *storage, unsigned blob, uint64_t len);
/* Neither stat nor read nor list tell anything.  */
void storage_expect_unseen (const struct storage *storage, unsigned blob);

/* ---- names ---- */

/* `commit` STORAGE_NONE: there is no such ref.  */
void storage_expect_ref (const struct storage *storage, const char *ref, unsigned commit);
int storage_ref_set (const struct storage *storage, const char *ref, int from, unsigned commit,
                     int expected);

struct storage_file
{
  int state;
  uint64_t length;
  char path[PATH_MAX]; /* "": none was told  */
};
int storage_file_get (const struct storage *storage, unsigned commit, const char *path,
                      struct storage_file *file, int expected);
int storage_file_set (const struct storage *storage, unsigned commit, const char *path,
                      unsigned blob, uint32_t flags, int expected);
void storage_expect_state (const struct storage *storage, unsigned commit, const char *path,
                           int state);
/* The file is there and has exactly the bytes of this blob, wherever they can be read.  */
void storage_expect_file (const struct storage *storage, unsigned commit, const char *path,
                          unsigned blob, uint64_t len);
/* A blob, and a file of a commit that is it.  */
void storage_put_file (const struct storage *storage, unsigned commit, const char *path,
                       unsigned blob, uint64_t len, uint32_t flags);
const char *storage_state_name (int state);
/* The op `path`: the folder of a commit, or of the repository (STORAGE_NONE).  */
void storage_folder (const struct storage *storage, unsigned commit, char folder[PATH_MAX]);

/* ---- listings ---- */

struct storage_entry
{
  int kind;
  uint32_t flags;
  uint64_t length;
  int64_t used_ns;
  char *name; /* or NULL  */
  char commit[48], etag[128], type[16], id[128];
};
VECTOR_DEFINE (storage_entries, struct storage_entry);
void storage_entries_free (struct storage_entries *entries);
#define CLEANUP_ENTRIES __attribute__ ((cleanup (storage_entries_free)))

/* Every kind of entry that a repository may have.  */
#define STORAGE_ALL_KINDS                                                                          \
  (1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE                  \
   | 1u << HFCORE_ENTRY_BLOB | 1u << HFCORE_ENTRY_PARTIAL | 1u << HFCORE_ENTRY_ABSENT)

/* Of the repository, or of all (`all`). Only kinds that were asked for may come. A repository that
 * is not there has no entries: PASS and NOTFOUND are as good as OK.  */
void storage_list (const struct storage *storage, bool all, uint32_t kinds,
                   struct storage_entries *entries);
size_t storage_count (const struct storage *storage, int kind);
/* The entry of this kind with these members (STORAGE_NONE, NULL: whatever), or NULL.  */
const struct storage_entry *storage_find (struct contract *contract,
                                          const struct storage_entries *entries, int kind,
                                          unsigned commit, unsigned blob, const char *name);

/* ---- removing, threads, folders ---- */

int storage_remove (const struct storage *storage, int kind, unsigned commit, unsigned blob,
                    const char *name, uint32_t flags, int expected);

/* As many threads at once; `number` from 0.  */
void storage_at_once (const struct storage *storage, unsigned threads,
                      void (*run) (const struct storage *storage, unsigned number, void *ctx),
                      void *ctx);

/* All below a folder with kind, rights, size and perhaps time, a line each; NULL for NULL. For two
 * looks to be compared; a new string.  */
char *storage_look (struct contract *contract, const char *folder, bool times);
void storage_expect_same (struct contract *contract, const char *before, const char *after);

/* These bytes at the very end of pages, behind which nothing may be touched; never freed.  */
void *storage_at_the_edge (struct contract *contract, const void *bytes, size_t len);

#endif
