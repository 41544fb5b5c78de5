/* SPDX-License-Identifier: Apache-2.0 */
/* verify_parts.h: what the parts of a verification share: verify.c decides what is checked and
 * against what, verify_gather.c finds what is there, verify_crew.c computes the digests,
 * verify_repair.c fetches again, verify_tell.c tells the application.
 *
 * The unit is one repository (some or all of its revisions) or one local folder. A file of bytes
 * that several names lead to is read once.  */
#ifndef HFCORE_ENGINE_VERIFY_PARTS_H
#define HFCORE_ENGINE_VERIFY_PARTS_H

#include <hfcore/hfcore.h>
#include <pthread.h>
#include <sys/types.h>
#include "core/engine/events.h"
#include "core/engine/file_list.h"
#include "core/engine/local_dir.h"
#include "core/util/digest.h"
#include "core/util/vector.h"

#define VERIFY_NOWHERE SIZE_MAX

/* One path of one revision.  */
struct verify_item
{
  char commit[41];   /* "": of a local folder whose commit is not known  */
  char *name;        /* in the repository  */
  char *path;        /* where it lies; NULL: nowhere, or only the storage's `read` has it  */
  char *etag;        /* what names its blob; NULL: not known  */
  char *expected;    /* digest; NULL: not known  */
  size_t storage;    /* the registry's index, or VERIFY_NOWHERE  */
  uint64_t length;   /* as it lies there, or HFCORE_SIZE_UNKNOWN  */
  char *listed_etag; /* as the revision's list has it; NULL: it has none  */
  uint64_t listed_length;
  bool is_there;
  enum digest_kind kind;
  int32_t state; /* HFCORE_VERIFIED_…  */
  bool repaired;
  char *why;
  struct verify_job *job; /* that computes its digest; NULL: none does  */
  dev_t device;
  ino_t inode;
};
VECTOR_DEFINE (verify_items, struct verify_item);

/* A digest to be computed.  */
struct verify_job
{
  struct verify_job *next;
  struct verify_unit *unit;
  const struct verify_item *item; /* the first of those that are this file  */
  size_t item_count;
  char *label; /* what progress calls it  */
  int code;
  char actual[65]; /* "": it could not be read, `why` says why  */
  char *why;
};

struct verify_unit
{
  struct verify *verify;
  struct verify_unit *next;
  struct hfcore_repo repo;
  char *type, *id;
  char commit[41];           /* the only one that is checked; "": all that are there, or a local
                                folder whose commit is not known  */
  struct verify_items items; /* by commit and name  */
  struct verify_job *jobs;
  size_t job_count;
  size_t pending; /* jobs that are not done; of the crew's mutex  */
};

struct verify_crew;

struct verify
{
  struct engine *engine;
  struct hfcore_call *call;
  const struct hfcore_verify *ask;
  struct events *events;
  const struct local_dir *local; /* or NULL  */
  const char *revision;          /* of a local folder  */
  struct verify_crew *crew;
  bool asks_nobody;
  uint64_t plan_files, plan_bytes;
};

/* verify_unit.c  */
struct verify_unit *verify_unit_new (struct verify *verify, const struct hfcore_repo *repo);
void verify_unit_free (struct verify_unit *unit);
int verify_no_memory (struct hfcore_call *call);
/* Order of items: by commit, name and storage.  */
int verify_compare_items (const void *a, const void *b);
/* What is listed against what is there, of the items [from, to): digests, and what is missing or
 * too much. `list` NULL: nobody knows it. New items are appended, and sorting is due.  */
int verify_expect (struct verify_unit *unit, const char *commit, size_t from, size_t to,
                   const struct file_list *list);
/* Jobs for what is there and should have a digest, largest first, and the plan is told.  */
int verify_make_jobs (struct verify_unit *unit);
/* The digest of an item that is computed, compared.  */
void verify_judge (struct verify_item *item);

/* Of what was found: is it to be repaired, or told as wrong?  */
static inline bool
verify_is_wrong (const struct verify_item *item)
{
  return (item->state == HFCORE_VERIFIED_DAMAGED || item->state == HFCORE_VERIFIED_MISSING)
         && !item->repaired;
}

/* verify_gather.c: what is there: of this commit or (NULL) all. One path is there once: in the
 * first storage that has it.  */
int verify_gather (struct verify_unit *unit, const char *commit);
int verify_gather_local (struct verify_unit *unit, const struct local_dir *dir);

/* verify_crew.c: the threads that compute digests. `workers` at most.  */
int verify_crew_begin (struct verify *verify, unsigned workers, struct verify_crew **crew);
/* Begin with the jobs of a unit; and wait until they are done. CANCELLED, NOMEM.  */
void verify_crew_add (struct verify_crew *crew, struct verify_unit *unit);
int verify_crew_wait (struct verify_crew *crew, struct verify_unit *unit);
/* Nothing more is begun, and what is under way is stopped when the call is.  */
void verify_crew_end (struct verify_crew *crew);

/* verify_repair.c: what is damaged or missing is fetched again. Not HFCORE_OK: CANCELLED, NOMEM;
 * what could not be repaired is told by the items.  */
int verify_repair (struct verify_unit *unit);

/* verify_tell.c: the files and the sums of each revision, to the application.  */
int verify_tell (struct verify_unit *unit);

#endif
