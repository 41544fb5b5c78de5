/* SPDX-License-Identifier: Apache-2.0 */
/* hub_copy.c: pointers that are files of their own, for caches without links (spec 1.13). A blob
 * that is new becomes the file by one rename, and leaves no blob; any other file's bytes are shared
 * or copied, and it stays. Nothing is seen in the pointer's place before it is whole.  */
#include "plugins/hub-layout/hub_pointer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files_share.h"

struct copy
{
  struct hub_pointer *pointer;
  int from;
  mode_t mode;
  struct files_share how;
};

/* ENOENT may say that the source is gone, which nobody need try again.  */
static int
fail_by_source (const char *source)
{
  if (errno == ENOENT && access (source, F_OK) < 0)
    errno = ESTALE;
  return -1;
}

/* ---- a rename ---- */

/* A hub_maker.  */
static int
move_blob (int folder, const char *name, const void *blob)
{
  return renameat (AT_FDCWD, blob, folder, name) == 0 ? 0 : fail_by_source (blob);
}

/* A link leads to a payload that other repositories use.  */
static bool
may_be_moved (const struct hub_pointer *pointer)
{
  struct stat st;
  return pointer->is_blob && (pointer->flags & HFCORE_NEW_BLOB)
         && lstat (pointer->source.text, &st) == 0 && S_ISREG (st.st_mode);
}

/* ---- a second name ---- */

/* A hub_maker.  */
static int
make_hard_link (int folder, const char *name, const void *source)
{
  return linkat (AT_FDCWD, source, folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0
                                                                         : fail_by_source (source);
}

static int
share_by_name (const struct hub_pointer *pointer, enum hub_standing standing)
{
  const char *source = pointer->source.text;
  struct hub_path temporary;
  if (standing == HUB_STANDS_NOTHING)
    return hub_walk_make (&pointer->path, make_hard_link, source) == 0 || errno == EEXIST ? 0 : -1;
  if (hub_scratch_make (pointer->store, pointer->repo, "link", make_hard_link, source, &temporary)
      < 0)
    return -1;
  int result = hub_scratch_place (AT_FDCWD, temporary.text, &pointer->path);
  /* A rename onto another name of the same file does nothing, and says that all is well.  */
  if (result == 0)
    unlink (temporary.text);
  return result;
}

/* ---- the bytes ---- */

static int
tick (void *copy_, uint64_t done, uint64_t total)
{
  const struct copy *copy = copy_;
  return copy->pointer->store->host->tick (copy->pointer->call, done, total);
}

static int
fill (void *copy_, int fd)
{
  const struct copy *copy = copy_;
  return files_share_into (copy->from, fd, &copy->how) < 0 ? -1 : 0;
}

static int
share_bytes (struct copy *copy, enum hub_standing standing, unsigned ways)
{
  const struct hub_pointer *pointer = copy->pointer;
  const struct hub_scratch_file file = { .kind = "copy",
                                         .target = &pointer->path,
                                         .mode = copy->mode,
                                         .keep = standing == HUB_STANDS_NOTHING,
                                         .large = true,
                                         .fill = fill,
                                         .ctx = copy };
  copy->how.ways = ways;
  return hub_scratch_write (pointer->store, pointer->repo, &file);
}

/* A link may lead to what is nobody else's business: its copy is for no more readers. What is a
 * blob here is for those of this cache.  */
static mode_t
choose_mode (const struct hub_pointer *pointer, const struct stat *opened)
{
  struct stat named;
  bool is_here = pointer->is_blob && lstat (pointer->source.text, &named) == 0
                 && named.st_dev == opened->st_dev && named.st_ino == opened->st_ino;
  return is_here ? 0666 : (opened->st_mode & 0666) | S_IRUSR | S_IWUSR;
}

static int
share (struct hub_pointer *pointer, enum hub_standing standing)
{
  const unsigned ways = pointer->store->share;
  CLEANUP_CLOSE int from
      = open (pointer->source.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;
  if (from < 0)
    {
      errno = errno == ENOENT ? ESTALE : errno;
      return -1;
    }
  if (fstat (from, &st) < 0)
    return -1;
  if (!S_ISREG (st.st_mode))
    {
      errno = EINVAL;
      return -1;
    }
  struct copy copy = { .pointer = pointer, .from = from, .mode = choose_mode (pointer, &st) };
  copy.how = (struct files_share){ .sync = pointer->store->durable, .tick = tick, .ctx = &copy };
  if (!(ways & FILES_SHARE_HARD_LINK))
    return share_bytes (&copy, standing, ways);
  if ((ways & FILES_SHARE_REFLINK) && share_bytes (&copy, standing, FILES_SHARE_REFLINK) == 0)
    return 0;
  if (share_by_name (pointer, standing) == 0)
    return 0;
  if (errno == ESTALE)
    return -1;
  return share_bytes (&copy, standing, ways & (unsigned) ~FILES_SHARE_HARD_LINK);
}

int
hub_pointer_copy (struct hub_pointer *pointer)
{
  enum hub_standing standing = hub_pointer_stands (pointer);
  if (standing == HUB_STANDS_FAILED || standing == HUB_STANDS_KEPT)
    return standing == HUB_STANDS_KEPT ? 0 : -1;
  bool moved = may_be_moved (pointer);
  if (moved && hub_walk_make (&pointer->path, move_blob, pointer->source.text) == 0)
    return 0;
  if (moved && errno != EXDEV)
    return -1;
  if (share (pointer, standing) < 0)
    return -1;
  if (moved)
    unlink (pointer->source.text);
  return 0;
}
