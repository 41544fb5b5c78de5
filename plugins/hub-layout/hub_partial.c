/* SPDX-License-Identifier: Apache-2.0 */
/* hub_partial.c: see hub_partial.h.  */
#include "plugins/hub-layout/hub_partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_scratch.h"

#define TRIES     16 /* names that are taken  */
#define SILENT_MS ((int64_t) 10 * 60 * 1000)
#define COPY_STEP ((size_t) 64 << 20)

static const mode_t partial_mode = 0666;

static void
partial_path (struct hub_store *store, const struct hfcore_repo *repo, const char *etag,
              const char *hex, struct hub_path *path)
{
  hub_store_real (store, path, repo);
  hub_path_name (path, "blobs");
  hub_path_name (path, etag);
  hub_path_more (path, ".");
  hub_path_more (path, hex);
  hub_path_more (path, HUB_PARTIAL_SUFFIX);
}

int
hub_partial_new (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *etag, struct hub_partial *partial)
{
  char owner[OS_OWNER_ROOM];
  os_owner_self (owner);
  struct hub_path file, record;
  bool made = false;
  for (int tries = 0; tries < TRIES; tries++)
    {
      char hex[HUB_HEX_LEN + 1];
      files_random_hex (hex);
      partial_path (store, repo, etag, hex, &file);
      hub_scratch_entry (store, repo, etag, hex, owner, &record);
      if (file.bad)
        return hub_store_bad_path (store, call, &file);
      CLEANUP_CLOSE int record_fd
          = record.bad ? -1
                       : hub_make_with_folders (record.text, hub_make_file, &partial_mode, &made);
      if (record_fd < 0 && !record.bad && errno == EEXIST)
        continue;
      partial->fd = hub_make_with_folders (file.text, hub_make_file, &partial_mode, &made);
      if (partial->fd >= 0)
        {
          partial->file = strdup (file.text);
          partial->record = record_fd >= 0 ? strdup (record.text) : NULL;
          if (partial->file && (partial->record || record_fd < 0))
            {
              hub_store_tag (store, repo, made);
              return HFCORE_OK;
            }
          errno = ENOMEM;
          unlink (file.text);
        }
      int saved = errno;
      if (record_fd >= 0)
        unlink (record.text);
      hub_partial_done (partial);
      if (saved != EEXIST)
        return hub_store_fail (store, call, saved, "write", file.text);
    }
  return hub_store_fail (store, call, EEXIST, "write", file.text);
}

/* ---- the end ---- */

void
hub_partial_done (struct hub_partial *partial)
{
  if (partial->fd >= 0)
    close (partial->fd);
  free (partial->file);
  free (partial->record);
  free (partial->proven.items);
  *partial = HUB_PARTIAL_NONE;
}

/* The last segment off; where it was cut.  */
static char *
cut_segment (char *path)
{
  char *slash = strrchr (path, '/');
  *slash = 0;
  return slash;
}

static bool
has_only_blobs (const char *repo_folder)
{
  CLEANUP_DIR DIR *dir = opendir (repo_folder);
  bool only = dir;
  for (struct dirent *entry; only && (entry = readdir (dir));)
    only = strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0
           || strcmp (entry->d_name, "blobs") == 0;
  return only;
}

/* Of a repository that nothing came of no folder stays: scanners take one without snapshots for a
 * damaged one. Who else is at work in it has another folder there, or a file.  */
static void
remove_empty_folders (char *file, char *record)
{
  cut_segment (file);
  char *blobs = cut_segment (file);
  if (!has_only_blobs (file))
    return;
  *blobs = '/';
  if (rmdir (file) < 0)
    return;
  *blobs = 0;
  bool removed = rmdir (file) == 0;
  /* The scratch folder, that of the repository's locks, that of all locks.  */
  for (int i = 0; record && removed && i < 3; i++)
    {
      cut_segment (record);
      removed = rmdir (record) == 0;
    }
}

void
hub_partial_drop (struct hub_partial *partial)
{
  /* NFS and FUSE keep an open file in its folder by another name.  */
  cleanup_close (&partial->fd);
  partial->fd = -1;
  if (partial->file)
    unlink (partial->file);
  if (partial->record)
    unlink (partial->record);
  if (partial->file)
    remove_empty_folders (partial->file, partial->record);
  hub_partial_done (partial);
}

