/* SPDX-License-Identifier: Apache-2.0 */
/* import_stage.c: blobs of an archive as writers of the storage. Those that are open at once are
 * limited: the others are let go as partials, which stay until they are taken up again.
 *
 * Another client may take such a partial over, or have left one of its own, so what is taken up is
 * read again, and believed only when its digest is right.  */
#include "core/engine/import_parts.h"

#include <stdlib.h>
#include <string.h>

enum
{
  OPEN_MOST = 128,
  ASIDE_MOST = 64 /* partials of one blob that others left  */
};

/* ---- checking ---- */

/* NULL with HFCORE_OK: nothing tells what the content is to be.  */
static int
begin_digest (struct import *import, const struct archive_entry *blob, struct digest **digest)
{
  enum digest_kind kind = digest_of_etag (blob->etag);
  const char *why = NULL;
  *digest = NULL;
  if (kind == DIGEST_NONE && blob->sha256)
    kind = DIGEST_SHA256;
  if (kind == DIGEST_NONE)
    return HFCORE_OK;
  *digest = digest_new (kind, blob->length, &why);
  return *digest ? HFCORE_OK
                 : call_fail (import->call, HFCORE_E_IO, "cannot compute digests: %s", why);
}

/* Ends the digest. `hex` is "" where there is none.  */
static int
end_digest (struct import *import, struct digest *digest, int code, char hex[65])
{
  hex[0] = 0;
  if (code == HFCORE_OK && digest && digest_hex (digest, hex) < 0)
    code = call_fail (import->call, HFCORE_E_IO, "libcrypto failed to hash");
  digest_free (digest);
  return code;
}

static const char *
expected_digest (const struct archive_entry *blob)
{
  if (digest_of_etag (blob->etag) != DIGEST_NONE)
    return blob->etag;
  return blob->sha256 ? blob->sha256 : "";
}

/* ---- receiving ---- */

/* One blob on its way.  */
struct receiving
{
  struct import *import;
  const struct archive_entry *blob;
  const char *shown; /* the name of a file that it is  */
  void *writer;      /* NULL: it is checked only  */
  struct digest *digest;
  uint64_t done;
};

static int
stopped (struct import *import)
{
  return call_fail (import->call, HFCORE_E_CANCELLED, "stopped");
}

static int
take_bytes (struct receiving *receiving, const void *bytes, size_t len)
{
  struct import *import = receiving->import;
  const struct hfcore_storage *storage = import->storage;
  if (len > receiving->blob->length - receiving->done)
    return archive_refuse (&import->reader, receiving->blob, "it has more bytes than it says");
  if (receiving->digest && digest_update (receiving->digest, bytes, len) < 0)
    return call_fail (import->call, HFCORE_E_IO, "libcrypto failed to hash");
  int code = receiving->writer
                 ? storage->ops->write (storage->self, import->call, receiving->writer,
                                        receiving->done, bytes, len)
                 : HFCORE_OK;
  receiving->done += len;
  if (code == HFCORE_OK
      && (events_tell (import->events, HFCORE_EVENT_BYTES, receiving->shown, receiving->done,
                       receiving->blob->length, 0)
          || call_cancelled (import->call)))
    code = stopped (import);
  return code;
}

static int
receive (struct receiving *receiving)
{
  struct import *import = receiving->import;
  char hex[65];
  int code = begin_digest (import, receiving->blob, &receiving->digest);
  for (size_t got = 1; code == HFCORE_OK && got > 0;)
    {
      const void *bytes;
      code = archive_read_bytes (&import->reader, &bytes, &got);
      if (code == HFCORE_OK && got > 0)
        code = take_bytes (receiving, bytes, got);
    }
  code = end_digest (import, receiving->digest, code, hex);
  if (code != HFCORE_OK)
    return code;
  if (receiving->done < receiving->blob->length)
    return archive_refuse (&import->reader, receiving->blob, "it has fewer bytes than it says");
  if (strcmp (hex, expected_digest (receiving->blob)) != 0)
    return archive_refuse (&import->reader, receiving->blob,
                           "its content is not what its name says: its digest is %s", hex);
  return HFCORE_OK;
}

static int
create (struct import *import, const struct archive_entry *blob, uint32_t flags, uint64_t *have,
        void **writer)
{
  const struct hfcore_storage *storage = import->storage;
  *writer = NULL;
  return storage->ops->create (storage->self, import->call, import_repo (import, blob), blob->etag,
                               blob->length, flags, have, writer);
}

static void
abandon (struct import *import, void *writer, bool keep)
{
  import->storage->ops->abandon (import->storage->self, writer, keep);
}

static bool
can_resume (const struct import *import)
{
  return (import->storage->ops->caps_now (import->storage->self) & HFCORE_STORAGE_RESUME) != 0;
}

/* What others left is not ours to write over: the import may still fail.  */
static int
open_writer (struct import *import, size_t index, void **writer)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  uint64_t have = 0;
  uint32_t flags = can_resume (import) ? HFCORE_CREATE_RESUME : 0;
  int code = create (import, blob, flags, &have, writer);
  import->stages[index].is_alone = have == 0;
  if (code != HFCORE_OK || have == 0)
    return code;
  abandon (import, *writer, true);
  return create (import, blob, 0, &have, writer);
}

