/* SPDX-License-Identifier: Apache-2.0 */
/* dir_digest.c: see dir_digest.h.  */
#include "plugins/transport-dir/dir_digest.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"

/* One of a tree of them, by place and kind.  */
struct known
{
  const char *place;
  enum digest_kind kind;
  uint64_t length;
  int64_t modified_ns;
  ino_t inode;
  char hex[DIR_ETAG_ROOM];
};

static int
by_place (const void *a, const void *b)
{
  const struct known *left = a, *right = b;
  if (left->kind != right->kind)
    return left->kind < right->kind ? -1 : 1;
  return strcmp (left->place, right->place);
}

static void
free_known (void *known_)
{
  struct known *known = known_;
  free ((char *) known->place);
  free (known);
}

void
dir_digest_forget (struct dir *dir)
{
  tdestroy (dir->digests, free_known);
  dir->digests = NULL;
}

static struct known
describe (const struct dir_file *file, enum digest_kind kind)
{
  return (struct known){ .place = dir_file_place (file),
                         .kind = kind,
                         .length = file->length,
                         .modified_ns = file->modified_ns,
                         .inode = file->inode };
}

static bool
look_up (struct dir *dir, const struct known *wanted, char hex[DIR_ETAG_ROOM])
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&dir->mutex);
  struct known *const *found = tfind (wanted, &dir->digests, by_place);
  if (!found || (*found)->length != wanted->length || (*found)->modified_ns != wanted->modified_ns
      || (*found)->inode != wanted->inode)
    return false;
  memcpy (hex, (*found)->hex, DIR_ETAG_ROOM);
  return true;
}

/* Where there is no memory for it, it is computed again.  */
static void
remember (struct dir *dir, const struct known *known)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&dir->mutex);
  struct known **found = tfind (known, &dir->digests, by_place);
  if (found)
    {
      const char *place = (*found)->place;
      **found = *known;
      (*found)->place = place;
      return;
    }
  struct known *added = malloc (sizeof *added);
  char *place = added ? strdup (known->place) : NULL;
  if (place)
    {
      *added = *known;
      added->place = place;
      if (tsearch (added, &dir->digests, by_place))
        return;
    }
  free (place);
  free (added);
}

struct hashing
{
  struct dir *dir;
  struct hfcore_call *call;
  struct digest *digest;
};

static int
fail (const struct hashing *hashing, const char *why)
{
  return hashing->dir->host->fail (hashing->call, HFCORE_E_IO, "cannot compute digests: %s", why);
}

static int
begin (struct hashing *hashing, enum digest_kind kind, uint64_t length)
{
  const char *why = NULL;
  hashing->digest = digest_new (kind, length, &why);
  return hashing->digest ? HFCORE_OK : fail (hashing, why);
}

static int
update (void *hashing_, const void *bytes, size_t len)
{
  struct hashing *hashing = hashing_;
  return digest_update (hashing->digest, bytes, len) < 0 ? fail (hashing, "libcrypto failed")
                                                         : HFCORE_OK;
}

static int
end (struct hashing *hashing, int code, char hex[DIR_ETAG_ROOM])
{
  if (code == HFCORE_OK && digest_hex (hashing->digest, hex) < 0)
    code = fail (hashing, "libcrypto failed");
  digest_free (hashing->digest);
  return code;
}

int
dir_digest_of (struct dir *dir, struct hfcore_call *call, enum digest_kind kind, const void *bytes,
               size_t len, char hex[DIR_ETAG_ROOM])
{
  struct hashing hashing = { .dir = dir, .call = call };
  int code = begin (&hashing, kind, len);
  if (code == HFCORE_OK)
    code = update (&hashing, bytes, len);
  return end (&hashing, code, hex);
}

int
dir_digest (struct dir *dir, struct hfcore_call *call, const struct dir_file *file,
            enum digest_kind kind, char hex[DIR_ETAG_ROOM])
{
  struct known known = describe (file, kind);
  if (look_up (dir, &known, hex))
    return HFCORE_OK;
  struct hashing hashing = { .dir = dir, .call = call };
  int code = begin (&hashing, kind, file->length);
  if (code == HFCORE_OK)
    code = dir_file_push (dir, call, file, 0, file->length, false, update, &hashing);
  code = end (&hashing, code, known.hex);
  if (code != HFCORE_OK)
    return code;
  struct stat st;
  if (fstat (file->fd, &st) < 0 || (uint64_t) st.st_size != file->length
      || (int64_t) st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != file->modified_ns)
    return dir->host->fail (call, HFCORE_E_RETRY, "%s was written to while it was read",
                            file->real.text);
  memcpy (hex, known.hex, DIR_ETAG_ROOM);
  remember (dir, &known);
  return HFCORE_OK;
}
