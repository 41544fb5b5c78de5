/* SPDX-License-Identifier: Apache-2.0 */
/* plugin_hidden.h: plugins of the same name in several folders. The first is used, and people are
 * told of the others.  */
#ifndef HFCORE_CLI_PLUGIN_HIDDEN_H
#define HFCORE_CLI_PLUGIN_HIDDEN_H

#include <jansson.h>
#include <hfcore/hfcore.h>
#include "core/util/vector.h"

VECTOR_DEFINE (plugin_folders, char *);
VECTOR_DEFINE (plugin_files, char *);

struct plugin_hidden
{
  struct plugin_files files; /* the first is used, the others are hidden by it  */
};

/* The folders where plugins are looked for, the caller's. -1: no memory.  */
int plugin_folders_fill (struct hfcore *cache, struct plugin_folders *folders);
void plugin_folders_free (struct plugin_folders *folders);
#define CLEANUP_FOLDERS __attribute__ ((cleanup (plugin_folders_free)))

/* Files of this name, each once, though several folders lead to it. What memory there is not for is
 * left out.  */
void plugin_hidden_find (const struct plugin_folders *folders, const char *name,
                         struct plugin_hidden *hidden);
void plugin_hidden_free (struct plugin_hidden *hidden);
#define CLEANUP_HIDDEN __attribute__ ((cleanup (plugin_hidden_free)))

/* A line on stdout for each that is hidden.  */
void plugin_hidden_print (const struct plugin_hidden *hidden);
/* An array of those that are hidden.  */
json_t *plugin_hidden_json (const struct plugin_hidden *hidden);

#endif
