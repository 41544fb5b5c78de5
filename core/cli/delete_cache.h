/* SPDX-License-Identifier: Apache-2.0 */
/* delete_cache.h: hfcore delete-cache in parts: what may be deleted, and the two ways to choose
 * from it (spec 8.4).  */
#ifndef HFCORE_CLI_DELETE_CACHE_H
#define HFCORE_CLI_DELETE_CACHE_H

#include "core/cli/deletion.h"
#include "core/cli/held_signals.h"
#include "core/cli/question.h"
#include "core/cli/revision_list.h"

struct delete_cache
{
  struct deletion deletion; /* with the choice  */
  struct revision_list list;
  struct held_signals held; /* while the user is asked  */
  struct typed typed;
  size_t selected; /* entries of the choice, those that are no revision too  */
  bool is_off;     /* the choice has what makes it void  */
};

/* "2 revisions selected counting for 1.2G.", or "Nothing will be deleted.". Returns an exit code; a
 * failure has been printed.  */
int delete_cache_add_expectation (struct delete_cache *ask, struct text *to);

/* Fill in the choice. Each returns STATUS_DONE, or an exit code for a failure that has been
 * printed; nothing chosen: the user does not want it.  */
int delete_cache_by_file (struct delete_cache *ask);
int delete_cache_by_picker (struct delete_cache *ask);

/* The user or a signal has ended it: say so. Returns the exit code.  */
int delete_cache_stopped (void);

#endif
