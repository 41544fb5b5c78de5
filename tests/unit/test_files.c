/* SPDX-License-Identifier: Apache-2.0 */
/* test_files.c: folders, whole files, and trees.  */
#include "tests/check.h"

#include "core/util/clock.h"
#include "core/util/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static mode_t
mode_of (const char *path)
{
  struct stat st;
  return lstat (path, &st) < 0 ? 0 : st.st_mode & 07777;
}

static bool
is_there (const char *path)
{
  return faccessat (AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many entries a folder has; -1: none to open.  */
static int
count_entries (const char *path)
{
  int count = 0;
  DIR *dir = opendir (path);
  if (!dir)
    return -1;
  for (struct dirent *entry; (entry = readdir (dir));)
    count += entry->d_name[0] != '.';
  closedir (dir);
  return count;
}

static void
test_make_folders (void)
{
  mode_t mask = umask (027);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("a/b/c")), 0);
  umask (mask);
  CU_ASSERT_EQUAL (mode_of (check_path ("a")), 0750);
  CU_ASSERT_EQUAL (mode_of (check_path ("a/b/c")), 0750);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("a/b/c")), 0);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("a//b/c//d/e///")), 0);
  CU_ASSERT_TRUE (files_is_folder (AT_FDCWD, check_path ("a/b/c/d/e")));
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, "/"), 0);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, "."), 0);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, ""), -1);
  CU_ASSERT_EQUAL (errno, ENOENT);
}

static void
test_make_folders_below_a_folder (void)
{
  int fd = open (check_folder (), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CU_ASSERT_EQUAL (files_make_folders (fd, "x/y/z"), 0);
  CU_ASSERT_TRUE (files_is_folder (fd, "x/y/z"));
  CU_ASSERT_EQUAL (files_make_parents (fd, "p/q/file"), 0);
  CU_ASSERT_TRUE (files_is_folder (fd, "p/q"));
  CU_ASSERT_FALSE (is_there (check_path ("p/q/file")));
  CU_ASSERT_EQUAL (files_make_parents (fd, "file"), 0);
  CU_ASSERT_FALSE (is_there (check_path ("file")));
  CU_ASSERT_EQUAL (files_make_parents (fd, "/file"), 0);
  CU_ASSERT_EQUAL (files_make_parents (fd, "r//s//t//"), 0);
  CU_ASSERT_TRUE (files_is_folder (fd, "r/s"));
  CU_ASSERT_FALSE (is_there (check_path ("r/s/t")));
  close (fd);
}

static void
test_make_folders_in_the_way (void)
{
  check_write ("file", "x");
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("file")), -1);
  CU_ASSERT_EQUAL (errno, ENOTDIR);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("file/a/b")), -1);
  CU_ASSERT_EQUAL (errno, ENOTDIR);
  CU_ASSERT_EQUAL (mkdir (check_path ("real"), 0777), 0);
  CU_ASSERT_EQUAL (symlink ("real", check_path ("link")), 0);
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, check_path ("link/a")), 0);
  CU_ASSERT_TRUE (files_is_folder (AT_FDCWD, check_path ("real/a")));
  char path[PATH_MAX + 10];
  memset (path, 'a', sizeof path - 1);
  path[sizeof path - 1] = 0;
  CU_ASSERT_EQUAL (files_make_folders (AT_FDCWD, path), -1);
  CU_ASSERT_EQUAL (errno, ENAMETOOLONG);
}

static void *
make_same_folders (void *result)
{
  for (int i = 0; i < 50; i++)
    {
      char path[600];
      snprintf (path, sizeof path, "%s/race/%d/a/b/c", check_folder (), i);
      if (files_make_folders (AT_FDCWD, path) < 0)
        *(int *) result = errno;
    }
  return NULL;
}

static void
test_make_folders_side_by_side (void)
{
  pthread_t threads[4];
  int results[4] = { 0 };
  check_folder ();
  for (int i = 0; i < 4; i++)
    CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, make_same_folders, &results[i]), 0);
  for (int i = 0; i < 4; i++)
    {
      pthread_join (threads[i], NULL);
      CU_ASSERT_EQUAL (results[i], 0);
    }
}

/* What files_read says of `path` with this limit: the content, or NULL with errno.  */
static char *
read_limited (const char *path, size_t limit, size_t *len)
{
  char *bytes = NULL;
  return files_read (AT_FDCWD, path, limit, &bytes, len) < 0 ? NULL : bytes;
}

