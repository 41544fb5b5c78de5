/* SPDX-License-Identifier: Apache-2.0 */
/* test_files_path.c: what a path that a person wrote means (spec 1.1, 1.2).  */
#include "tests/check.h"

#include "core/util/files.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
check_expanded (const char *path, const char *expected)
{
  char *expanded = files_expand (path);
  CHECK_STRING (expanded, expected);
  free (expanded);
}

/* Each answer is Python's os.path.expandvars (os.path.expanduser (path)) with these variables.  */
static void
test_expand_as_python (void)
{
  const char *home = getenv ("HOME");
  char *saved = home ? strdup (home) : NULL;
  setenv ("HOME", "/home/me", 1);
  setenv ("HFCORE_A", "x", 1);
  setenv ("HFCORE_E", "", 1);
  setenv ("HFCORE_D", "$HFCORE_A/~", 1);
  unsetenv ("HFCORE_NONE");
  static const struct
  {
    const char *path, *expected;
  } rows[] = {
    { "", "" },
    { "/plain/path", "/plain/path" },
    { "~", "/home/me" },
    { "~/", "/home/me/" },
    { "~/x", "/home/me/x" },
    { "a/~", "a/~" },
    { " ~", " ~" },
    { "~no-such-user-here/x", "~no-such-user-here/x" },
    { "$HFCORE_A", "x" },
    { "${HFCORE_A}", "x" },
    { "a$HFCORE_A/b${HFCORE_A}c", "ax/bxc" },
    { "$HFCORE_AB", "$HFCORE_AB" },
    { "$HFCORE_A-b", "x-b" },
    { "$HFCORE_A\303\251", "x\303\251" },
    { "$HFCORE_NONE/${HFCORE_NONE}", "$HFCORE_NONE/${HFCORE_NONE}" },
    { "$HFCORE_E/a", "/a" },
    { "${HFCORE_A", "${HFCORE_A" },
    { "${}", "${}" },
    { "$", "$" },
    { "$$HFCORE_A", "$x" },
    { "$-$HFCORE_A$", "$-x$" },
    { "$HFCORE_D", "$HFCORE_A/~" }, /* once only */
    { "~/$HFCORE_A", "/home/me/x" },
    { "${HFCORE_NONE$HFCORE_A}", "${HFCORE_NONE$HFCORE_A}" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_expanded (rows[i].path, rows[i].expected);
  setenv ("HOME", "/home/me//", 1);
  check_expanded ("~", "/home/me");
  check_expanded ("~/x", "/home/me/x");
  setenv ("HOME", "/", 1);
  check_expanded ("~", "/");
  check_expanded ("~/x", "/x");
  if (saved)
    setenv ("HOME", saved, 1);
  else
    unsetenv ("HOME");
  free (saved);
  unsetenv ("HFCORE_A");
  unsetenv ("HFCORE_E");
  unsetenv ("HFCORE_D");
}

static void
test_expand_users (void)
{
  struct passwd *root = getpwnam ("root");
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  char expected[PATH_MAX];
  snprintf (expected, sizeof expected, "%s/x", root->pw_dir);
  check_expanded ("~root/x", expected);
  /* An empty HOME counts as unset: the user's own entry is asked.  */
  struct passwd *me = getpwuid (getuid ());
  if (!me || strcmp (me->pw_dir, "/") == 0)
    return;
  snprintf (expected, sizeof expected, "%s/x", me->pw_dir);
  const char *home = getenv ("HOME");
  char *saved = home ? strdup (home) : NULL;
  setenv ("HOME", "", 1);
  check_expanded ("~/x", expected);
  unsetenv ("HOME");
  check_expanded ("~/x", expected);
  if (saved)
    setenv ("HOME", saved, 1);
  free (saved);
}

/* Below the test's folder, whose own path may hold links: `expected` is without it.  */
static void
check_resolved (const char *path, const char *expected)
{
  char *base = realpath (check_folder (), NULL), *resolved = files_resolve (check_path (path));
  CU_ASSERT_PTR_NOT_NULL_FATAL (base);
  size_t len = strlen (base);
  CU_ASSERT_TRUE (resolved && strncmp (resolved, base, len) == 0);
  CHECK_STRING (resolved ? resolved + len : NULL, expected);
  free (resolved);
  free (base);
}

/* As Python's pathlib.Path (path).resolve ().  */
static void
test_resolve (void)
{
  check_write ("a/b/f", "x");
  CU_ASSERT_EQUAL (symlink ("a/b", check_path ("link")), 0);
  CU_ASSERT_EQUAL (symlink ("../none/x", check_path ("a/dangling")), 0);
  CU_ASSERT_EQUAL (symlink (check_path ("a"), check_path ("absolute")), 0);
  CU_ASSERT_EQUAL (symlink ("link/../..", check_path ("up")), 0);
  static const struct
  {
    const char *path, *expected;
  } rows[] = {
    { "", "" },
    { ".", "" },
    { "a", "/a" },
    { "a//b/./f", "/a/b/f" },
    { "a/b/", "/a/b" },
    { "link", "/a/b" },
    { "link/..", "/a" }, /* the folder that holds b, not the one that holds the link */
    { "link/f", "/a/b/f" },
    { "none", "/none" },
    { "none/at/all", "/none/at/all" },
    { "link/none/x", "/a/b/none/x" },
    { "none/../a", "/a" },
    { "a/dangling", "/none/x" },
    { "a/dangling/y", "/none/x/y" },
    { "absolute/b", "/a/b" },
    { "absolute/dangling", "/none/x" },
    { "up", "" },
    { "up/link/../dangling", "/none/x" },
    { "a/b/f/x", "/a/b/f/x" }, /* below a file */
    { "a/b/f/../f", "/a/b/f" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)

    check_resolved (rows[i].path, rows[i].expected);
}

static void
test_resolve_from_here_and_the_root (void)
{
  char *here = getcwd (NULL, 0), *resolved = files_resolve ("");
  CHECK_STRING (resolved, here);
  free (resolved);
  resolved = files_resolve (".");
  CHECK_STRING (resolved, here);
  free (resolved);
  char *expected = malloc (strlen (here) + 32);
  snprintf (expected, strlen (here) + 32, "%s/hfcore-none/x", strcmp (here, "/") ? here : "");
  resolved = files_resolve ("hfcore-none/./x");
  CHECK_STRING (resolved, expected);
  free (resolved);
  free (expected);
  free (here);
  resolved = files_resolve ("/");
  CHECK_STRING (resolved, "/");
  free (resolved);
  resolved = files_resolve ("/../..");
  CHECK_STRING (resolved, "/");
  free (resolved);
  resolved = files_resolve ("/hfcore-none/../hfcore-other/");
  CHECK_STRING (resolved, "/hfcore-other");
  free (resolved);
}

static void
test_resolve_ends (void)
{
  CU_ASSERT_EQUAL (symlink ("loop", check_path ("loop")), 0);
  CU_ASSERT_EQUAL (symlink ("two", check_path ("one")), 0);
  CU_ASSERT_EQUAL (symlink ("one/x", check_path ("two")), 0);
  CU_ASSERT_PTR_NULL (files_resolve (check_path ("loop/x")));
  CU_ASSERT_EQUAL (errno, ELOOP);
  CU_ASSERT_PTR_NULL (files_resolve (check_path ("one")));
  CU_ASSERT_EQUAL (errno, ELOOP);
  char path[2 * PATH_MAX];
  for (size_t i = 0; i < sizeof path - 1; i++)
    path[i] = i % 2 ? 'a' : '/';
  path[sizeof path - 1] = 0;
  CU_ASSERT_PTR_NULL (files_resolve (path));
  CU_ASSERT_EQUAL (errno, ENAMETOOLONG);
}

CHECK_MAIN ("files path", { "expand as python", test_expand_as_python },
            { "expand users", test_expand_users }, { "resolve", test_resolve },
            { "resolve from here and the root", test_resolve_from_here_and_the_root },
            { "resolve ends", test_resolve_ends })
