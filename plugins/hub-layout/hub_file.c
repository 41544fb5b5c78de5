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
#include "core/util/files.h"
#include "plugins/hub-layout/hub_store.h"

static void
add_file (struct hub_path *path, const char *kind, const char *commit, const char *name)
{
  hub_path_name (path, kind);
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
    return path.bad == ENAMETOOLONG ? HFCORE_OK : hub_store_bad_path (store, call, &path);
  if (stat (path.text, &st) < 0)
    return hub_store_is_unseen (store, errno, path.text)
               ? HFCORE_OK
               : hub_store_fail_reading (store, call, errno, "look at", path.text);
  if (!S_ISREG (st.st_mode))
    return HFCORE_OK;
  file->path = store->host->keep (call, path.text, path.len);
  if (!file->path)
    return HFCORE_E_NOMEM;
  file->length = (uint64_t) st.st_size;
  file->state = HFCORE_FILE_PRESENT;
  return HFCORE_OK;
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
  if (access (path.text, F_OK) < 0)
    {
      const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK;
      if (files_make_parents (AT_FDCWD, path.text) < 0)
        return hub_store_fail (store, call, errno, "make the folder of", path.text);
      CLEANUP_CLOSE int fd = open (path.text, flags, 0666);
      if (fd < 0)
        return hub_store_fail (store, call, errno, "write", path.text);
    }
  if (file)
    {
      file->state = HFCORE_FILE_ABSENT;
      file->path = NULL;
      file->length = 0;
    }
  return HFCORE_OK;
}
