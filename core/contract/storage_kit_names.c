/* SPDX-License-Identifier: Apache-2.0 */
/* storage_kit_names.c: see storage_kit.h: refs, files, listings and removals, threads, folders.  */
#include "core/contract/storage_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"

#define THREADS_MOST 16
#define LOOK_LIMIT   ((size_t) 8 << 20)

static void
copy_text (struct contract *contract, char *to, size_t room, const char *text)
{
  int len = snprintf (to, room, "%s", text ? text : "");
  contract_expect (contract, len >= 0 && (size_t) len < room,
                   "expected a name that was given before, a far longer one was told");
}

/* ---- refs ---- */

void
storage_expect_ref (const struct storage *storage, const char *ref, unsigned commit)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const char *found = NULL;
  int code = storage->instance->ops->ref_get (storage->instance->self, call,
                                              storage_repo (storage, call),
                                              contract_text (call, "%s", ref), &found);
  if (code == HFCORE_OK && commit != STORAGE_NONE)
    contract_expect (storage->contract, strcmp (found, contract_commit (call, commit)) == 0,
                     "expected ref_get of %.80s to tell %s, it told %.80s", ref,
                     contract_commit (call, commit), found);
  storage_answer (storage, call, "ref_get", code, commit == STORAGE_NONE ? HFCORE_PASS : HFCORE_OK);
}

int
storage_ref_set (const struct storage *storage, const char *ref, int from, unsigned commit,
                 int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const char *now = from == STORAGE_WHATEVER ? NULL
                    : from == STORAGE_NONE   ? contract_text (call, "%s", "")
                                             : contract_commit (call, (unsigned) from);
  int code = storage->instance->ops->ref_set (storage->instance->self, call,
                                              storage_repo (storage, call),
                                              contract_text (call, "%s", ref), now,
                                              contract_commit (call, commit));
  return storage_answer (storage, call, "ref_set", code, expected);
}

/* ---- files ---- */

const char *
storage_state_name (int state)
{
  return state == HFCORE_FILE_UNKNOWN   ? "UNKNOWN"
         : state == HFCORE_FILE_PRESENT ? "PRESENT"
         : state == HFCORE_FILE_ABSENT  ? "ABSENT"
                                        : "a state that means nothing";
}

static void
take_file (const struct storage *storage, struct storage_file *file,
           const struct hfcore_stored_file *told)
{
  file->state = told->state;
  file->length = told->length;
  copy_text (storage->contract, file->path, sizeof file->path, told->path);
}

int
storage_file_get (const struct storage *storage, unsigned commit, const char *path,
                  struct storage_file *file, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  struct hfcore_stored_file told = { .size = sizeof told };
  int code = storage->instance->ops->file_get (storage->instance->self, call,
                                               storage_repo (storage, call),
                                               contract_commit (call, commit),
                                               contract_text (call, "%s", path), &told);
  if (code == HFCORE_OK)
    take_file (storage, file, &told);
  return storage_answer (storage, call, "file_get", code, expected);
}

void
storage_expect_state (const struct storage *storage, unsigned commit, const char *path, int state)
{
  struct storage_file file;
  storage_file_get (storage, commit, path, &file, HFCORE_OK);
  contract_expect (storage->contract, file.state == state,
                   "expected file_get of %.80s to tell %s, it told %s", path,
                   storage_state_name (state), storage_state_name (file.state));
}

int
storage_file_set (const struct storage *storage, unsigned commit, const char *path, unsigned blob,
                  uint32_t flags, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  struct hfcore_stored_file told = { .size = sizeof told };
  int code = storage->instance->ops->file_set (
      storage->instance->self, call, storage_repo (storage, call), contract_commit (call, commit),
      contract_text (call, "%s", path), blob == STORAGE_NONE ? NULL : contract_commit (call, blob),
      flags, &told);
  int state = blob == STORAGE_NONE ? HFCORE_FILE_ABSENT : HFCORE_FILE_PRESENT;
  if (code == HFCORE_OK && expected != STORAGE_FAILS)
    contract_expect (storage->contract, told.state == state,
                     "expected file_set to tell that the file is %s now, it told %s",
                     storage_state_name (state), storage_state_name (told.state));
  return storage_answer (storage, call, "file_set", code, expected);
}

static void
expect_content (const struct storage *storage, const char *path, unsigned blob, uint64_t len)
{
  unsigned char bytes[4096], wanted[4096];
  uint64_t done = 0;
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC);
  contract_expect (storage->contract, fd >= 0 && path[0] == '/',
                   "expected an absolute local path that programs can open, \"%.200s\" cannot be: "
                   "%s",
                   path, strerror (errno));
  for (ssize_t got; (got = read (fd, bytes, sizeof bytes)) > 0; done += (uint64_t) got)
    {
      storage_pattern (wanted, blob, done, (size_t) got);
      contract_expect (storage->contract, memcmp (bytes, wanted, (size_t) got) == 0,
                       "expected the file at its local path to have the bytes of its blob, they "
                       "differ near %llu",
                       (unsigned long long) done);
    }
  contract_expect (storage->contract, done == len,
                   "expected the file at its local path to have %llu bytes, it has %llu",
                   (unsigned long long) len, (unsigned long long) done);
}

