/* SPDX-License-Identifier: Apache-2.0 */
/* complete_offers.h: the candidates, and how each shell gets them. Names in a cache are other
 * people's: none gets through that has a control character or is no UTF-8, and for bash, which
 * inserts what it gets, all is quoted. Pure, but for the writing.  */
#ifndef HFCORE_CLI_COMPLETION_COMPLETE_OFFERS_H
#define HFCORE_CLI_COMPLETION_COMPLETE_OFFERS_H

#include <stdbool.h>
#include "core/cli/completion/complete_line.h"

struct complete_offer
{
  char *value; /* the whole word as a program is to get it  */
  char *about; /* a few words, or NULL  */
};
VECTOR_DEFINE (complete_offer_list, struct complete_offer);

enum complete_paths
{
  PATHS_NONE,
  PATHS_FILES,
  PATHS_FOLDERS
};

struct complete_offers
{
  struct complete_offer_list list;
  enum complete_paths paths; /* of the shell, beside what is offered  */
};

/* Offer START followed by `value` in place of what is completed; `start` and `about` may be NULL.
 * What does not go on from what is typed, or may not be shown, is left out; as is what there is no
 * memory for.  */
void complete_offer (struct complete_offers *offers, const struct complete_line *line,
                     const char *start, const char *value, const char *about);
/* Write the answer to stdout; a reader that is gone is no failure.  */
void complete_offers_write (struct complete_offers *offers, const struct complete_line *line);
void complete_offers_free (struct complete_offers *offers);

#endif
