/* SPDX-License-Identifier: Apache-2.0 */
/* hub_journal.h: which bytes of a partial are on the disk, where they were not written from the
 * start to the end. Its owner record (hub_partial.h) is empty as long as they were; else it says
 *   ranges of SIZE
 *   OFFSET LENGTH
 *   …
 * a line for what was synced before it was written down. Who takes the record over has the journal
 * with it. A line that a crash cut off has no end, and does not count.  */
#ifndef HFCORE_HUB_JOURNAL_H
#define HFCORE_HUB_JOURNAL_H

#include <stdint.h>
#include "core/util/vector.h"

struct hub_range
{
  uint64_t from, to; /* bytes [from, to)  */
};
VECTOR_DEFINE (hub_ranges, struct hub_range);

/* Of a partial of a blob of `size` bytes: sorted, none touches another; free the items. 1: it has a
 * journal; 0: it has none; -1: it cannot be read, or is that of another size, or errno ENOMEM: no
 * byte is proven.  */
int hub_journal_read (const char *record, uint64_t size, struct hub_ranges *ranges);
/* To be appended to: a descriptor, -1: errno. Begins the journal if there is none.  */
int hub_journal_open (const char *record, uint64_t size);
/* -1: errno.  */
int hub_journal_add (int journal, uint64_t offset, uint64_t length);

#endif
