/* SPDX-License-Identifier: Apache-2.0 */
/* exec_program.h: what is run: the program, its arguments and its environment.  */
#ifndef HFCORE_TRANSPORT_EXEC_PROGRAM_H
#define HFCORE_TRANSPORT_EXEC_PROGRAM_H

#include <hfcore/plugin.h>

struct exec_program
{
  const char *path; /* the settings', as are the arguments  */
  const char **arguments;
  char **environment;
};

/* CONFIG: options that are wrong, or a program that may not be run.  */
int exec_program_read (struct exec_program *program, const struct hfcore_open *open,
                       struct hfcore_call *call);
void exec_program_free (struct exec_program *program);

/* May it be run: a file that this user may execute and that nobody else but root may write to, nor
 * to the folders where it and the name of it are? Asked before each start. CONFIG: no. `*real` is
 * the path of what was looked at, without links, so that this is what is run; the caller's.  */
int exec_program_check (const struct exec_program *program, const struct hfcore_host *host,
                        struct hfcore_call *call, char **real);

#endif
