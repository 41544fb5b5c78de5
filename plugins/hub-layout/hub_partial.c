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

#define TRIES          16 /* names that are taken, folders that vanish while we come  */
#define HEX_LEN        8
#define FREE_OWNER     "free"
#define SILENT_MS      ((int64_t) 10 * 60 * 1000)
#define COPY_STEP      ((size_t) 64 << 20)
#define PARTIAL_SUFFIX ".incomplete"

static void
partial_path (struct hub_store *store, const struct hfcore_repo *repo, const char *etag,
              const char *hex, struct hub_path *path)
{
  hub_store_real (store, path, repo);
  hub_path_name (path, "blobs");
  hub_path_name (path, etag);
  hub_path_more (path, ".");
  hub_path_more (path, hex);
  hub_path_more (path, PARTIAL_SUFFIX);
}

static void
records_path (struct hub_store *store, const struct hfcore_repo *repo, struct hub_path *path)
{
  hub_store_real (store, path, NULL);
  hub_path_name (path, ".locks");
  hub_path_repo (path, repo);
  hub_path_name (path, ".partials");
}

static void
record_path (struct hub_store *store, const struct hfcore_repo *repo, const char *etag,
             const char *hex, const char *owner, struct hub_path *path)
{
  records_path (store, repo, path);
  hub_path_name (path, etag);
  hub_path_more (path, ".");
  hub_path_more (path, hex);
  hub_path_more (path, "@");
  hub_path_more (path, owner);
}

/* `close` removes the folders of records that are empty by then: other clients have none.  */
static void
remember_records (struct hub_store *store, const struct hfcore_repo *repo)
{
  struct hub_path path;
  records_path (store, repo, &path);
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&store->mutex);
  for (size_t i = store->records.count; i > 0; i--)
    if (strcmp (store->records.items[i - 1], path.text) == 0)
      return;
  char *copy = strdup (path.text);
  if (copy && hub_folders_append (&store->records, copy) < 0)
    free (copy);
}

static int
open_new (const char *path)
{
  return open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/* An empty new file; missing folders are made (`*made`: they were).  */
static int
open_new_with_folders (const char *path, bool *made)
{
  int fd = open_new (path);
  for (int tries = 0; fd < 0 && errno == ENOENT && tries < TRIES; tries++)
    {
      if (files_make_parents (AT_FDCWD, path) < 0)
        return -1;
      *made = true;
      fd = open_new (path);
    }
  return fd;
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
      char hex[HEX_LEN + 1];
      files_random_hex (hex);
      partial_path (store, repo, etag, hex, &file);
      record_path (store, repo, etag, hex, owner, &record);
      if (file.bad)
        return hub_store_bad_path (store, call, &file);
      CLEANUP_CLOSE int record_fd = record.bad ? -1 : open_new_with_folders (record.text, &made);
      if (record_fd >= 0)
        remember_records (store, repo);
      else if (!record.bad && errno == EEXIST)
        continue;
      partial->fd = open_new_with_folders (file.text, &made);
      if (partial->fd >= 0)
        {
          partial->file = strdup (file.text);
          partial->record = record_fd >= 0 ? strdup (record.text) : NULL;
          if (partial->file && (partial->record || record_fd < 0))
            {
              hub_store_tag (store, made);
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
  *partial = HUB_PARTIAL_NONE;
}

void
hub_partial_drop (struct hub_partial *partial)
{
  if (partial->file)
    unlink (partial->file);
  if (partial->record)
    unlink (partial->record);
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
  leave_to (partial, FREE_OWNER);
}

void
hub_partial_forget (struct hub_store *store, const struct hfcore_repo *repo, const char *name)
{
  struct hub_path folder;
  records_path (store, repo, &folder);
  CLEANUP_DIR DIR *records = folder.bad ? NULL : opendir (folder.text);
  size_t len = strlen (name), tail = strlen (PARTIAL_SUFFIX);
  if (!records || len <= tail || strcmp (name + len - tail, PARTIAL_SUFFIX) != 0)
    return;
  for (struct dirent *entry; (entry = readdir (records));)
    if (strncmp (entry->d_name, name, len - tail) == 0 && entry->d_name[len - tail] == '@')
      unlinkat (dirfd (records), entry->d_name, 0);
}

/* ---- taking over what others left ---- */

/* The owner's name in a record of this etag, and its hex digits; NULL: another one's record.  */
static const char *
parse_record (const char *name, const char *etag, char hex[HEX_LEN + 1])
{
  size_t len = strlen (etag);
  if (strncmp (name, etag, len) != 0 || name[len] != '.')
    return NULL;
  name += len + 1;
  if (strspn (name, "0123456789abcdef") != HEX_LEN || name[HEX_LEN] != '@')
    return NULL;
  memcpy (hex, name, HEX_LEN);
  hex[HEX_LEN] = 0;
  return name + HEX_LEN + 1;
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
  if (strcmp (owner, FREE_OWNER) == 0)
    return CLAIM_FILE;
  int dead = os_owner_is_dead (owner);
  if (dead == 1)
    return CLAIM_FILE;
  int64_t modified = (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
  return dead == -1 && clock_wall_ms () - modified > SILENT_MS ? CLAIM_COPY : CLAIM_NOT;
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

/* A file made now would have these modes: those of an earlier process may differ (spec 1.14).  */
static void
give_modes_of_today (const struct hub_partial *partial)
{
  struct hub_path probe;
  char hex[HEX_LEN + 1];
  struct stat st;
  files_random_hex (hex);
  hub_path_begin (&probe, partial->file,
                  strlen (partial->file) - strlen (PARTIAL_SUFFIX) - HEX_LEN);
  hub_path_more (&probe, hex);
  hub_path_more (&probe, PARTIAL_SUFFIX);
  CLEANUP_CLOSE int fd = probe.bad ? -1 : open_new (probe.text);
  if (fd < 0)
    return;
  unlink (probe.text);
  if (fstat (fd, &st) == 0)
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

/* One record: 1 when its partial is ours now (`*how`), 0 when not. A record whose partial is gone
 * is removed, unless its owner may be about to make it.  */
static int
claim (struct hub_store *store, const struct hfcore_repo *repo, const char *etag, const char *hex,
       const char *owner, const char *self, enum claim *how, struct hub_partial *partial)
{
  struct hub_path file, from, to;
  struct stat st;
  partial_path (store, repo, etag, hex, &file);
  record_path (store, repo, etag, hex, owner, &from);
  record_path (store, repo, etag, hex, self, &to);
  if (file.bad || from.bad || to.bad)
    return 0;
  CLEANUP_CLOSE int fd = open (file.text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno != ENOENT || stat (from.text, &st) < 0))
    return 0;
  if (fd >= 0 && (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode)))
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
  remember_records (store, repo);
  return 1;
}

int
hub_partial_claim (struct hub_store *store, struct hfcore_call *call,
                   const struct hfcore_repo *repo, const char *etag, uint64_t expect,
                   uint64_t *have, struct hub_partial *partial)
{
  struct hub_path folder;
  records_path (store, repo, &folder);
  CLEANUP_DIR DIR *records = folder.bad ? NULL : opendir (folder.text);
  if (!records)
    return HFCORE_OK;
  char self[OS_OWNER_ROOM], hex[HEX_LEN + 1];
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
  hub_store_tag (store, false);
  *have = bytes_there (partial->fd, expect);
  if (how == CLAIM_COPY)
    return move_to_copy (store, call, repo, etag, owner, have, partial);
  give_modes_of_today (partial);
  return HFCORE_OK;
}
