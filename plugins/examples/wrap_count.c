/* SPDX-License-Identifier: Apache-2.0 */
/* wrap_count.c: a worked example of a wrapper: it stands in front of a storage or a transport,
 * passes every call on, counts calls and bytes, and logs them when it is closed.
 *
 *   cc -shared -fPIC $(pkg-config --cflags hfcore) -o hfcore-wrap-count.so wrap_count.c
 *   hfcore plugin check ./hfcore-wrap-count.so
 *
 * In the YAML (run hfcore with -v to see the log):
 *   plugin-path: [ /folder/of/the/module ]
 *   transport:
 *     - { name: counted, plugin: wrap-count, wraps: hub }
 *     - { name: hub, plugin: transport-hub, endpoint: https://huggingface.co }
 *
 * What lies below arrives in `open` as a table of ops and their instance. Its results are returned
 * as they are: codes, recorded failures and strings in the call need nothing. An op that is left
 * out of this table is UNSUPPORTED, even if what lies below has it: so all of them stand here.
 * Bytes are not copied: the sink that is passed on hands each pointer to the sink that came.
 *
 * Threads: PARALLEL, for the counters are atomic; the host sees to what lies below.  */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <hfcore/plugin.h>

/* What is counted.  */
enum
{
  STAT,
  READ,
  PATH,
  CREATE,
  WRITE,
  READ_BACK,
  RESTART,
  COMMIT,
  ABANDON,
  REMOVE,
  REF_GET,
  REF_SET,
  FILE_GET,
  FILE_SET,
  TREE_GET,
  TREE_SET,
  LIST,
  LOCK,
  UNLOCK,
  BLOB_PATH,
  FILE_ETAG,
  FILE_LINK,
  DESCRIBE,
  USE_MARK,
  PROVE,
  PROVEN,
  RESOLVE,
  OPS
};
static const char *const names[OPS]
    = { "stat",      "read",     "path",     "create",  "write",   "read_back", "restart",
        "commit",    "abandon",  "remove",   "ref_get", "ref_set", "file_get",  "file_set",
        "tree_get",  "tree_set", "list",     "lock",    "unlock",  "blob_path", "file_etag",
        "file_link", "describe", "use_mark", "prove",   "proven",  "resolve" };

struct counter
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  const struct hfcore_storage *storage; /* what lies below: one of both  */
  const struct hfcore_transport *transport;
  atomic_ullong calls[OPS], bytes_read, bytes_written;
};

static struct counter *
count_call (void *self, int op)
{
  struct counter *counter = self;
  atomic_fetch_add (&counter->calls[op], 1);
  return counter;
}

/* Below: the ops, then their instance, which is the first argument of each.  */
#define STORAGE(counter)   ((counter)->storage->ops)
#define TRANSPORT(counter) ((counter)->transport->ops)

/* ---- instances ---- */

static int
counter_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  if (!open->storage_below && !open->transport_below)
    return open->host->fail (call, HFCORE_E_CONFIG, "there is nothing below; add `wraps: NAME`");
  struct counter *counter = calloc (1, sizeof *counter);
  if (!counter)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  counter->host = open->host;
  counter->journal = open->journal;
  counter->storage = open->storage_below;
  counter->transport = open->transport_below;
  *self = counter;
  return HFCORE_OK;
}

/* What lies below is closed by the host, after this.  */
static void
counter_close (void *self)
{
  struct counter *counter = self;
  char line[1024] = "";
  size_t len = 0;
  for (int op = 0; op < OPS; op++)
    if (counter->calls[op] && len < sizeof line)
      len += (size_t) snprintf (line + len, sizeof line - len, "%s %llu, ", names[op],
                                counter->calls[op]);
  counter->host->log (counter->journal, HFCORE_LOG_INFO, "%s%llu bytes read, %llu bytes written",
                      line, counter->bytes_read, counter->bytes_written);
  free (counter);
}

/* What can be done now is what can be done below.  */
static uint32_t
counter_storage_caps (void *self)
{
  const struct counter *counter = self;
  return STORAGE (counter)->caps_now (counter->storage->self);
}

static uint32_t
counter_transport_caps (void *self)
{
  const struct counter *counter = self;
  return TRANSPORT (counter)->caps_now (counter->transport->self);
}

/* ---- bytes on their way up ---- */

/* A sink of ours in front of the one that came. It returns what that one returns, so that a stop
 * reaches what lies below.  */
struct tap
{
  struct counter *counter;
  const struct hfcore_sink *to;
};

