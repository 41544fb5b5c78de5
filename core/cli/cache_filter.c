/* SPDX-License-Identifier: Apache-2.0 */
/* cache_filter.c: see cache_filter.h. What is wrong with an expression is said in the words of
 * huggingface_hub.  */
#include "core/cli/cache_filter.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "core/util/text.h"

#define BLANKS " \t\n\v\f\r"

enum key
{
  KEY_ACCESSED,
  KEY_MODIFIED,
  KEY_REFS,
  KEY_SIZE,
  KEY_TYPE,
  KEYS
};
static const char *const key_names[KEYS] = { "accessed", "modified", "refs", "size", "type" };
#define KEY_LIST "['accessed', 'modified', 'refs', 'size', 'type']"

enum op
{
  OP_NOT_EQUAL,
  OP_MOST,
  OP_LEAST,
  OP_EQUAL,
  OP_MORE,
  OP_LESS,
  OPS
};
/* Longer ones first.  */
static const char *const op_names[OPS] = { "!=", "<=", ">=", "=", ">", "<" };
#define OP_LIST "['=', '!=', '>', '<', '>=', '<=']"

struct filter
{
  enum key key;
  enum op op;
  const char *value; /* its first and last + 1 byte                                              */
  size_t len;
  int64_t number; /* bytes or seconds                                                            */
};

struct unit
{
  const char *name;
  int64_t factor;
};

static const struct unit byte_units[] = { { "k", 1000 },
                                          { "kb", 1000 },
                                          { "m", 1000000 },
                                          { "mb", 1000000 },
                                          { "g", 1000000000 },
                                          { "gb", 1000000000 },
                                          { "t", 1000000000000 },
                                          { "tb", 1000000000000 },
                                          { "p", 1000000000000000 },
                                          { "pb", 1000000000000000 },
                                          { 0 } };
#define BYTE_UNITS "['k', 'kb', 'm', 'mb', 'g', 'gb', 't', 'tb', 'p', 'pb']"

static const struct unit time_units[]
    = { { "s", 1 },      { "m", 60 },       { "h", 3600 },     { "d", 86400 },
        { "w", 604800 }, { "mo", 2592000 }, { "y", 31536000 }, { 0 } };
#define TIME_UNITS "['s', 'm', 'h', 'd', 'w', 'mo', 'y']"

/* ---- numbers ---- */

static int64_t
multiply (int64_t number, int64_t factor)
{
  int64_t product;
  return __builtin_mul_overflow (number, factor, &product) ? number < 0 ? INT64_MIN : INT64_MAX
                                                           : product;
}

/* Digits, with single "_" between them when `grouped`; how many bytes, 0: none. Too many are the
 * greatest number.  */
static size_t
read_digits (const char *text, size_t len, bool grouped, int64_t *number)
{
  size_t at = 0;
  *number = 0;
  while (at < len)
    {
      bool joins = grouped && text[at] == '_' && at > 0 && text[at - 1] != '_';
      if (!joins && !isdigit ((unsigned char) text[at]))
        break;
      if (!joins
          && (__builtin_mul_overflow (*number, 10, number)
              || __builtin_add_overflow (*number, text[at] - '0', number)))
        *number = INT64_MAX;
      at++;
    }
  return at > 0 && text[at - 1] == '_' ? 0 : at;
}

/* int () of Python.  */
static bool
read_integer (const char *text, size_t len, int64_t *number)
{
  bool minus = len > 0 && text[0] == '-';
  size_t sign = minus || (len > 0 && text[0] == '+');
  if (len == sign || read_digits (text + sign, len - sign, true, number) != len - sign)
    return false;
  if (minus)
    *number = -*number;
  return true;
}

