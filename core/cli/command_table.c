/* SPDX-License-Identifier: Apache-2.0 */
/* command_table.c: which commands there are, and how a command line becomes one of them.  */
#include "core/cli/command_table.h"

#include <stdio.h>
#include <string.h>
#include "core/cli/cache_filter.h"
#include "core/cli/completion/complete.h"
#include "core/cli/format.h"
#include "core/cli/help.h"
#include "core/cli/output.h"
#include "core/cli/repo_argument.h"
#include "core/cli/revision_list.h"
#include "core/util/text.h"

#define AT(member) offsetof (struct arguments, member)

/* ---- what options take ---- */

static const struct operand local_file = { "FILE", OPERAND_LOCAL_FILE, NULL };
static const struct operand folder = { "DIR", OPERAND_LOCAL_FOLDER, NULL };
static const struct operand repo_type = { "TYPE", OPERAND_VALUE, repo_argument_types };
static const struct operand repo_id = { "REPO_ID", OPERAND_REPO, NULL };
static const struct operand repo_file = { "FILE", OPERAND_REPO_FILE, NULL };
static const struct operand repo_files = { "PATTERN", OPERAND_REPO_FILE, NULL };
static const struct operand revision = { "REV", OPERAND_REVISION, NULL };
static const struct operand pin = { "REPO", OPERAND_PIN, NULL };
static const struct operand link_way = { "HOW", OPERAND_VALUE, cmd_download_links };
static const struct operand row_order = { "KEY", OPERAND_VALUE, cache_filter_sorts };
static const struct operand picker_order = { "KEY", OPERAND_VALUE, revision_order_names };
static const struct operand format = { "FORMAT", OPERAND_VALUE, format_names };
static const struct operand plugin_or_file = { "NAME|FILE", OPERAND_PLUGIN_OR_FILE, NULL };
static const struct operand case_name = { "TEXT", OPERAND_CASE, NULL };
static const struct operand number = { "N", OPERAND_WORD, NULL };
static const struct operand size = { "SIZE", OPERAND_WORD, NULL };
static const struct operand time_span = { "TIME", OPERAND_WORD, NULL };
static const struct operand filter = { "EXPR", OPERAND_WORD, NULL };
static const struct operand key_value = { "KEY=VALUE", OPERAND_WORD, NULL };
static const struct operand token = { "TOKEN", OPERAND_WORD, NULL };
static const struct operand url = { "URL", OPERAND_WORD, NULL };

/* ---- options ---- */

static const struct option_row common_options[]
    = { { "config", NULL, 0, OPTION_TEXT, AT (config_file), &local_file,
          "read FILE in place of the user's configuration file" },
        { "plugin-dir", NULL, 0, OPTION_TEXT, AT (plugin_dir), &folder,
          "look for plugins in DIR first" },
        { "json", NULL, 0, OPTION_FLAG, AT (json), NULL, "print the result as JSON" },
        { "quiet", NULL, 'q', OPTION_FLAG, AT (quiet), NULL,
          "print only what a script wants; no progress" },
        { "verbose", NULL, 'v', OPTION_COUNT, AT (verbose), NULL,
          "tell what is being done; twice: in detail" },
        { "help", NULL, 'h', OPTION_FLAG, AT (help), NULL, "print this help" },
        { 0 } };

static const struct option_row top_options[]
    = { { "version", NULL, 0, OPTION_FLAG, AT (version), NULL, "print the version" }, { 0 } };

#define REPO_TYPE                                                                                  \
  {                                                                                                \
    "repo-type", "type", 0, OPTION_TEXT, AT (repo_type), &repo_type,                               \
        "model (the default), dataset or space"                                                    \
  }
#define REVISION                                                                                   \
  {                                                                                                \
    "revision", NULL, 0, OPTION_TEXT, AT (revision), &revision,                                    \
        "branch, tag, pull request ref or commit (default: main)"                                  \
  }
#define CACHE_DIR                                                                                  \
  {                                                                                                \
    "cache-dir", NULL, 0, OPTION_TEXT, AT (cache_dir), &folder,                                    \
        "the cache, in place of HF_HUB_CACHE or what the configuration says"                       \
  }
#define ASSETS_DIR                                                                                 \
  {                                                                                                \
    "dir", "assets-dir", 0, OPTION_TEXT, AT (assets_dir), &folder,                                 \
        "the assets folder, in place of HF_ASSETS_CACHE or what the configuration says"            \
  }

