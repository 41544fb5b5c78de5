/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: see check.h.  */
#include "tests/check.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[512];

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) ftw;
  if (type == FTW_DP || S_ISDIR (st->st_mode))
    return rmdir (path);
  return unlink (path);
}

static int
open_folder (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) st;
  (void) ftw;
  if (type == FTW_D || type == FTW_DNR)
    chmod (path, 0700);
  return 0;
}

static void
drop_folder (void)
{
  if (!folder[0])
    return;
  nftw (folder, open_folder, 16, FTW_PHYS);
  nftw (folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  folder[0] = 0;
}

const char *
check_folder (void)
{
  if (!folder[0])
    {
      const char *tmp = getenv ("TMPDIR");
      snprintf (folder, sizeof folder, "%s/hfcore-check-XXXXXX", tmp && *tmp ? tmp : "/tmp");
      if (!mkdtemp (folder))
        {
          perror (folder);
          exit (99);
        }
    }
  return folder;
}

const char *
check_path (const char *name)
{
  static char paths[8][4608];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf (path, sizeof paths[0], "%s/%s", check_folder (), name);
  return path;
}

const char *
check_write (const char *name, const char *text)
{
  char path[4608];
  snprintf (path, sizeof path, "%s", check_path (name));
  for (char *slash = path + strlen (check_folder ()) + 1; (slash = strchr (slash, '/')); slash++)
    {
      *slash = 0;
      mkdir (path, 0777);
      *slash = '/';
    }
  FILE *file = fopen (path, "w");
  if (!file || fputs (text, file) < 0 || fclose (file))
    {
      perror (path);
      exit (99);
    }
  return check_path (name);
}

const char *
check_read (const char *path)
{
  static char bytes[(1 << 20) + 1];
  FILE *file = fopen (path, "r");
  if (!file)
    return NULL;
  size_t len = fread (bytes, 1, sizeof bytes - 1, file);
  fclose (file);
  bytes[len] = 0;
  return bytes;
}

bool
check_plugin_off (const char *name)
{
  const char *at = getenv ("PLUGINS_OFF");
  size_t length = strlen (name);
  for (; at && *at; at += strcspn (at, " "))
    {
      at += strspn (at, " ");
      if (strcspn (at, " ") == length && strncmp (at, name, length) == 0)
        return true;
    }
  return false;
}

void
check_show (const char *file, int line, const char *actual, const char *expected)
{
  fprintf (stderr, "%s:%d:\n  got      [%s]\n  expected [%s]\n", file, line,
           actual ? actual : "(null)", expected ? expected : "(null)");
}

static int
is_wanted (const char *name, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], name) == 0)
      return 1;
  return argc < 2;
}

int
check_main (const char *suite_name, const struct check_case *cases, size_t count, int argc,
            char **argv)
{
  if (CU_initialize_registry () != CUE_SUCCESS)
    return 99;
  atexit (drop_folder);
  CU_pSuite suite
      = CU_add_suite_with_setup_and_teardown (suite_name, NULL, NULL, NULL, drop_folder);
  for (size_t i = 0; suite && i < count; i++)
    if (is_wanted (cases[i].name, argc, argv) && !CU_add_test (suite, cases[i].name, cases[i].run))
      return 99;
  CU_basic_set_mode (CU_BRM_VERBOSE);
  CU_basic_run_tests ();
  int failed = CU_get_number_of_failures () > 0 || CU_get_number_of_tests_run () == 0;
  CU_cleanup_registry ();
  return failed;
}
