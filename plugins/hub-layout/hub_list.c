/* SPDX-License-Identifier: Apache-2.0 */
/* hub_list.c: tell what is in a cache, as it is met, without keeping any of it (spec 7.1). Folders
 * are read relative to their open parents; what vanishes meanwhile is passed over.  */
#include "plugins/hub-layout/hub_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_store.h"

#define TICK_EVERY 256
#define DEPTH_MAX  200 /* folders within folders: each holds a descriptor  */
#define COMMIT_LEN 40

struct listing
{
  struct hub_store *store;
  struct hfcore_call *call;
  const struct hfcore_entry_sink *sink;
  const struct hfcore_repo *repo;
  const char *commit;   /* of the revision whose files are listed  */
  const char *where;    /* path of the repository or root, for errors  */
  struct hub_path name; /* "/path" of the file that is met, below where the walk began  */
  unsigned met;
};

static bool
is_dots (const char *name)
{
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static bool
is_gone (int os_errno)
{
  return os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP;
}

static int
fail (struct listing *listing, int os_errno)
{
  return hub_store_fail_reading (listing->store, listing->call, os_errno, "list", listing->where);
}

static int
tell (struct listing *listing, struct hfcore_entry *entry, const struct stat *st)
{
  entry->size = sizeof *entry;
  entry->repo = listing->repo;
  if (st)
    {
      entry->modified_ms = (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
      entry->accessed_ms = (int64_t) st->st_atim.tv_sec * 1000 + st->st_atim.tv_nsec / 1000000;
    }
  int code = listing->sink->entry (listing->sink->ctx, entry);
  if (code == 0 && ++listing->met % TICK_EVERY == 0)
    code = listing->store->host->tick (listing->call, 0, 0);
  return code;
}

/* NULL: the end, or errno.  */
static struct dirent *
next_entry (DIR *dir)
{
  errno = 0;
  return readdir (dir);
}

/* NULL with errno 0: there is no such folder.  */
static DIR *
open_folder (int parent, const char *name, int flags)
{
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir)
    (void) TAKE_FD (fd);
  else if (is_gone (errno))
    errno = 0;
  return dir;
}

/* ---- folders that hold files in folders: refs, revisions ---- */

typedef int (*file_teller) (struct listing *listing, int parent, const char *base);

static int
walk (struct listing *listing, DIR *dir, int depth, file_teller teller)
{
  size_t len = listing->name.len;
  for (struct dirent *found; (found = next_entry (dir));)
    {
      if (is_dots (found->d_name))
        continue;
      hub_path_cut (&listing->name, len);
      hub_path_name (&listing->name, found->d_name);
      if (listing->name.bad || depth > DEPTH_MAX)
        return fail (listing, ENAMETOOLONG);
      struct stat st;
      unsigned char type = found->d_type;
      if (type == DT_UNKNOWN && fstatat (dirfd (dir), found->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = S_ISDIR (st.st_mode) ? DT_DIR : DT_REG;
      int code;
      if (type != DT_DIR)
        code = teller (listing, dirfd (dir), found->d_name);
      else
        {
          CLEANUP_DIR DIR *below = open_folder (dirfd (dir), found->d_name, O_NOFOLLOW);
          if (!below && errno)
            return fail (listing, errno);
          code = below ? walk (listing, below, depth + 1, teller) : HFCORE_OK;
        }
      if (code)
        return code;
    }
  return errno ? fail (listing, errno) : HFCORE_OK;
}

static int
tell_ref (struct listing *listing, int parent, const char *base)
{
  struct stat st;
  if (names_is_os_file (base) || fstatat (parent, base, &st, 0) < 0 || !S_ISREG (st.st_mode))
    return HFCORE_OK;
  char commit[COMMIT_LEN + 2];
  CLEANUP_CLOSE int fd = openat (parent, base, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t len = fd < 0 ? -1 : read (fd, commit, COMMIT_LEN + 1);
  commit[len > 0 ? len : 0] = 0;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REF,
                                .name = listing->name.text + 1,
                                .commit = names_is_commit (commit) ? commit : NULL };
  return tell (listing, &entry, &st);
}

/* The first hop alone counts: where a blob leads is its own affair.  */
static const char *
etag_of_link (int parent, const char *base, char text[PATH_MAX])
{
  ssize_t len = readlinkat (parent, base, text, PATH_MAX - 1);
  if (len < 0)
    return NULL;
  text[len] = 0;
  char *slash = strrchr (text, '/');
  if (!slash)
    return NULL;
  *slash = 0;
  return text_ends_with (text, "/blobs") && slash[1] ? slash + 1 : NULL;
}

static int
tell_file (struct listing *listing, int parent, const char *base)
{
  struct stat st;
  char text[PATH_MAX];
  bool dangles = false;
  if (fstatat (parent, base, &st, 0) < 0)
    {
      dangles = is_gone (errno) && fstatat (parent, base, &st, AT_SYMLINK_NOFOLLOW) == 0;
      if (!dangles)
        return is_gone (errno) ? HFCORE_OK : fail (listing, errno);
    }
  if (S_ISDIR (st.st_mode)) /* a link to one: neither entered nor counted  */
    return HFCORE_OK;
  struct hfcore_entry entry = { .kind = HFCORE_ENTRY_FILE,
                                .name = listing->name.text + 1,
                                .commit = listing->commit,
                                .etag = etag_of_link (parent, base, text),
                                .length = dangles ? HFCORE_SIZE_UNKNOWN : (uint64_t) st.st_size };
  return tell (listing, &entry, &st);
}

static int
list_refs (struct listing *listing, int repo)
{
  CLEANUP_DIR DIR *refs = open_folder (repo, "refs", 0);
  if (!refs)
    return errno ? fail (listing, errno) : HFCORE_OK;
  hub_path_begin (&listing->name, "", 0);
  return walk (listing, refs, 0, tell_ref);
}

/* ---- revisions ---- */

static int
list_revision (struct listing *listing, int parent, const char *commit, uint32_t kinds)
{
  CLEANUP_DIR DIR *dir = open_folder (parent, commit, 0);
  struct stat st;
  if (!dir)
    return errno ? fail (listing, errno) : HFCORE_OK;
  if (kinds & 1u << HFCORE_ENTRY_REVISION)
    {
      if (fstat (dirfd (dir), &st) < 0)
        return fail (listing, errno);
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REVISION, .commit = commit };
      int code = tell (listing, &entry, &st);
      if (code)
        return code;
    }
  if (!(kinds & 1u << HFCORE_ENTRY_FILE))
    return HFCORE_OK;
  listing->commit = commit;
  hub_path_begin (&listing->name, "", 0);
  return walk (listing, dir, 0, tell_file);
}

static int
list_revisions (struct listing *listing, int repo, uint32_t kinds)
{
  CLEANUP_DIR DIR *snapshots = open_folder (repo, "snapshots", 0);
  if (!snapshots)
    return errno ? fail (listing, errno) : HFCORE_OK;
  for (struct dirent *found; (found = next_entry (snapshots));)
    {
      if (is_dots (found->d_name) || names_is_os_file (found->d_name))
        continue;
      int code = list_revision (listing, dirfd (snapshots), found->d_name, kinds);
      if (code)
        return code;
    }
  return errno ? fail (listing, errno) : HFCORE_OK;
}

/* ---- what commits are known not to have (spec 1.8) ---- */

static int
tell_absent (struct listing *listing, int parent, const char *base)
{
  struct stat st;
  if (names_is_os_file (base) || fstatat (parent, base, &st, 0) < 0 || !S_ISREG (st.st_mode))
    return HFCORE_OK;
  struct hfcore_entry entry
      = { .kind = HFCORE_ENTRY_ABSENT, .name = listing->name.text + 1, .commit = listing->commit };
  return tell (listing, &entry, &st);
}

static int
list_absent (struct listing *listing, int repo)
{
  CLEANUP_DIR DIR *commits = open_folder (repo, ".no_exist", 0);
  if (!commits)
    return errno ? fail (listing, errno) : HFCORE_OK;
  for (struct dirent *found; (found = next_entry (commits));)
    {
      if (is_dots (found->d_name) || names_is_os_file (found->d_name))
        continue;
      CLEANUP_DIR DIR *dir = open_folder (dirfd (commits), found->d_name, O_NOFOLLOW);
      if (!dir && errno)
        return fail (listing, errno);
      listing->commit = found->d_name;
      hub_path_begin (&listing->name, "", 0);
      int code = dir ? walk (listing, dir, 0, tell_absent) : HFCORE_OK;
      if (code)
        return code;
    }
  return errno ? fail (listing, errno) : HFCORE_OK;
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
tell_blob (struct listing *listing, int parent, const char *name, uint32_t kinds)
{
  struct stat st;
  bool partial = text_ends_with (name, ".incomplete") && strlen (name) <= NAME_MAX;
  uint32_t kind = partial ? HFCORE_ENTRY_PARTIAL : HFCORE_ENTRY_BLOB;
  if (!(kinds & 1u << kind) || (!partial && names_check_etag (name)))
    return HFCORE_OK;
  if (fstatat (parent, name, &st, partial ? AT_SYMLINK_NOFOLLOW : 0) < 0)
    return is_gone (errno) ? HFCORE_OK : fail (listing, errno);
  if (!S_ISREG (st.st_mode))
    return HFCORE_OK;
  char etag[NAME_MAX + 1];
  struct hfcore_entry entry
      = { .kind = (int32_t) kind, .etag = name, .length = (uint64_t) st.st_size };
  if (partial)
    {
      etag_of_partial (name, etag);
      entry.etag = etag;
      entry.name = name;
    }
  return tell (listing, &entry, &st);
}

static int
list_blobs (struct listing *listing, int repo, uint32_t kinds)
{
  CLEANUP_DIR DIR *blobs = open_folder (repo, "blobs", 0);
  if (!blobs)
    return errno ? fail (listing, errno) : HFCORE_OK;
  for (struct dirent *found; (found = next_entry (blobs));)
    {
      int code = is_dots (found->d_name) ? HFCORE_OK
                                         : tell_blob (listing, dirfd (blobs), found->d_name, kinds);
      if (code)
        return code;
    }
  return errno ? fail (listing, errno) : HFCORE_OK;
}

/* ---- one repository, or all ---- */

static int
list_repo (struct listing *listing, DIR *dir, uint32_t kinds)
{
  int code = HFCORE_OK;
  struct stat st;
  if (kinds & 1u << HFCORE_ENTRY_REPO)
    {
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REPO };
      if (fstat (dirfd (dir), &st) < 0)
        return fail (listing, errno);
      code = tell (listing, &entry, &st);
    }
  if (!code && (kinds & 1u << HFCORE_ENTRY_REF))
    code = list_refs (listing, dirfd (dir));
  if (!code && (kinds & (1u << HFCORE_ENTRY_REVISION | 1u << HFCORE_ENTRY_FILE)))
    code = list_revisions (listing, dirfd (dir), kinds);
  if (!code && (kinds & (1u << HFCORE_ENTRY_BLOB | 1u << HFCORE_ENTRY_PARTIAL)))
    code = list_blobs (listing, dirfd (dir), kinds);
  if (!code && (kinds & 1u << HFCORE_ENTRY_ABSENT))
    code = list_absent (listing, dirfd (dir));
  return code;
}

/* "models--org--name" to type and id (spec 1.3): `room` holds both. 0: not a repository.  */
static int
parse_folder (const char *folder, char room[NAME_MAX + 2], struct hfcore_repo *repo)
{
  const char *dashes = strstr (folder, "--");
  if (!dashes || dashes == folder || dashes[-1] != 's' || strlen (folder) > NAME_MAX)
    return 0;
  size_t type_len = (size_t) (dashes - folder) - 1;
  memcpy (room, folder, type_len);
  room[type_len] = 0;
  if (names_check_repo_type (room))
    return 0;
  char *to = room + type_len + 1;
  *repo = (struct hfcore_repo){ .size = sizeof *repo, .type = room, .id = to };
  for (const char *from = dashes + 2; *from;)
    {
      bool joint = from[0] == '-' && from[1] == '-';
      *to++ = joint ? '/' : *from;
      from += joint ? 2 : 1;
    }
  *to = 0;
  return 1;
}

static int
list_repos (struct listing *listing, DIR *root)
{
  for (struct dirent *found; (found = next_entry (root));)
    {
      struct hfcore_repo repo;
      char room[NAME_MAX + 2];
      struct stat st;
      if (!parse_folder (found->d_name, room, &repo)
          || fstatat (dirfd (root), found->d_name, &st, 0) < 0 || !S_ISDIR (st.st_mode))
        continue;
      struct hfcore_entry entry = { .kind = HFCORE_ENTRY_REPO };
      listing->repo = &repo;
      int code = tell (listing, &entry, &st);
      if (code)
        return code;
    }
  return errno ? fail (listing, errno) : HFCORE_OK;
}

static int
fail_to_open (struct listing *listing, int os_errno)
{
  const struct hfcore_host *host = listing->store->host;
  int code = hub_store_miss (listing->store, listing->call, HFCORE_OK);
  if (code != HFCORE_OK)
    return code;
  if (os_errno != ENOENT)
    return fail (listing, os_errno);
  code = host->fail (listing->call, HFCORE_E_NOTFOUND, "there is no %s %s",
                     listing->repo ? "repository in the cache at" : "cache at", listing->where);
  host->why (listing->call, ENOENT, 0, 0,
             listing->repo ? HFCORE_MISSING_REPO : HFCORE_MISSING_CACHE);
  return code;
}

int
hub_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
          const struct hfcore_entry_sink *sink)
{
  struct hub_store *store = self;
  struct hub_path where;
  hub_store_real (store, &where, repo);
  if (where.bad)
    return hub_store_bad_path (store, call, &where);
  struct listing listing
      = { .store = store, .call = call, .sink = sink, .repo = repo, .where = where.text };
  CLEANUP_DIR DIR *dir = opendir (where.len ? where.text : "/");
  if (!dir)
    return fail_to_open (&listing, errno);
  if (repo)
    return list_repo (&listing, dir, kinds);
  return kinds & 1u << HFCORE_ENTRY_REPO ? list_repos (&listing, dir) : HFCORE_OK;
}
