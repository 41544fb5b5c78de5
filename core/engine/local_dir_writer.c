/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_writer.c: see local_dir_writer.h.  */
#include "core/engine/local_dir_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/engine/local_dir_partial.h"
#include "core/util/files.h"
#include "core/util/os.h"

#define WRITEBACK_STEP  ((uint64_t) 8 << 20)
#define ROOM_ASKED_FROM ((uint64_t) 1 << 20) /* a smaller file is not worth the question  */

static int
fail (struct hfcore_call *call, const struct local_target *target, const char *doing)
{
  return local_dir_fail (call, errno, doing, target->place->dir, target->place->path);
}

static bool
is_durable (const struct local_target *target)
{
  return settings_number (target->engine->settings, "durable") != 0;
}

static int
writer_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t *length)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) etag;
  *length = HFCORE_SIZE_UNKNOWN;
  return HFCORE_PASS;
}

/* Python warns and goes on (spec 2.7): a file system may find room that it does not tell of.  */
static void
warn_if_full (const struct local_target *target, uint64_t wanted)
{
  uint64_t room;
  const char *folder = target->place->dir->path;
  if (wanted >= ROOM_ASKED_FROM && files_free_space (folder, &room) == 0 && room < wanted)
    host_log (&target->engine->log, HFCORE_LOG_WARNING,
              "not enough free disk space: %.2f MB are to come and %s has %.2f MB free",
              (double) wanted / 1e6, folder, (double) room / 1e6);
}

static int
writer_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  const struct local_target *target = self;
  struct local_partial *partial = malloc (sizeof *partial);
  (void) repo;
  *have = 0;
  if (!partial)
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  *partial = LOCAL_PARTIAL_NONE;
  int code = HFCORE_OK;
  if ((flags & HFCORE_CREATE_RESUME) && target->looks_for_partials)
    code = local_partial_claim (call, target->place, etag, expect, have, partial);
  if (code == HFCORE_OK && partial->fd < 0)
    code = local_partial_new (call, target->place, etag, partial);
  if (code != HFCORE_OK)
    {
      free (partial);
      return code;
    }
  warn_if_full (target, expect - *have);
  *writer = partial;
  return HFCORE_OK;
}

static int
writer_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
              const void *bytes, size_t len)
{
  const struct local_target *target = self;
  const struct local_partial *partial = writer;
  if (files_pwrite_all (partial->fd, bytes, len, offset) < 0)
    return fail (call, target, "write");
  /* Begin to write out each step that was just filled: the sync at the end is short then.  */
  uint64_t before = offset / WRITEBACK_STEP, now = (offset + len) / WRITEBACK_STEP;
  if (now > before && is_durable (target))
    os_start_writeback (partial->fd, before * WRITEBACK_STEP, (now - before) * WRITEBACK_STEP);
  return HFCORE_OK;
}

static int
writer_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                  size_t len, size_t *got)
{
  const struct local_partial *partial = writer;
  *got = 0;
  while (*got < len)
    {
      ssize_t n = pread (partial->fd, (char *) bytes + *got, len - *got, (off_t) (offset + *got));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (call, self, "read back");
      if (n == 0)
        break;
      *got += (size_t) n;
    }
  return HFCORE_OK;
}

static int
writer_restart (void *self, struct hfcore_call *call, void *writer)
{
  const struct local_partial *partial = writer;
  return ftruncate (partial->fd, 0) == 0 ? HFCORE_OK : fail (call, self, "empty");
}

static int
writer_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  const struct local_target *target = self;
  struct local_partial *partial = writer;
  bool sync = is_durable (target);
  int code = HFCORE_OK;
  struct stat st;
  if (fstat (partial->fd, &st) == 0 && (uint64_t) st.st_size < length)
    code = call_fail (call, HFCORE_E_CORRUPT, "%s/%s was cut off by another program",
                      target->place->dir->path, target->place->path);
  /* An earlier writer's bytes may lie beyond the end.  */
  else if (ftruncate (partial->fd, (off_t) length) < 0 || (sync && fdatasync (partial->fd) < 0))
    code = fail (call, target, "write");
  if (code == HFCORE_OK)
    code = local_partial_finish (call, target->place, sync, partial);
  else
    local_partial_drop (target->place, partial);
  free (partial);
  return code;
}

static void
writer_abandon (void *self, void *writer, int keep_partial)
{
  const struct local_target *target = self;
  struct local_partial *partial = writer;
  struct stat st;
  if (keep_partial && fstat (partial->fd, &st) == 0 && st.st_size > 0)
    local_partial_keep (partial);
  else
    local_partial_drop (target->place, partial);
  free (partial);
}

void
local_dir_storage (struct local_target *target, struct hfcore_storage *storage)
{
  static const struct hfcore_storage_ops ops = {
    .size = sizeof ops,
    .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_RESUME,
    .stat = writer_stat,
    .create = writer_create,
    .write = writer_write,
    .read_back = writer_read_back,
    .restart = writer_restart,
    .commit = writer_commit,
    .abandon = writer_abandon,
  };
  *storage = (struct hfcore_storage){ .size = sizeof *storage, .ops = &ops, .self = target };
}
