/* SPDX-License-Identifier: Apache-2.0 */
/* local_file.h: the bytes of a file on this machine, pushed as a transport pushes them.  */
#ifndef HFCORE_ENGINE_LOCAL_FILE_H
#define HFCORE_ENGINE_LOCAL_FILE_H

#include <hfcore/plugin.h>
#include "core/plugin/call.h"

/* From byte `offset` to its end, links followed; stops when the call is to stop. What the sink
 * returns is returned. NOTFOUND: it is not there; CORRUPT: it is no regular file, or shorter than
 * `offset`; DOWN: it may not be read; IO; NOMEM.  */
int local_file_read (struct hfcore_call *call, const char *path, uint64_t offset,
                     const struct hfcore_sink *sink);
/* Is `etag`, a digest, that of the file's `length` bytes? HFCORE_PASS: it is not, or the file
 * cannot be read. CANCELLED, NOMEM, and IO where no digests can be computed.  */
int local_file_matches (struct hfcore_call *call, const char *path, uint64_t length,
                        const char *etag);

#endif
