/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.h: one blob from the transports, or from another storage, into the storage that is written:
 * resumed, hashed while it streams, and published only when length and digest are right.  */
#ifndef HFCORE_ENGINE_FETCH_H
#define HFCORE_ENGINE_FETCH_H

#include "core/engine/engine.h"
#include "core/engine/events.h"
#include "core/engine/mirrors.h"

/* Bytes that lie in another storage.  */
struct fetch_copy
{
  size_t storage;   /* the registry's index                                             */
  const char *path; /* local; NULL: the storage's `read` gives the blob                 */
};

struct fetch
{
  struct engine *engine;
  struct events *events;
  const struct hfcore_storage *storage;
  const struct hfcore_repo *repo;
  const char *commit;
  const char *path;
  const char *etag;
  uint64_t length;
  const struct located *located; /* where the first try reads; NULL: by commit and path          */
  const struct fetch_copy *copy; /* read this in place of the transports; or NULL                */
  bool force;                    /* fetch again what is there, and resume nothing                */
};

struct fetched
{
  bool published; /* by this call                                                     */
  bool is_new;    /* … and the blob was not there before                              */
};

/* The blob is in the storage. Held under the blob's lock by the caller. Errors: CORRUPT after a
 * second try from zero, or where what is copied is not the blob or cannot be read; CONFLICT: the
 * source has another file under that name than `etag` says; NOTFOUND, AUTH, RETRY, DOWN from the
 * last source asked; NOSPACE, READONLY, IO, CANCELLED. What came is kept for the next run, except
 * after CORRUPT.  */
int fetch_blob (const struct fetch *fetch, struct hfcore_call *call, struct fetched *fetched);

#endif
