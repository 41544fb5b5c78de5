/* SPDX-License-Identifier: Apache-2.0 */
/* hub_link.c: pointers that are links: snapshots/<commit>/<path> to blobs/<etag> (spec 1.7), or to
 * a file of another cache.  */
#include "plugins/hub-layout/hub_pointer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
make_link (int folder, const char *name, const void *target)
{
  return symlinkat (target, folder, name);
}

/* Put the link where something else stands, at one stroke. Where the scratch folder will not do,
 * it is made under a name that other clients take for a partial: beside the blob, or, for a file
 * elsewhere, beside its place.  */
static int
replace (const struct hub_pointer *pointer, int folder, const char *name)
{
  struct hub_path temporary;
  const char *target = pointer->target.text;
  if (hub_scratch_make (pointer->store, pointer->repo, "link", make_link, target, &temporary) == 0
      && hub_scratch_place (AT_FDCWD, temporary.text, &pointer->path) == 0)
    return 0;
  if (!hub_scratch_is_unfit (errno))
    return -1;
  if (pointer->is_blob)
    {
      folder = AT_FDCWD;
      name = pointer->source.text;
    }
  if (hub_make_beside (folder, name, HUB_PARTIAL_SUFFIX, make_link, target, &temporary) < 0)
    return -1;
  return hub_scratch_place (folder, temporary.text, &pointer->path);
}

/* A hub_maker that replaces what is there, too.  */
static int
make_pointer (int folder, const char *name, const void *pointer_)
{
  const struct hub_pointer *pointer = pointer_;
  if (make_link (folder, name, pointer->target.text) == 0)
    return 0;
  if (errno != EEXIST)
    return -1;
  enum hub_standing standing = hub_pointer_look (pointer, folder, name);
  if (standing == HUB_STANDS_FAILED || standing == HUB_STANDS_KEPT)
    return standing == HUB_STANDS_KEPT ? 0 : -1;
  return replace (pointer, folder, name);
}

int
hub_pointer_link (const struct hub_pointer *pointer)
{
  return hub_walk_make (&pointer->path, make_pointer, pointer);
}

bool
hub_pointer_lacks_links (int os_errno)
{
  return os_errno == EPERM || os_errno == EOPNOTSUPP || os_errno == ENOSYS;
}
