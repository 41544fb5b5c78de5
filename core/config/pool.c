/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c: see pool.h.  */
#include "core/config/pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/text.h"

struct pool_block
{
  struct pool_block *older;
  size_t used, room;
  max_align_t bytes[];
};

/* Settings without any file fit into one block.  */
enum
{
  BLOCK_ROOM = 8000
};

static struct pool_block *
add_block (struct pool *pool, size_t room)
{
  struct pool_block *block = calloc (1, sizeof *block + room);
  if (!block)
    return NULL;
  block->room = room;
  block->older = pool->blocks;
  pool->blocks = block;
  return block;
}

void *
pool_get (struct pool *pool, size_t count, size_t size)
{
  const size_t step = _Alignof(max_align_t);
  size_t wanted;
  if (__builtin_mul_overflow (count, size, &wanted) || wanted > SIZE_MAX / 2)
    return NULL;
  wanted = (wanted + step - 1) / step * step;
  struct pool_block *block = pool->blocks;
  if (!block || block->room - block->used < wanted)
    block = add_block (pool, wanted > BLOCK_ROOM ? wanted : BLOCK_ROOM);
  if (!block)
    return NULL;
  void *bytes = (char *) block->bytes + block->used;
  block->used += wanted;
  return bytes;
}

char *
pool_copy_len (struct pool *pool, const char *text, size_t len)
{
  char *copy = len == SIZE_MAX ? NULL : pool_get (pool, 1, len + 1);
  if (copy)
    memcpy (copy, text, len);
  return copy;
}

char *
pool_copy (struct pool *pool, const char *text)
{
  return pool_copy_len (pool, text, strlen (text));
}

char *
pool_adopt (struct pool *pool, char *text)
{
  char *copy = text ? pool_copy (pool, text) : NULL;
  free (text);
  return copy;
}

char *
pool_format (struct pool *pool, const char *format, ...)
{
  struct text text = TEXT_LIMIT (SIZE_MAX / 4);
  va_list args;
  va_start (args, format);
  text_vaddf (&text, format, args);
  va_end (args);
  return pool_adopt (pool, text_take (&text));
}

void
pool_free (struct pool *pool)
{
  for (struct pool_block *block = pool->blocks, *older; block; block = older)
    {
      older = block->older;
      free (block);
    }
  pool->blocks = NULL;
}
