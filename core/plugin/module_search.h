/* SPDX-License-Identifier: Apache-2.0 */
/* module_search.h: which file is the module of this name, and may it be trusted?  */
#ifndef HFCORE_PLUGIN_MODULE_SEARCH_H
#define HFCORE_PLUGIN_MODULE_SEARCH_H

#include <stdbool.h>
#include <sys/types.h>
#include "core/plugin/loader.h"
#include "core/util/vector.h"

struct module_file
{
  char *file; /* absolute, links of the file itself resolved; the caller's                       */
  dev_t device;
  ino_t inode;
};

/* Lower-case letters, digits and "-", at most 64, not "-" first.  */
bool module_search_is_name (const char *name);

/* In this folder. HFCORE_OK; HFCORE_PASS: it is not here; HFCORE_E_NOMEM; HFCORE_E_CONFIG: it is
 * here, and others than root and the current user may change it or the folders that it lies in
 * and is linked from, or it is no file, or it cannot be read.  */
int module_search_folder (const char *folder, const char *name, struct module_file *found,
                          struct hfcore_error *error);

/* The module in the file `path`. `*name`: NAME of hfcore-NAME.so, the caller's; NULL: its file is
 * named otherwise. Errors as above; HFCORE_E_CONFIG also: it is not there.  */
int module_search_file (const char *path, struct module_file *found, char **name,
                        struct hfcore_error *error);

/* Append the names of the modules in this folder, sorted into all the others; one that is there
 * already is left out. A folder that cannot be read has none. -1: no memory.  */
VECTOR_DEFINE (module_names, char *);
int module_search_names (const char *folder, struct module_names *names);
void module_search_free_names (struct module_names *names);

#endif
