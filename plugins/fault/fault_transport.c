/* SPDX-License-Identifier: Apache-2.0 */
/* fault_transport.c: the ops of a transport: what lies below, but for what was asked for.  */
#include "plugins/fault/fault.h"

#include <string.h>

static const struct hfcore_transport *
below (void *self)
{
  return ((struct fault *) self)->transport;
}

static uint32_t
transport_caps_now (void *self)
{
  return below (self)->ops->caps_now (below (self)->self);
}

static int
transport_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  int code = fault_gate (self, call, FAULT_RESOLVE);
  return code ? code
              : below (self)->ops->resolve (below (self)->self, call, repo, revision, path, info);
}

/* As far as this build knows the request.  */
static struct hfcore_read
without_range (const struct hfcore_read *request)
{
  struct hfcore_read whole = { 0 };
  memcpy (&whole, request, request->size < sizeof whole ? request->size : sizeof whole);
  whole.size = sizeof whole;
  whole.offset = 0;
  whole.length = HFCORE_SIZE_UNKNOWN;
  return whole;
}

static int
transport_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  struct fault_visit visit;
  struct fault_sink damaged;
  struct hfcore_read whole;
  int code = fault_enter (self, call, FAULT_READ, &visit);
  if (code)
    return code;
  const struct fault_rule *deaf = fault_fired (&visit, FAULT_IGNORE_RANGES);
  if (deaf && (request->offset || request->length != HFCORE_SIZE_UNKNOWN))
    {
      fault_tell (&visit, deaf, "a beginning at 0 where %llu was asked for",
                  (unsigned long long) request->offset);
      whole = without_range (request);
      request = &whole;
    }
  sink = fault_sink_begin (&damaged, &visit, sink);
  return fault_sink_end (&damaged,
                         below (self)->ops->read (below (self)->self, call, request, sink));
}

static int
transport_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  int code = fault_gate (self, call, FAULT_LIST);
  return code ? code : below (self)->ops->list (below (self)->self, call, repo, commit, sink);
}

const struct hfcore_transport_ops fault_transport_ops = {
  .size = sizeof fault_transport_ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = fault_open,
  .close = fault_close,
  .caps_now = transport_caps_now,
  .resolve = transport_resolve,
  .read = transport_read,
  .list = transport_list,
};
