/* SPDX-License-Identifier: Apache-2.0 */
/* archive_read.c: see archive_read.h.  */
#include "core/engine/archive_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/engine/archive_manifest.h"
#include "core/util/cleanup.h"
#include "core/util/os.h"

/* Of a name that is not the expected one: a tar may have it as long as it likes.  */
#define SHOWN "%.200s"

enum
{
  WAIT_MS = 50,
  BUFFER_BYTES = 256 << 10,
  END_MARK = 1024,       /* bytes of zeros  */
  PADDING_MOST = 1 << 20 /* that a writer may put behind it  */
};

int
archive_refuse (struct archive_reader *reader, const struct archive_entry *entry,
                const char *format, ...)
{
  CLEANUP_TEXT struct text why = TEXT_LIMIT (1 << 16), path = TEXT_LIMIT (1 << 16);
  va_list args;
  va_start (args, format);
  text_vaddf (&why, format, args);
  va_end (args);
  if (entry)
    archive_put_path (&reader->archive, entry, &path);
  if (why.failed || path.failed)
    return call_fail (reader->call, HFCORE_E_NOMEM, "out of memory");
  return call_fail (reader->call, HFCORE_E_CORRUPT, "%s is no good%s%s: %s%s", reader->name,
                    entry ? ", at " : "", entry ? path.bytes : "", why.bytes, reader->advice);
}

/* ---- bytes ---- */

static void
note_last_used (struct archive_reader *reader, size_t len)
{
  while (len > 0 && reader->buffer[len - 1] == 0)
    len--;
  if (len > 0)
    reader->last_used = reader->offset + len;
}

