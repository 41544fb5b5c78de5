/* SPDX-License-Identifier: Apache-2.0 */
/* Requests under /-/ by which a test steers the Hub.  Not logged, not broken by faults. */
#include "hub_routes.h"

#include <stdlib.h>
#include <string.h>

static enum MHD_Result
answer_count (struct hub_request *request)
{
  HUB_AUTOFREE char *method = hub_form_value (request->query, "method", 0);
  HUB_AUTOFREE char *match = hub_form_value (request->query, "match", 0);
  HUB_AUTOFREE char *text
      = hub_format ("%zu\n", hub_log_count (&request->server->log, method, match));
  return hub_reply_text (request, MHD_HTTP_OK, text);
}

static enum MHD_Result
answer_log (struct hub_request *request)
{
  HUB_AUTOFREE char *text = hub_log_text (&request->server->log);
  return hub_reply_text (request, MHD_HTTP_OK, text);
}

enum MHD_Result
hub_control_answer (struct hub_request *request)
{
  struct hub_server *server = request->server;
  const char *path = request->path;
  bool is_get = !strcmp (request->method, "GET");
  bool is_delete = !strcmp (request->method, "DELETE");
  if (!strcmp (path, "/-/fault") && !strcmp (request->method, "POST"))
    {
      const char *why;
      const char *spec = request->body.data ? request->body.data : "";
      bool good = hub_faults_add (&server->faults, spec, &why);
      return hub_reply_text (request, good ? MHD_HTTP_OK : MHD_HTTP_BAD_REQUEST, good ? "" : why);
    }
  if (!strcmp (path, "/-/fault") && is_delete)
    hub_faults_clear (&server->faults);
  else if (!strcmp (path, "/-/log") && is_delete)
    hub_log_clear (&server->log);
  else if (!strcmp (path, "/-/log") && is_get)
    return answer_log (request);
  else if (!strcmp (path, "/-/count") && is_get)
    return answer_count (request);
  else
    return hub_reply_text (request, MHD_HTTP_NOT_FOUND, "no such control request");
  return hub_reply_text (request, MHD_HTTP_OK, "");
}
