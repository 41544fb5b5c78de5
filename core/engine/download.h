/* SPDX-License-Identifier: Apache-2.0 */
/* download.h: one file of one revision into the cache: every branch of spec 2.6.  */
#ifndef HFCORE_ENGINE_DOWNLOAD_H
#define HFCORE_ENGINE_DOWNLOAD_H

#include "core/engine/engine.h"
#include "core/engine/events.h"

struct download
{
  const struct hfcore_repo *repo;
  const char *revision;
  const char *path;
  uint32_t flags;                       /* HFCORE_FORCE, HFCORE_LOCAL_ONLY, HFCORE_DRY_RUN       */
  const struct hfcore_file_info *known; /* from the commit's file list, then `revision` is that
                                           commit and no HEAD is needed; or NULL                 */
  const size_t *storage;                /* look for the file in this one only; NULL: in all      */
  struct events *events;
};

struct downloaded
{
  char commit[41];
  char *path; /* local                                                 */
  uint64_t length;
  bool cached;        /* was there already                                     */
  bool will_download; /* dry run                                               */
};
void downloaded_free (struct downloaded *file);

/* Names are checked by the caller. Errors as hfcore_download_file tells them.  */
int download_file (struct engine *engine, struct hfcore_call *call, const struct download *ask,
                   struct downloaded *file);

/* The cache's answer where no source can be asked: what to say.  */
int download_not_cached (struct engine *engine, struct hfcore_call *call,
                         const struct hfcore_repo *repo, const char *revision, const char *path,
                         uint32_t flags);
/* A storage that is configured wrongly is told of before anybody is asked: CONFIG.  */
int download_check_storage (struct engine *engine, struct hfcore_call *call);
/* Offline, or told to look in the cache only.  */
bool download_asks_nobody (struct engine *engine, struct hfcore_call *call, uint32_t flags);

#endif
