/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: aligned columns of text.  */
#include "core/cli/table.h"

#include <string.h>
#include "core/cli/columns.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

void
table_add (struct table *table, const char *text)
{
  size_t room = strlen (text) + 1;
  CLEANUP_FREE char *cell = malloc (room);
  if (!cell)
    {
      table->failed = 1;
      return;
    }
  text_one_line (cell, room, text);
  if (table_cells_append (&table->cells, cell) < 0)
    table->failed = 1;
  else
    cell = NULL;
}

static size_t
column_width (const struct table *table, size_t column)
{
  size_t widest = 0;
  size_t whole = table->cells.count - table->cells.count % table->columns;
  for (size_t i = column; i < whole; i += table->columns)
    {
      size_t width = columns_width (table->cells.items[i]);
      if (width > widest && (!table->widest || width <= table->widest))
        widest = width;
    }
  return widest;
}

int
table_print (const struct table *table, FILE *to)
{
  CLEANUP_FREE size_t *widths = calloc (table->columns, sizeof *widths);
  if (!widths || table->failed)
    return -1;
  for (size_t i = 0; i < table->columns; i++)
    widths[i] = column_width (table, i);
  for (size_t row = 0; row + table->columns <= table->cells.count; row += table->columns)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 20);
      for (size_t i = 0; i < table->columns; i++)
        {
          const char *cell = table->cells.items[row + i];
          size_t width = columns_width (cell);
          size_t pad = width < widths[i] ? widths[i] - width : 0;
          int right = table->right >> i & 1;
          columns_add_spaces (&line, right ? pad : 0);
          text_add (&line, cell);
          columns_add_spaces (&line, (right ? 0 : pad) + table->gap);
        }
      if (line.failed)
        return -1;
      while (line.len && line.bytes[line.len - 1] == ' ')
        line.len--;
      fwrite (line.bytes, 1, line.len, to);
      fputc ('\n', to);
    }
  return 0;
}

void
table_free (struct table *table)
{
  for (size_t i = 0; i < table->cells.count; i++)
    free (table->cells.items[i]);
  free (table->cells.items);
  table->cells = (struct table_cells){ 0 };
}
