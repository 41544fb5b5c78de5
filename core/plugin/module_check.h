/* SPDX-License-Identifier: Apache-2.0 */
/* module_check.h: is what a module exports a plugin that this host can use? Runs none of its
 * code.  */
#ifndef HFCORE_PLUGIN_MODULE_CHECK_H
#define HFCORE_PLUGIN_MODULE_CHECK_H

#include "core/plugin/loader.h"

/* Fill descriptor and tables of `module` (whose file is set, and its name, or NULL: any that is a
 * name) with the host's copies.
 * HFCORE_E_CONFIG and why not, with the file's name: the descriptor is shorter than up to its
 * `options`, of another major, another name, needs a newer host, has no name, version or
 * summary, an unknown thread model, options that cannot be read, no interface, an interface
 * without the ops that it must have:
 *   storage    open close stat ref_get file_get; with the WRITE capability also create write
 *              commit abandon ref_set file_set
 *   transport  open close resolve read
 *   assets     open close path
 * All other ops may be NULL.  */
int module_check (const struct hfcore_plugin *theirs, struct loader_module *module,
                  struct hfcore_error *error);

#endif
