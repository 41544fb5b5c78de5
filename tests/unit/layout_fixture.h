/* SPDX-License-Identifier: Apache-2.0 */
/* layout_fixture.h: a fresh cache opened by the layout library itself, without plugin and guard. */
#ifndef HFCORE_TESTS_LAYOUT_FIXTURE_H
#define HFCORE_TESTS_LAYOUT_FIXTURE_H

#include "core/plugin/host.h"
#include "plugins/hub-layout/hub_ops.h"
#include "plugins/hub-layout/hub_store.h"
#include "tests/check.h"
#include "tests/contract/storage_host.h"

/* check_path ("cache"); hub_store_close it.  */
static inline struct hub_store *
layout_open_fresh (void)
{
  static struct hfcore_journal journal = { .instance = "cache" };
  struct hfcore_open open
      = { .size = sizeof open, .name = "cache", .host = &host_table, .journal = &journal };
  struct hub_store *store = NULL;
  TEST_CALL (call);
  CU_ASSERT_EQUAL_FATAL (hub_store_open (&open, &call, check_path ("cache"), &store), 0);
  return store;
}

#endif
