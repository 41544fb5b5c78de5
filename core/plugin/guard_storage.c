/* SPDX-License-Identifier: Apache-2.0 */
/* guard_storage.c: the ops of a storage as the engine and wrappers see them; see guard.h.  */
#include "core/plugin/guard_visit.h"
#include "core/plugin/sized.h"
#include "core/util/clock.h"

enum
{
  LOCK_SLICE_MS
  = 20, /* how long a SERIAL instance waits inside for a lock: its holder must get in */
  LOCK_PAUSE_MS = 5
};

#define WRITE_CAPS                                                                                 \
  ((uint32_t) (HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME                 \
               | HFCORE_STORAGE_REMOVE))

uint32_t
guard_storage_usable (const struct hfcore_storage_ops *ops, bool read_only)
{
  uint32_t missing = read_only ? WRITE_CAPS : 0;
  if (!ops->path)
    missing |= HFCORE_STORAGE_PATHS;
  if (!ops->lock || !ops->unlock)
    missing |= HFCORE_STORAGE_LOCKS;
  if (!ops->read_back || !ops->create)
    missing |= HFCORE_STORAGE_RESUME;
  if (!ops->list)
    missing |= HFCORE_STORAGE_LIST;
  if (!ops->remove)
    missing |= HFCORE_STORAGE_REMOVE;
  return ops->caps & ~missing;
}

static const struct hfcore_storage_ops *
plugin_ops (const struct guard *guard)
{
  return &guard->module->storage;
}

static uint32_t
storage_caps_now (void *self)
{
  return guard_caps_now (self, plugin_ops (self)->caps_now);
}

/* ---- blobs ---- */

static int
storage_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t *length)
{
  GUARD_VISIT (visit, "stat", etag, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *length = HFCORE_SIZE_UNKNOWN;
  int code = guard_enter (&visit, ops->stat != NULL);
  if (code)
    return code;
  code = ops->stat (visit.guard->self, call, repo, etag, length);
  if (code == HFCORE_OK && *length == HFCORE_SIZE_UNKNOWN)
    code = guard_fault (&visit, "told no length");
  return guard_leave (&visit, code);
}

static int
storage_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  GUARD_VISIT (visit, "read", etag, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->read != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_bytes (&guarded, &visit, sink);
  code = sink ? ops->read (visit.guard->self, call, repo, etag, offset, length, sink)
              : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

static int
storage_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char **path)
{
  GUARD_VISIT (visit, "path", commit, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *path = NULL;
  int code = guard_enter (&visit, ops->path != NULL);
  if (code)
    return code;
  code = ops->path (visit.guard->self, call, repo, commit, path);
  if (code == HFCORE_OK && !*path)
    code = guard_fault (&visit, "told no path");
  return guard_leave (&visit, code);
}

/* ---- writers ---- */

static const char *
wrong_writer (const void *writer, uint64_t have, uint64_t expect, uint32_t flags)
{
  if (!writer)
    return "gave no writer";
  if (have > expect)
    return "has more of a partial than the file is long";
  if (have && !(flags & HFCORE_CREATE_RESUME))
    return "took over a partial that it was told to leave";
  return NULL;
}

static int
storage_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  GUARD_VISIT (visit, "create", etag, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *have = 0;
  *writer = NULL;
  int code = guard_enter (&visit, ops->create != NULL);
  if (code)
    return code;
  code = ops->create (visit.guard->self, call, repo, etag, expect, flags, have, writer);
  const char *wrong = code == HFCORE_OK ? wrong_writer (*writer, *have, expect, flags) : NULL;
  if (wrong)
    {
      if (*writer && ops->abandon)
        ops->abandon (visit.guard->self, *writer, 1);
      code = guard_fault (&visit, wrong);
    }
  if (code != HFCORE_OK)
    {
      *have = 0;
      *writer = NULL;
    }
  return guard_leave (&visit, code);
}

static int
storage_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
               const void *bytes, size_t len)
{
  GUARD_VISIT (visit, "write", NULL, GUARD_WRITES | GUARD_QUIET);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->write != NULL);
  if (code)
    return code;
  code = ops->write (visit.guard->self, call, writer, offset, bytes, len);
  return guard_leave (&visit, code);
}