void
storage_expect_file (const struct storage *storage, unsigned commit, const char *path,
                     unsigned blob, uint64_t len)
{
  struct storage_file file;
  storage_file_get (storage, commit, path, &file, HFCORE_OK);
  contract_expect (storage->contract, file.state == HFCORE_FILE_PRESENT,
                   "expected file_get of %.80s to tell PRESENT, it told %s", path,
                   storage_state_name (file.state));
  contract_expect (storage->contract, file.length == len,
                   "expected file_get of %.80s to tell %llu bytes, it told %llu", path,
                   (unsigned long long) len, (unsigned long long) file.length);
  if (storage->instance->caps & HFCORE_STORAGE_PATHS)
    expect_content (storage, file.path, blob, len);
  else
    contract_expect (storage->contract, !*file.path,
                     "expected no local path from a storage without PATHS, it told one");
  /* A storage may make the file of its blob, which then is no more, at any time if others do.  */
  struct storage_received received = { 0 };
  if (storage_read (storage, NULL, blob, 0, STORAGE_END, &received, STORAGE_GONE) == HFCORE_OK)
    storage_expect_all (storage, &received, len);
}

void
storage_put_file (const struct storage *storage, unsigned commit, const char *path, unsigned blob,
                  uint64_t len, uint32_t flags)
{
  storage_put (storage, blob, len);
  storage_file_set (storage, commit, path, blob, flags, HFCORE_OK);
}

void
storage_folder (const struct storage *storage, unsigned commit, char folder[PATH_MAX])
{
  struct hfcore_call *call = contract_call (storage->contract);
  const char *told = NULL;
  int code
      = storage->instance->ops->path (storage->instance->self, call, storage_repo (storage, call),
                                      commit == STORAGE_NONE ? NULL
                                                             : contract_commit (call, commit),
                                      &told);
  if (code == HFCORE_OK)
    copy_text (storage->contract, folder, PATH_MAX, told);
  storage_answer_optional (storage, call, "path", code, HFCORE_OK);
}

/* ---- listings ---- */

struct listing
{
  const struct storage *storage;
  uint32_t kinds;
  struct storage_entries *entries;
};

static int
add_entry (void *ctx, const struct hfcore_entry *told)
{
  struct listing *listing = ctx;
  struct contract *contract = listing->storage->contract;
  contract_expect (contract,
                   told->kind > 0 && told->kind < 31 && (listing->kinds & 1u << told->kind),
                   "expected list to tell the kinds of entry that were asked for (0x%x), it told "
                   "one of kind %d",
                   (unsigned) listing->kinds, told->kind);
  struct storage_entry entry = { .kind = told->kind,
                                 .flags = told->flags,
                                 .length = told->length,
                                 .used_ns = told->used_ns,
                                 .name = told->name ? strdup (told->name) : NULL };
  copy_text (contract, entry.commit, sizeof entry.commit, told->commit);
  copy_text (contract, entry.etag, sizeof entry.etag, told->etag);
  if (told->repo)
    {
      copy_text (contract, entry.type, sizeof entry.type, told->repo->type);
      copy_text (contract, entry.id, sizeof entry.id, told->repo->id);
    }
  if (storage_entries_append (listing->entries, entry) < 0)
    return HFCORE_E_NOMEM;
  return 0;
}

void
storage_entries_free (struct storage_entries *entries)
{
  for (size_t i = 0; i < entries->count; i++)
    free (entries->items[i].name);
  free (entries->items);
  *entries = (struct storage_entries){ 0 };
}

void
storage_list (const struct storage *storage, bool all, uint32_t kinds,
              struct storage_entries *entries)
{
  struct hfcore_call *call = contract_call (storage->contract);
  struct listing listing = { storage, kinds, entries };
  const struct hfcore_entry_sink sink
      = { .size = sizeof sink, .ctx = &listing, .entry = add_entry };
  int code = storage->instance->ops->list (storage->instance->self, call,
                                           all ? NULL : storage_repo (storage, call), kinds, &sink);
  bool empty = code == HFCORE_PASS || code == HFCORE_E_NOTFOUND;
  contract_expect (storage->contract, !empty || entries->count == 0,
                   "expected list to tell nothing where it answers %s, it told %zu entries",
                   contract_code_name (code), entries->count);
  storage_answer (storage, call, "list", empty ? HFCORE_OK : code, HFCORE_OK);
}

size_t
storage_count (const struct storage *storage, int kind)
{
  CLEANUP_ENTRIES struct storage_entries entries = { 0 };
  storage_list (storage, false, 1u << kind, &entries);
  return entries.count;
}

