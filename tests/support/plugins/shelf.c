/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-shelf: a storage of plain files below `root`, with partials that stay, and with
 * failures as the option `fail` says: "OP RESULT [enoent] [times N] [behind N]" (script.h), where
 * `behind` files a tree fails. Below ROOT/TYPEs--ORG--NAME/ there are blobs/ETAG partial/ETAG
 * refs/REF snapshots/COMMIT/PATH absent/COMMIT/PATH trees/COMMIT and a tree has lines "PATH ETAG
 * LENGTH". It says in the log what the guard does not.
 *
 * A pointer is a second name of its blob, or a link to a file elsewhere. With `copies: yes` it is
 * the blob itself, moved there, and nobody can tell its etag. A twin comes in when the blob is
 * locked: it makes the file `twin`, "COMMIT/PATH CONTENT".  */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <hfcore/plugin.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "tests/support/plugins/script.h"

enum
{
  MOST_FAILURES = 16
};

struct shelf
{
  const struct hfcore_host *host;
  const struct hfcore_settings *settings;
  struct hfcore_journal *journal;
  const char *root;
  bool copies;
  atomic_uint failed[MOST_FAILURES];
};

struct writer
{
  char *partial, *blob;
  int fd;
};

#define LOG(shelf, ...) (shelf)->host->log ((shelf)->journal, HFCORE_LOG_INFO, __VA_ARGS__)

/* ---- what all ops share ---- */

/* The step that lets this op fail now, or NULL.  */
static const char *
failure (struct shelf *shelf, const char *op)
{
  const char *step;
  for (size_t i = 0; i < MOST_FAILURES && (step = shelf->host->item (shelf->settings, "fail", i));
       i++)
    {
      char word[SCRIPT_WORD_ROOM];
      if (script_word (step, 0, word) && strcmp (word, op) == 0
          && atomic_fetch_add (&shelf->failed[i], 1) < script_number (step, "times", UINT64_MAX))
        return step;
    }
  return NULL;
}

static int
told_to_fail (struct shelf *shelf, struct hfcore_call *call, const char *op)
{
  const char *step = failure (shelf, op);
  return step ? script_fail (shelf->host, call, step) : HFCORE_OK;
}

static int
fail_errno (const struct shelf *shelf, struct hfcore_call *call, const char *what)
{
  return shelf->host->fail (call, HFCORE_E_IO, "%s: %s", what ? what : "memory", strerror (errno));
}

/* A new string; NULL: no memory.  */
static char *
place (const struct shelf *shelf, const struct hfcore_repo *repo, const char *kind,
       const char *name, const char *path)
{
  CLEANUP_FREE char *folder = names_repo_folder (repo->type, repo->id);
  return folder ? text_format ("%s/%s/%s/%s%s%s", shelf->root, folder, kind, name, path ? "/" : "",
                               path ? path : "")
                : NULL;
}

static int
write_text (const struct shelf *shelf, struct hfcore_call *call, const char *path, const char *text)
{
  if (!path || files_make_parents (AT_FDCWD, path) < 0)
    return fail_errno (shelf, call, path);
  CLEANUP_CLOSE int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0 || files_write_all (fd, text, strlen (text)) < 0)
    return fail_errno (shelf, call, path);
  return HFCORE_OK;
}

/* ---- instances ---- */

static int
shelf_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct shelf *shelf = calloc (1, sizeof *shelf);
  if (!shelf)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  shelf->host = open->host;
  shelf->settings = open->settings;
  shelf->journal = open->journal;
  shelf->root = open->host->text (open->settings, "root");
  shelf->copies = open->host->number (open->settings, "copies") != 0;
  int code = told_to_fail (shelf, call, "open");
  if (code != HFCORE_OK)
    {
      free (shelf);
      return code;
    }
  *self = shelf;
  return HFCORE_OK;
}

static void
shelf_close (void *self)
{
  free (self);
}

/* ---- blobs ---- */

static int
shelf_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
            uint64_t *length)
{
  struct shelf *shelf = self;
  struct stat st;
  CLEANUP_FREE char *path = place (shelf, repo, "blobs", etag, NULL);
  int code = told_to_fail (shelf, call, "stat");
  if (code != HFCORE_OK)
    return code;
  if (!path || stat (path, &st) < 0)
    return HFCORE_PASS;
  *length = (uint64_t) st.st_size;
  return HFCORE_OK;
}

