/* SPDX-License-Identifier: Apache-2.0 */
/* archive_write.c: see archive_write.h.  */
#include "core/engine/archive_write.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/disk_error.h"
#include "core/util/os.h"

enum
{
  WAIT_MS = 50
};

static int
fail_errno (const struct archive_writer *writer, int os_errno)
{
  char advice[DISK_ADVICE_ROOM], room[128];
  int code = disk_error_code (os_errno, "folder", advice);
  call_fail (writer->call, code, "cannot write %s: %s%s", writer->name,
             strerror_r (os_errno, room, sizeof room), advice);
  writer->call->error.os_errno = os_errno;
  return code;
}

/* A tar_put.  */
static int
put (void *writer_, const void *bytes, size_t len)
{
  struct archive_writer *writer = writer_;
  for (size_t done = 0; done < len;)
    {
      int code = call_tick (writer->call, 0, 0);
      if (code != HFCORE_OK)
        return -1;
      size_t step = len - done;
      if (writer->may_block)
        {
          int ready = os_wait (writer->fd, true, WAIT_MS);
          if (ready == 0)
            continue;
          step = step < OS_PIPE_BYTES ? step : OS_PIPE_BYTES;
        }
      ssize_t got = write (writer->fd, (const char *) bytes + done, step);
      if (got < 0 && errno != EINTR && errno != EAGAIN)
        {
          fail_errno (writer, errno);
          return -1;
        }
      done += got > 0 ? (size_t) got : 0;
    }
  return 0;
}

/* What `put` recorded is told, else what libarchive says.  */
static int
settle (struct archive_writer *writer, uint32_t recorded, int result)
{
  if (result == 0)
    return HFCORE_OK;
  if (writer->call->recorded != recorded)
    return writer->call->error.code;
  return call_fail (writer->call, HFCORE_E_IO, "cannot write %s: %s", writer->name,
                    tar_writer_why (writer->tar));
}

int
archive_writer_open (struct archive_writer *writer)
{
  struct stat st;
  writer->path = TEXT_LIMIT (1 << 16);
  if (fstat (writer->fd, &st) < 0)
    return fail_errno (writer, errno);
  writer->may_block = !S_ISREG (st.st_mode);
  return HFCORE_OK;
}

static int
begin_tar (struct archive_writer *writer)
{
  const char *why = NULL;
  if (!writer->tar)
    writer->tar = tar_writer_new (put, writer, &why);
  return writer->tar ? HFCORE_OK
                     : call_fail (writer->call, HFCORE_E_IO, "cannot write archives: %s", why);
}

int
archive_write_text (struct archive_writer *writer, const char *path, const struct text *text)
{
  int code = begin_tar (writer);
  if (code != HFCORE_OK)
    return code;
  uint32_t recorded = writer->call->recorded;
  int result = tar_add_file (writer->tar, path, text->len);
  if (result == 0)
    result = tar_add_bytes (writer->tar, text->bytes, text->len);
  return settle (writer, recorded, result);
}

int
archive_write_entry (struct archive_writer *writer, const struct archive *archive,
                     const struct archive_entry *entry)
{
  CLEANUP_TEXT struct text target = TEXT_LIMIT (2 * ARCHIVE_PATH_MOST);
  int code = begin_tar (writer);
  if (code != HFCORE_OK)
    return code;
  writer->path.len = 0;
  archive_put_path (archive, entry, &writer->path);
  if (entry->kind == ARCHIVE_FILE)
    archive_put_target (entry, &target);
  if (writer->path.failed || target.failed)
    return call_fail (writer->call, HFCORE_E_NOMEM, "out of memory");
  uint32_t recorded = writer->call->recorded;
  int result = entry->kind == ARCHIVE_FILE
                   ? tar_add_link (writer->tar, writer->path.bytes, target.bytes)
                   : tar_add_file (writer->tar, writer->path.bytes, entry->length);
  return settle (writer, recorded, result);
}

int
archive_write_bytes (struct archive_writer *writer, const void *bytes, size_t len)
{
  uint32_t recorded = writer->call->recorded;
  return settle (writer, recorded, tar_add_bytes (writer->tar, bytes, len));
}

int
archive_writer_end (struct archive_writer *writer)
{
  uint32_t recorded = writer->call->recorded;
  return writer->tar ? settle (writer, recorded, tar_writer_end (writer->tar)) : HFCORE_OK;
}

void
archive_writer_close (struct archive_writer *writer)
{
  tar_writer_free (writer->tar);
  text_free (&writer->path);
  writer->tar = NULL;
}

int
archive_write_plain (struct archive_writer *writer, const struct text *text)
{
  uint32_t recorded = writer->call->recorded;
  return put (writer, text->bytes, text->len) == 0 ? HFCORE_OK : settle (writer, recorded, -1);
}
