/* SPDX-License-Identifier: Apache-2.0 */
/* hub_scratch.h: where things are made before they get their place.
 *
 * .locks/<repo folder>/.partials is the scratch folder of a repository: no other client looks
 * there, so nothing that a killed process leaves in it can be taken for a ref or a file. In it lie
 *   <etag>.<8hex>@<owner>   owner records of partials (hub_partial.h)
 *   <kind>.<8hex>@<owner>   what a rename will put in its place; kinds: ref, tree, link, copy, tag,
 *                           modes
 *   gone.<8hex>@<owner>     a folder that a rename took out of the cache (hub_aside.h)
 * with the owner's name as os_owner_self () tells it, or "free".
 *
 * One rule for all: an entry without a partial of its name in blobs is of use to its owner alone.
 * The first time that an instance touches a repository, it removes those whose owner is certainly
 * dead, or ran on another machine and is a day old. `close` removes the folder when it is empty:
 * other clients have none.  */
#ifndef HFCORE_HUB_SCRATCH_H
#define HFCORE_HUB_SCRATCH_H

#include <sys/types.h>
#include "plugins/hub-layout/hub_walk.h"

#define HUB_HEX_LEN        8
#define HUB_FREE_OWNER     "free"
#define HUB_PARTIAL_SUFFIX ".incomplete"
#define HUB_GONE           "gone"

void hub_scratch_folder (struct hub_store *store, const struct hfcore_repo *repo,
                         struct hub_path *path);
/* NAME.HEX@OWNER in it.  */
void hub_scratch_entry (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                        const char *hex, const char *owner, struct hub_path *path);

/* Remove what the dead left, once per instance and repository; best effort. Not from a
 * cache that is only read.  */
void hub_scratch_visit (struct hub_store *store, const struct hfcore_repo *repo);
/* The same at any time, of one repository, there or not, or of all (NULL).  */
void hub_scratch_sweep (struct hub_store *store, const struct hfcore_repo *repo);

/* A file, open for reading and writing; `mode` is a const mode_t *.  */
hub_maker hub_make_file;

/* What `make` returns; missing folders of `path` are made (`*made`: they were).  */
int hub_make_with_folders (const char *path, hub_maker *make, const void *what, bool *made);
/* The same in the scratch folder (unless the repository has no folder in .locks), or as
 * BASE.<8hex>SUFFIX from `folder`; its name into `path`.  */
int hub_scratch_make (struct hub_store *store, const struct hfcore_repo *repo, const char *kind,
                      hub_maker *make, const void *what, struct hub_path *path);
int hub_make_beside (int folder, const char *base, const char *suffix, hub_maker *make,
                     const void *what, struct hub_path *path);

/* Rename `temporary` (from `folder`), or remove it. -1: errno.  */
int hub_scratch_place (int folder, const char *temporary, const struct hub_path *target);
/* Does this errno say that the scratch folder will not do (none there, another file
 * system, another user's), so that a temporary beside the target has to?  */
bool hub_scratch_is_unfit (int os_errno);

/* A file without a name in the folder of `path`, or in the nearest above it that is there; open
 * for reading and writing. -1: errno; not all file systems have such files.  */
int hub_make_unnamed (const struct hub_path *path, mode_t mode);

/* A whole new file in the place of `target`, whose folders are made when it is complete. Where the
 * file system can do that, it has no name until then, and only what replaces another file gets a
 * temporary one.  */
struct hub_scratch_file
{
  const char *kind;
  const struct hub_path *target;
  mode_t mode;
  bool keep;  /* what is there already may stay  */
  bool large; /* the scratch folder is made for it in any case, so that nothing of what a killed
                 process was at can be seen beside the target  */
  /* All that is to be done before it gets its place. -1 (errno): it shall not get it. Called again
   * where another file has to be made.  */
  int (*fill) (void *ctx, int fd);
  void *ctx;
};
/* -1: errno, and nothing was left.  */
int hub_scratch_write (struct hub_store *store, const struct hfcore_repo *repo,
                       const struct hub_scratch_file *file);

#endif