static const struct option_row download_options[]
    = { REPO_TYPE,
        REVISION,
        { "include", NULL, 0, OPTION_LIST, AT (include), &repo_files,
          "of a whole repository, only the files that match; may be repeated; * also matches /" },
        { "exclude", NULL, 0, OPTION_LIST, AT (exclude), &repo_files,
          "leave out the files that match; may be repeated" },
        CACHE_DIR,
        { "local-dir", NULL, 0, OPTION_TEXT, AT (local_dir), &folder,
          "put plain files into DIR, not into the cache, which is only read" },
        { "link", NULL, 0, OPTION_TEXT, AT (link), &link_way,
          "what is cached comes to DIR by reflink (the default), hard (link) or none (a copy); "
          "what cannot be done is copied" },
        { "force-download", NULL, 0, OPTION_FLAG, AT (force_download), NULL,
          "fetch again what is cached" },
        { "local-files-only", NULL, 0, OPTION_FLAG, AT (local_files_only), NULL,
          "take what is cached, ask nobody" },
        { "offline", NULL, 0, OPTION_FLAG, AT (offline), NULL,
          "use no network, as HF_HUB_OFFLINE=1 does; sources on disk are asked" },
        { "dry-run", NULL, 0, OPTION_FLAG, AT (dry_run), NULL,
          "list what would be fetched, and fetch nothing" },
        { "max-workers", NULL, 0, OPTION_NUMBER, AT (max_workers), &number,
          "files at once (default: 8, or as configured)" },
        { "token", NULL, 0, OPTION_SECRET, AT (token), &token,
          "access token; \"-\" reads it from the first line of stdin; better kept in HF_TOKEN" },
        { "endpoint", NULL, 0, OPTION_TEXT, AT (endpoint), &url,
          "the Hub, in place of HF_ENDPOINT or what the configuration says" },
        { 0 } };

static const struct option_row lookup_options[] = { REPO_TYPE, REVISION, CACHE_DIR, { 0 } };

static const struct option_row assets_path_options[] = { ASSETS_DIR, { 0 } };

static const struct option_row assets_ls_options[]
    = { ASSETS_DIR,
        { "tree", NULL, 0, OPTION_FLAG, AT (tree), NULL,
          "libraries, their namespaces and the subfolders of these, each with its sum" },
        { 0 } };

static const struct option_row assets_rm_options[]
    = { ASSETS_DIR,
        { "yes", NULL, 'y', OPTION_FLAG, AT (yes), NULL, "do not ask" },
        { "dry-run", NULL, 0, OPTION_FLAG, AT (dry_run), NULL,
          "tell what would be deleted, and delete nothing" },
        { 0 } };

static const struct option_row cache_export_options[]
    = { REPO_TYPE,
        { "revision", NULL, 0, OPTION_TEXT, AT (revision), &revision,
          "only this branch, tag, pull request ref or commit (default: all that are cached)" },
        { "output", NULL, 'o', OPTION_TEXT, AT (output), &local_file,
          "the archive; \"-\" is stdout" },
        { "have", NULL, 0, OPTION_TEXT, AT (have), &local_file,
          "leave out what the other side has, as its manifest or an earlier archive says" },
        { "manifest", NULL, 0, OPTION_FLAG, AT (manifest), NULL,
          "write only the list of what would be in the archive, for the other side's --have" },
        CACHE_DIR,
        { 0 } };

static const struct option_row cache_import_options[] = { CACHE_DIR, { 0 } };

static const struct option_row scan_cache_options[]
    = { { "dir", "cache-dir", 0, OPTION_TEXT, AT (cache_dir), &folder,
          "the cache, and no other; in place of what the environment or the configuration says" },
        { 0 } };

static const struct option_row delete_cache_options[]
    = { { "dir", "cache-dir", 0, OPTION_TEXT, AT (cache_dir), &folder,
          "the cache, and no other; in place of what the environment or the configuration says" },
        { "disable-tui", NULL, 0, OPTION_FLAG, AT (disable_tui), NULL,
          "choose by editing a file, where the terminal cannot be drawn on" },
        { "sort", NULL, 0, OPTION_TEXT, AT (sort), &picker_order,
          "alphabetical, lastUpdated, lastUsed or size (default: by type, the one not used for "
          "longest first)" },
        { "leave-rest", NULL, 0, OPTION_FLAG, AT (leave_rest), NULL,
          "leave file lists, locks and empty folders behind, as huggingface_hub does" },
        { 0 } };

