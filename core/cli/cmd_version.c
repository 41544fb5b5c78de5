/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_version.c: hfcore version.  */
#include <stdio.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"

int
cmd_version (struct arguments *arguments)
{
  if (arguments->json)
    return output_json (json_pack ("{s:s}", "version", hfcore_version ()));
  printf ("%s%s\n", arguments->quiet ? "" : "hfcore ", hfcore_version ());
  return STATUS_DONE;
}
