/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h: one open hfcore: its settings, its chains, its way to stop. The policy floor: what is
 * asked of whom, in which order, how often. Knows no YAML, no libltdl, no HTTP, no file names of
 * the cache. Thread safe once open.  */
#ifndef HFCORE_ENGINE_ENGINE_H
#define HFCORE_ENGINE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "core/config/settings.h"
#include "core/plugin/call.h"
#include "core/plugin/host.h"
#include "core/plugin/loader.h"
#include "core/plugin/registry.h"

struct engine
{
  struct settings *settings;
  struct loader_path plugin_path;
  struct registry *registry;
  struct host_log log;
  atomic_int cancel;
  atomic_bool *storage_warned; /* one a storage: its failure was told                            */
  bool offline;
  unsigned max_workers;
  unsigned retries;       /* after the first try                                            */
  int64_t retry_pause_ms; /* before the first retry; doubles                                */
  int64_t retry_pause_max_ms;
};

/* Takes `settings`, also on failure. `plugin_dir` may be NULL.  */
int engine_open (struct settings *settings, const char *plugin_dir, const struct host_log *log,
                 struct engine **engine, struct hfcore_error *error);
void engine_close (struct engine *engine);

/* A call of this engine: stops when the engine is cancelled. End it with call_done.  */
void engine_call (struct engine *engine, struct hfcore_call *call);

/* Sleep that ends early with HFCORE_E_CANCELLED.  */
int engine_pause (struct engine *engine, struct hfcore_call *call, int64_t ms);

#endif
