/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h: how often the ops of hfcore-test-memory.so were entered, in all of its instances. A
 * test finds the array with dlsym (…, "memory_calls").  */
#ifndef HFCORE_TESTS_PLUGINS_MEMORY_H
#define HFCORE_TESTS_PLUGINS_MEMORY_H

#include <stdatomic.h>

enum memory_op
{
  MEMORY_OPEN,
  MEMORY_CLOSE,
  MEMORY_STAT,
  MEMORY_READ,
  MEMORY_CREATE,
  MEMORY_WRITE,
  MEMORY_READ_BACK,
  MEMORY_RESTART,
  MEMORY_COMMIT,
  MEMORY_ABANDON,
  MEMORY_REF_GET,
  MEMORY_REF_SET,
  MEMORY_FILE_GET,
  MEMORY_FILE_SET,
  MEMORY_TREE_GET,
  MEMORY_TREE_SET,
  MEMORY_LOCK,
  MEMORY_UNLOCK,
  MEMORY_OPS
};

typedef atomic_int memory_counts[MEMORY_OPS];

#endif
