/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache_trim.c: hfcore cache trim: frees what was not used for longest until the cache fits
 * into a size.  */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "core/cli/command_table.h"
#include "core/cli/confirm.h"
#include "core/cli/interrupt.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/cli/timesince.h"
#include "core/util/clock.h"
#include "core/util/text.h"

enum
{
  SIZE_ROOM = 16,
  TIME_ROOM = 48
};

struct trimming
{
  const struct arguments *arguments;
  bool is_told; /* to people  */
  struct table goes, stays;
  json_t *items; /* with --json  */
  uint64_t stays_bytes;
  int status; /* of the question, when it was not answered with yes  */
};

/* ---- items ---- */

static const char *
why (const struct hfcore_trim_item *item)
{
  static const char *const kinds[] = { [HFCORE_TRIM_REVISION] = "least recently used",
                                       [HFCORE_TRIM_ORPHANS] = "no revision uses it",
                                       [HFCORE_TRIM_PARTIAL] = "unfinished, nobody writes to it",
                                       [HFCORE_TRIM_SHARED] = "no repository uses it" };
  static const char *const reasons[] = { [HFCORE_STAYS_PINNED] = "pinned",
                                         [HFCORE_STAYS_RECENT] = "used within the last hour",
                                         [HFCORE_STAYS_OPEN] = "open in a program",
                                         [HFCORE_STAYS_DOWNLOADED] = "being downloaded",
                                         [HFCORE_STAYS_DAMAGED] = "damaged, see scan-cache" };
  return item->stays ? reasons[item->stays] : kinds[item->kind];
}

static const char *
kind_name (int32_t kind)
{
  static const char *const names[] = { [HFCORE_TRIM_REVISION] = "revision",
                                       [HFCORE_TRIM_ORPHANS] = "orphans",
                                       [HFCORE_TRIM_PARTIAL] = "partial",
                                       [HFCORE_TRIM_SHARED] = "shared" };
  return names[kind];
}

static void
add_name (struct text *to, const struct hfcore_trim_item *item)
{
  if (item->repo_id)
    text_addf (to, "%s/%s", item->repo_type, item->repo_id);
  if (item->kind == HFCORE_TRIM_ORPHANS)
    text_addf (to, ": %" PRIu64 " blob%s", item->files, item->files == 1 ? "" : "s");
  else if (item->kind == HFCORE_TRIM_REVISION)
    text_addf (to, "@%.8s", item->name);
  else
    text_addf (to, "%s%.16s…", item->repo_id ? ": " : "", item->name);
  for (size_t i = 0; i < item->ref_count; i++)
    text_addf (to, "%s%s%s", i ? ", " : " (", item->refs[i], i + 1 == item->ref_count ? ")" : "");
}

static void
add_row (struct table *table, const struct hfcore_trim_item *item)
{
  CLEANUP_TEXT struct text name = TEXT_LIMIT ((size_t) 1 << 20);
  char size[SIZE_ROOM], time[TIME_ROOM] = "-";
  add_name (&name, item);
  text_size (size, sizeof size, item->bytes);
  if (item->used_ns)
    timesince (time, sizeof time, item->used_ns / 1000000, clock_wall_ms ());
  table_add (table, name.failed ? "" : name.bytes);
  table_add (table, size);
  table_add (table, time);
  table_add (table, why (item));
  table->failed |= name.failed;
}

static int
add_json (json_t *items, const struct hfcore_trim_item *item)
{
  json_t *refs = json_array ();
  for (size_t i = 0; i < item->ref_count; i++)
    json_array_append_new (refs, json_string (item->refs[i]));
  json_t *made = json_pack ("{s:s, s:s?, s:s?, s:s?, s:o, s:I, s:b, s:s}", "kind",
                            kind_name (item->kind), "repo_type", item->repo_type, "repo_id",
                            item->repo_id, "name", item->name, "refs", refs, "size",
                            (json_int_t) item->bytes, "goes", !item->stays, "why", why (item));
  if (made && item->used_ns)
    json_object_set_new (made, "last_used", json_real ((double) item->used_ns / 1e9));
  return json_array_append_new (items, made);
}

static int
on_item (void *trimming_, const struct hfcore_trim_item *item)
{
  struct trimming *trimming = trimming_;
  if (item->stays)
    trimming->stays_bytes += item->bytes;
  if (trimming->items)
    return add_json (trimming->items, item);
  if (trimming->is_told)
    add_row (item->stays ? &trimming->stays : &trimming->goes, item);
  return 0;
}

/* ---- the plan ---- */

static void
begin_table (struct table *table)
{
  *table = (struct table){ .columns = 4, .gap = 2, .right = 2 };
  table_add (table, "WHAT");
  table_add (table, "SIZE");
  table_add (table, "LAST USED");
  table_add (table, "WHY");
}

static bool
has_rows (const struct table *table)
{
  return table->cells.count > table->columns;
}

static int
print_plan (struct trimming *trimming, const struct hfcore_trimmed *plan)
{
  char freed[SIZE_ROOM], before[SIZE_ROOM], limit[SIZE_ROOM];
  text_size (freed, sizeof freed, plan->freed);
  text_size (before, sizeof before, plan->before);
  text_size (limit, sizeof limit, plan->limit);
  printf ("About to free %s of %s (the limit is %s):\n", freed, before, limit);
  return table_print (&trimming->goes, stdout);
}

