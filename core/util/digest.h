/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h: SHA-256, SHA-1 and git blob SHA-1 of a stream. libcrypto is loaded at the first digest
 * and not before: a cached look-up never maps it.  */
#ifndef HFCORE_UTIL_DIGEST_H
#define HFCORE_UTIL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum digest_kind
{
  DIGEST_NONE = 0,
  DIGEST_GIT_SHA1 = 1, /* of "blob <length>\0" and the content; needs the length first           */
  DIGEST_SHA256 = 2,
  DIGEST_SHA1 = 3 /* of the content alone; names files, never a blob                              */
};

struct digest; /* one stream; one thread at a time                                               */

/* What an etag of this form is the digest of (spec 1.5): 40 hex, 64 hex, or none.  */
enum digest_kind digest_of_etag (const char *etag);

/* By which digest the Hub would know a file of this length where nothing else tells: files from
 * 10 MB on are LFS objects there. A guess; what counts is that all of hfcore guess the same.  */
enum digest_kind digest_guess (uint64_t length);

/* NULL: `*why` (static text, or dlerror's, valid until the next call of this thread) says why.  */
struct digest *digest_new (enum digest_kind kind, uint64_t length, const char **why);
/* 0, or -1 when libcrypto failed.  */
int digest_update (struct digest *digest, const void *bytes, size_t len);
/* Lower-case hex of all updates; ends the stream (digest_free is still due). 0 or -1.  */
int digest_hex (struct digest *digest, char hex[65]);
void digest_free (struct digest *digest); /* NULL is fine */

#endif
