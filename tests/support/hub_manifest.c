/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories from a JSON manifest.  */
#include "hub_manifest.h"
#include "hub_util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char hub_manifest_help[]
    = "A manifest is a JSON object {\"repos\": [REPO…]}.  A REPO:\n"
      "  \"type\": \"model\" (default), \"dataset\" or \"space\"; \"id\": \"org/name\" or "
      "\"name\"\n"
      "  \"private\": true            401 RepoNotFound without a valid token\n"
      "  \"gated\": true | \"denied\"   403 GatedRepo without a valid token | always\n"
      "  \"disabled\": true           403\n"
      "  \"renamed_to\": \"org/new\"    307 with a relative Location\n"
      "  \"commits\": [COMMIT…]       oldest first\n"
      "  \"refs\": {NAME: INDEX or HASH}   INDEX counts from 0, negative from the end.  Without a\n"
      "      main, main is the last commit.  refs/pr/N is a pull request, refs/convert/X a\n"
      "      conversion, refs/tags/X or vDIGIT… a tag, all else (or refs/heads/X) a branch.\n"
      "A COMMIT:\n"
      "  \"hash\": 40 hex digits; without it the SHA-1 of the listing\n"
      "  \"files\": {PATH: FILE}\n"
      "  \"many\": [{\"count\": N, \"prefix\": \"data/f\", \"suffix\": \".txt\", \"size\": N, "
      "\"seed\": N,\n"
      "      \"lfs\": bool}]   N files PREFIX00000SUFFIX…, file I with seed SEED+I\n"
      "A FILE (\"lfs\" overrides the default by size and ending):\n"
      "  {\"text\": \"…\"}  {\"file\": \"path on disk, relative to the manifest\"}\n"
      "  {\"size\": N, \"seed\": K}   pseudo-random bytes of seed K (SplitMix64, see "
      "hub_content.h)\n"
      "  {\"size\": N, \"zero\": true}   zeros\n"
      "  \"sha256\": 64 hex digits for an LFS file: believed, not computed\n";

struct place
{
  struct hub_repos *repos;
  const char *manifest; /* for messages */
  char *folder;         /* of the manifest */
};

void
hub_manifest_flags (struct hub_repo *repo, const json_t *object)
{
  const json_t *gated = json_object_get (object, "gated");
  const char *gate = json_string_value (gated);
  const char *renamed_to = json_string_value (json_object_get (object, "renamed_to"));
  repo->is_private = json_is_true (json_object_get (object, "private"));
  repo->is_disabled = json_is_true (json_object_get (object, "disabled"));
  if (gate && !strcmp (gate, "denied"))
    repo->gate = HUB_GATE_CLOSED;
  else if (gate || json_is_true (gated))
    repo->gate = HUB_GATE_TOKEN;
  if (renamed_to)
    repo->renamed_to = hub_strdup (renamed_to);
}

static void
fill_disk_file (const struct place *place, struct hub_file *file, const char *path)
{
  struct stat status;
  file->content.kind = HUB_CONTENT_DISK;
  file->content.text
      = path[0] == '/' ? hub_strdup (path) : hub_format ("%s/%s", place->folder, path);
  if (stat (file->content.text, &status) != 0 || !S_ISREG (status.st_mode))
    hub_die ("%s: file %s: no such file %s", place->manifest, file->path, file->content.text);
  file->content.size = status.st_size;
}

static void
fill_file (const struct place *place, struct hub_file *file, const json_t *object)
{
  const json_t *text = json_object_get (object, "text");
  const char *on_disk = json_string_value (json_object_get (object, "file"));
  const json_t *size = json_object_get (object, "size");
  const json_t *is_lfs = json_object_get (object, "lfs");
  const char *sha256 = json_string_value (json_object_get (object, "sha256"));
  if (json_is_string (text))
    {
      file->content.kind = HUB_CONTENT_TEXT;
      file->content.size = (int64_t) json_string_length (text);
      file->content.text = hub_alloc (json_string_length (text) + 1, 1);
      memcpy (file->content.text, json_string_value (text), json_string_length (text));
    }
  else if (on_disk)
    fill_disk_file (place, file, on_disk);
  else if (json_is_integer (size))
    {
      bool zero = json_is_true (json_object_get (object, "zero"));
      file->content.kind = zero ? HUB_CONTENT_ZERO : HUB_CONTENT_SEED;
      file->content.size = json_integer_value (size);
      file->content.seed = (uint64_t) json_integer_value (json_object_get (object, "seed"));
    }
  else
    hub_die ("%s: file %s needs text, file or size", place->manifest, file->path);
  file->is_lfs = is_lfs ? json_is_true (is_lfs)
                        : hub_repos_lfs_by_default (place->repos, file->path, file->content.size);
  if (sha256 && hub_is_hex (sha256, HUB_SHA256_HEX))
    memcpy (file->sha256, sha256, sizeof file->sha256);
}

