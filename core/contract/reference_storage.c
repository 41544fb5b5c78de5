/* SPDX-License-Identifier: Apache-2.0 */
/* reference_storage.c: the ops of the storage in memory; see reference_storage.h.  */
#include "core/contract/reference_storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/clock.h"

enum
{
  PIECE = 64 << 10,
  WAIT_MS = 2
};

struct writer
{
  char *type, *id, *etag;
  pthread_mutex_t mutex; /* several threads may write  */
  char *bytes;
  size_t len;
};

static int
keep (const struct reference *reference, struct hfcore_call *call, const char *text,
      const char **kept)
{
  *kept = reference->host->keep (call, text, strlen (text));
  return *kept ? HFCORE_OK : HFCORE_E_NOMEM;
}

/* ---- instances ---- */

static int
reference_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct reference *reference = calloc (1, sizeof *reference);
  if (!reference)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  reference->host = open->host;
  *self = reference;
  return HFCORE_OK;
}

static void
reference_close (void *self)
{
  free (self);
}

/* ---- blobs ---- */

static int
reference_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t *length)
{
  (void) self, (void) call;
  CLEANUP_BYTES struct reference_bytes *content = reference_find_blob (repo, etag);
  if (!content)
    return HFCORE_PASS;
  *length = content->len;
  return HFCORE_OK;
}

static int
reference_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *etag, uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  const struct reference *reference = self;
  CLEANUP_BYTES struct reference_bytes *content = reference_find_blob (repo, etag);
  if (!content)
    return HFCORE_PASS;
  if (offset > content->len || (length != HFCORE_SIZE_UNKNOWN && length > content->len - offset))
    return reference->host->fail (call, HFCORE_E_CORRUPT, "the blob %s has %zu bytes only", etag,
                                  content->len);
  if (length == HFCORE_SIZE_UNKNOWN)
    length = content->len - offset;
  int code = sink->begin (sink->ctx, offset, content->len);
  for (uint64_t done = 0; code == HFCORE_OK && done < length;)
    {
      size_t len = length - done < PIECE ? (size_t) (length - done) : PIECE;
      code = sink->data (sink->ctx, content->bytes + offset + done, len);
      done += len;
      if (code == HFCORE_OK)
        code = reference->host->tick (call, done, length);
    }
  return code;
}

/* ---- writers ---- */

/* The item that says that somebody is at work.  */
static void
name_writer (const struct writer *writer, char name[32])
{
  snprintf (name, 32, "%p", (const void *) writer);
}

static void
writer_free (struct writer *writer)
{
  char name[32];
  name_writer (writer, name);
  if (writer->type && writer->id)
    {
      const struct hfcore_repo repo
          = { .size = sizeof repo, .type = writer->type, .id = writer->id };
      WITH_REFERENCE;
      size_t at = reference_find_locked (REFERENCE_WRITER, &repo, name, NULL);
      if (at < reference_shared.items.count)
        reference_drop_locked (at);
    }
  pthread_mutex_destroy (&writer->mutex);
  free (writer->type);
  free (writer->id);
  free (writer->etag);
  free (writer->bytes);
  free (writer);
}

/* Let others know of it.  */
static int
announce (const struct reference *reference, struct hfcore_call *call, const struct writer *writer)
{
  char name[32];
  name_writer (writer, name);
  if (!writer->type || !writer->id || !writer->etag)
    return reference_no_memory (reference, call);
  WITH_REFERENCE;
  return reference_put_locked (reference, call,
                               reference_item_new (REFERENCE_WRITER, writer->type, writer->id, name,
                                                   NULL, NULL, NULL));
}

static int
reference_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **made)
{
  (void) expect, (void) flags;
  int code = reference_check_names (self, call, etag, NULL, NULL, NULL);
  if (code)
    return code;
  struct writer *writer = calloc (1, sizeof *writer);
  if (!writer)
    return reference_no_memory (self, call);
  pthread_mutex_init (&writer->mutex, NULL);
  writer->type = reference_copy (repo->type);
  writer->id = reference_copy (repo->id);
  writer->etag = reference_copy (etag);
  code = announce (self, call, writer);
  if (code)
    {
      writer_free (writer);
      return code;
    }
  *have = 0;
  *made = writer;
  return HFCORE_OK;
}

