/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-undefined: calls a function that nobody has; to be linked without -z defs and
 * without -z now, as an outsider may do.  */
#include "tests/support/plugins/bare.h"

int nobody_has_this_function (void);

static uint32_t
undefined_caps_now (void *self)
{
  (void) self;
  return (uint32_t) nobody_has_this_function ();
}

static const struct hfcore_storage_ops ops
    = { .size = sizeof (struct hfcore_storage_ops), BARE_OPS, .caps_now = undefined_caps_now };

HFCORE_PLUGIN_DEFINE (.name = "test-undefined", .version = "1", .summary = "Cannot be bound",
                      .storage = &ops);
