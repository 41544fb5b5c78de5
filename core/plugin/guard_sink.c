/* SPDX-License-Identifier: Apache-2.0 */
/* guard_sink.c: the sinks that plugins are given: they remember what the real sink said, deliver
 * nothing after it said stop, and take in structs of any size. See guard_visit.h.  */
#include "core/plugin/guard_visit.h"
#include "core/plugin/sized.h"

/* While the sink runs it is not the plugin that fails.  */
#define DELIVER(sink, delivery)                                                                    \
  do                                                                                               \
    {                                                                                              \
      (sink)->visit->call->origin = (sink)->visit->outer_origin;                                   \
      (sink)->code = (delivery);                                                                   \
    }                                                                                              \
  while (0)

/* The plugin runs on; what the sink recorded is kept if it said stop.  */
static int
delivered (struct guard_sink *sink)
{
  struct hfcore_call *call = sink->visit->call;
  call->origin = sink->visit->guard->origin;
  if (sink->code)
    sink->error = call->error;
  return sink->code;
}

static int
broken (struct guard_sink *sink, const char *what)
{
  sink->code = guard_fault (sink->visit, what);
  sink->error = sink->visit->call->error;
  return sink->code;
}

static int
prepare (struct guard_sink *sink, struct guard_visit *visit, const void *theirs, bool is_sink)
{
  if (!is_sink)
    return call_fail (visit->call, HFCORE_E_CONFIG, "%s: was given no sink", visit->op);
  sink->visit = visit;
  sink->code = HFCORE_OK;
  sink->begun = false;
  sized_take (&sink->theirs, sizeof sink->theirs, theirs);
  visit->sink = sink;
  return HFCORE_OK;
}

static bool
take_info (struct hfcore_file_info *info, const struct hfcore_file_info *theirs)
{
  if (!theirs || !HFCORE_HAS (theirs, xet_hash))
    return false;
  sized_take (info, sizeof *info, theirs);
  return true;
}

/* ---- bytes ---- */

static int
about (void *ctx, const struct hfcore_file_info *theirs)
{
  struct guard_sink *sink = ctx;
  struct hfcore_file_info info;
  if (sink->code)
    return sink->code;
  if (!take_info (&info, theirs))
    return broken (sink, "told about a file in a struct without its size");
  if (!sink->theirs.bytes.about)
    return HFCORE_OK;
  DELIVER (sink, sink->theirs.bytes.about (sink->theirs.bytes.ctx, &info));
  return delivered (sink);
}

static int
begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct guard_sink *sink = ctx;
  if (sink->code)
    return sink->code;
  if (sink->begun)
    return broken (sink, "began to send twice");
  sink->begun = true;
  DELIVER (sink, sink->theirs.bytes.begin (sink->theirs.bytes.ctx, offset, total));
  return delivered (sink);
}

static int
data (void *ctx, const void *bytes, size_t len)
{
  struct guard_sink *sink = ctx;
  if (sink->code)
    return sink->code;
  if (!sink->begun)
    return broken (sink, "sent bytes before saying where they begin");
  DELIVER (sink, sink->theirs.bytes.data (sink->theirs.bytes.ctx, bytes, len));
  return delivered (sink);
}

const struct hfcore_sink *
guard_sink_bytes (struct guard_sink *sink, struct guard_visit *visit,
                  const struct hfcore_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, data)))
    return NULL;
  sink->ours.bytes = (struct hfcore_sink){
    .size = sizeof (struct hfcore_sink), .ctx = sink, .about = about, .begin = begin, .data = data
  };
  return &sink->ours.bytes;
}

/* ---- files of a tree ---- */

static int
file (void *ctx, const struct hfcore_file_info *theirs)
{
  struct guard_sink *sink = ctx;
  struct hfcore_file_info info;
  if (sink->code)
    return sink->code;
  if (!take_info (&info, theirs) || !info.path)
    return broken (sink, "told a file without its path or in a struct without its size");
  DELIVER (sink, sink->theirs.files.file (sink->theirs.files.ctx, &info));
  return delivered (sink);
}

static int
incomplete (void *ctx)
{
  struct guard_sink *sink = ctx;
  if (sink->code || !sink->theirs.files.incomplete)
    return sink->code;
  DELIVER (sink, sink->theirs.files.incomplete (sink->theirs.files.ctx));
  return delivered (sink);
}

