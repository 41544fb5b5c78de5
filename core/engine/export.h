/* SPDX-License-Identifier: Apache-2.0 */
/* export.h: cached repositories into one tar for a machine without a network.  */
#ifndef HFCORE_ENGINE_EXPORT_H
#define HFCORE_ENGINE_EXPORT_H

#include <hfcore/hfcore.h>
#include "core/engine/engine.h"
#include "core/engine/events.h"

/* Names are checked by the caller. Errors as hfcore_export tells them. `moved` is filled when all
 * was written.  */
int export_write (struct engine *engine, struct hfcore_call *call, const struct hfcore_export *ask,
                  struct events *events, struct hfcore_moved *moved);

#endif