static int
reference_write (void *self, struct hfcore_call *call, void *to, uint64_t offset, const void *bytes,
                 size_t len)
{
  const struct reference *reference = self;
  struct writer *writer = to;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&writer->mutex);
  if (offset > REFERENCE_MOST || len > REFERENCE_MOST - offset)
    return reference->host->fail (call, HFCORE_E_NOSPACE, "a blob here has %d bytes at the most",
                                  REFERENCE_MOST);
  size_t end = (size_t) offset + len;
  if (end > writer->len)
    {
      char *more = realloc (writer->bytes, end);
      if (!more)
        return reference_no_memory (reference, call);
      memset (more + writer->len, 0, end - writer->len);
      writer->bytes = more;
      writer->len = end;
    }
  if (len)
    memcpy (writer->bytes + offset, bytes, len);
  return HFCORE_OK;
}

static int
reference_read_back (void *self, struct hfcore_call *call, void *from, uint64_t offset, void *bytes,
                     size_t len, size_t *got)
{
  (void) self, (void) call;
  struct writer *writer = from;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&writer->mutex);
  size_t rest = offset < writer->len ? writer->len - (size_t) offset : 0;
  *got = len < rest ? len : rest;
  if (*got)
    memcpy (bytes, writer->bytes + offset, *got);
  return HFCORE_OK;
}

static int
reference_restart (void *self, struct hfcore_call *call, void *again)
{
  (void) self, (void) call;
  struct writer *writer = again;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&writer->mutex);
  free (writer->bytes);
  writer->bytes = NULL;
  writer->len = 0;
  return HFCORE_OK;
}

/* A twin may have come first: then its bytes stay, for who reads them now.  */
static int
publish (const struct reference *reference, struct hfcore_call *call, struct writer *writer)
{
  const struct hfcore_repo repo = { .size = sizeof repo, .type = writer->type, .id = writer->id };
  size_t len = writer->len;
  CLEANUP_BYTES struct reference_bytes *content
      = reference_bytes_new (TAKE_PTR (writer->bytes), len);
  if (!content)
    return reference_no_memory (reference, call);
  WITH_REFERENCE;
  if (reference_get_locked (HFCORE_ENTRY_BLOB, &repo, writer->etag, NULL))
    return HFCORE_OK;
  return reference_put_locked (reference, call,
                               reference_item_new (HFCORE_ENTRY_BLOB, writer->type, writer->id,
                                                   writer->etag, NULL, NULL, content));
}

static int
reference_commit (void *self, struct hfcore_call *call, void *done, uint64_t length)
{
  const struct reference *reference = self;
  struct writer *writer = done;
  int code = writer->len == length
                 ? publish (reference, call, writer)
                 : reference->host->fail (call, HFCORE_E_CORRUPT,
                                          "%zu bytes were written of %s, not %llu", writer->len,
                                          writer->etag, (unsigned long long) length);
  writer_free (writer);
  return code;
}

static void
reference_abandon (void *self, void *writer, int keep_partial)
{
  (void) self, (void) keep_partial;
  writer_free (writer);
}

/* ---- refs ---- */

static int
reference_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *ref, const char **commit)
{
  WITH_REFERENCE;
  const struct reference_item *item = reference_get_locked (HFCORE_ENTRY_REF, repo, ref, NULL);
  return item ? keep (self, call, item->value, commit) : HFCORE_PASS;
}

static int
reference_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *ref, const char *expected, const char *commit)
{
  const struct reference *reference = self;
  int code = reference_check_names (reference, call, NULL, ref, commit, NULL);
  if (code)
    return code;
  WITH_REFERENCE;
  const struct reference_item *item = reference_get_locked (HFCORE_ENTRY_REF, repo, ref, NULL);
  if (expected && strcmp (expected, item ? item->value : "") != 0)
    return reference->host->fail (call, HFCORE_E_CONFLICT, "the ref '%s' names %s", ref,
                                  item ? item->value : "nothing");
  return reference_put_locked (reference, call,
                               reference_item_new (HFCORE_ENTRY_REF, repo->type, repo->id, ref,
                                                   NULL, commit, NULL));
}

