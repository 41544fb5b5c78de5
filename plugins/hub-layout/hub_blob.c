/* SPDX-License-Identifier: Apache-2.0 */
/* hub_blob.c: blobs as they are read, and the folders they are read from (spec 1.5). A blob may
 * itself be a link into the store that repositories share (spec 15): links are followed.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "plugins/hub-layout/hub_store.h"

#define READ_ROOM ((size_t) 256 << 10)

static int
blob_path (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
           const char *etag, struct hub_path *path)
{
  hub_store_given (store, path, repo);
  hub_path_name (path, "blobs");
  hub_path_name (path, etag);
  return path->bad ? hub_store_bad_path (store, call, path) : HFCORE_OK;
}

int
hub_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
          uint64_t *length)
{
  struct hub_store *store = self;
  struct hub_path path;
  int code = blob_path (store, call, repo, etag, &path);
  if (code != HFCORE_OK)
    return code;
  struct stat st;
  if (stat (path.text, &st) < 0)
    return hub_store_is_unseen (store, errno, path.text)
               ? hub_store_miss (store, call, HFCORE_PASS)
               : hub_store_fail_reading (store, call, errno, "look at", path.text);
  if (!S_ISREG (st.st_mode) || !hub_store_may_read (store, path.text))
    return HFCORE_PASS;
  *length = (uint64_t) st.st_size;
  return HFCORE_OK;
}

static int
push (struct hub_store *store, struct hfcore_call *call, int fd, const char *path, uint64_t offset,
      uint64_t length, const struct hfcore_sink *sink)
{
  CLEANUP_FREE char *bytes = malloc (READ_ROOM);
  if (!bytes)
    return hub_store_fail (store, call, ENOMEM, "read", path);
  for (uint64_t done = 0; done < length;)
    {
      size_t want = length - done < READ_ROOM ? (size_t) (length - done) : READ_ROOM;
      ssize_t got = pread (fd, bytes, want, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return hub_store_fail_reading (store, call, errno, "read", path);
      if (got == 0)
        return store->host->fail (call, HFCORE_E_CORRUPT, "%s became shorter while it was read",
                                  path);
      int code = sink->data (sink->ctx, bytes, (size_t) got);
      if (code)
        return code;
      done += (uint64_t) got;
      code = store->host->tick (call, done, length);
      if (code)
        return code;
    }
  return HFCORE_OK;
}

int
hub_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
          uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  struct hub_store *store = self;
  struct hub_path path;
  int code = blob_path (store, call, repo, etag, &path);
  if (code != HFCORE_OK)
    return code;
  CLEANUP_CLOSE int fd = open (path.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return hub_store_is_unseen (store, errno, path.text)
               ? HFCORE_PASS
               : hub_store_fail_reading (store, call, errno, "open", path.text);
  struct stat st;
  if (fstat (fd, &st) < 0)
    return hub_store_fail_reading (store, call, errno, "look at", path.text);
  if (!S_ISREG (st.st_mode))
    return HFCORE_PASS;
  uint64_t total = (uint64_t) st.st_size;
  if (length == HFCORE_SIZE_UNKNOWN)
    length = offset < total ? total - offset : 0;
  if (offset > total || length > total - offset)
    return store->host->fail (call, HFCORE_E_CORRUPT, "%s is shorter than it should be", path.text);
  struct hfcore_file_info info
      = { .size = sizeof info, .etag = etag, .length = total, .lfs_length = HFCORE_SIZE_UNKNOWN };
  if (sink->about && (code = sink->about (sink->ctx, &info)))
    return code;
  if (sink->begin && (code = sink->begin (sink->ctx, offset, total)))
    return code;
  return push (store, call, fd, path.text, offset, length, sink);
}

int
hub_folder (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *commit, const char **folder)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_store_real (store, &path, repo);
  if (commit)
    {
      hub_path_name (&path, "snapshots");
      hub_path_name (&path, commit);
    }
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  *folder = store->host->keep (call, path.text, path.len);
  return *folder ? HFCORE_OK : HFCORE_E_NOMEM;
}
