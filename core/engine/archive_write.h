/* SPDX-License-Identifier: Apache-2.0 */
/* archive_write.h: an archive into a descriptor, which may be a pipe that nobody reads: waiting for
 * it obeys the call.  */
#ifndef HFCORE_ENGINE_ARCHIVE_WRITE_H
#define HFCORE_ENGINE_ARCHIVE_WRITE_H

#include "core/engine/archive.h"
#include "core/plugin/call.h"
#include "core/util/tar.h"

struct archive_writer
{
  struct hfcore_call *call;
  int fd;
  const char *name; /* for messages: "the archive", or a path  */
  bool may_block;   /* it is no plain file  */
  struct tar_writer *tar;
  struct text path; /* of the entry in the making  */
};

/* Set up with all members up to `name`, the rest zero. All return a code, with the failure in the
 * call. The archive is good when archive_writer_end was OK. archive_writer_close is always due.  */
int archive_writer_open (struct archive_writer *writer);
/* A file whole, or one of which the bytes are still to be added.  */
int archive_write_text (struct archive_writer *writer, const char *path, const struct text *text);
int archive_write_entry (struct archive_writer *writer, const struct archive *archive,
                         const struct archive_entry *entry);
int archive_write_bytes (struct archive_writer *writer, const void *bytes, size_t len);
int archive_writer_end (struct archive_writer *writer);
void archive_writer_close (struct archive_writer *writer);

/* Text as it is in place of an archive.  */
int archive_write_plain (struct archive_writer *writer, const struct text *text);

#endif
