/* SPDX-License-Identifier: Apache-2.0 */
/* assets_tree.h: what the parts of the plugin assets-tree share: an opened assets folder
 * (ROOT/library/namespace/subfolder, spec 6) and the way to a folder in it.  */
#ifndef HFCORE_ASSETS_TREE_H
#define HFCORE_ASSETS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <hfcore/plugin.h>

enum
{
  ASSETS_LEVELS = 3 /* library, namespace, subfolder  */
};

struct assets_tree
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  bool read_only;
  char *root; /* absolute, without links  */
};

/* The folders that a request names, as they are called on the disk.  */
struct assets_names
{
  char *folders[ASSETS_LEVELS]; /* the first `count` are set  */
  size_t count;
};

/* CONFIG: a name that may not be one, or a level left out. assets_names_free in either case.  */
int assets_names_take (struct assets_tree *tree, struct hfcore_call *call,
                       const struct hfcore_asset *asset, struct assets_names *names);
void assets_names_free (struct assets_names *names);
#define CLEANUP_NAMES __attribute__ ((cleanup (assets_names_free)))

/* "ROOT/library/…", the first `count` of the folders; a new string, NULL: no memory.  */
char *assets_names_path (const struct assets_tree *tree, const struct assets_names *names,
                         size_t count);

/* Record "cannot DOING PATH: reason; what to do" and return the code for this errno.  */
int assets_fail (struct assets_tree *tree, struct hfcore_call *call, int os_errno,
                 const char *doing, const char *path);
int assets_no_memory (struct assets_tree *tree, struct hfcore_call *call);

/* Open the root and the folders in it that lead to the last one of `names`, as `way`: way[0] is the
 * root, way[I] the folder I; -1 from the first on that is not there. Below the root a link is not
 * followed: it or a file in the way is IO. The caller closes what is open.  */
int assets_way_open (struct assets_tree *tree, struct hfcore_call *call,
                     const struct assets_names *names, int way[ASSETS_LEVELS]);
void assets_way_close (int (*way)[ASSETS_LEVELS]);
#define CLEANUP_WAY __attribute__ ((cleanup (assets_way_close)))

/* The ops.  */
int assets_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
                 const struct hfcore_asset_sink *sink);
int assets_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset);

#endif
