/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON API of the test Hub: repo information, file lists, paths-info, refs, whoami.  */
#include "hub_routes.h"

#include <stdlib.h>
#include <string.h>

#define API_SEGMENTS  2 /* "api", "models" */
#define EXPANDED_PAGE 50
#define CREATED       "2024-01-02T03:04:05.000Z"

static const char *const actions[] = { "revision", "tree", "paths-info", "refs", "xet-read-token" };

/* What an API URL asks for.  */
struct question
{
  struct hub_request *request;
  const struct hub_path *path;
  const struct hub_repo *repo;
  const struct hub_commit *commit;
  size_t action_at; /* segment; path->count: none */
};

static bool
is_action (const struct hub_path *path, size_t at)
{
  for (size_t i = 0; at < path->count && i < sizeof actions / sizeof *actions; i++)
    if (!strcmp (path->decoded[at], actions[i]))
      return true;
  return false;
}

static json_t *
lfs_json (const struct hub_file *file, const char *digest_name)
{
  return json_pack ("{s:s, s:I, s:i}", digest_name, file->sha256, "size",
                    (json_int_t) file->content.size, "pointerSize", file->pointer_size);
}

static json_t *
siblings_json (const struct hub_commit *commit, bool with_blobs)
{
  json_t *siblings = json_array ();
  for (size_t i = 0; i < commit->n_files; i++)
    {
      const struct hub_file *file = &commit->files[i];
      json_t *sibling = json_pack ("{s:s}", "rfilename", file->path);
      if (with_blobs)
        {
          json_object_set_new (sibling, "size", json_integer (file->content.size));
          json_object_set_new (sibling, "blobId", json_string (file->oid));
          if (file->is_lfs)
            json_object_set_new (sibling, "lfs", lfs_json (file, "sha256"));
        }
      json_array_append_new (siblings, sibling);
    }
  return siblings;
}

/* With ?expand=a&expand=b only the id and what was asked for is answered.  */
static void
keep_expanded (struct hub_request *request, json_t *info)
{
  HUB_AUTOFREE char *first = hub_form_value (request->query, "expand", 0);
  if (!first)
    return;
  const char *name;
  json_t *value;
  void *next;
  json_object_foreach_safe (info, next, name, value)
  {
    bool is_wanted = !strcmp (name, "id") || !strcmp (name, "_id");
    char *asked;
    for (size_t i = 0; !is_wanted && (asked = hub_form_value (request->query, "expand", i)); i++)
      {
        is_wanted = !strcmp (asked, name);
        free (asked);
      }
    if (!is_wanted)
      json_object_del (info, name);
  }
}

static enum MHD_Result
answer_info (const struct question *question)
{
  const struct hub_repo *repo = question->repo;
  const struct hub_commit *commit = question->commit;
  const char *slash = strchr (repo->id, '/');
  HUB_AUTOFREE char *author = hub_strndup (repo->id, slash ? (size_t) (slash - repo->id) : 0);
  json_t *info
      = json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:i, s:i, s:[], s:o}", "_id",
                   "0123456789abcdef01234567", "id", repo->id, "author", author, "sha",
                   commit->hash, "lastModified", CREATED, "createdAt", CREATED, "private",
                   repo->is_private, "disabled", repo->is_disabled, "downloads", 0, "likes", 0,
                   "usedStorage", 0, "tags", "siblings",
                   siblings_json (commit, hub_form_flag (question->request->query, "blobs")));
  if (!info)
    hub_die ("cannot build the repo information");
  json_object_set_new (info, "gated", repo->gate ? json_string ("manual") : json_false ());
  if (repo->type == HUB_MODEL)
    {
      json_object_set_new (info, "modelId", json_string (repo->id));
      json_object_set_new (info, "spaces", json_array ());
    }
  if (repo->type == HUB_SPACE)
    json_object_set_new (info, "sdk", json_string ("static"));
  keep_expanded (question->request, info);
  return hub_reply_json (question->request, MHD_HTTP_OK, info);
}

static void
add_expansion (json_t *entry, const struct hub_commit *commit)
{
  json_object_set_new (entry, "lastCommit",
                       json_pack ("{s:s, s:s, s:s}", "id", commit->hash, "title", "A commit",
                                  "date", CREATED));
}

