/* SPDX-License-Identifier: Apache-2.0 */
/* hub_exchange.c: see hub_exchange.h.  */
#include "plugins/transport-hub/hub_exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "plugins/transport-hub/hub_url.h"

#define REDIRECTS_MAX  20
#define TICK_MS        50          /* the contract says at most 100  */
#define WASTE_MAX      (64 * 1024) /* of a body that nobody reads, to keep the connection */
#define DOCUMENT_MAX   ((size_t) 64 << 20)
#define VALUES_MAX     ((size_t) 1 << 20) /* of a document: a value of 3 bytes takes 300  */
#define BIG_FILE       ((uint64_t) 8 << 20)
#define BIG_BUFFER     (512L * 1024)
#define UNKNOWN_BUFFER (128L * 1024)
#define SMALL_BUFFER   (32L * 1024)
#define SHOWN_URL      320

/* ---- what comes ---- */

int
hub_exchange_tick (struct hub_exchange *x)
{
  int64_t now = clock_now_ms ();
  if (now - x->last_tick_ms < TICK_MS)
    return 0;
  x->last_tick_ms = now;
  return x->hub->host->tick (x->call, x->total ? x->received : 0, x->total);
}

static int
no_memory (struct hub_exchange *x)
{
  return x->hub->host->fail (x->call, HFCORE_E_NOMEM, "no memory");
}

static int
end_of_headers (struct hub_exchange *x)
{
  long status = 0;
  curl_easy_getinfo (x->handle->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200)
    return 0;
  x->has_headers = true;
  x->answer.status = status;
  return x->on_answer ? x->on_answer (x->ctx, x) : 0;
}

static int
take_header (struct hub_exchange *x, const char *line, size_t len)
{
  enum hub_header name;
  const char *value;
  size_t value_len;
  if (len > 5 && memcmp (line, "HTTP/", 5) == 0)
    hub_answer_clear (&x->answer);
  else if (len <= 2 && line[len - 1] == '\n')
    return end_of_headers (x);
  else if (hub_header_parse (line, len, &name, &value, &value_len))
    {
      if (name == HUB_WARNING)
        hub_warn (x->hub, value, value_len);
      else if (hub_answer_keep (&x->answer, name, value, value_len) < 0)
        return no_memory (x);
    }
  return 0;
}

/* For libcurl: 0 stops the transfer.  */
static size_t
on_header (char *line, size_t size, size_t count, void *ctx)
{
  struct hub_exchange *x = ctx;
  size_t len = size * count;
  /* A HEAD has its time as a whole: one that trickles in is none.  */
  if (!x->is_head)
    x->last_life_ms = clock_now_ms ();
  /* What follows the body (trailers) is of no interest.  */
  if (len && !x->has_headers)
    x->stopped = take_header (x, line, len);
  return x->stopped ? 0 : len;
}

static size_t
on_bytes (char *bytes, size_t size, size_t count, void *ctx)
{
  struct hub_exchange *x = ctx;
  size_t len = size * count;
  x->received += len;
  if (x->on_body && (x->answer.status == 200 || x->answer.status == 206))
    x->stopped = x->on_body (x->ctx, x, bytes, len);
  else if (x->received > WASTE_MAX)
    x->has_enough = true;
  if (!x->stopped)
    x->stopped = hub_exchange_tick (x);
  x->last_life_ms = clock_now_ms ();
  return x->stopped || x->has_enough ? 0 : len;
}

static int
on_connected (void *ctx, char *peer, char *self, int peer_port, int self_port)
{
  struct hub_exchange *x = ctx;
  (void) peer;
  (void) self;
  (void) peer_port;
  (void) self_port;
  x->is_connected = true;
  x->last_life_ms = clock_now_ms ();
  return CURL_PREREQFUNC_OK;
}

/* ---- what is asked ---- */

static int
add_header (struct curl_slist **headers, const char *line)
{
  struct curl_slist *longer = curl_slist_append (*headers, line);
  if (longer)
    *headers = longer;
  return longer ? 0 : -1;
}

