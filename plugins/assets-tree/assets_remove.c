/* SPDX-License-Identifier: Apache-2.0 */
/* assets_remove.c: take a library, a namespace or a subfolder away. Links are removed and never
 * followed. What processes that hold files open there have, they keep until they close them.  */
#include "plugins/assets-tree/assets_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"

enum
{
  TRIES = 1000 /* while others put something there  */
};

struct ticking
{
  struct assets_tree *tree;
  struct hfcore_call *call;
  int stopped;
};

static int
tick (void *ctx)
{
  struct ticking *ticking = ctx;
  ticking->stopped = ticking->tree->host->tick (ticking->call, 0, 0);
  return ticking->stopped;
}

/* Folder, file or link.  */
static int
remove_thing (int parent, const char *name, struct ticking *ticking)
{
  int removed = -1;
  for (int tries = 0; tries < TRIES; tries++)
    {
      removed = files_remove_tree_ticking (parent, name, tick, ticking);
      if (removed == 0 || (errno != ENOTEMPTY && errno != EEXIST))
        break;
    }
  return removed < 0 && (errno == ENOTDIR || errno == ELOOP) ? files_remove (parent, name)
                                                             : removed;
}

int
assets_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  struct assets_tree *tree = self;
  struct ticking ticking = { .tree = tree, .call = call };
  CLEANUP_NAMES struct assets_names names;
  int code = assets_names_take (tree, call, asset, &names);
  if (code)
    return code;
  if (names.count == 0)
    return tree->host->fail (call, HFCORE_E_CONFIG, "no library was named");
  CLEANUP_WAY int way[ASSETS_LEVELS];
  code = assets_way_open (tree, call, &names, way);
  size_t last = names.count - 1;
  if (code || way[last] < 0)
    return code;
  if (remove_thing (way[last], names.folders[last], &ticking) < 0)
    {
      int saved = errno;
      if (ticking.stopped)
        return ticking.stopped;
      CLEANUP_FREE char *path = assets_names_path (tree, &names, names.count);
      return path ? assets_fail (tree, call, saved, "remove", path) : assets_no_memory (tree, call);
    }
  /* A library or namespace that nothing is left of; anything else stays.  */
  while (last > 0 && unlinkat (way[last - 1], names.folders[last - 1], AT_REMOVEDIR) == 0)
    last--;
  return HFCORE_OK;
}
