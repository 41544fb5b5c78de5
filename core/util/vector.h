/* SPDX-License-Identifier: Apache-2.0 */
/* vector.h: typed growing arrays.
 *
 *   VECTOR_DEFINE (paths, char *);             struct paths { char **items; size_t count, room; }
 *   struct paths found = { 0 };
 *   if (paths_append (&found, path) < 0) …     no memory; `found` is as it was
 *   free (found.items);                        what the items own is freed by the caller */
#ifndef HFCORE_UTIL_VECTOR_H
#define HFCORE_UTIL_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define VECTOR_DEFINE(name, type)                                                                  \
  struct name                                                                                      \
  {                                                                                                \
    type *items;                                                                                   \
    size_t count;                                                                                  \
    size_t room;                                                                                   \
  };                                                                                               \
  __attribute__ ((unused)) static inline int name##_append (struct name *v, type item)             \
  {                                                                                                \
    if (v->count == v->room)                                                                       \
      {                                                                                            \
        size_t room = v->room ? v->room * 2 : 8;                                                   \
        type *items                                                                                \
            = room > SIZE_MAX / sizeof (type) ? NULL : realloc (v->items, room * sizeof (type));   \
        if (!items)                                                                                \
          return -1;                                                                               \
        v->items = items;                                                                          \
        v->room = room;                                                                            \
      }                                                                                            \
    v->items[v->count++] = item;                                                                   \
    return 0;                                                                                      \
  }                                                                                                \
  struct name

#endif
