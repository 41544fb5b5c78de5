/* SPDX-License-Identifier: Apache-2.0 */
/* hub_shared.c: see hub_shared.h.  */
#include "plugins/hub-layout/hub_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file_lock.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_listing.h"

enum
{
  WAIT_MS = 2000, /* for who has the payload's lock  */
  LOCK_MODE = 0666
};

static void
begin (struct hub_store *store, struct hub_listing *listing)
{
  *listing = (struct hub_listing){ .store = store, .links_shared = -1 };
  hub_store_real (store, &listing->where, NULL);
}

/* ---- what a repository leads to ---- */

static void
add_target (struct hub_listing *listing, int blobs, const char *etag, const struct hub_path *path,
            struct hub_shared_hashes *hashes)
{
  char text[PATH_MAX];
  struct hub_path target;
  struct hub_shared_hash hash;
  ssize_t len = readlinkat (blobs, etag, text, sizeof text - 1);
  if (len < 0)
    return;
  text[len] = 0;
  hub_listing_target (path, text, &target);
  if (target.bad || !hub_listing_leads_to_shared (listing, &target))
    return;
  const char *name = strrchr (target.text, '/') + 1;
  if (strlen (name) + 1 != sizeof hash.text)
    return;
  memcpy (hash.text, name, sizeof hash.text);
  (void) hub_shared_hashes_append (hashes, hash); /* without memory it stays for a prune  */
}

void
hub_shared_find (struct hub_store *store, const struct hfcore_repo *repo, const char *etag,
                 struct hub_shared_hashes *hashes)
{
  struct hub_listing listing;
  struct hub_path path;
  begin (store, &listing);
  hub_store_real (store, &path, repo);
  hub_path_name (&path, "blobs");
  CLEANUP_DIR DIR *blobs = path.bad ? NULL : opendir (path.text);
  const size_t len = path.len;
  if (!blobs)
    return;
  if (etag)
    {
      hub_path_name (&path, etag);
      add_target (&listing, dirfd (blobs), etag, &path, hashes);
      return;
    }
  for (struct dirent *found; (found = hub_listing_next (blobs));)
    {
      if (found->d_type == DT_REG)
        continue;
      hub_path_cut (&path, len);
      hub_path_name (&path, found->d_name);
      add_target (&listing, dirfd (blobs), found->d_name, &path, hashes);
    }
}

/* ---- letting go of a payload ---- */

struct payload
{
  struct hub_listing *listing;
  int root;   /* the cache, open  */
  int folder; /* that of the payload, open  */
  const char *hash;
  char refs[80], lock[80]; /* names in the folder  */
};

VECTOR_DEFINE (users, char *);

/* By segments, as Python sorts paths.  */
static int
by_path (const void *a_, const void *b_)
{
  const char *a = *(char *const *) a_, *b = *(char *const *) b_;
  while (*a && *a == *b)
    a++, b++;
  int left = *a == '/' ? 1 : (unsigned char) *a, right = *b == '/' ? 1 : (unsigned char) *b;
  return left - right;
}

/* Those lines of `text` that are true, sorted, each once. -1: it cannot be told.  */
static int
find_users (const struct payload *payload, char *text, struct users *users)
{
  for (char *line; (line = strsep (&text, "\r\n"));)
    {
      int used = hub_listing_is_user (payload->listing, payload->root, line, payload->hash);
      if (used < 0 || (used && users_append (users, line) < 0))
        return -1;
    }
  if (users->count)
    qsort (users->items, users->count, sizeof *users->items, by_path);
  size_t kept = 0;
  for (size_t i = 0; i < users->count; i++)
    if (i == 0 || strcmp (users->items[i], users->items[i - 1]) != 0)
      users->items[kept++] = users->items[i];
  users->count = kept;
  return 0;
}

