/* SPDX-License-Identifier: Apache-2.0 */
/* fault_storage.c: the ops of a storage: what lies below, but for what was asked for.  */
#include "plugins/fault/fault.h"

static const struct hfcore_storage *
below (void *self)
{
  return ((struct fault *) self)->storage;
}

/* The result of an op: a failure, or what lies below says.  */
#define GATED(number, op, ...)                                                                     \
  ({                                                                                               \
    int failed_ = fault_gate (self, call, number);                                                 \
    failed_ ? failed_ : below (self)->ops->op (below (self)->self, call, __VA_ARGS__);             \
  })

static uint32_t
storage_caps_now (void *self)
{
  return below (self)->ops->caps_now (below (self)->self);
}

/* ---- blobs ---- */

static int
storage_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t *length)
{
  return GATED (FAULT_STAT, stat, repo, etag, length);
}

static int
storage_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  struct fault_visit visit;
  struct fault_sink damaged;
  int code = fault_enter (self, call, FAULT_READ, &visit);
  if (code)
    return code;
  sink = fault_sink_begin (&damaged, &visit, sink);
  code = below (self)->ops->read (below (self)->self, call, repo, etag, offset, length, sink);
  return fault_sink_end (&damaged, code);
}

static int
storage_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char **path)
{
  return GATED (FAULT_PATH, path, repo, commit, path);
}

static int
storage_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *etag, const char **path)
{
  return GATED (FAULT_BLOB_PATH, blob_path, repo, etag, path);
}

static int
storage_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  return GATED (FAULT_REMOVE, remove, entry);
}

/* ---- writers: those of the storage below ---- */

static int
storage_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  return GATED (FAULT_CREATE, create, repo, etag, expect, flags, have, writer);
}

/* How many of `len` bytes get through, and in `*stops` the rule that holds up the others.  */
static size_t
bytes_let_through (const struct fault_visit *visit, size_t len, const struct fault_rule **stops)
{
  const struct fault_rule *full = fault_fired (visit, FAULT_AFTER);
  const struct fault_rule *brief = fault_fired (visit, FAULT_SHORT);
  uint64_t before = atomic_fetch_add_explicit (&visit->fault->written, len, memory_order_relaxed);
  uint64_t most = len;
  *stops = NULL;
  if (full && (full->bytes <= before || full->bytes - before < most))
    {
      most = full->bytes > before ? full->bytes - before : 0;
      *stops = full;
    }
  if (brief && brief->bytes < most)
    {
      most = brief->bytes;
      *stops = brief;
    }
  return (size_t) most;
}

static int
write_damaged (const struct fault_visit *visit, void *writer, uint64_t offset,
               const unsigned char *bytes, size_t len)
{
  const struct hfcore_storage *storage = visit->fault->storage;
  const struct fault_rule *flip;
  int code = HFCORE_OK;
  while (code == HFCORE_OK && (flip = fault_next_flip (visit, offset, len)))
    {
      size_t before = (size_t) (flip->bytes - offset);
      const unsigned char flipped = (unsigned char) ~bytes[before];
      fault_tell (visit, flip, "another byte at the offset %llu", (unsigned long long) flip->bytes);
      if (before)
        code = storage->ops->write (storage->self, visit->call, writer, offset, bytes, before);
      if (code == HFCORE_OK)
        code = storage->ops->write (storage->self, visit->call, writer, flip->bytes, &flipped, 1);
      bytes += before + 1;
      len -= before + 1;
      offset = flip->bytes + 1;
    }
  return code || !len
             ? code
             : storage->ops->write (storage->self, visit->call, writer, offset, bytes, len);
}

static int
storage_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
               const void *bytes, size_t len)
{
  struct fault_visit visit;
  const struct fault_rule *stops;
  int code = fault_enter (self, call, FAULT_WRITE, &visit);
  if (code)
    return code;
  if (!visit.number)
    return below (self)->ops->write (below (self)->self, call, writer, offset, bytes, len);
  size_t most = bytes_let_through (&visit, len, &stops);
  code = write_damaged (&visit, writer, offset, bytes, most);
  if (code || !stops)
    return code;
  if (!stops->quiet)
    return fault_fail (&visit, stops, "%s after %zu of %zu bytes", fault_code_name (stops->code),
                       most, len);
  fault_tell (&visit, stops, "a success with %zu of %zu bytes written", most, len);
  return HFCORE_OK;
}

