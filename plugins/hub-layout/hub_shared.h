/* SPDX-License-Identifier: Apache-2.0 */
/* hub_shared.h: letting go of files of the store that repositories share (spec 15.3).
 *
 * What is written of a payload's users is a hint, and each line is checked; without it, or where it
 * cannot be read, the payload stays.  */
#ifndef HFCORE_HUB_SHARED_H
#define HFCORE_HUB_SHARED_H

#include "core/util/vector.h"
#include "plugins/hub-layout/hub_store.h"

struct hub_shared_hash
{
  char text[65];
};
VECTOR_DEFINE (hub_shared_hashes, struct hub_shared_hash);

/* The payloads that blobs of this repository lead to: all of them, or that of one etag. What cannot
 * be told is left out.  */
void hub_shared_find (struct hub_store *store, const struct hfcore_repo *repo, const char *etag,
                      struct hub_shared_hashes *hashes);

enum hub_shared_end
{
  HUB_SHARED_FAILED = -1, /* errno  */
  HUB_SHARED_GONE,
  HUB_SHARED_NEEDED, /* or nothing says that it is not, or its lock is held  */
  HUB_SHARED_MISSING
};
/* Remove a payload that nothing leads to any more; else forget those of its users that do not.  */
enum hub_shared_end hub_shared_let_go (struct hub_store *store, const char *hash);

#endif