static const struct option_row cache_ls_options[]
    = { CACHE_DIR,
        { "revisions", NULL, 0, OPTION_FLAG, AT (revisions), NULL,
          "a line for each revision, not for each repository" },
        { "no-revisions", NULL, 0, OPTION_FLAG, AT (no_revisions), NULL, "the opposite" },
        { "filter", NULL, 'f', OPTION_LIST, AT (filter), &filter,
          "only those of which this is true; may be repeated" },
        { "sort", NULL, 0, OPTION_TEXT, AT (sort), &row_order,
          "accessed, modified or size (greatest first), or name; KEY:asc, KEY:desc" },
        { "limit", NULL, 0, OPTION_TEXT, AT (limit), &number, "only the first N" },
        { "show-warnings", NULL, 0, OPTION_FLAG, AT (show_warnings), NULL,
          "tell what is wrong with repositories that are left out" },
        { "no-show-warnings", NULL, 0, OPTION_FLAG, AT (no_show_warnings), NULL, "the opposite" },
        { "format", NULL, 0, OPTION_TEXT, AT (format), &format,
          "auto and human are a table, agent is for language models, json, quiet is ids alone" },
        { "no-truncate", NULL, 0, OPTION_FLAG, AT (no_truncate), NULL,
          "print all of each column, however wide the table is" },
        { 0 } };

static const struct option_row cache_delete_options[]
    = { CACHE_DIR,
        { "yes", NULL, 'y', OPTION_FLAG, AT (yes), NULL, "do not ask" },
        { "dry-run", NULL, 0, OPTION_FLAG, AT (dry_run), NULL,
          "tell what would be deleted, delete nothing" },
        { "format", NULL, 0, OPTION_TEXT, AT (format), &format,
          "auto and human, agent, json, or quiet: a number alone" },
        { "leave-rest", NULL, 0, OPTION_FLAG, AT (leave_rest), NULL,
          "leave file lists, locks and empty folders behind, as huggingface_hub does" },
        { 0 } };

static const struct option_row cache_trim_options[]
    = { { "max-size", NULL, 0, OPTION_TEXT, AT (max_size), &size,
          "what the cache may have: 500MB, 200GB (default: `max-size` of the configuration)" },
        { "keep", NULL, 0, OPTION_LIST, AT (keep), &pin,
          "never free this one, as if it stood under `pin`: org/name, datasets/org/name or "
          "org/name@main; may be repeated" },
        { "yes", NULL, 'y', OPTION_FLAG, AT (yes), NULL, "do not ask" },
        { "dry-run", NULL, 0, OPTION_FLAG, AT (dry_run), NULL,
          "tell what would be freed, and free nothing" },
        CACHE_DIR,
        { 0 } };

static const struct option_row cache_verify_options[]
    = { REPO_TYPE,
        { "revision", NULL, 0, OPTION_TEXT, AT (revision), &revision,
          "branch, tag, pull request ref or commit (default: main, else the only one cached)" },
        CACHE_DIR,
        { "local-dir", NULL, 0, OPTION_TEXT, AT (local_dir), &folder,
          "check the files in DIR, not those in the cache" },
        { "fail-on-missing-files", NULL, 0, OPTION_FLAG, AT (fail_on_missing_files), NULL,
          "files of the revision that are not there are an error, and are listed" },
        { "fail-on-extra-files", NULL, 0, OPTION_FLAG, AT (fail_on_extra_files), NULL,
          "files that the revision does not have are an error, and are listed" },
        { "repair", NULL, 0, OPTION_FLAG, AT (repair), NULL,
          "fetch again what is damaged or missing, and nothing else" },
        { "all", NULL, 0, OPTION_FLAG, AT (all_repos), NULL,
          "every repository that is cached, in all its revisions; asks nobody" },
        { "offline", NULL, 0, OPTION_FLAG, AT (offline), NULL,
          "ask nobody: compare with the names of the blobs and remembered lists" },
        { "max-workers", NULL, 0, OPTION_NUMBER, AT (max_workers), &number,
          "files at once (default: as many as there are cores)" },
        { "token", NULL, 0, OPTION_SECRET, AT (token), &token,
          "access token; better kept in HF_TOKEN" },
        { "endpoint", NULL, 0, OPTION_TEXT, AT (endpoint), &url,
          "the Hub, in place of HF_ENDPOINT or what the configuration says" },
        { 0 } };

