/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: are these repo ids, revisions, commits and file names well-formed, and safe to use as
 * parts of paths? Pure functions; a check returns NULL when all is well, else what is wrong: a
 * static, one-line, English text without the name itself.  */
#ifndef HFCORE_UTIL_NAMES_H
#define HFCORE_UTIL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Spec 1.16, ASCII only and at most 96 characters in the namespace too, as huggingface_hub has it
 * since 2.0.  */
const char *names_check_repo_id (const char *id);
/* "model", "dataset", "space", "kernel".  */
const char *names_check_repo_type (const char *type);
/* Not empty, not absolute, no "", "." or ".." segment, no backslash, no control character, no
 * drive letter; at most 255 bytes a segment and 1024 in all. Stricter than Python (spec 1.6).  */
const char *names_check_revision (const char *revision);
/* Spec 1.17, and no control characters, no "." segments, valid UTF-8, segments at most 255 bytes,
 * at most 4096 in all; not empty.  */
const char *names_check_file (const char *path);
/* What a server may name a blob: 1 to 200 characters of [A-Za-z0-9._+=-], not starting with
 * ".", not ending in ".incomplete" or ".lock". Spec 1.5 says hex; other servers send others.  */
const char *names_check_etag (const char *etag);

/* Of assets (spec 6), a library, namespace or subfolder that is to be the name of a folder: not
 * empty, not "." or "..", no control character, valid UTF-8, and at most 255 bytes as
 * names_asset_folder writes it. Stricter than Python.  */
const char *names_check_asset (const char *name);

/* ^[0-9a-f]{40}$ (spec 2.1), ^[0-9a-f]{64}$.  */
bool names_is_commit (const char *text);
bool names_is_sha256 (const char *text);

/* What file managers leave in folders: ".DS_Store" and the like.  */
bool names_is_os_file (const char *name);

/* "models--org--name" (spec 1.3), a new string; NULL: no memory. Type and id are checked before. */
char *names_repo_folder (const char *type, const char *id);
enum
{
  NAMES_FOLDER_ROOM = 256
};
/* Such a name of `len` bytes taken apart, in `room`: a type that there is, and what follows with a
 * "/" for each "--", which need not be a good id. False: it is none, or over 255 bytes.  */
bool names_parse_repo_folder (const char *folder, size_t len, char room[NAMES_FOLDER_ROOM],
                              const char **type, const char **id);
/* Spec 6: each space, "/" and "\" as "--"; a new string. NULL: no memory.  */
char *names_asset_folder (const char *name);
/* Spec 2.4: without leading `W` and `/` characters and surrounding quotes; a new string.  */
char *names_normal_etag (const char *header);

#endif
