/* SPDX-License-Identifier: Apache-2.0 */
/* complete_cached.c: candidates that the library knows: repositories, revisions and files that are
 * cached, plugins, assets. Whoever presses a key waits for it, so that all of it ends after a
 * second or two, with what was found by then.  */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include "core/cli/completion/complete.h"
#include "core/cli/output.h"
#include "core/cli/repo_argument.h"
#include "core/cli/session.h"
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"

enum
{
  COMMIT_SHOWN = 12,
  ENTRIES_MOST = 100000, /* of one folder that are looked at  */
  WHY_ROOM = 512
};

/* What is being looked for.  */
struct search
{
  struct complete *complete;
  struct hfcore *cache;
  enum operand_kind kind;
  const char *stem; /* what is completed  */
  /* The repository that was named, its revision and what is typed of a path in it.  */
  struct repo_argument repo;
  char *start; /* what stands before a revision or path in the same word: "org/name@"; or NULL  */
};

static void
search_free (struct search *search)
{
  repo_argument_free (&search->repo);
  free (search->start);
}
#define CLEANUP_SEARCH __attribute__ ((cleanup (search_free)))

static void
offer (const struct search *search, const char *start, const char *value, const char *about)
{
  complete_offer (&search->complete->offers, &search->complete->line, start, value, about);
}

/* ---- time ---- */

static _Atomic (struct hfcore *) watched;

static void
on_alarm (int number)
{
  (void) number;
  struct hfcore *cache = atomic_exchange (&watched, NULL);
  if (!cache)
    _exit (STATUS_DONE);
  hfcore_cancel (cache);
}

/* After a second what runs is asked to end, after another the program ends.  */
static void
limit_time (void)
{
  struct sigaction action = { .sa_handler = on_alarm };
  const struct itimerval second = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 };
  sigemptyset (&action.sa_mask);
  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &second, NULL);
}

/* ---- repositories ---- */

/* As --repo-type calls it; false: no option and no prefix says such a type.  */
static bool
has_flag (const char *type)
{
  for (size_t i = 0; repo_argument_types[i]; i++)
    if (strcmp (repo_argument_types[i], type) == 0)
      return true;
  return false;
}

/* "org/name", "datasets/org/name", "hf://datasets/org/name".  */
static void
offer_repo (const struct search *search, const struct hfcore_scan_repo *repo)
{
  const char *type = search->complete->arguments.repo_type;
  bool is_model = strcmp (repo->repo_type, "model") == 0, has_org = strchr (repo->repo_id, '/');
  bool is_uri = text_starts_with (search->stem, "hf://");
  if (!has_flag (repo->repo_type) || names_check_repo_id (repo->repo_id))
    return;
  if (type && !is_uri)
    {
      if (strcmp (type, repo->repo_type) == 0)
        offer (search, NULL, repo->repo_id, repo->repo_type);
      return;
    }
  if (!has_org && (!is_model || is_uri))
    return;
  CLEANUP_FREE char *start = text_format ("%s%s%s", is_uri ? "hf://" : "",
                                          is_model ? "" : repo->repo_type, is_model ? "" : "s/");
  if (start)
    offer (search, start, repo->repo_id, repo->repo_type);
}

/* "model/org/name", or the start of a commit.  */
static void
offer_target (const struct search *search, const struct hfcore_scan_repo *repo)
{
  static const char hex[] = "0123456789abcdef";
  CLEANUP_FREE char *name = text_format ("%s/%s", repo->repo_type, repo->repo_id);
  const char *stem = search->stem, *at = strchr (stem, '@');
  if (!name)
    return;
  offer (search, NULL, name, "repository");
  bool is_this = at && strlen (name) == (size_t) (at - stem) && text_starts_with (stem, name);
  bool is_hex = *stem && stem[strspn (stem, hex)] == 0;
  CLEANUP_FREE char *start = text_format ("%s@", name);
  for (size_t i = 0; (is_this || is_hex) && start && i < repo->revision_count; i++)
    {
      const struct hfcore_scan_revision *revision = repo->revisions[i];
      if (is_this)
        offer (search, start, revision->commit,
               revision->ref_count ? revision->refs[0] : "revision");
      else
        offer (search, NULL, revision->commit, name);
    }
}

/* ---- revisions ---- */

static bool
is_searched (const struct search *search, const struct hfcore_scan_repo *repo)
{
  const char *type = search->repo.type ? search->repo.type : "model";
  return search->repo.id && strcmp (repo->repo_id, search->repo.id) == 0
         && strcmp (repo->repo_type, type) == 0;
}

