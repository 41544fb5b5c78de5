/* SPDX-License-Identifier: Apache-2.0 */
/* assets.c: the public functions for the folders that libraries keep their own files in.  */
#include <hfcore/hfcore.h>

#include "core/engine/assets.h"
#include "core/lib/handle.h"

struct asset_listener
{
  int (*asset) (void *ctx, const struct hfcore_asset_info *info);
  void *ctx;
};

static struct hfcore_asset
request (const char *library, const char *name_space, const char *subfolder)
{
  return (struct hfcore_asset){ .size = sizeof (struct hfcore_asset),
                                .library = library,
                                .name_space = name_space,
                                .subfolder = subfolder };
}

int
hfcore_assets_path (struct hfcore *cache, const char *library, const char *name_space,
                    const char *subfolder, char *path, size_t room, struct hfcore_error *error)
{
  struct hfcore_call call;
  const struct hfcore_asset asset = request (library, name_space, subfolder);
  const char *found;
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = assets_path (cache->engine, &call, &asset, &found);
  if (code == HFCORE_OK)
    code = handle_copy (&call, found, path, room);
  return handle_finish (&call, code, error);
}

static int
pass_asset (void *ctx, const struct hfcore_asset *asset)
{
  const struct asset_listener *listener = ctx;
  const struct hfcore_asset_info info = { .size = sizeof info,
                                          .library = asset->library,
                                          .name_space = asset->name_space,
                                          .subfolder = asset->subfolder,
                                          .path = asset->path,
                                          .bytes = asset->bytes,
                                          .modified_ms = asset->modified_ms };
  return listener->asset (listener->ctx, &info);
}

int
hfcore_assets_each (struct hfcore *cache, const char *library, const char *name_space,
                    const char *subfolder,
                    int (*asset) (void *ctx, const struct hfcore_asset_info *info), void *ctx,
                    struct hfcore_error *error)
{
  struct hfcore_call call;
  struct asset_listener listener = { .asset = asset, .ctx = ctx };
  const struct hfcore_asset which = request (library, name_space, subfolder);
  const struct hfcore_asset_sink sink
      = { .size = sizeof sink, .ctx = &listener, .asset = pass_asset };
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = assets_each (cache->engine, &call, &which, &sink);
  return handle_finish (&call, code, error);
}

int
hfcore_assets_remove (struct hfcore *cache, const char *library, const char *name_space,
                      const char *subfolder, struct hfcore_error *error)
{
  struct hfcore_call call;
  const struct hfcore_asset asset = request (library, name_space, subfolder);
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = assets_remove (cache->engine, &call, &asset);
  return handle_finish (&call, code, error);
}
