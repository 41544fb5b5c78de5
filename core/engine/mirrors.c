/* SPDX-License-Identifier: Apache-2.0 */
/* mirrors.c: see mirrors.h.  */
#include "core/engine/mirrors.h"

#include <stdlib.h>
#include <string.h>
#include "core/engine/retry.h"
#include "core/util/names.h"

/* A source that has told a list and cannot tell whether it is whole.  */
struct partial_list
{
  size_t source;
  bool found, wanted;
};

/* One question that is put to each transport in turn.  */
struct question
{
  const struct hfcore_repo *repo;
  const char *revision;
  const char *path;
  struct located *located;             /* resolve                                             */
  const struct hfcore_file_sink *sink; /* list                                                */
  void (*restart) (void *ctx);
  struct partial_list *partial;
};

typedef int (*ask_function) (const struct hfcore_transport *transport, struct hfcore_call *call,
                             size_t source, const struct question *question);

void
located_free (struct located *located)
{
  free (located->etag);
  free (located->location);
  *located = (struct located){ 0 };
}

/* The Hub's own transport, or one that wraps it: it needs the network whatever it says, and loading
 * it is not for nothing.  */
static bool
needs_network (const struct engine *engine, const struct settings_instance *entry)
{
  const struct settings_chain *chain = &engine->settings->transport;
  while (entry && strcmp (entry->plugin, SETTINGS_HUB_PLUGIN) != 0)
    {
      const char *below = entry->wraps;
      entry = NULL;
      for (size_t i = 0; below && !entry && i < chain->count; i++)
        if (strcmp (chain->items[i].name, below) == 0)
          entry = &chain->items[i];
    }
  return entry != NULL;
}

int
mirrors_open (struct engine *engine, struct hfcore_call *call, size_t source,
              const struct hfcore_transport **transport)
{
  *transport = NULL;
  if (engine->offline
      && needs_network (engine, registry_transport_entry (engine->registry, source)))
    return HFCORE_PASS;
  int code = registry_transport (engine->registry, source, call, transport);
  if (code != HFCORE_OK || !engine->offline)
    return code;
  return (*transport)->ops->caps_now ((*transport)->self) & HFCORE_TRANSPORT_LOCAL ? HFCORE_OK
                                                                                   : HFCORE_PASS;
}

bool
mirrors_any (struct engine *engine, struct hfcore_call *call)
{
  size_t count = registry_transport_count (engine->registry);
  if (!engine->offline)
    return count > 0;
  for (size_t i = 0; i < count; i++)
    {
      const struct hfcore_transport *transport;
      if (mirrors_open (engine, call, i, &transport) == HFCORE_OK)
        return true;
    }
  call->error = (struct hfcore_error) HFCORE_ERROR_INIT;
  return false;
}

static int
keep_answer (struct hfcore_call *call, const char *path, const struct hfcore_file_info *info,
             struct located *located)
{
  if (info->commit && names_is_commit (info->commit))
    memcpy (located->commit, info->commit, 41);
  if (!located->commit[0])
    return call_fail (call, HFCORE_E_DOWN, "the answer names no commit");
  if (!path)
    return HFCORE_OK;
  if (!info->etag || names_check_etag (info->etag))
    return call_fail (call, HFCORE_E_DOWN, "the answer for '%s' has no usable etag", path);
  if (info->length == HFCORE_SIZE_UNKNOWN)
    return call_fail (call, HFCORE_E_DOWN, "the answer for '%s' has no size", path);
  located->etag = strdup (info->etag);
  located->location = info->location ? strdup (info->location) : NULL;
  located->length = info->length;
  if (!located->etag || (info->location && !located->location))
    return call_fail (call, HFCORE_E_NOMEM, "out of memory");
  return HFCORE_OK;
}

static int
ask_resolve (const struct hfcore_transport *transport, struct hfcore_call *call, size_t source,
             const struct question *q)
{
  struct hfcore_file_info info
      = { .size = sizeof info, .length = HFCORE_SIZE_UNKNOWN, .lfs_length = HFCORE_SIZE_UNKNOWN };
  int code = transport->ops->resolve (transport->self, call, q->repo, q->revision, q->path, &info);
  located_free (q->located);
  q->located->source = source;
  if (code == HFCORE_OK)
    return keep_answer (call, q->path, &info, q->located);
  if (code == HFCORE_E_NOTFOUND && info.commit && names_is_commit (info.commit))
    memcpy (q->located->commit, info.commit, 41);
  return code;
}

/* A list as it comes, and whether it may be less than all.  */
struct list_hearing
{
  const struct hfcore_file_sink *to;
  bool incomplete;
};

static int
hear_file (void *ctx, const struct hfcore_file_info *info)
{
  const struct list_hearing *hearing = ctx;
  return hearing->to->file (hearing->to->ctx, info);
}

static int
hear_incomplete (void *ctx)
{
  struct list_hearing *hearing = ctx;
  hearing->incomplete = true;
  return HFCORE_OK;
}

static int
ask_list (const struct hfcore_transport *transport, struct hfcore_call *call, size_t source,
          const struct question *q)
{
  struct list_hearing hearing = { .to = q->sink };
  const struct hfcore_file_sink sink
      = { .size = sizeof sink, .ctx = &hearing, .file = hear_file, .incomplete = hear_incomplete };
  q->restart (q->sink->ctx);
  int code = transport->ops->list (transport->self, call, q->repo, q->revision, &sink);
  if (code != HFCORE_OK || !hearing.incomplete || q->partial->wanted)
    return code;
  if (!q->partial->found)
    *q->partial = (struct partial_list){ .source = source, .found = true };
  return HFCORE_PASS;
}