/* ---- files ---- */

static void
tell_locked (const struct hfcore_repo *repo, const struct reference_item *item,
             struct hfcore_stored_file *file)
{
  const struct reference_item *blob
      = reference_get_locked (HFCORE_ENTRY_BLOB, repo, item->value, NULL);
  if (!file)
    return;
  file->state = blob ? HFCORE_FILE_PRESENT : HFCORE_FILE_UNKNOWN;
  file->length = blob ? blob->content->len : 0;
}

static int
reference_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const char *path, struct hfcore_stored_file *file)
{
  (void) self, (void) call;
  WITH_REFERENCE;
  const struct reference_item *item = reference_get_locked (HFCORE_ENTRY_FILE, repo, path, commit);
  file->state = HFCORE_FILE_UNKNOWN;
  if (item)
    tell_locked (repo, item, file);
  else if (reference_get_locked (HFCORE_ENTRY_ABSENT, repo, path, commit))
    file->state = HFCORE_FILE_ABSENT;
  return HFCORE_OK;
}

/* Does a file of this commit stand where a folder of `path` is to be, or the other way round?  */
static bool
is_in_the_way_locked (const struct hfcore_repo *repo, const char *commit, const char *path)
{
  for (size_t i = 0; i < reference_shared.items.count; i++)
    {
      const struct reference_item *item = reference_shared.items.items[i];
      if (item->kind != HFCORE_ENTRY_FILE || !reference_item_is_of (item, repo)
          || strcmp (item->commit, commit) != 0)
        continue;
      size_t ours = strlen (path), theirs = strlen (item->name);
      const char *longer = ours < theirs ? item->name : path;
      size_t len = ours < theirs ? ours : theirs;
      if (ours != theirs && strncmp (path, item->name, len) == 0 && longer[len] == '/')
        return true;
    }
  return false;
}

static int
reference_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const char *path, const char *etag, uint32_t flags,
                    struct hfcore_stored_file *file)
{
  const struct reference *reference = self;
  (void) flags;
  int code = reference_check_names (reference, call, etag, NULL, commit, path);
  if (code)
    return code;
  WITH_REFERENCE;
  if (!etag)
    {
      if (file)
        file->state = HFCORE_FILE_ABSENT;
      return reference_put_locked (reference, call,
                                   reference_item_new (HFCORE_ENTRY_ABSENT, repo->type, repo->id,
                                                       path, commit, NULL, NULL));
    }
  if (!reference_get_locked (HFCORE_ENTRY_BLOB, repo, etag, NULL))
    return reference->host->fail (call, HFCORE_E_RETRY, "there is no blob %s (any more)", etag);
  if (is_in_the_way_locked (repo, commit, path))
    return reference->host->fail (call, HFCORE_E_IO, "a file cannot be where a folder is: %s",
                                  path);
  code = reference_put_locked (reference, call,
                               reference_item_new (HFCORE_ENTRY_FILE, repo->type, repo->id, path,
                                                   commit, etag, NULL));
  size_t absent = reference_find_locked (HFCORE_ENTRY_ABSENT, repo, path, commit);
  if (code == HFCORE_OK && absent < reference_shared.items.count)
    reference_drop_locked (absent);
  if (code == HFCORE_OK)
    tell_locked (repo, reference_get_locked (HFCORE_ENTRY_FILE, repo, path, commit), file);
  return code;
}

static int
reference_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                     const char *commit, const char *path, const char **etag)
{
  WITH_REFERENCE;
  const struct reference_item *item = reference_get_locked (HFCORE_ENTRY_FILE, repo, path, commit);
  return item ? keep (self, call, item->value, etag) : HFCORE_PASS;
}

/* ---- locks ---- */

struct lock
{
  struct hfcore_repo repo; /* with copies of its names  */
  char *key;
};

static void
lock_free (struct lock *lock)
{
  free ((char *) lock->repo.type);
  free ((char *) lock->repo.id);
  free (lock->key);
  free (lock);
}