static int
storage_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                   size_t len, size_t *got)
{
  GUARD_VISIT (visit, "read_back", NULL, GUARD_QUIET);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *got = 0;
  int code = guard_enter (&visit, ops->read_back != NULL);
  if (code)
    return code;
  code = ops->read_back (visit.guard->self, call, writer, offset, bytes, len, got);
  if (code == HFCORE_OK && *got > len)
    code = guard_fault (&visit, "read more than there was room for");
  if (code != HFCORE_OK)
    *got = 0;
  return guard_leave (&visit, code);
}

static int
storage_restart (void *self, struct hfcore_call *call, void *writer)
{
  GUARD_VISIT (visit, "restart", NULL, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->restart != NULL);
  if (code)
    return code;
  return guard_leave (&visit, ops->restart (visit.guard->self, call, writer));
}

static void
storage_abandon (void *self, void *writer, int keep_partial)
{
  struct guard *guard = self;
  const struct hfcore_storage_ops *ops = plugin_ops (guard);
  if (!writer || !ops->abandon)
    return;
  bool taken = guard_take_turn (guard);
  ops->abandon (guard->self, writer, keep_partial);
  guard_end_turn (guard, taken);
}

static int
storage_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  GUARD_VISIT (visit, "commit", NULL, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->commit != NULL);
  if (code)
    {
      /* Not even entered, but a commit always ends its writer.  */
      storage_abandon (self, writer, 1);
      return code;
    }
  return guard_leave (&visit, ops->commit (visit.guard->self, call, writer, length));
}

static int
storage_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  GUARD_VISIT (visit, "remove", entry->name, GUARD_WRITES | GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->remove != NULL);
  if (code)
    return code;
  return guard_leave (&visit, ops->remove (visit.guard->self, call, entry));
}

/* ---- names ---- */

static int
storage_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char **commit)
{
  GUARD_VISIT (visit, "ref_get", ref, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *commit = NULL;
  int code = guard_enter (&visit, ops->ref_get != NULL);
  if (code)
    return code;
  code = ops->ref_get (visit.guard->self, call, repo, ref, commit);
  if (code == HFCORE_OK && !*commit)
    code = guard_fault (&visit, "told no commit");
  return guard_leave (&visit, code);
}

static int
storage_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *ref, const char *expected, const char *commit)
{
  GUARD_VISIT (visit, "ref_set", ref, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->ref_set != NULL);
  if (code)
    return code;
  code = ops->ref_set (visit.guard->self, call, repo, ref, expected, commit);
  return guard_leave (&visit, code);
}

/* Give the caller what the plugin said of a file.  */
static int
give_file (struct guard_visit *visit, int code, struct hfcore_stored_file *file,
           const struct hfcore_stored_file *told)
{
  if (code != HFCORE_OK)
    return code;
  if (told->state < HFCORE_FILE_UNKNOWN || told->state > HFCORE_FILE_ABSENT)
    return guard_fault (visit, "told a state that means nothing");
  if (told->state == HFCORE_FILE_PRESENT && !told->path
      && (storage_caps_now (visit->guard) & HFCORE_STORAGE_PATHS))
    return guard_fault (visit, "told no path of a file that is there");
  if (file)
    sized_give (file, sizeof *told, told);
  return code;
}

/* Can the caller be told? A wrapper may have forgotten the size.  */
static int
check_room (struct guard_visit *visit, const struct hfcore_stored_file *file)
{
  if (file && !HFCORE_HAS (file, length))
    return call_fail (visit->call, HFCORE_E_CONFIG, "%s: was given a struct without its size",
                      visit->op);
  return HFCORE_OK;
}