/* What must not be asked of another source.  */
static bool
ends_the_round (const struct hfcore_call *call, int code)
{
  switch (code)
    {
    case HFCORE_OK:
    case HFCORE_E_CANCELLED:
    case HFCORE_E_NOMEM:
    case HFCORE_E_CORRUPT:
    case HFCORE_E_CONFIG:
      return true;
    case HFCORE_E_NOTFOUND:
      return call->error.missing == HFCORE_MISSING_FILE;
    default:
      return false;
    }
}

static int
nobody_knows (struct engine *engine, struct hfcore_call *call, const struct question *q)
{
  if (engine->offline)
    return call_fail (call, HFCORE_E_DOWN,
                      "no source that works without a network has %s '%s' at '%s', and %s",
                      q->repo->type, q->repo->id, q->revision, engine->offline_why);
  return call_fail (call, HFCORE_E_DOWN, "no transport of the configuration has %s '%s' at '%s'",
                    q->repo->type, q->repo->id, q->revision);
}

/* Ask one transport in a call of its own; its error becomes this call's.  */
static int
ask_one (struct engine *engine, struct hfcore_call *call, size_t source, ask_function ask,
         const struct question *q)
{
  const struct hfcore_transport *transport;
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (call, &one);
  int code = mirrors_open (engine, &one, source, &transport);
  if (code == HFCORE_OK)
    code = ask (transport, &one, source, q);
  /* A sink that stopped the transport has told its own error to `call` already.  */
  if (code < 0 && one.error.code != HFCORE_OK)
    call_adopt_error (call, &one);
  return code;
}

static int
ask_all (struct engine *engine, struct hfcore_call *call, ask_function ask,
         const struct question *q, bool *again)
{
  size_t count = registry_transport_count (engine->registry);
  int last = HFCORE_PASS;
  bool passing = false;
  for (size_t i = 0; i < count; i++)
    {
      int code = ask_one (engine, call, i, ask, q);
      if (ends_the_round (call, code))
        {
          *again = false;
          return code;
        }
      if (code == HFCORE_PASS)
        continue;
      last = code;
      passing = passing || code == HFCORE_E_RETRY;
      if (i + 1 < count)
        host_log (&engine->log, HFCORE_LOG_INFO, "%s: %s; the next source is asked",
                  call->error.origin, call->error.message);
    }
  *again = passing && last != HFCORE_E_NOTFOUND && last != HFCORE_E_AUTH;
  return last == HFCORE_PASS ? nobody_knows (engine, call, q) : last;
}

int
mirrors_pause (struct engine *engine, struct hfcore_call *call, unsigned *retry,
               const struct hfcore_error *why)
{
  int64_t pause = retry_pause_ms (*retry, engine->retries, engine->retry_pause_ms,
                                  engine->retry_pause_max_ms, why->retry_after_ms);
  if (pause < 0)
    return HFCORE_E_RETRY;
  ++*retry;
  host_log (&engine->log, HFCORE_LOG_WARNING, "%s; trying again in %.1f s (%u of %u)", why->message,
            (double) pause / 1000, *retry, engine->retries);
  return engine_pause (call, pause);
}

static int
ask_again (struct engine *engine, struct hfcore_call *call, ask_function ask,
           const struct question *q, bool has_failed)
{
  bool again = has_failed;
  int code = has_failed ? call->error.code : ask_all (engine, call, ask, q, &again);
  for (unsigned retry = 0; code != HFCORE_OK && again;)
    {
      struct hfcore_error why = call->error;
      int paused = mirrors_pause (engine, call, &retry, &why);
      if (paused != HFCORE_OK)
        return paused == HFCORE_E_CANCELLED ? paused : code;
      code = ask_all (engine, call, ask, q, &again);
    }
  return code;
}

int
mirrors_resolve (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *revision, const char *path, struct located *located, bool *again)
{
  bool ignored;
  struct question q = { .repo = repo, .revision = revision, .path = path, .located = located };
  return ask_all (engine, call, ask_resolve, &q, again ? again : &ignored);
}

int
mirrors_resolve_at (struct engine *engine, struct hfcore_call *call, size_t source,
                    const struct hfcore_repo *repo, const char *revision, const char *path,
                    struct located *located)
{
  struct question q = { .repo = repo, .revision = revision, .path = path, .located = located };
  return ask_one (engine, call, source, ask_resolve, &q);
}

int
mirrors_resolve_again (struct engine *engine, struct hfcore_call *call,
                       const struct hfcore_repo *repo, const char *revision, const char *path,
                       struct located *located, bool has_failed)
{
  struct question q = { .repo = repo, .revision = revision, .path = path, .located = located };
  return ask_again (engine, call, ask_resolve, &q, has_failed);
}

int
mirrors_list (struct engine *engine, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const struct hfcore_file_sink *sink, void (*restart) (void *ctx),
              bool *incomplete)
{
  struct partial_list partial = { 0 };
  struct question q
      = { .repo = repo, .revision = commit, .sink = sink, .restart = restart, .partial = &partial };
  int code = ask_again (engine, call, ask_list, &q, false);
  *incomplete = false;
  if (code == HFCORE_OK || !partial.found || ends_the_round (call, code))
    return code;
  struct hfcore_error why = call->error;
  partial.wanted = true;
  if (ask_one (engine, call, partial.source, ask_list, &q) != HFCORE_OK)
    return call_adopt (call, &why);
  *incomplete = true;
  call_forget (call);
  return HFCORE_OK;
}
