/* SPDX-License-Identifier: Apache-2.0 */
/* Routes of the test Hub: files under /resolve/, LFS content on the CDN, and what is common to all
   routes.  Rules: shared spec of the Hub cache, sections 2.4, 2.11 and 14.  */
#include "hub_routes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGNATURE_HEX 16

static bool
path_parse (const char *raw, struct hub_path *path)
{
  path->count = 0;
  while (*raw == '/')
    raw++;
  while (*raw)
    {
      size_t length = strcspn (raw, "/");
      if (path->count == HUB_SEGMENTS_MAX)
        return false;
      char *decoded = hub_percent_decode (raw, length, false);
      if (!decoded)
        return false;
      path->raw[path->count] = raw;
      path->decoded[path->count++] = decoded;
      raw += length;
      if (*raw)
        raw++;
    }
  return true;
}

static void
path_free (struct hub_path *path)
{
  for (size_t i = 0; i < path->count; i++)
    free (path->decoded[i]);
}

char *
hub_path_join (const struct hub_path *path, size_t first)
{
  struct hub_text text = { 0 };
  hub_text_add (&text, "", 0);
  for (size_t i = first; i < path->count; i++)
    hub_text_addf (&text, "%s%s", i > first ? "/" : "", path->decoded[i]);
  return text.data;
}

static enum MHD_Result
answer_renamed (struct hub_request *request, const struct hub_repo *repo, const char *prefix,
                const char *rest)
{
  struct hub_reply reply = { .status = MHD_HTTP_TEMPORARY_REDIRECT };
  HUB_AUTOFREE char *location
      = hub_format ("%s%s%s%s%s%s", prefix, repo->renamed_to, *rest ? "/" : "", rest,
                    *request->query ? "?" : "", request->query);
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_reply_header (&reply, "Location", "%s", location);
  hub_text_addf (&reply.text, "Temporary Redirect. Redirecting to %s", location);
  return hub_reply_send (request, &reply);
}

const struct hub_repo *
hub_routes_repo (struct hub_request *request, enum hub_type type, const char *id,
                 const char *prefix, const char *rest, enum MHD_Result *result)
{
  const struct hub_repo *repo = hub_repos_find (&request->server->repos, type, id);
  bool has_access = request->entry->auth_ok;
  if (!repo || (repo->is_private && !has_access))
    *result
        = hub_reply_error (request, has_access ? MHD_HTTP_NOT_FOUND : MHD_HTTP_UNAUTHORIZED,
                           "RepoNotFound",
                           has_access ? "Repository not found" : "Invalid username or password.");
  else if (repo->renamed_to)
    *result = answer_renamed (request, repo, prefix, rest);
  else if (repo->is_disabled)
    *result = hub_reply_error (request, MHD_HTTP_FORBIDDEN, NULL,
                               "Access to this resource is disabled.");
  else
    return repo;
  return NULL;
}

enum MHD_Result
hub_routes_no_revision (struct hub_request *request, const char *revision)
{
  HUB_AUTOFREE char *shown = hub_percent_encode (revision, "/ ");
  HUB_AUTOFREE char *message = hub_format ("Invalid rev id: %s", shown);
  return hub_reply_error (request, MHD_HTTP_NOT_FOUND, "RevisionNotFound", message);
}

enum MHD_Result
hub_routes_no_entry (struct hub_request *request, const struct hub_commit *commit, const char *path)
{
  struct hub_reply reply = { .status = MHD_HTTP_NOT_FOUND };
  HUB_AUTOFREE char *shown = hub_percent_encode (path, "/ ");
  hub_reply_header (&reply, "X-Repo-Commit", "%s", commit->hash);
  hub_reply_header (&reply, "X-Error-Code", "EntryNotFound");
  hub_reply_header (&reply, "X-Error-Message", "Entry not found: %s", shown);
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_text_addf (&reply.text, "Entry not found");
  return hub_reply_send (request, &reply);
}

