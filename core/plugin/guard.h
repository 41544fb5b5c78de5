/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h: the ops of an instance as the engine and wrappers see them. The guard
 *  - turns NULL ops into UNSUPPORTED and never passes them on to what lies below,
 *  - refuses to write what is read-only, without entering the plugin,
 *  - lets one call at a time into a SERIAL instance (waiting for that obeys cancel and deadline;
 *    an op that is called again from its own sink is BUSY, not a deadlock),
 *  - puts the instance's name on errors recorded inside, and a text on failures without one,
 *  - checks results: an unknown code, PASS where it means nothing, or success without its result
 *    become IO and are logged as the plugin's fault,
 *  - makes a sink's code the op's result, and calls no sink again that said stop,
 *  - hands out its own full-size structs and takes in those of any size,
 *  - logs calls at debug level.
 * After HFCORE_OK a result is there: paths, commits, writers and locks are not NULL, a stat knows
 * the length. A plugin that returns CANCELLED because its deadline was gone (call_tick) is heard
 * as HFCORE_E_RETRY.
 *
 * Nothing is allocated and no lock is taken on the way into a PARALLEL instance.  */
#ifndef HFCORE_PLUGIN_GUARD_H
#define HFCORE_PLUGIN_GUARD_H

#include <pthread.h>
#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/plugin/host.h"
#include "core/plugin/loader.h"

enum guard_kind
{
  GUARD_STORAGE,
  GUARD_TRANSPORT,
  GUARD_ASSETS
};

/* Lives as long as the instance.  */
struct guard
{
  const struct loader_module *module;
  void *self; /* the plugin's instance                                                           */
  const char *name;
  char origin[64]; /* "cache (store-symlink)"                                                     */
  enum guard_kind kind;
  bool read_only, opened;
  uint32_t caps; /* at most the declared ones, less those whose ops are NULL or may not be used   */
  struct hfcore_journal journal;
  /* Whose turn it is in a SERIAL instance. No mutex is held while the plugin runs.  */
  bool serial, taken;
  pthread_t owner;
  pthread_mutex_t mutex;
  pthread_cond_t free;
};

/* `name` and `log` (may be NULL) outlive the guard. guard_free closes what is open.  */
void guard_init (struct guard *guard, enum guard_kind kind, const struct loader_module *module,
                 const char *name, bool read_only, const struct host_log *log);
int guard_open (struct guard *guard, struct hfcore_call *call, const struct hfcore_open *open);
void guard_free (struct guard *guard);

/* self: struct guard *. `open` and `close` are NULL: who is given an instance does not end it.  */
extern const struct hfcore_storage_ops guard_storage_ops;
extern const struct hfcore_transport_ops guard_transport_ops;
extern const struct hfcore_assets_ops guard_assets_ops;

#endif
