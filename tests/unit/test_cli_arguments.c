/* SPDX-License-Identifier: Apache-2.0 */
/* test_cli_arguments.c: options, repository words and file words of the command line; tables.  */
#include <stdio.h>
#include "core/cli/arguments.h"
#include "core/cli/repo_argument.h"
#include "core/cli/table.h"
#include "core/util/cleanup.h"
#include "tests/check.h"

#define AT(member) offsetof (struct arguments, member)

#define OPERAND(word) (&(const struct operand){ .name = (word) })

static const struct option_row rows[]
    = { { "repo-type", "type", 0, OPTION_TEXT, AT (repo_type), OPERAND ("TYPE"), "" },
        { "revision", NULL, 0, OPTION_TEXT, AT (revision), OPERAND ("REV"), "" },
        { "include", NULL, 0, OPTION_LIST, AT (include), OPERAND ("PATTERN"), "" },
        { "max-workers", NULL, 0, OPTION_NUMBER, AT (max_workers), OPERAND ("N"), "" },
        { "token", NULL, 0, OPTION_SECRET, AT (token), OPERAND ("TOKEN"), "" },
        { 0 } };
static const struct option_row common[]
    = { { "quiet", NULL, 'q', OPTION_FLAG, AT (quiet), NULL, "" },
        { "verbose", NULL, 'v', OPTION_COUNT, AT (verbose), NULL, "" },
        { 0 } };
static const struct option_row *const tables[] = { common, rows, NULL };

static char why[512];

/* Parse the words of `line`, which are separated by single blanks and changed in place.  */
static int
parse (char *line, bool stop_at_operand, int *next, struct arguments *arguments)
{
  char *words[32] = { NULL };
  int count = 0;
  for (char *word = line; word && count < 31; count++)
    {
      words[count] = word;
      word = strchr (word, ' ');
      if (word)
        *word++ = 0;
    }
  why[0] = 0;
  return arguments_parse (tables, stop_at_operand, count, words, next, arguments, why, sizeof why);
}

static const char *
refusal (const char *line)
{
  char copy[256];
  struct arguments arguments = { 0 };
  snprintf (copy, sizeof copy, "%s", line);
  CU_ASSERT_EQUAL (parse (copy, false, NULL, &arguments), -1);
  arguments_free (&arguments);
  return why;
}

static void
test_options_anywhere (void)
{
  char line[] = "download gpt2 -qv --type dataset a.json --include x --include=y -v "
                "--max-workers 16 -- --revision";
  struct arguments arguments = { 0 };
  CU_ASSERT_EQUAL_FATAL (parse (line, false, NULL, &arguments), 0);
  CU_ASSERT (arguments.quiet);
  CU_ASSERT_EQUAL (arguments.verbose, 2);
  CU_ASSERT_EQUAL (arguments.max_workers, 16);
  CHECK_STRING (arguments.repo_type, "dataset");
  CU_ASSERT_EQUAL_FATAL (arguments.include.count, 2);
  CHECK_STRING (arguments.include.items[1], "y");
  CU_ASSERT_EQUAL_FATAL (arguments.operands.count, 3);
  CHECK_STRING (arguments.operands.items[0], "gpt2");
  CHECK_STRING (arguments.operands.items[1], "a.json");
  CHECK_STRING (arguments.operands.items[2], "--revision");
  CU_ASSERT_PTR_NULL (arguments.revision);
  arguments_free (&arguments);
}

static void
test_stops_at_operand (void)
{
  char line[] = "hfcore -v -q config show -v";
  struct arguments arguments = { 0 };
  int next = 0;
  CU_ASSERT_EQUAL (parse (line, true, &next, &arguments), 0);
  CU_ASSERT_EQUAL (next, 3);
  CU_ASSERT_EQUAL (arguments.verbose, 1);
  CU_ASSERT_EQUAL (arguments.operands.count, 0);
  arguments_free (&arguments);
}

/* Other users see a process's arguments: the token does not stay there.  */
static void
test_token_is_wiped (void)
{
  char line[] = "download --token hf_secret --token=hf_later";
  struct arguments arguments = { 0 };
  CU_ASSERT_EQUAL (parse (line, false, NULL, &arguments), 0);
  CHECK_STRING (arguments.token, "hf_later");
  CHECK_STRING (line + 17, "xxxxxxxxx");
  CHECK_STRING (line + 27, "--token=xxxxxxxx");
  arguments_free (&arguments);
  CU_ASSERT_PTR_NULL (arguments.token);
}

