/* SPDX-License-Identifier: Apache-2.0 */
/* strategy_target.c: which revisions a word on a command line means (strategy.h).  */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "core/engine/strategy.h"
#include "core/util/text.h"

enum
{
  COMMIT_LEN = 40,
  LEAST_LEN = 4, /* of a part of a commit  */
  MOST_TOLD = 5, /* of the commits that one is a part of  */
  NAME_ROOM = 1024
};

struct search
{
  const struct holdings *holdings;
  struct hfcore_call *call;
  const char *target; /* as it was written  */
  bool on;
  bool *revisions;
};

static int
fail_not_found (const struct search *search)
{
  call_fail (search->call, HFCORE_E_NOTFOUND, "could not find in cache: %s", search->target);
  search->call->error.missing = HFCORE_MISSING_REVISION;
  return HFCORE_E_NOTFOUND;
}

static int
fail_read_only (const struct search *search, const struct holdings_repo *repo)
{
  return call_fail (search->call, HFCORE_E_READONLY,
                    "%s is only at %s, which is configured read-only; nothing is deleted there",
                    search->target, repo->path ? repo->path : repo->repo.id);
}

static bool
is_hex (const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (!isxdigit ((unsigned char) text[i]))
      return false;
  return len > 0;
}

/* ---- by commit ---- */

/* What a commit, or a part of one, was found to be.  */
struct matches
{
  const struct holdings_repo *repo; /* the first that may be written; else the first  */
  const struct holdings_revision *revision;
  size_t commits; /* different ones  */
  struct text told;
};

static void
note_match (struct matches *matches, const struct holdings_repo *repo,
            const struct holdings_revision *revision)
{
  if (matches->revision && strcmp (matches->revision->commit, revision->commit) == 0)
    {
      if (matches->repo->read_only && !repo->read_only)
        {
          matches->repo = repo;
          matches->revision = revision;
        }
      return;
    }
  matches->commits++;
  if (matches->commits <= MOST_TOLD)
    text_addf (&matches->told, "%s%s (%s/%s)", matches->commits > 1 ? ", " : "", revision->commit,
               repo->repo.type, repo->repo.id);
  if (!matches->revision)
    {
      matches->repo = repo;
      matches->revision = revision;
    }
}

/* In one repository, or (`only` NULL) in all.  */
static int
choose_commit (const struct search *search, const struct holdings_repo *only, const char *commit)
{
  const size_t len = strlen (commit);
  struct matches matches = { .told = TEXT_LIMIT (4096) };
  for (size_t i = 0; i < search->holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &search->holdings->repos[i];
      if (repo->broken || (only && repo != only))
        continue;
      for (size_t j = 0; j < repo->revision_count; j++)
        if (strncasecmp (repo->revisions[j].commit, commit, len) == 0)
          note_match (&matches, repo, &repo->revisions[j]);
    }
  int code = HFCORE_OK;
  if (!matches.revision)
    code = fail_not_found (search);
  else if (matches.commits > 1)
    code = call_fail (search->call, HFCORE_E_CONFLICT,
                      "'%s' is the start of %zu revisions: %s%s; give more of it", search->target,
                      matches.commits, matches.told.bytes ? matches.told.bytes : "",
                      matches.commits > MOST_TOLD ? ", ..." : "");
  else if (matches.repo->read_only)
    code = fail_read_only (search, matches.repo);
  else
    search->revisions[matches.revision->index] = search->on;
  text_free (&matches.told);
  return code;
}

/* ---- by repository ---- */

static bool
is_named (const struct holdings_repo *repo, const char *name, bool exactly)
{
  size_t len = strlen (repo->repo.type);
  if (strncasecmp (name, repo->repo.type, len) != 0 || name[len] != '/')
    return false;
  return exactly ? strcmp (name + len + 1, repo->repo.id) == 0
                 : strcasecmp (name + len + 1, repo->repo.id) == 0;
}

/* The first of this name, of those that may be written before the others.  */
static const struct holdings_repo *
find_repo (const struct search *search, const char *name, bool exactly)
{
  const struct holdings_repo *found = NULL;
  for (size_t i = 0; i < search->holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &search->holdings->repos[i];
      if (!repo->broken && is_named (repo, name, exactly)
          && (!found || (found->read_only && !repo->read_only)))
        found = repo;
    }
  return found;
}

static int
choose_repo (const struct search *search, const char *name, const char *commit)
{
  const struct holdings_repo *found = find_repo (search, name, true);
  if (!found)
    found = find_repo (search, name, false);
  if (!found)
    return fail_not_found (search);
  if (found->read_only)
    return fail_read_only (search, found);
  if (commit)
    return choose_commit (search, found, commit);
  for (size_t i = 0; i < found->revision_count; i++)
    search->revisions[found->revisions[i].index] = search->on;
  return HFCORE_OK;
}

/* "hf://datasets/org/name" or "hf://org/name", as Python parses it.  */
static int
choose_uri (const struct search *search, const char *uri)
{
  static const struct
  {
    const char *start, *type;
  } types[] = { { "models/", "model" },
                { "datasets/", "dataset" },
                { "spaces/", "space" },
                { "kernels/", "kernel" } };
  const char *type = "model", *slash;
  char name[NAME_ROOM];
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (text_starts_with (uri, types[i].start))
      {
        type = types[i].type;
        uri += strlen (types[i].start);
        break;
      }
  slash = strchr (uri, '/');
  if (!slash || !slash[1] || slash == uri || strpbrk (slash + 1, "/@") || strchr (uri, '@')
      || text_starts_with (uri, "buckets/"))
    return call_fail (search->call, HFCORE_E_CONFIG,
                      "'%s' cannot be deleted: only repo-level hf:// URIs, "
                      "hf://[<type>s/]<namespace>/<name>, are supported",
                      search->target);
  int len = snprintf (name, sizeof name, "%s/%s", type, uri);
  return len < 0 || (size_t) len >= sizeof name ? fail_not_found (search)
                                                : choose_repo (search, name, NULL);
}

int
strategy_target (const struct holdings *holdings, struct hfcore_call *call, const char *target,
                 bool on, bool *revisions)
{
  const struct search search
      = { .holdings = holdings, .call = call, .target = target, .on = on, .revisions = revisions };
  size_t len = strlen (target);
  if (text_starts_with (target, "hf://"))
    return choose_uri (&search, target + strlen ("hf://"));
  if (is_hex (target, len) && len >= LEAST_LEN && len <= COMMIT_LEN)
    return choose_commit (&search, NULL, target);
  char name[NAME_ROOM];
  if (len >= sizeof name)
    return fail_not_found (&search);
  memcpy (name, target, len + 1);
  char *at = strrchr (name, '@');
  if (!at)
    return choose_repo (&search, name, NULL);
  *at = 0;
  return is_hex (at + 1, strlen (at + 1)) && strlen (at + 1) >= LEAST_LEN
             ? choose_repo (&search, name, at + 1)
             : fail_not_found (&search);
}

void
strategy_detached (const struct holdings *holdings, bool *revisions)
{
  for (size_t i = 0; i < holdings->repo_count; i++)
    {
      const struct holdings_repo *repo = &holdings->repos[i];
      for (size_t j = 0; !repo->broken && !repo->read_only && j < repo->revision_count; j++)
        if (repo->revisions[j].ref_count == 0)
          revisions[repo->revisions[j].index] = true;
    }
}
