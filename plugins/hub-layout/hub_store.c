/* SPDX-License-Identifier: Apache-2.0 */
/* hub_store.c: see hub_store.h.  */
#include "plugins/hub-layout/hub_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cachedir_tag.h"
#include "core/util/cleanup.h"
#include "core/util/disk_error.h"
#include "core/util/files.h"
#include "core/util/files_share.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_scratch.h"

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
  made->form = HUB_FORM_LINKS;
  made->share = FILES_SHARE_REFLINK | FILES_SHARE_COPY;
  made->root = absolute (root);
  if (!made->root)
    {
      int code = hub_store_fail (made, call, errno, "find the current folder for", root);
      free (made);
      return code;
    }
  made->root_len = strlen (made->root);
  pthread_mutex_init (&made->mutex, NULL);
  pthread_mutex_init (&made->probing, NULL);
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
  for (size_t i = 0; i < store->probes.count; i++)
    free (store->probes.items[i].folder);
  free (store->probes.items);
  pthread_mutex_destroy (&store->mutex);
  pthread_mutex_destroy (&store->probing);
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
  char advice[DISK_ADVICE_ROOM];
  int code = disk_error_code (os_errno, "cache folder", advice);
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

/* Can names in the root be looked up? errno says why not.  */
static bool
is_root_there (struct hub_store *store)
{
  struct hub_path root;
  hub_store_given (store, &root, NULL);
  if (!root.bad && root.len + 2 < sizeof root.text)
    memcpy (root.text + root.len, "/.", 3);
  return faccessat (AT_FDCWD, root.text, X_OK, AT_EACCESS) == 0;
}

bool
hub_store_is_unseen (struct hub_store *store, int os_errno, const char *path)
{
  /* Of a root that is closed as a whole hub_store_miss tells.  */
  bool tells = os_errno == EACCES && (!store->read_only || is_root_there (store));
  if (tells && !atomic_exchange (&store->told_unread, true))
    store->host->log (store->journal, HFCORE_LOG_WARNING,
                      "%s may not be read; what is there is passed over", path);
  return os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP || os_errno == EACCES
         || os_errno == ENAMETOOLONG;
}

int
hub_store_miss (struct hub_store *store, struct hfcore_call *call, int otherwise)
{
  if (!store->read_only || atomic_load (&store->seen))
    return otherwise;
  bool there = is_root_there (store);
  int os_errno = errno;
  if (there || os_errno == EMFILE || os_errno == ENFILE || os_errno == ENOMEM)
    {
      atomic_store (&store->seen, there);
      return otherwise;
    }
  const struct hfcore_host *host = store->host;
  char room[128];
  if (os_errno == ENOENT)
    host->fail (call, HFCORE_E_NOTFOUND, "%s is not there (is its disk mounted?)", store->root);
  else if (os_errno == ENOTDIR)
    host->fail (call, HFCORE_E_NOTFOUND, "%s is no folder", store->root);
  else
    host->fail (call, HFCORE_E_NOTFOUND, "%s may not be looked into: %s", store->root,
                strerror_r (os_errno, room, sizeof room));
  host->why (call, os_errno, 0, 0, HFCORE_MISSING_CACHE);
  return HFCORE_E_NOTFOUND;
}

bool
hub_store_may_read (struct hub_store *store, const char *path)
{
  return !store->read_only || faccessat (AT_FDCWD, path, R_OK, AT_EACCESS) == 0
         || !hub_store_is_unseen (store, errno, path);
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
  return files_write_all (fd, CACHEDIR_TAG_TEXT, sizeof CACHEDIR_TAG_TEXT - 1);
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
  hub_path_name (&path, CACHEDIR_TAG_NAME);
  if (path.bad || lstat (path.text, &st) == 0)
    return;
  const struct hub_scratch_file file
      = { .kind = "tag", .target = &path, .mode = 0666, .keep = true, .fill = fill_tag };
  (void) hub_scratch_write (store, repo, &file);
}
