/* SPDX-License-Identifier: Apache-2.0 */
/* help.h: help texts out of the command table; at most 80 columns wide. On stdout.  */
#ifndef HFCORE_CLI_HELP_H
#define HFCORE_CLI_HELP_H

#include "core/cli/command_table.h"

/* Of hfcore as a whole. `commands` ends with a NULL name.  */
void help_overview (const struct command *commands, const struct option_row *common);
/* Of one command.  */
void help_command (const struct command *command, const struct option_row *common);
/* Of a group: its commands, those named "GROUP …".  */
void help_group (const char *group, const struct command *commands);

#endif
