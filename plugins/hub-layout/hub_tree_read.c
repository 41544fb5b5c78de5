/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree_read.c: the remembered file list of a commit (spec 1.9).  */
#include "plugins/hub-layout/hub_ops.h"

#include <fcntl.h>
#include "core/util/cleanup.h"
#include "core/util/tree_json.h"
#include "plugins/hub-layout/hub_scratch.h"
#include "plugins/hub-layout/hub_tree.h"

int
hub_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const struct hfcore_file_sink *sink)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_tree_path (store, repo, commit, &path);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  /* Where all of a snapshot is there already, nothing but this is asked of the store.  */
  hub_scratch_visit (store, repo);
  CLEANUP_CLOSE int fd = open (path.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return hub_store_miss (store, call, HFCORE_PASS);
  int code = tree_json_read (fd, commit, sink);
  if (code == HFCORE_PASS)
    store->host->log (store->journal, HFCORE_LOG_DEBUG, "%s is no file list; passed over",
                      path.text);
  return code;
}
