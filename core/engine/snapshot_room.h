/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_room.h: room for a snapshot, where the cache has a limit (trim.h).  */
#ifndef HFCORE_ENGINE_SNAPSHOT_ROOM_H
#define HFCORE_ENGINE_SNAPSHOT_ROOM_H

#include "core/engine/snapshot_parts.h"

/* Which of the snapshot's files have to be fetched into the storage `written`: an array as long as
 * its list, the caller's. `*any`: there is one; then NOSPACE if all files together are too
 * large.  */
int snapshot_find_coming (struct engine *engine, struct hfcore_call *call,
                          const struct snapshot_request *ask, const struct file_list *list,
                          const size_t *wanted, const struct snapshot *snapshot, size_t written,
                          bool **coming, bool *any);
/* Make room for these. The others are in the snapshot already, so that their blobs stay. As
 * trim_for_download.  */
int snapshot_make_room (struct engine *engine, struct hfcore_call *call,
                        const struct snapshot_request *ask, const struct file_list *list,
                        const size_t *wanted, const struct snapshot *snapshot, const bool *coming);

#endif