static const struct option_row plugin_check_options[]
    = { { "set", NULL, 0, OPTION_LIST, AT (set), &key_value,
          "an option of the plugin; may be repeated, for a list with the same KEY" },
        { "wraps", NULL, 0, OPTION_TEXT, AT (wraps), &plugin_or_file,
          "the plugin that this one wraps (default: one of hfcore's own, in memory)" },
        { "repo", NULL, 0, OPTION_TEXT, AT (repo), &repo_id,
          "a repository that this transport has" },
        REPO_TYPE,
        REVISION,
        { "file", NULL, 0, OPTION_TEXT, AT (check_file), &repo_file,
          "a file of it (default: those that the transport lists)" },
        { "only", NULL, 0, OPTION_TEXT, AT (only), &case_name,
          "only the cases that have TEXT in their name: storage, module/opens" },
        { "timeout", NULL, 0, OPTION_TEXT, AT (timeout), &time_span,
          "how long one case may take: 5s, 2m (default: 20s)" },
        { "list", NULL, 0, OPTION_FLAG, AT (list), NULL,
          "print the cases and what each of them means, and check nothing" },
        { 0 } };

/* ---- commands ---- */

static const char download_description[]
    = "Put files of a Hub repository into the cache, fetching what is not there yet,\n"
      "and print where they are: the path of the file when one FILE is given, else\n"
      "of the folder that holds the revision's files.\n"
      "\n"
      "REPO_ID is \"org/name\" or \"name\"; \"datasets/org/name\" and \"spaces/org/name\"\n"
      "say the type too, and \"hf://[TYPE/]org/name[@REV][/FILE]\" says it all.\n"
      "Without FILE the whole revision is meant. A FILE that ends in \"/\" is a folder.\n"
      "A download that was cut off goes on where it stopped.\n"
      "\n"
      "With --local-dir the files lie in DIR as they lie in the repository, and what\n"
      "is needed to bring them up to date is kept in DIR/.cache/huggingface. With\n"
      "--link hard a file is the cached one itself: who changes one changes both.\n";

static const char download_examples[]
    = "  hfcore download gpt2 config.json\n"
      "  hfcore download org/model --revision v1.0 --include '*.safetensors'\n"
      "  hfcore download datasets/org/data train/ README.md\n"
      "  hfcore download hf://org/model@main/config.json\n"
      "  hfcore download org/model --local-dir ./model\n";

static const char lookup_description[]
    = "Print the path of a cached file. Never touches the network, never writes.\n"
      "Prints nothing and ends with 1 when nothing is known of the file, with 3 when\n"
      "the Hub is known not to have it. With --json the answer also says which:\n"
      "\"state\" is \"cached\", \"unknown\" or \"absent\".\n";

static const char assets_path_description[]
    = "Print the folder that a library keeps files of its own in, and make it if it is\n"
      "not there. NAMESPACE and SUBFOLDER are \"default\" if left out. A space, \"/\" or\n"
      "\"\\\" in a name becomes \"--\". This is cached_assets_path of huggingface_hub.\n";

static const char assets_ls_description[]
    = "Print what libraries keep: a line for each subfolder, with the sizes of all\n"
      "files in it and the time of the newest. Files that lie beside the folders of a\n"
      "library or a namespace have a line of their own, with \"-\" for what they are\n"
      "not in. With -q only the paths are printed. With --json sizes are bytes and\n"
      "times are seconds since 1970.\n";

static const char assets_rm_description[]
    = "Delete what a library keeps: one subfolder, a whole namespace, or all of it.\n"
      "Tells what goes and asks first; without a terminal, and with --json or -q,\n"
      "nothing is deleted unless --yes is given. Links are deleted, not followed.\n";

static const char cache_export_description[]
    = "Write cached repositories into one tar file, to be carried to a machine without\n"
      "a network: files, revisions, refs and what is known of them, of all storages\n"
      "together. Nothing is fetched. Every file is checked against its digest on the\n"
      "way, and FILE appears when all of it is there. The same cache gives the same\n"
      "bytes, always. A tar unpacked into a cache folder is a cache, too.\n"
      "\n"
      "With --have only what the other side lacks is written: give the manifest that\n"
      "it has made with --manifest, or the archive that was last brought there.\n";

