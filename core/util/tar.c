/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c: see tar.h. The only file that knows libarchive, and it is not linked with it.
 *
 * libarchive converts names between the archive's character set and that of the locale. Written
 * under a UTF-8 locale they go into pax headers as they are. Read under one they would come out
 * normalised (NFC), and be other files; under the C locale, where a conversion cannot be done, it
 * hands out the bytes. So each direction has its locale, and this thread has it only while
 * libarchive runs.  */
#ifdef HAVE_CONFIG_H
#  include "config.h"
#endif

#include "core/util/tar.h"

#include "core/util/os.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef HFCORE_LIBARCHIVE
#  define HFCORE_LIBARCHIVE "libarchive.so.13"
#endif

#define BLOCK_BYTES (64 << 10) /* handed out at once  */

/* What is used of libarchive, with the types that its headers say.  */
#define EACH_FUNCTION(do_)                                                                         \
  do_ (archive_entry_clear) do_ (archive_entry_filetype) do_ (archive_entry_free)                  \
      do_ (archive_entry_hardlink) do_ (archive_entry_new) do_ (archive_entry_pathname)            \
          do_ (archive_entry_set_filetype) do_ (archive_entry_set_mtime)                           \
              do_ (archive_entry_set_pathname) do_ (archive_entry_set_perm) do_ (                  \
                  archive_entry_set_size) do_ (archive_entry_set_symlink) do_ (archive_entry_size) \
                  do_ (archive_entry_sparse_count) do_ (archive_entry_symlink) do_ (               \
                      archive_error_string) do_ (archive_read_data_block) do_ (archive_read_free)  \
                      do_ (archive_read_header_position) do_ (archive_read_new)                    \
                          do_ (archive_read_next_header) do_ (archive_read_open) do_ (             \
                              archive_read_support_format_tar) do_ (archive_write_add_filter_none) \
                              do_ (archive_write_close) do_ (archive_write_data)                   \
                                  do_ (archive_write_free) do_ (archive_write_header)              \
                                      do_ (archive_write_new) do_ (archive_write_open)             \
                                          do_ (archive_write_set_bytes_in_last_block)              \
                                              do_ (archive_write_set_bytes_per_block)              \
                                                  do_ (archive_write_set_format_pax_restricted)

/* Filled once in a process, then only read.  */
static struct
{
#define DECLARE(name) __typeof__ (&name) name;
  EACH_FUNCTION (DECLARE)
#undef DECLARE
  locale_t utf8, plain; /* 0: there is none; then the program's has to do  */
  char why[256];        /* not empty: it could not be loaded */
} lib;

