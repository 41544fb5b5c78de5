/* SPDX-License-Identifier: Apache-2.0 */
/* exec_file.h: what a program says of a file, checked.  */
#ifndef HFCORE_TRANSPORT_EXEC_FILE_H
#define HFCORE_TRANSPORT_EXEC_FILE_H

#include "plugins/transport-exec/exec_talk.h"

struct exec_file
{
  struct hfcore_file_info info; /* texts are the JSON's, or `pointer_id`  */
  char pointer_id[65];
};
#define EXEC_FILE_UNKNOWN                                                                          \
  {                                                                                                \
    .info                                                                                          \
        = {.size = sizeof (struct hfcore_file_info),                                               \
           .length = HFCORE_SIZE_UNKNOWN,                                                          \
           .lfs_length = HFCORE_SIZE_UNKNOWN }                                                     \
  }

/* Where it is said, and so what must be.  */
enum exec_file_use
{
  EXEC_FILE_RESOLVED, /* commit, etag, size  */
  EXEC_FILE_ABOUT,    /* nothing  */
  EXEC_FILE_LISTED    /* path  */
};

int exec_file_read (struct exec_talk *talk, const json_t *value, enum exec_file_use use,
                    struct exec_file *file);

#endif
