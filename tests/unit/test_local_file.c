/* SPDX-License-Identifier: Apache-2.0 */
/* test_local_file.c: the bytes of a local file, pushed and hashed.  */
#include "core/engine/local_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/engine_fixture.h"

#define LARGE (600 * 1024)

static struct hfcore_call call;
static atomic_int cancel;

struct heard
{
  uint64_t offset, total, bytes;
  int begins, stop;
  char first;
};

static int
hear_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct heard *heard = ctx;
  heard->begins++;
  heard->offset = offset;
  heard->total = total;
  return HFCORE_OK;
}

static int
hear_data (void *ctx, const void *bytes, size_t len)
{
  struct heard *heard = ctx;
  heard->first = heard->bytes ? heard->first : *(const char *) bytes;
  heard->bytes += len;
  return heard->stop;
}

static int
hear (const char *path, uint64_t offset, struct heard *heard)
{
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = heard, .begin = hear_begin, .data = hear_data };
  call_init (&call, &cancel);
  return local_file_read (&call, path, offset, &sink);
}

static const char *
write_large (void)
{
  char *text = malloc (LARGE + 1);
  CU_ASSERT_PTR_NOT_NULL_FATAL (text);
  memset (text, 'x', LARGE);
  text[LARGE] = 0;
  const char *path = check_write ("large", text);
  free (text);
  return path;
}

static void
test_read (void)
{
  struct heard heard = { 0 };
  const char *path = check_write ("file", HELLO);
  CU_ASSERT_EQUAL (hear (path, 0, &heard), HFCORE_OK);
  CU_ASSERT (heard.begins == 1 && heard.offset == 0 && heard.total == 11 && heard.bytes == 11);
  heard = (struct heard){ 0 };
  CU_ASSERT_EQUAL (hear (path, 6, &heard), HFCORE_OK);
  CU_ASSERT (heard.offset == 6 && heard.total == 11 && heard.bytes == 5 && heard.first == 'w');
  heard = (struct heard){ 0 };
  CU_ASSERT_EQUAL (hear (path, 11, &heard), HFCORE_OK);
  CU_ASSERT (heard.begins == 1 && heard.bytes == 0);
  heard = (struct heard){ 0 };
  CU_ASSERT_EQUAL (hear (write_large (), 0, &heard), HFCORE_OK);
  CU_ASSERT_EQUAL (heard.bytes, LARGE);
}

static void
test_what_is_no_file (void)
{
  struct heard heard = { 0 };
  CU_ASSERT_EQUAL (hear (check_path ("nothing"), 0, &heard), HFCORE_E_NOTFOUND);
  CHECK_CONTAINS (call.error.message, "cannot read ");
  CU_ASSERT_EQUAL (hear (check_folder (), 0, &heard), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (mkfifo (check_path ("fifo"), 0600), 0);
  CU_ASSERT_EQUAL (hear (check_path ("fifo"), 0, &heard), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (hear (check_write ("file", HELLO), 12, &heard), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (heard.begins, 0);
}

static void
test_stops (void)
{
  struct heard heard = { .stop = HFCORE_E_CONFLICT };
  CU_ASSERT_EQUAL (hear (write_large (), 0, &heard), HFCORE_E_CONFLICT);
  CU_ASSERT_TRUE (heard.bytes < LARGE);
  heard = (struct heard){ 0 };
  atomic_store (&cancel, 1);
  CU_ASSERT_EQUAL (hear (check_path ("large"), 0, &heard), HFCORE_E_CANCELLED);
  CU_ASSERT_EQUAL (heard.bytes, 0);
  CU_ASSERT_EQUAL (local_file_matches (&call, check_path ("large"), LARGE, HELLO_ETAG),
                   HFCORE_E_CANCELLED);
  atomic_store (&cancel, 0);
}

static void
test_matches (void)
{
  const char *path = check_write ("file", HELLO);
  call_init (&call, NULL);
  CU_ASSERT_EQUAL (local_file_matches (&call, path, 11, HELLO_ETAG), HFCORE_OK);
  CU_ASSERT_EQUAL (local_file_matches (&call, path, 11, HELLO_SHA256), HFCORE_OK);
  CU_ASSERT_EQUAL (local_file_matches (&call, path, 11, SECOND_ETAG), HFCORE_PASS);
  CU_ASSERT_EQUAL (local_file_matches (&call, check_path ("nothing"), 11, HELLO_ETAG), HFCORE_PASS);
  CU_ASSERT_EQUAL (call.error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (local_file_matches (&call, path, 11, "no-digest"), HFCORE_E_IO);
  CHECK_CONTAINS (call.error.message, "cannot compute digests");
  call_done (&call);
}

CHECK_MAIN ("local_file", { "read", test_read }, { "what is no file", test_what_is_no_file },
            { "stops", test_stops }, { "matches", test_matches })
