/* SPDX-License-Identifier: Apache-2.0 */
/* store_memory.c: a worked example of a storage: it keeps all in the memory of the program, and
 * forgets it when the program ends or closes hfcore. Copy it and put your own store in its place.
 *
 *   cc -shared -fPIC $(pkg-config --cflags hfcore) -o hfcore-store-memory.so store_memory.c
 *   hfcore plugin check ./hfcore-store-memory.so
 *
 * In the YAML:  plugin-path: [ /folder/of/the/module ]
 *               storage:
 *                 - { name: ram, plugin: store-memory, limit: 500MB }
 *
 * What a storage is asked to keep, for each repository:
 *   blobs   the bytes of files, named by their etag; checked by the engine while they are written
 *   files   which blob a path of a commit is, or that the commit has no such path
 *   refs    which commit a branch or tag is
 *   trees   which files a commit has, as the Hub listed them
 *
 * There are no local paths here, so HFCORE_STORAGE_PATHS is not among `caps`, `path` is NULL, and
 * hfcore_download_file and hfcore_lookup tell the path "". What needs a folder (`hfcore download`
 * of a whole repository) fails, unless it is told to put the files into one: `--local-dir`.
 *
 * Threads: HFCORE_THREADS_SERIAL, the default. The host lets one call at a time in, so that nothing
 * here needs a lock. A storage that many threads are to use at once says PARALLEL and locks.  */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <hfcore/plugin.h>

#define PIECE ((uint64_t) 1 << 20)

/* One thing that is kept. They stand in one list, which does for an example.  */
struct item
{
  struct item *next;
  int kind;        /* HFCORE_ENTRY_BLOB, _FILE, _REF or _TREE  */
  char *type, *id; /* of the repository  */
  char *name;      /* etag of a BLOB, commit of a FILE or TREE, name of a REF  */
  char *path;      /* of a FILE; else ""  */
  char *bytes;     /* of a BLOB; etag of a FILE ("": it is known to be absent); commit of a REF  */
  size_t length;
  struct hfcore_file_info *files; /* of a TREE  */
  size_t count;
  int64_t modified_ns; /* since 1970  */
};

struct memory
{
  const struct hfcore_host *host;
  uint64_t limit, used; /* bytes of blobs, those that are being written included  */
  unsigned writers;
  struct item *items;
};

/* ---- items ---- */

static int
no_memory (const struct memory *memory, struct hfcore_call *call)
{
  /* Every failure is recorded like this; what fail returns is what the op returns.  */
  return memory->host->fail (call, HFCORE_E_NOMEM, "out of memory");
}

/* The strings of a file of a tree.  */
static const size_t texts[]
    = { offsetof (struct hfcore_file_info, path), offsetof (struct hfcore_file_info, etag),
        offsetof (struct hfcore_file_info, blob_id), offsetof (struct hfcore_file_info, lfs_sha256),
        offsetof (struct hfcore_file_info, xet_hash) };
#define TEXTS         (sizeof texts / sizeof *texts)
#define TEXT(info, i) (*(char **) ((char *) (uintptr_t) (info) + texts[i]))

static void
item_free (struct memory *memory, struct item *item)
{
  if (!item)
    return;
  memory->used -= item->kind == HFCORE_ENTRY_BLOB ? item->length : 0;
  for (size_t i = 0; i < item->count * TEXTS; i++)
    free (TEXT (&item->files[i / TEXTS], i % TEXTS));
  free (item->files);
  free (item->type);
  free (item->id);
  free (item->name);
  free (item->path);
  free (item->bytes);
  free (item);
}

