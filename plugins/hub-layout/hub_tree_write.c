/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree_write.c: remembering the file list of a commit, mode 0600 (spec 1.9).  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include "core/util/tree_json.h"
#include "plugins/hub-layout/hub_scratch.h"
#include "plugins/hub-layout/hub_tree.h"

struct tree
{
  const struct hfcore_file_info *files;
  size_t count;
};

static int
fill_tree (void *tree_, int fd)
{
  const struct tree *tree = tree_;
  return tree_json_write (fd, tree->files, tree->count);
}

int
hub_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const struct hfcore_file_info *files, size_t count)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_tree_path (store, repo, commit, &path);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  hub_scratch_visit (store, repo);
  if (!tree_json_is_whole (files, count))
    {
      store->host->log (store->journal, HFCORE_LOG_DEBUG,
                        "the file list of %s is not remembered: it is not whole", commit);
      return HFCORE_OK;
    }
  struct tree tree = { files, count };
  const struct hub_scratch_file file
      = { .kind = "tree", .target = &path, .mode = 0600, .fill = fill_tree, .ctx = &tree };
  if (hub_scratch_write (store, repo, &file) == 0)
    return HFCORE_OK;
  if (errno)
    return hub_walk_fail (store, call, errno, "write", &path);
  store->host->log (store->journal, HFCORE_LOG_DEBUG, "the file list %s is not remembered",
                    path.text);
  return HFCORE_OK;
}
