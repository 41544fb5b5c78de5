/* SPDX-License-Identifier: Apache-2.0 */
/* archive_gather.h: what all storages together hold of a repository, as entries of an archive.  */
#ifndef HFCORE_ENGINE_ARCHIVE_GATHER_H
#define HFCORE_ENGINE_ARCHIVE_GATHER_H

#include "core/engine/archive.h"
#include "core/engine/engine.h"

struct archive_gather
{
  struct engine *engine;
  struct hfcore_call *call;
  struct archive *archive;     /* what is found is added; archive_unite is then due  */
  struct archive_trees *trees; /* NULL: their texts are not wanted  */
};

/* The texts of the file lists, for their entries.  */
struct archive_tree
{
  uint32_t repo;
  const char *commit; /* the archive's  */
  struct text text;
};
VECTOR_DEFINE (archive_tree_list, struct archive_tree);
struct archive_trees
{
  struct archive_tree_list list;
};
void archive_trees_free (struct archive_trees *trees);
#define CLEANUP_TREES __attribute__ ((cleanup (archive_trees_free)))
const struct text *archive_trees_find (const struct archive_trees *trees,
                                       const struct archive_entry *tree);

/* All of a repository, or (`revision` not NULL) one commit and the ref that named it. A file whose
 * etag nothing tells is read for it. Files that an archive cannot hold are left out with a warning.
 * NOTFOUND: nothing of it is cached.  */
int archive_gather (struct archive_gather *gather, const struct hfcore_repo *repo,
                    const char *revision);

#endif
