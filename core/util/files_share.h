/* SPDX-License-Identifier: Apache-2.0 */
/* files_share.h: a file with the bytes of another: its extents shared, the same file under a second
 * name, or copied.  */
#ifndef HFCORE_UTIL_FILES_SHARE_H
#define HFCORE_UTIL_FILES_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Ways, tried in this order.  */
enum
{
  FILES_SHARE_REFLINK = 1,   /* FICLONE: a file of its own that takes no room until it is changed */
  FILES_SHARE_HARD_LINK = 2, /* the same file: who changes one changes both                       */
  FILES_SHARE_COPY = 4       /* without FILES_SHARE_REFLINK no extent is shared                   */
};

/* Stops a long copy: non-zero. `done` of `total` bytes.  */
typedef int files_share_tick (void *ctx, uint64_t done, uint64_t total);

struct files_share
{
  unsigned ways; /* FILES_SHARE_…, a sum                                                 */
  mode_t mode;   /* of a file of its own, before the umask                               */
  bool sync;     /* a file of its own is on the disk before this returns                 */
  files_share_tick *tick; /* NULL: never stops                                                    */
  void *ctx;
};

/* Make the new file `name` in the open folder (or AT_FDCWD) with the bytes of the regular file
 * `source`, links to which are followed. Returns the way that it took; -1: errno, and nothing was
 * left; EOPNOTSUPP: none of the ways works here; EEXIST: something stands there; EINVAL: `source`
 * is no regular file; ESTALE: it became shorter meanwhile; ECANCELED: `tick` said stop.  */
int files_share (const char *source, int folder, const char *name, const struct files_share *how);

/* The same for the open regular file `from`, into the new, empty file `to` that the caller made (so
 * its mode is the caller's, and FILES_SHARE_HARD_LINK is no way). Offsets may move; after a failure
 * `to` may hold some of the bytes.  */
int files_share_into (int from, int to, const struct files_share *how);

/* What can be done in this folder (an existing one, O_PATH will do): FILES_SHARE_…, a sum, found
 * out with files that have no name or go away at once. -1: errno, it may not be written.  */
int files_share_ways (int folder);

#endif
