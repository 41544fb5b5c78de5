/* SPDX-License-Identifier: Apache-2.0 */
/* hub_failure.c: see hub_failure.h.  */
#include "plugins/transport-hub/hub_failure.h"

#include <stdio.h>
#include "core/util/text.h"
#include "plugins/transport-hub/hub_url.h"

#define SHOWN_URL    256
#define SHOWN_NAME   128
#define SHOWN_SERVER 160

/* What the texts are made of, cleaned and cut.  */
struct parts
{
  char repo[SHOWN_NAME + 16]; /* "model 'a/b'"  */
  char revision[SHOWN_NAME];
  char path[SHOWN_NAME];
  char url[SHOWN_URL];
  char origin[SHOWN_URL];
  char server[SHOWN_SERVER + 8]; /* ": what the server said", or ""  */
  char request[SHOWN_NAME];      /* " (Request ID: x)", or ""  */
  const char *type;
  const char *id;
  bool has_token;
};

static void
show_id (const struct hub_answer *answer, char *to, size_t room)
{
  static const struct
  {
    enum hub_header header;
    const char *label;
  } ids[] = { { HUB_REQUEST_ID, "Request ID" }, { HUB_TRACE_ID, "Amzn Trace ID" } };
  to[0] = 0;
  for (size_t i = 0; i < sizeof ids / sizeof *ids && !to[0]; i++)
    if (answer->headers[ids[i].header] && answer->headers[ids[i].header][0])
      {
        char id[64];
        text_one_line (id, sizeof id, answer->headers[ids[i].header]);
        snprintf (to, room, " (%s: %s)", ids[i].label, id);
      }
}

static void
collect (const struct hub_exchange *x, const struct hub_question *question, struct parts *parts)
{
  const char *said = x->answer.headers[HUB_ERROR_MESSAGE];
  char clean[SHOWN_SERVER], id[SHOWN_NAME];
  *parts = (struct parts){ .type = question->repo->type, .has_token = x->hub->authorization };
  parts->id = question->repo->id;
  text_one_line (id, sizeof id, question->repo->id);
  snprintf (parts->repo, sizeof parts->repo, "%.8s '%s'", question->repo->type, id);
  text_one_line (parts->revision, sizeof parts->revision,
                 question->revision ? question->revision : "");
  text_one_line (parts->path, sizeof parts->path, question->path ? question->path : "");
  hub_url_show (x->url, parts->url, sizeof parts->url);
  hub_url_show_origin (x->is_own ? x->hub->endpoint : x->url, parts->origin, sizeof parts->origin);
  if (said && *said)
    {
      text_one_line (clean, sizeof clean, said);
      snprintf (parts->server, sizeof parts->server, ": %s", clean);
    }
  show_id (&x->answer, parts->request, sizeof parts->request);
}

/* The web page of a repository, where access is asked for.  */
static const char *
page_prefix (const char *type)
{
  switch (type[0])
    {
    case 'd':
      return "datasets/";
    case 's':
      return "spaces/";
    case 'k':
      return "kernels/";
    default:
      return "";
    }
}

static int
fail_absent (struct hub_exchange *x, const struct parts *p, const struct hub_verdict *verdict)
{
  switch (verdict->reason)
    {
    case HUB_NO_REPO:
      return x->hub->host->fail (x->call, verdict->code, "%s not found at %s; %s%s", p->repo,
                                 p->origin,
                                 p->has_token ? "check its name, or whether the token may see it"
                                              : "if it is private, set HF_TOKEN",
                                 p->request);
    case HUB_NO_REVISION:
      return x->hub->host->fail (x->call, verdict->code, "%s at %s has no revision '%s'%s", p->repo,
                                 p->origin, p->revision, p->request);
    case HUB_NO_FILE:
      return x->hub->host->fail (x->call, verdict->code, "%s at %s has no file '%s' in '%s'%s",
                                 p->repo, p->origin, p->path, p->revision, p->request);
    default:
      return x->hub->host->fail (x->call, verdict->code, "nothing found at %s (404%s)%s", p->url,
                                 p->server, p->request);
    }
}

static int
fail_access (struct hub_exchange *x, const struct parts *p, const struct hub_verdict *verdict)
{
  switch (verdict->reason)
    {
    case HUB_GATED:
      return x->hub->host->fail (x->call, verdict->code,
                                 "access to %s must be granted: open %s/%s%.97s and ask, or use a "
                                 "token that has it%s",
                                 p->repo, p->origin, page_prefix (p->type), p->id, p->request);
    case HUB_DISABLED:
      return x->hub->host->fail (x->call, verdict->code, "%s has disabled access to %s%s",
                                 p->origin, p->repo, p->request);
    case HUB_BAD_TOKEN:
      return x->hub->host->fail (x->call, verdict->code, "%s %s for %s (401%s); %s%s", p->origin,
                                 p->has_token ? "refuses the token" : "asks for a token", p->repo,
                                 p->server,
                                 p->has_token ? "check HF_TOKEN or the stored token"
                                              : "set HF_TOKEN",
                                 p->request);
    default:
      return x->hub->host->fail (x->call, verdict->code,
                                 "%s forbids access to %s (403%s); use a token that may read it%s",
                                 p->origin, p->repo, p->server, p->request);
    }
}

static int
fail_passing (struct hub_exchange *x, const struct parts *p, const struct hub_verdict *verdict)
{
  switch (verdict->reason)
    {
    case HUB_EXPIRED:
      return x->hub->host->fail (x->call, verdict->code,
                                 "the address of '%s' is no longer good: %s answered %ld", p->path,
                                 p->url, x->answer.status);
    case HUB_SLOW_DOWN:
      return x->hub->host->fail (x->call, verdict->code,
                                 "%s asks for fewer requests (429%s); wait%s%s", p->origin,
                                 p->server, p->has_token ? "" : ", or use a token", p->request);
    case HUB_RANGE:
      return x->hub->host->fail (
          x->call, verdict->code,
          "%s does not have the bytes from %llu on (416): it holds another file", p->url,
          (unsigned long long) x->offset);
    default:
      return x->hub->host->fail (x->call, verdict->code, "%s answered %ld%s%s", p->url,
                                 x->answer.status, p->server, p->request);
    }
}

int
hub_failure_of_answer (struct hub_exchange *x, const struct hub_question *question)
{
  struct hub_verdict verdict = hub_answer_judge (&x->answer, x->is_own);
  struct parts parts;
  if (verdict.reason == HUB_FINE)
    return HFCORE_OK;
  collect (x, question, &parts);
  if (verdict.code == HFCORE_E_NOTFOUND)
    fail_absent (x, &parts, &verdict);
  else if (verdict.code == HFCORE_E_AUTH)
    fail_access (x, &parts, &verdict);
  else
    fail_passing (x, &parts, &verdict);
  x->hub->host->why (x->call, 0, (int) x->answer.status, verdict.retry_after_ms, verdict.missing);
  return verdict.code;
}

int
hub_failure_garbage (struct hub_exchange *x, const char *what)
{
  char shown[SHOWN_URL];
  hub_url_show (x->url, shown, sizeof shown);
  x->hub->host->fail (x->call, HFCORE_E_DOWN, "%s %s", shown, what);
  x->hub->host->why (x->call, 0, (int) x->answer.status, 0, 0);
  return HFCORE_E_DOWN;
}
