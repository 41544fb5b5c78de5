/* SPDX-License-Identifier: Apache-2.0 */
/* test_open_files.c: which files programs have open.  */
#include "core/util/open_files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/check.h"

static char folder[PATH_MAX];

static bool
is_open (const char *name)
{
  struct open_files files;
  char path[PATH_MAX + 64];
  CU_ASSERT_PTR_NOT_NULL_FATAL (realpath (check_folder (), folder));
  CU_ASSERT_TRUE ((size_t) snprintf (path, sizeof path, "%s%s%s", folder, *name ? "/" : "", name)
                  < sizeof path);
  open_files_find (folder, &files);
  bool found = open_files_has (&files, path);
  open_files_free (&files);
  return found;
}

static void
test_open (void)
{
  int fd = open (check_write ("below/file", "content"), O_RDONLY | O_CLOEXEC);
  check_write ("below/file2", "content");
  CU_ASSERT_TRUE (is_open ("below/file"));
  CU_ASSERT_TRUE (is_open ("below"));
  CU_ASSERT_TRUE (is_open (""));
  CU_ASSERT_FALSE (is_open ("below/file2"));
  CU_ASSERT_FALSE (is_open ("below/fil"));
  close (fd);
  CU_ASSERT_FALSE (is_open ("below/file"));
  CU_ASSERT_FALSE (is_open (""));
}

/* As programs read weights: mapped, and then closed.  */
static void
test_mapped (void)
{
  int fd = open (check_write ("file", "content"), O_RDONLY | O_CLOEXEC);
  void *map = mmap (NULL, 7, PROT_READ, MAP_PRIVATE, fd, 0);
  CU_ASSERT_TRUE_FATAL (map != MAP_FAILED);
  close (fd);
  CU_ASSERT_TRUE (is_open ("file"));
  munmap (map, 7);
  CU_ASSERT_FALSE (is_open ("file"));
}

/* By its own name, not by that of the link.  */
static void
test_through_a_link (void)
{
  check_write ("blob", "content");
  CU_ASSERT_EQUAL (symlink ("blob", check_path ("link")), 0);
  int fd = open (check_path ("link"), O_RDONLY | O_CLOEXEC);
  CU_ASSERT_TRUE (is_open ("blob"));
  CU_ASSERT_FALSE (is_open ("link"));
  close (fd);
}

CHECK_MAIN ("open_files", { "open", test_open }, { "mapped", test_mapped },
            { "through a link", test_through_a_link })
