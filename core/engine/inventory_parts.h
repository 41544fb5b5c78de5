/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_parts.h: what the parts of the inventory share: inventory.c goes through storages and
 * repositories, inventory_gather.c takes in what a storage lists of one, inventory_repo.c makes
 * Python's numbers of it, inventory_text.c its warnings.  */
#ifndef HFCORE_ENGINE_INVENTORY_PARTS_H
#define HFCORE_ENGINE_INVENTORY_PARTS_H

#include "core/engine/inventory.h"
#include "core/util/text.h"
#include "core/util/vector.h"

/* Strings lie behind each other in one block, which moves as it grows; kept are their places.  */
VECTOR_DEFINE (inventory_chars, char);
#define INVENTORY_NO_STRING SIZE_MAX

struct inventory_gathered_blob
{
  struct inventory_blob blob; /* its strings are set at the end  */
  size_t etag, path;          /* or INVENTORY_NO_STRING  */
  size_t seen;                /* the last revision that was seen to use it, counted from 1  */
};
VECTOR_DEFINE (inventory_gathered_blobs, struct inventory_gathered_blob);

struct inventory_gathered_ref
{
  size_t name, says;
};
VECTOR_DEFINE (inventory_gathered_refs, struct inventory_gathered_ref);

struct inventory_gathered_file
{
  size_t name, blob;
};
VECTOR_DEFINE (inventory_gathered_files, struct inventory_gathered_file);

struct inventory_gathered_revision
{
  size_t commit, path;
  uint64_t size, file_count;
  int64_t folder_ns, newest_ns, used_ns;
  size_t first_file;
};
VECTOR_DEFINE (inventory_gathered_revisions, struct inventory_gathered_revision);

struct inventory_gathered_partial
{
  size_t name, etag, path;
  uint64_t size;
  int64_t modified_ns;
  bool held;
};
VECTOR_DEFINE (inventory_gathered_partials, struct inventory_gathered_partial);

/* What is told at the end: pointers into the strings.  */
VECTOR_DEFINE (inventory_names, const char *);
VECTOR_DEFINE (inventory_refs, struct inventory_ref);
VECTOR_DEFINE (inventory_files, struct inventory_file);
VECTOR_DEFINE (inventory_blobs, struct inventory_blob);
VECTOR_DEFINE (inventory_revisions, struct inventory_revision);

/* One repository, taken in; used again for the next one.  */
struct inventory_gather
{
  const struct inventory_ask *ask;
  size_t storage;
  const struct hfcore_repo *repo;
  bool quick;  /* files that are links to blobs were not looked at  */
  bool again;  /* … but one of them has to be  */
  size_t path; /* of its folder  */
  int64_t folder_accessed_ns, folder_modified_ns;
  uint64_t own_count, own_size; /* of files that are their own blobs, when these are not kept  */
  int64_t own_accessed_ns, own_modified_ns;
  enum inventory_problem problem; /* the first that Python would meet; 0: none  */
  size_t problem_path;
  struct inventory_chars strings;
  struct inventory_gathered_blobs blobs;
  size_t *slots; /* hash table: 1 + index of a blob, by its etag or path  */
  size_t slot_count;
  struct inventory_gathered_refs refs;
  struct inventory_gathered_revisions revisions;
  struct inventory_gathered_files files;
  struct inventory_gathered_partials partials;
  struct
  {
    struct inventory_refs refs;
    struct inventory_names names;
    struct inventory_revisions revisions;
    struct inventory_files files;
    struct inventory_blobs blobs;
  } told;
};

void inventory_gather_free (struct inventory_gather *gather);
static inline const char *
inventory_string (const struct inventory_gather *gather, size_t place)
{
  return place == INVENTORY_NO_STRING ? NULL : gather->strings.items + place;
}

/* Ask the storage for all of one repository. PASS: it is not there (any more). A failure that is
 * the repository's own is its problem, UNREADABLE, and `call->error` says why.  */
int inventory_gather_repo (struct inventory_gather *gather, struct hfcore_call *call);
/* Python's numbers. `repo` points into `gather`. -1: no memory.  */
int inventory_repo_make (struct inventory_gather *gather, struct inventory_repo *repo);

/* The text of a problem with what lies at `path`; `gather` is NULL where that is no repository,
 * `error` why it cannot be read.  */
void inventory_text_problem (struct text *text, const struct inventory_ask *ask,
                             enum inventory_problem problem, const char *path,
                             const struct inventory_gather *gather,
                             const struct hfcore_error *error);

#endif
