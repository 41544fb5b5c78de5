/* SPDX-License-Identifier: Apache-2.0 */
/* download.h: one file of one revision into the cache: every branch of spec 2.6.  */
#ifndef HFCORE_ENGINE_DOWNLOAD_H
#define HFCORE_ENGINE_DOWNLOAD_H

#include "core/engine/engine.h"
#include "core/engine/events.h"
#include "core/engine/mirrors.h"

struct local_dir;

struct download
{
  const struct hfcore_repo *repo;
  const char *revision;
  const char *path;
  uint32_t flags;                       /* HFCORE_FORCE, HFCORE_LOCAL_ONLY, HFCORE_DRY_RUN       */
  const struct hfcore_file_info *known; /* from the commit's file list, then `revision` is that
                                           commit and no HEAD is needed; or NULL                 */
  const size_t *storage;                /* a snapshot's home: the file is wanted in this one; NULL:
                                           where it lies                                         */
  const struct local_dir *local;        /* put it there, not into the cache (spec 3); or NULL    */
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

/* What is said of a file whose pointer leads nowhere.  */
#define DOWNLOAD_IS_GONE " (its pointer leads nowhere: the storage where it lay is gone)"
/* The cache's answer where no source can be asked: what to say.  */
int download_not_cached (struct engine *engine, struct hfcore_call *call,
                         const struct hfcore_repo *repo, const char *revision, const char *path,
                         uint32_t flags);
/* Say that what is cached stands in for a source. Offline it is what was asked for: then only a
 * source that has failed is worth a warning, not one that does not have it.  */
void download_fell_back (struct engine *engine, const struct hfcore_error *why, const char *what);
const char *download_why_nobody (const struct engine *engine, uint32_t flags);
/* The same of a forced download, which has no other answer. CONFIG.  */
int download_fail_forced (const struct engine *engine, struct hfcore_call *call, uint32_t flags);
/* Does a look-up that ended like this settle the matter, whatever is cached?  */
bool download_is_final (const struct hfcore_call *call, int code);
/* Where the file list of the commit promised one file and another came: what does the Hub itself
 * say of it? A list that is remembered wrongly must not stand in the way for ever. HFCORE_PASS: it
 * says the same.  */
int download_locate_again (struct engine *engine, struct hfcore_call *call,
                           const struct download *ask, struct located *located);
/* A storage that is configured wrongly is told of before anybody is asked: CONFIG.  */
int download_check_storage (struct engine *engine, struct hfcore_call *call);
/* Offline, or told to look in the cache only.  */
bool download_asks_nobody (struct engine *engine, struct hfcore_call *call, uint32_t flags);

#endif
