/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-memory: a storage in memory that counts its calls (memory.h). It has no paths, keeps
 * no partials, removes and lists nothing. It says "opened" and "closed" in the log.  */
#include "tests/support/plugins/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hfcore/plugin.h>

enum
{
  BLOB_MOST = 64 << 20
};

extern HFCORE_PLUGIN_EXPORT memory_counts memory_calls;
memory_counts memory_calls;

/* What is kept under one name: a blob, a ref, a file's etag ("": absent), a tree's lines.  */
struct item
{
  struct item *next;
  char *name;
  char *bytes; /* with a zero byte behind them  */
  size_t len;
};

struct memory
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  pthread_mutex_t mutex;
  struct item *items;
};

struct writer
{
  char *name;
  char *bytes;
  size_t len;
};

static void
count (enum memory_op op)
{
  atomic_fetch_add (&memory_calls[op], 1);
}

static int
no_memory (const struct memory *memory, struct hfcore_call *call)
{
  return memory->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
}

/* ---- items ---- */

/* A new string.  */
static char *
item_name (const char *kind, const struct hfcore_repo *repo, const char *a, const char *b)
{
  char *name = NULL;
  return asprintf (&name, "%s %s %s %s %s", kind, repo->type, repo->id, a, b) < 0 ? NULL : name;
}

static struct item *
find_locked (const struct memory *memory, const char *name)
{
  struct item *item = memory->items;
  while (item && strcmp (item->name, name) != 0)
    item = item->next;
  return item;
}

/* Let `name` (taken) be these bytes (taken). Both may be NULL: no memory.  */
static int
put (struct memory *memory, struct hfcore_call *call, char *name, char *bytes, size_t len)
{
  struct item *item = calloc (1, sizeof *item);
  if (!item || !name || !bytes)
    {
      free (item);
      free (name);
      free (bytes);
      return no_memory (memory, call);
    }
  pthread_mutex_lock (&memory->mutex);
  struct item *old = find_locked (memory, name);
  if (old)
    {
      free (old->bytes);
      free (name);
      free (item);
      item = old;
    }
  else
    {
      item->name = name;
      item->next = memory->items;
      memory->items = item;
    }
  item->bytes = bytes;
  item->len = len;
  pthread_mutex_unlock (&memory->mutex);
  return HFCORE_OK;
}

/* A copy in the call of what `name` (taken) is; PASS: nothing.  */
static int
get (struct memory *memory, struct hfcore_call *call, char *name, const char **bytes, size_t *len)
{
  if (!name)
    return no_memory (memory, call);
  pthread_mutex_lock (&memory->mutex);
  const struct item *item = find_locked (memory, name);
  *bytes = item ? memory->host->keep (call, item->bytes, item->len) : NULL;
  *len = item ? item->len : 0;
  pthread_mutex_unlock (&memory->mutex);
  free (name);
  if (!item)
    return HFCORE_PASS;
  return *bytes ? HFCORE_OK : HFCORE_E_NOMEM;
}

/* ---- instances ---- */

static int
memory_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  count (MEMORY_OPEN);
  const char *complaint = open->host->text (open->settings, "fail");
  if (complaint)
    return open->host->fail (call, (int) open->host->number (open->settings, "fail-code"), "%s",
                             complaint);
  struct memory *memory = calloc (1, sizeof *memory);
  if (!memory)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  memory->host = open->host;
  memory->journal = open->journal;
  pthread_mutex_init (&memory->mutex, NULL);
  open->host->log (open->journal, HFCORE_LOG_INFO, "opened%s", open->read_only ? " read-only" : "");
  *self = memory;
  return HFCORE_OK;
}

static void
memory_close (void *self)
{
  struct memory *memory = self;
  count (MEMORY_CLOSE);
  memory->host->log (memory->journal, HFCORE_LOG_INFO, "closed");
  while (memory->items)
    {
      struct item *item = memory->items;
      memory->items = item->next;
      free (item->name);
      free (item->bytes);
      free (item);
    }
  pthread_mutex_destroy (&memory->mutex);
  free (memory);
}

/* ---- blobs ---- */

static int
memory_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t *length)
{
  const char *bytes;
  size_t len;
  count (MEMORY_STAT);
  int code = get (self, call, item_name ("blob", repo, etag, ""), &bytes, &len);
  if (code == HFCORE_OK)
    *length = len;
  return code;
}

static int
memory_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  const char *bytes;
  size_t len;
  count (MEMORY_READ);
  int code = get (self, call, item_name ("blob", repo, etag, ""), &bytes, &len);
  if (code)
    return code;
  if (offset > len)
    offset = len;
  if (length > len - offset)
    length = len - offset;
  code = sink->begin (sink->ctx, offset, len);
  return code ? code : sink->data (sink->ctx, bytes + offset, length);
}

