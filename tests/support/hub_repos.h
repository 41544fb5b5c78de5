/* SPDX-License-Identifier: Apache-2.0 */
/* The repositories the test Hub serves.  Filled once at start (hub_manifest.h, hub_folder.h), then
   only read, so the threads of the server share them without locks.  */
#ifndef HUB_REPOS_H
#define HUB_REPOS_H

#include "hub_content.h"

#include <stdbool.h>
#include <stddef.h>

enum hub_type
{
  HUB_MODEL,
  HUB_DATASET,
  HUB_SPACE,
  HUB_TYPES
};

/* "models", "datasets", "spaces".  */
extern const char *const hub_type_plurals[HUB_TYPES];

enum hub_gate
{
  HUB_GATE_NONE,
  HUB_GATE_TOKEN, /* a valid token opens the files */
  HUB_GATE_CLOSED /* nothing opens them */
};

struct hub_file
{
  char *path;
  struct hub_content content;
  bool is_lfs;
  char oid[HUB_SHA1_HEX + 1];      /* git blob; of the pointer file for LFS */
  char sha256[HUB_SHA256_HEX + 1]; /* LFS only */
  int pointer_size;                /* LFS only */
};

struct hub_commit
{
  char hash[HUB_SHA1_HEX + 1];
  struct hub_file *files; /* by path, byte order, once sealed */
  size_t n_files;
};

enum hub_ref_kind
{
  HUB_REF_BRANCH,
  HUB_REF_TAG,
  HUB_REF_CONVERT,
  HUB_REF_PULL
};

struct hub_ref
{
  char *name; /* as a client asks for it: main, v1.0, feature/x, refs/pr/1 */
  enum hub_ref_kind kind;
  size_t commit;
};

struct hub_repo
{
  enum hub_type type;
  char *id;
  char *renamed_to; /* NULL: served here */
  bool is_private;
  bool is_disabled;
  enum hub_gate gate;
  struct hub_commit *commits;
  size_t n_commits;
  struct hub_ref *refs;
  size_t n_refs;
};

struct hub_repos
{
  struct hub_repo *repos;
  size_t n_repos;
  const struct hub_file **lfs; /* by SHA-256, once sealed */
  size_t n_lfs;
  int64_t lfs_threshold; /* files of this size and above are LFS where nothing else says so */
};

/* Additions; the returned object is valid until the next addition of its kind. They copy texts.  */
struct hub_repo *hub_repos_add (struct hub_repos *repos, enum hub_type type, const char *id);
struct hub_commit *hub_repo_add_commit (struct hub_repo *repo);
struct hub_file *hub_commit_add_file (struct hub_commit *commit, const char *path);
/* The kind of ref is told from the name, see --help.  */
void hub_repo_add_ref (struct hub_repo *repo, const char *name, size_t commit);

/* Digests and sorts a commit's files and names the commit unless it has a hash already.  */
void hub_commit_seal (struct hub_commit *commit);
/* Gives every repo a main branch and builds the index of LFS files.  */
void hub_repos_seal (struct hub_repos *repos);
void hub_repos_free (struct hub_repos *repos);

/* True for a name or a size that the Hub would keep in LFS.  */
bool hub_repos_lfs_by_default (const struct hub_repos *repos, const char *path, int64_t size);

const struct hub_repo *hub_repos_find (const struct hub_repos *repos, enum hub_type type,
                                       const char *id);
/* Branch, tag, pull request ref, full or abbreviated (4 and more digits) commit hash; or NULL.  */
const struct hub_commit *hub_repo_revision (const struct hub_repo *repo, const char *revision);
const struct hub_file *hub_commit_file (const struct hub_commit *commit, const char *path);
const struct hub_file *hub_repos_lfs_file (const struct hub_repos *repos, const char *sha256);

#endif