static void
sign (const char *sha256, long long expires, char *signature)
{
  char hex[HUB_SHA1_HEX + 1];
  HUB_AUTOFREE char *text = hub_format ("test hub:%s:%lld", sha256, expires);
  hub_sha1 (text, strlen (text), hex);
  memcpy (signature, hex, SIGNATURE_HEX);
  signature[SIGNATURE_HEX] = '\0';
}

static enum MHD_Result
answer_lfs (struct hub_request *request, const struct hub_commit *commit,
            const struct hub_file *file)
{
  struct hub_server *server = request->server;
  struct hub_reply reply = { .status = MHD_HTTP_FOUND };
  char signature[SIGNATURE_HEX + 1];
  long long expires = (long long) time (NULL) + server->signature_s;
  sign (file->sha256, expires, signature);
  HUB_AUTOFREE char *location = hub_format ("%s/lfs/%s?Expires=%lld&sig=%s", server->cdn_url,
                                            file->sha256, expires, signature);
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_reply_header (&reply, "X-Repo-Commit", "%s", commit->hash);
  hub_reply_header (&reply, "ETag", "\"%s\"", file->oid);
  hub_reply_header (&reply, "X-Linked-Etag", "\"%s\"", file->sha256);
  hub_reply_header (&reply, "X-Linked-Size", "%lld", (long long) file->content.size);
  hub_reply_header (&reply, "Accept-Ranges", "bytes");
  if (server->announces_xet)
    {
      hub_reply_header (&reply, "X-Xet-Hash", "%s", file->sha256);
      hub_reply_header (&reply, "Link", "<%s/api/xet-read-token/%s>; rel=\"xet-auth\"",
                        server->hub_url, commit->hash);
    }
  hub_reply_header (&reply, "Location", "%s", location);
  hub_text_addf (&reply.text, "Found. Redirecting to %s", location);
  return hub_reply_send (request, &reply);
}

enum MHD_Result
hub_routes_file (struct hub_request *request, const struct hub_commit *commit,
                 const struct hub_file *file)
{
  if (file->is_lfs)
    return answer_lfs (request, commit, file);
  struct hub_reply reply = { .status = MHD_HTTP_OK, .content = &file->content, .is_file = true };
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_reply_header (&reply, "X-Repo-Commit", "%s", commit->hash);
  hub_reply_header (&reply, "ETag", "\"%s\"", file->oid);
  return hub_reply_send (request, &reply);
}

/* As the Hub does for regular files: a relative redirect to a URL that names the commit.  */
static enum MHD_Result
answer_resolve_cache (struct hub_request *request, const struct hub_repo *repo,
                      const struct hub_commit *commit, const struct hub_file *file)
{
  struct hub_reply reply = { .status = MHD_HTTP_TEMPORARY_REDIRECT };
  HUB_AUTOFREE char *name = hub_percent_encode (file->path, "/");
  HUB_AUTOFREE char *from = hub_percent_encode (request->path, "");
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_reply_header (&reply, "X-Repo-Commit", "%s", commit->hash);
  hub_reply_header (&reply, "X-Linked-Etag", "\"%s\"", file->oid);
  hub_reply_header (&reply, "X-Linked-Size", "%lld", (long long) file->content.size);
  hub_reply_header (&reply, "Location", "/api/resolve-cache/%s/%s/%s/%s?%s=&etag=%%22%s%%22",
                    hub_type_plurals[repo->type], repo->id, commit->hash, name, from, file->oid);
  hub_text_addf (&reply.text, "Temporary Redirect");
  return hub_reply_send (request, &reply);
}

static bool
gate_is_open (const struct hub_request *request, const struct hub_repo *repo)
{
  return repo->gate == HUB_GATE_NONE || (repo->gate == HUB_GATE_TOKEN && request->entry->auth_ok);
}

