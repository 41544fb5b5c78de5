/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.h: the same file in another revision. Storages that keep files in place of blobs have no
 * other way to tell that the bytes are there.  */
#ifndef HFCORE_ENGINE_REUSE_H
#define HFCORE_ENGINE_REUSE_H

#include "core/engine/layers.h"

/* A file of the same path in one of the newest other revisions in any storage that is this blob:
 * its storage says so, or its length is the same and its content hashes to the etag. Where the
 * etag is no digest, none is. PASS: there is none. CANCELLED, NOMEM.  */
int reuse_find (const struct layers_file *file, struct hfcore_call *call,
                struct layers_place *place);

#endif
