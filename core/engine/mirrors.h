/* SPDX-License-Identifier: Apache-2.0 */
/* mirrors.h: the transports as one: asked in order. One that is down, refuses, or does not have
 * the repository is left for the next at once; when all have failed, what the last one says
 * counts, and those that failed in passing are asked again after a pause (spec 2.9).  */
#ifndef HFCORE_ENGINE_MIRRORS_H
#define HFCORE_ENGINE_MIRRORS_H

#include "core/engine/engine.h"

/* Where a file is: what a transport's `resolve` said, kept. Free with located_free.  */
struct located
{
  char commit[41]; /* "" where it was not told                                        */
  char *etag;
  char *location;
  uint64_t length;
  size_t source; /* the transport's index                                           */
};
void located_free (struct located *located);
#define CLEANUP_LOCATED __attribute__ ((cleanup (located_free)))

/* A transport, opened; HFCORE_PASS: offline it may not be asked, and what cannot be local is not
 * even loaded.  */
int mirrors_open (struct engine *engine, struct hfcore_call *call, size_t source,
                  const struct hfcore_transport **transport);
/* Is there a transport that may be asked at all (offline: only local ones)?  */
bool mirrors_any (struct engine *engine, struct hfcore_call *call);

/* Ask each transport once which commit `revision` is (path NULL), or what `path` in it is. A
 * commit is always told on success, and so are etag and length of a file. With NOTFOUND and
 * missing FILE, `located->commit` may tell the commit. DOWN and RETRY tell that no source could
 * be reached; `*again` (may be NULL) whether asking again later makes sense.  */
int mirrors_resolve (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *revision, const char *path,
                     struct located *located, bool *again);
/* One transport only, without retries.  */
int mirrors_resolve_at (struct engine *engine, struct hfcore_call *call, size_t source,
                        const struct hfcore_repo *repo, const char *revision, const char *path,
                        struct located *located);
/* As mirrors_resolve, with pauses and retries. `has_failed`: a first round has, as `call->error`
 * says, so begin with a pause.  */
int mirrors_resolve_again (struct engine *engine, struct hfcore_call *call,
                           const struct hfcore_repo *repo, const char *revision, const char *path,
                           struct located *located, bool has_failed);
/* All files of a commit, with retries. `restart` is called before each try: what came before it
 * is void. `*incomplete`: the source could not tell whether these are all, and no other has a whole
 * list.  */
int mirrors_list (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_sink *sink,
                  void (*restart) (void *ctx), bool *incomplete);

/* Log that something is tried again and wait. `*retry` counts. Not HFCORE_OK: give up.  */
int mirrors_pause (struct engine *engine, struct hfcore_call *call, unsigned *retry,
                   const struct hfcore_error *why);

#endif
