/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-lacking: says that it can be written and lacks what that takes.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), .caps = HFCORE_STORAGE_WRITE, BARE_OPS };

HFCORE_PLUGIN_DEFINE (.name = "test-lacking", .version = "1", .summary = "Promises too much",
                      .storage = &ops);