const struct storage_entry *
storage_find (struct contract *contract, const struct storage_entries *entries, int kind,
              unsigned commit, unsigned blob, const char *name)
{
  const struct storage_entry *found = NULL;
  struct hfcore_call *call = contract_call (contract);
  for (size_t i = 0; i < entries->count && !found; i++)
    {
      const struct storage_entry *entry = &entries->items[i];
      if (entry->kind == kind
          && (commit == STORAGE_NONE || strcmp (entry->commit, contract_commit (call, commit)) == 0)
          && (blob == STORAGE_NONE || strcmp (entry->etag, contract_commit (call, blob)) == 0)
          && (!name || (entry->name && strcmp (entry->name, name) == 0)))
        found = entry;
    }
  contract_end (call);
  return found;
}

/* ---- removing ---- */

int
storage_remove (const struct storage *storage, int kind, unsigned commit, unsigned blob,
                const char *name, uint32_t flags, int expected)
{
  struct hfcore_call *call = contract_call (storage->contract);
  const struct hfcore_entry entry
      = { .size = sizeof entry,
          .kind = kind,
          .repo = storage_repo (storage, call),
          .name = name ? contract_text (call, "%s", name) : NULL,
          .commit = commit == STORAGE_NONE ? NULL : contract_commit (call, commit),
          .etag = blob == STORAGE_NONE ? NULL : contract_commit (call, blob),
          .flags = flags };
  int code = storage->instance->ops->remove (storage->instance->self, call,
                                             contract_bytes (call, &entry, sizeof entry));
  return storage_answer (storage, call, "remove", code, expected);
}

/* ---- threads ---- */

struct worker
{
  pthread_t thread;
  const struct storage *storage;
  unsigned number;
  void (*run) (const struct storage *storage, unsigned number, void *ctx);
  void *ctx;
};

static void *
work (void *worker_)
{
  struct worker *worker = worker_;
  worker->run (worker->storage, worker->number, worker->ctx);
  return NULL;
}

void
storage_at_once (const struct storage *storage, unsigned threads,
                 void (*run) (const struct storage *storage, unsigned number, void *ctx), void *ctx)
{
  struct worker workers[THREADS_MOST];
  for (unsigned i = 0; i < threads; i++)
    {
      workers[i] = (struct worker){ .storage = storage, .number = i, .run = run, .ctx = ctx };
      contract_expect (storage->contract,
                       pthread_create (&workers[i].thread, NULL, work, &workers[i]) == 0,
                       "expected a thread for the case, there was none");
    }
  for (unsigned i = 0; i < threads; i++)
    pthread_join (workers[i].thread, NULL);
}

/* ---- folders ---- */

static int
by_name (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

static void
look_into (struct text *seen, int parent, const char *name, unsigned depth, bool times)
{
  struct stat st;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return;
  text_addf (seen, "%*s%s %o %lld", (int) depth, "", name, (unsigned) st.st_mode,
             (long long) (S_ISDIR (st.st_mode) ? 0 : st.st_size));
  if (times)
    text_addf (seen, " %lld.%09ld", (long long) st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  text_add (seen, "\n");
  if (!S_ISDIR (st.st_mode))
    return;
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  struct dirent **entries = NULL;
  int count = fd < 0 ? 0 : scandirat (fd, ".", &entries, NULL, by_name);
  for (int i = 0; i < count; i++)
    {
      if (strcmp (entries[i]->d_name, ".") != 0 && strcmp (entries[i]->d_name, "..") != 0)
        look_into (seen, fd, entries[i]->d_name, depth + 1, times);
      free (entries[i]);
    }
  free (entries);
}

char *
storage_look (struct contract *contract, const char *folder, bool times)
{
  if (!folder)
    return NULL;
  struct text seen = TEXT_LIMIT (LOOK_LIMIT);
  text_add (&seen, "");
  look_into (&seen, AT_FDCWD, folder, 0, times);
  char *text = text_take (&seen);
  contract_expect (contract, text != NULL, "expected memory for the case, there was none");
  return text;
}

void
storage_expect_same (struct contract *contract, const char *before, const char *after)
{
  if (!before || !after)
    return;
  while (*before && *before == *after)
    {
      const size_t a = strcspn (before, "\n"), b = strcspn (after, "\n");
      if (a != b || memcmp (before, after, a) != 0)
        break;
      before += a + 1;
      after += b + 1;
    }
  contract_expect (contract, strcmp (before, after) == 0,
                   "expected the folder to stay as it was, \"%.*s\" became \"%.*s\"",
                   (int) strcspn (before, "\n"), before, (int) strcspn (after, "\n"), after);
}

void *
storage_at_the_edge (struct contract *contract, const void *bytes, size_t len)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE), room = (len + page - 1) / page * page;
  char *pages
      = mmap (NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  contract_expect (contract, pages != MAP_FAILED && mprotect (pages + room, page, PROT_NONE) == 0,
                   "expected memory for the case, there was none");
  return memcpy (pages + room - len, bytes, len);
}