static int
storage_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                   size_t len, size_t *got)
{
  struct fault_visit visit;
  const struct fault_rule *flip;
  int code = fault_enter (self, call, FAULT_READ_BACK, &visit);
  if (code == HFCORE_OK)
    code = below (self)->ops->read_back (below (self)->self, call, writer, offset, bytes, len, got);
  if (code)
    return code;
  for (uint64_t from = offset; (flip = fault_next_flip (&visit, from, offset + *got - from));
       from = flip->bytes + 1)
    {
      unsigned char *byte = (unsigned char *) bytes + (flip->bytes - offset);
      fault_tell (&visit, flip, "another byte at the offset %llu",
                  (unsigned long long) flip->bytes);
      *byte = (unsigned char) ~*byte;
    }
  return HFCORE_OK;
}

static int
storage_restart (void *self, struct hfcore_call *call, void *writer)
{
  return GATED (FAULT_RESTART, restart, writer);
}

static int
storage_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  const int keep_partial = 1;
  int code = fault_gate (self, call, FAULT_COMMIT);
  if (code == HFCORE_OK)
    return below (self)->ops->commit (below (self)->self, call, writer, length);
  /* Whatever a commit returns, its writer has ended.  */
  below (self)->ops->abandon (below (self)->self, writer, keep_partial);
  return code;
}

static void
storage_abandon (void *self, void *writer, int keep_partial)
{
  below (self)->ops->abandon (below (self)->self, writer, keep_partial);
}

/* ---- names ---- */

static int
storage_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char **commit)
{
  return GATED (FAULT_REF_GET, ref_get, repo, ref, commit);
}

static int
storage_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char *expected, const char *commit)
{
  return GATED (FAULT_REF_SET, ref_set, repo, ref, expected, commit);
}

static int
storage_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, struct hfcore_stored_file *file)
{
  return GATED (FAULT_FILE_GET, file_get, repo, commit, path, file);
}

static int
storage_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, const char *etag, uint32_t flags,
                  struct hfcore_stored_file *file)
{
  return GATED (FAULT_FILE_SET, file_set, repo, commit, path, etag, flags, file);
}

static int
storage_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char **etag)
{
  return GATED (FAULT_FILE_ETAG, file_etag, repo, commit, path, etag);
}

static int
storage_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char *source, uint32_t flags,
                   struct hfcore_stored_file *file)
{
  return GATED (FAULT_FILE_LINK, file_link, repo, commit, path, source, flags, file);
}

static int
storage_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit)
{
  return GATED (FAULT_USE_MARK, use_mark, repo, commit);
}

static int
storage_prove (void *self, struct hfcore_call *call, void *writer, uint64_t offset, uint64_t length)
{
  return GATED (FAULT_PROVE, prove, writer, offset, length);
}

/* ---- lists ---- */

static int
storage_proven (void *self, struct hfcore_call *call, void *writer,
                const struct hfcore_range_sink *sink)
{
  return GATED (FAULT_PROVEN, proven, writer, sink);
}

static int
storage_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_sink *sink)
{
  return GATED (FAULT_TREE_GET, tree_get, repo, commit, sink);
}

static int
storage_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_info *files, size_t count)
{
  return GATED (FAULT_TREE_SET, tree_set, repo, commit, files, count);
}

static int
storage_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
              const struct hfcore_entry_sink *sink)
{
  return GATED (FAULT_LIST, list, repo, kinds, sink);
}

static int
storage_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink)
{
  return GATED (FAULT_DESCRIBE, describe, sink);
}

/* ---- locks ---- */

static int
storage_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
              void **lock)
{
  return GATED (FAULT_LOCK, lock, repo, key, lock);
}

static void
storage_unlock (void *self, void *lock)
{
  below (self)->ops->unlock (below (self)->self, lock);
}

const struct hfcore_storage_ops fault_storage_ops = {
  .size = sizeof fault_storage_ops,
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME
          | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
  .open = fault_open,
  .close = fault_close,
  .caps_now = storage_caps_now,
  .stat = storage_stat,
  .read = storage_read,
  .path = storage_path,
  .create = storage_create,
  .write = storage_write,
  .read_back = storage_read_back,
  .restart = storage_restart,
  .commit = storage_commit,
  .abandon = storage_abandon,
  .remove = storage_remove,
  .ref_get = storage_ref_get,
  .ref_set = storage_ref_set,
  .file_get = storage_file_get,
  .file_set = storage_file_set,
  .tree_get = storage_tree_get,
  .tree_set = storage_tree_set,
  .list = storage_list,
  .lock = storage_lock,
  .unlock = storage_unlock,
  .blob_path = storage_blob_path,
  .file_etag = storage_file_etag,
  .file_link = storage_file_link,
  .describe = storage_describe,
  .use_mark = storage_use_mark,
  .prove = storage_prove,
  .proven = storage_proven,
};
