/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h: run the cases of the plugin contract against one plugin, each in a process of its
 * own, so that a plugin that crashes, blocks or scribbles breaks one verdict and nothing more.
 * What `hfcore plugin check` is made of; on the floor of core/plugin, known to cli only.  */
#ifndef HFCORE_CONTRACT_CONTRACT_H
#define HFCORE_CONTRACT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/plugin.h>

enum contract_verdict
{
  CONTRACT_PASSED,
  CONTRACT_FAILED,
  CONTRACT_SKIPPED
};

/* Strings live until the function that is told returns; each is one line without control
 * characters.  */
struct contract_result
{
  const char *interface; /* "module", "storage", "transport", "assets"                           */
  const char *name;      /* of the case: "unseen-until-commit"                                   */
  enum contract_verdict verdict;
  const char *text; /* FAILED: what was expected and what came; SKIPPED: why; else NULL          */
  const char *rule; /* of plugin.h, for FAILED: "storage, commit: publish …"; else NULL          */
  uint32_t duration_ms;
};

/* All strings are the caller's and outlive the run.  */
struct contract_ask
{
  /* NAME, looked for in `folders`; with a "/" in it: a file.  */
  const char *plugin;
  char *const *folders;
  size_t folder_count;
  /* "key=value" each; a list takes its items from several of the same key.  */
  char *const *options;
  size_t option_count;
  /* For a wrapper: the plugin below (NAME or file); NULL: a reference of our own in memory.  */
  const char *wraps;
  /* For a transport that does not take its files from a `root` of ours: what it has. NULL:
   * "model", "main", every file that it lists.  */
  const char *repo_type, *repo_id, *revision, *file;
  /* Only cases whose "interface/name" has this in it; NULL: all.  */
  const char *only;
  uint32_t timeout_ms; /* of a case; 0: 20 seconds                                               */
  void *ctx;
  /* Non-zero stops the run, which returns that.  */
  int (*tell) (void *ctx, const struct contract_result *result);
};

/* What was found out before the first case. Strings live as long as the program.  */
struct contract_subject
{
  const char *name, *version, *summary, *file;
  /* Found out by the cases: it is a transport that could not be asked for anything without knowing
   * what it has.  */
  bool lacks_source;
};

/* Call it in a program of one thread only: it forks. `subject` is filled, and `tell` is called,
 * once a case. HFCORE_OK: all were told, passed or failed. HFCORE_E_CONFIG: there is no such
 * plugin, a file that cannot be loaded, options that it does not take, nothing to check it with,
 * a repository or file that it does not have;
 * HFCORE_E_NOMEM, HFCORE_E_IO: no process or folder could be made; HFCORE_E_CANCELLED: SIGINT.
 * Leaves no folder behind, whatever happens to the cases.  */
int contract_run (const struct contract_ask *ask, struct contract_subject *subject,
                  struct hfcore_error *error);
/* The cases of all interfaces, without a plugin: `text` is what holds when it passes, `rule` where
 * plugin.h says so.  */
int contract_each (int (*tell) (void *ctx, const struct contract_result *result), void *ctx);

#endif