/* /[datasets/|spaces/][ORG/]NAME/resolve/REVISION/PATH, the id at segment ID.  */
static enum MHD_Result
answer_resolve (struct hub_request *request, const struct hub_path *path, enum hub_type type,
                size_t id_at, size_t resolve_at)
{
  enum MHD_Result result;
  HUB_AUTOFREE char *prefix = hub_format ("/%s%s", type == HUB_MODEL ? "" : hub_type_plurals[type],
                                          type == HUB_MODEL ? "" : "/");
  HUB_AUTOFREE char *id = resolve_at == id_at + 1 ? hub_strdup (path->decoded[id_at])
                                                  : hub_format ("%s/%s", path->decoded[id_at],
                                                                path->decoded[id_at + 1]);
  const struct hub_repo *repo
      = hub_routes_repo (request, type, id, prefix, path->raw[resolve_at], &result);
  if (!repo)
    return result;
  if (!gate_is_open (request, repo))
    {
      HUB_AUTOFREE char *message
          = hub_format ("Access to %s %.*s is restricted and you are not in the authorized list.",
                        hub_type_plurals[type], 96, id);
      return hub_reply_error (request, MHD_HTTP_FORBIDDEN, "GatedRepo", message);
    }
  const struct hub_commit *commit = hub_repo_revision (repo, path->decoded[resolve_at + 1]);
  if (!commit)
    return hub_routes_no_revision (request, path->decoded[resolve_at + 1]);
  HUB_AUTOFREE char *name = hub_path_join (path, resolve_at + 2);
  const struct hub_file *file = hub_commit_file (commit, name);
  if (!file)
    return hub_routes_no_entry (request, commit, name);
  if (request->server->uses_resolve_cache && !file->is_lfs)
    return answer_resolve_cache (request, repo, commit, file);
  return hub_routes_file (request, commit, file);
}

static enum MHD_Result
answer_hub (struct hub_request *request, const struct hub_path *path)
{
  if (request->entry->has_auth && !request->entry->auth_ok)
    return hub_reply_error (request, MHD_HTTP_UNAUTHORIZED, NULL,
                            "Invalid credentials in Authorization header");
  if (path->count && !strcmp (path->decoded[0], "api"))
    return hub_api_answer (request, path);
  enum hub_type type = HUB_MODEL;
  for (int i = HUB_DATASET; path->count && i < HUB_TYPES; i++)
    if (!strcmp (path->decoded[0], hub_type_plurals[i]))
      type = (enum hub_type) i;
  size_t id_at = type == HUB_MODEL ? 0 : 1;
  for (size_t at = id_at + 1; at <= id_at + 2 && at + 2 < path->count; at++)
    if (!strcmp (path->decoded[at], "resolve"))
      return answer_resolve (request, path, type, id_at, at);
  return hub_reply_error (request, MHD_HTTP_NOT_FOUND, NULL, "Sorry, we can't find that page.");
}

/* /lfs/SHA256?Expires=…&sig=…  */
static enum MHD_Result
answer_cdn (struct hub_request *request, const struct hub_path *path)
{
  if (request->server->cdn_rejects_auth && request->entry->has_auth)
    return hub_reply_text (request, MHD_HTTP_BAD_REQUEST,
                           "Only one auth mechanism allowed; the Authorization header is one.");
  const struct hub_file *file = path->count == 2 && !strcmp (path->decoded[0], "lfs")
                                    ? hub_repos_lfs_file (&request->server->repos, path->decoded[1])
                                    : NULL;
  if (!file)
    return hub_reply_text (request, MHD_HTTP_NOT_FOUND, "No such object.");
  HUB_AUTOFREE char *expires = hub_form_value (request->query, "Expires", 0);
  HUB_AUTOFREE char *signature = hub_form_value (request->query, "sig", 0);
  char wanted[SIGNATURE_HEX + 1];
  int64_t until = 0;
  if (!expires || !signature || !hub_number (expires, &until))
    return hub_reply_text (request, MHD_HTTP_FORBIDDEN, "The URL is not signed.");
  sign (file->sha256, until, wanted);
  if (strcmp (signature, wanted) || time (NULL) > until)
    return hub_reply_text (request, MHD_HTTP_FORBIDDEN, "The signature is wrong or has expired.");
  struct hub_reply reply = { .status = MHD_HTTP_OK, .content = &file->content, .is_file = true };
  hub_reply_header (&reply, "Content-Type", "application/octet-stream");
  hub_reply_header (&reply, "ETag", "\"%s\"", file->sha256);
  return hub_reply_send (request, &reply);
}

