/* SPDX-License-Identifier: Apache-2.0 */
/* tiers.h: the storages as one: looked up in order, the first writable one is written. A storage
 * that fails a look-up is told of once and passed over, unless it is the only one.  */
#ifndef HFCORE_ENGINE_TIERS_H
#define HFCORE_ENGINE_TIERS_H

#include "core/engine/engine.h"

/* What the first storage that knows anything says of a file. UNKNOWN is HFCORE_OK.  */
int tiers_find_file (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *commit, const char *path,
                     struct hfcore_stored_file *file);
/* The same of one storage only; the index is the registry's.  */
int tiers_find_file_in (struct engine *engine, struct hfcore_call *call, size_t index,
                        const struct hfcore_repo *repo, const char *commit, const char *path,
                        struct hfcore_stored_file *file);
/* The commit that a ref names, into `commit`; PASS: no storage has it.  */
int tiers_find_ref (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *ref, char commit[41]);
/* The remembered file list of a commit; PASS: no storage has one. `restart` (may be NULL) is called
 * before each storage is asked: what came before it is void.  */
int tiers_find_tree (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *commit,
                     const struct hfcore_file_sink *sink, void (*restart) (void *ctx));
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

#endif