const struct hfcore_file_sink *
guard_sink_files (struct guard_sink *sink, struct guard_visit *visit,
                  const struct hfcore_file_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, file)))
    return NULL;
  sink->ours.files = (struct hfcore_file_sink){
    .size = sizeof (struct hfcore_file_sink), .ctx = sink, .file = file, .incomplete = incomplete
  };
  return &sink->ours.files;
}

/* ---- entries of a storage ---- */

static int
entry (void *ctx, const struct hfcore_entry *theirs)
{
  struct guard_sink *sink = ctx;
  struct hfcore_entry one;
  struct hfcore_repo repo;
  if (sink->code)
    return sink->code;
  if (!theirs || !HFCORE_HAS (theirs, accessed_ms)
      || (theirs->repo && !HFCORE_HAS (theirs->repo, id)))
    return broken (sink, "told an entry in a struct without its size");
  sized_take (&one, sizeof one, theirs);
  if (one.repo)
    {
      sized_take (&repo, sizeof repo, one.repo);
      one.repo = &repo;
    }
  DELIVER (sink, sink->theirs.entries.entry (sink->theirs.entries.ctx, &one));
  return delivered (sink);
}

const struct hfcore_entry_sink *
guard_sink_entries (struct guard_sink *sink, struct guard_visit *visit,
                    const struct hfcore_entry_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, entry)))
    return NULL;
  sink->ours.entries = (struct hfcore_entry_sink){ .size = sizeof (struct hfcore_entry_sink),
                                                   .ctx = sink,
                                                   .entry = entry };
  return &sink->ours.entries;
}

/* ---- folders of an asset tree ---- */

static int
asset (void *ctx, const struct hfcore_asset *theirs)
{
  struct guard_sink *sink = ctx;
  struct hfcore_asset one;
  if (sink->code)
    return sink->code;
  if (!theirs || !HFCORE_HAS (theirs, modified_ms))
    return broken (sink, "told a folder in a struct without its size");
  sized_take (&one, sizeof one, theirs);
  DELIVER (sink, sink->theirs.assets.asset (sink->theirs.assets.ctx, &one));
  return delivered (sink);
}

const struct hfcore_asset_sink *
guard_sink_assets (struct guard_sink *sink, struct guard_visit *visit,
                   const struct hfcore_asset_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, asset)))
    return NULL;
  sink->ours.assets = (struct hfcore_asset_sink){ .size = sizeof (struct hfcore_asset_sink),
                                                  .ctx = sink,
                                                  .asset = asset };
  return &sink->ours.assets;
}

/* ---- facts of an instance ---- */

static int
fact (void *ctx, const char *key, const char *value)
{
  struct guard_sink *sink = ctx;
  if (sink->code)
    return sink->code;
  if (!key || !value)
    return broken (sink, "told a fact without its name or value");
  DELIVER (sink, sink->theirs.facts.fact (sink->theirs.facts.ctx, key, value));
  return delivered (sink);
}

const struct hfcore_fact_sink *
guard_sink_facts (struct guard_sink *sink, struct guard_visit *visit,
                  const struct hfcore_fact_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, fact)))
    return NULL;
  sink->ours.facts = (struct hfcore_fact_sink){ .size = sizeof (struct hfcore_fact_sink),
                                                .ctx = sink,
                                                .fact = fact };
  return &sink->ours.facts;
}

/* ---- ranges of a partial ---- */

static int
range (void *ctx, uint64_t offset, uint64_t length)
{
  struct guard_sink *sink = ctx;
  if (sink->code)
    return sink->code;
  if (length == 0 || length > UINT64_MAX - offset)
    return broken (sink, "told a range that is none");
  DELIVER (sink, sink->theirs.ranges.range (sink->theirs.ranges.ctx, offset, length));
  return delivered (sink);
}

const struct hfcore_range_sink *
guard_sink_ranges (struct guard_sink *sink, struct guard_visit *visit,
                   const struct hfcore_range_sink *theirs)
{
  if (prepare (sink, visit, theirs, theirs && HFCORE_HAS (theirs, range)))
    return NULL;
  sink->ours.ranges = (struct hfcore_range_sink){ .size = sizeof (struct hfcore_range_sink),
                                                  .ctx = sink,
                                                  .range = range };
  return &sink->ours.ranges;
}
