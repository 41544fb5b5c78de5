/* SPDX-License-Identifier: Apache-2.0 */
/* The client mode of hub_server, so that tests need no other HTTP client.  */
#ifndef HUB_CTL_H
#define HUB_CTL_H

/* ARGUMENTS: URL METHOD PATH [BODY], or URL COUNT METHOD SUBSTRING (METHOD may be empty).  Prints
   the body of the answer.  0, or 1 with a line on stderr when the answer is no 2xx.  */
int hub_ctl_run (int count, char **arguments);

#endif
