/* SPDX-License-Identifier: Apache-2.0 */
/* hub_list.c: tell what is in a cache, as it is met, without keeping any of it (spec 7.1). Folders
 * are read relative to their open parents; what vanishes meanwhile is passed over.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_listing.h"
#include "plugins/hub-layout/hub_partial.h"

#define TICK_EVERY 256
#define DEPTH_MAX  200  /* folders within folders: each holds a descriptor  */
#define REF_MOST   4096 /* bytes of a ref that are told  */
#define STRAY_MS   ((int64_t) 60 * 60 * 1000)

bool
hub_listing_is_gone (int os_errno)
{
  return os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP;
}

int
hub_listing_fail (struct hub_listing *listing, int os_errno)
{
  return hub_store_fail_reading (listing->store, listing->call, os_errno, "list",
                                 listing->where.text);
}

static int64_t
nanoseconds (const struct timespec *time)
{
  return (int64_t) time->tv_sec * 1000000000 + time->tv_nsec;
}

int
hub_listing_tell (struct hub_listing *listing, struct hfcore_entry *entry, const struct stat *st)
{
  entry->size = sizeof *entry;
  entry->repo = listing->repo;
  entry->path = listing->path.text;
  if (st)
    {
      entry->modified_ns = nanoseconds (&st->st_mtim);
      entry->accessed_ns = nanoseconds (&st->st_atim);
      entry->modified_ms = entry->modified_ns / 1000000;
      entry->accessed_ms = entry->accessed_ns / 1000000;
    }
  int code = listing->sink->entry (listing->sink->ctx, entry);
  if (code == 0 && ++listing->met % TICK_EVERY == 0)
    code = listing->store->host->tick (listing->call, 0, 0);
  return code;
}

int
hub_listing_problem (struct hub_listing *listing, int problem)
{
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_PROBLEM, .problem = problem };
  return hub_listing_wants (listing, entry.kind) ? hub_listing_tell (listing, &entry, NULL)
                                                 : HFCORE_OK;
}

struct dirent *
hub_listing_next (DIR *dir)
{
  for (;;)
    {
      errno = 0;
      struct dirent *found = readdir (dir);
      const char *name = found ? found->d_name : "";
      if (name[0] != '.' || (name[1] != 0 && (name[1] != '.' || name[2] != 0)))
        return found;
    }
}

DIR *
hub_listing_open (int parent, const char *name, int flags)
{
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir)
    (void) TAKE_FD (fd);
  else if (hub_listing_is_gone (errno))
    errno = 0;
  return dir;
}

/* Is it a regular file, or a link to one?  */
static bool
is_file (int parent, const char *name)
{
  struct stat st;
  return fstatat (parent, name, &st, 0) == 0 && S_ISREG (st.st_mode);
}

/* ---- folders that hold files in folders: refs, revisions ---- */

