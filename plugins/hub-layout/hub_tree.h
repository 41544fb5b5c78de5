/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree.h: what reading and writing a remembered file list share (spec 1.9).  */
#ifndef HFCORE_HUB_TREE_H
#define HFCORE_HUB_TREE_H

#include <string.h>
#include "plugins/hub-layout/hub_store.h"

#define HUB_TREE_LIMIT   ((size_t) 64 << 20) /* bytes of JSON; larger ones are not remembered  */
#define HUB_TREE_VERSION 1

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

/* 64 hex digits of either case; a server may mask a hash with "*".  */
static inline bool
hub_tree_xet_hash_ok (const char *hash)
{
  return strlen (hash) == 64 && strspn (hash, "0123456789abcdefABCDEF") == 64;
}

#endif
