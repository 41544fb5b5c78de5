/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_place.c: see local_dir_place.h.  */
#include "core/engine/local_dir_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cachedir_tag.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/disk_error.h"
#include "core/util/file_lock.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"

#define DOWNLOADS LOCAL_DIR_CACHE "/download"

enum
{
  TELL_MS = 10000,
  REPLACED_MOST = 16 /* lock files that vanish under us, one after the other  */
};

static const int folder_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

/* ---- what went wrong ---- */

/* The first link on the way to the metadata of `path`; NULL: there is none.  */
static char *
find_link (const struct local_dir *dir, const char *path)
{
  size_t folder = strlen (dir->path);
  CLEANUP_FREE char *whole = text_format ("%s/%s", dir->path, path);
  for (char *slash = whole ? whole + folder : NULL; slash;)
    {
      struct stat st;
      slash = strchr (slash + 1, '/');
      if (slash)
        *slash = 0;
      if (lstat (whole, &st) == 0 && S_ISLNK (st.st_mode))
        return TAKE_PTR (whole);
      if (slash)
        *slash = '/';
    }
  return NULL;
}

int
local_dir_fail (struct hfcore_call *call, int os_errno, const char *doing,
                const struct local_dir *dir, const char *path)
{
  char room[128], advice[DISK_ADVICE_ROOM];
  CLEANUP_FREE char *link = NULL;
  if ((os_errno == ENOTDIR || os_errno == ELOOP) && text_starts_with (path, LOCAL_DIR_CACHE))
    link = find_link (dir, path);
  int code = disk_error_code (os_errno, "folder", advice);
  if (os_errno == EISDIR)
    snprintf (advice, sizeof advice, "; remove the folder that is in its place");
  if (link)
    code = call_fail (call, HFCORE_E_IO, "%s is a link where a folder should be; remove it", link);
  else
    call_fail (call, code, "cannot %s %s%s%s: %s%s", doing, dir->path, *path ? "/" : "", path,
               strerror_r (os_errno, room, sizeof room), advice);
  call->error.os_errno = os_errno;
  return code;
}

/* ---- folders ---- */

int
local_dir_open_cache (const struct local_dir *dir, bool make)
{
  CLEANUP_CLOSE int root = open (dir->path, folder_flags);
  if (root < 0 && errno == ENOENT && make && files_make_folders (AT_FDCWD, dir->path) == 0)
    root = open (dir->path, folder_flags);
  return root < 0 ? -1 : files_walk (root, LOCAL_DIR_CACHE, sizeof LOCAL_DIR_CACHE - 1, make);
}

/* The folder of the file, links followed. -1: errno.  */
static int
open_files (const struct local_place *place, size_t len, bool make)
{
  CLEANUP_FREE char *folder
      = text_format ("%s%s%.*s", place->dir->path, len ? "/" : "", (int) len, place->path);
  if (!folder)
    {
      errno = ENOMEM;
      return -1;
    }
  int fd = open (folder, folder_flags);
  if (fd < 0 && errno == ENOENT && make && files_make_folders (AT_FDCWD, folder) == 0)
    fd = open (folder, folder_flags);
  return fd;
}

/* The folder of the metadata. -1: errno.  */
static int
open_downloads (const struct local_place *place, size_t len, bool make)
{
  CLEANUP_CLOSE int cache = local_dir_open_cache (place->dir, make);
  if (cache < 0)
    return -1;
  CLEANUP_CLOSE int downloads = files_walk (cache, "download", strlen ("download"), make);
  return downloads < 0 ? -1 : files_walk (downloads, place->path, len, make);
}

/* How long the path of the file's folder in the repository is.  */
static size_t
folder_length (const struct local_place *place)
{
  return place->name == place->path ? 0 : (size_t) (place->name - place->path) - 1;
}

static int
fail_to_open (struct hfcore_call *call, const struct local_place *place, const char *doing,
              const char *within)
{
  int saved = errno;
  CLEANUP_FREE char *path
      = text_format ("%s%s%.*s", within, *within && folder_length (place) ? "/" : "",
                     (int) folder_length (place), place->path);
  return local_dir_fail (call, path ? saved : ENOMEM, doing, place->dir, path ? path : "");
}

int
local_place_open (struct hfcore_call *call, const struct local_dir *dir, const char *path,
                  struct local_place *place)
{
  const char *slash = strrchr (path, '/');
  *place = (struct local_place){
    .dir = dir, .path = path, .name = slash ? slash + 1 : path, .files = -1, .downloads = -1
  };
  int len = snprintf (place->metadata, sizeof place->metadata, "%s.metadata", place->name);
  snprintf (place->lock, sizeof place->lock, "%s.lock", place->name);
  if (len < 0 || (size_t) len >= sizeof place->metadata)
    return call_fail (call, HFCORE_E_IO,
                      "'%s' has a name that is too long for a local folder, where its metadata "
                      "needs 9 bytes more; download it into the cache, without --local-dir",
                      path);
  place->files = open_files (place, folder_length (place), false);
  if (place->files < 0 && errno != ENOENT)
    return fail_to_open (call, place, "open the folder", "");
  place->downloads = open_downloads (place, folder_length (place), false);
  if (place->downloads < 0 && errno != ENOENT)
    return fail_to_open (call, place, "open the folder", DOWNLOADS);
  return HFCORE_OK;
}

