/* SPDX-License-Identifier: Apache-2.0 */
/* tar.h: one tar, written or read from its start to its end. libarchive is loaded at the first one
 * and not before: a cached look-up never maps it.
 *
 * What is written is the same whenever, wherever and by whomever it is: pax headers where ustar
 * has no room, names in UTF-8, no times, no owners, no compression, nothing behind the end mark.
 * Names pass as bytes, whatever the locale of the program.  */
#ifndef HFCORE_UTIL_TAR_H
#define HFCORE_UTIL_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- writing ---- */

struct tar_writer; /* one thread at a time  */

/* Takes all bytes: 0, or -1 to stop.  */
typedef int tar_put (void *ctx, const void *bytes, size_t len);

/* NULL: `*why` (static text, or dlerror's, valid until the next call of this thread) says why.  */
struct tar_writer *tar_writer_new (tar_put *put, void *ctx, const char **why);
/* A file of `size` bytes, which must then all be added. 0 or -1.  */
int tar_add_file (struct tar_writer *writer, const char *name, uint64_t size);
int tar_add_bytes (struct tar_writer *writer, const void *bytes, size_t len);
int tar_add_link (struct tar_writer *writer, const char *name, const char *target);
/* The end mark; tar_writer_free is still due. Without it, what was written counts as cut off.  */
int tar_writer_end (struct tar_writer *writer);
/* After -1: what went wrong; lives as long as the writer.  */
const char *tar_writer_why (struct tar_writer *writer);
void tar_writer_free (struct tar_writer *writer); /* NULL is fine */

/* ---- reading ---- */

struct tar_reader; /* one thread at a time  */

/* More bytes of the tar: how many, at `*bytes`, good until the next call; 0: its end; -1: stop.  */
typedef ssize_t tar_get (void *ctx, const void **bytes);

enum tar_kind
{
  TAR_END,
  TAR_FILE,
  TAR_LINK,
  TAR_OTHER /* anything else: `what` says what  */
};

/* Strings live until the next call of tar_next.  */
struct tar_entry
{
  enum tar_kind kind;
  const char *name;
  const char *target; /* of a link  */
  const char *what;   /* "a hard link"  */
  uint64_t size;      /* of a file  */
};

struct tar_reader *tar_reader_new (tar_get *get, void *ctx, const char **why);
/* What is left of the entry before is passed over. 0 or -1.  */
int tar_next (struct tar_reader *reader, struct tar_entry *entry);
/* The next bytes of a file: how many, at `*bytes`, good until the next call; 0: its end; -1.  */
ssize_t tar_read (struct tar_reader *reader, const void **bytes);
/* Where in the tar the headers of the entry begin, or after TAR_END the end mark; bytes.  */
uint64_t tar_position (struct tar_reader *reader);
const char *tar_reader_why (struct tar_reader *reader);
void tar_reader_free (struct tar_reader *reader);

#endif
