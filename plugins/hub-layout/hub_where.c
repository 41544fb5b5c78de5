/* SPDX-License-Identifier: Apache-2.0 */
/* hub_where.c: where the bytes of a blob lie, and which blob a file is.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/hub-layout/hub_store.h"

#define HOPS_MAX 40 /* as in the kernel  */

int
hub_blob_path (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, const char **path)
{
  struct hub_store *store = self;
  struct hub_path blob;
  struct stat st;
  hub_store_given (store, &blob, repo);
  hub_path_name (&blob, "blobs");
  hub_path_name (&blob, etag);
  if (blob.bad)
    return hub_store_bad_path (store, call, &blob);
  CLEANUP_FREE char *real = realpath (blob.text, NULL);
  if (!real || stat (real, &st) < 0)
    return hub_store_is_unseen (store, errno, blob.text)
               ? hub_store_miss (store, call, HFCORE_PASS)
               : hub_store_fail_reading (store, call, errno, "find", blob.text);
  if (!S_ISREG (st.st_mode) || !hub_store_may_read (store, real))
    return HFCORE_PASS;
  *path = store->host->keep (call, real, strlen (real));
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

/* Where the link at `path` leads, in its place. False: it is none, or leads too far.  */
static bool
follow (struct hub_path *path)
{
  char text[PATH_MAX];
  ssize_t len = readlink (path->text, text, sizeof text - 1);
  if (len <= 0)
    return false;
  text[len] = 0;
  const char *slash = strrchr (path->text, '/');
  size_t folder = text[0] == '/' || !slash ? 0 : (size_t) (slash - path->text) + 1;
  if (folder + (size_t) len >= sizeof path->text)
    return false;
  memcpy (path->text + folder, text, (size_t) len + 1);
  path->len = folder + (size_t) len;
  return true;
}

/* The etag in "…/blobs/<etag>"; NULL: `path` is no blob.  */
static const char *
etag_in (const char *path)
{
  const char *name = strrchr (path, '/'), *folder = "/blobs";
  size_t len = strlen (folder);
  if (!name || (size_t) (name - path) < len || strncmp (name - len, folder, len) != 0
      || names_check_etag (name + 1))
    return NULL;
  return name + 1;
}

int
hub_file_etag (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *name, const char **etag)
{
  struct hub_store *store = self;
  struct hub_path path;
  struct stat st;
  hub_store_given (store, &path, repo);
  hub_path_name (&path, "snapshots");
  hub_path_name (&path, commit);
  hub_path_names (&path, name);
  if (path.bad)
    return hub_store_bad_path (store, call, &path);
  if (stat (path.text, &st) < 0 || !S_ISREG (st.st_mode))
    return HFCORE_PASS;
  const char *found = NULL;
  for (int hops = 0; !found && hops < HOPS_MAX && follow (&path); hops++)
    found = etag_in (path.text);
  if (!found)
    return HFCORE_PASS;
  *etag = store->host->keep (call, found, strlen (found));
  return *etag ? HFCORE_OK : HFCORE_E_NOMEM;
}
