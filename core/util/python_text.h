/* SPDX-License-Identifier: Apache-2.0 */
/* python_text.h: strings as Python's huggingface_hub shows them: the same bytes. Input is UTF-8; a
 * byte that is none is what Python reads it as, a lone surrogate "\udcXX".  */
#ifndef HFCORE_UTIL_PYTHON_TEXT_H
#define HFCORE_UTIL_PYTHON_TEXT_H

#include "core/util/text.h"

/* How many characters (code points) there are: Python's len ().  */
size_t python_text_length (const char *string);
/* Its first `count` characters.  */
void python_text_add_start (struct text *to, const char *string, size_t count);

/* What cannot be printed as "\n", "\x1b", "\u200b": never a control character.  */
void python_text_add_printable (struct text *to, const char *string);
/* The same, with each run of white space as one blank, and none at the ends.  */
void python_text_add_line (struct text *to, const char *string);
/* As the source of a string, in quotes: repr ().  */
void python_text_add_repr (struct text *to, const char *string);
/* As json.dumps writes it, in quotes: ASCII.  */
void python_text_add_json (struct text *to, const char *string);

#endif
