/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.h: what the storages hold, told repository by repository (spec 7.1, 7.2): the ground
 * of scan, deletion and verification. Nothing is kept: memory is that of one repository for each
 * thread, and of the repositories' names.
 *
 * Python's numbers, for reports that equal its own: of a repository `size`, `blob_count` (its
 * nb_files), `accessed_ns`, `modified_ns`, `path`, and the refs; of a revision `size`,
 * `file_count` (its nb_files), `modified_ns`, `path`, and the refs; of the whole `size` (0.26) and
 * `disk_size` (since 1.32); the warnings; of partials path and size. All the rest is our own:
 * etags, orphan blobs, `revisions` of a blob, `held`, `storage`.  */
#ifndef HFCORE_ENGINE_INVENTORY_H
#define HFCORE_ENGINE_INVENTORY_H

#include "core/engine/engine.h"

#define INVENTORY_ALL_STORAGES SIZE_MAX

enum
{
  INVENTORY_FILES = 1, /* fill `files` of each revision, and `blobs`                              */
  INVENTORY_BLOBS = 2, /* fill `blobs` of each repository                                         */
  /* Judge as huggingface_hub 0.26.2: other texts of two warnings, links followed to their end,
   * kernels are no type. Without it: as the newest one.  */
  INVENTORY_AS_0_26 = 4,
  /* With a repository to which Python objects (a warning is told), tell what was found of it all
   * the same, with `broken` set: for those who are to clean up.  */
  INVENTORY_BROKEN = 8,
  /* Only repositories with their refs and revisions: no file is looked at, so that all counts,
   * sizes and times of files are 0, and what would be wrong with files is not told. Alone.  */
  INVENTORY_NAMES = 16
};

/* Where the bytes of a file are.  */
enum inventory_place
{
  INVENTORY_BLOB,      /* a blob of the repository                                                */
  INVENTORY_OWN,       /* the file of the snapshot itself: the copy form                          */
  INVENTORY_ELSEWHERE, /* a link led out of the repository's blobs: to another storage, say       */
  INVENTORY_GONE       /* a link led to nothing; only in a `broken` repository                    */
};

/* One file of bytes. Times are nanoseconds since 1970.  */
struct inventory_blob
{
  enum inventory_place place;
  const char *etag; /* of a BLOB, or of what was one and is GONE; else NULL                       */
  /* Where it lies: of a BLOB in blobs (it may itself be a link, see `is_link`), of an OWN one the
   * snapshot's file, ELSEWHERE and GONE where the file's link led, by one hop.  */
  const char *path;
  uint64_t size; /* bytes, as its file says                                                       */
  int64_t accessed_ns;
  int64_t modified_ns;
  uint32_t revisions; /* how many use it; 0: an orphan, in none of Python's numbers               */
  bool is_link;       /* of a BLOB: blobs/<etag> is a link, ...                                   */
  bool is_shared;     /* ... into the shared store of this cache (spec 15): never delete what it
                         leads to without its manifest                                            */
};

struct inventory_file
{
  const char *name; /* path in the repository                                                     */
  size_t blob;      /* index in the repository's `blobs`                                          */
};

struct inventory_ref
{
  const char *name;   /* "main", "refs/pr/1"                                                      */
  const char *commit; /* what it says, as it stands in the file: may be no commit, may be ""      */
};

struct inventory_revision
{
  const char *commit; /* the folder's name: may be no commit                                      */
  const char *path;   /* of its folder                                                            */
  uint64_t size;      /* of its distinct blobs                                                    */
  uint64_t file_count;
  int64_t modified_ns; /* of its newest blob, or of its folder when it has none                   */
  int64_t used_ns;     /* when it was last written to or marked as used; 0: it cannot be told */
  const char *const *refs; /* names of those that name it, sorted by bytes                        */
  size_t ref_count;        /* 0: detached                                                         */
  const struct inventory_file *files; /* INVENTORY_FILES, `file_count` of them, as met; or NULL   */
};