static struct item *
item_new (struct memory *memory, int kind, const struct hfcore_repo *repo, const char *name,
          const char *path, const char *text)
{
  struct item *item = calloc (1, sizeof *item);
  struct timespec now;
  if (!item)
    return NULL;
  clock_gettime (CLOCK_REALTIME, &now);
  item->modified_ns = (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
  item->kind = kind;
  /* What an op is given lives until it returns: what is kept is copied.  */
  item->type = strdup (repo->type);
  item->id = strdup (repo->id);
  item->name = strdup (name);
  item->path = strdup (path);
  item->bytes = text ? strdup (text) : NULL;
  item->length = text ? strlen (text) : 0;
  if (item->type && item->id && item->name && item->path && (item->bytes || !text))
    return item;
  item_free (memory, item);
  return NULL;
}

static int
is_of (const struct item *item, const struct hfcore_repo *repo)
{
  return strcmp (item->type, repo->type) == 0 && strcmp (item->id, repo->id) == 0;
}

/* What points to the item; to NULL, at the end of the list, when there is none.  */
static struct item **
find (struct memory *memory, int kind, const struct hfcore_repo *repo, const char *name,
      const char *path)
{
  struct item **at = &memory->items;
  while (*at
         && !((*at)->kind == kind && is_of (*at, repo) && strcmp ((*at)->name, name) == 0
              && strcmp ((*at)->path, path) == 0))
    at = &(*at)->next;
  return at;
}

/* The item takes the place of one with the same names. NULL: there was no memory for it.  */
static int
put (struct memory *memory, struct hfcore_call *call, struct item *item)
{
  if (!item)
    return no_memory (memory, call);
  const struct hfcore_repo repo = { .size = sizeof repo, .type = item->type, .id = item->id };
  struct item **at = find (memory, item->kind, &repo, item->name, item->path), *old = *at;
  item->next = old ? old->next : NULL;
  *at = item;
  item_free (memory, old);
  return HFCORE_OK;
}

/* ---- instances ---- */

static int
memory_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct memory *memory = calloc (1, sizeof *memory);
  if (!memory)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  memory->host = open->host;
  /* The host has read "500MB" as a number of bytes, or the default of the table below.  */
  memory->limit = (uint64_t) open->host->number (open->settings, "limit");
  *self = memory;
  return HFCORE_OK;
}

static void
memory_close (void *self)
{
  struct memory *memory = self;
  while (memory->items)
    {
      struct item *item = memory->items;
      memory->items = item->next;
      item_free (memory, item);
    }
  free (memory);
}

/* ---- blobs ---- */

static int
memory_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t *length)
{
  const struct item *blob = *find (self, HFCORE_ENTRY_BLOB, repo, etag, "");
  (void) call;
  if (!blob)
    return HFCORE_PASS; /* not here, which is no failure: the next storage is asked  */
  *length = blob->length;
  return HFCORE_OK;
}

/* Bytes leave by push: `begin` once, then `data` as often as it takes.  */
static int
memory_read (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  const struct memory *memory = self;
  const struct item *blob = *find (self, HFCORE_ENTRY_BLOB, repo, etag, "");
  if (!blob)
    return HFCORE_PASS;
  if (length == HFCORE_SIZE_UNKNOWN)
    length = offset < blob->length ? blob->length - offset : 0;
  if (offset > blob->length || length > blob->length - offset)
    return memory->host->fail (call, HFCORE_E_CORRUPT, "the blob %s has only %zu bytes", etag,
                               blob->length);
  int code = sink->begin (sink->ctx, offset, blob->length);
  for (uint64_t done = 0; code == HFCORE_OK && done < length;)
    {
      uint64_t piece = length - done < PIECE ? length - done : PIECE;
      code = sink->data (sink->ctx, blob->bytes + offset + done, (size_t) piece);
      done += piece;
      if (code == HFCORE_OK)
        code = memory->host->tick (call, done, length);
    }
  return code; /* what the sink or tick said to stop, as it is  */
}

/* A writer is the blob that it will be, outside of the list: nobody sees it before commit.  */
static int
memory_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  struct memory *memory = self;
  (void) flags; /* HFCORE_CREATE_RESUME: no partials are kept here, so there is never one  */
  if (expect != HFCORE_SIZE_UNKNOWN && expect > memory->limit)
    return memory->host->fail (call, HFCORE_E_NOSPACE,
                               "the file has %llu bytes and the limit is %llu",
                               (unsigned long long) expect, (unsigned long long) memory->limit);
  *have = 0;
  *writer = item_new (memory, HFCORE_ENTRY_BLOB, repo, etag, "", NULL);
  if (!*writer)
    return no_memory (memory, call);
  memory->writers++;
  return HFCORE_OK;
}

