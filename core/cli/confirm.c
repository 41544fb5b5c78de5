/* SPDX-License-Identifier: Apache-2.0 */
/* confirm.c: see confirm.h.  */
#include "core/cli/confirm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "core/cli/output.h"

enum
{
  ANSWER_ROOM = 256
};

/* One typed line without its end; false: there is none.  */
static bool
read_answer (char answer[ANSWER_ROOM])
{
  if (!fgets (answer, ANSWER_ROOM, stdin))
    return false;
  answer[strcspn (answer, "\r\n")] = 0;
  return true;
}

static bool
is_one_of (const char *answer, const char *word, const char *letter)
{
  return strcasecmp (answer, word) == 0 || strcasecmp (answer, letter) == 0;
}

int
confirm_deletion (const struct arguments *arguments)
{
  char answer[ANSWER_ROOM];
  if (arguments->yes)
    return STATUS_DONE;
  if (arguments->json || arguments->quiet || !isatty (STDIN_FILENO) || !isatty (STDERR_FILENO))
    return output_fail (STATUS_FAILED, "nothing was deleted, for nobody can be asked; use --yes to "
                                       "skip confirmation");
  fflush (stdout);
  for (;;)
    {
      fputs ("Proceed with deletion? [y/N]: ", stderr);
      bool answered = read_answer (answer);
      if (answered && is_one_of (answer, "yes", "y"))
        return STATUS_DONE;
      if (!answered)
        fputc ('\n', stderr);
      if (!answered || !*answer || is_one_of (answer, "no", "n"))
        return output_fail (STATUS_FAILED, "aborted, nothing was deleted");
      fputs ("Please type y or n.\n", stderr);
    }
}

int
confirm_question (const struct arguments *arguments, bool can_ask, const char *question)
{
  char answer[ANSWER_ROOM];
  if (arguments->yes)
    return STATUS_DONE;
  if (!can_ask)
    return output_fail (STATUS_FAILED, "%s Use --yes to skip confirmation.", question);
  for (;;)
    {
      printf ("%s [y/N]: ", question);
      fflush (stdout);
      bool answered = read_answer (answer);
      if (answered && is_one_of (answer, "yes", "y"))
        return STATUS_DONE;
      if (!answered || !*answer || is_one_of (answer, "no", "n"))
        break;
      puts ("Error: invalid input");
    }
  fputs ("Aborted!\n", stderr);
  return STATUS_FAILED;
}
