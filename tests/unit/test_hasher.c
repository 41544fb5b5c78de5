/* SPDX-License-Identifier: Apache-2.0 */
/* test_hasher.c: a digest that follows the front of the writes.  */
#include "core/engine/hasher.h"

#include <stdatomic.h>
#include <stdlib.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "tests/check.h"

#define LENGTH ((size_t) 5 * 1000 * 1000 + 7)

/* What stands for a writer.  */
struct pages
{
  char *bytes;
  atomic_size_t written; /* nothing behind it may be read  */
  atomic_int early;      /* reads of what was not there  */
  int fail_at;           /* the read, from 1, that fails  */
  atomic_int reads;
};

static int
read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
           size_t len, size_t *got)
{
  struct pages *pages = writer;
  (void) self;
  if (atomic_fetch_add (&pages->reads, 1) + 1 == pages->fail_at)
    return call_fail (call, HFCORE_E_IO, "bad sector");
  if (offset + len > atomic_load (&pages->written))
    atomic_fetch_add (&pages->early, 1);
  memcpy (bytes, pages->bytes + offset, len);
  *got = len;
  return HFCORE_OK;
}

static const struct hfcore_storage_ops ops = { .size = sizeof ops, .read_back = read_back };
static const struct hfcore_storage storage = { .size = sizeof storage, .ops = &ops };

static void
fill (struct pages *pages)
{
  *pages = (struct pages){ .bytes = malloc (LENGTH) };
  CU_ASSERT_PTR_NOT_NULL_FATAL (pages->bytes);
  for (size_t i = 0; i < LENGTH; i++)
    pages->bytes[i] = (char) ((i * 31) >> 3);
}

static struct hasher *
start (struct pages *pages, struct digest *digest, struct hfcore_call *call, uint64_t from)
{
  struct hasher *hasher = NULL;
  const struct hasher_ask ask
      = { .storage = &storage, .writer = pages, .digest = digest, .from = from, .call = call };
  CU_ASSERT_EQUAL_FATAL (hasher_start (&ask, &hasher), HFCORE_OK);
  return hasher;
}

static struct digest *
new_digest (void)
{
  const char *why;
  struct digest *digest = digest_new (DIGEST_SHA256, LENGTH, &why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (digest);
  return digest;
}

static void
test_follows (void)
{
  static const size_t steps[] = { 1, 100, 65536, 1 << 20, LENGTH };
  struct pages pages;
  char expected[65], hex[65];
  fill (&pages);
  struct digest *whole = new_digest ();
  CU_ASSERT_EQUAL (digest_update (whole, pages.bytes, LENGTH), 0);
  CU_ASSERT_EQUAL (digest_hex (whole, expected), 0);
  digest_free (whole);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      CLEANUP_CALL struct hfcore_call call;
      call_init (&call, NULL);
      struct digest *digest = new_digest ();
      /* Some of it was hashed before.  */
      size_t front = 4321;
      atomic_store (&pages.written, front);
      CU_ASSERT_EQUAL (digest_update (digest, pages.bytes, front), 0);
      struct hasher *hasher = start (&pages, digest, &call, front);
      while (front < LENGTH)
        {
          /* A byte at a time would be all that this test does.  */
          size_t step = steps[i] < 100 && front > 100000 ? LENGTH : steps[i];
          front = LENGTH - front < step ? LENGTH : front + step;
          atomic_store (&pages.written, front);
          CU_ASSERT_EQUAL_FATAL (hasher_advance (hasher, &call, front), HFCORE_OK);
        }
      CU_ASSERT_EQUAL (hasher_join (hasher, &call), HFCORE_OK);
      CU_ASSERT_EQUAL (digest_hex (digest, hex), 0);
      CHECK_STRING (hex, expected);
      digest_free (digest);
    }
  CU_ASSERT_EQUAL (atomic_load (&pages.early), 0);
  free (pages.bytes);
}

static void
test_fails (void)
{
  struct pages pages;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, NULL);
  fill (&pages);
  atomic_store (&pages.written, LENGTH);
  pages.fail_at = 3;
  struct digest *digest = new_digest ();
  struct hasher *hasher = start (&pages, digest, &call, 0);
  int code = hasher_advance (hasher, &call, LENGTH);
  if (code == HFCORE_OK)
    code = hasher_join (hasher, &call);
  else
    hasher_stop (hasher);
  CU_ASSERT_EQUAL (code, HFCORE_E_IO);
  CHECK_STRING (call.error.message, "bad sector");
  digest_free (digest);
  free (pages.bytes);
}

static void
test_stopped (void)
{
  struct pages pages;
  atomic_int cancel = 0;
  CLEANUP_CALL struct hfcore_call call;
  call_init (&call, &cancel);
  fill (&pages);
  atomic_store (&pages.written, LENGTH);
  struct digest *digest = new_digest ();
  struct hasher *hasher = start (&pages, digest, &call, 0);
  CU_ASSERT_EQUAL (hasher_advance (hasher, &call, LENGTH), HFCORE_OK);
  hasher_stop (hasher); /* wherever it is  */
  digest_free (digest);
  digest = new_digest ();
  hasher = start (&pages, digest, &call, 0);
  atomic_store (&cancel, 1);
  CU_ASSERT_EQUAL (hasher_advance (hasher, &call, LENGTH), HFCORE_OK);
  int code = hasher_join (hasher, &call);
  CU_ASSERT (code == HFCORE_E_CANCELLED || code == HFCORE_OK);
  hasher_stop (NULL);
  digest_free (digest);
  free (pages.bytes);
}

CHECK_MAIN ("hasher", { "follows", test_follows }, { "fails", test_fails },
            { "stopped", test_stopped })
