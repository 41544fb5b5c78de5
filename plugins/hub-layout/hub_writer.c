/* SPDX-License-Identifier: Apache-2.0 */
/* hub_writer.c: a blob while it is written: a private partial that gets its name when it is whole
 * (spec 1.5, 1.14, 2.7). Writes are positional and may come from several threads at once.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "plugins/hub-layout/hub_partial.h"
#include "plugins/hub-layout/hub_scratch.h"

#define WRITEBACK_STEP  ((uint64_t) 8 << 20)
#define ROOM_ASKED_FROM ((uint64_t) 1 << 20) /* a smaller file is not worth the question  */

struct writer
{
  struct hub_partial partial;
  char *blob;      /* path of the blob to be  */
  uint64_t expect; /* its length, or HFCORE_SIZE_UNKNOWN  */
  int journal;     /* -1: none is written to  */
};

static void
free_writer (struct writer *writer)
{
  cleanup_close (&writer->journal);
  hub_partial_done (&writer->partial);
  free (writer->blob);
  free (writer);
}

/* Python warns and goes on (spec 2.7): a file system may find room that it does not tell of.  */
static void
warn_if_full (struct hub_store *store, const struct hub_partial *partial, uint64_t wanted)
{
  uint64_t room;
  if (wanted < ROOM_ASKED_FROM || files_free_space (partial->file, &room) < 0 || room >= wanted)
    return;
  store->host->log (store->journal, HFCORE_LOG_WARNING,
                    "not enough free disk space: %.2f MB are to come and %s has %.2f MB free",
                    (double) wanted / 1e6, store->root, (double) room / 1e6);
}

int
hub_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
            uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  struct hub_store *store = self;
  struct hub_path blob;
  hub_store_real (store, &blob, repo);
  hub_path_name (&blob, "blobs");
  hub_path_name (&blob, etag);
  if (blob.bad)
    return hub_store_bad_path (store, call, &blob);
  struct writer *made = calloc (1, sizeof *made);
  if (!made || !(made->blob = strdup (blob.text)))
    {
      free (made);
      return hub_store_fail (store, call, ENOMEM, "write", blob.text);
    }
  made->partial = HUB_PARTIAL_NONE;
  made->expect = expect;
  made->journal = -1;
  *have = 0;
  hub_scratch_visit (store, repo);
  int code = HFCORE_OK;
  if (flags & HFCORE_CREATE_RESUME)
    code = hub_partial_claim (store, call, repo, etag, expect, have, &made->partial);
  if (code == HFCORE_OK && made->partial.fd < 0)
    code = hub_partial_new (store, call, repo, etag, &made->partial);
  if (code != HFCORE_OK)
    {
      free_writer (made);
      return code;
    }
  if (expect != HFCORE_SIZE_UNKNOWN)
    warn_if_full (store, &made->partial, expect - *have);
  *writer = made;
  return HFCORE_OK;
}

int
hub_write (void *self, struct hfcore_call *call, void *writer_, uint64_t offset, const void *bytes,
           size_t len)
{
  struct hub_store *store = self;
  struct writer *writer = writer_;
  if (files_pwrite_all (writer->partial.fd, bytes, len, offset) < 0)
    return hub_store_fail (store, call, errno, "write", writer->partial.file);
  /* Begin to write out each step that was just filled: the sync at the end is short then.  */
  uint64_t before = offset / WRITEBACK_STEP, now = (offset + len) / WRITEBACK_STEP;
  if (store->durable && now > before)
    os_start_writeback (writer->partial.fd, before * WRITEBACK_STEP,
                        (now - before) * WRITEBACK_STEP);
  return HFCORE_OK;
}

int
hub_read_back (void *self, struct hfcore_call *call, void *writer_, uint64_t offset, void *bytes,
               size_t len, size_t *got)
{
  struct hub_store *store = self;
  struct writer *writer = writer_;
  *got = 0;
  while (*got < len)
    {
      ssize_t n
          = pread (writer->partial.fd, (char *) bytes + *got, len - *got, (off_t) (offset + *got));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return hub_store_fail (store, call, errno, "read back", writer->partial.file);
      if (n == 0)
        break;
      *got += (size_t) n;
    }
  return HFCORE_OK;
}

