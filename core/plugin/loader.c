/* SPDX-License-Identifier: Apache-2.0 */
/* loader.c: see loader.h. libltdl's traps and what is done about them:
 *  - it is not thread safe: one mutex is held around all of this;
 *  - it searches LTDL_LIBRARY_PATH and others for a bare name: it is given absolute files only,
 *    and the search is ours (module_search.c);
 *  - it binds lazily, so that a missing function would kill the program in the middle of a
 *    download, and it says "file not found" whatever went wrong: the module is first opened with
 *    everything bound, which tells the true reason. libltdl then finds it open.  */
#include "core/plugin/loader.h"

#include <ltdl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include "core/config/config_error.h"
#include "core/plugin/module_check.h"
#include "core/plugin/module_search.h"
#include "core/util/cleanup.h"
#include "core/util/os.h"
#include "core/util/text.h"

enum
{
  FOLDERS_MOST = 4096, /* of a message that lists them  */
  MAJORS = 10          /* of the ABI: so far are other majors recognised  */
};

/* A module where it was found. Two folders may lead to one file.  */
struct known_module
{
  struct known_module *next;
  char *folder;
  dev_t device;
  ino_t inode;
  struct loader_module *module;
};

static struct
{
  pthread_mutex_t mutex;
  bool ltdl_ready;
  struct known_module *known;
} loader = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* ---- one file ---- */

/* The system's reason, without the name of the file in front, which the message has already.  */
static const char *
plain_reason (const char *why, const char *file)
{
  if (!why)
    return "the system does not say why";
  size_t len = strlen (file);
  if (strncmp (why, file, len) == 0 && strncmp (why + len, ": ", 2) == 0)
    return why + len + 2;
  return why;
}

static lt_dlhandle
open_with_ltdl (const char *file)
{
  lt_dladvise advise;
  if (!loader.ltdl_ready && lt_dlinit () != 0)
    return NULL;
  loader.ltdl_ready = true;
  if (lt_dladvise_init (&advise) != 0)
    return NULL;
  lt_dlhandle handle = NULL;
  if (lt_dladvise_local (&advise) == 0 && lt_dladvise_resident (&advise) == 0)
    handle = lt_dlopenadvise (file, advise);
  lt_dladvise_destroy (&advise);
  return handle;
}

static int
fail_symbol (lt_dlhandle handle, const char *file, struct hfcore_error *error)
{
  for (int major = 0; major < MAJORS; major++)
    {
      char symbol[32];
      snprintf (symbol, sizeof symbol, "hfcore_plugin_v%d", major);
      if (major != HFCORE_ABI_MAJOR && lt_dlsym (handle, symbol))
        return config_fail (error, file,
                            "this plugin is made for plugin ABI %d and hfcore has %d; install the "
                            "plugin's release for this hfcore",
                            major, HFCORE_ABI_MAJOR);
    }
  return config_fail (error, file, "this is no plugin of hfcore: it does not export %s",
                      HFCORE_PLUGIN_SYMBOL);
}

static int
load_descriptor (const char *file, const struct hfcore_plugin **descriptor,
                 struct hfcore_error *error)
{
  const char *why = NULL;
  if (!os_library_open (file, &why))
    return config_fail (error, file, "this plugin cannot be loaded: %s", plain_reason (why, file));
  lt_dlhandle handle = open_with_ltdl (file);
  if (!handle)
    return config_fail (error, file, "this plugin cannot be loaded: %s",
                        plain_reason (lt_dlerror (), file));
  *descriptor = lt_dlsym (handle, HFCORE_PLUGIN_SYMBOL);
  return *descriptor ? HFCORE_OK : fail_symbol (handle, file, error);
}

/* ---- known modules ---- */

static void
free_module (struct loader_module *module)
{
  if (!module)
    return;
  free (module->name);
  free (module->file);
  free (module);
}

/* `name` NULL: as it calls itself.  */
static int
load_module (const char *name, const char *file, struct loader_module **loaded,
             struct hfcore_error *error)
{
  const struct hfcore_plugin *descriptor = NULL;
  int code = load_descriptor (file, &descriptor, error);
  if (code)
    return code;
  struct loader_module *module = calloc (1, sizeof *module);
  if (module)
    {
      module->name = name ? strdup (name) : NULL;
      module->file = strdup (file);
    }
  if (!module || (name && !module->name) || !module->file)
    code = config_no_memory (error);
  else
    code = module_check (descriptor, module, error);
  if (code == HFCORE_OK && !name && !(module->name = strdup (module->descriptor.name)))
    code = config_no_memory (error);
  if (code)
    free_module (module);
  else
    *loaded = module;
  return code;
}

