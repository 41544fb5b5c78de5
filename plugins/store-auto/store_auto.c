/* SPDX-License-Identifier: Apache-2.0 */
/* store_auto.c: the Hub cache as Python keeps it: with links where the file system has them, with
 * files of their own where it has not. All rules of the layout are in plugins/hub-layout.  */
#include <config.h>

#include "plugins/hub-layout/hub_plugin.h"

static int
store_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  return hub_plugin_open (self, call, open, HUB_FORM_PROBED);
}

static const struct hfcore_option options[] = {
  HUB_PLUGIN_ROOT,
  HUB_PLUGIN_DURABLE,
  { "symlinks", HFCORE_OPTION_BOOL, 0, "yes", "no: make copies where links would work too" },
  { "symlinks-warning", HFCORE_OPTION_BOOL, 0, "yes", "warn where links do not work" },
  HUB_PLUGIN_SHARE,
  { 0 },
};

static const struct hfcore_storage_ops ops = HUB_PLUGIN_OPS (store_open);

HFCORE_PLUGIN_DEFINE (.threads = HFCORE_THREADS_PARALLEL, .name = "auto",
                      .version = PACKAGE_VERSION,
                      .summary = "the Hub cache with links or, where they do not work, copies",
                      .options = options, .storage = &ops);
