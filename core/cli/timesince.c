/* SPDX-License-Identifier: Apache-2.0 */
/* timesince.c: see timesince.h.  */
#include "core/cli/timesince.h"

#include <inttypes.h>
#include <stdio.h>

/* Half to even, as Python rounds. Both are positive.  */
static int64_t
divide_rounded (int64_t number, int64_t divisor)
{
  int64_t whole = number / divisor, twice = number % divisor * 2;
  return whole + (twice > divisor || (twice == divisor && whole % 2 == 1));
}

/* `carry`: a unit is full one before the next begins.  */
static void
tell (char *to, size_t room, int64_t when_ms, int64_t now_ms, int carry)
{
  static const struct
  {
    const char *name;
    int64_t seconds;
    int64_t most; /* of this unit, before the next one is taken  */
    int64_t carry;
  } units[] = { { "second", 1, 60, 1 },
                { "minute", 60, 60, 1 },
                { "hour", 3600, 24, 1 },
                { "day", 86400, 6, 0 },
                { "week", 604800, 6, 0 },
                { "month", 2592000, 11, 0 },
                { "year", 31536000, INT64_MAX, 0 } };
  int64_t count = 0, delta_ms = now_ms > when_ms ? now_ms - when_ms : 0;
  size_t unit = 0;
  if (delta_ms < 20000)
    {
      snprintf (to, room, "a few seconds ago");
      return;
    }
  while ((count = divide_rounded (delta_ms, units[unit].seconds * 1000))
         > units[unit].most - carry * units[unit].carry)
    unit++;
  snprintf (to, room, "%" PRId64 " %s%s ago", count, units[unit].name, count > 1 ? "s" : "");
}

void
timesince (char *to, size_t room, int64_t when_ms, int64_t now_ms)
{
  tell (to, room, when_ms, now_ms, 1);
}

void
timesince_as_0_26 (char *to, size_t room, int64_t when_ms, int64_t now_ms)
{
  tell (to, room, when_ms, now_ms, 0);
}
