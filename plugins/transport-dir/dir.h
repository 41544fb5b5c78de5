/* SPDX-License-Identifier: Apache-2.0 */
/* dir.h: a folder as a source of files: what the parts of transport-dir share.
 *
 * What lies in the folder was written by somebody else, on a stick perhaps: nothing in it is
 * believed that was not looked at, no link is followed that leads out of it, and nothing is ever
 * written. A failure here is DOWN, so that the next source is asked, but where what was found must
 * not be used (CORRUPT).  */
#ifndef HFCORE_TRANSPORT_DIR_H
#define HFCORE_TRANSPORT_DIR_H

#include <pthread.h>
#include <hfcore/plugin.h>
#include "plugins/hub-layout/hub_store.h"
#include "plugins/transport-dir/dir_file.h"

#define DIR_COMMIT_ROOM 41
#define DIR_ETAG_ROOM   65

struct dir_form;
struct dir_list;
VECTOR_DEFINE (dir_lists, struct dir_list *);

struct dir
{
  const struct hfcore_host *host;
  struct hub_store *store;     /* the root, read only; both forms of it  */
  const struct dir_form *form; /* NULL: told by each repository's folder  */
  pthread_mutex_t mutex;       /* of what follows  */
  void *digests;               /* dir_digest.h  */
  struct dir_lists lists;      /* dir_list.h  */
};

/* A file that was asked for.  */
struct dir_found
{
  struct dir_file file; /* the caller's  */
  char commit[DIR_COMMIT_ROOM];
  char etag[DIR_ETAG_ROOM]; /* "": nothing but its bytes tells  */
};

/* The two ways to lay out a repository. All return HFCORE_PASS for what is not here; commits are 40
 * hex digits, etags such that the engine can check the bytes by them.  */
struct dir_form
{
  /* The commit of a revision.  */
  int (*commit) (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, char commit[DIR_COMMIT_ROOM]);
  /* Open a file. `found->commit` is also told with NOTFOUND. */
  int (*find) (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *revision, const char *path, struct dir_found *found);
  /* The etag of a file of a commit as far as it is written somewhere, or "".  */
  int (*etag) (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *path, char etag[DIR_ETAG_ROOM]);
  int (*list) (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const struct hfcore_file_sink *sink);
};

extern const struct dir_form dir_cache_form; /* a Hub cache: dir_cache.c  */
extern const struct dir_form dir_tree_form;  /* TYPE/ORG/NAME/REVISION/…: dir_tree.c  */

/* Record "the commit does not have this file".  */
int dir_no_file (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, const char *path);
/* What a call of the layout library has failed with, as a source fails: nothing that is wrong here
 * keeps others from being asked.  */
int dir_as_source (struct dir *dir, struct hfcore_call *call, int code);

#endif
