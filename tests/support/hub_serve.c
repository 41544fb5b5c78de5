/* SPDX-License-Identifier: Apache-2.0 */
/* The two HTTP daemons of the test Hub: requests are gathered here, answered by the routes, and
   logged when they end.  A thread per connection, so that delays and stalls may simply wait.  */
#include "hub_serve.h"
#include "hub_routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTIONS_MAX   500
#define CONNECTION_MEMORY (128 * 1024)
#define THREAD_STACK      (256 * 1024)
#define BODY_MAX          (16 << 20)
#define CONTROL_PREFIX    "/-/"
#define BEARER            "Bearer "

/* What the peer has acknowledged so far, for the size of answers that broke off.  */
static uint64_t
acked_bytes (struct hub_request *request)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;
  int fd = hub_request_socket (request);
  return getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_acked : 0;
}

static char *
header_copy (struct hub_request *request, const char *name)
{
  const char *value = hub_request_header (request, name);
  return value ? hub_strdup (value) : NULL;
}

static void *
note_url (void *closure, const char *url, struct MHD_Connection *connection)
{
  struct hub_origin *origin = closure;
  struct hub_request *request = hub_alloc (1, sizeof *request);
  request->server = origin->server;
  request->is_cdn = origin->is_cdn;
  request->connection = connection;
  request->url = hub_strdup (url);
  request->path = hub_strndup (url, strcspn (url, "?"));
  request->query = strchr (request->url, '?') ? strchr (request->url, '?') + 1 : "";
  return request;
}

static void
begin (struct hub_request *request, const char *method)
{
  struct hub_server *server = request->server;
  request->method = method;
  request->was_seen = true;
  if (!request->is_cdn && !strncmp (request->path, CONTROL_PREFIX, strlen (CONTROL_PREFIX)))
    return;
  struct hub_log_entry *entry = hub_log_begin (&server->log, method, request->url, request->is_cdn);
  const char *credentials = hub_request_header (request, MHD_HTTP_HEADER_AUTHORIZATION);
  entry->has_auth = credentials != NULL;
  entry->auth_ok = credentials && !strncmp (credentials, BEARER, strlen (BEARER))
                   && (!server->token || !strcmp (credentials + strlen (BEARER), server->token));
  entry->range = header_copy (request, MHD_HTTP_HEADER_RANGE);
  entry->user_agent = header_copy (request, MHD_HTTP_HEADER_USER_AGENT);
  entry->accept_encoding = header_copy (request, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  request->entry = entry;
  request->acked_before = acked_bytes (request);
}

static enum MHD_Result
handle (void *closure, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_size, void **request_closure)
{
  struct hub_request *request = *request_closure;
  (void) closure;
  (void) connection;
  (void) url;
  (void) version;
  if (!request->was_seen)
    {
      begin (request, method);
      return MHD_YES;
    }
  if (*upload_size)
    {
      if (request->body.length + *upload_size > BODY_MAX)
        return MHD_NO;
      hub_text_add (&request->body, upload, *upload_size);
      *upload_size = 0;
      return MHD_YES;
    }
  return hub_routes_answer (request);
}

/* The body bytes that went out.  After a break the kernel knows, and it counts the head too. */
static void
settle_bytes (struct hub_request *request, enum MHD_RequestTerminationCode end)
{
  struct hub_log_entry *entry = request->entry;
  bool is_counted = request->planned_body < 0;
  int64_t most = is_counted ? atomic_load (&entry->bytes_sent) : request->planned_body;
  if (end != MHD_REQUEST_TERMINATED_COMPLETED_OK && !request->ended_by_fault)
    {
      int64_t left = (int64_t) (acked_bytes (request) - request->acked_before);
      left -= request->planned_head;
      most = left < 0 ? 0 : left < most ? left : most;
    }
  atomic_store (&entry->bytes_sent, most);
}

static void
complete (void *closure, struct MHD_Connection *connection, void **request_closure,
          enum MHD_RequestTerminationCode end)
{
  struct hub_request *request = *request_closure;
  (void) closure;
  (void) connection;
  if (!request)
    return;
  if (request->entry)
    {
      settle_bytes (request, end);
      hub_log_end (&request->server->log, request->entry);
    }
  free (request->body.data);
  free (request->url);
  free (request->path);
  free (request);
  *request_closure = NULL;
}

/* The raw path is decoded by the routes; MHD must not do it a second time.  */
static size_t
keep_escapes (void *closure, struct MHD_Connection *connection, char *text)
{
  (void) closure;
  (void) connection;
  return strlen (text);
}

uint16_t
hub_serve_listen (struct hub_origin *origin, uint16_t port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int yes = 1;
  origin->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (origin->listener < 0
      || setsockopt (origin->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0
      || bind (origin->listener, (struct sockaddr *) &address, size) != 0
      || listen (origin->listener, SOMAXCONN) != 0
      || getsockname (origin->listener, (struct sockaddr *) &address, &size) != 0)
    hub_die ("cannot listen on 127.0.0.1:%u: %s", port, strerror (errno));
  return ntohs (address.sin_port);
}

void
hub_serve_start (struct hub_origin *origin)
{
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
  origin->daemon
      = MHD_start_daemon (flags, 0, NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET,
                          origin->listener, MHD_OPTION_URI_LOG_CALLBACK, note_url, origin,
                          MHD_OPTION_NOTIFY_COMPLETED, complete, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
                          keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT,
                          (unsigned) CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                          (size_t) CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
                          (size_t) THREAD_STACK, MHD_OPTION_END);
  if (!origin->daemon)
    hub_die ("cannot start the HTTP server: %s", strerror (errno));
}

void
hub_serve_stop (struct hub_origin *origin)
{
  MHD_stop_daemon (origin->daemon);
  origin->daemon = NULL;
}
