/* SPDX-License-Identifier: Apache-2.0 */
/* The repositories the test Hub serves.  */
#include "hub_repos.h"
#include "hub_util.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ABBREVIATION_MIN 4

const char *const hub_type_plurals[HUB_TYPES] = { "models", "datasets", "spaces" };

static const char *const lfs_endings[]
    = { ".safetensors", ".bin", ".onnx", ".gguf", ".h5", ".ot", ".msgpack", ".parquet" };

struct hub_repo *
hub_repos_add (struct hub_repos *repos, enum hub_type type, const char *id)
{
  repos->repos = hub_grow (repos->repos, repos->n_repos + 1, sizeof *repos->repos);
  struct hub_repo *repo = &repos->repos[repos->n_repos++];
  *repo = (struct hub_repo){ .type = type, .id = hub_strdup (id) };
  return repo;
}

struct hub_commit *
hub_repo_add_commit (struct hub_repo *repo)
{
  repo->commits = hub_grow (repo->commits, repo->n_commits + 1, sizeof *repo->commits);
  struct hub_commit *commit = &repo->commits[repo->n_commits++];
  *commit = (struct hub_commit){ .n_files = 0 };
  return commit;
}

struct hub_file *
hub_commit_add_file (struct hub_commit *commit, const char *path)
{
  if ((commit->n_files & (commit->n_files - 1)) == 0)
    commit->files = hub_grow (commit->files, 2 * commit->n_files + 1, sizeof *commit->files);
  struct hub_file *file = &commit->files[commit->n_files++];
  *file = (struct hub_file){ .path = hub_strdup (path) };
  return file;
}

static enum hub_ref_kind
ref_kind (const char *name)
{
  if (!strncmp (name, "refs/pr/", 8))
    return HUB_REF_PULL;
  if (!strncmp (name, "refs/convert/", 13))
    return HUB_REF_CONVERT;
  if (name[0] == 'v' && isdigit ((unsigned char) name[1]))
    return HUB_REF_TAG;
  return HUB_REF_BRANCH;
}

void
hub_repo_add_ref (struct hub_repo *repo, const char *name, size_t commit)
{
  struct hub_ref ref = { .commit = commit };
  if (!strncmp (name, "refs/tags/", 10))
    {
      ref.name = hub_strdup (name + 10);
      ref.kind = HUB_REF_TAG;
    }
  else
    {
      ref.name = hub_strdup (strncmp (name, "refs/heads/", 11) ? name : name + 11);
      ref.kind = ref_kind (name);
    }
  repo->refs = hub_grow (repo->refs, repo->n_refs + 1, sizeof *repo->refs);
  repo->refs[repo->n_refs++] = ref;
}

static int
compare_files (const void *left, const void *right)
{
  return strcmp (((const struct hub_file *) left)->path, ((const struct hub_file *) right)->path);
}

static void
digest_file (struct hub_file *file)
{
  if (!file->is_lfs)
    {
      if (!hub_content_digest (&file->content, true, file->oid))
        hub_die ("cannot read %s: %s", file->content.text, strerror (errno));
      return;
    }
  if (!file->sha256[0] && !hub_content_digest (&file->content, false, file->sha256))
    hub_die ("cannot read %s: %s", file->content.text, strerror (errno));
  HUB_AUTOFREE char *pointer
      = hub_format ("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %lld\n",
                    file->sha256, (long long) file->content.size);
  file->pointer_size = (int) strlen (pointer);
  struct hub_content content = { .size = file->pointer_size, .text = pointer };
  hub_content_digest (&content, true, file->oid);
}

void
hub_commit_seal (struct hub_commit *commit)
{
  struct hub_text listing = { 0 };
  hub_text_add (&listing, "", 0);
  if (commit->n_files)
    qsort (commit->files, commit->n_files, sizeof *commit->files, compare_files);
  for (size_t i = 0; i < commit->n_files; i++)
    {
      struct hub_file *file = &commit->files[i];
      if (i && !strcmp (file->path, commit->files[i - 1].path))
        hub_die ("two files named %s in one commit", file->path);
      digest_file (file);
      hub_text_addf (&listing, "%s\t%s\t%lld\n", file->path, file->oid,
                     (long long) file->content.size);
    }
  if (!commit->hash[0])
    hub_sha1 (listing.data, listing.length, commit->hash);
  free (listing.data);
}