static int
shelf_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *commit, const char **path)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "path");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE char *folder = place (shelf, repo, "snapshots", commit, NULL);
  *path = folder ? shelf->host->keep (call, folder, strlen (folder)) : NULL;
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

static void
writer_free (struct writer *writer)
{
  if (writer->fd >= 0)
    close (writer->fd);
  free (writer->partial);
  free (writer->blob);
  free (writer);
}

static int
shelf_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  struct shelf *shelf = self;
  struct stat st;
  int code = told_to_fail (shelf, call, "create");
  if (code != HFCORE_OK)
    return code;
  struct writer *made = calloc (1, sizeof *made);
  if (!made)
    return shelf->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  int how = (flags & HFCORE_CREATE_RESUME) ? 0 : O_TRUNC;
  made->fd = -1;
  made->partial = place (shelf, repo, "partial", etag, NULL);
  made->blob = place (shelf, repo, "blobs", etag, NULL);
  if (made->partial && made->blob && files_make_parents (AT_FDCWD, made->partial) == 0
      && files_make_parents (AT_FDCWD, made->blob) == 0)
    made->fd = open (made->partial, O_RDWR | O_CREAT | O_CLOEXEC | how, 0666);
  if (made->fd < 0 || fstat (made->fd, &st) < 0)
    {
      writer_free (made);
      return fail_errno (shelf, call, "create");
    }
  *have = (uint64_t) st.st_size <= expect ? (uint64_t) st.st_size : 0;
  *writer = made;
  return HFCORE_OK;
}

static int
shelf_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset, const void *bytes,
             size_t len)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "write");
  if (code != HFCORE_OK)
    return code;
  if (files_pwrite_all (((struct writer *) writer)->fd, bytes, len, offset) < 0)
    return fail_errno (shelf, call, "write");
  return HFCORE_OK;
}

static int
shelf_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                 size_t len, size_t *got)
{
  struct shelf *shelf = self;
  const char *step = failure (shelf, "read_back");
  int code = step ? script_fail (shelf->host, call, step) : HFCORE_OK;
  if (step || code != HFCORE_OK)
    return code;
  ssize_t done = pread (((struct writer *) writer)->fd, bytes, len, (off_t) offset);
  if (done < 0)
    return fail_errno (shelf, call, "read_back");
  *got = (size_t) done;
  return HFCORE_OK;
}

static int
shelf_restart (void *self, struct hfcore_call *call, void *writer)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "restart");
  if (code != HFCORE_OK)
    return code;
  return ftruncate (((struct writer *) writer)->fd, 0) < 0 ? fail_errno (shelf, call, "restart")
                                                           : HFCORE_OK;
}

static int
shelf_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  struct shelf *shelf = self;
  struct writer *done = writer;
  struct stat st;
  int code = told_to_fail (shelf, call, "commit");
  if (code == HFCORE_E_RETRY)
    unlink (done->partial); /* as if another program had */
  if (code == HFCORE_OK && (fstat (done->fd, &st) < 0 || (uint64_t) st.st_size != length))
    code = shelf->host->fail (call, HFCORE_E_IO, "%llu bytes are not what was written",
                              (unsigned long long) length);
  if (code == HFCORE_OK && rename (done->partial, done->blob) < 0)
    code = fail_errno (shelf, call, done->blob);
  writer_free (done);
  return code;
}

static void
shelf_abandon (void *self, void *writer, int keep_partial)
{
  struct shelf *shelf = self;
  struct writer *gone = writer;
  LOG (shelf, "abandon %s", keep_partial ? "and keep" : "and drop");
  if (!keep_partial)
    unlink (gone->partial);
  writer_free (gone);
}

/* ---- names ---- */

static int
shelf_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *ref, const char **commit)
{
  struct shelf *shelf = self;
  size_t len;
  int code = told_to_fail (shelf, call, "ref_get");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE char *path = place (shelf, repo, "refs", ref, NULL);
  CLEANUP_FREE char *bytes = NULL;
  if (!path || files_read (AT_FDCWD, path, 4096, &bytes, &len) < 0)
    return HFCORE_PASS;
  *commit = shelf->host->keep (call, bytes, len);
  return *commit ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
shelf_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *ref, const char *expected, const char *commit)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "ref_set");
  if (code == HFCORE_OK && expected)
    code = shelf->host->fail (call, HFCORE_E_UNSUPPORTED, "a ref is not compared here");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE char *path = place (shelf, repo, "refs", ref, NULL);
  return write_text (shelf, call, path, commit);
}

