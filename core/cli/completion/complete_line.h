/* SPDX-License-Identifier: Apache-2.0 */
/* complete_line.h: the line that is being typed, as words without quotes. Nothing is ever expanded
 * by a shell. Pure, but that variables are looked up.  */
#ifndef HFCORE_CLI_COMPLETION_COMPLETE_LINE_H
#define HFCORE_CLI_COMPLETION_COMPLETE_LINE_H

#include "core/util/vector.h"

VECTOR_DEFINE (complete_words, char *);

enum complete_shell
{
  SHELL_PLAIN,
  SHELL_BASH,
  SHELL_ZSH,
  SHELL_FISH
};

struct complete_line
{
  enum complete_shell shell;
  struct complete_words words; /* without quotes; the current one ends at the cursor  */
  size_t current;              /* its index; there is one  */
  char quote;                  /* that is open at the cursor, or 0  */
  size_t kept; /* bytes of the current word that bash leaves alone: it replaces the rest  */
  size_t stem; /* bytes of it that are no part of what is completed: "--revision="  */
};

/* Read what the script gave, as complete.h describes it. -1: it is of no use; free
 * it either way.  */
int complete_line_read (int argc, char **argv, struct complete_line *line);
void complete_line_free (struct complete_line *line);

static inline const char *
complete_line_word (const struct complete_line *line)
{
  return line->words.items[line->current];
}

/* The part of the current word that is completed.  */
static inline const char *
complete_line_stem (const struct complete_line *line)
{
  return complete_line_word (line) + line->stem;
}

#endif
