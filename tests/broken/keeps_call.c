/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-call: keeps the call that it was opened with and uses it later.  */
#include "tests/support/plugins/bare.h"

static const struct hfcore_host *host;
static struct hfcore_call *kept;

static int
keep_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  host = open->host;
  kept = call;
  *self = NULL;
  return HFCORE_OK;
}

static int
keep_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t *length)
{
  int code = host->tick (kept, 0, 0);
  return code ? code : bare_stat (self, call, repo, etag, length);
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .open = keep_open,
                                               .close = bare_close,
                                               .stat = keep_stat,
                                               .ref_get = bare_ref_get,
                                               .file_get = bare_file_get };

HFCORE_PLUGIN_DEFINE (.name = "broken-call", .version = "1", .summary = "Keeps the call",
                      .storage = &ops);
