/* SPDX-License-Identifier: Apache-2.0 */
/* deleted.h: what an execution tells, passed on to the application.  */
#ifndef HFCORE_LIB_DELETED_H
#define HFCORE_LIB_DELETED_H

#include <hfcore/hfcore.h>
#include "core/engine/strategy.h"

struct deleted_listener
{
  int (*thing) (void *ctx, const struct hfcore_deleted_thing *thing); /* or NULL  */
  void *ctx;
};

/* The `event` of a struct strategy_listener; `ctx`: a struct deleted_listener.  */
int deleted_tell (void *ctx, const struct strategy_event *event);

#endif
