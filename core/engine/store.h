/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: one file into the storage that is written: its blob, then its pointer, both under the
 * blob's lock (spec 2.6 steps 8 and 9).  */
#ifndef HFCORE_ENGINE_STORE_H
#define HFCORE_ENGINE_STORE_H

#include "core/engine/fetch.h"

/* `*published`: this call has published the blob; otherwise it, or the file, was there. `stored`
 * lives in the call. Errors as fetch_blob's, and the storage's own.  */
int store_file (const struct fetch *fetch, struct hfcore_call *call,
                struct hfcore_stored_file *stored, bool *published);

#endif