static void
test_read (void)
{
  size_t len = 99;
  char *bytes = read_limited (check_write ("f", "hello"), 5, &len);
  CHECK_STRING (bytes, "hello");
  CU_ASSERT_EQUAL (len, 5);
  free (bytes);
  CU_ASSERT_PTR_NULL (read_limited (check_path ("f"), 4, &len));
  CU_ASSERT_EQUAL (errno, EFBIG);
  bytes = read_limited (check_write ("empty", ""), 0, &len);
  CHECK_STRING (bytes, "");
  CU_ASSERT_EQUAL (len, 0);
  free (bytes);
  CU_ASSERT_PTR_NULL (read_limited (check_path ("none"), 10, &len));
  CU_ASSERT_EQUAL (errno, ENOENT);
  CU_ASSERT_PTR_NULL (read_limited (check_folder (), 10, &len));
  CU_ASSERT_EQUAL (errno, EISDIR);
}

/* Files of /proc say that they are empty, pipes say nothing.  */
static void
test_read_what_has_no_size (void)
{
  size_t len = 0;
  char *bytes = read_limited ("/proc/self/maps", SIZE_MAX, &len);
  CU_ASSERT_PTR_NOT_NULL_FATAL (bytes);
  CU_ASSERT_TRUE (len > 1000);
  CU_ASSERT_EQUAL (strlen (bytes), len);
  free (bytes);
  CU_ASSERT_PTR_NULL (read_limited ("/proc/self/maps", 100, &len));
  CU_ASSERT_EQUAL (errno, EFBIG);
  CU_ASSERT_PTR_NULL (read_limited ("/dev/zero", 5000, &len));
  CU_ASSERT_EQUAL (errno, EFBIG);
  CU_ASSERT_EQUAL (mkfifo (check_path ("nobody-writes"), 0600), 0);
  bytes = read_limited (check_path ("nobody-writes"), 10, &len);
  CHECK_STRING (bytes, "");
  free (bytes);
}

static void
test_write_atomic (void)
{
  mode_t mask = umask (027);
  CU_ASSERT_EQUAL (mkdir (check_path ("d"), 0777), 0);
  const char *path = check_path ("d/ref");
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, path, ".tmp", "one", 3, 0, true), 0);
  CHECK_STRING (check_read (path), "one");
  CU_ASSERT_EQUAL (mode_of (path), 0640);
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, path, ".tmp", "other", 5, 0600, false), 0);
  CHECK_STRING (check_read (path), "other");
  CU_ASSERT_EQUAL (mode_of (path), 0600);
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, path, "", "", 0, 0666, false), 0);
  CHECK_STRING (check_read (path), "");
  CU_ASSERT_EQUAL (mode_of (path), 0666); /* as given, whatever the umask */
  umask (mask);
  CU_ASSERT_EQUAL (count_entries (check_path ("d")), 1);
  int fd = open (check_path ("d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CU_ASSERT_EQUAL (files_write_atomic (fd, "other", ".tmp", "x", 1, 0, false), 0);
  close (fd);
  CHECK_STRING (check_read (check_path ("d/other")), "x");
}

static void
test_write_atomic_replaces_links_and_leaves_nothing (void)
{
  CU_ASSERT_EQUAL (mkdir (check_path ("d"), 0777), 0);
  check_write ("target", "kept");
  CU_ASSERT_EQUAL (symlink ("../target", check_path ("d/f")), 0);
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, check_path ("d/f"), ".tmp", "new", 3, 0, false),
                   0);
  CHECK_STRING (check_read (check_path ("target")), "kept");
  CHECK_STRING (check_read (check_path ("d/f")), "new");
  CU_ASSERT_EQUAL (mkdir (check_path ("d/folder"), 0777), 0);
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, check_path ("d/folder"), ".tmp", "new", 3, 0,
                                       false),
                   -1);
  CU_ASSERT_EQUAL (errno, EISDIR);
  CU_ASSERT_EQUAL (count_entries (check_path ("d")), 2);
  CU_ASSERT_EQUAL (files_write_atomic (AT_FDCWD, check_path ("none/f"), ".tmp", "new", 3, 0, false),
                   -1);
  CU_ASSERT_EQUAL (errno, ENOENT);
}

