/* SPDX-License-Identifier: Apache-2.0 */
/* reference_storage.h: a storage in memory, below wrappers under check. All instances of a process
 * share one list of items, which are few. What is in it is named by texts:
 *
 *   BLOB      name: etag                 bytes
 *   REF       name: ref                  value: commit
 *   FILE      name: path, commit         value: etag
 *   ABSENT    name: path, commit
 *   TREE      commit                     bytes: of reference_tree_set
 *   lock      name: key
 *   writer    name: its address
 */
#ifndef HFCORE_CONTRACT_REFERENCE_STORAGE_H
#define HFCORE_CONTRACT_REFERENCE_STORAGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "core/contract/case.h"
#include "core/util/cleanup.h"
#include "core/util/vector.h"

enum
{
  /* Kinds beside HFCORE_ENTRY_…, of what is not kept but at work: */
  REFERENCE_LOCK = 100,
  REFERENCE_WRITER = 101,
  REFERENCE_MOST = 256 << 20 /* bytes of one blob  */
};

/* What items share with who reads them; freed by the last.  */
struct reference_bytes
{
  atomic_int owners;
  char *bytes;
  size_t len;
};

struct reference_item
{
  int kind;
  char *type, *id, *name, *commit, *value; /* "" where it has none  */
  struct reference_bytes *content;         /* or NULL  */
  int64_t time_ms, used_ns;
};

VECTOR_DEFINE (reference_items, struct reference_item *);

/* Of the whole process.  */
struct reference_shared
{
  pthread_mutex_t mutex;
  struct reference_items items;
};
extern struct reference_shared reference_shared;
#define WITH_REFERENCE ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&reference_shared.mutex)

struct reference
{
  const struct hfcore_host *host;
};

/* ---- reference_items.c; `_locked` within WITH_REFERENCE ---- */

int reference_no_memory (const struct reference *reference, struct hfcore_call *call);
/* "" of NULL.  */
char *reference_copy (const char *text);

/* Takes over `bytes`, also when it fails: NULL.  */
struct reference_bytes *reference_bytes_new (char *bytes, size_t len);
/* One owner more; NULL of NULL.  */
struct reference_bytes *reference_bytes_share (struct reference_bytes *content);
void reference_bytes_cleanup (struct reference_bytes **content);
#define CLEANUP_BYTES __attribute__ ((cleanup (reference_bytes_cleanup)))

/* Shares `content`; the other members may be NULL. NULL: no memory.  */
struct reference_item *reference_item_new (int kind, const char *type, const char *id,
                                           const char *name, const char *commit, const char *value,
                                           struct reference_bytes *content);
void reference_item_free (struct reference_item *item);
bool reference_item_is_of (const struct reference_item *item, const struct hfcore_repo *repo);

/* Where it is among the items, or their number. NULL: any name or commit.  */
size_t reference_find_locked (int kind, const struct hfcore_repo *repo, const char *name,
                              const char *commit);
/* The same, or NULL.  */
struct reference_item *reference_get_locked (int kind, const struct hfcore_repo *repo,
                                             const char *name, const char *commit);
void reference_drop_locked (size_t at);
/* Is it something that is kept, of this repository?  */
bool reference_is_kept (const struct reference_item *item, const struct hfcore_repo *repo);
/* In the place of one of the same name. Takes over `item`, which may be NULL: no memory.  */
int reference_put_locked (const struct reference *reference, struct hfcore_call *call,
                          struct reference_item *item);
/* The caller's share of a blob, or NULL.  */
struct reference_bytes *reference_find_blob (const struct hfcore_repo *repo, const char *etag);

/* HFCORE_OK, or what is wrong with the names that are not NULL.  */
int reference_check_names (const struct reference *reference, struct hfcore_call *call,
                           const char *etag, const char *ref, const char *commit, const char *path);

/* ---- reference_lists.c: ops ---- */

int reference_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                        const char *commit, const struct hfcore_file_sink *sink);
int reference_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                        const char *commit, const struct hfcore_file_info *files, size_t count);
int reference_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    uint32_t kinds, const struct hfcore_entry_sink *sink);
int reference_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry);

#endif
