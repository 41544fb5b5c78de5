/* SPDX-License-Identifier: Apache-2.0 */
/* walk FOLDER [THREADS]: the least that a scan of a cache can be: read all folders, the text of
 * each link, the size and times of each blob; nothing is kept. The peer of `make bench`.  */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct record /* as the kernel tells it  */
{
  uint64_t inode;
  int64_t offset;
  unsigned short len;
  unsigned char type;
  char name[];
};

enum
{
  ROOM = 32768,
  LINK = 10,
  FOLDER = 4,
  THREADS_MOST = 64
};

static atomic_ulong links, blobs;

static void
visit (int parent, const char *name, int in_blobs)
{
  char room[ROOM], text[PATH_MAX];
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  long len;
  if (fd < 0)
    return;
  while ((len = syscall (SYS_getdents64, fd, room, sizeof room)) > 0)
    for (long at = 0; at < len;)
      {
        const struct record *record = (const struct record *) (room + at);
        struct statx st;
        at += record->len;
        if (record->name[0] == '.' && (!record->name[1] || !strcmp (record->name, "..")))
          continue;
        if (record->type == FOLDER)
          visit (fd, record->name, strcmp (record->name, "blobs") == 0);
        else if (record->type == LINK)
          links += (unsigned long) (readlinkat (fd, record->name, text, sizeof text) > 0);
        else if (in_blobs)
          blobs += statx (fd, record->name, 0, STATX_SIZE | STATX_MTIME | STATX_ATIME, &st) == 0;
      }
  close (fd);
}

struct root
{
  int fd;
  char **names;
  size_t count;
  atomic_size_t next;
};

static void *
work (void *root_)
{
  struct root *root = root_;
  for (size_t i; (i = atomic_fetch_add (&root->next, 1)) < root->count;)
    visit (root->fd, root->names[i], 0);
  return NULL;
}

static void
read_root (struct root *root)
{
  char room[ROOM];
  long len;
  while ((len = syscall (SYS_getdents64, root->fd, room, sizeof room)) > 0)
    for (long at = 0; at < len;)
      {
        const struct record *record = (const struct record *) (room + at);
        at += record->len;
        if (record->type != FOLDER || record->name[0] == '.')
          continue;
        root->names = realloc (root->names, (root->count + 1) * sizeof *root->names);
        root->names[root->count++] = strdup (record->name);
      }
}

int
main (int argc, char **argv)
{
  pthread_t threads[THREADS_MOST];
  long wanted = argc > 2 ? strtol (argv[2], NULL, 10) : 1, started = 0;
  struct root root = { .fd = argc > 1 ? open (argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1 };
  if (root.fd < 0 || wanted < 1 || wanted > THREADS_MOST)
    {
      fprintf (stderr, "usage: walk FOLDER [THREADS]\n");
      return 2;
    }
  read_root (&root);
  while (started + 1 < wanted && pthread_create (&threads[started], NULL, work, &root) == 0)
    started++;
  work (&root);
  while (started > 0)
    pthread_join (threads[--started], NULL);
  printf ("%lu links, %lu blobs\n", links, blobs);
  return 0;
}
