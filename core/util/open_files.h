/* SPDX-License-Identifier: Apache-2.0 */
/* open_files.h: which files below a folder programs have open, or mapped into their memory, as far
 * as /proc tells this user: root all, others those of their own programs; where there is no /proc,
 * none.  */
#ifndef HFCORE_UTIL_OPEN_FILES_H
#define HFCORE_UTIL_OPEN_FILES_H

#include <stdbool.h>
#include "core/util/vector.h"

VECTOR_DEFINE (open_file_paths, char *);

struct open_files
{
  struct open_file_paths paths; /* sorted, each once  */
};

/* `folder` is absolute, without links in it. Best effort: what cannot be read is left out.  */
void open_files_find (const char *folder, struct open_files *files);
/* Whether this file, or a file below this folder, is open.  */
bool open_files_has (const struct open_files *files, const char *path);
void open_files_free (struct open_files *files);
#define CLEANUP_OPEN_FILES __attribute__ ((cleanup (open_files_free)))

#endif
