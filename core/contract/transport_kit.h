/* SPDX-License-Identifier: Apache-2.0 */
/* transport_kit.h: what the cases of transports share: a sink that remembers, questions whose names
 * end with their call, and what is expected of answers.  */
#ifndef HFCORE_CONTRACT_TRANSPORT_KIT_H
#define HFCORE_CONTRACT_TRANSPORT_KIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include "core/contract/case.h"
#include "core/contract/source.h"

enum
{
  KIT_TOO_SLOW_MS = 1000 /* 100 ms is the rule; the rest is for slow machines  */
};

/* ---- what a read sends ---- */

struct received
{
  struct hfcore_sink sink; /* hand this out  */
  struct contract *contract;
  unsigned char *bytes; /* all of them; lives as long as the process, or until received_free  */
  size_t len, room;
  uint64_t offset, total; /* of `begin`  */
  int abouts, begins, pieces;
  bool about_was_late;        /* it came after bytes  */
  char etag[256], commit[64]; /* of `about`; "": not told  */
  uint64_t length;
  int stop_about, stop_begin, stop_data; /* returned instead of 0  */
  size_t stop_after;                     /* stop_data is for when so many bytes are here  */
  int deliveries_after_stop;             /* of any kind  */
  bool stopped;
};
void received_init (struct received *received, struct contract *contract);
void received_free (struct received *received);

/* ---- questions ---- */

/* An instance with what it has.  */
struct kit
{
  struct contract *contract;
  const struct contract_transport *transport;
  const struct contract_source *source;
};
void kit_open (struct kit *kit, struct contract *contract);

/* The repository, in the call. */
const struct hfcore_repo *kit_repo (const struct kit *kit, struct hfcore_call *call);
/* `info` is made empty before. `path` NULL: of the revision.  */
int kit_resolve (const struct kit *kit, struct hfcore_call *call, const char *revision,
                 const char *path, struct hfcore_file_info *info);
/* In the call: to the end of the file, by commit, nothing promised.  */
struct hfcore_read *kit_request (const struct kit *kit, struct hfcore_call *call,
                                 const struct contract_file *file, uint64_t offset,
                                 uint64_t length);
/* A call of its own for a part of a file; the code.  */
int kit_read (const struct kit *kit, const struct contract_file *file, uint64_t offset,
              uint64_t length, struct received *received);
/* The plugin's own op, without the guard, which would hide what a plugin does after it was told to
 * stop, and take structs of another size for it.  */
int kit_read_bare (const struct kit *kit, struct hfcore_call *call,
                   const struct hfcore_read *request, const struct hfcore_sink *sink);
int kit_list_bare (const struct kit *kit, struct hfcore_call *call, const char *commit,
                   const struct hfcore_file_sink *sink);

/* ---- files ---- */

/* The smallest that is not empty; the largest that a check may fetch, of at least `least` bytes; an
 * empty one. Each ends the case as skipped where there is none.  */
const struct contract_file *kit_small (const struct kit *kit);
const struct contract_file *kit_large (const struct kit *kit, uint64_t least);
const struct contract_file *kit_empty (const struct kit *kit);
/* May a check fetch it?  */
bool kit_is_handy (const struct contract_file *file);

/* ---- what is expected ---- */

/* The guard found no fault so far.  */
void kit_expect_clean (const struct kit *kit);
/* `got` has begun once; what came is the whole file: its length, its digest, our own bytes.  */
void kit_expect_whole (const struct kit *kit, const struct contract_file *file,
                       const struct received *got);
/* It is known to be absent, and what exactly, or nothing is known; ended as skipped where access is
 * refused to what is not there. A text goes with it.  */
void kit_expect_missing (const struct kit *kit, const struct hfcore_call *call, const char *op,
                         int code, int missing);
/* Failures have a text of the plugin's own.  */
void kit_expect_text (const struct kit *kit, const struct hfcore_call *call, const char *op);

/* ---- the parts of contract_transport_cases ---- */

/* transport_read.c  */
void transport_read_whole (struct contract *contract);
void transport_read_by_location (struct contract *contract);
void transport_read_about (struct contract *contract);
void transport_read_empty (struct contract *contract);
void transport_read_nothing (struct contract *contract);
void transport_read_range (struct contract *contract);
void transport_read_past_end (struct contract *contract);
void transport_read_unknown (struct contract *contract);
void transport_read_other_file (struct contract *contract);
void transport_read_small_sink (struct contract *contract);
void transport_read_newer_structs (struct contract *contract);

/* transport_stop.c  */
void transport_stop_at_about (struct contract *contract);
void transport_stop_at_begin (struct contract *contract);
void transport_stop_at_data (struct contract *contract);
void transport_cancel_before (struct contract *contract);
void transport_cancel_read (struct contract *contract);
void transport_cancel_list (struct contract *contract);
void transport_deadline (struct contract *contract);

/* transport_list.c  */
void transport_list_once (struct contract *contract);
void transport_list_agrees (struct contract *contract);
void transport_list_many (struct contract *contract);
void transport_list_stop (struct contract *contract);
void transport_list_stop_incomplete (struct contract *contract);
void transport_list_unknown (struct contract *contract);
void transport_list_small_sink (struct contract *contract);
void transport_list_without (struct contract *contract);

#endif
