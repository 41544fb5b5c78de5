/* SPDX-License-Identifier: Apache-2.0 */
/* glob.h: Python's fnmatchcase, as the Hub's clients use it for file patterns (spec 4.4).  */
#ifndef HFCORE_UTIL_GLOB_H
#define HFCORE_UTIL_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Does the whole of `path` match? Backslashes in both count as "/", a pattern that ends in "/"
 * means all below it. Characters are those of UTF-8. Time is bounded by len (path) × len
 * (pattern): no pattern can make it run away.  */
bool glob_match (const char *pattern, const char *path);

/* Kept by the lists? `include` NULL: no filter; `include_count` 0 with a list: keeps nothing.  */
bool glob_keeps (const char *path, const char *const *include, size_t include_count,
                 const char *const *exclude, size_t exclude_count);

#endif
