/* SPDX-License-Identifier: Apache-2.0 */
/* local_file.c: see local_file.h.  */
#include "core/engine/local_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/digest.h"

enum
{
  READ_BYTES = 256 * 1024
};

static int
fail_errno (struct hfcore_call *call, const char *path)
{
  int os_errno = errno;
  int code = os_errno == ENOENT || os_errno == ENOTDIR ? HFCORE_E_NOTFOUND
             : os_errno == EACCES || os_errno == EPERM ? HFCORE_E_DOWN
                                                       : HFCORE_E_IO;
  char room[128];
  call_fail (call, code, "cannot read %s: %s", path, strerror_r (os_errno, room, sizeof room));
  call->error.os_errno = os_errno;
  return code;
}

static int
push (struct hfcore_call *call, int fd, const char *path, uint64_t offset, uint64_t total,
      const struct hfcore_sink *sink)
{
  CLEANUP_FREE char *bytes = malloc (READ_BYTES);
  if (!bytes)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  for (;;)
    {
      int code = call_tick (call, offset, total);
      if (code != HFCORE_OK)
        return code;
      ssize_t got = pread (fd, bytes, READ_BYTES, (off_t) offset);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return fail_errno (call, path);
      if (got == 0)
        return HFCORE_OK;
      code = sink->data (sink->ctx, bytes, (size_t) got);
      if (code != HFCORE_OK)
        return code;
      offset += (uint64_t) got;
    }
}

int
local_file_read (struct hfcore_call *call, const char *path, uint64_t offset,
                 const struct hfcore_sink *sink)
{
  struct stat st;
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (call, path);
  if (!S_ISREG (st.st_mode))
    return call_fail (call, HFCORE_E_CORRUPT, "%s is no regular file", path);
  uint64_t total = (uint64_t) st.st_size;
  if (offset > total)
    return call_fail (call, HFCORE_E_CORRUPT, "%s has only %llu bytes", path,
                      (unsigned long long) total);
  int code = sink->begin ? sink->begin (sink->ctx, offset, total) : HFCORE_OK;
  return code == HFCORE_OK ? push (call, fd, path, offset, total, sink) : code;
}

static int
hash (void *digest, const void *bytes, size_t len)
{
  return digest_update (digest, bytes, len) < 0 ? HFCORE_E_IO : HFCORE_OK;
}

int
local_file_matches (struct hfcore_call *call, const char *path, uint64_t length, const char *etag)
{
  const char *why = NULL;
  char hex[65];
  struct digest *digest = digest_new (digest_of_etag (etag), length, &why);
  if (!digest)
    return call_fail (call, HFCORE_E_IO, "cannot compute digests: %s", why);
  const struct hfcore_sink sink = { .size = sizeof sink, .ctx = digest, .data = hash };
  int code = local_file_read (call, path, 0, &sink);
  if (code == HFCORE_OK)
    code = digest_hex (digest, hex) == 0 && strcmp (hex, etag) == 0 ? HFCORE_OK : HFCORE_PASS;
  digest_free (digest);
  if (code >= HFCORE_OK || code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return code;
  call_forget (call);
  return HFCORE_PASS;
}
