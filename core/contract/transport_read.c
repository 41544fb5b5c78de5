/* SPDX-License-Identifier: Apache-2.0 */
/* transport_read.c: the cases of a transport's read that runs to its end.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/contract/transport_kit.h"

#define ALL HFCORE_SIZE_UNKNOWN

void
transport_read_whole (struct contract *contract)
{
  struct kit kit;
  kit_open (&kit, contract);
  kit_small (&kit);
  for (size_t i = 0; i < kit.source->count; i++)
    {
      struct received got;
      const struct contract_file *file = &kit.source->files[i];
      if (!kit_is_handy (file))
        continue;
      received_init (&got, contract);
      int code = kit_read (&kit, file, 0, ALL, &got);
      contract_expect (contract, code == HFCORE_OK,
                       "expected read of '%s' to answer OK, it "
                       "answered %s",
                       file->path, contract_answer (code));
      kit_expect_whole (&kit, file, &got);
      received_free (&got);
    }
  kit_expect_clean (&kit);
}

/* As the engine asks: what was resolved, with what was promised.  */
void
transport_read_by_location (struct contract *contract)
{
  struct kit kit;
  bool was_told = false;
  kit_open (&kit, contract);
  kit_small (&kit);
  for (size_t i = 0; i < kit.source->count; i++)
    {
      struct received got;
      struct hfcore_file_info info;
      const struct contract_file *file = &kit.source->files[i];
      if (!kit_is_handy (file))
        continue;
      received_init (&got, contract);
      struct hfcore_call *call = contract_call (contract);
      int code = kit_resolve (&kit, call, kit.source->revision, file->path, &info);
      contract_expect_code (contract, call, "resolve", code, HFCORE_OK);
      struct hfcore_read *request = kit_request (&kit, call, file, 0, ALL);
      request->location = info.location;
      request->etag = info.etag;
      request->total = info.length;
      was_told = was_told || info.location;
      code = kit.transport->ops->read (kit.transport->self, call, request, &got.sink);
      contract_expect_code (contract, call, "read", code, HFCORE_OK);
      kit_expect_whole (&kit, file, &got);
      contract_end (call);
      received_free (&got);
    }
  kit_expect_clean (&kit);
  if (!was_told)
    contract_skip (contract, "it tells no locations; without them it reads as it should");
}

void
transport_read_about (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected read of '%s' to answer OK, it answered %s", file->path,
                   contract_answer (code));
  if (!got.abouts)
    contract_skip (contract, "it tells nothing about a file that it sends");
  contract_expect (contract, got.abouts == 1,
                   "expected read to call about once, it called it %d times", got.abouts);
  contract_expect (contract, !got.about_was_late,
                   "expected about before the first bytes, it came after some");
  contract_expect (contract, !got.etag[0] || strcmp (got.etag, file->etag) == 0,
                   "expected about to tell the etag %s of '%s', or none, it told %s", file->etag,
                   file->path, got.etag);
  contract_expect (contract, !got.commit[0] || strcmp (got.commit, file->commit) == 0,
                   "expected about to tell the commit %s, or none, it told %s", file->commit,
                   got.commit);
  contract_expect (contract, got.length == ALL || got.length == file->length,
                   "expected about to tell the length %llu of '%s', or none, it told %llu",
                   (unsigned long long) file->length, file->path, (unsigned long long) got.length);
}

void
transport_read_empty (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_empty (&kit);
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected read of the empty file '%s' to answer OK, it answered %s", file->path,
                   contract_answer (code));
  kit_expect_whole (&kit, file, &got);
}

void
transport_read_nothing (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  int code = kit_read (&kit, file, 0, 0, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected read of no bytes of '%s' to answer OK, it answered %s", file->path,
                   contract_answer (code));
  contract_expect (contract, got.begins == 1,
                   "expected read of no bytes to call begin once, it called it %d times",
                   got.begins);
  contract_expect (contract, got.len == 0 || got.len == file->length,
                   "expected no bytes, or the whole file of a peer that cannot do else, it sent "
                   "%zu",
                   got.len);
}

/* ---- parts ---- */