static int
tap_about (void *ctx, const struct hfcore_file_info *info)
{
  const struct tap *tap = ctx;
  return tap->to->about ? tap->to->about (tap->to->ctx, info) : HFCORE_OK;
}

static int
tap_begin (void *ctx, uint64_t offset, uint64_t total)
{
  const struct tap *tap = ctx;
  return tap->to->begin (tap->to->ctx, offset, total);
}

static int
tap_data (void *ctx, const void *bytes, size_t len)
{
  const struct tap *tap = ctx;
  atomic_fetch_add (&tap->counter->bytes_read, len);
  return tap->to->data (tap->to->ctx, bytes, len);
}

static struct hfcore_sink
tap_sink (struct tap *tap)
{
  return (struct hfcore_sink){ .size = sizeof (struct hfcore_sink),
                               .ctx = tap,
                               .about = tap_about,
                               .begin = tap_begin,
                               .data = tap_data };
}

/* ---- a storage below ---- */

static int
counter_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t *length)
{
  struct counter *counter = count_call (self, STAT);
  return STORAGE (counter)->stat (counter->storage->self, call, repo, etag, length);
}

static int
counter_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  struct counter *counter = count_call (self, READ);
  struct tap tap = { counter, sink };
  const struct hfcore_sink counted = tap_sink (&tap);
  return STORAGE (counter)->read (counter->storage->self, call, repo, etag, offset, length,
                                  &counted);
}

static int
counter_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char **path)
{
  struct counter *counter = count_call (self, PATH);
  return STORAGE (counter)->path (counter->storage->self, call, repo, commit, path);
}

static int
counter_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  struct counter *counter = count_call (self, CREATE);
  return STORAGE (counter)->create (counter->storage->self, call, repo, etag, expect, flags, have,
                                    writer);
}

static int
counter_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
               const void *bytes, size_t len)
{
  struct counter *counter = count_call (self, WRITE);
  atomic_fetch_add (&counter->bytes_written, len);
  return STORAGE (counter)->write (counter->storage->self, call, writer, offset, bytes, len);
}

static int
counter_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                   size_t len, size_t *got)
{
  struct counter *counter = count_call (self, READ_BACK);
  return STORAGE (counter)->read_back (counter->storage->self, call, writer, offset, bytes, len,
                                       got);
}

static int
counter_restart (void *self, struct hfcore_call *call, void *writer)
{
  struct counter *counter = count_call (self, RESTART);
  return STORAGE (counter)->restart (counter->storage->self, call, writer);
}

static int
counter_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  struct counter *counter = count_call (self, COMMIT);
  return STORAGE (counter)->commit (counter->storage->self, call, writer, length);
}

static void
counter_abandon (void *self, void *writer, int keep_partial)
{
  struct counter *counter = count_call (self, ABANDON);
  STORAGE (counter)->abandon (counter->storage->self, writer, keep_partial);
}

static int
counter_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  struct counter *counter = count_call (self, REMOVE);
  return STORAGE (counter)->remove (counter->storage->self, call, entry);
}

static int
counter_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char **commit)
{
  struct counter *counter = count_call (self, REF_GET);
  return STORAGE (counter)->ref_get (counter->storage->self, call, repo, ref, commit);
}

static int
counter_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char *expected, const char *commit)
{
  struct counter *counter = count_call (self, REF_SET);
  return STORAGE (counter)->ref_set (counter->storage->self, call, repo, ref, expected, commit);
}

static int
counter_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, struct hfcore_stored_file *file)
{
  struct counter *counter = count_call (self, FILE_GET);
  return STORAGE (counter)->file_get (counter->storage->self, call, repo, commit, path, file);
}

static int
counter_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, const char *etag, uint32_t flags,
                  struct hfcore_stored_file *file)
{
  struct counter *counter = count_call (self, FILE_SET);
  return STORAGE (counter)->file_set (counter->storage->self, call, repo, commit, path, etag, flags,
                                      file);
}

static int
counter_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_sink *sink)
{
  struct counter *counter = count_call (self, TREE_GET);
  return STORAGE (counter)->tree_get (counter->storage->self, call, repo, commit, sink);
}

static int
counter_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_info *files, size_t count)
{
  struct counter *counter = count_call (self, TREE_SET);
  return STORAGE (counter)->tree_set (counter->storage->self, call, repo, commit, files, count);
}

static int
counter_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
              const struct hfcore_entry_sink *sink)
{
  struct counter *counter = count_call (self, LIST);
  return STORAGE (counter)->list (counter->storage->self, call, repo, kinds, sink);
}

