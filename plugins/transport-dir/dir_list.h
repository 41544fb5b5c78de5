/* SPDX-License-Identifier: Apache-2.0 */
/* dir_list.h: the files of a commit, kept in the instance, so that asking for each of many files
 * does not read all of a list, or of a folder, again. Thread safe.  */
#ifndef HFCORE_TRANSPORT_DIR_LIST_H
#define HFCORE_TRANSPORT_DIR_LIST_H

#include "plugins/transport-dir/dir.h"

struct dir_entry
{
  char *path;
  char etag[DIR_ETAG_ROOM]; /* of a remembered file list, or ""  */
  /* Of a plain tree: as the file was when the commit was made up.  */
  uint64_t length;
  int64_t modified_ns;
  ino_t inode;
};
VECTOR_DEFINE (dir_entries, struct dir_entry);

struct dir_list
{
  unsigned users;
  char *type, *id;
  char commit[DIR_COMMIT_ROOM];
  char *folder; /* where the files are, really; NULL: not told  */
  struct dir_entries entries;
};

/* An empty one; the caller's until dir_list_release. NULL: no memory. */
struct dir_list *dir_list_new (const struct hfcore_repo *repo);
/* `entry` without its path, which is copied. -1: no memory.  */
int dir_list_add (struct dir_list *list, const char *path, struct dir_entry entry);
/* By path; before anything is looked for.  */
void dir_list_sort (struct dir_list *list);
const struct dir_entry *dir_list_get (const struct dir_list *list, const char *path);

/* Keep it for others; a few lists are kept. It must not be changed any more.  */
void dir_list_keep (struct dir *dir, struct dir_list *list);
/* What was kept, or NULL.  */
struct dir_list *dir_list_find (struct dir *dir, const struct hfcore_repo *repo,
                                const char *commit);
void dir_list_release (struct dir *dir, struct dir_list *list); /* NULL is fine  */
void dir_list_forget (struct dir *dir);

#endif
