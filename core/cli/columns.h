/* SPDX-License-Identifier: Apache-2.0 */
/* columns.h: how wide UTF-8 text is on a terminal, and text cut to a width. The locale plays no
 * part, so that nothing needs to call setlocale. Pure functions.  */
#ifndef HFCORE_CLI_COLUMNS_H
#define HFCORE_CLI_COLUMNS_H

#include <stddef.h>
#include "core/util/text.h"

/* Terminal columns of a one-line string: combining marks take none, East Asian wide characters
 * and most emoji two; a byte that is no UTF-8 takes one.  */
size_t columns_width (const char *string);

/* The end of `string` that fits into `columns`; a cut is marked by a leading "(…)".  */
void columns_add_end (struct text *to, const char *string, size_t columns);

/* Spaces. */
void columns_add_spaces (struct text *to, size_t count);

#endif