static int
memory_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
              const void *bytes, size_t len)
{
  struct memory *memory = self;
  struct item *blob = writer;
  uint64_t most = blob->length + (memory->limit - memory->used);
  if (offset > most || len > most - offset)
    return memory->host->fail (call, HFCORE_E_NOSPACE, "over %llu bytes in memory; raise its limit",
                               (unsigned long long) memory->limit);
  if (offset + len > blob->length)
    {
      /* Pieces may come in any order: what is between them is there from now on, too.  */
      char *more = realloc (blob->bytes, (size_t) (offset + len));
      if (!more)
        return no_memory (memory, call);
      memset (more + blob->length, 0, (size_t) (offset + len - blob->length));
      memory->used += offset + len - blob->length;
      blob->bytes = more;
      blob->length = (size_t) (offset + len);
    }
  if (len)
    memcpy (blob->bytes + offset, bytes, len);
  return HFCORE_OK;
}

static int
memory_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                  size_t len, size_t *got)
{
  const struct item *blob = writer;
  (void) self, (void) call;
  size_t rest = offset < blob->length ? blob->length - (size_t) offset : 0;
  *got = len < rest ? len : rest;
  if (*got)
    memcpy (bytes, blob->bytes + offset, *got);
  return HFCORE_OK;
}

static int
memory_restart (void *self, struct hfcore_call *call, void *writer)
{
  struct memory *memory = self;
  struct item *blob = writer;
  (void) call;
  memory->used -= blob->length;
  blob->length = 0;
  return HFCORE_OK;
}

/* Whatever commit returns, the writer is gone. A twin may have put the same blob here meanwhile:
 * ours takes its place.  */
static int
memory_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  struct memory *memory = self;
  struct item *blob = writer;
  memory->writers--;
  if (blob->length < length)
    {
      int code = memory->host->fail (call, HFCORE_E_CORRUPT, "%zu bytes were written, not %llu",
                                     blob->length, (unsigned long long) length);
      item_free (memory, blob);
      return code;
    }
  memory->used -= blob->length - length;
  blob->length = (size_t) length;
  return put (memory, call, blob);
}

static void
memory_abandon (void *self, void *writer, int keep_partial)
{
  struct memory *memory = self;
  (void) keep_partial; /* it would be for HFCORE_STORAGE_RESUME  */
  memory->writers--;
  item_free (memory, writer);
}

/* ---- refs ---- */

static int
memory_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, const char **commit)
{
  struct memory *memory = self;
  const struct item *found = *find (memory, HFCORE_ENTRY_REF, repo, ref, "");
  if (!found)
    return HFCORE_PASS;
  /* Results are copied into the call, where they live until it ends.  */
  *commit = memory->host->keep (call, found->bytes, found->length);
  return *commit ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
memory_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, const char *expected, const char *commit)
{
  struct memory *memory = self;
  const struct item *found = *find (memory, HFCORE_ENTRY_REF, repo, ref, "");
  if (expected && strcmp (expected, found ? found->bytes : "") != 0)
    return memory->host->fail (call, HFCORE_E_CONFLICT, "%s names %s, not %s", ref,
                               found ? found->bytes : "nothing", *expected ? expected : "nothing");
  return put (memory, call, item_new (memory, HFCORE_ENTRY_REF, repo, ref, "", commit));
}

/* ---- files ---- */

static int
memory_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, struct hfcore_stored_file *file)
{
  const struct item *found = *find (self, HFCORE_ENTRY_FILE, repo, commit, path), *blob = NULL;
  (void) call;
  if (found && found->length)
    blob = *find (self, HFCORE_ENTRY_BLOB, repo, found->bytes, "");
  /* A file whose blob was removed is not known any more.  */
  file->state = blob                      ? HFCORE_FILE_PRESENT
                : found && !found->length ? HFCORE_FILE_ABSENT
                                          : HFCORE_FILE_UNKNOWN;
  file->path = NULL;
  file->length = blob ? blob->length : 0;
  return HFCORE_OK;
}

static int
memory_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, const char *etag, uint32_t flags,
                 struct hfcore_stored_file *file)
{
  struct memory *memory = self;
  (void) flags; /* of use where the blob itself could become the file  */
  if (etag && !*find (memory, HFCORE_ENTRY_BLOB, repo, etag, ""))
    return memory->host->fail (call, HFCORE_E_RETRY, "the blob %s is not here any more", etag);
  int code = put (memory, call,
                  item_new (memory, HFCORE_ENTRY_FILE, repo, commit, path, etag ? etag : ""));
  return code == HFCORE_OK && file ? memory_file_get (self, call, repo, commit, path, file) : code;
}

/* ---- trees ---- */

