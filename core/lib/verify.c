/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: the public function that checks what is cached: arguments checked and copied, then the
 * engine.  */
#include "core/engine/verify.h"

#include <hfcore/hfcore.h>

#include "core/engine/events.h"
#include "core/engine/lookup.h"
#include "core/lib/handle.h"
#include "core/plugin/sized.h"

static int
check_ask (struct hfcore_call *call, const struct hfcore_verify *ask)
{
  const struct hfcore_repo repo = { .size = sizeof repo,
                                    .type = ask->repo_type ? ask->repo_type : "model",
                                    .id = ask->repo_id };
  if (ask->repo_id)
    return lookup_check_names (call, &repo, ask->revision ? ask->revision : "main", NULL);
  return ask->revision || ask->local_dir
             ? call_fail (call, HFCORE_E_CONFIG, "a revision or a folder is of one repository")
             : HFCORE_OK;
}

int
hfcore_verify (struct hfcore *cache, const struct hfcore_verify *from, struct hfcore_error *error)
{
  struct hfcore_verify ask;
  struct hfcore_call call;
  struct events events;
  sized_take (&ask, sizeof ask, from);
  events_init (&events, ask.event, ask.ctx);
  int code = handle_begin (cache, &call);
  if (code == HFCORE_OK)
    code = check_ask (&call, &ask);
  if (code == HFCORE_OK)
    code = verify_run (cache->engine, &call, &ask, &events);
  events_done (&events);
  return handle_finish (&call, code, error);
}
