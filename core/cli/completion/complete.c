/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c: what may stand at the cursor: reads the other words as the command would, but with
 * patience, and offers what the command table has.  */
#include "core/cli/completion/complete.h"

#include <string.h>
#include "core/cli/output.h"
#include "core/contract/contract.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  TABLES = 2,
  NAME_ROOM = 128
};

/* ---- options ---- */

/* The tables that hold for a word, as many as there are.  */
static void
find_tables (const struct complete *complete, const struct option_row *tables[TABLES])
{
  bool is_top = !complete->command && !complete->group && !complete->is_help;
  tables[0] = complete->tables->common;
  tables[1] = is_top                                    ? complete->tables->top
              : complete->command && !complete->is_help ? complete->command->options
                                                        : NULL;
}

static bool
is_named (const struct option_row *row, const char *name, size_t len)
{
  return (strlen (row->name) == len && strncmp (row->name, name, len) == 0)
         || (row->alias && strlen (row->alias) == len && strncmp (row->alias, name, len) == 0);
}

static bool
is_begun (const struct option_row *row, const char *name, size_t len)
{
  return strncmp (row->name, name, len) == 0
         || (row->alias && strncmp (row->alias, name, len) == 0);
}

/* By its name, or by a start of it that no other has; NULL: none.  */
static const struct option_row *
find_long (const struct complete *complete, const char *name, size_t len)
{
  const struct option_row *tables[TABLES], *found = NULL;
  size_t count = 0;
  find_tables (complete, tables);
  for (size_t i = 0; i < TABLES; i++)
    for (const struct option_row *row = tables[i]; row && row->name; row++)
      {
        if (is_named (row, name, len))
          return row;
        if (is_begun (row, name, len))
          {
            found = row;
            count++;
          }
      }
  return count == 1 ? found : NULL;
}

static const struct option_row *
find_letter (const struct complete *complete, char letter)
{
  const struct option_row *tables[TABLES];
  find_tables (complete, tables);
  for (size_t i = 0; i < TABLES; i++)
    for (const struct option_row *row = tables[i]; row && row->name; row++)
      if (row->letter == letter)
        return row;
  return NULL;
}

/* Only texts matter here: folders, types and names.  */
static void
take_value (struct complete *complete, const struct option_row *row, const char *value)
{
  if (row->kind == OPTION_TEXT)
    *(const char **) ((char *) &complete->arguments + row->offset) = value;
}

/* A word that begins with "-". The option that takes the next word as its value, or NULL.  */
static const struct option_row *
take_option (struct complete *complete, const char *word)
{
  if (word[1] == '-')
    {
      size_t len = strcspn (word + 2, "=");
      const struct option_row *row = find_long (complete, word + 2, len);
      if (!row || !row->operand)
        return NULL;
      if (!word[2 + len])
        return row;
      take_value (complete, row, word + 2 + len + 1);
      return NULL;
    }
  for (const char *letter = word + 1; *letter; letter++)
    {
      const struct option_row *row = find_letter (complete, *letter);
      if (row && row->operand)
        {
          if (!letter[1])
            return row;
          take_value (complete, row, letter + 1);
          return NULL;
        }
    }
  return NULL;
}

/* ---- words ---- */

/* Its next or only word; how many bytes of the command's name are before that one.  */
static bool
is_command (const struct complete *complete, const struct command *command, size_t *start)
{
  size_t len = complete->group ? strlen (complete->group) : 0;
  *start = complete->group ? len + 1 : 0;
  return !complete->group
         || (strncmp (command->name, complete->group, len) == 0 && command->name[len] == ' ');
}

/* False: there is none of this name.  */
static bool
take_command_word (struct complete *complete, const char *word)
{
  size_t start;
  for (const struct command *command = complete->tables->commands; command->name; command++)
    {
      if (!is_command (complete, command, &start))
        continue;
      size_t len = strcspn (command->name + start, " ");
      if (strlen (word) != len || strncmp (command->name + start, word, len) != 0)
        continue;
      if (command->name[start + len])
        complete->group = word;
      else
        complete->command = command;
      complete->is_plain = false;
      return true;
    }
  if (complete->group || complete->is_help || strcmp (word, "help") != 0)
    return false;
  return complete->is_help = true;
}

/* False: nothing more can be told of the line.  */
static bool
take_word (struct complete *complete, const char *word)
{
  if (complete->command)
    return words_append (&complete->arguments.operands, word) == 0;
  return take_command_word (complete, word);
}

/* Read all words but the current one. False: they make no sense.  */
static bool
take_words (struct complete *complete)
{
  const struct complete_line *line = &complete->line;
  const struct option_row *open = NULL;
  bool is_plain = false;
  for (size_t i = 1; i < line->words.count; i++)
    {
      const char *word = line->words.items[i];
      if (i == line->current)
        {
          complete->option = TAKE_PTR (open);
          is_plain = complete->is_plain;
          complete->place = complete->arguments.operands.count;
          if (!complete->command)
            return true;
        }
      else if (open)
        take_value (complete, TAKE_PTR (open), word);
      else if (!complete->is_plain && strcmp (word, "--") == 0)
        complete->is_plain = true;
      else if (!complete->is_plain && word[0] == '-' && word[1])
        open = take_option (complete, word);
      else if (!take_word (complete, word))
        return false;
    }
  complete->is_plain = is_plain;
  return true;
}

