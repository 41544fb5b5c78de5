/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c: what is to be known of the plugin before it is checked. Its constructors and its
 * `open` may do anything, so that it is loaded and opened in processes only.  */
#include <stdio.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/contract/run.h"
#include "core/util/text.h"

/* ---- in the process ---- */

static void
fill_facts (struct run *run)
{
  const struct loader_module *module = run->module;
  struct facts *facts = run->facts;
  text_one_line (facts->name, sizeof facts->name, module->name);
  text_one_line (facts->version, sizeof facts->version, module->descriptor.version);
  text_one_line (facts->summary, sizeof facts->summary, module->descriptor.summary);
  text_one_line (facts->file, sizeof facts->file, module->file);
  facts->has[GUARD_STORAGE] = module->storage.size != 0;
  facts->has[GUARD_TRANSPORT] = module->transport.size != 0;
  facts->has[GUARD_ASSETS] = module->assets.size != 0;
  facts->has_root = instance_has_root (module);
  facts->below_has_root = run->below && instance_has_root (run->below);
  facts->is_parallel = module->descriptor.threads == HFCORE_THREADS_PARALLEL;
}

static void
work_read (struct contract *contract)
{
  struct run *run = contract->run;
  struct facts *facts = run->facts;
  facts->code = instance_load (run, &facts->error);
  if (facts->code)
    return;
  fill_facts (run);
  facts->code = instance_check_options (contract, &facts->error);
}

static void
work_try (struct contract *contract, enum opening opening)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  uint32_t caps;
  struct facts *facts = contract->run->facts;
  facts->code = instance_load (contract->run, &error);
  if (facts->code == HFCORE_OK)
    facts->code = instance_try (contract, opening, &caps, &error);
  facts->error = error;
  if (facts->code)
    return;
  facts->caps[contract->kind] = caps;
  facts->opening[contract->kind] = opening;
}

static void
work_try_alone (struct contract *contract)
{
  work_try (contract, OPENING_ALONE);
}

static void
work_try_above (struct contract *contract)
{
  work_try (contract, OPENING_ABOVE);
}

/* ---- in the parent ---- */

static int
fail_os (struct hfcore_error *error)
{
  config_fail (error, NULL, "no process can be made to look at the plugin");
  return error->code = HFCORE_E_IO;
}

/* HFCORE_OK: it ended by itself, `facts` have its code; HFCORE_PASS: it did not, as the report
 * says; else there is no going on.  */
static int
look (struct run *run, enum guard_kind kind, void (*work) (struct contract *contract),
      struct hfcore_error *error)
{
  struct contract contract = { .run = run, .kind = kind };
  struct ending ending;
  if (run_process (&contract, work, &ending) < 0)
    return fail_os (error);
  if (ending.interrupted)
    {
      config_fail (error, NULL, "interrupted");
      return error->code = HFCORE_E_CANCELLED;
    }
  process_explain (&contract, &ending);
  return run->report->verdict == CONTRACT_PASSED ? HFCORE_OK : HFCORE_PASS;
}

static int
read_module (struct run *run, struct hfcore_error *error)
{
  int code = look (run, GUARD_STORAGE, work_read, error);
  if (code == HFCORE_PASS)
    return config_fail (error, run->ask->plugin, "this plugin cannot be loaded: it %s",
                        run->report->text);
  if (code == HFCORE_OK && run->facts->code)
    {
      *error = run->facts->error;
      code = run->facts->code;
    }
  return code;
}

/* A plugin that breaks while it is opened is to be checked: the cases tell. One that refuses what
 * it was given is not.  */
static int
try_opening (struct run *run, enum guard_kind kind, struct hfcore_error *error)
{
  struct facts *facts = run->facts;
  int code = HFCORE_OK;
  facts->code = HFCORE_E_CONFIG;
  facts->opening[kind] = OPENING_FAILS;
  if (!run->ask->wraps || kind == GUARD_ASSETS)
    code = look (run, kind, work_try_alone, error);
  if (code == HFCORE_OK && facts->code && kind != GUARD_ASSETS)
    code = look (run, kind, work_try_above, error);
  if (code != HFCORE_OK)
    return code == HFCORE_PASS ? HFCORE_OK : code;
  if (facts->code == HFCORE_E_CONFIG)
    {
      facts->opening[kind] = OPENING_REFUSED;
      snprintf (facts->refusal[kind], sizeof facts->refusal[kind],
                "it cannot be opened with what it was given: %s", facts->error.message);
    }
  return HFCORE_OK;
}

/* Where every interface refuses to be opened there is nothing to check.  */
static int
check_refusals (const struct facts *facts, struct hfcore_error *error)
{
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS; kind++)
    if (facts->has[kind] && facts->opening[kind] != OPENING_REFUSED)
      return HFCORE_OK;
  return config_fail (error, NULL, "the plugin %s cannot be opened: %s", facts->name,
                      facts->error.message);
}

int
subject_read (struct run *run, struct hfcore_error *error)
{
  int code = read_module (run, error);
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS && code == HFCORE_OK; kind++)
    if (run->facts->has[kind])
      code = try_opening (run, (enum guard_kind) kind, error);
  return code ? code : check_refusals (run->facts, error);
}
