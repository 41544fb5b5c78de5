/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree.h: what reading and writing a remembered file list share (spec 1.9).  */
#ifndef HFCORE_HUB_TREE_H
#define HFCORE_HUB_TREE_H

#include "plugins/hub-layout/hub_store.h"

static inline void
hub_tree_path (struct hub_store *store, const struct hfcore_repo *repo, const char *commit,
               struct hub_path *path)
{
  hub_store_real (store, path, repo);
  hub_path_name (path, "trees");
  path->base = path->len;
  hub_path_name (path, commit);
  hub_path_more (path, ".json");
}

#endif
