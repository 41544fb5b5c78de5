/* SPDX-License-Identifier: Apache-2.0 */
/* retry.c: see retry.h.  */
#include "core/engine/retry.h"

enum
{
  LONGEST_ASKED_MS = 3600 * 1000
};

int64_t
retry_pause_ms (unsigned retry, unsigned retries, int64_t pause, int64_t most, uint32_t asked_ms)
{
  if (retry >= retries)
    return -1;
  if (asked_ms > 0)
    return asked_ms < LONGEST_ASKED_MS ? asked_ms : LONGEST_ASKED_MS;
  while (retry-- > 0 && pause < most)
    pause *= 2;
  return pause < most ? pause : most;
}
