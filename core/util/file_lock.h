/* SPDX-License-Identifier: Apache-2.0 */
/* file_lock.h: flock on a file that stays when it is let go (spec 1.10): one attempt at a time, how
 * long to wait is the caller's.  */
#ifndef HFCORE_UTIL_FILE_LOCK_H
#define HFCORE_UTIL_FILE_LOCK_H

#include <stdbool.h>

#define FILE_LOCK_MODE    0664
#define FILE_LOCK_POLL_MS 50 /* as other clients wait  */

enum file_lock
{
  FILE_LOCK_TAKEN,
  FILE_LOCK_HELD,
  FILE_LOCK_AGAIN,   /* the file was replaced under us, or its folder is not there  */
  FILE_LOCK_WITHOUT, /* errno says why no lock can be had; ENOSYS: the file system has none  */
  FILE_LOCK_FAILED   /* errno says why the file cannot be made  */
};

/* TAKEN: `*fd` is the open file, to be closed after os_unlock. The file is made if it is not there;
 * `name` is relative to an open folder (or AT_FDCWD), a link is not followed.  */
enum file_lock file_lock_try (int folder, const char *name, int *fd);

/* Does this name still stand for the open file?  */
bool file_lock_is_named (int fd, int folder, const char *name);

#endif
