/* SPDX-License-Identifier: Apache-2.0 */
/* hub_listing.h: what the parts of a listing share: hub_list.c tells one repository,
 * hub_list_root.c all of them, hub_list_file.c the files of a revision.  */
#ifndef HFCORE_HUB_LISTING_H
#define HFCORE_HUB_LISTING_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "plugins/hub-layout/hub_store.h"

struct hub_listing
{
  struct hub_store *store;
  struct hfcore_call *call;
  const struct hfcore_entry_sink *sink;
  uint32_t kinds;
  const struct hfcore_repo *repo;
  const char *commit;   /* of the revision whose files are listed  */
  size_t repo_len;      /* how much of `path` is the repository or root  */
  size_t below;         /* … and the folder whose files are listed: their names begin there  */
  int links_shared;     /* do links into the root's blobs lead to a shared store? -1: not looked  */
  struct hub_path path; /* of what is met  */
  struct hub_path where; /* of the repository or root, for errors  */
  unsigned met;
};

static inline bool
hub_listing_wants (const struct hub_listing *listing, int kind)
{
  return listing->kinds >> kind & 1;
}

/* The next thing in a folder, "." and ".." left out; NULL: the end, or errno.  */
struct dirent *hub_listing_next (DIR *dir);
/* NULL with errno 0: there is no such folder.  */
DIR *hub_listing_open (int parent, const char *name, int flags);
/* What `entry` says, with times and length of `st` (or NULL) and the path of what is met.  */
int hub_listing_tell (struct hub_listing *listing, struct hfcore_entry *entry,
                      const struct stat *st);
int hub_listing_problem (struct hub_listing *listing, int problem);
int hub_listing_fail (struct hub_listing *listing, int os_errno);
/* Does this errno only say that it went away?  */
bool hub_listing_is_gone (int os_errno);

/* Called for each file below a folder, by its name in its open folder.  */
typedef int hub_listing_file (struct hub_listing *listing, int parent, const struct dirent *file);
int hub_listing_walk (struct hub_listing *listing, DIR *dir, hub_listing_file *file);

/* hub_list_file.c: a file of a revision.  */
hub_listing_file hub_listing_tell_file;
/* Where a link of this text leads, by its text alone; `path` is the link's.  */
void hub_listing_target (const struct hub_path *path, const char *text, struct hub_path *target);

/* The blobs and partials in the folder `blobs` of the folder `parent`, the path of which is
 * `listing->path`.  */
int hub_listing_blobs (struct hub_listing *listing, int parent);

/* hub_list_root.c  */
int hub_listing_root (struct hub_listing *listing, DIR *root);
/* Is that a shared store (spec 15.1), in this open folder?  */
bool hub_listing_is_shared (int root, const char *name);
/* Does a blob that is a link to `target` lead to a payload of the shared store?  */
bool hub_listing_leads_to_shared (struct hub_listing *listing, const struct hub_path *target);
/* Bytes of the list of a payload's users that are read.  */
#define HUB_LISTING_USERS_MOST ((size_t) 16 << 20)
/* A line of such a list, "<repo folder>/blobs/<name>": does it stay in the cache (open as `root`),
 * and is that a link to the payload `hash`? -1: it cannot be told.  */
int hub_listing_is_user (struct hub_listing *listing, int root, const char *line, const char *hash);

#endif
