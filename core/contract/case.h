/* SPDX-License-Identifier: Apache-2.0 */
/* case.h: what a case of the contract is written with. It runs in a process of its own, which
 * ends with its first unmet expectation: nothing needs to be cleaned up after one, and an
 * expectation may be in any thread.
 *
 *   static void
 *   unseen_until_commit (struct contract *contract)
 *   {
 *     const struct contract_storage *store = contract_open_storage (contract, 0);
 *     struct hfcore_call *call = contract_call (contract);
 *     int code = store->ops->create (store->self, call, contract_repo (call, …), …);
 *     contract_expect_code (contract, "create", code, HFCORE_OK);
 *     contract_end (call);          // from here on a plugin that uses it, or the names it was
 *   }                               // given with it, crashes, and the verdict says so
 */
#ifndef HFCORE_CONTRACT_CASE_H
#define HFCORE_CONTRACT_CASE_H

#include "core/contract/contract.h"
#include "core/plugin/call.h"
#include "core/plugin/guard.h"

struct contract; /* one case that runs  */

enum
{
  /* Instances see each other's bytes, and a later process those of an earlier one: the plugin has
   * a `root` of ours, or one that was given with --set.  */
  CONTRACT_LASTING = 1,
  CONTRACT_WRAPPER = 2,  /* only for a wrapper over our own reference  */
  CONTRACT_PARALLEL = 4, /* only for plugins of that thread model  */
  CONTRACT_AS_USER = 8   /* as root, the process first becomes nobody; `root` is theirs  */
};

struct contract_case
{
  const char *name;  /* "twin-commits"  */
  const char *means; /* what holds when it passes, one line  */
  const char *rule; /* where plugin.h says so: "contract 10" (told with its text), "commit: …"  */
  uint32_t needs;   /* capability bits without which it is skipped  */
  uint32_t flags;   /* CONTRACT_…  */
  void (*run) (struct contract *contract);
};
/* Each ends with a NULL name.  */
extern const struct contract_case contract_storage_cases[];        /* storage_bytes.c  */
extern const struct contract_case contract_storage_name_cases[];   /* storage_names.c  */
extern const struct contract_case contract_storage_list_cases[];   /* storage_lists.c  */
extern const struct contract_case contract_storage_shared_cases[]; /* storage_shared.c  */
extern const struct contract_case contract_storage_proof_cases[];  /* storage_proof.c  */
extern const struct contract_case contract_storage_fault_cases[];  /* storage_faults.c  */
extern const struct contract_case contract_transport_cases[];
extern const struct contract_case contract_transport_wrapper_cases[];
extern const struct contract_case contract_assets_cases[];

/* ---- verdicts ---- */

/* End the case: FAILED with this text, unless `holds`. Begins with what was expected: "expected
 * stat to answer PASS for a blob that is being written, it answered OK".  */
void contract_expect (struct contract *contract, bool holds, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* The same for an op's result; the text names both codes and the error that was recorded.  */
void contract_expect_code (struct contract *contract, const struct hfcore_call *call,
                           const char *op, int code, int expected);
_Noreturn void contract_skip (struct contract *contract, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* The rule that the next expectations rest on, where a case has several; a literal.  */
void contract_rule (struct contract *contract, const char *rule);
/* "PASS", "NOTFOUND", …; "an unknown code".  */
const char *contract_code_name (int code);
/* The same with what was recorded in this thread's last call, where that failed so: "IO (fault of
 * the plugin: …)". Until the thread asks again.  */
const char *contract_answer (int code);
/* Are these the words that the guard puts in for a plugin that has none?  */
bool contract_is_silent (const char *message);

/* ---- calls ---- */

/* A call with nothing set; its thread may be any, one at a time. Ended by contract_end, after
 * which its pages, and those of all names made with it, may not be touched by anybody.  */
struct hfcore_call *contract_call (struct contract *contract);
void contract_end (struct hfcore_call *call);
/* A name for ops of this call, in pages that end with it.  */
const char *contract_text (struct hfcore_call *call, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* A copy of bytes, likewise.  */
const void *contract_bytes (struct hfcore_call *call, const void *bytes, size_t len);
/* A repository of this case alone, number `number`, in pages of the call: no two cases and no two
 * runs use the same.  */
const struct hfcore_repo *contract_repo (struct hfcore_call *call, unsigned number);
/* Made of a number: 40 hex, the same for the same number in every process of the case.  */
const char *contract_commit (struct hfcore_call *call, unsigned number);

/* ---- instances ---- */

enum
{
  CONTRACT_READ_ONLY = 1,
  CONTRACT_MAY_FAIL = 2 /* `code` and `error` tell; ops and self are NULL  */
};

/* `ops` and `self` are the guard's; `caps` those of now. Closed by contract_close or never. A
 * result that the contract does not allow was turned into HFCORE_E_IO by the guard and its reason
 * logged: contract_expect_code tells it.  */
struct contract_storage
{
  const struct hfcore_storage_ops *ops;
  void *self;
  uint32_t caps;
  int code;
  struct hfcore_error error;
};
struct contract_transport
{
  const struct hfcore_transport_ops *ops;
  void *self;
  uint32_t caps;
  int code;
  struct hfcore_error error;
};
struct contract_assets
{
  const struct hfcore_assets_ops *ops;
  void *self;
  uint32_t caps;
  int code;
  struct hfcore_error error;
};

/* An instance more, with the options of the run. A failure to open ends the case as FAILED, unless
 * CONTRACT_MAY_FAIL.  */
struct contract_storage *contract_open_storage (struct contract *contract, uint32_t flags);
struct contract_transport *contract_open_transport (struct contract *contract, uint32_t flags);
struct contract_assets *contract_open_assets (struct contract *contract, uint32_t flags);
/* Of any of the three.  */
void contract_close (void *instance);

/* The folder that is `root` of this case; NULL: the plugin has none, or --set gave it.  */
const char *contract_root (const struct contract *contract);

/* What was logged so far at warning level or worse, "LEVEL [INSTANCE] TEXT" line by line.  */
const char *contract_log (const struct contract *contract);

/* ---- processes ---- */

/* Run in a child of this case with the same options; its exit status, or 128 + the signal that
 * ended it. An expectation that fails there fails the case.  */
int contract_in_child (struct contract *contract, void (*run) (struct contract *contract));

/* ---- what lies below a wrapper: reference_*.c ---- */

/* Plugins of ours in memory, through the same loader copies and guards as any other. Instances of
 * one process share what they keep.  */
extern const struct hfcore_plugin contract_reference_storage;
extern const struct hfcore_plugin contract_reference_transport;

/* How the reference transport behaves from now on, in this process.  */
struct contract_behaviour
{
  int fail_code;                   /* of every resolve, read and list; 0: none  */
  bool ignores_ranges;             /* read begins at 0 whatever was asked  */
  uint64_t stops_after;            /* bytes; then read returns HFCORE_E_RETRY. 0: never  */
  uint32_t pause_ms;               /* before each piece of bytes, ticking all the while  */
  uint32_t reads, resolves, lists; /* counted  */
};
extern struct contract_behaviour contract_behaviour;

/* ---- what a transport has ---- */

/* Found by listing, or by the file that was named; the same in every case of a run. Ends the case
 * as skipped where a transport has nothing that fits.  */
struct contract_file
{
  const char *path, *commit, *etag;
  uint64_t length;
};
struct contract_source
{
  const char *type, *id, *revision, *commit;
  const struct contract_file *files; /* at most 64, the smallest first  */
  size_t count;
};
const struct contract_source *contract_source (struct contract *contract,
                                               const struct contract_transport *transport);

#endif
