/* SPDX-License-Identifier: Apache-2.0 */
/* guard_transport.c: the ops of a transport as the engine and wrappers see them; see guard.h.  */
#include "core/plugin/guard_visit.h"
#include "core/plugin/sized.h"

uint32_t
guard_transport_usable (const struct hfcore_transport_ops *ops)
{
  return ops->list ? ops->caps : ops->caps & ~(uint32_t) HFCORE_TRANSPORT_LIST;
}

static const struct hfcore_transport_ops *
plugin_ops (const struct guard *guard)
{
  return &guard->module->transport;
}

static uint32_t
transport_caps_now (void *self)
{
  return guard_caps_now (self, plugin_ops (self)->caps_now);
}

static int
transport_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  GUARD_VISIT (visit, "resolve", path ? path : revision, GUARD_MAY_PASS);
  const struct hfcore_transport_ops *ops = plugin_ops (self);
  struct hfcore_file_info told = { .size = sizeof told, .length = HFCORE_SIZE_UNKNOWN };
  int code = guard_enter (&visit, ops->resolve != NULL);
  if (code)
    return code;
  if (!HFCORE_HAS (info, xet_hash))
    code = call_fail (call, HFCORE_E_CONFIG, "resolve: was given a struct without its size");
  else
    {
      code = ops->resolve (visit.guard->self, call, repo, revision, path, &told);
      sized_give (info, sizeof told, &told);
    }
  return guard_leave (&visit, code);
}

static int
transport_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  GUARD_VISIT (visit, "read", request->path, GUARD_MAY_PASS);
  const struct hfcore_transport_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->read != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_bytes (&guarded, &visit, sink);
  code = sink ? ops->read (visit.guard->self, call, request, sink) : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

static int
transport_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  GUARD_VISIT (visit, "list", commit, GUARD_MAY_PASS);
  const struct hfcore_transport_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->list != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_files (&guarded, &visit, sink);
  code = sink ? ops->list (visit.guard->self, call, repo, commit, sink) : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

const struct hfcore_transport_ops guard_transport_ops = {
  .size = sizeof (struct hfcore_transport_ops),
  .caps = UINT32_MAX,
  .caps_now = transport_caps_now,
  .resolve = transport_resolve,
  .read = transport_read,
  .list = transport_list,
};
