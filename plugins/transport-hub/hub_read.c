/* SPDX-License-Identifier: Apache-2.0 */
/* hub_read.c: see hub_read.h.  */
#include "plugins/transport-hub/hub_read.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "plugins/transport-hub/hub_exchange.h"
#include "plugins/transport-hub/hub_failure.h"
#include "plugins/transport-hub/hub_url.h"

struct reading
{
  const struct hfcore_read *request;
  const struct hfcore_sink *sink;
  /* What the Hub itself said on the way; the last answer that says a thing counts.  */
  char *etag;
  char commit[41];
  uint64_t length;
  char xet_hash[65];

  uint64_t promised; /* body bytes that the answer announced, or HFCORE_SIZE_UNKNOWN  */
  uint64_t left;     /* how many more the sink wants, or HFCORE_SIZE_UNKNOWN  */
  bool has_begun;
};

static void
cleanup_reading (struct reading *reading)
{
  free (reading->etag);
}

static int
learn_etag (struct reading *r, struct hub_exchange *x)
{
  char *etag;
  if (hub_answer_etag (&x->answer, &etag) < 0)
    return x->hub->host->fail (x->call, HFCORE_E_NOMEM, "no memory");
  if (!etag)
    return HFCORE_OK;
  free (r->etag);
  r->etag = etag;
  return names_check_etag (etag)
             ? hub_failure_garbage (x, "names the file by an ETag that cannot be a file name")
             : HFCORE_OK;
}

/* Does the answer speak of the file, not only of the bytes (a store behind the same host) or of
 * another name (a renamed repository)?  */
static bool
is_about_file (const struct reading *r, const struct hub_answer *answer)
{
  if (answer->headers[HUB_LINKED_ETAG])
    return true;
  if (hub_answer_redirects (answer))
    return !hub_url_is_relative (answer->headers[HUB_LOCATION]);
  return answer->headers[HUB_REPO_COMMIT] || !r->etag;
}

/* Remember what the Hub's own answer says.  */
static int
learn (struct reading *r, struct hub_exchange *x)
{
  const struct hub_answer *answer = &x->answer;
  const char *commit = hub_answer_commit (answer);
  const char *xet_hash = hub_answer_xet (answer);
  if (commit)
    memcpy (r->commit, commit, sizeof r->commit);
  if (xet_hash)
    memcpy (r->xet_hash, xet_hash, sizeof r->xet_hash);
  if (!is_about_file (r, answer))
    return HFCORE_OK;
  /* The length of a part is not the file's.  */
  uint64_t length = hub_answer_size (answer);
  if (length != HFCORE_SIZE_UNKNOWN && (answer->status != 206 || answer->headers[HUB_LINKED_SIZE]))
    r->length = length;
  return learn_etag (r, x);
}

/* The sink hears of the file, then of its bytes.  */
static int
begin (struct reading *r, struct hub_exchange *x, uint64_t offset, uint64_t total)
{
  struct hfcore_file_info info = {
    .size = sizeof info,
    .path = r->request->path,
    .commit = r->commit[0] ? r->commit : NULL,
    .etag = r->etag,
    .length = r->length,
    .lfs_length = HFCORE_SIZE_UNKNOWN,
    .xet_hash = r->xet_hash[0] ? r->xet_hash : NULL,
  };
  r->has_begun = true;
  x->total = r->promised;
  int stopped = r->sink->about ? r->sink->about (r->sink->ctx, &info) : 0;
  return stopped ? stopped : r->sink->begin (r->sink->ctx, offset, total);
}

static int
begin_part (struct reading *r, struct hub_exchange *x)
{
  const char *range = x->answer.headers[HUB_CONTENT_RANGE];
  uint64_t first, last, total;
  if (!range || !hub_parse_range (range, &first, &last, &total))
    return hub_failure_garbage (x, "sent a part of the file and did not say which");
  if (hub_answer_is_encoded (&x->answer))
    return hub_failure_garbage (x, "sent a part of the file in an encoded form");
  if (x->is_own && r->length == HFCORE_SIZE_UNKNOWN)
    r->length = total;
  r->promised = last - first + 1;
  if (first == r->request->offset)
    r->left = r->request->length;
  return begin (r, x, first, total);
}