static const char cache_export_examples[]
    = "  hfcore cache export org/model datasets/org/data -o /media/stick/hf.tar\n"
      "  hfcore cache export org/model -o - | ssh host hfcore cache import -\n"
      "  hfcore cache export org/model --manifest -o have.json\n"
      "  hfcore cache export org/model --have have.json -o update.tar\n";

static const char cache_import_description[]
    = "Add an archive that 'hfcore cache export' has written to the cache. All of it is\n"
      "checked first, every digest, name and link: one that is cut off, changed or not\n"
      "made by hfcore adds nothing. Refs then name what they name in the archive, as\n"
      "after a download of that day. FILE \"-\" is stdin. What is there already is not\n"
      "written again.\n";

static const char scan_cache_description[]
    = "Print what is cached, as 'huggingface-cli scan-cache' does: a line for each\n"
      "repository, with -v for each revision, and with -vvv what is wrong with those\n"
      "that were left out. With -q only paths are printed. With --json sizes are bytes\n"
      "and times are seconds since 1970.\n";

static const char cache_ls_description[]
    = "Print what is cached, as 'hf cache ls' does.\n"
      "\n"
      "EXPR compares size (1GB), accessed or modified (an age: 7d, 2w, 3mo), type or\n"
      "refs: \"size>1GB\", \"accessed>=7d\", \"type=dataset\", \"refs=main\".\n";

static const char cache_ls_examples[] = "  hfcore cache ls --sort size --limit 10\n"
                                        "  hfcore cache ls -f 'accessed>30d' -f type=model\n"
                                        "  hfcore cache ls --revisions --json\n";

static const char cache_verify_description[]
    = "Read the cached files of a revision and compare their digests with those that\n"
      "the Hub has for them. Ends with 6 when a file is damaged. Files that are not\n"
      "there, or that the revision does not have, are counted, and are an error when\n"
      "--fail-on-missing-files or --fail-on-extra-files says so.\n"
      "\n"
      "With --repair what is damaged or missing is fetched again and put in its place,\n"
      "for every revision that shares it; what is then right is no error. With -q only\n"
      "the names of files that are wrong are printed.\n";

static const char cache_verify_examples[]
    = "  hfcore cache verify org/model\n"
      "  hfcore cache verify datasets/org/data --revision v1.0 --fail-on-missing-files\n"
      "  hfcore cache verify org/model --local-dir ./model --repair\n"
      "  hfcore cache verify --all --repair\n";

static const char delete_cache_description[]
    = "Show what is cached, revision by revision, to be chosen from; tell what that\n"
      "would free, ask, and delete what was chosen. Keys: arrows, page up and down,\n"
      "home and end move; space chooses, \"a\" all that is shown or nothing of it; \"/\"\n"
      "shows only what has a text in its name, refs or hash, escape shows all again;\n"
      "enter goes on; \"q\" and Ctrl-C leave everything as it is.\n"
      "\n"
      "With --disable-tui a file is written to be edited instead, as huggingface-cli\n"
      "does. In scripts 'hfcore cache rm' and 'hfcore cache prune' do it without\n"
      "questions.\n";

static const char cache_trim_description[]
    = "Free what was not used for longest, until the cache fits into SIZE: first what\n"
      "nobody can use (blobs of no revision, downloads that died), then revisions by\n"
      "their last use. Never what is pinned, open in a program, being downloaded, or\n"
      "was used within the last hour; if that is more than SIZE, the status is 7.\n"
      "Downloads are uses, and reading is where the file system keeps access times.\n"
      "Tells what goes and asks first; without a terminal, and with --json or -q,\n"
      "nothing is freed unless --yes is given. With -q the bytes are printed. Only the\n"
      "storage that is written is looked at.\n";

static const char cache_trim_examples[]
    = "  hfcore cache trim --max-size 200GB --dry-run\n"
      "  hfcore cache trim --max-size 50GB --keep org/model --keep datasets/org/data --yes\n";

static const char config_show_description[]
    = "Print every value of the configuration and where it was set: built in, by a\n"
      "file, by a variable of the environment, or by an option. Secrets are hidden.\n";

static const char config_check_description[]
    = "Check a configuration file, and the plugins and options that it names. What is\n"
      "wrong is told as FILE:LINE:COLUMN, with exit status 2.\n";

static const char config_path_description[]
    = "Print the configuration files in the order they are read; later ones win.\n"
      "With -q, only those that are there.\n";

