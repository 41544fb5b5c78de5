/* SPDX-License-Identifier: Apache-2.0 */
/* hub_exchange.h: ask once and hand over what comes: one request, or one with its redirects. Used
 * by the op's thread only; the callbacks run in it too.  */
#ifndef HFCORE_HUB_EXCHANGE_H
#define HFCORE_HUB_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include "core/util/text.h"
#include "plugins/transport-hub/hub.h"
#include "plugins/transport-hub/hub_answer.h"

/* Begin with HUB_EXCHANGE, then set what differs above the line.  */
struct hub_exchange
{
  struct hub *hub;
  struct hfcore_call *call;
  char *url; /* owned; follows the redirects. NULL is told as: no memory  */
  bool is_head;
  int64_t timeout_ms; /* to connect; after that for all of a HEAD, or for silence  */
  uint64_t offset;    /* the bytes wanted; all: 0 and HFCORE_SIZE_UNKNOWN  */
  uint64_t length;
  uint64_t expect; /* how large the body may be, HFCORE_SIZE_UNKNOWN: sets the buffer's size  */
  /* Once per answer, when its headers are complete; then for its body, piece by piece. Non-zero:
   * stop; hub_exchange_follow returns that code unchanged. on_body is for answers of 200 and 206
   * only; other bodies are thrown away.  */
  int (*on_answer) (void *ctx, struct hub_exchange *exchange);
  int (*on_body) (void *ctx, struct hub_exchange *exchange, const void *bytes, size_t len);
  void *ctx;
  /* ---- */
  struct hub_answer answer; /* the last one  */
  bool is_own;       /* `url` belongs to the endpoint: its words count, and the token goes there  */
  bool has_enough;   /* on_body sets it: stop, and be content  */
  uint64_t received; /* body bytes of the last answer  */
  uint64_t total; /* what `received` grows to, for progress; 0 or HFCORE_SIZE_UNKNOWN: not known */

  size_t values; /* of the document so far, about  */
  struct handle *handle;
  int stopped; /* what a callback or the host stopped it with  */
  bool has_headers, is_connected;
  int64_t last_life_ms, last_tick_ms;
  char curl_text[CURL_ERROR_SIZE];
};

#define HUB_EXCHANGE(its_hub, its_call, its_url)                                                   \
  ((struct hub_exchange){ .hub = (its_hub),                                                        \
                          .call = (its_call),                                                      \
                          .url = (its_url),                                                        \
                          .timeout_ms = (its_hub)->etag_timeout_ms,                                \
                          .length = HFCORE_SIZE_UNKNOWN,                                           \
                          .expect = HFCORE_SIZE_UNKNOWN })

/* Ask, and follow redirects: of a GET all that lead to http or https, of a HEAD only those that are
 * about the name of the file (spec 2.4). HFCORE_OK: `answer` is the last one, whatever its status;
 * else the failure is recorded, or a callback's code is returned.  */
int hub_exchange_follow (struct hub_exchange *exchange);
/* For work on what came: tell the host that time passes, if it is time. Non-zero: stop.  */
int hub_exchange_tick (struct hub_exchange *exchange);
/* Frees what it owns, not the struct.  */
void hub_exchange_done (struct hub_exchange *exchange);
#define CLEANUP_EXCHANGE __attribute__ ((cleanup (hub_exchange_done)))

/* GET a JSON document from `url`, at most 64 MiB and a million values, into `body` (empty at first,
 * the caller's to free). An answer that is no success is left to the caller.  */
int hub_exchange_document (struct hub_exchange *exchange, struct text *body);

#endif
