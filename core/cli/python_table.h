/* SPDX-License-Identifier: Apache-2.0 */
/* python_table.h: tables as huggingface_hub prints them, byte for byte: a row of headers, one of
 * dashes, columns as wide as their longest cell in characters, one blank between them (spec 7.4).
 *
 *   struct python_table table = { .columns = 2, .right = 1 << 1 };
 *   python_table_add (&table, "ID"); … row by row, headers first
 *   python_table_print (&table); python_table_free (&table);                                    */
#ifndef HFCORE_CLI_PYTHON_TABLE_H
#define HFCORE_CLI_PYTHON_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "core/util/text.h"
#include "core/util/vector.h"

VECTOR_DEFINE (python_cells, char *);

struct python_table
{
  size_t columns;
  uint32_t right;       /* bit I set: column I is aligned to the right, ...                      */
  uint32_t plain_heads; /* ... but not its header                                                */
  bool blank_at_end;    /* a blank behind the last column too: 0.26.2                            */
  bool failed;          /* memory ran out; nothing is printed then                               */
  struct python_cells cells;
};

/* Add the next cell, row by row; the text is copied, one that is NULL counts as failed.  */
void python_table_add (struct python_table *table, const char *text);
/* What `text` holds (which is emptied), or failed.  */
void python_table_take (struct python_table *table, struct text *text);
/* Shrink the widest columns until a line has `width` characters or all are at their least; cells
 * that are cut end in "...". Was one cut?  */
bool python_table_fit (struct python_table *table, size_t width);
/* 0, or -1: no memory.  */
int python_table_print (const struct python_table *table);
void python_table_free (struct python_table *table);
#define CLEANUP_PYTHON_TABLE __attribute__ ((cleanup (python_table_free)))

#endif
