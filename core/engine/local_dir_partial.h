/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_partial.h: a file of a local folder before it has its name: beside its metadata, as
 * <H>.<etag>.<8hex>.incomplete, where <H> stands for the file (spec 3.1).
 *
 * Who writes one holds a flock on it, so that what a killed process left can be told from what is
 * still written. Those of one file are only looked for under that file's lock: then no client that
 * locks is about to make one, whatever it does with its own partials.  */
#ifndef HFCORE_ENGINE_LOCAL_DIR_PARTIAL_H
#define HFCORE_ENGINE_LOCAL_DIR_PARTIAL_H

#include "core/engine/local_dir_place.h"

enum
{
  LOCAL_HASH_ROOM = 29
};

struct local_partial
{
  int fd;                  /* -1: none  */
  char name[NAME_MAX + 1]; /* in the folder of the metadata  */
};
#define LOCAL_PARTIAL_NONE ((struct local_partial){ .fd = -1 })

/* <H> of a file with this name: URL-safe base64 of the SHA-1 of NAME.metadata.  */
int local_partial_hash (struct hfcore_call *call, const char *name, char hash[LOCAL_HASH_ROOM]);

/* A name for a new partial.  */
int local_partial_name (struct hfcore_call *call, const struct local_place *place, const char *etag,
                        char name[NAME_MAX + 1]);
/* A new, empty one.  */
int local_partial_new (struct hfcore_call *call, const struct local_place *place, const char *etag,
                       struct local_partial *partial);
/* Under the file's lock: the longest that was left of this etag, if there is any (else partial->fd
 * stays -1), of which `*have` bytes from the start are there, at most `expect`. All others that
 * were left of this file are removed.  */
int local_partial_claim (struct hfcore_call *call, const struct local_place *place,
                         const char *etag, uint64_t expect, uint64_t *have,
                         struct local_partial *partial);

/* Give it its name, in the place of what stands there; the metadata of that goes first. It ends as
 * with local_partial_drop, whatever is returned. `sync`: also when it has to be copied, because a
 * link leads to another disk.  */
int local_partial_finish (struct hfcore_call *call, const struct local_place *place, bool sync,
                          struct local_partial *partial);
/* End it: remove it, or leave it to whoever comes next.  */
void local_partial_drop (const struct local_place *place, struct local_partial *partial);
void local_partial_keep (struct local_partial *partial);

#endif