/* Without a record nobody could find it again, so then it goes.  */
static void
leave_to (struct hub_partial *partial, const char *owner)
{
  CLEANUP_FREE char *record = NULL;
  if (partial->record)
    {
      const char *at = strrchr (partial->record, '@');
      record = text_format ("%.*s@%s", (int) (at - partial->record), partial->record, owner);
    }
  if (record && rename (partial->record, record) == 0)
    hub_partial_done (partial);
  else
    hub_partial_drop (partial);
}

void
hub_partial_keep (struct hub_partial *partial)
{
  leave_to (partial, HUB_FREE_OWNER);
}

void
hub_partial_forget (struct hub_store *store, const struct hfcore_repo *repo, const char *name)
{
  struct hub_path folder;
  hub_scratch_folder (store, repo, &folder);
  CLEANUP_DIR DIR *records = folder.bad ? NULL : opendir (folder.text);
  size_t len = strlen (name), tail = strlen (HUB_PARTIAL_SUFFIX);
  if (!records || len <= tail || strcmp (name + len - tail, HUB_PARTIAL_SUFFIX) != 0)
    return;
  for (struct dirent *entry; (entry = readdir (records));)
    if (strncmp (entry->d_name, name, len - tail) == 0 && entry->d_name[len - tail] == '@')
      unlinkat (dirfd (records), entry->d_name, 0);
}

/* ---- taking over what others left ---- */

/* The owner's name in a record of this etag, and its hex digits; NULL: another one's record.  */
static const char *
parse_record (const char *name, const char *etag, char hex[HUB_HEX_LEN + 1])
{
  size_t len = strlen (etag);
  if (strncmp (name, etag, len) != 0 || name[len] != '.')
    return NULL;
  name += len + 1;
  if (strspn (name, "0123456789abcdef") != HUB_HEX_LEN || name[HUB_HEX_LEN] != '@')
    return NULL;
  memcpy (hex, name, HUB_HEX_LEN);
  hex[HUB_HEX_LEN] = 0;
  return name + HUB_HEX_LEN + 1;
}

enum claim
{
  CLAIM_NOT,  /* its owner lives  */
  CLAIM_FILE, /* nobody else can write to it  */
  CLAIM_COPY  /* its owner may wake up on another machine  */
};

