/* SPDX-License-Identifier: Apache-2.0 */
/* handle_pool.h: libcurl handles that keep their connections between requests. The last one used is
 * given out first, so that few connections stay warm. Thread safe.  */
#ifndef HFCORE_HANDLE_POOL_H
#define HFCORE_HANDLE_POOL_H

#include <curl/curl.h>
#include <pthread.h>

/* A transfer and the driver that runs it, which owns the connections. One thread at a time.  */
struct handle
{
  CURL *easy;
  CURLM *multi;
  struct handle *next;
};

struct handle_pool
{
  pthread_mutex_t mutex;
  struct handle *idle;
};

/* libcurl itself is made ready at the first pool. -1: it cannot be.  */
int handle_pool_open (struct handle_pool *pool);
/* All handles are back.  */
void handle_pool_close (struct handle_pool *pool);

/* A handle without options set; NULL: no memory. It goes back by handle_pool_give.  */
struct handle *handle_pool_take (struct handle_pool *pool);
void handle_pool_give (struct handle_pool *pool, struct handle *handle);

#endif
