/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.h: the command line, parsed by tables of options. Prints nothing.  */
#ifndef HFCORE_CLI_ARGUMENTS_H
#define HFCORE_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/util/vector.h"

VECTOR_DEFINE (words, const char *);

/* What was said, all commands together. Strings belong to argv unless said otherwise.  */
struct arguments
{
  const char *command; /* its full name, "config show"                                         */

  const char *config_file;
  const char *plugin_dir;
  uint32_t verbose; /* how often -v was given                                               */
  bool quiet, json, help, version;

  const char *repo_type;
  const char *revision;
  const char *cache_dir;
  const char *assets_dir;
  const char *local_dir;
  const char *link;   /* how files in local_dir share their bytes with the cache's               */
  const char *output; /* FILE to write, or "-"                                                 */
  const char *have;   /* what the other side has                                               */
  const char *endpoint;
  char *token; /* an own copy: the one in argv is wiped, where other users see it      */
  uint32_t max_workers;
  bool force_download, local_files_only, offline, dry_run;
  bool yes, tree, manifest;
  bool revisions, no_revisions, show_warnings, no_show_warnings, no_truncate;
  const char *sort, *limit, *format;
  struct words filter;
  bool disable_tui;
  bool leave_rest; /* of what is deleted, all that huggingface_hub leaves                      */
  bool fail_on_missing_files, fail_on_extra_files, repair, all_repos;
  const char *wraps, *repo, *only, *check_file,
      *timeout; /* of `plugin check`                     */
  struct words set;
  bool list;
  const char *max_size; /* as it was written                                                    */
  struct words keep;
  struct words include, exclude;

  struct words operands;
};

enum option_kind
{
  OPTION_FLAG,   /* bool                                                                 */
  OPTION_COUNT,  /* uint32_t, one more each time                                         */
  OPTION_NUMBER, /* uint32_t, 1 to ARGUMENTS_MOST                                        */
  OPTION_TEXT,   /* const char *; the last one wins                                      */
  OPTION_SECRET, /* char *, copied, and wiped from argv                                  */
  OPTION_LIST    /* struct words                                                         */
};

#define ARGUMENTS_MOST 64u

/* What a value or an operand is, for completion in the shell.  */
enum operand_kind
{
  OPERAND_WORD = 0, /* nobody can guess it                                                  */
  OPERAND_VALUE,    /* one of `values`                                                      */
  OPERAND_LOCAL_FILE,
  OPERAND_LOCAL_FOLDER,
  OPERAND_REPO,      /* "org/name", "datasets/org/name", "hf://…"                            */
  OPERAND_PIN,       /* "org/name", "datasets/org/name", "org/name@main"                     */
  OPERAND_TARGET,    /* "model/org/name", "model/org/name@COMMIT", a commit                  */
  OPERAND_REVISION,  /* of the repository that is named                                      */
  OPERAND_REPO_FILE, /* of that revision                                                     */
  OPERAND_PLUGIN,
  OPERAND_PLUGIN_OR_FILE,
  OPERAND_CASE,    /* of `plugin check`                                                    */
  OPERAND_LIBRARY, /* of the assets                                                        */
  OPERAND_NAMESPACE,
  OPERAND_SUBFOLDER
};

/* The value of an option.  */
struct operand
{
  const char *name; /* as help shows it: "DIR"                                              */
  enum operand_kind kind;
  const char *const *values; /* of a VALUE; ends with NULL                                    */
};

/* Tables end with a NULL name.  */
struct option_row
{
  const char *name;
  const char *alias; /* another long name, or NULL                                           */
  char letter;       /* or 0                                                                 */
  enum option_kind kind;
  size_t offset; /* of the member in struct arguments                                    */
  const struct operand *operand; /* NULL for flags                                            */
  const char *help;
};

/* Read options of `tables` (ends with NULL) from argv[1] on. With `stop_at_operand`, *next is the
 * index of the first word that is none; else all words are read, options and operands in any
 * order, until "--". 0, or -1 and one line in `why`.  */
int arguments_parse (const struct option_row *const *tables, bool stop_at_operand, int argc,
                     char **argv, int *next, struct arguments *arguments, char *why, size_t room);
void arguments_free (struct arguments *arguments);

#endif
