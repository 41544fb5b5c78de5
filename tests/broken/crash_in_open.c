/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-crash: crashes when it is opened.  */
#include "tests/support/plugins/bare.h"

static volatile uintptr_t nowhere = 64;

static int
crash_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  (void) self;
  (void) call;
  (void) open;
  *(volatile int *) nowhere = 1;
  return HFCORE_OK;
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .open = crash_open,
                                               .close = bare_close,
                                               .stat = bare_stat,
                                               .ref_get = bare_ref_get,
                                               .file_get = bare_file_get };

HFCORE_PLUGIN_DEFINE (.name = "broken-crash", .version = "1", .summary = "Crashes in open",
                      .storage = &ops);
