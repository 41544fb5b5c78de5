/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c: see lookup.h.  */
#include "core/engine/lookup.h"

#include <string.h>
#include "core/engine/tiers.h"
#include "core/util/names.h"

static int
refuse (struct hfcore_call *call, const char *what, const char *name, const char *why)
{
  return call_fail (call, HFCORE_E_CONFIG, "bad %s '%s': %s", what, name ? name : "", why);
}

int
lookup_check_names (struct hfcore_call *call, const struct hfcore_repo *repo, const char *revision,
                    const char *path)
{
  const char *why;
  if (!repo->type || (why = names_check_repo_type (repo->type)))
    return refuse (call, "repo type", repo->type, "it is model, dataset, space or kernel");
  if (!repo->id)
    return call_fail (call, HFCORE_E_CONFIG, "no repo id was given");
  if ((why = names_check_repo_id (repo->id)))
    return refuse (call, "repo id", repo->id, why);
  if (!names_is_commit (revision) && (why = names_check_revision (revision)))
    return refuse (call, "revision", revision, why);
  if (path && (why = names_check_file (path)))
    return refuse (call, "file name", path, why);
  return HFCORE_OK;
}

int
lookup_file (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *revision, const char *path, struct hfcore_stored_file *file)
{
  int code = lookup_check_names (call, repo, revision, path);
  if (code != HFCORE_OK)
    return code;
  /* A commit hash is looked up as it is: no client writes a ref of that form (spec 1.6).  */
  char commit[41];
  if (!names_is_commit (revision))
    {
      code = tiers_find_ref (engine, call, repo, revision, commit);
      if (code < 0)
        return code;
      if (code == HFCORE_OK)
        revision = commit;
      else if (strchr (revision, '/'))
        {
          /* A snapshot's name is one segment: no such ref, no such snapshot.  */
          *file = (struct hfcore_stored_file){ .size = sizeof *file };
          return HFCORE_OK;
        }
    }
  return tiers_find_file (engine, call, repo, revision, path, file);
}