/* In a URI a "/" ends the revision, but in those that the Hub itself makes.  */
static char *
as_written (const struct search *search, const char *revision)
{
  bool is_uri = search->start && text_starts_with (search->start, "hf://");
  bool is_whole = text_starts_with (revision, "refs/pr/")
                  || (text_starts_with (revision, "refs/convert/")
                      && !strchr (revision + strlen ("refs/convert/"), '/'));
  CLEANUP_TEXT struct text written = TEXT_LIMIT (4096);
  for (; *revision; revision++)
    if (is_uri && (*revision == '%' || (*revision == '/' && !is_whole)))
      text_addf (&written, "%%%02X", (unsigned) *revision);
    else
      text_append (&written, revision, 1);
  return text_take (&written);
}

static void
offer_revisions (const struct search *search, const struct hfcore_scan_repo *repo)
{
  char about[COMMIT_SHOWN + 1];
  for (size_t i = 0; i < repo->ref_count; i++)
    {
      CLEANUP_FREE char *name = as_written (search, repo->refs[i]->name);
      snprintf (about, sizeof about, "%s", repo->refs[i]->commit);
      if (name)
        offer (search, search->start, name, about);
    }
  for (size_t i = 0; i < repo->revision_count; i++)
    {
      const struct hfcore_scan_revision *revision = repo->revisions[i];
      offer (search, search->start, revision->commit,
             revision->ref_count ? revision->refs[0] : "commit");
    }
}

/* ---- files ---- */

static bool
is_folder (int parent, const struct dirent *entry)
{
  struct stat st;
  if (entry->d_type != DT_UNKNOWN)
    return entry->d_type == DT_DIR;
  return fstatat (parent, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st.st_mode);
}

/* What the snapshot's folder has where the typed path ends, a level at a time.  */
static void
offer_folder (const struct search *search, const char *snapshot, const char *typed)
{
  const char *slash = strrchr (typed, '/');
  CLEANUP_FREE char *below = strndup (typed, slash ? (size_t) (slash - typed) : 0);
  CLEANUP_FREE char *start = text_format ("%s%.*s", search->start ? search->start : "",
                                          slash ? (int) (slash + 1 - typed) : 0, typed);
  CLEANUP_FREE char *path = below ? text_format ("%s/%s", snapshot, below) : NULL;
  if (!start || !path || (slash && names_check_file (below)))
    return;
  CLEANUP_DIR DIR *dir = opendir (path);
  const struct dirent *entry;
  /* Where options may stand, "-x" is one.  */
  bool is_bare = !*start && !search->complete->is_plain && search->complete->is_operand;
  for (int i = 0; dir && i < ENTRIES_MOST && (entry = readdir (dir)); i++)
    {
      const char *name = entry->d_name;
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || (is_bare && *name == '-'))
        continue;
      CLEANUP_FREE char *value
          = text_format ("%s%s", name, is_folder (dirfd (dir), entry) ? "/" : "");
      if (value)
        offer (search, start, value, NULL);
    }
}

static void
offer_files (const struct search *search, const struct hfcore_scan_repo *repo)
{
  const char *asked = search->repo.revision, *wanted = asked ? asked : "main", *commit = NULL;
  const char *typed = !search->start ? search->stem : search->repo.path ? search->repo.path : "";
  for (size_t i = 0; !commit && i < repo->ref_count; i++)
    if (strcmp (repo->refs[i]->name, wanted) == 0)
      commit = repo->refs[i]->commit;
  if (!commit && asked)
    commit = asked;
  /* Nothing was said, and there is no main: any that there is.  */
  for (size_t i = 0; i < repo->revision_count; i++)
    if (repo->revisions[i]->path && (!commit || strcmp (repo->revisions[i]->commit, commit) == 0))
      offer_folder (search, repo->revisions[i]->path, typed);
}

static int
on_repo (void *ctx, const struct hfcore_scan_repo *repo)
{
  const struct search *search = ctx;
  switch (search->kind)
    {
    case OPERAND_TARGET:
      offer_target (search, repo);
      break;
    case OPERAND_REVISION:
      if (is_searched (search, repo))
        offer_revisions (search, repo);
      break;
    case OPERAND_REPO_FILE:
      if (is_searched (search, repo))
        offer_files (search, repo);
      break;
    default:
      offer_repo (search, repo);
    }
  return HFCORE_OK;
}

/* ---- what is named already ---- */

static int
parse_repo (struct search *search, const char *word, const char *type, const char *revision)
{
  char why[WHY_ROOM];
  repo_argument_free (&search->repo);
  if (text_starts_with (word, "hf://"))
    type = revision = NULL;
  return repo_argument_parse (word, type, revision, 0, &search->repo, why, sizeof why);
}

