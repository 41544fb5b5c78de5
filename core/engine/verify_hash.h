/* SPDX-License-Identifier: Apache-2.0 */
/* verify_hash.h: the digest of a file on this machine, as fast as one core computes it.  */
#ifndef HFCORE_ENGINE_VERIFY_HASH_H
#define HFCORE_ENGINE_VERIFY_HASH_H

#include <stdbool.h>
#include <stdint.h>
#include "core/plugin/call.h"
#include "core/util/digest.h"

struct verify_hash
{
  const char *path; /* links are followed  */
  enum digest_kind kind;
  void *ctx;
  /* Told now and then; `done` of `total` bytes. May be NULL.  */
  void (*progress) (void *ctx, uint64_t done, uint64_t total);
  /* Is there a core with nothing to do, so that reading may be another thread's? May be NULL.  */
  bool (*has_spare_core) (void *ctx);
};

/* The digest's hex. Stops when the call is to stop: CANCELLED. NOTFOUND: the file is not there;
 * CORRUPT: it is no regular file, or changed its length meanwhile; DOWN: it may not be read; IO;
 * NOMEM.  */
int verify_hash_file (const struct verify_hash *ask, struct hfcore_call *call, char hex[65]);

#endif
