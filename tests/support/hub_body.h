/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an answer of the test Hub, with what a fault or a rate limit does to it.  */
#ifndef HUB_BODY_H
#define HUB_BODY_H

#include "hub_content.h"

#include <microhttpd.h>
#include <stdatomic.h>

struct hub_body
{
  const struct hub_content *content; /* NULL: the text */
  char *text;                        /* owned */
  int64_t offset;                    /* of the first body byte in content or text */
  int64_t length;                    /* bytes there are */
  int64_t announced;                 /* Content-Length; -1: none, chunked */
  int64_t cut;                       /* close after that many bytes; -1: do not */
  int64_t flip;                      /* body byte to change; -1: none */
  int64_t stall;                     /* stop after that many bytes; -1: do not */
  int64_t stall_ms;
  int64_t rate; /* bytes per second; 0: no limit */
  int socket;
  _Atomic int64_t *sent; /* counts what is handed to the socket; may be NULL */
  bool *ended_by_fault;  /* set when the body ends before its announced end; may be NULL */
};

/* An answer with that body, NULL when the file is gone.  Takes BODY's text.  COUNTED says whether
   `sent` will count, which it does not where the kernel sends the file by itself.  */
struct MHD_Response *hub_body_response (const struct hub_body *body, bool *counted);

#endif
