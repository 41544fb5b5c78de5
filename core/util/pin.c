/* SPDX-License-Identifier: Apache-2.0 */
/* pin.c: see pin.h.  */
#include "core/util/pin.h"

#include <string.h>
#include <strings.h>
#include "core/util/names.h"
#include "core/util/text.h"

enum
{
  REPO_MOST = 256, /* bytes of what stands before the "@"  */
  COMMIT_LEAST = 4
};

/* What stands before the "@", without hf://, into `repo`; and behind it, or NULL. False: too
 * long.  */
static bool
split (const char *pin, char repo[REPO_MOST], const char **revision)
{
  if (text_starts_with (pin, "hf://"))
    pin += strlen ("hf://");
  size_t len = strcspn (pin, "@");
  *revision = pin[len] ? pin + len + 1 : NULL;
  if (len >= REPO_MOST)
    return false;
  memcpy (repo, pin, len);
  repo[len] = 0;
  return true;
}

/* What follows the type in "datasets/org/name" and "dataset/org/name"; NULL: it does not begin with
 * this type.  */
static const char *
behind_type (const char *repo, const char *type)
{
  size_t len = strlen (type);
  if (strncasecmp (repo, type, len) != 0)
    return NULL;
  repo += len;
  if (*repo == 's' || *repo == 'S')
    repo++;
  return *repo == '/' ? repo + 1 : NULL;
}

const char *
pin_check (const char *pin)
{
  static const char *const types[] = { "model", "dataset", "space", "kernel" };
  char repo[REPO_MOST];
  const char *revision, *id;
  if (!split (pin, repo, &revision))
    return "a repository";
  bool good = !names_check_repo_id (repo);
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if ((id = behind_type (repo, types[i])))
      good = good || !names_check_repo_id (id);
  if (!good)
    return "a repository such as org/name, datasets/org/name or org/name@main";
  return revision && names_check_revision (revision) ? "a revision behind the `@`" : NULL;
}

static bool
names_revision (const char *revision, const char *commit, const char *const *refs, size_t ref_count)
{
  for (size_t i = 0; i < ref_count; i++)
    if (strcmp (refs[i], revision) == 0)
      return true;
  size_t len = strlen (revision);
  return len >= COMMIT_LEAST && strncasecmp (commit, revision, len) == 0;
}

bool
pin_names (const char *pin, const char *type, const char *id, const char *commit,
           const char *const *refs, size_t ref_count)
{
  char repo[REPO_MOST];
  const char *revision, *typed;
  if (!split (pin, repo, &revision))
    return false;
  typed = behind_type (repo, type);
  if (strcasecmp (repo, id) != 0 && !(typed && strcasecmp (typed, id) == 0))
    return false;
  return !revision || names_revision (revision, commit, refs, ref_count);
}
