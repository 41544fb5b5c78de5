/* SPDX-License-Identifier: Apache-2.0 */
/* hub_file.c: what is known of one path of a commit: a pointer, or the marker that says that the
 * commit does not have it (spec 1.7, 1.8, 5).
 *
 * A look-up is what programs do most: two system calls, one buffer on the stack, no memory but
 * the result.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "plugins/hub-layout/hub_walk.h"

static void
add_file (struct hub_path *path, const char *kind, const char *commit, const char *name)
{
  hub_path_name (path, kind);
  path->base = path->len;
  hub_path_name (path, commit);
  hub_path_names (path, name);
}

int
hub_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char *name, struct hfcore_stored_file *file)
{
  struct hub_store *store = self;
  struct hub_path path;
  struct stat st;
  file->state = HFCORE_FILE_UNKNOWN;
  file->path = NULL;
  file->length = 0;
  hub_store_given (store, &path, repo);
  size_t folder = path.len;
  add_file (&path, ".no_exist", commit, name);
  if (path.bad == 0 && stat (path.text, &st) == 0 && S_ISREG (st.st_mode))
    {
      file->state = HFCORE_FILE_ABSENT;
      return HFCORE_OK;
    }
  hub_path_cut (&path, folder);
  add_file (&path, "snapshots", commit, name);
  if (path.bad)
    return path.bad == ENAMETOOLONG ? hub_store_miss (store, call, HFCORE_OK)
                                    : hub_store_bad_path (store, call, &path);
  if (stat (path.text, &st) < 0)
    return hub_store_is_unseen (store, errno, path.text)
               ? hub_store_miss (store, call, HFCORE_OK)
               : hub_store_fail_reading (store, call, errno, "look at", path.text);
  if (!S_ISREG (st.st_mode) || !hub_store_may_read (store, path.text))
    return HFCORE_OK;
  file->path = store->host->keep (call, path.text, path.len);
  if (!file->path)
    return HFCORE_E_NOMEM;
  file->length = (uint64_t) st.st_size;
  file->state = HFCORE_FILE_PRESENT;
  return HFCORE_OK;
}

/* A hub_maker.  */
static int
make_marker (int folder, const char *name, const void *unused)
{
  (void) unused;
  return openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int
hub_file_set_absent (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                     const char *commit, const char *name, struct hfcore_stored_file *file)
{
  struct hub_store *store = self;
  struct hub_path path;
  hub_store_real (store, &path, repo);
  add_file (&path, ".no_exist", commit, name);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  CLEANUP_CLOSE int fd = hub_walk_make (&path, make_marker, NULL);
  if (fd < 0 && errno != EEXIST)
    return hub_walk_fail (store, call, errno, "write", &path);
  if (file)
    {
      file->state = HFCORE_FILE_ABSENT;
      file->path = NULL;
      file->length = 0;
    }
  return HFCORE_OK;
}