/* The disk is full in the middle: the old content stays, the new file does not.  */
static void
test_write_atomic_without_room (void)
{
  static char bytes[64 << 10];
  struct rlimit limit, small;
  struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
  CU_ASSERT_EQUAL (mkdir (check_path ("d"), 0777), 0);
  const char *path = check_write ("d/f", "old");
  sigaction (SIGXFSZ, &ignore, &before);
  getrlimit (RLIMIT_FSIZE, &limit);
  small = limit;
  small.rlim_cur = 16 << 10;
  setrlimit (RLIMIT_FSIZE, &small);
  int result = files_write_atomic (AT_FDCWD, path, ".tmp", bytes, sizeof bytes, 0, true);
  int error = errno;
  setrlimit (RLIMIT_FSIZE, &limit);
  sigaction (SIGXFSZ, &before, NULL);
  CU_ASSERT_EQUAL (result, -1);
  CU_ASSERT_EQUAL (error, EFBIG);
  CHECK_STRING (check_read (path), "old");
  CU_ASSERT_EQUAL (count_entries (check_path ("d")), 1);
}

static void
test_write_errors (void)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  CU_ASSERT_EQUAL (files_write_all (fd, "x", 1), -1);
  CU_ASSERT_EQUAL (errno, ENOSPC);
  CU_ASSERT_EQUAL (files_write_all (fd, "", 0), 0);
  close (fd);
  fd = open (check_path ("f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CU_ASSERT_EQUAL (files_pwrite_all (fd, "world", 5, 6), 0);
  CU_ASSERT_EQUAL (files_pwrite_all (fd, "hello,", 6, 0), 0);
  CHECK_STRING (check_read (check_path ("f")), "hello,world");
  CU_ASSERT_EQUAL (files_pwrite_all (fd, "x", 1, UINT64_MAX), -1);
  CU_ASSERT_EQUAL (errno, EFBIG);
  CU_ASSERT_EQUAL (files_pwrite_all (fd, "x", 1, INT64_MAX), -1);
  CU_ASSERT_EQUAL (errno, EFBIG);
  close (fd);
  CU_ASSERT_EQUAL (files_pwrite_all (fd, "x", 1, 0), -1);
  CU_ASSERT_EQUAL (errno, EBADF);
}

static void
on_signal (int signal_number)
{
  (void) signal_number;
}

struct disturbed_read
{
  int fd;
  pthread_t writer;
  size_t len;
  bool good;
};

static void *
read_and_disturb (void *arg)
{
  struct disturbed_read *read_end = arg;
  unsigned char bytes[4096];
  ssize_t got;
  /* While nothing is read the writer soon waits, and is broken off with nothing done.  */
  for (int i = 0; i < 50; i++, clock_sleep_ms (1))
    pthread_kill (read_end->writer, SIGUSR1);
  while ((got = read (read_end->fd, bytes, sizeof bytes)) > 0)
    for (ssize_t i = 0; i < got; i++)
      read_end->good = read_end->good && bytes[i] == (unsigned char) (read_end->len++ * 7 / 3);
  return NULL;
}

/* A pipe takes a part of what it is given, and signals break writes off.  */
static void
test_write_all_in_pieces (void)
{
  enum
  {
    LEN = 1 << 20
  };
  struct sigaction action = { .sa_handler = on_signal }, before;
  sigaction (SIGUSR1, &action, &before);
  int pipe_fds[2];
  unsigned char *bytes = malloc (LEN);
  CU_ASSERT_TRUE_FATAL (bytes && pipe (pipe_fds) == 0);
  for (size_t i = 0; i < LEN; i++)
    bytes[i] = (unsigned char) (i * 7 / 3);
  struct disturbed_read read_end = { .fd = pipe_fds[0], .writer = pthread_self (), .good = true };
  pthread_t reader;
  CU_ASSERT_EQUAL_FATAL (pthread_create (&reader, NULL, read_and_disturb, &read_end), 0);
  CU_ASSERT_EQUAL (files_write_all (pipe_fds[1], bytes, LEN), 0);
  close (pipe_fds[1]);
  pthread_join (reader, NULL);
  CU_ASSERT_EQUAL (read_end.len, LEN);
  CU_ASSERT_TRUE (read_end.good);
  close (pipe_fds[0]);
  sigaction (SIGUSR1, &before, NULL);
  free (bytes);
}

struct racer
{
  const char *path;
  char letter;
  bool good;
};

static void *
write_and_read (void *arg)
{
  struct racer *racer = arg;
  char bytes[3000];
  memset (bytes, racer->letter, sizeof bytes);
  for (int i = 0; i < 40; i++)
    {
      char *read = NULL;
      size_t len = 0;
      bool good
          = files_write_atomic (AT_FDCWD, racer->path, ".tmp", bytes, sizeof bytes, 0, false) == 0
            && files_read (AT_FDCWD, racer->path, 1 << 20, &read, &len) == 0 && len == sizeof bytes
            && memcmp (read, read + 1, len - 1) == 0;
      racer->good = racer->good && good;
      free (read);
    }
  return NULL;
}

static void
test_writers_side_by_side (void)
{
  pthread_t threads[4];
  struct racer racers[4];
  CU_ASSERT_EQUAL (mkdir (check_path ("d"), 0777), 0);
  const char *path = check_path ("d/f");
  for (int i = 0; i < 4; i++)
    {
      racers[i] = (struct racer){ .path = path, .letter = (char) ('a' + i), .good = true };
      CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, write_and_read, &racers[i]), 0);
    }
  for (int i = 0; i < 4; i++)
    {
      pthread_join (threads[i], NULL);
      CU_ASSERT_TRUE (racers[i].good);
    }
  CU_ASSERT_EQUAL (count_entries (check_path ("d")), 1);
}