static int
memory_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  count (MEMORY_CREATE);
  (void) expect;
  (void) flags;
  struct writer *made = calloc (1, sizeof *made);
  if (made)
    made->name = item_name ("blob", repo, etag, "");
  if (!made || !made->name)
    {
      free (made);
      return no_memory (self, call);
    }
  *have = 0;
  *writer = made;
  return HFCORE_OK;
}

static int
memory_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
              const void *bytes, size_t len)
{
  struct writer *to = writer;
  const struct memory *memory = self;
  count (MEMORY_WRITE);
  if (offset > BLOB_MOST || len > BLOB_MOST - offset)
    return memory->host->fail (call, HFCORE_E_NOSPACE, "a blob here has %d bytes at the most",
                               BLOB_MOST);
  if (offset + len > to->len)
    {
      char *more = realloc (to->bytes, offset + len);
      if (!more)
        return no_memory (memory, call);
      memset (more + to->len, 0, offset + len - to->len);
      to->bytes = more;
      to->len = offset + len;
    }
  if (len)
    memcpy (to->bytes + offset, bytes, len);
  return HFCORE_OK;
}

static int
memory_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                  size_t len, size_t *got)
{
  const struct writer *from = writer;
  (void) self;
  (void) call;
  count (MEMORY_READ_BACK);
  size_t rest = offset < from->len ? from->len - offset : 0;
  *got = len < rest ? len : rest;
  if (*got)
    memcpy (bytes, from->bytes + offset, *got);
  return HFCORE_OK;
}

static int
memory_restart (void *self, struct hfcore_call *call, void *writer)
{
  struct writer *again = writer;
  (void) self;
  (void) call;
  count (MEMORY_RESTART);
  free (again->bytes);
  again->bytes = NULL;
  again->len = 0;
  return HFCORE_OK;
}

static int
memory_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  struct writer *from = writer;
  const struct memory *memory = self;
  count (MEMORY_COMMIT);
  char *name = from->name, *bytes = from->bytes;
  size_t len = from->len;
  free (from);
  if (len == length)
    {
      char *ended = realloc (bytes, len + 1);
      if (ended)
        ended[len] = 0;
      else
        free (bytes);
      return put (self, call, name, ended, len);
    }
  free (name);
  free (bytes);
  return memory->host->fail (call, HFCORE_E_IO, "%zu bytes were written, not %llu", len,
                             (unsigned long long) length);
}

static void
memory_abandon (void *self, void *writer, int keep_partial)
{
  struct writer *gone = writer;
  (void) self;
  (void) keep_partial;
  count (MEMORY_ABANDON);
  free (gone->name);
  free (gone->bytes);
  free (gone);
}

/* ---- names ---- */

static char *
copy_text (const char *text)
{
  return strdup (text ? text : "");
}

static int
memory_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, const char **commit)
{
  size_t len;
  count (MEMORY_REF_GET);
  return get (self, call, item_name ("ref", repo, ref, ""), commit, &len);
}

/* Compares and sets in two steps: tests set a ref from one thread only.  */
static int
memory_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, const char *expected, const char *commit)
{
  const struct memory *memory = self;
  const char *now = "";
  size_t len;
  count (MEMORY_REF_SET);
  int code = get (self, call, item_name ("ref", repo, ref, ""), &now, &len);
  if (code < 0)
    return code;
  if (expected && strcmp (expected, code == HFCORE_PASS ? "" : now) != 0)
    return memory->host->fail (call, HFCORE_E_CONFLICT, "the ref names another commit");
  return put (self, call, item_name ("ref", repo, ref, ""), copy_text (commit), strlen (commit));
}

static int
memory_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, struct hfcore_stored_file *file)
{
  const char *etag, *bytes;
  size_t len;
  count (MEMORY_FILE_GET);
  int code = get (self, call, item_name ("file", repo, commit, path), &etag, &len);
  if (code == HFCORE_PASS)
    return HFCORE_OK;
  if (code)
    return code;
  file->state = *etag ? HFCORE_FILE_PRESENT : HFCORE_FILE_ABSENT;
  if (!*etag)
    return HFCORE_OK;
  code = get (self, call, item_name ("blob", repo, etag, ""), &bytes, &len);
  if (code == HFCORE_PASS)
    file->state = HFCORE_FILE_UNKNOWN;
  file->length = len;
  return code < 0 ? code : HFCORE_OK;
}

