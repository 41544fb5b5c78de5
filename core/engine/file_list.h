/* SPDX-License-Identifier: Apache-2.0 */
/* file_list.h: the files of a commit: remembered by a storage, or told by a transport.  */
#ifndef HFCORE_ENGINE_FILE_LIST_H
#define HFCORE_ENGINE_FILE_LIST_H

#include "core/engine/engine.h"

#define FILE_LIST_NEW SIZE_MAX

/* Its strings are its own.  */
struct file_list
{
  struct hfcore_file_info *files; /* by path, in byte order                                      */
  size_t count, room;
  size_t storage;  /* the index of the one that remembers it; or FILE_LIST_NEW: it was told     */
  bool incomplete; /* whoever told it cannot tell whether these are all: never remember it    */
};
void file_list_free (struct file_list *list);
#define CLEANUP_FILE_LIST __attribute__ ((cleanup (file_list_free)))

/* Only from the storages, the first that has one that is good; PASS: none remembers it.  */
int file_list_remembered (struct engine *engine, struct hfcore_call *call,
                          const struct hfcore_repo *repo, const char *commit,
                          struct file_list *list);
/* From the storages, else from the transports. A list with a name that would leave the
 * folder, or that is no usable name or etag, is refused whole with CORRUPT. `*is_new`: a transport
 * told it.  */
int file_list_get (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, struct file_list *list, bool *is_new);
/* From the transports only, whatever is remembered.  */
int file_list_ask (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, struct file_list *list);
/* From elsewhere: what `tell` gives to the sink, checked as all lists are. Else what it returns. */
int file_list_from (struct engine *engine, struct hfcore_call *call,
                    int (*tell) (void *ctx, const struct hfcore_file_sink *sink), void *ctx,
                    struct file_list *list);
/* What lies in the storages of the commit, all together: for when nobody knows its list, so that it
 * is never sure to be complete. PASS: nothing.  */
int file_list_gathered (struct engine *engine, struct hfcore_call *call,
                        const struct hfcore_repo *repo, const char *commit, struct file_list *list);
/* NULL: the commit has no such file.  */
const struct hfcore_file_info *file_list_find (const struct file_list *list, const char *path);
/* Remember it in the storage that is written, best effort.  */
void file_list_remember (struct engine *engine, struct hfcore_call *call,
                         const struct hfcore_repo *repo, const char *commit,
                         const struct file_list *list);

#endif
