/* SPDX-License-Identifier: Apache-2.0 */
/* export.c: see export.h. Every blob is hashed while it is written: what ends is good.  */
#include "core/engine/export.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "core/engine/archive_gather.h"
#include "core/engine/archive_manifest.h"
#include "core/engine/archive_read.h"
#include "core/engine/archive_source.h"
#include "core/engine/archive_write.h"
#include "core/util/cleanup.h"

struct job
{
  struct engine *engine;
  struct hfcore_call *call;
  const struct hfcore_export *ask;
  struct events *events;
  struct archive archive;
  struct archive_trees trees;
  struct archive_writer writer;
};

static const struct hfcore_repo *
repo_of (const struct job *job, const struct archive_entry *entry)
{
  return &job->archive.repos.items[entry->repo].repo;
}

/* ---- what goes into it ---- */

static int
gather (struct job *job)
{
  struct archive_gather gather = {
    .engine = job->engine, .call = job->call, .archive = &job->archive, .trees = &job->trees
  };
  for (size_t i = 0; i < job->ask->count; i++)
    {
      const struct hfcore_export_item *item = job->ask->items[i];
      const struct hfcore_repo repo = { .size = sizeof repo,
                                        .type = item->repo_type ? item->repo_type : "model",
                                        .id = item->repo_id };
      int code = archive_gather (&gather, &repo, item->revision);
      if (code != HFCORE_OK)
        return code;
    }
  archive_unite (&job->archive);
  return HFCORE_OK;
}

/* Where no digest is the name, the manifest tells one: what was cached cannot be checked, what is
 * carried over can.  */
static int
add_sha256 (struct job *job, const struct archive_source *source, struct archive_entry *blob)
{
  char hex[65];
  host_log (&job->engine->log, HFCORE_LOG_WARNING,
            "'%s' of %s '%s' cannot be checked: its etag %s is no digest", blob->name,
            source->repo->type, source->repo->id, blob->etag);
  int code = archive_source_digest (source, DIGEST_SHA256, hex);
  if (code == HFCORE_OK && !(blob->sha256 = pool_copy (&job->archive.pool, hex)))
    return call_fail (job->call, HFCORE_E_NOMEM, "out of memory");
  return code;
}

static int
measure_blobs (struct job *job)
{
  for (size_t i = 0; i < job->archive.entries.count; i++)
    {
      struct archive_entry *blob = &job->archive.entries.items[i];
      if (blob->kind != ARCHIVE_BLOB)
        continue;
      CLEANUP_SOURCE struct archive_source source = { 0 };
      call_reset (job->call);
      int code = call_tick (job->call, 0, 0);
      if (code == HFCORE_OK)
        code = archive_source_find (job->engine, job->call, &job->archive, blob, &source);
      blob->length = source.length;
      if (code == HFCORE_OK && digest_of_etag (blob->etag) == DIGEST_NONE)
        code = add_sha256 (job, &source, blob);
      if (code != HFCORE_OK)
        return code;
    }
  return HFCORE_OK;
}

/* ---- what the other side has ---- */

/* An archive of an earlier time told what it left out, too: the other side had it then.  */
static void
leave_out (struct archive *archive, struct archive *have)
{
  for (size_t i = 0; i < archive->entries.count; i++)
    {
      struct archive_entry *blob = &archive->entries.items[i];
      const struct hfcore_repo *repo = &archive->repos.items[blob->repo].repo;
      uint32_t there;
      if (blob->kind != ARCHIVE_BLOB || archive_add_repo (have, repo->type, repo->id, &there) < 0)
        continue;
      const struct archive_entry *known = archive_find_blob (have, there, blob->etag);
      blob->is_needed = known && known->length == blob->length;
    }
}

static int
read_have (struct job *job)
{
  const char *path = job->ask->have;
  struct archive_reader reader = { .call = job->call, .fd = -1, .name = path, .advice = "" };
  if (!path)
    return HFCORE_OK;
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      int os_errno = errno;
      char room[128];
      int code = call_fail (job->call, os_errno == ENOENT ? HFCORE_E_NOTFOUND : HFCORE_E_IO,
                            "cannot open %s: %s", path, strerror_r (os_errno, room, sizeof room));
      job->call->error.os_errno = os_errno;
      return code;
    }
  reader.fd = fd;
  int code = archive_reader_open (&reader, true);
  if (code == HFCORE_OK)
    leave_out (&job->archive, &reader.archive);
  archive_reader_close (&reader);
  return code;
}

/* ---- writing ---- */

/* One blob on its way.  */
struct passing
{
  struct job *job;
  const struct archive_entry *blob;
  struct digest *digest;
  uint64_t done;
};

static int
stopped (struct job *job)
{
  return call_fail (job->call, HFCORE_E_CANCELLED, "stopped");
}

static int
on_data (void *ctx, const void *bytes, size_t len)
{
  struct passing *passing = ctx;
  struct job *job = passing->job;
  if (digest_update (passing->digest, bytes, len) < 0)
    return call_fail (job->call, HFCORE_E_IO, "libcrypto failed to hash");
  int code = archive_write_bytes (&job->writer, bytes, len);
  passing->done += len;
  if (code == HFCORE_OK
      && events_tell (job->events, HFCORE_EVENT_BYTES, passing->blob->name, passing->done,
                      passing->blob->length, 0))
    code = stopped (job);
  return code;
}

