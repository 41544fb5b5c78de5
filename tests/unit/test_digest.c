/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c: known answers, in one piece and in many, and libcrypto only at need.  */
#include "tests/check.h"

#include "core/util/digest.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool mapped_at_start = true;

static bool
is_libcrypto_mapped (void)
{
  char line[1024];
  bool mapped = false;
  FILE *maps = fopen ("/proc/self/maps", "r");
  while (maps && fgets (line, sizeof line, maps))
    mapped = mapped || strstr (line, "libcrypto");
  if (maps)
    fclose (maps);
  return mapped;
}

/* Before any case, whatever their order.  */
__attribute__ ((constructor)) static void
look_at_start (void)
{
  digest_of_etag ("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  digest_free (NULL);
  mapped_at_start = is_libcrypto_mapped ();
}

static struct digest *
start (enum digest_kind kind, uint64_t length)
{
  const char *why = NULL;
  struct digest *digest = digest_new (kind, length, &why);
  if (!digest)
    fprintf (stderr, "no digest: %s\n", why);
  CU_ASSERT_PTR_NOT_NULL_FATAL (digest);
  return digest;
}

/* Update piece by piece; `hex` gets the digest.  */
static void
digest_pieces (enum digest_kind kind, const char *bytes, size_t len, size_t piece, char hex[65])
{
  struct digest *digest = start (kind, len);
  for (size_t done = 0; done < len; done += piece)
    CU_ASSERT_EQUAL (digest_update (digest, bytes + done, len - done < piece ? len - done : piece),
                     0);
  CU_ASSERT_EQUAL (digest_hex (digest, hex), 0);
  digest_free (digest);
}

static void
test_known_answers (void)
{
  static const struct
  {
    enum digest_kind kind;
    const char *bytes, *hex;
  } rows[] = {
    /* FIPS 180-4's examples */
    { DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    /* `git hash-object --stdin` */
    { DIGEST_GIT_SHA1, "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" },
    { DIGEST_GIT_SHA1, "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a" },
    { DIGEST_GIT_SHA1, "what is up, doc?", "bd9dbf5aae1a3862dd1526723246b20206e5fc37" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      char hex[65];
      size_t len = strlen (rows[i].bytes);
      digest_pieces (rows[i].kind, rows[i].bytes, len, len + 1, hex);
      CHECK_STRING (hex, rows[i].hex);
      digest_pieces (rows[i].kind, rows[i].bytes, len, 1, hex);
      CHECK_STRING (hex, rows[i].hex);
    }
}

/* FIPS 180-4: a million times "a"; the git one is from `git hash-object --stdin`.  */
static void
test_a_million (void)
{
  enum
  {
    MILLION = 1000000
  };
  char *bytes = malloc (MILLION), hex[65];
  CU_ASSERT_PTR_NOT_NULL_FATAL (bytes);
  memset (bytes, 'a', MILLION);
  static const size_t pieces[] = { MILLION, 65536, 4097, 63 };
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
    {
      digest_pieces (DIGEST_SHA256, bytes, MILLION, pieces[i], hex);
      CHECK_STRING (hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
      digest_pieces (DIGEST_GIT_SHA1, bytes, MILLION, pieces[i], hex);
      CHECK_STRING (hex, "de1fbf0c2f34f67f01f355f31ed0cf7319643c5e");
    }
  free (bytes);
}

static void
test_the_length_is_part_of_a_git_blob (void)
{
  char hex[65];
  struct digest *digest = start (DIGEST_GIT_SHA1, 7);
  CU_ASSERT_EQUAL (digest_update (digest, "hello\n", 6), 0);
  CU_ASSERT_EQUAL (digest_hex (digest, hex), 0);
  CU_ASSERT_NOT_EQUAL (strcmp (hex, "ce013625030ba8dba906f756967f9e9ca394464a"), 0);
  CU_ASSERT_EQUAL (strlen (hex), 40);
  digest_free (digest);
}

static void
test_two_streams_at_once (void)
{
  char hex[65];
  struct digest *one = start (DIGEST_SHA256, 3), *two = start (DIGEST_SHA256, 0);
  digest_update (one, "ab", 2);
  digest_update (two, "xyz", 3);
  digest_update (one, "c", 1);
  digest_free (two); /* before its end */
  CU_ASSERT_EQUAL (digest_hex (one, hex), 0);
  CHECK_STRING (hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  digest_free (one);
}

static void *
digest_many (void *good)
{
  for (int i = 0; i < 50; i++)
    {
      const char *why;
      char hex[65] = "";
      struct digest *digest = digest_new (DIGEST_SHA256, 3, &why);
      if (!digest || digest_update (digest, "abc", 3) < 0 || digest_hex (digest, hex) < 0
          || strcmp (hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != 0)
        *(bool *) good = false;
      digest_free (digest);
    }
  return NULL;
}

static void
test_threads (void)
{
  pthread_t threads[8];
  bool good[8];
  for (int i = 0; i < 8; i++)
    {
      good[i] = true;
      CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, digest_many, &good[i]), 0);
    }
  for (int i = 0; i < 8; i++)
    {
      pthread_join (threads[i], NULL);
      CU_ASSERT_TRUE (good[i]);
    }
}

static void
test_no_kind (void)
{
  const char *why = NULL;
  CU_ASSERT_PTR_NULL (digest_new (DIGEST_NONE, 0, &why));
  CU_ASSERT_PTR_NOT_NULL (why);
}

static void
test_what_an_etag_is_the_digest_of (void)
{
  CU_ASSERT_EQUAL (digest_of_etag ("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), DIGEST_GIT_SHA1);
  CU_ASSERT_EQUAL (digest_of_etag (
                       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                   DIGEST_SHA256);
  CU_ASSERT_EQUAL (digest_of_etag (""), DIGEST_NONE);
  CU_ASSERT_EQUAL (digest_of_etag ("9e107d9d372bb6826bd81d3542a419d6"), DIGEST_NONE);
  CU_ASSERT_EQUAL (digest_of_etag ("E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391"), DIGEST_NONE);
  CU_ASSERT_EQUAL (digest_of_etag ("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391-2"), DIGEST_NONE);
}

static void
test_libcrypto_is_loaded_at_the_first_digest (void)
{
  CU_ASSERT_FALSE (mapped_at_start);
  digest_free (start (DIGEST_SHA256, 0));
  CU_ASSERT_TRUE (is_libcrypto_mapped ());
}

CHECK_MAIN ("digest", { "known answers", test_known_answers }, { "a million", test_a_million },
            { "the length is part of a git blob", test_the_length_is_part_of_a_git_blob },
            { "two streams at once", test_two_streams_at_once }, { "threads", test_threads },
            { "no kind", test_no_kind },
            { "what an etag is the digest of", test_what_an_etag_is_the_digest_of },
            { "libcrypto is loaded at the first digest",
              test_libcrypto_is_loaded_at_the_first_digest })