static void
add_many (const struct place *place, struct hub_commit *commit, const json_t *object)
{
  const char *prefix = json_string_value (json_object_get (object, "prefix"));
  const char *suffix = json_string_value (json_object_get (object, "suffix"));
  json_int_t count = json_integer_value (json_object_get (object, "count"));
  json_int_t seed = json_integer_value (json_object_get (object, "seed"));
  json_t *one = json_copy ((json_t *) object);
  if (!one)
    hub_die ("out of memory");
  for (json_int_t i = 0; i < count; i++)
    {
      HUB_AUTOFREE char *path
          = hub_format ("%s%05lld%s", prefix ? prefix : "", (long long) i, suffix ? suffix : "");
      json_object_set_new (one, "seed", json_integer (seed + i));
      fill_file (place, hub_commit_add_file (commit, path), one);
    }
  json_decref (one);
}

static void
load_commit (const struct place *place, struct hub_repo *repo, const json_t *object)
{
  struct hub_commit *commit = hub_repo_add_commit (repo);
  const char *hash = json_string_value (json_object_get (object, "hash"));
  if (hash && !hub_is_hex (hash, HUB_SHA1_HEX))
    hub_die ("%s: repo %s: a hash is 40 lower-case hex digits", place->manifest, repo->id);
  if (hash)
    memcpy (commit->hash, hash, sizeof commit->hash);
  const char *path;
  json_t *file;
  json_object_foreach (json_object_get (object, "files"), path, file)
      fill_file (place, hub_commit_add_file (commit, path), file);
  size_t index;
  json_t *many;
  json_array_foreach (json_object_get (object, "many"), index, many) add_many (place, commit, many);
  hub_commit_seal (commit);
}

static void
load_ref (const struct place *place, struct hub_repo *repo, const char *name, const json_t *value)
{
  json_int_t index = -1;
  if (json_is_integer (value))
    {
      index = json_integer_value (value);
      if (index < 0)
        index += (json_int_t) repo->n_commits;
    }
  else if (json_is_string (value))
    {
      const struct hub_commit *commit = hub_repo_revision (repo, json_string_value (value));
      index = commit ? commit - repo->commits : -1;
    }
  if (index < 0 || index >= (json_int_t) repo->n_commits)
    hub_die ("%s: repo %s: ref %s names no commit", place->manifest, repo->id, name);
  hub_repo_add_ref (repo, name, (size_t) index);
}

static void
load_repo (const struct place *place, const json_t *object)
{
  const char *id = json_string_value (json_object_get (object, "id"));
  const char *type_name = json_string_value (json_object_get (object, "type"));
  int type = type_name ? -1 : HUB_MODEL;
  for (int i = 0; type_name && i < HUB_TYPES; i++)
    if (!strncmp (hub_type_plurals[i], type_name, strlen (hub_type_plurals[i]) - 1))
      type = i;
  if (!id || type < 0)
    hub_die ("%s: a repo needs an id, and a type of model, dataset or space", place->manifest);
  struct hub_repo *repo = hub_repos_add (place->repos, (enum hub_type) type, id);
  hub_manifest_flags (repo, object);
  size_t index;
  json_t *commit;
  json_array_foreach (json_object_get (object, "commits"), index, commit)
      load_commit (place, repo, commit);
  const char *name;
  json_t *value;
  json_object_foreach (json_object_get (object, "refs"), name, value)
      load_ref (place, repo, name, value);
}

void
hub_manifest_load (struct hub_repos *repos, const char *path)
{
  json_error_t error;
  json_t *manifest = json_load_file (path, JSON_ALLOW_NUL, &error);
  if (!manifest)
    hub_die ("%s:%d:%d: %s", path, error.line, error.column, error.text);
  const char *slash = strrchr (path, '/');
  struct place place = { .repos = repos, .manifest = path };
  place.folder = slash ? hub_strndup (path, (size_t) (slash - path)) : hub_strdup (".");
  const json_t *list = json_object_get (manifest, "repos");
  if (!json_is_array (list))
    hub_die ("%s: no list \"repos\"", path);
  size_t index;
  json_t *repo;
  json_array_foreach (list, index, repo) load_repo (&place, repo);
  free (place.folder);
  json_decref (manifest);
}