static int
storage_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, struct hfcore_stored_file *file)
{
  GUARD_VISIT (visit, "file_get", path, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  struct hfcore_stored_file told = { .size = sizeof told };
  int code = guard_enter (&visit, ops->file_get != NULL);
  if (code)
    return code;
  code = check_room (&visit, file);
  if (code == HFCORE_OK)
    code = ops->file_get (visit.guard->self, call, repo, commit, path, &told);
  return guard_leave (&visit, give_file (&visit, code, file, &told));
}

static int
storage_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const char *path, const char *etag, uint32_t flags,
                  struct hfcore_stored_file *file)
{
  GUARD_VISIT (visit, "file_set", path, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  struct hfcore_stored_file told = { .size = sizeof told };
  int code = guard_enter (&visit, ops->file_set != NULL);
  if (code)
    return code;
  code = check_room (&visit, file);
  if (code == HFCORE_OK)
    code = ops->file_set (visit.guard->self, call, repo, commit, path, etag, flags,
                          file ? &told : NULL);
  return guard_leave (&visit, give_file (&visit, code, file, &told));
}

/* ---- lists ---- */

static int
storage_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_sink *sink)
{
  GUARD_VISIT (visit, "tree_get", commit, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->tree_get != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_files (&guarded, &visit, sink);
  code = sink ? ops->tree_get (visit.guard->self, call, repo, commit, sink) : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

static int
storage_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit, const struct hfcore_file_info *files, size_t count)
{
  GUARD_VISIT (visit, "tree_set", commit, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->tree_set != NULL);
  if (code)
    return code;
  code = ops->tree_set (visit.guard->self, call, repo, commit, files, count);
  return guard_leave (&visit, code);
}

static int
storage_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
              const struct hfcore_entry_sink *sink)
{
  GUARD_VISIT (visit, "list", repo ? repo->id : NULL, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->list != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_entries (&guarded, &visit, sink);
  code = sink ? ops->list (visit.guard->self, call, repo, kinds, sink) : HFCORE_E_CONFIG;
  return guard_leave (&visit, code);
}

/* ---- locks ---- */

/* Was the deadline, not another reason, what ended this attempt?  */
static bool
ran_out_of_time (const struct hfcore_call *call, int code)
{
  return (code == HFCORE_E_RETRY || code == HFCORE_E_CANCELLED) && call->stopped == HFCORE_E_RETRY;
}

static int
try_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
          void **lock)
{
  GUARD_VISIT (visit, "lock", key, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *lock = NULL;
  call->stopped = 0;
  int code = guard_enter (&visit, ops->lock != NULL && ops->unlock != NULL);
  if (code)
    return code;
  code = ops->lock (visit.guard->self, call, repo, key, lock);
  if (code == HFCORE_OK && !*lock)
    code = guard_fault (&visit, "gave no lock");
  else if (ran_out_of_time (call, code))
    code = call_fail (call, HFCORE_E_BUSY, "the lock is held elsewhere");
  if (code != HFCORE_OK)
    *lock = NULL;
  return guard_leave (&visit, code);
}

/* Whoever holds the lock must get into a SERIAL instance to let it go: wait inside for a moment
 * only, then outside.  */
static int
lock_by_turns (struct guard *guard, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *key, void **lock)
{
  const int64_t deadline = call->deadline_ms;
  for (;;)
    {
      int64_t slice = clock_now_ms () + LOCK_SLICE_MS;
      bool last = deadline && deadline <= slice;
      call->deadline_ms = last ? deadline : slice;
      int code = try_lock (guard, call, repo, key, lock);
      call->deadline_ms = deadline;
      if (last || (code != HFCORE_E_BUSY && !ran_out_of_time (call, code)))
        return code;
      call_forget (call);
      code = call_tick (call, 0, 0);
      if (code)
        return code;
      clock_sleep_ms (LOCK_PAUSE_MS);
    }
}

static int
storage_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
              void **lock)
{
  struct guard *guard = self;
  int code = guard->serial ? lock_by_turns (guard, call, repo, key, lock)
                           : try_lock (guard, call, repo, key, lock);
  if (ran_out_of_time (call, code))
    {
      /* While it waited for its turn.  */
      const char *outer = call->origin;
      call->origin = guard->origin;
      code = call_fail (call, HFCORE_E_BUSY, "the lock is held elsewhere");
      call->origin = outer;
    }
  return code;
}

