/* SPDX-License-Identifier: Apache-2.0 */
/* question.c: see question.h.  */
#include "core/cli/question.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum
{
  ANSWER_ROOM = 8, /* longer than any answer that is one  */
  LINE_READ = 100
};

/* Move the first line of what was typed into `line`, cut where it is longer; false: there is no
 * whole line. At the end of input what is left is one.  */
static bool
take_line (struct typed *typed, bool at_end, char line[ANSWER_ROOM])
{
  const char *end = memchr (typed->bytes, '\n', typed->len);
  if (!end && !(at_end && typed->len))
    return false;
  size_t len = end ? (size_t) (end - typed->bytes) : typed->len, used = len + (end != NULL);
  if (len && typed->bytes[len - 1] == '\r')
    len--;
  size_t kept = len < ANSWER_ROOM - 1 ? len : ANSWER_ROOM - 1;
  memcpy (line, typed->bytes, kept);
  line[kept] = 0;
  /* A zero byte would end the answer early and make it one. */
  if (memchr (line, 0, kept))
    memset (line, '?', kept);
  typed->len -= used;
  memmove (typed->bytes, typed->bytes + used, typed->len);
  return true;
}

/* LINE_READ, ANSWER_NONE or ANSWER_STOPPED.  */
static int
read_line (struct typed *typed, const struct held_signals *held, char line[ANSWER_ROOM])
{
  while (!take_line (typed, false, line))
    {
      /* Of a line without end its head is enough to know that it is no answer.  */
      if (typed->len == TYPED_ROOM)
        typed->len = ANSWER_ROOM;
      int number = held_signals_wait (held, STDIN_FILENO);
      if (number == SIGWINCH)
        continue;
      if (number)
        return ANSWER_STOPPED;
      ssize_t len = read (STDIN_FILENO, typed->bytes + typed->len, TYPED_ROOM - typed->len);
      if (len < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (len <= 0)
        return take_line (typed, true, line) ? LINE_READ : ANSWER_NONE;
      typed->len += (size_t) len;
    }
  return LINE_READ;
}

static bool
is_one_of (const char *line, const char *const words[3])
{
  return strcasecmp (line, words[0]) == 0 || strcasecmp (line, words[1]) == 0
         || strcmp (line, words[2]) == 0;
}

enum answer
question_ask (struct typed *typed, const struct held_signals *held, const char *message,
              bool by_default)
{
  static const char *const yes[] = { "y", "yes", "1" }, *const no[] = { "n", "no", "0" };
  int answer = LINE_READ;
  while (answer == LINE_READ)
    {
      char line[ANSWER_ROOM];
      printf ("%s (%s) ", message, by_default ? "Y/n" : "y/N");
      fflush (stdout);
      answer = read_line (typed, held, line);
      if (answer != LINE_READ)
        putchar ('\n');
      else if (!*line)
        answer = by_default ? ANSWER_YES : ANSWER_NO;
      else if (is_one_of (line, yes))
        answer = ANSWER_YES;
      else if (is_one_of (line, no))
        answer = ANSWER_NO;
      else
        puts ("Invalid input. Must be one of ('y', 'yes', '1', 'n', 'no', '0', '')");
    }
  return (enum answer) answer;
}
