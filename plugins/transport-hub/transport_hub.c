/* SPDX-License-Identifier: Apache-2.0 */
/* transport_hub.c: the plugin `transport-hub`: a Hub over HTTP as a source of files. It asks once:
 * no retries, no cache, no fallback (those are the engine's).  */
#include "config.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/os.h"
#include "core/util/text.h"
#include "plugins/transport-hub/hub.h"
#include "plugins/transport-hub/hub_exchange.h"
#include "plugins/transport-hub/hub_failure.h"
#include "plugins/transport-hub/hub_read.h"
#include "plugins/transport-hub/hub_tree.h"
#include "plugins/transport-hub/hub_url.h"

#define TIMEOUT_DEFAULT_MS 10000
#define HEADER_MAX         8192

/* ---- open and close ---- */

static void
hub_free (struct hub *hub)
{
  if (hub->authorization)
    explicit_bzero (hub->authorization, strlen (hub->authorization));
  free (hub->authorization);
  free (hub->user_agent);
  free (hub->proxy);
  free (hub);
}

/* May `text` stand in a header: printable ASCII, and blanks where `with_blanks`?  */
static bool
is_header_text (const char *text, bool with_blanks)
{
  for (const char *c = text; *c; c++)
    if (*c < (with_blanks ? ' ' : '!') || *c > '~')
      return false;
  return strlen (text) <= HEADER_MAX;
}

static int
set_token (struct hub *hub, struct hfcore_call *call, const struct hfcore_settings *settings)
{
  const char *token = hub->host->text (settings, "token");
  if (!token || !*token || strcmp (token, "none") == 0 || strcmp (token, "auto") == 0)
    return HFCORE_OK;
  if (!is_header_text (token, false))
    return hub->host->fail (call, HFCORE_E_CONFIG,
                            "the token holds characters that no token has; check HF_TOKEN or the "
                            "stored token");
  hub->authorization = text_format ("Authorization: Bearer %s", token);
  return hub->authorization ? HFCORE_OK : hub->host->fail (call, HFCORE_E_NOMEM, "no memory");
}

static int
set_user_agent (struct hub *hub, struct hfcore_call *call, const struct hfcore_settings *settings)
{
  const char *origin = hub->host->text (settings, "user-agent-origin");
  bool is_talkative = hub->host->number (settings, "telemetry") != 0;
  if (origin && !is_header_text (origin, true))
    return hub->host->fail (call, HFCORE_E_CONFIG,
                            "user-agent-origin holds characters that no header may have");
  hub->user_agent
      = text_format ("hfcore/%s%s%s%s%s", PACKAGE_VERSION, is_talkative ? "; libcurl/" : "",
                     is_talkative ? curl_version_info (CURLVERSION_NOW)->version : "",
                     origin && *origin ? "; origin/" : "", origin ? origin : "");
  return hub->user_agent ? HFCORE_OK : hub->host->fail (call, HFCORE_E_NOMEM, "no memory");
}

/* libcurl does not read HTTP_PROXY, because a web server lets its visitors set that for the
 * programs it runs; Python's clients do, but not there (spec 2.12).  */
static int
set_proxy (struct hub *hub, struct hfcore_call *call)
{
  const char *proxy = os_getenv ("HTTP_PROXY");
  if (!proxy || os_getenv ("http_proxy") || os_getenv ("REQUEST_METHOD"))
    return HFCORE_OK;
  hub->proxy = strdup (proxy);
  return hub->proxy ? HFCORE_OK : hub->host->fail (call, HFCORE_E_NOMEM, "no memory");
}

static int
set_certificates (struct hub *hub, struct hfcore_call *call, const struct hfcore_settings *settings)
{
  hub->ca_file = hub->host->text (settings, "ca-file");
  if (!hub->ca_file || !*hub->ca_file)
    hub->ca_file = os_getenv ("SSL_CERT_FILE");
  if (!hub->ca_file)
    hub->ca_folder = os_getenv ("SSL_CERT_DIR");
  if (hub->ca_file && access (hub->ca_file, R_OK) != 0)
    return hub->host->fail (call, HFCORE_E_CONFIG,
                            "cannot read the certificates in '%s'; check ca-file or SSL_CERT_FILE",
                            hub->ca_file);
  return HFCORE_OK;
}

static int64_t
timeout_of (const struct hub *hub, const struct hfcore_settings *settings, const char *key)
{
  int64_t ms = hub->host->number (settings, key);
  return ms > 0 ? ms : TIMEOUT_DEFAULT_MS;
}