static void
storage_unlock (void *self, void *lock)
{
  struct guard *guard = self;
  const struct hfcore_storage_ops *ops = plugin_ops (guard);
  if (!lock || !ops->unlock)
    return;
  bool taken = guard_take_turn (guard);
  ops->unlock (guard->self, lock);
  guard_end_turn (guard, taken);
}

/* ---- where things lie ---- */

static int
storage_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *etag, const char **path)
{
  GUARD_VISIT (visit, "blob_path", etag, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *path = NULL;
  int code = guard_enter (&visit, ops->blob_path != NULL);
  if (code)
    return code;
  code = ops->blob_path (visit.guard->self, call, repo, etag, path);
  if (code == HFCORE_OK && !*path)
    code = guard_fault (&visit, "told no path");
  return guard_leave (&visit, code);
}

static int
storage_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char **etag)
{
  GUARD_VISIT (visit, "file_etag", path, GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  *etag = NULL;
  int code = guard_enter (&visit, ops->file_etag != NULL);
  if (code)
    return code;
  code = ops->file_etag (visit.guard->self, call, repo, commit, path, etag);
  if (code == HFCORE_OK && !*etag)
    code = guard_fault (&visit, "told no etag");
  return guard_leave (&visit, code);
}

static int
storage_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char *source, uint32_t flags,
                   struct hfcore_stored_file *file)
{
  GUARD_VISIT (visit, "file_link", path, GUARD_WRITES);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->file_link != NULL);
  if (code)
    return code;
  struct hfcore_stored_file told = { .size = sizeof told };
  code = check_room (&visit, file);
  if (code == HFCORE_OK)
    code = ops->file_link (visit.guard->self, call, repo, commit, path, source, flags,
                           file ? &told : NULL);
  return guard_leave (&visit, give_file (&visit, code, file, &told));
}

static int
storage_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink)
{
  GUARD_VISIT (visit, "describe", NULL, 0);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->describe != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_facts (&guarded, &visit, sink);
  return guard_leave (&visit,
                      sink ? ops->describe (visit.guard->self, call, sink) : HFCORE_E_CONFIG);
}

static int
storage_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *commit)
{
  GUARD_VISIT (visit, "use_mark", commit, GUARD_WRITES | GUARD_MAY_PASS);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->use_mark != NULL);
  if (code)
    return code;
  return guard_leave (&visit, ops->use_mark (visit.guard->self, call, repo, commit));
}

static int
storage_prove (void *self, struct hfcore_call *call, void *writer, uint64_t offset, uint64_t length)
{
  GUARD_VISIT (visit, "prove", NULL, GUARD_WRITES | GUARD_QUIET);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->prove != NULL);
  if (code)
    return code;
  return guard_leave (&visit, ops->prove (visit.guard->self, call, writer, offset, length));
}

static int
storage_proven (void *self, struct hfcore_call *call, void *writer,
                const struct hfcore_range_sink *sink)
{
  GUARD_VISIT (visit, "proven", NULL, 0);
  const struct hfcore_storage_ops *ops = plugin_ops (self);
  int code = guard_enter (&visit, ops->proven != NULL);
  if (code)
    return code;
  struct guard_sink guarded;
  sink = guard_sink_ranges (&guarded, &visit, sink);
  return guard_leave (&visit,
                      sink ? ops->proven (visit.guard->self, call, writer, sink) : HFCORE_E_CONFIG);
}

const struct hfcore_storage_ops guard_storage_ops = {
  .size = sizeof (struct hfcore_storage_ops),
  .caps = UINT32_MAX,
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
