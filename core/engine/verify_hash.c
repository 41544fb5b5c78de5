/* SPDX-License-Identifier: Apache-2.0 */
/* verify_hash.c: see verify_hash.h. Reading costs a quarter of what hashing does, so a large file
 * gets a thread that reads ahead of the one that hashes, once a core is idle.
 *
 * Files are read, never mapped: one that another process cuts off must not kill this one.  */
#include "core/engine/verify_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"

enum
{
  READ_BYTES = 256 << 10, /* stays in a core's own cache  */
  AHEAD_BYTES = 512 << 10,
  AHEAD_BUFFERS = 4,
  AHEAD_AGAIN = 2,      /* full buffers at which a reader that had filled all goes on  */
  AHEAD_FROM = 8 << 20, /* less is done before a thread has begun  */
  TELL_EVERY = 4 << 20,
  PAGE = 4096
};

struct hashing
{
  const struct verify_hash *ask;
  struct hfcore_call *call;
  struct digest *digest;
  int fd;
  uint64_t done, total, told;
};

static int
fail_errno (struct hfcore_call *call, const char *path, int os_errno)
{
  char room[128];
  int code = os_errno == ENOENT || os_errno == ENOTDIR || os_errno == ELOOP ? HFCORE_E_NOTFOUND
             : os_errno == EACCES || os_errno == EPERM                      ? HFCORE_E_DOWN
             : os_errno == ENOMEM                                           ? HFCORE_E_NOMEM
                                                                            : HFCORE_E_IO;
  call_fail (call, code, "cannot read %s: %s", path, strerror_r (os_errno, room, sizeof room));
  call->error.os_errno = os_errno;
  return code;
}

static int
fail_length (struct hashing *hashing)
{
  return call_fail (hashing->call, HFCORE_E_CORRUPT, "%s changed its length while it was read",
                    hashing->ask->path);
}

/* The next bytes.  */
static int
add (struct hashing *hashing, const void *bytes, size_t len)
{
  if (len > hashing->total - hashing->done)
    return fail_length (hashing);
  if (digest_update (hashing->digest, bytes, len) < 0)
    return call_fail (hashing->call, HFCORE_E_IO, "libcrypto failed to hash %s",
                      hashing->ask->path);
  hashing->done += len;
  if (hashing->ask->progress && hashing->done - hashing->told >= TELL_EVERY)
    {
      hashing->told = hashing->done;
      hashing->ask->progress (hashing->ask->ctx, hashing->done, hashing->total);
    }
  return call_tick (hashing->call, hashing->done, hashing->total);
}

/* Bytes read; 0 at the end; -1: errno.  */
static ssize_t
read_at (int fd, void *bytes, size_t room, uint64_t offset)
{
  ssize_t got;
  do
    got = pread (fd, bytes, room, (off_t) offset);
  while (got < 0 && errno == EINTR);
  return got;
}

/* ---- another thread reads ---- */

struct ahead
{
  int fd;
  uint64_t offset;
  pthread_mutex_t mutex; /* of all below  */
  pthread_cond_t changed;
  char *bytes; /* AHEAD_BUFFERS times AHEAD_BYTES  */
  ssize_t lengths[AHEAD_BUFFERS];
  unsigned filled, emptied; /* buffers so far  */
  int os_errno;             /* of a length of -1  */
  bool is_over;             /* nobody wants more  */
};

static void *
read_ahead (void *ctx)
{
  struct ahead *ahead = ctx;
  for (uint64_t offset = ahead->offset;;)
    {
      pthread_mutex_lock (&ahead->mutex);
      bool is_full = ahead->filled - ahead->emptied == AHEAD_BUFFERS;
      while (is_full && ahead->filled - ahead->emptied > AHEAD_AGAIN && !ahead->is_over)
        pthread_cond_wait (&ahead->changed, &ahead->mutex);
      bool is_over = ahead->is_over;
      unsigned at = ahead->filled % AHEAD_BUFFERS;
      pthread_mutex_unlock (&ahead->mutex);
      if (is_over)
        return NULL;
      ssize_t got
          = read_at (ahead->fd, ahead->bytes + (size_t) at * AHEAD_BYTES, AHEAD_BYTES, offset);
      ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&ahead->mutex);
      ahead->os_errno = got < 0 ? errno : 0;
      ahead->lengths[at] = got;
      ahead->filled++;
      pthread_cond_signal (&ahead->changed);
      if (got <= 0)
        return NULL;
      offset += (uint64_t) got;
    }
}

/* Wait for the next buffer.  */
static ssize_t
next_buffer (struct ahead *ahead, const char **bytes)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&ahead->mutex);
  while (ahead->filled == ahead->emptied)
    pthread_cond_wait (&ahead->changed, &ahead->mutex);
  unsigned at = ahead->emptied % AHEAD_BUFFERS;
  *bytes = ahead->bytes + (size_t) at * AHEAD_BYTES;
  return ahead->lengths[at];
}

