/* SPDX-License-Identifier: Apache-2.0 */
/* handle_pool.c: see handle_pool.h.  */
#include "plugins/transport-hub/handle_pool.h"

#include <stdlib.h>
#include "core/util/cleanup.h"

/* A handle talks to the Hub and to where it sends us, seldom to more.  */
#define CONNECTIONS_PER_HANDLE 4

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode readiness = CURLE_FAILED_INIT;

static void
make_ready (void)
{
  readiness = curl_global_init (CURL_GLOBAL_DEFAULT);
}

int
handle_pool_open (struct handle_pool *pool)
{
  pthread_once (&once, make_ready);
  if (readiness != CURLE_OK)
    return -1;
  pool->idle = NULL;
  return pthread_mutex_init (&pool->mutex, NULL) ? -1 : 0;
}

static void
handle_free (struct handle *handle)
{
  curl_easy_cleanup (handle->easy);
  curl_multi_cleanup (handle->multi);
  free (handle);
}

void
handle_pool_close (struct handle_pool *pool)
{
  struct handle *next;
  for (struct handle *handle = pool->idle; handle; handle = next)
    {
      next = handle->next;
      handle_free (handle);
    }
  pool->idle = NULL;
  pthread_mutex_destroy (&pool->mutex);
}

static struct handle *
handle_new (void)
{
  struct handle *handle = calloc (1, sizeof *handle);
  if (!handle)
    return NULL;
  handle->easy = curl_easy_init ();
  handle->multi = curl_multi_init ();
  if (!handle->easy || !handle->multi)
    {
      handle_free (handle);
      return NULL;
    }
  curl_multi_setopt (handle->multi, CURLMOPT_MAXCONNECTS, (long) CONNECTIONS_PER_HANDLE);
  return handle;
}

struct handle *
handle_pool_take (struct handle_pool *pool)
{
  {
    ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&pool->mutex);
    struct handle *handle = pool->idle;
    if (handle)
      {
        pool->idle = handle->next;
        return handle;
      }
  }
  return handle_new ();
}

void
handle_pool_give (struct handle_pool *pool, struct handle *handle)
{
  curl_easy_reset (handle->easy);
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&pool->mutex);
  handle->next = pool->idle;
  pool->idle = handle;
}
