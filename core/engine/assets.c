/* SPDX-License-Identifier: Apache-2.0 */
/* assets.c: see assets.h.  */
#include "core/engine/assets.h"

#include "core/util/names.h"

static int
check_names (struct hfcore_call *call, const struct hfcore_asset *asset)
{
  const struct
  {
    const char *what, *name;
  } names[] = { { "library", asset->library },
                { "namespace", asset->name_space },
                { "subfolder", asset->subfolder } };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      if (!names[i].name)
        continue;
      if (i > 0 && !names[i - 1].name)
        return call_fail (call, HFCORE_E_CONFIG, "a %s was named without its %s", names[i].what,
                          names[i - 1].what);
      const char *why = names_check_asset (names[i].name);
      if (why)
        return call_fail (call, HFCORE_E_CONFIG, "bad %s '%s': %s", names[i].what, names[i].name,
                          why);
    }
  return HFCORE_OK;
}

/* The asset tree, opened, for a request that names what it must.  */
static int
prepare (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset,
         bool needs_library, const struct registry_assets **assets)
{
  int code = check_names (call, asset);
  if (code)
    return code;
  if (needs_library && !asset->library)
    return call_fail (call, HFCORE_E_CONFIG, "no library was named");
  return registry_assets (engine->registry, 0, call, assets);
}

int
assets_path (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset,
             const char **path)
{
  const struct registry_assets *assets;
  struct hfcore_asset whole = *asset;
  if (!whole.name_space)
    whole.name_space = "default";
  if (!whole.subfolder)
    whole.subfolder = "default";
  int code = prepare (engine, call, &whole, true, &assets);
  return code ? code : assets->ops->path (assets->self, call, &whole, path);
}

int
assets_each (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset,
             const struct hfcore_asset_sink *sink)
{
  const struct registry_assets *assets;
  int code = prepare (engine, call, asset, false, &assets);
  return code ? code : assets->ops->list (assets->self, call, asset, sink);
}

int
assets_remove (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  const struct registry_assets *assets;
  if (engine->settings->assets.items[0].read_only)
    return call_fail (call, HFCORE_E_READONLY,
                      "the assets are configured read-only; change that, or choose others");
  int code = prepare (engine, call, asset, true, &assets);
  return code ? code : assets->ops->remove (assets->self, call, asset);
}
