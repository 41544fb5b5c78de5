/* SPDX-License-Identifier: Apache-2.0 */
/* hub_store.h: one opened cache folder: what every part of the layout library is given.
 *
 * Two spellings of the root are kept, as Python keeps them: look-ups return paths under the root
 * as it was given (made absolute), downloads under the resolved one (spec 1.2).  */
#ifndef HFCORE_HUB_STORE_H
#define HFCORE_HUB_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/util/vector.h"
#include "plugins/hub-layout/hub_path.h"

VECTOR_DEFINE (hub_folders, char *);

/* What the files of a snapshot are (hub_pointer.h).  */
enum hub_form
{
  HUB_FORM_LINKS,
  HUB_FORM_COPIES,
  HUB_FORM_PROBED /* links where the file system has them, else copies  */
};

/* A folder, and whether links can be made there.  */
struct hub_probe
{
  char *folder;
  bool links;
};
VECTOR_DEFINE (hub_probes, struct hub_probe);

struct hub_store
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  bool read_only;
  bool durable; /* sync a blob before it gets its name  */
  enum hub_form form;
  unsigned share;        /* FILES_SHARE_…: how copies may get their bytes  */
  bool warns;            /* of links that were not wanted, or of none where they were  */
  atomic_bool told_form; /* … that was said  */
  atomic_bool told_lost; /* … or that a link had lost what it led to  */
  char *root;            /* absolute, as given, without a slash at its end  */
  size_t root_len;
  _Atomic (char *) real_root; /* NULL until it is first needed  */

  atomic_bool tagged;       /* CACHEDIR.TAG was seen to  */
  atomic_bool soft_locks;   /* this file system has no flock  */
  atomic_bool told_no_lock; /* … or one that fails; said once  */
  atomic_bool told_unread;  /* something may not be read; said once  */
  atomic_bool seen;         /* the root was there  */

  pthread_mutex_t mutex;      /* of what follows  */
  struct hub_folders scratch; /* scratch folders that were visited; removed at close when empty  */

  pthread_mutex_t probing;  /* of what follows  */
  struct hub_probes probes; /* what was found out (hub_probe.h)  */
};

/* Needs no root to be there; touches the disk only to make a relative root absolute. `root` is
 * copied. hub_store_close frees all of it.  */
int hub_store_open (const struct hfcore_open *open, struct hfcore_call *call, const char *root,
                    struct hub_store **store);
void hub_store_close (struct hub_store *store);

/* A path under the root as given, or under the resolved root: its repository folder, or the root
 * itself when `repo` is NULL.  */
void hub_store_given (struct hub_store *store, struct hub_path *path,
                      const struct hfcore_repo *repo);
void hub_store_real (struct hub_store *store, struct hub_path *path,
                     const struct hfcore_repo *repo);

/* Record "cannot DOING PATH: reason; what to do" and return the code for this errno.  */
int hub_store_fail (struct hub_store *store, struct hfcore_call *call, int os_errno,
                    const char *doing, const char *path);
/* The same where something was only read: what may not be read is DOWN.  */
int hub_store_fail_reading (struct hub_store *store, struct hfcore_call *call, int os_errno,
                            const char *doing, const char *path);
/* Does this errno only say that there is nothing to be seen at `path`? What may not be looked at
 * counts as nothing too, as in Python; that is told once.  */
bool hub_store_is_unseen (struct hub_store *store, int os_errno, const char *path);
/* A look-up found nothing: `otherwise`; or, where the root of a cache that is only read cannot be
 * looked into, NOTFOUND (HFCORE_MISSING_CACHE) is recorded. Once it was seen it is not looked for
 * again.  */
int hub_store_miss (struct hub_store *store, struct hfcore_call *call, int otherwise);
/* May this file be read, as far as that matters here: what a cache that is only read has for
 * others does not count. Told once.  */
bool hub_store_may_read (struct hub_store *store, const char *path);
/* Record that these names make no path. */
int hub_store_bad_path (struct hub_store *store, struct hfcore_call *call,
                        const struct hub_path *path);

/* Write CACHEDIR.TAG unless there is one (spec 1.11), on behalf of this repository; its folder
 * exists. It is whole as soon as it is there. Once per instance, or again when `again`. Failures do
 * not matter.  */
void hub_store_tag (struct hub_store *store, const struct hfcore_repo *repo, bool again);

#endif
