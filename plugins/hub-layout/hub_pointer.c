/* SPDX-License-Identifier: Apache-2.0 */
/* hub_pointer.c: see hub_pointer.h.  */
#include "plugins/hub-layout/hub_pointer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"

/* ---- what it shall be ---- */

static void
begin (struct hub_store *store, struct hfcore_call *call, const struct hfcore_repo *repo,
       const char *commit, const char *name, uint32_t flags, struct hub_pointer *pointer)
{
  struct hub_path *path = &pointer->path;
  pointer->store = store;
  pointer->call = call;
  pointer->repo = repo;
  pointer->flags = flags;
  pointer->is_blob = pointer->is_own = false;
  hub_store_real (store, path, repo);
  hub_path_name (path, "snapshots");
  path->base = path->len;
  hub_path_name (path, commit);
  hub_path_names (path, name);
}

static int
be_blob (struct hub_pointer *pointer, const char *etag)
{
  struct hub_path *path = &pointer->path, *target = &pointer->target;
  pointer->is_blob = true;
  pointer->is_own = false;
  hub_store_real (pointer->store, &pointer->source, pointer->repo);
  hub_path_name (&pointer->source, "blobs");
  hub_path_name (&pointer->source, etag);
  hub_path_begin (target, "..", 2);
  int depth = 0;
  if (!path->bad)
    for (const char *at = path->text + path->base; *at; at++)
      depth += *at == '/';
  while (depth-- > 1 && target->len + 3 < sizeof target->text)
    {
      memcpy (target->text + target->len, "/..", 4);
      target->len += 3;
    }
  hub_path_name (target, "blobs");
  hub_path_name (target, etag);
  path->bad = path->bad ? path->bad : target->bad ? target->bad : pointer->source.bad;
  return path->bad ? hub_store_bad_path (pointer->store, pointer->call, path) : HFCORE_OK;
}

int
hub_pointer_to_blob (struct hub_store *store, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *commit, const char *name,
                     const char *etag, uint32_t flags, struct hub_pointer *pointer)
{
  begin (store, call, repo, commit, name, flags, pointer);
  return be_blob (pointer, etag);
}

