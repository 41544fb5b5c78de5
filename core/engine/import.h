/* SPDX-License-Identifier: Apache-2.0 */
/* import.h: an archive into the storage that is written, all of it or nothing.  */
#ifndef HFCORE_ENGINE_IMPORT_H
#define HFCORE_ENGINE_IMPORT_H

#include <hfcore/hfcore.h>
#include "core/engine/engine.h"
#include "core/engine/events.h"

/* Errors as hfcore_import tells them. `moved` is filled when all was added.  */
int import_read (struct engine *engine, struct hfcore_call *call, const struct hfcore_import *ask,
                 struct events *events, struct hfcore_moved *moved);

#endif
