/* SPDX-License-Identifier: Apache-2.0 */
/* disk_error.h: what the errno of a file operation means to a user.  */
#ifndef HFCORE_UTIL_DISK_ERROR_H
#define HFCORE_UTIL_DISK_ERROR_H

enum
{
  DISK_ADVICE_ROOM = 128
};

/* HFCORE_E_…, and into `advice` "; what to do", or "". `folder` names what may be chosen anew:
 * "cache folder".  */
int disk_error_code (int os_errno, const char *folder, char advice[DISK_ADVICE_ROOM]);

#endif
