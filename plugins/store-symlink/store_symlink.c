/* SPDX-License-Identifier: Apache-2.0 */
/* store_symlink.c: the Hub cache as Python keeps it where links work: every file of a revision is
 * a link into its repository's blobs. All rules of the layout are in plugins/hub-layout.  */
#include <config.h>

#include <hfcore/plugin.h>
#include "plugins/hub-layout/hub_ops.h"
#include "plugins/hub-layout/hub_store.h"

static int
store_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct hub_store *store;
  int code = hub_store_open (open, call, open->host->text (open->settings, "root"), &store);
  if (code != HFCORE_OK)
    return code;
  store->durable = open->host->number (open->settings, "durable") != 0;
  store->warns_of_links = open->host->number (open->settings, "symlinks") == 0
                          && open->host->number (open->settings, "symlinks-warning") != 0;
  *self = store;
  return HFCORE_OK;
}

static void
store_close (void *self)
{
  hub_store_close (self);
}

static uint32_t
store_caps_now (void *self)
{
  const struct hub_store *store = self;
  const uint32_t reading = HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LIST;
  const uint32_t writing
      = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME | HFCORE_STORAGE_REMOVE;
  return store->read_only ? reading : reading | writing;
}

static int
store_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const char *path, const char *etag, uint32_t flags,
                struct hfcore_stored_file *file)
{
  struct hub_store *store = self;
  if (etag && store->warns_of_links && !atomic_exchange (&store->told_links, true))
    store->host->log (store->journal, HFCORE_LOG_WARNING,
                      "symbolic links are made all the same: store-symlink knows no cache without "
                      "them (HF_HUB_DISABLE_SYMLINKS, symlinks: no)");
  return etag ? hub_file_set_link (self, call, repo, commit, path, etag, flags, file)
              : hub_file_set_absent (self, call, repo, commit, path, file);
}

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL, "the cache folder" },
  { "durable", HFCORE_OPTION_BOOL, 0, "yes",
    "sync a file to the disk before it gets its name; off: quicker, unsafe in a power cut" },
  { "symlinks", HFCORE_OPTION_BOOL, 0, "yes",
    "no: links are not wanted; this storage makes them nevertheless, and says so once" },
  { "symlinks-warning", HFCORE_OPTION_BOOL, 0, "yes", "say so" },
  { 0 },
};

static const struct hfcore_storage_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME
          | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
  .open = store_open,
  .close = store_close,
  .caps_now = store_caps_now,
  .stat = hub_stat,
  .read = hub_read,
  .path = hub_folder,
  .create = hub_create,
  .write = hub_write,
  .read_back = hub_read_back,
  .restart = hub_restart,
  .commit = hub_commit,
  .abandon = hub_abandon,
  .remove = hub_remove,
  .ref_get = hub_ref_get,
  .ref_set = hub_ref_set,
  .file_get = hub_file_get,
  .file_set = store_file_set,
  .tree_get = hub_tree_get,
  .tree_set = hub_tree_set,
  .list = hub_list,
  .lock = hub_lock,
  .unlock = hub_unlock,
};

HFCORE_PLUGIN_DEFINE (.threads = HFCORE_THREADS_PARALLEL, .name = "store-symlink",
                      .version = PACKAGE_VERSION,
                      .summary = "the Hub cache with links, shared with huggingface_hub",
                      .options = options, .storage = &ops);
