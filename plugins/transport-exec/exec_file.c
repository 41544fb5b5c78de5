/* SPDX-License-Identifier: Apache-2.0 */
/* exec_file.c: see exec_file.h.  */
#include "plugins/transport-exec/exec_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "core/util/digest.h"
#include "core/util/names.h"

/* A location is the program's own, but it may be shown.  */
static bool
is_location (const char *text)
{
  for (const char *c = text; *c; c++)
    if ((unsigned char) *c < ' ' || *c == 0x7f)
      return false;
  return true;
}

/* NULL: all is well with what there is.  */
static const char *
find_fault (const struct hfcore_file_info *info, enum exec_file_use use)
{
  if (info->path && names_check_file (info->path))
    return "a path that no file of a repository has";
  if (info->commit && !names_is_commit (info->commit))
    return "a commit that is not 40 hex digits";
  if (info->etag && names_check_etag (info->etag))
    return "an etag that cannot name a file";
  if (info->blob_id && !names_is_commit (info->blob_id))
    return "a blob_id that is not 40 hex digits";
  if (info->location && !is_location (info->location))
    return "a location with control characters";
  if (use == EXEC_FILE_LISTED && !info->path)
    return "no path";
  if (use == EXEC_FILE_RESOLVED
      && (!info->commit || !info->etag || info->length == HFCORE_SIZE_UNKNOWN))
    return "no commit, no etag or no size";
  return NULL;
}

/* Of a large file git has a pointer (spec 1.9), whose id follows from what is known.  */
static int
make_pointer_id (struct exec_talk *talk, struct exec_file *file)
{
  char pointer[256];
  const char *why = NULL;
  int len
      = snprintf (pointer, sizeof pointer,
                  "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %" PRIu64 "\n",
                  file->info.etag, file->info.length);
  struct digest *digest = digest_new (DIGEST_GIT_SHA1, (uint64_t) len, &why);
  bool good = digest && digest_update (digest, pointer, (size_t) len) == 0
              && digest_hex (digest, file->pointer_id) == 0;
  digest_free (digest);
  if (!good)
    return talk->wait.exec->host->fail (talk->wait.call, HFCORE_E_IO, "cannot compute digests: %s",
                                        why ? why : "libcrypto failed");
  file->info.blob_id = file->pointer_id;
  return HFCORE_OK;
}

/* What follows from the kind of its etag.  */
static int
complete (struct exec_talk *talk, struct exec_file *file)
{
  struct hfcore_file_info *info = &file->info;
  enum digest_kind kind = info->etag ? digest_of_etag (info->etag) : DIGEST_NONE;
  if (kind == DIGEST_GIT_SHA1 && !info->blob_id)
    info->blob_id = info->etag;
  if (kind != DIGEST_SHA256 || info->length == HFCORE_SIZE_UNKNOWN)
    return HFCORE_OK;
  info->lfs_sha256 = info->etag;
  info->lfs_length = info->length;
  return info->blob_id ? HFCORE_OK : make_pointer_id (talk, file);
}

int
exec_file_read (struct exec_talk *talk, const json_t *value, enum exec_file_use use,
                struct exec_file *file)
{
  *file = (struct exec_file) EXEC_FILE_UNKNOWN;
  struct hfcore_file_info *info = &file->info;
  bool good = json_is_object (value) && exec_talk_text (value, "path", &info->path)
              && exec_talk_text (value, "commit", &info->commit)
              && exec_talk_text (value, "etag", &info->etag)
              && exec_talk_text (value, "blob_id", &info->blob_id)
              && exec_talk_text (value, "location", &info->location)
              && exec_talk_number (value, "size", &info->length);
  const char *fault = good ? find_fault (info, use) : "a member that is of another kind";
  if (fault)
    return exec_talk_breach (talk, "sent a `file` with %s", fault);
  return use == EXEC_FILE_LISTED ? complete (talk, file) : HFCORE_OK;
}