static int
read_number (const struct filter *filter, int64_t *number, char *why, size_t room)
{
  bool is_size = filter->key == KEY_SIZE;
  const struct unit *units = is_size ? byte_units : time_units;
  int shown = filter->len < INT_MAX ? (int) filter->len : INT_MAX;
  if (read_integer (filter->value, filter->len, number))
    return 0;
  size_t digits = read_digits (filter->value, filter->len, false, number);
  const char *unit = filter->value + digits;
  size_t unit_len = filter->len - digits, letters = 0;
  while (letters < unit_len && isalpha ((unsigned char) unit[letters]))
    letters++;
  if (digits == 0 || unit_len == 0 || letters != unit_len)
    {
      snprintf (why, room,
                "Invalid value '%.*s'. Must match pattern '\\d+[a-z]+' or be a plain number.",
                shown, filter->value);
      return -1;
    }
  for (; units->name; units++)
    if (strlen (units->name) == unit_len && strncasecmp (units->name, unit, unit_len) == 0)
      {
        *number = multiply (*number, units->factor);
        return 0;
      }
  char lowered[32];
  size_t i = 0;
  for (; i < unit_len && i + 1 < sizeof lowered; i++)
    lowered[i] = (char) tolower ((unsigned char) unit[i]);
  lowered[i] = 0;
  snprintf (why, room, "Unknown unit '%s'. Must be one of %s.", lowered,
            is_size ? BYTE_UNITS : TIME_UNITS);
  return -1;
}

/* ---- expressions ---- */

static int
find_key (const char *name, size_t len, const char *expression, struct filter *filter, char *why,
          size_t room)
{
  for (size_t i = 0; i < KEYS; i++)
    if (strlen (key_names[i]) == len && strncasecmp (key_names[i], name, len) == 0)
      {
        filter->key = (enum key) i;
        return 0;
      }
  char lowered[64];
  size_t i = 0;
  for (; i < len && i + 1 < sizeof lowered; i++)
    lowered[i] = (char) tolower ((unsigned char) name[i]);
  lowered[i] = 0;
  snprintf (why, room, "Unsupported filter key '%s' in '%s'. Must be one of " KEY_LIST ".", lowered,
            expression);
  return -1;
}

static int
parse (const char *expression, struct filter *filter, char *why, size_t room)
{
  const char *name = expression + strspn (expression, BLANKS), *at = name;
  while (isalpha ((unsigned char) *at) || *at == '_')
    at++;
  size_t name_len = (size_t) (at - name), op = 0;
  at += strspn (at, BLANKS);
  bool doubled = strncmp (at, "==", 2) == 0;
  while (op < OPS && strncmp (at, op_names[op], strlen (op_names[op])) != 0)
    op++;
  at += doubled ? 2 : op < OPS ? strlen (op_names[op]) : 0;
  at += strspn (at, BLANKS);
  filter->value = at;
  filter->len = strlen (at);
  while (filter->len > 0 && strchr (BLANKS, at[filter->len - 1]))
    filter->len--;
  if (name_len == 0 || op == OPS || filter->len == 0 || memchr (at, '\n', filter->len))
    {
      snprintf (why, room, "Invalid filter expression: '%s'.", expression);
      return -1;
    }
  filter->op = (enum op) op;
  if (doubled)
    {
      snprintf (why, room, "Unsupported operator '==' in filter '%s'. Must be one of " OP_LIST ".",
                expression);
      return -1;
    }
  if (find_key (name, name_len, expression, filter, why, room) < 0)
    return -1;
  if (filter->key != KEY_REFS && filter->key != KEY_TYPE)
    return read_number (filter, &filter->number, why, room);
  if (filter->op == OP_EQUAL)
    return 0;
  if (filter->key == KEY_TYPE)
    snprintf (why, room, "Only '=' is supported for 'type' filters. Got '%s'.", op_names[op]);
  else
    snprintf (why, room, "Only '=' is supported for 'refs' filters. Got %s.", op_names[op]);
  return -1;
}

/* ---- rows ---- */

static bool
compare (double left, enum op op, double right)
{
  switch (op)
    {
    case OP_NOT_EQUAL:
      return left < right || left > right;
    case OP_MOST:
      return left <= right;
    case OP_LEAST:
      return left >= right;
    case OP_EQUAL:
      return left >= right && left <= right;
    case OP_MORE:
      return left > right;
    default:
      return left < right;
    }
}

static bool
is_value (const struct filter *filter, const char *text)
{
  return strlen (text) == filter->len && strncasecmp (text, filter->value, filter->len) == 0;
}