static int
shelf_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const char *path, struct hfcore_stored_file *file)
{
  struct shelf *shelf = self;
  struct stat st;
  int code = told_to_fail (shelf, call, "file_get");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE char *absent = place (shelf, repo, "absent", commit, path);
  CLEANUP_FREE char *here = place (shelf, repo, "snapshots", commit, path);
  if (!absent || !here)
    return shelf->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  if (stat (absent, &st) == 0)
    file->state = HFCORE_FILE_ABSENT;
  else if (stat (here, &st) == 0)
    {
      file->state = HFCORE_FILE_PRESENT;
      file->length = (uint64_t) st.st_size;
      file->path = shelf->host->keep (call, here, strlen (here));
    }
  return HFCORE_OK;
}

static int
shelf_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const char *path, const char *etag, uint32_t flags,
                struct hfcore_stored_file *file)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "file_set");
  if (code != HFCORE_OK)
    return code;
  LOG (shelf, "set %s to a%s blob%s", path,
       !etag                     ? "n absent"
       : flags & HFCORE_NEW_BLOB ? " new"
                                 : "n old",
       flags & HFCORE_REPLACE ? " in place of the one there" : "");
  CLEANUP_FREE char *here = place (shelf, repo, etag ? "snapshots" : "absent", commit, path);
  if (!etag)
    return write_text (shelf, call, here, "");
  CLEANUP_FREE char *blob = place (shelf, repo, "blobs", etag, NULL);
  if (!here || !blob || files_make_parents (AT_FDCWD, here) < 0 || files_remove (AT_FDCWD, here) < 0
      || (shelf->copies ? rename (blob, here) : link (blob, here)) < 0)
    return fail_errno (shelf, call, here);
  return file ? shelf_file_get (self, call, repo, commit, path, file) : HFCORE_OK;
}

/* The last part of a path that has "/blobs/" before it; NULL: it has not.  */
static const char *
blob_of (const char *path)
{
  const char *name = strrchr (path, '/');
  return name && name - path >= 6 && strncmp (name - 6, "/blobs", 6) == 0 ? name + 1 : NULL;
}

/* The blob that is the same file.  */
static const char *
find_blob (const struct shelf *shelf, const struct hfcore_repo *repo, const struct stat *wanted,
           char etag[256])
{
  CLEANUP_FREE char *folder = place (shelf, repo, "blobs", ".", NULL);
  CLEANUP_DIR DIR *blobs = folder ? opendir (folder) : NULL;
  struct stat st;
  for (struct dirent *found; blobs && (found = readdir (blobs));)
    if (fstatat (dirfd (blobs), found->d_name, &st, 0) == 0 && st.st_ino == wanted->st_ino
        && S_ISREG (st.st_mode) && strlen (found->d_name) < 256)
      {
        memcpy (etag, found->d_name, strlen (found->d_name) + 1);
        return etag;
      }
  return NULL;
}

static int
shelf_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, const char **etag)
{
  struct shelf *shelf = self;
  struct stat st;
  char room[PATH_MAX];
  int code = told_to_fail (shelf, call, "file_etag");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_FREE char *here = place (shelf, repo, "snapshots", commit, path);
  if (!here || lstat (here, &st) < 0)
    return HFCORE_PASS;
  ssize_t len = S_ISLNK (st.st_mode) ? readlink (here, room, sizeof room - 1) : 0;
  room[len > 0 ? len : 0] = 0;
  const char *found = S_ISLNK (st.st_mode) ? blob_of (room) : find_blob (shelf, repo, &st, room);
  if (!found)
    return HFCORE_PASS;
  *etag = shelf->host->keep (call, found, strlen (found));
  return *etag ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
shelf_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *etag, const char **path)
{
  struct shelf *shelf = self;
  struct stat st;
  CLEANUP_FREE char *blob = place (shelf, repo, "blobs", etag, NULL);
  int code = told_to_fail (shelf, call, "blob_path");
  if (code != HFCORE_OK)
    return code;
  if (!blob || stat (blob, &st) < 0)
    return HFCORE_PASS;
  *path = shelf->host->keep (call, blob, strlen (blob));
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
shelf_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, const char *source, uint32_t flags,
                 struct hfcore_stored_file *file)
{
  struct shelf *shelf = self;
  struct stat st;
  int code = told_to_fail (shelf, call, "file_link");
  if (code != HFCORE_OK)
    return code;
  if (stat (source, &st) < 0)
    return shelf->host->fail (call, HFCORE_E_NOTFOUND, "%s is not there", source);
  LOG (shelf, "link %s to %s%s", path, source, flags & HFCORE_REPLACE ? " by force" : "");
  CLEANUP_FREE char *here = place (shelf, repo, "snapshots", commit, path);
  if (!here || files_make_parents (AT_FDCWD, here) < 0 || files_remove (AT_FDCWD, here) < 0
      || symlink (source, here) < 0)
    return fail_errno (shelf, call, here);
  return file ? shelf_file_get (self, call, repo, commit, path, file) : HFCORE_OK;
}

