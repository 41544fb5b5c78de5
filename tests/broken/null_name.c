/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-null: does not tell its name.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };

HFCORE_PLUGIN_DEFINE (.name = NULL, .version = "1", .summary = "Nameless", .storage = &ops);
