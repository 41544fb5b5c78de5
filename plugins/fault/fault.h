/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h: what the parts of the plugin fault share: a wrapper around a storage or a transport that
 * lets chosen calls fail, come late, or carry damaged bytes. What happens to a call rests on its
 * number among the calls of its op and on the seed, and on nothing else.  */
#ifndef HFCORE_FAULT_H
#define HFCORE_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/plugin.h>

enum
{
  FAULT_RULES_MOST = 64 /* as many as a fault_set has bits  */
};

/* ---- ops ---- */

enum fault_op
{
  FAULT_STAT,
  FAULT_READ, /* of both kinds  */
  FAULT_PATH,
  FAULT_CREATE,
  FAULT_WRITE,
  FAULT_READ_BACK,
  FAULT_RESTART,
  FAULT_COMMIT,
  FAULT_REMOVE,
  FAULT_REF_GET,
  FAULT_REF_SET,
  FAULT_FILE_GET,
  FAULT_FILE_SET,
  FAULT_TREE_GET,
  FAULT_TREE_SET,
  FAULT_LIST, /* of both kinds  */
  FAULT_LOCK,
  FAULT_BLOB_PATH,
  FAULT_FILE_ETAG,
  FAULT_FILE_LINK,
  FAULT_DESCRIBE,
  FAULT_USE_MARK,
  FAULT_PROVE,
  FAULT_PROVEN,
  FAULT_RESOLVE,
  FAULT_OPS
};

enum fault_kind
{
  FAULT_OF_STORAGE = 1,
  FAULT_OF_TRANSPORT = 2
};

/* The name of plugin.h.  */
const char *fault_op_name (enum fault_op op);

/* ---- rules: one for each item of the option `faults` ---- */

enum fault_deed
{
  FAULT_WAIT,  /* the delay is all  */
  FAULT_FAIL,  /* with `code`, before anything is done  */
  FAULT_CUT,   /* the stream ends after `bytes`  */
  FAULT_FLIP,  /* the byte at the offset `bytes` of the file is inverted  */
  FAULT_SHORT, /* of a write only the first `bytes` are written  */
  FAULT_AFTER, /* a write that goes beyond `bytes` in all fails there  */
  FAULT_IGNORE_RANGES
};

struct fault_rule
{
  const char *text;   /* as it was written; the settings', valid until close  */
  uint32_t ops;       /* a bit for each fault_op  */
  uint64_t first;     /* the calls that it is about, from 1  */
  uint64_t last;      /* ... UINT64_MAX: to the end  */
  uint64_t every;     /* of these, one of so many; 1: all  */
  uint32_t millionth; /* by chance: so many of a million; 1000000: all  */
  enum fault_deed deed;
  uint64_t bytes;
  int code;                /* of FAIL, and of CUT, SHORT and AFTER unless `quiet`  */
  bool quiet;              /* CUT and SHORT: it is called a success  */
  uint32_t retry_after_ms; /* with `code`; 0: nothing is said  */
  int64_t delay_ms;
};

enum
{
  FAULT_WHY_ROOM = 256
};

/* Read one item. `kind` is that of what is wrapped. False: `why` says what is wrong with it, and
 * names the word. Pure.  */
bool fault_grammar_read (const char *text, enum fault_kind kind, struct fault_rule *rule,
                         char why[FAULT_WHY_ROOM]);

/* "RETRY", … of plugin.h.  */
const char *fault_code_name (int code);

/* ---- an instance ---- */

struct fault
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  const struct hfcore_storage *storage; /* one of both is not NULL  */
  const struct hfcore_transport *transport;
  uint64_t seed;
  struct fault_rule *rules;
  size_t rule_count;
  uint64_t rules_of[FAULT_OPS];          /* which rules are about an op, a bit each  */
  atomic_uint_fast64_t calls[FAULT_OPS]; /* so far; of ops with rules only  */
  atomic_uint_fast64_t written;          /* bytes, by writes that rules are about  */
};

/* What happens to one call.  */
struct fault_visit
{
  struct fault *fault;
  struct hfcore_call *call;
  enum fault_op op;
  uint64_t number; /* of the call, from 1; 0: there are no rules about its op  */
  uint64_t fired;  /* the rules that apply to it, a bit each  */
};

/* Count the call, find out what happens to it, wait, and fail if it is to fail: HFCORE_OK, go on,
 * or the result of the op.  */
int fault_enter (struct fault *fault, struct hfcore_call *call, enum fault_op op,
                 struct fault_visit *visit);
/* The same for an op whose data no rule can damage.  */
int fault_gate (struct fault *fault, struct hfcore_call *call, enum fault_op op);

/* The first rule of this deed that applies, NULL: none.  */
const struct fault_rule *fault_fired (const struct fault_visit *visit, enum fault_deed deed);
/* Of the rules that invert one of the `len` bytes from the offset `from` on, that with the first of
 * them; NULL: none.  */
const struct fault_rule *fault_next_flip (const struct fault_visit *visit, uint64_t from,
                                          uint64_t len);

/* Log "fault: injected …" and what it was, for this call.  */
void fault_tell (const struct fault_visit *visit, const struct fault_rule *rule, const char *format,
                 ...) HFCORE_PRINTF (3, 4);
/* The same, as the failure of the call; returns the rule's code.  */
int fault_fail (const struct fault_visit *visit, const struct fault_rule *rule, const char *format,
                ...) HFCORE_PRINTF (3, 4);

/* ---- bytes on their way out ---- */

/* Stands before the caller's sink, where a rule cuts or damages.  */
struct fault_sink
{
  const struct fault_visit *visit;
  const struct hfcore_sink *theirs;
  const struct fault_rule *cut;
  uint64_t offset; /* in the file, of the next byte  */
  uint64_t passed; /* bytes, in this call  */
  bool ended;      /* by a cut that is called a success  */
  struct hfcore_sink ours;
};

/* What to give to the op below: the caller's own sink, if no rule cuts or damages this call.  */
const struct hfcore_sink *fault_sink_begin (struct fault_sink *sink,
                                            const struct fault_visit *visit,
                                            const struct hfcore_sink *theirs);
/* The op's result, made out of what it returned below.  */
int fault_sink_end (struct fault_sink *sink, int code);

/* ---- the interfaces ---- */

int fault_open (void **self, struct hfcore_call *call, const struct hfcore_open *open);
void fault_close (void *self);
extern const struct hfcore_storage_ops fault_storage_ops;
extern const struct hfcore_transport_ops fault_transport_ops;

#endif