/* 0: the end; -1: the failure is recorded.  */
static ssize_t
fill (struct archive_reader *reader)
{
  for (;;)
    {
      if (call_tick (reader->call, 0, 0) != HFCORE_OK)
        return -1;
      if (os_wait (reader->fd, false, WAIT_MS) == 0)
        continue;
      ssize_t got = read (reader->fd, reader->buffer, BUFFER_BYTES);
      if (got < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (got < 0)
        {
          char room[128];
          int os_errno = errno;
          call_fail (reader->call, HFCORE_E_IO, "cannot read %s: %s", reader->name,
                     strerror_r (os_errno, room, sizeof room));
          reader->call->error.os_errno = os_errno;
          return -1;
        }
      note_last_used (reader, (size_t) got);
      reader->offset += (uint64_t) got;
      return got;
    }
}

/* A tar_get.  */
static ssize_t
get (void *reader_, const void **bytes)
{
  struct archive_reader *reader = reader_;
  ssize_t got = reader->held > 0 ? (ssize_t) reader->held : fill (reader);
  reader->held = 0;
  *bytes = reader->buffer;
  return got;
}

/* What libarchive failed for, unless `get` has said.  */
static int
settle (struct archive_reader *reader, uint32_t recorded)
{
  if (reader->call->recorded != recorded)
    return reader->call->error.code;
  return archive_refuse (reader, NULL, "%s", tar_reader_why (reader->tar));
}

static int
next (struct archive_reader *reader, struct tar_entry *found)
{
  uint32_t recorded = reader->call->recorded;
  return tar_next (reader->tar, found) == 0 ? HFCORE_OK : settle (reader, recorded);
}

int
archive_read_bytes (struct archive_reader *reader, const void **bytes, size_t *got)
{
  uint32_t recorded = reader->call->recorded;
  ssize_t len = tar_read (reader->tar, bytes);
  *got = len > 0 ? (size_t) len : 0;
  return len >= 0 ? HFCORE_OK : settle (reader, recorded);
}

/* ---- the manifest ---- */

static int
refuse_manifest (struct archive_reader *reader, const struct archive_manifest *manifest)
{
  if (manifest->why == archive_no_memory)
    return call_fail (reader->call, HFCORE_E_NOMEM, "out of memory");
  if (manifest->at)
    return archive_refuse (reader, NULL, "its manifest has %s, but %s", manifest->at,
                           manifest->why);
  return archive_refuse (reader, NULL, "line %zu of its manifest: %s", manifest->number,
                         manifest->why);
}

static int
read_manifest (struct archive_reader *reader, struct archive_manifest *manifest)
{
  for (;;)
    {
      const void *bytes;
      size_t got;
      int code = archive_read_bytes (reader, &bytes, &got);
      if (code != HFCORE_OK)
        return code;
      if (got == 0)
        return HFCORE_OK;
      if (archive_manifest_read (manifest, bytes, got) < 0)
        return refuse_manifest (reader, manifest);
    }
}

static int
read_first (struct archive_reader *reader, struct archive_manifest *manifest)
{
  const char *why = NULL;
  struct tar_entry found;
  reader->tar = tar_reader_new (get, reader, &why);
  if (!reader->tar)
    return call_fail (reader->call, HFCORE_E_IO, "cannot read archives: %s", why);
  int code = next (reader, &found);
  if (code != HFCORE_OK)
    return code;
  if (found.kind != TAR_FILE || strcmp (found.name, ARCHIVE_MANIFEST) != 0)
    return archive_refuse (reader, NULL, "its first file is not %s: hfcore did not make it",
                           ARCHIVE_MANIFEST);
  if (found.size > ARCHIVE_MANIFEST_MOST)
    return archive_refuse (reader, NULL, "its manifest has %llu bytes",
                           (unsigned long long) found.size);
  return read_manifest (reader, manifest);
}

static int
read_bare (struct archive_reader *reader, struct archive_manifest *manifest)
{
  for (;;)
    {
      const void *bytes;
      ssize_t got = get (reader, &bytes);
      if (got < 0)
        return reader->call->error.code;
      if (got == 0)
        return HFCORE_OK;
      if (reader->offset > ARCHIVE_MANIFEST_MOST)
        return archive_refuse (reader, NULL, "a manifest is not that long");
      if (archive_manifest_read (manifest, bytes, (size_t) got) < 0)
        return refuse_manifest (reader, manifest);
    }
}

/* What the first bytes say it is instead; or NULL.  */
static const char *
compressed_as (const char *bytes, size_t len)
{
  static const struct
  {
    const char *name, *magic;
    size_t len;
  } kinds[] = { { "gzip", "\x1f\x8b", 2 },
                { "zstd", "\x28\xb5\x2f\xfd", 4 },
                { "xz",
                  "\xfd"
                  "7zXZ",
                  5 },
                { "bzip2", "BZh", 3 },
                { "lz4", "\x04\x22\x4d\x18", 4 } };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (len >= kinds[i].len && memcmp (bytes, kinds[i].magic, kinds[i].len) == 0)
      return kinds[i].name;
  return NULL;
}

int
archive_reader_open (struct archive_reader *reader, bool may_be_bare)
{
  struct archive_manifest manifest = { .archive = &reader->archive };
  reader->path = TEXT_LIMIT (1 << 16);
  reader->target = TEXT_LIMIT (1 << 16);
  reader->buffer = malloc (BUFFER_BYTES);
  if (!reader->buffer)
    return call_fail (reader->call, HFCORE_E_NOMEM, "out of memory");
  ssize_t got = fill (reader);
  if (got < 0)
    return reader->call->error.code;
  if (got == 0)
    return archive_refuse (reader, NULL, "it is empty");
  reader->held = (size_t) got;
  const char *compressed = compressed_as (reader->buffer, reader->held);
  if (compressed)
    return call_fail (reader->call, HFCORE_E_CORRUPT,
                      "%s is compressed with %s; decompress it and hand it on by a pipe",
                      reader->name, compressed);
  bool is_bare = reader->buffer[0] == '{';
  if (is_bare && !may_be_bare)
    return archive_refuse (reader, NULL, "it is but a manifest, for the other side's --have");
  int code = is_bare ? read_bare (reader, &manifest) : read_first (reader, &manifest);
  if (code == HFCORE_OK && archive_manifest_end (&manifest) < 0)
    code = refuse_manifest (reader, &manifest);
  archive_manifest_free (&manifest);
  return code;
}

/* ---- what follows ---- */

int
archive_read_entry (struct archive_reader *reader, const struct archive_entry *expected)
{
  struct tar_entry found;
  int code = next (reader, &found);
  if (code != HFCORE_OK)
    return code;
  reader->path.len = reader->target.len = 0;
  archive_put_path (&reader->archive, expected, &reader->path);
  if (expected->kind == ARCHIVE_FILE)
    archive_put_target (expected, &reader->target);
  if (reader->path.failed || reader->target.failed)
    return call_fail (reader->call, HFCORE_E_NOMEM, "out of memory");
  if (found.kind == TAR_END)
    return archive_refuse (reader, expected, "it ends before this file");
  if (found.kind == TAR_OTHER)
    return archive_refuse (reader, expected, "%s is there instead", found.what);
  if (strcmp (found.name, reader->path.bytes) != 0)
    return archive_refuse (reader, expected, "'" SHOWN "' is there instead", found.name);
  if (found.kind != (expected->kind == ARCHIVE_FILE ? TAR_LINK : TAR_FILE))
    return archive_refuse (reader, expected, "a %s is there instead",
                           found.kind == TAR_LINK ? "link" : "file");
  if (found.kind == TAR_LINK && strcmp (found.target, reader->target.bytes) != 0)
    return archive_refuse (reader, expected, "the link leads to '" SHOWN "'", found.target);
  if (found.size != expected->length)
    return archive_refuse (reader, expected, "it has %llu bytes where its manifest says %llu",
                           (unsigned long long) found.size, (unsigned long long) expected->length);
  return HFCORE_OK;
}

int
archive_reader_end (struct archive_reader *reader)
{
  struct tar_entry found;
  int code = next (reader, &found);
  if (code != HFCORE_OK)
    return code;
  if (found.kind != TAR_END)
    return archive_refuse (reader, NULL, "it has '" SHOWN "', which its manifest does not name",
                           found.name);
  uint64_t end = tar_position (reader->tar);
  for (ssize_t got = 1; got > 0;)
    {
      if (reader->offset > end + PADDING_MOST)
        return archive_refuse (reader, NULL, "it does not end behind its last file");
      got = fill (reader);
      if (got < 0)
        return reader->call->error.code;
    }
  if (reader->last_used > end)
    return archive_refuse (reader, NULL, "there is something behind its end");
  if (reader->offset < end + END_MARK)
    return archive_refuse (reader, NULL, "it is cut off at its end");
  return HFCORE_OK;
}

void
archive_reader_close (struct archive_reader *reader)
{
  tar_reader_free (reader->tar);
  archive_free (&reader->archive);
  text_free (&reader->path);
  text_free (&reader->target);
  free (reader->buffer);
  reader->buffer = NULL;
  reader->tar = NULL;
}
