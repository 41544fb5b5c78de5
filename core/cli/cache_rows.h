/* SPDX-License-Identifier: Apache-2.0 */
/* cache_rows.h: what is cached, as the rows of a table: a row for each repository or revision.  */
#ifndef HFCORE_CLI_CACHE_ROWS_H
#define HFCORE_CLI_CACHE_ROWS_H

#include <hfcore/hfcore.h>
#include <stdbool.h>
#include "core/util/vector.h"

VECTOR_DEFINE (cache_names, char *);

struct cache_row
{
  char *cache_id;  /* "model/org/name"                                                          */
  char *type;      /* "model"                                                                   */
  const char *id;  /* "org/name": the rest of `cache_id`                                        */
  char *commit;    /* NULL: the row of a repository                                             */
  char *path;      /* of its folder; "" where the storage keeps none                            */
  char *repo_path; /* of the repository's                                                       */
  char *storage;   /* of the configuration                                                      */
  struct cache_names refs;
  uint64_t bytes;
  uint64_t file_count; /* of a repository: distinct blobs                                        */
  int64_t accessed_ns; /* of the repository, in either                                           */
  int64_t modified_ns;
  size_t revision_count; /* of the repository                                                    */
  size_t repo;           /* rows of one repository have the same                                 */
  size_t place;          /* before they are sorted */
};
VECTOR_DEFINE (cache_row_list, struct cache_row);

struct cache_rows
{
  bool by_revision;
  size_t repo_count;
  struct cache_row_list list;
  struct cache_names warnings; /* as the library tells them                                      */
  struct hfcore_scan_sum sum;
};

/* Scan; `rows->by_revision` says what is wanted, `flags` are HFCORE_SCAN_….  */
int cache_rows_read (struct hfcore *cache, uint32_t flags, struct cache_rows *rows,
                     struct hfcore_error *error);
void cache_rows_free (struct cache_rows *rows);
void cache_row_free (struct cache_row *row);
#define CLEANUP_CACHE_ROWS __attribute__ ((cleanup (cache_rows_free)))

/* For qsort. By path, segment by segment, then by commit; by type, id and commit.  */
int cache_rows_by_path (const void *a, const void *b);
int cache_rows_by_name (const void *a, const void *b);

#endif
