/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_lookup.c: hfcore lookup, the quick one.  */
#include <stdio.h>
#include <string.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/repo_argument.h"
#include "core/cli/session.h"

enum
{
  PATH_ROOM = 8192
};

static int
answer (const struct arguments *arguments, int32_t state, const char *path)
{
  static const char *const states[] = { "unknown", "cached", "absent" };
  static const int statuses[] = { STATUS_FAILED, STATUS_DONE, STATUS_NOTFOUND };
  bool found = state == HFCORE_LOOKUP_FOUND;
  size_t index = found ? 1 : state == HFCORE_LOOKUP_ABSENT ? 2 : 0;
  if (arguments->json)
    {
      int status = output_json (
          json_pack ("{s:s?, s:s}", "path", found ? path : NULL, "state", states[index]));
      return status == STATUS_DONE ? statuses[index] : status;
    }
  if (found)
    puts (path);
  return statuses[index];
}

int
cmd_lookup (struct arguments *arguments)
{
  CLEANUP_REPO struct repo_argument repo = { 0 };
  CLEANUP_SESSION struct hfcore *cache = NULL;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct words *operands = &arguments->operands;
  char why[512], path[PATH_ROOM];
  int32_t state = HFCORE_LOOKUP_UNKNOWN;
  if (repo_argument_parse (operands->items[0], arguments->repo_type, arguments->revision,
                           operands->count - 1, &repo, why, sizeof why)
      < 0)
    return output_fail (STATUS_USAGE, "%s", why);
  const char *file = operands->count > 1 ? operands->items[1] : repo.path;
  if (!file)
    return output_usage (arguments->command, "FILE is missing");
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    return status;
  if (hfcore_lookup (cache, repo.type, repo.id, repo.revision, file, &state, path, sizeof path,
                     &error)
      != HFCORE_OK)
    return output_error (&error);
  return answer (arguments, state, path);
}