static const char cache_rm_description[]
    = "Delete repositories and revisions from the cache. TARGET is \"TYPE/REPO_ID\"\n"
      "(\"model/gpt2\", \"dataset/org/name\"), \"hf://[TYPEs/]ORG/NAME\", a commit, the first\n"
      "characters of one where no other begins so, or \"TYPE/REPO_ID@COMMIT\".\n"
      "\n"
      "What other revisions need stays, and so does what another process is working\n"
      "on. A TARGET that is not cached is told of, and the others are deleted.\n"
      "Exit status 7: something could not be deleted for want of permission.\n";

static const char cache_rm_examples[]
    = "  hfcore cache rm model/gpt2\n"
      "  hfcore cache rm $(hfcore cache ls --filter \"accessed>1y\" -q) --dry-run\n"
      "  hfcore cache rm 0af12 -y\n";

static const char cache_prune_description[]
    = "Delete the revisions that no branch, tag or pull request names any more, what\n"
      "is left of downloads that were cut off, and files that repositories shared and\n"
      "none uses. A repository that was only ever downloaded by commits has no names,\n"
      "and goes whole. A download that a live process is at stays.\n";

static const char plugin_list_description[]
    = "Print the plugins that can be found: name, what they can be, version, file.\n"
      "One that cannot be loaded is listed with the reason. Of several of one name the\n"
      "first is used, and the files that it hides are told.\n";

static const char plugin_show_description[]
    = "Print what a plugin says about itself, as KEY=VALUE lines, and then its\n"
      "options with their types and defaults.\n";

static const char plugin_check_description[]
    = "Check a plugin against the contract of hfcore/plugin.h: a line for each case, and\n"
      "for each that fails what was expected and which rule says so. A plugin is named\n"
      "as in the configuration, or by its file (with a \"/\": ./x.so).\n"
      "\n"
      "Every case runs in a process and a folder of its own. The option \"root\" of a\n"
      "plugin, unless --set gives one, is an empty folder that is gone afterwards. What\n"
      "only works with something below it is checked over one of hfcore's own plugins.\n"
      "\n"
      "Exit status 1: a case has failed; 2: there is no such plugin, it cannot be\n"
      "loaded, or it does not take these options.\n";

static const char plugin_check_examples[]
    = "  hfcore plugin check ./hfcore-x.so\n"
      "  hfcore plugin check store-copy --set root=/mnt/tape/check\n"
      "  hfcore plugin check transport-hub --repo gpt2 --file config.json\n"
      "  hfcore plugin check --list\n";

static const char env_description[]
    = "Print what matters for a bug report: versions, folders, and the variables of\n"
      "the environment that change what hfcore does. Tokens are never printed.\n";

/* What the first, second and all further operands are.  */
static const enum operand_kind repo_and_files[]
    = { OPERAND_REPO, OPERAND_REPO_FILE, OPERAND_REPO_FILE };
static const enum operand_kind repos[] = { OPERAND_REPO, OPERAND_REPO, OPERAND_REPO };
static const enum operand_kind targets[] = { OPERAND_TARGET, OPERAND_TARGET, OPERAND_TARGET };
static const enum operand_kind files[] = { OPERAND_LOCAL_FILE, OPERAND_WORD, OPERAND_WORD };
static const enum operand_kind plugins[] = { OPERAND_PLUGIN, OPERAND_WORD, OPERAND_WORD };
static const enum operand_kind plugins_or_files[]
    = { OPERAND_PLUGIN_OR_FILE, OPERAND_WORD, OPERAND_WORD };
static const enum operand_kind assets_names[]
    = { OPERAND_LIBRARY, OPERAND_NAMESPACE, OPERAND_SUBFOLDER };

