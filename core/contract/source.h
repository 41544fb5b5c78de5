/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: the files that a transport under check is asked for, where we decide what it has: below
 * a `root` of ours, and in the reference below a wrapper.
 *
 * A transport with an option `root` of type PATH finds a plain tree there:
 *
 *   ROOT/TYPEs/ORG/NAME/REVISION/PATH      ROOT/models/hfcore/contract/main/config.json
 *
 * Which commits its revisions are is the transport's to say; every folder below REVISION is part
 * of the paths, every regular file there is a file of that revision, and there is nothing else.  */
#ifndef HFCORE_CONTRACT_SOURCE_H
#define HFCORE_CONTRACT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/contract/case.h"
#include "core/util/digest.h"

#define SOURCE_TYPE     "model"
#define SOURCE_ID       "hfcore/contract"
#define SOURCE_MANY_ID  "hfcore/many"
#define SOURCE_REVISION "main"

/* A file of the revision main of SOURCE_ID.  */
struct source_sample
{
  const char *path;
  const char *text; /* NULL: `length` bytes that look like chance  */
  uint64_t length;
  bool is_lfs; /* the reference names it by SHA-256  */
};

enum
{
  SOURCE_SAMPLES = 7,
  SOURCE_MANY = 1200 /* files of SOURCE_MANY_ID, each with these bytes: */
};
#define SOURCE_MANY_TEXT "0123456789"
extern const struct source_sample source_samples[SOURCE_SAMPLES];

/* NULL: there is none.  */
const struct source_sample *source_sample (const char *path);
uint64_t source_length (const struct source_sample *sample);
/* Bytes of a sample; `offset` + `len` lie in it.  */
void source_bytes (const struct source_sample *sample, uint64_t offset, void *to, size_t len);
/* Of a whole sample; false: libcrypto cannot.  */
bool source_digest (const struct source_sample *sample, enum digest_kind kind, char hex[65]);
/* "data/f0000.txt" …  */
void source_many_path (unsigned number, char path[32]);

/* Is it known which files there are: is `source` one of ours?  */
bool source_is_ours (const struct contract_source *source);
/* That of SOURCE_MANY_ID's main in this transport; ends the case as skipped where there is none. It
 * lives as long as the process.  */
const char *source_many_commit (struct contract *contract,
                                const struct contract_transport *transport);

/* Can there be what the run was told to ask for? HFCORE_OK or why not.  */
int source_check_names (const struct contract_ask *ask, struct hfcore_error *error);
/* In a process of its own: `facts->code` becomes HFCORE_E_CONFIG where the plugin has nothing of
 * what was named.  */
void source_probe (struct contract *contract);

#endif
