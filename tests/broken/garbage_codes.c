/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-codes: returns codes that there are none of.  */
#include "tests/broken/broken.h"

static int
garbage_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, const char *path, struct hfcore_file_info *info)
{
  if (!path)
    return broken_resolve (self, call, repo, revision, path, info);
  return 4711;
}

static int
garbage_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
              const struct hfcore_sink *sink)
{
  (void) self;
  (void) call;
  (void) request;
  (void) sink;
  return -4711;
}

static const struct hfcore_transport_ops ops = { .size = sizeof (struct hfcore_transport_ops),
                                                 .caps = HFCORE_TRANSPORT_LOCAL,
                                                 .open = broken_open,
                                                 .close = broken_close,
                                                 .resolve = garbage_resolve,
                                                 .read = garbage_read };

HFCORE_PLUGIN_DEFINE (.name = "broken-codes", .version = "1", .summary = "Answers in numbers",
                      .transport = &ops);
