/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h: memory that is let go all at once, so that a half-built object has one way to die.
 * One thread at a time.  */
#ifndef HFCORE_CONFIG_POOL_H
#define HFCORE_CONFIG_POOL_H

#include <stddef.h>

struct pool_block;

struct pool
{
  struct pool_block *blocks;
};

/* Zeroed and aligned for anything; lives until pool_free. NULL: no memory.  */
void *pool_get (struct pool *pool, size_t count, size_t size);
/* A copy of `text`, or of its first `len` bytes and a zero.  */
char *pool_copy (struct pool *pool, const char *text);
char *pool_copy_len (struct pool *pool, const char *text, size_t len);
/* A copy of what malloc gave (which is freed in any case; NULL gives NULL).  */
char *pool_adopt (struct pool *pool, char *text);
char *pool_format (struct pool *pool, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void pool_free (struct pool *pool);
#define CLEANUP_POOL __attribute__ ((cleanup (pool_free)))

#endif