/* Another word names the repository. False: none does, or it is a URI, which has no FILE words.  */
static bool
find_repo (struct search *search)
{
  const struct arguments *arguments = &search->complete->arguments;
  const char *word = arguments->operands.count > 0 ? arguments->operands.items[0] : NULL;
  if (arguments->repo)
    word = arguments->repo;
  if (!word || (search->complete->is_operand && text_starts_with (word, "hf://")))
    return false;
  return parse_repo (search, word, arguments->repo_type, arguments->revision) == 0;
}

/* "hf://org/name@REVISION/FILE" and "org/name@REVISION": further on in the same word.  */
static void
go_into_word (struct search *search)
{
  const char *stem = search->stem, *at = strrchr (stem, '@');
  CLEANUP_FREE char *before = strndup (stem, at ? (size_t) (at - stem) : 0);
  bool is_uri = text_starts_with (stem, "hf://");
  if (before && at && !strchr (at, '/') && parse_repo (search, before, NULL, NULL) == 0
      && !search->repo.revision && !search->repo.path)
    {
      search->kind = OPERAND_REVISION;
      search->start = text_format ("%s@", before);
    }
  else if (is_uri && parse_repo (search, stem, NULL, NULL) == 0
           && (search->repo.path || text_ends_with (stem, "/")))
    {
      size_t len = strlen (stem) - (search->repo.path ? strlen (search->repo.path) : 0);
      search->kind = OPERAND_REPO_FILE;
      search->start = strndup (stem, len);
    }
}

static void
search_cache (struct search *search)
{
  struct hfcore_scan ask = HFCORE_SCAN_INIT;
  ask.flags = HFCORE_SCAN_NAMES;
  ask.repo = on_repo;
  ask.ctx = search;
  if ((search->kind == OPERAND_REVISION || search->kind == OPERAND_REPO_FILE)
      && !find_repo (search))
    return;
  if (search->kind == OPERAND_PIN || search->kind == OPERAND_REPO)
    go_into_word (search);
  (void) hfcore_scan (search->cache, &ask, NULL, NULL);
}

/* ---- plugins ---- */

static void
offer_plugins_in (const struct search *search, const char *path)
{
  static const char before[] = "hfcore-", after[] = ".so";
  CLEANUP_DIR DIR *dir = opendir (path);
  const struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    {
      const char *name = entry->d_name;
      if (!text_starts_with (name, before) || !text_ends_with (name, after))
        continue;
      name += strlen (before);
      CLEANUP_FREE char *bare = strndup (name, strlen (name) - strlen (after));
      if (bare && *bare)
        offer (search, NULL, bare, "plugin");
    }
}

/* By the names of the files: to load one runs it.  */
static int
on_plugin_folder (void *ctx, const char *path)
{
  CLEANUP_FREE char *built = text_format ("%s/.libs", path);
  offer_plugins_in (ctx, path);
  if (built)
    offer_plugins_in (ctx, built);
  return HFCORE_OK;
}

/* ---- assets ---- */

static int
on_asset (void *ctx, const struct hfcore_asset_info *info)
{
  const struct search *search = ctx;
  const char *name = search->kind == OPERAND_LIBRARY     ? info->library
                     : search->kind == OPERAND_NAMESPACE ? info->name_space
                                                         : info->subfolder;
  if (name)
    offer (search, NULL, name, NULL);
  return HFCORE_OK;
}

static void
search_assets (struct search *search)
{
  const struct words *operands = &search->complete->arguments.operands;
  size_t place = search->complete->place;
  (void) hfcore_assets_each (search->cache, place > 0 ? operands->items[0] : NULL,
                             place > 1 ? operands->items[1] : NULL, NULL, on_asset, search, NULL);
}

/* ---- the library ---- */

static void
no_log (void *ctx, int32_t level, const char *line)
{
  (void) ctx;
  (void) level;
  (void) line;
}

void
complete_cached (struct complete *complete, enum operand_kind kind)
{
  CLEANUP_SEARCH struct search search
      = { .complete = complete, .kind = kind, .stem = complete_line_stem (&complete->line) };
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct hfcore_options options;
  session_options (&complete->arguments, NULL, &options);
  options.log = no_log;
  options.offline = 1;
  limit_time ();
  if (hfcore_open (&options, &cache, NULL) != HFCORE_OK)
    return;
  search.cache = cache;
  atomic_store (&watched, cache);
  if (kind == OPERAND_PLUGIN)
    (void) hfcore_plugin_folders (cache, on_plugin_folder, &search);
  else if (kind == OPERAND_LIBRARY || kind == OPERAND_NAMESPACE || kind == OPERAND_SUBFOLDER)
    search_assets (&search);
  else
    search_cache (&search);
  atomic_store (&watched, NULL);
  setitimer (ITIMER_REAL, &(const struct itimerval){ 0 }, NULL);
}
