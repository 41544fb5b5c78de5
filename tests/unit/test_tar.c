/* SPDX-License-Identifier: Apache-2.0 */
/* test_tar.c: what is written is read again, name by name and byte by byte, whatever the locale;
 * the same bytes always; an end mark only where there is an end; libarchive only at need.  */
#include "tests/check.h"

#include "core/util/tar.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define DECOMPOSED "e\xcc\x81.txt"
#define COMPOSED   "\xc3\xa9.txt"

/* The tar in memory.  */
static struct
{
  char bytes[1 << 18];
  size_t len, read, step; /* read: so far; step: bytes at once  */
  bool stop;
} tape;

static bool mapped_at_start = true;

static bool
is_libarchive_mapped (void)
{
  char line[1024];
  bool mapped = false;
  FILE *maps = fopen ("/proc/self/maps", "r");
  while (maps && fgets (line, sizeof line, maps))
    mapped = mapped || strstr (line, "libarchive");
  if (maps)
    fclose (maps);
  return mapped;
}

/* Before any case, whatever their order.  */
__attribute__ ((constructor)) static void
look_at_start (void)
{
  tar_writer_free (NULL);
  tar_reader_free (NULL);
  mapped_at_start = is_libarchive_mapped ();
}

static int
put (void *ctx, const void *bytes, size_t len)
{
  (void) ctx;
  if (tape.stop || len > sizeof tape.bytes - tape.len)
    return -1;
  memcpy (tape.bytes + tape.len, bytes, len);
  tape.len += len;
  return 0;
}

static ssize_t
get (void *ctx, const void **bytes)
{
  (void) ctx;
  size_t left = tape.len - tape.read, step = tape.step && tape.step < left ? tape.step : left;
  if (tape.stop)
    return -1;
  *bytes = tape.bytes + tape.read;
  tape.read += step;
  return (ssize_t) step;
}

