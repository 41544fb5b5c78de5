/* SPDX-License-Identifier: Apache-2.0 */
/* sized.h: structs that begin with their size and may be of an older or newer build than this
 * (plugin.h, rule 1). What a struct must have at least is asked with HFCORE_HAS before.  */
#ifndef HFCORE_PLUGIN_SIZED_H
#define HFCORE_PLUGIN_SIZED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t
sized_of (const void *sized)
{
  uint32_t size;
  memcpy (&size, sized, sizeof size);
  return size;
}

/* `from` into `to`, the same struct as this build knows it, of `room` bytes: the smaller of both
 * sizes is copied, the rest is zero, the size is `room`.  */
static inline void
sized_take (void *to, size_t room, const void *from)
{
  uint32_t size = sized_of (from), full = (uint32_t) room;
  memset (to, 0, room);
  memcpy (to, from, size < room ? size : room);
  memcpy (to, &full, sizeof full);
}

/* The way back: `from`, of `room` bytes, into `to`, as far as its own size goes, which stays.  */
static inline void
sized_give (void *to, size_t room, const void *from)
{
  uint32_t size = sized_of (to);
  const size_t head = sizeof size;
  memcpy ((char *) to + head, (const char *) from + head, (size < room ? size : room) - head);
}

#endif