static int
set_up (struct hub *hub, struct hfcore_call *call, const struct hfcore_settings *settings)
{
  hub->endpoint = hub->host->text (settings, "endpoint");
  const char *wrong = hub->endpoint ? hub_url_check_endpoint (hub->endpoint) : "is not set";
  if (wrong)
    return hub->host->fail (call, HFCORE_E_CONFIG, "the endpoint %s", wrong);
  hub->etag_timeout_ms = timeout_of (hub, settings, "etag-timeout");
  hub->download_timeout_ms = timeout_of (hub, settings, "download-timeout");
  int code = set_token (hub, call, settings);
  if (!code)
    code = set_user_agent (hub, call, settings);
  if (!code)
    code = set_proxy (hub, call);
  if (!code)
    code = set_certificates (hub, call, settings);
  return code;
}

static int
transport_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct hub *hub = calloc (1, sizeof *hub);
  if (!hub)
    return open->host->fail (call, HFCORE_E_NOMEM, "no memory");
  hub->host = open->host;
  hub->journal = open->journal;
  int code = set_up (hub, call, open->settings);
  if (!code && handle_pool_open (&hub->pool) < 0)
    code = hub->host->fail (call, HFCORE_E_DOWN, "the HTTP library cannot start");
  if (code)
    {
      hub_free (hub);
      return code;
    }
  pthread_mutex_init (&hub->topics_mutex, NULL);
  *self = hub;
  return HFCORE_OK;
}

static void
transport_close (void *self)
{
  struct hub *hub = self;
  handle_pool_close (&hub->pool);
  for (int i = 0; i < HUB_TOPICS_MAX; i++)
    free (hub->topics[i]);
  pthread_mutex_destroy (&hub->topics_mutex);
  hub_free (hub);
}

static uint32_t
transport_caps_now (void *self)
{
  (void) self;
  return HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST;
}

/* ---- warnings ---- */

/* Is it the first warning of this topic?  */
static bool
is_new_topic (struct hub *hub, const char *topic)
{
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&hub->topics_mutex);
  for (int i = 0; i < HUB_TOPICS_MAX; i++)
    {
      if (!hub->topics[i])
        return (hub->topics[i] = strdup (topic)) != NULL;
      if (strcmp (hub->topics[i], topic) == 0)
        return false;
    }
  return false;
}

void
hub_warn (struct hub *hub, const char *value, size_t len)
{
  char line[512];
  CLEANUP_FREE char *raw = strndup (value, len);
  if (!raw)
    return;
  text_one_line (line, sizeof line, raw);
  char *message = strchr (line, ';');
  if (message)
    *message++ = 0;
  if (is_new_topic (hub, message ? line : ""))
    {
      message = message ? message + strspn (message, " ") : line;
      hub->host->log (hub->journal, HFCORE_LOG_WARNING, "the server warns: %s", message);
    }
}

/* ---- resolve ---- */

/* Copy `text` into the call; `*kept` is left alone when there is none.  */
static int
keep (struct hub_exchange *x, const char *text, const char **kept)
{
  if (text && !(*kept = x->hub->host->keep (x->call, text, strlen (text))))
    return HFCORE_E_NOMEM;
  return HFCORE_OK;
}

/* Where the bytes are (spec 2.5): where a redirect says, but the Hub's own address for what is kept
 * in Xet, which finds the way for plain HTTP itself.  */
static int
keep_location (struct hub_exchange *x, const char **location)
{
  const char *why;
  if (!hub_answer_redirects (&x->answer) || hub_answer_xet (&x->answer))
    return keep (x, x->url, location);
  CLEANUP_FREE char *target
      = hub_url_redirect (x->hub->endpoint, x->url, x->answer.headers[HUB_LOCATION], &why);
  if (!target)
    return hub_failure_garbage (x, "redirects to something that cannot be followed");
  return keep (x, target, location);
}

