/* SPDX-License-Identifier: Apache-2.0 */
/* archive_source.c: see archive_source.h.  */
#include "core/engine/archive_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"

enum
{
  READ_BYTES = 256 << 10
};

void
archive_source_free (struct archive_source *source)
{
  free (source->path);
  source->path = NULL;
}

static int
missing (struct hfcore_call *call, const struct hfcore_repo *repo, const char *name)
{
  return call_fail (call, HFCORE_E_CORRUPT,
                    "'%s' of %s '%s' is not in the cache any more, only its name is; download it "
                    "again",
                    name, repo->type, repo->id);
}

int
archive_source_find (struct engine *engine, struct hfcore_call *call, const struct archive *archive,
                     const struct archive_entry *entry, struct archive_source *source)
{
  const struct hfcore_repo *repo = &archive->repos.items[entry->repo].repo;
  struct hfcore_stored_file file = { .size = sizeof file };
  *source = (struct archive_source){ .call = call, .repo = repo, .name = entry->name };
  int code = registry_storage (engine->registry, entry->storage, call, &source->storage);
  if (code != HFCORE_OK)
    return code;
  const struct hfcore_storage_ops *ops = source->storage->ops;
  code = entry->etag ? ops->stat (source->storage->self, call, repo, entry->etag, &source->length)
                     : HFCORE_PASS;
  if (code == HFCORE_OK)
    source->etag = entry->etag;
  if (code != HFCORE_PASS)
    return code;
  code = ops->file_get (source->storage->self, call, repo, entry->commit, entry->name, &file);
  if (code < 0)
    return code;
  if (file.state != HFCORE_FILE_PRESENT || !file.path)
    return missing (call, repo, entry->name);
  source->length = file.length;
  source->path = strdup (file.path);
  return source->path ? HFCORE_OK : call_fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* ---- reading ---- */

struct reading
{
  const struct archive_source *source;
  int (*data) (void *ctx, const void *bytes, size_t len);
  void *ctx;
  uint64_t done;
};

static int
changed (const struct archive_source *source)
{
  return call_fail (source->call, HFCORE_E_CORRUPT, "'%s' of %s '%s' changed while it was read",
                    source->name, source->repo->type, source->repo->id);
}

static int
on_data (void *ctx, const void *bytes, size_t len)
{
  struct reading *reading = ctx;
  if (len > reading->source->length - reading->done)
    return changed (reading->source);
  reading->done += len;
  return reading->data (reading->ctx, bytes, len);
}

static int
on_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct reading *reading = ctx;
  (void) total;
  return offset == 0 ? HFCORE_OK : changed (reading->source);
}

static int
fail_errno (const struct archive_source *source, int os_errno)
{
  char room[128];
  if (os_errno == ENOENT)
    return missing (source->call, source->repo, source->name);
  call_fail (source->call, HFCORE_E_IO, "cannot read %s: %s", source->path,
             strerror_r (os_errno, room, sizeof room));
  source->call->error.os_errno = os_errno;
  return HFCORE_E_IO;
}

static int
read_file (struct reading *reading)
{
  const struct archive_source *source = reading->source;
  struct stat st;
  CLEANUP_FREE char *bytes = malloc (READ_BYTES);
  CLEANUP_CLOSE int fd = open (source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (!bytes)
    return call_fail (source->call, HFCORE_E_NOMEM, "out of memory");
  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (source, errno);
  if (!S_ISREG (st.st_mode))
    return missing (source->call, source->repo, source->name);
  for (;;)
    {
      int code = call_tick (source->call, 0, 0);
      if (code != HFCORE_OK)
        return code;
      ssize_t got = read (fd, bytes, READ_BYTES);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return fail_errno (source, errno);
      if (got == 0)
        return HFCORE_OK;
      code = on_data (reading, bytes, (size_t) got);
      if (code != HFCORE_OK)
        return code;
    }
}

int
archive_source_read (const struct archive_source *source,
                     int (*data) (void *ctx, const void *bytes, size_t len), void *ctx)
{
  struct reading reading = { .source = source, .data = data, .ctx = ctx };
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &reading, .begin = on_begin, .data = on_data };
  int code = source->etag
                 ? source->storage->ops->read (source->storage->self, source->call, source->repo,
                                               source->etag, 0, HFCORE_SIZE_UNKNOWN, &sink)
                 : read_file (&reading);
  if (code == HFCORE_PASS)
    return missing (source->call, source->repo, source->name);
  return code == HFCORE_OK && reading.done < source->length ? changed (source) : code;
}

struct hashing
{
  struct hfcore_call *call;
  struct digest *digest;
};

static int
on_hash (void *ctx, const void *bytes, size_t len)
{
  struct hashing *hashing = ctx;
  return digest_update (hashing->digest, bytes, len) == 0
             ? HFCORE_OK
             : call_fail (hashing->call, HFCORE_E_IO, "libcrypto failed to hash");
}

int
archive_source_digest (const struct archive_source *source, enum digest_kind kind, char hex[65])
{
  const char *why = NULL;
  struct hashing hashing
      = { .call = source->call, .digest = digest_new (kind, source->length, &why) };
  if (!hashing.digest)
    return call_fail (source->call, HFCORE_E_IO, "cannot compute digests: %s", why);
  int code = archive_source_read (source, on_hash, &hashing);
  if (code == HFCORE_OK && digest_hex (hashing.digest, hex) < 0)
    code = call_fail (source->call, HFCORE_E_IO, "libcrypto failed to hash");
  digest_free (hashing.digest);
  return code;
}
