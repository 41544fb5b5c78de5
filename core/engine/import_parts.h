/* SPDX-License-Identifier: Apache-2.0 */
/* import_parts.h: what the parts of an import share. A blob is staged as a writer of the storage,
 * which no reader sees, and committed when all of the archive was checked.  */
#ifndef HFCORE_ENGINE_IMPORT_PARTS_H
#define HFCORE_ENGINE_IMPORT_PARTS_H

#include "core/engine/archive_read.h"
#include "core/engine/engine.h"
#include "core/engine/events.h"
#include "core/util/digest.h"

enum import_state
{
  IMPORT_NOTHING, /* not staged (yet, or any more)  */
  IMPORT_HERE,    /* the blob is in the storage  */
  IMPORT_PLACED,  /* its files are, all of them  */
  IMPORT_LINKED,  /* it lies elsewhere on this machine, at `text`  */
  IMPORT_OPEN,    /* its writer holds it  */
  IMPORT_PARKED   /* a partial holds it, without a writer: descriptors are few  */
};

/* Beside each entry of the archive.  */
struct import_stage
{
  enum import_state state;
  bool is_alone; /* nobody had left a partial of this blob before  */
  void *writer;
  char *text; /* of a tree: its content; IMPORT_LINKED: a path  */
};

/* That a file is a blob: indexes of entries.  */
struct import_use
{
  size_t blob, file;
};

struct import
{
  struct engine *engine;
  struct hfcore_call *call;
  struct events *events;
  const struct hfcore_storage *storage; /* that is written  */
  struct archive_reader reader;
  struct archive *archive;     /* the reader's  */
  struct import_stage *stages; /* one an entry  */
  struct import_use *uses;     /* one a file, by blob  */
  size_t use_count;
  size_t open;  /* writers  */
  char *buffer; /* for what is read back  */
};

enum
{
  IMPORT_BUFFER_BYTES = 256 << 10
};

const struct hfcore_repo *import_repo (const struct import *import,
                                       const struct archive_entry *entry);
/* The uses of this blob: the first, and behind the last.  */
void import_uses_of (const struct import *import, size_t blob, const struct import_use **first,
                     const struct import_use **end);
/* Is the file in the storage already, as long as it should be?  */
int import_is_placed (struct import *import, const struct archive_entry *file, uint64_t length,
                      bool *is_placed);
/* Is the blob, or are all its files? Sets IMPORT_HERE or IMPORT_PLACED.  */
int import_look (struct import *import, size_t blob);

/* Read a blob of the archive, staged unless it is there.  */
int import_stage_blob (struct import *import, size_t blob);
/* Have the writer of a staged blob, checked again if it had been let go. PASS: someone took it.  */
int import_stage_take (struct import *import, size_t blob, void **writer);
/* The blob was committed: what others left of it is of no use any more.  */
void import_stage_sweep (struct import *import, size_t blob);
/* Let go of what is staged, as if it had never been; works for a call that was cancelled, too.  */
void import_stage_drop (struct import *import);

/* The blobs that the archive leaves out: where are they? NOTFOUND: nowhere here.  */
int import_find_needed (struct import *import);

/* Add all. `*added` blobs of `*bytes` were new.  */
int import_publish (struct import *import, uint64_t *added, uint64_t *bytes);

#endif
