/* SPDX-License-Identifier: Apache-2.0 */
/* assets.h: folders that libraries keep their own files in (spec 6): names are checked, then the
 * one asset tree of the configuration is asked. In every request a NULL namespace or subfolder
 * means "default" for a path, and all of them otherwise.  */
#ifndef HFCORE_ENGINE_ASSETS_H
#define HFCORE_ENGINE_ASSETS_H

#include "core/engine/engine.h"

/* The folder, made if it is not there; in the call. CONFIG: a bad name.  */
int assets_path (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset,
                 const char **path);
/* Tell all of a library, a namespace or a subfolder, or of every library (NULL), in any order;
 * what is not there tells nothing. NOTFOUND: there is no assets folder at all.  */
int assets_each (struct engine *engine, struct hfcore_call *call, const struct hfcore_asset *asset,
                 const struct hfcore_asset_sink *sink);
/* Remove a library, a namespace or a subfolder; absent already is success.  */
int assets_remove (struct engine *engine, struct hfcore_call *call,
                   const struct hfcore_asset *asset);

#endif
