/* SPDX-License-Identifier: Apache-2.0 */
/* hub_remove.h: the larger parts of hub_remove.c.  */
#ifndef HFCORE_HUB_REMOVE_H
#define HFCORE_HUB_REMOVE_H

#include "plugins/hub-layout/hub_walk.h"

/* hub_remove_repo.c: the folder of a repository, at `path`; `idle`: only if nobody is at work in
 * it and nothing was added since `since_ns` (0: whenever), else BUSY. PASS: it was not there.  */
int hub_remove_repo (struct hub_store *store, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const struct hub_path *path, bool idle,
                     int64_t since_ns);

/* hub_remove_rest.c: what dead processes left in the scratch folder of a repository, or of all
 * (NULL); of one also locks that nobody holds and no blob has, and folders without anything in
 * them, but for `snapshots`: a repository without that is a damaged one. Best effort.  */
int hub_remove_rest (struct hub_store *store, const struct hfcore_repo *repo);

/* The locks of a repository: is one of them held? Those that are not are, up to a number, kept
 * until hub_locks_drop, so that who comes next waits.  */
struct hub_locks
{
  int fds[64];
  unsigned count;
};
bool hub_locks_take (struct hub_store *store, const struct hfcore_repo *repo,
                     struct hub_locks *locks);
void hub_locks_drop (struct hub_locks *locks);

#endif
