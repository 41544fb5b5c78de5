/* SPDX-License-Identifier: Apache-2.0 */
/* hub_failure.h: what the user is told when an answer is no success.  */
#ifndef HFCORE_HUB_FAILURE_H
#define HFCORE_HUB_FAILURE_H

#include "plugins/transport-hub/hub_exchange.h"

/* What was asked for; `revision` and `path` may be NULL.  */
struct hub_question
{
  const struct hfcore_repo *repo;
  const char *revision;
  const char *path;
};

/* Record the failure that the last answer is; returns its code (spec 2.11). HFCORE_OK when the
 * answer is a success or a redirect.  */
int hub_failure_of_answer (struct hub_exchange *exchange, const struct hub_question *question);

/* Record that an answer cannot be used: HFCORE_E_DOWN.  */
int hub_failure_garbage (struct hub_exchange *exchange, const char *what);

#endif