static const struct command commands[] = {
  { "download", "REPO_ID [FILE]...", "get files of a repository into the cache",
    download_description, download_examples, download_options, 1, SIZE_MAX, cmd_download,
    repo_and_files },
  { "lookup", "REPO_ID FILE", "print the path of a file if it is cached", lookup_description,
    "  hfcore lookup gpt2 config.json && echo cached\n", lookup_options, 1, 2, cmd_lookup,
    repo_and_files },
  { "assets path", "LIBRARY [NAMESPACE [SUBFOLDER]]", "print the folder for a library's own files",
    assets_path_description, "  cd \"$(hfcore assets path datasets Helsinki-NLP/tatoeba_mt)\"\n",
    assets_path_options, 1, 3, cmd_assets_path, assets_names },
  { "assets ls", "[LIBRARY [NAMESPACE]]", "print what libraries keep", assets_ls_description, NULL,
    assets_ls_options, 0, 2, cmd_assets_ls, assets_names },
  { "assets rm", "LIBRARY [NAMESPACE [SUBFOLDER]]", "delete what a library keeps",
    assets_rm_description, "  hfcore assets rm datasets Helsinki-NLP/tatoeba_mt --dry-run\n",
    assets_rm_options, 1, 3, cmd_assets_rm, assets_names },
  { "cache export", "REPO_ID...", "write cached repositories into one file",
    cache_export_description, cache_export_examples, cache_export_options, 1, SIZE_MAX,
    cmd_cache_export, repos },
  { "cache import", "FILE", "add such a file to the cache", cache_import_description,
    "  hfcore cache import /media/stick/hf.tar\n", cache_import_options, 1, 1, cmd_cache_import,
    files },
  { "cache ls", "", "print what is cached", cache_ls_description, cache_ls_examples,
    cache_ls_options, 0, 0, cmd_cache_ls, NULL },
  { "cache rm", "TARGET...", "delete repositories and revisions", cache_rm_description,
    cache_rm_examples, cache_delete_options, 1, SIZE_MAX, cmd_cache_rm, targets },
  { "cache prune", "", "delete what nothing names or uses", cache_prune_description,
    "  hfcore cache prune --dry-run\n", cache_delete_options, 0, 0, cmd_cache_prune, NULL },
  { "cache list", "", "the same", cache_ls_description, cache_ls_examples, cache_ls_options, 0, 0,
    cmd_cache_ls, NULL },
  { "delete-cache", "", "choose revisions and delete them", delete_cache_description,
    "  hfcore delete-cache --sort size\n", delete_cache_options, 0, 0, cmd_delete_cache, NULL },
  { "scan-cache", "", "print what is cached, with paths", scan_cache_description,
    "  hfcore scan-cache -v\n", scan_cache_options, 0, 0, cmd_scan_cache, NULL },
  { "cache trim", "", "free what was not used for longest", cache_trim_description,
    cache_trim_examples, cache_trim_options, 0, 0, cmd_cache_trim, NULL },
  { "cache verify", "[REPO_ID]", "compare cached files with their digests",
    cache_verify_description, cache_verify_examples, cache_verify_options, 0, 1, cmd_cache_verify,
    repos },
  { "config show", "", "print every setting and where it was set", config_show_description, NULL,
    NULL, 0, 0, cmd_config_show, NULL },
  { "config check", "FILE", "check a configuration file", config_check_description, NULL, NULL, 1,
    1, cmd_config_check, files },
  { "config path", "", "print which configuration files are read", config_path_description, NULL,
    NULL, 0, 0, cmd_config_path, NULL },
  { "plugin list", "", "print the plugins that can be found", plugin_list_description, NULL, NULL,
    0, 0, cmd_plugin_list, NULL },
  { "plugin show", "NAME", "print what a plugin does and its options", plugin_show_description,
    NULL, NULL, 1, 1, cmd_plugin_show, plugins },
  { "plugin check", "NAME|FILE", "check a plugin against the contract", plugin_check_description,
    plugin_check_examples, plugin_check_options, 0, 1, cmd_plugin_check, plugins_or_files },
  { "env", "", "print what matters for a bug report", env_description, NULL, NULL, 0, 0, cmd_env,
    NULL },
  { "version", "", "print the version", "Print the version.\n", NULL, NULL, 0, 0, cmd_version,
    NULL },
  { 0 }
};

static const struct complete_tables complete_tables
    = { .commands = commands, .common = common_options, .top = top_options };

enum
{
  COMMANDS = sizeof commands / sizeof *commands - 1,
  NAME_ROOM = 64,
  WHY_ROOM = 512
};

/* ---- from words to a command ---- */

