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
  atomic_bool *storage_warned; /* one a storage: what is wrong with it was told                  */
  bool offline;
  char offline_why[384]; /* for messages: what says so, and what to do                          */
  unsigned max_workers;
  unsigned max_connections;      /* for large files, all together                           */
  atomic_uint extra_connections; /* … beyond the first of each file, that there are now     */
  unsigned retries;       /* after the first try                                            */
  int64_t retry_pause_ms; /* before the first retry; doubles                                */
  int64_t retry_pause_max_ms;
  size_t file_list_most; /* bytes that the file list of a commit may take in memory              */
};

/* Takes `settings`, also on failure. `plugin_dir` may be NULL.  */
int engine_open (struct settings *settings, const char *plugin_dir, const struct host_log *log,
                 struct engine **engine, struct hfcore_error *error);
void engine_close (struct engine *engine);

/* A call of this engine: stops when the engine is cancelled. End it with call_done.  */
void engine_call (struct engine *engine, struct hfcore_call *call);
/* A call for a part of what `whole` is for: stops when that does.  */
void engine_call_within (const struct hfcore_call *whole, struct hfcore_call *call);

/* Sleep that ends early when the call is to stop, with what it is to return then.  */
int engine_pause (struct hfcore_call *call, int64_t ms);

#endif