static struct loader_module *
find_by_folder (const char *folder, const char *name)
{
  for (struct known_module *known = loader.known; known; known = known->next)
    if (strcmp (known->module->name, name) == 0 && strcmp (known->folder, folder) == 0)
      return known->module;
  return NULL;
}

/* `name` NULL: any.  */
static struct loader_module *
find_by_file (const struct module_file *found, const char *name)
{
  for (struct known_module *known = loader.known; known; known = known->next)
    if (known->device == found->device && known->inode == found->inode
        && (!name || strcmp (known->module->name, name) == 0))
      return known->module;
  return NULL;
}

/* Remember that `found`, loaded before or now, is what this folder has of this name (NULL: of the
 * name that it calls itself).  */
static int
get_module (const char *folder, const char *name, const struct module_file *found,
            const struct loader_module **module, struct hfcore_error *error)
{
  struct known_module *known = malloc (sizeof *known);
  CLEANUP_FREE char *folder_copy = strdup (folder);
  struct loader_module *loaded = find_by_file (found, name);
  int code = HFCORE_OK;
  if (!known || !folder_copy)
    code = config_no_memory (error);
  else if (!loaded)
    code = load_module (name, found->file, &loaded, error);
  if (code)
    {
      free (known);
      return code;
    }
  *known = (struct known_module){ .next = loader.known,
                                  .folder = TAKE_PTR (folder_copy),
                                  .device = found->device,
                                  .inode = found->inode,
                                  .module = loaded };
  loader.known = known;
  *module = loaded;
  return HFCORE_OK;
}

/* HFCORE_PASS: it is not in this folder.  */
static int
find_in_folder (const char *folder, const char *name, const struct loader_module **module,
                struct hfcore_error *error)
{
  *module = find_by_folder (folder, name);
  if (*module)
    return HFCORE_OK;
  struct module_file found;
  int code = module_search_folder (folder, name, &found, error);
  if (code)
    return code;
  code = get_module (folder, name, &found, module, error);
  free (found.file);
  return code;
}

/* ---- all folders ---- */

static int
fail_unknown (const struct loader_path *path, const char *name, struct hfcore_error *error)
{
  struct module_names names = { 0 };
  CLEANUP_TEXT struct text folders = TEXT_LIMIT (FOLDERS_MOST);
  for (size_t i = 0; i < path->count; i++)
    {
      text_addf (&folders, "%s%s", i ? ":" : "", path->folders[i]);
      module_search_names (path->folders[i], &names);
    }
  char hint[CONFIG_HINT_ROOM];
  config_hint (name, (const char *const *) names.items, names.count, hint);
  module_search_free_names (&names);
  return config_fail (error, NULL,
                      "there is no plugin `%s`%s; hfcore-%s.so was looked for in %s%s%s", name,
                      hint, name, folders.bytes ? folders.bytes : "no folder",
                      path->left_out ? ", and not in relative folders: " : "",
                      path->left_out ? path->left_out : "");
}

int
loader_find (const struct loader_path *path, const char *name, const struct loader_module **module,
             struct hfcore_error *error)
{
  if (!module_search_is_name (name))
    return config_fail (error, NULL,
                        "`%.80s` is no name of a plugin, which has lower-case letters, digits and "
                        "`-` only",
                        name);
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&loader.mutex);
  for (size_t i = 0; i < path->count; i++)
    {
      int code = find_in_folder (path->folders[i], name, module, error);
      if (code != HFCORE_PASS)
        return code;
    }
  return fail_unknown (path, name, error);
}

int
loader_load_file (const char *path, const struct loader_module **module, struct hfcore_error *error)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&loader.mutex);
  struct module_file found;
  char *name = NULL;
  int code = module_search_file (path, &found, &name, error);
  if (code)
    return code;
  /* No folder is named as a file is, so nobody who looks for a name in a folder gets this one.  */
  code = get_module (found.file, name, &found, module, error);
  free (name);
  free (found.file);
  return code;
}

int
loader_names (const struct loader_path *path, char ***names, size_t *count)
{
  struct module_names found = { 0 };
  for (size_t i = 0; i < path->count; i++)
    if (module_search_names (path->folders[i], &found) < 0)
      {
        module_search_free_names (&found);
        return HFCORE_E_NOMEM;
      }
  *names = found.items;
  *count = found.count;
  return HFCORE_OK;
}
