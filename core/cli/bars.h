/* SPDX-License-Identifier: Apache-2.0 */
/* bars.h: what a download's progress looks like: events go in, lines of text come out. Knows no
 * terminal, no thread and no clock: times are the caller's, in monotonic milliseconds.  */
#ifndef HFCORE_CLI_BARS_H
#define HFCORE_CLI_BARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/hfcore.h>
#include "core/util/text.h"
#include "core/util/vector.h"

/* Bytes over time. `rate` is smoothed, in bytes a second.  */
struct bars_meter
{
  uint64_t received; /* bytes that came over the wire                                          */
  uint64_t sampled;  /* `received` at the last sample                                          */
  int64_t began_ms, sampled_ms;
  int64_t moved_ms; /* when the last sign of life came                                      */
  double rate;
};

struct bars_file
{
  char *path;
  char *shown;    /* the path as one clean line                                             */
  uint64_t done;  /* bytes, those of an earlier run included                                */
  uint64_t total; /* UINT64_MAX: unknown                                                    */
  struct bars_meter meter;
};
VECTOR_DEFINE (bars_files, struct bars_file);

struct bars
{
  struct bars_files active; /* in the order of their start                               */
  struct bars_meter meter;  /* of all files                                              */
  bool has_plan;
  uint64_t plan_files, plan_bytes; /* UINT64_MAX: unknown                                       */
  uint64_t finished_files;         /* cached ones included                                      */
  uint64_t fetched_files;
  uint64_t finished_bytes;
  size_t widest_name; /* in columns, of all that was drawn: the bars stay where they are      */
};

void bars_begin (struct bars *bars, int64_t now_ms);
void bars_end (struct bars *bars);
/* Without memory a file has no bar; nothing else is lost.  */
void bars_event (struct bars *bars, const struct hfcore_event *event, int64_t now_ms);

/* The active files, at most `rows` lines with the line of the total (for one file without a plan
 * there is none), each less than `columns` wide and ended by a newline.  */
void bars_draw (struct bars *bars, int64_t now_ms, size_t columns, size_t rows, struct text *to);
/* The same as one sentence, without newline.  */
void bars_tell (struct bars *bars, int64_t now_ms, struct text *to);
/* What was done in the end; empty when nothing was fetched.  */
void bars_sum_up (const struct bars *bars, int64_t now_ms, struct text *to);

#endif
