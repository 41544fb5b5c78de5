/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories from folders on disk.  */
#include "hub_folder.h"
#include "hub_manifest.h"
#include "hub_util.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define META_FILE ".hub.json"

static int
skip_dots (const struct dirent *entry)
{
  return strcmp (entry->d_name, ".") && strcmp (entry->d_name, "..");
}

static bool
is_folder (const char *path)
{
  struct stat status;
  return stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

/* The names in FOLDER, sorted, so that commits come in the same order everywhere.  */
static char **
list_folder (const char *folder, size_t *count)
{
  struct dirent **entries = NULL;
  int found = scandir (folder, &entries, skip_dots, alphasort);
  if (found < 0)
    hub_die ("cannot list %s: %s", folder, strerror (errno));
  char **names = hub_alloc ((size_t) found, sizeof *names);
  for (int i = 0; i < found; i++)
    {
      names[i] = hub_strdup (entries[i]->d_name);
      free (entries[i]);
    }
  free (entries);
  *count = (size_t) found;
  return names;
}

static void
free_names (char **names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    free (names[i]);
  free (names);
}

static void
load_files (const struct hub_repos *repos, struct hub_commit *commit, const char *folder,
            const char *prefix)
{
  size_t count;
  char **names = list_folder (folder, &count);
  for (size_t i = 0; i < count; i++)
    {
      HUB_AUTOFREE char *path = hub_format ("%s/%s", folder, names[i]);
      HUB_AUTOFREE char *name = hub_format ("%s%s", prefix, names[i]);
      struct stat status;
      if (stat (path, &status) != 0)
        hub_die ("cannot read %s: %s", path, strerror (errno));
      if (S_ISDIR (status.st_mode))
        {
          HUB_AUTOFREE char *deeper = hub_format ("%s/", name);
          load_files (repos, commit, path, deeper);
          continue;
        }
      struct hub_file *file = hub_commit_add_file (commit, name);
      file->content = (struct hub_content){ .kind = HUB_CONTENT_DISK,
                                            .size = status.st_size,
                                            .text = hub_strdup (path) };
      file->is_lfs = hub_repos_lfs_by_default (repos, name, status.st_size);
    }
  free_names (names, count);
}

static void
load_revision (const struct hub_repos *repos, struct hub_repo *repo, const char *folder,
               const char *name)
{
  struct hub_commit *commit = hub_repo_add_commit (repo);
  HUB_AUTOFREE char *revision = hub_percent_decode (name, strlen (name), false);
  if (!revision)
    hub_die ("%s: the folder's name has a bad percent escape", folder);
  bool is_hash = hub_is_hex (revision, HUB_SHA1_HEX);
  if (is_hash)
    memcpy (commit->hash, revision, sizeof commit->hash);
  load_files (repos, commit, folder, "");
  hub_commit_seal (commit);
  if (!is_hash)
    hub_repo_add_ref (repo, revision, repo->n_commits - 1);
}

static void
load_meta (struct hub_repo *repo, const char *path)
{
  json_error_t error;
  json_t *meta = json_load_file (path, 0, &error);
  if (!meta)
    hub_die ("%s:%d: %s", path, error.line, error.text);
  hub_manifest_flags (repo, meta);
  const char *name;
  json_t *value;
  json_object_foreach (json_object_get (meta, "refs"), name, value)
  {
    const char *target = json_string_value (value);
    const struct hub_commit *commit = target ? hub_repo_revision (repo, target) : NULL;
    if (!commit)
      hub_die ("%s: ref %s names no revision folder", path, name);
    hub_repo_add_ref (repo, name, (size_t) (commit - repo->commits));
  }
  json_decref (meta);
}

static void
load_repo (struct hub_repos *repos, enum hub_type type, const char *id, const char *folder)
{
  struct hub_repo *repo = hub_repos_add (repos, type, id);
  size_t count;
  char **names = list_folder (folder, &count);
  for (size_t i = 0; i < count; i++)
    {
      HUB_AUTOFREE char *path = hub_format ("%s/%s", folder, names[i]);
      if (is_folder (path))
        load_revision (repos, repo, path, names[i]);
    }
  free_names (names, count);
  HUB_AUTOFREE char *meta = hub_format ("%s/" META_FILE, folder);
  struct stat status;
  if (stat (meta, &status) == 0)
    load_meta (repo, meta);
}

static void
load_owner (struct hub_repos *repos, enum hub_type type, const char *owner, const char *folder)
{
  HUB_AUTOFREE char *meta = hub_format ("%s/" META_FILE, folder);
  struct stat status;
  if (stat (meta, &status) == 0)
    {
      load_repo (repos, type, owner, folder);
      return;
    }
  size_t count;
  char **names = list_folder (folder, &count);
  for (size_t i = 0; i < count; i++)
    {
      HUB_AUTOFREE char *path = hub_format ("%s/%s", folder, names[i]);
      HUB_AUTOFREE char *id = hub_format ("%s/%s", owner, names[i]);
      if (is_folder (path))
        load_repo (repos, type, id, path);
    }
  free_names (names, count);
}

void
hub_folder_load_root (struct hub_repos *repos, const char *root)
{
  if (!is_folder (root))
    hub_die ("--root %s is not a folder", root);
  for (int type = 0; type < HUB_TYPES; type++)
    {
      HUB_AUTOFREE char *folder = hub_format ("%s/%s", root, hub_type_plurals[type]);
      if (!is_folder (folder))
        continue;
      size_t count;
      char **names = list_folder (folder, &count);
      for (size_t i = 0; i < count; i++)
        {
          HUB_AUTOFREE char *path = hub_format ("%s/%s", folder, names[i]);
          if (is_folder (path))
            load_owner (repos, (enum hub_type) type, names[i], path);
        }
      free_names (names, count);
    }
}

void
hub_folder_load_repo (struct hub_repos *repos, const char *spec)
{
  enum hub_type type = HUB_MODEL;
  for (int i = 0; i < HUB_TYPES; i++)
    {
      size_t length = strlen (hub_type_plurals[i]);
      if (!strncmp (spec, hub_type_plurals[i], length) && spec[length] == '/')
        {
          type = (enum hub_type) i;
          spec += length + 1;
          break;
        }
    }
  const char *equals = strchr (spec, '=');
  if (!equals || equals == spec || !is_folder (equals + 1))
    hub_die ("--repo wants [models/|datasets/|spaces/]ID=FOLDER with a folder that exists");
  HUB_AUTOFREE char *id = hub_strndup (spec, (size_t) (equals - spec));
  load_revision (repos, hub_repos_add (repos, type, id), equals + 1, "main");
}
