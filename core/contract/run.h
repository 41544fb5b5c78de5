/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: what the files of this folder share, and cases need not know: the processes of a run,
 * what they tell each other, and the plugin in them.
 *
 * A run has one process for reading the plugin, one for each of its interfaces that tries to open
 * it, and one for each case. What they find out is in memory that they share with their parent, so
 * that a process that crashes, blocks or is killed has told what it had told by then.  */
#ifndef HFCORE_CONTRACT_RUN_H
#define HFCORE_CONTRACT_RUN_H

#include <stdatomic.h>
#include <signal.h>
#include <sys/types.h>
#include "core/contract/case.h"
#include "core/plugin/loader.h"

extern const struct contract_case contract_module_cases[];

enum
{
  MODULE_OPENED = 1 << 16 /* of a module's case: only once `opens` has passed  */
};

/* ---- what processes share ---- */

enum
{
  REPORT_OPEN, /* nothing was said yet  */
  REPORT_TAKEN,
  REPORT_SAID
};

/* What a process says at its end, once.  */
struct report
{
  atomic_int state;
  int32_t verdict;           /* enum contract_verdict  */
  _Atomic (const char *) op; /* of the plugin, the last that was entered; NULL: none  */
  char rule[512];
  char text[1024];
};

enum opening
{
  OPENING_FAILS,   /* it breaks when it is opened  */
  OPENING_REFUSED, /* it says that it cannot be opened with what it was given  */
  OPENING_ALONE,
  OPENING_ABOVE /* with something below it: a wrapper  */
};

/* What was found out about the plugin.  */
struct facts
{
  int32_t code; /* HFCORE_OK: all that follows is known  */
  struct hfcore_error error;
  char name[80], version[128], summary[512], file[4096];
  bool has[GUARD_ASSETS + 1]; /* its interfaces, by enum guard_kind  */
  bool has_root, below_has_root, is_parallel;
  /* Of an instance that was opened: */
  enum opening opening[GUARD_ASSETS + 1];
  char refusal[GUARD_ASSETS + 1][640]; /* OPENING_REFUSED: why  */
  uint32_t caps[GUARD_ASSETS + 1];
  /* Of a transport: */
  bool is_seeking;   /* a case is at finding out what it has, before anything else  */
  bool lacks_source; /* cases were skipped, since that is not known: --repo would tell  */
};

/* ---- the run ---- */

struct run
{
  const struct contract_ask *ask;
  struct report *report; /* shared  */
  struct facts *facts;   /* shared  */
  char *folder;          /* ours, with a folder for each case  */
  uint32_t timeout_ms;
  char id[9];                /* of this run, 8 hex digits  */
  unsigned number;           /* of the process  */
  const char *seeker;        /* the case that failed while it was seeking; NULL: none  */
  sigset_t mask;             /* from before process_hold_signals  */
  struct sigaction on_child; /* as it was before  */
  /* In a process: */
  struct loader_path path;
  const struct loader_module *module; /* whose ops are recorded, NULL before it was loaded  */
  const struct loader_module *below;  /* likewise; NULL: there is none, or the reference  */
};

struct contract
{
  struct run *run;
  const struct contract_case *the_case; /* NULL: the plugin is only looked at  */
  enum guard_kind kind;                 /* of its interface  */
  const char *rule;                     /* of what is expected now  */
  char *folder;                         /* of its own  */
  char *root;                           /* in it; NULL: none of ours  */
};

/* How a process ended.  */
struct ending
{
  bool timed_out, interrupted;
  int status; /* of waitpid  */
  uint32_t duration_ms;
};

/* ---- run.c ---- */

/* process_run in a folder of its own, which is gone afterwards.  */
int run_process (struct contract *contract, void (*work) (struct contract *contract),
                 struct ending *ending);

/* ---- process.c ---- */

/* Fork, run `work` in the child within the time limit, kill what is left of its process group.
 * -1: errno, nothing ran.  */
int process_run (struct run *run, void (*work) (struct contract *contract),
                 struct contract *contract, struct ending *ending);
/* What is to be said of a process that ended without a report. Fills the report.  */
void process_explain (const struct contract *contract, const struct ending *ending);
/* Signals that end a run wait for process_run, which sees them, until they are released.  */
void process_hold_signals (struct run *run);
void process_release_signals (struct run *run);

/* ---- verdict.c ---- */

/* From now on crashes of this process are its report.  */
void verdict_watch (const struct contract *contract);
/* Put the report of this process and end it, unless another thread is at it.  */
_Noreturn void verdict_end (struct report *report, enum contract_verdict verdict, const char *rule,
                            const char *text);
struct verdict_words
{
  char text[512], rule[512];
};
/* What to say of a case that was cut off: rule `number` of the contract was broken while something
 * else was checked. Safe in handlers of signals.  */
void verdict_broken (const struct contract *contract, unsigned number, const char *what,
                     struct verdict_words *words);
/* "contract 10" with its text; other rules as they are.  */
const char *verdict_full_rule (const char *rule);

/* ---- calls.c ---- */

/* Did a call that has ended, or a name of one, lie there? Safe in handlers of signals.  */
bool calls_is_retired (const void *address);

/* ---- trace.c ---- */

/* A copy of the module whose ops note themselves in `report` when they are entered; one a process,
 * which it lives as long as.  */
const struct loader_module *trace_module (const struct loader_module *module,
                                          struct report *report);
/* The op that this thread runs, or NULL. Safe in handlers of signals.  */
const char *trace_running (void);

/* ---- instance.c ---- */

/* In a process: load the plugin, and what --wraps names. HFCORE_OK or why not.  */
int instance_load (struct run *run, struct hfcore_error *error);
/* Does the plugin have an option `root` that is a PATH?  */
bool instance_has_root (const struct loader_module *module);
/* The option that says where its things are: `root`, or the first path that it must be given; NULL:
 * there is none.  */
const char *instance_place_option (const struct loader_module *module);
/* From now on in this process, whatever the run said.  */
void instance_set_option (struct contract *contract, const char *key, const char *value);
bool instance_sets_root (const struct contract_ask *ask);
/* Are the options of the run those of the plugin?  */
int instance_check_options (struct contract *contract, struct hfcore_error *error);
/* Open it once, in one way, and close it. HFCORE_OK: `caps` are those of then.  */
int instance_try (struct contract *contract, enum opening opening, uint32_t *caps,
                  struct hfcore_error *error);
/* The host's copy of the module's descriptor.  */
const struct loader_module *instance_module (const struct contract *contract);

/* ---- subject.c ---- */

/* Fill the facts by processes. HFCORE_OK, or why there is nothing to check. Of a plugin of several
 * interfaces some may refuse what it is given: options of the others.  */
int subject_read (struct run *run, struct hfcore_error *error);

#endif