/* ---- offers of the table ---- */

static void
offer (struct complete *complete, const char *start, const char *value, const char *about)
{
  complete_offer (&complete->offers, &complete->line, start, value, about);
}

static void
offer_options (struct complete *complete)
{
  const struct option_row *tables[TABLES];
  find_tables (complete, tables);
  for (size_t i = 0; i < TABLES; i++)
    for (const struct option_row *row = tables[i]; row && row->name; row++)
      {
        const char letter[] = { row->letter, 0 };
        offer (complete, "--", row->name, row->help);
        if (row->alias)
          offer (complete, "--", row->alias, row->help);
        if (row->letter)
          offer (complete, "-", letter, row->help);
      }
}

/* "list, show", the second words of a group.  */
static void
add_members (struct text *to, const struct complete *complete, const char *group, size_t len)
{
  for (const struct command *command = complete->tables->commands; command->name; command++)
    if (strncmp (command->name, group, len) == 0 && command->name[len] == ' ')
      text_addf (to, "%s%s", to->len ? ", " : "", command->name + len + 1);
}

static void
offer_commands (struct complete *complete)
{
  size_t start;
  for (const struct command *command = complete->tables->commands; command->name; command++)
    {
      CLEANUP_TEXT struct text about = TEXT_LIMIT (1024);
      char name[NAME_ROOM];
      if (!is_command (complete, command, &start))
        continue;
      size_t len = strcspn (command->name + start, " ");
      snprintf (name, sizeof name, "%.*s", (int) len, command->name + start);
      if (command->name[start + len])
        add_members (&about, complete, command->name, len);
      offer (complete, NULL, name, about.len && !about.failed ? about.bytes : command->summary);
    }
  if (!complete->group && !complete->is_help)
    offer (complete, NULL, "help", "tell more about a command");
}

static int
offer_case (void *ctx, const struct contract_result *result)
{
  CLEANUP_FREE char *start = text_format ("%s/", result->interface);
  if (start)
    offer (ctx, start, result->name, result->text);
  return 0;
}

static void
offer_values (struct complete *complete, const char *const *values)
{
  for (; values && *values; values++)
    offer (complete, NULL, *values, NULL);
}

static void
offer_operand (struct complete *complete, enum operand_kind kind, const char *const *values)
{
  switch (kind)
    {
    case OPERAND_WORD:
      break;
    case OPERAND_VALUE:
      offer_values (complete, values);
      break;
    case OPERAND_CASE:
      (void) contract_each (offer_case, complete);
      break;
    case OPERAND_LOCAL_FOLDER:
      complete->offers.paths = PATHS_FOLDERS;
      break;
    case OPERAND_LOCAL_FILE:
      complete->offers.paths = PATHS_FILES;
      break;
    case OPERAND_PLUGIN_OR_FILE:
      complete->offers.paths = PATHS_FILES;
      complete_cached (complete, OPERAND_PLUGIN);
      break;
    default:
      complete_cached (complete, kind);
    }
}

/* ---- the current word ---- */

/* "--revision=x": the value of an option that the word itself names.  */
static void
split_option (struct complete *complete)
{
  const char *word = complete_line_word (&complete->line);
  if (complete->option || complete->is_plain || strncmp (word, "--", 2) != 0 || !strchr (word, '='))
    return;
  size_t len = strcspn (word, "=");
  const struct option_row *row = find_long (complete, word + 2, len - 2);
  if (!row || !row->operand)
    return;
  complete->option = row;
  complete->line.stem = len + 1;
}

static void
offer_for_command (struct complete *complete)
{
  const struct command *command = complete->command;
  size_t place = complete->place;
  if (place >= command->most || !command->takes)
    return;
  complete->is_operand = true;
  offer_operand (complete, command->takes[place < COMMAND_TAKES ? place : COMMAND_TAKES - 1], NULL);
}

static void
look (struct complete *complete)
{
  const char *word = complete_line_word (&complete->line);
  split_option (complete);
  if (complete->option)
    offer_operand (complete, complete->option->operand->kind, complete->option->operand->values);
  else if (*word == '-' && !complete->is_plain)
    offer_options (complete);
  else if (complete->command && !complete->is_help)
    offer_for_command (complete);
  else if (!complete->command)
    offer_commands (complete);
}

/* All that was typed, a token perhaps, is to be seen by other users no longer than need be.  */
static void
wipe (int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    memset (argv[i], 'x', strlen (argv[i]));
}

int
complete_run (int argc, char **argv, const struct complete_tables *tables)
{
  struct complete complete = { .tables = tables };
  int status = complete_line_read (argc, argv, &complete.line);
  wipe (argc, argv);
  if (status == 0 && take_words (&complete))
    {
      look (&complete);
      complete_offers_write (&complete.offers, &complete.line);
    }
  complete_offers_free (&complete.offers);
  arguments_free (&complete.arguments);
  complete_line_free (&complete.line);
  return STATUS_DONE;
}
