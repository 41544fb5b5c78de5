/* SPDX-License-Identifier: Apache-2.0 */
/* gaps.h: which bytes of a file are still to come, and which lane (a connection) brings them. A
 * lane has one gap at a time and fills it from its start; what it leaves, others take. Not thread
 * safe: who has lanes has a lock.  */
#ifndef HFCORE_ENGINE_GAPS_H
#define HFCORE_ENGINE_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/util/vector.h"

#define GAPS_NOBODY (-1)

struct gap
{
  uint64_t from, to; /* bytes [from, to) are not written  */
  int lane;          /* or GAPS_NOBODY  */
};
VECTOR_DEFINE (gap_list, struct gap);

struct gaps
{
  struct gap_list list; /* sorted, apart from each other or of different lanes  */
  uint64_t length;      /* of the file  */
};

/* All is to come. -1: no memory.  */
int gaps_init (struct gaps *gaps, uint64_t length);
void gaps_free (struct gaps *gaps);
/* These bytes were there before; nobody has a gap yet. -1: no memory.  */
int gaps_fill (struct gaps *gaps, uint64_t from, uint64_t to);

/* A gap for a lane that has none: the first that nobody has, at most `most` bytes of it; else the
 * second half of the longest that another lane still has, if either half has `least` bytes. 1: it
 * has one, `*from` and `*to`; 0: there is none for it; -1: no memory.  */
int gaps_take (struct gaps *gaps, int lane, uint64_t most, uint64_t least, uint64_t *from,
               uint64_t *to);
/* How many bytes the lane may still write: others may have taken some of them.  */
uint64_t gaps_room (const struct gaps *gaps, int lane);
/* It wrote the next `len` bytes of its gap, at most those it had room for.  */
void gaps_wrote (struct gaps *gaps, int lane, uint64_t len);
/* The lane has filled its gap up to `at`; if what follows is nobody's, it has that now.  */
void gaps_go_on (struct gaps *gaps, int lane, uint64_t at);
/* It keeps the first `most` bytes of its gap; the rest is nobody's. -1: no memory.  */
int gaps_cut (struct gaps *gaps, int lane, uint64_t most);
/* It goes; what it did not write is nobody's.  */
void gaps_leave (struct gaps *gaps, int lane);

/* All bytes before it are written.  */
uint64_t gaps_front (const struct gaps *gaps);
uint64_t gaps_bytes (const struct gaps *gaps); /* that are to come  */

#endif
