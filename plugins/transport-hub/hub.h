/* SPDX-License-Identifier: Apache-2.0 */
/* hub.h: one instance of transport-hub. All but `pool` and `topics` is read-only once open.  */
#ifndef HFCORE_HUB_H
#define HFCORE_HUB_H

#include <pthread.h>
#include <stdint.h>
#include <hfcore/plugin.h>
#include "plugins/transport-hub/handle_pool.h"

/* Warnings of more topics than that are not shown: a server cannot fill the log.  */
#define HUB_TOPICS_MAX 32

struct hub
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  const char *endpoint;
  char *authorization; /* "Authorization: Bearer …"; NULL: no token. Never shown.  */
  char *user_agent;
  char *proxy;           /* for http:// URLs, from HTTP_PROXY; NULL: libcurl's own rules  */
  const char *ca_file;   /* NULL: see ca_folder  */
  const char *ca_folder; /* NULL with ca_file NULL: the system's certificates  */
  int64_t etag_timeout_ms;
  int64_t download_timeout_ms;
  struct handle_pool pool;
  pthread_mutex_t topics_mutex;
  char *topics[HUB_TOPICS_MAX];
};

/* Show an X-HF-Warning header, "[topic; ]message", once per topic (spec 2.11).  */
void hub_warn (struct hub *hub, const char *value, size_t len);

#endif
