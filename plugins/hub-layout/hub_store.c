/* SPDX-License-Identifier: Apache-2.0 */
/* hub_store.c: see hub_store.h.  */
#include "plugins/hub-layout/hub_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_scratch.h"

/* What Python writes, byte for byte.  */
static const char cachedir_tag[] = "Signature: 8a477f597d28d172789f06886806bc55\n"
                                   "# This file is a cache directory tag created by "
                                   "huggingface_hub.\n"
                                   "# For information about cache directory tags, see:\n"
                                   "#\thttps://bford.info/cachedir/\n";

static char *
absolute (const char *path)
{
  CLEANUP_FREE char *here = NULL;
  char *whole;
  if (path[0] == '/')
    whole = strdup (path);
  else
    {
      here = getcwd (NULL, 0);
      if (!here)
        return NULL;
      whole = text_format ("%s/%s", strcmp (here, "/") == 0 ? "" : here, path);
    }
  if (whole)
    for (size_t len = strlen (whole); len > 0 && whole[len - 1] == '/'; len--)
      whole[len - 1] = 0;
  return whole;
}

int
hub_store_open (const struct hfcore_open *open, struct hfcore_call *call, const char *root,
                struct hub_store **store)
{
  if (!root || !*root)
    return open->host->fail (call, HFCORE_E_CONFIG, "the option `root` is empty; name a folder");
  struct hub_store *made = calloc (1, sizeof *made);
  if (!made)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  made->host = open->host;
  made->journal = open->journal;
  made->read_only = open->read_only;
  made->durable = true;
  made->root = absolute (root);
  if (!made->root)
    {
      int code = hub_store_fail (made, call, errno, "find the current folder for", root);
      free (made);
      return code;
    }
  made->root_len = strlen (made->root);
  pthread_mutex_init (&made->mutex, NULL);
  *store = made;
  return HFCORE_OK;
}

void
hub_store_close (struct hub_store *store)
{
  if (!store)
    return;
  for (size_t i = 0; i < store->scratch.count; i++)
    {
      rmdir (store->scratch.items[i]);
      free (store->scratch.items[i]);
    }
  free (store->scratch.items);
  pthread_mutex_destroy (&store->mutex);
  free (atomic_load (&store->real_root));
  free (store->root);
  free (store);
}

void
hub_store_given (struct hub_store *store, struct hub_path *path, const struct hfcore_repo *repo)
{
  hub_path_begin (path, store->root, store->root_len);
  if (repo)
    hub_path_repo (path, repo);
}

/* Resolving cannot fail in Python; where it does here, the root as given has to do.  */
static const char *
real_root (struct hub_store *store)
{
  char *root = atomic_load (&store->real_root);
  if (root)
    return root;
  char *resolved = files_resolve (store->root_len ? store->root : "/");
  if (!resolved)
    return store->root;
  if (strcmp (resolved, "/") == 0)
    resolved[0] = 0;
  if (atomic_compare_exchange_strong (&store->real_root, &root, resolved))
    return resolved;
  free (resolved);
  return root;
}

void
hub_store_real (struct hub_store *store, struct hub_path *path, const struct hfcore_repo *repo)
{
  const char *root = real_root (store);
  hub_path_begin (path, root, strlen (root));
  if (repo)
    hub_path_repo (path, repo);
}

static int
code_of (int os_errno, const char **advice)
{
  *advice = "";
  switch (os_errno)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      *advice = "; free some space or choose another cache folder";
      return HFCORE_E_NOSPACE;
    case EROFS:
    case EACCES:
    case EPERM:
      *advice = "; check who may write there, or choose another cache folder";
      return HFCORE_E_READONLY;
    case ENOTDIR:
      *advice = "; a file is where a folder should be: choose another cache folder";
      return HFCORE_E_IO;
    case ENAMETOOLONG:
      *advice = "; choose a cache folder with a shorter path";
      return HFCORE_E_IO;
    case EMFILE:
    case ENFILE:
      *advice = "; raise the limit of open files (ulimit -n)";
      return HFCORE_E_IO;
    case ENOMEM:
      return HFCORE_E_NOMEM;
    case ESTALE:
      return HFCORE_E_RETRY;
    default:
      return HFCORE_E_IO;
    }
}

static int
fail (struct hub_store *store, struct hfcore_call *call, int code, int os_errno, const char *doing,
      const char *path, const char *advice)
{
  char room[128];
  store->host->fail (call, code, "cannot %s %s: %s%s", doing, path,
                     strerror_r (os_errno, room, sizeof room), advice);
  store->host->why (call, os_errno, 0, 0, 0);
  return code;
}

int
hub_store_fail (struct hub_store *store, struct hfcore_call *call, int os_errno, const char *doing,
                const char *path)
{
  const char *advice;
  int code = code_of (os_errno, &advice);
  return fail (store, call, code, os_errno, doing, path, advice);
}

int
hub_store_fail_reading (struct hub_store *store, struct hfcore_call *call, int os_errno,
                        const char *doing, const char *path)
{
  if (os_errno != EACCES && os_errno != EPERM)
    return hub_store_fail (store, call, os_errno, doing, path);
  return fail (store, call, HFCORE_E_DOWN, os_errno, doing, path, "; check who may read there");
}

bool
hub_store_is_unseen (struct hub_store *store, int os_errno, const char *path)
{
  if (os_errno == EACCES && !atomic_exchange (&store->told_unread, true))
    store->host->log (store->journal, HFCORE_LOG_WARNING,
                      "%s may not be read; what is there is passed over", path);
  return os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP || os_errno == EACCES
         || os_errno == ENAMETOOLONG;
}

int
hub_store_bad_path (struct hub_store *store, struct hfcore_call *call, const struct hub_path *path)
{
  if (path->bad == ENAMETOOLONG)
    return hub_store_fail (store, call, ENAMETOOLONG, "use a path under", store->root);
  return store->host->fail (call, HFCORE_E_CONFIG,
                            "a name here would leave the repository's folder in %s", store->root);
}

static int
fill_tag (void *unused, int fd)
{
  (void) unused;
  return files_write_all (fd, cachedir_tag, sizeof cachedir_tag - 1);
}

void
hub_store_tag (struct hub_store *store, const struct hfcore_repo *repo, bool again)
{
  if (atomic_exchange (&store->tagged, true) && !again)
    return;
  struct hub_path path;
  struct stat st;
  hub_store_real (store, &path, NULL);
  path.base = path.len;
  hub_path_name (&path, "CACHEDIR.TAG");
  if (path.bad || lstat (path.text, &st) == 0)
    return;
  const struct hub_scratch_file file
      = { .kind = "tag", .target = &path, .mode = 0666, .keep = true, .fill = fill_tag };
  (void) hub_scratch_write (store, repo, &file);
}
