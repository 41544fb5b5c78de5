/* SPDX-License-Identifier: Apache-2.0 */
/* broken.h: a transport that has one file, "abc.txt" with "abc" in it, in every repository, for
 * plugins that get one thing wrong.  */
#ifndef HFCORE_TESTS_BROKEN_H
#define HFCORE_TESTS_BROKEN_H

#include <string.h>
#include <hfcore/plugin.h>

#define BROKEN_BYTES  "abc"
#define BROKEN_PATH   "abc.txt"
#define BROKEN_ETAG   "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"
#define BROKEN_COMMIT "1234567890123456789012345678901234567890"

static const struct hfcore_host *broken_host;

static inline int
broken_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  (void) call;
  broken_host = open->host;
  *self = NULL;
  return HFCORE_OK;
}

static inline void
broken_close (void *self)
{
  (void) self;
}

static inline int
broken_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *revision, const char *path, struct hfcore_file_info *info)
{
  (void) self;
  (void) repo;
  (void) revision;
  info->commit = broken_host->keep (call, BROKEN_COMMIT, strlen (BROKEN_COMMIT));
  if (!info->commit)
    return HFCORE_E_NOMEM;
  if (!path)
    return HFCORE_OK;
  if (strcmp (path, BROKEN_PATH) != 0)
    {
      broken_host->fail (call, HFCORE_E_NOTFOUND, "%s is not there", path);
      broken_host->why (call, 0, 0, 0, HFCORE_MISSING_FILE);
      return HFCORE_E_NOTFOUND;
    }
  info->path = path;
  info->length = strlen (BROKEN_BYTES);
  info->etag = broken_host->keep (call, BROKEN_ETAG, strlen (BROKEN_ETAG));
  return info->etag ? HFCORE_OK : HFCORE_E_NOMEM;
}

#endif