static int
on_confirm (void *trimming_, const struct hfcore_trimmed *plan)
{
  struct trimming *trimming = trimming_;
  if (trimming->is_told && print_plan (trimming, plan) < 0)
    trimming->status = output_fail (STATUS_FAILED, "out of memory");
  else if (!trimming->arguments->dry_run)
    trimming->status = confirm_deletion (trimming->arguments);
  return trimming->status != STATUS_DONE;
}

static int
on_thing (void *trimming, const struct hfcore_deleted_thing *thing)
{
  (void) trimming;
  if (thing->outcome == HFCORE_DELETED_FAILED || thing->outcome == HFCORE_DELETED_KEPT)
    output_warning ("%s", thing->message);
  return 0;
}

/* ---- the result ---- */

static int
print_json (struct trimming *trimming, const struct hfcore_trimmed *sum)
{
  return output_json (json_pack ("{s:b, s:b, s:I, s:I, s:I, s:I, s:O}", "dry_run",
                                 trimming->arguments->dry_run, "fits", sum->fits, "limit",
                                 (json_int_t) sum->limit, "size", (json_int_t) sum->before, "freed",
                                 (json_int_t) sum->freed, "revisions", (json_int_t) sum->revisions,
                                 "items", trimming->items));
}

static int
print_text (struct trimming *trimming, const struct hfcore_trimmed *sum)
{
  char freed[SIZE_ROOM], before[SIZE_ROOM], limit[SIZE_ROOM];
  text_size (freed, sizeof freed, sum->freed);
  text_size (before, sizeof before, sum->before);
  text_size (limit, sizeof limit, sum->limit);
  if (trimming->arguments->quiet)
    printf ("%" PRIu64 "\n", sum->freed);
  else if (sum->before <= sum->limit)
    printf ("The cache has %s, within %s. Nothing to free.\n", before, limit);
  else if (!has_rows (&trimming->goes))
    puts ("There is nothing that may be freed.");
  else if (trimming->arguments->dry_run)
    puts ("Dry run: nothing was deleted.");
  else
    printf ("Freed %s: %" PRIu64 " revision(s), %" PRIu64 " unfinished download(s).\n", freed,
            sum->revisions, sum->partials);
  if (!trimming->is_told || !has_rows (&trimming->stays))
    return STATUS_DONE;
  puts ("What stays, and why:");
  return table_print (&trimming->stays, stdout) < 0 ? output_fail (STATUS_FAILED, "out of memory")
                                                    : STATUS_DONE;
}

/* That the limit cannot be met is no success: whoever set it relies on it.  */
static int
print_result (struct trimming *trimming, const struct hfcore_trimmed *sum)
{
  char left[SIZE_ROOM], limit[SIZE_ROOM];
  int status = trimming->items ? print_json (trimming, sum) : print_text (trimming, sum);
  if (status != STATUS_DONE || sum->fits)
    return status;
  text_size (left, sizeof left,
             sum->before - (sum->freed < sum->before ? sum->freed : sum->before));
  text_size (limit, sizeof limit, sum->limit);
  return output_fail (STATUS_DISK,
                      "the cache %s %s, more than %s: the rest is pinned, in use, or "
                      "was used within the last hour",
                      trimming->arguments->dry_run ? "would have" : "has", left, limit);
}

/* ---- all of it ---- */

static int
read_size (const struct arguments *arguments, uint64_t *bytes)
{
  unsigned long long size = 0;
  *bytes = 0;
  if (!arguments->max_size)
    return STATUS_DONE;
  if (text_parse_size (arguments->max_size, &size) < 0 || size == 0)
    return output_usage (arguments->command,
                         "--max-size is a size such as 500MB or 200GB, not '%s'",
                         arguments->max_size);
  *bytes = size;
  return STATUS_DONE;
}

static int
fail (const struct trimming *trimming, const struct hfcore_trim *ask,
      const struct hfcore_error *error)
{
  if (error->code == HFCORE_E_CANCELLED && trimming->status != STATUS_DONE)
    return trimming->status;
  if (error->code == HFCORE_E_CANCELLED)
    return output_fail (STATUS_INTERRUPTED, "interrupted; what was deleted by then is gone");
  if (error->code == HFCORE_E_CONFIG && !ask->max_bytes && ask->keep_count == 0)
    return output_usage (trimming->arguments->command, "%s", error->message);
  return output_error (error);
}

static int
run (struct trimming *trimming, struct hfcore *cache)
{
  const struct arguments *arguments = trimming->arguments;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_trim ask = HFCORE_TRIM_INIT;
  struct hfcore_trimmed sum = { .size = sizeof sum };
  int status = read_size (arguments, &ask.max_bytes);
  if (status != STATUS_DONE)
    return status;
  ask.flags = arguments->dry_run ? HFCORE_DRY_RUN : 0;
  ask.keep = arguments->keep.items;
  ask.keep_count = arguments->keep.count;
  ask.item = on_item;
  ask.confirm = on_confirm;
  ask.thing = on_thing;
  ask.ctx = trimming;
  interrupt_watch (cache);
  int code = hfcore_trim (cache, &ask, &sum, &error);
  interrupt_unwatch ();
  return code == HFCORE_OK ? print_result (trimming, &sum) : fail (trimming, &ask, &error);
}

int
cmd_cache_trim (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct trimming trimming
      = { .arguments = arguments, .is_told = !arguments->json && !arguments->quiet };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  begin_table (&trimming.goes);
  begin_table (&trimming.stays);
  trimming.items = arguments->json ? json_array () : NULL;
  status = run (&trimming, cache);
  table_free (&trimming.goes);
  table_free (&trimming.stays);
  json_decref (trimming.items);
  return status;
}
