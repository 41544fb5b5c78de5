/* SPDX-License-Identifier: Apache-2.0 */
/* timesince.h: how long ago something was, as Python tells it (spec 7.3).  */
#ifndef HFCORE_CLI_TIMESINCE_H
#define HFCORE_CLI_TIMESINCE_H

#include <stddef.h>
#include <stdint.h>

/* "2 days ago" into `to`, of 32 bytes or more; both times in milliseconds since 1970. As
 * huggingface_hub says it today, and as it did until 0.26 and later: "60 seconds ago".  */
void timesince (char *to, size_t room, int64_t when_ms, int64_t now_ms);
void timesince_as_0_26 (char *to, size_t room, int64_t when_ms, int64_t now_ms);

#endif
