/* SPDX-License-Identifier: Apache-2.0 */
/* tiers.h: the storages as one: looked up in order, the first writable one is written. A storage
 * that fails a look-up, is not there, or keeps what is no good is told of once and passed over,
 * unless it is the only one.  */
#ifndef HFCORE_ENGINE_TIERS_H
#define HFCORE_ENGINE_TIERS_H

#include "core/engine/engine.h"

/* The file in the first storage that has it; ABSENT: none has it, and one knows that the commit
 * does not. UNKNOWN is HFCORE_OK. One storage's absence hides no file of another: it may be a
 * mirror's that was behind.  */
int tiers_find_file (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *commit, const char *path,
                     struct hfcore_stored_file *file);
/* The same of one storage only; the index is the registry's.  */
int tiers_find_file_in (struct engine *engine, struct hfcore_call *call, size_t index,
                        const struct hfcore_repo *repo, const char *commit, const char *path,
                        struct hfcore_stored_file *file);
/* Has the file that was found there the length that it should have (HFCORE_SIZE_UNKNOWN: not
 * known)? Asked of storages that are not written: they are others'. False was told.  */
bool tiers_is_sound (struct engine *engine, size_t index, const char *path,
                     const struct hfcore_stored_file *stored, uint64_t length);
/* The commit that a ref names, into `commit`; PASS: no storage has it. Of storages that name
 * different commits the one whose ref is the newest counts; where one of two cannot tell, the
 * earlier one in order.  */
int tiers_find_ref (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *ref, char commit[41]);
int tiers_find_ref_in (struct engine *engine, struct hfcore_call *call, size_t index,
                       const struct hfcore_repo *repo, const char *ref, char commit[41]);
/* The file list of a commit that this storage remembers; PASS: none. A failure is the caller's, for
 * tiers_pass_over.  */
int tiers_find_tree_in (struct engine *engine, struct hfcore_call *call, size_t index,
                        const struct hfcore_repo *repo, const char *commit,
                        const struct hfcore_file_sink *sink);
/* The folder of a commit's files in this storage, there or not, as a new string.  */
int tiers_folder_in (struct engine *engine, struct hfcore_call *call, size_t index,
                     const struct hfcore_repo *repo, const char *commit, char **folder);
/* The first one that is there; PASS: none is.  */
int tiers_find_folder (struct engine *engine, struct hfcore_call *call,
                       const struct hfcore_repo *repo, const char *commit, char **folder);
/* The storage that is written; READONLY: there is none.  */
int tiers_writable_index (struct engine *engine, struct hfcore_call *call, size_t *index);
bool tiers_is_written (const struct engine *engine, size_t index);
int tiers_writable (struct engine *engine, struct hfcore_call *call,
                    const struct hfcore_storage **storage);

/* Remember that this commit's files are used now, where they are in the storage that is written.
 * Best effort.  */
void tiers_mark_use (struct engine *engine, const struct hfcore_call *whole,
                     const struct hfcore_repo *repo, const char *commit);

/* A storage failed, as `call->error` says: HFCORE_OK: it was told of, go on with the others.  */
int tiers_pass_over (struct engine *engine, size_t index, struct hfcore_call *call);
/* Say what is wrong with a storage: a warning the first time, for those who look closer after
 * that.  */
void tiers_complain (struct engine *engine, size_t index, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Does the written storage have a pointer for the file that leads nowhere, as when another storage
 * was taken away? For messages; lists the repository.  */
bool tiers_is_dangling (struct engine *engine, const struct hfcore_repo *repo, const char *commit,
                        const char *path);

#endif
