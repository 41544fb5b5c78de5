/* SPDX-License-Identifier: Apache-2.0 */
/* asset_rows.h: what the library tells of assets, kept and sorted.  */
#ifndef HFCORE_CLI_ASSET_ROWS_H
#define HFCORE_CLI_ASSET_ROWS_H

#include <hfcore/hfcore.h>
#include "core/util/vector.h"

/* As in struct hfcore_asset_info. Names that do not apply are NULL; `path` is never.  */
struct asset_row
{
  char *names[3]; /* library, namespace, subfolder  */
  char *path;
  uint64_t bytes;
  int64_t modified_ms;
};
VECTOR_DEFINE (asset_rows, struct asset_row);

/* Read all that `names` (library, namespace, subfolder, or NULL) mean, by name. The result of
 * hfcore_assets_each; free the rows in any case.  */
int asset_rows_read (struct hfcore *cache, const char *const names[3], struct asset_rows *rows,
                     struct hfcore_error *error);
void asset_rows_free (struct asset_rows *rows);
#define CLEANUP_ROWS __attribute__ ((cleanup (asset_rows_free)))

/* Of the rows from `first` on whose first `depth` names are those of the first: how many there
 * are; and their bytes and the newest of their times, where wanted.  */
size_t asset_rows_sum (const struct asset_rows *rows, size_t first, size_t depth, uint64_t *bytes,
                       int64_t *modified_ms);

#endif
