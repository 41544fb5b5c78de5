/* SPDX-License-Identifier: Apache-2.0 */
/* reference_transport.c: a transport in memory, below wrappers under check: the files of source.h,
 * and faults as contract_behaviour says.  */
#include <stdlib.h>
#include <string.h>
#include "core/contract/case.h"
#include "core/contract/source.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/text.h"

#define COMMIT      "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"
#define MANY_COMMIT "beadedbeadedbeadedbeadedbeadedbeadedbead"
#define PLACE       "memory:"

enum
{
  PIECE = 32 << 10,
  TICK_MS = 20
};

struct contract_behaviour contract_behaviour;

struct reference
{
  const struct hfcore_host *host;
};

static int
reference_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct reference *reference = calloc (1, sizeof *reference);
  if (!reference)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  reference->host = open->host;
  *self = reference;
  return HFCORE_OK;
}

static void
reference_close (void *self)
{
  free (self);
}

/* ---- failing ---- */

static int
missing (const struct reference *reference, struct hfcore_call *call, int what, const char *name)
{
  static const char *const kinds[] = { "", "repository", "revision", "file" };
  reference->host->fail (call, HFCORE_E_NOTFOUND, "there is no %s '%s'", kinds[what], name);
  reference->host->why (call, 0, 404, 0, what);
  return HFCORE_E_NOTFOUND;
}

/* Count this op and let it fail, if it is to: HFCORE_OK, go on.  */
static int
enter (const struct reference *reference, struct hfcore_call *call, uint32_t *count)
{
  int code = contract_behaviour.fail_code;
  __atomic_fetch_add (count, 1, __ATOMIC_RELAXED);
  if (code >= HFCORE_OK)
    return code;
  reference->host->fail (call, code, "the source below fails with %s", contract_code_name (code));
  if (code == HFCORE_E_NOTFOUND)
    reference->host->why (call, 0, 404, 0, HFCORE_MISSING_FILE);
  if (code == HFCORE_E_RETRY)
    reference->host->why (call, 0, 503, 1500, 0);
  return code;
}

/* ---- what there is ---- */

/* The commit of a repository, or NULL with the failure in `*code`.  */
static const char *
find_commit (const struct reference *reference, struct hfcore_call *call,
             const struct hfcore_repo *repo, const char *revision, int *code)
{
  bool is_many = strcmp (repo->id, SOURCE_MANY_ID) == 0;
  const char *commit = is_many ? MANY_COMMIT : COMMIT;
  *code = HFCORE_OK;
  if (strcmp (repo->type, SOURCE_TYPE) != 0 || (!is_many && strcmp (repo->id, SOURCE_ID) != 0))
    *code = missing (reference, call, HFCORE_MISSING_REPO, repo->id);
  else if (strcmp (revision, SOURCE_REVISION) != 0 && strcmp (revision, commit) != 0)
    *code = missing (reference, call, HFCORE_MISSING_REVISION, revision);
  return *code ? NULL : commit;
}

static int
find_etag (const struct reference *reference, struct hfcore_call *call,
           const struct source_sample *sample, char etag[65])
{
  enum digest_kind kind = sample->is_lfs ? DIGEST_SHA256 : DIGEST_GIT_SHA1;
  return source_digest (sample, kind, etag)
             ? HFCORE_OK
             : reference->host->fail (call, HFCORE_E_IO, "digests cannot be computed");
}

static const struct source_sample many_sample = { .path = "", .text = SOURCE_MANY_TEXT };

/* NULL: the commit does not have it.  */
static const struct source_sample *
find_sample (const char *commit, const char *path)
{
  char name[32];
  if (strcmp (commit, COMMIT) == 0)
    return source_sample (path);
  for (unsigned i = 0; i < SOURCE_MANY; i++)
    {
      source_many_path (i, name);
      if (strcmp (name, path) == 0)
        return &many_sample;
    }
  return NULL;
}

/* ---- resolve ---- */

/* Both texts as one, in the call; NULL with the failure recorded.  */
static const char *
keep (const struct reference *reference, struct hfcore_call *call, const char *start,
      const char *text)
{
  CLEANUP_FREE char *joined = text_format ("%s%s", start, text);
  if (joined)
    return reference->host->keep (call, joined, strlen (joined));
  reference->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  return NULL;
}

static int
resolve_file (const struct reference *reference, struct hfcore_call *call, const char *path,
              struct hfcore_file_info *info)
{
  char etag[65];
  const struct source_sample *sample = find_sample (info->commit, path);
  if (!sample)
    return missing (reference, call, HFCORE_MISSING_FILE, path);
  int code = find_etag (reference, call, sample, etag);
  if (code)
    return code;
  info->length = source_length (sample);
  info->path = keep (reference, call, "", path);
  info->etag = keep (reference, call, "", etag);
  info->location = keep (reference, call, PLACE, path);
  return info->path && info->etag && info->location ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
reference_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  const struct reference *reference = self;
  int code = enter (reference, call, &contract_behaviour.resolves);
  const char *commit = code ? NULL : find_commit (reference, call, repo, revision, &code);
  if (!commit)
    return code;
  info->length = info->lfs_length = HFCORE_SIZE_UNKNOWN;
  info->commit = keep (reference, call, "", commit);
  if (!info->commit)
    return HFCORE_E_NOMEM;
  return path ? resolve_file (reference, call, path, info) : HFCORE_OK;
}

/* ---- read ---- */

static int
pause_before (const struct reference *reference, struct hfcore_call *call)
{
  int64_t end = clock_now_ms () + contract_behaviour.pause_ms;
  for (;;)
    {
      int code = reference->host->tick (call, 0, 0);
      int64_t left = end - clock_now_ms ();
      if (code || left <= 0)
        return code;
      clock_sleep_ms (left < TICK_MS ? left : TICK_MS);
    }
}