static json_t *
file_json (const struct question *question, const struct hub_file *file, bool expand)
{
  json_t *entry = json_pack ("{s:s, s:s, s:I, s:s}", "type", "file", "oid", file->oid, "size",
                             (json_int_t) file->content.size, "path", file->path);
  if (file->is_lfs)
    json_object_set_new (entry, "lfs", lfs_json (file, "oid"));
  if (file->is_lfs && question->request->server->announces_xet)
    json_object_set_new (entry, "xetHash", json_string (file->sha256));
  if (expand)
    {
      add_expansion (entry, question->commit);
      json_object_set_new (entry, "securityFileStatus",
                           json_pack ("{s:s, s:{s:s}, s:{s:s}}", "status", "unscanned", "avScan",
                                      "status", "unscanned", "pickleImportScan", "status",
                                      "unscanned"));
    }
  return entry;
}

/* A folder has no object here; any stable oid does.  */
static json_t *
folder_json (const struct question *question, const char *path, bool expand)
{
  char oid[HUB_SHA1_HEX + 1];
  HUB_AUTOFREE char *key = hub_format ("tree %s %s", question->commit->hash, path);
  hub_sha1 (key, strlen (key), oid);
  json_t *entry = json_pack ("{s:s, s:s, s:i, s:s}", "type", "directory", "oid", oid, "size", 0,
                             "path", path);
  if (expand)
    add_expansion (entry, question->commit);
  return entry;
}

/* Where PATH goes on below FOLDER ("" is the root), or NULL when it is not below it.  */
static const char *
below (const char *path, const char *folder)
{
  size_t length = strlen (folder);
  if (!length)
    return path;
  return !strncmp (path, folder, length) && path[length] == '/' ? path + length + 1 : NULL;
}

/* One page of a listing while it is being made: entries are counted, those of the page kept.  */
struct page
{
  json_t *entries;
  size_t first;
  size_t room;
  size_t seen;
};

static bool
page_wants (struct page *page)
{
  size_t index = page->seen++;
  return index >= page->first && index < page->first + page->room;
}

/* Adds the folders of FILE below FOLDER that FORMER (the file before, or NULL) is not in.  */
static void
add_folders (const struct question *question, struct page *page, const char *folder,
             const char *former, const char *file, bool recursive, bool expand)
{
  const char *rest = below (file, folder);
  for (const char *slash = strchr (rest, '/'); slash; slash = strchr (slash + 1, '/'))
    {
      HUB_AUTOFREE char *name = hub_strndup (file, (size_t) (slash - file));
      if ((!former || !below (former, name)) && page_wants (page))
        json_array_append_new (page->entries, folder_json (question, name, expand));
      if (!recursive)
        return;
    }
}

static void
fill_page (const struct question *question, struct page *page, const char *folder, bool expand)
{
  bool recursive = hub_form_flag (question->request->query, "recursive");
  const char *former = NULL;
  for (size_t i = 0; i < question->commit->n_files; i++)
    {
      const struct hub_file *file = &question->commit->files[i];
      const char *rest = below (file->path, folder);
      if (!rest)
        continue;
      add_folders (question, page, folder, former, file->path, recursive, expand);
      if ((recursive || !strchr (rest, '/')) && page_wants (page))
        json_array_append_new (page->entries, file_json (question, file, expand));
      former = file->path;
    }
}

static int64_t
number_of (const char *query, const char *name, int64_t otherwise)
{
  int64_t number;
  HUB_AUTOFREE char *value = hub_form_value (query, name, 0);
  return value && hub_number (value, &number) && number >= 0 ? number : otherwise;
}

/* The URL of this request with another cursor.  */
static char *
next_url (struct hub_request *request, size_t cursor)
{
  struct hub_text url = { 0 };
  hub_text_addf (&url, "%s%s?", request->server->hub_url, request->path);
  for (const char *field = request->query; *field;)
    {
      size_t length = strcspn (field, "&");
      if (length && strncmp (field, "cursor=", 7))
        hub_text_addf (&url, "%.*s&", (int) length, field);
      field += length;
      if (*field)
        field++;
    }
  hub_text_addf (&url, "cursor=%zu", cursor);
  return url.data;
}

