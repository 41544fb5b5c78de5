/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_room.c: see snapshot_room.h.  */
#include "core/engine/snapshot_room.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/cached.h"
#include "core/engine/trim.h"
#include "core/util/cleanup.h"

static int
by_etag (const void *a_, const void *b_)
{
  const struct hfcore_file_info *const *a = a_, *const *b = b_;
  return strcmp ((*a)->etag, (*b)->etag);
}

/* The files with an etag and a length, those to come or all of them, one for each blob, and their
 * bytes.  */
static uint64_t
pick (const struct file_list *list, const size_t *wanted, size_t wanted_count, const bool *coming,
      const struct hfcore_file_info **files, size_t *count)
{
  uint64_t bytes = 0;
  size_t picked = 0;
  *count = 0;
  for (size_t i = 0; i < wanted_count; i++)
    {
      const struct hfcore_file_info *info = &list->files[wanted[i]];
      if (info->etag && info->length != HFCORE_SIZE_UNKNOWN && (!coming || coming[i]))
        files[picked++] = info;
    }
  if (picked)
    qsort (files, picked, sizeof *files, by_etag);
  for (size_t i = 0; i < picked; i++)
    if (i == 0 || strcmp (files[i]->etag, files[i - 1]->etag) != 0)
      {
        bytes += files[i]->length;
        ++*count;
      }
  for (size_t i = 1, to = 1; i < picked; i++)
    if (strcmp (files[i]->etag, files[to - 1]->etag) != 0)
      files[to++] = files[i];
  return bytes;
}

int
snapshot_find_coming (struct engine *engine, struct hfcore_call *call,
                      const struct snapshot_request *ask, const struct file_list *list,
                      const size_t *wanted, const struct snapshot *snapshot, size_t written,
                      bool **coming, bool *any)
{
  CLEANUP_FREE bool *found = calloc (snapshot->count + 1, sizeof *found);
  *any = false;
  if (!found)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  for (size_t i = 0; i < snapshot->count; i++)
    {
      const struct hfcore_file_info *info = &list->files[wanted[i]];
      const struct cached_ask file = { .file = { .engine = engine,
                                                 .events = ask->events,
                                                 .repo = ask->repo,
                                                 .commit = snapshot->commit,
                                                 .path = info->path,
                                                 .etag = info->etag,
                                                 .length = info->length },
                                       .dry = true };
      struct hfcore_stored_file stored;
      bool would;
      CLEANUP_CALL struct hfcore_call one;
      engine_call_within (call, &one);
      int code = cached_would_do (&file, &one, written, &stored, &would);
      if (code != HFCORE_OK)
        return call_adopt_error (call, &one);
      found[i] = !would;
      *any = *any || !would;
    }
  CLEANUP_FREE const struct hfcore_file_info **files = calloc (snapshot->count + 1, sizeof *files);
  size_t count;
  if (!files)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  *coming = TAKE_PTR (found);
  return *any ? trim_check_size (engine, call, ask->repo,
                                 pick (list, wanted, snapshot->count, NULL, files, &count))
              : HFCORE_OK;
}

int
snapshot_make_room (struct engine *engine, struct hfcore_call *call,
                    const struct snapshot_request *ask, const struct file_list *list,
                    const size_t *wanted, const struct snapshot *snapshot, const bool *coming)
{
  CLEANUP_FREE const struct hfcore_file_info **files = calloc (snapshot->count + 1, sizeof *files);
  CLEANUP_FREE const char **etags = calloc (snapshot->count + 1, sizeof *etags);
  struct trim_coming what = { .repo = ask->repo, .commit = snapshot->commit, .etags = etags };
  if (!files || !etags)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  what.bytes = pick (list, wanted, snapshot->count, coming, files, &what.count);
  for (size_t i = 0; i < what.count; i++)
    etags[i] = files[i]->etag;
  return trim_for_download (engine, call, &what);
}
