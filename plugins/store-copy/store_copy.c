/* SPDX-License-Identifier: Apache-2.0 */
/* store_copy.c: the Hub cache as Python keeps it where links do not work: every file of a revision
 * is a file of its own. All rules of the layout are in plugins/hub-layout.  */
#include <config.h>

#include "plugins/hub-layout/hub_plugin.h"

static int
store_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  return hub_plugin_open (self, call, open, HUB_FORM_COPIES);
}

static const struct hfcore_option options[] = {
  HUB_PLUGIN_ROOT,
  HUB_PLUGIN_DURABLE,
  HUB_PLUGIN_SHARE,
  { 0 },
};

static const struct hfcore_storage_ops ops = HUB_PLUGIN_OPS (store_open);

HFCORE_PLUGIN_DEFINE (.threads = HFCORE_THREADS_PARALLEL, .name = "store-copy",
                      .version = PACKAGE_VERSION,
                      .summary = "the Hub cache without links, shared with huggingface_hub",
                      .options = options, .storage = &ops);
