/* SPDX-License-Identifier: Apache-2.0 */
/* hub_ops.h: the storage operations that every store with the Hub cache's layout shares. `self`
 * is a struct hub_store; contracts are those of struct hfcore_storage_ops.  */
#ifndef HFCORE_HUB_OPS_H
#define HFCORE_HUB_OPS_H

#include <stdbool.h>
#include <hfcore/plugin.h>

/* hub_blob.c  */
int hub_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t *length);
int hub_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink);
/* Under the resolved root.  */
int hub_folder (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const char **path);

/* hub_writer.c  */
int hub_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer);
int hub_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
               const void *bytes, size_t len);
int hub_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                   size_t len, size_t *got);
int hub_restart (void *self, struct hfcore_call *call, void *writer);
int hub_prove (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
               uint64_t length);
int hub_proven (void *self, struct hfcore_call *call, void *writer,
                const struct hfcore_range_sink *sink);
/* RETRY when the partial was removed meanwhile, by a prune for example.  */
int hub_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length);
void hub_abandon (void *self, void *writer, int keep_partial);

/* hub_ref.c  */
/* Does the ref in this file name another commit?  */
bool hub_ref_names_other (const char *path, const char *commit);
int hub_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char **commit);
int hub_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char *expected, const char *commit);

/* hub_file.c: the path told lies under the root as it was given.  */
int hub_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, struct hfcore_stored_file *file);
/* A file_set without an etag (spec 1.8).  */
int hub_file_set_absent (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                         const char *commit, const char *path, struct hfcore_stored_file *file);

/* hub_form.c: the path told lies under the resolved root. `file_link` makes a file of its own of a
 * file of the same repository that is no blob, links or not: revisions do not depend on each other.
 * UNSUPPORTED: the file system has no links, or none of the ways that are allowed for copies.
 * RETRY: what it is made of went away.  */
int hub_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, const char *etag, uint32_t flags,
                  struct hfcore_stored_file *file);
int hub_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char *source, uint32_t flags,
                   struct hfcore_stored_file *file);

/* hub_where.c: links are followed to their end. The etag of a link is that of the first blob that
 * it leads to, of whichever cache.  */
int hub_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *etag, const char **path);
int hub_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char **etag);

/* hub_describe.c  */
int hub_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink);

/* hub_use.c: the mark is the time of the revision's folder.  */
int hub_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit);

/* hub_tree_read.c, hub_tree_write.c  */
int hub_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_sink *sink);
int hub_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_info *files, size_t count);

/* hub_list.c. A FILE tells the etag when it is a link into blobs, and HFCORE_SIZE_UNKNOWN as its
 * length when the blob is gone; a REF that names no commit has none. */
int hub_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
              const struct hfcore_entry_sink *sink);

/* hub_remove.c  */
int hub_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry);

/* hub_lock.c  */
int hub_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
              void **lock);
void hub_unlock (void *self, void *lock);

#endif