static int
walk (struct hub_listing *listing, DIR *dir, int depth, hub_listing_file *file)
{
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (dir));)
    {
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      if (listing->path.bad || depth > DEPTH_MAX)
        return hub_listing_fail (listing, ENAMETOOLONG);
      struct stat st;
      unsigned char type = found->d_type;
      if (type == DT_UNKNOWN && fstatat (dirfd (dir), found->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = S_ISDIR (st.st_mode) ? DT_DIR : DT_UNKNOWN;
      int code;
      if (type != DT_DIR)
        code = file (listing, dirfd (dir), found);
      else
        {
          CLEANUP_DIR DIR *below = hub_listing_open (dirfd (dir), found->d_name, O_NOFOLLOW);
          if (!below && errno)
            return hub_listing_fail (listing, errno);
          code = below ? walk (listing, below, depth + 1, file) : HFCORE_OK;
        }
      if (code)
        return code;
    }
  hub_path_cut (&listing->path, len);
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

int
hub_listing_walk (struct hub_listing *listing, DIR *dir, hub_listing_file *file)
{
  listing->below = listing->path.len + 1;
  return walk (listing, dir, 0, file);
}

static int
tell_ref (struct hub_listing *listing, int parent, const struct dirent *file)
{
  struct stat st;
  if (names_is_os_file (file->d_name) || fstatat (parent, file->d_name, &st, 0) < 0
      || !S_ISREG (st.st_mode))
    return HFCORE_OK;
  char says[REF_MOST + 1];
  CLEANUP_CLOSE int fd = openat (parent, file->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t len = fd < 0 ? -1 : read (fd, says, REF_MOST);
  says[len > 0 ? len : 0] = 0;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REF,
                                .name = listing->path.text + listing->below,
                                .commit = names_is_commit (says) ? says : NULL,
                                .target = says };
  return hub_listing_tell (listing, &entry, &st);
}

static int
list_refs (struct hub_listing *listing, int repo)
{
  hub_path_name (&listing->path, "refs");
  CLEANUP_DIR DIR *refs = hub_listing_open (repo, "refs", 0);
  if (refs)
    return hub_listing_walk (listing, refs, tell_ref);
  if (errno)
    return hub_listing_fail (listing, errno);
  return is_file (repo, "refs") ? hub_listing_problem (listing, HFCORE_PROBLEM_REFS_FILE)
                                : HFCORE_OK;
}

/* ---- revisions ---- */

static int
list_revision (struct hub_listing *listing, int parent, const char *commit)
{
  CLEANUP_DIR DIR *dir = hub_listing_open (parent, commit, 0);
  struct stat st;
  if (!dir && errno)
    return hub_listing_fail (listing, errno);
  if (!dir)
    return is_file (parent, commit) ? hub_listing_problem (listing, HFCORE_PROBLEM_SNAPSHOT_FILE)
                                    : HFCORE_OK;
  if (hub_listing_wants (listing, HFCORE_ENTRY_REVISION))
    {
      if (fstat (dirfd (dir), &st) < 0)
        return hub_listing_fail (listing, errno);
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REVISION,
                                    .commit = commit,
                                    .used_ns = nanoseconds (&st.st_mtim) };
      int code = hub_listing_tell (listing, &entry, &st);
      if (code)
        return code;
    }
  if (!hub_listing_wants (listing, HFCORE_ENTRY_FILE))
    return HFCORE_OK;
  listing->commit = commit;
  return hub_listing_walk (listing, dir, hub_listing_tell_file);
}

static int
list_revisions (struct hub_listing *listing, int repo)
{
  hub_path_name (&listing->path, "snapshots");
  CLEANUP_DIR DIR *snapshots = hub_listing_open (repo, "snapshots", 0);
  if (!snapshots)
    return errno ? hub_listing_fail (listing, errno)
                 : hub_listing_problem (listing, HFCORE_PROBLEM_NO_SNAPSHOTS);
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (snapshots));)
    {
      if (names_is_os_file (found->d_name))
        continue;
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      int code = listing->path.bad ? hub_listing_fail (listing, listing->path.bad)
                                   : list_revision (listing, dirfd (snapshots), found->d_name);
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

/* ---- what commits are known not to have (spec 1.8) ---- */

static int
tell_absent (struct hub_listing *listing, int parent, const struct dirent *file)
{
  struct stat st;
  if (names_is_os_file (file->d_name) || fstatat (parent, file->d_name, &st, 0) < 0
      || !S_ISREG (st.st_mode))
    return HFCORE_OK;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_ABSENT,
                                .name = listing->path.text + listing->below,
                                .commit = listing->commit };
  return hub_listing_tell (listing, &entry, &st);
}

