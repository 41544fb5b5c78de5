/* SPDX-License-Identifier: Apache-2.0 */
/* hub_plugin.h: what the plugins on this library share: their ops, and their options.  */
#ifndef HFCORE_HUB_PLUGIN_H
#define HFCORE_HUB_PLUGIN_H

#include "plugins/hub-layout/hub_ops.h"
#include "plugins/hub-layout/hub_store.h"

/* An instance of this form, with the options below as far as the plugin declares them.  */
int hub_plugin_open (void **self, struct hfcore_call *call, const struct hfcore_open *open,
                     enum hub_form form);
void hub_plugin_close (void *self);
uint32_t hub_plugin_caps_now (void *self);

#define HUB_PLUGIN_ROOT                                                                            \
  {                                                                                                \
    "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL, "the cache folder"                   \
  }
#define HUB_PLUGIN_DURABLE                                                                         \
  {                                                                                                \
    "durable", HFCORE_OPTION_BOOL, 0, "yes",                                                       \
        "sync a file to the disk before it gets its name; off: quicker, unsafe in a power cut"     \
  }
#define HUB_PLUGIN_SHARE                                                                           \
  {                                                                                                \
    "share", HFCORE_OPTION_LIST, 0, "reflink, copy",                                               \
        "how copies may get their bytes: reflink, hard-link (one file, two names), copy"           \
  }

#define HUB_PLUGIN_OPS(open_)                                                                      \
  {                                                                                                \
    .size = sizeof (struct hfcore_storage_ops),                                                    \
    .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS                     \
            | HFCORE_STORAGE_RESUME | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,                 \
    .open = open_, .close = hub_plugin_close, .caps_now = hub_plugin_caps_now, .stat = hub_stat,   \
    .read = hub_read, .path = hub_folder, .create = hub_create, .write = hub_write,                \
    .read_back = hub_read_back, .restart = hub_restart, .commit = hub_commit,                      \
    .abandon = hub_abandon, .remove = hub_remove, .ref_get = hub_ref_get, .ref_set = hub_ref_set,  \
    .file_get = hub_file_get, .file_set = hub_file_set, .tree_get = hub_tree_get,                  \
    .tree_set = hub_tree_set, .list = hub_list, .lock = hub_lock, .unlock = hub_unlock,            \
    .blob_path = hub_blob_path, .file_etag = hub_file_etag, .file_link = hub_file_link,            \
    .describe = hub_describe, .use_mark = hub_use_mark, .prove = hub_prove, .proven = hub_proven,  \
  }

#endif
