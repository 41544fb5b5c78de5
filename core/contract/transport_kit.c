/* SPDX-License-Identifier: Apache-2.0 */
/* transport_kit.c: see transport_kit.h.  */
#include "core/contract/transport_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum
{
  FETCHED_MOST = 32 << 20 /* bytes of one file  */
};

/* ---- what a read sends ---- */

/* What the sink is to say now.  */
static int
answer (struct received *received, int code)
{
  received->stopped = received->stopped || code != 0;
  return code;
}

static int
receive_about (void *ctx, const struct hfcore_file_info *info)
{
  struct received *received = ctx;
  received->deliveries_after_stop += received->stopped;
  received->abouts++;
  received->about_was_late = received->about_was_late || received->pieces > 0;
  snprintf (received->etag, sizeof received->etag, "%s", info->etag ? info->etag : "");
  snprintf (received->commit, sizeof received->commit, "%s", info->commit ? info->commit : "");
  received->length = info->length;
  return answer (received, received->stop_about);
}

static int
receive_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct received *received = ctx;
  received->deliveries_after_stop += received->stopped;
  received->begins++;
  received->offset = offset;
  received->total = total;
  return answer (received, received->stop_begin);
}

static void
make_room (struct received *received, size_t len)
{
  size_t room = received->room ? received->room : 64 << 10;
  contract_expect (received->contract, len <= FETCHED_MOST - received->len,
                   "expected read to send no more than the file has, it sent %zu bytes",
                   received->len + len);
  while (room < received->len + len)
    room *= 2;
  if (room == received->room)
    return;
  unsigned char *bytes = realloc (received->bytes, room);
  if (!bytes)
    contract_skip (received->contract, "out of memory");
  received->bytes = bytes;
  received->room = room;
}

static int
receive_data (void *ctx, const void *bytes, size_t len)
{
  struct received *received = ctx;
  received->deliveries_after_stop += received->stopped;
  contract_expect (received->contract, received->begins > 0,
                   "expected begin before the first bytes, it sent %zu bytes without it", len);
  received->pieces++;
  make_room (received, len);
  if (len)
    memcpy (received->bytes + received->len, bytes, len);
  received->len += len;
  return answer (received, received->len >= received->stop_after ? received->stop_data : 0);
}

void
received_init (struct received *received, struct contract *contract)
{
  *received = (struct received){ .contract = contract, .length = HFCORE_SIZE_UNKNOWN };
  received->sink = (struct hfcore_sink){ .size = sizeof received->sink,
                                         .ctx = received,
                                         .about = receive_about,
                                         .begin = receive_begin,
                                         .data = receive_data };
  make_room (received, 1);
}

void
received_free (struct received *received)
{
  free (received->bytes);
  received->bytes = NULL;
}

/* ---- questions ---- */

void
kit_open (struct kit *kit, struct contract *contract)
{
  kit->contract = contract;
  kit->transport = contract_open_transport (contract, 0);
  kit->source = contract_source (contract, kit->transport);
}

const struct hfcore_repo *
kit_repo (const struct kit *kit, struct hfcore_call *call)
{
  const struct hfcore_repo repo = { .size = sizeof repo,
                                    .type = contract_text (call, "%s", kit->source->type),
                                    .id = contract_text (call, "%s", kit->source->id) };
  return contract_bytes (call, &repo, sizeof repo);
}

int
kit_resolve (const struct kit *kit, struct hfcore_call *call, const char *revision,
             const char *path, struct hfcore_file_info *info)
{
  *info = (struct hfcore_file_info){ .size = sizeof *info, .length = HFCORE_SIZE_UNKNOWN };
  return kit->transport->ops->resolve (kit->transport->self, call, kit_repo (kit, call),
                                       contract_text (call, "%s", revision),
                                       path ? contract_text (call, "%s", path) : NULL, info);
}

struct hfcore_read *
kit_request (const struct kit *kit, struct hfcore_call *call, const struct contract_file *file,
             uint64_t offset, uint64_t length)
{
  const struct hfcore_read request = { .size = sizeof request,
                                       .repo = kit_repo (kit, call),
                                       .commit = contract_text (call, "%s", file->commit),
                                       .path = contract_text (call, "%s", file->path),
                                       .offset = offset,
                                       .length = length,
                                       .total = HFCORE_SIZE_UNKNOWN };
  /* It is ours to change before it is asked.  */
  return (struct hfcore_read *) contract_bytes (call, &request, sizeof request);
}

int
kit_read (const struct kit *kit, const struct contract_file *file, uint64_t offset, uint64_t length,
          struct received *received)
{
  struct hfcore_call *call = contract_call (kit->contract);
  const struct hfcore_read *request = kit_request (kit, call, file, offset, length);
  int code = kit->transport->ops->read (kit->transport->self, call, request, &received->sink);
  if (code < HFCORE_OK)
    kit_expect_text (kit, call, "read");
  contract_end (call);
  return code;
}

/* Of the plugin itself.  */
static const struct hfcore_transport_ops *
bare_ops (const struct kit *kit, void **self)
{
  const struct guard *guard = kit->transport->self;
  *self = guard->self;
  return &guard->module->transport;
}

int
kit_read_bare (const struct kit *kit, struct hfcore_call *call, const struct hfcore_read *request,
               const struct hfcore_sink *sink)
{
  void *self;
  const struct hfcore_transport_ops *ops = bare_ops (kit, &self);
  return ops->read (self, call, request, sink);
}

