/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the test Hub and the answer to it.  Faults that change an answer are applied here,
   so that every route gets them.  */
#ifndef HUB_REPLY_H
#define HUB_REPLY_H

#include "hub_content.h"
#include "hub_faults.h"
#include "hub_log.h"
#include "hub_repos.h"
#include "hub_util.h"

#include <jansson.h>
#include <microhttpd.h>

#define HUB_HEADERS_MAX 24

struct hub_server
{
  struct hub_repos repos;
  struct hub_faults faults;
  struct hub_log log;
  char *hub_url; /* http://127.0.0.1:PORT */
  char *cdn_url; /* http://localhost:PORT */
  char *token;   /* NULL: every token is good */
  int64_t page_size;
  int64_t rate; /* bytes per second and answer; 0: no limit */
  int64_t latency_ms;
  int64_t signature_s; /* how long a CDN URL is good */
  bool cdn_rejects_auth;
  bool announces_xet;
  bool uses_resolve_cache;
};

struct hub_request
{
  struct hub_server *server;
  struct MHD_Connection *connection;
  bool is_cdn;
  bool was_seen; /* past the first call, in which there is no body yet */
  char *url;     /* raw, with the query */
  char *path;    /* raw */
  const char *query;
  const char *method;
  struct hub_text body;
  struct hub_log_entry *entry; /* NULL for control requests */
  uint64_t acked_before;       /* TCP bytes the client had when the request came */
  int64_t planned_head;        /* bytes of status line and headers, about */
  int64_t planned_body;        /* bytes of the body; -1: counted in entry while they are read */
  bool ended_by_fault;
};

/* Set up and fill; hub_reply_send releases all in it.  Texts are copied.  */
struct hub_reply
{
  unsigned status;
  struct
  {
    char *name;
    char *value;
  } headers[HUB_HEADERS_MAX];
  size_t n_headers;
  const struct hub_content *content; /* NULL: the text is the body */
  struct hub_text text;
  bool is_json;
  bool is_file; /* accepts Range */
};

void hub_reply_header (struct hub_reply *reply, const char *name, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Replaces all of that name.  */
void hub_reply_replace (struct hub_reply *reply, const char *name, const char *value);
const char *hub_reply_find (const struct hub_reply *reply, const char *name);
enum MHD_Result hub_reply_send (struct hub_request *request, struct hub_reply *reply);

/* The JSON's reference is taken.  */
enum MHD_Result hub_reply_json (struct hub_request *request, unsigned status, json_t *json);
/* {"error": message} with X-Error-Code (NULL: none) and X-Error-Message.  */
enum MHD_Result hub_reply_error (struct hub_request *request, unsigned status, const char *code,
                                 const char *message);
enum MHD_Result hub_reply_text (struct hub_request *request, unsigned status, const char *text);

/* The first due fault of that kind.  */
bool hub_request_fault (struct hub_request *request, enum hub_fault_kind kind,
                        struct hub_fault *fault);
const char *hub_request_header (struct hub_request *request, const char *name);
int hub_request_socket (struct hub_request *request);

#endif
