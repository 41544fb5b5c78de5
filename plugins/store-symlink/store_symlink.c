/* SPDX-License-Identifier: Apache-2.0 */
/* store_symlink.c: the Hub cache as Python keeps it where links work: every file of a revision is
 * a link into its repository's blobs. All rules of the layout are in plugins/hub-layout.  */
#include <config.h>

#include "plugins/hub-layout/hub_plugin.h"

static int
store_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  return hub_plugin_open (self, call, open, HUB_FORM_LINKS);
}

static const struct hfcore_option options[] = {
  HUB_PLUGIN_ROOT,
  HUB_PLUGIN_DURABLE,
  { "symlinks", HFCORE_OPTION_BOOL, 0, "yes",
    "no: links are not wanted; this storage makes them nevertheless, and says so once" },
  { "symlinks-warning", HFCORE_OPTION_BOOL, 0, "yes", "say so" },
  { 0 },
};

static const struct hfcore_storage_ops ops = HUB_PLUGIN_OPS (store_open);

HFCORE_PLUGIN_DEFINE (.threads = HFCORE_THREADS_PARALLEL, .name = "store-symlink",
                      .version = PACKAGE_VERSION,
                      .summary = "the Hub cache with links, shared with huggingface_hub",
                      .options = options, .storage = &ops);