static void
cleanup_headers (struct curl_slist **headers)
{
  curl_slist_free_all (*headers);
}

/* "X-Amzn-Trace-Id: <UUID 4>" (spec 2.3); without it when there is no randomness.  */
static int
add_trace_id (struct curl_slist **headers)
{
  unsigned char b[16];
  char line[64];
  if (getrandom (b, sizeof b, 0) != (ssize_t) sizeof b)
    return 0;
  b[6] = (unsigned char) ((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char) ((b[8] & 0x3f) | 0x80);
  snprintf (line, sizeof line,
            "X-Amzn-Trace-Id: "
            "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
            b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
            b[14], b[15]);
  return add_header (headers, line);
}

static int
make_headers (const struct hub_exchange *x, struct curl_slist **headers)
{
  if (add_trace_id (headers) < 0)
    return -1;
  if (x->is_own && x->hub->authorization)
    return add_header (headers, x->hub->authorization);
  return 0;
}

static long
buffer_size (const struct hub_exchange *x)
{
  if (x->expect == HFCORE_SIZE_UNKNOWN)
    return UNKNOWN_BUFFER;
  return x->expect >= BIG_FILE ? BIG_BUFFER : SMALL_BUFFER;
}

#define SET(option, value) (failed |= curl_easy_setopt (easy, option, value) != CURLE_OK)

static int
set_transport (const struct hub *hub, CURL *easy, const char *url)
{
  int failed = 0;
  SET (CURLOPT_PROTOCOLS_STR, "http,https");
  SET (CURLOPT_FOLLOWLOCATION, 0L);
  SET (CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
  SET (CURLOPT_NOSIGNAL, 1L);
  SET (CURLOPT_QUICK_EXIT, 1L); /* a slow name server must not hold up a cancelled call  */
  SET (CURLOPT_TCP_KEEPALIVE, 1L);
  SET (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET (CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
  if (hub->proxy && !hub_url_is_https (url))
    SET (CURLOPT_PROXY, hub->proxy);
  if (hub->ca_file || hub->ca_folder)
    {
      SET (CURLOPT_CAINFO, hub->ca_file);
      SET (CURLOPT_CAPATH, hub->ca_folder);
    }
  return failed ? -1 : 0;
}

static int
set_range (const struct hub_exchange *x, CURL *easy)
{
  char range[64];
  int failed = 0;
  if (x->length != HFCORE_SIZE_UNKNOWN)
    snprintf (range, sizeof range, "%llu-%llu", (unsigned long long) x->offset,
              (unsigned long long) (x->offset + x->length - 1));
  else
    snprintf (range, sizeof range, "%llu-", (unsigned long long) x->offset);
  if (x->offset || x->length != HFCORE_SIZE_UNKNOWN)
    SET (CURLOPT_RANGE, range);
  return failed ? -1 : 0;
}

static int
set_request (struct hub_exchange *x, struct curl_slist *headers)
{
  CURL *easy = x->handle->easy;
  int failed = set_transport (x->hub, easy, x->url) || set_range (x, easy);
  SET (CURLOPT_URL, x->url);
  if (x->is_head)
    SET (CURLOPT_NOBODY, 1L);
  SET (CURLOPT_USERAGENT, x->hub->user_agent);
  SET (CURLOPT_HTTPHEADER, headers);
  /* Nothing else is asked for; a server that compresses all the same is understood.  */
  SET (CURLOPT_ACCEPT_ENCODING, "identity");
  /* Only a wish: libcurl refuses it on a handle whose last transfer never got to a connection.  */
  curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, buffer_size (x));
  SET (CURLOPT_CONNECTTIMEOUT_MS, (long) x->timeout_ms);
  SET (CURLOPT_ERRORBUFFER, x->curl_text);
  SET (CURLOPT_HEADERFUNCTION, on_header);
  SET (CURLOPT_HEADERDATA, x);
  SET (CURLOPT_WRITEFUNCTION, on_bytes);
  SET (CURLOPT_WRITEDATA, x);
  SET (CURLOPT_PREREQFUNCTION, on_connected);
  SET (CURLOPT_PREREQDATA, x);
  return failed ? -1 : 0;
}

#undef SET

/* ---- how it ends ---- */

static int
fail_silence (struct hub_exchange *x)
{
  char origin[SHOWN_URL];
  hub_url_show_origin (x->url, origin, sizeof origin);
  x->hub->host->fail (x->call, HFCORE_E_RETRY, "%s did not answer for %g seconds", origin,
                      (double) x->timeout_ms / 1000);
  x->hub->host->why (x->call, ETIMEDOUT, (int) x->answer.status, 0, 0);
  return HFCORE_E_RETRY;
}

static int
code_of_curl (CURLcode result)
{
  switch (result)
    {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return HFCORE_E_RETRY;
    case CURLE_OUT_OF_MEMORY:
      return HFCORE_E_NOMEM;
    default:
      return HFCORE_E_DOWN;
    }
}

static const char *
advice_for_curl (CURLcode result)
{
  switch (result)
    {
    case CURLE_PEER_FAILED_VERIFICATION:
      return "; if it has a certificate authority of its own, name that in SSL_CERT_FILE";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return "; check the network and the endpoint";
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return "; check the proxy settings";
    default:
      return "";
    }
}

static int
fail_curl (struct hub_exchange *x, CURLcode result)
{
  /* libcurl's own text may quote the proxy's URL, with a password in it.  */
  bool is_told = x->curl_text[0] && !strchr (x->curl_text, '@');
  char origin[SHOWN_URL];
  long os_errno = 0;
  int code = code_of_curl (result);
  hub_url_show_origin (x->url, origin, sizeof origin);
  curl_easy_getinfo (x->handle->easy, CURLINFO_OS_ERRNO, &os_errno);
  x->hub->host->fail (x->call, code, "%s %s: %s%s",
                      x->is_connected ? "lost the connection to" : "cannot reach", origin,
                      is_told ? x->curl_text : curl_easy_strerror (result),
                      advice_for_curl (result));
  x->hub->host->why (x->call, (int) os_errno, (int) x->answer.status, 0, 0);
  return code;
}

/* Tick, and look whether the peer is still alive and the call still wanted.  */
static int
keep_watch (struct hub_exchange *x)
{
  int stopped = hub_exchange_tick (x);
  if (stopped)
    return stopped;
  if (x->is_connected && clock_now_ms () - x->last_life_ms > x->timeout_ms)
    return fail_silence (x);
  return 0;
}

/* Run the transfer to its end. `*result` is libcurl's word when nothing else stopped it.  */
static int
drive (struct hub_exchange *x, CURLcode *result)
{
  CURLM *multi = x->handle->multi;
  int running = 1, left;
  for (;;)
    {
      if (curl_multi_perform (multi, &running) != CURLM_OK)
        return x->hub->host->fail (x->call, HFCORE_E_IO, "the HTTP library failed");
      if (!running || x->stopped || x->has_enough)
        break;
      int stopped = keep_watch (x);
      if (stopped)
        return stopped;
      curl_multi_poll (multi, NULL, 0, TICK_MS, NULL);
    }
  CURLMsg *message;
  while ((message = curl_multi_info_read (multi, &left)))
    if (message->msg == CURLMSG_DONE)
      *result = message->data.result;
  return x->stopped;
}

static int
run (struct hub_exchange *x)
{
  __attribute__ ((cleanup (cleanup_headers))) struct curl_slist *headers = NULL;
  CURLcode result = CURLE_OK;
  hub_answer_clear (&x->answer);
  x->has_headers = x->is_connected = x->has_enough = false;
  x->received = x->total = 0;
  x->values = 0;
  x->stopped = 0;
  x->curl_text[0] = 0;
  x->is_own = hub_url_is_trusted (x->hub->endpoint, x->url);
  x->last_life_ms = clock_now_ms ();
  if (make_headers (x, &headers) < 0 || set_request (x, headers) < 0)
    return no_memory (x);
  if (curl_multi_add_handle (x->handle->multi, x->handle->easy) != CURLM_OK)
    return no_memory (x);
  int stopped = drive (x, &result);
  if (!stopped && !x->has_enough && result != CURLE_OK)
    stopped = fail_curl (x, result);
  curl_multi_remove_handle (x->handle->multi, x->handle->easy);
  return stopped;
}

static int
run_with_handle (struct hub_exchange *x)
{
  x->handle = handle_pool_take (&x->hub->pool);
  if (!x->handle)
    return no_memory (x);
  int stopped = run (x);
  handle_pool_give (&x->hub->pool, TAKE_PTR (x->handle));
  return stopped;
}

/* ---- redirects ---- */

static int
fail_redirect (struct hub_exchange *x, const char *why)
{
  char shown[SHOWN_URL];
  hub_url_show (x->url, shown, sizeof shown);
  x->hub->host->fail (x->call, HFCORE_E_DOWN, "%s redirects %s", shown, why);
  x->hub->host->why (x->call, 0, (int) x->answer.status, 0, 0);
  return HFCORE_E_DOWN;
}

/* Is a HEAD's redirect to `next` about the name of the file (a renamed repository), not about where
 * its bytes are? Spec 2.4, and newer clients: all that stays on the Hub and does not tell yet.  */
static bool
is_about_name (const struct hub_exchange *x, const char *next)
{
  const struct hub_answer *answer = &x->answer;
  if (hub_url_is_relative (answer->headers[HUB_LOCATION]))
    return true;
  return hub_url_is_trusted (x->url, next)
         && !(answer->headers[HUB_REPO_COMMIT] && answer->headers[HUB_LINKED_ETAG]);
}

int
hub_exchange_follow (struct hub_exchange *x)
{
  if (!x->url)
    return no_memory (x);
  for (int hops = 0; hops <= REDIRECTS_MAX; hops++)
    {
      const char *why;
      int stopped = run_with_handle (x);
      if (stopped || !hub_answer_redirects (&x->answer))
        return stopped;
      CLEANUP_FREE char *next
          = hub_url_redirect (x->hub->endpoint, x->url, x->answer.headers[HUB_LOCATION], &why);
      if (!next)
        return fail_redirect (x, why);
      if (x->is_head && !is_about_name (x, next))
        return HFCORE_OK;
      free (x->url);
      x->url = TAKE_PTR (next);
    }
  return fail_redirect (x, "in circles, or too often");
}

void
hub_exchange_done (struct hub_exchange *x)
{
  hub_answer_clear (&x->answer);
  free (x->url);
  x->url = NULL;
}

/* ---- documents ---- */

/* About how many JSON values begin in these bytes; within strings some are counted too.  */
static size_t
count_values (const char *bytes, size_t len)
{
  size_t count = 0;
  for (size_t i = 0; i < len; i++)
    count += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{';
  return count;
}

static int
take_document (void *ctx, struct hub_exchange *x, const void *bytes, size_t len)
{
  struct text *body = ctx;
  char shown[SHOWN_URL];
  x->values += count_values (bytes, len);
  text_append (body, bytes, len);
  if (!body->failed && x->values <= VALUES_MAX)
    return 0;
  if (body->failed && body->len + len <= body->limit)
    return no_memory (x);
  hub_url_show (x->url, shown, sizeof shown);
  return x->hub->host->fail (x->call, HFCORE_E_DOWN, "the answer of %s is too large", shown);
}

int
hub_exchange_document (struct hub_exchange *x, struct text *body)
{
  x->on_body = take_document;
  x->ctx = body;
  body->limit = DOCUMENT_MAX;
  return hub_exchange_follow (x);
}
