/* SPDX-License-Identifier: Apache-2.0 */
/* dir_file.h: one file below the root, opened so that no link leads out of it, and its bytes.  */
#ifndef HFCORE_TRANSPORT_DIR_FILE_H
#define HFCORE_TRANSPORT_DIR_FILE_H

#include <stdbool.h>
#include <sys/types.h>
#include <hfcore/plugin.h>
#include "plugins/hub-layout/hub_path.h"

struct dir;

struct dir_file
{
  int fd; /* -1: not open  */
  uint64_t length;
  int64_t modified_ns; /* since 1970  */
  ino_t inode;
  struct hub_path real; /* without links; `base` is the length of the root  */
};

/* Open the regular file at `path`, absolute, links in it followed while they stay below the root.
 * PASS: nothing is there. CORRUPT: it leads out of the root, or is no file.  */
int dir_file_open (struct dir *dir, struct hfcore_call *call, const char *path,
                   struct dir_file *file);
/* The same for where a file really is: `dir_file_place` of an earlier one. Follows no link.  */
int dir_file_open_place (struct dir *dir, struct hfcore_call *call, const char *place,
                         struct dir_file *file);
const char *dir_file_place (const struct dir_file *file);
void dir_file_close (struct dir_file *file);
#define CLEANUP_DIR_FILE __attribute__ ((cleanup (dir_file_close)))

/* Where `path`, absolute, really is: below the root, or CORRUPT; PASS: nothing is there.  */
int dir_file_resolve (struct dir *dir, struct hfcore_call *call, const char *path,
                      struct hub_path *real);

/* PASS: there is no folder at `path`. DOWN: nobody can tell.  */
int dir_file_is_folder (struct dir *dir, struct hfcore_call *call, const char *path);

/* Push a range of it; stops where `data` does not return 0 and returns that. Ticks with the bytes
 * that were pushed if `tells`, else with no number. It must not be shorter than that: CORRUPT.  */
int dir_file_push (struct dir *dir, struct hfcore_call *call, const struct dir_file *file,
                   uint64_t offset, uint64_t length, bool tells,
                   int (*data) (void *ctx, const void *bytes, size_t len), void *ctx);

/* Record "cannot DOING PATH: reason; what to do".  */
int dir_file_fail (struct dir *dir, struct hfcore_call *call, int os_errno, const char *doing,
                   const char *path);

#endif
