/* SPDX-License-Identifier: Apache-2.0 */
/* strategy_execute.c: removes what a strategy says, one thing after the other; what cannot be
 * removed is told, and the rest goes on (spec 8.1).  */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/engine/strategy_parts.h"

enum
{
  MESSAGE_ROOM = 5000,
  PATIENCE_MS = 1000
};

const char *
strategy_kind_name (enum strategy_kind kind)
{
  static const char *const names[]
      = { "repo", "snapshot", "ref", "blob", "incomplete file", "shared blob", "the rest of" };
  return names[kind];
}

/* ---- telling ---- */

static void
write_message (const struct strategy_event *event, char message[MESSAGE_ROOM])
{
  char where[MESSAGE_ROOM / 2];
  const char *kind = strategy_kind_name (event->kind);
  if (event->path)
    snprintf (where, sizeof where, "%s", event->path);
  else
    snprintf (where, sizeof where, "%s%s%s/%s", event->name ? event->name : "",
              event->name ? " of " : "", event->repo ? event->repo->repo.type : "",
              event->repo ? event->repo->repo.id : "");
  const int os_errno = event->error ? event->error->os_errno : 0;
  if (event->outcome == STRATEGY_MISSING)
    snprintf (message, MESSAGE_ROOM, "Couldn't delete %s: file not found (%s)", kind, where);
  else if (event->outcome == STRATEGY_KEPT)
    snprintf (message, MESSAGE_ROOM, "Kept %s: it is in use (%s)", kind, where);
  else if (os_errno == EACCES || os_errno == EPERM)
    snprintf (message, MESSAGE_ROOM, "Couldn't delete %s: permission denied (%s)", kind, where);
  else
    snprintf (message, MESSAGE_ROOM, "Couldn't delete %s: %s", kind,
              event->error ? event->error->message : where);
}

static void
count (struct strategy_done *done, const struct strategy_event *event)
{
  switch (event->outcome)
    {
    case STRATEGY_GONE:
      done->freed += event->bytes;
      done->partials += event->kind == STRATEGY_PARTIAL;
      done->payloads += event->kind == STRATEGY_PAYLOAD;
      done->revisions += event->kind == STRATEGY_SNAPSHOT;
      done->repos += event->kind == STRATEGY_REPO;
      break;
    case STRATEGY_MISSING:
      break;
    case STRATEGY_KEPT:
      done->kept += event->bytes;
      done->kept_count++;
      break;
    case STRATEGY_FAILED:
      done->kept += event->bytes;
      done->failures++;
      if (event->error)
        done->denied = done->denied || event->error->code == HFCORE_E_READONLY
                       || event->error->os_errno == EACCES || event->error->os_errno == EPERM
                       || event->error->os_errno == EROFS;
      break;
    }
}

int
execution_tell (struct execution *execution, const struct strategy_event *event)
{
  char message[MESSAGE_ROOM];
  struct strategy_event told = *event;
  if (execution->done)
    count (execution->done, event);
  if (told.outcome != STRATEGY_GONE && !told.message)
    {
      write_message (event, message);
      told.message = message;
    }
  const struct strategy_listener *listener = execution->listener;
  int stop = listener && listener->event ? listener->event (listener->ctx, &told) : 0;
  return stop ? call_fail (execution->call, HFCORE_E_CANCELLED, "stopped") : HFCORE_OK;
}

int
execution_remove (struct execution *execution, const struct hfcore_entry *entry,
                  struct strategy_event *event)
{
  CLEANUP_CALL struct hfcore_call call;
  engine_call_within (execution->call, &call);
  int code = execution->storage->ops->remove (execution->storage->self, &call, entry);
  if (code == HFCORE_E_CANCELLED || code == HFCORE_E_NOMEM)
    return call_adopt_error (execution->call, &call);
  event->error = code < 0 ? &call.error : NULL;
  event->outcome = code == HFCORE_OK       ? STRATEGY_GONE
                   : code == HFCORE_PASS   ? STRATEGY_MISSING
                   : code == HFCORE_E_BUSY ? STRATEGY_KEPT
                                           : STRATEGY_FAILED;
  /* Python does not mind: it may have gone with its repository.  */
  bool is_minded = event->kind != STRATEGY_PARTIAL || event->outcome != STRATEGY_MISSING;
  code = is_minded ? execution_tell (execution, event) : HFCORE_OK;
  event->error = NULL;
  return code;
}

/* ---- what belongs to no revision ---- */

static int
open_storage (struct execution *execution, size_t index)
{
  return registry_storage (execution->engine->registry, index, execution->call,
                           &execution->storage);
}

static int
remove_partials (struct execution *execution)
{
  const struct strategy *strategy = execution->strategy;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < strategy->partial_count; i++)
    {
      const struct holdings_partial *partial = strategy->partials[i];
      const struct hfcore_entry entry = { .size = sizeof entry,
                                          .kind = HFCORE_ENTRY_PARTIAL,
                                          .repo = partial->repo.id ? &partial->repo : NULL,
                                          .name = partial->name,
                                          .etag = partial->etag,
                                          .path = partial->path,
                                          .flags = HFCORE_REMOVE_IDLE };
      struct strategy_event event = { .kind = STRATEGY_PARTIAL,
                                      .name = partial->name,
                                      .path = partial->path,
                                      .bytes = partial->size };
      code = open_storage (execution, partial->storage);
      if (code == HFCORE_OK)
        code = execution_remove (execution, &entry, &event);
      if (code == HFCORE_OK && partial->repo.id && !(strategy->flags & STRATEGY_AS_PYTHON))
        code = strategy_repo_clean (execution, &partial->repo);
    }
  return code;
}

