/* SPDX-License-Identifier: Apache-2.0 */
/* os_posix.c: os.h for Linux and other POSIX systems.  */
#include "core/util/os.h"

#include "core/util/cleanup.h"

#include <dlfcn.h>
#include <link.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __linux__
#  include <linux/fs.h>
#endif

const char *
os_getenv (const char *name)
{
  const char *value = secure_getenv (name);
  return value && *value ? value : NULL;
}

void *
os_library_open (const char *name, const char **why)
{
  void *library = dlopen (name, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    *why = dlerror ();
  return library;
}

void *
os_library_symbol (void *library, const char *name)
{
  return dlsym (library, name);
}

bool
os_library_is_whole (int fd, uint64_t size)
{
  ElfW (Ehdr) header;
  ElfW (Phdr) parts[64];
  if (pread (fd, &header, sizeof header, 0) != (ssize_t) sizeof header
      || memcmp (header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof *parts)
    return true;
  size_t count = header.e_phnum < 64 ? header.e_phnum : 64;
  ssize_t len = (ssize_t) (count * sizeof *parts);
  if (pread (fd, parts, (size_t) len, (off_t) header.e_phoff) != len)
    return false;
  for (size_t i = 0; i < count; i++)
    if (parts[i].p_offset > size || parts[i].p_filesz > size - parts[i].p_offset)
      return false;
  return true;
}

/* A small file of /proc as a string; -1: it cannot be read.  */
static int
read_proc (const char *path, char *text, size_t room)
{
  CLEANUP_CLOSE int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t len = read (fd, text, room - 1);
  if (len < 0)
    return -1;
  text[len] = 0;
  return 0;
}

enum process_state
{
  PROCESS_RUNS,
  PROCESS_ENDED, /* a zombie without a living thread: nobody has waited for it yet */
};

/* When a process began, in ticks since the machine did. -1: it is gone, or /proc does not say. */
static int
read_start (pid_t pid, unsigned long long *ticks, enum process_state *state)
{
  char path[32], text[1024], letter;
  long threads;
  snprintf (path, sizeof path, "/proc/%ld/stat", (long) pid);
  if (read_proc (path, text, sizeof text) < 0)
    return -1;
  /* The name, in parentheses, may itself hold spaces and parentheses.  */
  const char *behind_name = strrchr (text, ')');
  if (!behind_name
      || sscanf (behind_name + 1,
                 " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %llu",
                 &letter, &threads, ticks)
             != 3)
    return -1;
  *state = (letter == 'Z' || letter == 'X') && threads <= 1 ? PROCESS_ENDED : PROCESS_RUNS;
  return 0;
}

/* FNV-1a, 64 bits: to tell hosts apart, no more.  */
static uint64_t
hash_more (uint64_t hash, const void *bytes, size_t len)
{
  for (size_t i = 0; i < len; i++)
    hash = (hash ^ ((const unsigned char *) bytes)[i]) * UINT64_C (0x100000001b3);
  return hash;
}

/* The running kernel, and the process-id namespace in it: where pids mean the same. Without /proc
 * pids tell nothing, so the hash is one that is met nowhere else.  */
static uint64_t
hash_host (ino_t namespace)
{
  char boot_id[64];
  struct utsname system = { 0 };
  uint64_t hash = UINT64_C (0xcbf29ce484222325);
  if (!namespace || read_proc ("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id) < 0)
    {
      uint64_t random = 0;
      if (getrandom (&random, sizeof random, GRND_NONBLOCK) == sizeof random)
        return random;
      struct timespec now = { 0 };
      clock_gettime (CLOCK_REALTIME, &now);
      hash = hash_more (hash, &now, sizeof now);
      boot_id[0] = 0;
    }
  uname (&system);
  hash = hash_more (hash, boot_id, strlen (boot_id));
  hash = hash_more (hash, system.nodename, strlen (system.nodename));
  return hash_more (hash, &namespace, sizeof namespace);
}

/* Does /proc show the process ids that getpid () tells? It may be another namespace's.  */
static bool
is_proc_ours (pid_t pid)
{
  char self[32], shown[32];
  int len = snprintf (self, sizeof self, "%ld", (long) pid);
  return readlink ("/proc/self", shown, sizeof shown) == len
         && memcmp (self, shown, (size_t) len) == 0;
}

void
os_owner_self (char owner[OS_OWNER_ROOM])
{
  /* A thread's own, so that neither a lock nor a fork () gets in the way.  */
  static _Thread_local struct
  {
    pid_t pid;
    ino_t namespace;
    char owner[OS_OWNER_ROOM];
  } known;
  pid_t pid = getpid ();
  struct stat namespace = { 0 };
  /* Parent and child can have the same pid only where both are the first of a namespace.  */
  if ((known.pid != pid || pid == 1) && stat ("/proc/self/ns/pid", &namespace) < 0)
  namespace.st_ino = 0;
  if (known.pid != pid || (pid == 1 && known.namespace != namespace.st_ino))
    {
      unsigned long long ticks = 0;
      enum process_state state;
      bool told = is_proc_ours (pid) && read_start (pid, &ticks, &state) == 0;
      snprintf (known.owner, sizeof known.owner, "%016" PRIx64 "-%ld-%llu",
                hash_host (told ? namespace.st_ino : 0), (long) pid, ticks);
      known.pid = pid;
      known.namespace = namespace.st_ino;
    }
  memcpy (owner, known.owner, OS_OWNER_ROOM);
}

int
os_owner_is_dead (const char *owner)
{
  char self[OS_OWNER_ROOM];
  unsigned long long ticks, now_ticks;
  long pid;
  int len = 0;
  enum process_state state;
  os_owner_self (self);
  const char *dash = strchr (self, '-');
  size_t host_len = (size_t) (dash - self) + 1;
  if (strncmp (owner, self, host_len) != 0
      || sscanf (owner + host_len, "%ld-%llu%n", &pid, &ticks, &len) != 2
      || owner[host_len + (size_t) len] || pid <= 0 || pid != (pid_t) pid)
    return -1;
  if (read_start ((pid_t) pid, &now_ticks, &state) == 0)
    return now_ticks != ticks || state == PROCESS_ENDED;
  /* /proc may hide the processes of other users.  */
  return kill ((pid_t) pid, 0) < 0 && errno == ESRCH ? 1 : -1;
}

int
os_try_lock (int fd)
{
  int result;
  while ((result = flock (fd, LOCK_EX | LOCK_NB)) < 0 && errno == EINTR)
    continue;
  if (result == 0)
    return 1;
  return errno == EWOULDBLOCK || errno == EAGAIN || errno == EACCES ? 0 : -1;
}

void
os_unlock (int fd)
{
  while (flock (fd, LOCK_UN) < 0 && errno == EINTR)
    continue;
}

unsigned
os_cores (void)
{
  cpu_set_t ours;
  if (sched_getaffinity (0, sizeof ours, &ours) == 0)
    return (unsigned) CPU_COUNT (&ours);
  long count = sysconf (_SC_NPROCESSORS_ONLN);
  return count > 0 ? (unsigned) count : 1;
}

int
os_wait (int fd, bool to_write, int ms)
{
  struct pollfd wanted = { .fd = fd, .events = to_write ? POLLOUT : POLLIN };
  int ready = poll (&wanted, 1, ms);
  return ready < 0 && errno == EINTR ? 0 : ready;
}

int
os_clone_file (int from, int to)
{
#ifdef FICLONE
  return ioctl (to, FICLONE, from);
#else
  (void) from, (void) to;
  errno = EOPNOTSUPP;
  return -1;
#endif
}

void
os_start_writeback (int fd, uint64_t offset, uint64_t len)
{
#ifdef SYNC_FILE_RANGE_WRITE
  int saved = errno;
  sync_file_range (fd, (off64_t) offset, (off64_t) len, SYNC_FILE_RANGE_WRITE);
  errno = saved;
#else
  (void) fd, (void) offset, (void) len;
#endif
}

/* Holes are whole blocks: the block before one may have been written in part only, and ends in
 * zeros then. Where its last byte that is not zero ends.  */
static int64_t
skip_zeros_back (int fd, int64_t from, int64_t to)
{
  char bytes[4096];
  while (to > from)
    {
      size_t len = to - from < (int64_t) sizeof bytes ? (size_t) (to - from) : sizeof bytes;
      ssize_t got = pread (fd, bytes, len, (off_t) (to - (int64_t) len));
      if (got < 0 && errno == EINTR)
        continue;
      if (got != (ssize_t) len)
        return -1;
      for (; len > 0; len--, to--)
        if (bytes[len - 1])
          return to;
    }
  return from;
}

int64_t
os_first_hole (int fd)
{
  struct stat file;
  if (fstat (fd, &file) < 0)
    return -1;
  off_t hole = lseek (fd, 0, SEEK_HOLE);
  if (hole < 0)
    return errno == ENXIO ? 0 : -1;
  if (hole >= file.st_size)
    return file.st_size;
  int64_t block = file.st_blksize > 4096 ? file.st_blksize : 4096;
  return skip_zeros_back (fd, hole > block ? hole - block : 0, hole);
}
