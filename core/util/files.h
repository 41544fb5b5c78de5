/* SPDX-License-Identifier: Apache-2.0 */
/* files.h: files and folders relative to open folders (dirfd may be AT_FDCWD). All return -1 with
 * errno on failure unless said otherwise; all open close-on-exec and repeat what EINTR broke.  */
#ifndef HFCORE_UTIL_FILES_H
#define HFCORE_UTIL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Make a folder and its missing parents, mode 0777 & ~umask; there already is success.  */
int files_make_folders (int dirfd, const char *path);
/* The same for all but the last segment of `path`.  */
int files_make_parents (int dirfd, const char *path);

/* Read a whole small file into a new string (a zero byte behind `*len` bytes). More than `limit`
 * bytes: -1 and EFBIG. */
int files_read (int dirfd, const char *path, size_t limit, char **bytes, size_t *len);

/* Write all of it. files_write_atomic: to a new file named PATH.<8hex>SUFFIX beside it, then by
 * rename; mode as given (0666 & ~umask when 0); synced before the rename when `sync`.  */
int files_write_all (int fd, const void *bytes, size_t len);
int files_pwrite_all (int fd, const void *bytes, size_t len, uint64_t offset);
int files_write_atomic (int dirfd, const char *path, const char *suffix, const void *bytes,
                        size_t len, mode_t mode, bool sync);

/* Give a name to an open file that was made without one (O_TMPFILE); EEXIST: it is taken.  */
int files_name (int fd, int folder, const char *name);

/* `hex` gets 8 random hex digits and a zero byte.  */
void files_random_hex (char hex[9]);

/* Open the folder that the first `len` bytes of `path` name below an open folder, to be walked from
 * alone (O_PATH); no segment may be a link (ENOTDIR). Missing ones are made when `make`. A `len` of
 * 0 is the open folder itself.  */
int files_walk (int folder, const char *path, size_t len, bool make);

/* stat () says so, following links.  */
bool files_is_folder (int dirfd, const char *path);

/* May others than root and the current user write here (so that what it holds cannot be trusted)?
 * Looks at the file or folder itself: mode bits o+w, g+w (unless the group is the user's own
 * private group, i.e. named as the user, with no other member), and the owner (root or we).
 * 0: no; 1: yes, and `why` (room 128) says how; -1: errno.  */
int files_is_open_to_others (int fd, char *why, size_t room);

/* Remove a file; absent already is success.  */
int files_remove (int dirfd, const char *path);
/* Remove a folder and all in it, never following links; absent already is success.  */
int files_remove_tree (int dirfd, const char *path);
/* The same, with `tick` called before each thing that is removed; a non-zero return ends it: -1 and
 * ECANCELED.  */
int files_remove_tree_ticking (int dirfd, const char *path, int (*tick) (void *ctx), void *ctx);

/* How many bytes a user may still write on the file system of `path` or of its nearest existing
 * parent. */
int files_free_space (const char *path, uint64_t *bytes);

/* `~` and `~user` at the start, then $VAR and ${VAR} (unknown ones are left as they are), as
 * Python's expanduser and expandvars do (spec 1.1). A new string; NULL: no memory.  */
char *files_expand (const char *path);
/* Absolute, with links resolved; a tail that does not exist is allowed (spec 1.2). NULL: errno. */
char *files_resolve (const char *path);

#endif