static void
give_back (struct ahead *ahead)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&ahead->mutex);
  if (ahead->filled - ++ahead->emptied == AHEAD_AGAIN)
    pthread_cond_signal (&ahead->changed);
}

static int
hash_what_comes (struct hashing *hashing, struct ahead *ahead)
{
  for (;;)
    {
      const char *bytes;
      ssize_t got = next_buffer (ahead, &bytes);
      if (got < 0)
        return fail_errno (hashing->call, hashing->ask->path, ahead->os_errno);
      if (got == 0)
        return HFCORE_OK;
      int code = add (hashing, bytes, (size_t) got);
      if (code != HFCORE_OK)
        return code;
      give_back (ahead);
    }
}

/* All the rest. PASS: there is no such thread, and nothing was done.  */
static int
hash_ahead (struct hashing *hashing)
{
  struct ahead ahead = { .fd = hashing->fd, .offset = hashing->done };
  pthread_t reader;
  CLEANUP_FREE char *bytes = aligned_alloc (PAGE, (size_t) AHEAD_BUFFERS * AHEAD_BYTES);
  if (!(ahead.bytes = bytes))
    return HFCORE_PASS;
  pthread_mutex_init (&ahead.mutex, NULL);
  pthread_cond_init (&ahead.changed, NULL);
  int code = HFCORE_PASS;
  if (pthread_create (&reader, NULL, read_ahead, &ahead) == 0)
    {
      code = hash_what_comes (hashing, &ahead);
      pthread_mutex_lock (&ahead.mutex);
      ahead.is_over = true;
      pthread_cond_signal (&ahead.changed);
      pthread_mutex_unlock (&ahead.mutex);
      pthread_join (reader, NULL);
    }
  pthread_cond_destroy (&ahead.changed);
  pthread_mutex_destroy (&ahead.mutex);
  return code;
}

/* ---- this thread reads ---- */

static bool
may_read_ahead (const struct hashing *hashing)
{
  return hashing->ask->has_spare_core && hashing->total - hashing->done >= AHEAD_FROM
         && hashing->ask->has_spare_core (hashing->ask->ctx);
}

static int
hash_all (struct hashing *hashing)
{
  bool tried = false;
  /* A small file needs no more than its own pages; the byte more tells where it ends.  */
  const size_t room = hashing->total < READ_BYTES - PAGE
                          ? ((size_t) hashing->total / PAGE + 1) * PAGE
                          : READ_BYTES;
  CLEANUP_FREE char *bytes = aligned_alloc (PAGE, room);
  if (!bytes)
    return call_fail (hashing->call, HFCORE_E_NOMEM, "out of memory");
  for (;;)
    {
      if (!tried && may_read_ahead (hashing))
        {
          int code = hash_ahead (hashing);
          if (code != HFCORE_PASS)
            return code;
          tried = true;
        }
      ssize_t got = read_at (hashing->fd, bytes, room, hashing->done);
      if (got < 0)
        return fail_errno (hashing->call, hashing->ask->path, errno);
      if (got == 0)
        return HFCORE_OK;
      int code = add (hashing, bytes, (size_t) got);
      if (code != HFCORE_OK)
        return code;
    }
}

/* To look at a file is no use of it, and `cache trim` goes by access times: they stay as they are,
 * where that is allowed.  */
static int
open_unused (const char *path)
{
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int fd = open (path, flags | O_NOATIME);
  return fd < 0 && errno == EPERM ? open (path, flags) : fd;
}

int
verify_hash_file (const struct verify_hash *ask, struct hfcore_call *call, char hex[65])
{
  const char *why = NULL;
  struct stat st;
  CLEANUP_CLOSE int fd = open_unused (ask->path);
  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (call, ask->path, errno);
  if (!S_ISREG (st.st_mode))
    return call_fail (call, HFCORE_E_CORRUPT, "%s is no regular file", ask->path);
  struct hashing hashing = { .ask = ask, .call = call, .fd = fd, .total = (uint64_t) st.st_size };
  if (!(hashing.digest = digest_new (ask->kind, hashing.total, &why)))
    return call_fail (call, HFCORE_E_IO, "cannot compute digests: %s", why);
  posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  int code = call_tick (call, 0, hashing.total);
  if (code == HFCORE_OK)
    code = hash_all (&hashing);
  if (code == HFCORE_OK && hashing.done != hashing.total)
    code = fail_length (&hashing);
  if (code == HFCORE_OK && digest_hex (hashing.digest, hex) < 0)
    code = call_fail (call, HFCORE_E_IO, "libcrypto failed to hash %s", ask->path);
  digest_free (hashing.digest);
  return code;
}
