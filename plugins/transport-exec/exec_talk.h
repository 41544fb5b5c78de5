/* SPDX-License-Identifier: Apache-2.0 */
/* exec_talk.h: one question and its answer, line by line, as hfcore-transport-exec(7) has it.  */
#ifndef HFCORE_TRANSPORT_EXEC_TALK_H
#define HFCORE_TRANSPORT_EXEC_TALK_H

#include <jansson.h>
#include "plugins/transport-exec/exec_process.h"

struct exec_talk
{
  struct exec_wait wait;
  struct exec_slot *slot;
  json_t *line;    /* the one that was heard last  */
  bool is_over;    /* all of the answer was heard  */
  bool is_idle;    /* the last line announced no bytes at all  */
  char commit[41]; /* that an error names; or ""  */
};

/* What a process says first: which protocol, and what it can do. Kills nothing.  */
int exec_talk_greet (struct exec *exec, struct hfcore_call *call, struct exec_process *process);

/* Begin, with a process of the pool; also after a failure, exec_talk_end is due.  */
int exec_talk_begin (struct exec_talk *talk, struct exec *exec, struct hfcore_call *call);
/* The process is given back, or killed where not all of its answer was heard.  */
void exec_talk_end (struct exec_talk *talk);
#define CLEANUP_TALK __attribute__ ((cleanup (exec_talk_end)))

/* Put a question; `question` is let go. NULL stands for one that could not be made.  */
int exec_talk_ask (struct exec_talk *talk, json_t *question);
/* The next line of the answer: what it is called and what it says, until the next is heard. PASS,
 * or a failure of the program's own: that was all.  */
int exec_talk_hear (struct exec_talk *talk, const char **kind, json_t **value);
/* The next `len` bytes, which are no line, into `data`, as they come. `total` is for progress.  */
int exec_talk_bytes (struct exec_talk *talk, uint64_t len, uint64_t total,
                     int (*data) (void *ctx, const void *bytes, size_t len), void *ctx);

/* Record that the program does not keep to the protocol: DOWN. "sent …".  */
int exec_talk_breach (struct exec_talk *talk, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Members of an object; false: there is one, and it is something else. What is missing or null is
 * NULL or HFCORE_SIZE_UNKNOWN.  */
bool exec_talk_text (const json_t *object, const char *key, const char **text);
bool exec_talk_number (const json_t *object, const char *key, uint64_t *number);

#endif