static struct tar_writer *
begin (void)
{
  const char *why = NULL;
  memset (&tape, 0, sizeof tape);
  struct tar_writer *writer = tar_writer_new (put, NULL, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (writer);
  return writer;
}

static struct tar_reader *
rewind_tape (void)
{
  const char *why = NULL;
  tape.read = 0;
  struct tar_reader *reader = tar_reader_new (get, NULL, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (reader);
  return reader;
}

static void
write_usual (void)
{
  struct tar_writer *writer = begin ();
  CU_ASSERT_EQUAL (tar_add_file (writer, "a/b.txt", 5), 0);
  CU_ASSERT_EQUAL (tar_add_bytes (writer, "he", 2), 0);
  CU_ASSERT_EQUAL (tar_add_bytes (writer, "llo", 3), 0);
  CU_ASSERT_EQUAL (tar_add_file (writer, DECOMPOSED, 0), 0);
  CU_ASSERT_EQUAL (tar_add_link (writer, COMPOSED, "../../blobs/x"), 0);
  CU_ASSERT_EQUAL (tar_writer_end (writer), 0);
  tar_writer_free (writer);
}

static void
check_usual (void)
{
  struct tar_entry entry;
  const void *bytes;
  struct tar_reader *reader = rewind_tape ();
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CU_ASSERT_EQUAL (entry.kind, TAR_FILE);
  CHECK_STRING (entry.name, "a/b.txt");
  CU_ASSERT_EQUAL (entry.size, 5);
  CU_ASSERT_EQUAL (tar_position (reader), 0);
  char content[6] = "";
  size_t len = 0;
  for (ssize_t got; (got = tar_read (reader, &bytes)) > 0; len += (size_t) got)
    if (len + (size_t) got <= 5)
      memcpy (content + len, bytes, (size_t) got);
  CHECK_STRING (content, "hello");
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CHECK_STRING (entry.name, DECOMPOSED);
  CU_ASSERT_EQUAL (tar_read (reader, &bytes), 0);
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CU_ASSERT_EQUAL (entry.kind, TAR_LINK);
  CHECK_STRING (entry.name, COMPOSED);
  CHECK_STRING (entry.target, "../../blobs/x");
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CU_ASSERT_EQUAL (entry.kind, TAR_END);
  CU_ASSERT_EQUAL (tar_position (reader), tape.len - 1024);
  tar_reader_free (reader);
}

static void
test_round_trip (void)
{
  static const size_t steps[] = { 0, 1, 7, 512, 1000 };
  CU_ASSERT_FALSE (mapped_at_start);
  write_usual ();
  CU_ASSERT (is_libarchive_mapped ());
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      tape.step = steps[i];
      check_usual ();
    }
}

static void
test_locales (void)
{
  static const char *const locales[] = { "C", "C.UTF-8", "POSIX", "" };
  static char first[sizeof tape.bytes];
  size_t len = 0;
  for (size_t i = 0; i < sizeof locales / sizeof *locales; i++)
    {
      setlocale (LC_ALL, locales[i]);
      write_usual ();
      check_usual ();
      if (i > 0)
        CU_ASSERT (len == tape.len && memcmp (first, tape.bytes, len) == 0);
      len = tape.len;
      memcpy (first, tape.bytes, len);
    }
  setlocale (LC_ALL, "C");
}

static void
test_long_and_large (void)
{
  static char name[1000];
  struct tar_entry entry;
  memset (name, 'x', sizeof name - 1);
  for (size_t i = 100; i < sizeof name - 1; i += 100)
    name[i] = '/';
  struct tar_writer *writer = begin ();
  CU_ASSERT_EQUAL (tar_add_link (writer, name, name), 0);
  CU_ASSERT_EQUAL (tar_add_file (writer, "large", (uint64_t) 9 << 30), 0);
  /* In blocks, so that what was added is seen.  */
  static const char zeros[1 << 16];
  CU_ASSERT_EQUAL (tar_add_bytes (writer, zeros, sizeof zeros), 0);
  tar_writer_free (writer);
  struct tar_reader *reader = rewind_tape ();
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CHECK_STRING (entry.name, name);
  CHECK_STRING (entry.target, name);
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  CU_ASSERT_EQUAL (entry.size, (uint64_t) 9 << 30);
  tar_reader_free (reader);
}

static void
test_no_end (void)
{
  struct tar_entry entry;
  const void *bytes;
  struct tar_writer *writer = begin ();
  CU_ASSERT_EQUAL (tar_add_file (writer, "a", 70000), 0);
  static const char zeros[1 << 16];
  CU_ASSERT_EQUAL (tar_add_bytes (writer, zeros, sizeof zeros), 0);
  size_t len = tape.len;
  tar_writer_free (writer);
  CU_ASSERT_EQUAL (tape.len, len);
  struct tar_reader *reader = rewind_tape ();
  CU_ASSERT_EQUAL (tar_next (reader, &entry), 0);
  ssize_t got;
  do
    got = tar_read (reader, &bytes);
  while (got > 0);
  CU_ASSERT_EQUAL (got, -1);
  CU_ASSERT (tar_reader_why (reader)[0] != 0);
  tar_reader_free (reader);
}

static void
test_stops (void)
{
  struct tar_entry entry;
  struct tar_writer *writer = begin ();
  static const char zeros[1 << 17];
  CU_ASSERT_EQUAL (tar_add_file (writer, "a", sizeof zeros), 0);
  tape.stop = true;
  CU_ASSERT_EQUAL (tar_add_bytes (writer, zeros, sizeof zeros), -1);
  CU_ASSERT (tar_writer_why (writer)[0] != 0);
  tar_writer_free (writer);
  write_usual ();
  tape.stop = true;
  struct tar_reader *reader = rewind_tape ();
  CU_ASSERT_EQUAL (tar_next (reader, &entry), -1);
  tar_reader_free (reader);
  memset (&tape, 0, sizeof tape);
  memset (tape.bytes, 'x', 5000);
  tape.len = 5000;
  reader = rewind_tape ();
  CU_ASSERT_EQUAL (tar_next (reader, &entry), -1);
  tar_reader_free (reader);
}

CHECK_MAIN ("tar", { "round trip", test_round_trip }, { "locales", test_locales },
            { "long names and large files", test_long_and_large }, { "no end", test_no_end },
            { "stops", test_stops })
