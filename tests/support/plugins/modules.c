/* SPDX-License-Identifier: Apache-2.0 */
/* modules.c: see modules.h.  */
#include "tests/support/plugins/modules.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "tests/check.h"

#ifndef TEST_PLUGIN_DIR
#  define TEST_PLUGIN_DIR "."
#endif

static void
die (const char *what)
{
  perror (what);
  exit (99);
}

static int
open_module (const char *name)
{
  const char *folder = getenv ("TEST_PLUGIN_DIR");
  static const char *const places[] = { "", ".libs/" };
  char path[4096];
  if (!folder || !*folder)
    folder = TEST_PLUGIN_DIR;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    {
      snprintf (path, sizeof path, "%s/%shfcore-%s.so", folder, places[i], name);
      int fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd >= 0)
        return fd;
    }
  die (path);
  return -1;
}

const char *
modules_copy (const char *name, const char *folder, const char *as)
{
  char relative[256], bytes[65536];
  snprintf (relative, sizeof relative, "%s/%s", folder, as ? as : "");
  if (!as)
    snprintf (relative, sizeof relative, "%s/hfcore-%s.so", folder, name);
  /* One that is loaded must not change under whoever maps it.  */
  unlink (check_path (relative));
  const char *path = check_write (relative, "");
  if (chmod (check_path (folder), 0755) < 0)
    die (folder);
  CLEANUP_CLOSE int from = open_module (name);
  CLEANUP_CLOSE int to = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  ssize_t len;
  while ((len = read (from, bytes, sizeof bytes)) > 0)
    if (write (to, bytes, (size_t) len) != len)
      die (path);
  if (len < 0 || fchmod (to, 0644) < 0)
    die (path);
  return path;
}

struct loader_path
modules_path (const char *folder)
{
  struct loader_path path = { .folders = calloc (1, sizeof *path.folders), .count = 1 };
  if (!path.folders || !(path.folders[0] = strdup (check_path (folder))))
    die (folder);
  return path;
}

struct loader_path
modules_all (void)
{
  static const char *const names[]
      = { "test-memory", "test-wrap", "test-serial", "test-faulty", "test-older", "test-future" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    modules_copy (names[i], "modules", NULL);
  return modules_path ("modules");
}
