/* SPDX-License-Identifier: Apache-2.0 */
/* archive_read.h: an archive out of a descriptor, which may be a pipe that is slow. What it holds
 * was written by others: nothing is believed that its manifest does not say, and whatever is not
 * exactly so is refused with CORRUPT.  */
#ifndef HFCORE_ENGINE_ARCHIVE_READ_H
#define HFCORE_ENGINE_ARCHIVE_READ_H

#include "core/engine/archive.h"
#include "core/plugin/call.h"
#include "core/util/tar.h"

struct archive_reader
{
  struct hfcore_call *call;
  int fd;
  const char *name;       /* for messages: "the archive", or a path  */
  const char *advice;     /* what they end with: "; nothing was added"  */
  struct archive archive; /* as the manifest says  */
  struct tar_reader *tar;
  struct text path, target; /* of the entry that is expected  */
  char *buffer;
  size_t held;        /* bytes in the buffer that libarchive has not had  */
  uint64_t offset;    /* bytes of the input so far  */
  uint64_t last_used; /* behind the last one that is not zero  */
};

/* Set up with all members up to `advice`, the rest zero. All return a code, with the failure in the
 * call. archive_reader_close is always due.
 *
 * Read the manifest, which comes first; `may_be_bare`: or it is all that there is.  */
int archive_reader_open (struct archive_reader *reader, bool may_be_bare);
/* The next entry of the archive is to be this one; then its bytes, as they come: how many, 0 at
 * their end, good until the next call. All of them are to be read.  */
int archive_read_entry (struct archive_reader *reader, const struct archive_entry *expected);
int archive_read_bytes (struct archive_reader *reader, const void **bytes, size_t *got);
/* There is to be nothing more.  */
int archive_reader_end (struct archive_reader *reader);
void archive_reader_close (struct archive_reader *reader);

/* Refuse the archive for this entry (NULL: as a whole). CORRUPT.  */
int archive_refuse (struct archive_reader *reader, const struct archive_entry *entry,
                    const char *format, ...) __attribute__ ((format (printf, 3, 4)));

#endif
