/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-exit: ends the program when it is asked for a blob.  */
#include <stdlib.h>
#include "tests/support/plugins/bare.h"

static int
exit_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t *length)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) etag;
  (void) length;
  exit (0);
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .open = bare_open,
                                               .close = bare_close,
                                               .stat = exit_stat,
                                               .ref_get = bare_ref_get,
                                               .file_get = bare_file_get };

HFCORE_PLUGIN_DEFINE (.name = "broken-exit", .version = "1", .summary = "Exits in stat",
                      .storage = &ops);