static void
test_random_hex (void)
{
  char one[9], two[9], three[9];
  files_random_hex (one);
  files_random_hex (two);
  files_random_hex (three);
  CU_ASSERT_TRUE (strspn (one, "0123456789abcdef") == 8 && !one[8]);
  CU_ASSERT_FALSE (strcmp (one, two) == 0 && strcmp (two, three) == 0);
}

static void
test_what_is_there (void)
{
  check_write ("f", "");
  CU_ASSERT_EQUAL (symlink ("f", check_path ("link")), 0);
  CU_ASSERT_EQUAL (symlink ("none", check_path ("dangling")), 0);
  CU_ASSERT_EQUAL (symlink (".", check_path ("folder")), 0);
  CU_ASSERT_TRUE (files_is_folder (AT_FDCWD, check_folder ()));
  CU_ASSERT_TRUE (files_is_folder (AT_FDCWD, check_path ("folder")));
  CU_ASSERT_FALSE (files_is_folder (AT_FDCWD, check_path ("f")));
  CU_ASSERT_FALSE (files_is_folder (AT_FDCWD, check_path ("none")));
}

static void
test_remove (void)
{
  const char *path = check_write ("f", "x");
  CU_ASSERT_EQUAL (files_remove (AT_FDCWD, path), 0);
  CU_ASSERT_FALSE (is_there (path));
  CU_ASSERT_EQUAL (files_remove (AT_FDCWD, path), 0);
  CU_ASSERT_EQUAL (files_remove (AT_FDCWD, check_folder ()), -1);
  CU_ASSERT_TRUE (errno == EISDIR || errno == EPERM);
}

static void
test_remove_tree (void)
{
  check_write ("outside/kept", "kept");
  check_write ("tree/a/b/f", "x");
  check_write ("tree/.hidden/f", "x");
  check_write ("tree/f", "x");
  CU_ASSERT_EQUAL (symlink ("../outside", check_path ("tree/link")), 0);
  CU_ASSERT_EQUAL (symlink ("../../outside/kept", check_path ("tree/a/link")), 0);
  CU_ASSERT_EQUAL (symlink ("none", check_path ("tree/a/dangling")), 0);
  CU_ASSERT_EQUAL (mkfifo (check_path ("tree/a/fifo"), 0600), 0);
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("tree")), 0);
  CU_ASSERT_FALSE (is_there (check_path ("tree")));
  CHECK_STRING (check_read (check_path ("outside/kept")), "kept");
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("tree")), 0);
}

static int
count_to_three (void *ctx)
{
  return ++*(int *) ctx == 3;
}

