/* SPDX-License-Identifier: Apache-2.0 */
/* plugin_hidden.c: see plugin_hidden.h.  */
#include "core/cli/plugin_hidden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/cli/output.h"
#include "core/util/text.h"

static void
free_all (char **items, size_t count)
{
  for (size_t i = 0; i < count; i++)
    free (items[i]);
  free (items);
}

/* ---- folders ---- */

static int
add_folder (void *ctx, const char *path)
{
  char *copy = strdup (path);
  if (copy && plugin_folders_append (ctx, copy) == 0)
    return 0;
  free (copy);
  return -1;
}

int
plugin_folders_fill (struct hfcore *cache, struct plugin_folders *folders)
{
  return hfcore_plugin_folders (cache, add_folder, folders);
}

void
plugin_folders_free (struct plugin_folders *folders)
{
  free_all (folders->items, folders->count);
  *folders = (struct plugin_folders){ 0 };
}

/* ---- files ---- */

static bool
is_same_file (const char *one, const char *other)
{
  struct stat a, b;
  return stat (one, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

static bool
is_new (const struct plugin_hidden *hidden, const char *file)
{
  struct stat st;
  for (size_t i = 0; i < hidden->files.count; i++)
    if (is_same_file (hidden->files.items[i], file))
      return false;
  return stat (file, &st) == 0;
}

/* As the loader looks: in the folder, and where a build tree has its modules.  */
static char *
file_in (const char *folder, const char *name)
{
  static const char *const places[] = { "", ".libs/" };
  struct stat st;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    {
      char *file = text_format ("%s/%shfcore-%s.so", folder, places[i], name);
      if (file && stat (file, &st) == 0)
        return file;
      free (file);
    }
  return NULL;
}

void
plugin_hidden_find (const struct plugin_folders *folders, const char *name,
                    struct plugin_hidden *hidden)
{
  for (size_t i = 0; i < folders->count; i++)
    {
      char *file = file_in (folders->items[i], name);
      if (!file || !is_new (hidden, file) || plugin_files_append (&hidden->files, file) < 0)
        free (file);
    }
}

void
plugin_hidden_free (struct plugin_hidden *hidden)
{
  free_all (hidden->files.items, hidden->files.count);
  *hidden = (struct plugin_hidden){ 0 };
}

/* ---- words ---- */

void
plugin_hidden_print (const struct plugin_hidden *hidden)
{
  for (size_t i = 1; i < hidden->files.count; i++)
    {
      CLEANUP_TEXT struct text line = TEXT_LIMIT (1 << 14);
      text_addf (&line, "note  %s is hidden by %s", hidden->files.items[i], hidden->files.items[0]);
      if (!line.failed)
        output_line (line.bytes);
    }
}

json_t *
plugin_hidden_json (const struct plugin_hidden *hidden)
{
  json_t *files = json_array ();
  for (size_t i = 1; i < hidden->files.count; i++)
    json_array_append_new (files, json_string (hidden->files.items[i]));
  return files;
}
