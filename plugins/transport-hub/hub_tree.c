/* SPDX-License-Identifier: Apache-2.0 */
/* hub_tree.c: see hub_tree.h.  */
#include "plugins/transport-hub/hub_tree.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "core/util/vector.h"
#include "plugins/transport-hub/hub_exchange.h"
#include "plugins/transport-hub/hub_failure.h"
#include "plugins/transport-hub/hub_url.h"

#define PAGES_MAX 10000

VECTOR_DEFINE (digests, uint64_t);

static void
cleanup_json (json_t **json)
{
  json_decref (*json);
}

static void
cleanup_digests (struct digests *digests)
{
  free (digests->items);
}

/* FNV-1a: tells pages apart that a server made up to go round in circles.  */
static uint64_t
digest_of (const char *url)
{
  uint64_t digest = 0xcbf29ce484222325u;
  for (; *url; url++)
    digest = (digest ^ (unsigned char) *url) * 0x100000001b3u;
  return digest;
}

static const char *
text_of (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static uint64_t
size_of (const json_t *object)
{
  const json_t *size = json_object_get (object, "size");
  if (!json_is_integer (size) || json_integer_value (size) < 0)
    return HFCORE_SIZE_UNKNOWN;
  return (uint64_t) json_integer_value (size);
}

const char *
hub_tree_entry (const json_t *entry, const char *commit, const struct hfcore_file_sink *sink,
                int *stopped)
{
  const char *type = text_of (entry, "type");
  const json_t *lfs = json_object_get (entry, "lfs");
  *stopped = 0;
  if (!type)
    return "sent a file list with entries that are none";
  if (strcmp (type, "file") != 0)
    return NULL;
  struct hfcore_file_info info = {
    .size = sizeof info,
    .path = text_of (entry, "path"),
    .commit = commit,
    .length = size_of (entry),
    .blob_id = text_of (entry, "oid"),
    .lfs_sha256 = text_of (lfs, "oid"),
    .lfs_length = json_is_object (lfs) ? size_of (lfs) : 0,
    .xet_hash = text_of (entry, "xetHash"),
  };
  info.etag = info.lfs_sha256 ? info.lfs_sha256 : info.blob_id;
  if (!info.path || !*info.path || !info.blob_id || info.length == HFCORE_SIZE_UNKNOWN
      || (json_is_object (lfs) && !info.lfs_sha256))
    return "sent a file list with entries that lack a path, a size or an oid";
  if (names_check_etag (info.etag))
    return "sent a file list with an oid that cannot name a file";
  *stopped = sink->file (sink->ctx, &info);
  return NULL;
}

/* One page's text, which is let go before its entries are told.  */
static int
tell_page (struct hub_exchange *x, struct text *body, const char *commit,
           const struct hfcore_file_sink *sink)
{
  __attribute__ ((cleanup (cleanup_json))) json_t *page
      = body->bytes ? json_loadb (body->bytes, body->len, 0, NULL) : NULL;
  text_free (body);
  if (!json_is_array (page))
    return hub_failure_garbage (x, "sent a file list that is garbage; is it a Hub?");
  for (size_t i = 0; i < json_array_size (page); i++)
    {
      int stopped = hub_exchange_tick (x);
      if (stopped)
        return stopped;
      const char *wrong = hub_tree_entry (json_array_get (page, i), commit, sink, &stopped);
      if (wrong)
        return hub_failure_garbage (x, wrong);
      if (stopped)
        return stopped;
    }
  return HFCORE_OK;
}

/* The page after the one just told, or NULL in `*next` when that was the last (spec 14).  */
static int
find_next (struct hub_exchange *x, char **next)
{
  const char *links = x->answer.headers[HUB_LINK];
  bool failed = false;
  CLEANUP_FREE char *target = links ? hub_parse_link (links, "next", &failed) : NULL;
  *next = NULL;
  if (failed)
    return x->hub->host->fail (x->call, HFCORE_E_NOMEM, "no memory");
  if (!target)
    return HFCORE_OK;
  *next = hub_url_next_page (x->hub->endpoint, x->url, target);
  return *next ? HFCORE_OK : hub_failure_garbage (x, "links to a next page that is no URL");
}

static bool
is_known (const struct digests *seen, uint64_t digest)
{
  for (size_t i = 0; i < seen->count; i++)
    if (seen->items[i] == digest)
      return true;
  return false;
}

static int
list_page (struct hub_exchange *x, const struct hub_question *question,
           const struct hfcore_file_sink *sink, char **next)
{
  CLEANUP_TEXT struct text body = { 0 };
  int code = hub_exchange_document (x, &body);
  if (code)
    return code;
  code = hub_failure_of_answer (x, question);
  if (code)
    return code;
  code = tell_page (x, &body, question->revision, sink);
  return code ? code : find_next (x, next);
}

int
hub_tree_list (struct hub *hub, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const struct hfcore_file_sink *sink)
{
  struct hub_question question = { .repo = repo, .revision = commit };
  __attribute__ ((cleanup (cleanup_digests))) struct digests seen = { 0 };
  char *url = hub_url_tree (hub->endpoint, repo, commit);
  for (;;)
    {
      CLEANUP_EXCHANGE struct hub_exchange x = HUB_EXCHANGE (hub, call, url);
      uint64_t digest = url ? digest_of (url) : 0;
      if (seen.count >= PAGES_MAX || is_known (&seen, digest))
        return hub_failure_garbage (&x, "sends a file list without an end");
      if (digests_append (&seen, digest) < 0)
        return hub->host->fail (call, HFCORE_E_NOMEM, "no memory");
      url = NULL;
      int code = list_page (&x, &question, sink, &url);
      if (code || !url)
        return code;
    }
}
