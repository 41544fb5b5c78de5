/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_writer.h: one file of a local folder as the storage that fetch_blob writes to.  */
#ifndef HFCORE_ENGINE_LOCAL_DIR_WRITER_H
#define HFCORE_ENGINE_LOCAL_DIR_WRITER_H

#include "core/engine/local_dir_place.h"

struct local_target
{
  struct engine *engine;
  const struct local_place *place; /* all its folders are there  */
  bool looks_for_partials;         /* its lock is held, and there may be some  */
};

/* A storage of one blob, which is never there before it is written. What is committed has the
 * file's name. It has no ops but those for writing; `target` outlives it.  */
void local_dir_storage (struct local_target *target, struct hfcore_storage *storage);

#endif
