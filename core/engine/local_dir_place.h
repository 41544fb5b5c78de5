/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_place.h: where in a local folder one file, its metadata and its lock are (spec 3.1).
 *
 * A user may have made a folder of the repository a link to another disk, so links are followed on
 * the way to the file, as in Python. Below .cache/huggingface none is: nobody puts one there with
 * good intent.  */
#ifndef HFCORE_ENGINE_LOCAL_DIR_PLACE_H
#define HFCORE_ENGINE_LOCAL_DIR_PLACE_H

#include <limits.h>
#include <sys/stat.h>
#include "core/engine/local_dir.h"

#define LOCAL_DIR_CACHE ".cache/huggingface"

struct local_place
{
  const struct local_dir *dir;
  const char *path; /* in the repository  */
  const char *name; /* its last segment  */
  int files;        /* the open folder of the file; -1: it is not there  */
  int downloads;    /* the open folder of its metadata, lock and partials; -1: it is not there  */
  char metadata[NAME_MAX + 1], lock[NAME_MAX + 1];
};

/* Open the folders that are there. `dir` and `path` outlive the place; end it with
 * local_place_close, also after a failure.  */
int local_place_open (struct hfcore_call *call, const struct local_dir *dir, const char *path,
                      struct local_place *place);
/* Make those that are not, with what marks .cache/huggingface as nothing of the user's.  */
int local_place_make (struct hfcore_call *call, struct local_place *place);
void local_place_close (struct local_place *place);
#define CLEANUP_PLACE __attribute__ ((cleanup (local_place_close)))

/* Is the file there? Links count as what they lead to.  */
bool local_place_has_file (const struct local_place *place, struct stat *st);

/* Wait for the lock (spec 1.10). `*lock` is -1 where the file system has none: locks save work and
 * keep metadata in step, no file's content rests on them. READONLY, NOSPACE, CANCELLED.  */
int local_place_lock (struct engine *engine, struct hfcore_call *call,
                      const struct local_place *place, int *lock);
void local_place_unlock (int *lock);
#define CLEANUP_LOCAL_LOCK __attribute__ ((cleanup (local_place_unlock)))

/* Record "cannot DOING PATH: reason; what to do". `path` is relative to the folder.  */
int local_dir_fail (struct hfcore_call *call, int os_errno, const char *doing,
                    const struct local_dir *dir, const char *path);
/* A whole new file NAME in an open folder, made by `fill` (0; -1: errno) and then put in the place
 * of one that is there, unless `keep`. -1: errno, and nothing was left.  */
int local_dir_write (int folder, const char *name, mode_t mode, bool keep,
                     int (*fill) (const void *ctx, int fd), const void *ctx);
/* .cache/huggingface, opened; `make` as in files_walk. -1: errno.  */
int local_dir_open_cache (const struct local_dir *dir, bool make);

#endif
