/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: monotonic milliseconds, wall time, and a sleep.  */
#ifndef HFCORE_UTIL_CLOCK_H
#define HFCORE_UTIL_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms (void);  /* monotonic                                                       */
int64_t clock_wall_ms (void); /* since 1970                                                      */
void clock_sleep_ms (int64_t ms);

#endif
