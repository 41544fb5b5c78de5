/* SPDX-License-Identifier: Apache-2.0 */
/* hub_list_root.c: what lies in the root of a cache: repositories, what is none and should be, and
 * the store that repositories share (spec 7.1, 15).  */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cachedir_tag.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_listing.h"

#define SHARED_FOLDER "blobs"
#define SHARED_MARKER ".huggingface-shared-blobs"
#define HASH_LEN      64

/* "models--org--name" to type and id (spec 1.3): `room` holds both. 0, or the problem.  */
static int
parse_folder (const char *folder, char room[NAMES_FOLDER_ROOM], struct hfcore_repo *repo)
{
  if (!strstr (folder, "--"))
    return HFCORE_PROBLEM_NO_REPO;
  *repo = (struct hfcore_repo){ .size = sizeof *repo };
  return names_parse_repo_folder (folder, strlen (folder), room, &repo->type, &repo->id)
             ? 0
             : HFCORE_PROBLEM_NO_TYPE;
}

/* ---- the shared store ---- */

bool
hub_listing_is_shared (int root, const char *name)
{
  if (strcmp (name, SHARED_FOLDER) != 0)
    return false;
  struct stat st;
  CLEANUP_CLOSE int store
      = openat (root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (store < 0 || fstatat (store, SHARED_MARKER, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISREG (st.st_mode))
    return false;
  char version[4];
  CLEANUP_CLOSE int marker = openat (store, SHARED_MARKER, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  ssize_t len = marker < 0 ? -1 : read (marker, version, sizeof version);
  return len == 2 && memcmp (version, "1\n", 2) == 0;
}

static bool
is_prefix (const char *name)
{
  return strspn (name, "0123456789abcdef") == 2 && !name[2];
}

/* The Xet hash, if the path behind the root is that of a payload: "/blobs/<2 hex>/<hash>".  */
static const char *
shared_hash (const char *path)
{
  static const char folder[] = "/" SHARED_FOLDER "/";
  if (strncmp (path, folder, sizeof folder - 1) != 0)
    return NULL;
  const char *prefix = path + sizeof folder - 1, *hash = prefix + 3;
  return strlen (prefix) == 3 + HASH_LEN && prefix[2] == '/' && names_is_sha256 (hash)
                 && strncmp (prefix, hash, 2) == 0
             ? hash
             : NULL;
}

bool
hub_listing_leads_to_shared (struct hub_listing *listing, const struct hub_path *target)
{
  struct stat st;
  struct hub_path root;
  hub_store_real (listing->store, &root, NULL);
  if (target->bad || target->len <= root.len || memcmp (target->text, root.text, root.len) != 0
      || !shared_hash (target->text + root.len) || lstat (target->text, &st) < 0
      || !S_ISREG (st.st_mode))
    return false;
  if (listing->links_shared < 0)
    {
      CLEANUP_CLOSE int fd = open (root.len ? root.text : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      listing->links_shared = fd >= 0 && hub_listing_is_shared (fd, SHARED_FOLDER);
    }
  return listing->links_shared;
}

int
hub_listing_is_user (struct hub_listing *listing, int root, const char *line, const char *hash)
{
  char room[NAMES_FOLDER_ROOM], text[PATH_MAX];
  struct hfcore_repo repo;
  const char *slash = strchr (line, '/');
  size_t len = slash ? (size_t) (slash - line) : 0;
  if (len == 0 || len > NAME_MAX || strncmp (slash, "/blobs/", 7) != 0 || !slash[7]
      || strchr (slash + 7, '/') || strcmp (slash + 7, "..") == 0)
    return 0;
  char folder[NAME_MAX + 1];
  memcpy (folder, line, len);
  folder[len] = 0;
  if (parse_folder (folder, room, &repo) || !*repo.id)
    return 0;
  ssize_t got = readlinkat (root, line, text, sizeof text - 1);
  if (got < 0)
    return errno == EINVAL || hub_listing_is_gone (errno) ? 0 : -1;
  text[got] = 0;
  struct hub_path link, target;
  hub_path_begin (&link, listing->where.text, listing->where.len);
  hub_path_names (&link, line);
  hub_listing_target (&link, text, &target);
  if (link.bad || target.bad || target.len <= listing->where.len
      || memcmp (target.text, listing->where.text, listing->where.len) != 0)
    return 0;
  const char *found = shared_hash (target.text + listing->where.len);
  return found && strcmp (found, hash) == 0;
}

/* What is written of the users of a payload: HFCORE_IS_UNUSED when it is true of none. What cannot
 * be told counts as used.  */
static uint32_t
who_uses (struct hub_listing *listing, int root, int folder, const char *hash)
{
  char name[HASH_LEN + sizeof ".refs"];
  CLEANUP_FREE char *users = NULL;
  size_t len;
  struct stat st;
  memcpy (name, hash, HASH_LEN);
  memcpy (name + HASH_LEN, ".refs", sizeof ".refs");
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode)
      || files_read (folder, name, HUB_LISTING_USERS_MOST, &users, &len) < 0
      || strlen (users) != len)
    return HFCORE_IS_UNTOLD;
  char *rest = users;
  for (char *line; (line = strsep (&rest, "\r\n"));)
    {
      int used = hub_listing_is_user (listing, root, line, hash);
      if (used)
        return used < 0 ? HFCORE_IS_UNTOLD : 0;
    }
  return HFCORE_IS_UNUSED;
}

static int
tell_shared (struct hub_listing *listing, int root, const char *prefix, int store)
{
  CLEANUP_DIR DIR *dir = hub_listing_open (store, prefix, O_NOFOLLOW);
  if (!dir)
    return HFCORE_OK;
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (dir));)
    {
      struct stat st;
      if (!names_is_sha256 (found->d_name) || strncmp (found->d_name, prefix, 2) != 0
          || fstatat (dirfd (dir), found->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0
          || !S_ISREG (st.st_mode))
        continue;
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_SHARED,
                                    .etag = found->d_name,
                                    .length = (uint64_t) st.st_size,
                                    .flags = who_uses (listing, root, dirfd (dir), found->d_name) };
      int code = hub_listing_tell (listing, &entry, &st);
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

static int
list_shared (struct hub_listing *listing, int root)
{
  if (!hub_listing_wants (listing, HFCORE_ENTRY_SHARED))
    return HFCORE_OK;
  CLEANUP_DIR DIR *store = hub_listing_open (root, SHARED_FOLDER, O_NOFOLLOW);
  if (!store)
    return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (store));)
    {
      if (!is_prefix (found->d_name))
        continue;
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      int code = tell_shared (listing, root, found->d_name, dirfd (store));
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

/* ---- all of the root ---- */

static bool
is_folder (int parent, const struct dirent *found, struct stat *st)
{
  return fstatat (parent, found->d_name, st, 0) == 0 && S_ISDIR (st->st_mode);
}

/* What is no repository and no part of the cache either.  */
static int
tell_stranger (struct hub_listing *listing, int root, const char *name, int problem)
{
  int code = hub_listing_problem (listing, problem);
  if (code || problem == HFCORE_PROBLEM_NO_FOLDER
      || !hub_listing_wants (listing, HFCORE_ENTRY_PARTIAL))
    return code;
  /* What a link leads to is not of this cache.  */
  CLEANUP_CLOSE int folder = openat (root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0)
    return HFCORE_OK;
  const uint32_t kinds = listing->kinds;
  listing->kinds = 1u << HFCORE_ENTRY_PARTIAL;
  code = hub_listing_blobs (listing, folder);
  listing->kinds = kinds;
  return code;
}

static int
tell_one (struct hub_listing *listing, int root, const struct dirent *found)
{
  struct hfcore_repo repo;
  char room[NAMES_FOLDER_ROOM];
  struct stat st;
  if (names_is_os_file (found->d_name) || strcmp (found->d_name, ".locks") == 0
      || strcmp (found->d_name, CACHEDIR_TAG_NAME) == 0)
    return HFCORE_OK;
  if (hub_listing_is_shared (root, found->d_name))
    return list_shared (listing, root);
  int problem = parse_folder (found->d_name, room, &repo);
  if (problem && !(listing->kinds & (1u << HFCORE_ENTRY_PROBLEM | 1u << HFCORE_ENTRY_PARTIAL)))
    return HFCORE_OK;
  if (!is_folder (root, found, &st))
    problem = HFCORE_PROBLEM_NO_FOLDER;
  if (problem)
    return tell_stranger (listing, root, found->d_name, problem);
  if (!hub_listing_wants (listing, HFCORE_ENTRY_REPO))
    return HFCORE_OK;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REPO };
  listing->repo = &repo;
  int code = hub_listing_tell (listing, &entry, &st);
  listing->repo = NULL;
  return code;
}

int
hub_listing_root (struct hub_listing *listing, DIR *root)
{
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (root));)
    {
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      int code = listing->path.bad ? hub_listing_fail (listing, listing->path.bad)
                                   : tell_one (listing, dirfd (root), found);
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}
