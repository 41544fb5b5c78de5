/* SPDX-License-Identifier: Apache-2.0 */
/* config_error.h: "FILE:LINE:COLUMN: what is wrong; did you mean `that`?"  */
#ifndef HFCORE_CONFIG_CONFIG_ERROR_H
#define HFCORE_CONFIG_CONFIG_ERROR_H

#include <stddef.h>
#include <hfcore/types.h>

/* Room for a place in messages: the file's name, cut at its start when it is too long, and two
 * numbers.  */
#define CONFIG_WHERE_ROOM 224

/* "FILE:LINE:COLUMN", without the numbers where `line` is 0. Returns `to`.  */
const char *config_where (const char *file, size_t line, size_t column, char *to, size_t room);

/* Fill `error` (may be NULL) with one clean line, "WHERE: …" or only "…" when `where` is empty or
 * NULL, and return HFCORE_E_CONFIG.  */
int config_fail (struct hfcore_error *error, const char *where, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
int config_no_memory (struct hfcore_error *error); /* returns HFCORE_E_NOMEM */

/* "; did you mean `WORD`?" with the nearest of `words`, or "" when none is near. Returns `to`.  */
#define CONFIG_HINT_ROOM 96
const char *config_hint (const char *word, const char *const *words, size_t count,
                         char to[CONFIG_HINT_ROOM]);

#endif
