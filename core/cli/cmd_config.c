/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_config.c: hfcore config show, check and path.  */
#include <stdio.h>
#include <string.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  WIDEST_CELL = 48 /* one long path must not push all comments off the screen */
};

/* Where walks put what they see.  */
struct listing
{
  struct table *table;
  json_t *json; /* NULL: a table is wanted */
  bool quiet;
};

static int
add_row (json_t *list, json_t *row)
{
  return json_array_append_new (list, row) < 0 ? HFCORE_E_NOMEM : 0;
}

static int
show_line (void *ctx, const struct hfcore_config_line *line)
{
  struct listing *listing = ctx;
  bool has_where = line->where && *line->where;
  const char *value = line->value ? line->value : "";
  if (listing->json)
    return add_row (listing->json,
                    json_pack ("{s:s, s:s, s:s, s:s}", "key", line->key, "value", value, "layer",
                               line->layer, "where", has_where ? line->where : ""));
  CLEANUP_FREE char *comment = text_format ("  # %s%s%s", line->layer, has_where ? ", " : "",
                                            has_where ? line->where : "");
  if (!comment)
    return HFCORE_E_NOMEM;
  table_add (listing->table, line->key);
  table_add (listing->table, "=");
  table_add (listing->table, value);
  table_add (listing->table, listing->quiet ? "" : comment);
  return 0;
}

static int
show_file (void *ctx, const char *path, int32_t found)
{
  struct listing *listing = ctx;
  if (listing->json)
    return add_row (listing->json, json_pack ("{s:s, s:b}", "path", path, "found", found != 0));
  if (listing->quiet && found)
    puts (path);
  table_add (listing->table, path);
  table_add (listing->table, found ? "found" : "missing");
  return 0;
}

/* Print what a walk has collected, or why it failed.  */
static int
finish (struct listing *listing, int code)
{
  json_t *json = listing->json;
  if (code == HFCORE_OK && json)
    return output_json (json);
  json_decref (json);
  if (json && code == HFCORE_E_NOMEM)
    return output_json (NULL);
  if (code != HFCORE_OK || table_print (listing->table, stdout) < 0)
    return output_fail (STATUS_FAILED, "out of memory");
  return STATUS_DONE;
}

int
cmd_config_show (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_TABLE struct table table = { .columns = 4, .gap = 1, .widest = WIDEST_CELL };
  struct listing listing = { .table = &table, .quiet = arguments->quiet };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  listing.json = arguments->json ? json_array () : NULL;
  return finish (&listing, hfcore_config_each (cache, show_line, &listing));
}

int
cmd_config_path (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_TABLE struct table table = { .columns = 2, .gap = 2 };
  struct listing listing = { .table = &table, .quiet = arguments->quiet };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  listing.json = arguments->json ? json_array () : NULL;
  int code = hfcore_config_files (cache, show_file, &listing);
  if (arguments->quiet && !arguments->json)
    return STATUS_DONE;
  return finish (&listing, code);
}

int
cmd_config_check (struct arguments *arguments)
{
  struct hfcore_options options;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const char *file = arguments->operands.items[0];
  session_options (arguments, NULL, &options);
  bool is_right = hfcore_config_check (file, &options, &error) == HFCORE_OK;
  int status = is_right ? STATUS_DONE : output_error (&error);
  if (arguments->json)
    {
      int printed = output_json (json_pack ("{s:s, s:b}", "file", file, "ok", is_right));
      return printed == STATUS_DONE ? status : printed;
    }
  if (is_right && !arguments->quiet)
    printf ("%s: ok\n", file);
  return status;
}