int
kit_list_bare (const struct kit *kit, struct hfcore_call *call, const char *commit,
               const struct hfcore_file_sink *sink)
{
  void *self;
  const struct hfcore_transport_ops *ops = bare_ops (kit, &self);
  return ops->list (self, call, kit_repo (kit, call), contract_text (call, "%s", commit), sink);
}

/* ---- files ---- */

bool
kit_is_handy (const struct contract_file *file)
{
  return file->length <= FETCHED_MOST / 2;
}

const struct contract_file *
kit_small (const struct kit *kit)
{
  for (size_t i = 0; i < kit->source->count; i++)
    if (kit->source->files[i].length > 0 && kit_is_handy (&kit->source->files[i]))
      return &kit->source->files[i];
  contract_skip (kit->contract, "all of its files are empty, or larger than a check may fetch");
}

const struct contract_file *
kit_large (const struct kit *kit, uint64_t least)
{
  for (size_t i = kit->source->count; i-- > 0;)
    if (kit->source->files[i].length >= least && kit_is_handy (&kit->source->files[i]))
      return &kit->source->files[i];
  contract_skip (kit->contract, "it has no file of %llu to %d bytes", (unsigned long long) least,
                 FETCHED_MOST / 2);
}

const struct contract_file *
kit_empty (const struct kit *kit)
{
  if (kit->source->files[0].length > 0)
    contract_skip (kit->contract, "it has no empty file");
  return &kit->source->files[0];
}

/* ---- what is expected ---- */

void
kit_expect_clean (const struct kit *kit)
{
  const char *fault = strstr (contract_log (kit->contract), "this is a fault of the plugin");
  contract_expect (kit->contract, !fault,
                   "expected results that mean something, the log says: %.*s",
                   fault ? (int) strcspn (fault, "\n") : 0, fault ? fault : "");
}

static void
expect_digest (const struct kit *kit, const struct contract_file *file, const struct received *got)
{
  const char *why;
  char hex[65] = "";
  enum digest_kind kind = digest_of_etag (file->etag);
  if (kind == DIGEST_NONE)
    return;
  struct digest *digest = digest_new (kind, file->length, &why);
  if (!digest || digest_update (digest, got->bytes, got->len) || digest_hex (digest, hex))
    contract_skip (kit->contract, "digests cannot be computed");
  digest_free (digest);
  contract_expect (kit->contract, strcmp (hex, file->etag) == 0,
                   "expected the bytes of '%s' to have the digest %s that is its etag, those that "
                   "were read have %s",
                   file->path, file->etag, hex);
}

void
kit_expect_whole (const struct kit *kit, const struct contract_file *file,
                  const struct received *got)
{
  struct contract *contract = kit->contract;
  contract_expect (contract, got->begins == 1,
                   "expected read to call begin once for '%s', it called it %d times", file->path,
                   got->begins);
  contract_expect (contract, got->offset == 0,
                   "expected the whole of '%s' to begin at 0, begin was told %llu", file->path,
                   (unsigned long long) got->offset);
  contract_expect (
      contract, got->total == file->length || got->total == HFCORE_SIZE_UNKNOWN,
      "expected begin to tell the %llu bytes that '%s' has in all, or an unknown size, "
      "it told %llu",
      (unsigned long long) file->length, file->path, (unsigned long long) got->total);
  contract_expect (contract, got->len == file->length,
                   "expected the %llu bytes of '%s' that resolve told, %zu were read",
                   (unsigned long long) file->length, file->path, got->len);
  expect_digest (kit, file, got);
  const struct source_sample *sample = source_sample (file->path);
  if (!source_is_ours (kit->source) || !sample)
    return;
  unsigned char *ours = malloc (got->len + 1);
  if (!ours)
    contract_skip (contract, "out of memory");
  contract_expect (contract, got->len == source_length (sample),
                   "expected the %llu bytes that were put into '%s', %zu were read",
                   (unsigned long long) source_length (sample), file->path, got->len);
  source_bytes (sample, 0, ours, got->len);
  contract_expect (contract, memcmp (ours, got->bytes, got->len) == 0,
                   "expected the bytes that were put into '%s', others were read", file->path);
  free (ours);
}

void
kit_expect_text (const struct kit *kit, const struct hfcore_call *call, const char *op)
{
  contract_expect (kit->contract,
                   call->error.message[0] && !contract_is_silent (call->error.message),
                   "expected %s to say why it failed with %s (host->fail), no failure was recorded",
                   op, contract_code_name (call->error.code));
}

void
kit_expect_missing (const struct kit *kit, const struct hfcore_call *call, const char *op, int code,
                    int missing)
{
  static const char *const kinds[] = { "UNKNOWN", "REPO", "REVISION", "FILE", "CACHE" };
  if (code == HFCORE_E_AUTH && missing == HFCORE_MISSING_REPO)
    contract_skip (kit->contract, "it refuses access to repositories that are not there");
  contract_expect (kit->contract, code == HFCORE_PASS || code == HFCORE_E_NOTFOUND,
                   "expected %s to answer NOTFOUND or PASS for what is not there, it answered %s",
                   op, contract_answer (code));
  if (code == HFCORE_PASS)
    return;
  kit_expect_text (kit, call, op);
  int told = call->error.missing;
  contract_expect (kit->contract, told == missing,
                   "expected %s to say with NOTFOUND what is missing (%s), it said %s", op,
                   kinds[missing],
                   told >= 0 && told <= HFCORE_MISSING_CACHE ? kinds[told] : "something else");
}
