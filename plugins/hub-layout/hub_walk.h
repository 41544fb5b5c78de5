/* SPDX-License-Identifier: Apache-2.0 */
/* hub_walk.h: to the folder of a name that the network told, without leaving the repository.
 *
 * Who may write to a cache can put links there. Those in the first `base` bytes of a path (the
 * repository's folder and its blobs, refs, snapshots, ...) are its owner's, who moved them to
 * another disk, and are followed; below that, no folder may be one.  */
#ifndef HFCORE_HUB_WALK_H
#define HFCORE_HUB_WALK_H

#include "plugins/hub-layout/hub_store.h"

/* Makes one new thing of this name in an open folder (or AT_FDCWD), never an existing one: a
 * descriptor or 0; -1: errno.  */
typedef int hub_maker (int folder, const char *name, const void *what);

/* The folder that holds `path`, opened to be walked from alone (O_PATH), its missing parents made
 * when `make`; `*name`: the last segment. -1: errno.  */
int hub_walk (const struct hub_path *path, bool make, const char **name);

/* What `make` returns for `path`, whose missing folders are made, again when they vanish
 * meanwhile. `make` may also replace what is there. -1: errno.  */
int hub_walk_make (const struct hub_path *path, hub_maker *make, const void *what);

/* hub_store_fail for one of these; tells of the link that was in the way.  */
int hub_walk_fail (struct hub_store *store, struct hfcore_call *call, int os_errno,
                   const char *doing, const struct hub_path *path);

#endif
