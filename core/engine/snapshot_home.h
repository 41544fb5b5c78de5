/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_home.h: in which storage a snapshot is to be whole. */
#ifndef HFCORE_ENGINE_SNAPSHOT_HOME_H
#define HFCORE_ENGINE_SNAPSHOT_HOME_H

#include "core/engine/file_list.h"
#include "core/engine/snapshot.h"

#define SNAPSHOT_NOWHERE SIZE_MAX

struct snapshot_home
{
  size_t index; /* the storage whose folder the snapshot will be                    */
  size_t whole; /* one that has all of it already; or SNAPSHOT_NOWHERE              */
};

/* A storage that has all of it and is not to be promoted; else the one that is written, which then
 * gets all of it. `wanted` are the indexes of the snapshot's files in the list. `fetches` false:
 * nobody can be asked, so that the storages together must have all: DOWN names what is missing.
 * READONLY: none may be written.  */
int snapshot_find_home (struct engine *engine, struct hfcore_call *call,
                        const struct snapshot_request *ask, const struct file_list *list,
                        const size_t *wanted, const struct snapshot *snapshot, bool fetches,
                        struct snapshot_home *home);
/* The home cannot be written, as `call->error` says: told, and what has all of it is the home.  */
void snapshot_not_promoted (struct engine *engine, struct hfcore_call *call,
                            struct snapshot_home *home);

#endif
