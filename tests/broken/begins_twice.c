/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-begin: says twice where its bytes begin, and does not hear what the sink says.  */
#include "tests/broken/broken.h"

static int
twice_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
            const struct hfcore_sink *sink)
{
  (void) self;
  (void) call;
  (void) request;
  sink->begin (sink->ctx, 0, strlen (BROKEN_BYTES));
  sink->begin (sink->ctx, 0, strlen (BROKEN_BYTES));
  sink->data (sink->ctx, BROKEN_BYTES, strlen (BROKEN_BYTES));
  return HFCORE_OK;
}

static const struct hfcore_transport_ops ops = { .size = sizeof (struct hfcore_transport_ops),
                                                 .caps = HFCORE_TRANSPORT_LOCAL,
                                                 .open = broken_open,
                                                 .close = broken_close,
                                                 .resolve = broken_resolve,
                                                 .read = twice_read };

HFCORE_PLUGIN_DEFINE (.name = "broken-begin", .version = "1", .summary = "Begins again",
                      .transport = &ops);
