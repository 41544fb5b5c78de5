/* SPDX-License-Identifier: Apache-2.0 */
/* hub_probe.c: see hub_probe.h.  */
#include "plugins/hub-layout/hub_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"

#define TRIES    16 /* names that are taken  */
#define SOURCE   "dummy_file_src"
#define LINK     "dummy_file_dst"
#define TMP_ROOM 12

static int
make_tmp (int folder, char name[TMP_ROOM])
{
  int made = -1;
  for (int tries = 0; made < 0 && tries < TRIES; tries++)
    {
      memcpy (name, "tmp", 4);
      files_random_hex (name + 3);
      made = mkdirat (folder, name, 0700);
      if (made < 0 && errno != EEXIST)
        break;
    }
  return made;
}

static int
try_link (int tmp)
{
  CLEANUP_CLOSE int source
      = openat (tmp, SOURCE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (source < 0)
    return -1;
  if (symlinkat (SOURCE, tmp, LINK) == 0)
    return 1;
  return errno == ENOSPC || errno == EDQUOT || errno == ENOMEM ? -1 : 0;
}

int
hub_probe_folder (int folder)
{
  char name[TMP_ROOM];
  if (make_tmp (folder, name) < 0)
    return -1;
  CLEANUP_CLOSE int tmp = openat (folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int result = tmp < 0 ? -1 : try_link (tmp), saved = errno;
  if (tmp >= 0)
    {
      unlinkat (tmp, LINK, 0);
      unlinkat (tmp, SOURCE, 0);
    }
  unlinkat (folder, name, AT_REMOVEDIR);
  errno = saved;
  return result;
}

/* Under the mutex.  */
static int
probe_once (struct hub_store *store, const char *name, int folder)
{
  for (size_t i = store->probes.count; i > 0; i--)
    if (strcmp (store->probes.items[i - 1].folder, name) == 0)
      return store->probes.items[i - 1].links;
  int result = folder < 0 ? -1 : hub_probe_folder (folder);
  if (result < 0)
    return -1;
  struct hub_probe probe = { strdup (name), result == 1 };
  if (probe.folder && hub_probes_append (&store->probes, probe) < 0)
    free (probe.folder);
  return result;
}

int
hub_probe_pointer (const struct hub_pointer *pointer)
{
  struct hub_store *store = pointer->store;
  struct hub_path repo;
  const char *name;
  hub_store_real (store, &repo, pointer->repo);
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&store->probing);
  CLEANUP_CLOSE int folder = open (repo.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT && files_make_folders (AT_FDCWD, repo.text) == 0)
    folder = open (repo.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int links = probe_once (store, repo.text, folder);
  if (links >= 0 || (errno != EACCES && errno != EPERM && errno != EROFS))
    return links;
  CLEANUP_CLOSE int own = hub_walk (&pointer->path, true, &name);
  repo = pointer->path;
  hub_path_cut (&repo, (size_t) (name - pointer->path.text) - 1);
  return own < 0 ? -1 : probe_once (store, repo.text, own);
}
