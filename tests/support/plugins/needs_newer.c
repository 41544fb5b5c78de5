/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-needs-newer: cannot do without a minor of the ABI that is not there yet.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };

HFCORE_PLUGIN_DEFINE (.name = "test-needs-newer", .version = "1", .summary = "Too new",
                      .needs_host_minor = 99, .storage = &ops);
