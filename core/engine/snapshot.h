/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h: the files of one revision, several at a time (spec 4).  */
#ifndef HFCORE_ENGINE_SNAPSHOT_H
#define HFCORE_ENGINE_SNAPSHOT_H

#include "core/engine/download.h"
#include "core/engine/engine.h"
#include "core/engine/events.h"

struct snapshot_request
{
  const struct hfcore_repo *repo;
  const char *revision;
  uint32_t flags;             /* HFCORE_FORCE, HFCORE_LOCAL_ONLY, HFCORE_DRY_RUN               */
  const char *const *include; /* NULL: all                                                     */
  size_t include_count;
  const char *const *exclude;
  size_t exclude_count;
  unsigned max_workers;          /* 0: as configured                                              */
  const struct local_dir *local; /* put the files there, not into the cache (spec 3); or NULL  */
  struct events *events;
};

struct snapshot_file
{
  char *file; /* in the repository                                             */
  struct downloaded downloaded;
};

struct snapshot
{
  char commit[41];
  char *folder;
  struct snapshot_file *files; /* that passed the patterns, by name; none when the cache
                                   answered without a file list                                  */
  size_t count;
};
void snapshot_free (struct snapshot *snapshot);

/* Names are checked by the caller. Errors as hfcore_download_snapshot tells them.  */
int snapshot_download (struct engine *engine, struct hfcore_call *call,
                       const struct snapshot_request *ask, struct snapshot *snapshot);

#endif