static enum MHD_Result
answer_status_fault (struct hub_request *request, const struct hub_fault *fault)
{
  struct hub_reply reply = { .status = (unsigned) fault->number };
  if (fault->retry_after)
    hub_reply_header (&reply, "Retry-After", "%s", fault->retry_after);
  if (fault->ratelimit)
    hub_reply_header (&reply, "ratelimit", "\"api\";r=0;t=%s", fault->ratelimit);
  if (fault->error_code)
    hub_reply_header (&reply, "X-Error-Code", "%s", fault->error_code);
  if (fault->error_message)
    hub_reply_header (&reply, "X-Error-Message", "%s", fault->error_message);
  hub_reply_header (&reply, "Content-Type", "application/json; charset=utf-8");
  hub_text_addf (&reply.text, "{\"error\":\"a fault of the test Hub: status %lld\"}",
                 (long long) fault->number);
  return hub_reply_send (request, &reply);
}

/* Faults that replace the answer; false: none is due.  */
static bool
answer_fault (struct hub_request *request, enum MHD_Result *result)
{
  struct hub_fault fault;
  if (hub_request_fault (request, HUB_FAULT_DELAY, &fault))
    {
      hub_wait (hub_request_socket (request), fault.number);
      hub_fault_free (&fault);
    }
  if (hub_request_fault (request, HUB_FAULT_DROP, &fault))
    *result = MHD_NO;
  else if (hub_request_fault (request, HUB_FAULT_STATUS, &fault))
    *result = answer_status_fault (request, &fault);
  else if (hub_request_fault (request, HUB_FAULT_REDIRECT, &fault)
           || hub_request_fault (request, HUB_FAULT_REDIRECT_LOOP, &fault))
    {
      struct hub_reply reply = { .status = (unsigned) fault.code };
      bool is_relative = fault.argument && !strcmp (fault.argument, "relative");
      const char *origin = request->is_cdn ? request->server->cdn_url : request->server->hub_url;
      if (fault.kind == HUB_FAULT_REDIRECT)
        hub_reply_header (&reply, "Location", "%s", fault.argument);
      else
        hub_reply_header (&reply, "Location", "%s%s", is_relative ? "" : origin, request->url);
      *result = hub_reply_send (request, &reply);
    }
  else
    return false;
  hub_fault_free (&fault);
  return true;
}

enum MHD_Result
hub_routes_answer (struct hub_request *request)
{
  enum MHD_Result result;
  struct hub_path path;
  if (!request->entry)
    return hub_control_answer (request);
  if (request->server->latency_ms > 0)
    hub_wait (hub_request_socket (request), request->server->latency_ms);
  if (answer_fault (request, &result))
    return result;
  bool is_post = !strcmp (request->method, "POST");
  if (!is_post && strcmp (request->method, "GET") && strcmp (request->method, "HEAD"))
    return hub_reply_error (request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, "Method not allowed");
  if (!path_parse (request->path, &path))
    result = hub_reply_error (request, MHD_HTTP_BAD_REQUEST, NULL, "Bad path");
  else
    result = request->is_cdn ? answer_cdn (request, &path) : answer_hub (request, &path);
  path_free (&path);
  return result;
}
