/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_parts.h: what snapshots of the cache and of a local folder share.  */
#ifndef HFCORE_ENGINE_SNAPSHOT_PARTS_H
#define HFCORE_ENGINE_SNAPSHOT_PARTS_H

#include "core/engine/file_list.h"
#include "core/engine/snapshot.h"

/* The files of the list that pass the patterns: into `snapshot`, in the list's order, and their
 * indexes into `*wanted`, a new array; `*bytes` is their size. NOMEM.  */
int snapshot_choose (const struct snapshot_request *ask, const struct file_list *list,
                     size_t **wanted, struct snapshot *snapshot, uint64_t *bytes);

#endif
