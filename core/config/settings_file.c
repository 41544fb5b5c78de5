/* SPDX-License-Identifier: Apache-2.0 */
/* settings_file.c: one configuration file: may it be trusted, and what does it say?  */
#include "core/config/settings_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "core/config/config_error.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"

enum
{
  MOST_BYTES = 1 << 20
};

/* ---- trust ---- */

static int
fail_open_to_others (const char *path, const struct stat *st, const char *why,
                     struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  config_where (path, 0, 0, where, sizeof where);
  if (st->st_uid != 0 && st->st_uid != geteuid ())
    return config_fail (error, where, "not used, because %s: make it yours with chown", why);
  return config_fail (error, where, "not used, because %s: run `chmod go-w %s`", why, where);
}

/* Others may write to a sticky folder such as /tmp, but not replace our files there.  */
static int
check_trust (int fd, const char *path, struct hfcore_error *error)
{
  struct stat st;
  char why[128] = "";
  int open_to_others = fstat (fd, &st) < 0 ? -1 : 0;
  if (open_to_others == 0 && !(S_ISDIR (st.st_mode) && st.st_mode & S_ISVTX))
    open_to_others = files_is_open_to_others (fd, why, sizeof why);
  if (open_to_others < 0)
    return config_fail (error, path, "%s", strerror (errno));
  return open_to_others ? fail_open_to_others (path, &st, why, error) : HFCORE_OK;
}

static int
check_folder (const char *file, struct hfcore_error *error)
{
  const char *slash = strrchr (file, '/');
  CLEANUP_FREE char *folder
      = slash ? strndup (file, slash == file ? 1 : (size_t) (slash - file)) : strdup (".");
  if (!folder)
    return config_no_memory (error);
  CLEANUP_CLOSE int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == EACCES) /* it may be passed through, but not be listed */
    fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return config_fail (error, folder, "%s", strerror (errno));
  return check_trust (fd, folder, error);
}

/* The folder of the file's name, and that of the file where the name is a link.  */
static int
check_folders (const char *file, struct hfcore_error *error)
{
  CLEANUP_FREE char *real = files_resolve (file);
  if (!real)
    return errno == ENOMEM ? config_no_memory (error)
                           : config_fail (error, file, "%s", strerror (errno));
  int code = check_folder (file, error);
  return code ? code : check_folder (real, error);
}

/* ---- reading ---- */

/* What an open file holds: `*len` bytes and a zero.  */
static int
read_all (int fd, const char *file, char **bytes, size_t *len, struct hfcore_error *error)
{
  size_t used = 0;
  CLEANUP_FREE char *buffer = malloc (MOST_BYTES + 2);
  if (!buffer)
    return config_no_memory (error);
  while (used <= MOST_BYTES)
    {
      ssize_t got = read (fd, buffer + used, MOST_BYTES + 1 - used);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return config_fail (error, file, "cannot read it: %s", strerror (errno));
      if (got == 0)
        break;
      used += (size_t) got;
    }
  buffer[used] = 0;
  *bytes = TAKE_PTR (buffer);
  *len = used;
  return HFCORE_OK;
}

