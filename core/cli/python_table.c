/* SPDX-License-Identifier: Apache-2.0 */
/* python_table.c: see python_table.h.  */
#include "core/cli/python_table.h"

#include <stdio.h>
#include <string.h>
#include "core/cli/columns.h"
#include "core/util/cleanup.h"
#include "core/util/python_text.h"

#define LEAST_WIDTH ((size_t) 4) /* of a column that is cut: one character and "..."  */
#define LINE_MOST   ((size_t) 1 << 24)

void
python_table_add (struct python_table *table, const char *text)
{
  char *cell = text ? strdup (text) : NULL;
  if (cell && python_cells_append (&table->cells, cell) == 0)
    return;
  free (cell);
  table->failed = true;
}

void
python_table_take (struct python_table *table, struct text *text)
{
  bool failed = text->failed;
  CLEANUP_FREE char *cell = text_take (text);
  python_table_add (table, failed ? NULL : cell ? cell : "");
}

static size_t *
measure (const struct python_table *table)
{
  size_t *widths = calloc (table->columns, sizeof *widths);
  for (size_t i = 0; widths && i < table->cells.count; i++)
    {
      size_t length = python_text_length (table->cells.items[i]);
      if (length > widths[i % table->columns])
        widths[i % table->columns] = length;
    }
  return widths;
}

static size_t
least_width (const struct python_table *table, size_t column)
{
  size_t length = python_text_length (table->cells.items[column]);
  return length > LEAST_WIDTH ? length : LEAST_WIDTH;
}

/* False: they cannot be made to fit.  */
static bool
shrink_one (const struct python_table *table, size_t *widths)
{
  size_t widest = table->columns;
  for (size_t i = 0; i < table->columns; i++)
    if (widths[i] > least_width (table, i)
        && (widest == table->columns || widths[i] > widths[widest]))
      widest = i;
  if (widest == table->columns)
    return false;
  widths[widest]--;
  return true;
}

static bool
cut_cells (struct python_table *table, const size_t *widths)
{
  bool any = false;
  for (size_t i = table->columns; i < table->cells.count; i++)
    {
      size_t width = widths[i % table->columns];
      if (python_text_length (table->cells.items[i]) <= width)
        continue;
      CLEANUP_TEXT struct text cut = TEXT_LIMIT (LINE_MOST);
      python_text_add_start (&cut, table->cells.items[i], width - 3);
      text_add (&cut, "...");
      char *cell = text_take (&cut);
      if (!cell)
        {
          table->failed = true;
          return false;
        }
      free (table->cells.items[i]);
      table->cells.items[i] = cell;
      any = true;
    }
  return any;
}

bool
python_table_fit (struct python_table *table, size_t width)
{
  CLEANUP_FREE size_t *widths = table->failed ? NULL : measure (table);
  if (!widths)
    {
      table->failed = true;
      return false;
    }
  size_t sum = table->columns - 1;
  for (size_t i = 0; i < table->columns; i++)
    sum += widths[i];
  if (sum <= width)
    return false;
  while (sum > width && shrink_one (table, widths))
    sum--;
  return cut_cells (table, widths);
}

static void
add_cell (const struct python_table *table, struct text *line, const char *cell, size_t width,
          size_t column, bool is_head)
{
  size_t length = python_text_length (cell), pad = width > length ? width - length : 0;
  bool right = table->right >> column & 1 && !(is_head && table->plain_heads >> column & 1);
  columns_add_spaces (line, right ? pad : 0);
  text_add (line, cell);
  columns_add_spaces (line, right ? 0 : pad);
  if (column + 1 < table->columns || table->blank_at_end)
    text_append (line, " ", 1);
}

static void
add_dashes (const struct python_table *table, struct text *line, const size_t *widths)
{
  for (size_t i = 0; i < table->columns; i++)
    {
      for (size_t j = 0; j < widths[i]; j++)
        text_append (line, "-", 1);
      if (i + 1 < table->columns || table->blank_at_end)
        text_append (line, " ", 1);
    }
  text_append (line, "\n", 1);
}

int
python_table_print (const struct python_table *table)
{
  CLEANUP_FREE size_t *widths = table->failed ? NULL : measure (table);
  if (!widths)
    return -1;
  for (size_t row = 0; row < table->cells.count; row += table->columns)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT (LINE_MOST);
      for (size_t i = 0; i < table->columns; i++)
        add_cell (table, &line, table->cells.items[row + i], widths[i], i, row == 0);
      text_append (&line, "\n", 1);
      if (row == 0)
        add_dashes (table, &line, widths);
      if (line.failed)
        return -1;
      fwrite (line.bytes, 1, line.len, stdout);
    }
  return 0;
}

void
python_table_free (struct python_table *table)
{
  for (size_t i = 0; i < table->cells.count; i++)
    free (table->cells.items[i]);
  free (table->cells.items);
  table->cells = (struct python_cells){ 0 };
}