static void
load_archive (void)
{
  static const char *const utf8[] = { "C.UTF-8", "en_US.UTF-8", "UTF-8" };
  const char *why = NULL;
  void *library = os_library_open (HFCORE_LIBARCHIVE, &why);
  if (!library)
    {
      snprintf (lib.why, sizeof lib.why, "%s", why ? why : HFCORE_LIBARCHIVE " does not load");
      return;
    }
  bool complete = true;
#define LOOK_UP(name)                                                                              \
  lib.name = (__typeof__ (&name)) os_library_symbol (library, #name);                              \
  complete = complete && lib.name;
  EACH_FUNCTION (LOOK_UP)
#undef LOOK_UP
  if (!complete)
    snprintf (lib.why, sizeof lib.why, "%s is too old", HFCORE_LIBARCHIVE);
  lib.plain = newlocale (LC_CTYPE_MASK, "C", (locale_t) 0);
  for (size_t i = 0; !lib.utf8 && i < sizeof utf8 / sizeof *utf8; i++)
    lib.utf8 = newlocale (LC_CTYPE_MASK, utf8[i], (locale_t) 0);
}

static bool
is_loaded (const char **why)
{
  static pthread_once_t loaded = PTHREAD_ONCE_INIT;
  pthread_once (&loaded, load_archive);
  if (lib.why[0])
    *why = lib.why;
  return !lib.why[0];
}

static void
restore_locale (locale_t *before)
{
  uselocale (*before);
}

/* This locale until the scope ends; 0 leaves the one that is.  */
#define WITH_LOCALE(locale)                                                                        \
  __attribute__ ((cleanup (restore_locale), unused)) locale_t locale_before = uselocale (locale)

static const char *
why_failed (struct archive *archive)
{
  const char *why = lib.archive_error_string (archive);
  return why ? why : "libarchive failed, and does not say why";
}

/* ---- writing ---- */

struct tar_writer
{
  struct archive *archive;
  struct archive_entry *entry;
  tar_put *put;
  void *ctx;
  bool has_stopped; /* `put` said so; libarchive is not told, which would lose memory then  */
  bool is_ending;   /* what libarchive still writes goes nowhere  */
};

static la_ssize_t
on_write (struct archive *archive, void *writer_, const void *bytes, size_t len)
{
  struct tar_writer *writer = writer_;
  (void) archive;
  if (!writer->has_stopped && !writer->is_ending)
    writer->has_stopped = writer->put (writer->ctx, bytes, len) < 0;
  return writer->is_ending ? -1 : (la_ssize_t) len;
}

static bool
begin_write (struct tar_writer *writer)
{
  struct archive *archive = writer->archive;
  return lib.archive_write_set_format_pax_restricted (archive) == ARCHIVE_OK
         && lib.archive_write_add_filter_none (archive) == ARCHIVE_OK
         && lib.archive_write_set_bytes_per_block (archive, BLOCK_BYTES) == ARCHIVE_OK
         && lib.archive_write_set_bytes_in_last_block (archive, 1) == ARCHIVE_OK
         && lib.archive_write_open (archive, writer, NULL, on_write, NULL) == ARCHIVE_OK;
}

struct tar_writer *
tar_writer_new (tar_put *put, void *ctx, const char **why)
{
  if (!is_loaded (why))
    return NULL;
  WITH_LOCALE (lib.utf8);
  struct tar_writer *writer = calloc (1, sizeof *writer);
  if (writer)
    {
      writer->put = put;
      writer->ctx = ctx;
      writer->archive = lib.archive_write_new ();
      writer->entry = lib.archive_entry_new ();
      if (writer->archive && writer->entry && begin_write (writer))
        return writer;
      tar_writer_free (writer);
    }
  *why = "libarchive could not begin a tar";
  return NULL;
}

static int
add_entry (struct tar_writer *writer, const char *name, unsigned type, unsigned mode, uint64_t size,
           const char *target)
{
  struct archive_entry *entry = writer->entry;
  WITH_LOCALE (lib.utf8);
  lib.archive_entry_clear (entry);
  lib.archive_entry_set_pathname (entry, name);
  lib.archive_entry_set_filetype (entry, type);
  lib.archive_entry_set_perm (entry, mode);
  lib.archive_entry_set_size (entry, (la_int64_t) size);
  lib.archive_entry_set_mtime (entry, 0, 0);
  if (target)
    lib.archive_entry_set_symlink (entry, target);
  /* A warning: a name was not converted. It stands there in bytes then, and is said to.  */
  int result = lib.archive_write_header (writer->archive, entry);
  return !writer->has_stopped && (result == ARCHIVE_OK || result == ARCHIVE_WARN) ? 0 : -1;
}

int
tar_add_file (struct tar_writer *writer, const char *name, uint64_t size)
{
  return size > INT64_MAX ? -1 : add_entry (writer, name, AE_IFREG, 0644, size, NULL);
}

int
tar_add_link (struct tar_writer *writer, const char *name, const char *target)
{
  return add_entry (writer, name, AE_IFLNK, 0777, 0, target);
}

int
tar_add_bytes (struct tar_writer *writer, const void *bytes, size_t len)
{
  WITH_LOCALE (lib.utf8);
  if (writer->has_stopped)
    return -1;
  la_ssize_t done = lib.archive_write_data (writer->archive, bytes, len);
  return !writer->has_stopped && done == (la_ssize_t) len ? 0 : -1;
}

int
tar_writer_end (struct tar_writer *writer)
{
  WITH_LOCALE (lib.utf8);
  int result = lib.archive_write_close (writer->archive);
  return !writer->has_stopped && result == ARCHIVE_OK ? 0 : -1;
}

const char *
tar_writer_why (struct tar_writer *writer)
{
  return why_failed (writer->archive);
}

void
tar_writer_free (struct tar_writer *writer)
{
  if (!writer)
    return;
  WITH_LOCALE (lib.utf8);
  if (writer->archive)
    {
      /* It would end the tar now, and fill up the file in the making.  */
      writer->is_ending = true;
      lib.archive_write_free (writer->archive);
    }
  if (writer->entry)
    lib.archive_entry_free (writer->entry);
  free (writer);
}

/* ---- reading ---- */

struct tar_reader
{
  struct archive *archive;
  bool is_open;
  tar_get *get;
  void *ctx;
};

static la_ssize_t
on_read (struct archive *archive, void *reader_, const void **bytes)
{
  struct tar_reader *reader = reader_;
  (void) archive;
  return reader->get (reader->ctx, bytes);
}

struct tar_reader *
tar_reader_new (tar_get *get, void *ctx, const char **why)
{
  if (!is_loaded (why))
    return NULL;
  WITH_LOCALE (lib.plain);
  struct tar_reader *reader = calloc (1, sizeof *reader);
  if (reader)
    {
      reader->get = get;
      reader->ctx = ctx;
      reader->archive = lib.archive_read_new ();
      if (reader->archive && lib.archive_read_support_format_tar (reader->archive) == ARCHIVE_OK)
        return reader;
      tar_reader_free (reader);
    }
  *why = "libarchive could not begin to read";
  return NULL;
}

static const char *
describe (struct archive_entry *entry)
{
  if (lib.archive_entry_hardlink (entry))
    return "a hard link";
  switch (lib.archive_entry_filetype (entry))
    {
    case AE_IFREG:
      return lib.archive_entry_sparse_count (entry) ? "a sparse file" : NULL;
    case AE_IFLNK:
      return NULL;
    case AE_IFDIR:
      return "a folder";
    case AE_IFIFO:
      return "a FIFO";
    case AE_IFSOCK:
      return "a socket";
    default:
      return "a device";
    }
}

int
tar_next (struct tar_reader *reader, struct tar_entry *to)
{
  struct archive_entry *entry;
  WITH_LOCALE (lib.plain);
  *to = (struct tar_entry){ .kind = TAR_END };
  int result = ARCHIVE_OK;
  /* Opening reads: what fails then is told as a failure of reading.  */
  if (!reader->is_open)
    result = lib.archive_read_open (reader->archive, reader, NULL, on_read, NULL);
  reader->is_open = true;
  if (result == ARCHIVE_OK)
    result = lib.archive_read_next_header (reader->archive, &entry);
  if (result == ARCHIVE_EOF)
    return 0;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
    return -1;
  const char *name = lib.archive_entry_pathname (entry);
  to->name = name ? name : "";
  to->what = describe (entry);
  to->kind = to->what                                         ? TAR_OTHER
             : lib.archive_entry_filetype (entry) == AE_IFLNK ? TAR_LINK
                                                              : TAR_FILE;
  if (to->kind == TAR_FILE)
    to->size = (uint64_t) lib.archive_entry_size (entry);
  const char *target = to->kind == TAR_LINK ? lib.archive_entry_symlink (entry) : NULL;
  to->target = target ? target : "";
  return 0;
}

ssize_t
tar_read (struct tar_reader *reader, const void **bytes)
{
  WITH_LOCALE (lib.plain);
  la_int64_t offset;
  size_t len = 0;
  int result = ARCHIVE_OK;
  while (result == ARCHIVE_OK && len == 0)
    result = lib.archive_read_data_block (reader->archive, bytes, &len, &offset);
  if (result == ARCHIVE_EOF)
    return 0;
  return result == ARCHIVE_OK ? (ssize_t) len : -1;
}

uint64_t
tar_position (struct tar_reader *reader)
{
  la_int64_t position = lib.archive_read_header_position (reader->archive);
  return position > 0 ? (uint64_t) position : 0;
}

const char *
tar_reader_why (struct tar_reader *reader)
{
  return why_failed (reader->archive);
}

void
tar_reader_free (struct tar_reader *reader)
{
  if (!reader)
    return;
  WITH_LOCALE (lib.plain);
  if (reader->archive)
    lib.archive_read_free (reader->archive);
  free (reader);
}
