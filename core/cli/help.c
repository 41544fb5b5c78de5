/* SPDX-License-Identifier: Apache-2.0 */
/* help.c: help texts.  */
#include "core/cli/help.h"

#include <stdio.h>
#include <string.h>
#include "core/util/text.h"

enum
{
  WIDTH = 79,
  COMMAND_INDENT = 18,
  OPTION_INDENT = 28
};

/* `text` wrapped at WIDTH; lines after the first begin at `indent`, the first is at `column`.  */
static void
print_wrapped (const char *text, size_t column, size_t indent)
{
  if (column + 2 > indent)
    {
      putchar ('\n');
      column = 0;
    }
  printf ("%*s", (int) (indent - column), "");
  column = indent;
  while (*text)
    {
      size_t word = strcspn (text, " ");
      if (column > indent && column + 1 + word > WIDTH)
        {
          printf ("\n%*s", (int) indent, "");
          column = indent;
        }
      else if (column > indent)
        column += printf (" ") > 0;
      printf ("%.*s", (int) word, text);
      column += word;
      text += word + (text[word] == ' ');
    }
  putchar ('\n');
}

static void
print_option (const struct option_row *row)
{
  CLEANUP_TEXT struct text left = TEXT_LIMIT (256);
  if (row->letter)
    text_addf (&left, "  -%c, --%s", row->letter, row->name);
  else
    text_addf (&left, "      --%s", row->name);
  if (row->alias)
    text_addf (&left, ", --%s", row->alias);
  if (row->operand)
    text_addf (&left, " %s", row->operand->name);
  if (left.failed)
    return;
  fputs (left.bytes, stdout);
  print_wrapped (row->help, left.len, OPTION_INDENT);
}

static void
print_options (const char *title, const struct option_row *rows)
{
  printf ("\n%s:\n", title);
  for (; rows && rows->name; rows++)
    print_option (rows);
}

static void
print_summaries (const struct command *commands, const char *start)
{
  for (; commands->name; commands++)
    if (text_starts_with (commands->name, start))
      {
        printf ("  %s", commands->name);
        print_wrapped (commands->summary, 2 + strlen (commands->name), COMMAND_INDENT);
      }
}

static void
print_exit_status (void)
{
  fputs ("\nExit status: 0 done, 1 failed, 2 usage or configuration, 3 not found, 4 access\n"
         "refused, 5 network or offline, 6 corrupt, 7 no space or no permission on disk,\n"
         "130 interrupted.\n",
         stdout);
}

void
help_overview (const struct command *commands, const struct option_row *common)
{
  fputs ("Usage: hfcore [OPTION]... COMMAND [ARGUMENT]...\n\n"
         "Keeps one cache of Hugging Face Hub files for every program on this machine.\n"
         "\nCommands:\n",
         stdout);
  print_summaries (commands, "");
  print_options ("Options, before or after the command", common);
  fputs ("\n'hfcore COMMAND --help' tells more about a command.\n", stdout);
  print_exit_status ();
}

void
help_group (const char *group, const struct command *commands)
{
  CLEANUP_TEXT struct text start = TEXT_LIMIT (64);
  text_addf (&start, "%s ", group);
  printf ("Usage: hfcore %s COMMAND [ARGUMENT]...\n\nCommands:\n", group);
  if (!start.failed)
    print_summaries (commands, start.bytes);
  printf ("\n'hfcore %s COMMAND --help' tells more about a command.\n", group);
}

void
help_command (const struct command *command, const struct option_row *common)
{
  printf ("Usage: hfcore %s [OPTION]...%s%s\n\n%s", command->name, *command->operands ? " " : "",
          command->operands, command->description);
  if (command->options)
    print_options ("Options", command->options);
  print_options ("Common options", common);
  if (command->examples)
    printf ("\nExamples:\n%s", command->examples);
  print_exit_status ();
}