static int
memory_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const struct hfcore_file_sink *sink)
{
  const struct item *tree = *find (self, HFCORE_ENTRY_TREE, repo, commit, "");
  int code = HFCORE_OK;
  (void) call;
  if (!tree)
    return HFCORE_PASS;
  for (size_t i = 0; code == HFCORE_OK && i < tree->count; i++)
    code = sink->file (sink->ctx, &tree->files[i]);
  return code;
}

static int
memory_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const struct hfcore_file_info *files, size_t count)
{
  struct memory *memory = self;
  struct item *tree = item_new (memory, HFCORE_ENTRY_TREE, repo, commit, "", NULL);
  const char *from = (const char *) files;
  if (tree)
    tree->files = calloc (count + 1, sizeof *tree->files);
  int failed = !tree || !tree->files;
  /* A newer hfcore may have larger structs: their own size is the way to the next.  */
  for (size_t i = 0; !failed && i < count; i++, from += files->size)
    {
      const struct hfcore_file_info *info = (const struct hfcore_file_info *) from;
      struct hfcore_file_info *to = &tree->files[tree->count++];
      *to = (struct hfcore_file_info){ .size = sizeof *to,
                                       .length = info->length,
                                       .lfs_length = info->lfs_length };
      for (size_t n = 0; n < TEXTS; n++)
        if (TEXT (info, n) && !(TEXT (to, n) = strdup (TEXT (info, n))))
          failed = 1;
    }
  if (!failed)
    return put (memory, call, tree);
  item_free (memory, tree);
  return no_memory (memory, call);
}

/* ---- telling and removing ---- */

/* As entries have it.  */
static int
kind_of (const struct item *item)
{
  return item->kind == HFCORE_ENTRY_FILE && !item->length ? HFCORE_ENTRY_ABSENT : item->kind;
}

/* Is this the first item of its repository (commit NULL), or the first file of this commit?  */
static int
is_first (const struct memory *memory, const struct item *item, const char *commit)
{
  const struct hfcore_repo repo = { .size = sizeof repo, .type = item->type, .id = item->id };
  const struct item *other = memory->items;
  while (other != item
         && !(is_of (other, &repo)
              && (!commit
                  || (kind_of (other) == HFCORE_ENTRY_FILE && strcmp (other->name, commit) == 0))))
    other = other->next;
  return other == item;
}

static int
tell (struct memory *memory, const struct item *item, int kind,
      const struct hfcore_entry_sink *sink)
{
  const struct hfcore_repo repo = { .size = sizeof repo, .type = item->type, .id = item->id };
  struct hfcore_entry entry = { .size = sizeof entry,
                                .kind = kind,
                                .repo = &repo,
                                .modified_ms = item->modified_ns / 1000000,
                                .accessed_ms = item->modified_ns / 1000000,
                                .modified_ns = item->modified_ns,
                                .accessed_ns = item->modified_ns };
  if (kind == HFCORE_ENTRY_REF)
    {
      entry.name = item->name;
      entry.commit = entry.target = item->bytes;
    }
  else if (kind == HFCORE_ENTRY_BLOB)
    {
      entry.etag = item->name;
      entry.length = item->length;
    }
  else if (kind != HFCORE_ENTRY_REPO)
    {
      entry.commit = item->name;
      entry.name = kind == HFCORE_ENTRY_REVISION ? NULL : item->path;
    }
  if (kind == HFCORE_ENTRY_FILE)
    {
      const struct item *blob = *find (memory, HFCORE_ENTRY_BLOB, &repo, item->bytes, "");
      entry.etag = item->bytes;
      entry.length = blob ? blob->length : HFCORE_SIZE_UNKNOWN;
    }
  return sink->entry (sink->ctx, &entry);
}

static int
memory_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
             const struct hfcore_entry_sink *sink)
{
  struct memory *memory = self;
  int code = HFCORE_OK;
  /* Blobs and refs the first time, files the second, a revision before its own.  */
  for (int files = repo ? 0 : 1; files <= 1; files++)
    for (const struct item *item = memory->items; code == HFCORE_OK && item; item = item->next)
      {
        int kind = repo ? kind_of (item) : HFCORE_ENTRY_REPO;
        if (repo ? !is_of (item, repo) || (item->kind == HFCORE_ENTRY_FILE) != files
                       || kind == HFCORE_ENTRY_TREE
                 : !is_first (memory, item, NULL))
          continue;
        code = memory->host->tick (call, 0, 0);
        if (code == HFCORE_OK && kind == HFCORE_ENTRY_FILE && (kinds & 1u << HFCORE_ENTRY_REVISION)
            && is_first (memory, item, item->name))
          code = tell (memory, item, HFCORE_ENTRY_REVISION, sink);
        if (code == HFCORE_OK && (kinds & 1u << kind))
          code = tell (memory, item, kind, sink);
      }
  return code;
}

