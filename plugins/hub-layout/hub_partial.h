/* SPDX-License-Identifier: Apache-2.0 */
/* hub_partial.h: unfinished blobs and who they belong to.
 *
 * A partial is blobs/<etag>.<8hex>.incomplete, as Python names its own. In the scratch folder
 * (hub_scratch.h) an empty file
 *   .locks/<repo folder>/.partials/<etag>.<8hex>@<owner>
 * says who writes it: a process (os_owner_self), or "free". Whoever renames that record to itself
 * owns the partial; a rename has exactly one winner, so this holds where flock lies too. Partials
 * without a record are another client's and are never touched.
 *
 * A partial that is another user's, or has another name too, is never taken. One whose owner is
 * certainly dead, or that was let go, is taken over as it is. One whose owner ran on another
 * machine and has been silent for ten minutes is copied instead: should that owner wake up, it
 * writes into a file that nobody else has.  */
#ifndef HFCORE_HUB_PARTIAL_H
#define HFCORE_HUB_PARTIAL_H

#include "plugins/hub-layout/hub_journal.h"
#include "plugins/hub-layout/hub_store.h"

struct hub_partial
{
  int fd;       /* -1: none  */
  char *file;   /* its path  */
  char *record; /* path of its owner record; NULL: it has none and cannot be kept  */
  /* What was proven of one that was taken over, if it has a journal (hub_journal.h).  */
  struct hub_ranges proven;
};

#define HUB_PARTIAL_NONE ((struct hub_partial){ .fd = -1 })

/* A new empty one; all folders are made.  */
int hub_partial_new (struct hub_store *store, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *etag, struct hub_partial *partial);
/* One that an earlier writer left, if there is any (else partial->fd stays -1): `*have` bytes
 * from its start are there.  */
int hub_partial_claim (struct hub_store *store, struct hfcore_call *call,
                       const struct hfcore_repo *repo, const char *etag, uint64_t expect,
                       uint64_t *have, struct hub_partial *partial);

/* End it: remove it, and with it the folders of a repository that has nothing else; leave it for
 * whoever comes next; or only forget it, once it was renamed.  */
void hub_partial_drop (struct hub_partial *partial);
void hub_partial_keep (struct hub_partial *partial);
void hub_partial_done (struct hub_partial *partial);

/* May a process be writing to the partial `name` of this etag: ours with a record, by its owner
 * (one of another machine that was silent for ten minutes counts as dead); else by the lock of the
 * etag, which every client holds while it downloads?  */
bool hub_partial_is_held (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                          const char *etag, int64_t modified_ms);
/* By its record alone: is its owner alive?  */
bool hub_partial_has_owner (struct hub_store *store, const struct hfcore_repo *repo,
                            const char *name, int64_t modified_ms);
/* May it be removed now? Then no other process takes it over any more.  */
bool hub_partial_seize (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                        const char *etag);
/* Remove the record of the partial `name` (a file name in blobs), whosever it is.  */
void hub_partial_forget (struct hub_store *store, const struct hfcore_repo *repo, const char *name);

#endif
