/* SPDX-License-Identifier: Apache-2.0 */
/* cache_filter.h: which rows `cache ls` shows, and in which order (spec 7.5).  */
#ifndef HFCORE_CLI_CACHE_FILTER_H
#define HFCORE_CLI_CACHE_FILTER_H

#include "core/cli/arguments.h"
#include "core/cli/cache_rows.h"

/* "size>1GB" and the like: keep the rows of which all are true. 0, or -1 and one line in `why`:
 * an expression that is none. `rows` may be NULL, to check expressions alone.  */
int cache_filter_rows (const struct words *expressions, int64_t now_ns, struct cache_rows *rows,
                       char *why, size_t room);

/* What --sort may say; ends with NULL.  */
extern const char *const cache_filter_sorts[];
/* "size", "size:asc": sort the rows; equal ones stay in their order. 0, or -1: no such key.  */
int cache_filter_sort (const char *expression, struct cache_rows *rows);

#endif
