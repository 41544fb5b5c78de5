/* SPDX-License-Identifier: Apache-2.0 */
/* cache_rows.c: see cache_rows.h.  */
#include "core/cli/cache_rows.h"

#include <string.h>
#include "core/util/text.h"

void
cache_row_free (struct cache_row *row)
{
  for (size_t i = 0; i < row->refs.count; i++)
    free (row->refs.items[i]);
  free (row->refs.items);
  free (row->cache_id);
  free (row->type);
  free (row->commit);
  free (row->path);
  free (row->repo_path);
  free (row->storage);
}

void
cache_rows_free (struct cache_rows *rows)
{
  for (size_t i = 0; i < rows->list.count; i++)
    cache_row_free (&rows->list.items[i]);
  free (rows->list.items);
  for (size_t i = 0; i < rows->warnings.count; i++)
    free (rows->warnings.items[i]);
  free (rows->warnings.items);
}

static int
append_copy (struct cache_names *names, const char *name)
{
  char *copy = strdup (name);
  if (copy && cache_names_append (names, copy) == 0)
    return 0;
  free (copy);
  return -1;
}

/* What all rows of a repository have.  */
static int
begin_row (const struct cache_rows *rows, const struct hfcore_scan_repo *repo,
           struct cache_row *row)
{
  *row = (struct cache_row){ .cache_id = text_format ("%s/%s", repo->repo_type, repo->repo_id),
                             .type = strdup (repo->repo_type),
                             .repo_path = strdup (repo->path ? repo->path : ""),
                             .storage = strdup (repo->storage),
                             .accessed_ns = repo->accessed_ns,
                             .revision_count = repo->revision_count,
                             .repo = rows->repo_count };
  if (!row->cache_id || !row->type || !row->repo_path || !row->storage)
    return -1;
  row->id = row->cache_id + strlen (row->type) + 1;
  return 0;
}

static int
add_revision (struct cache_rows *rows, const struct hfcore_scan_repo *repo,
              const struct hfcore_scan_revision *revision)
{
  struct cache_row row;
  int failed = begin_row (rows, repo, &row);
  row.commit = strdup (revision->commit);
  row.path = strdup (revision->path ? revision->path : "");
  row.bytes = revision->bytes;
  row.file_count = revision->file_count;
  row.modified_ns = revision->modified_ns;
  if (!row.commit || !row.path)
    failed = -1;
  for (size_t i = 0; !failed && i < revision->ref_count; i++)
    failed = append_copy (&row.refs, revision->refs[i]);
  if (!failed && cache_row_list_append (&rows->list, row) == 0)
    return 0;
  cache_row_free (&row);
  return -1;
}

static int
add_repo (struct cache_rows *rows, const struct hfcore_scan_repo *repo)
{
  struct cache_row row;
  int failed = begin_row (rows, repo, &row);
  row.path = strdup (repo->path ? repo->path : "");
  row.bytes = repo->bytes;
  row.file_count = repo->blob_count;
  row.modified_ns = repo->modified_ns;
  if (!row.path)
    failed = -1;
  for (size_t i = 0; !failed && i < repo->ref_count; i++)
    failed = append_copy (&row.refs, repo->refs[i]->name);
  if (!failed && cache_row_list_append (&rows->list, row) == 0)
    return 0;
  cache_row_free (&row);
  return -1;
}

static int
on_repo (void *rows_, const struct hfcore_scan_repo *repo)
{
  struct cache_rows *rows = rows_;
  int failed = rows->by_revision ? 0 : add_repo (rows, repo);
  for (size_t i = 0; rows->by_revision && !failed && i < repo->revision_count; i++)
    failed = add_revision (rows, repo, repo->revisions[i]);
  rows->repo_count++;
  return failed ? HFCORE_E_NOMEM : HFCORE_OK;
}

static int
on_warning (void *rows_, const char *storage, const char *path, const char *text)
{
  struct cache_rows *rows = rows_;
  (void) storage;
  (void) path;
  return append_copy (&rows->warnings, text) < 0 ? HFCORE_E_NOMEM : HFCORE_OK;
}

int
cache_rows_read (struct hfcore *cache, uint32_t flags, struct cache_rows *rows,
                 struct hfcore_error *error)
{
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  ask.flags = flags;
  ask.repo = on_repo;
  ask.warning = on_warning;
  ask.ctx = rows;
  rows->sum.size = sizeof rows->sum;
  return hfcore_scan (cache, &ask, &rows->sum, error);
}

/* A path comes before what is below it, whatever other names begin with it.  */
static int
compare_paths (const char *a, const char *b)
{
  while (*a && *a == *b)
    {
      a++;
      b++;
    }
  int left = *a == '/' ? 1 : *a ? 2 + (unsigned char) *a : 0;
  int right = *b == '/' ? 1 : *b ? 2 + (unsigned char) *b : 0;
  return left - right;
}

static int
compare_commits (const struct cache_row *a, const struct cache_row *b)
{
  return a->commit && b->commit ? strcmp (a->commit, b->commit) : 0;
}

int
cache_rows_by_path (const void *a_, const void *b_)
{
  const struct cache_row *a = a_, *b = b_;
  int order = compare_paths (a->repo_path, b->repo_path);
  return order ? order : compare_commits (a, b);
}

int
cache_rows_by_name (const void *a_, const void *b_)
{
  const struct cache_row *a = a_, *b = b_;
  int order = strcmp (a->cache_id, b->cache_id);
  if (!order)
    order = compare_commits (a, b);
  return order ? order : compare_paths (a->repo_path, b->repo_path);
}
