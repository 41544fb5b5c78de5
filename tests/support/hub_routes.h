/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of the test Hub.  */
#ifndef HUB_ROUTES_H
#define HUB_ROUTES_H

#include "hub_reply.h"

#define HUB_SEGMENTS_MAX 64

/* The raw path cut at its slashes.  */
struct hub_path
{
  char *decoded[HUB_SEGMENTS_MAX]; /* owned */
  const char *raw[HUB_SEGMENTS_MAX];
  size_t count;
};

/* Answers a complete request.  */
enum MHD_Result hub_routes_answer (struct hub_request *request);

/* The API under /api/ (hub_api.c) and the control requests under /-/ (hub_control.c).  */
enum MHD_Result hub_api_answer (struct hub_request *request, const struct hub_path *path);
enum MHD_Result hub_control_answer (struct hub_request *request);

/* The repo of that id if this request may see it.  NULL after an error or a redirect for a renamed
   repo was answered, whose outcome is *RESULT.  PREFIX is what comes before the id in a URL, REST
   the raw rest after it.  */
const struct hub_repo *hub_routes_repo (struct hub_request *request, enum hub_type type,
                                        const char *id, const char *prefix, const char *rest,
                                        enum MHD_Result *result);
/* The segments from FIRST on, joined by slashes; to be freed.  */
char *hub_path_join (const struct hub_path *path, size_t first);
enum MHD_Result hub_routes_no_revision (struct hub_request *request, const char *revision);
enum MHD_Result hub_routes_no_entry (struct hub_request *request, const struct hub_commit *commit,
                                     const char *path);
/* The file of a commit, for HEAD and GET.  */
enum MHD_Result hub_routes_file (struct hub_request *request, const struct hub_commit *commit,
                                 const struct hub_file *file);

#endif