static int
tell_file (struct hub_exchange *x, const char *path, struct hfcore_file_info *info)
{
  CLEANUP_FREE char *etag = NULL;
  const char *commit = hub_answer_commit (&x->answer);
  info->length = hub_answer_size (&x->answer);
  if (hub_answer_etag (&x->answer, &etag) < 0)
    return x->hub->host->fail (x->call, HFCORE_E_NOMEM, "no memory");
  if (!commit)
    return hub_failure_garbage (x, "does not say which commit it serves; is it a Hub?");
  if (!etag || !*etag)
    return hub_failure_garbage (x, "answered without an ETag; is it a Hub?");
  if (names_check_etag (etag))
    return hub_failure_garbage (x, "names the file by an ETag that cannot be a file name");
  if (info->length == HFCORE_SIZE_UNKNOWN)
    return hub_failure_garbage (x, "does not say how large the file is; is it a Hub?");
  int code = keep (x, path, &info->path);
  if (!code)
    code = keep (x, commit, &info->commit);
  if (!code)
    code = keep (x, etag, &info->etag);
  if (!code)
    code = keep (x, hub_answer_xet (&x->answer), &info->xet_hash);
  return code ? code : keep_location (x, &info->location);
}

static int
resolve_file (struct hub *hub, struct hfcore_call *call, const struct hub_question *question,
              struct hfcore_file_info *info)
{
  CLEANUP_EXCHANGE struct hub_exchange x = HUB_EXCHANGE (
      hub, call, hub_url_file (hub->endpoint, question->repo, question->revision, question->path));
  x.is_head = true;
  int code = hub_exchange_follow (&x);
  if (code)
    return code;
  code = hub_failure_of_answer (&x, question);
  if (!code)
    return tell_file (&x, question->path, info);
  if (code == HFCORE_E_NOTFOUND && keep (&x, hub_answer_commit (&x.answer), &info->commit))
    return HFCORE_E_NOMEM;
  return code;
}

static void
cleanup_json (json_t **json)
{
  json_decref (*json);
}

static int
resolve_revision (struct hub *hub, struct hfcore_call *call, const struct hub_question *question,
                  struct hfcore_file_info *info)
{
  CLEANUP_EXCHANGE struct hub_exchange x
      = HUB_EXCHANGE (hub, call,
                      hub_url_revision (hub->endpoint, question->repo, question->revision));
  CLEANUP_TEXT struct text body = { 0 };
  int code = hub_exchange_document (&x, &body);
  if (code)
    return code;
  code = hub_failure_of_answer (&x, question);
  if (code)
    return code;
  __attribute__ ((cleanup (cleanup_json))) json_t *document
      = body.bytes ? json_loadb (body.bytes, body.len, 0, NULL) : NULL;
  const char *sha = json_string_value (json_object_get (document, "sha"));
  if (!sha || !names_is_commit (sha))
    return hub_failure_garbage (&x, "answered garbage instead of a commit; is it a Hub?");
  return keep (&x, sha, &info->commit);
}

static int
transport_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  struct hub_question question = { .repo = repo, .revision = revision, .path = path };
  info->length = info->lfs_length = HFCORE_SIZE_UNKNOWN;
  return path ? resolve_file (self, call, &question, info)
              : resolve_revision (self, call, &question, info);
}

static int
transport_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  return hub_read (self, call, request, sink);
}

static int
transport_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  return hub_tree_list (self, call, repo, commit, sink);
}

/* ---- the descriptor ---- */

static const struct hfcore_option options[] = {
  { "endpoint", HFCORE_OPTION_URL, 0, "https://huggingface.co", "where the Hub is" },
  { "token", HFCORE_OPTION_TEXT, HFCORE_OPTION_SECRET, "auto",
    "who we are; auto: HF_TOKEN or the stored token, none: nobody" },
  { "etag-timeout", HFCORE_OPTION_DURATION, 0, "10s",
    "how long the Hub may be silent when asked about files" },
  { "download-timeout", HFCORE_OPTION_DURATION, 0, "10s",
    "how long a server may be silent while it sends a file" },
  { "user-agent-origin", HFCORE_OPTION_TEXT, 0, NULL, "origin told in the user agent" },
  { "telemetry", HFCORE_OPTION_BOOL, 0, "yes", "tell the libcurl version in the user agent" },
  { "ca-file", HFCORE_OPTION_PATH, 0, NULL,
    "certificate authorities to trust, instead of the system's" },
  { NULL, 0, 0, NULL, NULL },
};

static const struct hfcore_transport_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST,
  .open = transport_open,
  .close = transport_close,
  .caps_now = transport_caps_now,
  .resolve = transport_resolve,
  .read = transport_read,
  .list = transport_list,
};

HFCORE_PLUGIN_DEFINE (.name = "transport-hub", .version = PACKAGE_VERSION,
                      .summary = "files of a Hub over HTTP", .threads = HFCORE_THREADS_PARALLEL,
                      .options = options, .transport = &ops);