static int
memory_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, const char *etag, uint32_t flags,
                 struct hfcore_stored_file *file)
{
  (void) flags;
  count (MEMORY_FILE_SET);
  char *name = item_name ("file", repo, commit, path);
  int code = put (self, call, name, copy_text (etag), etag ? strlen (etag) : 0);
  if (code == HFCORE_OK && file)
    file->state = etag ? HFCORE_FILE_PRESENT : HFCORE_FILE_ABSENT;
  return code;
}

/* ---- trees: lines of "path etag length" ---- */

static int
memory_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const struct hfcore_file_sink *sink)
{
  const char *bytes;
  size_t len;
  count (MEMORY_TREE_GET);
  int code = get (self, call, item_name ("tree", repo, commit, ""), &bytes, &len);
  char *line = (char *) bytes, *end;
  for (; code == HFCORE_OK && (end = strchr (line, '\n')); line = end + 1)
    {
      char path[256] = "", etag[128] = "";
      unsigned long long length = 0;
      *end = 0;
      sscanf (line, "%255s %127s %llu", path, etag, &length);
      struct hfcore_file_info info
          = { .size = sizeof info, .path = path, .etag = etag, .length = length };
      code = sink->file (sink->ctx, &info);
    }
  return code;
}

static int
memory_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const struct hfcore_file_info *files, size_t files_count)
{
  char *bytes = NULL;
  size_t len = 0;
  count (MEMORY_TREE_SET);
  FILE *lines = open_memstream (&bytes, &len);
  if (!lines)
    return no_memory (self, call);
  const char *at = (const char *) files;
  for (size_t i = 0; i < files_count; i++, at += files->size)
    {
      const struct hfcore_file_info *info = (const struct hfcore_file_info *) at;
      fprintf (lines, "%s %s %llu\n", info->path, info->etag, (unsigned long long) info->length);
    }
  fclose (lines);
  return put (self, call, item_name ("tree", repo, commit, ""), bytes, len);
}

/* ---- locks: an item each, that one thread after the other puts there ---- */

static int
memory_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
             void **lock)
{
  struct memory *memory = self;
  count (MEMORY_LOCK);
  struct item *item = calloc (1, sizeof *item);
  char *name = item_name ("lock", repo, key, "");
  if (!item || !name)
    {
      free (item);
      free (name);
      return no_memory (memory, call);
    }
  item->name = name;
  for (;;)
    {
      pthread_mutex_lock (&memory->mutex);
      bool held = find_locked (memory, name) != NULL;
      if (!held)
        {
          item->next = memory->items;
          memory->items = item;
        }
      pthread_mutex_unlock (&memory->mutex);
      int stop = held ? memory->host->tick (call, 0, 0) : HFCORE_OK;
      if (!held)
        {
          *lock = item;
          return HFCORE_OK;
        }
      if (stop)
        {
          free (name);
          free (item);
          return memory->host->time_left_ms (call) == 0
                     ? memory->host->fail (call, HFCORE_E_BUSY, "the lock is held")
                     : stop;
        }
    }
}

static void
memory_unlock (void *self, void *lock)
{
  struct memory *memory = self;
  struct item *item = lock;
  count (MEMORY_UNLOCK);
  pthread_mutex_lock (&memory->mutex);
  struct item **at = &memory->items;
  while (*at != item)
    at = &(*at)->next;
  *at = item->next;
  pthread_mutex_unlock (&memory->mutex);
  free (item->name);
  free (item);
}

static const struct hfcore_storage_ops ops = {
  .size = sizeof (struct hfcore_storage_ops),
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS,
  .open = memory_open,
  .close = memory_close,
  .stat = memory_stat,
  .read = memory_read,
  .create = memory_create,
  .write = memory_write,
  .read_back = memory_read_back,
  .restart = memory_restart,
  .commit = memory_commit,
  .abandon = memory_abandon,
  .ref_get = memory_ref_get,
  .ref_set = memory_ref_set,
  .file_get = memory_file_get,
  .file_set = memory_file_set,
  .tree_get = memory_tree_get,
  .tree_set = memory_tree_set,
  .lock = memory_lock,
  .unlock = memory_unlock,
};

static const struct hfcore_option options[] = {
  { .key = "fail", .type = HFCORE_OPTION_TEXT, .help = "refuse to open, saying this" },
  { .key = "fail-code", .type = HFCORE_OPTION_INT, .fallback = "-3", .help = "with this code" },
  { .key = NULL },
};

HFCORE_PLUGIN_DEFINE (.name = "test-memory", .version = "1", .summary = "A storage in memory",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .storage = &ops);