/* What came is a true part of the file, with what was asked for in it.  */
static void
expect_part (const struct kit *kit, const struct received *got, const struct received *whole,
             uint64_t offset, uint64_t length)
{
  struct contract *contract = kit->contract;
  uint64_t end = length < whole->len - offset ? offset + length : whole->len;
  contract_expect (contract, got->begins == 1,
                   "expected a read from %llu to call begin once, it called it %d times",
                   (unsigned long long) offset, got->begins);
  contract_expect (contract, got->total == whole->len || got->total == ALL,
                   "expected begin to tell the %zu bytes that the file has in all, or an unknown "
                   "size, it told %llu",
                   whole->len, (unsigned long long) got->total);
  contract_expect (contract, got->offset <= offset,
                   "expected the bytes from %llu on, begin told that they begin at %llu",
                   (unsigned long long) offset, (unsigned long long) got->offset);
  contract_expect (contract, got->offset + got->len >= end,
                   "expected the bytes %llu to %llu, they ended at %llu",
                   (unsigned long long) offset, (unsigned long long) end,
                   (unsigned long long) (got->offset + got->len));
  /* A peer that ignores ranges sends all of it.  */
  bool is_all = got->offset == 0 && got->len == whole->len;
  contract_expect (contract, is_all || got->offset + got->len == end,
                   "expected %llu bytes from %llu on, or the whole file, it sent %zu from %llu on",
                   (unsigned long long) (end - offset), (unsigned long long) offset, got->len,
                   (unsigned long long) got->offset);
  contract_expect (contract, memcmp (got->bytes, whole->bytes + got->offset, got->len) == 0,
                   "expected the bytes of the file from %llu on, where begin said that they begin, "
                   "it sent others",
                   (unsigned long long) got->offset);
}

void
transport_read_range (struct contract *contract)
{
  struct kit kit;
  struct received whole;
  kit_open (&kit, contract);
  received_init (&whole, contract);
  const struct contract_file *file = kit_large (&kit, 8);
  int code = kit_read (&kit, file, 0, ALL, &whole);
  contract_expect (contract, code == HFCORE_OK,
                   "expected read of '%s' to answer OK, it answered %s", file->path,
                   contract_answer (code));
  kit_expect_whole (&kit, file, &whole);
  const uint64_t parts[][2] = { { 1, ALL },
                                { 1, 5 },
                                { 0, 1 },
                                { file->length / 2, file->length / 4 },
                                { file->length / 2, ALL },
                                { file->length - 1, ALL },
                                { file->length - 1, 1 },
                                { file->length / 3, file->length * 2 } };
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      struct received got;
      received_init (&got, contract);
      code = kit_read (&kit, file, parts[i][0], parts[i][1], &got);
      contract_expect (contract, code == HFCORE_OK,
                       "expected read of '%s' from %llu on to answer OK, it answered %s",
                       file->path, (unsigned long long) parts[i][0], contract_answer (code));
      expect_part (&kit, &got, &whole, parts[i][0], parts[i][1]);
      received_free (&got);
    }
  kit_expect_clean (&kit);
}

void
transport_read_past_end (struct contract *contract)
{
  struct kit kit;
  kit_open (&kit, contract);
  const struct contract_file *file = kit_small (&kit);
  const uint64_t offsets[] = { file->length + 1, file->length + 100000, (uint64_t) 1 << 62 };
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
    {
      struct received got;
      received_init (&got, contract);
      int code = kit_read (&kit, file, offsets[i], ALL, &got);
      if (code == HFCORE_OK)
        {
          kit_expect_whole (&kit, file, &got);
          received_free (&got);
          continue;
        }
      contract_expect (contract, code == HFCORE_E_CONFLICT,
                       "expected a read from %llu of a file of %llu bytes to answer CONFLICT, or "
                       "to send all of it from 0, it answered %s",
                       (unsigned long long) offsets[i], (unsigned long long) file->length,
                       contract_answer (code));
      contract_expect (contract, !got.begins,
                       "expected no begin where there is nothing to send, it told %llu",
                       (unsigned long long) got.offset);
      received_free (&got);
    }
  kit_expect_clean (&kit);
}