int
hub_restart (void *self, struct hfcore_call *call, void *writer_)
{
  struct hub_store *store = self;
  struct writer *writer = writer_;
  if (ftruncate (writer->partial.fd, 0) < 0)
    return hub_store_fail (store, call, errno, "empty", writer->partial.file);
  cleanup_close (&writer->journal);
  writer->journal = -1;
  writer->partial.proven.count = 0;
  if (writer->partial.record)
    (void) !truncate (writer->partial.record, 0);
  return HFCORE_OK;
}

int
hub_prove (void *self, struct hfcore_call *call, void *writer_, uint64_t offset, uint64_t length)
{
  struct hub_store *store = self;
  struct writer *writer = writer_;
  struct hub_partial *partial = &writer->partial;
  if (!partial->record || writer->expect == HFCORE_SIZE_UNKNOWN)
    return store->host->fail (call, HFCORE_E_UNSUPPORTED, "%s cannot be taken over", partial->file);
  if (length > 0 && store->durable && fdatasync (partial->fd) < 0)
    return hub_store_fail (store, call, errno, "sync", partial->file);
  if (writer->journal < 0
      && (writer->journal = hub_journal_open (partial->record, writer->expect)) < 0)
    return hub_store_fail (store, call, errno, "write", partial->record);
  if (length == 0)
    return HFCORE_OK;
  if (hub_journal_add (writer->journal, offset, length) < 0)
    return hub_store_fail (store, call, errno, "write", partial->record);
  return HFCORE_OK;
}

int
hub_proven (void *self, struct hfcore_call *call, void *writer_,
            const struct hfcore_range_sink *sink)
{
  (void) self;
  (void) call;
  const struct hub_ranges *proven = &((struct writer *) writer_)->partial.proven;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < proven->count; i++)
    code = sink->range (sink->ctx, proven->items[i].from,
                        proven->items[i].to - proven->items[i].from);
  return code;
}

static int
check_length (struct hub_store *store, struct hfcore_call *call, const struct writer *writer,
              uint64_t length)
{
  struct stat st;
  if (fstat (writer->partial.fd, &st) < 0)
    return hub_store_fail (store, call, errno, "look at", writer->partial.file);
  if ((uint64_t) st.st_size < length)
    return store->host->fail (call, HFCORE_E_CORRUPT, "%s has %lld of %llu bytes",
                              writer->partial.file, (long long) st.st_size,
                              (unsigned long long) length);
  /* An earlier writer's bytes may lie beyond the end.  */
  if ((uint64_t) st.st_size > length && ftruncate (writer->partial.fd, (off_t) length) < 0)
    return hub_store_fail (store, call, errno, "shorten", writer->partial.file);
  return HFCORE_OK;
}

/* A rename over NFS may have been done although its answer says that there is no such file.  */
static bool
is_named (const struct writer *writer)
{
  struct stat ours, named;
  return fstat (writer->partial.fd, &ours) == 0 && stat (writer->blob, &named) == 0
         && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int
publish (struct hub_store *store, struct hfcore_call *call, struct writer *writer, uint64_t length)
{
  struct hub_partial *partial = &writer->partial;
  int code = check_length (store, call, writer, length);
  if (code != HFCORE_OK)
    return code;
  if (store->durable && fdatasync (partial->fd) < 0)
    return hub_store_fail (store, call, errno, "sync", partial->file);
  if (rename (partial->file, writer->blob) < 0)
    {
      if (errno != ENOENT)
        return hub_store_fail (store, call, errno, "write", writer->blob);
      if (!is_named (writer))
        {
          code = store->host->fail (call, HFCORE_E_RETRY,
                                    "%s was removed before it was complete (by a prune of the "
                                    "cache?); it has to be downloaded again",
                                    partial->file);
          store->host->why (call, ENOENT, 0, 0, 0);
          return code;
        }
    }
  if (partial->record)
    unlink (partial->record);
  return HFCORE_OK;
}

int
hub_commit (void *self, struct hfcore_call *call, void *writer_, uint64_t length)
{
  struct writer *writer = writer_;
  int code = publish (self, call, writer, length);
  if (code != HFCORE_OK)
    hub_partial_drop (&writer->partial);
  free_writer (writer);
  return code;
}

void
hub_abandon (void *self, void *writer_, int keep_partial)
{
  (void) self;
  struct writer *writer = writer_;
  struct stat st;
  if (keep_partial && fstat (writer->partial.fd, &st) == 0 && st.st_size > 0 && st.st_nlink > 0)
    hub_partial_keep (&writer->partial);
  else
    hub_partial_drop (&writer->partial);
  free_writer (writer);
}
