/* SPDX-License-Identifier: Apache-2.0 */
/* dir_digest.h: digests of files, computed once while a file stays as it is: same place, length,
 * time and inode. Thread safe.  */
#ifndef HFCORE_TRANSPORT_DIR_DIGEST_H
#define HFCORE_TRANSPORT_DIR_DIGEST_H

#include "core/util/digest.h"
#include "plugins/transport-dir/dir.h"

/* RETRY: the file was written to meanwhile.  */
int dir_digest (struct dir *dir, struct hfcore_call *call, const struct dir_file *file,
                enum digest_kind kind, char hex[DIR_ETAG_ROOM]);
/* Of bytes in memory.  */
int dir_digest_of (struct dir *dir, struct hfcore_call *call, enum digest_kind kind,
                   const void *bytes, size_t len, char hex[DIR_ETAG_ROOM]);
void dir_digest_forget (struct dir *dir);

#endif