/* ---- what is not there, or is another ---- */

void
transport_read_unknown (struct contract *contract)
{
  struct kit kit;
  kit_open (&kit, contract);
  for (int i = 0; i < 3; i++)
    {
      static const int missing[]
          = { HFCORE_MISSING_FILE, HFCORE_MISSING_REVISION, HFCORE_MISSING_REPO };
      struct received got;
      received_init (&got, contract);
      struct hfcore_call *call = contract_call (contract);
      struct hfcore_read *request = kit_request (&kit, call, &kit.source->files[0], 0, ALL);
      if (i == 0)
        request->path = contract_text (call, "no/such file.txt");
      else if (i == 1)
        request->commit = contract_commit (call, 99);
      else
        request->repo = contract_repo (call, 99);
      int code = kit.transport->ops->read (kit.transport->self, call, request, &got.sink);
      kit_expect_missing (&kit, call, "read", code, missing[i]);
      contract_expect (contract, !got.begins && !got.abouts,
                       "expected nothing of a file that is not there, it called %s",
                       got.begins ? "begin" : "about");
      contract_end (call);
      received_free (&got);
    }
  kit_expect_clean (&kit);
}

/* An etag of the same form as `etag`, of nothing that anybody has.  */
static const char *
another_etag (struct hfcore_call *call, const char *etag)
{
  char other[256];
  snprintf (other, sizeof other, "%s", etag);
  for (char *c = other; *c; c++)
    *c = *c == '0' ? '1' : '0';
  return contract_text (call, "%s", other);
}

void
transport_read_other_file (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_read *request = kit_request (&kit, call, file, 0, ALL);
  request->etag = another_etag (call, file->etag);
  int code = kit.transport->ops->read (kit.transport->self, call, request, &got.sink);
  if (code != HFCORE_OK)
    {
      contract_expect (contract, code == HFCORE_E_CONFLICT || code == HFCORE_E_CORRUPT,
                       "expected a read for another etag than the file's to answer CONFLICT or to "
                       "tell its etag in about, it answered %s",
                       contract_answer (code));
      contract_expect (contract, !got.len,
                       "expected no bytes of a file that is not the one that was asked for, it "
                       "sent %zu",
                       got.len);
      kit_expect_text (&kit, call, "read");
      return;
    }
  contract_expect (contract, strcmp (got.etag, request->etag) != 0,
                   "expected about to tell the true etag %s, it told %s, which was asked for",
                   file->etag, got.etag);
  if (!got.etag[0])
    contract_skip (contract, "it tells no etag with the bytes: whether they are another file's is "
                             "known from their digest alone");
}

/* ---- structs of other sizes ---- */

void
transport_read_small_sink (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  struct hfcore_call *call = contract_call (contract);
  got.sink.about = NULL;
  /* Past the guard, which would put an `about` of its own there.  */
  int code = kit_read_bare (&kit, call, kit_request (&kit, call, file, 0, ALL), &got.sink);
  contract_expect_code (contract, call, "read", code, HFCORE_OK);
  kit_expect_whole (&kit, file, &got);
  contract_end (call);
}

/* Of a host of tomorrow: what this plugin does not know of is not zero.  */
struct newer_sink
{
  struct hfcore_sink sink;
  void *more[4];
};

struct newer_read
{
  struct hfcore_read read;
  uint64_t more[8];
};

void
transport_read_newer_structs (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  struct hfcore_call *call = contract_call (contract);
  struct newer_read request;
  struct newer_sink sink;
  memset (&request, 0xa5, sizeof request);
  memset (&sink, 0xa5, sizeof sink);
  request.read = *kit_request (&kit, call, file, 0, ALL);
  request.read.size = sizeof request;
  sink.sink = got.sink;
  sink.sink.size = sizeof sink;
  const struct newer_read *asked = contract_bytes (call, &request, sizeof request);
  int code = kit_read_bare (&kit, call, &asked->read, &sink.sink);
  contract_expect_code (contract, call, "read", code, HFCORE_OK);
  kit_expect_whole (&kit, file, &got);
  contract_end (call);
}
