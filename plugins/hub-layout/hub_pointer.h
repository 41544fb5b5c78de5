/* SPDX-License-Identifier: Apache-2.0 */
/* hub_pointer.h: snapshots/<commit>/<path> as it shall be, in one of two forms: a link (spec 1.7),
 * or a file of its own where there are no links (spec 1.13). A cache may hold both.  */
#ifndef HFCORE_HUB_POINTER_H
#define HFCORE_HUB_POINTER_H

#include "plugins/hub-layout/hub_scratch.h"

struct hub_pointer
{
  struct hub_store *store;
  struct hfcore_call *call;
  const struct hfcore_repo *repo;
  uint32_t flags;
  bool is_blob;           /* `source` is blobs/<etag> of this repository, else a file elsewhere  */
  bool is_own;            /* … or a file of this repository that is none of its blobs  */
  struct hub_path path;   /* its place  */
  struct hub_path source; /* what it shall lead to, or hold  */
  struct hub_path
      target; /* a link's text: "../../blobs/<etag>", one "../" more a folder; or `source`  */
};

/* Fill it: for a blob; or for the regular file at the absolute path `source` (NOTFOUND: there is
 * none), links to which are followed.  */
int hub_pointer_to_blob (struct hub_store *store, struct hfcore_call *call,
                         const struct hfcore_repo *repo, const char *commit, const char *name,
                         const char *etag, uint32_t flags, struct hub_pointer *pointer);
int hub_pointer_to_file (struct hub_store *store, struct hfcore_call *call,
                         const struct hfcore_repo *repo, const char *commit, const char *name,
                         const char *source, uint32_t flags, struct hub_pointer *pointer);

/* What stands in its place: by its name in its open folder, or found.  */
enum hub_standing
{
  HUB_STANDS_FAILED = -1, /* errno; EISDIR: a folder  */
  HUB_STANDS_NOTHING,
  HUB_STANDS_KEPT,    /* it leads there, or is the same file, or nothing said that it is to go  */
  HUB_STANDS_REPLACED /* it is to go  */
};
enum hub_standing hub_pointer_look (const struct hub_pointer *pointer, int folder,
                                    const char *name);
enum hub_standing hub_pointer_stands (const struct hub_pointer *pointer);

/* Make it (hub_link.c, hub_copy.c), unless what stands there is kept. -1: errno.
 * A blob that is new is moved to a copy's place. ESTALE: the source vanished meanwhile.  */
int hub_pointer_link (const struct hub_pointer *pointer);
int hub_pointer_copy (struct hub_pointer *pointer);
/* Does this errno say that the file system has no links?  */
bool hub_pointer_lacks_links (int os_errno);

/* What is there now, for the caller. RETRY: nothing is.  */
int hub_pointer_tell (const struct hub_pointer *pointer, struct hfcore_stored_file *file);

#endif