static int
push (const struct reference *reference, struct hfcore_call *call,
      const struct source_sample *sample, uint64_t offset, uint64_t length,
      const struct hfcore_sink *sink)
{
  unsigned char piece[PIECE];
  uint64_t end = contract_behaviour.stops_after;
  int code = sink->begin (sink->ctx, offset, source_length (sample));
  for (uint64_t done = 0; code == HFCORE_OK && done < length;)
    {
      size_t len = length - done < PIECE ? (size_t) (length - done) : PIECE;
      if (end && len > end - done)
        len = (size_t) (end - done);
      code = pause_before (reference, call);
      if (code)
        return code;
      if (end && !len)
        return reference->host->fail (call, HFCORE_E_RETRY,
                                      "the source below stopped after %llu "
                                      "bytes",
                                      (unsigned long long) done);
      source_bytes (sample, offset + done, piece, len);
      code = sink->data (sink->ctx, piece, len);
      done += len;
    }
  return code;
}

static int
find_file (const struct reference *reference, struct hfcore_call *call,
           const struct hfcore_read *request, const char **commit,
           const struct source_sample **sample)
{
  int code;
  *commit = find_commit (reference, call, request->repo, request->commit, &code);
  if (!*commit)
    return code;
  if (request->location && strncmp (request->location, PLACE, strlen (PLACE)) != 0)
    return reference->host->fail (call, HFCORE_E_CONFIG, "'%s' is no location of this source",
                                  request->location);
  *sample = find_sample (*commit,
                         request->location ? request->location + strlen (PLACE) : request->path);
  return *sample ? HFCORE_OK : missing (reference, call, HFCORE_MISSING_FILE, request->path);
}

static int
reference_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  const struct reference *reference = self;
  const struct source_sample *sample = NULL;
  const char *commit = NULL;
  char etag[65];
  int code = enter (reference, call, &contract_behaviour.reads);
  if (code == HFCORE_OK)
    code = find_file (reference, call, request, &commit, &sample);
  if (code == HFCORE_OK)
    code = find_etag (reference, call, sample, etag);
  if (code)
    return code;
  uint64_t total = source_length (sample), offset = request->offset, length = request->length;
  if (contract_behaviour.ignores_ranges)
    {
      offset = 0;
      length = total;
    }
  if (offset > total || (offset == total && total && length)
      || (request->etag && strcmp (request->etag, etag) != 0))
    return reference->host->fail (call, HFCORE_E_CONFLICT, "'%s' has %llu bytes and the etag %s",
                                  request->path, (unsigned long long) total, etag);
  const struct hfcore_file_info info = { .size = sizeof info,
                                         .path = request->path,
                                         .commit = commit,
                                         .etag = etag,
                                         .length = total,
                                         .lfs_length = HFCORE_SIZE_UNKNOWN };
  code = sink->about ? sink->about (sink->ctx, &info) : HFCORE_OK;
  if (code)
    return code;
  return push (reference, call, sample, offset, length < total - offset ? length : total - offset,
               sink);
}

/* ---- list ---- */

static int
tell_file (const struct reference *reference, struct hfcore_call *call, const char *commit,
           const char *path, const struct source_sample *sample,
           const struct hfcore_file_sink *sink)
{
  char etag[65], blob_id[65];
  int code = find_etag (reference, call, sample, etag);
  if (code)
    return code;
  /* Of a file in LFS git has a pointer; any name will do for that.  */
  if (!source_digest (sample, DIGEST_GIT_SHA1, blob_id))
    return reference->host->fail (call, HFCORE_E_IO, "digests cannot be computed");
  uint64_t length = source_length (sample);
  const struct hfcore_file_info info
      = { .size = sizeof info,
          .path = path,
          .commit = commit,
          .etag = etag,
          .length = length,
          .blob_id = blob_id,
          .lfs_sha256 = sample->is_lfs ? etag : NULL,
          .lfs_length = sample->is_lfs ? length : HFCORE_SIZE_UNKNOWN };
  code = sink->file (sink->ctx, &info);
  return code ? code : reference->host->tick (call, 0, 0);
}

static int
reference_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *revision, const struct hfcore_file_sink *sink)
{
  const struct reference *reference = self;
  char path[32];
  int code = enter (reference, call, &contract_behaviour.lists);
  const char *commit = code ? NULL : find_commit (reference, call, repo, revision, &code);
  bool is_many = commit && strcmp (commit, MANY_COMMIT) == 0;
  for (unsigned i = 0; !code && !is_many && i < SOURCE_SAMPLES; i++)
    code = tell_file (reference, call, commit, source_samples[i].path, &source_samples[i], sink);
  for (unsigned i = 0; !code && is_many && i < SOURCE_MANY; i++)
    {
      source_many_path (i, path);
      code = tell_file (reference, call, commit, path, &many_sample, sink);
    }
  return code;
}

static const struct hfcore_transport_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = reference_open,
  .close = reference_close,
  .resolve = reference_resolve,
  .read = reference_read,
  .list = reference_list,
};

const struct hfcore_plugin contract_reference_transport
    = { .size = sizeof (struct hfcore_plugin),
        .abi_major = HFCORE_ABI_MAJOR,
        .abi_minor = HFCORE_ABI_MINOR,
        .option_size = sizeof (struct hfcore_option),
        .threads = HFCORE_THREADS_PARALLEL,
        .name = "reference-transport",
        .version = "1",
        .summary = "a few files in memory, for checking what lies above",
        .transport = &ops };