static enum hub_shared_end
write_users (const struct payload *payload, const struct users *users, size_t old_len)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT ((size_t) 1 << 30);
  for (size_t i = 0; i < users->count; i++)
    text_addf (&text, "%s\n", users->items[i]);
  if (text.failed || text.len == old_len)
    return HUB_SHARED_NEEDED;
  (void) files_write_atomic (payload->folder, payload->refs, ".tmp", text.bytes, text.len,
                             LOCK_MODE, true);
  return HUB_SHARED_NEEDED;
}

static enum hub_shared_end
remove_payload (const struct payload *payload)
{
  struct stat st;
  if (fstatat (payload->folder, payload->hash, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? HUB_SHARED_MISSING : HUB_SHARED_FAILED;
  if (!S_ISREG (st.st_mode))
    return HUB_SHARED_NEEDED;
  if (unlinkat (payload->folder, payload->hash, 0) < 0)
    return errno == ENOENT ? HUB_SHARED_MISSING : HUB_SHARED_FAILED;
  (void) unlinkat (payload->folder, payload->refs, 0);
  return HUB_SHARED_GONE;
}

static enum hub_shared_end
let_go_locked (const struct payload *payload)
{
  CLEANUP_FREE char *text = NULL;
  size_t len;
  struct stat st;
  struct users users = { 0 };
  if (fstatat (payload->folder, payload->refs, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISREG (st.st_mode)
      || files_read (payload->folder, payload->refs, HUB_LISTING_USERS_MOST, &text, &len) < 0
      || strlen (text) != len)
    return HUB_SHARED_NEEDED;
  enum hub_shared_end end = HUB_SHARED_NEEDED;
  if (find_users (payload, text, &users) == 0)
    end = users.count ? write_users (payload, &users, len) : remove_payload (payload);
  free (users.items);
  return end;
}

/* -1: it cannot be had. A file system without flock has no payloads removed: one that stays is
 * better than one that was just taken into use.  */
static int
take_lock (const struct payload *payload)
{
  int fd = -1;
  for (int64_t end = clock_now_ms () + WAIT_MS;;)
    {
      enum file_lock got = file_lock_try (payload->folder, payload->lock, &fd);
      if (got == FILE_LOCK_TAKEN)
        {
          (void) !fchmod (fd, LOCK_MODE); /* other users of the cache take the same lock  */
          return fd;
        }
      if (got == FILE_LOCK_WITHOUT || got == FILE_LOCK_FAILED || clock_now_ms () >= end)
        return -1;
      clock_sleep_ms (FILE_LOCK_POLL_MS);
    }
}

enum hub_shared_end
hub_shared_let_go (struct hub_store *store, const char *hash)
{
  struct hub_listing listing;
  begin (store, &listing);
  if (!names_is_sha256 (hash) || listing.where.bad)
    return HUB_SHARED_NEEDED;
  CLEANUP_CLOSE int root
      = open (listing.where.len ? listing.where.text : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || !hub_listing_is_shared (root, "blobs"))
    return HUB_SHARED_MISSING;
  char prefix[] = { 'b', 'l', 'o', 'b', 's', '/', hash[0], hash[1], 0 };
  CLEANUP_CLOSE int folder = openat (root, prefix, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0)
    return errno == ENOENT ? HUB_SHARED_MISSING : HUB_SHARED_FAILED;
  struct payload payload = { .listing = &listing, .root = root, .folder = folder, .hash = hash };
  snprintf (payload.refs, sizeof payload.refs, "%s.refs", hash);
  snprintf (payload.lock, sizeof payload.lock, "%s.lock", hash);
  CLEANUP_CLOSE int lock = take_lock (&payload);
  if (lock < 0)
    return errno == EACCES || errno == EROFS ? HUB_SHARED_FAILED : HUB_SHARED_NEEDED;
  enum hub_shared_end end = let_go_locked (&payload);
  int saved = errno;
  os_unlock (lock);
  errno = saved;
  return end;
}