static double
seconds (int64_t ns)
{
  return (double) (ns / 1000000000) + 1e-9 * (double) (ns % 1000000000);
}

static bool
keeps (const struct filter *filter, const struct cache_row *row, int64_t now_ns)
{
  double number = (double) filter->number;
  switch (filter->key)
    {
    case KEY_SIZE:
      return compare ((double) row->bytes, filter->op, number);
    case KEY_ACCESSED:
      return compare (seconds (now_ns) - seconds (row->accessed_ns), filter->op, number);
    case KEY_MODIFIED:
      return compare (seconds (now_ns) - seconds (row->modified_ns), filter->op, number);
    case KEY_TYPE:
      return is_value (filter, row->type);
    default:
      for (size_t i = 0; i < row->refs.count; i++)
        if (is_value (filter, row->refs.items[i]))
          return true;
      return false;
    }
}

int
cache_filter_rows (const struct words *expressions, int64_t now_ns, struct cache_rows *rows,
                   char *why, size_t room)
{
  for (size_t i = 0; i < expressions->count; i++)
    {
      struct filter filter;
      size_t kept = 0;
      if (parse (expressions->items[i], &filter, why, room) < 0)
        return -1;
      for (size_t j = 0; rows && j < rows->list.count; j++)
        {
          struct cache_row row = rows->list.items[j];
          if (keeps (&filter, &row, now_ns))
            rows->list.items[kept++] = row;
          else
            cache_row_free (&row);
        }
      if (rows)
        rows->list.count = kept;
    }
  return 0;
}

/* ---- order ---- */

/* As Python's lower (), of ASCII.  */
static int
by_name (const struct cache_row *a, const struct cache_row *b)
{
  return strcasecmp (a->cache_id, b->cache_id);
}

static int
by_size (const struct cache_row *a, const struct cache_row *b)
{
  return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

/* Python compares times as seconds in a double.  */
static int
compare_times (int64_t a_ns, int64_t b_ns)
{
  double a = seconds (a_ns), b = seconds (b_ns);
  return a < b ? -1 : a > b;
}

static int
by_accessed (const struct cache_row *a, const struct cache_row *b)
{
  return compare_times (a->accessed_ns, b->accessed_ns);
}

static int
by_modified (const struct cache_row *a, const struct cache_row *b)
{
  return compare_times (a->modified_ns, b->modified_ns);
}

typedef int row_order (const struct cache_row *a, const struct cache_row *b);

struct sorting
{
  row_order *order;
  int sign;
};

static int
compare_rows (const void *a_, const void *b_, void *sorting_)
{
  const struct cache_row *a = a_, *b = b_;
  const struct sorting *sorting = sorting_;
  int order = sorting->sign * sorting->order (a, b);
  return order ? order : a->place < b->place ? -1 : a->place > b->place;
}

/* Of each order as it is by itself, and both ways.  */
#define WAYS(order) order, order ":asc", order ":desc"
const char *const cache_filter_sorts[]
    = { WAYS ("accessed"), WAYS ("modified"), WAYS ("name"), WAYS ("size"), NULL };

int
cache_filter_sort (const char *expression, struct cache_rows *rows)
{
  static const struct
  {
    row_order *order;
    int signs[3];
  } orders[] = { { by_accessed, { -1, 1, -1 } },
                 { by_modified, { -1, 1, -1 } },
                 { by_name, { 1, 1, -1 } },
                 { by_size, { -1, 1, -1 } } };
  size_t found = 0;
  while (cache_filter_sorts[found] && strcmp (cache_filter_sorts[found], expression) != 0)
    found++;
  if (!cache_filter_sorts[found])
    return -1;
  struct sorting sorting = { orders[found / 3].order, orders[found / 3].signs[found % 3] };
  for (size_t i = 0; rows && i < rows->list.count; i++)
    rows->list.items[i].place = i;
  if (rows && rows->list.count)
    qsort_r (rows->list.items, rows->list.count, sizeof *rows->list.items, compare_rows, &sorting);
  return 0;
}