/* ---- listings ---- */

static int
tell_entry (const struct hfcore_entry_sink *sink, const struct stat *st, struct hfcore_entry entry)
{
  entry.size = sizeof entry;
  entry.modified_ms = (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
  return sink->entry (sink->ctx, &entry);
}

/* What is in refs, and the folders in snapshots with the files in them; no deeper.  */
static int
list_folder (struct shelf *shelf, struct hfcore_call *call, const struct hfcore_repo *repo,
             uint32_t kinds, const char *kind, const char *commit,
             const struct hfcore_entry_sink *sink)
{
  CLEANUP_FREE char *folder = place (shelf, repo, kind, commit ? commit : ".", NULL);
  CLEANUP_DIR DIR *names = folder ? opendir (folder) : NULL;
  struct stat st;
  int code = HFCORE_OK;
  for (struct dirent *found; names && code == HFCORE_OK && (found = readdir (names));)
    {
      const char *name = found->d_name;
      bool dangles = fstatat (dirfd (names), name, &st, 0) < 0;
      if (name[0] == '.'
          || (dangles && fstatat (dirfd (names), name, &st, AT_SYMLINK_NOFOLLOW) < 0))
        continue;
      if (strcmp (kind, "refs") == 0)
        code = tell_entry (sink, &st,
                           (struct hfcore_entry){ .kind = HFCORE_ENTRY_REF, .name = name });
      else if (commit && (kinds & 1u << HFCORE_ENTRY_FILE))
        code = tell_entry (sink, &st,
                           (struct hfcore_entry){ .kind = HFCORE_ENTRY_FILE,
                                                  .name = name,
                                                  .commit = commit,
                                                  .length = dangles ? HFCORE_SIZE_UNKNOWN
                                                                    : (uint64_t) st.st_size });
      else if (!commit && (kinds & 1u << HFCORE_ENTRY_REVISION))
        code = tell_entry (sink, &st,
                           (struct hfcore_entry){ .kind = HFCORE_ENTRY_REVISION, .commit = name });
      if (code == HFCORE_OK && !commit && (kinds & 1u << HFCORE_ENTRY_FILE))
        code = list_folder (shelf, call, repo, kinds, "snapshots", name, sink);
    }
  return code;
}

static int
shelf_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
            const struct hfcore_entry_sink *sink)
{
  struct shelf *shelf = self;
  struct stat st;
  int code = told_to_fail (shelf, call, "list");
  if (code != HFCORE_OK)
    return code;
  if (!repo)
    return stat (shelf->root, &st) == 0
               ? HFCORE_OK
               : shelf->host->fail (call, HFCORE_E_NOTFOUND, "there is no %s", shelf->root);
  if (kinds & 1u << HFCORE_ENTRY_REF)
    code = list_folder (shelf, call, repo, kinds, "refs", NULL, sink);
  if (code == HFCORE_OK && (kinds & (1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE)))
    code = list_folder (shelf, call, repo, kinds, "snapshots", NULL, sink);
  return code;
}

/* ---- trees ---- */

static int
tell_line (struct shelf *shelf, char *line, const struct hfcore_file_sink *sink)
{
  char *etag = strchr (line, ' '), *length = etag ? strchr (etag + 1, ' ') : NULL;
  if (!length)
    return HFCORE_OK;
  *etag++ = *length++ = 0;
  const struct hfcore_file_info info = { .size = sizeof info,
                                         .path = line,
                                         .etag = etag,
                                         .length = strtoull (length, NULL, 10),
                                         .lfs_length = HFCORE_SIZE_UNKNOWN };
  (void) shelf;
  return sink->file (sink->ctx, &info);
}

