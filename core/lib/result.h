/* SPDX-License-Identifier: Apache-2.0 */
/* result.h: what the engine found as the public result.  */
#ifndef HFCORE_LIB_RESULT_H
#define HFCORE_LIB_RESULT_H

#include <hfcore/hfcore.h>
#include "core/engine/download.h"
#include "core/engine/snapshot.h"

/* New results for hfcore_result_free; NULL: no memory.  */
struct hfcore_result *result_of_file (const char *path, const struct downloaded *file);
struct hfcore_result *result_of_snapshot (const struct snapshot *snapshot);

#endif
