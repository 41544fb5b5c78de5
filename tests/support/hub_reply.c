/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the test Hub.  */
#include "hub_reply.h"
#include "hub_body.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_MAX         (4 << 20)
#define GZIP_WINDOW      (15 + 16) /* zlib: 32 KiB window, gzip header */
#define HEAD_BYTES_ABOUT 110       /* status line, Date, Connection and Content-Length */

static void
take_header (struct hub_reply *reply, const char *name, char *value)
{
  if (reply->n_headers == HUB_HEADERS_MAX)
    hub_die ("too many headers");
  reply->headers[reply->n_headers].name = hub_strdup (name);
  reply->headers[reply->n_headers++].value = value;
}

void
hub_reply_header (struct hub_reply *reply, const char *name, const char *format, ...)
{
  char *value = NULL;
  va_list arguments;
  va_start (arguments, format);
  int length = vasprintf (&value, format, arguments);
  va_end (arguments);
  if (length < 0)
    hub_die ("out of memory");
  take_header (reply, name, value);
}

static bool
remove_header (struct hub_reply *reply, const char *name)
{
  size_t kept = 0;
  for (size_t i = 0; i < reply->n_headers; i++)
    if (!strcasecmp (reply->headers[i].name, name))
      {
        free (reply->headers[i].name);
        free (reply->headers[i].value);
      }
    else
      reply->headers[kept++] = reply->headers[i];
  bool removed = kept < reply->n_headers;
  reply->n_headers = kept;
  return removed;
}

void
hub_reply_replace (struct hub_reply *reply, const char *name, const char *value)
{
  char *copy = hub_strdup (value);
  remove_header (reply, name);
  take_header (reply, name, copy);
}

const char *
hub_reply_find (const struct hub_reply *reply, const char *name)
{
  for (size_t i = 0; i < reply->n_headers; i++)
    if (!strcasecmp (reply->headers[i].name, name))
      return reply->headers[i].value;
  return NULL;
}

bool
hub_request_fault (struct hub_request *request, enum hub_fault_kind kind, struct hub_fault *fault)
{
  size_t cursor = 0;
  return request->entry
         && hub_faults_take (&request->server->faults, kind, request->method, request->url,
                             request->is_cdn, &cursor, fault);
}

const char *
hub_request_header (struct hub_request *request, const char *name)
{
  return MHD_lookup_connection_value (request->connection, MHD_HEADER_KIND, name);
}

int
hub_request_socket (struct hub_request *request)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

/* A "bytes=" range of SIZE bytes.  1: [*first, *last]; 0: none that can be used, all; -1: not
   satisfiable.  */
static int
parse_range (const char *text, int64_t size, int64_t *first, int64_t *last)
{
  if (!text || strncmp (text, "bytes=", 6) || strchr (text, ','))
    return 0;
  const char *dash = strchr (text + 6, '-');
  if (!dash)
    return 0;
  HUB_AUTOFREE char *left = hub_strndup (text + 6, (size_t) (dash - text - 6));
  int64_t from = 0;
  int64_t to = size - 1;
  if ((*left && (!hub_number (left, &from) || from < 0)) || (dash[1] && !hub_number (dash + 1, &to))
      || (!*left && !dash[1]) || (*left && to < from && dash[1]))
    return 0;
  if (!*left)
    {
      if (to <= 0 || size == 0)
        return -1;
      from = to < size ? size - to : 0;
      to = size - 1;
    }
  if (from >= size)
    return -1;
  *first = from;
  *last = to < size ? to : size - 1;
  return 1;
}

static bool
if_range_holds (struct hub_request *request, const struct hub_reply *reply)
{
  const char *wanted = hub_request_header (request, MHD_HTTP_HEADER_IF_RANGE);
  const char *etag = hub_reply_find (reply, "ETag");
  return !wanted || (etag && !strcmp (wanted, etag));
}

static void
apply_range (struct hub_request *request, struct hub_reply *reply, struct hub_body *body)
{
  struct hub_fault fault;
  int64_t first = 0;
  int64_t last = 0;
  if (reply->status != MHD_HTTP_OK || !reply->is_file)
    return;
  hub_reply_header (reply, "Accept-Ranges", "bytes");
  const char *text = hub_request_header (request, MHD_HTTP_HEADER_RANGE);
  int usable = parse_range (text, body->length, &first, &last);
  if (usable == 0 || !if_range_holds (request, reply))
    return;
  if (strcmp (request->method, "HEAD") && hub_request_fault (request, HUB_FAULT_NORANGE, &fault))
    {
      hub_fault_free (&fault);
      return;
    }
  if (usable < 0)
    {
      reply->status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
      hub_reply_header (reply, "Content-Range", "bytes */%lld", (long long) body->length);
      body->content = NULL;
      body->text = hub_strdup ("");
      body->length = 0;
      return;
    }
  reply->status = MHD_HTTP_PARTIAL_CONTENT;
  hub_reply_header (reply, "Content-Range", "bytes %lld-%lld/%lld", (long long) first,
                    (long long) last, (long long) body->length);
  body->offset = first;
  body->length = last - first + 1;
}