/* Valid, with all it points to, during the callback.  */
struct inventory_repo
{
  struct hfcore_repo repo; /* type and id; an id may be odd: see `is_sound`                       */
  size_t storage;          /* the registry's index                                                */
  const char *path;        /* of its folder, under the resolved root                              */
  uint64_t size;           /* of the distinct blobs that revisions use                            */
  uint64_t blob_count;     /* how many these are                                                  */
  int64_t accessed_ns;     /* the newest of these, or of the folder when there are none           */
  int64_t modified_ns;
  const struct inventory_ref *refs; /* sorted by name, as bytes                                   */
  size_t ref_count;
  const struct inventory_revision *revisions; /* sorted by commit, as bytes                       */
  size_t revision_count;
  const struct inventory_blob *blobs; /* INVENTORY_BLOBS or _FILES: all, orphans too; or NULL     */
  size_t all_blob_count;
  bool broken;   /* INVENTORY_BROKEN: a warning was told of it                                    */
  bool is_sound; /* the id is one that the Hub could have                                         */
};

/* Why Python leaves a repository out of its report (spec 7.1); the order is that of the checks.  */
enum inventory_problem
{
  INVENTORY_NO_FOLDER = 1,
  INVENTORY_NO_REPO, /* no "--" in the name                                                  */
  INVENTORY_NO_TYPE, /* what is before it is no type                                         */
  INVENTORY_NO_SNAPSHOTS,
  INVENTORY_REFS_FILE, /* refs is a file                                                       */
  INVENTORY_SNAPSHOT_FILE, /* a file lies among the revisions                                     */
  INVENTORY_BLOB_MISSING, /* a link leads to nothing                                              */
  INVENTORY_REF_DANGLES,  /* a ref names what is no revision here                                 */
  INVENTORY_UNREADABLE    /* ours: Python dies of it                                              */
};

struct inventory_warning
{
  enum inventory_problem problem;
  size_t storage;
  const char *path; /* of the repository's folder, or what stands in its place                    */
  /* Python's text, as it stands in `str (warning)`. Names are as on disk: whoever prints it makes
   * it safe for a terminal.  */
  const char *text;
};

struct inventory_partial
{
  const struct hfcore_repo *repo; /* NULL: it lies in a folder that is no repository              */
  size_t storage;
  const char *path;
  const char *name; /* file name in blobs, as `remove` wants it                                   */
  const char *etag;
  uint64_t size;
  int64_t modified_ns;
  bool held; /* a live process writes to it, or one of another machine may                        */
};

/* Callbacks are never called by two threads at once, but from any; a non-zero return ends the walk
 * and is what it returns. Each may be NULL. Repositories and partials come in any order; warnings
 * after all of them, in the order in which the storages list.
 *
 * Nothing may be asked of the storages from inside a callback.  */
struct inventory_listener
{
  void *ctx;
  int (*repo) (void *ctx, const struct inventory_repo *repo);
  int (*partial) (void *ctx, const struct inventory_partial *partial);
  int (*warning) (void *ctx, const struct inventory_warning *warning);
};

struct inventory_ask
{
  struct engine *engine;
  uint32_t flags; /* INVENTORY_…                                                  */
  size_t storage; /* only this one; or INVENTORY_ALL_STORAGES                     */
  const struct hfcore_repo *repo; /* only this one; NULL: all                                     */
  unsigned threads;               /* at most; 0: as many as pay                                   */
};

struct inventory_sum
{
  uint64_t repos; /* that were told                                                           */
  uint64_t revisions;
  uint64_t size;      /* of all repositories: 0.26's total                                        */
  uint64_t disk_size; /* each file of bytes once, and all of the shared stores: today's total     */
  uint64_t warnings;
  uint64_t partials;
  uint64_t partial_size;
  uint64_t unused_shared; /* payloads of shared stores that nothing uses                          */
  uint64_t unused_shared_size;
};

/* Tell what is there. `sum` may be NULL. NOTFOUND with HFCORE_MISSING_CACHE: there is no cache
 * (with several storages: none of them is there; one that fails is told of and passed over). With
 * `ask->repo` one that is not there tells nothing.  */
int inventory_each (const struct inventory_ask *ask, struct hfcore_call *call,
                    const struct inventory_listener *listener, struct inventory_sum *sum);

#endif
