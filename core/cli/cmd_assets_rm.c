/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_assets_rm.c: hfcore assets rm: says what would go, asks, removes, says what went.  */
#include <stdio.h>
#include "core/cli/asset_rows.h"
#include "core/cli/command_table.h"
#include "core/cli/confirm.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/util/text.h"

/* What is to go.  */
struct plan
{
  struct asset_rows rows;
  uint64_t bytes;
  char size[16]; /* the same for people  */
};

/* "3 folders totalling 1.3M"  */
static void
say (const char *before, const struct plan *plan, const char *between, const char *after)
{
  printf ("%s%zu folder%s%s%s%s\n", before, plan->rows.count, plan->rows.count == 1 ? "" : "s",
          between, plan->size, after);
}

static int
print_plan (const struct plan *plan)
{
  CLEANUP_TABLE struct table table = { .columns = 2, .gap = 2, .right = 2 };
  say ("About to delete ", plan, " totalling ", ":");
  for (size_t i = 0; i < plan->rows.count; i++)
    {
      const struct asset_row *row = &plan->rows.items[i];
      CLEANUP_TEXT struct text name = TEXT_LIMIT (1 << 16);
      char size[16];
      text_addf (&name, "  - %s", row->names[0] ? row->names[0] : "");
      for (size_t level = 1; level < 3 && row->names[level]; level++)
        text_addf (&name, "/%s", row->names[level]);
      if (!row->names[2])
        text_add (&name, " (other files)");
      text_size (size, sizeof size, row->bytes);
      table_add (&table, name.failed ? "" : name.bytes);
      table_add (&table, size);
      table.failed |= name.failed;
    }
  return table_print (&table, stdout) < 0 ? output_fail (STATUS_FAILED, "out of memory")
                                          : STATUS_DONE;
}

static int
print_result (const struct arguments *arguments, const struct plan *plan)
{
  if (arguments->json && arguments->dry_run)
    return output_json (json_pack ("{s:b, s:I, s:I}", "dry_run", 1, "folders",
                                   (json_int_t) plan->rows.count, "size",
                                   (json_int_t) plan->bytes));
  if (arguments->json)
    return output_json (json_pack ("{s:I, s:I}", "folders_deleted", (json_int_t) plan->rows.count,
                                   "freed", (json_int_t) plan->bytes));
  if (arguments->quiet)
    for (size_t i = 0; i < plan->rows.count; i++)
      output_line (plan->rows.items[i].path);
  else if (plan->rows.count == 0)
    puts ("Nothing to delete.");
  else if (arguments->dry_run)
    puts ("Dry run: nothing was deleted.");
  else
    say ("Deleted ", plan, "; freed ", ".");
  return STATUS_DONE;
}

static int
remove_planned (struct arguments *arguments, struct hfcore *cache, const char *const names[3],
                const struct plan *plan)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  bool is_told = !arguments->json && !arguments->quiet;
  int status = is_told ? print_plan (plan) : STATUS_DONE;
  if (status == STATUS_DONE && !arguments->dry_run)
    status = confirm_deletion (arguments);
  if (status != STATUS_DONE || arguments->dry_run)
    return status;
  if (hfcore_assets_remove (cache, names[0], names[1], names[2], &error) != HFCORE_OK)
    return output_error (&error);
  return STATUS_DONE;
}

static void
warn_of_none (const char *const names[3])
{
  output_warning ("there are no assets of %s%s%s%s%s", names[0], names[1] ? "/" : "",
                  names[1] ? names[1] : "", names[2] ? "/" : "", names[2] ? names[2] : "");
}

static int
plan_and_remove (struct arguments *arguments, struct plan *plan)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct words *operands = &arguments->operands;
  const char *const names[3]
      = { operands->items[0], operands->count > 1 ? operands->items[1] : NULL,
          operands->count > 2 ? operands->items[2] : NULL };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  int code = asset_rows_read (cache, names, &plan->rows, &error);
  bool is_missing = code == HFCORE_E_NOTFOUND && error.missing == HFCORE_MISSING_CACHE;
  if (code != HFCORE_OK && !is_missing)
    return output_error (&error);
  asset_rows_sum (&plan->rows, 0, 0, &plan->bytes, NULL);
  text_size (plan->size, sizeof plan->size, plan->bytes);
  if (plan->rows.count == 0)
    warn_of_none (names);
  else
    status = remove_planned (arguments, cache, names, plan);
  return status == STATUS_DONE ? print_result (arguments, plan) : status;
}

int
cmd_assets_rm (struct arguments *arguments)
{
  struct plan plan = { .bytes = 0 };
  int status = plan_and_remove (arguments, &plan);
  asset_rows_free (&plan.rows);
  return status;
}
