/* SPDX-License-Identifier: Apache-2.0 */
/* question.h: yes or no, asked on stdout and typed on stdin as huggingface_hub 0.26.2 does it
 * (spec 8.4).  */
#ifndef HFCORE_CLI_QUESTION_H
#define HFCORE_CLI_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include "core/cli/held_signals.h"

enum answer
{
  ANSWER_NO,
  ANSWER_YES,
  ANSWER_NONE,   /* the input is at its end                                              */
  ANSWER_STOPPED /* Ctrl-C, or a signal                                                  */
};

enum
{
  TYPED_ROOM = 1024
};

/* What was read of stdin and not used yet: one for all questions. Starts as { 0 }.  */
struct typed
{
  char bytes[TYPED_ROOM];
  size_t len;
};

/* Ask until the answer is one. `message` is clean already; signals are held.  */
enum answer question_ask (struct typed *typed, const struct held_signals *held, const char *message,
                          bool by_default);

#endif
