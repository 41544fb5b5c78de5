/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.h: is a file cached? Spec 5: no network, no locks, no writes.  */
#ifndef HFCORE_ENGINE_LOOKUP_H
#define HFCORE_ENGINE_LOOKUP_H

#include "core/engine/engine.h"

/* A repository, a revision and (NULL: none) a file, well-formed and safe? Else CONFIG.  */
int lookup_check_names (struct hfcore_call *call, const struct hfcore_repo *repo,
                        const char *revision, const char *path);

/* `file->path` lives in the call. CONFIG: a bad name.  */
int lookup_file (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, const char *path, struct hfcore_stored_file *file);

#endif
