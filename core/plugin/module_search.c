/* SPDX-License-Identifier: Apache-2.0 */
/* module_search.c: see module_search.h.  */
#include "core/plugin/module_search.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "core/config/config_error.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"

#define PREFIX  "hfcore-"
#define SUFFIX  ".so"
#define ARCHIVE ".la"   /* libtool's, beside which … */
#define HIDDEN  ".libs" /* … the module is in a build tree  */

enum
{
  NAME_MOST = 64,
  FILE_ROOM = sizeof PREFIX + NAME_MOST + sizeof ARCHIVE
};

bool
module_search_is_name (const char *name)
{
  size_t len = strlen (name);
  return len > 0 && len <= NAME_MOST && name[0] != '-'
         && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* ---- may it be trusted? ---- */

static int
refuse_errno (const char *file, struct hfcore_error *error)
{
  return config_fail (error, file, "this plugin cannot be read: %s", strerror (errno));
}

/* `what` is `path`, open as `fd`, in which the module `file` lies or is.  */
static int
check_trust (int fd, const char *what, const char *path, const char *file,
             struct hfcore_error *error)
{
  char why[128];
  int open = files_is_open_to_others (fd, why, sizeof why);
  if (open < 0)
    return refuse_errno (file, error);
  if (open == 0)
    return HFCORE_OK;
  return config_fail (error, path,
                      "refusing the plugin %s: %s, so others could put code into it; take their "
                      "right to write away (chmod go-w) or give it to yourself (chown)",
                      what, why);
}

/* The open module, if it is a file that may be trusted.  */
static int
check_file (int fd, const char *path, struct module_file *found, struct hfcore_error *error)
{
  struct stat st;
  if (fstat (fd, &st) < 0)
    return refuse_errno (path, error);
  if (!S_ISREG (st.st_mode))
    return config_fail (error, path, "this plugin is no regular file");
  if (!os_library_is_whole (fd, (uint64_t) st.st_size))
    return config_fail (error, path, "this plugin is cut off: install it again");
  found->device = st.st_dev;
  found->inode = st.st_ino;
  return check_trust (fd, "file", path, path, error);
}

/* ---- one folder ---- */

static int search_linked (const char *link, struct module_file *found, struct hfcore_error *error);

/* `base` in the open folder. PASS: it is not there.  */
static int
search_open_folder (int dirfd, const char *folder, const char *base, bool follow,
                    struct module_file *found, struct hfcore_error *error)
{
  CLEANUP_CLOSE int fd
      = openat (dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return HFCORE_PASS;
  int opened = errno;
  CLEANUP_FREE char *path = text_format ("%s/%s", folder, base);
  if (!path)
    return config_no_memory (error);
  errno = opened;
  if (fd < 0 && (errno != ELOOP || !follow))
    return refuse_errno (path, error);
  int code = check_trust (dirfd, "folder", folder, path, error);
  if (code)
    return code;
  if (fd < 0)
    return search_linked (path, found, error);
  code = check_file (fd, path, found, error);
  if (code == HFCORE_OK)
    found->file = TAKE_PTR (path);
  return code;
}

/* The module is a link: where it leads must be as safe as where it is.  */
static int
search_linked (const char *link, struct module_file *found, struct hfcore_error *error)
{
  CLEANUP_FREE char *folder = realpath (link, NULL);
  if (!folder)
    return refuse_errno (link, error);
  char *slash = strrchr (folder, '/');
  const char *base = slash + 1;
  CLEANUP_FREE char *file = strdup (base);
  if (!file)
    return config_no_memory (error);
  slash[slash == folder] = 0;
  CLEANUP_CLOSE int dirfd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dirfd < 0)
    return refuse_errno (link, error);
  int code = search_open_folder (dirfd, folder, file, false, found, error);
  if (code != HFCORE_PASS)
    return code;
  errno = ENOENT;
  return refuse_errno (link, error);
}

/* In a libtool build tree: FOLDER/hfcore-NAME.la stands for FOLDER/.libs/hfcore-NAME.so, which is
 * then loaded as it is: libtool's text file is not read.  */
static int
search_build_folder (int dirfd, const char *folder, const char *name, const char *base,
                     struct module_file *found, struct hfcore_error *error)
{
  char archive[FILE_ROOM];
  snprintf (archive, sizeof archive, PREFIX "%s" ARCHIVE, name);
  if (faccessat (dirfd, archive, F_OK, 0) < 0)
    return HFCORE_PASS;
  CLEANUP_CLOSE int hidden = openat (dirfd, HIDDEN, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (hidden < 0)
    return HFCORE_PASS;
  CLEANUP_FREE char *path = text_format ("%s/" HIDDEN, folder);
  if (!path)
    return config_no_memory (error);
  int code = search_open_folder (hidden, path, base, true, found, error);
  if (code)
    return code;
  code = check_trust (dirfd, "folder", folder, found->file, error);
  if (code)
    free (TAKE_PTR (found->file));
  return code;
}

int
module_search_folder (const char *folder, const char *name, struct module_file *found,
                      struct hfcore_error *error)
{
  char base[FILE_ROOM];
  snprintf (base, sizeof base, PREFIX "%s" SUFFIX, name);
  *found = (struct module_file){ 0 };
  CLEANUP_CLOSE int dirfd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dirfd < 0)
    return HFCORE_PASS;
  int code = search_open_folder (dirfd, folder, base, true, found, error);
  if (code == HFCORE_PASS)
    code = search_build_folder (dirfd, folder, name, base, found, error);
  return code;
}

/* ---- one file ---- */

/* NAME of "hfcore-NAME.so"; false: it is named otherwise.  */
static bool
name_of_module (const char *base, char name[FILE_ROOM])
{
  size_t len = strlen (base);
  if (!text_starts_with (base, PREFIX) || !text_ends_with (base, SUFFIX) || len >= FILE_ROOM)
    return false;
  snprintf (name, FILE_ROOM, "%.*s", (int) (len - strlen (PREFIX) - strlen (SUFFIX)),
            base + strlen (PREFIX));
  return module_search_is_name (name);
}

int
module_search_file (const char *path, struct module_file *found, char **name,
                    struct hfcore_error *error)
{
  const char *slash = strrchr (path, '/'), *base = slash ? slash + 1 : path;
  char module[FILE_ROOM];
  *found = (struct module_file){ 0 };
  *name = NULL;
  CLEANUP_FREE char *given
      = slash ? strndup (path, slash == path ? 1 : (size_t) (slash - path)) : strdup (".");
  if (!given)
    return config_no_memory (error);
  CLEANUP_FREE char *folder = realpath (given, NULL);
  if (!folder)
    return refuse_errno (path, error);
  CLEANUP_CLOSE int dirfd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dirfd < 0)
    return refuse_errno (path, error);
  int code = search_open_folder (dirfd, folder, base, true, found, error);
  if (code == HFCORE_PASS)
    return config_fail (error, path, "there is no such plugin file");
  if (code == HFCORE_OK && name_of_module (base, module) && !(*name = strdup (module)))
    {
      free (TAKE_PTR (found->file));
      return config_no_memory (error);
    }
  return code;
}