static void
test_refusals (void)
{
  CHECK_STRING (refusal ("d --revison=x"),
                "unknown option '--revison' (did you mean '--revision'?)");
  CHECK_STRING (refusal ("d --zzzzzzzz"), "unknown option '--zzzzzzzz'");
  CHECK_STRING (refusal ("d --re x"), "option '--re' is ambiguous: '--repo-type', '--revision'");
  CHECK_STRING (refusal ("d -x"), "unknown option '-x'");
  CHECK_STRING (refusal ("d --revision"), "option '--revision' needs a value: REV");
  CHECK_STRING (refusal ("d --quiet=1"), "option '--quiet' takes no value");
  CHECK_CONTAINS (refusal ("d --max-workers 0"), "needs a number from 1 to 64, not '0'");
  CHECK_CONTAINS (refusal ("d --max-workers 65"), "not '65'");
  CHECK_CONTAINS (refusal ("d --max-workers 8x"), "not '8x'");
  CHECK_CONTAINS (refusal ("d --max-workers -1"), "not '-1'");
  CHECK_CONTAINS (refusal ("d --max-workers 99999999999999999999"), "needs a number");
}

/* ---- REPO_ID ---- */

/* "TYPE|ID|REVISION|PATH", or the reason.  */
static const char *
read_repo (const char *word, const char *type, const char *revision, size_t files)
{
  static char told[1024];
  CLEANUP_REPO struct repo_argument repo = { 0 };
  if (repo_argument_parse (word, type, revision, files, &repo, why, sizeof why) < 0)
    return why;
  snprintf (told, sizeof told, "%s|%s|%s|%s", repo.type ? repo.type : "-", repo.id,
            repo.revision ? repo.revision : "-", repo.path ? repo.path : "-");
  return told;
}

static void
test_repo_ids (void)
{
  CHECK_STRING (read_repo ("gpt2", NULL, NULL, 1), "-|gpt2|-|-");
  CHECK_STRING (read_repo ("org/name", "space", "v1", 1), "space|org/name|v1|-");
  CHECK_STRING (read_repo ("datasets/org/name", NULL, "v1", 1), "dataset|org/name|v1|-");
  CHECK_STRING (read_repo ("models/org/name", NULL, NULL, 0), "model|org/name|-|-");
  CHECK_STRING (read_repo ("datasets/name", NULL, NULL, 0), "-|datasets/name|-|-");
  CHECK_CONTAINS (read_repo ("datasets/org/name", "dataset", NULL, 0), "same thing twice");
  CHECK_CONTAINS (read_repo ("kernels/org/name", NULL, NULL, 0), "invalid repo id");
  CHECK_CONTAINS (read_repo ("a/b/c", NULL, NULL, 0), "invalid repo id 'a/b/c'");
  CHECK_CONTAINS (read_repo ("", NULL, NULL, 0), "invalid repo id");
  CHECK_CONTAINS (read_repo ("a/b", "modl", NULL, 0), "did you mean 'model'");
  CHECK_CONTAINS (read_repo ("a/b", "kernel", NULL, 0), "unknown repository type 'kernel'");
}