static void
gzip_body (struct hub_body *body)
{
  HUB_AUTOFREE char *plain = hub_alloc ((size_t) body->length, 1);
  int fd = body->content ? hub_content_open (body->content) : -1;
  for (int64_t done = 0; done < body->length && body->content;)
    {
      ssize_t got = hub_content_read (body->content, fd, done, plain + done,
                                      (size_t) (body->length - done));
      if (got <= 0)
        hub_die ("cannot read %s", body->content->text);
      done += got;
    }
  if (fd >= 0)
    close (fd);
  if (!body->content)
    memcpy (plain, body->text, (size_t) body->length);
  z_stream stream = { .next_in = (unsigned char *) plain, .avail_in = (uInt) body->length };
  if (deflateInit2 (&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY)
      != Z_OK)
    hub_die ("cannot start gzip");
  uLong bound = deflateBound (&stream, (uLong) body->length);
  char *packed = hub_alloc (bound, 1);
  stream.next_out = (unsigned char *) packed;
  stream.avail_out = (uInt) bound;
  if (deflate (&stream, Z_FINISH) != Z_STREAM_END)
    hub_die ("gzip failed");
  body->length = (int64_t) stream.total_out;
  deflateEnd (&stream);
  free (body->text);
  body->text = packed;
  body->content = NULL;
  body->announced = -1;
}

