/* SPDX-License-Identifier: Apache-2.0 */
/* hub_probe.h: whether links can be made here, found out by making one, as Python does (spec
 * 1.12).  */
#ifndef HFCORE_HUB_PROBE_H
#define HFCORE_HUB_PROBE_H

#include "plugins/hub-layout/hub_pointer.h"

/* In this open folder (O_PATH will do), by a folder tmpXXXXXXXX in it that goes away again. 1: yes;
 * 0: no; -1: errno, it could not be tried.  */
int hub_probe_folder (int folder);

/* For a pointer: in the repository's folder or, where nothing may be written there, in the
 * pointer's own. Once per folder and store. -1: errno.  */
int hub_probe_pointer (const struct hub_pointer *pointer);

#endif