static int
remove_payloads (struct execution *execution)
{
  const struct strategy *strategy = execution->strategy;
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < strategy->payload_count; i++)
    {
      const struct holdings_payload *payload = strategy->payloads[i];
      const struct hfcore_entry entry
          = { .size = sizeof entry, .kind = HFCORE_ENTRY_SHARED, .etag = payload->hash };
      struct strategy_event event = { .kind = STRATEGY_PAYLOAD,
                                      .name = payload->hash,
                                      .path = payload->path,
                                      .bytes = payload->size };
      code = open_storage (execution, payload->storage);
      if (code == HFCORE_OK)
        code = execution_remove (execution, &entry, &event);
    }
  return code;
}

/* What killed processes left in storages that may be written.  */
static int
sweep (struct execution *execution)
{
  size_t count = registry_storage_count (execution->engine->registry);
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    {
      if (registry_storage_entry (execution->engine->registry, i)->read_only)
        continue;
      CLEANUP_CALL struct hfcore_call call;
      engine_call_within (execution->call, &call);
      code = registry_storage (execution->engine->registry, i, &call, &execution->storage);
      code = code == HFCORE_OK ? strategy_repo_clean (execution, NULL) : HFCORE_OK;
    }
  return code;
}

int
strategy_execute (const struct strategy *strategy, struct engine *engine, struct hfcore_call *call,
                  const struct strategy_listener *listener, struct strategy_done *done)
{
  struct execution execution = { .strategy = strategy,
                                 .engine = engine,
                                 .call = call,
                                 .listener = listener,
                                 .done = done,
                                 .patience_ms = PATIENCE_MS };
  int code = HFCORE_OK;
  *done = (struct strategy_done){ .repos = 0 };
  for (size_t i = 0; code == HFCORE_OK && i < strategy->repo_count; i++)
    {
      code = open_storage (&execution, strategy->repos[i].repo->storage);
      if (code == HFCORE_OK)
        code = strategy_repo_execute (&execution, &strategy->repos[i]);
    }
  if (code == HFCORE_OK)
    code = remove_partials (&execution);
  if (code == HFCORE_OK)
    code = remove_payloads (&execution);
  return code == HFCORE_OK ? sweep (&execution) : code;
}

/* ---- dry ---- */

static int
tell_repo (struct execution *execution, const struct strategy_repo *planned)
{
  struct strategy_event event = { .repo = planned->repo };
  int code = HFCORE_OK;
  if (planned->whole)
    {
      event.kind = STRATEGY_REPO;
      event.path = planned->repo->path;
      event.bytes = planned->freed;
      return execution_tell (execution, &event);
    }
  for (size_t i = 0; code == HFCORE_OK && i < planned->revision_count; i++)
    {
      const struct holdings_revision *revision = planned->revisions[i];
      event.kind = STRATEGY_REF;
      event.path = NULL;
      for (size_t j = 0; code == HFCORE_OK && j < revision->ref_count; j++)
        {
          event.name = revision->refs[j];
          code = execution_tell (execution, &event);
        }
      event.kind = STRATEGY_SNAPSHOT;
      event.name = revision->commit;
      event.path = revision->path;
      if (code == HFCORE_OK)
        code = execution_tell (execution, &event);
    }
  event.kind = STRATEGY_BLOB;
  for (size_t i = 0; code == HFCORE_OK && i < planned->blob_count; i++)
    {
      event.name = planned->blobs[i]->etag;
      event.path = planned->blobs[i]->path;
      event.bytes = planned->blobs[i]->size;
      code = execution_tell (execution, &event);
    }
  return code;
}

int
strategy_tell (const struct strategy *strategy, struct hfcore_call *call,
               const struct strategy_listener *listener)
{
  struct execution execution = { .strategy = strategy, .call = call, .listener = listener };
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < strategy->repo_count; i++)
    code = tell_repo (&execution, &strategy->repos[i]);
  for (size_t i = 0; code == HFCORE_OK && i < strategy->partial_count; i++)
    {
      struct strategy_event event = { .kind = STRATEGY_PARTIAL,
                                      .name = strategy->partials[i]->name,
                                      .path = strategy->partials[i]->path,
                                      .bytes = strategy->partials[i]->size };
      code = execution_tell (&execution, &event);
    }
  for (size_t i = 0; code == HFCORE_OK && i < strategy->payload_count; i++)
    {
      struct strategy_event event = { .kind = STRATEGY_PAYLOAD,
                                      .name = strategy->payloads[i]->hash,
                                      .path = strategy->payloads[i]->path,
                                      .bytes = strategy->payloads[i]->size };
      code = execution_tell (&execution, &event);
    }
  return code;
}