static int
check_digest (struct passing *passing)
{
  const struct hfcore_repo *repo = repo_of (passing->job, passing->blob);
  const char *expected = passing->blob->sha256 ? passing->blob->sha256 : passing->blob->etag;
  char hex[65];
  if (digest_hex (passing->digest, hex) < 0)
    return call_fail (passing->job->call, HFCORE_E_IO, "libcrypto failed to hash");
  if (strcmp (hex, expected) == 0)
    return HFCORE_OK;
  return call_fail (passing->job->call, HFCORE_E_CORRUPT,
                    "'%s' of %s '%s' is damaged in the cache: its digest is %s where it is to be "
                    "%s; download it again with --force-download",
                    passing->blob->name, repo->type, repo->id, hex, expected);
}

static int
write_blob (struct job *job, const struct archive_entry *blob)
{
  CLEANUP_SOURCE struct archive_source source = { 0 };
  const char *why = NULL;
  struct passing passing = { .job = job, .blob = blob };
  if (events_tell (job->events, HFCORE_EVENT_START, blob->name, 0, blob->length, 0))
    return stopped (job);
  int code = archive_source_find (job->engine, job->call, &job->archive, blob, &source);
  if (code != HFCORE_OK)
    return code;
  if (source.length != blob->length)
    return call_fail (job->call, HFCORE_E_CORRUPT, "'%s' of %s '%s' changed while it was exported",
                      blob->name, source.repo->type, source.repo->id);
  passing.digest
      = digest_new (blob->sha256 ? DIGEST_SHA256 : digest_of_etag (blob->etag), blob->length, &why);
  if (!passing.digest)
    return call_fail (job->call, HFCORE_E_IO, "cannot compute digests: %s", why);
  code = archive_write_entry (&job->writer, &job->archive, blob);
  if (code == HFCORE_OK)
    code = archive_source_read (&source, on_data, &passing);
  if (code == HFCORE_OK)
    code = check_digest (&passing);
  digest_free (passing.digest);
  if (code == HFCORE_OK
      && events_tell (job->events, HFCORE_EVENT_FILE, blob->name, blob->length, blob->length, 0))
    code = stopped (job);
  return code;
}

static int
write_entry (struct job *job, const struct archive_entry *entry)
{
  if (entry->kind == ARCHIVE_BLOB)
    return write_blob (job, entry);
  int code = archive_write_entry (&job->writer, &job->archive, entry);
  if (code == HFCORE_OK && entry->kind == ARCHIVE_REF)
    code = archive_write_bytes (&job->writer, entry->commit, entry->length);
  if (code == HFCORE_OK && entry->kind == ARCHIVE_TREE)
    code = archive_write_bytes (&job->writer, archive_trees_find (&job->trees, entry)->bytes,
                                entry->length);
  return code;
}

static int
write_entries (struct job *job)
{
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < job->archive.entries.count; i++)
    {
      call_reset (job->call);
      code = call_tick (job->call, 0, 0);
      if (code == HFCORE_OK && !job->archive.entries.items[i].is_needed)
        code = write_entry (job, &job->archive.entries.items[i]);
    }
  return code == HFCORE_OK ? archive_writer_end (&job->writer) : code;
}

static int
write_all (struct job *job)
{
  CLEANUP_TEXT struct text manifest = TEXT_LIMIT (ARCHIVE_MANIFEST_MOST);
  archive_manifest_write (&job->archive, &manifest);
  if (manifest.failed)
    return call_fail (job->call, HFCORE_E_NOMEM,
                      "the list of the files takes too much memory; export fewer repositories at "
                      "once");
  int code = archive_writer_open (&job->writer);
  if (code != HFCORE_OK)
    return code;
  if (job->ask->flags & HFCORE_EXPORT_MANIFEST)
    return archive_write_plain (&job->writer, &manifest);
  code = archive_write_text (&job->writer, ARCHIVE_MANIFEST, &manifest);
  text_free (&manifest);
  return code == HFCORE_OK ? write_entries (job) : code;
}

static int
run (struct job *job, struct hfcore_moved *moved)
{
  int code = gather (job);
  if (code == HFCORE_OK)
    code = measure_blobs (job);
  if (code == HFCORE_OK)
    code = read_have (job);
  if (code != HFCORE_OK)
    return code;
  archive_count (&job->archive, moved);
  if (events_tell (job->events, HFCORE_EVENT_PLAN, NULL, 0, moved->bytes, moved->blobs))
    return stopped (job);
  return write_all (job);
}

int
export_write (struct engine *engine, struct hfcore_call *call, const struct hfcore_export *ask,
              struct events *events, struct hfcore_moved *moved)
{
  struct job job
      = { .engine = engine,
          .call = call,
          .ask = ask,
          .events = events,
          .writer
          = { .call = call, .fd = ask->fd, .name = ask->name ? ask->name : "the archive" } };
  events_watch (events, call);
  int code = run (&job, moved);
  archive_writer_close (&job.writer);
  archive_trees_free (&job.trees);
  archive_free (&job.archive);
  return code;
}
