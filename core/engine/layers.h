/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h: a file that lies somewhere in the storages, made a file of the one that is written:
 * by a pointer to it, or, where the other storage's entry says `promote: yes`, with its bytes,
 * which are checked on their way.  */
#ifndef HFCORE_ENGINE_LAYERS_H
#define HFCORE_ENGINE_LAYERS_H

#include "core/engine/engine.h"
#include "core/engine/events.h"

/* The file that is wanted.  */
struct layers_file
{
  struct engine *engine;
  struct events *events;
  const struct hfcore_repo *repo;
  const char *commit;
  const char *path;
  const char *etag; /* NULL: not known                                                  */
  uint64_t length;  /* or HFCORE_SIZE_UNKNOWN                                           */
};

/* Where its bytes are. Strings live in the call that found it.  */
struct layers_place
{
  size_t storage;     /* the registry's index                                             */
  const char *commit; /* whose file of the same path it is; NULL: a blob                  */
  const char *path;   /* local; NULL: only the storage's `read` has it                    */
  uint64_t length;
};

/* The file's blob in a storage other than the written one. PASS: none has it.  */
int layers_find_blob (const struct layers_file *file, struct hfcore_call *call,
                      struct layers_place *place);
/* Make it the file `stored` of the written storage. PASS: what lies there is not it, or not there
 * any more, and that was told. Else why the written storage cannot have it.  */
int layers_bring (const struct layers_file *file, struct hfcore_call *call,
                  const struct layers_place *from, struct hfcore_stored_file *stored);

#endif
