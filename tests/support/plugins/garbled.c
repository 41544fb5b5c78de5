/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-garbled: its texts are no UTF-8, and a terminal would obey them.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_TEXT, 0, "caf\351", "wo\337 \033[31m" },
  { .key = NULL },
};

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };

HFCORE_PLUGIN_DEFINE (.name = "test-garbled", .version = "1\377",
                      .summary = "na\357ve \033]0;x\007", .options = options, .storage = &ops);