static enum MHD_Result
answer_tree (const struct question *question)
{
  struct hub_request *request = question->request;
  HUB_AUTOFREE char *folder = hub_path_join (question->path, question->action_at + 2);
  bool expand = hub_form_flag (request->query, "expand");
  int64_t room = number_of (request->query, "limit", request->server->page_size);
  if (expand && room > EXPANDED_PAGE)
    room = EXPANDED_PAGE;
  if (room < 1 || room > request->server->page_size)
    room = request->server->page_size;
  struct page page = { .entries = json_array (),
                       .first = (size_t) number_of (request->query, "cursor", 0),
                       .room = (size_t) room };
  fill_page (question, &page, folder, expand);
  if (!page.seen && *folder)
    {
      json_decref (page.entries);
      return hub_routes_no_entry (request, question->commit, folder);
    }
  struct hub_reply reply = { .status = MHD_HTTP_OK, .is_json = true };
  struct hub_fault fault;
  hub_reply_header (&reply, "Content-Type", "application/json; charset=utf-8");
  hub_reply_header (&reply, "X-Repo-Commit", "%s", question->commit->hash);
  if (hub_request_fault (request, HUB_FAULT_NEXT, &fault))
    {
      hub_reply_header (&reply, "Link", "<%s>; rel=\"next\"", fault.argument);
      hub_fault_free (&fault);
    }
  else if (page.first + page.room < page.seen)
    {
      HUB_AUTOFREE char *url = next_url (request, page.first + page.room);
      hub_reply_header (&reply, "Link", "<%s>; rel=\"next\"", url);
    }
  HUB_AUTOFREE char *json = json_dumps (page.entries, JSON_COMPACT);
  json_decref (page.entries);
  hub_text_add (&reply.text, json ? json : "", json ? strlen (json) : 0);
  return hub_reply_send (request, &reply);
}

static void
add_path_info (const struct question *question, json_t *list, const char *path, bool expand)
{
  const struct hub_file *file = hub_commit_file (question->commit, path);
  if (file)
    {
      json_array_append_new (list, file_json (question, file, expand));
      return;
    }
  for (size_t i = 0; *path && i < question->commit->n_files; i++)
    if (below (question->commit->files[i].path, path))
      {
        json_array_append_new (list, folder_json (question, path, expand));
        return;
      }
}

static enum MHD_Result
answer_paths_info (const struct question *question)
{
  struct hub_request *request = question->request;
  const char *form = request->body.data ? request->body.data : "";
  json_t *list = json_array ();
  if (*form == '{')
    {
      json_t *body = json_loads (form, 0, NULL);
      bool expand = json_is_true (json_object_get (body, "expand"));
      size_t index;
      json_t *path;
      json_array_foreach (json_object_get (body, "paths"), index, path)
      {
        if (json_is_string (path))
          add_path_info (question, list, json_string_value (path), expand);
      }
      json_decref (body);
      return hub_reply_json (request, MHD_HTTP_OK, list);
    }
  bool expand = hub_form_flag (form, "expand");
  char *path;
  for (size_t i = 0; (path = hub_form_value (form, "paths", i)); i++)
    {
      add_path_info (question, list, path, expand);
      free (path);
    }
  return hub_reply_json (request, MHD_HTTP_OK, list);
}

static enum MHD_Result
answer_refs (const struct question *question)
{
  static const char *const lists[] = { "branches", "tags", "converts", "pullRequests" };
  static const char *const prefixes[] = { "refs/heads/", "refs/tags/", "", "" };
  const struct hub_repo *repo = question->repo;
  json_t *refs = json_pack ("{s:[], s:[], s:[]}", "branches", "converts", "tags");
  if (hub_form_flag (question->request->query, "include_prs"))
    json_object_set_new (refs, "pullRequests", json_array ());
  for (size_t i = 0; i < repo->n_refs; i++)
    {
      const struct hub_ref *ref = &repo->refs[i];
      const char *name = ref->name;
      if (ref->kind == HUB_REF_CONVERT)
        name += strlen ("refs/convert/");
      if (ref->kind == HUB_REF_PULL)
        name += strlen ("refs/");
      HUB_AUTOFREE char *full = hub_format ("%s%s", prefixes[ref->kind], ref->name);
      json_t *list = json_object_get (refs, lists[ref->kind]);
      if (list)
        json_array_append_new (list, json_pack ("{s:s, s:s, s:s}", "name", name, "ref", full,
                                                "targetCommit", repo->commits[ref->commit].hash));
    }
  return hub_reply_json (question->request, MHD_HTTP_OK, refs);
}

