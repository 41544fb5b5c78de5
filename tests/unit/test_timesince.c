/* SPDX-License-Identifier: Apache-2.0 */
/* test_timesince.c: how long ago, as Python tells it: the samples of spec 7.3, and the edges.  */
#include "tests/check.h"

#include "core/cli/timesince.h"

#define SECOND INT64_C (1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static void
test_samples (void)
{
  static const struct
  {
    int64_t delta_ms;
    const char *text;
  } samples[] = { { -5 * SECOND, "a few seconds ago" },
                  { 0, "a few seconds ago" },
                  { 19999, "a few seconds ago" },
                  { 20000, "20 seconds ago" },
                  { 43 * SECOND, "43 seconds ago" },
                  { 60400, "60 seconds ago" },
                  { 60500, "60 seconds ago" },
                  { 60600, "1 minute ago" },
                  { 90 * SECOND, "2 minutes ago" },
                  { 150 * SECOND, "2 minutes ago" },
                  { 3599 * SECOND, "60 minutes ago" },
                  { 3660 * SECOND, "1 hour ago" },
                  { 24 * HOUR + 24 * 60 * SECOND, "24 hours ago" },
                  { 36 * HOUR, "2 days ago" },
                  { 6 * DAY + 14 * HOUR, "1 week ago" },
                  { 13 * DAY, "2 weeks ago" },
                  { 342 * DAY, "11 months ago" },
                  { 348 * DAY, "1 year ago" },
                  { 3504 * DAY, "10 years ago" } };
  const int64_t now = INT64_C (1700000000000);
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    {
      char text[48];
      timesince (text, sizeof text, now - samples[i].delta_ms, now);
      CHECK_STRING (text, samples[i].text);
    }
}

CHECK_MAIN ("timesince", { "samples", test_samples })
