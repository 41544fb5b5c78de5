/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: which op of the plugin runs? Its tables are copied with functions of ours in place of
 * its own, which note the op's name and go on to it. So it is known whatever happens inside: the
 * guard's log tells only of ops that came back.  */
#include "core/contract/run.h"

static struct
{
  struct report *report;
  struct loader_module plugin; /* with its own ops  */
  struct loader_module traced;
} trace;

static _Thread_local const char *running;

const char *
trace_running (void)
{
  return running;
}

static const char *
enter (const char *op)
{
  const char *outer = running;
  running = op;
  atomic_store (&trace.report->op, op);
  return outer;
}

/* ---- an op of ours for each op of a plugin ---- */

#define TRACED(kind, op, parameters, arguments)                                                    \
  static int kind##_##op parameters                                                                \
  {                                                                                                \
    const char *outer = enter (#op);                                                               \
    int code = trace.plugin.kind.op arguments;                                                     \
    running = outer;                                                                               \
    return code;                                                                                   \
  }

/* Of every kind, and what has no call.  */
#define TRACED_INSTANCE(kind)                                                                      \
  TRACED (kind, open, (void **self, struct hfcore_call *call, const struct hfcore_open *open),     \
          (self, call, open))                                                                      \
  static void kind##_close (void *self)                                                            \
  {                                                                                                \
    const char *outer = enter ("close");                                                           \
    trace.plugin.kind.close (self);                                                                \
    running = outer;                                                                               \
  }                                                                                                \
  static uint32_t kind##_caps_now (void *self)                                                     \
  {                                                                                                \
    const char *outer = enter ("caps_now");                                                        \
    uint32_t caps = trace.plugin.kind.caps_now (self);                                             \
    running = outer;                                                                               \
    return caps;                                                                                   \
  }

/* clang-format off */
TRACED_INSTANCE (storage)
TRACED (storage, stat, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *etag, uint64_t *length),
        (self, call, repo, etag, length))
TRACED (storage, read, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink),
        (self, call, repo, etag, offset, length, sink))
TRACED (storage, path, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const char **path),
        (self, call, repo, commit, path))
TRACED (storage, create, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer),
        (self, call, repo, etag, expect, flags, have, writer))
TRACED (storage, write, (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
         const void *bytes, size_t len),
        (self, call, writer, offset, bytes, len))
TRACED (storage, read_back, (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
         void *bytes, size_t len, size_t *got),
        (self, call, writer, offset, bytes, len, got))
TRACED (storage, restart, (void *self, struct hfcore_call *call, void *writer),
        (self, call, writer))
TRACED (storage, commit, (void *self, struct hfcore_call *call, void *writer, uint64_t length),
        (self, call, writer, length))
TRACED (storage, remove, (void *self, struct hfcore_call *call, const struct hfcore_entry *entry),
        (self, call, entry))
TRACED (storage, ref_get, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *ref, const char **commit),
        (self, call, repo, ref, commit))
TRACED (storage, ref_set, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *ref, const char *expected, const char *commit),
        (self, call, repo, ref, expected, commit))
TRACED (storage, file_get, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const char *path, struct hfcore_stored_file *file),
        (self, call, repo, commit, path, file))
TRACED (storage, file_set, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const char *path, const char *etag, uint32_t flags,
         struct hfcore_stored_file *file),
        (self, call, repo, commit, path, etag, flags, file))
TRACED (storage, tree_get, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const struct hfcore_file_sink *sink),
        (self, call, repo, commit, sink))
TRACED (storage, tree_set, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const struct hfcore_file_info *files, size_t count),
        (self, call, repo, commit, files, count))
TRACED (storage, list, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         uint32_t kinds, const struct hfcore_entry_sink *sink),
        (self, call, repo, kinds, sink))
TRACED (storage, lock, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *key, void **lock),
        (self, call, repo, key, lock))
TRACED (storage, blob_path, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *etag, const char **path),
        (self, call, repo, etag, path))
TRACED (storage, file_etag, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const char *path, const char **etag),
        (self, call, repo, commit, path, etag))
TRACED (storage, file_link, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const char *path, const char *source, uint32_t flags,
         struct hfcore_stored_file *file),
        (self, call, repo, commit, path, source, flags, file))
TRACED (storage, describe, (void *self, struct hfcore_call *call,
         const struct hfcore_fact_sink *sink),
        (self, call, sink))
TRACED (storage, use_mark, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit),
        (self, call, repo, commit))
TRACED (storage, prove, (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
         uint64_t length),
        (self, call, writer, offset, length))
TRACED (storage, proven, (void *self, struct hfcore_call *call, void *writer,
         const struct hfcore_range_sink *sink),
        (self, call, writer, sink))

static void
storage_abandon (void *self, void *writer, int keep_partial)
{
  const char *outer = enter ("abandon");
  trace.plugin.storage.abandon (self, writer, keep_partial);
  running = outer;
}

static void
storage_unlock (void *self, void *lock)
{
  const char *outer = enter ("unlock");
  trace.plugin.storage.unlock (self, lock);
  running = outer;
}

TRACED_INSTANCE (transport)
TRACED (transport, resolve, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *revision, const char *path, struct hfcore_file_info *info),
        (self, call, repo, revision, path, info))
TRACED (transport, read, (void *self, struct hfcore_call *call, const struct hfcore_read *request,
         const struct hfcore_sink *sink),
        (self, call, request, sink))
TRACED (transport, list, (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
         const char *commit, const struct hfcore_file_sink *sink),
        (self, call, repo, commit, sink))

TRACED_INSTANCE (assets)
TRACED (assets, path, (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
         const char **path),
        (self, call, asset, path))
TRACED (assets, list, (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
         const struct hfcore_asset_sink *sink),
        (self, call, asset, sink))
TRACED (assets, remove, (void *self, struct hfcore_call *call, const struct hfcore_asset *asset),
        (self, call, asset))
/* clang-format on */

/* ---- tables of them ---- */

/* What the plugin does not do stays NULL.  */
#define PUT(kind, op) trace.traced.kind.op = trace.traced.kind.op ? kind##_##op : NULL
#define PUT_INSTANCE(kind)                                                                         \
  PUT (kind, open);                                                                                \
  PUT (kind, close);                                                                               \
  PUT (kind, caps_now)

static void
put_storage (void)
{
  PUT_INSTANCE (storage);
  PUT (storage, stat);
  PUT (storage, read);
  PUT (storage, path);
  PUT (storage, create);
  PUT (storage, write);
  PUT (storage, read_back);
  PUT (storage, restart);
  PUT (storage, commit);
  PUT (storage, remove);
  PUT (storage, ref_get);
  PUT (storage, ref_set);
  PUT (storage, file_get);
  PUT (storage, file_set);
  PUT (storage, tree_get);
  PUT (storage, tree_set);
  PUT (storage, list);
  PUT (storage, lock);
  PUT (storage, blob_path);
  PUT (storage, file_etag);
  PUT (storage, file_link);
  PUT (storage, describe);
  PUT (storage, use_mark);
  PUT (storage, prove);
  PUT (storage, proven);
  PUT (storage, abandon);
  PUT (storage, unlock);
}

const struct loader_module *
trace_module (const struct loader_module *module, struct report *report)
{
  trace.report = report;
  trace.plugin = trace.traced = *module;
  put_storage ();
  PUT_INSTANCE (transport);
  PUT (transport, resolve);
  PUT (transport, read);
  PUT (transport, list);
  PUT_INSTANCE (assets);
  PUT (assets, path);
  PUT (assets, list);
  PUT (assets, remove);
  return &trace.traced;
}
