/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-older: as if built when the descriptor ended with `storage` and the table of a
 * storage with `file_get`: shorter structs with the same beginnings. What stands behind them in
 * memory is made to look like ops that must not be called.  */
#include "tests/support/plugins/bare.h"

#include <stdlib.h>

#define STORAGE_SIZE    offsetof (struct hfcore_storage_ops, file_set)
#define DESCRIPTOR_SIZE offsetof (struct hfcore_plugin, transport)

static int
beyond_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, const char *etag, uint32_t flags,
                 struct hfcore_stored_file *file)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) commit;
  (void) path;
  (void) etag;
  (void) flags;
  (void) file;
  abort ();
}

static int
beyond_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
             const struct hfcore_entry_sink *sink)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) kinds;
  (void) sink;
  abort ();
}

static const struct hfcore_storage_ops ops = { .size = STORAGE_SIZE,
                                               .caps = HFCORE_STORAGE_LIST | HFCORE_STORAGE_LOCKS,
                                               BARE_OPS,
                                               .file_set = beyond_file_set,
                                               .list = beyond_list };

static const struct hfcore_transport_ops beyond = { .size = sizeof (struct hfcore_transport_ops) };

extern HFCORE_PLUGIN_EXPORT const struct hfcore_plugin hfcore_plugin_v1;
const struct hfcore_plugin hfcore_plugin_v1 = { .size = DESCRIPTOR_SIZE,
                                                .abi_major = HFCORE_ABI_MAJOR,
                                                .name = "test-older",
                                                .version = "1",
                                                .summary = "Of an older ABI",
                                                .storage = &ops,
                                                .transport = &beyond };
