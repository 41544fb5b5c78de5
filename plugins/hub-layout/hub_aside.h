/* SPDX-License-Identifier: Apache-2.0 */
/* hub_aside.h: folders that go at once: renamed into the scratch folder (hub_scratch.h), where no
 * scanner looks, and removed there. What a killed process left of one is swept with the rest.  */
#ifndef HFCORE_HUB_ASIDE_H
#define HFCORE_HUB_ASIDE_H

#include "plugins/hub-layout/hub_store.h"

struct hub_aside
{
  struct hub_path path; /* where it is now; "" when it stayed where it was  */
  unsigned made;        /* how many of the folders above it were made for it  */
};

/* Move `name` of the open folder `parent` aside. 1: it cannot be moved there, and is where it was;
 * 0: it is `aside`; -1: errno.  */
int hub_aside_move (struct hub_store *store, const struct hfcore_repo *repo, int parent,
                    const char *name, struct hub_aside *aside);
/* Move it back, if nothing stands there now. -1: errno.  */
int hub_aside_back (struct hub_store *store, const struct hfcore_repo *repo, int parent,
                    const char *name, struct hub_aside *aside);
/* Remove it; -1: errno (ECANCELED: `call` is to stop).  */
int hub_aside_remove (struct hub_store *store, struct hfcore_call *call,
                      const struct hfcore_repo *repo, struct hub_aside *aside);

/* A folder removed where it is: never a link to one, which is removed itself. 1: it was not there;
 * -1: errno.  */
int hub_aside_remove_here (struct hub_store *store, struct hfcore_call *call, int parent,
                           const char *name);

#endif