/* ---- names ---- */

static int
add_name (struct module_names *names, const char *name)
{
  size_t at = 0;
  while (at < names->count && strcmp (names->items[at], name) < 0)
    at++;
  if (at < names->count && strcmp (names->items[at], name) == 0)
    return 0;
  char *copy = strdup (name);
  if (!copy || module_names_append (names, copy) < 0)
    {
      free (copy);
      return -1;
    }
  memmove (names->items + at + 1, names->items + at,
           (names->count - 1 - at) * sizeof *names->items);
  names->items[at] = copy;
  return 0;
}

/* "NAME" of "hfcore-NAME.so", or of "hfcore-NAME.la" if there is a module beside it.  */
static bool
name_of (int dirfd, const char *entry, char name[FILE_ROOM])
{
  if (!text_starts_with (entry, PREFIX) || strlen (entry) >= FILE_ROOM)
    return false;
  snprintf (name, FILE_ROOM, "%s", entry + strlen (PREFIX));
  bool archive = text_ends_with (name, ARCHIVE);
  if (!archive && !text_ends_with (name, SUFFIX))
    return false;
  *strrchr (name, '.') = 0;
  if (!module_search_is_name (name))
    return false;
  if (!archive)
    return true;
  char module[FILE_ROOM * 2];
  snprintf (module, sizeof module, HIDDEN "/" PREFIX "%s" SUFFIX, name);
  return faccessat (dirfd, module, F_OK, 0) == 0;
}

int
module_search_names (const char *folder, struct module_names *names)
{
  CLEANUP_DIR DIR *dir = opendir (folder);
  if (!dir)
    return 0;
  struct dirent *entry;
  char name[FILE_ROOM];
  while ((entry = readdir (dir)))
    if (name_of (dirfd (dir), entry->d_name, name) && add_name (names, name) < 0)
      return -1;
  return 0;
}

void
module_search_free_names (struct module_names *names)
{
  for (size_t i = 0; i < names->count; i++)
    free (names->items[i]);
  free (names->items);
  *names = (struct module_names){ 0 };
}