static int
compare_lfs (const void *left, const void *right)
{
  return strcmp ((*(const struct hub_file *const *) left)->sha256,
                 (*(const struct hub_file *const *) right)->sha256);
}

static void
index_lfs (struct hub_repos *repos, const struct hub_commit *commit)
{
  for (size_t i = 0; i < commit->n_files; i++)
    if (commit->files[i].is_lfs)
      {
        repos->lfs = hub_grow (repos->lfs, repos->n_lfs + 1, sizeof *repos->lfs);
        repos->lfs[repos->n_lfs++] = &commit->files[i];
      }
}

void
hub_repos_seal (struct hub_repos *repos)
{
  for (size_t i = 0; i < repos->n_repos; i++)
    {
      struct hub_repo *repo = &repos->repos[i];
      if (repo->n_commits && !hub_repo_revision (repo, "main"))
        hub_repo_add_ref (repo, "main", repo->n_commits - 1);
      for (size_t c = 0; c < repo->n_commits; c++)
        index_lfs (repos, &repo->commits[c]);
    }
  if (repos->n_lfs)
    qsort (repos->lfs, repos->n_lfs, sizeof *repos->lfs, compare_lfs);
}

static void
free_repo (struct hub_repo *repo)
{
  for (size_t c = 0; c < repo->n_commits; c++)
    {
      for (size_t f = 0; f < repo->commits[c].n_files; f++)
        {
          free (repo->commits[c].files[f].path);
          free (repo->commits[c].files[f].content.text);
        }
      free (repo->commits[c].files);
    }
  for (size_t r = 0; r < repo->n_refs; r++)
    free (repo->refs[r].name);
  free (repo->commits);
  free (repo->refs);
  free (repo->renamed_to);
  free (repo->id);
}

void
hub_repos_free (struct hub_repos *repos)
{
  for (size_t i = 0; i < repos->n_repos; i++)
    free_repo (&repos->repos[i]);
  free (repos->repos);
  free (repos->lfs);
}

bool
hub_repos_lfs_by_default (const struct hub_repos *repos, const char *path, int64_t size)
{
  if (size >= repos->lfs_threshold)
    return true;
  size_t length = strlen (path);
  for (size_t i = 0; i < sizeof lfs_endings / sizeof *lfs_endings; i++)
    {
      size_t ending = strlen (lfs_endings[i]);
      if (length > ending && !strcasecmp (path + length - ending, lfs_endings[i]))
        return true;
    }
  return false;
}

const struct hub_repo *
hub_repos_find (const struct hub_repos *repos, enum hub_type type, const char *id)
{
  for (size_t i = 0; i < repos->n_repos; i++)
    if (repos->repos[i].type == type && !strcmp (repos->repos[i].id, id))
      return &repos->repos[i];
  return NULL;
}

const struct hub_commit *
hub_repo_revision (const struct hub_repo *repo, const char *revision)
{
  for (size_t i = 0; i < repo->n_refs; i++)
    if (!strcmp (repo->refs[i].name, revision))
      return &repo->commits[repo->refs[i].commit];
  size_t length = strlen (revision);
  if (length < ABBREVIATION_MIN)
    return NULL;
  for (size_t i = 0; i < repo->n_commits; i++)
    if (!strncmp (repo->commits[i].hash, revision, length))
      return &repo->commits[i];
  return NULL;
}

const struct hub_file *
hub_commit_file (const struct hub_commit *commit, const char *path)
{
  struct hub_file key = { .path = (char *) path };
  return commit->n_files ? bsearch (&key, commit->files, commit->n_files, sizeof key, compare_files)
                         : NULL;
}

const struct hub_file *
hub_repos_lfs_file (const struct hub_repos *repos, const char *sha256)
{
  struct hub_file key = { .is_lfs = true };
  if (!hub_is_hex (sha256, HUB_SHA256_HEX) || !repos->n_lfs)
    return NULL;
  memcpy (key.sha256, sha256, sizeof key.sha256);
  const struct hub_file *pointer = &key;
  const struct hub_file *const *found
      = bsearch (&pointer, repos->lfs, repos->n_lfs, sizeof *repos->lfs, compare_lfs);
  return found ? *found : NULL;
}
