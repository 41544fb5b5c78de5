/* SPDX-License-Identifier: Apache-2.0 */
/* The request log of the test Hub: in memory for /-/log and /-/count, and a line of JSON a request
   in a file.  All functions may be called from any thread.  */
#ifndef HUB_LOG_H
#define HUB_LOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hub_log_entry
{
  uint64_t number;
  uint64_t generation;
  bool is_cdn;
  bool has_auth;
  bool auth_ok;
  bool is_done;
  unsigned status; /* 0: never answered */
  char *method;
  char *url;
  char *range;
  char *user_agent;
  char *accept_encoding;
  _Atomic int64_t bytes_sent; /* of the body */
};

struct hub_log
{
  pthread_mutex_t mutex;
  pthread_cond_t idle;
  int fd; /* -1: no file */
  uint64_t last_number;
  uint64_t generation; /* counts the clears */
  size_t n_active;
  struct hub_log_entry **entries;
  size_t n_entries;
};

void hub_log_open (struct hub_log *log, const char *path);
void hub_log_close (struct hub_log *log);

/* A new entry, numbered and counted at once.  The caller fills it before the first other call that
   names it, and ends it with hub_log_end exactly once.  */
struct hub_log_entry *hub_log_begin (struct hub_log *log, const char *method, const char *url,
                                     bool is_cdn);
void hub_log_end (struct hub_log *log, struct hub_log_entry *entry);
/* Forgets all and empties the file.  Requests still running are not logged.  */
void hub_log_clear (struct hub_log *log);
/* How many requests began with that method (NULL or empty: any) and that part in their URL.  */
size_t hub_log_count (struct hub_log *log, const char *method, const char *match);
/* All lines, to be freed; waits up to two seconds for running requests to end.  */
char *hub_log_text (struct hub_log *log);

#endif
