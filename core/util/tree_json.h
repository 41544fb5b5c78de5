/* SPDX-License-Identifier: Apache-2.0 */
/* tree_json.h: the file list of a commit as a trees/<commit>.json keeps it (spec 1.9), in a cache
 * and in a local folder.  */
#ifndef HFCORE_UTIL_TREE_JSON_H
#define HFCORE_UTIL_TREE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <hfcore/plugin.h>
#include "core/util/text.h"

#define TREE_JSON_LIMIT ((size_t) 64 << 20) /* bytes; larger ones are not remembered  */

/* Does every file tell all that clients look for there, so that the list may be kept? `files->size`
 * is the distance from one of them to the next, here and below.  */
bool tree_json_is_whole (const struct hfcore_file_info *files, size_t count);

/* Write a whole list, byte for byte as Python does. -1: errno; 0 where a text is no UTF-8, or there
 * is too much.  */
int tree_json_write (int fd, const struct hfcore_file_info *files, size_t count);
/* The same behind what is in `to` already; more than its limit is too much.  */
int tree_json_print (struct text *to, const struct hfcore_file_info *files, size_t count);

/* Tell the files to the sink, once all of the list was looked at. HFCORE_PASS: it is none, or has
 * any defect; else HFCORE_OK, or what the sink stopped with.  */
int tree_json_read (int fd, const char *commit, const struct hfcore_file_sink *sink);
/* The same from memory.  */
int tree_json_parse (const char *bytes, size_t len, const char *commit,
                     const struct hfcore_file_sink *sink);

/* 64 hex digits of either case; a server may mask a hash with "*".  */
bool tree_json_xet_hash_ok (const char *hash);

#endif
