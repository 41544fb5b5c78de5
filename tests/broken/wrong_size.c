/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-size: its descriptor says that it is eight bytes long.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS };

extern HFCORE_PLUGIN_EXPORT const struct hfcore_plugin hfcore_plugin_v1;
const struct hfcore_plugin hfcore_plugin_v1 = { .size = 8,
                                                .abi_major = HFCORE_ABI_MAJOR,
                                                .option_size = sizeof (struct hfcore_option),
                                                .name = "broken-size",
                                                .version = "1",
                                                .summary = "Too short",
                                                .storage = &ops };
