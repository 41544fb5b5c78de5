/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_metadata.h: PATH.metadata: which file of which commit lies at PATH, and since when
 * (spec 3.2). Three lines: commit, etag, seconds since 1970 as Python prints a float.  */
#ifndef HFCORE_ENGINE_LOCAL_DIR_METADATA_H
#define HFCORE_ENGINE_LOCAL_DIR_METADATA_H

#include <time.h>
#include "core/engine/local_dir_place.h"

enum
{
  LOCAL_ETAG_ROOM = 201,    /* see names_check_etag  */
  LOCAL_METADATA_ROOM = 320 /* of its text, a zero byte included  */
};

struct local_metadata
{
  char commit[41];
  char etag[LOCAL_ETAG_ROOM];
  struct timespec since; /* when the file was as it says  */
};

/* False: it is no metadata. `text` ends with a zero byte.  */
bool local_metadata_parse (const char *text, struct local_metadata *metadata);
void local_metadata_format (const struct local_metadata *metadata, char text[LOCAL_METADATA_ROOM]);
/* Is the file as it was, i.e. not changed more than a second after that was noted?  */
bool local_metadata_covers (const struct local_metadata *metadata, const struct timespec *modified);

/* The metadata, when it is of the file that is there now. PASS: there is none that counts. One that
 * is none is told of and, unless `keep`, removed. The lock is held unless `keep`.  */
int local_metadata_read (struct engine *engine, const struct local_place *place, bool keep,
                         struct local_metadata *metadata);
/* Under the lock. local_metadata_forget: before the file is replaced, so that a process that dies
 * in between leaves no metadata of another content.  */
int local_metadata_write (struct hfcore_call *call, const struct local_place *place,
                          const char *commit, const char *etag);
int local_metadata_forget (struct hfcore_call *call, const struct local_place *place);

#endif
