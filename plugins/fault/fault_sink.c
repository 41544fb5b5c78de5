/* SPDX-License-Identifier: Apache-2.0 */
/* fault_sink.c: a stream of bytes that is cut or damaged on its way. Nothing is copied: what comes
 * is handed on in parts.  */
#include "plugins/fault/fault.h"

enum
{
  ENDED = HFCORE_E_RETRY /* what stops the op below when the cut is called a success  */
};

static int
about (void *ctx, const struct hfcore_file_info *info)
{
  const struct fault_sink *sink = ctx;
  return sink->theirs->about ? sink->theirs->about (sink->theirs->ctx, info) : HFCORE_OK;
}

static int
begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct fault_sink *sink = ctx;
  sink->offset = offset;
  return sink->theirs->begin (sink->theirs->ctx, offset, total);
}

static int
hand_on (struct fault_sink *sink, const unsigned char *bytes, size_t len)
{
  int code = len ? sink->theirs->data (sink->theirs->ctx, bytes, len) : HFCORE_OK;
  sink->offset += len;
  sink->passed += len;
  return code;
}

static int
hand_on_damaged (struct fault_sink *sink, const unsigned char *bytes, size_t len)
{
  const struct fault_rule *flip;
  int code = HFCORE_OK;
  while (code == HFCORE_OK && (flip = fault_next_flip (sink->visit, sink->offset, len)))
    {
      size_t before = (size_t) (flip->bytes - sink->offset);
      const unsigned char flipped = (unsigned char) ~bytes[before];
      code = hand_on (sink, bytes, before);
      if (code == HFCORE_OK)
        {
          fault_tell (sink->visit, flip, "another byte at the offset %llu",
                      (unsigned long long) flip->bytes);
          code = hand_on (sink, &flipped, 1);
        }
      bytes += before + 1;
      len -= before + 1;
    }
  return code ? code : hand_on (sink, bytes, len);
}

static int
cut_here (struct fault_sink *sink)
{
  const unsigned long long passed = sink->passed;
  if (!sink->cut->quiet)
    return fault_fail (sink->visit, sink->cut, "%s after %llu bytes",
                       fault_code_name (sink->cut->code), passed);
  fault_tell (sink->visit, sink->cut, "an end that looks like success after %llu bytes", passed);
  sink->ended = true;
  return ENDED;
}

static int
data (void *ctx, const void *bytes, size_t len)
{
  struct fault_sink *sink = ctx;
  bool cuts = sink->cut && len > sink->cut->bytes - sink->passed;
  int code = hand_on_damaged (sink, bytes, cuts ? (size_t) (sink->cut->bytes - sink->passed) : len);
  return code == HFCORE_OK && cuts ? cut_here (sink) : code;
}

const struct hfcore_sink *
fault_sink_begin (struct fault_sink *sink, const struct fault_visit *visit,
                  const struct hfcore_sink *theirs)
{
  *sink = (struct fault_sink){ .visit = visit, .theirs = theirs };
  sink->cut = fault_fired (visit, FAULT_CUT);
  if (!sink->cut && !fault_fired (visit, FAULT_FLIP))
    return theirs;
  sink->ours = (struct hfcore_sink){
    .size = sizeof sink->ours, .ctx = sink, .about = about, .begin = begin, .data = data
  };
  return &sink->ours;
}

int
fault_sink_end (struct fault_sink *sink, int code)
{
  if (!sink->ended)
    return code;
  sink->visit->fault->host->forget (sink->visit->call);
  return HFCORE_OK;
}