int
import_stage_blob (struct import *import, size_t index)
{
  const struct archive_entry *entries = import->archive->entries.items;
  struct import_stage *stage = &import->stages[index];
  const struct import_use *use, *end;
  import_uses_of (import, index, &use, &end);
  struct receiving receiving
      = { .import = import, .blob = &entries[index], .shown = entries[use->file].name };
  int code = import_look (import, index);
  bool is_new = code == HFCORE_OK && stage->state == IMPORT_NOTHING;
  if (is_new)
    code = open_writer (import, index, &receiving.writer);
  if (receiving.writer)
    {
      stage->state = IMPORT_OPEN;
      stage->writer = receiving.writer;
      import->open++;
    }
  if (code == HFCORE_OK
      && events_tell (import->events, HFCORE_EVENT_START, receiving.shown, 0,
                      receiving.blob->length, 0))
    code = stopped (import);
  if (code == HFCORE_OK)
    code = receive (&receiving);
  if (code == HFCORE_OK && is_new && import->open > OPEN_MOST && can_resume (import))
    {
      abandon (import, stage->writer, true);
      stage->writer = NULL;
      stage->state = IMPORT_PARKED;
      import->open--;
    }
  int kind = is_new ? HFCORE_EVENT_FILE : HFCORE_EVENT_CACHED;
  if (code == HFCORE_OK
      && events_tell (import->events, kind, receiving.shown, receiving.blob->length,
                      receiving.blob->length, 0))
    code = stopped (import);
  return code;
}

/* ---- taking up again ---- */

/* Does the partial hold the blob? All of it is read, whatever the storage believes to have: blocks
 * of zeros may look as if they had never been written.  */
static int
is_whole (struct import *import, const struct archive_entry *blob, void *writer, bool *whole)
{
  const struct hfcore_storage *storage = import->storage;
  struct digest *digest;
  uint64_t done = 0;
  char hex[65];
  int code = begin_digest (import, blob, &digest);
  for (size_t got = 1; code == HFCORE_OK && got > 0 && done < blob->length; done += got)
    {
      uint64_t left = blob->length - done;
      size_t want = left < IMPORT_BUFFER_BYTES ? (size_t) left : IMPORT_BUFFER_BYTES;
      code = call_tick (import->call, 0, 0);
      if (code == HFCORE_OK)
        code = storage->ops->read_back (storage->self, import->call, writer, done, import->buffer,
                                        want, &got);
      if (code == HFCORE_OK && digest && digest_update (digest, import->buffer, got) < 0)
        code = call_fail (import->call, HFCORE_E_IO, "libcrypto failed to hash");
    }
  code = end_digest (import, digest, code, hex);
  *whole = code == HFCORE_OK && done == blob->length && strcmp (hex, expected_digest (blob)) == 0;
  return code;
}

/* Among the partials of this blob find one that is whole. PASS: there is none.  */
static int
take_up (struct import *import, size_t index, void **writer)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  void *aside[ASIDE_MOST];
  size_t count = 0;
  bool found = false;
  int code = HFCORE_OK;
  while (code == HFCORE_OK && !found && count < ASIDE_MOST)
    {
      uint64_t have;
      code = create (import, blob, HFCORE_CREATE_RESUME, &have, writer);
      if (code != HFCORE_OK)
        break;
      code = is_whole (import, blob, *writer, &found);
      if (found)
        break;
      /* A new one has nothing; those before it were others'.  */
      aside[count++] = *writer;
      *writer = NULL;
      if (code == HFCORE_OK && have == 0)
        code = HFCORE_PASS;
    }
  while (count > 0)
    abandon (import, aside[--count], true);
  return code == HFCORE_OK && !found ? HFCORE_PASS : code;
}

int
import_stage_take (struct import *import, size_t index, void **writer)
{
  struct import_stage *stage = &import->stages[index];
  if (stage->state == IMPORT_PARKED)
    {
      int code = take_up (import, index, &stage->writer);
      if (code != HFCORE_OK)
        return code;
      import->open++;
    }
  *writer = stage->writer;
  stage->writer = NULL;
  stage->state = IMPORT_NOTHING;
  import->open--;
  return HFCORE_OK;
}

void
import_stage_sweep (struct import *import, size_t index)
{
  const struct archive_entry *blob = &import->archive->entries.items[index];
  uint64_t have = 1;
  for (size_t tries = 0; !import->stages[index].is_alone && have > 0 && tries < ASIDE_MOST; tries++)
    {
      void *writer;
      if (create (import, blob, HFCORE_CREATE_RESUME, &have, &writer) != HFCORE_OK)
        {
          call_forget (import->call);
          return;
        }
      abandon (import, writer, false);
    }
}

static void
drop (struct import *import, size_t index)
{
  struct import_stage *stage = &import->stages[index];
  const struct archive_entry *blob = &import->archive->entries.items[index];
  void *writer = stage->writer;
  if (stage->state == IMPORT_PARKED)
    {
      uint64_t have;
      int code = stage->is_alone ? create (import, blob, HFCORE_CREATE_RESUME, &have, &writer)
                                 : take_up (import, index, &writer);
      writer = code == HFCORE_OK ? writer : NULL;
    }
  if (writer)
    abandon (import, writer, false);
  stage->writer = NULL;
  stage->state = IMPORT_NOTHING;
}

void
import_stage_drop (struct import *import)
{
  struct hfcore_call *call = import->call;
  CLEANUP_CALL struct hfcore_call own;
  call_init (&own, NULL);
  import->call = &own;
  for (size_t i = 0; i < import->archive->entries.count; i++)
    if (import->stages[i].state == IMPORT_OPEN || import->stages[i].state == IMPORT_PARKED)
      {
        drop (import, i);
        call_reset (&own);
      }
  import->call = call;
}
