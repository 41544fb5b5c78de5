/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h: are the files that are cached those that the Hub has? Spec 7.6.  */
#ifndef HFCORE_ENGINE_VERIFY_H
#define HFCORE_ENGINE_VERIFY_H

#include "core/engine/engine.h"
#include "core/engine/events.h"

/* As hfcore_verify says it; names are checked by the caller.  */
int verify_run (struct engine *engine, struct hfcore_call *call, const struct hfcore_verify *ask,
                struct events *events);

#endif
