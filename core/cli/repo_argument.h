/* SPDX-License-Identifier: Apache-2.0 */
/* repo_argument.h: the REPO_ID and FILE words of a command line (spec 9.1, 9.2). Pure.  */
#ifndef HFCORE_CLI_REPO_ARGUMENT_H
#define HFCORE_CLI_REPO_ARGUMENT_H

#include <stddef.h>
#include "core/util/vector.h"

/* What --repo-type may say; ends with NULL.  */
extern const char *const repo_argument_types[];

/* A repository, and what a hf:// URI says beside it. The strings are the caller's to free.  */
struct repo_argument
{
  char *type;     /* "model" …, or NULL: not said                                         */
  char *id;       /* "org/name" or "name"                                                 */
  char *revision; /* NULL: not said                                                       */
  char *path;     /* NULL: not said; ends with "/" when it names a folder                 */
};

/* Read `word`: a plain id, "datasets/org/name", or "hf://[type/]org/name[@revision][/path]".
 * `type` and `revision` (or NULL) are what flags say, `files` how many FILE words follow: what the
 * word says already must not be said again. 0, or -1 and one line in `why`.  */
int repo_argument_parse (const char *word, const char *type, const char *revision, size_t files,
                         struct repo_argument *repo, char *why, size_t room);
void repo_argument_free (struct repo_argument *repo);
#define CLEANUP_REPO __attribute__ ((cleanup (repo_argument_free)))

VECTOR_DEFINE (patterns, char *);

/* What FILE words ask for: one plain file (`*file`, which belongs to `files`), or patterns: plain
 * names as they are, "art/" as all that is below it (spec 9.2). `has_filters`: --include or
 * --exclude was given. `*plain` is the number of plain names. 0, or -1 and one line in `why`.  */
int repo_argument_files (const char *const *files, size_t count, int has_filters, const char **file,
                         struct patterns *patterns, size_t *plain, char *why, size_t room);
void repo_argument_free_patterns (struct patterns *patterns);
#define CLEANUP_PATTERNS __attribute__ ((cleanup (repo_argument_free_patterns)))

#endif
