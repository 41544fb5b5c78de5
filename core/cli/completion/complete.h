/* SPDX-License-Identifier: Apache-2.0 */
/* complete.h: `hfcore complete`, which the completion scripts of the shells ask: given a line as
 * far as it is typed, what may stand where the cursor is. All of it comes from the command table
 * and the cache, so that the scripts know nothing.
 *
 *   hfcore complete bash INDEX BREAKS LINE WORD...   words as bash has split them, still quoted;
 *                                                    BREAKS: COMP_WORDBREAKS; LINE: to the cursor
 *   hfcore complete zsh INDEX WORD...                words still quoted
 *   hfcore complete fish INDEX WORD...               only the current one is still quoted
 *   hfcore complete plain INDEX WORD...              words as a program gets them
 *
 * INDEX is that of the current word, the first WORD (0) is the program. The first line of the
 * answer is "words", "files" or "folders": the last two tell the shell to add paths of its own. In
 * bash " nospace" may follow: no blank is to be set behind the only candidate. Then come
 * candidates, a line each: for bash what is to be inserted, quoted for it; else VALUE, and, behind
 * a tab, a description. Fails silently, always ends with 0, and asks no network.  */
#ifndef HFCORE_CLI_COMPLETION_COMPLETE_H
#define HFCORE_CLI_COMPLETION_COMPLETE_H

#include "core/cli/command_table.h"
#include "core/cli/completion/complete_line.h"
#include "core/cli/completion/complete_offers.h"

struct complete_tables
{
  const struct command *commands;  /* ends with a NULL name  */
  const struct option_row *common; /* options of all commands, ...  */
  const struct option_row *top;    /* ... and those that only stand before a command  */
};

/* What is known when candidates are looked for.  */
struct complete
{
  const struct complete_tables *tables;
  struct complete_line line;
  const struct command *command;   /* NULL: not typed yet  */
  const char *group;               /* the first word of two; NULL: not typed  */
  bool is_help;                    /* the command is `help`  */
  bool is_plain;                   /* the current word comes after "--"  */
  bool is_operand;                 /* it is an operand, no option's value  */
  const struct option_row *option; /* it is the value of this one  */
  size_t place;                    /* how many operands there are before it  */
  struct arguments arguments;      /* what all other words say  */
  struct complete_offers offers;
};

/* argv[0] is the shell's name. Returns the exit code, STATUS_DONE.  */
int complete_run (int argc, char **argv, const struct complete_tables *tables);

/* Candidates out of the cache, for an operand of this kind; what fails adds nothing.  */
void complete_cached (struct complete *complete, enum operand_kind kind);

#endif