/* What follows "FOLDER/" in `path`; NULL: it does not lie there.  */
static const char *
below (const char *path, const char *folder, size_t len)
{
  return strncmp (path, folder, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* The name of the blob of this repository that `path` is; NULL: none.  */
static const char *
own_blob (const struct hub_pointer *pointer, const char *path)
{
  struct hub_path blobs;
  hub_store_real (pointer->store, &blobs, pointer->repo);
  hub_path_name (&blobs, "blobs");
  const char *name = blobs.bad ? NULL : below (path, blobs.text, blobs.len);
  if (!name && !blobs.bad)
    {
      /* The folder itself may have been moved to another disk.  */
      CLEANUP_FREE char *real = files_resolve (blobs.text);
      name = real ? below (path, real, strlen (real)) : NULL;
    }
  return name && *name && !strchr (name, '/') ? name : NULL;
}

static int
fail_source (const struct hub_pointer *pointer, int os_errno, const char *source)
{
  const struct hfcore_host *host = pointer->store->host;
  if (os_errno != ENOENT && os_errno != ENOTDIR && os_errno != ELOOP)
    return hub_store_fail_reading (pointer->store, pointer->call, os_errno, "find", source);
  host->fail (pointer->call, HFCORE_E_NOTFOUND, "%s is not there (any more)", source);
  host->why (pointer->call, os_errno, 0, 0, 0);
  return HFCORE_E_NOTFOUND;
}

int
hub_pointer_to_file (struct hub_store *store, struct hfcore_call *call,
                     const struct hfcore_repo *repo, const char *commit, const char *name,
                     const char *source, uint32_t flags, struct hub_pointer *pointer)
{
  begin (store, call, repo, commit, name, flags, pointer);
  if (source[0] != '/')
    return store->host->fail (call, HFCORE_E_CONFIG, "%s is no absolute path", source);
  struct stat st;
  /* Resolved, so that it does not matter what becomes of the links to it.  */
  CLEANUP_FREE char *real = realpath (source, NULL);
  if (!real || stat (real, &st) < 0)
    return fail_source (pointer, errno, source);
  if (!S_ISREG (st.st_mode))
    return store->host->fail (call, HFCORE_E_IO, "%s is no regular file", source);
  const char *etag = own_blob (pointer, source);
  if (!etag)
    etag = own_blob (pointer, real);
  if (etag)
    return be_blob (pointer, etag);
  struct hub_path folder;
  hub_store_real (store, &folder, repo);
  pointer->is_own = !folder.bad && below (real, folder.text, folder.len);
  hub_path_begin (&pointer->source, real, strlen (real));
  pointer->target = pointer->source;
  if (!pointer->path.bad)
    pointer->path.bad = pointer->source.bad;
  return pointer->path.bad ? hub_store_bad_path (store, call, &pointer->path) : HFCORE_OK;
}

/* ---- what stands there ---- */

static bool
is_source (const struct hub_pointer *pointer, const struct stat *there)
{
  struct stat wanted;
  return stat (pointer->source.text, &wanted) == 0 && there->st_dev == wanted.st_dev
         && there->st_ino == wanted.st_ino;
}

/* A link out of the repository that leads to nothing (any more) is told of: someone took away what
 * it was made for.  */
static void
tell_lost (const struct hub_pointer *pointer, const char *text)
{
  struct hub_store *store = pointer->store;
  struct hub_path folder;
  hub_store_real (store, &folder, pointer->repo);
  if (text[0] != '/' || below (text, folder.text, folder.len)
      || atomic_exchange (&store->told_lost, true))
    return;
  store->host->log (store->journal, HFCORE_LOG_WARNING,
                    "%s led to %s, which is gone (was a layer of the cache removed?); it is "
                    "replaced",
                    pointer->path.text, text);
}

static enum hub_standing
look_at_link (const struct hub_pointer *pointer, int folder, const char *name)
{
  char text[PATH_MAX];
  struct stat there;
  ssize_t len = readlinkat (folder, name, text, sizeof text - 1);
  if (len < 0)
    return HUB_STANDS_REPLACED;
  text[len] = 0;
  if (strcmp (text, pointer->target.text) == 0)
    return HUB_STANDS_KEPT;
  if (fstatat (folder, name, &there, 0) == 0)
    return is_source (pointer, &there) ? HUB_STANDS_KEPT : HUB_STANDS_REPLACED;
  tell_lost (pointer, text);
  return HUB_STANDS_REPLACED;
}

enum hub_standing
hub_pointer_look (const struct hub_pointer *pointer, int folder, const char *name)
{
  struct stat there;
  if (fstatat (folder, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? HUB_STANDS_NOTHING : HUB_STANDS_FAILED;
  if (S_ISDIR (there.st_mode))
    {
      errno = EISDIR;
      return HUB_STANDS_FAILED;
    }
  if (S_ISLNK (there.st_mode))
    return look_at_link (pointer, folder, name);
  return pointer->flags & (HFCORE_NEW_BLOB | HFCORE_REPLACE) ? HUB_STANDS_REPLACED
                                                             : HUB_STANDS_KEPT;
}

enum hub_standing
hub_pointer_stands (const struct hub_pointer *pointer)
{
  const char *name;
  CLEANUP_CLOSE int folder = hub_walk (&pointer->path, false, &name);
  if (folder < 0)
    return errno == ENOENT ? HUB_STANDS_NOTHING : HUB_STANDS_FAILED;
  return hub_pointer_look (pointer, folder, name);
}

int
hub_pointer_tell (const struct hub_pointer *pointer, struct hfcore_stored_file *file)
{
  const struct hfcore_host *host = pointer->store->host;
  struct stat st;
  if (!file)
    return HFCORE_OK;
  if (stat (pointer->path.text, &st) < 0 || !S_ISREG (st.st_mode))
    {
      host->fail (pointer->call, HFCORE_E_RETRY, "%s was removed while %s was made of it",
                  pointer->source.text, pointer->path.text);
      host->why (pointer->call, ENOENT, 0, 0, 0);
      return HFCORE_E_RETRY;
    }
  file->path = host->keep (pointer->call, pointer->path.text, pointer->path.len);
  if (!file->path)
    return HFCORE_E_NOMEM;
  file->state = HFCORE_FILE_PRESENT;
  file->length = (uint64_t) st.st_size;
  return HFCORE_OK;
}
