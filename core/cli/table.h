/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: aligned columns of text.
 *
 *   struct table table = { .columns = 2, .gap = 2 };
 *   table_add (&table, "FILE"); table_add (&table, "SIZE"); …
 *   table_print (&table, stdout); table_free (&table);                                          */
#ifndef HFCORE_CLI_TABLE_H
#define HFCORE_CLI_TABLE_H

#include <stdint.h>
#include <stdio.h>
#include "core/util/vector.h"

VECTOR_DEFINE (table_cells, char *);

struct table
{
  size_t columns;
  size_t gap;     /* spaces between columns                                               */
  size_t widest;  /* a cell wider than this does not widen its column; 0: no such limit   */
  uint32_t right; /* bit I set: column I is aligned to the right                          */
  int failed;     /* memory ran out; nothing is printed then                              */
  struct table_cells cells;
};

/* Add the next cell, row by row; the text is copied as one clean line.  */
void table_add (struct table *table, const char *text);
/* Print whole rows, without blanks at the ends of lines. 0, or -1: no memory.  */
int table_print (const struct table *table, FILE *to);
void table_free (struct table *table);
#define CLEANUP_TABLE __attribute__ ((cleanup (table_free)))

#endif
