/* SPDX-License-Identifier: Apache-2.0 */
/* confirm.h: ask before something is deleted, as `hf cache rm` does (spec 8.2).  */
#ifndef HFCORE_CLI_CONFIRM_H
#define HFCORE_CLI_CONFIRM_H

#include "core/cli/arguments.h"

/* STATUS_DONE: go on, by --yes or by what was typed. Else the exit code, and the reason has been
 * printed: the answer was no, or nobody can be asked (no terminal, --json, --quiet). The question
 * goes to stderr.  */
int confirm_deletion (const struct arguments *arguments);
/* The same as `hf cache` asks it, on stdout, and takes answers from a pipe too; `can_ask` false: a
 * script reads the result, and there is no way but --yes (spec 8.2).  */
int confirm_question (const struct arguments *arguments, bool can_ask, const char *question);

#endif
