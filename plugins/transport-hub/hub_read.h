/* SPDX-License-Identifier: Apache-2.0 */
/* hub_read.h: the bytes of a file, from the Hub or from where it sends us.  */
#ifndef HFCORE_HUB_READ_H
#define HFCORE_HUB_READ_H

#include "plugins/transport-hub/hub.h"

/* The `read` op (spec 2.5, 2.8).  */
int hub_read (struct hub *hub, struct hfcore_call *call, const struct hfcore_read *request,
              const struct hfcore_sink *sink);

#endif
