/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: monotonic milliseconds, wall time, and a sleep.  */
#ifndef HFCORE_UTIL_CLOCK_H
#define HFCORE_UTIL_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms (void);  /* monotonic                                                       */
int64_t clock_wall_ms (void); /* since 1970                                                      */
/* Nanoseconds since 1970, by the clock that file systems of this machine stamp files with: what is
 * written from now on is never older; what was written some milliseconds ago may be newer.  */
int64_t clock_stamp_ns (void);
void clock_sleep_ms (int64_t ms);

#endif