static void
test_remove_tree_may_be_stopped (void)
{
  int ticks = 0, forever = 3;
  for (int i = 0; i < 5; i++)
    {
      char name[16];
      snprintf (name, sizeof name, "tree/%d/f", i);
      check_write (name, "x");
    }
  CU_ASSERT_EQUAL (
      files_remove_tree_ticking (AT_FDCWD, check_path ("tree"), count_to_three, &ticks), -1);
  CU_ASSERT_EQUAL (errno, ECANCELED);
  CU_ASSERT_EQUAL (ticks, 3);
  CU_ASSERT_TRUE (is_there (check_path ("tree")));
  CU_ASSERT_EQUAL (
      files_remove_tree_ticking (AT_FDCWD, check_path ("tree"), count_to_three, &forever), 0);
  CU_ASSERT_TRUE (forever > 3);
  CU_ASSERT_FALSE (is_there (check_path ("tree")));
}

static void
test_remove_tree_takes_folders_only (void)
{
  check_write ("outside/kept", "kept");
  CU_ASSERT_EQUAL (symlink ("outside", check_path ("link")), 0);
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("link")), -1);
  CU_ASSERT_EQUAL (files_remove_tree (AT_FDCWD, check_path ("outside/kept")), -1);
  CU_ASSERT_EQUAL (errno, ENOTDIR);
  CHECK_STRING (check_read (check_path ("outside/kept")), "kept");
  CU_ASSERT_TRUE (is_there (check_path ("link")));
}

/* Deeper than there are descriptors, and than a path can tell.  */
static void
test_remove_a_deep_tree (void)
{
  enum
  {
    DEPTH = 700
  };
  struct rlimit limit, small;
  const char *path = check_path ("deep");
  CU_ASSERT_EQUAL (mkdir (path, 0700), 0);
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < DEPTH; i++)
    {
      if (i % 100 == 50)
        close (openat (fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      CU_ASSERT_EQUAL (mkdirat (fd, "name-of-ten", 0700), 0);
      int next = openat (fd, "name-of-ten", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      close (fd);
      fd = next;
    }
  close (fd);
  getrlimit (RLIMIT_NOFILE, &limit);
  small = limit;
  small.rlim_cur = 100;
  setrlimit (RLIMIT_NOFILE, &small);
  int result = files_remove_tree (AT_FDCWD, path);
  setrlimit (RLIMIT_NOFILE, &limit);
  CU_ASSERT_EQUAL (result, 0);
  CU_ASSERT_FALSE (is_there (path));
}

static void
test_free_space (void)
{
  uint64_t bytes = 0, below = 0;
  struct statvfs fs;
  CU_ASSERT_EQUAL (files_free_space (check_folder (), &bytes), 0);
  CU_ASSERT_EQUAL (files_free_space (check_path ("none/at/all/"), &below), 0);
  CU_ASSERT_EQUAL (statvfs (check_folder (), &fs), 0);
  /* Others write to the disk meanwhile.  */
  uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize;
  CU_ASSERT_TRUE (bytes > 0 && bytes <= total);
  CU_ASSERT_TRUE (below > 0 && below <= total);
  CU_ASSERT_EQUAL (files_free_space ("none/such", &bytes), 0);
  CU_ASSERT_EQUAL (files_free_space ("/none/such", &bytes), 0);
  CU_ASSERT_EQUAL (files_free_space (check_write ("f", ""), &bytes), 0);
  CU_ASSERT_EQUAL (files_free_space (check_path ("f/below"), &bytes), 0);
}

CHECK_MAIN ("files", { "make folders", test_make_folders },
            { "make folders below a folder", test_make_folders_below_a_folder },
            { "make folders in the way", test_make_folders_in_the_way },
            { "make folders side by side", test_make_folders_side_by_side }, { "read", test_read },
            { "read what has no size", test_read_what_has_no_size },
            { "write atomic", test_write_atomic },
            { "write atomic replaces links and leaves nothing",
              test_write_atomic_replaces_links_and_leaves_nothing },
            { "write atomic without room", test_write_atomic_without_room },
            { "write errors", test_write_errors },
            { "write all in pieces", test_write_all_in_pieces },
            { "writers side by side", test_writers_side_by_side },
            { "random hex", test_random_hex }, { "what is there", test_what_is_there },
            { "remove", test_remove }, { "remove tree", test_remove_tree },
            { "remove tree, stopped", test_remove_tree_may_be_stopped },
            { "remove tree takes folders only", test_remove_tree_takes_folders_only },
            { "remove a deep tree", test_remove_a_deep_tree }, { "free space", test_free_space })
