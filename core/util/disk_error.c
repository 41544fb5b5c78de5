/* SPDX-License-Identifier: Apache-2.0 */
/* disk_error.c: see disk_error.h.  */
#include "core/util/disk_error.h"

#include <errno.h>
#include <stdio.h>
#include <hfcore/types.h>

int
disk_error_code (int os_errno, const char *folder, char advice[DISK_ADVICE_ROOM])
{
  advice[0] = 0;
  switch (os_errno)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      snprintf (advice, DISK_ADVICE_ROOM, "; free some space or choose another %s", folder);
      return HFCORE_E_NOSPACE;
    case EROFS:
    case EACCES:
    case EPERM:
      snprintf (advice, DISK_ADVICE_ROOM, "; check who may write there, or choose another %s",
                folder);
      return HFCORE_E_READONLY;
    case ENOTDIR:
      snprintf (advice, DISK_ADVICE_ROOM, "; a file is where a folder should be: choose another %s",
                folder);
      return HFCORE_E_IO;
    case ENAMETOOLONG:
      snprintf (advice, DISK_ADVICE_ROOM, "; choose a %s with a shorter path", folder);
      return HFCORE_E_IO;
    case EMFILE:
    case ENFILE:
      snprintf (advice, DISK_ADVICE_ROOM, "; raise the limit of open files (ulimit -n)");
      return HFCORE_E_IO;
    case ENOMEM:
      return HFCORE_E_NOMEM;
    case ESTALE:
      return HFCORE_E_RETRY;
    default:
      return HFCORE_E_IO;
    }
}
