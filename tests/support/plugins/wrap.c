/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-wrap: passes some ops on to the storage or transport below and knows nothing of the
 * others, as a wrapper of an older release does not.  */
#include <stdlib.h>
#include <hfcore/plugin.h>

struct wrap
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  const struct hfcore_storage *storage;
  const struct hfcore_transport *transport;
};

static int
wrap_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  if (!open->storage_below && !open->transport_below)
    return open->host->fail (call, HFCORE_E_CONFIG, "there is nothing to wrap");
  struct wrap *wrap = calloc (1, sizeof *wrap);
  if (!wrap)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  wrap->host = open->host;
  wrap->journal = open->journal;
  wrap->storage = open->storage_below;
  wrap->transport = open->transport_below;
  open->host->log (open->journal, HFCORE_LOG_INFO, "opened");
  *self = wrap;
  return HFCORE_OK;
}

static void
wrap_close (void *self)
{
  struct wrap *wrap = self;
  wrap->host->log (wrap->journal, HFCORE_LOG_INFO, "closed");
  free (wrap);
}

/* ---- storage ---- */

#define BELOW(self) (((struct wrap *) (self))->storage->ops)
#define SELF(self)  (((struct wrap *) (self))->storage->self)

static uint32_t
wrap_caps_now (void *self)
{
  return BELOW (self)->caps_now (SELF (self));
}

static int
wrap_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t *length)
{
  return BELOW (self)->stat (SELF (self), call, repo, etag, length);
}

static int
wrap_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  return BELOW (self)->read (SELF (self), call, repo, etag, offset, length, sink);
}

static int
wrap_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  return BELOW (self)->create (SELF (self), call, repo, etag, expect, flags, have, writer);
}

static int
wrap_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset, const void *bytes,
            size_t len)
{
  return BELOW (self)->write (SELF (self), call, writer, offset, bytes, len);
}

static int
wrap_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  return BELOW (self)->commit (SELF (self), call, writer, length);
}

static void
wrap_abandon (void *self, void *writer, int keep_partial)
{
  BELOW (self)->abandon (SELF (self), writer, keep_partial);
}

static int
wrap_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
              const char **commit)
{
  return BELOW (self)->ref_get (SELF (self), call, repo, ref, commit);
}

static int
wrap_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
              const char *expected, const char *commit)
{
  return BELOW (self)->ref_set (SELF (self), call, repo, ref, expected, commit);
}

static int
wrap_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *path, struct hfcore_stored_file *file)
{
  return BELOW (self)->file_get (SELF (self), call, repo, commit, path, file);
}

static int
wrap_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *path, const char *etag, uint32_t flags,
               struct hfcore_stored_file *file)
{
  return BELOW (self)->file_set (SELF (self), call, repo, commit, path, etag, flags, file);
}

static const struct hfcore_storage_ops storage_ops = {
  .size = sizeof (struct hfcore_storage_ops),
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS,
  .open = wrap_open,
  .close = wrap_close,
  .caps_now = wrap_caps_now,
  .stat = wrap_stat,
  .read = wrap_read,
  .create = wrap_create,
  .write = wrap_write,
  .commit = wrap_commit,
  .abandon = wrap_abandon,
  .ref_get = wrap_ref_get,
  .ref_set = wrap_ref_set,
  .file_get = wrap_file_get,
  .file_set = wrap_file_set,
};

/* ---- transport ---- */

static int
wrap_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *revision, const char *path, struct hfcore_file_info *info)
{
  const struct wrap *wrap = self;
  return wrap->transport->ops->resolve (wrap->transport->self, call, repo, revision, path, info);
}

static int
wrap_read_file (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  const struct wrap *wrap = self;
  return wrap->transport->ops->read (wrap->transport->self, call, request, sink);
}

static const struct hfcore_transport_ops transport_ops = {
  .size = sizeof (struct hfcore_transport_ops),
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST,
  .open = wrap_open,
  .close = wrap_close,
  .resolve = wrap_resolve,
  .read = wrap_read_file,
};

HFCORE_PLUGIN_DEFINE (.name = "test-wrap", .version = "1", .summary = "Passes some calls on",
                      .threads = HFCORE_THREADS_PARALLEL, .storage = &storage_ops,
                      .transport = &transport_ops);
