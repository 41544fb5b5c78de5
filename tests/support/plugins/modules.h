/* SPDX-License-Identifier: Apache-2.0 */
/* modules.h: the plugins of tests/support/plugins, for tests that load them.
 *
 * They are looked for in $TEST_PLUGIN_DIR, else in the folder that the build put in the macro of
 * this name, as hfcore-NAME.so or .libs/hfcore-NAME.so. Tests load copies of their own, since the
 * build tree may be writable by others, and modules there are refused.  */
#ifndef HFCORE_TESTS_PLUGINS_MODULES_H
#define HFCORE_TESTS_PLUGINS_MODULES_H

#include "core/plugin/loader.h"

/* Copy hfcore-NAME.so into `folder` below check_folder (), under `as` (NULL: its own name), mode
 * 0644 in a folder of mode 0755. Exits when there is none. Returns the copy's path as check_path
 * does.  */
const char *modules_copy (const char *name, const char *folder, const char *as);

/* A path of only this folder below check_folder (); loader_path_free it.  */
struct loader_path modules_path (const char *folder);

/* A path to fresh copies of all test modules that load; loader_path_free it.  */
struct loader_path modules_all (void);

#endif
