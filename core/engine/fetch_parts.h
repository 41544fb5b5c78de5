/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_parts.h: what the parts of a fetch share. fetch.c decides who is asked, how often, and what
 * counts; fetch_sink.c takes bytes in; fetch_lanes.c lets several connections bring one file.  */
#ifndef HFCORE_ENGINE_FETCH_PARTS_H
#define HFCORE_ENGINE_FETCH_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include "core/engine/fetch.h"
#include "core/engine/gaps.h"
#include "core/engine/hasher.h"

enum
{
  LANES_MOST = 16
};

/* A connection: one read of one source at a time. The first is the caller's own thread.  */
struct lane
{
  struct transfer *transfer;
  struct hfcore_call *call; /* where its sink's failures are recorded  */
  int number;
  uint64_t asked;         /* the first byte of the read  */
  uint64_t at;            /* the next byte  */
  uint64_t unproven;      /* what it wrote from here to `at` is not proven  */
  bool is_open_ended;     /* its read goes on to the end of the file  */
  int code;               /* what its sink stopped with; LANE_FULL: all is well  */
  atomic_bool is_dropped; /* it is to stop: others bring what it has left  */
  atomic_bool has_begun;  /* bytes came  */
  atomic_bool has_ended;
  pthread_t thread;
  bool runs; /* the thread is to be joined  */
};

/* A sink's code: the lane has all that it was to bring.  */
#define LANE_FULL HFCORE_PASS

/* One transfer: the writer, what is still to come, and the digest of what it holds.  */
struct transfer
{
  const struct fetch *fetch;
  struct hfcore_call *call; /* of the storage's ops, in the caller's thread  */
  void *writer;
  struct digest *digest; /* NULL: the etag is no digest  */
  struct hasher *hasher; /* has the digest, and follows; NULL: hashed as it comes  */
  size_t first;          /* the source that a round begins with  */
  size_t source;         /* the last one that was read from  */
  bool mixed;            /* some of its bytes an earlier run has left, or another source  */
  struct lane lanes[LANES_MOST];
  struct lane_control *control; /* of more lanes than one; NULL: there is one  */
  bool is_alone;                /* and there will be no more  */
  pthread_mutex_t mutex;        /* of all below, and of the lanes' `at`  */
  pthread_cond_t moved;         /* a lane ended, or gave something back  */
  struct gaps gaps;
  uint64_t progress; /* bytes that came in all tries, to tell a stall from a slow line  */
};

/* ---- fetch_sink.c ---- */

/* Bytes that are there.  */
uint64_t transfer_done (struct transfer *transfer);
int transfer_fresh_digest (struct transfer *transfer);
void transfer_drop_digest (struct transfer *transfer);
/* Hash bytes in order, in this thread.  */
int transfer_hash (struct transfer *transfer, const void *bytes, size_t len);
int transfer_tell (struct transfer *transfer, struct hfcore_call *call, uint64_t done);
/* Throw away what came; nobody else has a lane.  */
int transfer_start_over (struct transfer *transfer);
/* Takes in what a read for this lane brings.  */
struct hfcore_sink lane_sink (struct lane *lane);

/* ---- fetch_lanes.c ---- */

/* Before the first read: what an earlier run proved is here, so go on proving. Does nothing where
 * that cannot be.  */
void lanes_go_on (struct transfer *transfer);
/* Bytes came, or time passed; from the first lane alone: more lanes, or fewer? Until lanes_end they
 * come and go by themselves.  */
void lanes_look (struct transfer *transfer);
/* Stop the others; what they wrote stays.  */
void lanes_end (struct transfer *transfer);
/* A gap for the first lane, waiting for what others may give back. 1: it has one; 0: the file is
 * whole; else the code to stop with.  */
int lanes_next_gap (struct transfer *transfer, uint64_t *from, uint64_t *to);
/* The first lane's read has ended: what it did not bring, so many bytes, is anybody's.  */
uint64_t lanes_give_back (struct transfer *transfer);

#endif