static void
test_uris (void)
{
  CHECK_STRING (read_repo ("hf://org/name", NULL, NULL, 0), "model|org/name|-|-");
  CHECK_STRING (read_repo ("hf://org/name/", NULL, NULL, 0), "model|org/name|-|-");
  CHECK_STRING (read_repo ("hf://datasets/org/name@v1/a/b.txt", NULL, NULL, 0),
                "dataset|org/name|v1|a/b.txt");
  CHECK_STRING (read_repo ("hf://org/name/a@b/c", NULL, NULL, 0), "model|org/name|-|a@b/c");
  CHECK_STRING (read_repo ("hf://org/name@refs/pr/3/a", NULL, NULL, 0),
                "model|org/name|refs/pr/3|a");
  CHECK_STRING (read_repo ("hf://org/name@refs/convert/parquet/a/", NULL, NULL, 0),
                "model|org/name|refs/convert/parquet|a/");
  CHECK_STRING (read_repo ("hf://org/name@feature%2Fx%/a%20b", NULL, NULL, 0),
                "model|org/name|feature/x%|a%20b");
  CHECK_STRING (read_repo ("hf://kernels/org/name", NULL, NULL, 0), "kernel|org/name|-|-");
  CHECK_CONTAINS (read_repo ("hf://name", NULL, NULL, 0), "invalid HF URI: hf://name: ");
  CHECK_CONTAINS (read_repo ("hf://", NULL, NULL, 0), "invalid HF URI");
  CHECK_CONTAINS (read_repo ("hf://datasets/name", NULL, NULL, 0), "written as org/name");
  CHECK_CONTAINS (read_repo ("hf://org@v1/name", NULL, NULL, 0), "invalid HF URI");
  CHECK_CONTAINS (read_repo ("hf://org/name@", NULL, NULL, 0), "no revision behind the '@'");
  CHECK_CONTAINS (read_repo ("hf://org/na..me", NULL, NULL, 0), "invalid HF URI");
  CHECK_CONTAINS (read_repo ("hf://buckets/org/name", NULL, NULL, 0), "buckets");
  CHECK_CONTAINS (read_repo ("hf://org/name", "model", NULL, 0), "leave out --repo-type");
  CHECK_CONTAINS (read_repo ("hf://org/name", NULL, "v1", 0), "leave out --revision");
  CHECK_CONTAINS (read_repo ("hf://org/name", NULL, NULL, 1), "leave out the file names");
}

/* ---- FILE ---- */

/* "FILE|PATTERN PATTERN |PLAIN", or the reason.  */
static const char *
read_files (const char *const *files, size_t count, int has_filters)
{
  static char told[1024];
  CLEANUP_PATTERNS struct patterns patterns = { 0 };
  const char *file;
  size_t plain, len = 0;
  if (repo_argument_files (files, count, has_filters, &file, &patterns, &plain, why, sizeof why)
      < 0)
    return why;
  len += (size_t) snprintf (told, sizeof told, "%s|", file ? file : "-");
  for (size_t i = 0; i < patterns.count; i++)
    len += (size_t) snprintf (told + len, sizeof told - len, "%s ", patterns.items[i]);
  snprintf (told + len, sizeof told - len, "|%zu", plain);
  return told;
}

static void
test_files (void)
{
  static const char *const words[] = { "a.json", "art/", "b/c.txt", "deep/er//", "/", "" };
  CHECK_STRING (read_files (words, 0, 1), "-||0");
  CHECK_STRING (read_files (words, 1, 1), "a.json|a.json |1");
  CHECK_STRING (read_files (words, 4, 0), "-|a.json art/** b/c.txt deep/er/** |2");
  CHECK_STRING (read_files (words + 1, 1, 0), "-|art/** |0");
  CHECK_CONTAINS (read_files (words + 1, 1, 1), "cannot be mixed");
  CHECK_STRING (read_files (words + 4, 1, 0), "'/' is no file name");
  CHECK_STRING (read_files (words + 5, 1, 0), "'' is no file name");
}

/* ---- tables ---- */

static void
test_table (void)
{
  CLEANUP_TABLE struct table table = { .columns = 3, .gap = 2, .widest = 10, .right = 2 };
  static const char *const cells[]
      = { "FILE", "SIZE",        "NOTE",      "日本語", "1.0K",
          "",     "a\033[31m\n", "-",         "x",      "wider than the limit",
          "2",    "y",           "half a row" };
  const char *path = check_path ("table");
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
    table_add (&table, cells[i]);
  CLEANUP_FILE FILE *file = fopen (path, "w");
  CU_ASSERT_PTR_NOT_NULL_FATAL (file);
  CU_ASSERT_EQUAL (table_print (&table, file), 0);
  fflush (file);
  CHECK_STRING (check_read (path), "FILE     SIZE  NOTE\n"
                                   "日本語   1.0K\n"
                                   "a?[31m?     -  x\n"
                                   "wider than the limit     2  y\n");
}

CHECK_MAIN ("cli_arguments", { "options_anywhere", test_options_anywhere },
            { "stops_at_operand", test_stops_at_operand },
            { "token_is_wiped", test_token_is_wiped }, { "refusals", test_refusals },
            { "repo_ids", test_repo_ids }, { "uris", test_uris }, { "files", test_files },
            { "table", test_table })