static void
apply_gzip (struct hub_request *request, struct hub_reply *reply, struct hub_body *body)
{
  struct hub_fault fault;
  const char *accepted = hub_request_header (request, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  if (reply->status != MHD_HTTP_OK || body->length > GZIP_MAX || !accepted
      || !strstr (accepted, "gzip") || !hub_request_fault (request, HUB_FAULT_GZIP, &fault))
    return;
  hub_fault_free (&fault);
  gzip_body (body);
  hub_reply_header (reply, "Content-Encoding", "gzip");
  const char *etag = hub_reply_find (reply, "ETag");
  if (etag && strncmp (etag, "W/", 2))
    {
      HUB_AUTOFREE char *weak = hub_format ("W/%s", etag);
      hub_reply_replace (reply, "ETag", weak);
    }
}

static void
apply_header_faults (struct hub_request *request, struct hub_reply *reply, struct hub_body *body)
{
  struct hub_fault fault;
  struct hub_faults *faults = &request->server->faults;
  bool is_linked = hub_reply_find (reply, "X-Linked-Etag") != NULL;
  const char *etag_name = is_linked ? "X-Linked-Etag" : "ETag";
  if (hub_reply_find (reply, etag_name) && hub_request_fault (request, HUB_FAULT_ETAG, &fault))
    {
      hub_reply_replace (reply, etag_name, fault.argument);
      hub_fault_free (&fault);
    }
  if ((is_linked || reply->status < 300) && hub_request_fault (request, HUB_FAULT_LENGTH, &fault))
    {
      if (is_linked)
        hub_reply_replace (reply, "X-Linked-Size", fault.argument);
      else
        body->announced = fault.number;
      hub_fault_free (&fault);
    }
  for (size_t cursor = 0; hub_faults_take (faults, HUB_FAULT_NOHEADER, request->method,
                                           request->url, request->is_cdn, &cursor, &fault);)
    {
      if (!strcasecmp (fault.argument, "Content-Length"))
        body->announced = -1;
      remove_header (reply, fault.argument);
      hub_fault_free (&fault);
    }
  for (size_t cursor = 0; hub_faults_take (faults, HUB_FAULT_HEADER, request->method, request->url,
                                           request->is_cdn, &cursor, &fault);)
    {
      char *colon = strchr (fault.argument, ':');
      if (colon)
        {
          *colon = '\0';
          hub_reply_header (reply, fault.argument, "%s", colon + 1 + strspn (colon + 1, " "));
        }
      hub_fault_free (&fault);
    }
}

static void
apply_body_faults (struct hub_request *request, const struct hub_reply *reply,
                   struct hub_body *body)
{
  struct hub_fault fault;
  if (!strcmp (request->method, "HEAD")
      || (reply->status != MHD_HTTP_OK && reply->status != MHD_HTTP_PARTIAL_CONTENT))
    return;
  if (hub_request_fault (request, HUB_FAULT_CUT, &fault))
    {
      body->cut = fault.number;
      hub_fault_free (&fault);
    }
  if (hub_request_fault (request, HUB_FAULT_FLIP, &fault))
    {
      body->flip = fault.number;
      hub_fault_free (&fault);
    }
  if (hub_request_fault (request, HUB_FAULT_STALL, &fault))
    {
      body->stall = fault.number;
      body->stall_ms = fault.ms;
      hub_fault_free (&fault);
    }
}

static void
apply_json_faults (struct hub_request *request, struct hub_body *body)
{
  struct hub_fault fault;
  if (hub_request_fault (request, HUB_FAULT_GARBAGE, &fault))
    {
      free (body->text);
      body->text = hub_strdup ("<html>this is no JSON {[\"");
      body->length = (int64_t) strlen (body->text);
      hub_fault_free (&fault);
    }
  if (hub_request_fault (request, HUB_FAULT_JSON, &fault))
    {
      size_t length = 0;
      free (body->text);
      body->text = hub_read_file (fault.argument, &length);
      if (!body->text)
        hub_die ("fault json=%s: cannot read the file", fault.argument);
      body->length = (int64_t) length;
      hub_fault_free (&fault);
    }
}

static void
plan_log (struct hub_request *request, const struct hub_reply *reply, const struct hub_body *body,
          bool counted)
{
  if (!request->entry)
    return;
  request->entry->status = reply->status;
  request->planned_body = counted ? -1 : body->length;
  if (!strcmp (request->method, "HEAD"))
    request->planned_body = 0;
  request->planned_head = HEAD_BYTES_ABOUT;
  for (size_t i = 0; i < reply->n_headers; i++)
    request->planned_head
        += (int64_t) (strlen (reply->headers[i].name) + strlen (reply->headers[i].value) + 4);
}

enum MHD_Result
hub_reply_send (struct hub_request *request, struct hub_reply *reply)
{
  struct hub_body body = {
    .content = reply->content,
    .text = reply->content ? NULL : reply->text.data,
    .length = reply->content ? reply->content->size : (int64_t) reply->text.length,
    .cut = -1,
    .flip = -1,
    .stall = -1,
    .rate = reply->is_file ? request->server->rate : 0,
    .socket = hub_request_socket (request),
    .sent = request->entry ? &request->entry->bytes_sent : NULL,
    .ended_by_fault = &request->ended_by_fault,
  };
  if (!reply->content && !body.text)
    body.text = hub_strdup ("");
  if (reply->is_json && reply->status == MHD_HTTP_OK)
    apply_json_faults (request, &body);
  apply_range (request, reply, &body);
  body.announced = body.length;
  if (request->entry)
    {
      if (!strcmp (request->method, "GET"))
        apply_gzip (request, reply, &body);
      apply_header_faults (request, reply, &body);
      apply_body_faults (request, reply, &body);
    }
  bool counted = false;
  struct MHD_Response *response = hub_body_response (&body, &counted);
  enum MHD_Result result = MHD_NO;
  if (response)
    {
      plan_log (request, reply, &body, counted);
      for (size_t i = 0; i < reply->n_headers; i++)
        MHD_add_response_header (response, reply->headers[i].name, reply->headers[i].value);
      result = MHD_queue_response (request->connection, reply->status, response);
      MHD_destroy_response (response);
    }
  for (size_t i = 0; i < reply->n_headers; i++)
    {
      free (reply->headers[i].name);
      free (reply->headers[i].value);
    }
  reply->n_headers = 0;
  return result;
}

enum MHD_Result
hub_reply_text (struct hub_request *request, unsigned status, const char *text)
{
  struct hub_reply reply = { .status = status };
  hub_reply_header (&reply, "Content-Type", "text/plain; charset=utf-8");
  hub_text_add (&reply.text, text, strlen (text));
  return hub_reply_send (request, &reply);
}

static void
put_json (struct hub_reply *reply, json_t *json)
{
  char *text = json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY);
  json_decref (json);
  if (!text)
    hub_die ("cannot write JSON");
  reply->is_json = true;
  hub_reply_header (reply, "Content-Type", "application/json; charset=utf-8");
  hub_text_add (&reply->text, text, strlen (text));
  free (text);
}

enum MHD_Result
hub_reply_json (struct hub_request *request, unsigned status, json_t *json)
{
  struct hub_reply reply = { .status = status };
  put_json (&reply, json);
  return hub_reply_send (request, &reply);
}

enum MHD_Result
hub_reply_error (struct hub_request *request, unsigned status, const char *code,
                 const char *message)
{
  struct hub_reply reply = { .status = status };
  if (code)
    hub_reply_header (&reply, "X-Error-Code", "%s", code);
  hub_reply_header (&reply, "X-Error-Message", "%s", message);
  put_json (&reply, json_pack ("{s:s}", "error", message));
  return hub_reply_send (request, &reply);
}
