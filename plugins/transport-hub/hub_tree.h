/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree.h: the file list of a commit, page by page.  */
#ifndef HFCORE_HUB_TREE_H
#define HFCORE_HUB_TREE_H

#include "plugins/transport-hub/hub.h"

/* The `list` op (spec 4.3): one page in memory at a time.  */
int hub_tree_list (struct hub *hub, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const struct hfcore_file_sink *sink);

/* One entry of a page, as JSON, into the sink. NULL: well told or skipped (`*stopped` is what the
 * sink said); else what is wrong with it (static text).  */
struct json_t;
const char *hub_tree_entry (const struct json_t *entry, const char *commit,
                            const struct hfcore_file_sink *sink, int *stopped);

#endif
