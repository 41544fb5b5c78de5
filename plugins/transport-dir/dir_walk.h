/* SPDX-License-Identifier: Apache-2.0 */
/* dir_walk.h: what lies in a folder of a plain tree, whole or not at all.  */
#ifndef HFCORE_TRANSPORT_DIR_WALK_H
#define HFCORE_TRANSPORT_DIR_WALK_H

#include "plugins/transport-dir/dir_list.h"

/* Add all files below the folder `real`, with what stat says of them, by path. CORRUPT: there is
 * something that no repository can have.  */
int dir_walk (struct dir *dir, struct hfcore_call *call, const struct hub_path *real,
              struct dir_list *list);

/* Is this path, or a folder that it leads through, no part of a repository: what downloads and git
 * keep beside the files, what file managers leave behind?  */
bool dir_walk_skips (const char *path);

#endif
