/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of served files and their digests.  */
#include "hub_content.h"
#include "hub_util.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGEST_CHUNK (1 << 20)

int
hub_content_open (const struct hub_content *content)
{
  return content->kind == HUB_CONTENT_DISK ? open (content->text, O_RDONLY | O_CLOEXEC) : -1;
}

static uint64_t
split_mix (uint64_t seed, uint64_t word)
{
  uint64_t z = seed + (word + 1) * UINT64_C (0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static void
generate (uint64_t seed, int64_t offset, unsigned char *bytes, size_t length)
{
  size_t done = 0;
  while (done < length)
    {
      uint64_t at = (uint64_t) offset + done;
      uint64_t value = split_mix (seed, at / 8);
      for (unsigned byte = at % 8; byte < 8 && done < length; byte++)
        bytes[done++] = (unsigned char) (value >> (8 * byte));
    }
}

ssize_t
hub_content_read (const struct hub_content *content, int fd, int64_t offset, void *bytes,
                  size_t room)
{
  if (offset >= content->size)
    return 0;
  if ((int64_t) room > content->size - offset)
    room = (size_t) (content->size - offset);
  switch (content->kind)
    {
    case HUB_CONTENT_TEXT:
      memcpy (bytes, content->text + offset, room);
      return (ssize_t) room;
    case HUB_CONTENT_SEED:
      generate (content->seed, offset, bytes, room);
      return (ssize_t) room;
    case HUB_CONTENT_ZERO:
      memset (bytes, 0, room);
      return (ssize_t) room;
    case HUB_CONTENT_DISK:
      break;
    }
  ssize_t got;
  do
    got = pread (fd, bytes, room, offset);
  while (got < 0 && errno == EINTR);
  return got;
}

bool
hub_content_digest (const struct hub_content *content, bool git_blob, char *hex)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  int fd = hub_content_open (content);
  if (fd < 0 && content->kind == HUB_CONTENT_DISK)
    return false;
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  if (!context || !EVP_DigestInit_ex (context, git_blob ? EVP_sha1 () : EVP_sha256 (), NULL))
    hub_die ("cannot start a digest");
  if (git_blob)
    {
      char header[40];
      int used = snprintf (header, sizeof header, "blob %lld", (long long) content->size);
      EVP_DigestUpdate (context, header, (size_t) used + 1);
    }
  HUB_AUTOFREE unsigned char *chunk = hub_alloc (DIGEST_CHUNK, 1);
  int64_t offset = 0;
  ssize_t got;
  while ((got = hub_content_read (content, fd, offset, chunk, DIGEST_CHUNK)) > 0)
    {
      EVP_DigestUpdate (context, chunk, (size_t) got);
      offset += got;
    }
  EVP_DigestFinal_ex (context, digest, &length);
  EVP_MD_CTX_free (context);
  if (fd >= 0)
    close (fd);
  hub_hex (digest, length, hex);
  return got == 0 && offset == content->size;
}

void
hub_sha1 (const void *bytes, size_t length, char *hex)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_length = 0;
  if (!EVP_Digest (bytes, length, digest, &digest_length, EVP_sha1 (), NULL))
    hub_die ("cannot make a digest");
  hub_hex (digest, digest_length, hex);
}
