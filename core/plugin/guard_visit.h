/* SPDX-License-Identifier: Apache-2.0 */
/* guard_visit.h: what the guards of all kinds share: one visit of one call to one plugin, and the
 * sinks that the plugin is given while it lasts.
 *
 *   GUARD_VISIT (visit, "stat", etag, GUARD_MAY_PASS);      of the guard `self` with `call`
 *   int code = guard_enter (&visit, ops->stat != NULL);
 *   if (code)
 *     return code;
 *   code = ops->stat (visit.guard->self, call, …);
 *   return guard_leave (&visit, code);                                                          */
#ifndef HFCORE_PLUGIN_GUARD_VISIT_H
#define HFCORE_PLUGIN_GUARD_VISIT_H

#include "core/plugin/call.h"
#include "core/plugin/guard.h"

enum
{
  GUARD_WRITES = 1,   /* not for read-only instances  */
  GUARD_MAY_PASS = 2, /* PASS is an answer to this question  */
  GUARD_QUIET = 4     /* too many to be logged one by one  */
};

struct guard_sink;

struct guard_visit
{
  struct guard *guard;
  struct hfcore_call *call;
  const char *op;
  const char *subject; /* what it is about, for the log; may be NULL  */
  unsigned flags;
  /* Filled by guard_enter and the sinks: */
  const char *outer_origin;
  uint32_t recorded;
  const struct guard_sink *sink;
};

#define GUARD_VISIT(visit, name, about, how)                                                       \
  struct guard_visit visit                                                                         \
      = { .guard = self, .call = call, .op = (name), .subject = (about), .flags = (how) }

/* HFCORE_OK: inside, guard_leave is due; else the result of the op.  */
int guard_enter (struct guard_visit *visit, bool present);
/* The op's result, made out of what the plugin returned.  */
int guard_leave (struct guard_visit *visit, int code);
/* The plugin broke the contract: log it, record and return HFCORE_E_IO.  */
int guard_fault (struct guard_visit *visit, const char *what);

/* For ops without a call: in a SERIAL instance, wait for the turn. False: it is this thread's
 * already (the op is called from a sink), or the instance is PARALLEL.  */
bool guard_take_turn (struct guard *guard);
void guard_end_turn (struct guard *guard, bool taken);

/* The capabilities of the table whose ops are there.  */
uint32_t guard_storage_usable (const struct hfcore_storage_ops *ops, bool read_only);
uint32_t guard_transport_usable (const struct hfcore_transport_ops *ops);

/* What the instance can do now; `plugin_caps_now` may be NULL.  */
uint32_t guard_caps_now (struct guard *guard, uint32_t (*plugin_caps_now) (void *self));

/* ---- sinks ---- */

struct guard_sink
{
  struct guard_visit *visit;
  int code; /* the first that was not 0; nothing is delivered after it  */
  bool begun;
  struct hfcore_error error; /* of the call, as the sink left it with `code`  */
  union
  {
    struct hfcore_sink bytes;
    struct hfcore_file_sink files;
    struct hfcore_entry_sink entries;
    struct hfcore_asset_sink assets;
    struct hfcore_fact_sink facts;
    struct hfcore_range_sink ranges;
  } theirs, ours; /* whom to tell; what the plugin is given  */
};

/* What to give to the plugin instead of the sink that came, or NULL with the failure recorded
 * (the sink is no sink; still to be left by guard_leave).  */
const struct hfcore_sink *guard_sink_bytes (struct guard_sink *sink, struct guard_visit *visit,
                                            const struct hfcore_sink *theirs);
const struct hfcore_file_sink *guard_sink_files (struct guard_sink *sink, struct guard_visit *visit,
                                                 const struct hfcore_file_sink *theirs);
const struct hfcore_entry_sink *guard_sink_entries (struct guard_sink *sink,
                                                    struct guard_visit *visit,
                                                    const struct hfcore_entry_sink *theirs);
const struct hfcore_asset_sink *guard_sink_assets (struct guard_sink *sink,
                                                   struct guard_visit *visit,
                                                   const struct hfcore_asset_sink *theirs);
const struct hfcore_fact_sink *guard_sink_facts (struct guard_sink *sink, struct guard_visit *visit,
                                                 const struct hfcore_fact_sink *theirs);
const struct hfcore_range_sink *guard_sink_ranges (struct guard_sink *sink,
                                                   struct guard_visit *visit,
                                                   const struct hfcore_range_sink *theirs);

#endif