static const struct command *
find_command (const char *name)
{
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

/* Is `word` the first word of commands that have two?  */
static bool
is_group (const char *word)
{
  size_t len = strlen (word);
  for (size_t i = 0; i < COMMANDS; i++)
    if (strncmp (commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
      return true;
  return false;
}

static int
refuse_command (const char *name)
{
  /* A typo in either word of two is found in the whole name. */
  const char *names[2 * COMMANDS + 1];
  char groups[COMMANDS][NAME_ROOM];
  size_t count = 0;
  for (size_t i = 0; i < COMMANDS; i++)
    {
      size_t len = strcspn (commands[i].name, " ");
      snprintf (groups[i], sizeof groups[i], "%.*s", (int) len, commands[i].name);
      names[count++] = commands[i].name;
      if (commands[i].name[len])
        names[count++] = groups[i];
    }
  names[count++] = "help";
  const char *near = text_nearest (name, names, count);
  if (near)
    return output_usage (NULL, "unknown command '%s' (did you mean '%s'?)", name, near);
  return output_usage (NULL, "unknown command '%s'", name);
}

/* `hfcore help [COMMAND [SUBCOMMAND]]` and --help.  */
static int
print_help (const char *name)
{
  const struct command *command = find_command (name);
  if (command)
    help_command (command, common_options);
  else if (is_group (name))
    help_group (name, commands);
  else if (*name)
    return refuse_command (name);
  else
    help_overview (commands, common_options);
  return STATUS_DONE;
}

static int
run_help (const struct arguments *arguments)
{
  char name[NAME_ROOM];
  const struct words *words = &arguments->operands;
  const char *first = words->count > 0 ? words->items[0] : "";
  snprintf (name, sizeof name, "%s%s%s", first, words->count > 1 ? " " : "",
            words->count > 1 ? words->items[1] : "");
  return print_help (name);
}

static int
check_operands (const struct command *command, const struct words *operands)
{
  if (operands->count < command->least)
    return output_usage (command->name, "%.*s is missing", (int) strcspn (command->operands, " "),
                         command->operands);
  if (operands->count > command->most)
    return output_usage (command->name, "'%s' is one argument too many",
                         operands->items[command->most]);
  return STATUS_DONE;
}

/* argv[0] is the command's (last) word.  */
static int
run_command (const struct command *command, int argc, char **argv, struct arguments *arguments)
{
  const struct option_row *tables[] = { common_options, command->options, NULL };
  char why[WHY_ROOM];
  arguments->command = command->name;
  if (arguments_parse (tables, false, argc, argv, NULL, arguments, why, sizeof why) < 0)
    return output_usage (command->name, "%s", why);
  if (arguments->help)
    return print_help (command->name);
  int status = check_operands (command, &arguments->operands);
  return status == STATUS_DONE ? command->run (arguments) : status;
}

/* `hfcore config [OPTION]... show …`; argv[0] is the group's word.  */
static int
run_group (int argc, char **argv, struct arguments *arguments)
{
  const struct option_row *tables[] = { common_options, NULL };
  const char *group = argv[0];
  char why[WHY_ROOM], name[NAME_ROOM];
  int next;
  if (arguments_parse (tables, true, argc, argv, &next, arguments, why, sizeof why) < 0)
    return output_usage (group, "%s", why);
  if (next == argc && arguments->help)
    return print_help (group);
  if (next == argc)
    return output_usage (group, "'%s' is half a command", group);
  snprintf (name, sizeof name, "%s %s", group, argv[next]);
  const struct command *command = find_command (name);
  if (!command)
    return refuse_command (name);
  return run_command (command, argc - next, argv + next, arguments);
}

static int
run_words (int argc, char **argv, struct arguments *arguments)
{
  const struct option_row *tables[] = { common_options, top_options, NULL };
  const struct option_row *common[] = { common_options, NULL };
  char why[WHY_ROOM];
  int next;
  if (arguments_parse (tables, true, argc, argv, &next, arguments, why, sizeof why) < 0)
    return output_usage (NULL, "%s", why);
  if (arguments->version)
    return cmd_version (arguments);
  if (next == argc)
    return print_help ("");
  argc -= next;
  argv += next;
  if (is_group (argv[0]))
    return run_group (argc, argv, arguments);
  /* For the shells, hidden from people: its words are no options.  */
  if (strcmp (argv[0], "complete") == 0)
    return complete_run (argc - 1, argv + 1, &complete_tables);
  const struct command *command = find_command (argv[0]);
  if (command)
    return run_command (command, argc, argv, arguments);
  if (strcmp (argv[0], "help") != 0)
    return refuse_command (argv[0]);
  if (arguments_parse (common, false, argc, argv, NULL, arguments, why, sizeof why) < 0)
    return output_usage (NULL, "%s", why);
  return run_help (arguments);
}

int
command_table_run (int argc, char **argv)
{
  struct arguments arguments = { 0 };
  if (argc < 1)
    return output_fail (STATUS_USAGE, "no program name was given");
  int status = run_words (argc, argv, &arguments);
  arguments_free (&arguments);
  return status;
}
