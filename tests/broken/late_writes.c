/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-broken-late: publishes a blob while it still holds back what was written last, and writes
 * that when it is asked for something else.  */
#include <stdlib.h>
#include <string.h>
#include "tests/support/plugins/bare.h"

enum
{
  NAME_ROOM = 256,
  BLOB_ROOM = 1 << 16
};

struct blob
{
  struct blob *next;
  char repo[NAME_ROOM], etag[NAME_ROOM];
  char bytes[BLOB_ROOM];
  uint64_t length;
  int committed;
};

/* What is not in its blob yet.  */
struct held
{
  struct blob *blob;
  uint64_t offset;
  size_t len;
  char bytes[BLOB_ROOM];
};

struct store
{
  const struct hfcore_host *host;
  struct blob *blobs;
  struct held held;
};

static void
flush_held (struct store *store)
{
  struct held *held = &store->held;
  if (held->blob)
    memcpy (held->blob->bytes + held->offset, held->bytes, held->len);
  held->blob = NULL;
}

static struct blob *
find_blob (struct store *store, const struct hfcore_repo *repo, const char *etag)
{
  struct blob *blob = store->blobs;
  while (
      blob
      && !(blob->committed && strcmp (blob->repo, repo->id) == 0 && strcmp (blob->etag, etag) == 0))
    blob = blob->next;
  return blob;
}

static int
late_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct store *store = calloc (1, sizeof *store);
  if (!store)
    return open->host->fail (call, HFCORE_E_NOMEM, "no memory");
  store->host = open->host;
  *self = store;
  return HFCORE_OK;
}

static void
late_close (void *self)
{
  struct store *store = self;
  for (struct blob *blob = store->blobs, *next; blob; blob = next)
    {
      next = blob->next;
      free (blob);
    }
  free (store);
}

static int
late_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t *length)
{
  (void) call;
  const struct blob *blob = find_blob (self, repo, etag);
  if (!blob)
    return HFCORE_PASS;
  *length = blob->length;
  return HFCORE_OK;
}

static int
late_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  struct store *store = self;
  const struct blob *blob = find_blob (store, repo, etag);
  if (!blob)
    return HFCORE_PASS;
  if (offset > blob->length)
    return store->host->fail (call, HFCORE_E_CONFLICT, "the blob has no such bytes");
  if (length > blob->length - offset)
    length = blob->length - offset;
  int code = sink->begin (sink->ctx, offset, blob->length);
  return code ? code : sink->data (sink->ctx, blob->bytes + offset, (size_t) length);
}

static int
late_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  (void) expect;
  (void) flags;
  struct store *store = self;
  struct blob *blob = calloc (1, sizeof *blob);
  if (!blob || strlen (etag) >= NAME_ROOM || strlen (repo->id) >= NAME_ROOM)
    {
      free (blob);
      return store->host->fail (call, HFCORE_E_NOMEM, "no memory");
    }
  memcpy (blob->repo, repo->id, strlen (repo->id));
  memcpy (blob->etag, etag, strlen (etag));
  flush_held (store);
  blob->next = store->blobs;
  store->blobs = blob;
  *have = 0;
  *writer = blob;
  return HFCORE_OK;
}

static int
late_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset, const void *bytes,
            size_t len)
{
  struct store *store = self;
  if (len > BLOB_ROOM || offset > BLOB_ROOM - len)
    return store->host->fail (call, HFCORE_E_NOSPACE, "the blob is too large");
  flush_held (store);
  store->held.blob = writer;
  store->held.offset = offset;
  store->held.len = len;
  memcpy (store->held.bytes, bytes, len);
  return HFCORE_OK;
}

static int
late_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  (void) self;
  (void) call;
  struct blob *blob = writer;
  blob->length = length;
  blob->committed = 1;
  return HFCORE_OK;
}

static const struct hfcore_storage_ops ops = { .size = sizeof (struct hfcore_storage_ops),
                                               .caps = HFCORE_STORAGE_WRITE,
                                               .open = late_open,
                                               .close = late_close,
                                               .stat = late_stat,
                                               .read = late_read,
                                               .create = late_create,
                                               .write = late_write,
                                               .commit = late_commit,
                                               .abandon = bare_abandon,
                                               .ref_get = bare_ref_get,
                                               .ref_set = bare_ref_set,
                                               .file_get = bare_file_get,
                                               .file_set = bare_file_set };

HFCORE_PLUGIN_DEFINE (.name = "broken-late", .version = "1", .summary = "Writes after commit",
                      .storage = &ops);
