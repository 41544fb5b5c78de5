/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-misnamed: calls itself something else than its file.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };

HFCORE_PLUGIN_DEFINE (.name = "somebody-else", .version = "1", .summary = "Has another name",
                      .storage = &ops);
