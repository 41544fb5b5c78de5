/* SPDX-License-Identifier: Apache-2.0 */
/* archive_source.h: the bytes of a cached blob, wherever they lie: under its etag, or in a file of
 * a snapshot that is no link.  */
#ifndef HFCORE_ENGINE_ARCHIVE_SOURCE_H
#define HFCORE_ENGINE_ARCHIVE_SOURCE_H

#include "core/engine/archive.h"
#include "core/engine/engine.h"
#include "core/util/digest.h"

struct archive_source
{
  struct hfcore_call *call;
  const struct hfcore_storage *storage;
  const struct hfcore_repo *repo;
  const char *etag; /* NULL: read from `path`  */
  const char *name; /* of the file, for messages  */
  char *path;
  uint64_t length;
};
void archive_source_free (struct archive_source *source);
#define CLEANUP_SOURCE __attribute__ ((cleanup (archive_source_free)))

/* Of a gathered file or blob; the etag may be NULL. What the entry's strings say must outlive the
 * source. CORRUPT: its bytes are not there.  */
int archive_source_find (struct engine *engine, struct hfcore_call *call,
                         const struct archive *archive, const struct archive_entry *entry,
                         struct archive_source *source);
/* Hand out exactly `length` bytes; what `data` returns stops it. CORRUPT: there are others.  */
int archive_source_read (const struct archive_source *source,
                         int (*data) (void *ctx, const void *bytes, size_t len), void *ctx);
int archive_source_digest (const struct archive_source *source, enum digest_kind kind,
                           char hex[65]);

#endif
