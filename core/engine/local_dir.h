/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir.h: files of a repository in a plain folder, in place of the cache (spec 3). The caches
 * are read, never written. In the folder lie
 *   PATH                                        the file itself
 *   .cache/huggingface/download/PATH.metadata   of which commit and etag it is, and since when
 *   .cache/huggingface/download/PATH.lock       held while either is written
 *   .cache/huggingface/trees/COMMIT.json        the file list of a commit
 * and beside the metadata the partials of files under way. Nothing is made before there is
 * something to be written: a file that does not exist, and a dry run, leave no trace.  */
#ifndef HFCORE_ENGINE_LOCAL_DIR_H
#define HFCORE_ENGINE_LOCAL_DIR_H

#include "core/engine/download.h"
#include "core/engine/file_list.h"
#include "core/engine/snapshot.h"

struct local_dir
{
  char *path;   /* absolute, links resolved; may not be there yet  */
  int32_t link; /* HFCORE_LINK_…  */
};

/* `path` may begin with "~". CONFIG: it is empty, or there is no such way to link.  */
int local_dir_open (struct hfcore_call *call, const char *path, int32_t link,
                    struct local_dir *dir);
void local_dir_close (struct local_dir *dir);

/* CONFIG: this name would stand where the folder's own metadata is.  */
int local_dir_check_file (struct hfcore_call *call, const char *path);

/* What download_file does with a request whose `local` is set: spec 3.3. The commit of a file that
 * is taken as it lies there is "" where no metadata tells it.  */
int local_dir_download (struct engine *engine, struct hfcore_call *call, const struct download *ask,
                        struct downloaded *file);

/* ---- what snapshot_download does otherwise when its request's `local` is set (spec 4.2, 4.3) ----
 * The file list as the folder remembers it. PASS: it does not.  */
int local_dir_list (struct engine *engine, struct hfcore_call *call, const struct local_dir *dir,
                    const char *commit, struct file_list *list);
/* The commit of the newest list there: what the folder was filled with last. False: there is
 * none.  */
bool local_dir_newest_list (const struct local_dir *dir, char commit[41]);
/* Remember it there, best effort.  */
void local_dir_remember (struct engine *engine, const struct local_dir *dir, const char *commit,
                         const struct file_list *list);
/* CORRUPT: one of the files has a name that local_dir_check_file refuses.  */
int local_dir_check_names (struct hfcore_call *call, const struct snapshot *snapshot);
/* No source can be asked (`call->error` says why, unless it was forbidden): the folder as it is, if
 * the list of its commit does not say that files are missing (DOWN). PASS: it is not there, or
 * empty.  */
int local_dir_fall_back (struct engine *engine, struct hfcore_call *call,
                         const struct snapshot_request *ask, struct snapshot *snapshot);

#endif
