/* SPDX-License-Identifier: Apache-2.0 */
/* exec_program.c: see exec_program.h.  */
#include "plugins/transport-exec/exec_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"

/* ---- arguments and environment ---- */

static size_t
count_items (const struct hfcore_open *open, const char *key)
{
  size_t count = 0;
  while (open->host->item (open->settings, key, count))
    count++;
  return count;
}

static int
read_arguments (struct exec_program *program, const struct hfcore_open *open)
{
  size_t count = count_items (open, "arguments");
  program->arguments = calloc (count + 2, sizeof *program->arguments);
  if (!program->arguments)
    return -1;
  program->arguments[0] = program->path;
  for (size_t i = 0; i < count; i++)
    program->arguments[i + 1] = open->host->item (open->settings, "arguments", i);
  return 0;
}

/* The bytes of the name in KEY=VALUE or KEY; 0: it has none.  */
static size_t
name_length (const char *setting)
{
  size_t len = strspn (setting, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
  bool is_name = len && (*setting < '0' || *setting > '9');
  return is_name && (setting[len] == '=' || setting[len] == 0) ? len : 0;
}

/* Let the environment have `setting` (KEY=VALUE; the caller's no longer; NULL: no memory) in place
 * of what it says of that name.  */
static int
put_variable (struct exec_program *program, char *setting)
{
  char **place = program->environment;
  if (!setting)
    return -1;
  size_t len = name_length (setting) + 1;
  while (*place && strncmp (*place, setting, len) != 0)
    place++;
  free (*place);
  *place = setting;
  return 0;
}

/* As it is for us, if it is set.  */
static int
pass_variable (struct exec_program *program, const char *name)
{
  const char *value = os_getenv (name);
  return value ? put_variable (program, text_format ("%s=%s", name, value)) : 0;
}

static int
read_environment (struct exec_program *program, const struct hfcore_open *open,
                  struct hfcore_call *call)
{
  static const char *const passed[] = { "PATH", "HOME", "LANG" };
  const size_t fixed = sizeof passed / sizeof *passed + 1;
  size_t count = count_items (open, "environment");
  bool failed = false;
  program->environment = calloc (fixed + count + 1, sizeof *program->environment);
  if (!program->environment)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  failed = put_variable (program, strdup ("PATH=/usr/local/bin:/usr/bin:/bin")) < 0;
  for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
    failed = failed || pass_variable (program, passed[i]) < 0;
  failed = failed || put_variable (program, strdup ("HFCORE_TRANSPORT_EXEC=1")) < 0;
  for (size_t i = 0; i < count && !failed; i++)
    {
      const char *setting = open->host->item (open->settings, "environment", i);
      size_t len = name_length (setting);
      if (!len)
        return open->host->fail (call, HFCORE_E_CONFIG,
                                 "item %zu of `environment` is neither KEY=VALUE nor KEY", i + 1);
      failed = setting[len] ? put_variable (program, strdup (setting)) < 0
                            : pass_variable (program, setting) < 0;
    }
  return failed ? open->host->fail (call, HFCORE_E_NOMEM, "out of memory") : HFCORE_OK;
}

int
exec_program_read (struct exec_program *program, const struct hfcore_open *open,
                   struct hfcore_call *call)
{
  program->path = open->host->text (open->settings, "program");
  if (program->path[0] != '/')
    return open->host->fail (call, HFCORE_E_CONFIG,
                             "the option `program` is '%s', which is no absolute path",
                             program->path);
  if (read_arguments (program, open) < 0)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  return read_environment (program, open, call);
}

void
exec_program_free (struct exec_program *program)
{
  for (char **variable = program->environment; variable && *variable; variable++)
    {
      /* A site may have put a token there.  */
      explicit_bzero (*variable, strlen (*variable));
      free (*variable);
    }
  free (program->environment);
  free (program->arguments);
}

/* ---- trust ---- */

struct checking
{
  const struct exec_program *program;
  const struct hfcore_host *host;
  struct hfcore_call *call;
};

static int
refuse_errno (const struct checking *checking, const char *path)
{
  int os_errno = errno;
  char room[128];
  checking->host->fail (checking->call, HFCORE_E_CONFIG, "cannot run the program %s: %s: %s",
                        checking->program->path, path, strerror_r (os_errno, room, sizeof room));
  checking->host->why (checking->call, os_errno, 0, 0, 0);
  return HFCORE_E_CONFIG;
}

static int
check_open (const struct checking *checking, const char *path, int fd)
{
  char why[128];
  int open = fd < 0 ? -1 : files_is_open_to_others (fd, why, sizeof why);
  if (open < 0)
    return refuse_errno (checking, path);
  if (open == 0)
    return HFCORE_OK;
  return checking->host->fail (
      checking->call, HFCORE_E_CONFIG,
      "refusing to run the program %s: of %s, %s, so others could put code "
      "into it; take their right to write away (chmod go-w) or give it to "
      "yourself (chown)",
      checking->program->path, path, why);
}

/* What may not be read is looked at without.  */
static int
open_to_look (const char *path, int flags)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
  return fd < 0 && errno == EACCES ? open (path, O_PATH | O_CLOEXEC | flags) : fd;
}

/* `path` has a slash, behind which it is cut.  */
static int
check_folder (const struct checking *checking, char *path)
{
  char *slash = strrchr (path, '/');
  slash[slash == path] = 0;
  CLEANUP_CLOSE int fd = open_to_look (path, O_DIRECTORY);
  return check_open (checking, path, fd);
}

/* The program itself, which has no links in its path.  */
static int
check_file (const struct checking *checking, const char *path)
{
  struct stat st;
  CLEANUP_CLOSE int fd = open_to_look (path, O_NOFOLLOW);
  int code = check_open (checking, path, fd);
  if (code != HFCORE_OK)
    return code;
  if (fstat (fd, &st) < 0)
    return refuse_errno (checking, path);
  if (!S_ISREG (st.st_mode))
    return checking->host->fail (checking->call, HFCORE_E_CONFIG,
                                 "cannot run the program %s: it is no regular file", path);
  return faccessat (AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? refuse_errno (checking, path)
                                                          : HFCORE_OK;
}

int
exec_program_check (const struct exec_program *program, const struct hfcore_host *host,
                    struct hfcore_call *call, char **real)
{
  const struct checking checking = { .program = program, .host = host, .call = call };
  CLEANUP_FREE char *found = realpath (program->path, NULL);
  if (!found && errno != ENOMEM)
    return refuse_errno (&checking, program->path);
  CLEANUP_FREE char *name = strdup (program->path);
  CLEANUP_FREE char *folder = found ? strdup (found) : NULL;
  if (!folder || !name)
    return host->fail (call, HFCORE_E_NOMEM, "out of memory");
  int code = check_file (&checking, found);
  if (code == HFCORE_OK)
    code = check_folder (&checking, name);
  if (code == HFCORE_OK)
    code = check_folder (&checking, folder);
  if (code == HFCORE_OK)
    *real = TAKE_PTR (found);
  return code;
}