/* Opened without waiting: the name may be that of a FIFO.  */
static int
open_config (const char *file, bool must_exist, int *fd, struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  struct stat st;
  config_where (file, 0, 0, where, sizeof where);
  CLEANUP_CLOSE int opened = open (file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (opened < 0)
    {
      bool absent = errno == ENOENT || errno == ENOTDIR;
      return absent && !must_exist
                 ? HFCORE_OK
                 : config_fail (error, where, "cannot read this configuration file: %s",
                                strerror (errno));
    }
  if (fstat (opened, &st) < 0)
    return config_fail (error, where, "%s", strerror (errno));
  if (!S_ISREG (st.st_mode))
    return config_fail (error, where, "a configuration file must be a regular file, not a %s",
                        S_ISDIR (st.st_mode) ? "folder" : "pipe or a device");
  int code = check_trust (opened, file, error);
  if (!code)
    code = check_folders (file, error);
  if (!code)
    *fd = TAKE_FD (opened);
  return code;
}

/* ---- what it says ---- */

static int
fail_node (const struct settings_origin *file, const struct yaml_node *node, const char *message,
           struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  config_where (file->name, node->line, node->column, where, sizeof where);
  return config_fail (error, where, "%s%s%s%s", node->key ? "`" : "", node->key ? node->key : "",
                      node->key ? "` " : "", message);
}

static int
fail_unknown_key (const struct settings_origin *file, const struct yaml_node *node,
                  struct hfcore_error *error)
{
  const char *words[64] = { "storage", "transport", "assets" };
  size_t count = 3;
  for (size_t i = 0; i < settings_table_count; i++)
    words[count++] = settings_table[i].option.key;
  char where[CONFIG_WHERE_ROOM], hint[CONFIG_HINT_ROOM];
  config_where (file->name, node->line, node->column, where, sizeof where);
  return config_fail (error, where, "there is no setting `%s`%s", node->key,
                      config_hint (node->key, words, count, hint));
}

static int
apply_scalar (struct settings_parts *parts, size_t row, const struct yaml_node *node,
              const struct settings_origin *file, struct hfcore_error *error)
{
  struct settings_origin origin = *file;
  origin.line = node->line;
  origin.column = node->column;
  if (node->is_null)
    return fail_node (file, node, "needs a value (put `~` or `null` in quotes if you mean it)",
                      error);
  if (node->kind == YAML_SCALAR)
    return settings_put (parts, row, node->scalar, &origin, error);
  if (node->kind == YAML_MAPPING || settings_table[row].option.type != HFCORE_OPTION_LIST)
    return fail_node (file, node, "expects one value, not a list of values", error);
  char **items = pool_get (&parts->pool, node->count + 1, sizeof *items);
  if (!items)
    return config_no_memory (error);
  for (size_t i = 0; i < node->count; i++)
    {
      if (node->items[i].kind != YAML_SCALAR || node->items[i].is_null)
        return fail_node (file, &node->items[i], "expected a text here", error);
      items[i] = node->items[i].scalar;
    }
  return settings_put_list (parts, row, items, node->count, &origin, error);
}

static int
apply_tree (struct settings_parts *parts, const struct yaml_node *root,
            const struct settings_origin *file, struct hfcore_error *error)
{
  if (root->kind != YAML_MAPPING)
    return fail_node (file, root, "expected `key: value` lines", error);
  for (size_t i = 0; i < root->count; i++)
    {
      const struct yaml_node *node = &root->items[i];
      size_t row = settings_row (node->key);
      int code;
      if (strcmp (node->key, "storage") == 0 || strcmp (node->key, "transport") == 0
          || strcmp (node->key, "assets") == 0)
        code = settings_read_chain (parts, node, file, error);
      else if (row == settings_table_count)
        code = fail_unknown_key (file, node, error);
      else
        code = apply_scalar (parts, row, node, file, error);
      if (code)
        return code;
    }
  return HFCORE_OK;
}

int
settings_read_file (struct settings_parts *parts, const char *file, enum settings_layer layer,
                    bool must_exist, bool *found, struct hfcore_error *error)
{
  CLEANUP_CLOSE int fd = -1;
  CLEANUP_FREE char *bytes = NULL;
  struct yaml_node *root = NULL;
  size_t len = 0;
  int code = open_config (file, must_exist, &fd, error);
  *found = fd >= 0;
  if (code || fd < 0)
    return code;
  struct settings_origin origin = { .layer = layer, .name = pool_copy (&parts->pool, file) };
  if (!origin.name)
    return config_no_memory (error);
  code = read_all (fd, file, &bytes, &len, error);
  if (!code)
    code = yaml_tree_parse (file, bytes, len, &root, error);
  if (!code)
    code = apply_tree (parts, root, &origin, error);
  yaml_tree_free (root);
  return code;
}
