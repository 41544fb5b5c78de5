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
    const char *today; /* where that is another text  */
  } samples[] = { { -5 * SECOND, "a few seconds ago", NULL },
                  { 0, "a few seconds ago", NULL },
                  { 19999, "a few seconds ago", NULL },
                  { 20000, "20 seconds ago", NULL },
                  { 43 * SECOND, "43 seconds ago", NULL },
                  { 59600, "60 seconds ago", "1 minute ago" },
                  { 60400, "60 seconds ago", "1 minute ago" },
                  { 60500, "60 seconds ago", "1 minute ago" },
                  { 60600, "1 minute ago", NULL },
                  { 90 * SECOND, "2 minutes ago", NULL },
                  { 150 * SECOND, "2 minutes ago", NULL },
                  { 3599 * SECOND, "60 minutes ago", "1 hour ago" },
                  { 3660 * SECOND, "1 hour ago", NULL },
                  { 24 * HOUR + 24 * 60 * SECOND, "24 hours ago", "1 day ago" },
                  { 36 * HOUR, "2 days ago", NULL },
                  { 6 * DAY + 14 * HOUR, "1 week ago", NULL },
                  { 13 * DAY, "2 weeks ago", NULL },
                  { 342 * DAY, "11 months ago", NULL },
                  { 348 * DAY, "1 year ago", NULL },
                  { 3504 * DAY, "10 years ago", NULL } };
  const int64_t now = INT64_C (1700000000000);
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    {
      char text[48];
      timesince_as_0_26 (text, sizeof text, now - samples[i].delta_ms, now);
      CHECK_STRING (text, samples[i].text);
      timesince (text, sizeof text, now - samples[i].delta_ms, now);
      CHECK_STRING (text, samples[i].today ? samples[i].today : samples[i].text);
    }
}

CHECK_MAIN ("timesince", { "samples", test_samples })
