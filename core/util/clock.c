/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: see clock.h.  */
#include "core/util/clock.h"

#include <errno.h>
#include <time.h>

static int64_t
now_ms (clockid_t clock)
{
  struct timespec now = { 0 };
  clock_gettime (clock, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_now_ms (void)
{
  return now_ms (CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms (void)
{
  return now_ms (CLOCK_REALTIME);
}

int64_t
clock_stamp_ns (void)
{
#ifdef CLOCK_REALTIME_COARSE
  const clockid_t clock = CLOCK_REALTIME_COARSE;
#else
  const clockid_t clock = CLOCK_REALTIME;
#endif
  struct timespec now = { 0 };
  clock_gettime (clock, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
clock_sleep_ms (int64_t ms)
{
  if (ms <= 0)
    return;
  struct timespec left
      = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = (long) (ms % 1000) * 1000000 };
  while (nanosleep (&left, &left) < 0 && errno == EINTR)
    continue;
}
