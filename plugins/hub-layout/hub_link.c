/* SPDX-License-Identifier: Apache-2.0 */
/* hub_link.c: pointers: snapshots/<commit>/<path> as a link to blobs/<etag> (spec 1.7).  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plugins/hub-layout/hub_scratch.h"
#include "plugins/hub-layout/hub_walk.h"

struct pointer
{
  struct hub_store *store;
  const struct hfcore_repo *repo;
  struct hub_path path;
  struct hub_path target; /* the link's text: "../../blobs/<etag>", one "../" more a folder  */
  struct hub_path blob;   /* what it shall lead to  */
  uint32_t flags;
};

static void
pointer_init (struct pointer *pointer, struct hub_store *store, const struct hfcore_repo *repo,
              const char *commit, const char *name, const char *etag)
{
  struct hub_path *path = &pointer->path, *target = &pointer->target;
  pointer->store = store;
  pointer->repo = repo;
  hub_store_real (store, path, repo);
  hub_path_begin (&pointer->blob, path->text, path->len);
  hub_path_name (&pointer->blob, "blobs");
  hub_path_name (&pointer->blob, etag);
  hub_path_name (path, "snapshots");
  path->base = path->len;
  hub_path_name (path, commit);
  hub_path_names (path, name);
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
  path->bad = path->bad ? path->bad : target->bad ? target->bad : pointer->blob.bad;
}

/* Does the pointer that is there lead to the blob already?  */
static bool
leads_there (const struct pointer *pointer, int folder, const char *name)
{
  char text[PATH_MAX];
  ssize_t len = readlinkat (folder, name, text, sizeof text);
  if (len < 0)
    return false;
  if ((size_t) len == pointer->target.len
      && memcmp (text, pointer->target.text, pointer->target.len) == 0)
    return true;
  struct stat there, wanted;
  return fstatat (folder, name, &there, 0) == 0 && stat (pointer->blob.text, &wanted) == 0
         && there.st_dev == wanted.st_dev && there.st_ino == wanted.st_ino;
}

static int
make_link (int folder, const char *name, const void *target)
{
  return symlinkat (target, folder, name);
}

/* Put the link where something else stands, at one stroke. Where the scratch folder will not do,
 * it is made under a name that other clients take for a partial.  */
static int
replace (const struct pointer *pointer)
{
  struct hub_path temporary;
  const char *target = pointer->target.text;
  if (hub_scratch_make (pointer->store, pointer->repo, "link", make_link, target, &temporary) == 0
      && hub_scratch_place (AT_FDCWD, temporary.text, &pointer->path) == 0)
    return 0;
  if (!hub_scratch_is_unfit (errno)
      || hub_make_beside (AT_FDCWD, pointer->blob.text, HUB_PARTIAL_SUFFIX, make_link, target,
                          &temporary)
             < 0)
    return -1;
  return hub_scratch_place (AT_FDCWD, temporary.text, &pointer->path);
}

/* A hub_maker that replaces what is there, too.  */
static int
make_pointer (int folder, const char *name, const void *pointer_)
{
  const struct pointer *pointer = pointer_;
  if (make_link (folder, name, pointer->target.text) == 0)
    return 0;
  if (errno != EEXIST)
    return -1;
  struct stat st;
  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? replace (pointer) : -1;
  if (S_ISDIR (st.st_mode))
    {
      errno = EISDIR;
      return -1;
    }
  if (S_ISLNK (st.st_mode) ? leads_there (pointer, folder, name)
                           : !(pointer->flags & HFCORE_NEW_BLOB))
    return 0;
  return replace (pointer);
}

int
hub_file_set_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *name, const char *etag, uint32_t flags,
                   struct hfcore_stored_file *file)
{
  struct hub_store *store = self;
  struct pointer pointer = { .flags = flags };
  pointer_init (&pointer, store, repo, commit, name, etag);
  if (pointer.path.bad)
    return hub_store_bad_path (store, call, &pointer.path);
  if (hub_walk_make (&pointer.path, make_pointer, &pointer) < 0)
    return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
               ? store->host->fail (call, HFCORE_E_UNSUPPORTED,
                                    "the file system of %s has no links; use the plugin "
                                    "store-copy there",
                                    pointer.path.text)
               : hub_walk_fail (store, call, errno, "make the link", &pointer.path);
  hub_store_tag (store, repo, false);
  if (!file)
    return HFCORE_OK;
  struct stat st;
  if (stat (pointer.path.text, &st) < 0 || !S_ISREG (st.st_mode))
    return store->host->fail (call, HFCORE_E_RETRY, "%s was removed while it was linked to",
                              pointer.blob.text);
  file->path = store->host->keep (call, pointer.path.text, pointer.path.len);
  if (!file->path)
    return HFCORE_E_NOMEM;
  file->state = HFCORE_FILE_PRESENT;
  file->length = (uint64_t) st.st_size;
  return HFCORE_OK;
}
