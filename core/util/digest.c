/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c: see digest.h. The only file that knows libcrypto, and it is not linked with it.  */
#ifdef HAVE_CONFIG_H
#  include "config.h"
#endif

#include "core/util/digest.h"

#include "core/util/names.h"
#include "core/util/os.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef HFCORE_LIBCRYPTO
#  define HFCORE_LIBCRYPTO "libcrypto.so.3"
#endif

#define LFS_FROM ((uint64_t) 10 << 20)

/* What is used of libcrypto, with the types that its header says.  */
#define EACH_FUNCTION(do_)                                                                         \
  do_ (EVP_MD_fetch) do_ (EVP_MD_CTX_new) do_ (EVP_MD_CTX_free) do_ (EVP_DigestInit_ex)            \
      do_ (EVP_DigestUpdate) do_ (EVP_DigestFinal_ex)

/* Filled once in a process, then only read.  */
static struct
{
#define DECLARE(name) __typeof__ (&name) name;
  EACH_FUNCTION (DECLARE)
#undef DECLARE
  EVP_MD *sha1, *sha256; /* NULL: this libcrypto does not do it */
  char why[256];         /* not empty: it could not be loaded */
} crypto;

struct digest
{
  EVP_MD_CTX *stream;
};

static void
load_crypto (void)
{
  const char *why = NULL;
  void *library = os_library_open (HFCORE_LIBCRYPTO, &why);
  if (!library)
    {
      snprintf (crypto.why, sizeof crypto.why, "%s", why ? why : HFCORE_LIBCRYPTO " does not load");
      return;
    }
  bool complete = true;
#define LOOK_UP(name)                                                                              \
  crypto.name = (__typeof__ (&name)) os_library_symbol (library, #name);                           \
  complete = complete && crypto.name;
  EACH_FUNCTION (LOOK_UP)
#undef LOOK_UP
  if (!complete)
    {
      snprintf (crypto.why, sizeof crypto.why, "%s is older than OpenSSL 3", HFCORE_LIBCRYPTO);
      return;
    }
  crypto.sha1 = crypto.EVP_MD_fetch (NULL, "SHA1", NULL);
  crypto.sha256 = crypto.EVP_MD_fetch (NULL, "SHA256", NULL);
}

enum digest_kind
digest_of_etag (const char *etag)
{
  if (names_is_commit (etag))
    return DIGEST_GIT_SHA1;
  return names_is_sha256 (etag) ? DIGEST_SHA256 : DIGEST_NONE;
}

/* Begin the stream with what git puts before a blob's content.  */
static int
add_git_header (struct digest *digest, uint64_t length)
{
  char header[32];
  int len = snprintf (header, sizeof header, "blob %llu", (unsigned long long) length);
  return digest_update (digest, header, (size_t) len + 1);
}

enum digest_kind
digest_guess (uint64_t length)
{
  return length >= LFS_FROM ? DIGEST_SHA256 : DIGEST_GIT_SHA1;
}

struct digest *
digest_new (enum digest_kind kind, uint64_t length, const char **why)
{
  static pthread_once_t loaded = PTHREAD_ONCE_INIT;
  pthread_once (&loaded, load_crypto);
  if (crypto.why[0])
    {
      *why = crypto.why;
      return NULL;
    }
  const EVP_MD *method = kind == DIGEST_GIT_SHA1 || kind == DIGEST_SHA1 ? crypto.sha1
                         : kind == DIGEST_SHA256                        ? crypto.sha256
                                                                        : NULL;
  if (!method)
    {
      *why = kind == DIGEST_NONE ? "no kind of digest" : "this libcrypto has no such digest";
      return NULL;
    }
  struct digest *digest = calloc (1, sizeof *digest);
  if (!digest)
    {
      *why = "no memory";
      return NULL;
    }
  digest->stream = crypto.EVP_MD_CTX_new ();
  if (!digest->stream || crypto.EVP_DigestInit_ex (digest->stream, method, NULL) != 1
      || (kind == DIGEST_GIT_SHA1 && add_git_header (digest, length) < 0))
    {
      *why = "libcrypto could not start a digest";
      digest_free (digest);
      return NULL;
    }
  return digest;
}

int
digest_update (struct digest *digest, const void *bytes, size_t len)
{
  return crypto.EVP_DigestUpdate (digest->stream, bytes, len) == 1 ? 0 : -1;
}

int
digest_hex (struct digest *digest, char hex[65])
{
  static const char digits[] = "0123456789abcdef";
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (crypto.EVP_DigestFinal_ex (digest->stream, raw, &len) != 1 || len > 32)
    return -1;
  for (unsigned i = 0; i < len; i++)
    {
      hex[2 * i] = digits[raw[i] >> 4];
      hex[2 * i + 1] = digits[raw[i] & 15];
    }
  hex[2 * len] = 0;
  return 0;
}

void
digest_free (struct digest *digest)
{
  if (!digest)
    return;
  crypto.EVP_MD_CTX_free (digest->stream);
  free (digest);
}