/* HFCORE_OK: it is ours; PASS: it is somebody's.  */
static int
try_lock (const struct reference *reference, struct hfcore_call *call, const struct lock *lock)
{
  WITH_REFERENCE;
  if (reference_get_locked (REFERENCE_LOCK, &lock->repo, lock->key, NULL))
    return HFCORE_PASS;
  return reference_put_locked (reference, call,
                               reference_item_new (REFERENCE_LOCK, lock->repo.type, lock->repo.id,
                                                   lock->key, NULL, NULL, NULL));
}

static int
wait_for_lock (const struct reference *reference, struct hfcore_call *call, const struct lock *lock)
{
  for (;;)
    {
      int code = try_lock (reference, call, lock);
      if (code != HFCORE_PASS)
        return code;
      code = reference->host->tick (call, 0, 0);
      if (code == HFCORE_E_RETRY)
        return reference->host->fail (call, HFCORE_E_BUSY, "the lock '%s' is held", lock->key);
      if (code)
        return code;
      clock_sleep_ms (WAIT_MS);
    }
}

static int
reference_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *key, void **made)
{
  int code = reference_check_names (self, call, key, NULL, NULL, NULL);
  struct lock *lock = code ? NULL : calloc (1, sizeof *lock);
  if (!lock)
    return code ? code : reference_no_memory (self, call);
  lock->repo = (struct hfcore_repo){ .size = sizeof lock->repo,
                                     .type = reference_copy (repo->type),
                                     .id = reference_copy (repo->id) };
  lock->key = reference_copy (key);
  code = lock->repo.type && lock->repo.id && lock->key ? wait_for_lock (self, call, lock)
                                                       : reference_no_memory (self, call);
  if (code)
    lock_free (lock);
  else
    *made = lock;
  return code;
}

static void
reference_unlock (void *self, void *held)
{
  struct lock *lock = held;
  (void) self;
  {
    WITH_REFERENCE;
    size_t at = reference_find_locked (REFERENCE_LOCK, &lock->repo, lock->key, NULL);
    if (at < reference_shared.items.count)
      reference_drop_locked (at);
  }
  lock_free (lock);
}

/* ---- the rest ---- */

static int
reference_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink)
{
  (void) self, (void) call;
  return sink->fact (sink->ctx, "lasting", "no");
}

static int
reference_use_mark (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit)
{
  bool found = false;
  (void) self, (void) call;
  WITH_REFERENCE;
  for (size_t i = 0; i < reference_shared.items.count; i++)
    {
      struct reference_item *item = reference_shared.items.items[i];
      if (item->kind == HFCORE_ENTRY_FILE && reference_item_is_of (item, repo)
          && strcmp (item->commit, commit) == 0)
        {
          item->used_ns = clock_wall_ms () * 1000000;
          found = true;
        }
    }
  return found ? HFCORE_OK : HFCORE_PASS;
}

static const struct hfcore_storage_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
  .open = reference_open,
  .close = reference_close,
  .stat = reference_stat,
  .read = reference_read,
  .create = reference_create,
  .write = reference_write,
  .read_back = reference_read_back,
  .restart = reference_restart,
  .commit = reference_commit,
  .abandon = reference_abandon,
  .remove = reference_remove,
  .ref_get = reference_ref_get,
  .ref_set = reference_ref_set,
  .file_get = reference_file_get,
  .file_set = reference_file_set,
  .tree_get = reference_tree_get,
  .tree_set = reference_tree_set,
  .list = reference_list,
  .lock = reference_lock,
  .unlock = reference_unlock,
  .file_etag = reference_file_etag,
  .describe = reference_describe,
  .use_mark = reference_use_mark,
};

const struct hfcore_plugin contract_reference_storage
    = { .size = sizeof (struct hfcore_plugin),
        .abi_major = HFCORE_ABI_MAJOR,
        .abi_minor = HFCORE_ABI_MINOR,
        .option_size = sizeof (struct hfcore_option),
        .threads = HFCORE_THREADS_PARALLEL,
        .name = "reference-storage",
        .version = "1",
        .summary = "blobs and names in memory, for checking what lies above",
        .storage = &ops };
