/* SPDX-License-Identifier: Apache-2.0 */
/* guard_assets.c: the ops of an asset tree as the engine sees them; see guard.h.  */
#include "core/plugin/guard_visit.h"

static const struct hfcore_assets_ops *
plugin_ops (const struct guard *guard)
{
  return &guard->module->assets;
}

static uint32_t
assets_caps_now (void *self)
{
  return guard_caps_now (self, plugin_ops (self)->caps_now);
}

static int
assets_path (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
             const char **path)
{
  GUARD_VISIT (visit, "path", asset->library, 0);
  const struct hfcore_assets_ops *ops = plugin_ops (self);
  *path = NULL;
  int code = guard_enter (&visit, ops->path != NULL);
  if (code)
    return code;
  code = ops->path (visit.guard->self, call, asset, path);
  if (code == HFCORE_OK && !*path)
    code = guard_fault (&visit, "told no path");
  return guard_leave (&visit, code);
}

static int
assets_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
             const struct hfcore_asset_sink *sink)
{
  GUARD_VISIT (visit, "list", asset->library, 0);
  const struct hfcore_assets_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->list != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_assets (&guarded, &visit, sink);
  code = sink ? ops->list (visit.guard->self, call, asset, sink) : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

static int
assets_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  GUARD_VISIT (visit, "remove", asset->library, GUARD_WRITES);
  const struct hfcore_assets_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->remove != NULL);
  if (code)
    return code;
  return guard_leave (&visit, ops->remove (visit.guard->self, call, asset));
}

const struct hfcore_assets_ops guard_assets_ops = {
  .size = sizeof (struct hfcore_assets_ops),
  .caps = UINT32_MAX,
  .caps_now = assets_caps_now,
  .path = assets_path,
  .list = assets_list,
  .remove = assets_remove,
};
