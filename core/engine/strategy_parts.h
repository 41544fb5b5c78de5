/* SPDX-License-Identifier: Apache-2.0 */
/* strategy_parts.h: what the parts of an execution share: strategy_execute.c goes through all that
 * a strategy has, strategy_repo.c does one repository.  */
#ifndef HFCORE_ENGINE_STRATEGY_PARTS_H
#define HFCORE_ENGINE_STRATEGY_PARTS_H

#include "core/engine/strategy.h"

struct execution
{
  const struct strategy *strategy;
  struct engine *engine;
  struct hfcore_call *call;
  const struct strategy_listener *listener;
  struct strategy_done *done;
  const struct hfcore_storage *storage; /* of what is removed now  */
  int64_t patience_ms;                  /* for locks that others hold, all together  */
};

/* Remove what `entry` says and tell of it as `event` says, whose outcome and message are filled.
 * 0, or the code to stop with.  */
int execution_remove (struct execution *execution, const struct hfcore_entry *entry,
                      struct strategy_event *event);
/* Tell and count; `message` of what is not GONE is made here unless there is one.  */
int execution_tell (struct execution *execution, const struct strategy_event *event);

/* One repository.  */
int strategy_repo_execute (struct execution *execution, const struct strategy_repo *planned);
/* What else is of no use in it (HFCORE_ENTRY_REST).  */
int strategy_repo_clean (struct execution *execution, const struct hfcore_repo *repo);

#endif