/* Does the removal of `entry` take this item away?  */
static int
goes_with (const struct item *item, const struct hfcore_entry *entry)
{
  int kind = kind_of (item);
  switch (entry->kind)
    {
    case HFCORE_ENTRY_REPO:
      return 1;
    case HFCORE_ENTRY_REVISION:
      return kind == HFCORE_ENTRY_FILE && strcmp (item->name, entry->commit) == 0;
    case HFCORE_ENTRY_FILE:
    case HFCORE_ENTRY_ABSENT: /* without a name: all of the commit  */
      return kind == entry->kind && strcmp (item->name, entry->commit) == 0
             && (!entry->name || strcmp (item->path, entry->name) == 0);
    case HFCORE_ENTRY_BLOB:
      return kind == entry->kind && strcmp (item->name, entry->etag) == 0;
    case HFCORE_ENTRY_TREE:
      return kind == entry->kind && strcmp (item->name, entry->commit) == 0;
    case HFCORE_ENTRY_REF: /* with a commit: only if it still names that  */
      return kind == entry->kind && strcmp (item->name, entry->name) == 0
             && (!entry->commit || strcmp (item->bytes, entry->commit) == 0);
    default: /* PARTIAL, REST: there are none here  */
      return 0;
    }
}

/* A repository that is in use is not to go: a file is being written, or was added since it was
 * looked at.  */
static int
is_in_use (const struct memory *memory, const struct hfcore_entry *entry)
{
  /* The host may be older than this plugin, and its structs shorter.  */
  if (entry->kind != HFCORE_ENTRY_REPO || !HFCORE_HAS (entry, flags)
      || !(entry->flags & HFCORE_REMOVE_IDLE))
    return 0;
  int found = memory->writers > 0;
  for (const struct item *item = memory->items; item && !found && entry->modified_ns;
       item = item->next)
    found = is_of (item, entry->repo) && item->modified_ns > entry->modified_ns
            && (item->kind == HFCORE_ENTRY_FILE || item->kind == HFCORE_ENTRY_REF);
  return found;
}

static int
memory_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  struct memory *memory = self;
  int code = HFCORE_PASS;
  if (!entry->repo || entry->kind < HFCORE_ENTRY_REPO || entry->kind > HFCORE_ENTRY_REST)
    return memory->host->fail (call, HFCORE_E_UNSUPPORTED, "cannot remove things of kind %d",
                               (int) entry->kind);
  if (is_in_use (memory, entry))
    return memory->host->fail (call, HFCORE_E_BUSY, "%s is being downloaded", entry->repo->id);
  for (struct item **at = &memory->items; *at;)
    {
      struct item *item = *at;
      if (is_of (item, entry->repo) && goes_with (item, entry))
        {
          *at = item->next;
          item_free (memory, item);
          code = HFCORE_OK;
        }
      else
        at = &item->next;
    }
  return code;
}

/* ---- the descriptor, the one symbol that a module exports ---- */

static const struct hfcore_option options[] = {
  { "limit", HFCORE_OPTION_SIZE, 0, "1GiB", "how many bytes may be kept" },
  { .key = NULL },
};

/* Ops that are left out are UNSUPPORTED, which is an answer: hfcore does without.  */
static const struct hfcore_storage_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
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
  .remove = memory_remove,
  .ref_get = memory_ref_get,
  .ref_set = memory_ref_set,
  .file_get = memory_file_get,
  .file_set = memory_file_set,
  .tree_get = memory_tree_get,
  .tree_set = memory_tree_set,
  .list = memory_list,
};

HFCORE_PLUGIN_DEFINE (.name = "store-memory", .version = "1",
                      .summary = "an example: a storage in the memory of the program",
                      .threads = HFCORE_THREADS_SERIAL, .options = options, .storage = &ops);
