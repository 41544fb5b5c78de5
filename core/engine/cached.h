/* SPDX-License-Identifier: Apache-2.0 */
/* cached.h: a file as the storages have it, for whoever is about to download it: where it lies, or
 * made a file of the storage that is written.  */
#ifndef HFCORE_ENGINE_CACHED_H
#define HFCORE_ENGINE_CACHED_H

#include "core/engine/layers.h"

struct cached_ask
{
  struct layers_file file;
  const size_t *home; /* the storage that is to have it; NULL: it may lie in any                 */
  bool dry;           /* nothing may be written                                                  */
};

/* The file of this commit from the first storage whose copy is good; from one that is to be
 * promoted, or is not the home, into the one that is written. PASS: none has it.  */
int cached_find (const struct cached_ask *ask, struct hfcore_call *call,
                 struct hfcore_stored_file *stored);
/* The file by other names: its blob in another storage, or the same file in another revision. PASS:
 * there is none that can be used.  */
int cached_reuse (const struct cached_ask *ask, struct hfcore_call *call,
                  struct hfcore_stored_file *stored);
/* Would one of them, or the blob in the storage `written`, do? `stored` is the file of this
 * commit if there is one.  */
int cached_would_do (const struct cached_ask *ask, struct hfcore_call *call, size_t written,
                     struct hfcore_stored_file *stored, bool *would);

#endif