static int
list_absent (struct hub_listing *listing, int repo)
{
  hub_path_name (&listing->path, ".no_exist");
  CLEANUP_DIR DIR *commits = hub_listing_open (repo, ".no_exist", 0);
  if (!commits)
    return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (commits));)
    {
      if (names_is_os_file (found->d_name))
        continue;
      CLEANUP_DIR DIR *dir = hub_listing_open (dirfd (commits), found->d_name, O_NOFOLLOW);
      if (!dir && errno)
        return hub_listing_fail (listing, errno);
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      listing->commit = found->d_name;
      int code = dir ? hub_listing_walk (listing, dir, tell_absent) : HFCORE_OK;
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

/* ---- blobs and partials ---- */

/* The etag in "<etag>.<8hex>.incomplete", or in an older client's "<etag>.incomplete".  */
static void
etag_of_partial (const char *name, char etag[NAME_MAX + 1])
{
  size_t len = strlen (name) - strlen (".incomplete");
  if (len > 9 && name[len - 9] == '.' && strspn (name + len - 8, "0123456789abcdef") >= 8)
    len -= 9;
  memcpy (etag, name, len);
  etag[len] = 0;
}

static int
tell_partial (struct hub_listing *listing, int parent, const char *name)
{
  struct stat st;
  char etag[NAME_MAX + 1];
  if (!hub_listing_wants (listing, HFCORE_ENTRY_PARTIAL) || strlen (name) > NAME_MAX)
    return HFCORE_OK;
  if (fstatat (parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return hub_listing_is_gone (errno) ? HFCORE_OK : hub_listing_fail (listing, errno);
  if (!S_ISREG (st.st_mode))
    return HFCORE_OK;
  etag_of_partial (name, etag);
  /* Of what is no repository nothing tells who writes to it.  */
  const int64_t modified_ms = (int64_t) st.st_mtim.tv_sec * 1000;
  bool held = listing->repo
                  ? hub_partial_is_held (listing->store, listing->repo, name, etag, modified_ms)
                  : clock_wall_ms () - modified_ms < STRAY_MS;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_PARTIAL,
                                .name = name,
                                .etag = etag,
                                .length = (uint64_t) st.st_size,
                                .flags = held ? HFCORE_IS_HELD : 0 };
  return hub_listing_tell (listing, &entry, &st);
}

static int
tell_blob (struct hub_listing *listing, int parent, const struct dirent *file)
{
  const char *name = file->d_name;
  struct stat st;
  if (!hub_listing_wants (listing, HFCORE_ENTRY_BLOB) || names_check_etag (name))
    return HFCORE_OK;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_BLOB, .etag = name };
  struct hub_path target;
  char text[PATH_MAX];
  ssize_t len = file->d_type == DT_REG ? -1 : readlinkat (parent, name, text, sizeof text - 1);
  if (len >= 0)
    {
      text[len] = 0;
      hub_listing_target (&listing->path, text, &target);
      entry.target = target.bad ? NULL : target.text;
      entry.flags = HFCORE_IS_LINK;
      if (!target.bad && hub_listing_leads_to_shared (listing, &target))
        entry.flags |= HFCORE_IS_SHARED;
    }
  if (fstatat (parent, name, &st, 0) < 0)
    return hub_listing_is_gone (errno) ? HFCORE_OK : hub_listing_fail (listing, errno);
  if (!S_ISREG (st.st_mode))
    return HFCORE_OK;
  entry.length = (uint64_t) st.st_size;
  return hub_listing_tell (listing, &entry, &st);
}

int
hub_listing_blobs (struct hub_listing *listing, int parent)
{
  hub_path_name (&listing->path, "blobs");
  CLEANUP_DIR DIR *blobs = hub_listing_open (parent, "blobs", 0);
  if (!blobs)
    return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
  const size_t len = listing->path.len;
  for (struct dirent *found; (found = hub_listing_next (blobs));)
    {
      hub_path_cut (&listing->path, len);
      hub_path_name (&listing->path, found->d_name);
      if (listing->path.bad)
        return hub_listing_fail (listing, listing->path.bad);
      int code = text_ends_with (found->d_name, ".incomplete")
                     ? tell_partial (listing, dirfd (blobs), found->d_name)
                     : tell_blob (listing, dirfd (blobs), found);
      if (code)
        return code;
    }
  return errno ? hub_listing_fail (listing, errno) : HFCORE_OK;
}

/* ---- one repository ---- */

static int
list_repo (struct hub_listing *listing, DIR *dir)
{
  static const struct
  {
    uint32_t kinds;
    int (*list) (struct hub_listing *listing, int repo);
  } parts[]
      = { { 1u << HFCORE_ENTRY_REF | 1u << HFCORE_ENTRY_PROBLEM, list_refs },
          { 1u << HFCORE_ENTRY_BLOB | 1u << HFCORE_ENTRY_PARTIAL, hub_listing_blobs },
          { 1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE | 1u << HFCORE_ENTRY_PROBLEM,
            list_revisions },
          { 1u << HFCORE_ENTRY_ABSENT, list_absent } };
  int code = HFCORE_OK;
  struct stat st;
  if (hub_listing_wants (listing, HFCORE_ENTRY_REPO))
    {
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REPO };
      if (fstat (dirfd (dir), &st) < 0)
        return hub_listing_fail (listing, errno);
      code = hub_listing_tell (listing, &entry, &st);
    }
  for (size_t i = 0; !code && i < sizeof parts / sizeof *parts; i++)
    if (listing->kinds & parts[i].kinds)
      {
        hub_path_cut (&listing->path, listing->repo_len);
        code = parts[i].list (listing, dirfd (dir));
      }
  return code;
}

static int
fail_to_open (struct hub_listing *listing, int os_errno)
{
  const struct hfcore_host *host = listing->store->host;
  int code = hub_store_miss (listing->store, listing->call, HFCORE_OK);
  if (code != HFCORE_OK)
    return code;
  if (os_errno != ENOENT)
    return hub_listing_fail (listing, os_errno);
  if (listing->repo)
    code = host->fail (listing->call, HFCORE_E_NOTFOUND,
                       "there is no repository in the cache at %s", listing->where.text);
  else
    code = host->fail (listing->call, HFCORE_E_NOTFOUND, "Cache directory not found: %s",
                       listing->where.text);
  host->why (listing->call, ENOENT, 0, 0,
             listing->repo ? HFCORE_MISSING_REPO : HFCORE_MISSING_CACHE);
  return code;
}

int
hub_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
          const struct hfcore_entry_sink *sink)
{
  struct hub_listing listing = {
    .store = self, .call = call, .sink = sink, .kinds = kinds, .repo = repo, .links_shared = -1
  };
  hub_store_real (self, &listing.where, repo);
  if (listing.where.bad)
    return hub_store_bad_path (self, call, &listing.where);
  listing.path = listing.where;
  listing.repo_len = listing.path.len;
  CLEANUP_DIR DIR *dir = opendir (listing.where.len ? listing.where.text : "/");
  if (!dir)
    return fail_to_open (&listing, errno);
  return repo ? list_repo (&listing, dir) : hub_listing_root (&listing, dir);
}
