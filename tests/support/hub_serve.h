/* SPDX-License-Identifier: Apache-2.0 */
/* The two HTTP daemons (origins) of the test Hub.  */
#ifndef HUB_SERVE_H
#define HUB_SERVE_H

#include "hub_reply.h"

#include <stdint.h>

struct hub_origin
{
  struct hub_server *server;
  bool is_cdn;
  int listener;
  struct MHD_Daemon *daemon;
};

/* Takes 127.0.0.1:PORT (0: any free) and returns the port; ends the process on an error.  */
uint16_t hub_serve_listen (struct hub_origin *origin, uint16_t port);
/* Begins to answer.  From here on nothing in the server but its log and faults may change.  */
void hub_serve_start (struct hub_origin *origin);
/* Ends all connections.  Call hub_wait_end_all before.  */
void hub_serve_stop (struct hub_origin *origin);

#endif