static enum claim
judge_owner (const char *owner, const struct stat *st)
{
  if (strcmp (owner, HUB_FREE_OWNER) == 0)
    return CLAIM_FILE;
  int dead = os_owner_is_dead (owner);
  if (dead == 1)
    return CLAIM_FILE;
  int64_t modified = (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
  return dead == -1 && clock_wall_ms () - modified > SILENT_MS ? CLAIM_COPY : CLAIM_NOT;
}

/* Whether somebody has the lock of this etag (spec 1.10); no lock is made.  */
static bool
is_locked (struct hub_store *store, const struct hfcore_repo *repo, const char *etag)
{
  struct hub_path path;
  hub_store_real (store, &path, NULL);
  hub_path_name (&path, ".locks");
  hub_path_repo (&path, repo);
  hub_path_name (&path, etag);
  hub_path_more (&path, ".lock");
  CLEANUP_CLOSE int fd
      = path.bad ? -1 : open (path.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  int taken = fd < 0 ? 1 : os_try_lock (fd);
  if (fd >= 0 && taken == 1)
    os_unlock (fd);
  return taken == 0;
}

/* The owner's name in the record of the partial `name`, and the record's own, or NULL.  */
static const char *
find_record (DIR *records, const char *name, char record[NAME_MAX + 1])
{
  size_t len = strlen (name), tail = strlen (HUB_PARTIAL_SUFFIX);
  size_t stem = len > tail ? len - tail : 0;
  for (struct dirent *entry; records && stem && (entry = readdir (records));)
    if (strncmp (entry->d_name, name, stem) == 0 && entry->d_name[stem] == '@')
      {
        memcpy (record, entry->d_name, strlen (entry->d_name) + 1);
        return record + stem + 1;
      }
  return NULL;
}

static DIR *
open_records (struct hub_store *store, const struct hfcore_repo *repo)
{
  struct hub_path folder;
  hub_scratch_folder (store, repo, &folder);
  return folder.bad ? NULL : opendir (folder.text);
}

bool
hub_partial_has_owner (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                       int64_t modified_ms)
{
  char record[NAME_MAX + 1];
  const struct stat st = { .st_mtim = { .tv_sec = modified_ms / 1000 } };
  CLEANUP_DIR DIR *records = open_records (store, repo);
  const char *owner = find_record (records, name, record);
  return owner && judge_owner (owner, &st) == CLAIM_NOT;
}

bool
hub_partial_is_held (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                     const char *etag, int64_t modified_ms)
{
  char record[NAME_MAX + 1];
  const struct stat st = { .st_mtim = { .tv_sec = modified_ms / 1000 } };
  CLEANUP_DIR DIR *records = open_records (store, repo);
  const char *owner = find_record (records, name, record);
  return owner ? judge_owner (owner, &st) == CLAIM_NOT : is_locked (store, repo, etag);
}

bool
hub_partial_seize (struct hub_store *store, const struct hfcore_repo *repo, const char *name,
                   const char *etag)
{
  char record[NAME_MAX + 1], self[OS_OWNER_ROOM];
  struct hub_path path, ours;
  struct stat st;
  hub_store_real (store, &path, repo);
  hub_path_name (&path, "blobs");
  hub_path_name (&path, name);
  if (path.bad || lstat (path.text, &st) < 0)
    return true; /* there is nothing to be taken  */
  CLEANUP_DIR DIR *records = open_records (store, repo);
  const char *owner = find_record (records, name, record);
  if (!owner)
    return !etag || !is_locked (store, repo, etag);
  if (judge_owner (owner, &st) == CLAIM_NOT)
    return false;
  /* Whoever renames the record owns the partial.  */
  os_owner_self (self);
  hub_scratch_folder (store, repo, &ours);
  const size_t len = ours.len + 1;
  hub_path_name (&ours, record);
  hub_path_cut (&ours, len + (size_t) (owner - record));
  hub_path_more (&ours, self);
  return !ours.bad && renameat (dirfd (records), record, AT_FDCWD, ours.text) == 0;
}

static uint64_t
bytes_there (int fd, uint64_t expect)
{
  struct stat st;
  int64_t hole = os_first_hole (fd);
  if (hole <= 0 || fstat (fd, &st) < 0)
    return 0;
  uint64_t have = (uint64_t) (hole < st.st_size ? hole : st.st_size);
  return have < expect ? have : expect;
}

/* The same, but that it was not written in order; what is not so is worth nothing.  */
static uint64_t
bytes_proven (struct hub_partial *partial, uint64_t expect)
{
  struct hub_ranges *proven = &partial->proven;
  struct stat st;
  int found = hub_journal_read (partial->record, expect, proven);
  if (found == 0)
    return bytes_there (partial->fd, expect);
  if (found < 0 || fstat (partial->fd, &st) < 0
      || (proven->count && proven->items[proven->count - 1].to > (uint64_t) st.st_size))
    {
      proven->count = 0;
      (void) !ftruncate (partial->fd, 0);
      (void) !truncate (partial->record, 0);
    }
  return proven->count && proven->items[0].from == 0 ? proven->items[0].to : 0;
}

/* A file as one made beside the partial now, without a name. -1: there can be none.  */
static int
open_probe (struct hub_store *store, const struct hfcore_repo *repo,
            const struct hub_partial *partial)
{
  struct hub_path path;
  hub_path_begin (&path, partial->file, strlen (partial->file));
  path.base = (size_t) (strrchr (path.text, '/') - path.text);
  int fd = hub_make_unnamed (&path, partial_mode);
  if (fd < 0)
    {
      fd = hub_scratch_make (store, repo, "modes", hub_make_file, &partial_mode, &path);
      if (fd >= 0)
        unlink (path.text);
    }
  return fd;
}

/* A file made now would have these modes: those of an earlier process may differ (spec 1.14).  */
static void
give_modes_of_today (struct hub_store *store, const struct hfcore_repo *repo,
                     const struct hub_partial *partial)
{
  struct stat st;
  CLEANUP_CLOSE int fd = open_probe (store, repo, partial);
  if (fd >= 0 && fstat (fd, &st) == 0)
    (void) !fchmod (partial->fd, st.st_mode & 0777);
}

/* The first `len` bytes, shared where the file system can do that. 0; 1: it cannot be done; else
 * the code to stop with.  */
static int
copy_start (struct hub_store *store, struct hfcore_call *call, int from, int to, uint64_t len)
{
  off_t in = 0, out = 0;
  while ((uint64_t) out < len)
    {
      uint64_t rest = len - (uint64_t) out;
      ssize_t got
          = copy_file_range (from, &in, to, &out, rest < COPY_STEP ? (size_t) rest : COPY_STEP, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return 1;
      int stop = store->host->tick (call, (uint64_t) out, len);
      if (stop)
        return stop;
    }
  return 0;
}

/* `old` is ours now: go on in a copy, and remove it. Without room for a copy, from the start.  */
static int
move_to_copy (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *etag, const char *owner, uint64_t *have, struct hub_partial *old)
{
  struct hub_partial copy = HUB_PARTIAL_NONE;
  int code = hub_partial_new (store, call, repo, etag, &copy);
  if (code == HFCORE_OK)
    code = copy_start (store, call, old->fd, copy.fd, *have);
  if (code > 0)
    {
      *have = 0;
      code = ftruncate (copy.fd, 0) == 0 ? HFCORE_OK
                                         : hub_store_fail (store, call, errno, "empty", copy.file);
    }
  if (code != HFCORE_OK)
    {
      hub_partial_drop (&copy);
      leave_to (old, owner);
      return code;
    }
  hub_partial_drop (old);
  *old = copy;
  return HFCORE_OK;
}

/* Who else owns a file, or has a name of it, could write to it when it is a blob. A cache may be
 * shared.  */
static bool
is_ours_alone (const struct stat *st)
{
  return S_ISREG (st->st_mode) && st->st_uid == geteuid () && st->st_nlink == 1;
}

/* One record: 1 when its partial is ours now (`*how`), 0 when not. A record whose partial is gone
 * is removed, unless its owner may be about to make it.  */
static int
claim (struct hub_store *store, const struct hfcore_repo *repo, const char *etag, const char *hex,
       const char *owner, const char *self, enum claim *how, struct hub_partial *partial)
{
  struct hub_path file, from, to;
  struct stat st;
  partial_path (store, repo, etag, hex, &file);
  hub_scratch_entry (store, repo, etag, hex, owner, &from);
  hub_scratch_entry (store, repo, etag, hex, self, &to);
  if (file.bad || from.bad || to.bad)
    return 0;
  CLEANUP_CLOSE int fd = open (file.text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno != ENOENT || stat (from.text, &st) < 0))
    return 0;
  if (fd >= 0 && (fstat (fd, &st) < 0 || !is_ours_alone (&st)))
    return 0;
  *how = judge_owner (owner, &st);
  if (*how == CLAIM_NOT || rename (from.text, to.text) < 0)
    return 0;
  partial->file = fd < 0 ? NULL : strdup (file.text);
  partial->record = strdup (to.text);
  if (!partial->file || !partial->record)
    {
      unlink (to.text);
      hub_partial_done (partial);
      return 0;
    }
  partial->fd = TAKE_FD (fd);
  return 1;
}

int
hub_partial_claim (struct hub_store *store, struct hfcore_call *call,
                   const struct hfcore_repo *repo, const char *etag, uint64_t expect,
                   uint64_t *have, struct hub_partial *partial)
{
  struct hub_path folder;
  hub_scratch_folder (store, repo, &folder);
  CLEANUP_DIR DIR *records = folder.bad ? NULL : opendir (folder.text);
  if (!records)
    return HFCORE_OK;
  char self[OS_OWNER_ROOM], hex[HUB_HEX_LEN + 1];
  os_owner_self (self);
  enum claim how = CLAIM_NOT;
  const char *owner = NULL;
  bool ours = false;
  for (struct dirent *entry; !ours && (entry = readdir (records));)
    {
      owner = parse_record (entry->d_name, etag, hex);
      if (owner && strcmp (owner, self) != 0)
        ours = claim (store, repo, etag, hex, owner, self, &how, partial);
    }
  if (!ours)
    return HFCORE_OK;
  hub_store_tag (store, repo, false);
  *have = bytes_proven (partial, expect);
  if (how == CLAIM_COPY)
    return move_to_copy (store, call, repo, etag, owner, have, partial);
  give_modes_of_today (store, repo, partial);
  return HFCORE_OK;
}
