/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-block: never comes back from stat.  */
#include <unistd.h>
#include "tests/support/plugins/bare.h"

static int
block_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
            uint64_t *length)
{
  for (;;)
    pause ();
  return bare_stat (self, call, repo, etag, length);
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .open = bare_open,
                                               .close = bare_close,
                                               .stat = block_stat,
                                               .ref_get = bare_ref_get,
                                               .file_get = bare_file_get };

HFCORE_PLUGIN_DEFINE (.name = "broken-block", .version = "1", .summary = "Blocks in stat",
                      .storage = &ops);
