/* SPDX-License-Identifier: Apache-2.0 */
/* deletion.h: what `cache rm` and `cache prune` share: a choice of what is cached, told, asked
 * about and deleted (spec 8.2, 8.3).  */
#ifndef HFCORE_CLI_DELETION_H
#define HFCORE_CLI_DELETION_H

#include <hfcore/hfcore.h>
#include "core/cli/arguments.h"
#include "core/cli/format.h"

struct deletion
{
  const struct arguments *arguments;
  enum format format;
  struct hfcore *cache;
  struct hfcore_holdings *holdings;
  unsigned char *revisions; /* the choice  */
  size_t count;             /* of these  */
  uint32_t flags;           /* HFCORE_CHOICE_…  */
  struct hfcore_choice_sum sum;
  struct hfcore_deleted done;
};

/* Open the cache and read what is in it. STATUS_DONE, or why not was printed; deletion_end either
 * way.  */
int deletion_begin (struct deletion *deletion, const struct arguments *arguments);
void deletion_end (struct deletion *deletion);

/* What the choice comes to, into `sum`.  */
int deletion_count (struct deletion *deletion);
/* Print the repositories and revisions that were chosen.  */
int deletion_print_choice (const struct deletion *deletion);
/* Delete it, with a warning for each thing that stays, into `done`. STATUS_DONE also when something
 * stays: deletion_status is the exit code then.  */
int deletion_run (struct deletion *deletion);
int deletion_status (const struct deletion *deletion);
/* How many bytes are free now, of the `expected` ones: those, where all is gone.  */
void deletion_freed (const struct deletion *deletion, uint64_t expected, char *size, size_t room);

#endif