static enum MHD_Result
answer_whoami (struct hub_request *request)
{
  if (!request->entry->auth_ok)
    return hub_reply_error (request, MHD_HTTP_UNAUTHORIZED, NULL, "Invalid username or password.");
  return hub_reply_json (request, MHD_HTTP_OK,
                         json_pack ("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}], s:{s:s, s:{s:s, s:s}}}",
                                    "type", "user", "id", "0123456789abcdef01234567", "name",
                                    "hub-tester", "fullname", "Hub Tester", "orgs", "type", "org",
                                    "name", "hub-testers", "auth", "type", "access_token",
                                    "accessToken", "displayName", "test", "role", "read"));
}

/* /api/resolve-cache/TYPE/[ORG/]NAME/COMMIT/PATH  */
static enum MHD_Result
answer_resolve_cache (struct hub_request *request, const struct hub_path *path, enum hub_type type)
{
  for (size_t at = 4; at <= 5 && at < path->count; at++)
    {
      HUB_AUTOFREE char *id = at == 4 ? hub_strdup (path->decoded[3])
                                      : hub_format ("%s/%s", path->decoded[3], path->decoded[4]);
      const struct hub_repo *repo = hub_repos_find (&request->server->repos, type, id);
      const struct hub_commit *commit = repo ? hub_repo_revision (repo, path->decoded[at]) : NULL;
      HUB_AUTOFREE char *name = hub_path_join (path, at + 1);
      const struct hub_file *file = commit ? hub_commit_file (commit, name) : NULL;
      if (file)
        return hub_routes_file (request, commit, file);
    }
  return hub_reply_error (request, MHD_HTTP_NOT_FOUND, "EntryNotFound", "Entry not found");
}

static int
type_of (const struct hub_path *path, size_t at)
{
  for (int type = 0; at < path->count && type < HUB_TYPES; type++)
    if (!strcmp (path->decoded[at], hub_type_plurals[type]))
      return type;
  return -1;
}

static enum MHD_Result
answer_action (struct question *question)
{
  struct hub_request *request = question->request;
  const struct hub_path *path = question->path;
  bool has_action = question->action_at < path->count;
  const char *action = has_action ? path->decoded[question->action_at] : "revision";
  bool has_revision = question->action_at + 1 < path->count;
  const char *revision = has_revision ? path->decoded[question->action_at + 1] : "main";
  bool is_post = !strcmp (request->method, "POST");
  if (!strcmp (action, "refs") && !is_post)
    return answer_refs (question);
  question->commit = hub_repo_revision (question->repo, revision);
  if (!question->commit)
    return hub_routes_no_revision (request, revision);
  if (!strcmp (action, "revision") && !is_post)
    return answer_info (question);
  if (!strcmp (action, "tree") && !is_post)
    return answer_tree (question);
  if (!strcmp (action, "paths-info") && is_post)
    return answer_paths_info (question);
  return hub_reply_error (request, MHD_HTTP_NOT_FOUND, NULL, "Not found");
}

enum MHD_Result
hub_api_answer (struct hub_request *request, const struct hub_path *path)
{
  if (path->count == 2 && !strcmp (path->decoded[1], "whoami-v2"))
    return answer_whoami (request);
  if (type_of (path, 2) >= 0 && !strcmp (path->decoded[1], "resolve-cache"))
    return answer_resolve_cache (request, path, (enum hub_type) type_of (path, 2));
  int type = type_of (path, 1);
  if (type < 0 || path->count <= API_SEGMENTS)
    return hub_reply_error (request, MHD_HTTP_NOT_FOUND, NULL, "Not found");
  bool is_short = path->count == 3 || (is_action (path, 3) && !is_action (path, 4));
  size_t action_at = is_short ? 3 : 4;
  HUB_AUTOFREE char *id = is_short ? hub_strdup (path->decoded[2])
                                   : hub_format ("%s/%s", path->decoded[2], path->decoded[3]);
  HUB_AUTOFREE char *prefix = hub_format ("/api/%s/", hub_type_plurals[type]);
  const char *rest = action_at < path->count ? path->raw[action_at] : "";
  enum MHD_Result result;
  struct question question = { .request = request, .path = path, .action_at = action_at };
  question.repo = hub_routes_repo (request, (enum hub_type) type, id, prefix, rest, &result);
  return question.repo ? answer_action (&question) : result;
}
