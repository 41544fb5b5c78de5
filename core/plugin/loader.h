/* SPDX-License-Identifier: Apache-2.0 */
/* loader.h: a plugin's name to its descriptor, or a true reason why not. Thread safe. Modules are
 * never unloaded. loader.c is the only file with ltdl.h, and what it remembers of loaded modules
 * the only global state of hfcore.  */
#ifndef HFCORE_PLUGIN_LOADER_H
#define HFCORE_PLUGIN_LOADER_H

#include <stddef.h>
#include <hfcore/plugin.h>

/* Where modules are looked for, in order: --plugin-dir, the configuration's plugin-path,
 * HFCORE_PLUGIN_PATH (colon separated, not with raised rights), pkglibdir. All are absolute: a
 * relative folder of the flag is below the current one; elsewhere it is left out, since what it
 * means would depend on where the program is run.  */
struct loader_path
{
  char **folders;
  size_t count;
  char *left_out; /* one line about relative folders that were left out; NULL: none            */
};
/* `flag` and the items may be NULL / 0. HFCORE_OK or HFCORE_E_NOMEM.  */
int loader_path_make (const char *flag, char *const *configured, size_t configured_count,
                      struct loader_path *path);
void loader_path_free (struct loader_path *path);

/* A loaded module; lives as long as the program.  */
struct loader_module
{
  char *name;
  char *file;                        /* absolute                                                */
  struct hfcore_plugin descriptor;   /* the host's copy: the smaller size, the rest zeroed      */
  struct hfcore_storage_ops storage; /* likewise; size 0: not of this kind                      */
  struct hfcore_transport_ops transport;
  struct hfcore_assets_ops assets;
};

/* hfcore-NAME.so in the first folder that has one; a folder of a libtool build tree has it when
 * it holds hfcore-NAME.la and .libs/hfcore-NAME.so. HFCORE_E_CONFIG: no such plugin (the message
 * lists where it was looked for and the nearest name), not a plugin, another ABI major, needs a
 * newer host, file or folder writable by others, undefined symbol (with the system's own reason).
 * A module that was loaded from a folder once is found there again without looking.  */
int loader_find (const struct loader_path *path, const char *name,
                 const struct loader_module **module, struct hfcore_error *error);
/* The module in this file, whatever folder it lies in and whatever its name, by the same rules: if
 * that is hfcore-NAME.so, the plugin must be NAME. The file and its folder may not be written by
 * others. `path` may be relative.  */
int loader_load_file (const char *path, const struct loader_module **module,
                      struct hfcore_error *error);
/* The names that loader_find would find, sorted, each once; free each and the array. HFCORE_OK or
 * HFCORE_E_NOMEM.  */
int loader_names (const struct loader_path *path, char ***names, size_t *count);

#endif
