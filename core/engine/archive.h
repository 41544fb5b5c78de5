/* SPDX-License-Identifier: Apache-2.0 */
/* archive.h: what a tar for a machine without a network holds: the files of a Hub cache (spec 1.4),
 * so that unpacking one into a cache folder works without hfcore too, and before them all its
 * manifest, where scanners do not look:
 *
 *   .locks/hfcore-export.json       the manifest (archive_manifest.h)
 *   <repo>/blobs/<etag>             content
 *   <repo>/snapshots/<commit>/<path>   a link to ../../blobs/<etag>, one "../" more a folder
 *   <repo>/.no_exist/<commit>/<path>   empty
 *   <repo>/trees/<commit>.json      the file list of the commit
 *   <repo>/refs/<ref>               the commit that it names
 *
 * in this order within a repository, and repositories by folder: who unpacks it, or adds it to a
 * cache in this order, never shows a ref before its files, nor a file before its content.  */
#ifndef HFCORE_ENGINE_ARCHIVE_H
#define HFCORE_ENGINE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <hfcore/hfcore.h>
#include "core/config/pool.h"
#include "core/util/text.h"
#include "core/util/vector.h"

/* What the texts that say why something is refused are when it is for want of memory.  */
extern const char archive_no_memory[];

#define ARCHIVE_MANIFEST ".locks/hfcore-export.json"

enum
{
  ARCHIVE_PATH_MOST = 2048 /* bytes of an entry's path: a cache's own folder comes before it  */
};

/* In the order of the archive.  */
enum archive_kind
{
  ARCHIVE_BLOB,   /* etag  */
  ARCHIVE_FILE,   /* commit, name, etag  */
  ARCHIVE_ABSENT, /* commit, name  */
  ARCHIVE_TREE,   /* commit  */
  ARCHIVE_REF     /* name, commit  */
};

/* Members that do not apply to the kind are NULL or 0; strings belong to the archive.  */
struct archive_entry
{
  enum archive_kind kind;
  uint32_t repo; /* its index  */
  const char *etag;
  const char *commit;
  const char *name;   /* path in the repository, or ref  */
  const char *sha256; /* of the content, where no other member tells what it is; or NULL  */
  uint64_t length;    /* of the content; bytes  */
  bool is_needed;     /* a blob that is not in the archive: the other side has it  */
  uint32_t storage;   /* of what was gathered: where the file was found; a blob then has the commit
                         and name of a file that it is  */
};

struct archive_repo
{
  const char *folder; /* "models--org--name"  */
  struct hfcore_repo repo;
};

VECTOR_DEFINE (archive_repos, struct archive_repo);
VECTOR_DEFINE (archive_entries, struct archive_entry);

/* All zero: empty. One thread at a time.  */
struct archive
{
  struct pool pool;
  struct archive_repos repos;
  struct archive_entries entries;
};
void archive_free (struct archive *archive);
#define CLEANUP_ARCHIVE __attribute__ ((cleanup (archive_free)))

/* The index of a repository, added if it is new. -1: no memory.  */
int archive_add_repo (struct archive *archive, const char *type, const char *id, uint32_t *index);
/* A copy of the entry, its strings too. -1: no memory.  */
int archive_add (struct archive *archive, const struct archive_entry *entry);
/* Below 0: `a` stands before `b`.  */
int archive_compare (const struct archive *archive, const struct archive_entry *a,
                     const struct archive_entry *b);
/* Into the order of the archive. Indexes of repositories stay.  */
void archive_sort (struct archive *archive);
/* The same, and of what stands there twice one goes.  */
void archive_unite (struct archive *archive);
/* In a sorted archive; NULL: there is none.  */
struct archive_entry *archive_find_blob (const struct archive *archive, uint32_t repo,
                                         const char *etag);
const struct archive_entry *archive_find_file (const struct archive *archive, uint32_t repo,
                                               const char *commit, const char *name);

/* Has the commit of this entry files?  */
bool archive_has_files (const struct archive *archive, const struct archive_entry *entry);

/* The path of an entry in the archive, and the text of a file's link.  */
void archive_put_path (const struct archive *archive, const struct archive_entry *entry,
                       struct text *to);
void archive_put_target (const struct archive_entry *entry, struct text *to);
/* The entry that such a path names; a new repository is added. Its strings are the archive's. NULL,
 * or why it is none (static text).  */
const char *archive_parse_path (struct archive *archive, const char *path,
                                struct archive_entry *entry);
/* The etag in the text of a file's link: the canonical one, or NULL.  */
const char *archive_parse_target (struct archive *archive, const struct archive_entry *entry,
                                  const char *target);

/* Does a sorted archive make sense as a whole: nothing twice, no file within a file, every blob
 * used, every file with its blob, nothing of a commit without files? NULL, or why not (static
 * text); `*at` is the entry that is wrong.  */
const char *archive_check (const struct archive *archive, const struct archive_entry **at);

/* How much a sorted archive moves.  */
void archive_count (const struct archive *archive, struct hfcore_moved *moved);

#endif
