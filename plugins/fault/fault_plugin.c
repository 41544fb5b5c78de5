/* SPDX-License-Identifier: Apache-2.0 */
/* fault_plugin.c: the plugin `fault`: its options, and instances of it. A site wraps its own
 * storage or transport with it and sees what its set-up makes of a failure before there is one.  */
#include "config.h"

#include <stdlib.h>
#include "core/util/cleanup.h"
#include "plugins/fault/fault.h"

static size_t
count_items (const struct hfcore_open *open)
{
  size_t count = 0;
  while (open->host->item (open->settings, "faults", count))
    count++;
  return count;
}

static int
read_rules (struct fault *fault, struct hfcore_call *call, const struct hfcore_open *open)
{
  const struct hfcore_host *host = open->host;
  const enum fault_kind kind = fault->storage ? FAULT_OF_STORAGE : FAULT_OF_TRANSPORT;
  for (size_t i = 0; i < fault->rule_count; i++)
    {
      const char *text = host->item (open->settings, "faults", i);
      char why[FAULT_WHY_ROOM];
      if (!fault_grammar_read (text, kind, &fault->rules[i], why))
        return host->fail (call, HFCORE_E_CONFIG, "`faults`, the item `%.80s`: %s", text, why);
      for (size_t op = 0; op < FAULT_OPS; op++)
        if (fault->rules[i].ops >> op & 1)
          fault->rules_of[op] |= UINT64_C (1) << i;
    }
  return HFCORE_OK;
}

int
fault_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  const struct hfcore_host *host = open->host;
  if (!open->storage_below && !open->transport_below)
    return host->fail (call, HFCORE_E_CONFIG,
                       "there is nothing to wrap; add `wraps: NAME` to the entry `%s`", open->name);
  size_t count = count_items (open);
  if (count > FAULT_RULES_MOST)
    return host->fail (call, HFCORE_E_CONFIG, "`faults` has %zu items; %d is the most", count,
                       FAULT_RULES_MOST);
  CLEANUP_FREE struct fault *fault = calloc (1, sizeof *fault);
  CLEANUP_FREE struct fault_rule *rules = calloc (count + 1, sizeof *rules);
  if (!fault || !rules)
    return host->fail (call, HFCORE_E_NOMEM, "out of memory");
  fault->host = host;
  fault->journal = open->journal;
  fault->storage = open->storage_below;
  fault->transport = open->transport_below;
  fault->seed = (uint64_t) host->number (open->settings, "seed");
  fault->rules = rules;
  fault->rule_count = count;
  int code = read_rules (fault, call, open);
  if (code)
    return code;
  fault->rules = TAKE_PTR (rules);
  *self = TAKE_PTR (fault);
  return HFCORE_OK;
}

void
fault_close (void *self)
{
  struct fault *fault = self;
  free (fault->rules);
  free (fault);
}

static const struct hfcore_option options[] = {
  { "faults", HFCORE_OPTION_LIST, 0, NULL,
    "what goes wrong: `read nth=3 code=RETRY`, `write after=10MB`, ...; none: nothing" },
  { "seed", HFCORE_OPTION_INT, 0, "1", "another seed makes other calls fail by `chance`" },
  { 0 },
};

HFCORE_PLUGIN_DEFINE (.name = "fault", .version = PACKAGE_VERSION,
                      .summary = "wraps a storage or a transport and injects failures",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options,
                      .storage = &fault_storage_ops, .transport = &fault_transport_ops);
