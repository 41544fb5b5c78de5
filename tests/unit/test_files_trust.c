/* SPDX-License-Identifier: Apache-2.0 */
/* test_files_trust.c: what others may write to is not trusted.  */
#include "tests/check.h"

#include "core/util/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A folder with this mode: open to others? `why` gets the reason.  */
static int
is_open_with_mode (mode_t mode, char why[128])
{
  const char *path = check_path ("trust");
  mkdir (path, 0700);
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fchmod (fd, mode);
  why[0] = 0;
  int result = files_is_open_to_others (fd, why, 128);
  close (fd);
  return result;
}

static void
test_open_to_others (void)
{
  char why[128];
  CU_ASSERT_EQUAL (is_open_with_mode (0755, why), 0);
  CU_ASSERT_EQUAL (is_open_with_mode (0700, why), 0);
  CHECK_STRING (why, "");
  CU_ASSERT_EQUAL (is_open_with_mode (0777, why), 1);
  CHECK_CONTAINS (why, "0777");
  CU_ASSERT_EQUAL (is_open_with_mode (01777, why), 1);
  CHECK_CONTAINS (why, "anyone");
  CU_ASSERT_EQUAL (is_open_with_mode (0702, why), 1);
  CU_ASSERT_EQUAL (files_is_open_to_others (-1, why, sizeof why), -1);
  CU_ASSERT_EQUAL (errno, EBADF);
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  CU_ASSERT_EQUAL (files_is_open_to_others (fd, why, sizeof why), 1);
  close (fd);
}

static void
test_open_to_a_group (void)
{
  char why[128];
  struct stat st;
  int result = is_open_with_mode (0775, why);
  CU_ASSERT_EQUAL_FATAL (stat (check_path ("trust"), &st), 0);
  struct group *group = getgrgid (st.st_gid);
  bool same_name = group && !group->gr_mem[0];
  char name[256];
  snprintf (name, sizeof name, "%s", group ? group->gr_name : "");
  struct passwd *passwd = getpwuid (geteuid ());
  bool is_private = (geteuid () == 0 && st.st_gid == 0)
                    || (same_name && passwd && strcmp (name, passwd->pw_name) == 0);
  CU_ASSERT_EQUAL (result, !is_private);
  if (geteuid () != 0)
    return;
  /* Only root can give things away.  */
  CU_ASSERT_EQUAL (chown (check_path ("trust"), (uid_t) -1, 54321), 0);
  CU_ASSERT_EQUAL (is_open_with_mode (0775, why), 1);
  CHECK_CONTAINS (why, "54321");
  CU_ASSERT_EQUAL (is_open_with_mode (0755, why), 0);
  CU_ASSERT_EQUAL (chown (check_path ("trust"), 54321, 0), 0);
  CU_ASSERT_EQUAL (is_open_with_mode (0755, why), 1);
  CHECK_CONTAINS (why, "another user (uid 54321)");
}

/* An access control list that gives user 54321 the right to write.  */
static void
test_open_by_an_access_list (void)
{
  static const struct
  {
    uint32_t version;
    struct
    {
      uint16_t tag, rights;
      uint32_t id;
    } entries[5];
  } list = { 2,
             { { 0x01, 7, UINT32_MAX }, /* the owner */
               { 0x02, 7, 54321 },
               { 0x04, 5, UINT32_MAX }, /* the group */
               { 0x10, 7, UINT32_MAX }, /* the mask */
               { 0x20, 5, UINT32_MAX } } };
  char why[128];
  const char *path = check_path ("listed");
  CU_ASSERT_EQUAL (mkdir (path, 0755), 0);
  if (setxattr (path, "system.posix_acl_access", &list, sizeof list, 0) < 0)
    return; /* this file system has none */
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CU_ASSERT_EQUAL (files_is_open_to_others (fd, why, sizeof why), 1);
  close (fd);
}

CHECK_MAIN ("files trust", { "open to others", test_open_to_others },
            { "open to a group", test_open_to_a_group },
            { "open by an access list", test_open_by_an_access_list })
