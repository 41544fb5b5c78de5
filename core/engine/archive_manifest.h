/* SPDX-License-Identifier: Apache-2.0 */
/* archive_manifest.h: the first file of an archive: all that follows, in its order, and the blobs
 * that do not because the other side has them. JSON, one entry a line:
 *
 *   {
 *    "format": "hfcore-export",
 *    "version": 1,
 *    "entries": [
 *     {"path": "models--org--m/blobs/95d0…", "size": 11},
 *     {"path": "models--org--m/snapshots/1111…/a.txt", "link": "../../blobs/95d0…"},
 *     {"path": "models--org--m/trees/1111….json", "size": 120, "sha256": "b94d…"},
 *     {"path": "models--org--m/refs/main", "size": 40, "commit": "1111…"}
 *    ],
 *    "needs": [
 *    ]
 *   }
 *
 * A blob whose etag is no digest has "sha256" too. The text has one form only, and is read by the
 * line, so that it takes little memory: whatever is written otherwise is no manifest.  */
#ifndef HFCORE_ENGINE_ARCHIVE_MANIFEST_H
#define HFCORE_ENGINE_ARCHIVE_MANIFEST_H

#include <stddef.h>
#include "core/engine/archive.h"

#define ARCHIVE_MANIFEST_MOST ((size_t) 128 << 20) /* bytes; about a million entries  */

/* Of a sorted archive. `to->failed`: no memory, or more than its limit.  */
void archive_manifest_write (const struct archive *archive, struct text *to);

/* A manifest that is being read. Set up with `archive` (empty) alone, the rest zero.  */
struct archive_manifest
{
  struct archive *archive;
  struct text line;
  size_t stage;    /* lines of the frame that came  */
  size_t listed;   /* entries of the list that came  */
  bool is_last;    /* the entry before ends its list  */
  size_t number;   /* of the line, from 1  */
  const char *why; /* what is wrong: static text  */
  const char *at;  /* the path of the entry that makes no sense; NULL: the line tells  */
};
/* The next bytes of its text; then, when all came, its end: the archive is sorted and checked.
 * 0, or -1 and `why` says what is wrong.  */
int archive_manifest_read (struct archive_manifest *manifest, const char *bytes, size_t len);
int archive_manifest_end (struct archive_manifest *manifest);
void archive_manifest_free (struct archive_manifest *manifest); /* the archive stays  */

#endif