static int
begin_whole (struct reading *r, struct hub_exchange *x)
{
  uint64_t size;
  const char *length = x->answer.headers[HUB_CONTENT_LENGTH];
  if (!length || hub_answer_is_encoded (&x->answer) || !hub_parse_number (length, &size))
    size = HFCORE_SIZE_UNKNOWN;
  r->promised = size;
  return begin (r, x, 0, size);
}

static int
on_answer (void *ctx, struct hub_exchange *x)
{
  struct reading *r = ctx;
  long status = x->answer.status;
  int stopped = x->is_own && status < 400 ? learn (r, x) : HFCORE_OK;
  if (stopped)
    return stopped;
  if (status == 206)
    return begin_part (r, x);
  if (status == 200)
    return begin_whole (r, x);
  if (x->expect == HFCORE_SIZE_UNKNOWN && r->length != HFCORE_SIZE_UNKNOWN
      && r->length >= r->request->offset)
    x->expect = r->length - r->request->offset;
  return HFCORE_OK;
}

static int
on_body (void *ctx, struct hub_exchange *x, const void *bytes, size_t len)
{
  struct reading *r = ctx;
  if (x->received > r->promised)
    return hub_failure_garbage (x, "sent more bytes than it announced");
  if (len > r->left)
    len = (size_t) r->left;
  int stopped = len ? r->sink->data (r->sink->ctx, bytes, len) : 0;
  if (r->left != HFCORE_SIZE_UNKNOWN)
    r->left -= len;
  x->has_enough = r->left == 0 && x->received < r->promised;
  return stopped;
}

/* The last answer has come to its end: was it what it promised?  */
static int
finish (struct reading *r, struct hub_exchange *x)
{
  struct hub_question question
      = { .repo = r->request->repo, .revision = r->request->commit, .path = r->request->path };
  char shown[256];
  int code = hub_failure_of_answer (x, &question);
  if (code)
    return code;
  if (!r->has_begun)
    return hub_failure_garbage (x, "answered without a file; is it a Hub?");
  if (x->has_enough || r->promised == HFCORE_SIZE_UNKNOWN || x->received == r->promised)
    return HFCORE_OK;
  hub_url_show (x->url, shown, sizeof shown);
  x->hub->host->fail (x->call, HFCORE_E_RETRY, "%s ended after %llu of %llu bytes", shown,
                      (unsigned long long) x->received, (unsigned long long) r->promised);
  x->hub->host->why (x->call, 0, (int) x->answer.status, 0, 0);
  return HFCORE_E_RETRY;
}

int
hub_read (struct hub *hub, struct hfcore_call *call, const struct hfcore_read *request,
          const struct hfcore_sink *sink)
{
  if (request->length == 0)
    return sink->begin (sink->ctx, request->offset, HFCORE_SIZE_UNKNOWN);
  __attribute__ ((cleanup (cleanup_reading))) struct reading reading = {
    .request = request,
    .sink = sink,
    .length = HFCORE_SIZE_UNKNOWN,
    .promised = HFCORE_SIZE_UNKNOWN,
    .left = HFCORE_SIZE_UNKNOWN,
  };
  char *url = request->location
                  ? strdup (request->location)
                  : hub_url_file (hub->endpoint, request->repo, request->commit, request->path);
  CLEANUP_EXCHANGE struct hub_exchange x = HUB_EXCHANGE (hub, call, url);
  x.timeout_ms = hub->download_timeout_ms;
  x.offset = request->offset;
  x.length = x.expect = request->length;
  if (x.expect == HFCORE_SIZE_UNKNOWN && HFCORE_HAS (request, total)
      && request->total != HFCORE_SIZE_UNKNOWN && request->total > request->offset)
    x.expect = request->total - request->offset;
  x.on_answer = on_answer;
  x.on_body = on_body;
  x.ctx = &reading;
  int code = hub_exchange_follow (&x);
  return code ? code : finish (&reading, &x);
}