static int
counter_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
              void **lock)
{
  struct counter *counter = count_call (self, LOCK);
  return STORAGE (counter)->lock (counter->storage->self, call, repo, key, lock);
}

static void
counter_unlock (void *self, void *lock)
{
  struct counter *counter = count_call (self, UNLOCK);
  STORAGE (counter)->unlock (counter->storage->self, lock);
}

static int
counter_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *etag, const char **path)
{
  struct counter *counter = count_call (self, BLOB_PATH);
  return STORAGE (counter)->blob_path (counter->storage->self, call, repo, etag, path);
}

static int
counter_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char **etag)
{
  struct counter *counter = count_call (self, FILE_ETAG);
  return STORAGE (counter)->file_etag (counter->storage->self, call, repo, commit, path, etag);
}

static int
counter_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char *source, uint32_t flags,
                   struct hfcore_stored_file *file)
{
  struct counter *counter = count_call (self, FILE_LINK);
  return STORAGE (counter)->file_link (counter->storage->self, call, repo, commit, path, source,
                                       flags, file);
}

static int
counter_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink)
{
  struct counter *counter = count_call (self, DESCRIBE);
  return STORAGE (counter)->describe (counter->storage->self, call, sink);
}

static int
counter_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit)
{
  struct counter *counter = count_call (self, USE_MARK);
  return STORAGE (counter)->use_mark (counter->storage->self, call, repo, commit);
}

static int
counter_prove (void *self, struct hfcore_call *call, void *writer, uint64_t offset, uint64_t length)
{
  struct counter *counter = count_call (self, PROVE);
  return STORAGE (counter)->prove (counter->storage->self, call, writer, offset, length);
}

static int
counter_proven (void *self, struct hfcore_call *call, void *writer,
                const struct hfcore_range_sink *sink)
{
  struct counter *counter = count_call (self, PROVEN);
  return STORAGE (counter)->proven (counter->storage->self, call, writer, sink);
}

static const struct hfcore_storage_ops storage_ops = {
  .size = sizeof storage_ops,
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME
          | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
  .open = counter_open,
  .close = counter_close,
  .caps_now = counter_storage_caps,
  .stat = counter_stat,
  .read = counter_read,
  .path = counter_path,
  .create = counter_create,
  .write = counter_write,
  .read_back = counter_read_back,
  .restart = counter_restart,
  .commit = counter_commit,
  .abandon = counter_abandon,
  .remove = counter_remove,
  .ref_get = counter_ref_get,
  .ref_set = counter_ref_set,
  .file_get = counter_file_get,
  .file_set = counter_file_set,
  .tree_get = counter_tree_get,
  .tree_set = counter_tree_set,
  .list = counter_list,
  .lock = counter_lock,
  .unlock = counter_unlock,
  .blob_path = counter_blob_path,
  .file_etag = counter_file_etag,
  .file_link = counter_file_link,
  .describe = counter_describe,
  .use_mark = counter_use_mark,
  .prove = counter_prove,
  .proven = counter_proven,
};

/* ---- a transport below ---- */

static int
counter_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, const char *path, struct hfcore_file_info *info)
{
  struct counter *counter = count_call (self, RESOLVE);
  return TRANSPORT (counter)->resolve (counter->transport->self, call, repo, revision, path, info);
}

static int
counter_read_file (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                   const struct hfcore_sink *sink)
{
  struct counter *counter = count_call (self, READ);
  struct tap tap = { counter, sink };
  const struct hfcore_sink counted = tap_sink (&tap);
  return TRANSPORT (counter)->read (counter->transport->self, call, request, &counted);
}

static int
counter_list_files (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const struct hfcore_file_sink *sink)
{
  struct counter *counter = count_call (self, LIST);
  return TRANSPORT (counter)->list (counter->transport->self, call, repo, commit, sink);
}

static const struct hfcore_transport_ops transport_ops = {
  .size = sizeof transport_ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = counter_open,
  .close = counter_close,
  .caps_now = counter_transport_caps,
  .resolve = counter_resolve,
  .read = counter_read_file,
  .list = counter_list_files,
};

/* `needs_host_minor`: the host's tables below have all the ops that are called here. An older host
 * refuses this module, rather than that it calls what is not there.  */
HFCORE_PLUGIN_DEFINE (.name = "wrap-count", .version = "1",
                      .summary = "an example: counts the calls and bytes that pass through it",
                      .needs_host_minor = HFCORE_ABI_MINOR, .threads = HFCORE_THREADS_PARALLEL,
                      .storage = &storage_ops, .transport = &transport_ops);