/* ---- small files ---- */

static int
fill_and_rename (int folder, const char *name, mode_t mode, int (*fill) (const void *ctx, int fd),
                 const void *ctx)
{
  char hex[9], temporary[sizeof "tmp.tmp" + sizeof hex];
  files_random_hex (hex);
  snprintf (temporary, sizeof temporary, "tmp%s.tmp", hex);
  CLEANUP_CLOSE int fd
      = openat (folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0)
    return -1;
  /* A disk across the network may tell only now that it is full.  */
  if (fill (ctx, fd) == 0 && close (TAKE_FD (fd)) == 0
      && renameat (folder, temporary, folder, name) == 0)
    return 0;
  int saved = errno;
  (void) !files_remove (folder, temporary);
  errno = saved;
  return -1;
}

int
local_dir_write (int folder, const char *name, mode_t mode, bool keep,
                 int (*fill) (const void *ctx, int fd), const void *ctx)
{
  struct stat st;
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return keep ? 0 : fill_and_rename (folder, name, mode, fill, ctx);
  /* Where the file system can do that, a process that dies leaves nothing.  */
  CLEANUP_CLOSE int fd = openat (folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0)
    return fill_and_rename (folder, name, mode, fill, ctx);
  if (fill (ctx, fd) < 0)
    return -1;
  if (files_name (fd, folder, name) == 0 || (errno == EEXIST && keep))
    return 0;
  return fill_and_rename (folder, name, mode, fill, ctx);
}

static int
fill_text (const void *text, int fd)
{
  return files_write_all (fd, text, strlen (text));
}

/* Python makes them so too, and looks only whether they are there.  */
static void
mark_cache (const struct local_dir *dir)
{
  CLEANUP_CLOSE int cache = local_dir_open_cache (dir, false);
  if (cache < 0)
    return;
  (void) !local_dir_write (cache, CACHEDIR_TAG_NAME, 0666, true, fill_text, CACHEDIR_TAG_TEXT);
  (void) !local_dir_write (cache, ".gitignore", 0666, true, fill_text, "*");
}

int
local_place_make (struct hfcore_call *call, struct local_place *place)
{
  if (place->files < 0)
    place->files = open_files (place, folder_length (place), true);
  if (place->files < 0)
    return fail_to_open (call, place, "make the folder", "");
  if (place->downloads < 0)
    place->downloads = open_downloads (place, folder_length (place), true);
  if (place->downloads < 0)
    return fail_to_open (call, place, "make the folder", DOWNLOADS);
  mark_cache (place->dir);
  return HFCORE_OK;
}

void
local_place_close (struct local_place *place)
{
  cleanup_close (&place->files);
  cleanup_close (&place->downloads);
  place->files = place->downloads = -1;
}

bool
local_place_has_file (const struct local_place *place, struct stat *st)
{
  return place->files >= 0 && fstatat (place->files, place->name, st, 0) == 0
         && S_ISREG (st->st_mode);
}

/* ---- the lock ---- */

int
local_place_lock (struct engine *engine, struct hfcore_call *call, const struct local_place *place,
                  int *lock)
{
  int64_t start = clock_now_ms (), told = start;
  for (int replaced = 0;;)
    {
      enum file_lock got = file_lock_try (place->downloads, place->lock, lock);
      if (got == FILE_LOCK_TAKEN || got == FILE_LOCK_WITHOUT)
        return HFCORE_OK;
      if (got == FILE_LOCK_AGAIN && replaced++ < REPLACED_MOST)
        continue;
      if (got != FILE_LOCK_HELD)
        return local_dir_fail (call, got == FILE_LOCK_AGAIN ? ENOENT : errno, "lock", place->dir,
                               place->path);
      int64_t now = clock_now_ms ();
      if (now - told >= TELL_MS)
        {
          host_log (&engine->log, HFCORE_LOG_INFO,
                    "still waiting for another download of %s/%s (%.1f seconds)", place->dir->path,
                    place->path, (double) (now - start) / 1000.0);
          told = now;
        }
      int stop = engine_pause (call, FILE_LOCK_POLL_MS);
      if (stop)
        return stop;
    }
}

void
local_place_unlock (int *lock)
{
  if (*lock >= 0)
    os_unlock (*lock);
  cleanup_close (lock);
  *lock = -1;
}
