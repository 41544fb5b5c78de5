/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-other-major: made for the next major of the plugin ABI.  */
#include <hfcore/plugin.h>

extern HFCORE_PLUGIN_EXPORT const struct hfcore_plugin hfcore_plugin_v2;
const struct hfcore_plugin hfcore_plugin_v2
    = { .size = sizeof hfcore_plugin_v2, .abi_major = 2, .name = "test-other-major" };
