/* SPDX-License-Identifier: Apache-2.0 */
/* assets_kit.h: what the cases of assets share: questions whose names end with their call, a sink
 * that remembers, and what is expected of answers. All strings live as long as the process.  */
#ifndef HFCORE_CONTRACT_ASSETS_KIT_H
#define HFCORE_CONTRACT_ASSETS_KIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include "core/contract/case.h"
#include "core/util/vector.h"

enum
{
  ASSETS_TOO_SLOW_MS = 1000 /* 100 ms is the rule; the rest is for slow machines  */
};

/* What a list told of one folder.  */
struct told_asset
{
  char *library, *name_space, *subfolder, *path; /* NULL: not told  */
  uint64_t bytes;
  int64_t modified_ms;
};
VECTOR_DEFINE (told_assets, struct told_asset);

/* A list; the sink may be stopped, or slow once it was cancelled.  */
struct asset_list
{
  struct contract *contract;
  struct told_assets told;
  int stop_with;     /* returned from the `stop_at`th asset on  */
  size_t stop_at;    /* from 1; 0: never  */
  atomic_int cancel; /* set when the first asset was told, if `cancels`  */
  bool cancels, stopped;
  int64_t since_ms; /* clock_now_ms () of that; 0: not yet  */
  int after_stop;   /* assets that were told after it  */
};

/* ---- questions: names may be NULL ---- */

const struct hfcore_asset *assets_named (struct hfcore_call *call, const char *library,
                                         const char *name_space, const char *subfolder);
/* The folder, which must be an absolute path of an existing one; a copy.  */
char *assets_folder (struct contract *contract, const struct contract_assets *assets,
                     const char *library, const char *name_space, const char *subfolder);
/* The code; `*path` (or NULL) a copy.  */
int assets_ask_path (struct contract *contract, const struct contract_assets *assets,
                     const char *library, const char *name_space, const char *subfolder,
                     char **path);
int assets_ask_remove (struct contract *contract, const struct contract_assets *assets,
                       const char *library, const char *name_space, const char *subfolder);
/* All that is told, which must succeed; `*list` is made empty before.  */
void assets_list_all (struct contract *contract, const struct contract_assets *assets,
                      const char *library, const char *name_space, const char *subfolder,
                      struct asset_list *list);
void asset_list_init (struct asset_list *list, struct contract *contract);
struct hfcore_asset_sink asset_list_sink (struct asset_list *list);
/* The plugin's own op, past the guard, which would hide what it does after its sink said stop.  */
int assets_list_bare (const struct contract_assets *assets, struct hfcore_call *call,
                      const struct hfcore_asset *asset, const struct hfcore_asset_sink *sink);

/* ---- folders ---- */

/* Write `len` bytes into FOLDER/NAME, with the folders that NAME needs.  */
void assets_write (struct contract *contract, const char *folder, const char *name, size_t len);
bool assets_is_there (const char *folder, const char *name);
/* Does `path` lie below `folder`?  */
bool assets_is_below (const char *path, const char *folder);
/* How many entries of a list have this path.  */
size_t assets_told (const struct asset_list *list, const char *path);
/* All that is below a folder, a line each.  */
char *assets_state (struct contract *contract, const char *folder);

/* ---- what is expected ---- */

/* Failures have a text of the plugin's own, and mean something.  */
void assets_expect_text (struct contract *contract, const struct hfcore_call *call, const char *op);
void assets_expect_clean (struct contract *contract);

#endif