static int
shelf_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  struct shelf *shelf = self;
  size_t len;
  const char *step = failure (shelf, "tree_get");
  uint64_t limit = step ? script_number (step, "behind", 0) : UINT64_MAX;
  CLEANUP_FREE char *path = place (shelf, repo, "trees", commit, NULL);
  CLEANUP_FREE char *bytes = NULL;
  if (limit == 0)
    return script_fail (shelf->host, call, step);
  if (!path || files_read (AT_FDCWD, path, 1 << 20, &bytes, &len) < 0)
    return HFCORE_PASS;
  char *line = bytes, *end;
  for (uint64_t i = 0; i < limit && (end = strchr (line, '\n')); i++, line = end + 1)
    {
      *end = 0;
      int code = tell_line (shelf, line, sink);
      if (code)
        return code;
    }
  return step ? script_fail (shelf->host, call, step) : HFCORE_OK;
}

static int
shelf_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_info *files, size_t count)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "tree_set");
  if (code != HFCORE_OK)
    return code;
  CLEANUP_TEXT struct text lines = TEXT_LIMIT (1 << 20);
  for (size_t i = 0; i < count; i++)
    text_addf (&lines, "%s %s %llu\n", files[i].path, files[i].etag ? files[i].etag : "-",
               (unsigned long long) files[i].length);
  CLEANUP_FREE char *path = place (shelf, repo, "trees", commit, NULL);
  return write_text (shelf, call, path, lines.bytes ? lines.bytes : "");
}

/* ---- locks: nobody waits, but they are counted ---- */

static int
let_twin_in (struct shelf *shelf, struct hfcore_call *call, const struct hfcore_repo *repo)
{
  const char *twin = shelf->host->text (shelf->settings, "twin");
  char name[SCRIPT_WORD_ROOM];
  if (!twin || !script_word (twin, 0, name))
    return HFCORE_OK;
  CLEANUP_FREE char *path = place (shelf, repo, "snapshots", name, NULL);
  return write_text (shelf, call, path, twin + strlen (name) + 1);
}

static int
shelf_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *key,
            void **lock)
{
  struct shelf *shelf = self;
  int code = told_to_fail (shelf, call, "lock");
  if (code == HFCORE_OK)
    code = let_twin_in (shelf, call, repo);
  if (code != HFCORE_OK)
    return code;
  *lock = strdup (key);
  return *lock ? HFCORE_OK : shelf->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
}

static void
shelf_unlock (void *self, void *lock)
{
  struct shelf *shelf = self;
  LOG (shelf, "let go of %s", (const char *) lock);
  free (lock);
}

static const struct hfcore_storage_ops ops = {
  .size = sizeof (struct hfcore_storage_ops),
  .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME
          | HFCORE_STORAGE_LIST,
  .open = shelf_open,
  .close = shelf_close,
  .stat = shelf_stat,
  .path = shelf_path,
  .create = shelf_create,
  .write = shelf_write,
  .read_back = shelf_read_back,
  .restart = shelf_restart,
  .commit = shelf_commit,
  .abandon = shelf_abandon,
  .ref_get = shelf_ref_get,
  .ref_set = shelf_ref_set,
  .file_get = shelf_file_get,
  .file_set = shelf_file_set,
  .tree_get = shelf_tree_get,
  .tree_set = shelf_tree_set,
  .lock = shelf_lock,
  .unlock = shelf_unlock,
  .list = shelf_list,
  .blob_path = shelf_blob_path,
  .file_etag = shelf_file_etag,
  .file_link = shelf_file_link,
};

static const struct hfcore_option options[] = {
  { .key = "root",
    .type = HFCORE_OPTION_PATH,
    .flags = HFCORE_OPTION_REQUIRED,
    .help = "the folder" },
  { .key = "fail", .type = HFCORE_OPTION_LIST, .help = "OP RESULT [times N]" },
  { .key = "copies", .type = HFCORE_OPTION_BOOL, .fallback = "no", .help = "files are no links" },
  { .key = "twin", .type = HFCORE_OPTION_TEXT, .help = "COMMIT/PATH CONTENT" },
  { .key = NULL },
};

HFCORE_PLUGIN_DEFINE (.name = "test-shelf", .version = "1", .summary = "Plain files",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .storage = &ops);
