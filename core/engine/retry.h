/* SPDX-License-Identifier: Apache-2.0 */
/* retry.h: how long to wait before asking again (spec 2.9). Pure.  */
#ifndef HFCORE_ENGINE_RETRY_H
#define HFCORE_ENGINE_RETRY_H

#include <stdint.h>

/* The pause in ms before retry number `retry` (from 0): `pause` doubled each time up to `most`;
 * what the peer asked for (`asked_ms`, 0: nothing) takes its place, but never more than an hour.
 * -1: `retry` has reached `retries`, give up.  */
int64_t retry_pause_ms (unsigned retry, unsigned retries, int64_t pause, int64_t most,
                        uint32_t asked_ms);

#endif
