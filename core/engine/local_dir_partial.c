/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_partial.c: see local_dir_partial.h.  */
#include "core/engine/local_dir_partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/engine/local_dir_metadata.h"
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/file_lock.h"
#include "core/util/files.h"
#include "core/util/files_share.h"
#include "core/util/os.h"
#include "core/util/text.h"

#define SUFFIX ".incomplete"

enum
{
  HEX_LEN = 8,
  SHA1_BYTES = 20,
  TRIES = 16 /* names that are taken  */
};

/* ---- names ---- */

static unsigned
hex_value (char digit)
{
  return (unsigned) (digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void
to_base64 (const char *hex, char base64[LOCAL_HASH_ROOM])
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  char *to = base64;
  for (size_t i = 0; i < SHA1_BYTES; i += 3)
    {
      unsigned bits = 0;
      for (size_t j = i; j < i + 3; j++)
        bits = bits << 8
               | (j < SHA1_BYTES ? hex_value (hex[2 * j]) << 4 | hex_value (hex[2 * j + 1]) : 0);
      for (int shift = 18; shift >= 0; shift -= 6)
        *to++ = digits[bits >> shift & 63];
    }
  /* 20 bytes are one less than fills the last group.  */
  to[-1] = '=';
  *to = 0;
}

int
local_partial_hash (struct hfcore_call *call, const char *name, char hash[LOCAL_HASH_ROOM])
{
  static const char ending[] = ".metadata";
  char hex[65];
  const char *why = "libcrypto failed";
  struct digest *digest = digest_new (DIGEST_SHA1, 0, &why);
  bool good = digest && digest_update (digest, name, strlen (name)) == 0
              && digest_update (digest, ending, strlen (ending)) == 0
              && digest_hex (digest, hex) == 0;
  digest_free (digest);
  if (!good)
    return call_fail (call, HFCORE_E_IO, "cannot compute digests: %s", why);
  to_base64 (hex, hash);
  return HFCORE_OK;
}

int
local_partial_name (struct hfcore_call *call, const struct local_place *place, const char *etag,
                    char name[NAME_MAX + 1])
{
  char hash[LOCAL_HASH_ROOM], hex[HEX_LEN + 1];
  int code = local_partial_hash (call, place->name, hash);
  files_random_hex (hex);
  if (code != HFCORE_OK)
    return code;
  int len = snprintf (name, NAME_MAX + 1, "%s.%s.%s" SUFFIX, hash, etag, hex);
  return len > 0 && len <= NAME_MAX
             ? HFCORE_OK
             : local_dir_fail (call, ENAMETOOLONG, "write", place->dir, place->path);
}

/* Is this the name of a partial of the file that `hash` stands for? `*etag_len`: of its etag.  */
static bool
parse_name (const char *name, const char *hash, size_t *etag_len)
{
  size_t len = strlen (name), tail = HEX_LEN + 1 + strlen (SUFFIX), head = strlen (hash) + 1;
  if (len <= head + tail || !text_ends_with (name, SUFFIX) || !text_starts_with (name, hash)
      || name[head - 1] != '.' || name[len - tail] != '.'
      || strspn (name + len - tail + 1, "0123456789abcdef") != HEX_LEN)
    return false;
  *etag_len = len - head - tail;
  return true;
}

/* ---- a new one ---- */

int
local_partial_new (struct hfcore_call *call, const struct local_place *place, const char *etag,
                   struct local_partial *partial)
{
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  for (int tries = 0; tries < TRIES; tries++)
    {
      int code = local_partial_name (call, place, etag, partial->name);
      if (code != HFCORE_OK)
        return code;
      partial->fd = openat (place->downloads, partial->name, flags, 0666);
      if (partial->fd < 0 && errno == EEXIST)
        continue;
      if (partial->fd >= 0)
        os_try_lock (partial->fd);
      return partial->fd >= 0 ? HFCORE_OK
                              : local_dir_fail (call, errno, "write", place->dir, place->path);
    }
  return local_dir_fail (call, EEXIST, "write", place->dir, place->path);
}

/* ---- what others left ---- */

/* Ours to write to or to remove: whoever made it is gone, nobody else owns it, and it is nowhere
 * else. -1: it is not.  */
static int
open_left (const struct local_place *place, const char *name, struct stat *st)
{
  CLEANUP_CLOSE int fd
      = openat (place->downloads, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || os_try_lock (fd) != 1 || !file_lock_is_named (fd, place->downloads, name)
      || fstat (fd, st) < 0 || !S_ISREG (st->st_mode) || st->st_uid != geteuid ())
    return -1;
  return TAKE_FD (fd);
}

/* A file made now would have these modes: those of an earlier process may differ.  */
static void
give_modes_of_today (struct hfcore_call *call, const struct local_place *place, const char *etag,
                     const struct local_partial *partial)
{
  struct hfcore_error error = call->error;
  struct local_partial probe = LOCAL_PARTIAL_NONE;
  struct stat st;
  if (local_partial_new (call, place, etag, &probe) == HFCORE_OK && fstat (probe.fd, &st) == 0)
    (void) !fchmod (partial->fd, st.st_mode & 0777);
  local_partial_drop (place, &probe);
  call->error = error;
}

static uint64_t
bytes_there (int fd, uint64_t expect)
{
  int64_t hole = os_first_hole (fd);
  if (hole <= 0)
    return 0;
  return (uint64_t) hole < expect ? (uint64_t) hole : expect;
}

/* Look at one of this file's: keep it as the best so far, or remove it.  */
static void
consider (const struct local_place *place, const char *name, bool is_wanted, uint64_t expect,
          uint64_t *have, struct local_partial *best)
{
  struct stat st;
  struct local_partial left = { .fd = open_left (place, name, &st) };
  if (left.fd < 0)
    return;
  snprintf (left.name, sizeof left.name, "%s", name);
  uint64_t bytes = bytes_there (left.fd, expect);
  if (!is_wanted || st.st_nlink != 1 || (best->fd >= 0 && bytes <= *have))
    {
      local_partial_drop (place, &left);
      return;
    }
  local_partial_drop (place, best);
  *best = left;
  *have = bytes;
}

int
local_partial_claim (struct hfcore_call *call, const struct local_place *place, const char *etag,
                     uint64_t expect, uint64_t *have, struct local_partial *partial)
{
  char hash[LOCAL_HASH_ROOM];
  int code = local_partial_hash (call, place->name, hash);
  if (code != HFCORE_OK)
    return code;
  int folder = openat (place->downloads, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CLEANUP_DIR DIR *entries = folder < 0 ? NULL : fdopendir (folder);
  if (!entries)
    {
      cleanup_close (&folder);
      return HFCORE_OK;
    }
  size_t len;
  for (struct dirent *entry; (entry = readdir (entries));)
    if (parse_name (entry->d_name, hash, &len))
      {
        bool is_wanted
            = len == strlen (etag) && memcmp (entry->d_name + strlen (hash) + 1, etag, len) == 0;
        consider (place, entry->d_name, is_wanted, expect, have, partial);
      }
  if (partial->fd >= 0)
    give_modes_of_today (call, place, etag, partial);
  return HFCORE_OK;
}

/* ---- the end ---- */

void
local_partial_keep (struct local_partial *partial)
{
  cleanup_close (&partial->fd);
  partial->fd = -1;
}

void
local_partial_drop (const struct local_place *place, struct local_partial *partial)
{
  if (partial->fd >= 0)
    (void) !files_remove (place->downloads, partial->name);
  local_partial_keep (partial);
}

static int
stop_copying (void *call, uint64_t done, uint64_t total)
{
  return call_tick (call, done, total);
}

/* The folder of the file is on another disk. Beside the file under a hidden name, then by rename.
 * -1: errno, which is ECANCELED when the call says why.  */
static int
copy_over (struct hfcore_call *call, const struct local_place *place, bool sync, int from)
{
  char hex[HEX_LEN + 1], name[HEX_LEN + 6];
  struct stat st;
  const struct files_share how = {
    .ways = FILES_SHARE_REFLINK | FILES_SHARE_COPY, .sync = sync, .tick = stop_copying, .ctx = call
  };
  files_random_hex (hex);
  snprintf (name, sizeof name, ".%s.new", hex);
  CLEANUP_CLOSE int to
      = openat (place->files, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (to < 0)
    return -1;
  bool good = fstat (from, &st) == 0 && files_share_into (from, to, &how) >= 0
              && renameat (place->files, name, place->files, place->name) == 0;
  int saved = errno;
  if (!good)
    (void) !files_remove (place->files, name);
  errno = saved;
  return good ? 0 : -1;
}

static int
fail_to_finish (struct hfcore_call *call, const struct local_place *place)
{
  if (errno == ECANCELED)
    return call->error.code;
  if (errno != ENOENT)
    return local_dir_fail (call, errno, "write", place->dir, place->path);
  call_fail (call, HFCORE_E_RETRY,
             "%s/%s was removed before it was complete; it has to be downloaded again",
             place->dir->path, place->path);
  call->error.os_errno = ENOENT;
  return HFCORE_E_RETRY;
}

int
local_partial_finish (struct hfcore_call *call, const struct local_place *place, bool sync,
                      struct local_partial *partial)
{
  int code = local_metadata_forget (call, place);
  if (code == HFCORE_OK && renameat (place->downloads, partial->name, place->files, place->name) < 0
      && (errno != EXDEV || copy_over (call, place, sync, partial->fd) < 0))
    code = fail_to_finish (call, place);
  /* Two names of one file are left as they are by a rename.  */
  local_partial_drop (place, partial);
  return code;
}
