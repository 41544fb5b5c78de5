/* SPDX-License-Identifier: Apache-2.0 */
/* command_table.h: the commands: their names, options, help and code.  */
#ifndef HFCORE_CLI_COMMAND_TABLE_H
#define HFCORE_CLI_COMMAND_TABLE_H

#include <stddef.h>
#include "core/cli/arguments.h"

/* The last of `takes` is also what follows.  */
#define COMMAND_TAKES 3

struct command
{
  const char *name;        /* "download"; of a group: "config show"                       */
  const char *operands;    /* as the usage line shows them                                */
  const char *summary;     /* a few words for the list of commands                        */
  const char *description; /* for its own help: whole lines                               */
  const char *examples;    /* whole lines; or NULL                                        */
  const struct option_row *options; /* of its own; or NULL                                */
  size_t least, most; /* how many operands                                           */
  int (*run) (struct arguments *arguments); /* the exit code                              */
  const enum operand_kind *takes; /* COMMAND_TAKES of them; NULL: nothing to complete     */
};

/* Parse the command line, run what it says, and return the exit code.  */
int command_table_run (int argc, char **argv);

/* What --link may say; ends with NULL.  */
extern const char *const cmd_download_links[];

/* One file each; they print their own failures and return the exit code.  */
int cmd_download (struct arguments *arguments);
int cmd_lookup (struct arguments *arguments);
int cmd_assets_path (struct arguments *arguments);
int cmd_assets_ls (struct arguments *arguments);
int cmd_assets_rm (struct arguments *arguments);
int cmd_cache_export (struct arguments *arguments);
int cmd_cache_import (struct arguments *arguments);
int cmd_cache_ls (struct arguments *arguments);
int cmd_cache_prune (struct arguments *arguments);
int cmd_cache_rm (struct arguments *arguments);
int cmd_delete_cache (struct arguments *arguments);
int cmd_scan_cache (struct arguments *arguments);
int cmd_cache_trim (struct arguments *arguments);
int cmd_cache_verify (struct arguments *arguments);
int cmd_config_show (struct arguments *arguments);
int cmd_config_check (struct arguments *arguments);
int cmd_config_path (struct arguments *arguments);
int cmd_plugin_check (struct arguments *arguments);
int cmd_plugin_list (struct arguments *arguments);
int cmd_plugin_show (struct arguments *arguments);
int cmd_env (struct arguments *arguments);
int cmd_version (struct arguments *arguments);

#endif
