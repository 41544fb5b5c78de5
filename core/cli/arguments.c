/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c: getopt_long over tables of options, with messages that help.  */
#include "core/cli/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "core/util/text.h"

enum
{
  MOST_NAMES = 64,  /* long names of one command, aliases included */
  FIRST_VALUE = 256 /* getopt values of rows, above all letters */
};

/* The tables in the forms that getopt_long wants.  */
struct lookup
{
  struct option names[MOST_NAMES + 1];
  const struct option_row *rows[MOST_NAMES];
  size_t count;
  char letters[2 * MOST_NAMES + 4];
};

static void
add_name (struct lookup *lookup, const struct option_row *row, const char *name)
{
  if (lookup->count == MOST_NAMES)
    return;
  lookup->names[lookup->count]
      = (struct option){ .name = name,
                         .has_arg = row->operand ? required_argument : no_argument,
                         .val = FIRST_VALUE + (int) lookup->count };
  lookup->rows[lookup->count++] = row;
}

static void
make_lookup (struct lookup *lookup, const struct option_row *const *tables, bool stop_at_operand)
{
  size_t len = 0;
  /* "-" hands operands out in order and leaves argv alone, whatever POSIXLY_CORRECT says. */
  lookup->letters[len++] = stop_at_operand ? '+' : '-';
  lookup->letters[len++] = ':';
  for (; *tables; tables++)
    for (const struct option_row *row = *tables; row->name; row++)
      {
        add_name (lookup, row, row->name);
        if (row->alias)
          add_name (lookup, row, row->alias);
        if (row->letter && len + 3 < sizeof lookup->letters)
          {
            lookup->letters[len++] = row->letter;
            if (row->operand)
              lookup->letters[len++] = ':';
          }
      }
  lookup->letters[len] = 0;
}

static const struct option_row *
find_row (const struct lookup *lookup, int value)
{
  if (value >= FIRST_VALUE)
    return lookup->rows[value - FIRST_VALUE];
  for (size_t i = 0; i < lookup->count; i++)
    if (value && lookup->rows[i]->letter == value)
      return lookup->rows[i];
  return NULL;
}

/* `--xyz` was not understood: not a name, or the start of several.  */
static int
explain_name (const struct lookup *lookup, const char *word, char *why, size_t room)
{
  CLEANUP_TEXT struct text matches = TEXT_LIMIT (4096);
  const char *names[MOST_NAMES];
  char name[64];
  snprintf (name, sizeof name, "%.*s", (int) strcspn (word, "="), word);
  const char *bare = name + strspn (name, "-");
  for (size_t i = 0; i < lookup->count; i++)
    {
      names[i] = lookup->names[i].name;
      if (text_starts_with (names[i], bare))
        text_addf (&matches, "%s'--%s'", matches.len ? ", " : "", names[i]);
    }
  const char *near = text_nearest (bare, names, lookup->count);
  if (matches.len && !matches.failed)
    snprintf (why, room, "option '%s' is ambiguous: %s", name, matches.bytes);
  else if (near)
    snprintf (why, room, "unknown option '%s' (did you mean '--%s'?)", name, near);
  else
    snprintf (why, room, "unknown option '%s'", name);
  return -1;
}

static int
explain (const struct lookup *lookup, int result, const char *word, char *why, size_t room)
{
  const struct option_row *row = find_row (lookup, optopt);
  if (result == ':' && row)
    snprintf (why, room, "option '--%s' needs a value: %s", row->name, row->operand->name);
  else if (row)
    snprintf (why, room, "option '--%s' takes no value", row->name);
  else if (optopt)
    snprintf (why, room, "unknown option '-%c'", optopt);
  else
    return explain_name (lookup, word, why, room);
  return -1;
}

static int
take_number (const struct option_row *row, const char *value, uint32_t *number, char *why,
             size_t room)
{
  char *end;
  unsigned long parsed = *value >= '0' && *value <= '9' ? strtoul (value, &end, 10) : 0;
  if (parsed == 0 || *end || parsed > ARGUMENTS_MOST)
    {
      snprintf (why, room, "option '--%s' needs a number from 1 to %u, not '%s'", row->name,
                ARGUMENTS_MOST, value);
      return -1;
    }
  *number = (uint32_t) parsed;
  return 0;
}

static int
no_memory (char *why, size_t room)
{
  snprintf (why, room, "out of memory");
  return -1;
}

static int
take (const struct option_row *row, char *value, struct arguments *arguments, char *why,
      size_t room)
{
  void *member = (char *) arguments + row->offset;
  switch (row->kind)
    {
    case OPTION_FLAG:
      *(bool *) member = true;
      break;
    case OPTION_COUNT:
      ++*(uint32_t *) member;
      break;
    case OPTION_NUMBER:
      return take_number (row, value, member, why, room);
    case OPTION_TEXT:
      *(const char **) member = value;
      break;
    case OPTION_SECRET:
      free (*(char **) member);
      *(char **) member = strdup (value);
      if (!*(char **) member)
        return no_memory (why, room);
      memset (value, 'x', strlen (value));
      break;
    case OPTION_LIST:
      if (words_append (member, value) < 0)
        return no_memory (why, room);
      break;
    }
  return 0;
}

int
arguments_parse (const struct option_row *const *tables, bool stop_at_operand, int argc,
                 char **argv, int *next, struct arguments *arguments, char *why, size_t room)
{
  struct lookup lookup = { .count = 0 };
  make_lookup (&lookup, tables, stop_at_operand);
  optind = 0;
  opterr = 0;
  for (;;)
    {
      int result = getopt_long (argc, argv, lookup.letters, lookup.names, NULL);
      if (result == -1)
        break;
      if (result == '?' || result == ':')
        return explain (&lookup, result, argv[optind - 1], why, room);
      if (result == 1)
        {
          if (words_append (&arguments->operands, optarg) < 0)
            return no_memory (why, room);
          continue;
        }
      if (take (find_row (&lookup, result), optarg, arguments, why, room) < 0)
        return -1;
    }
  if (next)
    *next = optind;
  for (int i = optind; !stop_at_operand && i < argc; i++)
    if (words_append (&arguments->operands, argv[i]) < 0)
      return no_memory (why, room);
  return 0;
}

void
arguments_free (struct arguments *arguments)
{
  if (arguments->token)
    explicit_bzero (arguments->token, strlen (arguments->token));
  free (arguments->token);
  free (arguments->keep.items);
  free (arguments->include.items);
  free (arguments->exclude.items);
  free (arguments->filter.items);
  free (arguments->set.items);
  free (arguments->operands.items);
  *arguments = (struct arguments){ 0 };
}
