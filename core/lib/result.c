/* SPDX-License-Identifier: Apache-2.0 */
/* result.c: see result.h.  */
#include "core/lib/result.h"

#include <stdlib.h>
#include <string.h>

/* The public struct first, so that its address is this one's.  */
struct owned_result
{
  struct hfcore_result result;
  struct hfcore_result_file *files;
  const struct hfcore_result_file **pointers;
  size_t room;
};

static struct owned_result *
new_result (const char *path, const char *commit, size_t room)
{
  struct owned_result *owned = calloc (1, sizeof *owned);
  if (!owned)
    return NULL;
  owned->room = room;
  owned->files = calloc (room + 1, sizeof *owned->files);
  owned->pointers = calloc (room + 1, sizeof *owned->pointers);
  owned->result.size = sizeof owned->result;
  owned->result.path = strdup (path);
  owned->result.commit = strdup (commit);
  owned->result.files = owned->pointers;
  if (owned->files && owned->pointers && owned->result.path && owned->result.commit)
    return owned;
  hfcore_result_free (&owned->result);
  return NULL;
}

static int
add_file (struct owned_result *owned, const char *name, const struct downloaded *file)
{
  struct hfcore_result_file *to = &owned->files[owned->result.count];
  *to = (struct hfcore_result_file){ .size = sizeof *to,
                                     .cached = file->cached,
                                     .will_download = file->will_download,
                                     .length = file->length,
                                     .file = strdup (name),
                                     .path = strdup (file->path) };
  owned->pointers[owned->result.count++] = to;
  return to->file && to->path ? 0 : -1;
}

struct hfcore_result *
result_of_file (const char *path, const struct downloaded *file)
{
  struct owned_result *owned = new_result (file->path, file->commit, 1);
  if (owned && add_file (owned, path, file) < 0)
    {
      hfcore_result_free (&owned->result);
      return NULL;
    }
  return owned ? &owned->result : NULL;
}

struct hfcore_result *
result_of_snapshot (const struct snapshot *snapshot)
{
  struct owned_result *owned = new_result (snapshot->folder, snapshot->commit, snapshot->count);
  for (size_t i = 0; owned && i < snapshot->count; i++)
    if (add_file (owned, snapshot->files[i].file, &snapshot->files[i].downloaded) < 0)
      {
        hfcore_result_free (&owned->result);
        return NULL;
      }
  return owned ? &owned->result : NULL;
}

void
hfcore_result_free (struct hfcore_result *result)
{
  struct owned_result *owned = (struct owned_result *) result;
  if (!owned)
    return;
  for (size_t i = 0; i < owned->result.count; i++)
    {
      free ((char *) owned->files[i].file);
      free ((char *) owned->files[i].path);
    }
  free (owned->files);
  free (owned->pointers);
  free ((char *) owned->result.path);
  free ((char *) owned->result.commit);
  free (owned);
}
