/* SPDX-License-Identifier: Apache-2.0 */
/* trim.h: the storage that is written, made to fit into a size: what was not used for longest goes.
 *
 *   struct trim_ask ask = { .limit = …, .now_ns = … };
 *   struct trim_plan *plan;
 *   trim_look (engine, call, &ask, &plan);       reads the storage, removes nothing
 *   … plan->units, plan->strategy …
 *   trim_execute (plan, engine, call, &listener, &done);
 *   trim_plan_free (plan);
 *
 * What nobody can use goes first, all of it: blobs of no revision, downloads that died, unused
 * payloads of the shared store. Then revisions, by their last use: that of hfcore's own records
 * (use_mark), or of a later access to a blob that no other revision has. Whatever was used, or
 * made, within the last hour stays.  */
#ifndef HFCORE_ENGINE_TRIM_H
#define HFCORE_ENGINE_TRIM_H

#include "core/engine/strategy.h"
#include "core/util/open_files.h"

enum trim_fate
{
  TRIM_GOES,
  TRIM_FITS,  /* it stays, for the rest is small enough without it                               */
  TRIM_EMPTY, /* … for nothing would be freed: others have all its blobs                         */
  TRIM_RECENT, /* … used within the last hour                                                     */
  TRIM_OPEN, /* … a program has a file of it open                                               */
  TRIM_BUSY, /* … its repository is being downloaded to                                         */
  TRIM_NEEDED, /* … it is what is about to be downloaded                                          */
  TRIM_PINNED,
  TRIM_DAMAGED /* … a scan warns of its repository, where nothing is deleted                      */
};

/* One revision.  */
struct trim_unit
{
  const struct holdings_repo *repo;
  const struct holdings_revision *revision;
  int64_t used_ns;
  uint64_t bytes; /* that go with it, or stay with it; what several have counts once, with the one
                     that was used last                                                           */
  enum trim_fate fate;
};

/* What a download is about to add.  */
struct trim_coming
{
  const struct hfcore_repo *repo;
  const char *commit;
  const char *const *etags; /* of the blobs that are to be fetched                                */
  size_t count;
  uint64_t bytes; /* of these                                                                     */
};

struct trim_ask
{
  uint64_t limit; /* bytes                                                                        */
  int64_t now_ns; /* since 1970                                                                   */
  const char *const *pins; /* beside the configured ones; see core/util/pin.h                     */
  size_t pin_count;
  const struct trim_coming *coming; /* or NULL                                                    */
};

struct trim_plan
{
  struct holdings *holdings; /* its own                                                           */
  struct trim_unit *units;   /* the least recently used first                                     */
  size_t count;
  uint64_t size;  /* bytes of all blobs, partials and payloads now                                */
  uint64_t limit; /* what may stay of them: that of the ask without what comes                    */
  bool fits;      /* it will                                                                      */
  struct strategy *strategy; /* NULL: it fits already                                             */
};

/* The pure part: what would have to go of these holdings of one storage. Takes `holdings`.
 * NOMEM.  */
int trim_choose (struct holdings *holdings, const struct trim_ask *ask,
                 const struct open_files *open, struct hfcore_call *call, struct trim_plan **plan);
/* The same of the storage that is written, as it is now. READONLY: there is none; NOTFOUND with
 * HFCORE_MISSING_CACHE.  */
int trim_look (struct engine *engine, struct hfcore_call *call, const struct trim_ask *ask,
               struct trim_plan **plan);
/* As strategy_execute; where it fits already, what a killed deletion left is swept all the
 * same.  */
int trim_execute (const struct trim_plan *plan, struct engine *engine, struct hfcore_call *call,
                  const struct strategy_listener *listener, struct strategy_done *done);
void trim_plan_free (struct trim_plan *plan);

/* ---- for downloads ---- */

/* Is there a limit that downloads are to keep?  */
bool trim_is_wanted (const struct engine *engine);
/* May the storage have so many bytes of one download? NOSPACE: the limit is smaller.  */
int trim_check_size (struct engine *engine, struct hfcore_call *call,
                     const struct hfcore_repo *repo, uint64_t bytes);
/* Make room for what comes, and say what was freed. That there cannot be enough is told and no
 * failure.  */
int trim_for_download (struct engine *engine, struct hfcore_call *call,
                       const struct trim_coming *coming);

#endif
