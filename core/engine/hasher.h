/* SPDX-License-Identifier: Apache-2.0 */
/* hasher.h: the digest of what a writer holds, computed by a thread of its own that reads it back
 * behind the front of the writes, while the pages are warm: receiving and hashing do not wait for
 * each other. One thread tells the front, and it alone may use these functions.  */
#ifndef HFCORE_ENGINE_HASHER_H
#define HFCORE_ENGINE_HASHER_H

#include "core/plugin/call.h"
#include "core/util/digest.h"

struct hasher;

struct hasher_ask
{
  const struct hfcore_storage *storage;
  void *writer;
  struct digest *digest;          /* holds `from` bytes already; the hasher's until it is joined  */
  uint64_t from;                  /* bytes  */
  const struct hfcore_call *call; /* the hasher stops when this is to stop  */
};

/* PASS: there is no thread to be had, and the digest is as it was.  */
int hasher_start (const struct hasher_ask *ask, struct hasher **hasher);
/* All bytes before `front` are written. Waits when hashing is far behind, so that it does not have
 * to fetch from the disk what was in memory. The code that hashing failed with, recorded in `call`,
 * which is also asked whether to stop.  */
int hasher_advance (struct hasher *hasher, struct hfcore_call *call, uint64_t front);
/* Wait until all bytes before the front are in the digest; frees the hasher.  */
int hasher_join (struct hasher *hasher, struct hfcore_call *call);
/* End it now; the digest is of no more use. NULL is none.  */
void hasher_stop (struct hasher *hasher);

#endif
